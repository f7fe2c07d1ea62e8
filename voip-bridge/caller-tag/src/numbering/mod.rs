//! Is a digit string a possible full E.164 number? Lengths of national numbers by country calling code and, where a
//! country has neighbouring lengths, by leading digits.
//!
//! The table is generated from the public metadata of libphonenumber (`rlibphonenumber` carries it) by
//! `tests/table.rs`, which also fails when the committed table and the metadata differ. Three decisions make it small
//! and safe for the tag codec:
//!
//! * Every number that the metadata calls valid is valid here. The reverse does not hold: digits in ranges that nobody
//!   has been assigned count as valid at every length of the range around them, so a range that opens after this table
//!   was made is not mistaken for tagged numbers.
//! * Leading digits are told apart only where that lets some number be known from the same number with one more digit.
//! * Voice-mail boxes with numbers of their own (Italy, Ireland) are left out: a mailbox does not call, and with them
//!   no Italian or Irish mobile number could carry a tag.
//!
//! It does not say whether a number is in service, nor of what kind it is.

#[rustfmt::skip]
mod table;

use crate::digits::MAX_DIGITS;

/// One country calling code.
struct Country {
    /// Country calling code (ITU-T E.164 Annex to Operational Bulletin), 1 to 3 digits; no code begins another.
    code: &'static str,
    /// What is dialled before a national number inside the country; empty when nothing is.
    trunk: &'static str,
    /// What is dialled before a country calling code inside the country.
    international: &'static str,
    /// Lengths with a blank-separated list of leading digits; the longest that fits a number decides. The empty list
    /// is the country as a whole.
    lengths: &'static [(Lengths, &'static str)],
}

/// A set of national-number lengths; bit n stands for n digits.
#[derive(Clone, Copy)]
struct Lengths(u16);

impl Lengths {
    /// The set of the lengths listed, each below 16.
    const fn of(mut list: &[u8]) -> Self {
        let mut bits = 0;
        while let [length, rest @ ..] = list {
            bits |= 1 << *length;
            list = rest;
        }
        Self(bits)
    }

    fn contains(self, length: usize) -> bool {
        length < 16 && self.0 >> length & 1 == 1
    }
}

impl Country {
    /// The lengths of national numbers that begin like `national`.
    fn lengths(&self, national: &str) -> Lengths {
        let rows = self.lengths.iter().flat_map(|(lengths, leading)| {
            // The empty list splits into one empty prefix, which fits every number.
            leading.split(' ').map(move |leading| (leading, *lengths))
        });
        rows.filter(|(leading, _)| national.starts_with(leading))
            .max_by_key(|(leading, _)| leading.len())
            .map_or(Lengths(0), |(_, lengths)| lengths)
    }
}

/// The country whose calling code `digits` begin with, and the national number behind it.
fn split(digits: &str) -> Option<(&'static Country, &str)> {
    (1..=3).find_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        Some((country(code)?, national))
    })
}

/// The row of one country calling code.
fn country(code: &str) -> Option<&'static Country> {
    let at = table::COUNTRIES.binary_search_by(|country| country.code.cmp(code)).ok()?;
    table::COUNTRIES.get(at)
}

/// Trunk prefix and international prefix that are dialled in the country of this calling code.
pub(crate) fn dialling_prefixes(code: &str) -> Option<(&'static str, &'static str)> {
    country(code).map(|country| (country.trunk, country.international))
}

/// Whether national numbers behind this calling code may begin with 0; elsewhere such a 0 is the trunk prefix.
pub(crate) fn begin_with_zero(code: &str) -> bool {
    country(code).is_some_and(|country| country.lengths("0").0 != 0)
}

/// Whether `digits` (country calling code first, no `+`) may be a full number: at most fifteen digits, an assigned
/// country calling code, and a length that numbers with these leading digits have.
pub fn is_valid(digits: &str) -> bool {
    digits.len() <= MAX_DIGITS
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && split(digits).is_some_and(|(country, national)| country.lengths(national).contains(national.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanp_numbers_have_ten_national_digits() {
        assert!(is_valid("15550199999"));
        assert!(!is_valid("155501999992"));
        assert!(!is_valid("1555019999"));
    }

    #[test]
    fn leading_digits_tell_lengths_apart() {
        // Germany as a whole has everything from 4 to 13 digits, 015 only 11; Egypt has 8 behind 3 and 9 behind 2.
        assert!(is_valid("4915123456789") && !is_valid("491512345678") && !is_valid("49151234567890"));
        assert!(is_valid("2031234567") && !is_valid("20312345678"));
        assert!(is_valid("20212345678") && !is_valid("2021234567"));
    }

    #[test]
    fn no_number_begins_with_the_trunk_zero_where_there_is_one() {
        assert!(!is_valid("4901701234567"));
        assert!(is_valid("390612345678"), "the zero of an Italian number is a part of it");
    }

    #[test]
    fn strings_that_are_no_numbers_are_refused() {
        for digits in ["", "1", "49", "0", "999999999", "+15550199999", "1555019999x", "1234567890123456", "٤٩"] {
            assert!(!is_valid(digits), "{digits}");
        }
    }

    #[test]
    fn calling_codes_are_sorted_and_none_begins_another() {
        for pair in table::COUNTRIES.windows(2) {
            let [first, second] = pair else { continue };
            assert!(first.code < second.code && !second.code.starts_with(first.code), "{}", second.code);
        }
    }
}
