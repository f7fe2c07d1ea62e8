//! How large a file of the card is, by what the card answers to GET RESPONSE.
//!
//! Reference: 3GPP TS 51.011, 9.2.1, for the form of a SIM, which RIL libraries also make of a USIM's; ETSI TS 102 221,
//! 11.1.1.3, for that of a USIM: fields of tag, length and value in a template.

/// The template of a USIM's answer, and the fields in it: what kind of file it is, and its size.
const TEMPLATE: u8 = 0x62;
const DESCRIPTOR: u8 = 0x82;
const SIZE: u8 = 0x80;
/// A SIM's word for a file that is no folder.
const ELEMENTARY: u8 = 4;

/// How a file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Layout {
    /// So many bytes.
    Transparent { size: i32 },
    /// So many records of so many bytes each.
    Records { count: i32, len: i32 },
}

impl Layout {
    /// What an answer says; `None` if it says nothing of a file.
    pub(in crate::router) fn read(response: &[u8]) -> Option<Self> {
        match response {
            [TEMPLATE, _, fields @ ..] => {
                let size = i32::from(number(field(fields, SIZE)?)?);
                match field(fields, DESCRIPTOR)? {
                    [0x01 | 0x41, ..] => Some(Self::Transparent { size }),
                    [0x02 | 0x42, _, len @ .., count] => {
                        Some(Self::Records { count: i32::from(*count), len: i32::from(number(len)?) })
                    }
                    _ => None,
                }
            }
            [_, _, high, low, _, _, ELEMENTARY, ..] => {
                let size = i32::from(u16::from_be_bytes([*high, *low]));
                match (response.get(13)?, response.get(14)) {
                    (0, _) => Some(Self::Transparent { size }),
                    (1, Some(len)) if *len > 0 => {
                        Some(Self::Records { count: size / i32::from(*len), len: i32::from(*len) })
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The value under this tag, among fields of tag, length and value.
fn field(mut fields: &[u8], wanted: u8) -> Option<&[u8]> {
    while let [tag, len, rest @ ..] = fields {
        let value = rest.get(..usize::from(*len))?;
        if *tag == wanted {
            return Some(value);
        }
        fields = &rest[value.len()..];
    }
    None
}

/// The number in the first two bytes.
fn number(field: &[u8]) -> Option<u16> {
    field.first_chunk().copied().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use ril_protocol::hex::from_hex;

    use super::*;

    fn read(response: &str) -> Option<Layout> {
        Layout::read(&from_hex(response).unwrap())
    }

    #[test]
    fn a_card_tells_of_its_file_in_two_ways() {
        assert_eq!(read("0000000F6FB704001100FF01020000"), Some(Layout::Transparent { size: 15 }));
        let records = Some(Layout::Records { count: 5, len: 4 });
        assert_eq!(read("000000146FB704001100FF01020104"), records);
        assert_eq!(read("6216820542210004 05 83026FB7 8002 0014 8A0105"), records);
        for nonsense in ["", "62", "6203820542", "00000000", "000000146FB704001100FF01020100"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }
}
