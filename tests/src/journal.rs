//! What a process said or a bus signalled, in order, and waiting for more of it. Nobody sleeps: a wait ends when
//! something was added, or when patience does.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a test waits for what ought to happen at once. Generous: machines that run tests are busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Entries that one side adds and the other waits for.
#[derive(Debug)]
pub struct Journal<T> {
    entries: Mutex<Vec<T>>,
    added: Condvar,
}

impl<T> Default for Journal<T> {
    fn default() -> Self {
        Self { entries: Mutex::default(), added: Condvar::new() }
    }
}

impl<T> Journal<T> {
    /// Adds an entry.
    pub fn add(&self, entry: T) {
        self.lock().push(entry);
        self.added.notify_all();
    }

    /// How many entries there are by now; a place to look [`since`](Self::wait_for).
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is no entry yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is found among the entries from place `since` on, now or as soon as it is added; `None` when patience ends.
    pub fn wait_for<R>(&self, since: usize, mut find: impl FnMut(&T) -> Option<R>) -> Option<R> {
        let mut next = since;
        let mut found = None;
        let look = |entries: &mut Vec<T>| {
            found = entries.get(next..).unwrap_or_default().iter().find_map(&mut find);
            next = entries.len();
            found.is_none()
        };
        drop(self.added.wait_timeout_while(self.lock(), PATIENCE, look));
        found
    }

    /// Waits until there are more than `known` entries; false when `patience` ends.
    pub fn wait_beyond(&self, known: usize, patience: Duration) -> bool {
        let waited = self.added.wait_timeout_while(self.lock(), patience, |entries| entries.len() <= known);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Looks at the entries from place `since` on.
    pub fn read<R>(&self, since: usize, look: impl FnOnce(&[T]) -> R) -> R {
        look(self.lock().get(since..).unwrap_or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
