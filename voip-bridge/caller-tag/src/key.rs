//! The key that the number service and one device share, and the function that [`suffix_keyed`](crate::suffix_keyed)
//! makes its codes with: HMAC-SHA-256 (RFC 2104, FIPS 180-4).
//!
//! In a file a key is 64 hexadecimal digits, 32 random bytes, as `openssl rand -hex 32` prints them; white space around
//! them does not count. It is one for each SIM: all phones of a device sit behind the same router. Two sides with
//! different keys take each other's calls for direct ones, so it refuses files of any other form rather than to make
//! something of them. It opens no file, and shows a key to nobody.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How many bytes a key has: as many as a code of SHA-256.
const LENGTH: usize = 32;

/// How many bytes SHA-256 takes at a time.
const BLOCK: usize = 64;

/// A key, filled up with zeros as RFC 2104 does it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; BLOCK]);

/// Why a text is no key. Does not say what the text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAKey;

impl Key {
    /// The key in the text of a file.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let digits = text.trim().as_bytes();
        if digits.len() != 2 * LENGTH {
            return Err(NotAKey);
        }
        let mut key = [0; BLOCK];
        for (byte, digits) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = digits else { return Err(NotAKey) };
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(Self(key))
    }

    /// The first eight bytes of the message authentication code of `message`, the most significant one first.
    pub fn mac(&self, message: &[u8]) -> u64 {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(message);
        mac.finalize().into_bytes().iter().take(8).fold(0, |code, byte| code << 8 | u64::from(*byte))
    }
}

fn nibble(digit: u8) -> Result<u8, NotAKey> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(NotAKey)
}

/// Does not show it.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
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

    #[test]
    fn white_space_around_a_key_does_not_count() {
        let key = Key::parse(DIGITS).unwrap();
        assert_eq!(key.0[31], 0x1f);
        assert_eq!(Key::parse(&format!("\t{DIGITS}\r\n")), Ok(key));
    }

    #[test]
    fn nothing_else_is_a_key() {
        for text in
            ["", &DIGITS[2..], &format!("{DIGITS}00"), &DIGITS.replace('7', "g"), &DIGITS.replacen("00", "+0", 1)]
        {
            assert_eq!(Key::parse(text), Err(NotAKey), "{text}");
        }
    }

    #[test]
    fn the_function_is_that_of_the_rfc() {
        // RFC 4231 section 4.4, whose key is of twenty bytes and filled up with zeros.
        let key = Key::parse(&format!("{}{}", "aa".repeat(20), "00".repeat(12))).unwrap();
        assert_eq!(key.mac(&[0xdd; 50]), 0x773e_a91e_3680_0e46);
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", Key::parse(DIGITS)), "Ok(Key)");
    }
}
