//! How many messages a second are read and written, on one core. Run with `cargo bench -p ril-trace --features tools`.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ril_trace::format::{Codec, Header, Item, Options, Reader, Record, Way, Writer};

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

criterion_group!(benches, bench);
criterion_main!(benches);
