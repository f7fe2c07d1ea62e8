//! Messages whose acknowledgement the modem is told or has just confirmed: a repetition may still be on its way.
//!
//! Vendor libraries answer on one thread and pass messages on from another, so what the modem said before it was told
//! may arrive after its answer. That wants no acknowledgement: one too many would be taken for that of the next
//! message. A repetition that comes later is the network's, which did not hear the modem; it is acknowledged and not
//! stored. Later still the same bytes are another message: they carry the second in which the service centre got it
//! (3GPP TS 23.040, 9.2.3.11), so that only a sender who repeats himself within a second is taken for the network.
//!
//! The modem confirms before the network has heard it. One that ends, or would not be told, may be given the message
//! again, and there is nothing under way from it.
//!
//! What is in a mailbox is here once it is confirmed. What is in none, for it was taken before or nobody wants it, is
//! here from the moment at which its acknowledgement is owed.

use std::collections::VecDeque;
use std::time::Duration;

use ril_protocol::UnsolCode;

use crate::router::{Now, PhoneId};

/// How long a repetition may be under way.
const UNDER_WAY: Duration = Duration::from_secs(10);
/// How long the network may take to repeat itself (TS 24.011, 10.1: two of its timers).
const REMEMBERED: Duration = Duration::from_secs(60);
/// How many are remembered.
const MOST: usize = 64;

#[derive(Debug)]
struct Acknowledged {
    number: u64,
    code: UnsolCode,
    original: Vec<u8>,
    owner: PhoneId,
    /// When the modem confirmed it, would not be told or ended; none while it is owed, or being told.
    since: Option<Now>,
    /// The modem may have said it again before that.
    may_be_under_way: bool,
}

/// What a message is that was acknowledged before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The modem said it before it knew.
    Late,
    /// The network sent it again; it was this phone's.
    Repeated(PhoneId),
}

/// The latest acknowledged messages, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent {
    messages: VecDeque<Acknowledged>,
    last_number: u64,
}

impl Recent {
    /// The acknowledgement of a message is owed that is in no mailbox; the number by which it is known here.
    pub(super) fn owe(&mut self, now: Now, code: UnsolCode, original: &[u8], owner: PhoneId) -> u64 {
        self.messages.retain(|known| known.code != code || known.original != original);
        self.add(now, code, original.to_vec(), owner, None)
    }

    /// The modem has confirmed the acknowledgement of a message that was in a mailbox.
    pub(super) fn confirm(&mut self, now: Now, code: UnsolCode, original: Vec<u8>, owner: PhoneId) {
        self.add(now, code, original, owner, Some(now));
    }

    /// The modem has answered the acknowledgement of one that was owed. What it did not take, it will say again.
    pub(super) fn answered(&mut self, now: Now, number: u64, is_ok: bool) {
        if let Some(known) = self.messages.iter_mut().find(|known| known.number == number) {
            (known.since, known.may_be_under_way) = (Some(now), is_ok);
        }
    }

    /// Whether this was acknowledged lately.
    pub(super) fn find(&self, now: Now, code: UnsolCode, original: &[u8]) -> Option<Again> {
        let same = |known: &&Acknowledged| known.code == code && known.original == original;
        let known = self.messages.iter().rev().find(same)?;
        match known.since.map(|at| now.saturating_sub(at)) {
            None => Some(Again::Late),
            Some(age) if age < UNDER_WAY && known.may_be_under_way => Some(Again::Late),
            Some(age) if age < REMEMBERED => Some(Again::Repeated(known.owner)),
            Some(_) => None,
        }
    }

    /// A modem that starts anew has nothing under way.
    pub(super) fn modem_down(&mut self, now: Now) {
        for known in &mut self.messages {
            known.since.get_or_insert(now);
            known.may_be_under_way = false;
        }
    }

    fn add(&mut self, now: Now, code: UnsolCode, original: Vec<u8>, owner: PhoneId, since: Option<Now>) -> u64 {
        self.messages.retain(|known| known.since.is_none_or(|at| now < at + REMEMBERED));
        if self.messages.len() >= MOST {
            self.messages.pop_front();
        }
        self.last_number += 1;
        let number = self.last_number;
        self.messages.push_back(Acknowledged { number, code, original, owner, since, may_be_under_way: true });
        number
    }
}
