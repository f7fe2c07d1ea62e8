//! Typed payloads, one module per group of ril.h.
//!
//! A payload that is only a string, strings, integers or raw bytes has no type of its own: its row in
//! [`messages`](crate::messages) says `Option<String>`, `Vec<Option<String>>`, `Vec<i32>` or [`Raw`].
//! Field names follow ril.h; a `String` is nullable wherever libril's is.

pub mod call;
pub mod cdma;
pub mod data;
pub mod device;
pub mod ims;
pub mod network;
pub mod radio;
pub mod sim;
pub mod sms;
pub mod stk;

pub use crate::parcel::{Opaque, Raw};

/// A nullable string.
pub type Text = Option<String>;
/// A counted list of integers.
pub type Ints = Vec<i32>;
/// A counted list of nullable strings.
pub type Strings = Vec<Option<String>>;
