//! The dissector in a real tshark: what it shows is what `trace show --json` says, and nothing makes it stumble.
#![cfg(feature = "tools")]

#[path = "../../ril-protocol/tests/support/mod.rs"]
mod support;
mod wireshark;

use std::time::Duration;

use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::call::Dial;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_trace::format::{Header, Item, Options, Record, Way, Writer};
use support::{Vector, vectors};
use wireshark::Wireshark;

/// Writes what two ends say to each other.
struct Conversation {
    writer: Writer<Vec<u8>>,
    at: Duration,
    serial: i32,
    version: RilVersion,
}

impl Conversation {
    fn new() -> Self {
        let header = Header { phones: vec!["work".to_owned()], ..Header::default() };
        let mut writer = Writer::new(Vec::new(), &header, Options::default()).unwrap();
        writer.set_clock(Duration::ZERO, 1_795_874_400_123_456_789).unwrap();
        Self { writer, at: Duration::ZERO, serial: 0, version: RilVersion::COMMON }
    }

    fn say(&mut self, way: Way, mut frame: Vec<u8>) {
        self.at += Duration::from_micros(1_003);
        self.writer.write(&Record::frame(self.at, way, Some(0), frame.split_off(4))).unwrap();
    }

    /// What follows is of this version.
    fn greet(&mut self, version: RilVersion) {
        if self.version != version {
            self.version = version;
            let greeting = parcel::encode(&vec![version.0], version);
            self.tell(Unsolicited::new(UnsolCode::RIL_CONNECTED, &greeting));
        }
    }

    fn tell(&mut self, message: Unsolicited<'_>) {
        let mut frame = Vec::new();
        message.put(&mut frame);
        self.say(Way::ToPhone, frame);
    }

    fn ask(&mut self, code: RequestCode, payload: &[u8]) -> i32 {
        self.serial += 1;
        let mut frame = Vec::new();
        Request { code, serial: self.serial, payload }.put(&mut frame);
        self.say(Way::FromPhone, frame);
        self.serial
    }

    fn answer(&mut self, serial: i32, errno: Errno, payload: &[u8]) {
        let mut frame = Vec::new();
        Message::Reply(Reply::new(serial, errno, payload)).put(&mut frame);
        self.say(Way::ToPhone, frame);
    }

    /// Says a payload in the message that a vector is of.
    fn say_vector(&mut self, vector: &Vector, payload: &[u8]) {
        self.greet(vector.version);
        match (vector.direction, vector.row.parse(), vector.row.parse::<UnsolCode>()) {
            ("request", Ok(code), _) => {
                self.ask(code, payload);
            }
            ("response", Ok(code), _) => {
                let serial = self.ask(code, &[]);
                self.answer(serial, Errno::SUCCESS, payload);
            }
            // A greeting with something else in it would change the version of what follows.
            (_, _, Ok(UnsolCode::RIL_CONNECTED)) => {}
            (_, _, Ok(code)) => {
                let wants_ack = code.row().is_some_and(|row| row.wakes);
                self.tell(Unsolicited { code, payload, wants_ack });
            }
            _ => panic!("{}", vector.name),
        }
    }

    fn items(mut self) -> Vec<Item> {
        self.writer.finish().unwrap();
        wireshark::items(&self.writer.into_inner())
    }
}

#[test]
fn every_vector_is_shown_field_by_field() {
    let mut conversation = Conversation::new();
    let vectors: Vec<Vector> = vectors().into_iter().filter(|vector| !vector.bytes.is_empty()).collect();
    for vector in &vectors {
        conversation.say_vector(vector, &vector.bytes);
    }
    let items = conversation.items();
    wireshark::keep("vectors.pcapng", &wireshark::capture(&items));
    // Answers have the request before them, and greetings that say the version have a payload, too.
    assert!(wireshark::compare(&items) >= vectors.len());
}

/// What a payload becomes in bad hands: cut anywhere, and each word in turn replaced.
fn bent(payload: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let cut = (1..payload.len()).step_by(5).map(|at| payload[..at].to_vec());
    let replaced = (0..payload.len() / 4).flat_map(move |place| {
        [-1, 6].map(|word: i32| {
            let mut payload = payload.to_vec();
            payload[place * 4..place * 4 + 4].copy_from_slice(&word.to_ne_bytes());
            payload
        })
    });
    cut.chain(replaced).chain([[payload, &[7; 6]].concat()])
}

