//! What must survive a restart of the daemon, and how far it has been made durable.
//!
//! The router does not store anything itself: it says what is to be stored, in order, and is told how much of that is
//! safe. The meaning of keys and values is each module's own; they name phones by their names, because places in the
//! configuration change.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Actions, Change, Now, PhoneId, Record, Router};

/// How often a phone may change at once what is stored of it and costs the modem nothing, and after how long once more.
/// Each change is written to the flash, which wears out.
const MOST_CHANGES: u32 = 64;
const ONE_MORE: Duration = Duration::from_secs(10);

/// What a record is about. The numbers are in people's databases and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A received short message.
    Message = 1,
    /// A short message that was sent, for its status report.
    Sent = 2,
    /// Who wrote to whom last.
    Correspondent = 3,
    /// A call and its owner; who called an emergency number last, and whom the network may call back.
    Call = 4,
    /// A data call and its holders.
    DataCall = 5,
    /// What a phone has set for itself; which phone has the screen.
    Setting = 6,
    /// A call that a phone missed while it was off.
    MissedCall = 7,
    /// An emergency number of the SIM.
    EmergencyNumber = 8,
    /// A short message that came by way of the number service; how many lives the daemon has had that sent any.
    ServiceText = 9,
}

impl Kind {
    /// The kind of this number, if it is one.
    pub fn from_number(number: u8) -> Option<Self> {
        [
            Self::Message,
            Self::Sent,
            Self::Correspondent,
            Self::Call,
            Self::DataCall,
            Self::Setting,
            Self::MissedCall,
            Self::EmergencyNumber,
            Self::ServiceText,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == number)
    }
}

/// How many changes there were, and how many of them are durable.
#[derive(Debug, Default)]
pub(super) struct Journal {
    changes: u64,
    durable: u64,
    failing: bool,
    /// For each phone that has changed such things: when it will have all of its changes again.
    changed: BTreeMap<PhoneId, Now>,
}

impl Journal {
    /// Takes one of the changes that a phone may make just now to what costs the modem nothing, such as its settings;
    /// false if there is none, which happens to those that never stop changing them.
    pub(super) fn take_change(&mut self, now: Now, phone: PhoneId) -> bool {
        let all_again = self.changed.get(&phone).copied().unwrap_or_default().max(now) + ONE_MORE;
        let may = all_again <= now + MOST_CHANGES * ONE_MORE;
        if may {
            self.changed.insert(phone, all_again);
        }
        may
    }

    /// Stores a record, in place of one with the same key; the number of the change.
    pub(super) fn put(&mut self, kind: Kind, key: &[u8], value: &[u8], out: &mut Actions) -> u64 {
        out.store(Change::Put(Record { kind, key, value }));
        self.changes += 1;
        self.changes
    }

    /// Removes a record; the number of the change.
    pub(super) fn remove(&mut self, kind: Kind, key: &[u8], out: &mut Actions) -> u64 {
        out.store(Change::Remove { kind, key });
        self.changes += 1;
        self.changes
    }

    /// Whether a change of this number, and all before it, will be there after a crash.
    pub(super) fn is_durable(&self, change: u64) -> bool {
        change <= self.durable
    }

    /// Whether changes cannot be made durable at present.
    pub(super) fn is_failing(&self) -> bool {
        self.failing
    }
}

impl Router {
    /// A record of an earlier life of the daemon.
    pub(super) fn recall(&mut self, record: Record<'_>) {
        let Record { kind, key, value } = record;
        self.calls_may_be_orphans();
        self.settings.may_be_left = true;
        self.ussd.suspect_left_behind();
        match kind {
            Kind::Call => self.recall_call(key, value),
            Kind::MissedCall => self.recall_missed(key, value),
            Kind::EmergencyNumber => self.recall_emergency_number(key),
            Kind::Setting if self.recall_foreground(key, value) => {}
            Kind::Setting if self.recall_clir(key, value) => {}
            Kind::Message | Kind::Sent | Kind::Correspondent | Kind::Setting | Kind::ServiceText => {
                self.recall_sms(record);
            }
            Kind::DataCall => self.recall_data(record),
        }
    }

    /// All changes up to this one are durable.
    pub(super) fn stored(&mut self, changes: u64) {
        self.journal.durable = self.journal.durable.max(changes);
        self.messages.stir();
    }

    pub(super) fn store_failing(&mut self, failing: bool) {
        self.journal.failing = failing;
        self.messages.stir();
    }
}
