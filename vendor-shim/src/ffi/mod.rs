//! Everything that touches C memory: the structs of ril.h and their conversion from and to parcels.
//!
//! The only module of this crate that may use `unsafe`.

#![allow(unsafe_code, reason = "this module is the border to C")]

mod abi;
#[allow(dead_code, reason = "the host and the guest are built on it")]
mod convert;
