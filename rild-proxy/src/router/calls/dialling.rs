//! Ordinary outgoing calls: who may dial, and calls that were dialled and are not in the modem's list yet.
//!
//! The foreground phone dials, while its radio is on and nobody is in an emergency. Another phone's active call is held
//! for it where the modem has room; nothing of another phone's is ended. Emergency calls have their own rules, see
//! `emergency_dial`.
//!
//! Reference: ril.h, RIL_REQUEST_DIAL; 3GPP TS 22.030, 6.5.5 for what a modem has room for.

use ril_protocol::frame::Request;
use ril_protocol::payload::call::CallState;
use ril_protocol::{Errno, RequestCode};

use caller_tag::cause::Cause;

use super::by_service::{ByService, Route};
use super::dial_string::may_change_shared_setting;
use super::rules::{is_active, is_held, is_unconnected};
use super::{Calls, OwnedCall, Voice};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending, Waiter};
use crate::router::{Actions, Now, PhoneId, Router, denial};

/// Most calls of one phone that are dialled and not seen yet, ordinary ones and emergency calls; modems can have two.
pub(super) const MOST_DIALLED: usize = 4;

#[derive(Debug)]
pub(in crate::router) struct Dialled {
    pub(in crate::router) phone: PhoneId,
    /// Who asked for it.
    asker: Option<Waiter>,
    pub(in crate::router) address: String,
    pub(in crate::router) seen_as: DialState,
    /// The modem has not answered in time: it may be making the call, or never have tried.
    given_up: bool,
    pub(in crate::router) emergency: bool,
    /// It is an emergency call to a number that is not known as one, and yields to calls to numbers that are.
    pub(super) yields: bool,
    /// It goes by way of the number service.
    pub(super) by_service: Option<ByService>,
    /// It is to be ended as soon as the modem lists it: its phone went off the network, or lost the screen.
    pub(super) unwanted: bool,
}

impl Dialled {
    pub(super) fn new(phone: PhoneId, asker: Option<Waiter>, address: String, emergency: bool) -> Self {
        let seen_as = DialState::Asked;
        Self {
            phone,
            asker,
            address,
            seen_as,
            given_up: false,
            emergency,
            yields: false,
            by_service: None,
            unwanted: false,
        }
    }

    /// Whether it is an emergency call of this client.
    pub(super) fn is_emergency_of(&self, asker: Waiter) -> bool {
        self.emergency && self.asker == Some(asker)
    }
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
    /// Whether another phone is in an emergency call, or on its way into one.
    pub(in crate::router) fn is_emergency_of_another(&self, id: PhoneId) -> bool {
        self.is_emergency(|phone| phone != id)
    }

    /// Whether one of these phones is in an emergency call, or on its way into one.
    pub(super) fn is_emergency(&self, of: impl Fn(PhoneId) -> bool) -> bool {
        self.calls.iter().any(|call| call.emergency && of(call.owner))
            || self.dialled.iter().any(|dialled| dialled.emergency && of(dialled.phone))
            || self.recalled().any(|call| call.emergency && of(call.owner))
            || self.looking.awaits_first() && self.late_emergencies.any(&of)
            || self.emergency_dials.any(of)
    }

    /// Whether one of these phones is in a call to a number that is known as an emergency number, or on its way into
    /// one, or in one that its phone is trusted with.
    pub(super) fn is_sure_emergency(&self, of: impl Fn(PhoneId) -> bool) -> bool {
        self.calls.iter().any(|call| call.emergency && !call.yields && of(call.owner))
            || self.dialled.iter().any(|dialled| dialled.emergency && !dialled.yields && of(dialled.phone))
            || self.recalled().any(|call| call.emergency && !call.yields && of(call.owner))
            || self.emergency_dials.any_sure(of)
    }

    /// Whether this phone, and whether another, has such a call that was dialled and is not in the modem's list yet.
    pub(super) fn unlisted(&self, id: PhoneId, such: impl Fn(&Dialled) -> bool) -> [bool; 2] {
        [true, false].map(|own| self.dialled.iter().any(|dialled| (dialled.phone == id) == own && such(dialled)))
    }

    /// The call that this asker, or this phone in an emergency, waits for the modem to make.
    fn asked_to_dial(&self, phone: PhoneId, asker: Option<Waiter>) -> Option<usize> {
        let is_it = |dialled: &Dialled| if asker.is_some() { dialled.asker == asker } else { dialled.emergency };
        let asked = |dialled: &Dialled| dialled.phone == phone && dialled.seen_as == DialState::Asked && is_it(dialled);
        self.dialled.iter().position(asked)
    }

