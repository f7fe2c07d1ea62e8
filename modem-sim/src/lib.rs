//! A simulated modem with its card and its network, behind the interface of a vendor RIL library.
//!
//! `libril-sim.so`, the package `libril-sim`, has the C ABI of every vendor's library: a rild loads it with `RIL_Init`
//! and finds a phone's radio behind it. Calls, messages, USSD and data are real as far as the RIL goes; there is no
//! radio, no sound, and no packet. What the network and the other party do is said on a console: the Android emulator's
//! commands and more.
//!
//! * [`model`]: the modem as a pure state machine.
//! * [`console`]: the command language.
//! * [`scenario`]: files that play on it and say what is expected of the host.
//! * [`SimLibrary`]: the model as a vendor library. [`Args`] are its arguments.

#![forbid(unsafe_code)]

mod args;
#[cfg(test)]
mod bench;
pub mod console;
mod library;
pub mod model;
pub mod scenario;
mod server;
mod states;

pub use args::{Args, USAGE};
pub use library::SimLibrary;
