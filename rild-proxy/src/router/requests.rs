//! From phone to modem: which part of the router a request goes to, and its answer.

use ril_protocol::frame::Request;
use ril_protocol::messages::Class;
use ril_protocol::{Errno, RequestCode, parcel};

use super::calls::dial_string::Dialling;
use super::pending::{Answer, Ask, Asker, Pending, Told, Waiter};
use super::{Actions, Note, Now, PhoneId, Router, denial};

impl Router {
    pub(super) fn on_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.phones.is_up(id) {
            return;
        }
        let code = request.code;
        if code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return; // We ask no phone for acknowledgements, and there is no answer to one.
        }
        let is_privileged = self.phones.is_privileged(id);
        match self.voice.dialling(request, is_privileged, self.version()) {
            Some(Dialling::Emergency(number)) => return self.emergency_dial(now, id, number, request, out),
            Some(Dialling::Ordinary) => {
                return self.on_request(now, id, &Request { code: RequestCode::DIAL, ..*request }, out);
            }
            Some(Dialling::Nothing) => return self.deny(id, request, denial::invalid_arguments(self.version()), out),
            None => {}
        }
        if let Some(errno) = self.settled_by_dialect(code) {
            return out.reply(id, request.serial, errno, &[]);
        }
        if self.modem.is_none() {
            // What a phone was given before, it may still acknowledge: the message is the router's.
            if is_sms_acknowledgement(code) {
                return self.acknowledge_sms(now, id, request, out);
            }
            if code == RequestCode::REPORT_SMS_MEMORY_STATUS {
                self.owe_room(); // It may not be said again.
            }
            return out.reply(id, request.serial, Errno::RADIO_NOT_AVAILABLE, &[]);
        }
        // A phone that floods gets no more than its emergency calls and the acknowledgements that the modem waits for.
        if !self.has_room_for(id, code) && !is_sms_acknowledgement(code) {
            return self.refuse_flood(id, request, out);
        }
        if !is_privileged && self.is_of_later_ril_h(code) && may_reach_modem(code) {
            return self.deny(id, request, Errno::REQUEST_NOT_SUPPORTED, out);
        }
        if !self.are_texts_allowed(is_privileged, code, request.payload) {
            return self.deny(id, request, denial::invalid_arguments(self.version()), out);
        }
        if self.has_radio_off(id) && self.answers_without_radio(id, request, out) {
            return;
        }
        match self.class_of(code) {
            Class::Emulated => self.set_held_value(now, id, request, out),
            Class::Query | Class::Virtual => self.own_request(now, id, request, out),
            Class::Shared => self.shared_request(now, id, request, out),
            Class::Call | Class::Foreground => self.call_request(now, id, request, out),
            Class::Sms => self.sms_request(now, id, request, out),
            Class::Data => self.data_request(now, id, request, out),
            Class::Session => self.session_request(now, id, request, out),
            Class::Channel => self.channel_request(now, id, request, out),
            Class::Aggregated => self.aggregated_request(now, id, request, out),
            Class::Privileged => self.privileged_request(now, id, request, out),
            Class::Local => self.local_request(now, id, request, out),
        }
    }

    /// A request of class `Local`: the router answers.
    fn local_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match request.code {
            RequestCode::REPORT_STK_SERVICE_IS_RUNNING => self.toolkit_is_running(now, id, request, out),
            code if is_sms_acknowledgement(code) => self.acknowledge_sms(now, id, request, out),
            _ => self.broadcast_request(now, id, request, out),
        }
    }

    /// A request has its answer: the modem's, or that there will be none.
    pub(super) fn conclude(&mut self, now: Now, pending: Pending, answer: Answer<'_>, out: &mut Actions) {
        self.settle(&pending);
        self.forget_what_it_changes(&pending);
        match pending.asker {
            Asker::Phone(waiter) => {
                let told = self.learn(now, waiter, pending.code, answer, out);
                self.answer_as_told(waiter, answer, told, out);
                self.session_settled(waiter.phone, pending.code, out);
            }
            Asker::Router(ask) => match ask {
                Ask::Calls => self.on_calls(now, answer, out),
                Ask::FailCause { id, .. } => self.on_fail_cause(now, id, answer, out),
                Ask::Sms(question) => self.sms_answered(now, question, answer, out),
                Ask::EmergencyNumbers => self.on_ecc(now, answer, out),
                Ask::EmergencyRadio => self.on_emergency_radio(now, answer, out),
                Ask::EmergencyDial { phone, number } => self.on_emergency_dial(now, phone, number, answer, out),
                Ask::Tone(call) => self.on_tone(now, call, answer, out),
                Ask::EndCall(_) => self.on_end_of_call(now, answer, out),
                Ask::HangUp { index, .. } => self.hang_up_answered(index, answer),
                Ask::Order | Ask::OrderFor(_) => self.order_answered(pending.code, answer, out),
                Ask::CancelUssd(_) => self.ussd_cancelled(now, out),
                Ask::OpenData { asker, id } => self.on_data_opened(now, id, asker, answer, out),
                Ask::CloseData { asker, id } => self.on_data_closed(now, id, asker, answer, out),
                Ask::ListData { asker, id } => self.on_data_list(now, id, asker, answer, out),
                Ask::DataFailCause { id, .. } => self.on_data_cause(id, answer, out),
                Ask::Shared(question, _) => self.on_shared(now, question, answer, out),
                Ask::SimChange(waiter, _) => self.answer(waiter, answer.errno, answer.payload, out),
                Ask::Pin(waiter) => self.on_pin(now, waiter, answer, out),
                Ask::OpenChannel(waiter) => self.on_channel_opened(now, waiter, answer, out),
                Ask::CloseChannel { at_modem, waiter } => self.on_channel_closed(now, at_modem, waiter, answer, out),
            },
        }
        if let Some(phone) = pending.charged_to() {
            self.tell_owed_settings(now, phone, out);
        }
    }

    /// A request that was given up has its answer after all: what it opened is not left open.
    pub(super) fn too_late(&mut self, now: Now, pending: Pending, answer: Answer<'_>, out: &mut Actions) {
        match pending.asker {
            Asker::Router(Ask::OpenData { id, .. }) => self.on_data_opened_late(now, id, answer, out),
            Asker::Phone(waiter) if pending.code == RequestCode::START_KEEPALIVE => {
                self.keepalive_started_late(now, waiter.phone, answer, out);
            }
            Asker::Router(Ask::Calls) => self.calls_listed_late(now, pending, answer, out),
            Asker::Router(Ask::OpenChannel(waiter)) => self.on_channel_opened_late(now, waiter.phone, answer, out),
            _ => {}
        }
    }

    /// What the answer to a phone's own request says to the router, and what the phone is told of it.
    fn learn(&mut self, now: Now, asker: Waiter, code: RequestCode, answer: Answer<'_>, out: &mut Actions) -> Told {
        let phone = asker.phone;
        match self.class_of(code) {
            Class::Call if code == RequestCode::LAST_CALL_FAIL_CAUSE => return self.own_cause(phone, answer),
            Class::Call | Class::Foreground => self.call_answered(now, asker, code, answer, out),
            Class::Data => self.data_answered(now, phone, code, answer, out),
            Class::Session => self.session_answered(phone, code, answer),
            Class::Aggregated => self.aggregated_answered(Some(phone), code, answer, out),
            // The others of these that go to the modem acknowledge a message, and say nothing more.
            Class::Local if code == RequestCode::REPORT_STK_SERVICE_IS_RUNNING => self.toolkit_started(answer),
            Class::Local => {}
            Class::Privileged => self.privileged_answered(code, answer),
            Class::Emulated => self.held_value_answered(code, answer),
            Class::Query | Class::Virtual => return self.own_answer(phone, code, answer),
            // The router asks these in its own name, and hears the answers itself.
            Class::Shared | Class::Sms | Class::Channel => {}
        }
        Told::AsItIs
    }

    pub(super) fn deny(&self, phone: PhoneId, request: &Request<'_>, errno: Errno, out: &mut Actions) {
        out.note(Note::Denied { phone, code: request.code, errno });
        out.reply(phone, request.serial, errno, &[]);
    }

    /// The first of the integers that a payload is.
    pub(super) fn first_int(&self, payload: &[u8]) -> Option<i32> {
        parcel::decode::<Vec<i32>>(payload, self.version()).ok()?.first().copied()
    }

    /// The first integer of a request, as a flag.
    pub(super) fn flag(&self, request: &Request<'_>) -> Option<bool> {
        self.first_int(request.payload).map(|value| value != 0)
    }
}

/// The class of a request. What ril.h does not know may do anything to the modem.
pub(super) fn class_of(code: RequestCode) -> Class {
    code.row().map_or(Class::Privileged, |row| row.class)
}

/// Whether a request of a phone without the privilege may go to the modem as it came. What is about the data of the SIM
/// does for the phone alone that the configuration trusts with that.
fn may_reach_modem(code: RequestCode) -> bool {
    let of_the_sim =
        matches!(code, RequestCode::ALLOW_DATA | RequestCode::SET_DATA_PROFILE | RequestCode::SET_INITIAL_ATTACH_APN);
    !of_the_sim && !matches!(class_of(code), Class::Local | Class::Privileged)
}

/// What is taken from a phone however many requests it has unanswered, because more than that phone hangs on it: the
/// acknowledgement that the modem waits for. Emergency calls do not come this way.
fn is_sms_acknowledgement(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::SMS_ACKNOWLEDGE
            | RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU
            | RequestCode::CDMA_SMS_ACKNOWLEDGE
    )
}
