//! What was written is read, whatever is cut off, and what was changed is noticed.

use std::io::Cursor;
use std::time::Duration;

use proptest::prelude::*;
use ril_trace::format::{
    ByteOrder, Codec, Damage, DamageKind, Ending, Entry, Event, Failing, Flow, Frame, GiveUp, Header, Item, Kept, Lost,
    Modem, Nothing, OpenError, Options, Origin, Phone, Reader, Record, Remark, Stored, Wanted, Way, What, Writer,
};

const SALT: u32 = 0x1234_5678;

/// What is written: records, and what happens between them.
#[derive(Clone, Debug)]
enum Step {
    Record(Record),
    Flush,
    Clock(Duration, i64),
    Session(Header),
}

/// What is read: records with their times of day, and where sessions begin.
#[derive(Clone, Debug, PartialEq)]
enum Read {
    Session(Header),
    Record(Entry),
}

fn event() -> impl Strategy<Value = Event> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        any::<u32>().prop_map(|place| Event::PhoneUp(Phone { place })),
        any::<u32>().prop_map(|place| Event::PhoneDown(Phone { place })),
        any::<u32>().prop_map(|place| Event::Foreground(Phone { place })),
        (any::<Option<i32>>(), any::<Option<String>>())
            .prop_map(|(ril_version, vendor_version)| Event::ModemUp(Modem { ril_version, vendor_version })),
        Just(Event::ModemDown(Nothing {})),
        Just(Event::Tick(Nothing {})),
        Just(Event::EmergencyElsewhere(Nothing {})),
        Just(Event::InUseElsewhere(Nothing {})),
        any::<i32>().prop_map(|serial| Event::GiveUp(GiveUp { serial })),
        (any::<u32>(), bytes(), bytes()).prop_map(|(kind, key, value)| Event::Recall(Kept {
            kind,
            key: key.into(),
            value: value.into()
        })),
        any::<u64>().prop_map(|changes| Event::Stored(Stored { changes })),
        any::<bool>().prop_map(|failing| Event::StoreFailing(Failing { failing })),
        (any::<u64>(), any::<u64>()).prop_map(|(records, bytes)| Event::Lost(Lost { records, bytes })),
        any::<String>().prop_map(|text| Event::Remark(Remark { text })),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let way = prop::sample::select(vec![Way::FromPhone, Way::ToPhone, Way::ToModem, Way::FromModem]);
    let flow = prop_oneof![
        Just(Flow::Unknown),
        Just(Flow::Urgent),
        Just(Flow::Router),
        Just(Flow::Card),
        (0..1000_u32).prop_map(Flow::Phone)
    ];
    let body = prop_oneof![prop::collection::vec(any::<u8>(), 0..100), (0..4_000_usize).prop_map(|len| vec![7; len])];
    let phone = prop::option::of(0..1000_u32);
    let frame = (way, phone, flow, body, any::<bool>()).prop_map(|(way, phone, flow, body, head_only)| {
        // A head is never nothing.
        let head_only = head_only && !body.is_empty();
        What::Frame(Frame { way, phone, flow, body: body.into(), head_only })
    });
    let what = prop_oneof![4 => frame, 1 => event().prop_map(What::Event), 1 => Just(What::Unknown)];
    let at = prop_oneof![0..10_000_000_000_u64, 0..u64::from(u32::MAX) * 1_000_000_000].prop_map(Duration::from_nanos);
    (at, what).prop_map(|(at, what)| Record { at, what })
}

