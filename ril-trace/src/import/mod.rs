//! Traces out of what other tools wrote.
//!
//! What a source does not tell stays unknown: times that are only an order are marked so, a modem side that was not
//! seen is not made up. What cannot be read is told by its line, and the rest is imported.

mod cut;
mod ends;
mod gathered;
mod jsonl;
mod likeness;
mod lines;
mod logcat;
mod ofono;
mod pcapng;
mod relay;
mod strace;
mod tcp;
mod times;

use std::io::{self, BufRead, Read, Write};

use crate::capture::{NoCapture, is_capture};
use crate::format::{Header, Origin, Record, Writer};
use cut::Connection;
use gathered::Kept;
use lines::Lines;

/// What is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// What `rilctl trace export --to jsonl` wrote, to the byte.
    Jsonl,
    /// Chunks of a byte relay, a JSON object a line: `t` in seconds, `conn`, `dir` (`open`, `c2s`, `s2c`, `close`),
    /// `hex`.
    Relay,
    /// oFono's log with `OFONO_RIL_HEX_TRACE` set.
    Ofono,
    /// What `strace` printed of a client or a rild.
    Strace,
    /// The radio log of an Android phone.
    Logcat,
    /// A packet capture: what `rilctl trace export --to pcapng` wrote, or TCP to a rild.
    Pcapng,
}

/// Why nothing, or no more, was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It holds more than can be kept until its end.
    #[error("this holds more than 256 MiB; import a part of it")]
    TooLong,
    /// Nothing tells what this is.
    #[error("this looks like nothing that can be imported; say what it is with --from")]
    Unknown,
    /// The line cannot be what it has to be for the others to make sense.
    #[error("line {line}: {what}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// This is not what a packet capture has here.
    #[error("byte {at}: {what}")]
    Capture {
        /// Where.
        at: u64,
        /// What is wrong.
        what: String,
    },
}

impl std::convert::From<NoCapture> for ImportError {
    fn from(NoCapture { at, what }: NoCapture) -> Self {
        Self::Capture { at, what }
    }
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// So many frames.
    pub frames: u64,
    /// What could not be read, the first of them.
    pub complaints: Vec<String>,
    /// How many there are of those.
    pub complained: u64,
}

/// Most complaints that are kept.
const MOST_COMPLAINTS: usize = 20;

/// How much of a source is looked at to find out what it is.
const BEGINNING: u64 = 64 * 1024;

impl Imported {
    fn complain(&mut self, line: u64, what: impl std::fmt::Display) {
        self.complain_of(format_args!("line {line}: {what}"));
    }

    /// Writes what [`Connection::take`] made of a line.
    fn write<W: Write>(
        &mut self,
        (records, error): (Vec<Record>, Option<String>),
        line: u64,
        into: &mut Writer<W>,
    ) -> io::Result<()> {
        self.frames += records.len() as u64;
        records.iter().try_for_each(|record| into.write(record))?;
        if let Some(error) = error {
            self.complain(line, error);
        }
        Ok(())
    }

    /// The source ends with this line.
    fn end(&mut self, connection: &Connection, line: u64) {
        if connection.left() > 0 {
            self.complain(line, format_args!("the last {} bytes are no whole frame", connection.left()));
        }
    }

    fn complain_of(&mut self, what: impl std::fmt::Display) {
        self.complained += 1;
        if self.complaints.len() < MOST_COMPLAINTS {
            self.complaints.push(what.to_string());
        }
    }
}

impl From {
    /// What the beginning of a source looks like.
    pub fn guess(beginning: &[u8]) -> Option<Self> {
        if is_capture(beginning) {
            return Some(Self::Pcapng);
        }
        let beginning = lines::text(beginning);
        let first = beginning.lines().find(|line| !line.trim().is_empty())?;
        if first.trim_start().starts_with('{') {
            return Some(if relay::is_line(first) { Self::Relay } else { Self::Jsonl });
        }
        if beginning.lines().any(strace::is_line) {
            return Some(Self::Strace);
        }
        if beginning.lines().any(logcat::is_line) {
            return Some(Self::Logcat);
        }
        beginning.lines().any(|line| line.contains("ofono") || ofono::is_dump(line)).then_some(Self::Ofono)
    }

    /// Reads as much of a source as tells what it looks like, however little of it comes at a time, and gives that
    /// back: it is to be read again.
    pub fn guess_of(source: &mut impl Read) -> io::Result<(Option<Self>, Vec<u8>)> {
        let mut beginning = Vec::new();
        source.take(BEGINNING).read_to_end(&mut beginning)?;
        Ok((Self::guess(&beginning), beginning))
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Relay => "relay",
            Self::Ofono => "ofono",
            Self::Pcapng => "pcapng",
            Self::Strace => "strace",
            Self::Logcat => "logcat",
        }
    }

    /// Reads all of a source into the trace that `begin` begins, which is not finished yet then. `program` is who does
    /// it.
    pub fn import<W: Write>(
        self,
        source: impl BufRead,
        program: &str,
        begin: impl FnOnce(&Header) -> io::Result<Writer<W>>,
    ) -> Result<(Writer<W>, Imported), ImportError> {
        let header = self.header(program);
        let gathered = match self {
            Self::Strace => strace::read(source, Kept::default())?,
            Self::Logcat => logcat::read(source, Kept::default())?,
            Self::Jsonl | Self::Relay | Self::Ofono | Self::Pcapng => {
                let mut into = begin(&header)?;
                let imported = match self {
                    Self::Jsonl => jsonl::import(source, &mut into)?,
                    Self::Pcapng => pcapng::import(source, &mut into)?,
                    Self::Relay => relay::import(source, &mut into)?,
                    _ => ofono::import(source, &mut into)?,
                };
                return Ok((into, imported));
            }
        };
        gathered.write(header, begin)
    }

    /// What is known of such a source before it is read.
    fn header(self, program: &str) -> Header {
        Header {
            program: program.to_owned(),
            origin: Origin::Import.into(),
            imported_from: self.name().to_owned(),
            phones: match self {
                Self::Jsonl | Self::Strace | Self::Logcat => Vec::new(),
                Self::Relay | Self::Ofono | Self::Pcapng => vec!["client".to_owned()],
            },
            untimed: self == Self::Ofono,
            ..Header::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use ril_protocol::RequestCode;
    use ril_protocol::frame::Request;

    use super::*;

    /// Text in which each few bytes are a message is far less than what is made of it.
    #[test]
    fn what_is_made_of_a_source_counts_as_kept() {
        let mut frames = Vec::new();
        for serial in 0..1000 {
            Request { code: RequestCode::GET_IMEI, serial, payload: b"" }.put(&mut frames);
        }
        let mut strace = String::from("write(3, \"");
        frames.iter().for_each(|byte| write!(strace, "\\x{byte:02x}").unwrap());
        writeln!(strace, "\", {0}) = {0}", frames.len()).unwrap();
        let logcat = "D/RILJ: [0001]> GET_IMEI\n".repeat(1000);
        let (few, many) = (100_000, 1_000_000);
        assert!(matches!(strace::read(strace.as_bytes(), Kept::up_to(few)), Err(ImportError::TooLong)));
        assert_eq!(strace::read(strace.as_bytes(), Kept::up_to(many)).unwrap().records.len(), 1000);
        assert!(matches!(logcat::read(logcat.as_bytes(), Kept::up_to(few)), Err(ImportError::TooLong)));
        assert_eq!(logcat::read(logcat.as_bytes(), Kept::up_to(many)).unwrap().records.len(), 1000);
    }
}