    /// The modem makes this call, or may do so, if it was given up.
    pub(super) fn dial_accepted(&mut self, phone: PhoneId, asker: Option<Waiter>, given_up: bool) {
        if let Some(dialled) = self.asked_to_dial(phone, asker).and_then(|place| self.dialled.get_mut(place)) {
            dialled.seen_as = DialState::Accepted;
            dialled.given_up = given_up;
        }
    }

    /// Whether a phone other than this has a call, or is about to have one.
    pub(in crate::router) fn is_in_use_by_another(&self, id: PhoneId) -> bool {
        self.calls.others(id).next().is_some()
            || self.dialled.iter().any(|dialled| dialled.phone != id)
            || self.emergency_dials.any(|phone| phone != id)
            || self.intents.any(|phone| phone != id)
            || self.recalled().any(|call| call.owner != id)
            || self.looking.awaits_first() && self.late_emergencies.any(|phone| phone != id)
    }

    /// Whether there are calls, or may be when the modem has listed them.
    pub(in crate::router) fn may_be_in_use(&self) -> bool {
        self.lasting.any_recalled()
            || self.calls.iter().next().is_some()
            || !self.dialled.is_empty()
            || self.emergency_dials.any(|_| true)
    }
}

/// What must happen to the other phones' calls before this phone can call; `None` when it cannot. A modem has room for
/// one active and one held group of calls, and a call that is not connected cannot be held.
pub(super) fn room_for_a_call(calls: &Calls, id: PhoneId, own_dials: bool, others_dial: bool) -> Option<Vec<Order>> {
    let states = StatesOfCalls::of(calls, id);
    let ringing = calls.iter().any(OwnedCall::is_ringing);
    let no_room = states.other_unconnected
        || others_dial
        || states.other_active && (states.own_held || states.other_held || ringing)
        || states.own_active && states.other_held;
    // Another phone's call is held for the new one, with the command that a phone uses for a call of its own; once,
    // for a second time would bring it back.
    let hold = states.other_active && !own_dials;
    let switch = || Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE);
    (!no_room).then(|| hold.then(switch).into_iter().collect())
}

/// Which states the calls of a phone and those of the others are in.
#[derive(Clone, Copy, Debug)]
pub(super) struct StatesOfCalls {
    pub(super) own_active: bool,
    pub(super) own_held: bool,
    pub(super) own_ringing: bool,
    pub(super) other_active: bool,
    pub(super) other_held: bool,
    pub(super) other_ringing: bool,
    pub(super) other_unconnected: bool,
}

impl StatesOfCalls {
    pub(super) fn of(calls: &Calls, id: PhoneId) -> Self {
        let own = |state: fn(CallState) -> bool| calls.owned_by(id).any(|call| state(call.call.state));
        let other = |state: fn(CallState) -> bool| calls.others(id).any(|call| state(call.call.state));
        Self {
            own_active: own(is_active),
            own_held: own(is_held),
            own_ringing: own(CallState::is_ringing),
            other_active: other(is_active),
            other_held: other(is_held),
            other_ringing: other(CallState::is_ringing),
            other_unconnected: other(is_unconnected),
        }
    }
}

impl Router {
    /// A DIAL that is no emergency call.
    pub(super) fn dial(&mut self, now: Now, id: PhoneId, address: String, request: &Request<'_>, out: &mut Actions) {
        let is_anothers = id != self.phones.foreground()
            || !self.phones.is_privileged(id) && may_change_shared_setting(&address, self.voice.cdma.is_on());
        let not_allowed = is_anothers.then(|| denial::not_allowed(self.version()));
        if let Some(errno) = not_allowed.or_else(|| self.may_not_call(id)) {
            return self.deny(id, request, errno, out);
        }
        match self.route(id, &address, request) {
            Route::Direct => {
                let payload = self.with_clir(id, request.payload);
                let request = Request { payload: &payload, ..*request };
                if self.clear_the_way(now, id, &request, out) {
                    let asker = self.waiter(id, request.serial);
                    self.note_dialled(now, Dialled::new(id, asker, address, false), out);
                    self.forward(now, id, &request, out);
                }
            }
            Route::Service(target, number) => self.dial_by_service(now, id, target, number, request, out),
            Route::Nowhere => {
                self.call_failed(id, Cause::INVALID_NUMBER, out);
                self.deny(id, request, Errno::GENERIC_FAILURE, out);
            }
        }
    }

    /// What keeps this phone from having a call now, apart from other calls.
    pub(super) fn may_not_call(&self, id: PhoneId) -> Option<Errno> {
        if !self.phones.has_telephony(id) || self.voice.is_emergency_of_another(id) || self.is_held_off(id) {
            return Some(denial::not_allowed(self.version()));
        }
        (self.settings.power.wanted(id) == Some(false)).then_some(Errno::RADIO_NOT_AVAILABLE)
    }

