//! The number service: a number of its own for each phone.
//!
//! A pool of numbers is held by a provider, each assigned to one phone of one SIM ([`store`]). The crate `caller-tag`
//! beside this one is the codec by which the service tells the router on the device for which phone a call is.

#![forbid(unsafe_code)]

pub mod call;
pub use caller_tag::cause;
pub mod cli;
mod clock;
pub mod config;
mod fleet;
pub mod link;
pub mod log;
mod media;
pub mod numbers;
pub mod pool;
mod rate;
pub mod service;
pub mod settings;
mod sip;
#[cfg(feature = "smpp")]
mod smpp;
pub mod store;
pub mod texts;
#[doc(hidden)]
pub mod untrusted;
mod voicemail;
pub mod web;
