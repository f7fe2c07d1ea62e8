//! PDUs, data objects and files with something in them that is known again.

use ril_protocol::sms_pdu::{
    Address, Coding, Concatenation, DataCoding, Deliver, Element, Header, Reference, ServiceCentre, Status,
    StatusReport, Submit, Timestamp, Tpdu, UserData, septets,
};

/// What is hidden in a PDU.
pub(crate) struct Hidden<'a> {
    /// Digits of a number, of an international one without its plus sign.
    pub(crate) number: &'a str,
    /// Digits of the number of a service centre.
    pub(crate) centre: &'a str,
    /// A text in ASCII without characters that GSM's alphabet writes otherwise.
    pub(crate) text: &'a str,
}

fn header() -> Header {
    let concatenation = Concatenation { reference: Reference::Short(9), total: 2, sequence: 1 };
    let ports = Element::Ports16 { destination: 2948, source: 9200 };
    Header::new([Element::Concatenation(concatenation), ports])
}

fn user_data(text: &str, coding: DataCoding, with_header: bool) -> UserData {
    let secret = Element::Other { identifier: 0x70, data: text.as_bytes()[..8.min(text.len())].to_vec() };
    let mut header = header();
    header.elements.push(secret);
    let header = with_header.then_some(&header);
    match coding.coding() {
        Coding::Gsm7 => UserData::from_septets(header, text.as_bytes()).unwrap(),
        Coding::Octets => UserData::from_octets(header, text.as_bytes()).unwrap(),
        Coding::Ucs2 => {
            let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            UserData::from_octets(header, &octets).unwrap()
        }
    }
}

const CODINGS: [DataCoding; 3] = [DataCoding::GSM7, DataCoding::OCTETS, DataCoding::UCS2];

/// An SMS-DELIVER without its service centre; the ways of writing it are counted.
pub(crate) fn deliver(hidden: &Hidden<'_>, way: usize) -> Vec<u8> {
    let coding = CODINGS[way % 3];
    let from = if way.is_multiple_of(2) {
        Address::number(&format!("+{}", hidden.number)).unwrap()
    } else {
        Address::alphanumeric(&hidden.text[..hidden.text.len().min(11)]).unwrap()
    };
    Deliver {
        more_messages: false,
        loop_prevention: false,
        status_report: false,
        reply_path: false,
        reserved: 0,
        originating_address: from,
        protocol_identifier: 0,
        data_coding: coding,
        timestamp: Timestamp([0x62, 0x11, 0x82, 0x41, 0, 0, 0]),
        user_data: user_data(hidden.text, coding, way >= 3),
    }
    .encode()
    .unwrap()
}

/// An SMS-SUBMIT.
pub(crate) fn submit(hidden: &Hidden<'_>, way: usize) -> Vec<u8> {
    let coding = CODINGS[way % 3];
    let to = Address::number(hidden.number).unwrap();
    let part = ril_protocol::sms_pdu::Part { data_coding: coding, user_data: user_data(hidden.text, coding, way >= 3) };
    Submit::new(to, part).encode().unwrap()
}

/// An SMS-STATUS-REPORT with a text.
fn report(hidden: &Hidden<'_>) -> Vec<u8> {
    let to = Address::number(&format!("+{}", hidden.number)).unwrap();
    let mut report = StatusReport::new(7, to, Timestamp::default(), Timestamp::default(), Status::RECEIVED);
    report.parameters = Some(ril_protocol::sms_pdu::Parameters {
        user_data: Some(user_data(hidden.text, DataCoding::GSM7, false)),
        rest: hidden.text.as_bytes().to_vec(),
        ..Default::default()
    });
    report.encode().unwrap()
}

/// A message behind its service centre.
pub(crate) fn incoming(hidden: &Hidden<'_>, way: usize) -> Vec<u8> {
    let tpdu = if way == 6 { report(hidden) } else { deliver(hidden, way) };
    [centre(hidden.centre), tpdu].concat()
}

/// The address of a service centre.
pub(crate) fn centre(digits: &str) -> Vec<u8> {
    let hex = ServiceCentre::number(&format!("+{digits}")).unwrap().to_hex();
    ril_protocol::sms_pdu::from_hex(&hex).unwrap()
}

/// Digits in semi-octets, the low one first, filled up to so many octets.
pub(crate) fn semi_octets(digits: &str, octets: usize) -> Vec<u8> {
    let mut nibbles: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
    nibbles.resize(octets * 2, 0xf);
    nibbles.chunks(2).map(|pair| pair[0] | pair[1] << 4).collect()
}

/// A mobile identity (3GPP TS 24.008, 10.5.1.4) without its length.
pub(crate) fn identity(digits: &str, kind: u8) -> Vec<u8> {
    let mut octets = semi_octets(&format!("0{digits}"), digits.len() / 2 + 1);
    octets[0] = octets[0] & 0xf0 | 0x08 | kind;
    octets
}

fn object(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    let length = if length < 0x80 { vec![length] } else { vec![0x81, length] };
    [&[tag][..], &length, value].concat()
}

