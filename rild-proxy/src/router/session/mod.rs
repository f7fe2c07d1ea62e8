//! Sessions of which a modem has one: USSD, supplementary services, the SIM toolkit.
//!
//! * `ussd`: who has the USSD session.
//! * `ss_codes`: settings in the shape of dialled strings.

mod ss_codes;
mod ussd;

use ril_protocol::frame::Request;
use ril_protocol::payload::Text;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::order::Order;
use super::pending::Answer;
use super::{Actions, Now, PhoneId, Router, denial};

pub(super) use ss_codes::changes_shared_setting;
pub(super) use ussd::{Taking, UssdSession};

impl Router {
    /// A request of class `Session`.
    pub(super) fn session_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match request.code {
            RequestCode::SEND_USSD => self.send_ussd(now, id, request, out),
            RequestCode::CANCEL_USSD if !self.ussd.is_owner(id) => {
                self.deny(id, request, Errno::GENERIC_FAILURE, out);
            }
            RequestCode::CANCEL_USSD => self.forward(now, id, request, out),
            // The SIM toolkit's listeners are the privileged phones; nobody else can have been asked anything.
            _ if !self.phones.is_privileged(id) => self.deny(id, request, denial::not_allowed(self.version()), out),
            _ => self.forward(now, id, request, out),
        }
    }

    /// What the answer to a phone's request of this class says.
    pub(super) fn session_answered(&mut self, phone: PhoneId, code: RequestCode, answer: Answer<'_>) {
        let over = match code {
            RequestCode::SEND_USSD => !answer.is_ok(),
            RequestCode::CANCEL_USSD => answer.is_ok(),
            _ => false,
        };
        if over {
            self.ussd.end(phone);
        }
    }

    /// A message whose audience is `Session`.
    pub(super) fn session_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        let listener = match code {
            UnsolCode::ON_USSD | UnsolCode::ON_USSD_REQUEST => {
                self.ussd.heard(now, payload, self.phones.default_owner(), self.version())
            }
            // The answer to a service code is for whoever sent it as USSD; others come from privileged requests.
            UnsolCode::ON_SS => match self.ussd.answered() {
                Some(asker) => Some(asker),
                None => return self.tell_privileged(code, payload, out),
            },
            UnsolCode::STK_CC_ALPHA_NOTIFY => return self.call_control_text(payload, out),
            _ => return self.tell_privileged(code, payload, out),
        };
        if let Some(listener) = listener {
            self.tell(listener, code, payload, out);
        }
    }

    /// One phone at a time; a session that was left behind is cancelled first.
    fn send_ussd(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.has_room(id, 2) {
            return self.refuse_flood(id, request, out);
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
        self.forward(now, id, request, out);
    }
}
