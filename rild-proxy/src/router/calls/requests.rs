//! Call requests of phones, and what their answers say.

use ril_protocol::frame::Request;
use ril_protocol::payload::Text;
use ril_protocol::payload::call::CallState;
use ril_protocol::{Errno, RequestCode, parcel};

use super::emergency::is_emergency;
use super::rules::{self, Rule, hang_up};
use super::{DialState, Dialled, OwnedCall};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask};
use crate::router::session::changes_shared_setting;
use crate::router::{Actions, Flow, Note, Now, PhoneId, Router, denial};

impl Router {
    /// A request of class `Call` or `Foreground`.
    pub(in crate::router) fn call_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match request.code {
            RequestCode::DIAL => self.dial(now, id, request, out),
            RequestCode::GET_CURRENT_CALLS => self.current_calls(now, id, request.serial, out),
            RequestCode::LAST_CALL_FAIL_CAUSE => self.last_call_fail_cause(now, id, request, out),
            RequestCode::EXIT_EMERGENCY_CALLBACK_MODE
                if self.phones.is_privileged(id) || self.voice.emergency_caller == Some(id) =>
            {
                self.forward(now, id, request, out);
            }
            _ => self.request_by_rule(now, id, request, out),
        }
    }

    /// What the answer to a phone's call request says.
    pub(in crate::router) fn call_answered(
        &mut self,
        now: Now,
        phone: PhoneId,
        code: RequestCode,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        if code != RequestCode::DIAL {
            return;
        }
        if !answer.is_ok() {
            self.call_ended(now, phone, out);
            return self.forget_dialled(phone);
        }
        let asked = |dialled: &&mut Dialled| dialled.phone == phone && dialled.seen_as == DialState::Asked;
        if let Some(dialled) = self.voice.dialled.iter_mut().find(asked) {
            dialled.seen_as = DialState::Accepted;
        }
    }

    /// The call that this phone dialled last came to nothing.
    pub(in crate::router) fn forget_dialled(&mut self, phone: PhoneId) {
        let asked = |dialled: &Dialled| dialled.phone == phone && dialled.seen_as == DialState::Asked;
        if let Some(place) = self.voice.dialled.iter().rposition(asked) {
            self.voice.dialled.remove(place);
        }
    }

    fn dial(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        // The number comes first; what is wrong behind it is no reason to refuse an emergency call.
        let Ok(Some(address)) = parcel::decode::<Text>(request.payload, self.version()) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        let emergency = is_emergency(&address);
        let room = self.room_for_a_call(id, emergency);
        if emergency {
            out.note(Note::Emergency { phone: id });
            self.voice.emergency_caller = Some(id);
        } else {
            if id != self.phones.foreground() || !self.phones.has_telephony(id) || room.is_none() {
                return self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            if !self.phones.is_privileged(id) && changes_shared_setting(&address) {
                return self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            if self.shared.power.wanted(id) == Some(false) {
                return self.deny(id, request, Errno::RADIO_NOT_AVAILABLE, out);
            }
        }
        let orders = room.unwrap_or_default();
        let flow = match emergency {
            false => Flow::Router,
            // One at a time: a phone that dials without end is urgent once, and then waits its turn.
            true if self.is_dialling_emergency(id) => Flow::Phone(id),
            true => Flow::Urgent,
        };
        if emergency {
            self.make_room(now, id, orders.len() + 1, out);
        } else if !self.has_room(id, orders.len() + 1) || !self.has_room_for(id, request.code) {
            return self.refuse_flood(id, request, out);
        }
        for order in &orders {
            self.ask_on(Some(flow), now, Ask::OrderFor(id), order, out);
        }
        self.note_dialled(id, address);
        self.forward_on(flow, now, id, request, out);
    }

    /// Whether an emergency call of this phone waits for the modem's answer.
    fn is_dialling_emergency(&self, id: PhoneId) -> bool {
        let mut asked = self.voice.dialled.iter().filter(|call| call.phone == id && call.seen_as == DialState::Asked);
        asked.any(|call| is_emergency(&call.address))
    }

    /// What must happen to the other phones' calls before this phone can call; `None` when it cannot. An emergency call
    /// ends them where holding is not enough.
    fn room_for_a_call(&self, id: PhoneId, emergency: bool) -> Option<Vec<Order>> {
        let is_own = |call: &OwnedCall| call.owner == id && !call.hidden;
        let any =
            |own: bool, state| self.voice.calls.iter().any(|call| is_own(call) == own && call.call.state == state);
        let [other_active, other_held] = [CallState::ACTIVE, CallState::HOLDING].map(|state| any(false, state));
        let [own_active, own_held] = [CallState::ACTIVE, CallState::HOLDING].map(|state| any(true, state));
        let connected = |call: &OwnedCall| matches!(call.call.state, CallState::ACTIVE | CallState::HOLDING);
        let unconnected = self.voice.calls.others(id).any(|call| !connected(call));
        let no_room = other_active && (other_held || own_held);
        if emergency && (no_room || own_active && other_held || unconnected) {
            return Some(self.voice.calls.others(id).map(hang_up).collect());
        }
        if no_room {
            return None;
        }
        // Another phone's call is held for the new one, with the command that a phone uses for a call of its own; once,
        // for a second time would bring it back.
        let held_already = self.voice.dialled.iter().any(|dialled| dialled.phone == id);
        let hold =
            (other_active && !held_already).then(|| Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE));
        Some(hold.into_iter().collect())
    }

    fn current_calls(&mut self, now: Now, id: PhoneId, serial: i32, out: &mut Actions) {
        let version = self.version();
        if !self.phones.has_telephony(id) {
            return out.reply(id, serial, Errno::SUCCESS, &parcel::encode(&Vec::<i32>::new(), version));
        }
        let Some(waiter) = self.wait(id, serial) else { return };
        self.voice.looking.next.push(waiter);
        if !self.voice.looking.in_flight {
            self.look_at_calls(now, out);
        }
    }

    fn last_call_fail_cause(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let known = self.phones.get(id).and_then(|phone| phone.fail_cause.as_deref());
        match known {
            Some(cause) => out.reply(id, request.serial, Errno::SUCCESS, cause),
            // The modem's answer is about the call that ended last, whoever's it was.
            None if !self.is_shared() || self.voice.ended_last == Some(id) => {
                self.forward(now, id, request, out);
            }
            None => out.reply(id, request.serial, Errno::GENERIC_FAILURE, &[]),
        }
    }

    fn request_by_rule(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        match rules::rule(&self.voice.calls, id, code, payload, self.version()) {
            Rule::Forward => self.forward(now, id, request, out),
            Rule::Refuse(errno) => self.deny(id, request, errno, out),
            Rule::Instead(mut orders) => {
                if !self.has_room(id, orders.len()) {
                    return self.refuse_flood(id, request, out);
                }
                let Some(last) = orders.pop() else { return };
                self.send_orders(now, id, &orders, out);
                self.forward(now, id, &Request { code: last.code, serial, payload: &last.payload }, out);
            }
        }
    }
}
