//! Whatever is in a trace: scrubbing it ends, keeps its shape, and fails on nothing.

use std::time::Duration;

use proptest::prelude::*;
use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};
use ril_protocol::secrets::{Censor, Held, Secret};
use ril_protocol::sms_pdu::to_hex;
use ril_protocol::{Errno, RilVersion};
use ril_trace::format::{Header, Record, Way, What};

use super::every_row::skeletons;
use super::{read, scrubbed, trace};

/// Puts the same thing in every place.
struct Everywhere<'a> {
    text: &'a str,
    octets: &'a [u8],
    int: i32,
    as_hex: bool,
}

impl Censor for Everywhere<'_> {
    fn text(&mut self, _: Secret, text: &mut String) {
        *text = if self.as_hex { to_hex(self.octets) } else { self.text.to_owned() };
    }

    fn int(&mut self, _: Secret, value: &mut i32) {
        *value = self.int;
    }

    fn bytes(&mut self, _: Secret, bytes: &mut Vec<u8>) {
        *bytes = self.octets.to_vec();
    }
}

fn frame(way: Way, put: impl FnOnce(&mut Vec<u8>)) -> Record {
    let mut frame = Vec::new();
    put(&mut frame);
    Record::frame(Duration::ZERO, way, Some(0), frame.split_off(4))
}

/// Every message with payloads that `of` makes.
fn conversation(of: &mut dyn FnMut(&PayloadCodec, Held) -> Vec<Vec<u8>>) -> Vec<Record> {
    let mut records = Vec::new();
    for row in REQUESTS {
        let code = row.code;
        for payload in of(&row.request, code.arguments_hold()) {
            records.push(frame(Way::FromPhone, |out| Request { code, serial: 1, payload: &payload }.put(out)));
            for payload in of(&row.response, code.result_holds()) {
                records.push(frame(Way::ToPhone, |out| Reply::new(1, Errno::SUCCESS, &payload).put(out)));
            }
        }
    }
    for row in UNSOLICITED {
        for payload in of(&row.payload, row.code.holds()) {
            let message = Unsolicited { code: row.code, payload: &payload, wants_ack: false };
            records.push(frame(Way::ToPhone, |out| message.put(out)));
        }
    }
    records
}

fn check(records: Vec<Record>) {
    let header = Header { ril_version: Some(RilVersion::COMMON.0), ..Header::default() };
    let before = records.clone();
    let (out, result) = scrubbed(&trace(&[(header, records)]), false);
    let (_, after) = read(&out);
    assert_eq!((result.frames, before.len()), (before.len() as u64, after.len()));
    for (before, after) in before.iter().zip(&after) {
        let (What::Frame(before), What::Frame(after)) = (&before.what, &after.what) else { panic!("no frames") };
        assert_eq!((before.body.len(), before.way), (after.body.len(), after.way));
    }
}

/// Texts that look like something.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[+*#0-9a-c ,;p()-]{0,30}",
        "[0-9a-fA-F:./ %]{0,50}",
        "(sip|tel|sips):[+0-9a-z@:.]{0,30}",
        "\"?[+0-9]{0,12}\"?,[0-9]{0,4}",
        "[0-9]{0,20}",
    ]
}

/// Octets that look like something: a PDU, objects, a file.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let any = || prop::collection::vec(any::<u8>(), 0..64);
    let beginning = prop::sample::select(vec![
        vec![],
        vec![0xd0, 0x40],
        vec![0xd0, 0x81, 0xff],
        vec![0x62, 0x20],
        vec![0x61, 0x10, 0x4f, 0x03],
        vec![0x80, 0x10],
        vec![0x81, 0x05, 0x08],
        vec![0x82, 0x05, 0x04, 0x00],
        vec![0x00, 0x03, 0x10, 0x00, 0x08, 0x01, 0x10],
        vec![0x00, 0x40, 0x0b, 0x91],
        vec![0x01, 0x00, 0x0b, 0x91],
        vec![0x07, 0x91, 0x41, 0x51, 0x55, 0x15, 0x12, 0xf2, 0x44],
        vec![0x8b, 0x20, 0x44],
        vec![0x47, 0x09, 0x05],
    ]);
    (beginning, any()).prop_map(|(beginning, rest)| [beginning, rest].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_place_holds_anything(
        text in texts(), octets in octets(), int in any::<i32>(), as_hex in any::<bool>(),
    ) {
        let skeletons = skeletons();
        check(conversation(&mut |codec, held| {
            let skeleton = skeletons.get(codec.type_name).and_then(|skeletons| skeletons.first());
            let Some(skeleton) = skeleton else { return vec![Vec::new()] };
            let plain = codec.from_json(skeleton.clone(), RilVersion::COMMON).unwrap();
            let mut everywhere = Everywhere { text: &text, octets: &octets, int, as_hex };
            vec![codec.censor(&plain, RilVersion::COMMON, held, &mut everywhere).unwrap()]
        }));
    }

    #[test]
    fn payloads_are_any_bytes(payload in prop::collection::vec(any::<u8>(), 0..96)) {
        check(conversation(&mut |_, _| vec![payload.clone()]));
    }

    #[test]
    fn files_hold_anything(octets in octets(), id in 0x6f00..0x6fff_i32, isim in any::<bool>()) {
        super::session::scrub_file(id, isim.then_some("A0000000871004"), &octets);
    }
}
