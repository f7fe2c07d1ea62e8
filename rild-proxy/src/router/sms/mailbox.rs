//! The received messages of one phone, in the order of reception, and how far each of them is.

use std::collections::BTreeMap;
use std::time::Duration;

use prost::Message as _;
use ril_protocol::UnsolCode;

use super::by_service::Id;
use super::records;
use crate::router::pending::Waiter;
use crate::router::{Now, PhoneId};

/// Most messages of a phone that are kept.
const MOST_MESSAGES: usize = 1000;
/// Most status reports and messages together beyond which no status report is taken any more.
const MOST_WITH_REPORTS: usize = 750;
/// Most bytes of a phone's messages.
const MOST_BYTES: usize = 1024 * 1024;
/// Most messages that are remembered after the phone has taken them, because the network may send them again.
const MOST_TAKEN: usize = 32;
/// How long a message that the phone did not want waits at first, and at most.
const SHORTEST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// How often a message may be handed over and not acknowledged before others go first.
const PATIENT_TRIES: u32 = 3;

/// A received message or status report.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) code: UnsolCode,
    /// As its owner shall see it; empty once it is taken.
    pub(super) payload: Vec<u8>,
    /// As the modem sent it, where that is something else.
    original: Option<Vec<u8>>,
    /// What the modem sent it as, where that is something else.
    pub(super) came_as: Option<UnsolCode>,
    /// Its id, if it came by way of the number service.
    pub(super) text_id: Option<Id>,
    pub(super) received: Now,
    /// How often it was handed over.
    pub(super) tries: u32,
    /// When it may be handed over again.
    not_before: Now,
    /// The phone has it.
    pub(super) taken: bool,
    /// The network will not send it again.
    pub(super) confirmed: bool,
    /// The modem was told that it is taken, and has not answered.
    pub(super) telling: bool,
    /// The record of the SIM that it came in, as long as it is there.
    pub(super) on_sim: Option<i32>,
    pub(super) safety: Safety,
}

/// When a message may be acknowledged to the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Safety {
    /// When this change is durable.
    Stored(u64),
    /// When the phone has acknowledged it, and in the phone's words: the network waits for them.
    PhonesAnswer,
}

impl Message {
    pub(super) fn new(code: UnsolCode, shown: Vec<u8>, original: &[u8], received: Now) -> Self {
        Self {
            code,
            original: (shown != original).then(|| original.to_vec()),
            came_as: None,
            text_id: None,
            payload: shown,
            received,
            tries: 0,
            not_before: Now::ZERO,
            taken: false,
            confirmed: false,
            telling: false,
            on_sim: None,
            safety: Safety::PhonesAnswer,
        }
    }

    /// A message of an earlier life, if there can be such a one.
    pub(super) fn recalled(record: records::Received) -> Self {
        Self {
            code: UnsolCode(record.code),
            payload: record.payload,
            original: record.original,
            came_as: record.came_as.map(UnsolCode),
            text_id: record.text_id.and_then(|id| id.try_into().ok()),
            received: Now::ZERO,
            tries: 0,
            not_before: Now::ZERO,
            taken: record.taken,
            confirmed: record.confirmed,
            telling: false,
            on_sim: record.on_sim,
            safety: Safety::Stored(0),
        }
    }

    /// What the modem sent it as.
    pub(super) fn came_as(&self) -> UnsolCode {
        self.came_as.unwrap_or(self.code)
    }

    /// As the modem sent it.
    pub(super) fn original(&self) -> &[u8] {
        self.original.as_deref().unwrap_or(&self.payload)
    }

    /// What is to be stored of it.
    pub(super) fn record(&self, owner: &str) -> Vec<u8> {
        let record = records::Received {
            owner: owner.to_owned(),
            code: self.code.0,
            payload: self.payload.clone(),
            original: self.original.clone(),
            confirmed: self.confirmed,
            taken: self.taken,
            on_sim: self.on_sim,
            came_as: self.came_as.map(|code| code.0),
            text_id: self.text_id.map(Vec::from),
        };
        record.encode_to_vec()
    }

    fn len(&self) -> usize {
        self.payload.len() + self.original.as_ref().map_or(0, Vec::len)
    }
}

/// A message that the client has acknowledged, which it is told when that will last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaving {
    pub(super) waiter: Waiter,
    pub(super) change: u64,
    /// When it is told anyway.
    pub(super) until: Now,
}

/// All received messages of one phone.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    messages: BTreeMap<u64, Message>,
    bytes: usize,
    /// The message that the client was given and has not acknowledged.
    pub(super) given: Option<u64>,
    pub(super) leaving: Option<Leaving>,
    /// The phone has no room until it says otherwise, is a new client, or this time has come.
    pub(super) full_until: Option<Now>,
    /// One of its messages was refused to the network for lack of room, and the network has not heard of room since.
    pub(super) refused: bool,
    /// That may be so since an earlier life of the daemon.
    pub(super) refused_before: bool,
}

