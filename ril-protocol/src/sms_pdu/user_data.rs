//! TP-UDL and TP-UD: an optional header and the payload (TS 23.040, 9.2.3.16 and 9.2.3.24).
//!
//! Keeps the octets as received, fill bits included; header, septets and text are views of them. How to view them is
//! told by TP-DCS, which is another field of the PDU and therefore an argument here.

use super::data_coding::{Coding, DataCoding};
use super::error::{DecodeError, DecodeReason, EncodeError, EncodeReason, Field, TextError};
use super::header::Header;
use super::reader::Reader;
use super::septets::{pack, packed_len, unpack};

/// Octets of user data at most.
pub const MAX_OCTETS: usize = 140;
/// Septets of user data at most, those that a header covers included.
pub const MAX_SEPTETS: usize = 160;

/// User data as sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UserData {
    has_header: bool,
    length: u8,
    octets: Vec<u8>,
}

impl UserData {
    /// User data of 7-bit codes, behind a header and its fill bits when there is one.
    ///
    /// # Errors
    /// `TooLong` when both need more than 160 septets.
    pub fn from_septets(header: Option<&Header>, septets: &[u8]) -> Result<Self, EncodeError> {
        let mut octets = header.map_or(Ok(Vec::new()), Header::encode)?;
        let (covered, fill) = header_septets(octets.len());
        let length = checked_length(covered + septets.len(), MAX_SEPTETS)?;
        octets.extend(pack(septets, fill));
        octets.resize(packed_len(usize::from(length), 0), 0);
        Ok(UserData { has_header: header.is_some(), length, octets })
    }

    /// User data of octets, be they 8-bit data or 16-bit characters, behind a header when there is one.
    ///
    /// # Errors
    /// `TooLong` when both need more than 140 octets.
    pub fn from_octets(header: Option<&Header>, payload: &[u8]) -> Result<Self, EncodeError> {
        let mut octets = header.map_or(Ok(Vec::new()), Header::encode)?;
        octets.extend(payload);
        let length = checked_length(octets.len(), MAX_OCTETS)?;
        Ok(UserData { has_header: header.is_some(), length, octets })
    }

    /// TP-UDHI: whether a header precedes the payload.
    pub fn has_header(&self) -> bool {
        self.has_header
    }

    /// TP-UDL: septets or octets, as TP-DCS says.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// TP-UD with its header.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The same length and header bit around other octets; `None` if they are not as many.
    pub fn with_octets(&self, octets: Vec<u8>) -> Option<Self> {
        (octets.len() == self.octets.len()).then_some(UserData { octets, ..*self })
    }

    /// The header, when there is one.
    ///
    /// # Errors
    /// A malformed header; offsets count from the start of TP-UD.
    pub fn header(&self) -> Result<Option<Header>, DecodeError> {
        if self.has_header { Header::decode(&self.octets).map(|(header, _)| Some(header)) } else { Ok(None) }
    }

    /// The octets behind the header.
    ///
    /// # Errors
    /// As [`UserData::header`].
    pub fn payload(&self) -> Result<&[u8], DecodeError> {
        self.split().map(|(_, _, payload)| payload)
    }

    /// The 7-bit codes behind the header and its fill bits; of use when TP-DCS says 7-bit.
    ///
    /// # Errors
    /// As [`UserData::header`].
    pub fn septets(&self) -> Result<Vec<u8>, DecodeError> {
        let (_, taken, payload) = self.split()?;
        let (covered, fill) = header_septets(taken);
        Ok(unpack(payload, fill, usize::from(self.length).saturating_sub(covered)))
    }

    /// The text for display under a data coding scheme; a lone half of a surrogate pair shows as U+FFFD.
    ///
    /// # Errors
    /// Binary or compressed data, or a malformed header.
    pub fn text(&self, data_coding: DataCoding) -> Result<String, TextError> {
        if data_coding.is_compressed() {
            return Err(TextError::Compressed);
        }
        match data_coding.coding() {
            Coding::Octets => Err(TextError::Binary),
            Coding::Ucs2 => Ok(String::from_utf16_lossy(&self.utf16()?)),
            Coding::Gsm7 => {
                let (header, _, _) = self.split()?;
                Ok(header.alphabet().decode(&self.septets()?))
            }
        }
    }

    /// The 16-bit characters behind the header as sent; an odd last octet counts as none.
    ///
    /// # Errors
    /// As [`UserData::header`].
    pub fn utf16(&self) -> Result<Vec<u16>, DecodeError> {
        let pairs = self.payload()?.chunks_exact(2);
        Ok(pairs.filter_map(|pair| pair.try_into().ok()).map(u16::from_be_bytes).collect())
    }

    pub(super) fn read(
        reader: &mut Reader<'_>,
        has_header: bool,
        data_coding: DataCoding,
    ) -> Result<Self, DecodeError> {
        let at = reader.at();
        let length = reader.octet(Field::UserDataLength)?;
        let max = if data_coding.counts_septets() { MAX_SEPTETS } else { MAX_OCTETS };
        if usize::from(length) > max {
            let reason = DecodeReason::TooLong { max, actual: usize::from(length) };
            return Err(DecodeError { field: Field::UserDataLength, at, reason });
        }
        let octets = reader.take(Field::UserData, octet_count(length, data_coding))?.to_vec();
        Ok(UserData { has_header, length, octets })
    }

    pub(super) fn write(&self, data_coding: DataCoding, pdu: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.octets.len() != octet_count(self.length, data_coding) {
            return Err(EncodeError { field: Field::UserData, reason: EncodeReason::OtherCoding });
        }
        pdu.push(self.length);
        pdu.extend(&self.octets);
        Ok(())
    }

    /// The header (empty when there is none), how many octets it takes, and what follows.
    fn split(&self) -> Result<(Header, usize, &[u8]), DecodeError> {
        let (header, taken) = if self.has_header { Header::decode(&self.octets)? } else { (Header::default(), 0) };
        Ok((header, taken, self.octets.get(taken..).unwrap_or_default()))
    }
}

/// How many septets a header of some octets covers, and the fill bits between it and the next septet.
pub(super) fn header_septets(octets: usize) -> (usize, u8) {
    let covered = (octets * 8).div_ceil(7);
    let fill = covered * 7 - octets * 8;
    (covered, u8::try_from(fill).unwrap_or(0))
}

fn octet_count(length: u8, data_coding: DataCoding) -> usize {
    let length = usize::from(length);
    if data_coding.counts_septets() { packed_len(length, 0) } else { length }
}

fn checked_length(length: usize, max: usize) -> Result<u8, EncodeError> {
    let too_long = EncodeError { field: Field::UserData, reason: EncodeReason::TooLong { max, actual: length } };
    if length > max { Err(too_long) } else { u8::try_from(length).map_err(|_| too_long) }
}
