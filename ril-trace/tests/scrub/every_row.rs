//! Every payload of every message in every version, with a secret in every place that may hold one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};
use ril_protocol::payload::sim::SimIo;
use ril_protocol::payload::{Ints, Opaque, Raw, Strings, Text};
use ril_protocol::secrets::{Held, Secret};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, hex, parcel};
use ril_trace::format::{Frame, Header, Record, Way, What};
use serde_json::Value;

use super::leaves::{Leaf, Leaves};
use super::planted::{Planter, WAYS};
use super::search::{Original, Searched};
use super::support::vectors;
use super::{read, scrubbed, trace};

/// Files of the SIM that are read and written, one that nobody knows and one of each kind.
const FILES: &[i32] = &[
    0x2fe2, 0x6f07, 0x6f3a, 0x6f40, 0x6f3c, 0x6f42, 0x6fcb, 0x6f7e, 0x6f73, 0x6fe3, 0x2f00, 0x6fb7, 0x6f20, 0x6f08,
    0x5f99,
];

/// The direction of a message, and its name.
type Row = (&'static str, &'static str);

/// A frame with what is hidden in it.
struct Case {
    /// Whose payload it is, as in [`rows_with_a_payload`].
    row: Row,
    name: String,
    record: Record,
    /// How its payload is read.
    codec: PayloadCodec,
    held: Held,
    planted: Vec<Original>,
}

/// What payloads of each type are, before secrets are put in.
pub(crate) fn skeletons() -> BTreeMap<&'static str, Vec<Value>> {
    let mut found: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for vector in vectors() {
        found.entry(vector.codec.type_name).or_default().push(vector.json);
    }
    // One that selects nothing.
    let apdus = found.entry("sim::SimApdu").or_default();
    let mut apdu = apdus[0].clone();
    apdu["instruction"] = serde_json::json!(0xb2);
    apdus.push(apdu);
    let json = |value: Value| vec![value];
    found.insert("Text", json(serde_json::to_value(Text::Some("x".to_owned())).unwrap()));
    found.insert("Strings", json(serde_json::to_value(Strings::from(vec![Some("x".to_owned()); 17])).unwrap()));
    found.insert("Ints", json(serde_json::to_value(Ints::from([1; 9])).unwrap()));
    found.insert("Raw", json(serde_json::to_value(Raw(Some(vec![1; 9]))).unwrap()));
    found.insert("Opaque", json(serde_json::to_value(Opaque(vec![1; 16])).unwrap()));
    found
}

fn body(put: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut frame = Vec::new();
    put(&mut frame);
    frame.split_off(4)
}

/// Payloads of a type with secrets in them, in all the ways in which they can be written.
fn payloads(
    codec: &PayloadCodec,
    held: Held,
    version: RilVersion,
    file: Option<i32>,
    skeletons: &[Value],
    count: &mut u32,
) -> Vec<(Vec<u8>, Vec<Original>)> {
    let mut found = Vec::new();
    for skeleton in skeletons {
        let laid_out = |version| codec.from_json(skeleton.clone(), version).unwrap();
        let plain = laid_out(version);
        // A version that lays it out as the one before does has been looked at.
        if version > RilVersion::OLDEST_ACCEPTED && plain == laid_out(RilVersion(version.0 - 1)) {
            continue;
        }
        for way in 0..WAYS {
            let mut planter = Planter { way, count: *count, file, planted: Vec::new() };
            let Ok(payload) = codec.censor(&plain, version, held, &mut planter) else { continue };
            *count = planter.count;
            if codec.reencode(&payload, version).is_ok() {
                let nothing = planter.planted.is_empty();
                found.push((payload, planter.planted));
                if nothing && way > 3 {
                    break;
                }
            }
        }
    }
    found
}

