//! Waits for a deadline, or for ever if there is none.

use std::time::Instant;

/// Comes at this time, or never.
pub(crate) async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
