//! A store in memory, which a test may let fall behind and lose what is not durable yet.

use std::collections::BTreeMap;

use super::*;
use crate::router::{Change, Kind, Record};

/// What is durable, and what is not yet.
#[derive(Default)]
pub(super) struct Store {
    pub(super) records: BTreeMap<(Kind, Vec<u8>), Vec<u8>>,
    waiting: Vec<(Kind, Vec<u8>, Option<Vec<u8>>)>,
    /// How many changes are durable.
    durable: u64,
    /// It only stores when it is told to.
    pub(super) slow: bool,
}

impl Store {
    /// One that has these records from an earlier life.
    pub(super) fn with(records: &[Kept]) -> Self {
        let records = records.iter().map(|(kind, key, value)| ((*kind, key.clone()), value.clone())).collect();
        Self { records, ..Self::default() }
    }

    pub(super) fn take(&mut self, change: Change<'_>) {
        self.waiting.push(match change {
            Change::Put(Record { kind, key, value }) => (kind, key.to_vec(), Some(value.to_vec())),
            Change::Remove { kind, key } => (kind, key.to_vec(), None),
        });
    }

    /// Makes the first so many of the waiting changes durable; how many there are now.
    pub(super) fn write(&mut self, count: usize) -> u64 {
        for (kind, key, value) in self.waiting.drain(..count.min(self.waiting.len())) {
            self.durable += 1;
            match value {
                Some(value) => self.records.insert((kind, key), value),
                None => self.records.remove(&(kind, key)),
            };
        }
        self.durable
    }

    pub(super) fn behind(&self) -> usize {
        self.waiting.len()
    }

    /// What is durable of this kind.
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.records.keys().filter(|(stored, _)| *stored == kind).count()
    }
}

impl Bench {
    /// The store does what it has to do, unless it is slow.
    pub(super) fn store_keeps_up(&mut self) {
        if !self.store.slow && self.store.behind() > 0 {
            self.store_writes(usize::MAX);
        }
    }

    /// The store makes so many changes durable and says so.
    pub(super) fn store_writes(&mut self, count: usize) {
        let durable = self.store.write(count);
        self.event(Event::Stored(durable));
    }

    /// The daemon is killed and started again: what was durable is recalled, what was not is lost. Clients have to
    /// connect again, and the modem begins anew.
    pub(super) fn kill(&mut self) {
        let records = std::mem::take(&mut self.store.records);
        self.store = Store { slow: self.store.slow, ..Store::default() };
        self.router = Router::new(&self.config);
        self.to_phones.clear();
        self.to_modem.clear();
        for ((kind, key), value) in &records {
            self.event(Event::Recall(Record { kind: *kind, key, value }));
        }
        self.store.records = records;
    }

    /// After [`kill`](Self::kill) the modem begins anew, and the router looks what calls it has.
    pub(super) fn modem_is_back(&mut self) {
        self.modem_comes_up(RadioState::ON);
        let keys: Vec<_> = self.store.records.keys().cloned().collect();
        self.has_no_calls_left(keys.iter().map(|(kind, key)| (*kind, key.as_slice())));
    }

    /// [`kill`](Self::kill), and everybody is there again.
    pub(super) fn restart(&mut self) {
        self.kill();
        self.modem_is_back();
        for phone in 0..self.config.phone.len() {
            self.connects(PhoneId(phone));
        }
    }

    /// A client connects, and has been greeted.
    pub(super) fn connects(&mut self, phone: PhoneId) {
        self.event(Event::PhoneUp(phone));
        for code in [UnsolCode::RIL_CONNECTED, UnsolCode::RESPONSE_RADIO_STATE_CHANGED] {
            let greeting = self.to_phones.iter().position(|(to, heard)| {
                *to == phone && matches!(heard, Heard::Unsolicited { code: heard, .. } if *heard == code)
            });
            greeting.and_then(|place| self.to_phones.remove(place)).expect("a client is greeted");
        }
    }
}