    /// Makes room for one more call of this phone, or answers that there is none.
    pub(super) fn clear_the_way(&mut self, now: Now, id: PhoneId, dial: &Request<'_>, out: &mut Actions) -> bool {
        let Some(orders) = self.orders_before_a_call(id) else {
            self.deny(id, dial, denial::no_room(self.version()), out);
            // What was dialled last may have made no call, as a code for the phone itself does, and nothing says so.
            let is_doubtful = |dialled: &Dialled| dialled.seen_as == DialState::Accepted;
            if !self.voice.looking.in_flight && self.voice.dialled.iter().any(is_doubtful) {
                self.look_at_calls(now, out);
            }
            return false;
        };
        let others_may_have_calls = self.voice.recalled().any(|call| call.owner != id);
        if others_may_have_calls || !orders.is_empty() && (self.is_unsure_of_calls() || self.are_calls_moving()) {
            self.refuse_unsure(now, id, dial, out);
            return false;
        }
        if !self.has_room(id, orders.len() + 1) {
            self.refuse_flood(id, dial, out);
            return false;
        }
        self.expect_at_the_front(now, id, out);
        if self.is_shared() {
            self.voice.unsettled.moves(id, RequestCode::DIAL);
        }
        self.send_orders(now, id, &orders, out);
        true
    }

    /// What the modem is told before this phone can call; `None` when it cannot.
    fn orders_before_a_call(&self, id: PhoneId) -> Option<Vec<Order>> {
        let [own_dials, others_dial] = self.voice.unlisted(id, |_| true);
        if self.voice.cdma.is_on() {
            // Nothing can be held for a new call.
            let free = self.voice.calls.others(id).all(OwnedCall::is_ringing) && !others_dial;
            return free.then(Vec::new);
        }
        room_for_a_call(&self.voice.calls, id, own_dials, others_dial)
    }

    /// A phone dials; its call will be known by this.
    pub(super) fn note_dialled(&mut self, now: Now, new: Dialled, out: &mut Actions) {
        let is_like = |dialled: &Dialled| (dialled.phone, dialled.emergency) == (new.phone, new.emergency);
        if self.voice.dialled.iter().filter(|dialled| is_like(dialled)).count() >= MOST_DIALLED
            && let Some(first) = self.voice.dialled.iter().position(is_like)
        {
            let first = self.voice.dialled.remove(first);
            self.dialled_over(now, first, out);
        }
        self.voice.dialled.push(new);
    }

    /// The modem's answer to a dialled call of this phone; of an emergency call, if it is not known who asked.
    pub(super) fn dial_answered(
        &mut self,
        now: Now,
        phone: PhoneId,
        asker: Option<Waiter>,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        if answer.is_ok() {
            return self.voice.dial_accepted(phone, asker, false);
        }
        // The modem may outlive the modem side, and make the call.
        self.voice.may_be_orphans |= self.modem.is_none();
        self.dial_refused(phone, out);
        if let Some(place) = self.voice.asked_to_dial(phone, asker) {
            let refused = self.voice.dialled.remove(place);
            self.dialled_over(now, refused, out);
        }
    }

    /// A request is given up: if it is a call, the modem may make that long after.
    pub(in crate::router) fn expect_a_late_call(&mut self, now: Now, pending: &Pending, out: &mut Actions) {
        match pending.asker {
            Asker::Router(Ask::EmergencyDial { phone, number }) => {
                self.expect_orphans(now);
                self.emergency_dial_given_up(now, phone, number, out);
            }
            _ if pending.code == RequestCode::DIAL => self.expect_orphans(now),
            _ => {}
        }
    }

    /// A dialled call does not come to be.
    pub(super) fn dialled_over(&mut self, now: Now, dialled: Dialled, out: &mut Actions) {
        if let Some(by_service) = dialled.by_service {
            self.service_call_over(now, dialled.phone, &by_service, CallState::DIALING, out);
        }
        if !self.has_calls(dialled.phone) {
            self.voice.mute.call_over(dialled.phone);
        }
    }

    /// Calls that the modem accepted and that are not in its list came to nothing. Why, the modem knows only of one
    /// that it made, and if no other was overlooked since.
    pub(super) fn give_up_dialled(&mut self, now: Now, overlooked: bool, out: &mut Actions) {
        while let Some(place) = self.voice.dialled.iter().position(|dialled| dialled.seen_as == DialState::Due) {
            let over = self.voice.dialled.remove(place);
            // The service knows why, if it has said so.
            let by_service = over.by_service.as_ref().is_some_and(|call| call.cause().is_some());
            let is_doubtful = over.given_up || overlooked;
            if is_doubtful {
                self.dial_refused(over.phone, out);
            }
            self.voice.causes.note_end(Some(over.phone), !is_doubtful && !by_service);
            self.dialled_over(now, over, out);
        }
    }
}
