//! A trace as people and programs see it.
#![cfg(feature = "tools")]

use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::payload::call::Dial;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_trace::format::{Entry, Event, Flow, Frame, Header, Item, Lost, Origin, Phone, Record, Remark, Way, What};
use ril_trace::show::{Filter, Moment, Show};

const V: RilVersion = RilVersion::COMMON;

/// A phone that dials and rings, another that asks, and what else may be in a trace.
fn items() -> Vec<Item> {
    let mut number = 0;
    let mut entry = |ms: u64, what: What| {
        number += 1;
        let at = Duration::from_millis(ms);
        let unix_ns = Some(1_795_874_400_000_000_000 + i64::try_from(ms).unwrap() * 1_000_000);
        Item::Record(Entry { number: number - 1, unix_ns, record: Record { at, what } })
    };
    let frame = |way, phone, put: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = Vec::new();
        put(&mut frame);
        let flow = Flow::Unknown;
        What::Frame(Frame { way, phone, flow, body: frame.split_off(4).into(), head_only: false })
    };
    let dial = parcel::encode(&Dial { address: Some("5550100".to_owned()), ..Dial::default() }, V);
    let dial = dial.as_slice();
    let request = |code, serial, payload| move |out: &mut Vec<u8>| Request { code, serial, payload }.put(out);
    let reply = |serial, errno| move |out: &mut Vec<u8>| Reply::new(serial, errno, &[]).put(out);
    let header = Header {
        program: "a test".to_owned(),
        ril_version: Some(12),
        phones: vec!["personal".to_owned(), "wo\u{1b}rk".to_owned()],
        ..Header::default()
    };
    vec![
        Item::Session(Box::new(header)),
        entry(0, What::Event(Event::PhoneUp(Phone { place: 0 }))),
        entry(1, frame(Way::FromPhone, Some(0), &request(RequestCode::DIAL, 7, dial))),
        entry(1, frame(Way::ToModem, None, &request(RequestCode::DIAL, 1, dial))),
        entry(44, frame(Way::FromModem, None, &reply(1, Errno::SUCCESS))),
        entry(44, frame(Way::ToPhone, Some(0), &reply(7, Errno::SUCCESS))),
        entry(50, frame(Way::ToPhone, Some(0), &|out| Unsolicited::new(UnsolCode::CALL_RING, &[]).put(out))),
        entry(60, frame(Way::FromPhone, Some(1), &request(RequestCode(30_000), 8, b"vendor's".as_slice()))),
        entry(61, frame(Way::ToPhone, Some(1), &reply(9, Errno::REQUEST_NOT_SUPPORTED))),
        entry(62, frame(Way::ToPhone, None, &|out| out.extend_from_slice(b"\0\0\0\x03abc"))),
        entry(70, What::Event(Event::Lost(Lost { records: 3, bytes: 99 }))),
        entry(71, What::Event(Event::Remark(Remark { text: "two\nlines".to_owned() }))),
        entry(72, What::Unknown),
    ]
}

fn text(filter: Filter) -> Vec<String> {
    let mut show = Show::new(filter);
    items().iter().filter_map(|item| show.text(item)).collect()
}

fn numbers(filter: Filter) -> Vec<u64> {
    let mut show = Show::new(filter);
    items().iter().filter_map(|item| show.json(item)?["record"].as_u64()).collect()
}

