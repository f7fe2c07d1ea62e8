//! A random number, drawn anew at each start.

use std::hash::{BuildHasher, RandomState};

/// A number that nobody has chosen; not fit for keys.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
