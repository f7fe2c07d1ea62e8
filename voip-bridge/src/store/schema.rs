//! The tables, as the steps by which each version of this program made them out of those of the version before.
//!
//! A step that has been released is never changed; a new version appends one. Only what SQLite and PostgreSQL both
//! understand is used: BIGINT for numbers and times (seconds since 1970), TEXT, and BYTEA for bytes, which SQLite takes
//! as a column of any type.

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
    "
-- No version before this one has put anything into the queue.
DROP TABLE message;
CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    peer TEXT NOT NULL,
    body BYTEA NOT NULL,
    queued BIGINT NOT NULL,
    -- When it is given up.
    expires BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- While it waits: nobody takes it before this time.
    due BIGINT NOT NULL,
    -- The bridge that has it until then.
    taker TEXT,
    -- 1 while it is being given away and nobody knows yet whether it arrived.
    given BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'delivered', 'failed')),
    -- TP-ST of 3GPP TS 23.040, when it was not delivered.
    status BIGINT,
    -- By which the provider knows it.
    reference TEXT,
    closed BIGINT
);
CREATE INDEX message_due ON message (due) WHERE state = 'waiting';
CREATE INDEX message_queued ON message (queued);
CREATE INDEX message_reference ON message (reference) WHERE reference IS NOT NULL;
-- Parts of messages of phones, until they are whole; and after that, so that one that comes again is known.
CREATE TABLE fragment (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    -- The same for all parts of a message.
    whole TEXT NOT NULL,
    place BIGINT NOT NULL,
    total BIGINT NOT NULL,
    octets BYTEA NOT NULL,
    at BIGINT NOT NULL,
    -- What it became a part of.
    message TEXT
);
CREATE INDEX fragment_open ON fragment (whole) WHERE message IS NULL;
CREATE INDEX fragment_at ON fragment (number, at);
",
    "
-- Which bridge has the link to the device of a SIM: the newest connection is the one that counts. Who has not seen it for
-- some time has gone.
CREATE TABLE link (
    sim TEXT NOT NULL PRIMARY KEY,
    bridge TEXT NOT NULL,
    connection TEXT NOT NULL,
    -- A bit for the tag of each phone that can be reached.
    phones BIGINT NOT NULL,
    seen BIGINT NOT NULL
);
CREATE INDEX link_bridge ON link (bridge);
-- Calls that phones have announced, one for each phone, until they come.
CREATE TABLE intent (
    sim TEXT NOT NULL,
    access TEXT NOT NULL,
    -- The run of the device's daemon, and its number for the call.
    run BIGINT NOT NULL,
    id BIGINT NOT NULL,
    target TEXT NOT NULL,
    withheld BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (sim, access)
);
-- What one bridge has for a device whose link another has.
CREATE TABLE post (
    id TEXT NOT NULL PRIMARY KEY,
    sim TEXT NOT NULL,
    -- The run that it is for; NULL for any.
    run BIGINT,
    message BYTEA NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX post_sim ON post (sim);
-- Hints from one bridge that a device has taken from another.
CREATE TABLE hint (
    id BIGINT NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL
);
",
    "
-- Which run of the bridge has counted last: a bridge that has started since is another one, or two have one name.
ALTER TABLE bridge ADD COLUMN run BIGINT;
",
];
