//! The numbering plan of the country in which a device is at home, and the full numbers that a presented one may be.
//!
//! A carrier presents one caller as `+CC N`, as `00 CC N`, as `0 N`, as bare `CC N` or even as bare `N`, where CC is
//! the country calling code, N the national number, and 0 and 00 stand for the country's own trunk and international
//! prefixes (ITU-T E.123, 3GPP TS 24.008 10.5.4.9 for the type of number that is often missing). A reading is one
//! such interpretation. Nothing here decides which reading is right; a number may well have none.

use crate::digits::Digits;
use crate::{E164, numbering};
use std::fmt;

/// Presented numbers without `+` or international prefix need this many digits to have a reading: what is shorter is a
/// short code, a service or an emergency number, or is not distinguishable from one.
const SHORTEST_NATIONAL: usize = 8;

/// What people put into numbers for the eye (RFC 3966, section 3: visual separators; the space, and the slash).
const SEPARATORS: [char; 6] = ['-', '.', '(', ')', ' ', '/'];

/// How numbers are dialled and shown in one country.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NumberingPlan {
    country_code: Digits,
    trunk_prefix: Digits,
    international_prefix: Digits,
}

impl NumberingPlan {
    /// The plan of the country with this calling code, with its usual prefixes; `None` when the code is not assigned.
    ///
    /// Where callers choose a carrier with the international prefix (Brazil, Colombia ...) it is 00 here. Where a
    /// calling code serves several countries (1, 7, 44 ...) the prefixes are those of the main one.
    pub fn for_calling_code(code: u16) -> Option<Self> {
        let mut buffer = [0; 3];
        let code = decimal(code, &mut buffer)?;
        let (trunk, international) = numbering::dialling_prefixes(code)?;
        Some(Self {
            country_code: Digits::concat(&[code])?,
            trunk_prefix: Digits::concat(&[trunk])?,
            international_prefix: Digits::concat(&[international])?,
        })
    }

    /// The plan of the country that a number belongs to; no calling code is the beginning of another.
    pub fn of(number: &E164) -> Option<Self> {
        (1..=3).find_map(|len| Self::for_calling_code(number.digits().get(..len)?.parse().ok()?))
    }

    /// The country calling code.
    pub fn country_code(&self) -> &str {
        self.country_code.as_str()
    }

    /// What is dialled before a national number; empty when nothing is.
    pub fn trunk_prefix(&self) -> &str {
        self.trunk_prefix.as_str()
    }

    /// What is dialled before a country calling code.
    pub fn international_prefix(&self) -> &str {
        self.international_prefix.as_str()
    }

    /// The full number that somebody dialled or wrote, in any form that is usual in this country; visual separators are
    /// skipped. `None` for short codes, services, emergency numbers, and whatever else is no full number.
    pub fn read(&self, written: &str) -> Option<E164> {
        let plain = without_separators(written);
        if plain.starts_with('+') {
            return E164::parse(&plain).ok();
        }
        if let Some(number) = strip(&plain, self.international_prefix()).and_then(|rest| E164::parse(rest).ok()) {
            return Some(number);
        }
        let national = |rest: &str| E164::parse(&format!("{}{rest}", self.country_code())).ok();
        if let Some(number) = strip(&plain, self.trunk_prefix()).and_then(national) {
            return Some(number);
        }
        if plain.len() < SHORTEST_NATIONAL {
            return None;
        }
        E164::parse(&plain).ok().or_else(|| national(&plain))
    }

    /// Whether `written` may stand for a number that begins with these digits, in any form that is usual in this
    /// country; visual separators are skipped.
    pub fn may_begin_with(&self, written: &str, digits: &str) -> bool {
        let plain = without_separators(written);
        let begins = |number: &str| number.starts_with(digits);
        self.read(&plain).is_some_and(|number| begins(number.digits()))
            || self.readings(&plain).any(|reading| begins(reading.as_str()))
    }

    /// Whether `presented` may stand for these digits, which begin with a country calling code but need not be a
    /// number.
    pub fn may_be(&self, presented: &str, digits: &str) -> bool {
        self.readings(presented).any(|reading| reading.as_str() == digits)
    }

    /// The full numbers (country calling code first, no `+`) that `presented` may stand for, likeliest first.
    pub(crate) fn readings(&self, presented: &str) -> impl Iterator<Item = Digits> {
        self.interpret(presented).into_iter().flatten()
    }

    fn interpret(&self, presented: &str) -> [Option<Digits>; 3] {
        // E.164 numbers never begin with 0: a `+` before one was put there in front of some other form.
        if let Some(digits) = presented.strip_prefix('+')
            && !digits.starts_with('0')
        {
            return self.international(digits);
        }
        let digits = presented.strip_prefix('+').unwrap_or(presented);
        if let Some(rest) = strip(digits, self.international_prefix()).filter(|rest| !rest.starts_with('0')) {
            let [plain, kept_zero, _] = self.international(rest);
            return [plain, kept_zero, self.like_international(digits)];
        }
        if digits.len() < SHORTEST_NATIONAL {
            return [None; 3];
        }
        let trunk = strip(digits, self.trunk_prefix()).and_then(|rest| self.national(rest));
        if digits.starts_with('0') && !self.trunk_prefix().is_empty() {
            return [trunk, None, None];
        }
        [trunk, Digits::concat(&[digits]), self.national(digits)]
    }

