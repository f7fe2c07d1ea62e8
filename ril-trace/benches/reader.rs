//! How many messages a second are read and written, on one core; and what recording costs the event loop of who is
//! recorded, for one forwarded request and its answer: four frames and the end of a turn. Run with
//! `cargo bench -p ril-trace --features tools`.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ril_trace::format::{Codec, Flow, Header, Item, Options, Reader, Record, Way, Writer};
use ril_trace::record::{File, Recorder};

const MESSAGES: u64 = 100_000;

/// Forwarded requests and their answers: the same number on either side of the router, most of them short.
fn records() -> impl Iterator<Item = Record> {
    (0..MESSAGES).map(|number| {
        let at = Duration::from_micros(number * 250);
        let (way, words) = match number % 4 {
            0 => (Way::FromPhone, 2),
            1 => (Way::ToModem, 2),
            2 => (Way::FromModem, if number % 40 == 2 { 60 } else { 9 }),
            _ => (Way::ToPhone, if number % 40 == 3 { 60 } else { 9 }),
        };
        let word = |place: u32| place.wrapping_mul(number as u32 / 4).to_le_bytes();
        Record::frame(at, way, Some(0), (0..words).flat_map(word).collect::<Vec<u8>>())
    })
}

fn write(records: &[Record], codec: Codec) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &Header::default(), Options { codec, salt: 1 }).expect("memory");
    for record in records {
        writer.write(record).expect("memory");
    }
    writer.finish().expect("memory");
    writer.into_inner()
}

fn read(file: &[u8]) -> u64 {
    let mut reader = Reader::open(file).expect("a trace");
    let mut count = 0;
    while let Some(item) = reader.next_item().expect("memory") {
        count += u64::from(matches!(item, Item::Record(_)));
    }
    count
}

fn bench(criterion: &mut Criterion) {
    let records: Vec<Record> = records().collect();
    let codecs = [("none", Codec::None), ("lz4", Codec::Lz4)];
    #[cfg(feature = "tools")]
    let codecs = [codecs[0], codecs[1], ("zstd", Codec::Zstd)];
    let mut group = criterion.benchmark_group("trace");
    group.throughput(Throughput::Elements(MESSAGES));
    for (name, codec) in codecs {
        let file = write(&records, codec);
        println!("{name}: {} bytes a message", file.len() as f64 / MESSAGES as f64);
        group.bench_function(format!("read {name}"), |bencher| {
            bencher.iter(|| assert_eq!(read(&file), MESSAGES));
        });
        group.bench_function(format!("write {name}"), |bencher| bencher.iter(|| write(&records, codec).len()));
    }
    group.finish();
}

/// A request and its answer on both sides of a router, recorded into a file as root does it.
fn bench_recording(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Box::new(|| (Duration::ZERO, 0));
    let file = File::create(&folder.path().join("t.riltrace"), &Header::default(), clock).expect("a file");
    let mut recorder = Recorder::start(file, drop).expect("a thread");
    let (request, answer) = ([7; 8], [7; 36]);
    let mut at = Duration::ZERO;
    criterion.bench_function("record a request and its answer", |bencher| {
        bencher.iter(|| {
            at += Duration::from_micros(40);
            recorder.frame(at, Way::FromPhone, Some(0), Flow::Unknown, &request);
            recorder.frame(at, Way::ToModem, None, Flow::Phone(0), &request);
            recorder.hand_over();
            recorder.frame(at, Way::FromModem, None, Flow::Unknown, &answer);
            recorder.frame(at, Way::ToPhone, Some(0), Flow::Unknown, &answer);
            recorder.hand_over();
        });
    });
    recorder.finish();
}

criterion_group!(benches, bench, bench_recording);
criterion_main!(benches);
