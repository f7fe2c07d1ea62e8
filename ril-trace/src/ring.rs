//! The last so many MiB, always: files that are written in turn, the oldest removed when there are enough.
//!
//! Each file is a trace of its own and can be read without the others; what a killed daemon left is kept like the rest.
//! A disk that is full costs records and says so; it never ends the recording.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::format::{
    Batch, Damage, Entry, Event, Header, Item, Lost, OpenError, Options, Reader, Record, Remark, Writer, fresh_salt,
};
use crate::record::{Clock, Sink, create_private};

/// Of so many files a ring is made.
const FILES: u64 = 8;

/// So many files may lie there, however small they are: of daemons that end again and again, or on a disk that is full.
const MOST_FILES: usize = 256;

/// What the names of the files begin with; a number of ten digits follows, and the ending of traces.
const PREFIX: &str = "ring-";
const SUFFIX: &str = ".riltrace";

/// Writes a ring.
pub struct Ring {
    dir: PathBuf,
    limit: u64,
    header: Header,
    clock: Clock,
    current: Option<Writer<File>>,
    /// Number of the next file.
    next: u64,
    /// What could not be written and was not told of yet.
    lost: Lost,
    /// Told of the first error of each kind of trouble.
    complain: Box<dyn FnMut(&io::Error) + Send>,
    in_trouble: bool,
}

impl Ring {
    /// A ring of so many bytes in a folder that is there. Files of an earlier one count and go first.
    pub fn new(
        dir: &Path,
        limit: u64,
        header: Header,
        clock: Clock,
        complain: impl FnMut(&io::Error) + Send + 'static,
    ) -> io::Result<Self> {
        let next = files(dir)?.last().map_or(0, |(number, _)| number + 1);
        let header = Header { life: u64::from(fresh_salt()) << 32 | u64::from(fresh_salt()), ..header };
        Ok(Self {
            dir: dir.to_owned(),
            limit,
            header,
            clock,
            current: None,
            next,
            lost: Lost::default(),
            complain: Box::new(complain),
            in_trouble: false,
        })
    }

    fn try_write(&mut self, batch: &Batch) -> io::Result<()> {
        let (at, unix_ns) = (self.clock)();
        let mut writer = match self.current.take() {
            Some(writer) => writer,
            None => self.begin_file()?,
        };
        writer.adjust_clock(at, unix_ns)?;
        if self.lost.records > 0 {
            writer.write(&Record::event(batch.first_at(), Event::Lost(self.lost)))?;
        }
        writer.write_batch(batch)?;
        self.lost = Lost::default();
        if writer.written().bytes >= self.limit / FILES {
            writer.finish()?;
        } else {
            self.current = Some(writer);
        }
        Ok(())
    }

    fn begin_file(&mut self) -> io::Result<Writer<File>> {
        self.make_room()?;
        let path = self.dir.join(format!("{PREFIX}{:010}{SUFFIX}", self.next));
        let options = Options { salt: fresh_salt(), ..Options::default() };
        let begun = create_private(&path).and_then(|file| Writer::new(file, &self.header, options));
        // On a full disk a file can be made, and nothing written to it.
        let writer = begun.inspect_err(|_| _ = std::fs::remove_file(&path))?;
        self.next += 1;
        self.header.part += 1;
        self.header.from_start = false;
        Ok(writer)
    }

    /// Removes the oldest files until there is room for one more.
    fn make_room(&self) -> io::Result<()> {
        let mut sizes = Vec::new();
        for (_, path) in files(&self.dir)? {
            sizes.push((path.metadata()?.len(), path));
        }
        let mut sum: u64 = sizes.iter().map(|(size, _)| size).sum();
        let mut left = sizes.len();
        for (size, path) in sizes {
            if sum <= self.limit - self.limit / FILES && left < MOST_FILES {
                break;
            }
            left -= 1;
            std::fs::remove_file(path)?;
            sum -= size;
        }
        Ok(())
    }
}

