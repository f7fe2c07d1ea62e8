//! Where somebody is: areas, cells, base stations.
//!
//! A cell has the same pseudonym as an integer, in hexadecimal and in decimal, with as many digits in both. What stands
//! for "not known" stays. There is nothing in the place of a position but zero, which Android takes for none.

use super::Scrub;

/// Physical cells are counted up to these, each in another technology: BSIC, TD-SCDMA, LTE, WCDMA.
const PHYSICAL_LIMITS: &[u32] = &[63, 127, 503, 511];

impl Scrub {
    /// An area or a cell.
    pub(super) fn cell(&self, number: u32) -> u32 {
        self.among(b"cell", number, |other| !is_none(other))
    }

    /// A physical cell.
    pub(super) fn physical_cell(&self, number: u32) -> u32 {
        let limit = |number: u32| PHYSICAL_LIMITS.iter().position(|limit| number <= *limit);
        self.among(b"physical cell", number, |other| limit(other) == limit(number) && !is_none(other))
    }

    /// Another number with as many digits in both notations.
    fn among(&self, about: &[u8], number: u32, holds: impl Fn(u32) -> bool) -> u32 {
        if is_none(number) {
            return number;
        }
        let (length, decimals) = (number.ilog(16) + 1, number.ilog10());
        let mut digits: Vec<u8> = (0..length).rev().map(|place| (number >> (4 * place) & 0xf) as u8).collect();
        let joined = |digits: &[u8]| digits.iter().fold(0, |number, digit| number << 4 | u32::from(*digit));
        self.key.permute_among(&[about], 16, &mut digits, |digits| {
            let other = joined(digits);
            digits[0] != 0 && other.ilog10() == decimals && holds(other)
        });
        joined(&digits)
    }

    /// Hexadecimal numbers in a text, with one of the above.
    pub(super) fn hexadecimal(&self, text: &mut [u8], scrub: impl Fn(&Self, u32) -> u32) -> bool {
        let start = if text.starts_with(b"0x") || text.starts_with(b"0X") { 2 } else { 0 };
        let digits = text.get_mut(start..).unwrap_or_default();
        let spelled = std::str::from_utf8(digits).ok().filter(|spelled| !spelled.starts_with('+'));
        let number = spelled.and_then(|spelled| u32::from_str_radix(spelled, 16).ok());
        let Some(number) = number else { return self.radix(b"cell", 16, digits) };
        let width = digits.len();
        let upper = digits.iter().any(u8::is_ascii_uppercase);
        let other = scrub(self, number);
        let other = if upper { format!("{other:0width$X}") } else { format!("{other:0width$x}") };
        digits.copy_from_slice(other.as_bytes());
        true
    }

    /// Decimal numbers in a text, separated by anything.
    pub(super) fn decimal(&self, text: &mut [u8], scrub: impl Fn(&Self, u32) -> u32) -> bool {
        if text.iter().any(u8::is_ascii_alphabetic) || !text.is_ascii() {
            return false;
        }
        for digits in text.split_mut(|byte| !byte.is_ascii_digit()) {
            let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            match number {
                Some(number) => {
                    let width = digits.len();
                    digits.copy_from_slice(format!("{:0width$}", scrub(self, number)).as_bytes());
                }
                None => drop(self.radix(b"cell", 10, digits)),
            }
        }
        true
    }
}

/// Values that stand for none, or for all (3GPP TS 24.008, 10.5.1.3; ril.h).
fn is_none(number: u32) -> bool {
    matches!(number, 0 | 0xfffe | 0xffff | 0x0fff_ffff | 0x7fff_ffff | 0xffff_ffff)
}

/// A cell or an area in up to four octets.
pub(super) fn cell_octets(scrub: &Scrub, octets: &mut [u8]) {
    if octets.len() > 4 {
        return octets.fill(0);
    }
    let number = octets.iter().fold(0, |number, octet| number << 8 | u32::from(*octet));
    let other = scrub.cell(number).to_be_bytes();
    let length = octets.len();
    octets.copy_from_slice(&other[4 - length..]);
}
