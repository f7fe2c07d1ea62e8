//! The root RilD and the proxy RilDs that let several phones share one modem: what they are told, what they decide,
//! and the sockets around it.

#![forbid(unsafe_code)]

pub mod cli;
pub mod client;
mod clock;
pub mod config;
pub mod control;
#[cfg(feature = "ctl")]
pub mod ctl;
pub mod daemon;
mod deadline;
pub mod exit;
mod isolated;
mod library;
mod log_limit;
pub mod net;
mod pause;
pub mod phone;
pub mod rild;
pub mod root;
pub mod router;
pub mod sap;
mod stderr;
pub mod store;
