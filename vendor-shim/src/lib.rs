//! The C ABI of ril.h, seen from plain Rust.
//!
//! * [`host`]: loads a vendor library and lets it believe that libril runs it.
//! * [`guest`]: lets Rust code be a vendor library.
//! * [`service`]: the other half of libril, for a rild that is not ours: its socket.
//! * [`os`]: descriptors and processes, for what shares a process with closed code.
//!
//! Both sides speak parcels to their Rust users: C structs never leave the `ffi` module, which is also the only place
//! with `unsafe`. This crate converts and hands on; it has no policy.

#![deny(unsafe_code)]

mod ffi;
pub mod guest;
pub mod host;
pub mod init_socket;
pub mod log;
pub mod os;
pub mod service;
mod token;

/// Most SIMs of a modem: `SIM_COUNT` of ril.h, in its flavour with socket ids.
pub const MOST_SIMS: u8 = 4;

#[cfg(feature = "fuzz")]
pub use ffi::{convert_hostile_bytes, hostile_seeds};
