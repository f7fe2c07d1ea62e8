//! What a device and the service know of each other before they meet: a name, and a key that only the two have.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::key_text::{self, LENGTH, NotAKey};
use crate::names::{NAME_RULE, is_name};

/// The key of one device, shared with the service. `Debug` does not show it, and it is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<[u8; LENGTH]>);

/// The name of a device, as [`names`](crate::names) are. It is said in the clear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceName(String);

/// A text is no name of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoName;

impl Key {
    /// The key in the text of a file, 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let mut key = Zeroizing::new([0; LENGTH]);
        key_text::read(text, &mut key)?;
        Ok(Self(key))
    }

    pub(super) fn bytes(&self) -> &[u8; LENGTH] {
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
        if is_name(text) { Ok(Self(text.to_owned())) } else { Err(NoName) }
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

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of a device is {NAME_RULE}")
    }
}

impl std::error::Error for NoName {}

#[cfg(test)]
mod tests {
    use super::*;

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
