//! Short messages: the PDUs of GSM and their texts, in both directions (3GPP TS 23.040 and TS 23.038).
//!
//! [`Deliver`], [`Submit`] and [`StatusReport`] keep every octet they were read from, so that `encode` gives back what
//! `decode` took. Meaning is a view: [`Address::digits`], [`UserData::header`], [`UserData::text`],
//! [`Timestamp::date_time`]. [`rewrite`] changes one field of a PDU without reading the rest; [`split()`] and
//! [`join()`] turn a text into message parts and back.
//!
//! RIL carries a PDU as a hex string. From the modem (`RIL_UNSOL_RESPONSE_NEW_SMS` and its status report) it starts
//! with the service centre: `Addressed::<Deliver>::from_hex`. To the modem (`RIL_REQUEST_SEND_SMS`) the service centre
//! is a string of its own: [`ServiceCentre::from_hex`], `Submit::from_hex`.
//!
//! ```
//! use ril_protocol::sms_pdu::{Addressed, Deliver, Tpdu};
//!
//! let pdu = "07914151551512f2040B916105551511f100006060605130308A04D4F29C0E";
//! let message = Addressed::<Deliver>::from_hex(pdu)?.tpdu;
//! assert_eq!(message.originating_address.to_string(), "+16505551111");
//! assert_eq!(message.text()?, "Test");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This module does not collect parts, store messages, compress text (TS 23.042) or speak of cell broadcast.

pub mod alphabet;
pub mod rewrite;
pub mod septets;

mod address;
mod data_coding;
mod deliver;
mod error;
mod failure_cause;
mod header;
mod hex;
mod reader;
mod split;
mod status_report;
mod submit;
mod timestamp;
mod tpdu;
mod user_data;
mod validity;

#[cfg(test)]
mod tests;

pub use address::{Address, NumberType, ServiceCentre, TypeOfAddress};
pub use alphabet::{Alphabet, Language};
pub use data_coding::{Coding, DataCoding, MessageClass, Waiting};
pub use deliver::Deliver;
pub use error::{AddressError, DecodeError, DecodeReason, EncodeError, EncodeReason, Field, SplitError, TextError};
pub use failure_cause::FailureCause;
pub use header::{Concatenation, Element, Header, Reference};
pub use hex::{from_hex, to_hex};
pub use split::{MAX_PARTS, Part, Splitter, join, split};
pub use status_report::{Outcome, Parameters, Status, StatusReport};
pub use submit::Submit;
pub use timestamp::{DateTime, Timestamp};
pub use tpdu::{Addressed, MAX_TPDU, Tpdu};
pub use user_data::{MAX_OCTETS, MAX_SEPTETS, UserData};
pub use validity::Validity;
