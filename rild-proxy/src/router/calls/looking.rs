//! The router's own look at the modem's list of calls.
//!
//! The modem's notices do not say which call they are about, and neither does a ring. So the router asks for the list,
//! works out what it means for each phone, and only then lets phones hear of it. Phones that ask for the list get their
//! part of the same answer, but never of one that was requested before they asked.

use ril_protocol::payload::call::Call;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::Voice;
use super::owned::{Assignment, OwnedCall};
use crate::config::Incoming;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Waiter};
use crate::router::phones::Phones;
use crate::router::tags::TagReader;
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// The router's own look at the list of calls, and the phones that wait for it.
#[derive(Debug, Default)]
pub(in crate::router) struct CallQuery {
    pub(in crate::router) in_flight: bool,
    /// Something changed since the question was sent.
    pub(in crate::router) again: bool,
    /// Phones whose question is answered by the answer to come.
    pub(in crate::router) waiting: Vec<Waiter>,
    /// Phones that asked after the question was sent: what they know to have changed may not be in its answer.
    pub(in crate::router) next: Vec<Waiter>,
}

/// Most calls that a modem can have; what claims more is no list of calls (3GPP TS 22.030: seven).
const MOST_CALLS: usize = 32;

/// Most calls of one phone that are dialled and not seen yet; modems can have two.
const MOST_DIALLED: usize = 4;

#[derive(Debug)]
pub(in crate::router) struct Dialled {
    pub(in crate::router) phone: PhoneId,
    pub(in crate::router) address: String,
    pub(in crate::router) seen_as: DialState,
}

/// How far a dialled call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum DialState {
    /// The modem has not answered.
    Asked,
    /// The modem accepted it.
    Accepted,
    /// The list of calls that comes next was asked for later than that; a call that is not in it is over.
    Due,
}

impl Voice {
    /// The client of this phone is gone; how many questions of it are forgotten.
    pub(in crate::router) fn drop_waiters(&mut self, id: PhoneId) -> usize {
        let CallQuery { waiting, next, .. } = &mut self.looking;
        let before = waiting.len() + next.len();
        waiting.retain(|waiter| waiter.phone != id);
        next.retain(|waiter| waiter.phone != id);
        before - waiting.len() - next.len()
    }
}

impl Router {
    /// Looks at the modem's list of calls, or notes that another look is needed after the present one.
    pub(in crate::router) fn look_at_calls(&mut self, now: Now, out: &mut Actions) {
        if self.voice.looking.in_flight {
            self.voice.looking.again = true;
            return;
        }
        self.voice.looking.again = false;
        self.voice.looking.in_flight = self.ask(now, Ask::Calls, &Order::plain(RequestCode::GET_CURRENT_CALLS), out);
        if self.voice.looking.in_flight {
            for dialled in self.voice.dialled.iter_mut().filter(|dialled| dialled.seen_as == DialState::Accepted) {
                dialled.seen_as = DialState::Due;
            }
            std::mem::swap(&mut self.voice.looking.waiting, &mut self.voice.looking.next);
        } else {
            self.fail_waiters(Errno::RADIO_NOT_AVAILABLE, out);
        }
    }

    pub(in crate::router) fn fail_waiters(&mut self, errno: Errno, out: &mut Actions) {
        let waiting = std::mem::take(&mut self.voice.looking.waiting);
        let next = std::mem::take(&mut self.voice.looking.next);
        for waiter in waiting.into_iter().chain(next) {
            self.answer_waiter(waiter, errno, &[], out);
        }
    }

    /// The modem started anew: no call is left. The phones that had some.
    pub(in crate::router) fn calls_gone(&mut self, out: &mut Actions) -> Vec<PhoneId> {
        self.voice.looking.in_flight = false;
        self.fail_waiters(Errno::RADIO_NOT_AVAILABLE, out);
        self.voice.dialled.clear();
        self.voice.ring = None;
        self.voice.calls.clear().phones
    }

