//! What a process said or a bus signalled, in order, and waiting for more of it. Nobody sleeps: a wait ends when
//! something was added, or when patience does.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Entries that one side adds and the other waits for.
#[derive(Debug)]
pub struct Journal<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    entries: Vec<T>,
    closed: bool,
}

impl<T> Default for Journal<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { entries: Vec::new(), closed: false }), changed: Condvar::new() }
    }
}

impl<T> Journal<T> {
    /// Adds an entry.
    pub fn add(&self, entry: T) {
        self.lock().entries.push(entry);
        self.changed.notify_all();
    }

    /// No more is to come: whoever waits for it need not wait any longer.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// How many entries there are by now; a place to look [`since`](Self::wait_for).
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Whether there is no entry yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is found among the entries from place `since` on, now or as soon as it is added; `None` when no more is to
    /// come, or patience ends.
    pub fn wait_for<R>(&self, since: usize, mut find: impl FnMut(&T) -> Option<R>) -> Option<R> {
        let mut next = since;
        let mut found = None;
        let look = |state: &mut State<T>| {
            found = state.entries.get(next..).unwrap_or_default().iter().find_map(&mut find);
            next = state.entries.len();
            found.is_none() && !state.closed
        };
        drop(self.changed.wait_timeout_while(self.lock(), PATIENCE, look));
        found
    }

    /// Waits until no more is to come; false when patience ends.
    pub fn wait_for_close(&self) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| !state.closed);
        waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    /// Waits until there are more than `known` entries; false when `patience` ends.
    pub fn wait_beyond(&self, known: usize, patience: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), patience, |state| state.entries.len() <= known);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Looks at the entries from place `since` on.
    pub fn read<R>(&self, since: usize, look: impl FnOnce(&[T]) -> R) -> R {
        look(self.lock().entries.get(since..).unwrap_or_default())
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal<String> {
    /// Adds line by line what comes from there, until that ends.
    pub fn add_lines(&self, from: impl Read) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            self.add(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    }
}
