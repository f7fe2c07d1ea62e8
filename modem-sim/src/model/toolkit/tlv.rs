//! The objects of the SIM toolkit: those that the card sends are written, those that the phone sends are read.
//!
//! Reference: ETSI TS 102 223, 6.6 (commands), 6.8 (terminal response), 7 (envelopes), 8 and 9 (objects and tags);
//! TS 102 221, annex A (alpha identifiers).

use ril_protocol::sms_pdu::Alphabet;
use ril_protocol::sms_pdu::septets;

/// `BER-TLV` tag of a proactive command (9.2).
const PROACTIVE: u8 = 0xd0;
/// `BER-TLV` tag of the menu selection envelope.
pub(super) const MENU_SELECTION: u8 = 0xd3;
/// Marks a `COMPREHENSION-TLV` tag whose object must be understood.
const REQUIRED: u8 = 0x80;

const COMMAND_DETAILS: u8 = 0x01;
const DEVICES: u8 = 0x02;
const RESULT: u8 = 0x03;
const ALPHA: u8 = 0x05;
const ADDRESS: u8 = 0x06;
const TEXT: u8 = 0x0d;
const ITEM: u8 = 0x0f;
const ITEM_IDENTIFIER: u8 = 0x10;
const RESPONSE_LENGTH: u8 = 0x11;

/// Device identities (8.7).
#[derive(Clone, Copy)]
pub(super) enum Device {
    Display = 0x02,
    Terminal = 0x82,
    Network = 0x83,
}

const CARD: u8 = 0x81;

/// Coding of a text: characters of the default alphabet, an octet each; packed; UCS2 (8.15).
const UNPACKED: u8 = 0x04;
const PACKED: u8 = 0x00;
const UCS2: u8 = 0x08;
/// Alpha identifier in UCS2 (TS 102 221, annex A).
const ALPHA_UCS2: u8 = 0x80;

/// A proactive command while it is written.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Details and devices; every command has them.
    pub(super) fn new(number: u8, kind: u8, qualifier: u8, to: Device) -> Self {
        let mut writer = Self(Vec::new());
        writer.put(COMMAND_DETAILS, &[number, kind, qualifier]);
        writer.put(DEVICES, &[CARD, to as u8]);
        writer
    }

    fn put(&mut self, tag: u8, value: &[u8]) {
        self.0.push(tag | REQUIRED);
        self.0.extend(length(value.len()));
        self.0.extend(value);
    }

    pub(super) fn alpha(mut self, text: &str) -> Self {
        self.put(ALPHA, &alpha(text));
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        let value = match Alphabet::DEFAULT.encode(text) {
            Ok(codes) => [&[UNPACKED][..], &codes].concat(),
            Err(_) => [&[UCS2][..], &utf16(text)].concat(),
        };
        self.put(TEXT, &value);
        self
    }

    /// Items with identifiers from 1.
    pub(super) fn items<'a>(mut self, items: impl Iterator<Item = &'a str>) -> Self {
        for (item, identifier) in items.zip(1_u8..) {
            self.put(ITEM, &[&[identifier][..], &alpha(item)].concat());
        }
        self
    }

    /// How short and how long an input may be.
    pub(super) fn response_length(mut self, least: u8, most: u8) -> Self {
        self.put(RESPONSE_LENGTH, &[least, most]);
        self
    }

    /// A number: type of address and packed digits (8.1).
    pub(super) fn address(mut self, type_of_address: u8, digits: &[u8]) -> Self {
        self.put(ADDRESS, &[&[type_of_address][..], digits].concat());
        self
    }

    /// The whole command. `None` where it is longer than a card can say, 255 octets.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        let command = [&[PROACTIVE][..], &length(self.0.len()), &self.0].concat();
        (command.len() <= usize::from(u8::MAX)).then_some(command)
    }
}

/// One octet up to 127, two up to 255 (TS 101 220, 7.1.2). What is longer is refused as a whole.
fn length(length: usize) -> Vec<u8> {
    match u8::try_from(length).unwrap_or(u8::MAX) {
        short @ 0..=0x7f => vec![short],
        long => vec![0x81, long],
    }
}

fn alpha(text: &str) -> Vec<u8> {
    Alphabet::DEFAULT.encode(text).unwrap_or_else(|_| [&[ALPHA_UCS2][..], &utf16(text)].concat())
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// What a terminal response says (6.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    /// The command that it answers.
    pub(super) number: u8,
    pub(super) kind: u8,
    /// General result (8.12).
    pub(super) result: u8,
    /// What the user typed.
    pub(super) text: Option<String>,
    /// What the user chose.
    pub(super) item: Option<u8>,
}

impl Response {
    /// Reads a terminal response; `None` where its shape or a mandatory object is wrong.
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let objects = objects(octets)?;
        let find = |tag: u8| objects.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value);
        let [number, kind, _] = find(COMMAND_DETAILS)? else { return None };
        let result = *find(RESULT)?.first()?;
        let item = find(ITEM_IDENTIFIER).and_then(|value| value.first().copied());
        Some(Self { number: *number, kind: *kind, result, text: find(TEXT).and_then(read_text), item })
    }

    /// The command was performed (general results 00 to 0F).
    pub(super) fn performed(&self) -> bool {
        self.result < 0x10
    }
}

/// The tag of an envelope, and the item that the user chose if it is about the menu.
pub(super) fn read_envelope(octets: &[u8]) -> Option<(u8, Option<u8>)> {
    let (tag, rest) = octets.split_first()?;
    let (inner, after) = split_value(rest)?;
    if !after.is_empty() {
        return None;
    }
    let item =
        objects(inner)?.iter().find(|(found, _)| *found == ITEM_IDENTIFIER).and_then(|(_, v)| v.first().copied());
    Some((*tag, item))
}

/// The objects of a row, tags without their "must be understood".
fn objects(mut octets: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut objects = Vec::new();
    while let Some((tag, rest)) = octets.split_first() {
        let (value, after) = split_value(rest)?;
        objects.push((tag & !REQUIRED, value));
        octets = after;
    }
    Some(objects)
}

/// The value behind a length, and what follows.
fn split_value(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    match octets {
        [0x81, length, rest @ ..] => rest.split_at_checked((*length).into()),
        [length @ 0..=0x7f, rest @ ..] => rest.split_at_checked((*length).into()),
        _ => None,
    }
}

fn read_text(value: &[u8]) -> Option<String> {
    let (coding, text) = value.split_first()?;
    match *coding {
        UNPACKED => Some(Alphabet::DEFAULT.decode(text)),
        PACKED => Some(Alphabet::DEFAULT.decode(&septets::unpack(text, 0, text.len() * 8 / 7))),
        UCS2 => {
            let units = text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}