/// Data objects of the toolkit, one with a secret in each place.
pub(crate) fn toolkit(hidden: &Hidden<'_>, imei: &str, address: [u8; 4]) -> Vec<u8> {
    let text = hidden.text.as_bytes();
    let wide: Vec<u8> = hidden.text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let number = [&[0x91][..], &semi_octets(hidden.number, 6)].concat();
    let packed = septets::pack(text, 0);
    [
        object(0x81, &[1, 0x21, 0]),
        object(0x82, &[0x81, 0x82]),
        object(0x85, text),
        object(0x05, &[&[0x80][..], &wide].concat()),
        object(0x05, &[&[0x81, u8::try_from(text.len()).unwrap(), 8][..], text].concat()),
        object(0x86, &number),
        object(0x09, &number),
        object(0x08, text),
        object(0x8a, &[&[0x0f][..], &packed].concat()),
        object(0x8b, &submit(hidden, 0)),
        object(0x8b, &deliver(hidden, 0)),
        object(0x8c, text),
        object(0x8d, &[&[0x04][..], text].concat()),
        object(0x8d, &[&[0x08][..], &wide].concat()),
        object(0x8d, &[&[0x00][..], &packed].concat()),
        object(0x8f, &[&[1][..], text].concat()),
        object(0x97, &[&[0x04][..], text].concat()),
        object(0x94, &identity(imei, 2)),
        object(0xa8, text),
        object(0x2c, &semi_octets(hidden.number, 6)),
        object(0x31, text),
        object(0x36, text),
        object(0x3e, &[&[0x21][..], &address].concat()),
        object(0x47, &[&[u8::try_from(text.len()).unwrap()][..], text, b"\x03com"].concat()),
        object(0x48, text),
        object(0x62, &identity(&format!("{imei}0"), 3)),
        // Not known to anybody.
        object(0x7a, text),
    ]
    .concat()
}

/// Bearer data of CDMA: a text in some encoding and a callback number.
pub(crate) fn bearer_data(hidden: &Hidden<'_>, way: usize) -> Vec<u8> {
    let (encoding, width) = [(2, 7), (4, 16), (0, 8), (9, 7)][way % 4];
    let mut text = vec![(encoding, 5), (u32::try_from(hidden.text.len()).unwrap(), 8)];
    text.extend(hidden.text.bytes().map(|byte| (u32::from(byte), width)));
    let digits =
        hidden.number.bytes().map(|digit| digit - b'0').map(|digit| u32::from(digit + 10 * u8::from(digit == 0)));
    let count = u32::try_from(hidden.number.len()).unwrap();
    let callback = if way.is_multiple_of(2) {
        [(0, 1), (count, 8)].into_iter().chain(digits.map(|digit| (digit, 4))).collect()
    } else {
        let digits = hidden.number.bytes().map(|digit| (u32::from(digit), 8));
        [(1, 1), (1, 3), (1, 4), (count, 8)].into_iter().chain(digits).collect::<Vec<_>>()
    };
    [
        object(0x00, &[0x10, 0x12, 0x30]),
        object(0x01, &packed(&text)),
        object(0x0e, &packed(&callback)),
        object(0x19, hidden.text.as_bytes()),
    ]
    .concat()
}

/// Values of so many bits each, the most significant first.
fn packed(fields: &[(u32, u32)]) -> Vec<u8> {
    let bits: Vec<u8> = fields
        .iter()
        .flat_map(|(value, width)| (0..*width).rev().map(move |at| u8::try_from(value >> at & 1).unwrap()))
        .collect();
    bits.chunks(8).map(|octet| octet.iter().enumerate().fold(0, |value, (at, bit)| value | bit << (7 - at))).collect()
}

/// What is in a file of the SIM, by its identifier.
pub(crate) fn file(id: i32, hidden: &Hidden<'_>, imsi: &str, iccid: &str) -> Vec<u8> {
    let text = hidden.text.as_bytes();
    let number = |octets: usize| {
        let digits = semi_octets(hidden.number, octets - 2);
        [&[u8::try_from(hidden.number.len().div_ceil(2) + 1).unwrap(), 0x91][..], &digits].concat()
    };
    let entry = [text, &[0xff, 0xff], &number(12), &[0xff, 0xff]].concat();
    match id {
        0x2fe2 => semi_octets(iccid, 10),
        0x6f07 => [&[8][..], &identity(imsi, 1)].concat(),
        0x6f3a | 0x6f3b | 0x6f40 | 0x6f44 | 0x6f49 | 0x6f4d | 0x6f17 | 0x6fc7 => entry,
        0x6f3c => {
            let mut record = [&[1][..], &incoming(hidden, 0)].concat();
            record.resize(176, 0xff);
            record
        }
        0x6f42 => [text, &[0xe0], &number(12), &number(12), &[0, 0, 0xa7]].concat(),
        0x6fcb => [&[1, 1][..], &number(12), &[0xff, 0xff]].concat(),
        0x6f7e => [&text[..4], &[0, 0xf1, 0x10, 0x5a, 0x5a, 0xff, 0]].concat(),
        0x6f73 | 0x6f53 => [&text[..7], &[0, 0xf1, 0x10, 0x5a, 0x5a, 0x77, 0]].concat(),
        0x6fe3 => [&text[..12], &[0, 0xf1, 0x10, 0x5a, 0x5a, 0]].concat(),
        0x2f00 => object(0x61, &[object(0x4f, &[0xa0, 0, 0, 0, 0x87, 0x10, 2]), object(0x50, text)].concat()),
        0x6fb7 => {
            [&[0x11, 0xf2, 0xff][..], text, if (text.len() + 4).is_multiple_of(3) { &[0xff, 1] } else { &[1] }].concat()
        }
        // Keys, and files that nobody knows.
        _ => [text, &semi_octets(hidden.number, 8)].concat(),
    }
}
