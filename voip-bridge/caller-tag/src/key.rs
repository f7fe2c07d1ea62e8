//! The key that the number service and one device share, and the function that [`suffix_keyed`](crate::suffix_keyed)
//! makes its codes with: HMAC-SHA-256 (RFC 2104, FIPS 180-4).
//!
//! It is one for each SIM: all phones of a device sit behind the same router. Two sides with different keys take each
//! other's calls for direct ones. It opens no file, and shows a key to nobody.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use crate::key_text::NotAKey;
use crate::key_text::{self, LENGTH};

/// How many bytes SHA-256 takes at a time.
const BLOCK: usize = 64;

/// A key, filled up with zeros as RFC 2104 does it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; BLOCK]);

impl Key {
    /// The key in the text of a file, 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let mut bytes = [0; LENGTH];
        key_text::read(text, &mut bytes)?;
        let mut key = [0; BLOCK];
        key[..LENGTH].copy_from_slice(&bytes);
        Ok(Self(key))
    }

    /// The first eight bytes of the message authentication code of `message`, the most significant one first.
    pub fn mac(&self, message: &[u8]) -> u64 {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(message);
        mac.finalize().into_bytes().iter().take(8).fold(0, |code, byte| code << 8 | u64::from(*byte))
    }
}

/// Does not show it.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

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
