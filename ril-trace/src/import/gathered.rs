//! What is only known at the end of a source, such as how many phones there are: its records wait in memory until then.

use std::io::{self, Write};
use std::time::Duration;

use super::{ImportError, Imported};
use crate::format::{Header, Record, What, Writer};

/// The most that is kept, in bytes.
const LIMIT: usize = 256 * 1024 * 1024;

/// What a source was found to hold.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The names of the phones, by place.
    pub(super) phones: Vec<String>,
    /// In their order.
    pub(super) records: Vec<Record>,
    /// The times are only an order.
    pub(super) untimed: bool,
    /// A time of day, in nanoseconds since 1970, and the time since the beginning at that time.
    pub(super) clock: Option<(Duration, i64)>,
    pub(super) imported: Imported,
    /// What is kept of all this, and of what it is made of.
    pub(super) kept: Kept,
}

/// What a record costs beside itself and its bytes: an allocation and who shares it.
const RECORD_COST: usize = 64;

impl Gathered {
    /// One record more.
    pub(super) fn push(&mut self, record: Record) -> Result<(), ImportError> {
        let body = if let What::Frame(frame) = &record.what { frame.body.len() } else { 0 };
        self.kept.add(size_of::<Record>() + RECORD_COST + body)?;
        self.records.push(record);
        Ok(())
    }

    /// The place of a phone.
    pub(super) fn phone(&mut self, name: &str) -> u32 {
        let place = self.phones.iter().position(|known| known == name).unwrap_or_else(|| {
            self.phones.push(name.to_owned());
            self.phones.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// The trace of it.
    pub(super) fn write<W: Write>(
        self,
        header: Header,
        begin: impl FnOnce(&Header) -> io::Result<Writer<W>>,
    ) -> Result<(Writer<W>, Imported), ImportError> {
        let Self { phones, records, untimed, clock, mut imported, kept: _ } = self;
        let mut into = begin(&Header { phones, untimed, ..header })?;
        if let Some((at, unix_ns)) = clock {
            into.set_clock(at, unix_ns)?;
        }
        for record in &records {
            imported.frames += u64::from(matches!(record.what, What::Frame(_)));
            into.write(record)?;
        }
        Ok((into, imported))
    }
}

/// Counts what is kept.
#[derive(Debug)]
pub(super) struct Kept {
    bytes: usize,
    limit: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self::up_to(LIMIT)
    }
}

impl Kept {
    /// Keeps so many bytes at most.
    pub(super) fn up_to(limit: usize) -> Self {
        Self { bytes: 0, limit }
    }

    /// So many bytes more.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), ImportError> {
        self.bytes += bytes;
        if self.bytes > self.limit { Err(ImportError::TooLong) } else { Ok(()) }
    }

    /// So many are not kept any more.
    pub(super) fn forget(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}
