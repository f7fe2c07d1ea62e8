//! The router's own look at the modem's list of calls.
//!
//! The modem's notices do not say which call they are about, and neither does a ring. So the router asks for the list,
//! works out what it means for each phone, and only then lets phones hear of it. Phones that ask for the list get their
//! part of the same answer, but never of one that was requested before they asked.
//!
//! While the modem gives no list, what is known of the calls is old, and other phones' may have taken their indices and
//! places. Until there is a list, phones that share the modem are refused what acts on a call, and policy waits.

use std::time::Duration;

use ril_protocol::frame::Request;
use ril_protocol::payload::call::Call;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::Voice;
use super::appearing::Look;
use super::dialling::DialState;
use super::owned::OwnedCall;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending, Waiter};
use crate::router::{Actions, Note, Now, PhoneId, Router, denial};

/// The router's own look at the list of calls, and the phones that wait for it.
#[derive(Debug, Default)]
pub(in crate::router) struct CallQuery {
    pub(in crate::router) in_flight: bool,
    /// The question was sent while the modem had no radio.
    without_radio: bool,
    /// Something changed since the question was sent.
    pub(in crate::router) again: bool,
    /// Phones whose question is answered by the answer to come.
    pub(in crate::router) waiting: Vec<Waiter>,
    /// Phones that asked after the question was sent: what they know to have changed may not be in its answer.
    pub(in crate::router) next: Vec<Waiter>,
    /// How often in a row there was no list; what is known of the calls may be old then.
    failures: u8,
    /// When to look again after that.
    retry: Option<Now>,
    /// No list has come since the modem side came, and calls of before may be in it.
    first: bool,
}

/// After how long the router looks again when it got no list, and how often by itself.
const RETRY: Duration = Duration::from_secs(5);
const MOST_RETRIES: u8 = 3;

/// Most calls that a modem can have; what claims more is no list of calls (3GPP TS 22.030: seven).
const MOST_CALLS: usize = 32;

impl CallQuery {
    /// When to look again by itself.
    pub(super) fn deadline(&self) -> Option<Now> {
        self.retry
    }

    /// Whether what is known of the calls may be old.
    pub(super) fn is_behind(&self) -> bool {
        self.failures > 0
    }

    /// Whether a list is awaited that tells which calls of before the modem still has.
    pub(super) fn awaits_first(&self) -> bool {
        self.first
    }

    /// Something waits for the next list.
    pub(super) fn look_later(&mut self, now: Now) {
        self.retry.get_or_insert(now + RETRY);
    }

    /// The modem gave a list, or none.
    fn looked(&mut self, now: Now, readable: bool) {
        self.failures = if readable { 0 } else { self.failures.saturating_add(1) };
        self.retry = (1..=MOST_RETRIES).contains(&self.failures).then(|| now + RETRY);
        self.first &= self.retry.is_some();
    }
}

impl Voice {
    /// The client of this phone is gone; how many questions of it are forgotten.
    pub(super) fn drop_waiters(&mut self, id: PhoneId) -> usize {
        let CallQuery { waiting, next, .. } = &mut self.looking;
        let before = waiting.len() + next.len();
        waiting.retain(|waiter| waiter.phone != id);
        next.retain(|waiter| waiter.phone != id);
        before - waiting.len() - next.len()
            + self.causes.drop_waiters(id)
            + self.held_tones.drop_waiters(id)
            + self.unsettled.drop_waiters(id)
    }
}

impl Router {
    /// The modem is there, perhaps with calls of before: until a list tells which, they count as calls.
    pub(super) fn look_at_calls_of_before(&mut self, now: Now, out: &mut Actions) {
        self.voice.looking.first = true;
        self.look_at_calls(now, out);
    }

