//! From phone to modem: what becomes of each request, and of its answer.

use ril_protocol::frame::{Reply, Request};
use ril_protocol::messages::Class;
use ril_protocol::payload::Text;
use ril_protocol::payload::call::CallState;
use ril_protocol::payload::sim::SimIo;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::call_rules::{self, Order, Rule};
use super::calls::OwnedCall;
use super::data::Closing;
use super::emergency::is_emergency;
use super::pending::{Ask, Asker, Pending};
use super::session::Taking;
use super::sms;
use super::ss_codes::changes_shared_setting;
use super::switches::Switch;
use super::{Actions, DialState, Dialled, Note, Now, PhoneId, Router, Waiter, denial};

/// READ BINARY, READ RECORD, GET RESPONSE, RETRIEVE DATA and STATUS (ETSI TS 102 221, 10.1.2): what any phone may do.
const SIM_READS: [i32; 5] = [0xb0, 0xb2, 0xc0, 0xcb, 0xf2];

impl Router {
    pub(super) fn on_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(phone) = self.phones.get(id).filter(|phone| phone.up) else { return };
        let &Request { code, serial, payload } = request;
        if code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return; // We ask no phone for acknowledgements, and there is no answer to one.
        }
        if self.modem.is_none() {
            return out.reply(id, serial, Errno::RADIO_NOT_AVAILABLE, &[]);
        }
        // A phone that floods gets no more than its emergency calls and the acknowledgements that the modem waits for.
        if !self.has_room(id, 1) && !is_never_refused(code) {
            return self.refuse_flood(id, serial, code, out);
        }
        // What ril.h does not know may do anything to the modem.
        let class = code.row().map_or(Class::Privileged, |row| row.class);
        let (privileged, telephony, data) = (phone.privileged, phone.telephony, phone.data);

        match code {
            RequestCode::DIAL => self.dial(now, id, request, out),
            RequestCode::GET_CURRENT_CALLS => self.current_calls(now, id, serial, out),
            RequestCode::LAST_CALL_FAIL_CAUSE => self.last_call_fail_cause(now, id, request, out),
            RequestCode::RADIO_POWER => self.radio_power(now, id, request, out),
            RequestCode::SCREEN_STATE => self.screen_state(now, id, request, out),
            RequestCode::SET_SUPP_SVC_NOTIFICATION => {
                self.switch(now, id, request, |router| &mut router.supp_svc, out);
            }
            RequestCode::SET_LOCATION_UPDATES => self.switch(now, id, request, |router| &mut router.location, out),
            RequestCode::SMS_ACKNOWLEDGE
            | RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU
            | RequestCode::CDMA_SMS_ACKNOWLEDGE => self.acknowledge_sms(now, id, request, out),
            RequestCode::DEACTIVATE_DATA_CALL => match self.data.close(id, payload, self.version()) {
                Closing::ForReal => self.forward(now, id, serial, code, payload, out),
                Closing::Nothing => out.reply(id, serial, Errno::SUCCESS, &[]),
            },
            RequestCode::SEND_USSD => self.send_ussd(now, id, request, out),
            RequestCode::CANCEL_USSD if !self.ussd.is_owner(id) => {
                self.deny(id, request, Errno::GENERIC_FAILURE, out);
            }
            RequestCode::SIM_IO if !privileged && !is_sim_read(payload, self) => {
                self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            RequestCode::REPORT_SMS_MEMORY_STATUS => self.sms_memory(now, id, request, out),
            RequestCode::EXIT_EMERGENCY_CALLBACK_MODE if privileged || self.emergency_caller == Some(id) => {
                self.forward(now, id, serial, code, payload, out);
            }
            // The SIM toolkit's listeners are the privileged phones; nobody else can have been asked anything.
            RequestCode::STK_SEND_ENVELOPE_COMMAND
            | RequestCode::STK_SEND_ENVELOPE_WITH_STATUS
            | RequestCode::STK_SEND_TERMINAL_RESPONSE
            | RequestCode::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM
                if !privileged =>
            {
                self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            // These are about the SIM and the modem, not about a data call of the asker's.
            RequestCode::ALLOW_DATA | RequestCode::SET_INITIAL_ATTACH_APN | RequestCode::SET_DATA_PROFILE
                if data && !privileged =>
            {
                self.deny(id, request, Errno::SUCCESS, out);
            }
            _ => match class {
                Class::Call => self.call_request(now, id, request, out),
                Class::Sms if telephony => {
                    self.messages.remember_recipient(id, payload, self.version());
                    self.forward(now, id, serial, code, payload, out);
                }
                Class::Data if data => self.forward(now, id, serial, code, payload, out),
                Class::Sms | Class::Data => self.deny(id, request, denial::not_allowed(self.version()), out),
                Class::Privileged if !privileged => {
                    self.deny(id, request, denial::privileged(code, self.version()), out);
                }
                _ => self.forward(now, id, serial, code, payload, out),
            },
        }
    }

    pub(super) fn on_reply(&mut self, now: Now, reply: &Reply<'_>, out: &mut Actions) {
        let Some(pending) = self.pending.take(reply.serial) else {
            return out.note(Note::UnknownReply { serial: reply.serial });
        };
        self.uncharge(pending.charged_to(), 1);
        let Pending { asker, code, .. } = pending;
        match asker {
            Asker::Phone { phone, serial, client } => {
                let ok = reply.errno == Errno::SUCCESS;
                if code == RequestCode::DIAL && !ok {
                    self.call_ended(now, phone, out);
                }
                let rewritten = self.learn_from_reply(phone, code, reply, ok);
                match &rewritten {
                    None => self.answer(phone, serial, client, reply.errno, reply.payload, out),
                    Some(Ok(payload)) => self.answer(phone, serial, client, reply.errno, payload, out),
                    Some(Err(errno)) => self.answer(phone, serial, client, *errno, &[], out),
                }
            }
            Asker::Router(Ask::Calls) => self.on_calls(now, reply, out),
            Asker::Router(Ask::FailCause(phone)) => {
                if reply.errno == Errno::SUCCESS
                    && let Some(phone) = self.phones.get_mut(phone)
                {
                    phone.fail_cause = Some(reply.payload.to_vec());
                }
            }
            Asker::Router(Ask::Order | Ask::OrderFor(_)) => {}
        }
    }

    /// What an answer says about ownership; what the phone is told, where it must not see all of it.
    fn learn_from_reply(
        &mut self,
        phone: PhoneId,
        code: RequestCode,
        reply: &Reply<'_>,
        ok: bool,
    ) -> Option<Result<Vec<u8>, Errno>> {
        let version = self.version();
        match code {
            _ if !ok => self.forget_failed(phone, code),
            RequestCode::SEND_SMS | RequestCode::SEND_SMS_EXPECT_MORE | RequestCode::IMS_SEND_SMS => {
                self.messages.sent(phone, reply.payload, version);
            }
            RequestCode::SETUP_DATA_CALL => self.data.opened(phone, reply.payload, version),
            RequestCode::DATA_CALL_LIST => {
                return Some(self.data.list_for(phone, reply.payload, version).ok_or(Errno::GENERIC_FAILURE));
            }
            RequestCode::CANCEL_USSD => self.ussd.end(phone),
            RequestCode::DIAL => {
                let asked = |dialled: &&mut Dialled| dialled.phone == phone && dialled.seen_as == DialState::Asked;
                if let Some(dialled) = self.dialled.iter_mut().find(asked) {
                    dialled.seen_as = DialState::Accepted;
                }
            }
            _ => {}
        }
        None
    }

    /// A request came to nothing; what was noted when it was sent is undone.
    pub(super) fn forget_failed(&mut self, phone: PhoneId, code: RequestCode) {
        match code {
            RequestCode::DIAL => {
                let asked = |dialled: &Dialled| dialled.phone == phone && dialled.seen_as == DialState::Asked;
                if let Some(place) = self.dialled.iter().rposition(asked) {
                    self.dialled.remove(place);
                }
            }
            RequestCode::SEND_USSD => self.ussd.end(phone),
            RequestCode::RADIO_POWER => self.power.learn(None),
            _ => {}
        }
    }

    fn deny(&mut self, phone: PhoneId, request: &Request<'_>, errno: Errno, out: &mut Actions) {
        out.note(Note::Denied { phone, code: request.code, errno });
        out.reply(phone, request.serial, errno, &[]);
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
            self.emergency_caller = Some(id);
        } else {
            if id != self.phones.foreground() || !self.phones.has_telephony(id) || room.is_none() {
                return self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            if !self.phones.is_privileged(id) && changes_shared_setting(&address) {
                return self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            if self.power.wanted(id) == Some(false) {
                return self.deny(id, request, Errno::RADIO_NOT_AVAILABLE, out);
            }
        }
        let orders = room.unwrap_or_default();
        if emergency {
            self.make_room(id, orders.len() + 1, out);
        } else if !self.has_room(id, orders.len() + 1) {
            return self.refuse_flood(id, request.serial, request.code, out);
        }
        self.send_orders(now, id, &orders, out);
        self.note_dialled(id, address);
        self.forward(now, id, request.serial, request.code, request.payload, out);
    }

    /// What must happen to the other phones' calls before this phone can call; `None` when it cannot. An emergency call
    /// ends them where holding is not enough.
    fn room_for_a_call(&self, id: PhoneId, emergency: bool) -> Option<Vec<Order>> {
        let is_own = |call: &OwnedCall| call.owner == id && !call.hidden;
        let any = |own: bool, state| self.calls.iter().any(|call| is_own(call) == own && call.call.state == state);
        let [other_active, other_held] = [CallState::ACTIVE, CallState::HOLDING].map(|state| any(false, state));
        let [own_active, own_held] = [CallState::ACTIVE, CallState::HOLDING].map(|state| any(true, state));
        let connected = |call: &OwnedCall| matches!(call.call.state, CallState::ACTIVE | CallState::HOLDING);
        let unconnected = self.calls.others(id).any(|call| !connected(call));
        let no_room = other_active && (other_held || own_held);
        if emergency && (no_room || own_active && other_held || unconnected) {
            return Some(self.calls.others(id).map(Order::hang_up).collect());
        }
        if no_room {
            return None;
        }
        // Another phone's call is held for the new one, with the command that a phone uses for a call of its own; once,
        // for a second time would bring it back.
        let held_already = self.dialled.iter().any(|dialled| dialled.phone == id);
        let hold =
            (other_active && !held_already).then(|| Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE));
        Some(hold.into_iter().collect())
    }

    /// One phone at a time; a session that was left behind is cancelled first.
    fn send_ussd(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.has_room(id, 2) {
            return self.refuse_flood(id, request.serial, request.code, out);
        }
        let text = parcel::decode::<Text>(request.payload, self.version()).ok().flatten();
        if !self.phones.is_privileged(id) && text.is_none_or(|text| changes_shared_setting(&text)) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        match self.ussd.take(now, id) {
            Taking::Busy => return self.deny(id, request, Errno::GENERIC_FAILURE, out),
            Taking::TakenOver => self.send_orders(now, id, &[Order::plain(RequestCode::CANCEL_USSD)], out),
            Taking::Granted => {}
        }
        self.forward(now, id, request.serial, request.code, request.payload, out);
    }

    fn current_calls(&mut self, now: Now, id: PhoneId, serial: i32, out: &mut Actions) {
        let version = self.version();
        let Some(phone) = self.phones.get_mut(id) else { return };
        if !phone.telephony {
            return out.reply(id, serial, Errno::SUCCESS, &parcel::encode(&Vec::<i32>::new(), version));
        }
        phone.unanswered += 1;
        let client = phone.client;
        self.looking.next.push(Waiter { phone: id, serial, client });
        if !self.looking.in_flight {
            self.look_at_calls(now, out);
        }
    }

    fn last_call_fail_cause(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let known = self.phones.get(id).and_then(|phone| phone.fail_cause.as_deref());
        match known {
            Some(cause) => out.reply(id, request.serial, Errno::SUCCESS, cause),
            // The modem's answer is about the call that ended last, whoever's it was.
            None if !self.is_shared() || self.ended_last == Some(id) => {
                self.forward(now, id, request.serial, request.code, request.payload, out);
            }
            None => out.reply(id, request.serial, Errno::GENERIC_FAILURE, &[]),
        }
    }

    fn call_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        match call_rules::rule(&self.calls, id, code, payload, self.version()) {
            Rule::Forward => self.forward(now, id, serial, code, payload, out),
            Rule::Refuse(errno) => self.deny(id, request, errno, out),
            Rule::Instead(mut orders) => {
                if !self.has_room(id, orders.len()) {
                    return self.refuse_flood(id, serial, code, out);
                }
                let Some(last) = orders.pop() else { return };
                self.send_orders(now, id, &orders, out);
                self.forward(now, id, serial, last.code, &last.payload, out);
            }
        }
    }

    /// The modem's radio is on while any connected phone wants it on; each phone sees what it asked for.
    fn radio_power(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = flag(request, self) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        self.power.want(id, on);
        let phones = &self.phones;
        // Who is in a call needs the radio, whether it ever asked for it or not.
        let in_call = self.calls.others(id).next().is_some() || self.dialled.iter().any(|dialled| dialled.phone != id);
        let stays_on = in_call || self.power.any_on(|phone| phones.is_up(phone));
        if (on || !stays_on) && self.power.set_modem(on) {
            return self.forward(now, id, request.serial, request.code, request.payload, out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
        let seen = self.radio_seen_by(id);
        if self.phones.get(id).is_some_and(|phone| phone.shown_radio != Some(seen)) {
            self.show_radio(id, out);
        }
    }

    /// The modem's screen state is that of the foreground phone; each phone's own decides what it is told.
    fn screen_state(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = flag(request, self) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        let was_off = self.screen.wanted(id) == Some(false);
        self.screen.want(id, on);
        if id == self.phones.foreground() {
            self.screen.set_modem(on);
            self.forward(now, id, request.serial, request.code, request.payload, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
        if on
            && was_off
            && let Some(signal) = &self.signal
        {
            out.unsolicited(id, UnsolCode::SIGNAL_STRENGTH, signal);
        }
    }

    /// A notice that the modem gives while any connected phone wants it.
    fn switch(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        which: impl Fn(&mut Self) -> &mut Switch,
        out: &mut Actions,
    ) {
        let Some(on) = flag(request, self) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        let up: Vec<bool> = self.phones.iter().map(|(_, phone)| phone.up).collect();
        let switch = which(self);
        switch.want(id, on);
        let wanted = switch.any_on(|phone| up.get(phone.0) == Some(&true));
        switch.set_modem(wanted);
        if wanted == on {
            self.forward(now, id, request.serial, request.code, request.payload, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
    }

    /// The network is told that there is no room only when no connected phone has any.
    fn sms_memory(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(room) = flag(request, self) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        self.memory.want(id, room);
        let phones = &self.phones;
        if room || self.memory.all_off(|phone| phones.is_up(phone)) {
            self.forward(now, id, request.serial, request.code, request.payload, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
    }

    /// Only the phone that was handed the message may acknowledge it.
    fn acknowledge_sms(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let client = self.phones.get(id).map(|phone| phone.client);
        let is_theirs = self.messages.first().is_some_and(|first| {
            first.owner == id && first.given_to == client && first.is_acknowledged_by(request.code)
        });
        // One that the modem side cannot read would acknowledge nothing, and the modem would wait.
        if !is_theirs || !sms::is_acknowledgement(request.code, request.payload, self.version()) {
            return self.deny(id, request, denial::no_such_sms(self.version()), out);
        }
        self.messages.finish(now);
        self.make_room(id, 1, out);
        self.forward(now, id, request.serial, request.code, request.payload, out);
        self.hand_over_message(out);
    }
}

/// What is taken from a phone however many requests it has unanswered, because more than that phone hangs on it: an
/// emergency call, and the acknowledgement that the modem waits for.
fn is_never_refused(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::DIAL
            | RequestCode::SMS_ACKNOWLEDGE
            | RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU
            | RequestCode::CDMA_SMS_ACKNOWLEDGE
    )
}

/// The first integer of a request, as a flag.
fn flag(request: &Request<'_>, router: &Router) -> Option<bool> {
    let arguments = parcel::decode::<Vec<i32>>(request.payload, router.version()).ok()?;
    arguments.first().map(|value| *value != 0)
}

/// Whether this SIM_IO only reads, and tries no PIN2.
fn is_sim_read(payload: &[u8], router: &Router) -> bool {
    let io = parcel::decode::<SimIo>(payload, router.version());
    io.is_ok_and(|io| SIM_READS.contains(&io.command) && io.pin2.is_none_or(|pin2| pin2.is_empty()))
}
