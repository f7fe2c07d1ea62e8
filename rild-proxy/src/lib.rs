//! The daemons of the proxy: what they are told, what they decide, and the sockets around it.

#![forbid(unsafe_code)]

pub mod config;
pub mod exit;
