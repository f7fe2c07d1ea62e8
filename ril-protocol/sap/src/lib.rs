//! The SIM Access Profile as a rild offers it to the Bluetooth side of a phone: messages, their table, their frames.
//!
//! A client of the profile, a car for example, uses the SIM of the phone as if it were its own, command by command. The
//! socket `sap_uim_socket1` of a rild has frames of a four-byte big-endian length and a [`Header`], a protocol buffer
//! whose payload is one message more. The functions that `RIL_SAP_Init` of a vendor library gives are handed that
//! payload.
//!
//! Payloads hold PINs, keys and whatever else goes to a SIM: nothing here shows them, in `Debug` either.
//!
//! Reference: `librilutils/proto/sap-api.proto`, `libril/RilSapSocket.cpp`; Bluetooth SIM Access Profile 1.1. The field
//! numbers are in `sap.proto`, from which `generated.rs` is made (`tests/generated.rs`).

#![forbid(unsafe_code)]

mod debug;
#[rustfmt::skip]
mod generated;
mod header;
mod messages;

pub use generated::*;
pub use header::{FRAME_LIMIT, Malformed};
pub use messages::{Ask, Check, Exchange, MESSAGES, MsgId, Payload, Row, bytes, read};
