//! When root is tried again.
//!
//! The driver tells the time. A root that is not there, and one that greets and goes again and again, is tried at
//! intervals that double up to a second; one that has stayed for that long after its greeting is tried at once again.

use std::time::{Duration, Instant};

/// The first wait before root is tried again; each that follows is twice as long.
const FIRST: Duration = Duration::from_millis(1);
/// The longest wait. A root that has stayed this long after its greeting was none to be waited for.
const LAST: Duration = Duration::from_secs(1);

/// The waits between attempts to connect to root.
#[derive(Debug)]
pub struct Retry {
    next: Duration,
    /// When the root that is connected greeted.
    greeted: Option<Instant>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { next: FIRST, greeted: None }
    }
}

impl Retry {
    /// There is a new client, which need not wait for what the one before met with.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Root has greeted.
    pub fn greeted(&mut self, now: Instant) {
        self.greeted = Some(now);
    }

    /// Root is gone or could not be connected to: when it is to be tried again.
    pub fn later(&mut self, now: Instant) -> Instant {
        if self.greeted.take().is_some_and(|since| now.saturating_duration_since(since) >= LAST) {
            self.next = FIRST;
        }
        let wait = self.next;
        self.next = (wait * 2).min(LAST);
        now + wait
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a moment to count from")]
mod tests {
    use super::*;

    /// The waits of a root that is lost so many times, each time so long after it has greeted.
    fn waits(retry: &mut Retry, times: usize, stays: Option<Duration>) -> Vec<u128> {
        let mut now = Instant::now();
        let mut wait = || {
            if let Some(stays) = stays {
                retry.greeted(now);
                now += stays;
            }
            let next = retry.later(now);
            let wait = next.duration_since(now);
            now = next;
            wait.as_millis()
        };
        (0..times).map(|_| wait()).collect()
    }

    const DOUBLING: [u128; 12] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000];

    #[test]
    fn a_root_that_is_not_there_is_tried_less_and_less_often() {
        assert_eq!(waits(&mut Retry::default(), 12, None), DOUBLING);
    }

    #[test]
    fn so_is_a_root_that_greets_and_goes() {
        assert_eq!(waits(&mut Retry::default(), 12, Some(Duration::ZERO)), DOUBLING);
        assert_eq!(waits(&mut Retry::default(), 12, Some(LAST - Duration::from_nanos(1))), DOUBLING);
    }

    #[test]
    fn a_root_that_stayed_is_tried_at_once() {
        let mut retry = Retry::default();
        waits(&mut retry, 12, None);
        assert_eq!(waits(&mut retry, 3, Some(LAST)), [1, 1, 1]);
    }

    #[test]
    fn a_greeting_counts_for_the_root_that_said_it() {
        let mut retry = Retry::default();
        let now = Instant::now();
        retry.greeted(now);
        let gone = now + LAST;
        assert_eq!(retry.later(gone), gone + FIRST);
        assert_eq!(retry.later(gone + LAST), gone + LAST + FIRST * 2, "it has not greeted again");
    }

    #[test]
    fn a_new_client_does_not_wait_for_long() {
        let mut retry = Retry::default();
        waits(&mut retry, 12, None);
        retry.greeted(Instant::now());
        retry.reset();
        assert_eq!(waits(&mut retry, 2, None), [1, 2]);
    }
}
