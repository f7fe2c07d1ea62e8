//! What a device and the service know of each other before they meet: a name, and a key that only the two have.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// How many bytes a key has.
const KEY: usize = 32;
/// The longest name.
const LONGEST_NAME: usize = 32;

/// The key of one device, shared with the service. `Debug` does not show it, and it is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<[u8; KEY]>);

/// A text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKey;

/// The name of a device: 1 to 32 of `a-z`, `0-9`, `_` and `-`. It is said in the clear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceName(String);

/// A text is no name of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoName;

impl Key {
    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`NoKey`] for anything else, spaces and ends of lines included.
    pub fn parse(text: &str) -> Result<Self, NoKey> {
        let digits = text.as_bytes();
        if digits.len() != 2 * KEY {
            return Err(NoKey);
        }
        let mut key = Zeroizing::new([0; KEY]);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
            let value = high.zip(low).map(|(high, low)| high * 16 + low).ok_or(NoKey)?;
            *byte = u8::try_from(value).map_err(|_| NoKey)?;
        }
        Ok(Self(key))
    }

    pub(super) fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }
}

impl DeviceName {
    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceName {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        let is_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if text.is_empty() || text.len() > LONGEST_NAME || !text.bytes().all(is_name) {
            return Err(NoName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is 64 hexadecimal digits")
    }
}

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a device is 1 to 32 of a-z, 0-9, _ and -")
    }
}

impl std::error::Error for NoKey {}
impl std::error::Error for NoName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_digits() {
        let text = "00ff".repeat(16);
        let key = Key::parse(&text).expect("a key");
        assert_eq!(key.bytes()[..4], [0x00, 0xff, 0x00, 0xff]);
        assert_eq!(Key::parse(&text.to_uppercase()), Ok(key));
        for text in
            ["", "00", &text[1..], &format!("{text}\n"), &format!("{text}00"), &"0g".repeat(32), &"é".repeat(32)]
        {
            assert_eq!(Key::parse(text), Err(NoKey), "{text:?}");
        }
    }

    #[test]
    fn debug_keeps_the_key_to_itself() {
        assert_eq!(format!("{:?}", Key::parse(&"ab".repeat(32))), "Ok(Key(..))");
    }

    #[test]
    fn a_name_is_short_and_plain() {
        for name in ["a", "phone-1", "0_", &"x".repeat(32)] {
            assert_eq!(name.parse::<DeviceName>().as_ref().map(DeviceName::as_str), Ok(name));
        }
        for name in ["", "Phone", "a b", "a\n", "é", &"x".repeat(33)] {
            assert_eq!(name.parse::<DeviceName>(), Err(NoName), "{name:?}");
        }
    }
}
