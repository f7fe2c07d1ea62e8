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
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::Voice;
use super::dialling::{DialState, Dialled};
use super::emergency::EmergencyNumbers;
use super::owned::{Assignment, OwnedCall, Shown};
use crate::config::{Absent, Incoming};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Waiter};
use crate::router::phones::Phones;
use crate::router::{Actions, Note, Now, PhoneId, Router, denial};

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
    /// How often in a row there was no list; what is known of the calls may be old then.
    failures: u8,
    /// When to look again after that.
    retry: Option<Now>,
}

/// What a list is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Nothing was overlooked since the one before.
    Whole,
    /// Calls may have come and gone since.
    AfterAGap,
    /// So they may, and what it does not have may have been dialled since it was asked for.
    Late,
}

/// After how long the router looks again when it got no list, and how often by itself.
const RETRY: Duration = Duration::from_secs(5);
const MOST_RETRIES: u8 = 3;

/// Most calls that a modem can have; what claims more is no list of calls (3GPP TS 22.030: seven).
const MOST_CALLS: usize = 32;

/// How long a call rings for a phone without a client before it is rejected: a client that lost its connection is back
/// by then, a phone that has to start is not.
const ABSENT_GRACE: Duration = Duration::from_secs(10);

impl CallQuery {
    /// When to look again by itself.
    pub(super) fn deadline(&self) -> Option<Now> {
        self.retry
    }

    /// Whether what is known of the calls may be old.
    pub(super) fn is_behind(&self) -> bool {
        self.failures > 0
    }

    /// The modem gave a list, or none.
    fn looked(&mut self, now: Now, readable: bool) {
        self.failures = if readable { 0 } else { self.failures.saturating_add(1) };
        self.retry = (1..=MOST_RETRIES).contains(&self.failures).then(|| now + RETRY);
    }
}

