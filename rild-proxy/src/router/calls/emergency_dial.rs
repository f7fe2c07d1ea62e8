//! Emergency calls: dialled by any phone, in any state, and never refused.
//!
//! What stands in the way of one is removed: other phones' calls are ended where the modem has no room, the phone's own
//! unanswered requests fail where the table of requests has none, what it overtakes is withdrawn where that would find
//! it (see `overtaken`), the radio is switched on. While the modem side is down or its radio off, the call is kept, one
//! for each phone, the newest, and goes out before anything else once that is possible; the phone has its answer when
//! the modem has given one. So it is kept while the modem has as many calls of that phone as it can have, and has
//! neither answered nor listed one. A modem side that dies before it answers is asked again; but a call that it had
//! listed may go on at a modem that outlives it, and dialling would hold that call. So the list is looked at before,
//! for no more than two seconds from when there is a radio. The one thing that an emergency call does not end is
//! another emergency call.
//!
//! A vendor's own request for such calls may be about a number that the router does not know as one, for the network
//! may have told the phone of it. That is an emergency call, too. But anything that is short may be such a number, so
//! what an unprivileged phone dials so yields to calls to numbers that are known: it makes room for them, and is
//! refused beside them.
//!
//! Reference: 3GPP TS 22.101, 10; ril.h, RIL_REQUEST_DIAL.

use std::time::Duration;

use caller_tag::cause::Cause;
use ril_protocol::frame::Request;
use ril_protocol::payload::call::Dial;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use super::dial_string;
use super::dialling::{Dialled, MOST_DIALLED, StatesOfCalls};
use super::ending::Which;
use super::owned::OwnedCall;
use super::rules::hang_up;
use super::{Calls, Voice};
use crate::router::asking::timeout_of;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending, Waiter};
use crate::router::{Actions, Flow, Note, Now, PhoneId, Router, denial};

/// How long a call waits for the radio before it is tried without.
const WAIT_FOR_RADIO: Duration = Duration::from_secs(30);

/// How long a call that was listed before the modem side died waits for the list of the next one.
const WAIT_FOR_LIST: Duration = Duration::from_secs(2);

/// How long the modem has at least for a call that has waited, for whatever it was.
const LEAST_TIME: Duration = Duration::from_secs(30);

/// Emergency calls that the modem has not answered.
#[derive(Debug, Default)]
pub(in crate::router) struct EmergencyDials {
    dials: Vec<EmergencyDial>,
    /// Numbers them.
    next: u32,
    radio: Radio,
    /// Until when calls that were listed wait for the next list.
    list_until: Option<Now>,
}

#[derive(Debug)]
struct EmergencyDial {
    number: u32,
    waiter: Waiter,
    code: RequestCode,
    payload: Vec<u8>,
    address: String,
    /// It yields to calls to numbers that are known as emergency numbers.
    yields: bool,
    deadline: Now,
    /// It is at the modem.
    sent: bool,
    /// It was in the list of a modem side that has died: the next list is awaited.
    listed: bool,
}

/// The radio, as far as a call waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Radio {
    /// No call waits.
    #[default]
    NotNeeded,
    /// It is to come up by itself, or was not there to be switched on.
    Awaited { until: Now },
    /// The modem was told to switch it on.
    Asked { until: Now },
}

impl EmergencyDials {
    /// Whether there is one of a phone of this kind.
    pub(super) fn any(&self, of: impl Fn(PhoneId) -> bool) -> bool {
        self.dials.iter().any(|dial| of(dial.waiter.phone))
    }

    /// Whether there is one of a phone of this kind that yields to none.
    pub(super) fn any_sure(&self, of: impl Fn(PhoneId) -> bool) -> bool {
        self.dials.iter().any(|dial| !dial.yields && of(dial.waiter.phone))
    }

    /// Those that yield to a call of this phone.
    fn yielding_to(&self, phone: PhoneId) -> impl Iterator<Item = &EmergencyDial> {
        self.dials.iter().filter(move |dial| dial.yields && dial.waiter.phone != phone)
    }

    /// When the next of them is to be given up or tried.
    pub(super) fn deadline(&self) -> Option<Now> {
        let unsent = self.dials.iter().filter(|dial| !dial.sent).map(|dial| dial.deadline);
        let radio = match self.radio {
            Radio::NotNeeded => None,
            Radio::Awaited { until } | Radio::Asked { until } => Some(until),
        };
        unsent.chain(radio).chain(self.list_until).min()
    }

