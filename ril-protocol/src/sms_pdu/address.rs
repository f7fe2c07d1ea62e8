//! Addresses: TP-OA, TP-DA and TP-RA (TS 23.040, 9.1.2.5) and the service centre address in front of a TPDU
//! (TS 27.005, 3.1; TS 24.011, 8.2.5.1).
//!
//! Keeps the octets as received, odd fillers included; a number or a name is only a view of them. Judges no number:
//! what a network can dial is not this module's business.

use std::fmt;

use super::alphabet::Alphabet;
use super::error::{AddressError, DecodeError, DecodeReason, Field};
use super::hex::{from_hex, to_hex};
use super::reader::Reader;
use super::septets;

/// Semi-octets in the value of an address at most (TS 23.040, 9.1.2.5).
const MAX_SEMI_OCTETS: usize = 20;
/// Octets of a service centre address at most, its type included.
const MAX_SERVICE_CENTRE: usize = 11;
const FILLER: u8 = 0xf;

/// Type-of-address octet: type of number and numbering plan (TS 23.040, 9.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeOfAddress(pub u8);

impl TypeOfAddress {
    /// Unknown type of number, telephone numbering plan.
    pub const UNKNOWN: TypeOfAddress = TypeOfAddress(0x81);
    /// International number, telephone numbering plan.
    pub const INTERNATIONAL: TypeOfAddress = TypeOfAddress(0x91);
    /// A name in the 7-bit default alphabet.
    pub const ALPHANUMERIC: TypeOfAddress = TypeOfAddress(0xd0);

    /// The type of number.
    pub fn number_type(self) -> NumberType {
        match self.0 >> 4 & 7 {
            0 => NumberType::Unknown,
            1 => NumberType::International,
            2 => NumberType::National,
            3 => NumberType::NetworkSpecific,
            4 => NumberType::Subscriber,
            5 => NumberType::Alphanumeric,
            6 => NumberType::Abbreviated,
            _ => NumberType::Reserved,
        }
    }
}

/// Type of number (TS 23.040, 9.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberType {
    /// Neither the user nor the network knows.
    Unknown,
    /// With country code, without prefix.
    International,
    /// Without country code.
    National,
    /// A service number of the serving network.
    NetworkSpecific,
    /// Without area code.
    Subscriber,
    /// A name, not a number.
    Alphanumeric,
    /// A short code.
    Abbreviated,
    /// Reserved for extension.
    Reserved,
}

/// The address of a sender or receiver of a short message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    type_of_address: TypeOfAddress,
    /// Address-Length: useful semi-octets.
    semi_octets: u8,
    octets: Vec<u8>,
}

impl Address {
    /// The address of a number as people write it: `+` and digits for an international one, else of unknown type.
    ///
    /// # Errors
    /// `NoCode` for anything but `0-9 * # a b c` behind the plus sign, `TooLong` for more than 20 of them.
    pub fn number(number: &str) -> Result<Self, AddressError> {
        match number.strip_prefix('+') {
            Some(digits) => Self::with_type(TypeOfAddress::INTERNATIONAL, digits),
            None => Self::with_type(TypeOfAddress::UNKNOWN, number),
        }
    }

    /// The address of some digits under a given type of address.
    ///
    /// # Errors
    /// As [`Address::number`].
    pub fn with_type(type_of_address: TypeOfAddress, digits: &str) -> Result<Self, AddressError> {
        let nibbles = digits_to_nibbles(digits)?;
        Ok(Address { type_of_address, semi_octets: short_length(nibbles.len())?, octets: pack_nibbles(&nibbles) })
    }

    /// The same type of address around other digits.
    ///
    /// # Errors
    /// As [`Address::number`], and `Name` when this address is a name.
    pub fn with_digits(&self, digits: &str) -> Result<Self, AddressError> {
        if self.is_name() {
            return Err(AddressError::Name);
        }
        Self::with_type(self.type_of_address, digits)
    }

