//! A store in memory that makes changes durable when the schedule says so, and loses the rest in a crash.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rild_proxy::router::{Change, Kind};

enum Queued {
    Put(Kind, Vec<u8>, Vec<u8>),
    Remove(Kind, Vec<u8>),
}

/// What is durable, and what is not yet.
#[derive(Default)]
pub(super) struct Store {
    durable: BTreeMap<(Kind, Vec<u8>), Vec<u8>>,
    queue: VecDeque<Queued>,
    /// Since when something waits.
    since: Option<Duration>,
    done: u64,
    /// Nothing can be made durable.
    pub(super) failing: bool,
}

impl Store {
    /// Takes a change in.
    pub(super) fn change(&mut self, now: Duration, change: Change<'_>) {
        self.since.get_or_insert(now);
        self.queue.push_back(match change {
            Change::Put(record) => Queued::Put(record.kind, record.key.to_vec(), record.value.to_vec()),
            Change::Remove { kind, key } => Queued::Remove(kind, key.to_vec()),
        });
    }

    /// How many changes are not durable.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Makes so many more changes durable, if any can be; how many there are now.
    pub(super) fn commit(&mut self, changes: usize) -> u64 {
        let changes = if self.failing { 0 } else { changes };
        for change in self.queue.drain(..changes.min(self.queue.len())) {
            self.done += 1;
            match change {
                Queued::Put(kind, key, value) => drop(self.durable.insert((kind, key), value)),
                Queued::Remove(kind, key) => drop(self.durable.remove(&(kind, key))),
            }
        }
        if self.queue.is_empty() {
            self.since = None;
        }
        self.done
    }

    /// Since when something waits to be made durable.
    pub(super) fn waiting_since(&self) -> Option<Duration> {
        self.since
    }

    /// The daemon is killed. What was on its way may have become durable in part, without anybody being told.
    pub(super) fn crash(&mut self, committed: usize) {
        self.commit(committed);
        self.queue.clear();
        self.since = None;
        self.done = 0;
        self.failing = false;
    }

    /// Whether this is durable as part of a record that also names this.
    pub(super) fn has(&self, part: &[u8], name: &str) -> bool {
        let holds =
            |value: &[u8], part: &[u8]| part.is_empty() || value.windows(part.len()).any(|window| window == part);
        self.durable.values().any(|value| holds(value, part) && holds(value, name.as_bytes()))
    }

    /// What a new life finds.
    pub(super) fn records(&self) -> Vec<(Kind, Vec<u8>, Vec<u8>)> {
        self.durable.iter().map(|((kind, key), value)| (*kind, key.clone(), value.clone())).collect()
    }
}