    /// The client of this phone is gone: what it wanted to say to whom answers, nobody would say.
    pub(super) fn client_gone(&mut self, phone: PhoneId) {
        self.dials.retain(|dial| dial.waiter.phone != phone || dial.sent);
    }

    /// The next call that may wait for nothing but the modem.
    fn next(&self, may_go: impl Fn(&EmergencyDial) -> bool) -> Option<usize> {
        self.dials.iter().position(|dial| !dial.sent && !dial.listed && may_go(dial))
    }

    /// Whether the modem has another call of this phone than this one, and has not answered it.
    fn is_at_modem(&self, phone: PhoneId, but: u32) -> bool {
        self.dials.iter().any(|dial| dial.waiter.phone == phone && dial.sent && dial.number != but)
    }

    fn any_unsent(&self) -> bool {
        self.dials.iter().any(|dial| !dial.sent)
    }

    /// Whether a call waits for the next list.
    pub(super) fn awaits_list(&self) -> bool {
        self.dials.iter().any(|dial| dial.listed)
    }

    /// The modem has a radio to list calls with, or none: that is not waited for here.
    fn await_list(&mut self, now: Now, has_radio: bool) {
        let since = self.list_until.unwrap_or(now + WAIT_FOR_LIST);
        self.list_until = (has_radio && self.awaits_list()).then_some(since);
    }

    /// No list is waited for any longer.
    fn dial_without_list(&mut self) {
        self.list_until = None;
        self.dials.iter_mut().for_each(|dial| dial.listed = false);
    }
}

impl Voice {
    /// The vendor has a way of its own to dial emergency numbers.
    pub(in crate::router) fn set_emergency_request(&mut self, request: Option<RequestCode>) {
        self.numbers.request = request;
    }

    /// Whether the modem has as many calls of this phone to make as it can have: one more would be made after them.
    fn has_enough_to_dial(&self, phone: PhoneId) -> bool {
        let is_unlisted = |asker: Waiter| self.dialled.iter().any(|dialled| dialled.is_emergency_of(asker));
        let at_modem = self.emergency_dials.dials.iter().filter(|dial| dial.sent && dial.waiter.phone == phone);
        at_modem.filter(|dial| is_unlisted(dial.waiter)).count() >= MOST_DIALLED
    }
}

/// What must happen to the other phones' calls before an emergency call can be. They are held where that is enough and
/// ended where it is not, but for another emergency call; of those, one that `is_sure` spares only those that yield to
/// none.
pub(super) fn room_for_an_emergency(
    calls: &Calls,
    id: PhoneId,
    [own_dials, others_dial]: [bool; 2],
    is_sure: bool,
    is_cdma: bool,
) -> Vec<Order> {
    let states = StatesOfCalls::of(calls, id);
    let is_protected = |call: &OwnedCall| call.emergency && !(is_sure && call.yields);
    let protected = calls.others(id).any(is_protected);
    let no_room = states.other_active && (states.other_held || states.own_held || states.own_ringing)
        || states.own_active && states.other_held
        || states.other_unconnected
        || states.other_ringing;
    if no_room || others_dial || protected || is_cdma {
        let ended = calls.others(id).filter(|call| !is_protected(call)).map(hang_up);
        // A call that the modem has not listed yet has no index to name it by. The command that ends it ends no
        // emergency call, the phone's own included.
        let foreground = || Order::plain(RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND);
        let spares_none = !protected && !calls.owned_by(id).any(|call| call.emergency);
        let unlisted = (others_dial && spares_none).then(foreground);
        return ended.chain(unlisted).collect();
    }
    let hold = || Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE);
    (states.other_active && !own_dials).then(hold).into_iter().collect()
}

/// The arguments of DIAL as they came, or what they say as far as they can be read: a library is handed nothing else,
/// and a rild answers nothing else.
fn whole_dial(address: &str, payload: Vec<u8>, version: RilVersion) -> Vec<u8> {
    match parcel::decode::<Dial>(&payload, version) {
        Ok(_) => payload,
        Err(_) => parcel::encode(&Dial { address: Some(address.to_owned()), ..Dial::default() }, version),
    }
}

fn is_dialled_emergency(call: &OwnedCall) -> bool {
    call.emergency && !call.call.is_mt
}

