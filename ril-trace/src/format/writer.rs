//! Writing a trace: records are gathered into blocks, and a block that was flushed is safe whatever comes.

use std::hash::BuildHasher;
use std::io::{self, Write};
use std::time::Duration;

use prost::Message;

use super::batch::Batch;
use super::codec::Codec;
use super::generated::Header;
use super::head::{self, Head, Kind, Preamble, VERSION, checksum, time_of_day};
use super::index::Places;
use super::reader::Entry;
use super::record::Record;
use super::{BLOCK_LIMIT, BLOCK_TARGET};

/// How to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How blocks are compressed.
    pub codec: Codec,
    /// What the file's checksums begin with: any number that whoever sends frames does not know, see [`fresh_salt`].
    pub salt: u32,
}

/// A number that nobody knows in advance.
pub fn fresh_salt() -> u32 {
    let [low, .., high] = std::hash::RandomState::new().hash_one(0).to_le_bytes().map(u32::from);
    std::hash::RandomState::new().hash_one((low, high)) as u32
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// So many records.
    pub records: u64,
    /// In so many bytes.
    pub bytes: u64,
}

/// Writes a trace. What is not flushed is not written, and a file that is not finished has no index; nothing else is
/// lost by stopping at any point.
///
/// After an error the file may hold a part of a block. Writing may go on: a reader finds the next one.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    options: Options,
    batch: Batch,
    compressed: Vec<u8>,
    written: Summary,
    sessions: u32,
    /// A time of day, and the time since the beginning of the session at that time.
    clock: Option<(Duration, i64)>,
    places: Places,
}

impl<W: Write> Writer<W> {
    /// Begins a file and its first session.
    pub fn new(out: W, header: &Header, options: Options) -> io::Result<Self> {
        let mut writer = Self {
            out,
            options,
            batch: Batch::default(),
            compressed: Vec::new(),
            written: Summary::default(),
            sessions: 0,
            clock: None,
            places: Places::default(),
        };
        writer.put(&Preamble { version: VERSION, salt: options.salt }.to_bytes())?;
        writer.begin_session(header)?;
        Ok(writer)
    }

    /// Begins another session: what follows is of another life, with times and places of phones of its own.
    pub fn begin_session(&mut self, header: &Header) -> io::Result<()> {
        self.flush()?;
        self.clock = None;
        self.sessions += 1;
        let head = Head { kind: Kind::Header as u8, ..self.head(Duration::ZERO) };
        self.block(head, &header.encode_to_vec())
    }

    /// Says what time of day it was at a time since the beginning of the session, in nanoseconds since 1970. Holds
    /// until it is said again.
    pub fn set_clock(&mut self, at: Duration, unix_ns: i64) -> io::Result<()> {
        self.flush()?;
        self.clock = Some((at, unix_ns));
        Ok(())
    }

    /// As [`set_clock`](Self::set_clock), if the clock was set by someone since it was said last: two readings that
    /// belong together are within a millisecond.
    pub fn adjust_clock(&mut self, at: Duration, unix_ns: i64) -> io::Result<()> {
        let said = self.clock.map(|(when, unix_ns)| time_of_day(unix_ns, when, at));
        if said.is_some_and(|said| said.abs_diff(unix_ns) < 1_000_000) { Ok(()) } else { self.set_clock(at, unix_ns) }
    }

    /// Writes a record that was read, with its time of day.
    pub fn write_entry(&mut self, entry: &Entry) -> io::Result<()> {
        let at = entry.record.at;
        let said = self.clock.map(|(when, unix_ns)| time_of_day(unix_ns, when, at));
        if said != entry.unix_ns {
            self.flush()?;
            self.clock = entry.unix_ns.map(|unix_ns| (at, unix_ns));
        }
        self.write(&entry.record)
    }

    /// Writes a record, with the next flush or when there are enough.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        if self.batch.push(record).is_err() {
            self.flush()?;
            self.batch.push(record).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        }
        if self.batch.len() >= BLOCK_TARGET { self.flush() } else { Ok(()) }
    }

    /// Writes records that were encoded before, as one block.
    pub fn write_batch(&mut self, batch: &Batch) -> io::Result<()> {
        self.flush()?;
        self.write_records(batch)
    }

    /// Hands all that was written to the file.
    pub fn flush(&mut self) -> io::Result<()> {
        let mut batch = std::mem::take(&mut self.batch);
        let result = self.write_records(&batch);
        batch.clear();
        self.batch = batch;
        result.and_then(|()| self.out.flush())
    }

    /// How much was written, without what waits for a flush.
    pub fn written(&self) -> Summary {
        self.written
    }

    /// The file.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Ends the file with its index. Nothing is written after that.
    pub fn finish(&mut self) -> io::Result<Summary> {
        self.flush()?;
        let offset = self.written.bytes;
        let head = Head { kind: Kind::Index as u8, ..self.head(Duration::ZERO) };
        let index = std::mem::take(&mut self.places).into_index(self.written.records, self.sessions);
        self.block(head, &index.encode_to_vec())?;
        self.put(&head::trailer(offset, self.options.salt))?;
        self.out.flush()?;
        Ok(self.written)
    }

    fn write_records(&mut self, batch: &Batch) -> io::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let head = Head { records: batch.records, ..self.head(batch.first_at) };
        self.block(head, &batch.bytes)?;
        self.written.records += u64::from(batch.records);
        Ok(())
    }

    /// The head of a block of this time whose body is not known yet.
    fn head(&self, at: Duration) -> Head {
        Head {
            kind: Kind::Records as u8,
            codec: 0,
            stored: 0,
            raw: 0,
            record: self.written.records,
            records: 0,
            sum: 0,
            at_ns: u64::try_from(at.as_nanos()).unwrap_or(u64::MAX),
            unix_ns: self.clock.map(|(when, unix_ns)| time_of_day(unix_ns, when, at)),
        }
    }

    fn block(&mut self, head: Head, raw: &[u8]) -> io::Result<()> {
        if raw.len() > BLOCK_LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, super::TooLarge(raw.len())));
        }
        let mut body = std::mem::take(&mut self.compressed);
        let codec = self.options.codec.compress(raw, &mut body) as u8;
        let sum = checksum(self.options.salt, &body);
        // Both are at most the limit of a block.
        let head = Head { codec, stored: body.len() as u32, raw: raw.len() as u32, sum, ..head };
        let place = head::place(self.written.bytes, &head);
        let result = self.put(&head.to_bytes(self.options.salt)).and_then(|()| self.put(&body));
        self.compressed = body;
        self.places.add(place);
        result
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.written.bytes += bytes.len() as u64;
        Ok(())
    }
}
