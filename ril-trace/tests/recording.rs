//! Recording in a thread, in one file or in a ring of them, and what is left when that goes wrong.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use ril_trace::format::{Batch, Ending, Event, Flow, Header, Item, Options, Reader, Record, Way, What};
use ril_trace::record::{Clock, File, Recorder, Sink};
use ril_trace::ring::{self, Joiner, Ring};

fn clock() -> Clock {
    Box::new(|| (Duration::ZERO, 1_000_000_000))
}

fn header() -> Header {
    Header { program: "a test".to_owned(), from_start: true, ..Default::default() }
}

/// The records of a file and the ways in which it is not whole.
fn read(file: &[u8]) -> (Vec<Record>, usize, Option<Ending>) {
    let mut reader = Reader::open(file).unwrap();
    let (mut records, mut sessions) = (Vec::new(), 0);
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Session(_) => sessions += 1,
            Item::Record(entry) => records.push(entry.record),
            Item::Damage(damage) => panic!("{damage:?}"),
        }
    }
    (records, sessions, reader.ending())
}

fn bodies(records: &[Record]) -> Vec<Vec<u8>> {
    let frames = records.iter().filter_map(|record| match &record.what {
        What::Frame(frame) => Some(frame.body.to_vec()),
        _ => None,
    });
    frames.collect()
}

#[test]
fn what_is_recorded_is_in_the_file_which_only_its_owner_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.riltrace");
    let file = File::create(&path, &header(), clock()).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(File::create(&path, &header(), clock()).is_err_and(|why| why.kind() == io::ErrorKind::AlreadyExists));
    let (tell, told) = channel();
    let mut recorder = Recorder::start(file, move |ended| tell.send(ended.unwrap().written()).unwrap()).unwrap();
    for number in 0..10_000_u32 {
        let body = number.to_le_bytes();
        recorder.frame(Duration::from_micros(u64::from(number)), Way::FromPhone, Some(0), Flow::Unknown, &body);
        recorder.hand_over();
    }
    recorder.finish();
    let (records, sessions, ending) = read(&std::fs::read(&path).unwrap());
    assert_eq!((records.len(), sessions, ending), (10_000, 1, Some(Ending::Complete)));
    assert!(bodies(&records).into_iter().eq((0..10_000_u32).map(|number| number.to_le_bytes().to_vec())));
    let written = told.recv().unwrap();
    assert_eq!((written.records, written.bytes), (10_000, path.metadata().unwrap().len()));
}

#[test]
fn what_was_recorded_is_written_at_once_when_somebody_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.riltrace");
    let mut recorder = Recorder::start(File::create(&path, &header(), clock()).unwrap(), drop).unwrap();
    for number in 1..=3_u32 {
        recorder.frame(Duration::ZERO, Way::FromPhone, Some(0), Flow::Unknown, &number.to_le_bytes());
        let (tell, told) = channel();
        recorder.flush(move || tell.send(()).unwrap());
        told.recv().unwrap();
        let (records, _, ending) = read(&std::fs::read(&path).unwrap());
        assert_eq!((records.len(), ending), (number as usize, Some(Ending::Open)));
    }
    // There need be nothing to write.
    let (tell, told) = channel();
    recorder.flush(move || tell.send(()).unwrap());
    told.recv().unwrap();
}

#[test]
fn who_wants_all_written_is_told_also_when_it_cannot_be() {
    let (go, wait) = channel();
    let (batches, _written) = channel();
    let (end, ended) = channel();
    let end = move |result: io::Result<Slow>| end.send(result.is_err()).unwrap();
    let mut recorder = Recorder::start(Slow { go: wait, batches, fails: true }, end).unwrap();
    drop(go);
    let (tell, told) = channel();
    for failed_before in [false, true] {
        if failed_before {
            assert!(ended.recv().unwrap());
        }
        recorder.frame(Duration::ZERO, Way::FromPhone, Some(0), Flow::Unknown, b"body");
        let tell = tell.clone();
        recorder.flush(move || tell.send(()).unwrap());
        told.recv().unwrap();
    }
}

/// A disk that is as slow as the test wants it.
struct Slow {
    go: Receiver<()>,
    batches: Sender<Batch>,
    fails: bool,
}

