//! The tables, as the steps by which each version of this program made them out of those of the version before.
//!
//! A step that has been released is never changed; a new version appends one. Only what SQLite and PostgreSQL both
//! understand is used: BIGINT for numbers and times (seconds since 1970), TEXT, and BYTEA for bytes, which SQLite takes as
//! a column of any type.

/// Number of steps, which is the version of the tables.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// What makes the table that counts the steps. Both databases run it before they look at the count.
pub(super) const BOOKKEEPING: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";

/// The count itself.
pub(super) const READ_VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_version";

/// The steps, oldest first.
pub(super) const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE number (
    number TEXT NOT NULL PRIMARY KEY
);
-- One phone of a SIM has one number, one tag and one way in.
CREATE TABLE assignment (
    number TEXT NOT NULL PRIMARY KEY REFERENCES number (number),
    sim TEXT NOT NULL,
    access TEXT NOT NULL,
    tag BIGINT NOT NULL CHECK (tag BETWEEN 0 AND 9),
    phone TEXT NOT NULL,
    unavailable TEXT NOT NULL CHECK (unavailable IN ('voicemail', 'forward', 'reject')),
    forward_to TEXT CHECK ((forward_to IS NOT NULL) = (unavailable = 'forward')),
    UNIQUE (sim, tag),
    UNIQUE (sim, phone),
    UNIQUE (sim, access)
);
-- What follows outlives the number in the pool: a number that is given back takes nobody's records along.
CREATE TABLE call (
    id TEXT NOT NULL PRIMARY KEY,
    bridge TEXT NOT NULL,
    number TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    peer TEXT,
    began BIGINT NOT NULL,
    answered BIGINT,
    ended BIGINT,
    cause BIGINT
);
CREATE INDEX call_began ON call (began);
CREATE INDEX call_live ON call (bridge) WHERE ended IS NULL;
CREATE TABLE voicemail (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    peer TEXT,
    at BIGINT NOT NULL,
    milliseconds BIGINT NOT NULL,
    audio BYTEA NOT NULL
);
CREATE INDEX voicemail_at ON voicemail (at);
CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    peer TEXT NOT NULL,
    body BYTEA NOT NULL,
    queued BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- While it waits: nobody takes it before this time.
    due BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed'))
);
CREATE INDEX message_due ON message (due) WHERE state = 'waiting';
",
    "
-- The bridges that share this database; each counts up for as long as it lives.
CREATE TABLE bridge (
    name TEXT NOT NULL PRIMARY KEY,
    beats BIGINT NOT NULL
);
-- How many calls a number has placed in its last minute with any.
CREATE TABLE outgoing (
    number TEXT NOT NULL PRIMARY KEY,
    minute BIGINT NOT NULL,
    calls BIGINT NOT NULL
);
CREATE INDEX voicemail_number ON voicemail (number);
CREATE INDEX call_out ON call (number) WHERE ended IS NULL AND direction = 'out';
",
];
