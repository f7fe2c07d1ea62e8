//! The USSD session: a modem has one, and it belongs to the phone that opened it.
//!
//! Some networks speak before the modem has answered the request that made them speak. Clients take that for an event
//! of no session, so it is held until the answer.
//!
//! A string that the modem does not answer in time has failed for its phone, but the network may answer it yet, and may
//! wait in the session that it opened. So that session is the phone's as before.
//!
//! A phone that opens a session and then leaves, or whose session the network forgot, does not keep the others from
//! theirs: such a session can be taken over. Its answers are never shown to anybody else.
//!
//! A modem side that was out of reach, and one that an earlier daemon used, may be in a session that a phone here
//! began. It is cancelled as soon as the modem side is there: whoever sends a string next would speak in it.

use std::time::Duration;

use ril_protocol::payload::{Strings, Text};
use ril_protocol::{RilVersion, UnsolCode, parcel};

use crate::router::pending::Waiter;
use crate::router::{Now, PhoneId};

/// First string of ON_USSD: the network says something that needs no answer (ril.h; 3GPP TS 27.007, 7.15 `+CUSD`).
const NOTICE: &str = "0";
/// First string of ON_USSD when the network waits for an answer.
const FURTHER_ACTION: &str = "1";
/// How long after its beginning, or the network's last question, nobody else may have the session.
const PATIENCE: Duration = Duration::from_secs(180);
/// What is held for a phone of a network that says more than this before an answer is the last of it.
const MOST_EARLY: usize = 4;

/// Who has the session.
#[derive(Debug, Default)]
pub(in crate::router) struct UssdSession {
    owner: Option<PhoneId>,
    /// From then on another phone may take it.
    until: Now,
    /// Whose the last session was.
    before: Option<PhoneId>,
    /// For each string that the modem has not answered yet, whose it is: also those of owners before.
    unanswered: Vec<PhoneId>,
    /// Strings of the owner to which the network has said nothing yet.
    awaited: usize,
    /// The network's last word in the session was a question.
    is_asked: bool,
    /// Strings that the owner has sent since it last asked for the end of its session.
    since_cancel: usize,
    /// Orders to cancel a session that the modem has not answered: what is heard until then was said in that session.
    cancelling: usize,
    /// Strings of the owner that wait for that.
    waiting: Vec<Waiting>,
    /// What the network said before that answer, for after it.
    early: Vec<Heard>,
    /// The modem side may be in a session from before it was there.
    left_behind: bool,
}

/// A string that is sent when the session before it is over.
#[derive(Debug)]
pub(in crate::router) struct Waiting {
    pub(in crate::router) waiter: Waiter,
    pub(in crate::router) payload: Vec<u8>,
}

/// Most strings of a phone that the modem has not answered: while it deals with one, other phones' calls may wait.
const MOST_UNANSWERED: usize = 2;

/// Something that the network said in a session.
#[derive(Debug)]
pub(in crate::router) struct Heard {
    pub(in crate::router) listener: PhoneId,
    pub(in crate::router) code: UnsolCode,
    pub(in crate::router) payload: Vec<u8>,
}

/// What becomes of a phone's wish to send a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Taking {
    /// It has the session.
    Granted,
    /// It has the session once another phone's, which is stale, is cancelled.
    TakenOver,
    /// Another phone is in a session.
    Busy,
}

impl UssdSession {
    /// A phone wants to send a string.
    pub(in crate::router) fn take(&mut self, now: Now, phone: PhoneId) -> Taking {
        let taking = match self.owner {
            Some(owner) if owner == phone => return Taking::Granted,
            Some(_) if now < self.until => return Taking::Busy,
            Some(_) => Taking::TakenOver,
            None => Taking::Granted,
        };
        self.before = self.owner.replace(phone).or(self.before);
        (self.awaited, self.is_asked) = (0, false);
        self.until = now + PATIENCE;
        taking
    }

    /// The modem is asked to cancel the session of another, or of a phone that is off the network.
    pub(in crate::router) fn begin_cancelling(&mut self) {
        self.cancelling += 1;
    }

    /// The modem has answered such an order; the strings that waited for that.
    pub(in crate::router) fn end_cancelling(&mut self) -> Vec<Waiting> {
        self.cancelling = self.cancelling.saturating_sub(1);
        if self.cancelling == 0 { std::mem::take(&mut self.waiting) } else { Vec::new() }
    }

    /// Whether a session is being cancelled.
    pub(in crate::router) fn is_cancelling(&self) -> bool {
        self.cancelling > 0
    }

    /// Whether this phone has said as much as it may before it hears something.
    pub(in crate::router) fn has_said_enough(&self, phone: PhoneId) -> bool {
        let waiting = self.waiting.iter().filter(|waiting| waiting.waiter.phone == phone).count();
        self.unanswered.iter().filter(|sender| **sender == phone).count() + waiting >= MOST_UNANSWERED
    }

