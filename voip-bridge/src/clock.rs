//! The time of day: read here and nowhere else. How long something takes is measured with tokio's `Instant`, which
//! tests can stop.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::pool::Timestamp;

/// The time now.
pub(crate) fn now() -> Timestamp {
    #[allow(clippy::disallowed_methods, reason = "this is the driver that reads the clock")]
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}
