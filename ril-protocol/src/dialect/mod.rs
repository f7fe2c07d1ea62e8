//! Vendor dialects: what a vendor's library and its clients call differently from ril.h, or have beyond it.
//!
//! A dialect is data. It says that a message of ril.h goes by another number there, or describes a message of the
//! vendor's own: its shape, who may send or hear it, and what it is answered with where the modem waits for an answer.
//! It changes no payload of ril.h and decides nothing by itself.
//!
//! Inside this project a message has its number of ril.h; a number of the vendor's own is kept, unless ril.h uses it
//! for something else: then [`VENDOR`] is added to it. [`Dialect::request_named`] and its like go from the numbers on
//! the wire to those, [`Dialect::request_number`] and its like back.

mod check;
mod translation;

use serde::{Deserialize, Serialize};

pub use check::{Fault, Place};
pub use translation::Dialect;

/// Set in the code of a vendor's own message whose number ril.h uses for something else.
pub const VENDOR: i32 = 0x4000_0000;

/// The text of a dialect: what a file of it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DialectText {
    /// What it is the dialect of, for people.
    pub about: String,
    /// Requests that are not as in ril.h.
    pub request: Vec<RequestEntry>,
    /// Unsolicited messages that are not as in ril.h.
    pub unsolicited: Vec<UnsolicitedEntry>,
}

/// A request that is not as in ril.h.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestEntry {
    /// Its number on the wire.
    pub code: i32,
    /// The request of ril.h that it is; with it nothing else has to be said.
    pub is: Option<String>,
    /// The name of one of the vendor's own.
    pub name: Option<String>,
    /// Its arguments.
    pub arguments: Shape,
    /// Its result.
    pub result: Shape,
    /// Who may send it.
    pub class: VendorClass,
    /// It is the way to dial emergency numbers, with the arguments of DIAL: emergency calls of all phones go out by it.
    pub emergency: bool,
}

/// An unsolicited message that is not as in ril.h.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnsolicitedEntry {
    /// Its number on the wire.
    pub code: i32,
    /// The message of ril.h that it is; with it nothing else has to be said.
    pub is: Option<String>,
    /// The name of one of the vendor's own.
    pub name: Option<String>,
    /// What it carries.
    pub particulars: Shape,
    /// Who hears it.
    pub audience: VendorAudience,
    /// What the modem waits for before it goes on.
    pub answer: Option<AnswerEntry>,
}

/// The request that a modem waits for after a message of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerEntry {
    /// The name of a request of this dialect whose arguments are integers.
    pub request: String,
    /// Its arguments: numbers, and `$N` for the N-th particular of the message, counted from 0.
    pub ints: Vec<String>,
}

/// The shapes that a vendor's own payload can have, called as in docs/messages.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Shape {
    /// Nothing.
    #[default]
    #[serde(rename = "()")]
    Nothing,
    /// Integers.
    Ints,
    /// Strings.
    Strings,
    /// A string.
    Text,
    /// Bytes with their length.
    Raw,
    /// The arguments of DIAL.
    #[serde(rename = "call::Dial")]
    Dial,
}

/// Who may send a request of the vendor's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VendorClass {
    /// Phones that may change what all share.
    #[default]
    Privileged,
    /// Every phone: it asks for what is no secret, and changes nothing.
    Query,
    /// Nobody: who sends it is told that it is done. For what the router itself says to the modem.
    Local,
    /// Nobody: it is not supported. For a message whose shape is not known, so that it is not taken for that of ril.h.
    Refused,
}

/// Who hears an unsolicited message of the vendor's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VendorAudience {
    /// Phones that may change what all share.
    #[default]
    Privileged,
    /// Every phone.
    All,
    /// Nobody but the router.
    Router,
}