    /// Looks at the modem's list of calls, or notes that another look is needed after the present one.
    pub(in crate::router) fn look_at_calls(&mut self, now: Now, out: &mut Actions) {
        if self.voice.looking.in_flight {
            self.voice.looking.again = true;
            return;
        }
        self.voice.looking.again = false;
        self.voice.looking.retry = None;
        self.voice.looking.in_flight = self.ask(now, Ask::Calls, &Order::plain(RequestCode::GET_CURRENT_CALLS), out);
        self.voice.looking.without_radio = self.radio == RadioState::UNAVAILABLE;
        if self.voice.looking.in_flight {
            self.voice.no_calls.asked(now);
            self.voice.causes.list_is_asked_for();
            self.voice.calls.list_is_asked_for();
            self.voice.front.list_is_asked_for();
            self.voice.unsettled.list_is_asked_for();
            for dialled in self.voice.dialled.iter_mut().filter(|dialled| dialled.seen_as == DialState::Accepted) {
                dialled.seen_as = DialState::Due;
            }
            std::mem::swap(&mut self.voice.looking.waiting, &mut self.voice.looking.next);
        } else {
            self.fail_waiters(Errno::RADIO_NOT_AVAILABLE, out);
            self.cause_is_unknown(out);
            // What the modem said is not forgotten for want of room to ask.
            self.voice.looking.retry = self.modem.is_some().then(|| now + RETRY);
        }
    }

    pub(in crate::router) fn fail_waiters(&mut self, errno: Errno, out: &mut Actions) {
        let waiting = std::mem::take(&mut self.voice.looking.waiting);
        let next = std::mem::take(&mut self.voice.looking.next);
        for waiter in waiting.into_iter().chain(next) {
            self.answer_waiter(waiter, errno, &[], out);
        }
    }

    /// The modem side is gone. The phones that had calls; whose each was is kept, in case the next one still has it.
    pub(in crate::router) fn calls_gone(&mut self, now: Now, out: &mut Actions) -> Vec<PhoneId> {
        self.voice.looking.in_flight = false;
        (self.voice.looking.failures, self.voice.looking.retry, self.voice.looking.first) = (0, None, false);
        self.voice.no_calls.forget();
        self.fail_waiters(Errno::RADIO_NOT_AVAILABLE, out);
        self.causes_gone(out);
        self.voice.may_be_orphans |= !self.voice.dialled.is_empty();
        for dialled in std::mem::take(&mut self.voice.dialled) {
            // It may be at a modem that outlives the modem side.
            if dialled.emergency {
                self.voice.late_emergencies.add(dialled.phone, &dialled.address);
            }
            self.dialled_over(now, dialled, out);
        }
        self.voice.ring = None;
        self.set_calls_aside(now, out)
    }

    /// No call is known any more. The phones that had calls; whose each was is kept, in case the modem lists it again.
    fn set_calls_aside(&mut self, now: Now, out: &mut Actions) -> Vec<PhoneId> {
        let gone = self.voice.calls.take();
        for call in &gone {
            if let Some(by_service) = &call.by_service {
                self.service_call_over(now, call.owner, by_service, call.call.state, out);
            }
        }
        let mut phones: Vec<PhoneId> = gone.iter().map(|call| call.owner).collect();
        phones.sort_unstable();
        phones.dedup();
        self.voice.lasting.set_aside(gone);
        phones
    }

