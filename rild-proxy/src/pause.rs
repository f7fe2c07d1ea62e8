//! How long to wait before something is tried again: twice as long each time, up to a limit. Who waits is another's
//! affair.

use std::time::Duration;

/// The waits between tries.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pause {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The wait before the next try.
    pub(crate) fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now
    }

    /// The next wait is the first one again.
    pub(crate) fn begin_anew(&mut self) {
        self.next = self.first;
    }
}
