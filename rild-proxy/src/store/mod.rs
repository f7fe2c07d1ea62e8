//! What the router wants to outlast the daemon: records under a kind and a key, in an SQLite database.
//!
//! Changes are taken without waiting and made durable by a thread, all that wait in one transaction. After a crash at
//! any moment the database has the first so many changes and none of the later ones, and never fewer than were
//! [reported](Progress::durable). What cannot be written now, because the disk is full for example, is tried again
//! until it can be.
//!
//! It gives kinds, keys and values no meaning, decides nothing, and never replaces a database that it cannot use.
//!
//! Reference: sqlite.org, "Write-Ahead Logging", "PRAGMA Statements", "Database File Format" 1.3.

mod batch;
mod database;
mod open;
mod writer;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use tracing::warn;

use crate::router::{Kind, Record};
use database::Database;

pub use open::OpenError;
pub use writer::{Progress, Writer};

/// The database, opened for this process alone.
#[derive(Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// Opens the database, and makes it when there is none. No other process can open it before this one lets it go.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { database: open::open(path)? })
    }

    /// Shows every record, ordered by kind and key. Kinds that a later version has made stay unseen and untouched.
    pub fn recall(&self, mut show: impl FnMut(Record<'_>)) -> Result<(), OpenError> {
        let mut unknown = 0;
        self.database.read(|number, key, value| match u8::try_from(number).ok().and_then(Kind::from_number) {
            Some(kind) => show(Record { kind, key, value }),
            None => unknown += 1,
        })?;
        if unknown > 0 {
            warn!(unknown, "the database has records of kinds that this version does not know; they stay as they are");
        }
        Ok(())
    }

    /// Hands the database over to a thread of its own.
    pub fn start(self) -> io::Result<Writer> {
        Writer::start(self.database)
    }
}