    /// The modem's list of calls arrived: whose are they, who must hear of it, and for whom does it ring.
    pub(in crate::router) fn on_calls(&mut self, now: Now, reply: Answer<'_>, out: &mut Actions) {
        self.voice.looking.in_flight = false;
        if self.modem.is_none() {
            return; // Nothing is known of its calls; whoever waits is told by `calls_gone`.
        }
        let list = self.read_list(reply);
        if list.is_none() && reply.errno == Errno::SUCCESS {
            out.note(Note::Undecodable { what: "the list of calls" });
        }
        let mut waiting = std::mem::take(&mut self.voice.looking.waiting);
        let readable = list.is_some();
        let says_nothing = self.says_nothing_of_calls(reply);
        let changed = match list {
            Some(_) if says_nothing => self.calls_are_out_of_sight(now, out),
            Some(list) => self.list_came(now, list, Look::Whole, out),
            None => {
                self.no_list_came(now, out);
                Vec::new()
            }
        };
        if says_nothing {
            self.advance_emergency(now, out);
        } else {
            self.emergency_calls_listed(now, readable, out);
        }
        self.voice.no_calls.answered(reply.is_ok() && readable && self.voice.calls.iter().next().is_none());
        if self.knows_of_no_calls(now) {
            waiting.append(&mut self.voice.looking.next);
        }
        let asks_itself = |phone: &PhoneId| waiting.iter().any(|waiter| waiter.phone == *phone);
        self.tell_of_changes(changed.into_iter().filter(|phone| !asks_itself(phone)), out);
        // A list that was asked for before it rang may not have that call.
        let is_in_it = self.voice.calls.iter().any(OwnedCall::is_ringing) || !self.voice.looking.again;
        if let Some(ring) = self.voice.ring.take_if(|_| is_in_it) {
            self.ring_owners(&ring, out);
        }
        for waiter in waiting {
            self.answer_with_calls(now, waiter, reply, readable, out);
        }
        self.take_up_held_requests(now, out);
        if self.voice.looking.again || !self.voice.looking.next.is_empty() {
            self.look_at_calls(now, out);
        }
    }

    /// Whether this answer is that there is no radio, of a modem that has none or had none when it was asked. Many
    /// libraries say so when they start, and have their radio a moment later, with calls that go on.
    fn says_nothing_of_calls(&self, reply: Answer<'_>) -> bool {
        let without_radio = self.voice.looking.without_radio || self.radio == RadioState::UNAVAILABLE;
        without_radio && reply.errno == Errno::RADIO_NOT_AVAILABLE
    }

    /// The modem has no radio to list calls with: no phone sees any, and whose they are is kept until it has. The
    /// phones whose own list changed.
    fn calls_are_out_of_sight(&mut self, now: Now, out: &mut Actions) -> Vec<PhoneId> {
        let phones = self.set_calls_aside(now, out);
        // It may have come while the answer was on its way.
        self.voice.looking.again |= self.radio != RadioState::UNAVAILABLE;
        self.list_came(now, Vec::new(), Look::OutOfSight, out);
        phones
    }

    /// The modem has its radio again: calls that were out of sight are there, or over.
    pub(in crate::router) fn look_for_calls_out_of_sight(&mut self, now: Now, out: &mut Actions) {
        if self.voice.lasting.any_recalled() && !self.voice.looking.in_flight {
            self.look_at_calls_of_before(now, out);
        }
    }

    /// The modem gave a list; the phones whose own list changed.
    fn list_came(&mut self, now: Now, list: Vec<Call>, look: Look, out: &mut Actions) -> Vec<PhoneId> {
        let checked = self.voice.causes.checked();
        let overlooked = self.voice.looking.is_behind() || self.voice.lasting.any_recalled();
        let look = if overlooked && look == Look::Whole { Look::AfterAGap } else { look };
        self.voice.looking.looked(now, true);
        self.forget_lists(|_| true, out);
        self.voice.calls.list_came();
        self.voice.front.list_came();
        self.voice.unsettled.list_came();
        let changed = self.take_calls_in(now, list, look, out);
        if self.voice.orphans_until == Now::MAX {
            self.expect_orphans(now);
        }
        if let Some(checked) = checked {
            self.cause_is_checked(checked, out);
        }
        self.end_unwanted_calls(now, out);
        changed
    }

    /// The modem gave no list, or none that can be read.
    fn no_list_came(&mut self, now: Now, out: &mut Actions) {
        self.voice.looking.looked(now, false);
        self.cause_is_unknown(out);
        if now < self.voice.orphans_until {
            self.voice.orphans_until = Now::MAX;
        }
    }

