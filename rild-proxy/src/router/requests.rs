//! From phone to modem: what becomes of each request, and of its answer.

use ril_protocol::frame::{Reply, Request};
use ril_protocol::messages::Class;
use ril_protocol::payload::call::{CallState, Dial};
use ril_protocol::payload::sim::SimIo;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::call_rules::{self, Order, Rule};
use super::data::Closing;
use super::emergency::is_emergency;
use super::pending::{Ask, Asker, Pending};
use super::phones::Phone;
use super::switches::Switch;
use super::{Actions, Dialled, Note, Now, PhoneId, Router, Waiter, denial};

/// UPDATE BINARY and UPDATE RECORD (ETSI TS 102 221, 10.1.2).
const SIM_WRITES: [i32; 2] = [0xd6, 0xdc];

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
            RequestCode::SEND_USSD if !self.ussd.take(id) => self.deny(id, request, Errno::GENERIC_FAILURE, out),
            RequestCode::CANCEL_USSD if !self.ussd.is_owner(id) => {
                self.deny(id, request, Errno::GENERIC_FAILURE, out);
            }
            RequestCode::SIM_IO if !privileged && is_sim_write(payload, self) => {
                self.deny(id, request, denial::not_allowed(self.version()), out);
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
        let Some(Pending { asker, code, .. }) = self.pending.take(reply.serial) else {
            return out.note(Note::UnknownReply { serial: reply.serial });
        };
        match asker {
            Asker::Phone { phone, serial, client } => {
                let ok = reply.errno == Errno::SUCCESS;
                let rewritten = self.learn_from_reply(phone, code, reply, ok);
                let payload = rewritten.as_deref().unwrap_or(reply.payload);
                self.answer(phone, serial, client, reply.errno, payload, out);
            }
            Asker::Router(Ask::Calls) => self.on_calls(now, reply, out),
            Asker::Router(Ask::FailCause(phone)) => {
                if reply.errno == Errno::SUCCESS
                    && let Some(phone) = self.phones.get_mut(phone)
                {
                    phone.fail_cause = Some(reply.payload.to_vec());
                }
            }
            Asker::Router(Ask::Order) => {}
        }
    }

    /// What an answer says about ownership; the payload for the phone, where it must not see all of it.
    fn learn_from_reply(&mut self, phone: PhoneId, code: RequestCode, reply: &Reply<'_>, ok: bool) -> Option<Vec<u8>> {
        let version = self.version();
        match code {
            _ if !ok => self.forget_failed(phone, code),
            RequestCode::SEND_SMS | RequestCode::SEND_SMS_EXPECT_MORE | RequestCode::IMS_SEND_SMS => {
                self.messages.sent(phone, reply.payload, version);
            }
            RequestCode::SETUP_DATA_CALL => self.data.opened(phone, reply.payload, version),
            RequestCode::DATA_CALL_LIST => return self.data.list_for(phone, reply.payload, version),
            RequestCode::CANCEL_USSD => self.ussd.end(phone),
            _ => {}
        }
        None
    }

    /// A request came to nothing; what was noted when it was sent is undone.
    pub(super) fn forget_failed(&mut self, phone: PhoneId, code: RequestCode) {
        match code {
            RequestCode::DIAL => {
                if let Some(place) = self.dialled.iter().rposition(|dialled| dialled.phone == phone) {
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
        let Ok(Dial { address: Some(address), .. }) = parcel::decode::<Dial>(request.payload, self.version()) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        let others = |state: CallState| self.calls.others(id).any(|call| call.call.state == state);
        let no_room = others(CallState::HOLDING) && others(CallState::ACTIVE);
        if is_emergency(&address) {
            out.note(Note::Emergency { phone: id });
            if no_room {
                let orders = self.calls.others(id).map(Order::hang_up).collect();
                self.send_orders(now, orders, out);
            }
        } else {
            let may = id == self.phones.foreground() && self.phones.has_telephony(id);
            if !may || no_room {
                return self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            if self.power.wanted(id) == Some(false) {
                return self.deny(id, request, Errno::RADIO_NOT_AVAILABLE, out);
            }
        }
        // Another phone's call is held for the new one, with the command that a phone uses for a call of its own.
        if !no_room && self.calls.others(id).any(|call| call.call.state == CallState::ACTIVE) {
            let order = Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE);
            self.ask(now, Ask::Order, &order, out);
        }
        if self.phones.get(id).is_some_and(Phone::has_room) {
            self.dialled.push(Dialled { phone: id, address });
        }
        self.ended_last = Some(id);
        if let Some(phone) = self.phones.get_mut(id) {
            phone.fail_cause = None;
        }
        self.forward(now, id, request.serial, request.code, request.payload, out);
    }

    fn current_calls(&mut self, now: Now, id: PhoneId, serial: i32, out: &mut Actions) {
        let version = self.version();
        let Some(phone) = self.phones.get_mut(id) else { return };
        if !phone.telephony {
            return out.reply(id, serial, Errno::SUCCESS, &parcel::encode(&Vec::<i32>::new(), version));
        }
        if !phone.has_room() {
            return self.refuse_flood(id, serial, out);
        }
        phone.unanswered += 1;
        let client = phone.client;
        self.looking.next.push(Waiter { phone: id, serial, client });
        self.look_at_calls(now, out);
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
                let Some(last) = orders.pop() else { return };
                self.send_orders(now, orders, out);
                self.forward(now, id, serial, last.code, &last.payload, out);
            }
        }
    }

    /// The modem's radio is on while any connected phone wants it on; each phone sees what it asked for.
    fn radio_power(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = flag(request, self) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        self.power.want(id, on);
        let phones = &self.phones;
        let wanted = self.power.any_on(|phone| phones.is_up(phone));
        if self.power.set_modem(wanted) {
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

    /// Only the phone that was handed the message may acknowledge it.
    fn acknowledge_sms(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let client = self.phones.get(id).map(|phone| phone.client);
        let is_theirs = self.messages.first().is_some_and(|first| first.owner == id && first.given_to == client);
        if !is_theirs {
            return self.deny(id, request, denial::no_such_sms(self.version()), out);
        }
        self.messages.finish(now);
        self.forward(now, id, request.serial, request.code, request.payload, out);
        self.hand_over_message(out);
    }
}

/// The first integer of a request, as a flag.
fn flag(request: &Request<'_>, router: &Router) -> Option<bool> {
    let arguments = parcel::decode::<Vec<i32>>(request.payload, router.version()).ok()?;
    arguments.first().map(|value| *value != 0)
}

fn is_sim_write(payload: &[u8], router: &Router) -> bool {
    // What cannot be read will be refused by the modem side.
    parcel::decode::<SimIo>(payload, router.version()).is_ok_and(|io| SIM_WRITES.contains(&io.command))
}
