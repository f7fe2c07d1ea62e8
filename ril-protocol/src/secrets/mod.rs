//! What payloads hold that not everybody should read: which field is a telephone number, which an identity, which a
//! text.
//!
//! Every field of every payload says so in `fields.rs`, and every place of a payload that is only strings, integers or
//! bytes in `places.rs`. A field that says nothing does not compile, and a place that says nothing is
//! [`Unknown`](Secret::Unknown). What is put in the place of a secret is for a [`Censor`] to decide; nothing here does.
//!
//! What texts of each kind are made of stands in `alphabet.rs`, and `request_texts.rs` looks at those of a request.

mod alphabet;
mod fields;
mod places;
mod request_texts;

pub use alphabet::Alphabet;
pub use request_texts::{Units, first_text, request_texts, unknown_strings};

use crate::payload::{Opaque, Raw};

/// What a value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Secret {
    /// Nothing that says who somebody is, where they are, or what they say.
    Open,
    /// Up to five letters, digits and signs: a code or a small number of ril.h. What is longer is none.
    Short,
    /// A word of ril.h or of a standard, of those in [`KEYWORDS`].
    Keyword,
    /// An application identifier, hexadecimal (ETSI TS 101 220).
    Application,
    /// Identifiers of files and folders of the SIM, hexadecimal, the outermost first.
    Path,
    /// A telephone number, or what is dialled.
    Number,
    /// The number of a short message centre, as `+CSCA` writes it or as hexadecimal octets (3GPP TS 24.011, 8.2.5.1).
    Smsc,
    /// An IMSI (3GPP TS 23.003, 2.2).
    Imsi,
    /// An IMEI or IMEISV (3GPP TS 23.003, 6.2).
    Imei,
    /// A MEID or ESN, hexadecimal or decimal (3GPP2 S.R0048).
    Meid,
    /// What people read.
    Text,
    /// A USSD string to send: a code, or an answer in a session.
    Ussd,
    /// The name of an operator, or the first digits of its numbers: as public as its signposts.
    Operator,
    /// A carrier as `RIL_Carrier.match_data` tells it: its name, its group, or the first digits of IMSIs.
    CarrierMatch,
    /// The name of an access point (3GPP TS 23.003, 9).
    AccessPoint,
    /// IP addresses and host names, separated by spaces.
    Addresses,
    /// A PIN or PUK of the card, or a password of call barring.
    Pin,
    /// Another password or key.
    Key,
    /// DTMF tones, which may be a PIN or a password.
    Tones,
    /// A location area, tracking area, cell, CDMA base station or CDMA network; hexadecimal if it is a string.
    Cell,
    /// The same, decimal if it is a string.
    CellDecimal,
    /// A scrambling code or physical cell number: integers up to 511 that are used again a few cells away. Hexadecimal
    /// if it is a string.
    PhysicalCell,
    /// The same, decimal if it is a string.
    PhysicalCellDecimal,
    /// Latitude or longitude of a base station, an integer or decimal.
    Position,
    /// SMSC address and SMS-DELIVER or SMS-STATUS-REPORT, hexadecimal.
    IncomingPdu,
    /// SMS-SUBMIT, hexadecimal.
    OutgoingPdu,
    /// SMS-DELIVER-REPORT or SMS-SUBMIT-REPORT, hexadecimal.
    ReportPdu,
    /// A page of cell broadcast (3GPP TS 23.041, 9.4.1).
    Broadcast,
    /// Digits of a CDMA address, one DTMF code a byte.
    CdmaDigits,
    /// Characters of a CDMA address, one a byte.
    CdmaCharacters,
    /// Bearer data of a CDMA short message (3GPP2 C.S0015, 4.5).
    CdmaBearerData,
    /// Data objects of the SIM toolkit, hexadecimal (3GPP TS 31.111, 8).
    Toolkit,
    /// What is written to a file of the SIM, hexadecimal; which file it is, other fields say.
    SimFile,
    /// What the SIM answered, hexadecimal or Base64; to what, the request says.
    SimResponse,
    /// The data of a command to the SIM, hexadecimal.
    Apdu,
    /// A challenge to the SIM or its answer, Base64 (3GPP TS 31.102, 7.1.2).
    Challenge,
    /// What nobody can tell.
    Unknown,
}

/// Words that may stand in a [`Keyword`](Secret::Keyword): states of networks (ril.h,
/// `RIL_REQUEST_QUERY_AVAILABLE_NETWORKS`), types of data calls (3GPP TS 27.007, 10.1.1).
pub const KEYWORDS: &[&str] = &["unknown", "available", "current", "forbidden", "IP", "IPV6", "IPV4V6", "PPP"];

/// What a payload holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// What its fields say.
    Fields,
    /// This, in all of its places.
    All(Secret),
    /// These, one in each place. What is behind the last of them nobody can tell.
    Places(&'static [Secret]),
    /// These, again and again.
    Repeated(&'static [Secret]),
}

/// Puts something else in the place of secrets. It is not shown what is [`Open`](Secret::Open).
pub trait Censor {
    /// A string.
    fn text(&mut self, secret: Secret, text: &mut String);
    /// An integer.
    fn int(&mut self, secret: Secret, value: &mut i32);
    /// Bytes.
    fn bytes(&mut self, secret: Secret, bytes: &mut Vec<u8>);
}

/// A payload, or a part of one, that may hold secrets.
pub trait Secretive {
    /// Shows all that it holds to a censor.
    fn show(&mut self, held: Held, censor: &mut dyn Censor);
}

impl Held {
    /// What is in one place of a list.
    fn at(self, place: usize) -> Self {
        match self {
            Self::Fields | Self::All(_) => self,
            Self::Places(places) => Self::All(places.get(place).copied().unwrap_or(Secret::Unknown)),
            Self::Repeated(places) => {
                let place = place.checked_rem(places.len()).and_then(|place| places.get(place));
                Self::All(place.copied().unwrap_or(Secret::Unknown))
            }
        }
    }

    /// The kind of what is in one place of a list.
    fn kind_at(self, place: usize) -> Secret {
        match self.at(place) {
            Self::All(secret) => secret,
            Self::Fields | Self::Places(_) | Self::Repeated(_) => Secret::Unknown,
        }
    }

    /// What a value holds that is not a list; nothing if that may be read.
    fn secret(self) -> Option<Secret> {
        // A value without fields has none that could say it.
        let secret = self.kind_at(0);
        (secret != Secret::Open).then_some(secret)
    }
}

impl Secretive for () {
    fn show(&mut self, _: Held, _: &mut dyn Censor) {}
}

impl Secretive for i32 {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        if let Some(secret) = held.secret() {
            censor.int(secret, self);
        }
    }
}

impl Secretive for Option<String> {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        if let (Some(secret), Some(text)) = (held.secret(), self) {
            censor.text(secret, text);
        }
    }
}

impl Secretive for Raw {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        if let (Some(secret), Some(bytes)) = (held.secret(), &mut self.0) {
            censor.bytes(secret, bytes);
        }
    }
}

impl Secretive for Opaque {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        if let Some(secret) = held.secret() {
            censor.bytes(secret, &mut self.0);
        }
    }
}

impl<T: Secretive> Secretive for Vec<T> {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        for (place, item) in self.iter_mut().enumerate() {
            item.show(held.at(place), censor);
        }
    }
}