    /// Gives a phone that asked its part of the answer.
    fn answer_with_calls(&mut self, now: Now, waiter: Waiter, reply: Answer<'_>, readable: bool, out: &mut Actions) {
        // A list that cannot be read, in some vendor's own layout perhaps, is for a phone that is alone with it; and
        // only such a phone sees the modem's order.
        let missed = if readable { self.missed_shown(now, waiter.phone, out) } else { None };
        let as_it_is = !self.is_shared() && (!readable || self.voice.calls.is_all_of(waiter.phone));
        let list = match reply.errno {
            Errno::SUCCESS if missed.is_some() => parcel::encode(&Vec::from_iter(missed), self.version()),
            Errno::SUCCESS if as_it_is => reply.payload.to_vec(),
            Errno::SUCCESS => parcel::encode(&self.voice.calls.list_for(waiter.phone), self.version()),
            _ => Vec::new(),
        };
        self.answer_waiter(waiter, reply.errno, &list, out);
    }

    /// What an answer says of the calls, if it does.
    fn read_list(&self, reply: Answer<'_>) -> Option<Vec<Call>> {
        match reply.errno {
            Errno::SUCCESS if reply.payload.is_empty() => Some(Vec::new()),
            Errno::SUCCESS => {
                parcel::decode::<Vec<Call>>(reply.payload, self.version()).ok().filter(|list| list.len() <= MOST_CALLS)
            }
            Errno::RADIO_NOT_AVAILABLE => Some(Vec::new()),
            _ => None,
        }
    }

    fn tell_of_changes(&self, changed: impl Iterator<Item = PhoneId>, out: &mut Actions) {
        for phone in changed.filter(|phone| self.phones.is_up(*phone)) {
            out.unsolicited(phone, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
        }
    }

    /// Whether what is known of the calls may be old while others than one phone may have some: what acts on a call may
    /// then act on another's. Whoever is refused for that has the router look.
    pub(super) fn is_unsure_of_calls(&self) -> bool {
        self.is_shared() && self.voice.looking.is_behind()
    }

    /// Refuses what may act on another phone's call, and finds out.
    pub(super) fn refuse_unsure(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        self.deny(id, request, denial::no_room(self.version()), out);
        if !self.voice.looking.in_flight {
            self.look_at_calls(now, out);
        }
    }

    /// A list came that was given up. Where none came that was asked for after it, it is the newest that there is: a
    /// call in it is known, though one that is not in it may have been dialled since. And the modem is at work again.
    pub(in crate::router) fn calls_listed_late(
        &mut self,
        now: Now,
        asked: Pending,
        reply: Answer<'_>,
        out: &mut Actions,
    ) {
        if let Some(list) = self.read_list(reply) {
            self.forget_lists(|other| other.deadline < asked.deadline, out);
            let changed = self.take_calls_in(now, list, Look::Late, out);
            self.tell_of_changes(changed.into_iter(), out);
        }
        self.look_at_calls(now, out);
    }

    /// A list is known, and such as were given up and asked for before it are old if they come.
    fn forget_lists(&mut self, which: impl Fn(&Pending) -> bool, out: &mut Actions) {
        let is_list = |pending: &Pending| matches!(pending.asker, Asker::Router(Ask::Calls));
        out.give_up_all(&self.pending.forget_abandoned(|pending| is_list(pending) && which(pending)));
    }

    /// Looks again where the modem gave no list.
    pub(in crate::router) fn looking_tick(&mut self, now: Now, out: &mut Actions) {
        if self.voice.looking.retry.is_some_and(|retry| retry <= now) {
            self.look_at_calls(now, out);
        }
    }

    /// Lets a call ring at its owner.
    pub(in crate::router) fn ring_owners(&mut self, ring: &[u8], out: &mut Actions) {
        for phone in self.phones.ids() {
            let mut own = self.voice.calls.owned_by(phone);
            if self.phones.is_up(phone) && own.any(|call| call.is_ringing() && !call.unseen) {
                out.unsolicited(phone, UnsolCode::CALL_RING, ring);
            }
        }
    }
}
