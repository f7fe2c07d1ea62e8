//! Traces out of what other tools write, and back again.
#![cfg(feature = "tools")]

use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, hex, parcel};
use ril_trace::export::mermaid::Diagram;
use ril_trace::format::{
    Ending, Entry, Event, Flow, Frame, Header, Item, Kept, Lost, Modem, Options, Phone, Reader, Record, Way, What,
    Writer,
};
use ril_trace::import::{From, ImportError, Imported};
use ril_trace::show::{Filter, Show};

/// A greeting, a request and its answer: what a client sends, and what it is sent.
fn conversation() -> [(Way, Vec<u8>); 3] {
    let [mut greeting, mut request, mut answer] = [const { Vec::new() }; 3];
    let version = parcel::encode(&vec![12], RilVersion::COMMON);
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut greeting);
    Request { code: RequestCode::GET_IMEI, serial: 1, payload: &[] }.put(&mut request);
    let imei = parcel::encode(&Some("350000000000009".to_owned()), RilVersion::COMMON);
    Reply::new(1, Errno::SUCCESS, &imei).put(&mut answer);
    [(Way::ToPhone, greeting), (Way::FromPhone, request), (Way::ToPhone, answer)]
}

fn import(from: From, source: &str) -> Result<(Vec<Item>, Imported), ImportError> {
    let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
    let (mut writer, imported) = from.import(source.as_bytes(), "a test", begin)?;
    writer.finish().unwrap();
    Ok((items(&writer.into_inner()), imported))
}

fn items(file: &[u8]) -> Vec<Item> {
    let mut reader = Reader::open(file).unwrap();
    let mut items = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        items.push(item);
    }
    assert_eq!(reader.ending(), Some(Ending::Complete));
    items
}

fn frames(items: &[Item]) -> Vec<(Way, Vec<u8>)> {
    let frame = |item: &Item| match item {
        Item::Record(Entry { record: Record { what: What::Frame(frame), .. }, .. }) => {
            Some((frame.way, frame.body.to_vec()))
        }
        _ => None,
    };
    items.iter().filter_map(frame).collect()
}

fn bodies() -> [(Way, Vec<u8>); 3] {
    conversation().map(|(way, mut frame)| (way, frame.split_off(4)))
}

/// As oFono dumps what it reads or writes at once.
fn dump(way: Way, bytes: &[u8]) -> String {
    let mut text = String::new();
    for (place, line) in bytes.chunks(16).enumerate() {
        let arrow = match (place, way) {
            (0, Way::FromPhone) => '>',
            (0, _) => '<',
            _ => ' ',
        };
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let shown: String =
            line.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
        text.push_str(&format!("ofonod[7]: Device 0: {arrow} {:48} {shown}\n", hex.join(" ")));
    }
    text
}

#[test]
fn ofonos_log_gives_what_went_over_its_socket() {
    let [greeting, request, answer] = conversation();
    let log = [
        "ofonod[7]: oFono version 1.31\n".to_owned(),
        dump(greeting.0, &greeting.1),
        "ofonod[7]: [0,UNSOL]< UNSOL_RIL_CONNECTED\n".to_owned(),
        dump(request.0, &request.1),
        // A length and its frame may be read one after the other, and something be said between.
        dump(answer.0, &answer.1[..4]),
        "ofonod[7]: src/sim.c:something() 00 00\n".to_owned(),
        dump(answer.0, &answer.1[4..]),
    ]
    .concat();
    assert_eq!(From::guess(log.as_bytes()), Some(From::Ofono));
    let (items, imported) = import(From::Ofono, &log).unwrap();
    assert_eq!((imported.frames, imported.complained), (3, 0), "{:?}", imported.complaints);
    assert_eq!(frames(&items), bodies());
    let Item::Session(header) = &items[0] else { panic!("{:?}", items[0]) };
    assert!(header.untimed && header.ril_version.is_none() && header.imported_from == "ofono");

    let (_, imported) = import(From::Ofono, "ofonod[7]: oFono version 1.31\n").unwrap();
    assert!(imported.complaints[0].contains("OFONO_RIL_HEX_TRACE"), "{imported:?}");
    let half = dump(Way::ToPhone, &conversation()[2].1[..20]);
    let (_, imported) = import(From::Ofono, &half).unwrap();
    assert!(imported.complaints.iter().any(|what| what.contains("no whole frame")), "{imported:?}");
}