    /// A name as sender, up to 11 septets of the default alphabet.
    ///
    /// # Errors
    /// `NoCode` for a character outside the default alphabet, `TooLong` for more than 11 septets.
    pub fn alphanumeric(name: &str) -> Result<Self, AddressError> {
        let codes = Alphabet::DEFAULT.encode(name).map_err(AddressError::NoCode)?;
        let semi_octets = short_length((codes.len() * 7).div_ceil(4))?;
        Ok(Address { type_of_address: TypeOfAddress::ALPHANUMERIC, semi_octets, octets: septets::pack(&codes, 0) })
    }

    /// The type-of-address octet.
    pub fn type_of_address(&self) -> TypeOfAddress {
        self.type_of_address
    }

    /// The digits without a plus sign; `None` when the address is a name.
    pub fn digits(&self) -> Option<String> {
        (!self.is_name()).then(|| nibbles_to_digits(&self.octets, usize::from(self.semi_octets)))
    }

    /// The name; `None` when the address is a number.
    ///
    /// Seven characters fill 12.25 semi-octets, and some service centres round that to 14, the length of eight. An
    /// eighth character of code zero (`@`) is taken for that rounding and left out.
    pub fn name(&self) -> Option<String> {
        if !self.is_name() {
            return None;
        }
        let mut codes = septets::unpack(&self.octets, 0, usize::from(self.semi_octets) * 4 / 7);
        if codes.len() == 8 && codes.last() == Some(&0) {
            codes.pop();
        }
        Some(Alphabet::DEFAULT.decode(&codes))
    }

    /// The semi-octets or septets as sent, filler included.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The same type of address and length around other octets; `None` if they are not as many.
    pub fn with_octets(&self, octets: &[u8]) -> Option<Self> {
        (octets.len() == self.octets.len()).then(|| Address { octets: octets.to_vec(), ..self.clone() })
    }

    fn is_name(&self) -> bool {
        self.type_of_address.number_type() == NumberType::Alphanumeric
    }

    pub(super) fn read(reader: &mut Reader<'_>, field: Field) -> Result<Self, DecodeError> {
        let at = reader.at();
        let semi_octets = reader.octet(field)?;
        if usize::from(semi_octets) > MAX_SEMI_OCTETS {
            let reason = DecodeReason::TooLong { max: MAX_SEMI_OCTETS, actual: usize::from(semi_octets) };
            return Err(DecodeError { field, at, reason });
        }
        let type_of_address = TypeOfAddress(reader.octet(field)?);
        let octets = reader.take(field, usize::from(semi_octets).div_ceil(2))?.to_vec();
        Ok(Address { type_of_address, semi_octets, octets })
    }

    pub(super) fn write(&self, pdu: &mut Vec<u8>) {
        pdu.extend([self.semi_octets, self.type_of_address.0]);
        pdu.extend(&self.octets);
    }
}

impl fmt::Display for Address {
    /// The name, or the number with a plus sign when it is international.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.name().or_else(|| self.digits()).unwrap_or_default();
        write_number(f, self.type_of_address, &shown)
    }
}

/// The address of a service centre, whose length counts octets and not digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceCentre {
    type_of_address: TypeOfAddress,
    octets: Vec<u8>,
}

impl ServiceCentre {
    /// The service centre at a number, written as for [`Address::number`].
    ///
    /// # Errors
    /// As [`Address::number`].
    pub fn number(number: &str) -> Result<Self, AddressError> {
        let Address { type_of_address, octets, .. } = Address::number(number)?;
        Ok(ServiceCentre { type_of_address, octets })
    }

    /// Reads the string that RIL_REQUEST_SEND_SMS carries beside the TPDU; a zero length means the default one.
    ///
    /// # Errors
    /// Text that is not hex, a length above 11, octets that are too few or too many.
    pub fn from_hex(hex: &str) -> Result<Option<Self>, DecodeError> {
        let octets = from_hex(hex)?;
        let mut reader = Reader::new(&octets);
        let centre = Self::read(&mut reader)?;
        reader.finish(Field::ServiceCentre)?;
        Ok(centre)
    }

