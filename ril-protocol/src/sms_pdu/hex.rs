//! Hex strings, the form in which RIL carries a PDU (ril.h, RIL_REQUEST_SEND_SMS and RIL_UNSOL_RESPONSE_NEW_SMS).
//!
//! Reads upper and lower case, writes upper case. Refuses white space and odd lengths.

use super::error::{DecodeError, DecodeReason, Field};

/// Octets of a hex string.
///
/// # Errors
/// `NotHex` at the octet whose two characters are not both hex digits.
pub fn from_hex(hex: &str) -> Result<Vec<u8>, DecodeError> {
    let not_hex = |at| DecodeError { field: Field::Pdu, at, reason: DecodeReason::NotHex };
    hex.as_bytes()
        .chunks(2)
        .enumerate()
        .map(|(at, pair)| match pair {
            &[high, low] => Ok(nibble(high).ok_or(not_hex(at))? << 4 | nibble(low).ok_or(not_hex(at))?),
            _ => Err(not_hex(at)),
        })
        .collect()
}

/// Hex string of some octets, in upper case as modems write it.
pub fn to_hex(octets: &[u8]) -> String {
    octets.iter().flat_map(|octet| [octet >> 4, octet & 0x0f]).map(digit).collect()
}

fn nibble(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

fn digit(nibble: u8) -> char {
    char::from(if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 })
}
