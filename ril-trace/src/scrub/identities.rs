//! Identities of subscribers, cards and devices.
//!
//! What stays tells the country, the network, the card's issuer or the model: the codes of the network of an IMSI, the
//! first six digits of an ICCID, the type code of an IMEI. Check digits that were right are right again.

use super::Scrub;
use super::numbers::put_nibble;

/// Digits of an ICCID that name the issuer: 89, country, issuer (ITU-T E.118).
const ISSUER: usize = 6;

/// Digits of an IMEI that name the model (3GPP TS 23.003, 6.2.1).
const TYPE_CODE: usize = 8;

/// Digits of an IMEI without check digit or software version.
const IMEI: usize = 14;

/// Countries outside of North America with networks whose code has three digits (ITU-T E.212). Of an IMSI from there
/// six digits stay, of others five.
const THREE_DIGIT_NETWORKS: &[&[u8]] =
    &[&[4, 0, 5], &[5, 0, 2], &[7, 0, 8], &[7, 1, 4], &[7, 2, 2], &[7, 3, 2], &[7, 5, 0]];

impl Scrub {
    /// The digits of an IMSI.
    pub(super) fn imsi(&self, digits: &mut [u8]) {
        let three =
            digits.first() == Some(&3) || THREE_DIGIT_NETWORKS.iter().any(|country| digits.starts_with(country));
        let (network, subscriber) = digits.split_at_mut(digits.len().min(if three { 6 } else { 5 }));
        self.key.permute(&[b"imsi", network], 10, subscriber);
    }

    /// The digits of an IMEI or IMEISV. Two digits are a software version alone, and stay.
    pub(super) fn imei(&self, digits: &mut [u8]) {
        if digits.len() <= 2 || digits.iter().all(|digit| *digit == 0) {
            return;
        }
        if digits.len() < IMEI {
            return self.key.permute(&[b"imei"], 10, digits);
        }
        let was_right = check_digit(digits) == 0;
        let (model, rest) = digits.split_at_mut(TYPE_CODE);
        let (serial, rest) = rest.split_at_mut(IMEI - TYPE_CODE);
        self.key.permute(&[b"imei", model], 10, serial);
        match rest.len() {
            1 if was_right => put_check_digit(digits),
            1 => rest.fill(0),
            // A software version.
            2 => {}
            _ => rest.fill(0),
        }
    }

    /// The digits of an ICCID.
    pub(super) fn iccid(&self, digits: &mut [u8]) {
        let was_right = digits.len() > ISSUER && check_digit(digits) == 0;
        let (issuer, account) = digits.split_at_mut(digits.len().min(ISSUER));
        let last = if was_right { account.len() - 1 } else { account.len() };
        self.key.permute(&[b"iccid", issuer], 10, &mut account[..last]);
        if was_right {
            put_check_digit(digits);
        }
    }

    /// Digits in semi-octets, the low one first, up to a filler, with one of the above.
    pub(super) fn swapped(&self, octets: &mut [u8], first: usize, scrub: impl Fn(&Self, &mut [u8])) {
        let nibbles: Vec<u8> = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]).skip(first).collect();
        let mut digits: Vec<u8> = nibbles.iter().copied().take_while(|nibble| *nibble < 10).collect();
        scrub(self, &mut digits);
        // Behind a semi-octet that is no digit there are none.
        digits.resize(nibbles.len(), 0xf);
        digits.iter().enumerate().for_each(|(place, digit)| put_nibble(octets, first + place, *digit));
    }

    /// A MEID or ESN: other digits of the same kind. Zeros stand for none.
    pub(super) fn meid(&self, text: &mut [u8]) -> bool {
        let is_decimal = matches!(text.len(), 11 | 18) && text.iter().all(u8::is_ascii_digit);
        self.radix(b"meid", if is_decimal { 10 } else { 16 }, text)
    }

    /// Digits of a radix, as letters of the case that the text has; false if it is something else.
    pub(super) fn radix(&self, about: &[u8], radix: u8, text: &mut [u8]) -> bool {
        let digits: Option<Vec<u8>> = text.iter().map(|byte| digit(*byte, radix)).collect();
        let Some(mut digits) = digits else { return false };
        if digits.iter().any(|digit| *digit != 0) {
            self.key.permute(&[about], radix, &mut digits);
        }
        let upper = !text.iter().any(u8::is_ascii_lowercase);
        text.iter_mut().zip(digits).for_each(|(byte, digit)| *byte = shown(digit, upper));
        true
    }
}

fn digit(byte: u8, radix: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(u32::from(radix))?).ok()
}

fn shown(digit: u8, upper: bool) -> u8 {
    match digit {
        0..=9 => b'0' + digit,
        _ if upper => b'A' + digit - 10,
        _ => b'a' + digit - 10,
    }
}

/// What is missing to a multiple of ten (ISO/IEC 7812-1, annex B); 0 if the last digit is right.
fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

fn put_check_digit(digits: &mut [u8]) {
    if let Some(last) = digits.last_mut() {
        *last = 0;
    }
    let missing = check_digit(digits);
    if let Some(last) = digits.last_mut() {
        *last = missing;
    }
}
