//! The configuration of the number service: a TOML file, every key with a default, every mistake named by its line.
//!
//! Secrets are not in it: a key names the file in which a secret is, or an environment variable has it. Reading the
//! configuration touches neither; only the command that needs a secret does.

mod check;
mod secret;

use std::path::{Path, PathBuf};

use config_file::section;
use serde::{Deserialize, Serialize};

use crate::settings::{Settings, Tags};

pub use config_file::{ConfigError, Key, Mistake};
pub use secret::SecretError;

/// Environment variable with the admin token.
pub const ADMIN_TOKEN: &str = "VOIP_BRIDGE_ADMIN_TOKEN";

/// Environment variable with the password of the database.
pub const DATABASE_PASSWORD: &str = "VOIP_BRIDGE_DATABASE_PASSWORD";

/// Everything that the service is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// This bridge among others.
    pub bridge: Bridge,
    /// Where numbers, calls and messages are kept.
    pub store: Store,
    /// The operator's page and API.
    pub admin: Admin,
    /// How long records are kept.
    pub retention: Retention,
    /// SIP, calls and audio. No calls are served when it is not there.
    pub voice: Option<Settings>,
}

section! {
    /// This bridge among others.
    Bridge {
        /// The name of this bridge: 1 to 32 of `a-z`, `0-9`, `_` and `-`. Bridges that share a database need
        /// different names: on its start a bridge ends the calls that one of its name has left in the log.
        name: String = "bridge".to_owned(),
        /// With PostgreSQL: after how many seconds without a sign of life another bridge is taken for dead, and its
        /// calls are ended in the log. At least 3; the same on all bridges, and more than a restart of the database
        /// takes.
        gone_seconds: u32 = 30,
    }
}

section! {
    /// Where numbers, calls and messages are kept: in an SQLite file, or in PostgreSQL if `postgres` is there.
    Store {
        /// Absolute path of the SQLite file. It is made when it is not there; its folder is not.
        sqlite: PathBuf = PathBuf::from("/var/lib/voip-bridge/bridge.db"),
        /// Connection parameters of PostgreSQL, as in `host=/run/postgresql dbname=bridge user=bridge`. A host on the
        /// network needs `authorities`, or else `sslmode=disable`, and then a network that is nobody else's.
        postgres: Option<String> = None,
        /// PEM file with the certificates that the server's may be signed by. With it every connection is encrypted
        /// and the server verified by its name or address.
        authorities: Option<PathBuf> = None,
        /// File with the password for PostgreSQL. The environment variable `VOIP_BRIDGE_DATABASE_PASSWORD` goes
        /// before it; with neither, no password is sent.
        password_file: Option<PathBuf> = None,
    }
}

section! {
    /// The operator's page and API.
    Admin {
        /// Address and port, or none for neither page nor API: `""`.
        listen: String = "127.0.0.1:8480".to_owned(),
        /// File with the token that page and API ask for, at least 16 characters. The environment variable
        /// `VOIP_BRIDGE_ADMIN_TOKEN` goes before it; one of the two is needed.
        token_file: Option<PathBuf> = None,
        /// Whether a proxy that speaks TLS is in front. Without it only loopback addresses may be listened on, as the
        /// token would cross the network in the clear.
        behind_tls: bool = false,
    }
}

section! {
    /// How many days records are kept. Live calls and messages that wait are kept as long as they do; 0 keeps records
    /// until the next hourly sweep.
    Retention {
        /// Calls of the log, from their end.
        calls_days: u16 = 90,
        /// Recorded messages.
        voicemail_days: u16 = 30,
        /// Text messages that were delivered or given up.
        messages_days: u16 = 7,
    }
}

impl Config {
    /// How many digits stand behind the numbers of callers. Where no calls are served, as many as usual.
    pub fn suffix(&self) -> usize {
        self.voice.as_ref().map_or_else(|| Tags::default().suffix(), |voice| voice.tags.suffix())
    }

    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read or something in it is wrong.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        config_file::load(file, check::check)
    }

    /// Reads and checks a configuration; what is wrong comes back sorted by line, all at once.
    ///
    /// # Errors
    /// Every mistake.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        config_file::parse(text, check::check)
    }
}

impl Store {
    /// The password for PostgreSQL.
    ///
    /// # Errors
    /// [`SecretError`] when the file cannot be read.
    pub fn password(&self) -> Result<Option<String>, SecretError> {
        secret::read(DATABASE_PASSWORD, self.password_file.as_deref())
    }
}

impl Admin {
    /// The token that page and API ask for.
    ///
    /// # Errors
    /// [`SecretError`] when there is none, or one that could be guessed.
    pub fn token(&self) -> Result<String, SecretError> {
        let token = secret::read(ADMIN_TOKEN, self.token_file.as_deref())?.ok_or(SecretError::Missing)?;
        if token.len() < secret::SHORTEST_TOKEN { Err(SecretError::Short) } else { Ok(token) }
    }
}
