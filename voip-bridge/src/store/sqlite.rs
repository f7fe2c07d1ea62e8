//! SQLite: one file, one connection, one thread at a time.
//!
//! Another process may have the file open, too: `voip-bridge numbers` while the service runs. Whoever comes second
//! waits up to [`PATIENCE`]. A new file is for its owner only: it will hold recordings. It never deletes or replaces a
//! file that it cannot use.
//!
//! Reference: sqlite.org, "Write-Ahead Logging" and "PRAGMA Statements".

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, Statement, ToSql, TransactionBehavior};

use super::schema;
use super::value::{Row, Value};
use crate::pool::StoreError;

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// A database file.
#[derive(Clone, Debug)]
pub(super) struct Database {
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_owned();
        blocking(move || {
            // SQLite gives the files beside it the same mode.
            let unusable = |why: std::io::Error| StoreError::Unavailable(format!("{}: {why}", path.display()));
            OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(unusable)?;
            let connection = Connection::open(&path).map_err(|why| failed(&why))?;
            let set = |name: &str, value: &dyn ToSql| connection.pragma_update(None, name, value);
            connection
                .busy_timeout(PATIENCE)
                .and_then(|()| set("journal_mode", &"wal"))
                .and_then(|()| set("synchronous", &"full"))
                .and_then(|()| set("foreign_keys", &true))
                .map_err(|why| failed(&why))?;
            Ok(Self { connection: Arc::new(Mutex::new(connection)) })
        })
        .await
    }

    pub(super) async fn migrate(&self, steps: &'static [&'static str]) -> Result<(), StoreError> {
        self.with(move |connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute_batch(schema::BOOKKEEPING)?;
            let version: i64 = change.query_row(schema::READ_VERSION, [], |row| row.get(0))?;
            let Some(missing) = missing(version, steps) else { return Ok(Err(too_new(version))) };
            for (step, version) in missing.iter().zip(version + 1..) {
                change.execute_batch(step)?;
                change.execute("INSERT INTO schema_version (version) VALUES ($1)", [version])?;
            }
            change.commit().map(Ok)
        })
        .await?
    }

    pub(super) async fn query(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.with(move |connection| {
            let mut statement = connection.prepare(sql)?;
            bind(&mut statement, &values)?;
            let columns = statement.column_count();
            let mut answer = statement.raw_query();
            let mut rows = Vec::new();
            while let Some(row) = answer.next()? {
                let values = (0..columns).map(|column| read(row.get_ref(column)?)).collect::<Result<_, _>>()?;
                rows.push(Row::new(values));
            }
            Ok(rows)
        })
        .await
    }

    pub(super) async fn execute_all(&self, sql: &'static str, rows: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        self.with(move |connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut changed = 0;
            let mut statement = change.prepare(sql)?;
            for values in &rows {
                bind(&mut statement, values)?;
                changed += statement.raw_execute()? as u64;
            }
            drop(statement);
            change.commit()?;
            Ok(changed)
        })
        .await
    }

    /// Runs `work` where it may block.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.connection);
        // A transaction that a panic has cut short was rolled back when it was dropped.
        blocking(move || {
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner)).map_err(|why| failed(&why))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|why| StoreError::Failed(why.to_string()))?
}

/// To SQLite `$1` is a name, not a place.
fn bind(statement: &mut Statement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    for (value, number) in values.iter().zip(1..) {
        if let Some(index) = statement.parameter_index(&format!("${number}"))? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}

fn read(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
        ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The steps from `version` on; `None` when a later program has made more of them than this one knows.
pub(super) fn missing(version: i64, steps: &'static [&'static str]) -> Option<&'static [&'static str]> {
    steps.get(usize::try_from(version).ok()?..)
}

pub(super) fn too_new(version: i64) -> StoreError {
    StoreError::Failed(format!("its tables are of version {version}, this program knows version {}", schema::VERSION))
}

fn failed(why: &rusqlite::Error) -> StoreError {
    let passing = [
        ErrorCode::CannotOpen,
        ErrorCode::DatabaseBusy,
        ErrorCode::DatabaseLocked,
        ErrorCode::DiskFull,
        ErrorCode::PermissionDenied,
        ErrorCode::ReadOnly,
        ErrorCode::SystemIoFailure,
    ];
    match why.sqlite_error_code() {
        Some(code) if passing.contains(&code) => StoreError::Unavailable(why.to_string()),
        _ => StoreError::Failed(why.to_string()),
    }
}
