//! What the modem side is. The keys of `[modem]` say it, and this is where they are read for that.

use std::path::{Path, PathBuf};

use super::{Modem, PerSim};

/// What takes the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// A vendor library in the daemon.
    Library,
    /// A vendor library in a process of its own.
    Isolated,
    /// A rild, by the socket that it has for each SIM.
    Rild(&'a PerSim<PathBuf>),
    /// A recorded trace.
    Replay(&'a Path),
}

impl Modem {
    /// What takes the requests.
    pub fn source(&self) -> Source<'_> {
        match self {
            Self { replay: Some(trace), .. } => Source::Replay(trace),
            Self { socket, .. } if !socket.is_empty() => Source::Rild(socket),
            Self { isolate: true, .. } => Source::Isolated,
            _ => Source::Library,
        }
    }
}

impl Source<'_> {
    /// Whether it is a vendor library, and we are its host.
    pub fn is_library(self) -> bool {
        matches!(self, Self::Library | Self::Isolated)
    }
}