/// Every row of the table in one version.
fn cases(version: RilVersion, count: &mut u32) -> Vec<Case> {
    let (skeletons, mut cases, mut serial) = (skeletons(), Vec::new(), 0);
    let none = Vec::new();
    let of = |codec: &PayloadCodec| skeletons.get(codec.type_name).unwrap_or(&none);
    let frame = |way: Way, body: Vec<u8>| Record::frame(Duration::ZERO, way, Some(0), body);
    for row in REQUESTS {
        let files: Vec<Option<i32>> = match row.code {
            RequestCode::SIM_IO => FILES.iter().map(|id| Some(*id)).collect(),
            _ => vec![None],
        };
        for file in files {
            let (code, arguments) = (row.code, row.code.arguments_hold());
            let mut asked = payloads(&row.request, arguments, version, file, of(&row.request), count);
            if let Some(id) = file {
                for (payload, _) in &mut asked {
                    let mut io = parcel::decode::<SimIo>(payload, version).unwrap();
                    (io.file_id, io.command, io.aid) = (id, 0xb2, None);
                    *payload = parcel::encode(&io, version);
                }
            }
            let plain = asked.first().map(|(payload, _)| payload.clone()).unwrap_or_default();
            for (payload, planted) in asked {
                serial += 1;
                let body = body(|out| Request { code, serial, payload: &payload }.put(out));
                let name = format!("{} of version {version}, file {file:x?}", row.name);
                let (codec, held) = (row.request, arguments);
                cases.push(Case {
                    row: ("request", row.name),
                    name,
                    record: frame(Way::FromPhone, body),
                    codec,
                    held,
                    planted,
                });
            }
            if code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
                continue;
            }
            let held = code.result_holds();
            for (payload, planted) in payloads(&row.response, held, version, file, of(&row.response), count) {
                serial += 1;
                let asked = body(|out| Request { code, serial, payload: &plain }.put(out));
                let (name, codec) = (format!("question before {}", row.name), row.request);
                let record = frame(Way::FromPhone, asked);
                let row_of_question = ("question", row.name);
                cases.push(Case { row: row_of_question, name, record, codec, held: arguments, planted: Vec::new() });
                let body = body(|out| Reply::new(serial, Errno::SUCCESS, &payload).put(out));
                let name = format!("answer to {} of version {version}, file {file:x?}", row.name);
                let (record, codec) = (frame(Way::ToPhone, body), row.response);
                cases.push(Case { row: ("response", row.name), name, record, codec, held, planted });
            }
        }
    }
    for row in UNSOLICITED {
        let held = row.code.holds();
        // A greeting says which version follows.
        if row.code == UnsolCode::RIL_CONNECTED {
            continue;
        }
        for (payload, planted) in payloads(&row.payload, held, version, None, of(&row.payload), count) {
            let message = Unsolicited { code: row.code, payload: &payload, wants_ack: false };
            let body = body(|out| message.put(out));
            let name = format!("{} of version {version}", row.name);
            let (record, codec) = (frame(Way::ToPhone, body), row.payload);
            cases.push(Case { row: ("unsolicited", row.name), name, record, codec, held, planted });
        }
    }
    cases
}

/// Every message of the table that has anything to say.
fn rows_with_a_payload() -> impl Iterator<Item = Row> {
    let requests = REQUESTS.iter().map(|row| ("request", row.name, row.request));
    let responses = REQUESTS.iter().map(|row| ("response", row.name, row.response));
    let unsolicited = UNSOLICITED.iter().map(|row| ("unsolicited", row.name, row.payload));
    let all = requests.chain(responses).chain(unsolicited);
    all.filter(|(_, _, codec)| codec.type_name != "()").map(|(direction, name, _)| (direction, name))
}

fn versions() -> impl Iterator<Item = RilVersion> {
    (RilVersion::OLDEST_ACCEPTED.0..=RilVersion::NEWEST.0).map(RilVersion)
}

pub(crate) fn of_frame(record: &Record) -> &Frame {
    let What::Frame(frame) = &record.what else { panic!("no frame") };
    frame
}

/// The payload, which is behind two or three words.
fn payload(frame: &Frame) -> &[u8] {
    let is_reply = frame.way == Way::ToPhone && frame.body.starts_with(&[0; 4]);
    &frame.body[if is_reply { 12 } else { 8 }..]
}

/// Every value of a payload that may hold a secret.
fn leaves(case: &Case, frame: &Frame, version: RilVersion) -> Vec<(Secret, Leaf)> {
    let mut leaves = Leaves::default();
    case.codec.censor(payload(frame), version, case.held, &mut leaves).unwrap();
    leaves.0
}

/// Whether a value tells something that must not be told.
fn must_change(secret: Secret, leaf: &Leaf) -> bool {
    match (secret, leaf) {
        (_, Leaf::Text(text)) => text.len() > 2 && text.chars().any(|c| !matches!(c, '0' | 'x' | 'A' | '=')),
        // Codes of a country and a network say no more than a name would.
        (Secret::Operator, Leaf::Int(_)) => false,
        (_, Leaf::Int(value)) => *value > 15,
        (_, Leaf::Bytes(bytes)) => bytes.iter().any(|byte| *byte != 0),
    }
}

