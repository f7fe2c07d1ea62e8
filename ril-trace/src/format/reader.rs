//! Reading a trace as a stream, in constant memory, past whatever damage there is.
//!
//! A reader holds one block. What is damaged is told with where it is and how many records it cost, and reading goes on
//! behind it. What cannot be told from damage, a file that just ends, is told by [`Reader::ending`].

use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

use bytes::Bytes;
use prost::Message;

use super::BLOCK_LIMIT;
use super::codec::{Codec, Undone};
use super::generated::{self, Header, Index};
use super::head::{
    self, HEAD_LEN, Head, Kind, NoPreamble, PREAMBLE_LEN, Preamble, TRAILER_LEN, VERSION, checksum, find_marker,
    time_of_day,
};
use super::index::Wanted;
use super::record::Record;

/// How much is read at once.
const READ_AT_ONCE: usize = 64 * 1024;

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It does not begin as a trace does.
    #[error("this is no trace file")]
    OtherFile,
    /// Its first twenty bytes are not there or damaged.
    #[error("the first bytes of this trace file are damaged")]
    Damaged,
    /// It is of a newer version of the format.
    #[error("this trace file is of version {0} of the format, and this program reads version {VERSION}")]
    Version(u16),
    /// It could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What a reader finds, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A session begins: what follows is of another life, with times and places of phones of its own.
    Session(Box<Header>),
    /// A record.
    Record(Entry),
    /// Something that cannot be read; what follows is whole again.
    Damage(Damage),
}

/// A record and where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number in the file, from 0.
    pub number: u64,
    /// The time of day, in nanoseconds since 1970, where it is known.
    pub unix_ns: Option<i64>,
    /// The record.
    pub record: Record,
}

/// A part of a file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset of the first byte of it.
    pub from: u64,
    /// Offset of the first byte behind it.
    pub to: u64,
    /// How many records it cost, where that is known.
    pub records: Option<u64>,
    /// What is wrong.
    pub kind: DamageKind,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bytes {} to {} are damaged: {}", self.from, self.to, self.kind)?;
        match self.records {
            Some(0) => Ok(()),
            Some(records) => write!(f, "; {records} records are lost"),
            None => f.write_str("; what is lost is not known"),
        }
    }
}

/// What is wrong with a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DamageKind {
    /// There is no block where one should be.
    #[error("these bytes are no block")]
    NoBlock,
    /// The body of a block is not what was written.
    #[error("the checksum of a block does not hold")]
    Checksum,
    /// A block is compressed in a way that this program does not know.
    #[error("a block is compressed with codec {0}, which this program does not have")]
    Codec(u8),
    /// The body of a block is whole and not what it should be: it was written wrongly.
    #[error("a block does not hold what its head says")]
    Content,
    /// A block that must have been there is not, or is in another place.
    #[error("blocks are missing or not in order")]
    Order,
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With its index, as it should.
    Complete,
    /// Behind a whole block, without an index: the writer was stopped, or writes still.
    Open,
    /// In the middle of a block that begins at this offset.
    Torn(u64),
}

/// Reads a trace.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    salt: u32,
    /// What was read and not used lies between the two.
    buffer: Vec<u8>,
    used: usize,
    filled: usize,
    /// Offset in the file of the first unused byte.
    offset: u64,
    block: Block,
    /// The number of the next record.
    next: u64,
    /// The index was read; what is expected is the end.
    indexed: bool,
    ending: Option<Ending>,
}

/// What is left of the block that is being read.
#[derive(Debug, Default)]
struct Block {
    rest: Bytes,
    base: Duration,
    unix_ns: Option<i64>,
    records: u32,
    /// Where the whole of it is.
    from: u64,
    to: u64,
}

/// What to do after a block was looked at.
enum Step {
    Tell(Item),
    GoOn,
    Stop(Ending),
}

