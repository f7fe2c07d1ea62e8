//! What becomes of each kind of secret in a payload.

use ril_protocol::secrets::{Censor, KEYWORDS, Secret};
use ril_protocol::sms_pdu;

use super::Scrub;
use super::sim_files::File;

/// What is known of the request that a payload belongs to.
#[derive(Clone, Debug, Default)]
pub(super) enum About {
    /// A file of the SIM.
    File(File),
    /// A challenge to the SIM.
    Challenge,
    /// Anything else.
    #[default]
    Other,
}

/// Scrubs one payload.
pub(super) struct InPayload<'a> {
    pub(super) scrub: &'a Scrub,
    pub(super) about: &'a About,
}

impl InPayload<'_> {
    /// Octets that are written in hexadecimal. What is not becomes zeros.
    fn hex(&self, text: &mut String, change: impl FnOnce(&mut Vec<u8>)) {
        let Ok(mut octets) = sms_pdu::from_hex(text) else { return zeros(text) };
        let length = octets.len();
        change(&mut octets);
        octets.resize(length, 0);
        let lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
        *text = sms_pdu::to_hex(&octets);
        if lower {
            text.make_ascii_lowercase();
        }
    }

    /// A PDU that is written in hexadecimal, or zeros.
    fn pdu(&self, text: &mut String, change: impl FnOnce(&[u8]) -> Option<Vec<u8>>) {
        self.hex(text, |octets| *octets = change(octets).unwrap_or_default());
    }

    /// Something in ASCII that is changed in its place; another text where it cannot be.
    fn ascii(&self, text: &mut String, change: impl FnOnce(&mut [u8]) -> bool) {
        let mut bytes = text.as_bytes().to_vec();
        *text = match change(&mut bytes).then(|| String::from_utf8(bytes)) {
            Some(Ok(other)) => other,
            _ => self.scrub.text(text),
        };
    }

    /// Digits; another text where there is something else.
    fn digits(&self, text: &mut String, change: impl FnOnce(&Scrub, &mut [u8])) {
        self.ascii(text, |bytes| {
            let is_digits = bytes.iter().all(u8::is_ascii_digit);
            if is_digits {
                bytes.iter_mut().for_each(|byte| *byte -= b'0');
                change(self.scrub, bytes);
                bytes.iter_mut().for_each(|byte| *byte += b'0');
            }
            is_digits
        });
    }

    fn number(&self, text: &mut String) {
        if text.contains('@') || text.starts_with("tel:") {
            *text = self.scrub.uri(text);
        } else {
            self.ascii(text, |bytes| self.scrub.dialled(bytes));
        }
    }

    /// A name, or the codes of a country and a network.
    fn operator(&self, text: &mut String) {
        self.ascii(text, |bytes| bytes.iter().all(u8::is_ascii_digit) && self.scrub.radix(b"network", 10, bytes));
    }

    /// `"+15550100",145` with or without the quotation marks and the type, or octets in hexadecimal.
    fn centre(&self, text: &mut String) {
        let octets = sms_pdu::from_hex(text).ok();
        if let Some(other) = octets.and_then(|octets| self.scrub.centre_alone(&octets)) {
            return self.hex(text, |octets| *octets = other);
        }
        let number_end = text.find(',').unwrap_or(text.len());
        let (number, behind) = text.split_at(number_end);
        let quote = if number.len() > 1 && number.starts_with('"') && number.ends_with('"') { "\"" } else { "" };
        let mut number = number[quote.len()..number.len() - quote.len()].to_owned();
        self.number(&mut number);
        let mut behind = behind.to_owned();
        if behind.get(1..).unwrap_or_default().parse::<u8>().is_err() {
            zeros(&mut behind);
        }
        *text = [quote, &number, quote, &behind].concat();
    }
}