    /// The modem's list of calls arrived: whose are they, who must hear of it, and for whom does it ring.
    pub(in crate::router) fn on_calls(&mut self, now: Now, reply: Answer<'_>, out: &mut Actions) {
        self.voice.looking.in_flight = false;
        let list = match reply.errno {
            Errno::SUCCESS if reply.payload.is_empty() => Some(Vec::new()),
            Errno::SUCCESS => {
                parcel::decode::<Vec<Call>>(reply.payload, self.version()).ok().filter(|list| list.len() <= MOST_CALLS)
            }
            Errno::RADIO_NOT_AVAILABLE => Some(Vec::new()),
            _ => None,
        };
        if list.is_none() && reply.errno == Errno::SUCCESS {
            out.note(Note::Undecodable { what: "the list of calls" });
        }
        let waiting = std::mem::take(&mut self.voice.looking.waiting);
        let readable = list.is_some();
        let changed = list.map(|list| self.take_calls_in(now, list, out)).unwrap_or_default();
        if readable {
            self.give_up_dialled(now, out);
        }
        for phone in changed.into_iter().filter(|phone| !waiting.iter().any(|waiter| waiter.phone == *phone)) {
            if self.phones.is_up(phone) {
                out.unsolicited(phone, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
            }
        }
        if let Some(ring) = self.voice.ring.take() {
            self.ring_owners(&ring, out);
        }
        for waiter in waiting {
            // A list that cannot be read, in some vendor's own layout perhaps, is for a phone that is alone with it.
            let as_it_is = if readable { self.voice.calls.is_all_of(waiter.phone) } else { !self.is_shared() };
            let list = match reply.errno {
                Errno::SUCCESS if as_it_is => reply.payload.to_vec(),
                Errno::SUCCESS => parcel::encode(&self.voice.calls.list_for(waiter.phone), self.version()),
                _ => Vec::new(),
            };
            self.answer_waiter(waiter, reply.errno, &list, out);
        }
        if self.voice.looking.again || !self.voice.looking.next.is_empty() {
            self.look_at_calls(now, out);
        }
    }

    /// A phone dials; its call will be known by this.
    pub(in crate::router) fn note_dialled(&mut self, phone: PhoneId, address: String) {
        if self.voice.dialled.iter().filter(|dialled| dialled.phone == phone).count() >= MOST_DIALLED
            && let Some(first) = self.voice.dialled.iter().position(|dialled| dialled.phone == phone)
        {
            self.voice.dialled.remove(first);
        }
        self.voice.dialled.push(Dialled { phone, address, seen_as: DialState::Asked });
    }

    /// Calls that the modem accepted and that are not in its list came to nothing.
    pub(in crate::router) fn give_up_dialled(&mut self, now: Now, out: &mut Actions) {
        while let Some(place) = self.voice.dialled.iter().position(|dialled| dialled.seen_as == DialState::Due) {
            let over = self.voice.dialled.remove(place);
            self.call_ended(now, over.phone, out);
        }
    }

    /// A call of this phone ended; why is found out before another's ends.
    pub(in crate::router) fn call_ended(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.voice.ended_last = Some(id);
        if let Some(phone) = self.phones.get_mut(id) {
            phone.fail_cause = None;
        }
        if self.is_shared() {
            self.ask(now, Ask::FailCause(id), &Order::plain(RequestCode::LAST_CALL_FAIL_CAUSE), out);
        }
    }

    /// Works the list in; the phones whose own list changed.
    pub(in crate::router) fn take_calls_in(&mut self, now: Now, list: Vec<Call>, out: &mut Actions) -> Vec<PhoneId> {
        let Self { voice: Voice { calls, dialled, .. }, phones, tags, .. } = self;
        let mut tagged = Vec::new();
        let mut changes = calls.update(list, |call| {
            let (assignment, by_tag) = assign(call, phones, tags, dialled);
            tagged.push(by_tag);
            assignment
        });
        for (place, tagged) in std::mem::take(&mut changes.appeared).into_iter().zip(tagged) {
            let Some(new) = self.voice.calls.at(place).cloned() else { continue };
            out.note(Note::CallAssigned {
                phone: new.owner,
                modem_index: new.call.index,
                index: new.index,
                incoming: new.call.is_mt,
                tagged,
            });
            let mut hidden = false;
            if new.is_ringing() && new.owner != self.phones.foreground() {
                match self.voice.incoming {
                    Incoming::Ring => {}
                    Incoming::Switch => self.bring_forward(now, new.owner, out),
                    Incoming::Busy => {
                        self.voice.calls.hide(place);
                        hidden = true;
                        out.note(Note::CallRejected { phone: new.owner });
                        self.ask(now, Ask::Order, &Order::plain(RequestCode::UDUB), out);
                    }
                }
            }
            if !hidden {
                changes.touch(new.owner);
            }
        }
        for ended in &changes.ended {
            out.note(Note::CallEnded { phone: ended.owner, modem_index: ended.call.index });
            self.call_ended(now, ended.owner, out);
        }
        changes.phones
    }

    /// Lets a call ring at its owner.
    pub(in crate::router) fn ring_owners(&mut self, ring: &[u8], out: &mut Actions) {
        for phone in self.phones.ids() {
            if self.phones.is_up(phone) && self.voice.calls.owned_by(phone).any(OwnedCall::is_ringing) {
                out.unsolicited(phone, UnsolCode::CALL_RING, ring);
            }
        }
    }
}

/// Who owns a call that nobody owns yet, and whether a tag said so.
fn assign(call: &Call, phones: &Phones, tags: &TagReader, dialled: &mut Vec<Dialled>) -> (Assignment, bool) {
    if call.is_mt {
        return match tags.read_call(call, phones) {
            Some((owner, shown)) => (Assignment { owner, shown: Some(shown) }, true),
            None => (Assignment { owner: phones.default_owner(), shown: None }, false),
        };
    }
    let number = call.number.as_deref().unwrap_or_default();
    let same = |dialled: &Dialled| number == dialled.address;
    let alike = |dialled: &Dialled| is_same_number(number, &dialled.address);
    // A number that is like none of them was changed by the modem; calls come to be in the order of their dialling.
    let place = dialled.iter().position(same).or_else(|| dialled.iter().position(alike));
    let place = place.or(if dialled.is_empty() { None } else { Some(0) });
    let owner = place.map_or_else(|| phones.default_owner(), |place| dialled.remove(place).phone);
    (Assignment { owner, shown: None }, false)
}

/// Whether these may be two ways of writing one number: with and without prefixes, separators and service codes.
fn is_same_number(listed: &str, dialled: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (listed, dialled) = (digits(listed), digits(dialled));
    !listed.is_empty() && !dialled.is_empty() && (listed.ends_with(&dialled) || dialled.ends_with(&listed))
}
