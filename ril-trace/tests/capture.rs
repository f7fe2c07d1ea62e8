//! Packet captures: what was exported comes back as it was, TCP to a rild is followed, and files made to hurt are
//! refused.
#![cfg(feature = "tools")]

use std::time::Duration;

use etherparse::PacketBuilder;
use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_trace::export::pcapng::Capture;
use ril_trace::format::{
    Ending, Entry, Event, Failing, Flow, Frame, Header, Item, Kept, Lost, Modem, Nothing, Options, Phone, Reader,
    Record, Remark, Stored, WallClock, Way, What, Writer,
};
use ril_trace::import::{From, ImportError, Imported};
use ril_trace::show::Filter;

fn import(capture: &[u8]) -> Result<(Vec<Item>, Imported), ImportError> {
    let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
    let (mut writer, imported) = From::Pcapng.import(capture, "a test", begin)?;
    writer.finish().unwrap();
    Ok((items(&writer.into_inner()), imported))
}

fn items(file: &[u8]) -> Vec<Item> {
    let mut reader = Reader::open(file).unwrap();
    let items = std::iter::from_fn(|| reader.next_item().unwrap()).collect();
    assert_eq!(reader.ending(), Some(Ending::Complete));
    items
}

fn export(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut capture = Capture::new(&mut out, "a test", Filter::default()).unwrap();
    items.iter().for_each(|item| capture.add(item).unwrap());
    capture.finish().unwrap();
    out
}

/// A trace with one of everything that a record can be.
fn everything() -> Vec<Item> {
    let header = Header {
        program: "a test".to_owned(),
        ril_version: Some(12),
        vendor_version: Some("lib".to_owned()),
        phones: vec!["same".to_owned(), "same".to_owned(), "modem".to_owned(), "</script>".to_owned()],
        from_start: true,
        only_phone: Some(1),
        ..Header::default()
    };
    let mut writer = Writer::new(Vec::new(), &header, Options::default()).unwrap();
    let kept = || Kept { kind: 6, key: (&b"k"[..]).into(), value: (&b"\xff"[..]).into() };
    let events = [
        Event::PhoneUp(Phone { place: 1 }),
        Event::PhoneDown(Phone { place: 77 }),
        Event::Foreground(Phone { place: 3 }),
        Event::ModemUp(Modem { ril_version: Some(12), vendor_version: None }),
        Event::ModemDown(Nothing {}),
        Event::Recall(kept()),
        Event::Store(kept()),
        Event::Remove(kept()),
        Event::Stored(Stored { changes: u64::MAX }),
        Event::StoreFailing(Failing { failing: true }),
        Event::Lost(Lost { records: 1, bytes: 2 }),
        Event::Remark(Remark { text: "\u{1}\n\"".to_owned() }),
        Event::ServiceUp(Nothing {}),
        Event::EmergencyElsewhere(Nothing {}),
        Event::InUseElsewhere(Nothing {}),
        Event::WallClock(WallClock { unix_seconds: 5 }),
    ];
    for (at, event) in (0..).zip(events) {
        writer.write(&Record::event(Duration::from_nanos(at), event)).unwrap();
    }
    writer.set_clock(Duration::from_nanos(100), 1_795_874_400_123_456_789).unwrap();
    let flows = [Flow::Unknown, Flow::Urgent, Flow::Router, Flow::Card, Flow::Phone(2)];
    let ways = [Way::FromPhone, Way::ToPhone, Way::ToModem, Way::FromModem, Way::FromService, Way::ToService];
    for (at, way) in (100..).zip(ways) {
        for (phone, flow) in [None, None, Some(0), Some(3), Some(9)].into_iter().zip(flows) {
            let body = vec![at as u8; at as usize].into();
            let frame = Frame { way, phone, flow, body, head_only: false };
            writer.write(&Record { at: Duration::from_nanos(at), what: What::Frame(frame) }).unwrap();
        }
    }
    let long = Frame {
        way: Way::ToPhone,
        phone: Some(0),
        flow: Flow::Unknown,
        body: (0..300_000_u32).map(|at| at as u8).collect(),
        head_only: false,
    };
    let head = Frame { body: vec![1; 8].into(), head_only: true, ..long };
    let empty = Frame { body: Vec::new().into(), ..long };
    for frame in [long, head, empty] {
        writer.write(&Record { at: Duration::from_secs(9), what: What::Frame(frame) }).unwrap();
    }
    writer.begin_session(&Header { untimed: true, ..Header::default() }).unwrap();
    writer.write(&Record::frame(Duration::ZERO, Way::FromPhone, None, vec![1, 2, 3])).unwrap();
    writer.finish().unwrap();
    items(&writer.into_inner())
}