#[test]
fn payloads_that_are_not_what_ril_h_says_are_shown_as_bytes() {
    let mut conversation = Conversation::new();
    for vector in vectors().into_iter().filter(|vector| !vector.bytes.is_empty()) {
        for payload in bent(&vector.bytes) {
            conversation.say_vector(&vector, &payload);
        }
    }
    let items = conversation.items();
    wireshark::keep("bent.pcapng", &wireshark::capture(&items));
    assert!(wireshark::compare(&items) > 100);
    let wireshark = Wireshark::with(&wireshark::capture(&items));
    assert!(wireshark.fields("ril.malformed", &["ril.name"]).len() > 500);
    assert!(!wireshark.fields("ril.leftover.expert", &["ril.leftover"]).is_empty());
}

#[test]
fn frames_that_are_no_messages_are_told() {
    let mut conversation = Conversation::new();
    let mut frame = Vec::new();
    Message::Reply(Reply::new(1, Errno::SUCCESS, b"1234")).put(&mut frame);
    for way in [Way::FromPhone, Way::ToPhone, Way::ToModem, Way::FromModem, Way::FromService] {
        for end in 4..=frame.len() {
            conversation.say(way, frame[..end].to_vec());
        }
        for kind in [-1, 2, 3, 4, 5, i32::MIN] {
            let mut frame = frame.clone();
            frame[4..8].copy_from_slice(&kind.to_ne_bytes());
            conversation.say(way, frame);
        }
    }
    conversation.ask(RequestCode(i32::MAX), b"12345678");
    conversation.tell(Unsolicited::new(UnsolCode(7), b"1234"));
    conversation.say(Way::ToPhone, vec![0; 300_000]);
    let items = conversation.items();
    let parts = items.iter().filter(|item| matches!(item, Item::Record(_))).count();
    let wireshark = Wireshark::with(&wireshark::capture(&items));
    // The last frame is in three packets, and the session in one.
    assert_eq!(wireshark.run(&[]).lines().count(), parts + 3);
    assert_eq!(wireshark.fields("ril.part", &["ril.part"]), ["0", "1", "2"]);
    let before_last = items.len() - 1;
    wireshark::compare(&items[..before_last]);
}

#[test]
fn packets_of_any_bytes_end_nothing() {
    let whole = wireshark::capture(&{
        let mut conversation = Conversation::new();
        let serial = conversation.ask(RequestCode::GET_IMEI, &[]);
        conversation.answer(serial, Errno::SUCCESS, &parcel::encode(&Some("1".to_owned()), RilVersion::COMMON));
        conversation.items()
    });
    let at = whole.windows(4).rposition(|bytes| bytes == b"RIL\x01").unwrap();
    let block = whole[..at].windows(4).rposition(|bytes| bytes == 6_u32.to_le_bytes()).unwrap();
    let (before, last) = whole.split_at(block);
    let mut capture = before.to_vec();
    let mut packets = 2;
    for place in at - block..last.len() - 20 {
        for value in [0, 1, 7, 0x7f, 0x80, 0xff] {
            let mut bent = last.to_vec();
            bent[place] = value;
            capture.extend(bent);
            packets += 1;
        }
    }
    let wireshark = Wireshark::with(&capture);
    assert_eq!(wireshark.run(&["-V"]).lines().filter(|line| line.starts_with("Frame ")).count(), packets);
}

#[test]
fn filters_find_requests_replies_and_how_long_they_took() {
    let mut conversation = Conversation::new();
    let dial = parcel::encode(&Dial { address: Some("5550100".to_owned()), ..Dial::default() }, RilVersion::COMMON);
    let first = conversation.ask(RequestCode::DIAL, &dial);
    let second = conversation.ask(RequestCode::GET_IMEI, &[]);
    conversation.answer(second, Errno::RADIO_NOT_AVAILABLE, &[]);
    conversation.answer(first, Errno::SUCCESS, &[]);
    let wireshark = Wireshark::with(&wireshark::capture(&conversation.items()));
    let fields = ["frame.number", "ril.reply_in", "ril.call.dial.address", "frame.interface_name"];
    assert_eq!(wireshark.fields("ril.request == \"DIAL\"", &fields), ["2\t5\t5550100\twork"]);
    let fields = ["ril.name", "ril.reply_to", "ril.took", "ril.errno"];
    assert_eq!(wireshark.fields("ril.reply && ril.took > 0.002", &fields), ["DIAL\t2\t0.003009000\t0"]);
    assert_eq!(wireshark.fields("ril.failed && ril.phone == \"work\"", &fields), ["GET_IMEI\t3\t0.001003000\t1"]);
    assert_eq!(wireshark.fields("ril.serial == 1", &["ril.from"]), ["work", "router"]);
}
