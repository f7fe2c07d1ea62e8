//! Opens the database, if it is ours, whole, of a version that we know, and not in use.
//!
//! It never recreates, repairs or replaces one that is not: that is the operator's decision.
//!
//! The lock is SQLite's own exclusive one, held from here on (`PRAGMA locking_mode`). It ends with the process, however
//! that ends, and makes the shared memory of other WAL databases unnecessary.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, Transaction, TransactionBehavior};

use super::database::{APPLICATION_ID, Database, VERSION, migrate};

/// Nobody but its owner: it holds messages and numbers.
const FILE_MODE: u32 = 0o600;

/// What of a file's mode is permissions.
const PERMISSIONS: u32 = 0o7777;

/// Those that let others write.
const OTHERS_WRITE: u32 = 0o022;

/// The log is cut down to so many bytes after it was longer.
const LOG_KEPT: i64 = 4 << 20;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Something else has its name.
    #[error("{name} is not a file")]
    NotAFile {
        /// Its name.
        name: String,
    },
    /// Its content may be anybody's.
    #[error("{name} belongs to user {owner}, not to user {user} as whom this runs")]
    Foreign {
        /// Which of its files.
        name: String,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        user: u32,
    },
    /// Its content may be anybody's.
    #[error("others than its owner may write to {name} (mode {mode:o})")]
    Exposed {
        /// Which of its files.
        name: String,
        /// Its permissions.
        mode: u32,
    },
    /// Another root daemon, or a person with sqlite3, has it.
    #[error("another process has this database open; is there a second root daemon with this run.dir?")]
    InUse,
    /// SQLite could open it for reading only.
    #[error("it is read-only, or its file system is")]
    ReadOnly,
    /// It is a database, but not one of ours.
    #[error("this is a database of another application")]
    OtherApplication,
    /// A later version of this daemon has been here.
    #[error("this database is of version {found}, and this daemon knows versions up to {VERSION}; use a newer one")]
    Newer {
        /// Its version.
        found: i64,
    },
    /// It is damaged, or no database.
    #[error("the database is damaged ({0}); move it away, with its -wal file, to start with an empty one")]
    Damaged(String),
    /// The system said no.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// SQLite said no.
    #[error("SQLite: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

pub(super) fn open(path: &Path) -> Result<Database, OpenError> {
    prepare_files(path)?;
    // Without SQLITE_OPEN_CREATE: the file is there, with the mode that it must have.
    let mut connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    if connection.is_readonly(MAIN_DB)? {
        return Err(OpenError::ReadOnly);
    }
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // Text of a message that was removed does not stay in unused pages.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;

    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let version = version(&transaction)?;
    if version < VERSION {
        migrate(&transaction, version)?;
    }
    transaction.commit()?;

    // Not possible in a transaction. It stays with the file.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    Ok(Database(connection))
}

/// Makes the file if there is none, and looks whether we may believe what is in it.
///
/// Nothing that is there is opened: closing it again would give up the locks of a store in this same process, fcntl(2).
fn prepare_files(path: &Path) -> Result<(), OpenError> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Ok(_made) => {
            // Its name must be as durable as what it will hold.
            File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()?;
        }
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
        Err(why) => return Err(why.into()),
    }
    let found = check_file(path)?;
    let log = check_if_there(&beside(path, "-wal"))?;
    check_if_there(&beside(path, "-journal"))?;
    if found.len() == 0 && log.is_some_and(|log| log.len() > 0) {
        // SQLite would take the log for a leftover of another database and delete it.
        return Err(OpenError::Damaged("it is empty, and its log is not".to_owned()));
    }
    if found.mode() & PERMISSIONS != FILE_MODE {
        std::fs::set_permissions(path, Permissions::from_mode(FILE_MODE))?;
    }
    Ok(())
}

/// Fails when others can have written the file.
fn check_file(path: &Path) -> Result<Metadata, OpenError> {
    let found = std::fs::symlink_metadata(path)?;
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (owner, user) = (found.uid(), geteuid().as_raw());
    if !found.is_file() {
        Err(OpenError::NotAFile { name: name() })
    } else if owner != user {
        Err(OpenError::Foreign { name: name(), owner, user })
    } else if found.mode() & OTHERS_WRITE != 0 {
        Err(OpenError::Exposed { name: name(), mode: found.mode() & PERMISSIONS })
    } else {
        Ok(found)
    }
}

fn check_if_there(path: &Path) -> Result<Option<Metadata>, OpenError> {
    match check_file(path) {
        Err(OpenError::Io(why)) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        checked => checked.map(Some),
    }
}

/// SQLite's name for a file that belongs to the database.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The version of a whole database of ours; 0 if there is nothing in it yet.
fn version(transaction: &Transaction<'_>) -> Result<usize, OpenError> {
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    if (application, version, number("SELECT count(*) FROM sqlite_master")?) == (0, 0, 0) {
        return Ok(0);
    }
    if application != i64::from(APPLICATION_ID) {
        return Err(OpenError::OtherApplication);
    }
    let Some(known) = usize::try_from(version).ok().filter(|version| *version <= VERSION) else {
        return Err(OpenError::Newer { found: version });
    };
    match transaction.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))? {
        whole if whole == "ok" => Ok(known),
        what => Err(OpenError::Damaged(what)),
    }
}
