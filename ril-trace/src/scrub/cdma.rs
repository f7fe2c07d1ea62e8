//! Short messages of CDMA: what is in their bearer data.
//!
//! Message identifier, times, validity, priority, status and the like stay. Text becomes letters in its encoding, a
//! callback number another number. What else there is becomes zeros.
//!
//! Reference: 3GPP2 C.S0015, 4.5; encodings of C.R1001, 9.1.

use ril_protocol::sms_pdu::Alphabet;

use super::Scrub;
use super::objects::short_objects;

const MESSAGE_IDENTIFIER: u8 = 0x00;
const USER_DATA: u8 = 0x01;
const CALLBACK_NUMBER: u8 = 0x0e;

/// Subparameters that tell how a message is to be handled: times, priority, privacy, reply, number of messages, alert,
/// language, display mode, status.
const HANDLING: &[u8] = &[0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0f, 0x14];

const EXTENDED_PROTOCOL: u32 = 1;
const ASCII: u32 = 2;
const IA5: u32 = 3;
const UNICODE: u32 = 4;
const LATIN: u32 = 8;
const GSM7: u32 = 9;
const GSM_SCHEME: u32 = 10;

impl Scrub {
    /// Subparameters, each behind its identifier and length.
    pub(super) fn bearer_data(&self, data: &mut [u8]) {
        // Whether the text has a header is in the message identifier, which is the first.
        let has_header = matches!(data, [MESSAGE_IDENTIFIER, 3, _, _, last, ..] if *last & 0x08 != 0);
        let (subparameters, end) = short_objects(data);
        for (identifier, place) in subparameters {
            let value = &mut data[place];
            match identifier {
                MESSAGE_IDENTIFIER if value.len() == 3 => {}
                USER_DATA => self.cdma_user_data(value, has_header),
                CALLBACK_NUMBER => self.callback(value),
                identifier if HANDLING.contains(&identifier) && value.len() <= 8 => {}
                _ => value.fill(0),
            }
        }
        data[end..].fill(0);
    }

    /// Encoding (5 bits), type where the encoding asks for one (8), number of characters (8), characters.
    fn cdma_user_data(&self, value: &mut [u8], has_header: bool) {
        let encoding = bits(value, 0, 5);
        let start = if matches!(encoding, EXTENDED_PROTOCOL | GSM_SCHEME) { 13 } else { 5 };
        let count = bits(value, start, 8) as usize;
        let start = start + 8;
        let width = match encoding {
            ASCII | IA5 | GSM7 => 7,
            UNICODE => 16,
            0 | LATIN => 8,
            _ => 0,
        };
        let all = value.len() * 8;
        // A header is not told from text here, so that a message with one is no more than its length.
        if width == 0 || has_header || start + count * width > all {
            return clear(value, start, all);
        }
        let mut units: Vec<u32> = (0..count).map(|at| bits(value, start + at * width, width)).collect();
        let narrow = || units.iter().map(|unit| *unit as u8).collect::<Vec<u8>>();
        let others: Vec<u32> = match encoding {
            UNICODE => {
                let mut octets: Vec<u8> = units.iter().flat_map(|unit| (*unit as u16).to_be_bytes()).collect();
                self.utf16(&mut octets);
                octets.chunks(2).map(|pair| pair.iter().fold(0, |unit, octet| unit << 8 | u32::from(*octet))).collect()
            }
            GSM7 => {
                let mut codes = narrow();
                self.codes(Alphabet::DEFAULT, &mut codes);
                codes.into_iter().map(u32::from).collect()
            }
            _ => {
                let text: String = narrow().into_iter().map(char::from).collect();
                self.text(&text).bytes().map(u32::from).collect()
            }
        };
        units = others;
        units.iter().enumerate().for_each(|(at, unit)| put_bits(value, start + at * width, width, *unit));
        clear(value, start + count * width, all);
    }

    /// Digit mode (1 bit), type and plan where digits are characters (3, 4), number of digits (8), digits (4 or 8).
    fn callback(&self, value: &mut [u8]) {
        let is_characters = bits(value, 0, 1) == 1;
        let (start, width) = if is_characters { (8, 8) } else { (1, 4) };
        let count = bits(value, start, 8) as usize;
        let (start, all) = (start + 8, value.len() * 8);
        if start + count * width > all {
            return clear(value, start, all);
        }
        let mut digits: Vec<u8> = (0..count).map(|at| bits(value, start + at * width, width) as u8).collect();
        if is_characters {
            self.characters(&mut digits);
        } else {
            self.dtmf(&mut digits);
        }
        digits.iter().enumerate().for_each(|(at, digit)| put_bits(value, start + at * width, width, (*digit).into()));
        clear(value, start + count * width, all);
    }

    /// Digits as DTMF codes, of which ten is zero (3GPP2 C.S0005, table 2.7.1.3.2.4-4).
    pub(super) fn dtmf(&self, digits: &mut [u8]) {
        let mut text: Vec<u8> = digits.iter().map(|digit| b"p1234567890*#ppp"[usize::from(digit & 0xf)]).collect();
        self.dialled(&mut text);
        for (digit, byte) in digits.iter_mut().zip(text) {
            *digit = match byte {
                b'0' => 10,
                b'1'..=b'9' => byte - b'0',
                b'*' => 11,
                b'#' => 12,
                _ => *digit & 0xf,
            };
        }
    }

    /// Characters of an address: a number, or something else in ASCII.
    pub(super) fn characters(&self, text: &mut [u8]) {
        if !self.dialled(text) {
            self.octets(text);
        }
    }
}

/// So many bits, at most 32, from a place on; zeros where there are none.
fn bits(octets: &[u8], at: usize, count: usize) -> u32 {
    (at..at + count).fold(0, |value, at| {
        let octet = octets.get(at / 8).copied().unwrap_or(0);
        value << 1 | u32::from(octet >> (7 - at % 8) & 1)
    })
}

fn put_bits(octets: &mut [u8], at: usize, count: usize, value: u32) {
    for place in 0..count {
        if let Some(octet) = octets.get_mut((at + place) / 8) {
            let bit = 0x80 >> ((at + place) % 8);
            *octet = if value >> (count - 1 - place) & 1 == 1 { *octet | bit } else { *octet & !bit };
        }
    }
}

fn clear(octets: &mut [u8], from: usize, to: usize) {
    (from..to).for_each(|at| put_bits(octets, at, 1, 0));
}
