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
}

impl Gathered {
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
        let Self { phones, records, untimed, clock, mut imported } = self;
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
#[derive(Debug, Default)]
pub(super) struct Kept(usize);

impl Kept {
    /// So many bytes more.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), ImportError> {
        self.0 += bytes;
        if self.0 > LIMIT { Err(ImportError::TooLong) } else { Ok(()) }
    }

    /// So many are not kept any more.
    pub(super) fn forget(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }
}