fn header() -> impl Strategy<Value = Header> {
    let names = prop::collection::vec("[a-z]{1,8}", 0..4);
    (any::<String>(), any::<Option<i32>>(), any::<Option<String>>(), names, any::<bool>()).prop_map(
        |(program, ril_version, vendor_version, phones, from_start)| Header {
            program,
            origin: Origin::Router.into(),
            byte_order: ByteOrder::Little.into(),
            ril_version,
            vendor_version,
            phones,
            from_start,
            ..Default::default()
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => record().prop_map(Step::Record),
        1 => Just(Step::Flush),
        1 => (0..1_000_000_u64, any::<i32>())
            .prop_map(|(at, unix)| Step::Clock(Duration::from_micros(at), i64::from(unix) * 1_000_000_000)),
        1 => header().prop_map(Step::Session),
    ]
}

fn codec() -> impl Strategy<Value = Codec> {
    prop::sample::select(vec![Codec::None, Codec::Lz4, Codec::SMALLEST])
}

/// The file, and what a reader should find in it.
fn write(header: &Header, steps: &[Step], codec: Codec) -> (Vec<u8>, Vec<Read>) {
    let mut writer = Writer::new(Vec::new(), header, Options { codec, salt: SALT }).unwrap();
    let mut expected = vec![Read::Session(header.clone())];
    let (mut clock, mut number) = (None, 0);
    for step in steps {
        match step {
            Step::Record(record) => {
                writer.write(record).unwrap();
                let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap();
                let unix_ns = clock.map(|(at, unix_ns): (Duration, i64)| unix_ns + (nanos(record.at) - nanos(at)));
                expected.push(Read::Record(Entry { number, unix_ns, record: record.clone() }));
                number += 1;
            }
            Step::Flush => writer.flush().unwrap(),
            Step::Clock(at, unix_ns) => {
                writer.set_clock(*at, *unix_ns).unwrap();
                clock = Some((*at, *unix_ns));
            }
            Step::Session(header) => {
                writer.begin_session(header).unwrap();
                clock = None;
                expected.push(Read::Session(header.clone()));
            }
        }
    }
    let summary = writer.finish().unwrap();
    let file = writer.into_inner();
    assert_eq!((summary.records, summary.bytes), (number, file.len() as u64));
    (file, expected)
}

/// Everything in a file that is not damaged, the damage, and how it ends.
fn read(file: &[u8]) -> Result<(Vec<Read>, Vec<Damage>, Ending), OpenError> {
    let mut reader = Reader::open(file)?;
    let (mut found, mut damage) = (Vec::new(), Vec::new());
    while let Some(item) = reader.next_item()? {
        match item {
            Item::Session(header) => found.push(Read::Session(*header)),
            Item::Record(entry) => found.push(Read::Record(entry)),
            Item::Damage(part) => damage.push(part),
        }
    }
    Ok((found, damage, reader.ending().unwrap()))
}

fn a_small_file(codec: Codec) -> (Vec<u8>, Vec<Read>) {
    let header = Header { program: "a test".to_owned(), phones: vec!["work".to_owned()], ..Default::default() };
    let frame =
        |ms, body: &'static [u8]| Step::Record(Record::frame(Duration::from_millis(ms), Way::FromPhone, Some(0), body));
    let steps = [
        Step::Clock(Duration::ZERO, 1_000),
        Step::Record(Record::event(Duration::ZERO, Event::PhoneUp(Phone { place: 0 }))),
        frame(1, b"the first frame of all, the first frame of all"),
        frame(2, b"another"),
        Step::Flush,
        frame(3, b""),
        frame(4, &[0; 100]),
        Step::Flush,
        Step::Session(Header { program: "another life".to_owned(), ..Default::default() }),
        frame(1, b"the last"),
    ];
    write(&header, &steps, codec)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read(header in header(), steps in prop::collection::vec(step(), 0..60), codec in codec()) {
        let (file, expected) = write(&header, &steps, codec);
        let (found, damage, ending) = read(&file).unwrap();
        prop_assert_eq!(found, expected);
        prop_assert_eq!((damage, ending), (Vec::new(), Ending::Complete));
    }

    #[test]
    fn what_was_changed_is_noticed(
        steps in prop::collection::vec(step(), 1..40),
        codec in codec(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..4),
    ) {
        let (mut file, expected) = write(&Header::default(), &steps, codec);
        let whole = file.clone();
        for (at, change) in &changes {
            let at = at.index(file.len());
            file[at] ^= change;
        }
        prop_assume!(file != whole);
        let Ok((found, damage, ending)) = read(&file) else { return Ok(()) };
        prop_assert!(!damage.is_empty() || matches!(ending, Ending::Torn(_)), "{:?}", ending);
        // Nothing that was not written is read.
        let mut written = expected.iter();
        for read in &found {
            prop_assert!(written.any(|expected| expected == read), "{:?} was not written, or not here", read);
        }
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (small, _) = a_small_file(Codec::None);
        for mut file in [bytes.clone(), [&small[..20], &bytes].concat(), [&small[..], &bytes].concat()] {
            let _ = read(&file);
            file.truncate(file.len() / 2);
            let _ = read(&file);
        }
    }
}

#[test]
fn a_file_cut_anywhere_gives_its_beginning_and_says_that_it_was_cut() {
    for codec in [Codec::None, Codec::Lz4, Codec::SMALLEST] {
        let (file, expected) = a_small_file(codec);
        let mut most = 0;
        for cut in 0..file.len() {
            let Ok((found, damage, ending)) = read(&file[..cut]) else {
                assert!(cut < 20, "cut at {cut}");
                continue;
            };
            assert!(expected.starts_with(&found), "cut at {cut}");
            assert!(found.len() >= most, "a longer file has less in it, cut at {cut}");
            most = found.len();
            assert_eq!(damage, [], "cut at {cut}");
            match ending {
                Ending::Torn(from) => assert!((20..cut as u64).contains(&from), "cut at {cut}"),
                Ending::Open => {}
                Ending::Complete => panic!("cut at {cut}, and said to be complete"),
            }
        }
        assert_eq!(most, expected.len(), "all records come before the index");
    }
}

#[test]
fn every_changed_byte_is_noticed_and_costs_no_more_than_its_block() {
    for codec in [Codec::None, Codec::Lz4] {
        let (file, expected) = a_small_file(codec);
        let mut lost_most = 0;
        for at in 20..file.len() {
            for change in [1, 0x80, 0xff] {
                let mut file = file.clone();
                file[at] ^= change;
                let (found, damage, ending) = read(&file).unwrap();
                assert!(!damage.is_empty() || ending != Ending::Complete, "byte {at}");
                assert!(found.len() + 3 >= expected.len(), "byte {at} cost more than a block");
                lost_most = lost_most.max(expected.len() - found.len());
                let records = |all: &[Read]| all.iter().filter(|read| matches!(read, Read::Record(_))).count();
                if damage.iter().all(|part| part.records.is_some()) && ending == Ending::Complete {
                    let told: u64 = damage.iter().filter_map(|part| part.records).sum();
                    assert_eq!(told as usize, records(&expected) - records(&found), "byte {at}");
                }
                let place = damage.first().map(|part| part.from..part.to.max(part.from + 1));
                assert!(place.is_none_or(|place| place.contains(&(at as u64))), "byte {at} is not where it is said");
            }
        }
        assert_eq!(lost_most, 3);
    }
}

#[test]
fn every_changed_byte_of_the_preamble_is_noticed() {
    let (file, _) = a_small_file(Codec::None);
    for at in 0..20 {
        let mut file = file.clone();
        file[at] ^= 0x10;
        let error = read(&file).unwrap_err();
        assert!(matches!(error, OpenError::OtherFile) == (at < 8) && (at < 8 || matches!(error, OpenError::Damaged)));
    }
    assert!(matches!(read(b""), Err(OpenError::OtherFile)));
    assert!(matches!(read(b"{}"), Err(OpenError::OtherFile)));
    assert!(matches!(read(&file[..19]), Err(OpenError::Damaged)));
}

#[test]
fn a_block_that_is_taken_out_is_missed() {
    let frame = |number: u8| Record::frame(Duration::ZERO, Way::ToPhone, None, vec![number]);
    let mut writer = Writer::new(Vec::new(), &Header::default(), Options { codec: Codec::None, salt: SALT }).unwrap();
    let mut ends = vec![writer.written().bytes as usize];
    for number in 0..3 {
        writer.write(&frame(number)).unwrap();
        writer.flush().unwrap();
        ends.push(writer.written().bytes as usize);
    }
    writer.finish().unwrap();
    let file = writer.into_inner();
    let without = [&file[..ends[1]], &file[ends[2]..]].concat();
    let (found, damage, ending) = read(&without).unwrap();
    assert_eq!((found.len(), ending), (3, Ending::Complete));
    let at = ends[1] as u64;
    assert_eq!(damage, [Damage { from: at, to: at, records: Some(1), kind: DamageKind::Order }]);

    let twice = [&file[..ends[2]], &file[ends[1]..]].concat();
    let (found, damage, ending) = read(&twice).unwrap();
    assert_eq!((found.len(), ending), (4, Ending::Complete));
    assert_eq!((damage[0].kind, damage[0].records), (DamageKind::Order, Some(0)));
}

#[test]
fn a_block_of_another_file_inside_a_frame_is_never_taken_for_a_block() {
    let inner = |salt| {
        let record = Record::frame(Duration::ZERO, Way::ToPhone, Some(0), &b"forged"[..]);
        let mut writer = Writer::new(Vec::new(), &Header::default(), Options { codec: Codec::None, salt }).unwrap();
        writer.write(&record).unwrap();
        writer.finish().unwrap();
        writer.into_inner()
    };
    let carrying = |inner: Vec<u8>| {
        let header = Header::default();
        let record = Step::Record(Record::frame(Duration::ZERO, Way::FromPhone, Some(1), inner));
        let (mut file, _) = write(&header, &[record], Codec::None);
        // The head of the block that holds the frame is damaged, so that a reader looks for the next one.
        let at = file.windows(4).rposition(|bytes| bytes == b"\x9eRTB").unwrap();
        let block = file[..at].windows(4).enumerate().filter(|(_, bytes)| *bytes == b"\x9eRTB").nth(1).unwrap().0;
        file[block + 5] ^= 1;
        read(&file).unwrap().0
    };
    let is_forged = |read: &Read| matches!(read, Read::Record(entry) if matches!(&entry.record.what, What::Frame(frame) if &frame.body[..] == b"forged"));
    assert!(!carrying(inner(SALT + 1)).iter().any(is_forged));
    assert!(carrying(inner(SALT)).iter().any(is_forged), "with the salt known it would be, so this test can fail");
}

#[test]
fn the_index_leads_to_near_what_is_wanted() {
    let mut writer = Writer::new(Vec::new(), &Header::default(), Options::default()).unwrap();
    for number in 0..5_000_u32 {
        let at = Duration::from_millis(u64::from(number));
        writer.write(&Record::frame(at, Way::FromPhone, Some(0), number.to_le_bytes().repeat(40))).unwrap();
    }
    writer.finish().unwrap();
    let file = writer.into_inner();
    for wanted in [Wanted::Record(4_321), Wanted::At(Duration::from_millis(4_321))] {
        let mut reader = Reader::open(Cursor::new(&file)).unwrap();
        assert!(matches!(reader.next_item().unwrap(), Some(Item::Session(_))));
        reader.skip_towards(wanted).unwrap();
        let Some(Item::Record(first)) = reader.next_item().unwrap() else { panic!("no record") };
        assert!((3_000..=4_321).contains(&first.number), "{}", first.number);
        assert_eq!(first.record.at, Duration::from_millis(first.number));
        let mut last = first.number;
        while let Some(item) = reader.next_item().unwrap() {
            let Item::Record(entry) = item else { panic!("{item:?}") };
            last += 1;
            assert_eq!(entry.number, last);
        }
        assert_eq!((last, reader.ending()), (4_999, Some(Ending::Complete)));
    }
    // Without an index a reader stays where it is.
    let mut reader = Reader::open(Cursor::new(&file[..file.len() - 1])).unwrap();
    reader.skip_towards(Wanted::Record(4_321)).unwrap();
    assert!(matches!(reader.next_item().unwrap(), Some(Item::Session(_))));
    assert!(matches!(reader.next_item().unwrap(), Some(Item::Record(Entry { number: 0, .. }))));
}

#[test]
fn a_record_that_no_block_holds_is_refused_and_the_others_are_kept() {
    let mut writer = Writer::new(Vec::new(), &Header::default(), Options::default()).unwrap();
    let small = Record::frame(Duration::ZERO, Way::FromPhone, None, &b"small"[..]);
    writer.write(&small).unwrap();
    let large = Record::frame(Duration::ZERO, Way::FromPhone, None, vec![0; 2 * 1024 * 1024]);
    assert_eq!(writer.write(&large).unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    writer.write(&small).unwrap();
    writer.finish().unwrap();
    let (found, damage, ending) = read(&writer.into_inner()).unwrap();
    assert_eq!((found.len(), damage.len(), ending), (3, 0, Ending::Complete));
}