#[test]
fn a_relays_chunks_give_frames_with_their_times() {
    let [greeting, request, answer] = conversation().map(|(_, frame)| hex::to_hex(&frame));
    let lines = format!(
        "{{\"t\": 0.5, \"conn\": 0, \"dir\": \"open\", \"hex\": \"\"}}\n\
         {{\"t\": 0.501, \"conn\": 0, \"dir\": \"s2c\", \"hex\": \"{greeting}\"}}\n\
         {{\"t\": 0.6, \"conn\": 0, \"dir\": \"c2s\", \"hex\": \"{}\"}}\n\
         {{\"t\": 0.7, \"conn\": 0, \"dir\": \"c2s\", \"hex\": \"{}\"}}\n\
         nonsense\n\
         {{\"t\": 0.8, \"conn\": 0, \"dir\": \"s2c\", \"hex\": \"{answer}\"}}\n",
        &request[..6],
        &request[6..]
    );
    assert_eq!(From::guess(lines.as_bytes()), Some(From::Relay));
    let (items, imported) = import(From::Relay, &lines).unwrap();
    assert_eq!(frames(&items), bodies());
    assert_eq!(imported.complaints, ["line 5: is no JSON"]);
    let times: Vec<Duration> = items[1..]
        .iter()
        .map(|item| match item {
            Item::Record(entry) => entry.record.at,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(times, [500, 501, 700, 800].map(Duration::from_millis));
}

/// A line of a relay.
fn chunk(conn: u64, dir: &str, hex: &str) -> String {
    format!("{{\"t\": 1, \"conn\": {conn}, \"dir\": \"{dir}\", \"hex\": \"{hex}\"}}")
}

/// The events of phones and the frames of each, in their order.
fn of_phones(items: &[Item]) -> Vec<(&'static str, u32)> {
    let of_phone = |item: &Item| match item {
        Item::Record(Entry { record: Record { what, .. }, .. }) => Some(match what {
            What::Event(Event::PhoneUp(phone)) => ("up", phone.place),
            What::Event(Event::PhoneDown(phone)) => ("down", phone.place),
            What::Frame(frame) => (frame.way.as_str_name(), frame.phone.unwrap()),
            other => panic!("{other:?}"),
        }),
        _ => None,
    };
    items.iter().filter_map(of_phone).collect()
}

#[test]
fn a_relay_is_known_by_its_first_line_with_bytes_or_without() {
    for line in ["{\"t\":0,\"dir\":\"open\"}", "{\"dir\":\"s2c\",\"t\":0,\"hex\":\"00"] {
        assert_eq!(From::guess(line.as_bytes()), Some(From::Relay), "{line}");
    }
    let jsonl = "{\"at_ns\":0,\"event\":{\"remark\":\"\\\"dir\\\"\"}}";
    assert_eq!(From::guess(jsonl.as_bytes()), Some(From::Jsonl));
}

#[test]
fn connections_of_a_relay_are_cut_each_for_itself() {
    let [greeting, request, answer] = conversation().map(|(_, frame)| hex::to_hex(&frame));
    let lines = [
        chunk(4, "open", ""),
        chunk(4, "s2c", &greeting[..10]),
        chunk(9, "open", ""),
        chunk(9, "s2c", &greeting[..20]),
        chunk(4, "s2c", &greeting[10..]),
        chunk(9, "c2s", &request[..2]),
        chunk(4, "c2s", &request),
        chunk(9, "s2c", &greeting[20..]),
        chunk(4, "close", ""),
        chunk(9, "c2s", &request[2..]),
        // The place that became free.
        chunk(5, "open", ""),
        chunk(5, "s2c", &greeting),
        chunk(9, "s2c", &answer),
    ];
    let (items, imported) = import(From::Relay, &lines.join("\n")).unwrap();
    assert_eq!((imported.frames, &imported.complaints[..]), (6, &[][..]));
    let expected = [
        ("up", 0),
        ("up", 1),
        ("TO_PHONE", 0),
        ("FROM_PHONE", 0),
        ("TO_PHONE", 1),
        ("down", 0),
        ("FROM_PHONE", 1),
        ("up", 0),
        ("TO_PHONE", 0),
        ("TO_PHONE", 1),
    ];
    assert_eq!(of_phones(&items), expected);
    let [greeting, request, answer] = bodies();
    assert_eq!(frames(&items), [&greeting, &request, &greeting, &request, &greeting, &answer].map(Clone::clone));
}

#[test]
fn what_a_relay_cannot_have_seen_is_told() {
    let [greeting, request, _] = conversation().map(|(_, frame)| hex::to_hex(&frame));
    let lines = [
        // It may have been open already.
        chunk(1, "s2c", &greeting),
        chunk(1, "c2s", &request[..8]),
        chunk(1, "open", ""),
        chunk(1, "c2s", &request[..12]),
        chunk(1, "close", ""),
        chunk(1, "close", ""),
        chunk(2, "s2c", &greeting[..8]),
        "{\"t\": 1, \"conn\": \"x\", \"dir\": \"open\"}".to_owned(),
        "{\"t\": 1, \"dir\": \"sideways\"}".to_owned(),
    ];
    let (items, imported) = import(From::Relay, &lines.join("\n")).unwrap();
    let complaints = [
        "line 3: the last 4 bytes of phone 0 are no whole frame",
        "line 5: the last 6 bytes of phone 0 are no whole frame",
        "line 6: closes a connection that is not open",
        "line 8: \"x\" is no number of a connection `conn`",
        "line 9: \"sideways\" is no direction",
        "line 9: the last 4 bytes of phone 0 are no whole frame",
    ];
    assert_eq!(imported.complaints, complaints);
    assert_eq!(of_phones(&items), [("TO_PHONE", 0), ("down", 0), ("up", 0), ("down", 0)]);

    let lines: Vec<String> = (0..300).map(|conn| chunk(conn, "open", "")).collect();
    let (items, imported) = import(From::Relay, &lines.join("\n")).unwrap();
    assert_eq!((of_phones(&items).len(), imported.complained), (256, 44));
    assert_eq!(imported.complaints[0], "line 257: is left out: 256 other connections are open");
}

#[test]
fn json_lines_go_both_ways_without_loss() {
    let header = Header {
        program: "a test".to_owned(),
        ril_version: Some(12),
        vendor_version: Some("lib".to_owned()),
        phones: vec!["personal".to_owned(), "work".to_owned()],
        from_start: true,
        only_phone: Some(1),
        ..Header::default()
    };
    let mut writer = Writer::new(Vec::new(), &header, Options::default()).unwrap();
    writer.set_clock(Duration::ZERO, 1_795_874_400_123_456_789).unwrap();
    let events = [
        Event::PhoneUp(Phone { place: 1 }),
        Event::ModemUp(Modem { ril_version: Some(12), vendor_version: None }),
        Event::Recall(Kept { kind: 6, key: (&b"k"[..]).into(), value: (&b""[..]).into() }),
        Event::Lost(Lost { records: 1, bytes: 2 }),
    ];
    for (ms, event) in (0..).zip(events) {
        writer.write(&Record::event(Duration::from_millis(ms), event)).unwrap();
    }
    for (way, mut frame) in conversation() {
        let frame =
            Frame { way, phone: Some(1), flow: Flow::Phone(1), body: frame.split_off(4).into(), head_only: false };
        writer.write(&Record { at: Duration::from_nanos(123_456_789), what: What::Frame(frame) }).unwrap();
    }
    writer.finish().unwrap();
    let before = items(&writer.into_inner());
    let mut show = Show::whole(Filter::default());
    let lines: Vec<String> = before.iter().filter_map(|item| show.json(item)).map(|line| line.to_string()).collect();
    let text = lines.join("\n");
    assert_eq!(From::guess(text.as_bytes()), Some(From::Jsonl));
    let (after, imported) = import(From::Jsonl, &text).unwrap();
    assert_eq!((imported.frames, imported.complaints), (3, Vec::new()));
    // The session of the import itself comes first.
    assert_eq!(after[1..], before[..]);
}

#[test]
fn nonsense_is_told_and_nothing_is_made_of_it() {
    assert_eq!(From::guess(b"hello\nworld\n"), None);
    assert_eq!(From::guess(b""), None);
    for from in [From::Jsonl, From::Relay, From::Ofono] {
        let (items, imported) = import(from, "{\"at_ns\": 1}\n[]\n\u{0}\u{ffff}\n").unwrap();
        assert_eq!((items.len(), imported.frames), (1, 0));
        assert!(imported.complained > 0, "{from:?}");
    }
    let endless = "x".repeat(3 * 1024 * 1024);
    assert!(matches!(import(From::Jsonl, &endless), Err(ImportError::Line { line: 1, .. })));
}

#[test]
fn a_diagram_has_an_arrow_for_each_frame() {
    let mut diagram = Diagram::new(Filter::default(), 4);
    let header = Header { phones: vec!["end".to_owned()], ..Header::default() };
    diagram.add(&Item::Session(Box::new(header)));
    let entry = |record| Item::Record(Entry { number: 0, unix_ns: None, record });
    diagram.add(&entry(Record::event(Duration::ZERO, Event::PhoneUp(Phone { place: 0 }))));
    for (ms, (way, body)) in (0..).zip(bodies()) {
        diagram.add(&entry(Record::frame(Duration::from_millis(ms), way, Some(0), body)));
    }
    diagram.add(&entry(Record::event(Duration::ZERO, Event::PhoneDown(Phone { place: 0 }))));
    assert_eq!(
        diagram.finish(),
        "sequenceDiagram\n    note over _end: comes\n    router->>_end: ! RIL_CONNECTED\n    \
         _end->>router: GET_IMEI #35;1\n    router->>_end: GET_IMEI #35;1 ok after 1.0 ms\n    \
         note over router: 1 more are left out\n"
    );
}

#[test]
fn windows_may_have_written_a_log_anew() {
    let log = "D/RILJ(1): [0001]> GET_IMEI\r\n";
    let line = "{\"session\":{\"phones\":[\"work\"]}}\r\n{\"at_ns\":1,\"event\":{\"phone_up\":\"work\"}}\r\n";
    for (from, text, items_of) in [(From::Logcat, log, 2), (From::Jsonl, line, 3)] {
        let words = || text.encode_utf16();
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(words().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(words().flat_map(u16::to_be_bytes)).collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for source in [little, big, marked] {
            assert_eq!(From::guess(&source), Some(from));
            let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
            let (mut writer, imported) = from.import(&source[..], "a test", begin).unwrap();
            writer.finish().unwrap();
            assert_eq!((items(&writer.into_inner()).len(), imported.complaints), (items_of, Vec::new()));
        }
    }
}

/// Gives a byte at a time.
struct Slow<'a>(&'a [u8]);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(&mut into[..1])
    }
}