#[test]
fn a_line_for_each_record() {
    assert_eq!(
        text(Filter::default()),
        [
            "-- a test; RIL version 12; phones personal, wo\u{fffd}rk",
            "     0      0.000000  personal comes",
            "     1      0.001000  personal -> router: DIAL #7 {\"address\":\"5550100\",\"clir\":\"DEFAULT\",\"uus\":null}",
            "     2      0.001000  router -> modem: DIAL #1 {\"address\":\"5550100\",\"clir\":\"DEFAULT\",\"uus\":null}",
            "     3      0.044000  modem -> router: DIAL #1 ok after 43.0 ms",
            "     4      0.044000  router -> personal: DIAL #7 ok after 43.0 ms",
            "     5      0.050000  router -> personal: ! CALL_RING",
            "     6      0.060000  wo\u{fffd}rk -> router: 30000 #8 0x76656e646f722773",
            "     7      0.061000  router -> wo\u{fffd}rk: reply #9 REQUEST_NOT_SUPPORTED",
            "     8      0.062000  router -> phone: unreadable 0x616263",
            "     9      0.070000  3 records are missing here, 99 bytes",
            "    10      0.071000  # two\u{fffd}lines",
            "    11      0.072000  something that this version does not know",
        ]
    );
}

#[test]
fn a_json_object_for_each_record() {
    let mut show = Show::new(Filter::default());
    let lines: Vec<_> = items().iter().filter_map(|item| show.json(item)).collect();
    assert_eq!(lines[0]["session"]["phones"][0], "personal");
    assert_eq!(
        lines[2],
        serde_json::json!({
            "record": 1, "at": 0.001, "time": "2026-11-28T14:00:00.001000Z", "from": "personal", "to": "router",
            "request": "DIAL", "serial": 7, "payload": {"address": "5550100", "clir": "DEFAULT", "uus": null},
        })
    );
    assert_eq!(
        (&lines[5]["reply"], &lines[5]["errno"], &lines[5]["took"]),
        (&"DIAL".into(), &"SUCCESS".into(), &0.043.into())
    );
    assert_eq!((&lines[7]["request"], &lines[7]["hex"]), (&30_000.into(), &"76656e646f722773".into()));
    assert_eq!(lines[10]["event"]["lost"]["records"], 3);
}

#[test]
fn filters_are_all_to_hold() {
    let of = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        numbers(filter)
    };
    assert_eq!(
        of(|filter| filter.phones = vec!["personal".into()])[..5],
        [0, 1, 4, 5, 8],
        "its frames, and events of none"
    );
    assert_eq!(of(|filter| filter.messages = vec!["dial".parse().unwrap()]), [1, 2, 3, 4], "replies too");
    assert_eq!(of(|filter| filter.messages = vec!["CALL_RING".parse().unwrap(), "30000".parse().unwrap()]), [5, 6]);
    assert_eq!(of(|filter| filter.messages = vec!["1018".parse().unwrap()]), [5]);
    assert_eq!(of(|filter| filter.serials = vec![7, 9]), [1, 4, 7]);
    assert_eq!(of(|filter| filter.from = Some("0.0605".parse().unwrap())), [7, 8, 9, 10, 11]);
    assert_eq!(of(|filter| filter.to = Some(Moment::Since(Duration::from_millis(1)))), [0, 1, 2]);
    assert_eq!(of(|filter| filter.from = Some("2026-11-28T14:00:00.071Z".parse().unwrap())), [10, 11]);
    assert_eq!(
        of(|filter| (filter.serials, filter.phones) = (vec![7], vec!["wo\u{1b}rk".into()])),
        [] as [u64; 0],
        "work has no request 7"
    );
    assert!("noon".parse::<Moment>().is_err_and(|why| why.contains("noon")));
    assert!("-1".parse::<Moment>().is_err());
}

#[test]
fn the_other_side_of_an_import_or_a_tap_is_a_rild() {
    for (origin, other) in
        [(Origin::Import, "rild"), (Origin::Tap, "rild"), (Origin::Router, "router"), (Origin::Unspecified, "router")]
    {
        let mut items = items();
        let Item::Session(header) = &mut items[0] else { panic!() };
        header.set_origin(origin);
        let mut show = Show::new(Filter::default());
        let json: Vec<_> = items.iter().filter_map(|item| show.json(item)).collect();
        assert_eq!((&json[2]["from"], &json[2]["to"]), (&"personal".into(), &other.into()));
        let text = show.text(&items[2]).unwrap();
        assert!(text.contains(&format!("personal -> {other}: DIAL #7")), "{text}");
    }
}