#[test]
fn what_was_exported_comes_back_as_it_was() {
    let before = everything();
    let capture = export(&before);
    assert_eq!(From::guess(&capture), Some(From::Pcapng));
    let (after, imported) = import(&capture).unwrap();
    assert_eq!(imported.complaints, [""; 0]);
    // The session of the import itself comes first.
    assert_eq!(after[1..], before[..]);
    assert_eq!(export(&after[1..]), capture);
}

#[test]
fn a_capture_that_is_cut_or_bent_is_told_and_never_more_than_it_is() {
    let is_frame = |item: &&Item| matches!(item, Item::Record(entry) if matches!(entry.record.what, What::Frame(_)));
    let frames = everything().iter().filter(is_frame).count() as u64;
    let capture = export(&everything());
    for at in (0..600).chain(capture.len() - 40..capture.len()) {
        // A cut at the end of a block leaves a whole capture.
        if let Ok((_, imported)) = import(&capture[..at]) {
            assert!(imported.frames < frames);
        }
        let mut bent = capture[..1_000].to_vec();
        bent[at % 1_000] ^= 0xff;
        if let Ok((_, imported)) = import(&bent) {
            assert!(imported.frames < frames);
        }
    }
}

#[test]
fn lengths_that_are_claimed_cost_nothing() {
    let capture = export(&[]);
    for len in [12, 13, 28, 1 << 20, 1 << 30, u32::MAX - 3, u32::MAX] {
        for kind in [1_u32, 3, 6, 0x0a0d_0d0a, 99] {
            let block = [&kind.to_le_bytes()[..], &len.to_le_bytes(), &[0; 64]].concat();
            let told = import(&[&capture, &block[..]].concat());
            assert!(matches!(told, Err(ImportError::Capture { .. })), "{kind} {len}: {told:?}");
        }
    }
    assert!(matches!(import(b"\x0a\x0d\x0d\x0a"), Err(ImportError::Capture { .. })));
    assert!(matches!(import(b"\xd4\xc3\xb2\xa1"), Err(ImportError::Capture { .. })));
    assert!(matches!(import(b""), Err(ImportError::Capture { .. })));
}

/// Who sends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Client,
    Rild,
}

/// A pcap file of one TCP connection.
struct Tcp {
    file: Vec<u8>,
    link: u32,
    seconds: u32,
}

impl Tcp {
    fn new(link: u32) -> Self {
        let mut file = Vec::new();
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, link] {
            file.extend(word.to_le_bytes());
        }
        Self { file, link, seconds: 1_795_874_400 }
    }

    /// A segment of the connection that tests speak of.
    fn segment(&mut self, end: End, sequence: u32, flags: &str, payload: &[u8]) {
        self.segment_of([192, 0, 2, 1], end, sequence, flags, payload);
    }

    /// A segment of the connection of this client.
    fn segment_of(&mut self, client: [u8; 4], end: End, sequence: u32, flags: &str, payload: &[u8]) {
        let rild = [192, 0, 2, 2];
        let ([from, to], [from_port, to_port]) = match end {
            End::Client => ([client, rild], [40_000, 9_000]),
            End::Rild => ([rild, client], [9_000, 40_000]),
        };
        let mut packet = match self.link {
            // Ethernet, Linux cooked in two versions, and nothing before the packet.
            1 => [&[2; 12][..], &[8, 0]].concat(),
            113 => [0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 8, 0].to_vec(),
            276 => [&[8, 0][..], &[0; 18]].concat(),
            _ => Vec::new(),
        };
        let mut tcp = PacketBuilder::ipv4(from, to, 64).tcp(from_port, to_port, sequence, 65_535);
        for flag in flags.chars() {
            tcp = match flag {
                'S' => tcp.syn(),
                'A' => tcp.ack(1),
                'F' => tcp.fin(),
                'R' => tcp.rst(),
                _ => panic!("{flag}"),
            };
        }
        tcp.write(&mut packet, payload).unwrap();
        self.seconds += 1;
        let len = u32::try_from(packet.len()).unwrap();
        for word in [self.seconds, 7, len, len] {
            self.file.extend(word.to_le_bytes());
        }
        self.file.extend(packet);
    }
}