impl Mailbox {
    /// Whether one more message of this kind and length may be kept.
    pub(super) fn has_room(&self, code: UnsolCode, len: usize) -> bool {
        let most = match code {
            UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => MOST_WITH_REPORTS,
            _ => MOST_MESSAGES,
        };
        self.messages.len() < most && self.bytes + len <= MOST_BYTES
    }

    pub(super) fn insert(&mut self, number: u64, message: Message) {
        self.bytes += message.len();
        self.messages.insert(number, message);
    }

    pub(super) fn get(&self, number: u64) -> Option<&Message> {
        self.messages.get(&number)
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Message> {
        self.messages.get_mut(&number)
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Message> {
        let message = self.messages.remove(&number)?;
        self.bytes -= message.len();
        Some(message)
    }

    /// The messages, in the order of reception.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Message)> {
        self.messages.iter().map(|(number, message)| (*number, message))
    }

    /// The message that was received like this and that the network may send again.
    pub(super) fn unconfirmed(&self, code: UnsolCode, original: &[u8]) -> Option<u64> {
        let same =
            |message: &Message| !message.confirmed && message.came_as() == code && message.original() == original;
        self.iter().find(|(_, message)| same(message)).map(|(number, _)| number)
    }

    /// The message that was received like this, whatever has become of it.
    pub(super) fn received_as(&self, code: UnsolCode, original: &[u8]) -> Option<u64> {
        let same = |message: &Message| message.came_as() == code && message.original() == original;
        self.iter().find(|(_, message)| same(message)).map(|(number, _)| number)
    }

    /// The phone has this message. What is kept of it is what the network may send again.
    pub(super) fn take(&mut self, number: u64) {
        let Some(message) = self.messages.get_mut(&number) else { return };
        message.taken = true;
        let (before, payload) = (message.len(), std::mem::take(&mut message.payload));
        message.original.get_or_insert(payload);
        self.bytes -= before - message.len();
    }

    /// The oldest message that is remembered although the phone has it, if there are too many.
    pub(super) fn oldest_taken_beyond_limit(&self) -> Option<u64> {
        let mut taken = self.iter().filter(|(_, message)| message.taken).map(|(number, _)| number);
        let oldest = taken.next()?;
        (taken.count() >= MOST_TAKEN).then_some(oldest)
    }

    /// The client is gone, and what it was given and did not acknowledge is the next one's: not at once where it has
    /// not been acknowledged several times, because it may be what makes clients fail.
    pub(super) fn client_left(&mut self, now: Now) {
        self.full_until = None;
        if let Some(given) = self.given.take()
            && let Some(message) = self.messages.get_mut(&given)
            && message.tries >= PATIENT_TRIES
        {
            message.not_before = now + wait_after(message.tries - PATIENT_TRIES);
        }
    }

    /// The client did not want this message, for other reasons than room.
    pub(super) fn postpone(&mut self, now: Now, number: u64) {
        if let Some(message) = self.messages.get_mut(&number) {
            message.not_before = now + wait_after(message.tries.saturating_sub(1));
        }
    }

    /// The first message that may be handed over now, of those that `may` be at all.
    pub(super) fn next(&self, now: Now, may: impl Fn(u64, &Message) -> bool) -> Option<u64> {
        let waits = |message: &Message| !message.taken && message.not_before <= now;
        self.iter().find(|(number, message)| waits(message) && may(*number, message)).map(|(number, _)| number)
    }

    /// When the next message may be handed over that may not yet.
    pub(super) fn next_time(&self, now: Now) -> Option<Now> {
        let later = self.messages.values().filter(|message| !message.taken && message.not_before > now);
        later.map(|message| message.not_before).min()
    }

    /// Forgets what nobody but the modem has kept, when the modem forgets it.
    pub(super) fn modem_down(&mut self) {
        let gone: Vec<u64> = self.iter().filter(|(_, m)| m.safety == Safety::PhonesAnswer).map(|(n, _)| n).collect();
        for number in gone {
            self.remove(number);
            self.given.take_if(|given| *given == number);
        }
    }
}

/// How long a message waits that was not wanted so often before.
fn wait_after(times: u32) -> Duration {
    SHORTEST_WAIT.saturating_mul(1 << times.min(8)).min(LONGEST_WAIT)
}

/// What a message is owed by the router to the modem: an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) code: UnsolCode,
    pub(super) owner: PhoneId,
    pub(super) what: Owing,
    /// Since when the modem waits for this one and no other of its technology.
    pub(super) since: Option<Now>,
}

/// Which acknowledgement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owing {
    /// That of this message, whichever it comes to be.
    Message(u64),
    /// "Taken": of a message that was taken before, or that nobody wants. `recent` knows it by this number.
    Known(u64),
    /// "No room".
    Refusal,
}

impl Owed {
    /// Whether it goes to a CDMA network. What is said to one network answers nothing of the other's.
    pub(super) fn is_cdma(&self) -> bool {
        self.code == UnsolCode::RESPONSE_CDMA_NEW_SMS
    }

    /// The message, if it is one that is here.
    pub(super) fn number(&self) -> Option<u64> {
        match self.what {
            Owing::Message(number) => Some(number),
            Owing::Known(_) | Owing::Refusal => None,
        }
    }
}
