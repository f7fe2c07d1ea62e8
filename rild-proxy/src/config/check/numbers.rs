//! What numbers look like in a configuration.

use std::ops::RangeInclusive;

/// Digits of an emergency number: as many as EF_ECC can hold (3GPP TS 31.102, 4.2.21). One digit alone is a slip of the
/// finger.
pub(super) const EMERGENCY_DIGITS: RangeInclusive<usize> = 2..=6;
/// Digits of an IMSI: country, network, and at least one more (3GPP TS 23.003, 2.2).
pub(super) const IMSI_DIGITS: RangeInclusive<usize> = 6..=15;
/// Digits of an IMEI (3GPP TS 23.003, 6.2.1).
pub(super) const IMEI_DIGITS: usize = 15;
/// Digits of a full number (ITU-T E.164, 6.2).
pub(super) const E164_DIGITS: RangeInclusive<usize> = 2..=15;

/// An emergency number, as a phone dials it.
pub(super) fn is_dialled(number: &str) -> bool {
    EMERGENCY_DIGITS.contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit() || c == b'*' || c == b'#')
}

pub(super) fn is_digits(text: &str) -> bool {
    text.bytes().all(|digit| digit.is_ascii_digit())
}

/// 3GPP TS 23.003, 6.2.1 and annex B: fourteen digits and a Luhn check digit.
pub(super) fn is_imei(imei: &str) -> bool {
    let weighted = |(place, digit): (usize, u8)| {
        let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
        value / 10 + value % 10
    };
    imei.len() == IMEI_DIGITS && is_digits(imei) && imei.bytes().enumerate().map(weighted).sum::<u32>() % 10 == 0
}

/// ITU-T E.164, 6.2: at most 15 digits, the country code first and never 0.
pub(super) fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    E164_DIGITS.contains(&digits.len()) && is_digits(digits) && !digits.starts_with('0')
}

pub(super) fn is_imsi(imsi: &str) -> bool {
    IMSI_DIGITS.contains(&imsi.len()) && is_digits(imsi)
}
