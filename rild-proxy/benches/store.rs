//! How fast changes become durable: one by one, each awaited, and many at a time.
//! `cargo bench -p rild-proxy --bench store`.
//!
//! The figures are those of the disk that holds the folder for temporary files.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rild_proxy::router::{Change, Kind, Record};
use rild_proxy::store::{Store, Writer};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The length of a short message as a PDU, with what is to be known about it.
const VALUE: usize = 200;

/// The keys are used again and again, as those of messages that come and go.
const KEYS: u32 = 4096;

/// A writer, and how many changes it was given.
struct Bench {
    writer: Writer,
    runtime: Runtime,
    changes: u64,
    _folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let store = Store::open(&folder.path().join("state.db")).expect("a database can be made");
        let writer = store.start().expect("a thread can be started");
        let runtime = Builder::new_current_thread().build().expect("a runtime can be made");
        Self { writer, runtime, changes: 0, _folder: folder }
    }

    fn put(&mut self, count: u64) {
        for _ in 0..count {
            let key = (self.changes as u32 % KEYS).to_be_bytes();
            // Each is another: SQLite writes nothing, and waits for no disk, where a key has the value already.
            let mut value = [7; VALUE];
            value[..8].copy_from_slice(&self.changes.to_be_bytes());
            self.writer.put(Change::Put(Record { kind: Kind::Message, key: &key, value: &value }));
            self.changes += 1;
        }
    }

    fn wait(&self) {
        self.runtime.block_on(async {
            while self.writer.progress().durable < self.changes {
                self.writer.progressed().await;
            }
        });
    }
}

fn durable_changes(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    let mut group = criterion.benchmark_group("durable changes");
    for burst in [1, 10, 100, 1000] {
        group.throughput(Throughput::Elements(burst));
        group.bench_function(BenchmarkId::from_parameter(burst), |b| {
            b.iter(|| {
                bench.put(burst);
                bench.wait();
            });
        });
    }
    group.finish();
}

/// What the daemon's own thread spends on a change.
fn taken_changes(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    criterion.bench_function("taking a change", |b| b.iter(|| bench.put(1)));
    bench.wait();
}

criterion_group!(benches, durable_changes, taken_changes);
criterion_main!(benches);
