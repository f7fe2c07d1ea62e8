//! Changes that are written together: for each key, the last one.
//!
//! They go into one transaction, so that nobody sees one without the others; then only the last one of a key counts,
//! and their order does not.

use std::collections::BTreeMap;

use crate::router::{Change, Kind, Record};

/// What a change takes beyond its key and value, roughly.
const OVERHEAD: usize = 96;

type Key = (Kind, Box<[u8]>);

/// What a key has from now on; `None`: nothing.
type Value = Option<Box<[u8]>>;

/// The last change of each key.
#[derive(Debug, Default)]
pub(super) struct Batch {
    changes: BTreeMap<Key, Value>,
    bytes: usize,
    last: u64,
}

impl Batch {
    /// Takes in change number `number`.
    pub(super) fn add(&mut self, number: u64, change: Change<'_>) {
        match change {
            Change::Put(Record { kind, key, value }) => self.set((kind, key.into()), Some(value.into())),
            Change::Remove { kind, key } => self.set((kind, key.into()), None),
        }
        self.last = number;
    }

    /// Takes in all of a later batch.
    pub(super) fn append(&mut self, later: Self) {
        self.last = self.last.max(later.last);
        for (key, value) in later.changes {
            self.set(key, value);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of the last change that went in.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Each key, and what it has from now on.
    pub(super) fn changes(&self) -> impl Iterator<Item = (Kind, &[u8], Option<&[u8]>)> {
        self.changes.iter().map(|((kind, key), value)| (*kind, &**key, value.as_deref()))
    }

    fn set(&mut self, key: Key, value: Value) {
        let len = |value: &Value| value.as_ref().map_or(0, |value| value.len());
        let (key_len, value_len) = (key.1.len(), len(&value));
        self.bytes += value_len;
        match self.changes.insert(key, value) {
            Some(before) => self.bytes -= len(&before),
            None => self.bytes += key_len + OVERHEAD,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put<'a>(key: &'a [u8], value: &'a [u8]) -> Change<'a> {
        Change::Put(Record { kind: Kind::Message, key, value })
    }

    fn remove(key: &[u8]) -> Change<'_> {
        Change::Remove { kind: Kind::Message, key }
    }

    #[test]
    fn only_the_last_change_of_a_key_counts() {
        let mut batch = Batch::default();
        for (number, change) in (1..).zip([put(b"a", b"old"), put(b"b", b"b"), put(b"a", b"new"), remove(b"b")]) {
            batch.add(number, change);
        }
        let changes: Vec<_> = batch.changes().map(|(_, key, value)| (key, value)).collect();
        assert_eq!(changes, [(&b"a"[..], Some(&b"new"[..])), (b"b", None)]);
        assert_eq!(batch.last(), 4);
    }

    #[test]
    fn the_later_batch_wins() {
        let mut batch = Batch::default();
        batch.add(1, put(b"a", b"1"));
        batch.add(2, put(b"b", b"2"));
        let mut later = Batch::default();
        later.add(3, remove(b"a"));
        later.add(4, put(b"c", b"4"));
        batch.append(later);
        batch.append(Batch::default());
        let changes: Vec<_> = batch.changes().map(|(_, key, value)| (key, value)).collect();
        assert_eq!(changes, [(&b"a"[..], None), (b"b", Some(&b"2"[..])), (b"c", Some(b"4"))]);
        assert_eq!(batch.last(), 4);
    }

    #[test]
    fn a_key_that_changes_again_takes_no_more_memory() {
        let mut batch = Batch::default();
        batch.add(1, put(b"key", &[0; 100]));
        let once = batch.bytes();
        assert!(once >= 103);
        for number in 2..1000 {
            batch.add(number, put(b"key", &[0; 100]));
        }
        assert_eq!(batch.bytes(), once);
        batch.add(1000, remove(b"key"));
        assert_eq!(batch.bytes(), once - 100);
    }
}
