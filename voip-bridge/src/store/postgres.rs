//! PostgreSQL: a few connections, opened when they are needed, opened again when the server has closed them.
//!
//! With the operator's authorities it speaks TLS and nothing else ([`tls`]); without them, nothing but plain text,
//! which the configuration takes for Unix sockets and where the operator says so. The password comes apart from the
//! other parameters, so that these may be shown.
//!
//! Reference: postgresql.org, "Connection Strings", "Error Codes" (appendix A), "Advisory Locks".

use bytes::BytesMut;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts};
use std::error::Error;
use std::path::Path;
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, NoTls};

use super::sqlite::{missing, too_new};
use super::value::{Row, Value};
use super::{schema, tls};
use crate::pool::StoreError;

/// The most connections that one bridge opens.
const CONNECTIONS: usize = 8;

/// How long to wait for the server, or for another call to be done with a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which lock whoever migrates holds: a number that no other program is likely to use.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7885632917001)";

/// A server.
#[derive(Clone, Debug)]
pub(super) struct Database {
    pool: Pool,
}

impl Database {
    pub(super) fn open(
        parameters: &str,
        password: Option<&str>,
        authorities: Option<&Path>,
    ) -> Result<Self, StoreError> {
        let mut config: Config = parameters.parse().map_err(|why: tokio_postgres::Error| failed(&why))?;
        config.connect_timeout(PATIENCE);
        if let Some(password) = password {
            config.password(password);
        }
        // Whether a connection still lives is asked each time: it costs a round trip and saves a call.
        let recycling_method = RecyclingMethod::Verified;
        let manager_config = ManagerConfig { recycling_method };
        let manager = match authorities {
            Some(authorities) => {
                config.ssl_mode(SslMode::Require);
                Manager::from_config(config, tls::verified_by(authorities)?, manager_config)
            }
            None => Manager::from_config(config, NoTls, manager_config),
        };
        let patience = Some(PATIENCE);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts { wait: patience, create: patience, recycle: patience })
            .build()
            .map_err(|why| StoreError::Failed(why.to_string()))?;
        Ok(Self { pool })
    }

    pub(super) async fn migrate(&self, steps: &'static [&'static str]) -> Result<(), StoreError> {
        let mut client = self.client().await?;
        let change = client.transaction().await.map_err(|why| failed(&why))?;
        change.batch_execute(MIGRATION_LOCK).await.map_err(|why| failed(&why))?;
        change.batch_execute(schema::BOOKKEEPING).await.map_err(|why| failed(&why))?;
        let row = change.query_one(schema::READ_VERSION, &[]).await.map_err(|why| failed(&why))?;
        let version: i64 = row.try_get(0).map_err(|why| failed(&why))?;
        for (step, version) in missing(version, steps).ok_or_else(|| too_new(version))?.iter().zip(version + 1..) {
            change.batch_execute(step).await.map_err(|why| failed(&why))?;
            let record = "INSERT INTO schema_version (version) VALUES ($1)";
            change.execute(record, &[&version]).await.map_err(|why| failed(&why))?;
        }
        change.commit().await.map_err(|why| failed(&why))
    }

    pub(super) async fn query(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let client = self.client().await?;
        let statement = client.prepare_cached(sql).await.map_err(|why| failed(&why))?;
        let rows = client.query(&statement, &parameters(&values)).await.map_err(|why| failed(&why))?;
        let read = |row: tokio_postgres::Row| {
            let values = (0..row.len()).map(|column| row.try_get(column)).collect::<Result<_, _>>();
            values.map(Row::new).map_err(|why| failed(&why))
        };
        rows.into_iter().map(read).collect()
    }

    pub(super) async fn execute_all(&self, sql: &str, rows: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        let mut client = self.client().await?;
        let change = client.transaction().await.map_err(|why| failed(&why))?;
        let statement = change.prepare_cached(sql).await.map_err(|why| failed(&why))?;
        let mut changed = 0;
        for values in &rows {
            changed += change.execute(&statement, &parameters(values)).await.map_err(|why| failed(&why))?;
        }
        change.commit().await.map_err(|why| failed(&why))?;
        Ok(changed)
    }

    async fn client(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|why| match why {
            PoolError::Backend(why) => failed(&why),
            why => StoreError::Unavailable(why.to_string()),
        })
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(&self, sql_type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql_checked(sql_type, out),
            Self::Text(text) => text.to_sql_checked(sql_type, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(sql_type, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // What is inside checks for itself.
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(sql_type: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *sql_type {
            Type::INT8 => i64::from_sql(sql_type, raw).map(Self::Integer),
            Type::TEXT => String::from_sql(sql_type, raw).map(Self::Text),
            Type::BYTEA => Vec::from_sql(sql_type, raw).map(Self::Bytes),
            _ => Err(format!("a column is of type {sql_type}").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(sql_type: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(sql_type)
    }
}

/// What the server says about a statement is a failure; that it does not answer, or not now (classes 08, 40, 53, 57
/// and 58 of its error codes), may pass. Its messages may quote values, so only their first line is kept: the values
/// are in the detail.
fn failed(why: &tokio_postgres::Error) -> StoreError {
    let passing = |code: &str| ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class));
    match why.as_db_error() {
        Some(error) if passing(error.code().code()) => StoreError::Unavailable(error.message().to_owned()),
        Some(error) => StoreError::Failed(error.message().to_owned()),
        None => match why.source() {
            // What the system says is behind what the library says.
            Some(source) if source.is::<std::io::Error>() => StoreError::Unavailable(format!("{why}: {source}")),
            _ if why.is_closed() => StoreError::Unavailable(why.to_string()),
            _ => StoreError::Failed(why.to_string()),
        },
    }
}
