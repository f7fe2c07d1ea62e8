//! Call requests of phones, and what their answers say.

use ril_protocol::frame::Request;
use ril_protocol::payload::Text;
use ril_protocol::{Errno, RequestCode, parcel};

use super::dial_string::may_change_shared_setting;
use super::front::brings_to_the_front;
use super::rules::{self, Rule};
use super::unsettled::moves_calls;
use super::{OwnedCall, Voice, cdma};
use crate::router::pending::{Answer, Waiter};
use crate::router::{Actions, Now, PhoneId, Router, denial};

impl Router {
    /// A request of class `Call` or `Foreground`.
    pub(in crate::router) fn call_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if self.end_missed(id, request, out) || self.hold_tone(id, request, out) {
            return;
        }
        match request.code {
            RequestCode::DIAL => match parcel::decode::<Text>(request.payload, self.version()) {
                Ok(Some(address)) => self.dial(now, id, address, request, out),
                _ => self.deny(id, request, Errno::GENERIC_FAILURE, out),
            },
            RequestCode::GET_CURRENT_CALLS => self.current_calls(now, id, request.serial, out),
            RequestCode::LAST_CALL_FAIL_CAUSE => self.last_call_fail_cause(now, id, request, out),
            RequestCode::EXIT_EMERGENCY_CALLBACK_MODE => self.exit_callback_mode(now, id, request, out),
            RequestCode::SET_MUTE => self.set_held_value(now, id, request, out),
            RequestCode::DTMF_STOP
            | RequestCode::DTMF
            | RequestCode::DTMF_START
            | RequestCode::CDMA_BURST_DTMF
            | RequestCode::CDMA_FLASH => self.tone_request(now, id, request, out),
            _ => self.request_by_rule(now, id, request, out),
        }
    }

    /// What the answer to a phone's call request says.
    pub(in crate::router) fn call_answered(
        &mut self,
        now: Now,
        asker: Waiter,
        code: RequestCode,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let phone = asker.phone;
        self.go_on_telling(now, phone, code);
        self.calls_moved(now, phone, code, out);
        if !answer.is_ok() && (code == RequestCode::DIAL || brings_to_the_front(code)) {
            self.look_whether_it_came(now, phone, out);
        }
        match code {
            RequestCode::DIAL => self.dial_answered(now, phone, Some(asker), answer, out),
            RequestCode::SET_MUTE => self.held_value_answered(code, answer),
            RequestCode::CDMA_FLASH => {
                self.voice.cdma.flash_answered(asker, answer.is_ok());
                self.stop_stray_tone(now, out);
                self.bring_held_values(now, out);
            }
            RequestCode::EXIT_EMERGENCY_CALLBACK_MODE if answer.is_ok() => self.callback_mode_left(out),
            _ => {}
        }
    }

    fn current_calls(&mut self, now: Now, id: PhoneId, serial: i32, out: &mut Actions) {
        let version = self.version();
        // A phone without telephony has emergency calls only.
        if !self.phones.has_telephony(id) && !self.has_calls(id) {
            return out.reply(id, serial, Errno::SUCCESS, &parcel::encode(&Vec::<i32>::new(), version));
        }
        if self.knows_of_no_calls(now) {
            let missed = self.missed_shown(now, id, out);
            return out.reply(id, serial, Errno::SUCCESS, &parcel::encode(&Vec::from_iter(missed), version));
        }
        let Some(waiter) = self.wait(id, serial) else { return };
        self.voice.looking.next.push(waiter);
        if !self.voice.looking.in_flight {
            self.look_at_calls(now, out);
        }
    }

    /// A request about tones.
    pub(super) fn tone_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match request.code {
            RequestCode::DTMF_STOP => self.stop_tone(now, id, request, out),
            _ => self.request_of_speaker(now, id, request, out),
        }
    }

    /// A request about the call that is going on, of which the phone must be the owner.
    fn request_of_speaker(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let speaking = self.voice.speaking();
        if self.is_unsure_of_calls() {
            return self.refuse_unsure(now, id, request, out);
        }
        let may = match request.code {
            // It would put that call aside, whosever waits.
            RequestCode::CDMA_FLASH if self.voice.is_emergency_of_another(id) => false,
            RequestCode::CDMA_FLASH => self.voice.cdma.may_flash(now, id, speaking),
            _ => self.voice.is_speaking(id),
        };
        if !may {
            self.deny(id, request, denial::no_such_call(self.version()), out);
            return self.look_who_speaks(now, id, out);
        }
        // A flash may dial a number or a code as DIAL does, and only the router calls the service.
        if request.code == RequestCode::CDMA_FLASH
            && let Ok(Some(number)) = parcel::decode::<Text>(request.payload, self.version())
            && (self.phones.may_reach_service(&number)
                || !self.phones.is_privileged(id) && may_change_shared_setting(&number, true))
        {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        match request.code {
            RequestCode::DTMF_START => self.voice.tone = Some(id),
            RequestCode::CDMA_FLASH => {
                if let Some(asker) = self.waiter(id, request.serial) {
                    self.voice.cdma.flash_asked(now, asker);
                }
            }
            _ => {}
        }
        self.forward(now, id, request, out);
    }

    fn request_by_rule(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        if self.is_impossible_in_cdma(now, id, code) {
            return self.deny(id, request, denial::no_room(self.version()), out);
        }
        if self.is_unsure_of_calls() {
            return self.refuse_unsure(now, id, request, out);
        }
        if self.may_be_about_an_unlisted_call(id, code) {
            return self.deny(id, request, denial::no_room(self.version()), out);
        }
        if code != RequestCode::HANGUP && self.are_calls_moving() {
            return self.wait_for_calls_to_settle(now, id, request, out);
        }
        match rules::rule(&self.voice.calls, id, code, payload, self.version(), self.is_shared()) {
            Rule::Forward => {
                self.stop_telling(id, code);
                self.note_what_ends(id, code, payload);
                self.expect_calls_to_move(now, id, code, code, out);
                self.forward(now, id, request, out);
            }
            Rule::Refuse(errno) => {
                self.deny(id, request, errno, out);
                self.look_what_ended(now, id, out);
            }
            Rule::Instead(mut orders) => {
                if !self.has_room(id, orders.len()) {
                    return self.refuse_flood(id, request, out);
                }
                self.stop_telling(id, code);
                for order in &orders {
                    self.note_what_ends(id, order.code, &order.payload);
                }
                let Some(last) = orders.pop() else { return };
                self.expect_calls_to_move(now, id, code, last.code, out);
                self.send_orders(now, id, &orders, out);
                self.forward(now, id, &Request { code: last.code, serial, payload: &last.payload }, out);
            }
        }
    }

    /// A phone's request goes to the modem, as this or another, and other calls than now may be active, held or waiting
    /// then.
    fn expect_calls_to_move(&mut self, now: Now, id: PhoneId, code: RequestCode, sent: RequestCode, out: &mut Actions) {
        if brings_to_the_front(code) {
            self.expect_at_the_front(now, id, out);
        }
        if moves_calls(sent) && self.is_shared() {
            self.voice.unsettled.moves(id, sent);
        }
    }

    /// Whether this may be about a call that another phone has dialled and the modem has not listed yet: by its index,
    /// if the call is an emergency call, see `ending`, or as one of all calls.
    fn may_be_about_an_unlisted_call(&self, id: PhoneId, code: RequestCode) -> bool {
        let [_, others_dial] = self.voice.unlisted(id, |_| true);
        let names_its_call = matches!(code, RequestCode::HANGUP | RequestCode::UDUB);
        others_dial && !names_its_call || self.voice.is_unlisted_emergency_of_another(id)
    }

    /// Where calls cannot be held by command, two phones' calls cannot be told apart by one either.
    fn is_impossible_in_cdma(&self, now: Now, id: PhoneId, code: RequestCode) -> bool {
        let Voice { cdma: state, calls, .. } = &self.voice;
        if !state.is_on() || !state.is_shared_by_another(now, id, calls) {
            return false;
        }
        let in_front = self.voice.speaking() == Some(id);
        match code {
            RequestCode::HANGUP => !in_front && !calls.owned_by(id).any(OwnedCall::is_ringing),
            RequestCode::ANSWER => self.voice.speaking().is_some(),
            _ => cdma::is_about_all_calls(code),
        }
    }
}