impl Sink for Slow {
    fn write(&mut self, batch: &Batch) -> io::Result<()> {
        let _ = self.go.recv();
        let _ = self.batches.send(batch.clone());
        if self.fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_slow_disk_costs_records_and_nobody_waits_for_it() {
    let (go, wait) = channel();
    let (batches, written) = channel();
    let mut recorder = Recorder::start(Slow { go: wait, batches, fails: false }, drop).unwrap();
    let body = vec![1; 64 * 1024];
    let put = 1_000_u64;
    for number in 0..put {
        recorder.frame(Duration::from_nanos(number), Way::FromModem, None, Flow::Unknown, &body);
        recorder.hand_over();
    }
    drop(go);
    recorder.finish();
    let mut file = ril_trace::format::Writer::new(Vec::new(), &header(), Options::default()).unwrap();
    for batch in written {
        file.write_batch(&batch).unwrap();
    }
    file.finish().unwrap();
    let (records, ..) = read(&file.into_inner());
    let kept = bodies(&records).len() as u64;
    let lost: Vec<_> = records
        .iter()
        .filter_map(|record| match &record.what {
            What::Event(Event::Lost(lost)) => Some(*lost),
            _ => None,
        })
        .collect();
    assert!(kept > 0 && kept < put, "{kept} of 64 KiB each");
    assert_eq!(kept + lost.iter().map(|lost| lost.records).sum::<u64>(), put);
    assert!(lost.iter().all(|lost| lost.bytes == lost.records * body.len() as u64));
}

#[test]
fn a_disk_that_fails_ends_the_recording_and_says_so() {
    let (go, wait) = channel();
    let (batches, written) = channel();
    let (tell, told) = channel();
    let mut recorder = Recorder::start(Slow { go: wait, batches, fails: true }, move |ended| {
        tell.send(ended.map(drop).map_err(|why| why.kind())).unwrap();
    })
    .unwrap();
    let put = |recorder: &mut Recorder| {
        recorder.frame(Duration::ZERO, Way::FromModem, None, Flow::Unknown, b"a frame");
        recorder.hand_over();
    };
    put(&mut recorder);
    go.send(()).unwrap();
    assert_eq!(told.recv().unwrap(), Err(io::ErrorKind::StorageFull));
    put(&mut recorder);
    recorder.finish();
    assert_eq!(written.iter().count(), 1, "nothing is written after that");
}

/// Writes frames of 8 KiB that no compression makes smaller, one batch each, into a ring.
fn fill(ring: &mut Ring, from: u32, count: u32) {
    for number in from..from + count {
        let mut batch = Batch::default();
        let mut state = u64::from(number) + 1;
        let mut body = number.to_le_bytes().to_vec();
        while body.len() < 8 * 1024 {
            // xorshift: bytes without a pattern.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            body.extend_from_slice(&state.to_le_bytes());
        }
        let at = Duration::from_millis(u64::from(number));
        batch.push(&Record::frame(at, Way::FromPhone, Some(0), body)).unwrap();
        ring.write(&batch).unwrap();
    }
}

fn join(dir: &std::path::Path) -> (Vec<u32>, usize) {
    let mut joiner = Joiner::new(Vec::new(), Options::default());
    for (_, path) in ring::files(dir).unwrap() {
        joiner.add(std::fs::File::open(path).unwrap()).unwrap();
    }
    let mut writer = joiner.into_writer().unwrap();
    writer.finish().unwrap();
    let (records, sessions, ending) = read(&writer.into_inner());
    assert_eq!(ending, Some(Ending::Complete));
    let numbers = bodies(&records).iter().map(|body| u32::from_le_bytes(*body.first_chunk().unwrap())).collect();
    (numbers, sessions)
}

#[test]
fn a_ring_keeps_the_last_and_no_more_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let limit = 1024 * 1024;
    let size =
        || -> u64 { ring::files(folder.path()).unwrap().iter().map(|(_, path)| path.metadata().unwrap().len()).sum() };
    let begin = || Ring::new(folder.path(), limit, header(), clock(), |why| panic!("{why}")).unwrap();
    let mut first = begin();
    fill(&mut first, 0, 50);
    // Killed: it is not finished.
    drop(first);
    assert_eq!(join(folder.path()), ((0..50).collect(), 1));

    let mut second = begin();
    fill(&mut second, 1_000, 20);
    assert_eq!(join(folder.path()), ((0..50).chain(1_000..1_020).collect(), 2), "what the first has left is kept");
    fill(&mut second, 1_020, 480);
    second.finish().unwrap();
    assert!(size() <= limit, "{}", size());
    let (kept, sessions) = join(folder.path());
    assert_eq!((sessions, kept.last()), (1, Some(&1_499)), "one life, however many files");
    assert!(kept.len() as u64 * 8 * 1024 > limit / 2 && kept.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

#[test]
fn a_ring_goes_on_when_the_disk_does_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("ring");
    std::fs::create_dir(&dir).unwrap();
    let (tell, told) = channel();
    let mut ring = Ring::new(&dir, 1024 * 1024, header(), clock(), move |why| tell.send(why.kind()).unwrap()).unwrap();
    std::fs::remove_dir(&dir).unwrap();
    fill(&mut ring, 0, 3);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [io::ErrorKind::NotFound], "once");
    std::fs::create_dir(&dir).unwrap();
    fill(&mut ring, 3, 2);
    ring.finish().unwrap();
    let (_, path) = &ring::files(&dir).unwrap()[0];
    let (records, ..) = read(&std::fs::read(path).unwrap());
    let What::Event(Event::Lost(lost)) = &records[0].what else { panic!("{:?}", records[0]) };
    assert_eq!((lost.records, bodies(&records).len()), (3, 2));
}