/// What a client and a rild say: who, and a frame.
fn conversation() -> [(End, Vec<u8>); 3] {
    let [mut greeting, mut request, mut answer] = [const { Vec::new() }; 3];
    let version = parcel::encode(&vec![12], RilVersion::COMMON);
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut greeting);
    Request { code: RequestCode::GET_IMEI, serial: 1, payload: &[] }.put(&mut request);
    let imei = parcel::encode(&Some("350000000000009".to_owned()), RilVersion::COMMON);
    Reply::new(1, Errno::SUCCESS, &imei).put(&mut answer);
    [(End::Rild, greeting), (End::Client, request), (End::Rild, answer)]
}

/// The frames of the trace that was made, and what else is in it by its name.
fn told(items: &[Item]) -> Vec<(String, Vec<u8>, Duration)> {
    let told = |item: &Item| match item {
        Item::Record(Entry { record: Record { at, what: What::Frame(frame) }, .. }) => {
            Some((frame.way.as_str_name().to_owned(), frame.body.to_vec(), *at))
        }
        Item::Record(Entry { record: Record { at, what: What::Event(event) }, .. }) => {
            let name = format!("{event:?}");
            Some((name.split('(').next().unwrap_or_default().to_owned(), Vec::new(), *at))
        }
        _ => None,
    };
    items.iter().filter_map(told).collect()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn tcp_is_put_together_whatever_the_order_of_its_segments() {
    let [greeting, request, answer] = conversation();
    for link in [1, 101, 113, 276] {
        let mut tcp = Tcp::new(link);
        tcp.segment(End::Client, u32::MAX, "S", b"");
        tcp.segment(End::Rild, 99, "SA", b"");
        tcp.segment(End::Rild, 100, "A", &greeting.1);
        let from_rild = 100 + u32::try_from(greeting.1.len()).unwrap();
        // The client's first byte has the number 0; the segments overlap, come twice, and the first comes last.
        tcp.segment(End::Client, 6, "A", &request.1[6..]);
        tcp.segment(End::Client, 6, "A", &request.1[6..9]);
        tcp.segment(End::Client, 0, "A", &request.1[..8]);
        tcp.segment(End::Rild, from_rild, "AF", &answer.1);
        let (items, imported) = import(&tcp.file).unwrap();
        assert_eq!((imported.frames, &imported.complaints[..]), (3, &[][..]), "{link}");
        let said = told(&items);
        let names: Vec<(&str, Duration)> = said.iter().map(|(name, _, at)| (name.as_str(), *at)).collect();
        let expected = [
            ("Remark", seconds(2)),
            ("PhoneUp", seconds(2)),
            ("TO_PHONE", seconds(2)),
            ("FROM_PHONE", seconds(5)),
            ("TO_PHONE", seconds(6)),
            ("PhoneDown", seconds(6)),
        ];
        assert_eq!(names, expected);
        assert_eq!(said[2].1, greeting.1[4..]);
        assert_eq!(said[3].1, request.1[4..]);
        assert_eq!(said[4].1, answer.1[4..]);
        let Item::Record(entry) = &items[1] else { panic!("{items:?}") };
        assert_eq!(entry.unix_ns, Some(1_795_874_403_000_000_007));
    }
}

#[test]
fn a_client_that_has_said_all_has_its_answers_yet() {
    let [greeting, request, answer] = conversation();
    let length = |frame: &[u8]| u32::try_from(frame.len()).unwrap();
    let mut tcp = Tcp::new(1);
    tcp.segment(End::Rild, 100, "A", &greeting.1);
    tcp.segment(End::Client, 1, "AF", &request.1);
    let next = 100 + length(&greeting.1);
    // The end overtakes what it is the end of.
    tcp.segment(End::Rild, next + length(&answer.1), "AF", b"");
    tcp.segment(End::Rild, next, "A", &answer.1);
    let (items, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, imported.complained), (3, 0), "{:?}", imported.complaints);
    assert_eq!(told(&items).last().unwrap().0, "PhoneDown");
}

#[test]
fn what_a_reset_leaves_unheard_is_told() {
    let [greeting, request, _] = conversation();
    let mut tcp = Tcp::new(1);
    tcp.segment(End::Rild, 100, "A", &greeting.1);
    tcp.segment(End::Client, 6, "A", &request.1[6..]);
    tcp.segment(End::Client, 2, "A", &request.1[..2]);
    tcp.segment(End::Client, 40, "A", &request.1[6..]);
    tcp.segment(End::Rild, 100 + u32::try_from(greeting.1.len()).unwrap(), "AR", b"");
    let (_, imported) = import(&tcp.file).unwrap();
    assert!(imported.complaints.iter().any(|complaint| complaint.contains("are missing")), "{:?}", imported.complaints);
}

