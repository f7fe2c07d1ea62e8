//! What differs between two traces.
#![cfg(feature = "tools")]

use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::payload::call::Dial;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_trace::compare::{Comparison, Sides};
use ril_trace::format::{Event, Header, Nothing, Options, Phone, Reader, Record, Way, Writer};
use ril_trace::replay::diff::Ignored;
use ril_trace::show::{Filter, Message};

const V: RilVersion = RilVersion::COMMON;

fn frame(at: u64, way: Way, phone: u32, put: impl FnOnce(&mut Vec<u8>)) -> Record {
    let mut frame = Vec::new();
    put(&mut frame);
    Record::frame(Duration::from_millis(at), way, Some(phone), frame.split_off(4))
}

fn dial(at: u64, phone: u32, serial: i32, number: &str) -> Record {
    let dial = Dial { address: Some(number.to_owned()), ..Dial::default() };
    let payload = parcel::encode(&dial, V);
    frame(at, Way::FromPhone, phone, |out| Request { code: RequestCode::DIAL, serial, payload: &payload }.put(out))
}

fn ask(at: u64, serial: i32, code: RequestCode) -> Record {
    frame(at, Way::FromPhone, 0, |out| Request { code, serial, payload: &[] }.put(out))
}

fn answer(at: u64, serial: i32, errno: Errno) -> Record {
    frame(at, Way::ToPhone, 0, |out| Reply::new(serial, errno, &[]).put(out))
}

fn tell(at: u64, code: UnsolCode) -> Record {
    frame(at, Way::ToPhone, 0, |out| Unsolicited { code, payload: &[], wants_ack: false }.put(out))
}

fn compare(before: &[Record], after: &[Record], filter: &Filter, ignored: &[&str]) -> Comparison {
    let ignored = Ignored::new(ignored.iter().copied());
    let sides = |records: &[Record]| {
        let names = ["personal", "work"].map(str::to_owned);
        let header = Header { phones: names.to_vec(), ..Header::default() };
        let mut writer = Writer::new(Vec::new(), &header, Options::default()).unwrap();
        records.iter().for_each(|record| writer.write(record).unwrap());
        writer.finish().unwrap();
        let bytes = writer.into_inner();
        Sides::read(&mut Reader::open(&bytes[..]).unwrap(), filter.clone(), &ignored).unwrap()
    };
    sides(before).compare(&sides(after), &ignored)
}

fn text(comparison: &Comparison) -> String {
    comparison.suite("b".to_owned()).text()
}

#[test]
fn what_is_the_same_at_other_times_and_with_other_serials_is_the_same() {
    let before = [
        dial(1, 0, 7, "5550100"),
        answer(5, 7, Errno::SUCCESS),
        Record::event(Duration::from_millis(6), Event::Tick(Nothing {})),
        tell(9, UnsolCode::RESPONSE_CALL_STATE_CHANGED),
    ];
    // The message came before the answer, which is no difference of what a phone was told but of its order.
    let after =
        [dial(100, 0, 1, "5550100"), answer(900, 1, Errno::SUCCESS), tell(901, UnsolCode::RESPONSE_CALL_STATE_CHANGED)];
    assert_eq!(text(&compare(&before, &after, &Filter::default(), &[])), "b: 3 of 3 as recorded, 0 differ\n");
}

#[test]
fn a_message_that_changed_is_told_field_by_field_between_those_that_did_not() {
    let before = [ask(1, 1, RequestCode::GET_IMEI), dial(2, 0, 2, "5550100"), ask(3, 3, RequestCode::OPERATOR)];
    let after = [
        ask(1, 1, RequestCode::GET_IMEI),
        ask(1, 2, RequestCode::SIGNAL_STRENGTH),
        dial(2, 0, 3, "5550101"),
        ask(3, 4, RequestCode::OPERATOR),
    ];
    let comparison = compare(&before, &after, &Filter::default(), &[]);
    let told = "b: personal -> router: - | 1 SIGNAL_STRENGTH\n  message: recorded nothing, now {\"request\":\"SIGNAL_STRENGTH\"}\n\
        b: personal -> router: 1 | 2 DIAL\n  payload.address: recorded \"5550100\", now \"5550101\"\n\
        b: 2 of 4 as recorded, 2 differ\n";
    assert_eq!(text(&comparison), told);
    let line = comparison.changed[1].json();
    assert_eq!((&line["before"], &line["after"], &line["message"]), (&1.into(), &2.into(), &"DIAL".into()));
    assert_eq!(line["differences"][0]["field"], "payload.address");
}

#[test]
fn sides_are_apart_and_events_are_one() {
    let up = |phone| Record::event(Duration::ZERO, Event::PhoneUp(Phone { place: phone }));
    let before = [up(0), dial(1, 0, 1, "1"), answer(2, 1, Errno::SUCCESS)];
    let after = [up(1), dial(1, 1, 1, "1"), dial(1, 0, 1, "1"), answer(2, 1, Errno::GENERIC_FAILURE)];
    let comparison = compare(&before, &after, &Filter::default(), &[]);
    let sides: Vec<(&str, &str)> =
        comparison.changed.iter().map(|changed| (changed.side.as_str(), changed.name.as_str())).collect();
    assert_eq!(sides, [("events", "phone_up"), ("router -> personal", "DIAL reply"), ("work -> router", "DIAL")]);
    assert_eq!(comparison.changed[1].differences[0].field, "errno");
}

#[test]
fn what_is_ignored_or_left_out_does_not_differ() {
    let before = [dial(1, 0, 1, "1"), dial(1, 1, 1, "2")];
    let after = [dial(1, 0, 1, "3"), dial(1, 1, 1, "4"), tell(5, UnsolCode::RESPONSE_CALL_STATE_CHANGED)];
    let count = |filter: Filter, ignored: &[&str]| compare(&before, &after, &filter, ignored).changed.len();
    assert_eq!(count(Filter::default(), &[]), 3);
    assert_eq!(count(Filter::default(), &["payload.address"]), 1);
    let messages = vec![Message::Request(RequestCode::DIAL)];
    assert_eq!(count(Filter { messages: messages.clone(), ..Filter::default() }, &[]), 2);
    let work = Filter { messages, phones: vec!["work".to_owned()], ..Filter::default() };
    assert_eq!(count(work, &["payload"]), 0);
}

#[test]
fn traces_that_have_nothing_in_common_are_told_in_the_order_of_each() {
    let before: Vec<Record> = (0..500).map(|at| dial(at, 0, 1, &format!("1{at}"))).collect();
    let after: Vec<Record> = (0..400).map(|at| dial(at, 0, 1, &format!("2{at}"))).collect();
    let comparison = compare(&before, &after, &Filter::default(), &[]);
    assert_eq!((comparison.same, comparison.changed.len()), (0, 500));
    assert!(comparison.changed.iter().take(400).all(|changed| changed.before == changed.after));
}
