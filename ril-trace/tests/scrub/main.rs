//! Traces that are handed on: nothing is left of what was there, and what is left is still what it was.
#![cfg(feature = "tools")]

#[path = "../../../ril-protocol/tests/support/mod.rs"]
mod support;

mod anything;
mod every_row;
mod leaves;
mod let_through;
mod pdus;
mod planted;
mod search;
mod session;

use ril_trace::format::{Codec, Header, Item, Options, Reader, Record, Writer};
use ril_trace::scrub::{Key, Scrubbed, Scrubber};

/// The bytes of a trace of some sessions, not compressed.
pub(crate) fn trace(sessions: &[(Header, Vec<Record>)]) -> Vec<u8> {
    let mut writer = None;
    for (header, records) in sessions {
        let writer = match &mut writer {
            None => writer.insert(Writer::new(Vec::new(), header, plain()).unwrap()),
            Some(writer) => {
                writer.begin_session(header).unwrap();
                writer
            }
        };
        records.iter().for_each(|record| writer.write(record).unwrap());
    }
    let mut writer = writer.unwrap();
    writer.finish().unwrap();
    writer.into_inner()
}

fn plain() -> Options {
    Options { codec: Codec::None, salt: 7 }
}

/// The same trace scrubbed, not compressed either, with a key of the tests.
pub(crate) fn scrubbed(trace: &[u8], keeps_operators: bool) -> (Vec<u8>, Scrubbed) {
    let mut out = Vec::new();
    let scrubber = Scrubber::new(Key::new(b"the key of these tests").unwrap(), keeps_operators, |_| None);
    let result = scrubber.run(&mut Reader::open(trace).unwrap(), |header| Writer::new(&mut out, header, plain()));
    (out, result.unwrap())
}

/// What is in a trace.
pub(crate) fn read(trace: &[u8]) -> (Vec<Header>, Vec<Record>) {
    let mut reader = Reader::open(trace).unwrap();
    let (mut headers, mut records) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Session(header) => headers.push(*header),
            Item::Record(entry) => records.push(entry.record),
            Item::Damage(damage) => panic!("{damage:?}"),
        }
    }
    (headers, records)
}