#[test]
fn who_the_rild_is_is_heard_where_the_beginning_was_not_captured() {
    for first in 0..3 {
        let mut tcp = Tcp::new(1);
        let mut next = [7, 9_000];
        for (end, frame) in &conversation()[first..] {
            let next = &mut next[usize::from(*end == End::Rild)];
            tcp.segment(*end, *next, "A", frame);
            *next += u32::try_from(frame.len()).unwrap();
        }
        let (items, imported) = import(&tcp.file).unwrap();
        assert_eq!((imported.frames, imported.complained), (3 - first as u64, 0));
        let ways: Vec<String> =
            told(&items).into_iter().map(|(name, ..)| name).filter(|name| name.contains('_')).collect();
        assert_eq!(ways, ["TO_PHONE", "FROM_PHONE", "TO_PHONE"][first..]);
    }
}

#[test]
fn what_is_missing_or_no_rild_is_told() {
    let [greeting, request, answer] = conversation();
    let mut tcp = Tcp::new(1);
    tcp.segment(End::Rild, 100, "A", &greeting.1);
    for place in 0..1100 {
        tcp.segment(End::Rild, 2_000 + 100 * place, "A", &answer.1);
    }
    tcp.segment(End::Client, 1, "A", &request.1);
    let (_, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, imported.complained), (2, 1), "{:?}", imported.complaints);
    assert!(imported.complaints[0].contains("are missing"), "{:?}", imported.complaints);

    let mut tcp = Tcp::new(1);
    tcp.segment(End::Client, 1, "A", b"GET / HTTP/1.1\r\n\r\n");
    let (_, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, &imported.complaints[..]), (0, &["no connection is to a rild".to_owned()][..]));
}

/// What is not to a rild: connections that are whole, that never end, of which nothing but the first packet was
/// captured, that are reset, and of which only the middle was captured. Each has addresses of its own.
fn others(tcp: &mut Tcp, addresses: std::ops::Range<u32>) {
    for number in addresses {
        let client = (0x0a00_0000 + number).to_be_bytes();
        if number % 5 < 4 {
            tcp.segment_of(client, End::Client, 99, "S", b"");
        }
        match number % 5 {
            0 => tcp.segment_of(client, End::Client, 100, "AF", b"GET / HTTP/1.1\r\n\r\n"),
            1 => tcp.segment_of(client, End::Rild, 100, "A", b"220 mail.example ESMTP\r\n"),
            2 => {}
            3 => tcp.segment_of(client, End::Rild, 1, "AR", b""),
            _ => tcp.segment_of(client, End::Rild, 500, "A", b"<p>of a page</p>"),
        }
        // Bytes that look like a rild's are not one's where others came first.
        if number % 5 < 2 {
            tcp.segment_of(client, End::Rild, 124, "A", &conversation()[0].1);
        }
    }
}

#[test]
fn what_is_not_to_a_rild_takes_no_place_however_much_of_it_there_is() {
    let [greeting, request, answer] = conversation();
    let from_rild = 100 + u32::try_from(greeting.1.len()).unwrap();
    for many in [300, 10_000] {
        let mut tcp = Tcp::new(101);
        others(&mut tcp, 0..many);
        tcp.segment(End::Client, 0, "S", b"");
        tcp.segment(End::Rild, 99, "SA", b"");
        others(&mut tcp, many..2 * many);
        tcp.segment(End::Rild, 100, "A", &greeting.1);
        tcp.segment(End::Client, 1, "A", &request.1);
        others(&mut tcp, 2 * many..3 * many);
        tcp.segment(End::Rild, from_rild, "AF", &answer.1);
        others(&mut tcp, 3 * many..4 * many);
        let (items, imported) = import(&tcp.file).unwrap();
        assert_eq!((imported.frames, &imported.complaints[..]), (3, &[][..]), "{many}");
        let said = told(&items);
        let names: Vec<&str> = said.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["Remark", "PhoneUp", "TO_PHONE", "FROM_PHONE", "TO_PHONE", "PhoneDown"]);
    }
}

