//! Telephone numbers as the network sees them.

use ril_protocol::payload::call::{TOA_INTERNATIONAL, TOA_UNKNOWN};

/// Written with the country code.
pub fn international(number: &str) -> bool {
    number.starts_with('+')
}

/// Type of address (`RIL_Call.toa`).
pub fn type_of_address(international: bool) -> i32 {
    if international { TOA_INTERNATIONAL } else { TOA_UNKNOWN }
}

/// Something that can be dialled: digits, `*`, `#`, letters A to D, pauses, one `+` in front.
pub fn is_dialable(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | 'A'..='D' | 'p' | 'w' | ',' | ';'))
}

/// The digits of a number packed two to an octet, low half first, filled up with `F` (3GPP TS 24.008, 10.5.4.7).
pub fn packed(number: &str) -> Vec<u8> {
    let nibbles: Vec<u8> = number.chars().filter_map(nibble).collect();
    nibbles.chunks(2).map(|pair| pair[0] | pair.get(1).copied().unwrap_or(0xF) << 4).collect()
}

/// The decimal digits of packed ones, up to the first that is none.
pub fn unpacked(octets: &[u8]) -> String {
    let nibbles = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]);
    nibbles.map_while(|nibble| char::from_digit(nibble.into(), 10)).collect()
}

fn nibble(c: char) -> Option<u8> {
    match c {
        '0'..='9' => u8::try_from(c.to_digit(10)?).ok(),
        '*' => Some(0xA),
        '#' => Some(0xB),
        'p' | ',' => Some(0xC),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_packed_low_half_first() {
        assert_eq!(packed("+12345"), [0x21, 0x43, 0xF5]);
        assert_eq!(packed("*#"), [0xBA]);
        assert_eq!((unpacked(&[0x21, 0x43, 0xF5]), unpacked(&[0xFF])), ("12345".to_owned(), String::new()));
    }

    #[test]
    fn what_can_be_dialled() {
        for number in ["112", "+15550100", "*31#5550100", "5550100p1"] {
            assert!(is_dialable(number), "{number}");
        }
        for number in ["", "+", "55 01", "call me", "1+2"] {
            assert!(!is_dialable(number), "{number}");
        }
    }
}
