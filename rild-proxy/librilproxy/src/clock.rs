//! The time that the library's drivers go by.

use std::time::Instant;

#[allow(clippy::disallowed_methods, reason = "who connects to root must know when to do so again")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