impl Voice {
    /// The client of this phone is gone; how many questions of it are forgotten.
    pub(super) fn drop_waiters(&mut self, id: PhoneId) -> usize {
        let CallQuery { waiting, next, .. } = &mut self.looking;
        let before = waiting.len() + next.len();
        waiting.retain(|waiter| waiter.phone != id);
        next.retain(|waiter| waiter.phone != id);
        before - waiting.len() - next.len() + self.causes.drop_waiters(id) + self.held_tones.drop_waiters(id)
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
        self.voice.looking.retry = None;
        self.voice.looking.in_flight = self.ask(now, Ask::Calls, &Order::plain(RequestCode::GET_CURRENT_CALLS), out);
        if self.voice.looking.in_flight {
            self.voice.no_calls.asked(now);
            self.voice.causes.list_is_asked_for();
            for dialled in self.voice.dialled.iter_mut().filter(|dialled| dialled.seen_as == DialState::Accepted) {
                dialled.seen_as = DialState::Due;
            }
            std::mem::swap(&mut self.voice.looking.waiting, &mut self.voice.looking.next);
        } else {
            self.fail_waiters(Errno::RADIO_NOT_AVAILABLE, out);
            self.cause_is_unknown(out);
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
        (self.voice.looking.failures, self.voice.looking.retry) = (0, None);
        self.voice.no_calls.forget();
        self.fail_waiters(Errno::RADIO_NOT_AVAILABLE, out);
        self.causes_gone(out);
        self.voice.may_be_orphans |= !self.voice.dialled.is_empty();
        for dialled in std::mem::take(&mut self.voice.dialled) {
            self.dialled_over(now, dialled, out);
        }
        self.voice.ring = None;
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
        let checked = self.voice.causes.checked();
        let readable = list.is_some();
        let overlooked = self.voice.looking.is_behind() || self.voice.lasting.any_recalled();
        let look = if overlooked { Look::AfterAGap } else { Look::Whole };
        self.voice.looking.looked(now, readable);
        let changed = list.map(|list| self.take_calls_in(now, list, look, out)).unwrap_or_default();
        if readable {
            if self.voice.orphans_until == Now::MAX {
                self.expect_orphans(now);
            }
            if let Some(checked) = checked {
                self.cause_is_checked(checked, out);
            }
            self.end_unwanted_calls(now, out);
        } else {
            self.cause_is_unknown(out);
            if now < self.voice.orphans_until {
                self.voice.orphans_until = Now::MAX;
            }
        }
        self.emergency_calls_listed(now, readable, out);
        self.voice.no_calls.answered(reply.is_ok() && readable && self.voice.calls.iter().next().is_none());
        if self.knows_of_no_calls(now) {
            waiting.append(&mut self.voice.looking.next);
        }
        let asks_itself = |phone: &PhoneId| waiting.iter().any(|waiter| waiter.phone == *phone);
        self.tell_of_changes(changed.into_iter().filter(|phone| !asks_itself(phone)), out);
        if let Some(ring) = self.voice.ring.take() {
            self.ring_owners(&ring, out);
        }
        for waiter in waiting {
            // A list that cannot be read, in some vendor's own layout perhaps, is for a phone that is alone with it.
            let missed = if readable { self.missed_shown(now, waiter.phone, out) } else { None };
            let as_it_is = if readable { self.voice.calls.is_all_of(waiter.phone) } else { !self.is_shared() };
            let list = match reply.errno {
                Errno::SUCCESS if missed.is_some() => parcel::encode(&Vec::from_iter(missed), self.version()),
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

    /// Works the list in; the phones whose own list changed.
    fn take_calls_in(&mut self, now: Now, list: Vec<Call>, look: Look, out: &mut Actions) -> Vec<PhoneId> {
        let recalled = self.voice.lasting.take_recalled();
        let orphans = self.is_shared() && now < self.voice.orphans_until;
        let owners: Vec<PhoneId> = recalled.iter().map(|call| call.owner).collect();
        self.voice.calls.restore(recalled);
        if now >= self.voice.orphans_until {
            self.voice.late_emergencies.clear();
        }
        let Self { voice, phones, tags, service, .. } = self;
        let Voice { calls, dialled, numbers, emergency_caller, late_emergencies, .. } = voice;
        let mut appeared = Vec::new();
        let mut changes = calls.update(list, |call| {
            let expected = if call.is_mt { service.hints.take(now, call, tags) } else { None };
            let tagged = expected.or_else(|| tags.read_call(call, phones).filter(|_| call.is_mt));
            if let Some(owner) = late_caller(call, dialled, late_emergencies) {
                appeared.push(Appearance::default());
                return Assignment { owner, shown: None, emergency: true, by_service: None };
            }
            let (mut assignment, appearance) = assign(call, tagged, phones, dialled, numbers);
            if appearance.orphaned && assignment.emergency {
                assignment.owner = emergency_caller.unwrap_or(assignment.owner);
            }
            let orphaned = appearance.orphaned && !assignment.emergency && (orphans || appearance.to_service);
            let appearance = Appearance { orphaned, ..appearance };
            appeared.push(appearance);
            assignment
        });
        for owner in owners {
            changes.touch(owner);
        }
        for (place, appearance) in std::mem::take(&mut changes.appeared).into_iter().zip(appeared) {
            if let Some(owner) = self.call_appeared(now, place, appearance, out) {
                changes.touch(owner);
            }
        }
        self.calls_ended(now, &changes.ended, out);
        if look != Look::Late {
            self.give_up_dialled(now, look == Look::AfterAGap, out);
        }
        self.find_causes(now, look != Look::Whole, out);
        if self.voice.calls.iter().next().is_none() {
            self.voice.cdma.no_calls();
        }
        self.stop_stray_tone(now, out);
        self.bring_held_values(now, out);
        self.attend_to_tones(now, out);
        self.store_calls(out);
        changes.phones
    }

    /// A call is in the list that was not; its owner, if that shall see it.
    fn call_appeared(
        &mut self,
        now: Now,
        place: usize,
        Appearance { tagged, unwanted, orphaned, .. }: Appearance,
        out: &mut Actions,
    ) -> Option<PhoneId> {
        let new = self.voice.calls.at(place)?.clone();
        if orphaned {
            // Whoever dialled it may not be the one whose it would be now, and nobody else may see the number.
            if let Some(call) = self.voice.calls.at_mut(place) {
                call.hidden = true;
            }
            self.end_call(now, place, out);
            return None;
        }
        out.note(Note::CallAssigned {
            phone: new.owner,
            modem_index: new.call.index,
            index: new.index,
            incoming: new.call.is_mt,
            tagged,
        });
        if unwanted {
            self.end_call(now, place, out);
        }
        if !new.is_ringing() {
            return Some(new.owner);
        }
        if new.owner != self.phones.foreground() {
            match self.voice.incoming {
                Incoming::Ring => {}
                Incoming::Switch => self.come_forward(now, new.owner, out),
                Incoming::Busy => {
                    self.reject(now, place, out);
                    return None;
                }
            }
        }
        if !self.phones.is_up(new.owner) {
            let rejects = tagged && self.voice.absent == Absent::Busy && self.is_shared();
            if let Some(call) = self.voice.calls.at_mut(place) {
                call.unseen = true;
                call.reject_at = rejects.then(|| now + ABSENT_GRACE);
            }
        }
        Some(new.owner)
    }

    /// Rejects a ringing call by policy: as busy where there is no other, for the command would end others' held calls.
    fn reject(&mut self, now: Now, place: usize, out: &mut Actions) {
        let is_only = self.voice.calls.iter().nth(1).is_none();
        let Some(call) = self.voice.calls.at_mut(place) else { return };
        call.hidden = true;
        call.reject_at = None;
        out.note(Note::CallRejected { phone: call.owner });
        if is_only && !self.voice.looking.is_behind() {
            self.ask(now, Ask::EndCall, &Order::plain(RequestCode::UDUB), out);
        } else {
            self.end_call(now, place, out);
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

    /// A list came that was given up. Where none came after it, it is the newest that there is: a call in it is known,
    /// though one that is not in it may have been dialled since. And the modem is at work again.
    pub(in crate::router) fn calls_listed_late(&mut self, now: Now, reply: Answer<'_>, out: &mut Actions) {
        if !self.voice.looking.is_behind() {
            return;
        }
        if let Some(list) = self.read_list(reply) {
            let changed = self.take_calls_in(now, list, Look::Late, out);
            self.tell_of_changes(changed.into_iter(), out);
        }
        self.look_at_calls(now, out);
    }

    /// Looks again where the modem gave no list.
    pub(in crate::router) fn looking_tick(&mut self, now: Now, out: &mut Actions) {
        if self.voice.looking.retry.is_some_and(|retry| retry <= now) {
            self.look_at_calls(now, out);
        }
    }

    /// Rejects the calls whose phone did not come back in time.
    pub(in crate::router) fn absent_tick(&mut self, now: Now, out: &mut Actions) {
        while let Some(place) = self.voice.calls.to_reject(now) {
            self.reject(now, place, out);
        }
    }

    /// These calls are not in the list any more.
    fn calls_ended(&mut self, now: Now, ended: &[OwnedCall], out: &mut Actions) {
        for call in ended {
            out.note(Note::CallEnded { phone: call.owner, modem_index: call.call.index });
            if call.unseen {
                let seen = self.voice.calls.as_seen(call);
                self.note_missed(call, &seen, out);
            }
            // Where the owner does not know of it, its last call is another. Of one to the service, the modem knows only
            // that it is over.
            let by_service = call.by_service.as_ref().is_some_and(|call| call.cause().is_some());
            let matters = !call.hidden && !call.unseen && !by_service;
            self.voice.causes.note_end((!call.hidden).then_some(call.owner), matters);
            if let Some(by_service) = &call.by_service {
                self.service_call_over(now, call.owner, by_service, call.call.state, out);
            }
            if self.voice.calls.owned_by(call.owner).next().is_none() {
                self.voice.mute.call_over(call.owner);
                self.voice.privacy.call_over(call.owner);
            }
        }
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

/// How a new call came to its owner.
#[derive(Clone, Copy, Debug, Default)]
struct Appearance {
    /// By the tag in the caller's number.
    tagged: bool,
    /// It is to be ended as soon as it is there.
    unwanted: bool,
    /// Nobody is known to have dialled it.
    orphaned: bool,
    /// It is such a one, and goes to the number service.
    to_service: bool,
}

/// Who owns a call that nobody owns yet, and how that came; `tagged` is whom the service says that an incoming one is for.
fn assign(
    call: &Call,
    tagged: Option<(PhoneId, Shown)>,
    phones: &Phones,
    dialled: &mut Vec<Dialled>,
    numbers: &EmergencyNumbers,
) -> (Assignment, Appearance) {
    let plainly = Appearance::default();
    if call.is_mt {
        return match tagged {
            Some((owner, shown)) => {
                let assignment = Assignment { owner, shown: Some(shown), emergency: false, by_service: None };
                (assignment, Appearance { tagged: true, ..plainly })
            }
            None => {
                let owner = phones.default_owner();
                (Assignment { owner, shown: None, emergency: false, by_service: None }, plainly)
            }
        };
    }
    let number = call.number.as_deref().unwrap_or_default();
    // Of two alike, the one that is to be ended as soon as it is listed may never have come to be.
    let first = |such: &dyn Fn(&Dialled) -> bool| {
        let wanted = dialled.iter().position(|dialled| such(dialled) && !dialled.unwanted);
        wanted.or_else(|| dialled.iter().position(such))
    };
    // A number that is like none of them was changed by the modem, which makes no emergency of a call that is none, nor
    // a call to the number service of another, nor the other way round; calls come to be in the order of their dialling.
    let is_emergency = numbers.is_emergency_call(number);
    let to_service = phones.with_access(number).is_some();
    let is_its_kind =
        |dialled: &Dialled| dialled.emergency == is_emergency && dialled.by_service.is_some() == to_service;
    let place = first(&|dialled| number == dialled.address);
    let place = place.or_else(|| first(&|dialled| is_same_number(number, &dialled.address)));
    let place = place.or_else(|| first(&is_its_kind));
    match place.map(|place| dialled.remove(place)) {
        Some(Dialled { phone, emergency, unwanted, by_service, .. }) => {
            let shown = by_service.as_ref().map(|call| Shown::Number(call.number.clone()));
            (Assignment { owner: phone, shown, emergency, by_service }, Appearance { unwanted, ..plainly })
        }
        None => {
            let owner = phones.default_owner();
            let assignment = Assignment { owner, shown: None, emergency: is_emergency, by_service: None };
            // Nobody sees a call to the service who does not know whom it is to reach.
            (assignment, Appearance { orphaned: true, to_service, ..plainly })
        }
    }
}

/// Whose emergency call this is, if it was given up and nobody has dialled the same number since.
fn late_caller(call: &Call, dialled: &[Dialled], late: &mut Vec<(PhoneId, String)>) -> Option<PhoneId> {
    let number = call.number.as_deref().unwrap_or_default();
    let is_expected = dialled.iter().any(|dialled| is_same_number(number, &dialled.address));
    let place = late.iter().position(|(_, address)| is_same_number(number, address));
    let place = place.filter(|_| !call.is_mt && !is_expected)?;
    Some(late.remove(place).0)
}

/// Whether these may be two ways of writing one number: with and without prefixes, separators and service codes.
fn is_same_number(listed: &str, dialled: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (listed, dialled) = (digits(listed), digits(dialled));
    !listed.is_empty() && !dialled.is_empty() && (listed.ends_with(&dialled) || dialled.ends_with(&listed))
}
