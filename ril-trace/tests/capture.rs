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
    /// The number of the byte that comes next of the client, and of the rild.
    next: [u32; 2],
    /// Whether each end says what it has of the other.
    acknowledges: bool,
    /// So much of each packet is captured.
    snap: usize,
}

impl Tcp {
    fn new(link: u32) -> Self {
        let mut file = Vec::new();
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, link] {
            file.extend(word.to_le_bytes());
        }
        Self { file, link, seconds: 1_795_874_400, next: [1, 100], acknowledges: false, snap: usize::MAX }
    }

    /// A connection whose ends acknowledge what they were sent.
    fn acknowledging() -> Self {
        Self { acknowledges: true, ..Self::new(101) }
    }

    /// The beginning of the connection.
    fn connect(&mut self) {
        self.segment(End::Client, 0, "S", b"");
        self.segment(End::Rild, 99, "SA", b"");
    }

    /// An end says this, behind what it said before.
    fn say(&mut self, end: End, payload: &[u8]) {
        let sequence = self.next[end as usize];
        self.segment(end, sequence, "A", payload);
        self.lose(end, payload);
    }

    /// An end says this, and it is not captured.
    fn lose(&mut self, end: End, payload: &[u8]) {
        self.next[end as usize] += u32::try_from(payload.len()).unwrap();
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
                'A' => tcp.ack(if self.acknowledges { self.next[1 - end as usize] } else { 1 }),
                'F' => tcp.fin(),
                'R' => tcp.rst(),
                _ => panic!("{flag}"),
            };
        }
        tcp.write(&mut packet, payload).unwrap();
        self.seconds += 1;
        let len = u32::try_from(packet.len()).unwrap();
        packet.truncate(self.snap);
        for word in [self.seconds, 7, u32::try_from(packet.len()).unwrap(), len] {
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

/// The names of what is in the trace, in its order.
fn names(items: &[Item]) -> Vec<String> {
    told(items).into_iter().map(|(name, ..)| name).collect()
}

fn request(code: i32, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Request { code: RequestCode(code), serial: 7, payload }.put(&mut frame);
    frame
}

fn unsolicited(code: i32, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Unsolicited::new(UnsolCode(code), payload).put(&mut frame);
    frame
}

/// What Samsung's rild says and ril.h does not have.
fn vendors() -> Vec<u8> {
    unsolicited(11010, &[1, 0, 0, 0, 0, 0, 0, 0])
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
    assert!(
        imported.complaints.iter().any(|complaint| complaint.contains("were not captured")),
        "{:?}",
        imported.complaints
    );
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
    assert_eq!((imported.frames, imported.complained), (1102, 1100), "{:?}", imported.complaints);
    let of_first =
        "packet 1026, from 192.0.2.2:9000 to 192.0.2.1:40000 (phone 0): 1880 bytes before it were not captured";
    assert_eq!(imported.complaints[0], of_first);

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
    assert_eq!((imported.frames, imported.complained), (2, 2), "{:?}", imported.complaints);
    assert!(imported.complaints[0].ends_with("1 bytes before it were not captured"), "{:?}", imported.complaints);
    assert!(imported.complaints[1].ends_with("20000 bytes are left out"), "{:?}", imported.complaints);
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

#[test]
fn a_packet_that_was_not_captured_costs_what_was_in_it_and_is_told() {
    let [greeting, ask, answer] = conversation();
    for ends in ["", "AF", "AR"] {
        let mut tcp = Tcp::acknowledging();
        tcp.connect();
        tcp.say(End::Rild, &greeting.1);
        tcp.lose(End::Client, &ask.1);
        tcp.say(End::Rild, &answer.1);
        for _ in 0..3 {
            tcp.say(End::Client, &ask.1);
            tcp.say(End::Rild, &answer.1);
        }
        let [_, next] = tcp.next;
        if !ends.is_empty() {
            tcp.segment(End::Rild, next, ends, b"");
        }
        let (items, imported) = import(&tcp.file).unwrap();
        let told = "packet 5, from 192.0.2.1:40000 to 192.0.2.2:9000 (phone 0): 12 bytes before it were not captured";
        assert_eq!((imported.frames, imported.complaints), (8, vec![told.to_owned()]), "{ends}");
        let up_and_down = ["FROM_PHONE", "TO_PHONE"].repeat(3);
        let frames: Vec<String> = names(&items).into_iter().filter(|name| name.contains('_')).collect();
        assert_eq!(frames, [vec!["TO_PHONE", "TO_PHONE"], up_and_down].concat());
    }
}

#[test]
fn what_is_lost_at_the_end_is_told() {
    let [greeting, ask, answer] = conversation();
    let ends = |tcp: &Tcp| import(&tcp.file).unwrap().1.complaints;
    let mut tcp = Tcp::acknowledging();
    tcp.connect();
    tcp.say(End::Rild, &greeting.1);
    tcp.say(End::Client, &ask.1[..10]);
    assert_eq!(ends(&tcp), ["the last 10 bytes of phone 0 are no whole frame"]);

    // The rild has it, so it was sent.
    let mut tcp = Tcp::acknowledging();
    tcp.connect();
    tcp.say(End::Rild, &greeting.1);
    tcp.lose(End::Client, &ask.1);
    tcp.say(End::Rild, &answer.1);
    let told = "packet 4, from 192.0.2.1:40000 to 192.0.2.2:9000 (phone 0): 12 bytes before it were not captured";
    assert_eq!(ends(&tcp), [told]);
}

#[test]
fn behind_what_was_not_captured_a_segment_that_begins_with_a_message_is_looked_for() {
    let [greeting, _, answer] = conversation();
    let long = [answer.1.clone(), answer.1.clone()].concat();
    let mut tcp = Tcp::acknowledging();
    tcp.connect();
    tcp.say(End::Rild, &greeting.1);
    tcp.lose(End::Rild, &long[..30]);
    tcp.say(End::Rild, &long[30..]);
    tcp.say(End::Client, &request(RequestCode::GET_IMEI.0, b""));
    let mut lost = Tcp { file: tcp.file.clone(), next: tcp.next, ..Tcp::acknowledging() };
    tcp.say(End::Rild, &answer.1);
    let (_, imported) = import(&tcp.file).unwrap();
    assert_eq!(imported.frames, 3, "{:?}", imported.complaints);
    let of_rild = |number: u32| format!("packet {number}, from 192.0.2.2:9000 to 192.0.2.1:40000 (phone 0): ");
    let left_out = long.len() - 30;
    let told = [
        format!("{}30 bytes before it were not captured", of_rild(6)),
        format!("{}no message begins with the {left_out} bytes before it", of_rild(6)),
    ];
    assert_eq!(imported.complaints, told);

    // There is none.
    lost.say(End::Rild, &answer.1[20..]);
    let (_, imported) = import(&lost.file).unwrap();
    let left_out = left_out + answer.1.len() - 20;
    let told = [
        format!("{}30 bytes before it were not captured", of_rild(6)),
        format!("{}no segment behind it begins with a message; {left_out} bytes are left out", of_rild(6)),
    ];
    assert_eq!((imported.frames, imported.complaints), (2, told.to_vec()));
}

#[test]
fn of_packets_that_were_cut_off_the_heads_of_messages_are_there() {
    let [greeting, ask, answer] = conversation();
    for link in [1, 101, 113, 276] {
        let mut tcp = Tcp { link, acknowledges: true, ..Tcp::new(link) };
        tcp.connect();
        tcp.say(End::Rild, &greeting.1);
        // Bytes of the link, of IP and of TCP are before those of the frame.
        tcp.snap = 20 + 20 + 16 + [14, 0, 16, 20][[1, 101, 113, 276].iter().position(|of| *of == link).unwrap()];
        for _ in 0..2 {
            tcp.say(End::Client, &ask.1);
            tcp.say(End::Rild, &answer.1);
        }
        let (items, imported) = import(&tcp.file).unwrap();
        let told = "packet 5: it was not captured as a whole, and 1 more were not; capture with -s 0";
        assert_eq!((imported.frames, imported.complaints), (5, vec![told.to_owned()]), "{link}");
        assert_eq!(told_bodies(&items)[2..], [answer.1[4..16].to_vec(), ask.1[4..].to_vec(), answer.1[4..16].to_vec()]);
    }
    let mut tcp = Tcp { snap: 44, ..Tcp::acknowledging() };
    tcp.say(End::Rild, &greeting.1);
    let told = ["no connection is to a rild; packets were not captured as a whole: capture with -s 0"];
    assert_eq!(import(&tcp.file).unwrap().1.complaints, told);
}

/// The bodies of the frames of a trace.
fn told_bodies(items: &[Item]) -> Vec<Vec<u8>> {
    told(items).into_iter().filter(|(name, ..)| name.contains('_')).map(|(_, body, _)| body).collect()
}

#[test]
fn a_vendors_message_does_not_tell_which_end_is_the_rild() {
    let [_, ask, answer] = conversation();
    let mut tcp = Tcp::acknowledging();
    tcp.say(End::Rild, &vendors());
    tcp.say(End::Client, &ask.1);
    tcp.say(End::Rild, &answer.1);
    let (items, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, &imported.complaints[..]), (3, &[][..]));
    assert_eq!(names(&items), ["Remark", "PhoneUp", "TO_PHONE", "FROM_PHONE", "TO_PHONE"]);
    assert_eq!(told(&items)[2].2, seconds(0), "what was said before it was known has its time");

    // A request of a vendor, after which it is seen who connected.
    let mut tcp = Tcp::acknowledging();
    tcp.connect();
    tcp.say(End::Client, &request(10016, b"1234"));
    tcp.say(End::Rild, &vendors());
    tcp.say(End::Rild, &answer.1);
    let (items, imported) = import(&tcp.file).unwrap();
    assert_eq!((imported.frames, &imported.complaints[..]), (3, &[][..]));
    assert_eq!(names(&items), ["Remark", "PhoneUp", "FROM_PHONE", "TO_PHONE", "TO_PHONE"]);
}

#[test]
fn a_capture_may_begin_in_the_middle_of_a_frame() {
    let [_, ask, answer] = conversation();
    let mut tcp = Tcp::acknowledging();
    tcp.say(End::Client, &request(28, &[1; 40])[20..]);
    for _ in 0..2 {
        tcp.say(End::Client, &ask.1);
        tcp.say(End::Rild, &answer.1);
    }
    let (items, imported) = import(&tcp.file).unwrap();
    let told =
        "packet 2, from 192.0.2.1:40000 to 192.0.2.2:9000 (phone 0): no message begins with the 32 bytes before it";
    assert_eq!((imported.frames, imported.complaints), (4, vec![told.to_owned()]));
    assert_eq!(names(&items)[2..], ["FROM_PHONE", "TO_PHONE", "FROM_PHONE", "TO_PHONE"]);
}

#[test]
fn a_client_of_qualcomms_rild_says_first_for_which_sim_it_is() {
    let [greeting, ask, answer] = conversation();
    for is_alone in [true, false] {
        let mut tcp = Tcp::acknowledging();
        tcp.connect();
        if is_alone {
            tcp.say(End::Client, b"SUB2");
            tcp.say(End::Client, &ask.1);
        } else {
            tcp.say(End::Client, &[b"SUB1", &ask.1[..]].concat());
        }
        tcp.say(End::Rild, &greeting.1);
        tcp.say(End::Rild, &answer.1);
        let (items, imported) = import(&tcp.file).unwrap();
        assert_eq!((imported.frames, &imported.complaints[..]), (3, &[][..]));
        assert_eq!(told_bodies(&items), [ask.1[4..].to_vec(), greeting.1[4..].to_vec(), answer.1[4..].to_vec()]);
    }
}