impl Router {
    /// A phone dials an emergency number.
    pub(in crate::router) fn emergency_dial(
        &mut self,
        now: Now,
        id: PhoneId,
        address: String,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        // The vendor's own request may be about any number, and only the router calls the service.
        if !self.voice.numbers.is_emergency(&address) && self.phones.may_reach_service(&address) {
            self.call_failed(id, Cause::INVALID_NUMBER, out);
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        }
        let yields = !self.voice.numbers.is_sure(&address, self.phones.is_privileged(id));
        if yields && self.voice.is_sure_emergency(|phone| phone != id) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        out.note(Note::Emergency { phone: id });
        self.voice.numbers.note_dialled(&address);
        self.note_asker(id);
        self.voice.keep_emergency_calls(id);
        // What it dialled before would hold its emergency call, or be joined to it.
        self.give_up_intents(now, Errno::GENERIC_FAILURE, |phone| phone == id, out);
        let Some(waiter) = self.waiter(id, request.serial) else { return };
        // Who calls sees the radio that it calls with, and whoever else is there may not switch that off.
        self.want_power(id, true, out);
        self.withdraw_radio_off(now, id, out);
        self.service.stir();
        if self.modem.is_some() {
            self.show_radio_if_news(id, out);
        }
        self.forget_older_dial(id, out);
        if !yields {
            self.withdraw_what_yields(now, id, out);
        }
        let payload = dial_string::with_number(request.payload, &address, self.version());
        let payload = whole_dial(&address, payload, self.version());
        let dials = &mut self.voice.emergency_dials;
        dials.next = dials.next.wrapping_add(1);
        dials.dials.push(EmergencyDial {
            number: dials.next,
            waiter,
            code: self.dialect.emergency_dial().unwrap_or(request.code),
            payload,
            address,
            yields,
            deadline: now + timeout_of(RequestCode::DIAL),
            sent: false,
            listed: false,
        });
        self.advance_emergency(now, out);
    }

    /// A phone dials an emergency number on another SIM of the modem, which may have one radio for both: whether there
    /// is room for two calls nobody can ask. All calls end but emergency calls; also those that a list on its way
    /// shows, but for what is dialled from now on.
    pub(in crate::router) fn emergency_elsewhere(&mut self, now: Now, out: &mut Actions) {
        self.voice.ends_what_is_found = self.voice.looking.in_flight;
        for id in self.phones.ids() {
            self.drop_calls(now, Flow::Urgent, id, Which::Ordinary, out);
        }
    }

    /// Of the calls that wait the newest wins.
    fn forget_older_dial(&mut self, id: PhoneId, out: &mut Actions) {
        let dials = &mut self.voice.emergency_dials.dials;
        if let Some(place) = dials.iter().position(|dial| dial.waiter.phone == id && !dial.sent) {
            let older = dials.remove(place);
            self.answer(older.waiter, Errno::GENERIC_FAILURE, &[], out);
        }
    }

