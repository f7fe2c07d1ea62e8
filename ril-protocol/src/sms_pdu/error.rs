//! What can be wrong with a PDU on its way in or out, and in which field.

use std::fmt;

/// An element of a PDU, named as TS 23.040 names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The hex string or the PDU as a whole.
    Pdu,
    /// The service centre address in front of the TPDU (TS 27.005, 3.1).
    ServiceCentre,
    /// The first octet of a TPDU: TP-MTI and flags.
    FirstOctet,
    /// TP-MR.
    MessageReference,
    /// TP-OA.
    OriginatingAddress,
    /// TP-DA.
    DestinationAddress,
    /// TP-RA.
    RecipientAddress,
    /// TP-PID.
    ProtocolIdentifier,
    /// TP-DCS.
    DataCoding,
    /// TP-SCTS.
    ServiceCentreTimestamp,
    /// TP-DT.
    DischargeTime,
    /// TP-ST.
    Status,
    /// TP-PI.
    ParameterIndicator,
    /// TP-VP.
    ValidityPeriod,
    /// TP-UDL.
    UserDataLength,
    /// TP-UD.
    UserData,
    /// The user data header inside TP-UD.
    UserDataHeader,
}

impl Field {
    /// The abbreviation of TS 23.040, or a plain word where it has none.
    pub fn name(self) -> &'static str {
        match self {
            Field::Pdu => "PDU",
            Field::ServiceCentre => "SC address",
            Field::FirstOctet => "TP-MTI",
            Field::MessageReference => "TP-MR",
            Field::OriginatingAddress => "TP-OA",
            Field::DestinationAddress => "TP-DA",
            Field::RecipientAddress => "TP-RA",
            Field::ProtocolIdentifier => "TP-PID",
            Field::DataCoding => "TP-DCS",
            Field::ServiceCentreTimestamp => "TP-SCTS",
            Field::DischargeTime => "TP-DT",
            Field::Status => "TP-ST",
            Field::ParameterIndicator => "TP-PI",
            Field::ValidityPeriod => "TP-VP",
            Field::UserDataLength => "TP-UDL",
            Field::UserData => "TP-UD",
            Field::UserDataHeader => "TP-UD header",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Octets that are not the PDU which they were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} at octet {at}: {reason}")]
pub struct DecodeError {
    /// The element that was being read.
    pub field: Field,
    /// Offset in octets from the start of what was given to the decoder.
    pub at: usize,
    /// What is wrong there.
    pub reason: DecodeReason,
}

impl DecodeError {
    /// The same error seen from `by` octets further to the front.
    pub(super) fn moved(self, by: usize) -> Self {
        DecodeError { at: self.at + by, ..self }
    }
}

/// Why octets were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeReason {
    /// The text is not pairs of hex digits.
    #[error("not a pair of hex digits")]
    NotHex,
    /// The octets end inside the field.
    #[error("{missing} octets missing")]
    Truncated {
        /// How many octets are lacking.
        missing: usize,
    },
    /// A length field exceeds what TS 23.040 allows.
    #[error("length {actual} exceeds {max}")]
    TooLong {
        /// The largest allowed value, in the unit of the field.
        max: usize,
        /// The value found.
        actual: usize,
    },
    /// TP-MTI names another type of message.
    #[error("message type {found} where another is expected")]
    WrongType {
        /// The two bits of TP-MTI.
        found: u8,
    },
    /// Octets follow the last field.
    #[error("{count} octets after the end")]
    Trailing {
        /// How many.
        count: usize,
    },
}

/// Values that do not fit into the PDU they were given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct EncodeError {
    /// The element that cannot be written.
    pub field: Field,
    /// What is wrong with its value.
    pub reason: EncodeReason,
}

/// Why a value was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeReason {
    /// Longer than the field can hold.
    #[error("length {actual} exceeds {max}")]
    TooLong {
        /// The largest allowed length, in the unit of the field.
        max: usize,
        /// The length given.
        actual: usize,
    },
    /// TP-UDL does not count the octets of TP-UD under this TP-DCS.
    #[error("user data was built for another data coding scheme")]
    OtherCoding,
}

/// A number or name that no address can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Longer than the value of an address.
    #[error("{actual} semi-octets exceed {max}")]
    TooLong {
        /// The most semi-octets that an address holds.
        max: usize,
        /// How many the text needs.
        actual: usize,
    },
    /// Neither one of `0-9 * # a b c` in a number nor in the default alphabet in a name.
    #[error("character {0:?} has no code in an address")]
    NoCode(char),
    /// The address is a name, which has no digits to replace.
    #[error("the address is a name and not a number")]
    Name,
}

/// Why user data has no text to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// TP-DCS says 8-bit data.
    #[error("8-bit data is not text")]
    Binary,
    /// TP-DCS says compressed text (TS 23.042), which this module does not unpack.
    #[error("compressed text")]
    Compressed,
    /// The header in front of the text is malformed; offsets count from the start of TP-UD.
    #[error("text behind a malformed header: {0}")]
    Header(#[from] DecodeError),
}

/// Why a text cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The given header elements leave no room for text.
    #[error("the header leaves no room for text")]
    NoRoom,
    /// The given header elements do not fit into a header.
    #[error(transparent)]
    Header(#[from] EncodeError),
    /// It needs more parts than the one octet of a concatenation header can count.
    #[error("the text needs more than {max} parts")]
    TooManyParts {
        /// The most parts that one message can have.
        max: usize,
    },
}
