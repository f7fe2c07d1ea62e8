//! The table, and what is done to it. Which file it is in, and whether that may be used, is the business of `open`.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::batch::Batch;

/// "rild": tells our databases from others (`PRAGMA application_id`).
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"rild");

/// The statements at place n make version n + 1 (`PRAGMA user_version`) out of version n. Those that were released are
/// never changed.
const MIGRATIONS: [&str; 1] = ["CREATE TABLE record (
    kind INTEGER NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID"];

/// The version that this daemon reads and writes.
pub(super) const VERSION: usize = MIGRATIONS.len();

/// A database of [`VERSION`], open for us alone.
#[derive(Debug)]
pub(super) struct Database(pub(super) Connection);

/// Brings a database of an earlier version, 0 for an empty one, up to date.
pub(super) fn migrate(transaction: &Transaction<'_>, from: usize) -> rusqlite::Result<()> {
    for statements in MIGRATIONS.iter().skip(from) {
        transaction.execute_batch(statements)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION as i64)
}

impl Database {
    /// Shows the kind, key and value of every record, in order.
    pub(super) fn read(&self, mut show: impl FnMut(i64, &[u8], &[u8])) -> rusqlite::Result<()> {
        let mut select = self.0.prepare("SELECT kind, key, value FROM record ORDER BY kind, key")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let blob = |column| row.get_ref(column).and_then(|value| Ok(value.as_blob()?));
            show(row.get(0)?, blob(1)?, blob(2)?);
        }
        Ok(())
    }

    /// Makes all changes, or none.
    pub(super) fn apply(&mut self, batch: &Batch) -> rusqlite::Result<()> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut put = transaction.prepare("REPLACE INTO record (kind, key, value) VALUES (?1, ?2, ?3)")?;
            let mut remove = transaction.prepare("DELETE FROM record WHERE kind = ?1 AND key = ?2")?;
            for (kind, key, value) in batch.changes() {
                match value {
                    Some(value) => put.execute((kind as u8, key, value))?,
                    None => remove.execute((kind as u8, key))?,
                };
            }
        }
        transaction.commit()
    }
}
