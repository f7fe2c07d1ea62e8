//! What the service keeps: numbers and who has them, calls, recorded messages, and text messages until they are
//! delivered.
//!
//! One set of statements serves SQLite, the default, and PostgreSQL, which many bridges may share. Each operation is
//! one statement, or one transaction of equal statements, so that no two bridges can both believe that they have won;
//! what a statement refuses is found out afterwards, for the message only. Nothing is cached: another bridge may have
//! changed it. Every write is durable on return.
//!
//! It reads no clock, makes no decision about calls, and logs no number.

mod backend;
mod bridges;
mod calls;
mod expiry;
mod fragments;
mod intents;
mod links;
mod messages;
mod numbers;
mod outgoing;
mod postgres;
mod schema;
mod sqlite;
mod tls;
mod value;
mod voicemails;

use caller_tag::E164;

use crate::config;
use crate::pool::{Assignment, Call, CallsOut, Pool, StoreError, Timestamp, Voicemail};
use backend::Backend;

pub use expiry::Expired;
pub use fragments::Fragment;
pub use intents::Intent;
pub use links::{LinkInfo, Post};
pub use messages::{Ended, Message, MessageCount, MessageInfo, MessageState};
pub use numbers::{Assign, AssignError, PoolNumber, ReleaseError, RemoveError};
pub use schema::VERSION;
pub use voicemails::VoicemailInfo;

/// The database of this service.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
}

impl Store {
    /// Opens the database and brings its tables up to [`VERSION`].
    ///
    /// # Errors
    /// [`StoreError`] also when a later version of this program has made the tables.
    pub async fn open(config: &config::Store) -> Result<Self, StoreError> {
        let backend = match config.postgres {
            Some(ref parameters) => {
                let password = config.password().map_err(|why| StoreError::Unavailable(why.to_string()))?;
                let authorities = config.authorities.as_deref();
                Backend::Postgres(postgres::Database::open(parameters, password.as_deref(), authorities)?)
            }
            None => Backend::Sqlite(sqlite::Database::open(&config.sqlite).await?),
        };
        backend.migrate().await?;
        Ok(Self { backend })
    }
}

impl Pool for Store {
    async fn by_number(&self, dialled: &E164) -> Result<Option<Assignment>, StoreError> {
        self.assignment(dialled).await
    }

    async fn by_sim(&self, sim: &E164, access: &E164) -> Result<Option<Assignment>, StoreError> {
        self.assignment_of_sim(sim, access).await
    }

    async fn may_call(&self, number: &E164, limits: CallsOut, now: Timestamp) -> Result<bool, StoreError> {
        self.count_call_out(number, limits, now).await
    }

    async fn log_calls(&self, calls: &[Call]) -> Result<(), StoreError> {
        self.write_calls(calls).await
    }

    async fn voicemails_of(&self, number: &E164) -> Result<u32, StoreError> {
        self.count_voicemails(number).await
    }

    async fn store_voicemail(&self, voicemail: &Voicemail) -> Result<(), StoreError> {
        self.add_voicemail(voicemail).await
    }
}
