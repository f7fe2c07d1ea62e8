//! The one of the two databases that is in use. Nothing else of the store knows which it is.
//!
//! A statement numbers its parameters `$1`, `$2` ... and names the type of those that a database could not infer
//! (`CAST($1 AS BIGINT)`).

use super::value::{Row, Value};
use super::{postgres, schema, sqlite};
use crate::pool::StoreError;

/// A database.
#[derive(Clone, Debug)]
pub(super) enum Backend {
    Postgres(postgres::Database),
    Sqlite(sqlite::Database),
}

impl Backend {
    /// Runs the migrations that this database has not seen. Of many programs that start at once one runs them, the
    /// others wait.
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(database) => database.migrate(schema::MIGRATIONS).await,
            Self::Sqlite(database) => database.migrate(schema::MIGRATIONS).await,
        }
    }

    /// All rows that a statement answers.
    pub(super) async fn query(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Postgres(database) => database.query(sql, values).await,
            Self::Sqlite(database) => database.query(sql, values).await,
        }
    }

    /// How many rows a statement has changed.
    pub(super) async fn execute(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.execute_all(sql, vec![values]).await
    }

    /// How many rows a statement has changed for all these values together: for all of them or, on an error, for none.
    pub(super) async fn execute_all(&self, sql: &'static str, rows: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        match self {
            Self::Postgres(database) => database.execute_all(sql, rows).await,
            Self::Sqlite(database) => database.execute_all(sql, rows).await,
        }
    }
}