    /// The string that RIL_REQUEST_SEND_SMS carries beside the TPDU.
    pub fn to_hex(&self) -> String {
        let mut octets = Vec::new();
        Self::write(Some(self), &mut octets);
        to_hex(&octets)
    }

    /// The type-of-address octet.
    pub fn type_of_address(&self) -> TypeOfAddress {
        self.type_of_address
    }

    /// The digits without a plus sign.
    pub fn digits(&self) -> String {
        nibbles_to_digits(&self.octets, self.octets.len() * 2)
    }

    /// The semi-octets as sent, filler included.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The same type of address around other octets; `None` if they are not as many.
    pub fn with_octets(&self, octets: &[u8]) -> Option<Self> {
        (octets.len() == self.octets.len()).then(|| ServiceCentre { octets: octets.to_vec(), ..self.clone() })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        let (field, at) = (Field::ServiceCentre, reader.at());
        let length = usize::from(reader.octet(field)?);
        if length > MAX_SERVICE_CENTRE {
            let reason = DecodeReason::TooLong { max: MAX_SERVICE_CENTRE, actual: length };
            return Err(DecodeError { field, at, reason });
        }
        Ok(match reader.take(field, length)? {
            [] => None,
            [first, rest @ ..] => Some(ServiceCentre { type_of_address: TypeOfAddress(*first), octets: rest.to_vec() }),
        })
    }

    pub(super) fn write(centre: Option<&Self>, pdu: &mut Vec<u8>) {
        match centre {
            None => pdu.push(0),
            Some(ServiceCentre { type_of_address, octets }) => {
                let length = 1 + octets.len();
                pdu.push(u8::try_from(length).unwrap_or(u8::MAX));
                pdu.push(type_of_address.0);
                pdu.extend(octets);
            }
        }
    }
}

impl fmt::Display for ServiceCentre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_number(f, self.type_of_address, &self.digits())
    }
}

fn write_number(f: &mut fmt::Formatter<'_>, type_of_address: TypeOfAddress, shown: &str) -> fmt::Result {
    let international = type_of_address.number_type() == NumberType::International;
    write!(f, "{}{shown}", if international { "+" } else { "" })
}

fn short_length(semi_octets: usize) -> Result<u8, AddressError> {
    let too_long = AddressError::TooLong { max: MAX_SEMI_OCTETS, actual: semi_octets };
    let length = u8::try_from(semi_octets).map_err(|_| too_long)?;
    if semi_octets > MAX_SEMI_OCTETS { Err(too_long) } else { Ok(length) }
}

fn digits_to_nibbles(digits: &str) -> Result<Vec<u8>, AddressError> {
    digits.chars().map(|digit| nibble(digit).ok_or(AddressError::NoCode(digit))).collect()
}

fn nibble(digit: char) -> Option<u8> {
    Some(match digit {
        '*' => 0xa,
        '#' => 0xb,
        'a' | 'A' => 0xc,
        'b' | 'B' => 0xd,
        'c' | 'C' => 0xe,
        _ => u8::try_from(digit.to_digit(10)?).ok()?,
    })
}

/// Low half first, the last octet filled up (TS 23.040, 9.1.2.3).
fn pack_nibbles(nibbles: &[u8]) -> Vec<u8> {
    nibbles.chunks(2).map(|pair| pair.first().unwrap_or(&FILLER) | pair.get(1).unwrap_or(&FILLER) << 4).collect()
}

fn nibbles_to_digits(octets: &[u8], count: usize) -> String {
    let nibbles = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]).take(count);
    nibbles
        .filter(|nibble| *nibble != FILLER)
        .map(|nibble| char::from(b"0123456789*#abc"[usize::from(nibble)]))
        .collect()
}
