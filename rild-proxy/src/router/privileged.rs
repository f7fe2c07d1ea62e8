//! What changes the modem for all who share it: privileged phones only, but for settings of which each phone is left to
//! believe in its own.

use ril_protocol::RequestCode;
use ril_protocol::frame::Request;

use super::pending::Answer;
use super::{Actions, Now, PhoneId, Router, denial};

impl Router {
    /// A request of class `Privileged`.
    pub(super) fn privileged_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let code = request.code;
        match code {
            RequestCode::SET_PREFERRED_NETWORK_TYPE => self.set_network_type(now, id, request, out),
            RequestCode::SET_TTY_MODE => self.set_tty(now, id, request, out),
            RequestCode::SHUTDOWN => self.shutdown(now, id, request, out),
            _ if !self.phones.is_privileged(id) || (ends_calls(code) && self.voice.is_emergency_of_another(id)) => {
                self.deny(id, request, denial::privileged(code, self.version()), out);
            }
            RequestCode::ENTER_SIM_PIN
            | RequestCode::ENTER_SIM_PUK
            | RequestCode::ENTER_SIM_PIN2
            | RequestCode::ENTER_SIM_PUK2
            | RequestCode::CHANGE_SIM_PIN
            | RequestCode::CHANGE_SIM_PIN2
            | RequestCode::ENTER_NETWORK_DEPERSONALIZATION
            | RequestCode::SET_FACILITY_LOCK => self.try_pin(now, id, request, out),
            _ => {
                self.note_said(id, request);
                self.forward(now, id, request, out);
            }
        }
    }

    /// The modem has answered one of them.
    pub(super) fn privileged_answered(&mut self, code: RequestCode, answer: Answer<'_>) {
        if code == RequestCode::SHUTDOWN {
            self.settings.shuts_down &= answer.is_ok();
        }
    }
}

/// Whether a privileged request takes the modem away from whoever is in a call.
pub(super) fn ends_calls(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::RESET_RADIO
            | RequestCode::NV_RESET_CONFIG
            | RequestCode::SET_UICC_SUBSCRIPTION
            | RequestCode::SET_RADIO_CAPABILITY
            | RequestCode::SET_SIM_CARD_POWER
    )
}
