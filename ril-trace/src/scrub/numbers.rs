//! Telephone numbers, as people dial them and as semi-octets.
//!
//! The last seven digits of a number have a pseudonym of their own, so that a number keeps it with and without country
//! code. Before them the country code stays where it can be told, zeros and ones stay, for they are trunk prefixes as a
//! rule, and other digits become others but zero and one. Short numbers have other short numbers.
//!
//! Up to three digits at the beginning and in service codes stay: they are emergency numbers and codes. What is dialled
//! behind a pause may be a PIN and becomes zeros.

use super::Scrub;

/// Digits at the end of a number that have a pseudonym by themselves: those by which phones compare numbers.
const OWN: usize = 7;

/// Numbers up to this length are services.
const SERVICE: usize = 3;

/// From this length on a number that does not begin with a zero has its country code.
const WITH_COUNTRY: usize = 11;

/// Country codes of two digits (ITU-T E.164); those that begin with 1 and 7 have one, all others three.
const TWO_DIGITS: &[u8] = &[
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62,
    63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// What people put between digits.
const BETWEEN: &[u8] = b" -().";

/// What makes the phone wait before it dials on.
const PAUSES: &[u8] = b",;pPwW?";

impl Scrub {
    /// Something that can be dialled, in place; false if it cannot.
    pub(super) fn dialled(&self, text: &mut [u8]) -> bool {
        let can_be = |byte: &u8| {
            byte.is_ascii_digit() || b"+*#abcdABCD".contains(byte) || BETWEEN.contains(byte) || PAUSES.contains(byte)
        };
        if !text.iter().all(can_be) {
            return false;
        }
        let is_code = text.first().is_some_and(|first| b"*#".contains(first));
        let (mut at, mut is_first, mut paused) = (0, true, false);
        while let Some(byte) = text.get(at) {
            if !byte.is_ascii_digit() {
                paused |= PAUSES.contains(byte);
                at += 1;
                continue;
            }
            let international = at > 0 && text[at - 1] == b'+';
            let rest = text.get_mut(at..).unwrap_or_default();
            let end =
                rest.iter().position(|byte| !byte.is_ascii_digit() && !BETWEEN.contains(byte)).unwrap_or(rest.len());
            let places: Vec<usize> = (0..end).filter(|place| rest[*place].is_ascii_digit()).collect();
            let mut digits: Vec<u8> = places.iter().map(|place| rest[*place] - b'0').collect();
            if paused {
                digits.fill(0);
            } else if digits.len() > SERVICE || !(is_first || is_code) {
                self.digits(&mut digits, international);
            }
            places.iter().zip(&digits).for_each(|(place, digit)| rest[*place] = b'0' + digit);
            at += end;
            is_first = false;
        }
        true
    }

    /// The digits of one number.
    fn digits(&self, digits: &mut [u8], international: bool) {
        let Some(before) = digits.len().checked_sub(OWN) else {
            return self.key.permute(&[b"short number"], 10, digits);
        };
        let prefix = if digits.starts_with(&[0, 0]) { 2 } else { 0 };
        let has_country = international || prefix > 0 || digits.len() >= WITH_COUNTRY && digits[0] != 0;
        let country = if has_country { country_code(&digits[prefix..]) } else { 0 };
        let (leading, own) = digits.split_at_mut(before);
        let original = own.to_vec();
        let trunk = original[0] < 2;
        self.key.permute_among(&[b"number"], 10, own, |own| (own[0] < 2) == trunk);
        for (place, digit) in leading.iter_mut().rev().enumerate() {
            if place < before.saturating_sub(prefix + country) && *digit > 1 {
                let drawn = self.key.number("before number", &[&original, &place.to_le_bytes()]) % 8;
                *digit = u8::try_from((u32::from(*digit) - 2 + drawn) % 8).unwrap_or(0) + 2;
            }
        }
    }

    /// A number in semi-octets, the low one first, up to the first filler (3GPP TS 24.008, 10.5.4.7).
    pub(super) fn semi_octets(&self, type_of_number: u8, octets: &mut [u8]) {
        let nibbles = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]);
        let digits = nibbles.take_while(|nibble| *nibble != 0xf);
        let international = type_of_number >> 4 & 7 == 1;
        let plus = international.then_some(b'+');
        // What is behind the pound sign are pauses and wild cards in a SIM, and letters elsewhere.
        let mut text: Vec<u8> =
            plus.into_iter().chain(digits.map(|digit| b"0123456789*#ppp"[usize::from(digit)])).collect();
        self.dialled(&mut text);
        for (place, byte) in text.iter().skip(usize::from(international)).enumerate() {
            if byte.is_ascii_digit() {
                put_nibble(octets, place, byte - b'0');
            }
        }
        // Behind a filler there is nothing that a reader would look at.
        let digits = text.len() - usize::from(international);
        (digits..octets.len() * 2).for_each(|place| put_nibble(octets, place, 0xf));
    }
}

/// Sets one semi-octet, the low one of an octet first.
pub(super) fn put_nibble(octets: &mut [u8], place: usize, nibble: u8) {
    if let Some(octet) = octets.get_mut(place / 2) {
        *octet = if place.is_multiple_of(2) { *octet & 0xf0 | nibble } else { *octet & 0x0f | nibble << 4 };
    }
}

/// How many digits the country code at the front has.
fn country_code(digits: &[u8]) -> usize {
    match digits {
        [1 | 7, ..] => 1,
        [tens, units, ..] if TWO_DIGITS.contains(&(tens * 10 + units)) => 2,
        _ => 3.min(digits.len()),
    }
}
