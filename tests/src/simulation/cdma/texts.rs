//! What CDMA messages say: the text in the bearer data of a message, as the simulated network writes it, and whom it is
//! from.
//!
//! Reference: 3GPP2 C.S0015, 3.4.3.3 (address) and 4.5 (bearer data); C.R1001, 9.1 (encodings).

use ril_protocol::payload::cdma::{Address, DigitMode, SmsMessage};
use ril_protocol::{RequestCode, RilVersion, parcel};

use crate::simulation::names;
use crate::simulation::world::{Sent, World};

pub(super) const V: RilVersion = RilVersion::COMMON;

/// Teleservice "messaging".
const MESSAGING: i32 = 4098;
/// The subparameter that has the text.
const USER_DATA: u8 = 0x01;
/// Its encoding "7-bit ASCII", of five bits, and the bits of the number of characters.
const ASCII: u32 = 2;
const ENCODING_BITS: usize = 5;
const COUNT_BITS: usize = 8;
const CHARACTER_BITS: usize = 7;

/// The message in a payload.
pub(super) fn message_in(payload: &[u8]) -> SmsMessage {
    parcel::decode(payload, V).expect("a CDMA message that can be read")
}

/// What a message says.
pub(super) fn written_in(message: &SmsMessage) -> String {
    let mut rest = message.bearer_data.as_slice();
    while let [kind, len, more @ ..] = rest {
        let (value, behind) = more.split_at(usize::from(*len).min(more.len()));
        if *kind == USER_DATA {
            return ascii(value).expect("a text of 7-bit characters");
        }
        rest = behind;
    }
    panic!("a message without a text");
}

fn ascii(user_data: &[u8]) -> Option<String> {
    let bits = |from: usize, count: usize| {
        let bit = |at: usize| user_data.get(at / 8).map(|octet| u32::from(octet >> (7 - at % 8) & 1));
        (from..from + count).try_fold(0, |value, at| Some(value << 1 | bit(at)?))
    };
    let count =
        usize::try_from(bits(ENCODING_BITS, COUNT_BITS)?).ok().filter(|_| bits(0, ENCODING_BITS) == Some(ASCII))?;
    let first = ENCODING_BITS + COUNT_BITS;
    let character = |at: usize| char::from_u32(bits(first + at * CHARACTER_BITS, CHARACTER_BITS)?);
    (0..count).map(character).collect()
}

/// A message with this text to this number, as a phone writes it.
pub(super) fn message_to(number: &str, text: &str) -> SmsMessage {
    let mut user_data = Vec::new();
    let mut at = 0;
    let mut put = |value: u32, count: usize| {
        for bit in (0..count).rev() {
            if at % 8 == 0 {
                user_data.push(0);
            }
            if let Some(last) = user_data.last_mut() {
                *last |= u8::from(value >> bit & 1 == 1) << (7 - at % 8);
            }
            at += 1;
        }
    };
    put(ASCII, ENCODING_BITS);
    put(u32::try_from(text.len()).unwrap_or_default(), COUNT_BITS);
    text.bytes().for_each(|character| put(character.into(), CHARACTER_BITS));
    let len = u8::try_from(user_data.len()).expect("a text that fits");
    let bearer_data = [&[USER_DATA, len], user_data.as_slice()].concat();
    // Zero has the code ten.
    let digit = |digit: u8| if digit == b'0' { 10 } else { digit - b'0' };
    let digits = number.bytes().filter(u8::is_ascii_digit).map(digit).collect();
    SmsMessage {
        teleservice_id: MESSAGING,
        address: Address { digits, ..Address::default() },
        bearer_data,
        ..SmsMessage::default()
    }
}

/// The number in an address, as people write it.
fn number_in(address: &Address) -> String {
    let digit = |digit: &u8| match digit {
        10 => '0',
        1..=9 => char::from(b'0' + digit),
        other => char::from(*other),
    };
    let plus = if address.digit_mode == DigitMode::EIGHT_BIT { "+" } else { "" };
    plus.chars().chain(address.digits.iter().map(digit)).collect()
}

impl World {
    /// Somebody sends a phone a text.
    pub(super) fn somebody_writes_by_cdma(&mut self) {
        let place = self.any_phone();
        self.numbers += 1;
        let text = names::text(place, self.numbers);
        let from = self.somebody_for(place, self.numbers);
        self.sent.push(Sent { place, text: text.clone(), by_service: false });
        let plus = if self.rng.bool() { "+" } else { "" };
        self.modem.console(self.now, &format!("cdma sms {plus}{} {text}", from.trim_start_matches('+')));
    }

    /// The router is about to hear a message, perhaps not for the first time.
    pub(super) fn cdma_message_comes(&mut self, payload: &[u8]) {
        let message = message_in(payload);
        let text = written_in(&message);
        self.cdma.acknowledgements.comes(payload);
        if message.is_service_present {
            return self.copies_come(message.service_category, &text);
        }
        let owner = self.names.meaning(&number_in(&message.address)).map(|(place, _)| place);
        let owner = owner.unwrap_or_else(|| self.default_for_messages());
        self.names.message_comes(text, owner);
    }

    /// A phone's message goes to the network: nobody who has a number of its own writes as the SIM.
    pub(super) fn check_cdma_sms(&mut self, payload: &[u8]) {
        let text = written_in(&message_in(payload));
        let writer = names::writer_of(&text).expect("a phone wrote this");
        assert!(!self.names.is_by_service(writer), "phone {writer} writes as the SIM");
        assert!(
            self.by.is_none_or(|by| by.place == writer || by.code != RequestCode::CDMA_SEND_SMS),
            "`{text}` is sent for {:?}",
            self.by
        );
        self.cdma.acknowledgements.is_sent(&text);
    }
}
