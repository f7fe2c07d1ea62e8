//! Keys as files hold them: 64 hexadecimal digits, 32 random bytes, as `openssl rand -hex 32` prints them.
//!
//! White space around them does not count. It refuses files of any other form rather than to make something of them,
//! and does not say what was in them.

use std::fmt;

/// How many bytes a key has.
pub(crate) const LENGTH: usize = 32;

/// Why a text is no key. Does not say what the text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAKey;

/// Reads the key in a text into `key`, which is not to be used if that fails.
pub(crate) fn read(text: &str, key: &mut [u8; LENGTH]) -> Result<(), NotAKey> {
    let digits = text.trim().as_bytes();
    if digits.len() != 2 * LENGTH {
        return Err(NotAKey);
    }
    for (byte, digits) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = digits else { return Err(NotAKey) };
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Ok(())
}

fn nibble(digit: u8) -> Result<u8, NotAKey> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(NotAKey)
}

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is 64 hexadecimal digits")
    }
}

impl std::error::Error for NotAKey {}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    fn key(text: &str) -> Result<[u8; LENGTH], NotAKey> {
        let mut key = [0; LENGTH];
        read(text, &mut key).map(|()| key)
    }

    #[test]
    fn white_space_around_a_key_does_not_count() {
        let bytes: [u8; LENGTH] = std::array::from_fn(|place| u8::try_from(place).unwrap());
        for text in [DIGITS, &DIGITS.to_lowercase(), &format!("\t{DIGITS}\r\n")] {
            assert_eq!(key(text), Ok(bytes), "{text:?}");
        }
    }

    #[test]
    fn nothing_else_is_a_key() {
        for text in [
            "",
            &DIGITS[2..],
            &DIGITS[1..],
            &format!("{DIGITS}00"),
            &DIGITS.replace('7', "g"),
            &DIGITS.replacen("00", "+0", 1),
            &"é".repeat(LENGTH),
        ] {
            assert_eq!(key(text), Err(NotAKey), "{text:?}");
        }
    }
}
