//! Octets as hexadecimal text.
//!
//! Either case is read. Traces, logs and JSON have the lower one; the upper one is what modems and cards write.

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// Lower-case text of some octets.
pub fn to_hex(octets: &[u8]) -> String {
    write(octets, LOWER)
}

/// Upper-case text of some octets.
pub fn to_upper_hex(octets: &[u8]) -> String {
    write(octets, UPPER)
}

/// The octets of a text; white space is skipped. `None` if it is not hexadecimal, or has a half octet too many.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| u8::try_from(c).ok()).collect::<Option<_>>()?;
    read(&digits).ok()
}

/// The octets of a text without anything else in it.
///
/// # Errors
/// The place, counted in octets from 0, whose two characters are not both hexadecimal digits.
pub fn from_plain_hex(text: &str) -> Result<Vec<u8>, usize> {
    read(text.as_bytes())
}

fn write(octets: &[u8], digits: &[u8; 16]) -> String {
    let digit = |half: u8| char::from(digits[usize::from(half)]);
    octets.iter().flat_map(|octet| [octet >> 4, octet & 0x0f]).map(digit).collect()
}

fn read(digits: &[u8]) -> Result<Vec<u8>, usize> {
    let octet = |pair: &[u8]| match *pair {
        [high, low] => Some(half(high)? << 4 | half(low)?),
        _ => None,
    };
    digits.chunks(2).enumerate().map(|(at, pair)| octet(pair).ok_or(at)).collect()
}

fn half(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|half| u8::try_from(half).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_case_is_written_and_both_are_read() {
        assert_eq!(to_hex(&[0, 0xab, 0x5f]), "00ab5f");
        assert_eq!(to_upper_hex(&[0, 0xab, 0x5f]), "00AB5F");
        assert_eq!(from_hex("00 fF\n10"), Some(vec![0, 255, 16]));
        assert_eq!(from_plain_hex("00fF10"), Ok(vec![0, 255, 16]));
    }

    #[test]
    fn what_is_not_hexadecimal_is_none() {
        for text in ["0", "zz", "é0", "+1", "0 0 0"] {
            assert_eq!(from_hex(text), None, "{text}");
        }
        for (text, at) in [("0", 0), ("00 1", 1), ("001", 1), ("0000é0", 2)] {
            assert_eq!(from_plain_hex(text), Err(at), "{text}");
        }
    }
}
