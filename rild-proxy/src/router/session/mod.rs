//! Sessions of which a modem has one: USSD and supplementary services, and the SIM toolkit.
//!
//! * `ussd`: who has the USSD session.
//! * `ss_codes`: settings in the shape of dialled strings.
//! * `toolkit`: whom the SIM speaks to; `terminal_response`: what it is told when nobody is there.

mod ss_codes;
mod terminal_response;
mod toolkit;
mod ussd;

use ril_protocol::frame::Request;
use ril_protocol::payload::Text;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::order::Order;
use super::pending::{Answer, Ask, Pending};
use super::{Actions, Now, PhoneId, Router, denial};

pub(super) use ss_codes::{changes_shared_setting, is_carriers_code};
pub(super) use toolkit::Toolkit;
pub(super) use ussd::UssdSession;
use ussd::{Heard, Taking, Waiting};

impl Router {
    /// A request of class `Session`.
    pub(super) fn session_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match request.code {
            RequestCode::SEND_USSD => self.send_ussd(now, id, request, out),
            RequestCode::CANCEL_USSD if !self.ussd.is_owner(id) => {
                self.deny(id, request, Errno::GENERIC_FAILURE, out);
            }
            RequestCode::CANCEL_USSD => {
                self.ussd.owner_cancels();
                self.forward(now, id, request, out);
            }
            _ => self.toolkit_request(now, id, request, out),
        }
    }

    /// What the answer to a phone's request of this class says.
    pub(super) fn session_answered(&mut self, phone: PhoneId, code: RequestCode, answer: Answer<'_>) {
        match code {
            RequestCode::SEND_USSD if !answer.is_ok() => self.ussd.refused(phone),
            RequestCode::CANCEL_USSD if answer.is_ok() => self.ussd.owner_cancelled(phone),
            _ => {}
        }
    }

    /// The phone has its answer; now it may hear what the network said before.
    pub(super) fn session_settled(&mut self, phone: PhoneId, code: RequestCode, out: &mut Actions) {
        if code == RequestCode::SEND_USSD {
            for Heard { listener, code, payload } in self.ussd.settled(phone) {
                self.tell(listener, code, &payload, out);
            }
        }
    }

    /// A message whose audience is `Session`.
    pub(super) fn session_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        let listener = match code {
            UnsolCode::ON_USSD | UnsolCode::ON_USSD_REQUEST => {
                let listener = self.ussd.heard(now, payload, self.ussd_listener(), self.version());
                if listener.is_none() && !self.ussd.is_cancelling() && ussd::wants_answer(payload, self.version()) {
                    // The network would wait, and nobody have a session meanwhile.
                    self.cancel_ussd(now, None, out);
                }
                listener
            }
            // The answer to a service code is for whoever sent it as USSD; others come from privileged requests, and
            // while one of those waits for its answer, that may be it.
            UnsolCode::ON_SS => match self.privileged_asker_of_service().or_else(|| self.ussd.answered()) {
                Some(asker) => Some(asker),
                None => return self.tell_privileged(code, payload, out),
            },
            UnsolCode::STK_CC_ALPHA_NOTIFY => return self.call_control_text(payload, out),
            _ => return self.toolkit_unsolicited(now, code, payload, out),
        };
        let Some(listener) = listener else { return };
        if let Some(heard) = self.ussd.hold(Heard { listener, code, payload: payload.to_vec() }) {
            self.tell(heard.listener, code, payload, out);
        }
    }

    /// A privileged phone that waits for the answer to a request about a supplementary service, unless one has the USSD
    /// session: what it hears is as private.
    fn privileged_asker_of_service(&self) -> Option<PhoneId> {
        if self.ussd.owner().is_some_and(|owner| self.phones.is_privileged(owner)) {
            return None;
        }
        let asks = |phone: &PhoneId| {
            let is_it =
                |pending: &Pending| pending.charged_to() == Some(*phone) && is_supplementary_service(pending.code);
            self.phones.is_privileged(*phone) && self.pending.count(is_it) > 0
        };
        self.phones.ids().find(asks)
    }

    /// The phone that hears what the network says of its own accord: the one with the screen, if it is on the network,
    /// or another that is.
    fn ussd_listener(&self) -> Option<PhoneId> {
        let hears = |phone: &PhoneId| {
            self.phones.is_up(*phone) && self.phones.has_telephony(*phone) && !self.has_radio_off(*phone)
        };
        Some(self.phones.default_owner()).filter(hears).or_else(|| self.phones.ids().find(hears))
    }

    /// A phone has no radio any more: its session is over, at the modem as well.
    pub(super) fn leave_ussd(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if self.ussd.is_owner(id) {
            self.ussd.end(id);
            self.cancel_ussd(now, Some(id), out);
        }
    }

    /// The modem side is there: a session of an earlier life is nobody's any more.
    pub(super) fn session_modem_up(&mut self, now: Now, out: &mut Actions) {
        if self.ussd.take_left_behind() {
            self.cancel_ussd(now, None, out);
        }
    }

    /// Has the modem end a session whose phone does not; at the cost of a phone, if it is for its sake.
    fn cancel_ussd(&mut self, now: Now, by: Option<PhoneId>, out: &mut Actions) {
        if self.ask(now, Ask::CancelUssd(by), &Order::plain(RequestCode::CANCEL_USSD), out) {
            self.ussd.begin_cancelling();
        }
    }

    /// A session is over: strings that waited for that are sent, unless their phone does not want them any more.
    pub(super) fn ussd_cancelled(&mut self, now: Now, out: &mut Actions) {
        for Waiting { waiter, payload } in self.ussd.end_cancelling() {
            if self.modem.is_none() {
                self.answer_waiter(waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
            } else if !self.ussd.is_owner(waiter.phone) {
                self.answer_waiter(waiter, Errno::GENERIC_FAILURE, &[], out);
            } else {
                self.uncharge(waiter.phone, 1);
                let request = Request { code: RequestCode::SEND_USSD, serial: waiter.serial, payload: &payload };
                self.ussd.sent();
                self.forward(now, waiter.phone, &request, out);
            }
        }
    }

    /// One phone at a time; a session that was left behind is cancelled first.
    fn send_ussd(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.has_room(id, 2) {
            return self.refuse_flood(id, request, out);
        }
        let text = parcel::decode::<Text>(request.payload, self.version()).ok().flatten();
        let forbidden = !self.phones.is_privileged(id) && text.is_none_or(|text| changes_shared_setting(&text));
        if forbidden || !self.phones.has_telephony(id) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        if self.ussd.has_said_enough(id) {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        }
        match self.ussd.take(now, id) {
            Taking::Busy => return self.deny(id, request, Errno::GENERIC_FAILURE, out),
            Taking::TakenOver => self.cancel_ussd(now, Some(id), out),
            Taking::Granted => {}
        }
        if !self.ussd.is_cancelling() {
            self.ussd.sent();
            return self.forward(now, id, request, out);
        }
        if let Some(waiter) = self.wait(id, request.serial) {
            self.ussd.wait(Waiting { waiter, payload: request.payload.to_vec() });
        }
    }
}

/// Whether the network answers a request with what `ON_SS` may tell (ril.h 1043; 3GPP TS 27.007, 7.4 to 7.12).
fn is_supplementary_service(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::QUERY_CALL_FORWARD_STATUS
            | RequestCode::SET_CALL_FORWARD
            | RequestCode::QUERY_CALL_WAITING
            | RequestCode::SET_CALL_WAITING
            | RequestCode::QUERY_FACILITY_LOCK
            | RequestCode::SET_FACILITY_LOCK
            | RequestCode::CHANGE_BARRING_PASSWORD
            | RequestCode::QUERY_CLIP
            | RequestCode::GET_CLIR
    )
}
