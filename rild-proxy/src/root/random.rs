//! A number that differs from life to life of the daemon.

use std::hash::{BuildHasher, RandomState};

/// A number that nobody has chosen; not fit for keys.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
