//! A full international number, as ITU-T E.164 defines it: country calling code, then national number.

use crate::digits::{Digits, MAX_DIGITS};
use crate::numbering;
use std::fmt;

/// A full international number whose length is possible in its country.
///
/// `Debug` shows only how long it is, as callers' numbers do not belong in logs; `Display` writes `+` and the digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct E164(Digits);

/// Why a string is not an [`E164`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotE164 {
    /// Something other than ASCII digits behind an optional `+`, or nothing at all.
    NotDigits,
    /// More than fifteen digits.
    TooLong,
    /// No country has this calling code, or it has no number of this length that begins like this one.
    Impossible,
}

impl E164 {
    /// Reads `+15550199999` or `15550199999`: no separators, no dialling prefixes.
    ///
    /// # Errors
    /// [`NotE164`] says what is wrong with the string.
    pub fn parse(number: &str) -> Result<Self, NotE164> {
        let digits = number.strip_prefix('+').unwrap_or(number);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotE164::NotDigits);
        }
        if digits.len() > MAX_DIGITS {
            return Err(NotE164::TooLong);
        }
        let digits = Digits::concat(&[digits]).ok_or(NotE164::NotDigits)?;
        if numbering::is_valid(digits.as_str()) { Ok(Self(digits)) } else { Err(NotE164::Impossible) }
    }

    /// The digits, without a `+`.
    pub fn digits(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E164({} digits)", self.digits().len())
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.digits())
    }
}

impl fmt::Display for NotE164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDigits => "not a string of digits",
            Self::TooLong => "more than fifteen digits",
            Self::Impossible => "no country has such a number",
        })
    }
}

impl std::error::Error for NotE164 {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_number() {
        assert_eq!(E164::parse("+15550199999"), E164::parse("15550199999"));
        assert_eq!(E164::parse("15550199999").map(|number| number.to_string()), Ok("+15550199999".into()));
    }

    #[test]
    fn what_is_not_a_number_says_why() {
        assert_eq!(E164::parse(""), Err(NotE164::NotDigits));
        assert_eq!(E164::parse("+"), Err(NotE164::NotDigits));
        assert_eq!(E164::parse("++15550199999"), Err(NotE164::NotDigits));
        assert_eq!(E164::parse("1 555 019 9999"), Err(NotE164::NotDigits));
        assert_eq!(E164::parse("١٥٥٥٠١٩٩٩٩٩"), Err(NotE164::NotDigits));
        assert_eq!(E164::parse("1234567890123456"), Err(NotE164::TooLong));
        assert_eq!(E164::parse("155501999992"), Err(NotE164::Impossible));
        assert_eq!(E164::parse("015550199999"), Err(NotE164::Impossible));
    }

    #[test]
    fn debug_keeps_the_number_to_itself() {
        let number = E164::parse("+15550199999").expect("a number");
        assert_eq!(format!("{number:?}"), "E164(11 digits)");
    }
}