    /// Digits that begin with a country calling code. Some carriers keep the trunk zero behind it (`+49 0170 ...`).
    fn international(&self, digits: &str) -> [Option<Digits>; 3] {
        let kept_zero = digits
            .strip_prefix(self.country_code())
            .filter(|_| self.trunk_prefix() == "0" && !numbering::begin_with_zero(self.country_code()))
            .and_then(|national| national.strip_prefix('0'))
            .and_then(|national| self.national(national));
        [Digits::concat(&[digits]), kept_zero, None]
    }

    /// The national number in `digits` that begin with the international prefix: a bare one may do so where that prefix
    /// is not of zeros (810 in Russia), and so may trunk zero before a number that begins with 0 itself.
    fn like_international(&self, digits: &str) -> Option<Digits> {
        if !digits.starts_with('0') {
            return self.national(digits);
        }
        let national = digits.strip_prefix('0').filter(|national| national.starts_with('0'))?;
        let possible = self.trunk_prefix() == "0" && numbering::begin_with_zero(self.country_code());
        if possible { self.national(national) } else { None }
    }

    /// Digits that begin with an area code of this country.
    fn national(&self, digits: &str) -> Option<Digits> {
        Digits::concat(&[self.country_code(), digits])
    }
}

fn without_separators(written: &str) -> String {
    written.chars().filter(|character| !SEPARATORS.contains(character)).collect()
}

/// What is behind `prefix`, unless that is empty: then nothing was dialled that could be taken off.
fn strip<'a>(digits: &'a str, prefix: &str) -> Option<&'a str> {
    if prefix.is_empty() { None } else { digits.strip_prefix(prefix) }
}

/// `number` in decimal; `None` when it has more than three digits.
fn decimal(number: u16, buffer: &mut [u8; 3]) -> Option<&str> {
    let places = match number {
        0..=9 => 1,
        10..=99 => 2,
        100..=999 => 3,
        _ => return None,
    };
    let mut rest = number;
    for place in buffer.iter_mut().take(places).rev() {
        *place = b'0' + u8::try_from(rest % 10).ok()?;
        rest /= 10;
    }
    std::str::from_utf8(buffer.get(..places)?).ok()
}

impl fmt::Debug for NumberingPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumberingPlan")
            .field("country_code", &self.country_code())
            .field("trunk_prefix", &self.trunk_prefix())
            .field("international_prefix", &self.international_prefix())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(code: u16, presented: &str) -> Vec<String> {
        let plan = NumberingPlan::for_calling_code(code).expect("an assigned calling code");
        plan.readings(presented).map(|digits| digits.as_str().to_owned()).collect()
    }

    #[test]
    fn plans_know_their_prefixes() {
        let prefixes = |code| {
            NumberingPlan::for_calling_code(code)
                .map(|plan| (plan.trunk_prefix().to_owned(), plan.international_prefix().to_owned()))
        };
        assert_eq!(prefixes(1), Some(("1".into(), "011".into())));
        assert_eq!(prefixes(7), Some(("8".into(), "810".into())));
        assert_eq!(prefixes(39), Some((String::new(), "00".into())));
        assert_eq!(prefixes(49), Some(("0".into(), "00".into())));
        assert_eq!(prefixes(61), Some(("0".into(), "0011".into())));
        assert_eq!(prefixes(0), None);
        assert_eq!(prefixes(210), None);
        assert_eq!(prefixes(1000), None);
    }

    #[test]
    fn each_form_of_a_german_number_is_read() {
        for presented in ["+491701234567", "00491701234567", "01701234567", "+01701234567", "+4901701234567"] {
            assert!(readings(49, presented).contains(&"491701234567".into()), "{presented}");
        }
        assert_eq!(readings(49, "491701234567"), ["491701234567", "49491701234567"]);
        assert_eq!(readings(49, "1701234567"), ["1701234567", "491701234567"]);
    }

    #[test]
    fn a_trunk_prefix_that_is_not_zero_may_also_be_a_calling_code() {
        assert_eq!(readings(7, "89161234567"), ["79161234567", "89161234567", "789161234567"]);
    }

    #[test]
    fn an_italian_zero_is_a_part_of_the_number() {
        assert!(readings(39, "0612345678").contains(&"390612345678".into()));
        assert_eq!(readings(39, "+390612345678"), ["390612345678"]);
    }

    #[test]
    fn every_usual_form_is_one_number() {
        let plan = NumberingPlan::for_calling_code(49).expect("Germany");
        let number = E164::parse("+493012345678").ok();
        for form in ["+493012345678", "00493012345678", "03012345678", "493012345678", "+49-30-12345678"] {
            assert_eq!(plan.read(form), number, "{form}");
        }
        for none in ["", "112", "116117", "*21#", "anonymous", "+", "00", "0"] {
            assert_eq!(plan.read(none), None, "{none}");
        }
    }

    #[test]
    fn a_presented_number_may_be_one_that_carries_a_tag() {
        let plan = NumberingPlan::for_calling_code(49).expect("Germany");
        for presented in ["+4917012345672", "004917012345672", "017012345672", "4917012345672"] {
            assert!(plan.may_be(presented, "4917012345672"), "{presented}");
        }
        assert!(!plan.may_be("017012345673", "4917012345672") && !plan.may_be("112", "112"));
    }

    #[test]
    fn what_is_short_or_not_digits_has_no_reading() {
        for presented in ["", "112", "0112", "22922", "1234567", "*31#01701234567", "Taxi", "+49 170 1234567"] {
            assert_eq!(readings(49, presented), [""; 0], "{presented}");
        }
    }
}
