//! The clocks: the only place that reads them. What decides is told the time.

#![allow(clippy::disallowed_methods, reason = "drivers and tools read the clock here")]

use std::time::{Duration, Instant, SystemTime};

/// A moment that only goes forward, for how long things take.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time of day, since 1970 (UTC); zero before that.
pub(crate) fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The time of day in nanoseconds since 1970, as trace files have it.
pub(crate) fn unix_ns() -> i64 {
    i64::try_from(since_1970().as_nanos()).unwrap_or(i64::MAX)
}
