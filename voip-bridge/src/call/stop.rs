//! How the calls come to an end with the service: first no new one is taken, then those that there are end.

use tokio_util::sync::CancellationToken;

/// What tells the calls to stop. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    no_more: CancellationToken,
    hang_up: CancellationToken,
}

impl Stop {
    /// One that has not been told yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on new requests get 503 (RFC 3261 section 21.5.4), OPTIONS too, so that whoever asks sends them
    /// elsewhere. What belongs to a call goes on.
    pub fn take_no_more(&self) {
        self.no_more.cancel();
    }

    /// Ends all calls.
    pub fn hang_up(&self) {
        self.no_more.cancel();
        self.hang_up.cancel();
    }

    /// When no new calls are to be taken.
    pub(crate) fn no_more(&self) -> &CancellationToken {
        &self.no_more
    }

    /// When all calls are to end.
    pub(super) fn hung_up(&self) -> &CancellationToken {
        &self.hang_up
    }
}
