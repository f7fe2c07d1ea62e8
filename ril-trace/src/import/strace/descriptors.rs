//! Which connection a descriptor of a process is, through everything that makes, copies and closes descriptors.
//!
//! Threads have a table together; a process that was forked has one of its own, which begins as a copy. What was open
//! before strace began, or was opened by calls that were not traced, is found when it is first read or written.

use std::collections::{HashMap, HashSet};

/// The most processes and threads that are told apart.
const MOST_PROCESSES: usize = 4096;

/// The most descriptors of all of them.
const MOST_OPEN: usize = 8192;

/// What a descriptor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Descriptor {
    /// A socket that is not connected, and the path that it is bound to.
    Socket(Option<String>),
    /// A connection, by its place.
    Connection(usize),
    /// Nothing that could be a connection to a rild, and who made it.
    Other(u32),
}

/// The descriptors of all processes.
#[derive(Debug, Default)]
pub(super) struct Descriptors {
    /// The table of each process and thread.
    tables: HashMap<u32, u32>,
    /// Those that nobody was seen to make.
    strangers: HashSet<u32>,
    next_table: u32,
    open: HashMap<(u32, usize), Descriptor>,
    /// How many descriptors each connection has.
    references: HashMap<usize, usize>,
}

impl Descriptors {
    /// Takes note of a process or thread. One that nobody was seen to make is taken for a thread.
    pub(super) fn meet(&mut self, pid: u32) {
        if self.tables.len() < MOST_PROCESSES && !self.knows(pid) {
            self.tables.insert(pid, 0);
            self.strangers.insert(pid);
        }
    }

    /// Whether two that have a table together surely have it. Those that nobody was seen to make are taken to, and may
    /// be several processes.
    pub(super) fn are_one(&self, one: u32, other: u32) -> bool {
        one == other || !(self.strangers.contains(&one) && self.strangers.contains(&other))
    }

    /// Whether this process was met.
    pub(super) fn knows(&self, pid: u32) -> bool {
        self.tables.contains_key(&pid)
    }

    /// A process made another, or a thread.
    pub(super) fn fork(&mut self, parent: u32, child: u32, share: bool) {
        let table = self.table(parent);
        if self.knows(child) || self.tables.len() >= MOST_PROCESSES {
            return;
        }
        if share {
            self.tables.insert(child, table);
            return;
        }
        self.next_table += 1;
        self.tables.insert(child, self.next_table);
        let copies = self.open.iter().filter(|((of, _), _)| *of == table);
        let copies: Vec<_> = copies.map(|((_, number), what)| (*number, what.clone())).collect();
        for (number, what) in copies {
            self.put((self.next_table, number), what);
        }
    }

    /// What a descriptor is, if that is known.
    pub(super) fn get(&self, pid: u32, number: usize) -> Option<&Descriptor> {
        self.open.get(&(self.table(pid), number))
    }

    /// A descriptor is this from now on. What it was before is given back: that is closed.
    pub(super) fn set(&mut self, pid: u32, number: usize, what: Descriptor) -> Option<Descriptor> {
        self.put((self.table(pid), number), what)
    }

    /// A descriptor is closed.
    pub(super) fn close(&mut self, pid: u32, number: usize) -> Option<Descriptor> {
        let what = self.open.remove(&(self.table(pid), number))?;
        self.forget(&what);
        Some(what)
    }

    /// A process or thread is gone. What goes with it, if it was the last of its table.
    pub(super) fn gone(&mut self, pid: u32) -> Vec<Descriptor> {
        let Some(table) = self.tables.remove(&pid) else { return Vec::new() };
        self.strangers.remove(&pid);
        if self.tables.values().any(|other| *other == table) {
            return Vec::new();
        }
        let closed: Vec<Descriptor> = self.open.extract_if(|(of, _), _| *of == table).map(|(_, what)| what).collect();
        closed.iter().for_each(|what| self.forget(what));
        closed
    }

    /// Whether anybody has this connection open.
    pub(super) fn has(&self, connection: usize) -> bool {
        self.references.contains_key(&connection)
    }

    fn put(&mut self, key: (u32, usize), what: Descriptor) -> Option<Descriptor> {
        if self.open.len() >= MOST_OPEN && !self.open.contains_key(&key) {
            return None;
        }
        if let Descriptor::Connection(connection) = what {
            *self.references.entry(connection).or_default() += 1;
        }
        let before = self.open.insert(key, what)?;
        self.forget(&before);
        Some(before)
    }

    fn forget(&mut self, what: &Descriptor) {
        if let Descriptor::Connection(connection) = what
            && let Some(references) = self.references.get_mut(connection)
        {
            *references -= 1;
            if *references == 0 {
                self.references.remove(connection);
            }
        }
    }

    fn table(&self, pid: u32) -> u32 {
        self.tables.get(&pid).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Descriptor::Connection;
    use super::*;

    #[test]
    fn threads_share_descriptors_and_processes_copy_them() {
        let mut all = Descriptors::default();
        all.meet(1);
        all.set(1, 3, Connection(0));
        all.fork(1, 2, true);
        all.fork(1, 3, false);
        assert_eq!((all.get(2, 3), all.get(3, 3)), (Some(&Connection(0)), Some(&Connection(0))));
        assert_eq!(all.close(2, 3), Some(Connection(0)));
        assert_eq!((all.get(1, 3), all.has(0)), (None, true), "the other process has it still");
        all.set(1, 4, Connection(1));
        assert_eq!(all.gone(1), [], "its thread is there");
        assert_eq!(all.gone(2), [Connection(1)]);
        assert_eq!(all.gone(3), [Connection(0)]);
        assert!(!all.has(0) && !all.has(1));
    }

    #[test]
    fn a_number_that_is_used_again_was_closed() {
        let mut all = Descriptors::default();
        assert_eq!(all.set(7, 3, Connection(0)), None);
        assert_eq!(all.set(7, 3, Descriptor::Other(7)), Some(Connection(0)));
    }
}
