//! The number service: a number of its own for each phone.
//!
//! A pool of numbers is held by a provider, each assigned to one phone of one SIM. The crate `caller-tag` beside this
//! one is the codec by which the service tells the router on the device for which phone a call is.

pub mod call;
pub mod cause;
mod media;
pub mod pool;
pub mod settings;
mod sip;
mod voicemail;