impl<R: Read> Reader<R> {
    /// Begins to read a file.
    pub fn open(mut input: R) -> Result<Self, OpenError> {
        let mut preamble = Vec::with_capacity(PREAMBLE_LEN);
        input.by_ref().take(PREAMBLE_LEN as u64).read_to_end(&mut preamble)?;
        let preamble = Preamble::parse(&preamble).map_err(|error| match error {
            NoPreamble::OtherFile => OpenError::OtherFile,
            NoPreamble::Damaged => OpenError::Damaged,
        })?;
        if preamble.version > VERSION {
            return Err(OpenError::Version(preamble.version));
        }
        Ok(Self {
            input,
            salt: preamble.salt,
            buffer: vec![0; READ_AT_ONCE],
            used: 0,
            filled: 0,
            offset: PREAMBLE_LEN as u64,
            block: Block::default(),
            next: 0,
            indexed: false,
            ending: None,
        })
    }

    /// The next thing in the file; `None` at its end, which [`ending`](Self::ending) tells more of. An error is one of
    /// reading, and comes again.
    pub fn next_item(&mut self) -> io::Result<Option<Item>> {
        if let Some(item) = self.next_record() {
            return Ok(Some(item));
        }
        while self.ending.is_none() {
            match self.next_block()? {
                Step::Tell(item) => return Ok(Some(item)),
                Step::Stop(ending) => self.ending = Some(ending),
                Step::GoOn => {
                    if let Some(item) = self.next_record() {
                        return Ok(Some(item));
                    }
                }
            }
        }
        Ok(None)
    }