#[test]
fn a_source_that_comes_little_by_little_is_guessed_by_its_beginning() {
    let begun = "--------- beginning of radio\n";
    let relay = "{\"t\": 0, \"dir\": \"open\"}\n";
    let logcat = [begun, "D/RILJ(1): [0001]> GET_IMEI\n"].concat();
    let endless = begun.repeat(5000);
    let last = "D/RILJ(1): [0001]> GET_IMEI";
    for (text, guess) in [
        (relay, Some(From::Relay)),
        (&logcat, Some(From::Logcat)),
        (last, Some(From::Logcat)),
        (&endless, None),
        ("", None),
    ] {
        let mut source = Slow(text.as_bytes());
        let (guessed, read) = From::guess_of(&mut source).unwrap();
        assert_eq!(guessed, guess, "{text}");
        assert_eq!([&read, source.0].concat(), text.as_bytes(), "nothing is lost");
    }
}

#[test]
fn an_event_of_a_phone_that_no_session_names_is_told_to_be_one() {
    let event = "{\"at_ns\": 1, \"event\": {\"phone_up\": \"work\"}}";
    let (_, imported) = import(From::Jsonl, event).unwrap();
    let told = "line 1: names a phone, and no line `session` before it says which phones there are";
    assert_eq!(imported.complaints, [told]);
    let (_, imported) = import(From::Jsonl, "{\"at_ns\": 1, \"event\": {\"phone_up\": 7}}").unwrap();
    assert!(imported.complaints[0].starts_with("line 1: is no record"), "{imported:?}");
}
