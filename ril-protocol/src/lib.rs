//! The Radio Interface Layer protocol as a pure codec: frames, parcels, the table of all messages, typed payloads.
//!
//! A RIL client (Android's RilJ, oFono) and a rild exchange length-prefixed frames over a Unix stream socket. This
//! crate turns bytes into meaning and meaning into bytes, for both sides. It never does I/O, never blocks, knows no
//! clock and no thread, and never panics on any input; what it does not know passes through as a value.
//!
//! * [`frame`]: cutting a byte stream into frames and building frames.
//! * [`parcel`]: `int32`, nullable UTF-16 strings, arrays and raw bytes inside a frame.
//! * [`layout`]: how values lie in a parcel, for readers that are not written in Rust.
//! * [`messages`]: one row per request and unsolicited message of ril.h.
//! * [`payload`]: typed payloads, grouped as ril.h groups them.
//! * [`card`]: numbers of the card's files, folders, applications and commands.
//! * [`secrets`]: which fields hold a number, an identity, a text.
//! * [`dialect`]: what vendors call differently from ril.h.
//! * [`hex`]: octets as hexadecimal text.
//! * [`sms_pdu`]: the short message PDUs that some payloads carry as hex strings.
//!
//! Reference: AOSP `include/telephony/ril.h` and the order in which `libril/ril.cpp` reads and writes parcels.

#![forbid(unsafe_code)]

#[macro_use]
mod macros;

pub mod card;
pub mod dialect;
pub mod errno;
pub mod frame;
pub mod hex;
pub mod layout;
pub mod messages;
pub mod parcel;
pub mod payload;
pub mod secrets;
pub mod sms_pdu;
mod version;

pub use errno::Errno;
pub use messages::{RequestCode, UnsolCode};
pub use version::RilVersion;