    /// How the file ends, once it was read to its end.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    fn next_record(&mut self) -> Option<Item> {
        let block = &mut self.block;
        if block.records == 0 && block.rest.is_empty() {
            return None;
        }
        let decoded = generated::Record::decode_length_delimited(&mut block.rest);
        let (Ok(record), 1..) = (decoded, block.records) else {
            let missing = u64::from(std::mem::take(&mut block.records));
            block.rest = Bytes::new();
            let (from, to) = (block.from, block.to);
            self.count(missing);
            return Some(damage(from, to, Some(missing), DamageKind::Content));
        };
        let record = Record::from_message(record);
        let unix_ns = block.unix_ns.map(|unix_ns| time_of_day(unix_ns, block.base, record.at));
        block.records -= 1;
        let number = self.next;
        self.count(1);
        Some(Item::Record(Entry { number, unix_ns, record }))
    }

    fn next_block(&mut self) -> io::Result<Step> {
        if self.indexed {
            return self.end();
        }
        let from = self.offset;
        let Some(bytes) = self.peek::<HEAD_LEN>()? else {
            return Ok(Step::Stop(if self.rest().is_empty() { Ending::Open } else { Ending::Torn(from) }));
        };
        let Some(head) = Head::parse(&bytes, self.salt) else { return self.find_block(from) };
        if head.record != self.next {
            return Ok(self.out_of_order(&head));
        }
        let stored = head.stored as usize;
        if stored > BLOCK_LIMIT || head.raw as usize > BLOCK_LIMIT {
            // Whoever wrote this does not know the format; its length may be as wrong as the rest.
            self.take(HEAD_LEN);
            return self.find_block(from);
        }
        if !self.fill(HEAD_LEN + stored)? {
            return Ok(Step::Stop(Ending::Torn(from)));
        }
        let body = self.rest().get(HEAD_LEN..HEAD_LEN + stored).unwrap_or_default();
        let unpacked = unpack(&head, body, self.salt);
        self.take(HEAD_LEN + stored);
        let to = self.offset;
        let wrong = |kind| Ok(Step::Tell(damage(from, to, Some(u64::from(head.records)), kind)));
        let raw = match unpacked {
            Ok(raw) => raw,
            Err(kind) => {
                self.count(u64::from(head.records));
                self.indexed = head.kind == Kind::Index as u8;
                return wrong(kind);
            }
        };
        match head.kind {
            kind if kind == Kind::Header as u8 => match Header::decode(raw) {
                Ok(header) => Ok(Step::Tell(Item::Session(Box::new(header)))),
                Err(_) => wrong(DamageKind::Content),
            },
            kind if kind == Kind::Records as u8 => {
                let base = Duration::from_nanos(head.at_ns);
                self.block = Block { rest: raw, base, unix_ns: head.unix_ns, records: head.records, from, to };
                Ok(Step::GoOn)
            }
            kind if kind == Kind::Index as u8 => {
                self.indexed = true;
                if Index::decode(raw).is_ok() { Ok(Step::GoOn) } else { wrong(DamageKind::Content) }
            }
            // Something of a newer version, which older readers can do without.
            _ => {
                self.count(u64::from(head.records));
                Ok(Step::GoOn)
            }
        }
    }

    /// Looks for the next block from the byte behind `from` on. What is between is damaged.
    fn find_block(&mut self, from: u64) -> io::Result<Step> {
        if self.offset == from {
            self.take(1);
        }
        loop {
            self.fill(HEAD_LEN)?;
            let Some(skip) = find_marker(self.rest()) else {
                let all = self.rest().len();
                self.take(all);
                if self.fill(1)? {
                    continue;
                }
                return Ok(Step::Tell(damage(from, self.offset, None, DamageKind::NoBlock)));
            };
            self.take(skip);
            let Some(bytes) = self.peek::<HEAD_LEN>()? else {
                let all = self.rest().len();
                self.take(all);
                return Ok(Step::Tell(damage(from, self.offset, None, DamageKind::NoBlock)));
            };
            match Head::parse(&bytes, self.salt) {
                Some(head) if head.record >= self.next => {
                    let missing = head.record - self.next;
                    self.next = head.record;
                    return Ok(Step::Tell(damage(from, self.offset, Some(missing), DamageKind::NoBlock)));
                }
                _ => self.take(1),
            }
        }
    }

    /// A whole block whose number is not the next: what is between is missing, or it was there before.
    fn out_of_order(&mut self, head: &Head) -> Step {
        let from = self.offset;
        let Some(missing) = head.record.checked_sub(self.next) else {
            // A block that was there before. Its body is looked at as if it were no block, for which there is no
            // telling how much of it is whole.
            self.take(HEAD_LEN);
            return Step::Tell(damage(from, self.offset, Some(0), DamageKind::Order));
        };
        self.next = head.record;
        Step::Tell(damage(from, from, Some(missing), DamageKind::Order))
    }

    /// Behind the index there is the trailer, and then nothing.
    fn end(&mut self) -> io::Result<Step> {
        let from = self.offset;
        let Some(bytes) = self.peek::<TRAILER_LEN>()? else {
            return Ok(Step::Stop(if self.rest().is_empty() { Ending::Open } else { Ending::Torn(from) }));
        };
        let is_trailer = head::parse_trailer(&bytes, self.salt).is_some();
        self.take(TRAILER_LEN);
        if is_trailer && !self.fill(1)? {
            return Ok(Step::Stop(Ending::Complete));
        }
        // Whatever there is more, it is not of this file.
        let from = if is_trailer { self.offset } else { from };
        while self.fill(1)? {
            let all = self.rest().len();
            self.take(all);
        }
        self.ending = Some(Ending::Open);
        Ok(Step::Tell(damage(from, self.offset, None, DamageKind::NoBlock)))
    }

    /// Goes on behind so many records. Numbers are as the file says: one that was forged may have none behind it.
    fn count(&mut self, records: u64) {
        self.next = self.next.saturating_add(records);
    }

    /// What was read and not used.
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.used..self.filled).unwrap_or_default()
    }

    fn peek<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        self.fill(N)?;
        Ok(self.rest().first_chunk().copied())
    }

    fn take(&mut self, count: usize) {
        let count = count.min(self.rest().len());
        self.used += count;
        self.offset += count as u64;
    }

    /// Reads on until there are so many unused bytes; false if the file ends before.
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        if self.used + wanted > self.buffer.len() {
            self.buffer.copy_within(self.used..self.filled, 0);
            self.filled -= self.used;
            self.used = 0;
            if wanted > self.buffer.len() {
                let mut larger = vec![0; wanted + READ_AT_ONCE];
                larger[..self.filled].copy_from_slice(self.rest());
                self.buffer = larger;
            }
        }
        while self.rest().len() < wanted {
            match self.input.read(self.buffer.get_mut(self.filled..).unwrap_or_default()) {
                Ok(0) => return Ok(false),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

impl<R: Read + Seek> Reader<R> {
    /// Goes forward to near what is wanted, not past it, if the file has an index that tells where it is. The sessions
    /// and records between are not read.
    pub fn skip_towards(&mut self, wanted: Wanted) -> io::Result<()> {
        let found = self.read_index()?.and_then(|index| index.find(wanted).copied());
        match found {
            Some(place) if place.offset > self.offset => {
                self.offset = place.offset;
                self.next = place.record;
                self.block = Block::default();
            }
            _ => {}
        }
        self.input.seek(SeekFrom::Start(self.offset))?;
        (self.used, self.filled) = (0, 0);
        Ok(())
    }

    /// The index, if there is a whole one.
    fn read_index(&mut self) -> io::Result<Option<Index>> {
        let end = self.input.seek(SeekFrom::End(0))?;
        let Some(at) = end.checked_sub(TRAILER_LEN as u64) else { return Ok(None) };
        self.input.seek(SeekFrom::Start(at))?;
        let mut trailer = [0; TRAILER_LEN];
        self.input.read_exact(&mut trailer)?;
        let Some(offset) = head::parse_trailer(&trailer, self.salt) else { return Ok(None) };
        let len = at.saturating_sub(offset);
        if len < HEAD_LEN as u64 || len > (HEAD_LEN + BLOCK_LIMIT) as u64 {
            return Ok(None);
        }
        self.input.seek(SeekFrom::Start(offset))?;
        let mut block = vec![0; len as usize];
        self.input.read_exact(&mut block)?;
        let Some((bytes, body)) = block.split_first_chunk() else { return Ok(None) };
        let head = Head::parse(bytes, self.salt).filter(|head| head.raw as usize <= BLOCK_LIMIT);
        let raw = head.and_then(|head| unpack(&head, body, self.salt).ok());
        Ok(raw.and_then(|raw| Index::decode(raw).ok()))
    }
}

/// The body of a block before compression. The lengths of the head are within the limit.
fn unpack(head: &Head, body: &[u8], salt: u32) -> Result<Bytes, DamageKind> {
    if checksum(salt, body) != head.sum {
        return Err(DamageKind::Checksum);
    }
    let mut raw = vec![0; head.raw as usize];
    match Codec::decompress(head.codec, body, &mut raw) {
        Ok(()) => Ok(raw.into()),
        Err(Undone::UnknownCodec(number)) => Err(DamageKind::Codec(number)),
        Err(Undone::Wrong) => Err(DamageKind::Content),
    }
}

fn damage(from: u64, to: u64, records: Option<u64>, kind: DamageKind) -> Item {
    Item::Damage(Damage { from, to, records, kind })
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Record, Way, Writer};
    use super::*;

    const SALT: u32 = 7;

    /// A file of one record that says of itself that it is the last that can be counted, behind so many bytes of noise.
    fn forged(noise: usize) -> Vec<u8> {
        let options = Options { codec: Codec::None, salt: SALT };
        let mut writer = Writer::new(Vec::new(), &Header::default(), options).expect("a writer");
        let from = usize::try_from(writer.written().bytes).expect("a short file");
        writer.write(&Record::frame(Duration::ZERO, Way::ToPhone, None, &b"body"[..])).expect("written");
        writer.finish().expect("written");
        let mut file = writer.into_inner();
        let bytes = file[from..].first_chunk().expect("a block");
        let head = Head { record: u64::MAX, ..Head::parse(bytes, SALT).expect("a head") };
        file[from..from + HEAD_LEN].copy_from_slice(&head.to_bytes(SALT));
        file.splice(from..from, vec![0; noise]);
        file
    }

    #[test]
    fn a_forged_number_is_taken_and_read_past() {
        for noise in [0, 3] {
            let file = forged(noise);
            let mut reader = Reader::open(&file[..]).expect("a trace");
            let mut numbers = Vec::new();
            while let Some(item) = reader.next_item().expect("read") {
                if let Item::Record(entry) = item {
                    numbers.push(entry.number);
                }
            }
            assert_eq!(numbers, [u64::MAX]);
            assert!(reader.ending().is_some());
        }
    }
}
