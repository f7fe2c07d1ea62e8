//! What the three message types have in common: octets or hex in and out, with and without the service centre in front.

use super::address::ServiceCentre;
use super::error::{DecodeError, DecodeReason, EncodeError, Field};
use super::hex::{from_hex, to_hex};
use super::reader::Reader;

/// Octets of a TPDU at most (TS 24.011, 8.2.5.3).
pub const MAX_TPDU: usize = 232;

/// The bits of the first octet that name the message type, TP-MTI.
pub(super) const TYPE_MASK: u8 = 0x03;
/// TP-UDHI in the first octet.
pub(super) const HEADER_BIT: u8 = 0x40;

/// A transfer protocol data unit of TS 23.040, 9.2.2.
///
/// `encode` gives back the octets that `decode` read, reserved bits included.
pub trait Tpdu: Sized {
    /// Reads a TPDU that fills `octets`.
    ///
    /// # Errors
    /// The field that does not fit, and where it starts or ends.
    fn decode(octets: &[u8]) -> Result<Self, DecodeError>;

    /// The octets of the TPDU.
    ///
    /// # Errors
    /// User data that was built for another data coding scheme.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// Reads the hex string of a TPDU without service centre, as RIL_REQUEST_SEND_SMS carries it.
    ///
    /// # Errors
    /// As [`Tpdu::decode`], and text that is not hex.
    fn from_hex(hex: &str) -> Result<Self, DecodeError> {
        Self::decode(&from_hex(hex)?)
    }

    /// The hex string of the TPDU without service centre.
    ///
    /// # Errors
    /// As [`Tpdu::encode`].
    fn to_hex(&self) -> Result<String, EncodeError> {
        self.encode().map(|octets| to_hex(&octets))
    }
}

/// A TPDU behind the address of its service centre, as TS 27.005 and RIL_UNSOL_RESPONSE_NEW_SMS carry it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Addressed<T> {
    /// The service centre; `None` is the length octet 0.
    pub service_centre: Option<ServiceCentre>,
    /// The message.
    pub tpdu: T,
}

impl<T: Tpdu> Tpdu for Addressed<T> {
    fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        let service_centre = ServiceCentre::read(&mut reader)?;
        let start = reader.at();
        let tpdu = T::decode(reader.rest()).map_err(|error| error.moved(start))?;
        Ok(Addressed { service_centre, tpdu })
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut pdu = Vec::new();
        ServiceCentre::write(self.service_centre.as_ref(), &mut pdu);
        pdu.extend(self.tpdu.encode()?);
        Ok(pdu)
    }
}

/// A reader of a TPDU of bounded length.
pub(super) fn reader(octets: &[u8]) -> Result<Reader<'_>, DecodeError> {
    if octets.len() > MAX_TPDU {
        let reason = DecodeReason::TooLong { max: MAX_TPDU, actual: octets.len() };
        return Err(DecodeError { field: Field::Pdu, at: 0, reason });
    }
    Ok(Reader::new(octets))
}

/// The first octet of a TPDU whose type is one of `types`.
pub(super) fn first_octet(reader: &mut Reader<'_>, types: &[u8]) -> Result<u8, DecodeError> {
    let at = reader.at();
    let first = reader.octet(Field::FirstOctet)?;
    let found = first & TYPE_MASK;
    if types.contains(&found) {
        Ok(first)
    } else {
        Err(DecodeError { field: Field::FirstOctet, at, reason: DecodeReason::WrongType { found } })
    }
}

/// `bit` when `set`, else nothing.
pub(super) fn flag(set: bool, bit: u8) -> u8 {
    if set { bit } else { 0 }
}