fn check(version: RilVersion) {
    let mut count = u32::try_from(version.0).unwrap() * 100_000;
    let cases = cases(version, &mut count);
    let header = Header { ril_version: Some(version.0), phones: vec!["phone".to_owned()], ..Header::default() };
    let records: Vec<Record> = cases.iter().map(|case| case.record.clone()).collect();
    let (out, result) = scrubbed(&trace(&[(header, records)]), false);
    let (headers, others) = read(&out);
    assert!(headers[0].scrubbed && others.len() == cases.len());
    assert_eq!(result.unread, 0, "all of this can be read");
    for (case, other) in cases.iter().zip(&others) {
        let (name, frame, other) = (&case.name, of_frame(&case.record), of_frame(other));
        assert_eq!((frame.body.len(), frame.way, frame.phone), (other.body.len(), other.way, other.phone), "{name}");
        let head = frame.body.len() - payload(frame).len();
        assert_eq!(frame.body[..head], other.body[..head], "{name}");
        if payload(frame).is_empty() {
            continue;
        }
        let searched = Searched::new(if case.planted.is_empty() { &[] } else { &other.body });
        for original in &case.planted {
            let found = searched.find(original);
            assert_eq!(found, None, "{name}: {original:?} is still in {}", hex::to_hex(&other.body));
        }
        let (before, after) = (leaves(case, frame, version), leaves(case, other, version));
        assert_eq!(before.len(), after.len(), "{name}");
        for ((secret, before), (_, after)) in before.iter().zip(&after) {
            assert!(before != after || !must_change(*secret, before), "{name}: {secret:?} stays {before:?}");
        }
    }
    nowhere(&out, cases.iter().flat_map(|case| &case.planted));
    again(&out, &others);
}

/// What was planted is in no place of the file, be it as text of one byte a character or of two.
fn nowhere<'a>(file: &[u8], planted: impl Iterator<Item = &'a Original>) {
    const LENGTH: usize = 9;
    let beginning = |original: &Original| match original {
        Original::Text(text) => text.as_bytes().first_chunk::<LENGTH>().copied(),
        // What is before the last of them may tell a network or a model.
        Original::Digits(digits) => digits.as_bytes().last_chunk::<LENGTH>().copied(),
        Original::Bytes(_) => None,
    };
    let planted: BTreeSet<[u8; LENGTH]> = planted.filter_map(beginning).collect();
    for step in [1, 2] {
        for start in 0..step {
            let view: Vec<u8> = file.iter().copied().skip(start).step_by(step).collect();
            let found = view
                .windows(LENGTH)
                .find(|window| <[u8; LENGTH]>::try_from(*window).is_ok_and(|w| planted.contains(&w)));
            assert_eq!(found.map(String::from_utf8_lossy), None, "in the file");
        }
    }
}

/// What was scrubbed can be scrubbed, and keeps its shape.
fn again(file: &[u8], records: &[Record]) {
    let (again, result) = scrubbed(file, false);
    let (_, others) = read(&again);
    assert_eq!((result.unread, others.len()), (0, records.len()));
    for (one, other) in records.iter().zip(&others) {
        assert_eq!(of_frame(one).body.len(), of_frame(other).body.len());
    }
}

#[test]
fn nothing_of_what_was_hidden_is_left_in_any_version() {
    versions().for_each(check);
}

#[test]
fn every_row_with_a_payload_is_looked_at() {
    let cases = versions().flat_map(|version| cases(version, &mut 0));
    let looked_at: BTreeSet<Row> =
        cases.filter(|case| !payload(of_frame(&case.record)).is_empty()).map(|case| case.row).collect();
    let missing: Vec<Row> = rows_with_a_payload().filter(|row| !looked_at.contains(row)).collect();
    assert_eq!(missing, [("unsolicited", "RIL_CONNECTED")], "a greeting says which version follows");
}

#[test]
fn every_kind_of_secret_is_planted() {
    let version = RilVersion::OLDEST_ACCEPTED;
    let cases = cases(version, &mut 0);
    let planted: BTreeSet<Secret> = cases
        .iter()
        .filter(|case| !payload(of_frame(&case.record)).is_empty())
        .flat_map(|case| leaves(case, of_frame(&case.record), version))
        .map(|(secret, _)| secret)
        .collect();
    // All but `Open`, which nobody is shown, and those that only other payloads hold.
    let missing: Vec<u32> =
        (1..=Secret::Unknown as u32).filter(|kind| !planted.iter().any(|is| *is as u32 == *kind)).collect();
    assert_eq!(missing, [] as [u32; 0], "{planted:?}");
}
