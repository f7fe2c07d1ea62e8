//! A text as a CDMA short message: address and bearer data of an SMS Deliver.
//!
//! Reference: 3GPP2 C.S0015, 3.4.3.3 (address) and 4.5 (bearer data); C.R1001, 9.1 (encodings).

use ril_protocol::payload::cdma::{
    Address, BEARER_DATA_LIMIT, DIGITS_LIMIT, DigitMode, NumberPlan, NumberType, SmsMessage,
};
use ril_protocol::sms_pdu::DateTime;

/// Teleservice "messaging".
const MESSAGING: i32 = 4098;

/// Subparameters (4.5).
const MESSAGE_IDENTIFIER: u8 = 0x00;
const USER_DATA: u8 = 0x01;
const CENTRE_TIME: u8 = 0x03;

/// `MESSAGE_TYPE` of a deliver message.
const DELIVER: u32 = 1;
/// Encodings of user data.
const ASCII: u32 = 2;
const UNICODE: u32 = 4;

/// A message with this number. `Err` says what is wrong with the number or the text.
pub(super) fn deliver(from: &str, text: &str, id: u16, time: Option<DateTime>) -> Result<SmsMessage, String> {
    let bearer_data = bearer_data(text, id, time)?;
    Ok(SmsMessage { teleservice_id: MESSAGING, address: address(from)?, bearer_data, ..SmsMessage::default() })
}

/// A broadcast of this service category. `Err` says what is wrong with the text.
pub(super) fn broadcast(
    service_category: i32,
    text: &str,
    id: u16,
    time: Option<DateTime>,
) -> Result<SmsMessage, String> {
    let bearer_data = bearer_data(text, id, time)?;
    Ok(SmsMessage { is_service_present: true, service_category, bearer_data, ..SmsMessage::default() })
}

/// The digits of an address.
pub(super) fn recipient(address: &Address) -> String {
    let digit = |digit: &u8| match digit {
        10 => '0',
        1..=9 => char::from(b'0' + digit),
        other => char::from(*other),
    };
    address.digits.iter().map(digit).collect()
}

fn bearer_data(text: &str, id: u16, time: Option<DateTime>) -> Result<Vec<u8>, String> {
    let mut identifier = Bits::default();
    identifier.push(DELIVER, 4);
    identifier.push(id.into(), 16);
    // No header in the user data; three bits reserved.
    identifier.push(0, 4);
    let mut bearer_data = subparameter(MESSAGE_IDENTIFIER, &identifier.0);
    bearer_data.extend(subparameter(USER_DATA, &user_data(text)?));
    if let Some(time) = time {
        bearer_data.extend(subparameter(CENTRE_TIME, &centre_time(&time)));
    }
    if bearer_data.len() > BEARER_DATA_LIMIT {
        return Err(TOO_LONG.to_owned());
    }
    Ok(bearer_data)
}

const TOO_LONG: &str = "text too long for one message";

fn subparameter(id: u8, value: &[u8]) -> Vec<u8> {
    // The user data, the longest of them, is checked to fit.
    [&[id, u8::try_from(value.len()).unwrap_or(u8::MAX)][..], value].concat()
}

/// Encoding, number of characters, characters: seven bits each if they are ASCII, else UTF-16.
fn user_data(text: &str) -> Result<Vec<u8>, String> {
    let ascii = text.bytes().all(|byte| byte.is_ascii());
    let (encoding, width) = if ascii { (ASCII, 7) } else { (UNICODE, 16) };
    let units: Vec<u32> = text.encode_utf16().map(u32::from).collect();
    let count = u8::try_from(units.len()).map_err(|_| TOO_LONG)?;
    let mut bits = Bits::default();
    bits.push(encoding, 5);
    bits.push(count.into(), 8);
    units.into_iter().for_each(|unit| bits.push(unit, width));
    let fits = u8::try_from(bits.0.len()).is_ok();
    if fits { Ok(bits.0) } else { Err(TOO_LONG.to_owned()) }
}

/// Two digits to an octet, most significant first (4.5.4).
fn centre_time(time: &DateTime) -> [u8; 6] {
    let year = u8::try_from(time.year % 100).unwrap_or_default();
    [year, time.month, time.day, time.hour, time.minute, time.second].map(|value| ((value / 10) << 4) | (value % 10))
}

/// Digits as DTMF codes; an international number as characters, for codes have no kind of number.
fn address(number: &str) -> Result<Address, String> {
    let international = number.strip_prefix('+');
    let digits = international.unwrap_or(number);
    if !(1..=DIGITS_LIMIT).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("bad phone number format, must be [+](0-9)*".to_owned());
    }
    Ok(match international {
        Some(digits) => Address {
            digit_mode: DigitMode::EIGHT_BIT,
            number_type: NumberType::INTERNATIONAL_OR_DATA_IP,
            number_plan: NumberPlan::TELEPHONY,
            digits: digits.bytes().collect(),
            ..Address::default()
        },
        // Zero has the code ten.
        None => Address {
            digits: digits.bytes().map(|digit| if digit == b'0' { 10 } else { digit - b'0' }).collect(),
            ..Address::default()
        },
    })
}

/// A row of bits, filled up with zeros to a whole octet.
#[derive(Default)]
struct Bits(Vec<u8>, usize);

impl Bits {
    /// The low bits of a value, the highest of them first.
    fn push(&mut self, value: u32, width: usize) {
        for at in (0..width).rev() {
            if self.1.is_multiple_of(8) {
                self.0.push(0);
            }
            let bit = u8::from(value >> at & 1 == 1);
            if let Some(last) = self.0.last_mut() {
                *last |= bit << (7 - self.1 % 8);
            }
            self.1 += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_packed_behind_its_number_of_characters() {
        let message = deliver("5550100", "Hi", 5, None).unwrap();
        // 0001 0000000000000101 0 000; 00010 00000010 1001000 1101001 and three bits to fill up.
        assert_eq!(message.bearer_data, [0x00, 3, 0x10, 0x00, 0x50, 0x01, 4, 0x10, 0x14, 0x8d, 0x20]);
        assert_eq!(message.address.digits, [5, 5, 5, 10, 1, 10, 10]);
        assert_eq!(message.teleservice_id, 4098);
    }

    #[test]
    fn other_text_is_utf16_and_the_time_is_told() {
        let time = DateTime::from_unix_seconds(1_795_467_862, 0);
        let message = deliver("+5550100", "\u{263a}", 1, time).unwrap();
        assert_eq!(
            message.bearer_data[5..],
            [0x01, 4, 0x20, 0x09, 0x31, 0xd0, 0x03, 6, 0x26, 0x11, 0x23, 0x21, 0x04, 0x22]
        );
        assert_eq!((message.address.digit_mode, &message.address.digits[..]), (DigitMode::EIGHT_BIT, &b"5550100"[..]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(deliver("5550100", &"x".repeat(255), 1, None).is_ok());
        assert!(deliver("5550100", &"x".repeat(256), 1, None).is_err());
        assert!(deliver("5550100", &"\u{263a}".repeat(140), 1, None).is_err());
        for number in ["", "+", "555x", "1234567890123456789012345678901234567"] {
            assert!(deliver(number, "x", 1, None).is_err(), "{number}");
        }
    }
}