#[test]
fn any_number_of_connections_to_a_rild_may_follow_one_another_but_not_be_open_at_a_time() {
    let [greeting, request, _] = conversation();
    let client = |number: u32| (0x0a00_0000 + number).to_be_bytes();
    // Those of which only the client has said all have to make room.
    for (rild_ends, over) in [(true, 300), (false, 300 - 256)] {
        let mut tcp = Tcp::new(101);
        for number in 0..300 {
            tcp.segment_of(client(number), End::Client, 1, "AF", &request.1);
            tcp.segment_of(client(number), End::Rild, 100, if rild_ends { "AF" } else { "A" }, &greeting.1);
            // What comes behind the end is no new phone.
            tcp.segment_of(client(number), End::Client, 1, "AF", &request.1);
        }
        let (items, imported) = import(&tcp.file).unwrap();
        assert_eq!((imported.frames, &imported.complaints[..]), (600, &[][..]));
        assert_eq!(told(&items).iter().filter(|(name, ..)| name == "PhoneDown").count(), over);
    }

    let mut tcp = Tcp::new(101);
    (0..300).for_each(|number| tcp.segment_of(client(number), End::Rild, 100, "A", &greeting.1));
    (0..300).for_each(|number| tcp.segment_of(client(number), End::Client, 1, "A", &request.1));
    let (_, imported) = import(&tcp.file).unwrap();
    assert_eq!(imported.frames, 512);
    assert_eq!(imported.complaints, ["44 connections to a rild are left out: 256 others were open"]);
}

#[test]
fn a_length_that_comes_alone_is_not_taken_for_another_protocol() {
    let [greeting, request, _] = conversation();
    let mut tcp = Tcp::new(1);
    tcp.segment(End::Rild, 100, "A", &greeting.1[..4]);
    tcp.segment(End::Client, 1, "A", &request.1[..4]);
    tcp.segment(End::Rild, 104, "A", &greeting.1[4..]);
    tcp.segment(End::Client, 5, "AF", &request.1[4..]);
    let (items, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, &imported.complaints[..]), (2, &[][..]));
    assert_eq!(told(&items)[2].1, greeting.1[4..]);
    assert_eq!(told(&items)[3].1, request.1[4..]);
}

#[test]
fn a_connection_that_begins_again_ends_the_one_before() {
    let [greeting, ..] = conversation();
    let mut tcp = Tcp::new(1);
    for _ in 0..2 {
        tcp.segment(End::Client, 0, "S", b"");
        tcp.segment(End::Rild, 100, "A", &greeting.1);
    }
    let (items, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, &imported.complaints[..]), (2, &[][..]));
    let said = told(&items);
    let names: Vec<&str> = said.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["Remark", "PhoneUp", "TO_PHONE", "PhoneDown", "Remark", "PhoneUp", "TO_PHONE"]);
}

#[test]
fn what_waits_of_connections_that_say_too_little_is_little() {
    let [greeting, request, answer] = conversation();
    let mut tcp = Tcp::new(101);
    // Of each the first byte is missing, and what is there is too much to wait for it.
    for number in 0..2_000_u32 {
        let client = (0x0a00_0000 + number).to_be_bytes();
        tcp.segment_of(client, End::Client, 99, "S", b"");
        tcp.segment_of(client, End::Client, 101, "A", &[0; 20_000]);
        tcp.segment_of(client, End::Client, 100, "A", b"GET / HTTP/1.1\r\n\r\n");
    }
    // So is one direction of this one, which is told by the other, and that its bytes are missing.
    tcp.segment(End::Client, 0, "S", b"");
    tcp.segment(End::Client, 2, "A", &[0; 20_000]);
    tcp.segment(End::Rild, 100, "A", &greeting.1);
    tcp.segment(End::Client, 1, "A", &request.1);
    tcp.segment(End::Rild, 100 + u32::try_from(greeting.1.len()).unwrap(), "A", &answer.1);
    let (_, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, imported.complained), (2, 1), "{:?}", imported.complaints);
    assert!(imported.complaints[0].contains("are missing"), "{:?}", imported.complaints);
}

#[test]
fn what_waits_of_all_connections_to_a_rild_is_bounded() {
    let [greeting, ..] = conversation();
    let mut tcp = Tcp::new(101);
    for number in 0..140_u32 {
        let client = (0x0a00_0000 + number).to_be_bytes();
        for (end, frame) in &conversation()[..2] {
            tcp.segment_of(client, *end, 100, "A", frame);
        }
        // The byte before these never comes.
        for place in 0..17 {
            for end in [End::Client, End::Rild] {
                let sequence = 101 + u32::try_from(greeting.1.len()).unwrap() + place * 60_000;
                tcp.segment_of(client, end, sequence, "A", &[0; 60_000]);
            }
        }
    }
    assert!(matches!(import(&tcp.file), Err(ImportError::TooLong)));
}
