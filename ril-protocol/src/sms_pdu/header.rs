//! The user data header: information elements in front of the text (TS 23.040, 9.2.3.24).
//!
//! Reads the elements that a router or a bridge acts on; every other one is kept as it came. Does not put parts
//! together.

use super::alphabet::{Alphabet, Language};
use super::error::{DecodeError, EncodeError, EncodeReason, Field};
use super::reader::Reader;

const CONCATENATION_8: u8 = 0x00;
const PORTS_8: u8 = 0x04;
const PORTS_16: u8 = 0x05;
const CONCATENATION_16: u8 = 0x08;
const SINGLE_SHIFT: u8 = 0x24;
const LOCKING_SHIFT: u8 = 0x25;

/// The information elements of a header in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Header {
    /// The elements.
    pub elements: Vec<Element>,
}

/// One information element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Element {
    /// Part of a longer message (9.2.3.24.1 and 9.2.3.24.8).
    Concatenation(Concatenation),
    /// Application ports of eight bits (9.2.3.24.3).
    Ports8 {
        /// Port of the receiving application.
        destination: u8,
        /// Port of the sending application.
        source: u8,
    },
    /// Application ports of sixteen bits (9.2.3.24.4).
    Ports16 {
        /// Port of the receiving application.
        destination: u16,
        /// Port of the sending application.
        source: u16,
    },
    /// National language single shift, by language identifier (9.2.3.24.15).
    SingleShift(u8),
    /// National language locking shift, by language identifier (9.2.3.24.16).
    LockingShift(u8),
    /// Any other element, or one of the above with a length that it should not have.
    Other {
        /// Information element identifier.
        identifier: u8,
        /// Information element data, at most 255 octets.
        data: Vec<u8>,
    },
}

/// Which part of which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Concatenation {
    /// The same in all parts of a message.
    pub reference: Reference,
    /// How many parts there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub sequence: u8,
}

/// The reference number of a message in parts, in its two widths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// Eight bits.
    Short(u8),
    /// Sixteen bits.
    Long(u16),
}

impl Concatenation {
    /// Whether the counts make sense; TS 23.040 has a receiver ignore the element otherwise.
    pub fn is_valid(self) -> bool {
        (1..=self.total).contains(&self.sequence)
    }
}

impl Header {
    /// A header with these elements.
    pub fn new(elements: impl IntoIterator<Item = Element>) -> Self {
        Header { elements: elements.into_iter().collect() }
    }

    /// Reads a header with its length octet from the front of user data; also tells how many octets it takes.
    ///
    /// # Errors
    /// A header longer than the user data, or an element longer than the header.
    pub fn decode(user_data: &[u8]) -> Result<(Self, usize), DecodeError> {
        let field = Field::UserDataHeader;
        let mut reader = Reader::new(user_data);
        let length = usize::from(reader.octet(field)?);
        let mut inside = Reader::new(reader.take(field, length)?);
        let mut elements = Vec::new();
        while !inside.is_empty() {
            elements.push(Element::read(&mut inside).map_err(|error| error.moved(1))?);
        }
        Ok((Header { elements }, reader.at()))
    }

    /// The header with its length octet.
    ///
    /// # Errors
    /// `TooLong` for an element or a header of more than 255 octets.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut octets = vec![0];
        for element in &self.elements {
            let (identifier, data) = element.parts();
            octets.extend([identifier, length_octet(data.len())?]);
            octets.extend(data);
        }
        let length = length_octet(octets.len() - 1)?;
        octets.splice(..1, [length]);
        Ok(octets)
    }

    /// Which part of a longer message this is; the last element counts where there are several.
    pub fn concatenation(&self) -> Option<Concatenation> {
        self.elements.iter().rev().find_map(|element| match element {
            Element::Concatenation(concatenation) if concatenation.is_valid() => Some(*concatenation),
            _ => None,
        })
    }

    /// Destination and source port; the last element counts where there are several.
    pub fn ports(&self) -> Option<(u16, u16)> {
        self.elements.iter().rev().find_map(|element| match element {
            Element::Ports8 { destination, source } => Some((u16::from(*destination), u16::from(*source))),
            Element::Ports16 { destination, source } => Some((*destination, *source)),
            _ => None,
        })
    }

    /// The tables that 7-bit text behind this header is written in; unknown languages leave the default ones.
    pub fn alphabet(&self) -> Alphabet {
        let mut alphabet = Alphabet::DEFAULT;
        for element in &self.elements {
            match element {
                Element::SingleShift(identifier) => alphabet.single = Language::from_identifier(*identifier),
                Element::LockingShift(identifier) => alphabet.locking = Language::from_identifier(*identifier),
                _ => {}
            }
        }
        alphabet
    }
}

impl Element {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [identifier, length] = reader.array(Field::UserDataHeader)?;
        let data = reader.take(Field::UserDataHeader, usize::from(length))?;
        Ok(match (identifier, data) {
            (CONCATENATION_8, &[reference, total, sequence]) => {
                Element::Concatenation(Concatenation { reference: Reference::Short(reference), total, sequence })
            }
            (CONCATENATION_16, &[high, low, total, sequence]) => {
                let reference = Reference::Long(u16::from_be_bytes([high, low]));
                Element::Concatenation(Concatenation { reference, total, sequence })
            }
            (PORTS_8, &[destination, source]) => Element::Ports8 { destination, source },
            (PORTS_16, &[to_high, to_low, from_high, from_low]) => Element::Ports16 {
                destination: u16::from_be_bytes([to_high, to_low]),
                source: u16::from_be_bytes([from_high, from_low]),
            },
            (SINGLE_SHIFT, &[language]) => Element::SingleShift(language),
            (LOCKING_SHIFT, &[language]) => Element::LockingShift(language),
            _ => Element::Other { identifier, data: data.to_vec() },
        })
    }

    fn parts(&self) -> (u8, Vec<u8>) {
        match self {
            Element::Concatenation(Concatenation { reference, total, sequence }) => match reference {
                Reference::Short(reference) => (CONCATENATION_8, vec![*reference, *total, *sequence]),
                Reference::Long(reference) => {
                    let [high, low] = reference.to_be_bytes();
                    (CONCATENATION_16, vec![high, low, *total, *sequence])
                }
            },
            Element::Ports8 { destination, source } => (PORTS_8, vec![*destination, *source]),
            Element::Ports16 { destination, source } => {
                (PORTS_16, [destination.to_be_bytes(), source.to_be_bytes()].concat())
            }
            Element::SingleShift(language) => (SINGLE_SHIFT, vec![*language]),
            Element::LockingShift(language) => (LOCKING_SHIFT, vec![*language]),
            Element::Other { identifier, data } => (*identifier, data.clone()),
        }
    }
}

fn length_octet(length: usize) -> Result<u8, EncodeError> {
    let reason = EncodeReason::TooLong { max: usize::from(u8::MAX), actual: length };
    u8::try_from(length).map_err(|_| EncodeError { field: Field::UserDataHeader, reason })
}