    /// A phone dials a number that is known as an emergency number: withdraws others' calls that yield to it.
    fn withdraw_what_yields(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        let dials = &mut self.voice.emergency_dials;
        let at_modem: Vec<u32> = dials.yielding_to(id).filter(|dial| dial.sent).map(|dial| dial.number).collect();
        let waiting: Vec<Waiter> = dials.yielding_to(id).filter(|dial| !dial.sent).map(|dial| dial.waiter).collect();
        dials.dials.retain(|dial| dial.sent || !dial.yields || dial.waiter.phone == id);
        for waiter in waiting {
            self.answer(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
        let is_one = |pending: &Pending| match pending.asker {
            Asker::Router(Ask::EmergencyDial { number, .. }) => at_modem.contains(&number),
            _ => false,
        };
        let given_up = self.pending.take_such(now, is_one);
        for pending in &given_up.requests {
            self.expect_late_effects(now, pending, out);
        }
        self.give_up(now, given_up, out);
    }

    /// Emergency calls that wait go out as soon as they can.
    pub(in crate::router) fn advance_emergency(&mut self, now: Now, out: &mut Actions) {
        if !self.voice.emergency_dials.any_unsent() {
            self.voice.emergency_dials.radio = Radio::NotNeeded;
            return;
        }
        if self.modem.is_none() {
            return;
        }
        self.voice.emergency_dials.await_list(now, self.radio != RadioState::UNAVAILABLE);
        let until = match self.voice.emergency_dials.radio {
            Radio::NotNeeded => now + WAIT_FOR_RADIO,
            Radio::Awaited { until } | Radio::Asked { until } => until,
        };
        if self.is_radio_on() {
            return self.send_emergency_dials(now, out);
        }
        if until <= now {
            // It was told, and did not: whoever wants the radio on next has to tell it again.
            self.settings.power.learn(None);
            return self.send_emergency_dials(now, out);
        }
        let asked = matches!(self.voice.emergency_dials.radio, Radio::Asked { .. });
        // One that was told to shut down does not come up by itself.
        if asked || self.radio == RadioState::UNAVAILABLE && !self.settings.shuts_down {
            if !asked {
                self.voice.emergency_dials.radio = Radio::Awaited { until };
            }
            return;
        }
        self.voice.emergency_dials.radio = Radio::Asked { until };
        self.settings.power.set_modem(true);
        let on = Order::about(RequestCode::RADIO_POWER, 1);
        if !self.ask_on(Flow::Urgent, now, Ask::EmergencyRadio, &on, out) {
            self.send_emergency_dials(now, out);
        }
    }

    /// The modem was told to switch the radio on, and answered. If it would not, the call is tried all the same.
    pub(in crate::router) fn on_emergency_radio(&mut self, now: Now, answer: Answer<'_>, out: &mut Actions) {
        if self.modem.is_none() {
            return;
        }
        if !answer.is_ok() {
            // Whoever wants the radio on next has to tell the modem again.
            self.settings.power.learn(None);
        }
        if !matches!(self.voice.emergency_dials.radio, Radio::Asked { .. }) {
            return;
        }
        if !answer.is_ok() {
            return self.send_emergency_dials(now, out);
        }
        self.settings.shuts_down = false;
        self.advance_emergency(now, out);
    }

    /// The radio is on, and not about to be switched off.
    fn is_radio_on(&self) -> bool {
        self.radio.is_on() && self.settings.power.at_modem() != Some(false) && !self.settings.shuts_down
    }

    fn send_emergency_dials(&mut self, now: Now, out: &mut Actions) {
        self.voice.emergency_dials.radio = Radio::NotNeeded;
        if self.radio == RadioState::UNAVAILABLE {
            // No radio has come, and without one there is no list.
            self.voice.emergency_dials.dial_without_list();
        }
        let next = |voice: &Voice| voice.emergency_dials.next(|dial| !voice.has_enough_to_dial(dial.waiter.phone));
        while let Some(place) = next(&self.voice) {
            let Some(dial) = self.voice.emergency_dials.dials.get_mut(place) else { return };
            dial.sent = true;
            let (phone, asker) = (dial.waiter.phone, Some(dial.waiter));
            let dial_number = dial.number;
            let ask = Ask::EmergencyDial { phone, number: dial_number };
            let mut dialled = Dialled::new(phone, asker, dial.address.clone(), true);
            dialled.yields = dial.yields;
            let deadline = dial.deadline.max(now + LEAST_TIME);
            let order = Order { code: dial.code, payload: dial.payload.clone() };
            // One at a time: a phone that dials without end is urgent once, and then waits its turn.
            let is_first = !self.voice.emergency_dials.is_at_modem(phone, dial_number);
            let room = self.orders_before_an_emergency(phone, !dialled.yields);
            // What makes room for it acts on others' calls, and keeps one order with what else does.
            let flow = match is_first {
                true => Flow::Urgent,
                false if room.is_empty() => Flow::Phone(phone),
                false => Flow::Router,
            };
            self.withdraw_what_is_overtaken(now, phone, out);
            self.expect_at_the_front(now, phone, out);
            self.make_room(now, phone, room.len() + 1, out);
            for order in &room {
                self.ask_on(flow, now, Ask::OrderFor(phone), order, out);
            }
            let pending = Pending { asker: Asker::Router(ask), code: order.code, flow, deadline };
            if self.send_until(pending, &order.payload, out) {
                self.note_dialled(now, dialled, out);
                self.store_unlisted_emergencies(out);
            } else {
                let dial = self.voice.emergency_dials.dials.remove(place);
                self.answer(dial.waiter, Errno::GENERIC_FAILURE, &[], out);
            }
        }
    }

    /// What the modem is told before it makes an emergency call of this phone.
    fn orders_before_an_emergency(&self, id: PhoneId, is_sure: bool) -> Vec<Order> {
        let is_spared = |dialled: &Dialled| dialled.emergency && !(is_sure && dialled.yields && dialled.phone != id);
        if self.voice.dialled.iter().any(is_spared) {
            // What stood in its way was ended, and it may have the index of that.
            return Vec::new();
        }
        let [own_dials, others_dial] = self.voice.unlisted(id, |_| true);
        room_for_an_emergency(&self.voice.calls, id, [own_dials, others_dial], is_sure, self.voice.cdma.is_on())
    }

    /// The modem answered an emergency call, or is gone and will be asked again.
    pub(in crate::router) fn on_emergency_dial(
        &mut self,
        now: Now,
        phone: PhoneId,
        number: u32,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let dials = &mut self.voice.emergency_dials.dials;
        let place = dials.iter().position(|dial| dial.number == number);
        if self.modem.is_none() {
            let (calls, dialled) = (&self.voice.calls, &self.voice.dialled);
            if let Some(dial) = place.and_then(|place| dials.get_mut(place)) {
                dial.sent = false;
                let any_unlisted = dialled.iter().any(|dialled| dialled.phone == phone && dialled.emergency);
                dial.listed = !any_unlisted && calls.owned_by(phone).any(is_dialled_emergency);
            }
            return;
        }
        let asker = place.and_then(|place| dials.get(place)).map(|dial| dial.waiter);
        self.dial_answered(now, phone, asker, answer, out);
        if answer.is_ok() {
            self.note_emergency_caller(now, phone, out);
        }
        if !answer.is_ok() {
            self.look_whether_it_came(now, phone, out);
            self.store_unlisted_emergencies(out);
            self.end_unwanted_calls(now, out);
        }
        if let Some(place) = place {
            let dial = self.voice.emergency_dials.dials.remove(place);
            self.answer(dial.waiter, answer.errno, answer.payload, out);
        }
        self.advance_emergency(now, out);
    }

    /// A list of calls has come, or none will: calls that waited for it are in it, or are dialled.
    pub(super) fn emergency_calls_listed(&mut self, now: Now, is_list: bool, out: &mut Actions) {
        if !self.voice.emergency_dials.awaits_list() {
            return self.advance_emergency(now, out);
        }
        let calls = &self.voice.calls;
        let goes_on = |dial: &mut EmergencyDial| {
            dial.listed && is_list && calls.owned_by(dial.waiter.phone).any(is_dialled_emergency)
        };
        for dial in self.voice.emergency_dials.dials.extract_if(.., goes_on).collect::<Vec<_>>() {
            self.answer(dial.waiter, Errno::SUCCESS, &[], out);
        }
        self.voice.emergency_dials.dial_without_list();
        self.advance_emergency(now, out);
    }

    /// The modem did not answer in time. It may make the call all the same, until its list says that it has not.
    pub(super) fn emergency_dial_given_up(&mut self, now: Now, phone: PhoneId, number: u32, out: &mut Actions) {
        let dials = &self.voice.emergency_dials.dials;
        let dial = dials.iter().find(|dial| dial.number == number);
        let asker = dial.map(|dial| dial.waiter);
        if let Some(dial) = dial {
            self.voice.late_emergencies.add(phone, &dial.address);
        }
        self.voice.dial_accepted(phone, asker, true);
        self.look_at_calls(now, out);
    }

    /// The modem side is gone: one call of each phone waits for the next, the newest.
    pub(in crate::router) fn keep_emergency_dials(&mut self, out: &mut Actions) {
        self.voice.emergency_dials.radio = Radio::NotNeeded;
        self.voice.emergency_dials.list_until = None;
        let dials = std::mem::take(&mut self.voice.emergency_dials.dials);
        for dial in dials {
            let id = dial.waiter.phone;
            if self.phones.get(id).is_none_or(|phone| !phone.up || phone.client != dial.waiter.client) {
                continue;
            }
            self.forget_older_dial(id, out);
            self.voice.emergency_dials.dials.push(dial);
        }
    }

    /// Gives up emergency calls that waited too long for the modem, and tries those that waited long enough for the
    /// radio.
    pub(in crate::router) fn emergency_tick(&mut self, now: Now, out: &mut Actions) {
        let dials = &mut self.voice.emergency_dials.dials;
        let overdue: Vec<Waiter> =
            dials.iter().filter(|dial| !dial.sent && dial.deadline <= now).map(|dial| dial.waiter).collect();
        dials.retain(|dial| dial.sent || dial.deadline > now);
        for waiter in overdue {
            self.answer(waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
        }
        if self.voice.emergency_dials.list_until.is_some_and(|until| until <= now) {
            self.voice.emergency_dials.dial_without_list();
        }
        self.advance_emergency(now, out);
    }
}