impl Censor for InPayload<'_> {
    fn text(&mut self, secret: Secret, text: &mut String) {
        let scrub = self.scrub;
        match secret {
            Secret::Open => {}
            Secret::Short if is_short(text) => {}
            Secret::Keyword if KEYWORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) => {}
            Secret::Application if is_application(text) => {}
            Secret::Path if is_path(text) => {}
            Secret::Short | Secret::Keyword | Secret::Application | Secret::Path => zeros(text),
            Secret::Operator if scrub.keeps_operators => {}
            Secret::Operator => self.operator(text),
            Secret::Number | Secret::CdmaDigits | Secret::CdmaCharacters => self.number(text),
            Secret::Ussd => self.ascii(text, |bytes| scrub.dialled(bytes)),
            Secret::Smsc => self.centre(text),
            Secret::Imsi => self.digits(text, Scrub::imsi),
            Secret::Imei => self.digits(text, Scrub::imei),
            Secret::Meid => self.ascii(text, |bytes| scrub.meid(bytes)),
            Secret::Text => *text = scrub.text(text),
            // A name, a group, or the beginning of an IMSI, of which so much says no more than the network.
            Secret::CarrierMatch if scrub.keeps_operators && text.len() <= 6 => {}
            Secret::CarrierMatch if scrub.keeps_operators => self.digits(text, Scrub::imsi),
            Secret::CarrierMatch => self.operator(text),
            Secret::AccessPoint => *text = scrub.name(text),
            Secret::Addresses => *text = scrub.addresses(text),
            Secret::Pin | Secret::Key | Secret::Tones => keys(text),
            Secret::Cell => self.ascii(text, |bytes| scrub.hexadecimal(bytes, Scrub::cell)),
            Secret::CellDecimal => self.ascii(text, |bytes| scrub.decimal(bytes, Scrub::cell)),
            Secret::PhysicalCell => self.ascii(text, |bytes| scrub.hexadecimal(bytes, Scrub::physical_cell)),
            Secret::PhysicalCellDecimal => self.ascii(text, |bytes| scrub.decimal(bytes, Scrub::physical_cell)),
            Secret::IncomingPdu => self.pdu(text, |pdu| scrub.incoming(pdu)),
            Secret::OutgoingPdu => self.pdu(text, |pdu| scrub.tpdu(pdu)),
            Secret::Toolkit => self.hex(text, |octets| scrub.toolkit(octets)),
            Secret::SimFile | Secret::SimResponse => match self.about {
                About::File(file) => self.hex(text, |octets| scrub.file(file, octets)),
                About::Challenge => base64(text),
                About::Other => zeros(text),
            },
            Secret::Challenge => base64(text),
            Secret::Position if text.parse() == Ok(i32::MAX) => {}
            Secret::Position | Secret::ReportPdu | Secret::Apdu | Secret::Broadcast => zeros(text),
            Secret::CdmaBearerData | Secret::Unknown => zeros(text),
        }
    }

    fn int(&mut self, secret: Secret, value: &mut i32) {
        let other = |value: i32, change: fn(&Scrub, u32) -> u32| {
            let number = u32::try_from(value).ok().map(|value| change(self.scrub, value));
            // What is below zero is no cell; -1 stands for none as well.
            number.and_then(|number| i32::try_from(number).ok()).unwrap_or(-1)
        };
        *value = match secret {
            Secret::Open => *value,
            Secret::Operator if self.scrub.keeps_operators => *value,
            Secret::Cell | Secret::CellDecimal => other(*value, Scrub::cell),
            Secret::PhysicalCell | Secret::PhysicalCellDecimal => other(*value, Scrub::physical_cell),
            Secret::Position if *value == i32::MAX => *value,
            _ => 0,
        };
    }

    fn bytes(&mut self, secret: Secret, bytes: &mut Vec<u8>) {
        match secret {
            Secret::Open => {}
            Secret::CdmaDigits => self.scrub.dtmf(bytes),
            Secret::CdmaCharacters => self.scrub.characters(bytes),
            Secret::CdmaBearerData => self.scrub.bearer_data(bytes),
            // Serial number, identifier, coding and page number stay (TS 23.041, 9.4.1.2).
            Secret::Broadcast => bytes.get_mut(6..).unwrap_or_default().fill(0),
            _ => bytes.fill(0),
        }
    }
}

/// A code or a small number.
fn is_short(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Registered internationally, nationally, or not at all (ISO/IEC 7816-4, 12.2.3), and of sixteen octets at most.
fn is_application(text: &str) -> bool {
    let is_registered = matches!(text.as_bytes(), [] | [b'A' | b'a' | b'D' | b'd' | b'F' | b'f', ..]);
    is_registered && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The master file, folders, and a file: four digits each.
fn is_path(text: &str) -> bool {
    text.len() <= 24 && text.len().is_multiple_of(4) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// As many zeros as there were UTF-16 units.
fn zeros(text: &mut String) {
    *text = "0".repeat(text.encode_utf16().count());
}

/// Something that is entered or sent and tells no more than its length: zeros for digits, and letters for others.
fn keys(text: &mut String) {
    let is_dialled = text.chars().all(|c| matches!(c, '0'..='9' | '*' | '#'));
    let other = |c: char| if matches!(c, '*' | '#') { c } else { '0' };
    *text = if is_dialled { text.chars().map(other).collect() } else { "x".repeat(text.encode_utf16().count()) };
}

/// Base64 of zeros.
fn base64(text: &mut String) {
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    *text = "A".repeat(text.encode_utf16().count() - padding) + &"=".repeat(padding);
}