impl Sink for Ring {
    fn write(&mut self, batch: &Batch) -> io::Result<()> {
        match self.try_write(batch) {
            Ok(()) => self.in_trouble = false,
            Err(error) => {
                self.lost.records += u64::from(batch.records());
                self.lost.bytes += batch.len() as u64;
                if !std::mem::replace(&mut self.in_trouble, true) {
                    (self.complain)(&error);
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.current.take().map_or(Ok(()), |mut writer| writer.finish().map(drop))
    }
}

/// The files of a ring by their numbers, the oldest first.
pub fn files(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let digits = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
        let digits = digits.filter(|digits| digits.len() == 10 && digits.bytes().all(|digit| digit.is_ascii_digit()));
        if let Some(number) = digits.and_then(|digits| digits.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Puts files together, in their order. What follows its predecessor of the same life goes on with its session; where
/// records are missing, the trace says so.
#[derive(Debug)]
pub struct Joiner<W: io::Write> {
    out: Option<Writer<W>>,
    /// Where the first session goes, once its header is known.
    waiting: Option<(W, Options)>,
    last: Option<(u64, u32)>,
}

impl<W: io::Write> Joiner<W> {
    /// Nothing is written before there is a session.
    pub fn new(out: W, options: Options) -> Self {
        Self { out: None, waiting: Some((out, options)), last: None }
    }

    /// Adds all of a file that can be read.
    pub fn add(&mut self, file: impl io::Read) -> Result<(), OpenError> {
        let mut reader = Reader::open(file)?;
        let mut last = None;
        while let Some(item) = reader.next_item()? {
            match item {
                Item::Session(header) => self.session(&header)?,
                Item::Record(entry) => {
                    if let Some(out) = &mut self.out {
                        out.write_entry(&entry)?;
                    }
                    last = Some(entry);
                }
                Item::Damage(damage) => self.damage(&damage, last.as_ref())?,
            }
        }
        Ok(())
    }

    /// The writer, if there was a session.
    pub fn into_writer(self) -> Option<Writer<W>> {
        self.out
    }

    fn session(&mut self, header: &Header) -> io::Result<()> {
        let goes_on = header.life != 0 && self.last == header.part.checked_sub(1).map(|part| (header.life, part));
        self.last = Some((header.life, header.part));
        if let Some((out, options)) = self.waiting.take() {
            self.out = Some(Writer::new(out, header, options)?);
        } else if let Some(out) = &mut self.out
            && !goes_on
        {
            out.begin_session(header)?;
        }
        Ok(())
    }

    fn damage(&mut self, damage: &Damage, behind: Option<&Entry>) -> io::Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        let at = behind.map(|entry| entry.record.at).unwrap_or_default();
        let text = format!("bytes {} to {} of a file were damaged: {}", damage.from, damage.to, damage.kind);
        out.write(&Record::event(at, Event::Remark(Remark { text })))?;
        let lost = Lost { records: damage.records.unwrap_or_default(), bytes: 0 };
        if lost.records > 0 { out.write(&Record::event(at, Event::Lost(lost))) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of daemons that end as soon as they have begun, or of a disk that takes no more than their names.
    #[test]
    fn files_without_anything_in_them_do_not_pile_up() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..2 * MOST_FILES {
            std::fs::write(folder.path().join(format!("{PREFIX}{number:010}{SUFFIX}")), []).unwrap();
        }
        let clock: Clock = Box::new(|| (std::time::Duration::ZERO, 0));
        let mut ring = Ring::new(folder.path(), 1 << 20, Header::default(), clock, |_| {}).unwrap();
        ring.try_write(&Batch::default()).unwrap();
        let left = files(folder.path()).unwrap();
        assert_eq!(left.len(), MOST_FILES);
        assert_eq!(left.last().unwrap().0, 2 * MOST_FILES as u64, "the newest is there");
    }
}
