//! What the exit code of our programs means. Scripts depend on it.

use std::process::{ExitCode, Termination};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Ok = 0,
    /// A check or a comparison failed.
    Failed = 1,
    /// Wrong usage or configuration; standard error names the file, line and key.
    Usage = 2,
    /// The modem, a socket or the database is unavailable.
    Unavailable = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.into()
    }
}
