//! C data on its way, together with the memory that it lies in, used over and over.

use std::sync::{Mutex, PoisonError};

use super::convert::{Arena, CData};

/// As many are kept; more is freed after use.
const KEPT: usize = 64;

/// C data and the arena that it was built in.
pub(crate) struct Packed {
    pub(crate) arena: Arena,
    pub(crate) data: CData,
}

// SAFETY: `data` is NULL or points into `arena`, whose memory belongs to nobody else.
unsafe impl Send for Packed {}

/// Empty ones for the next time.
#[derive(Default)]
pub(crate) struct Pool {
    /// Whether the library frees what it is given.
    in_pieces: bool,
    kept: Mutex<Vec<Packed>>,
}

impl Pool {
    /// One of arenas that can be given away, or not.
    pub(crate) fn new(in_pieces: bool) -> Self {
        Self { in_pieces, kept: Mutex::default() }
    }

    /// An empty one.
    pub(crate) fn take(&self) -> Packed {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let arena = if self.in_pieces { Arena::in_pieces } else { Arena::new };
        kept.unwrap_or_else(|| Packed { arena: arena(), data: CData::NULL })
    }

    /// Empties it and keeps it. Nobody may look at its data any more.
    pub(crate) fn put_back(&self, mut used: Packed) {
        used.data = CData::NULL;
        used.arena.clear();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(used);
        }
    }
}