    /// A string of the owner waits for that.
    pub(in crate::router) fn wait(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    /// A string of the owner is on its way to the modem.
    pub(in crate::router) fn sent(&mut self) {
        self.unanswered.extend(self.owner);
        self.awaited += 1;
        self.since_cancel += 1;
    }

    /// The modem has answered a string of this phone; what is to be said now that its sender knows.
    pub(in crate::router) fn settled(&mut self, phone: PhoneId) -> Vec<Heard> {
        if let Some(place) = self.unanswered.iter().position(|sender| *sender == phone) {
            self.unanswered.swap_remove(place);
        }
        if self.unanswered.contains(&phone) {
            return Vec::new();
        }
        self.early.extract_if(.., |heard| heard.listener == phone).collect()
    }

    /// Holds what the network said, if the one whom it concerns still waits for an answer; gives it back if not.
    pub(in crate::router) fn hold(&mut self, heard: Heard) -> Option<Heard> {
        if !self.unanswered.contains(&heard.listener) || self.is_cancelling() {
            return Some(heard);
        }
        let is_its = |earlier: &Heard| earlier.listener == heard.listener;
        if self.early.iter().filter(|earlier| is_its(earlier)).count() == MOST_EARLY
            && let Some(first) = self.early.iter().position(is_its)
        {
            self.early.remove(first);
        }
        self.early.push(heard);
        None
    }

    /// Whether this phone has the session.
    pub(in crate::router) fn is_owner(&self, phone: PhoneId) -> bool {
        self.owner == Some(phone)
    }

    /// The network said something; its listener, if there is one. The session goes on only if the network waits for an
    /// answer, and then a session that the network opened belongs to that listener; or if the owner still waits for
    /// one.
    pub(in crate::router) fn heard(
        &mut self,
        now: Now,
        payload: &[u8],
        by_default: Option<PhoneId>,
        version: RilVersion,
    ) -> Option<PhoneId> {
        if self.is_cancelling() {
            return self.before;
        }
        let kind = kind_of(payload, version);
        let kind = kind.as_deref();
        let opens = kind.is_none_or(|kind| kind == NOTICE || kind == FURTHER_ACTION);
        // The end of a session that is over here already is nobody else's business.
        let listener = self.owner.or(if opens { by_default } else { self.before });
        self.before = listener;
        self.awaited = self.awaited.saturating_sub(1);
        self.is_asked = kind == Some(FURTHER_ACTION);
        self.owner = listener.filter(|_| self.is_asked || self.awaited > 0);
        self.until = now + PATIENCE;
        listener
    }

    /// The network answered a supplementary service code; whoever sent it. Who is in a session and waits for nothing
    /// has sent none.
    pub(in crate::router) fn answered(&mut self) -> Option<PhoneId> {
        let listener = self.owner.filter(|_| self.awaited > 0)?;
        self.before = Some(listener);
        self.awaited -= 1;
        self.owner.take_if(|_| self.awaited == 0);
        Some(listener)
    }

    /// Who has the session.
    pub(in crate::router) fn owner(&self) -> Option<PhoneId> {
        self.owner
    }

    /// The owner asks for the end of its session.
    pub(in crate::router) fn owner_cancels(&mut self) {
        self.since_cancel = 0;
    }

    /// The modem has ended the session of this phone, which may have begun the next.
    pub(in crate::router) fn owner_cancelled(&mut self, phone: PhoneId) {
        if self.is_owner(phone) {
            self.awaited = self.awaited.min(self.since_cancel);
            self.is_asked = false;
        }
        self.end_if_idle(phone);
    }

    /// A string of this phone is about to be taken for refused, because the modem has not answered it in time: the
    /// network may say something to it yet.
    pub(in crate::router) fn given_up(&mut self, phone: PhoneId) {
        if self.is_owner(phone) {
            self.awaited += 1;
        }
    }

    /// The network would not have a string of this phone. If it waits for an answer, it does so still.
    pub(in crate::router) fn refused(&mut self, phone: PhoneId) {
        if self.is_owner(phone) {
            self.awaited = self.awaited.saturating_sub(1);
        }
        self.end_if_idle(phone);
    }

    fn end_if_idle(&mut self, phone: PhoneId) {
        if self.awaited == 0 && !self.is_asked {
            self.end(phone);
        }
    }

    /// The session is over, if this phone has it.
    pub(in crate::router) fn end(&mut self, phone: PhoneId) {
        if self.owner.take_if(|owner| *owner == phone).is_some() {
            self.before = Some(phone);
            (self.awaited, self.is_asked) = (0, false);
        }
    }

    /// The client of this phone is gone. What the network still says is for its next client, but who wants the session
    /// can have it. How many strings of it are not sent.
    pub(in crate::router) fn leave(&mut self, phone: PhoneId) -> usize {
        if self.is_owner(phone) {
            self.until = Now::ZERO;
        }
        self.waiting.extract_if(.., |waiting| waiting.waiter.phone == phone).count()
    }

    /// The modem side is gone, or started anew.
    pub(in crate::router) fn forget(&mut self) {
        let before = self.owner.or(self.before);
        *self = Self { before, left_behind: self.left_behind || before.is_some(), ..Self::default() };
    }

    /// There was a daemon before this one.
    pub(in crate::router) fn suspect_left_behind(&mut self) {
        self.left_behind = true;
    }

    /// The modem side is there. Whether it may be in a session that nobody can go on with.
    pub(in crate::router) fn take_left_behind(&mut self) -> bool {
        std::mem::take(&mut self.left_behind)
    }
}

/// Whether the network waits for an answer to this.
pub(in crate::router) fn wants_answer(payload: &[u8], version: RilVersion) -> bool {
    kind_of(payload, version).as_deref() == Some(FURTHER_ACTION)
}

/// The first string of ON_USSD.
fn kind_of(payload: &[u8], version: RilVersion) -> Text {
    parcel::decode::<Strings>(payload, version).unwrap_or_default().into_iter().next().flatten()
}
