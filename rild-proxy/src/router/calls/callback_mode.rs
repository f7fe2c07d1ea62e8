//! Emergency callback mode: for some minutes after an emergency call, the network can call the handset back.
//!
//! The phone that made the call and the privileged phones hear of it and may end it; the others neither dial nor open
//! data calls meanwhile, for both would end it. It is over when the modem says so, when a request to leave it succeeds,
//! or with the modem side.
//!
//! Reference: ril.h, RIL_UNSOL_ENTER_EMERGENCY_CALLBACK_MODE; 3GPP2 C.S0016 for the mode itself.

use ril_protocol::UnsolCode;
use ril_protocol::frame::Request;

use super::Voice;
use crate::router::{Actions, Now, PhoneId, Router, denial};

impl Voice {
    /// Whether the network may call back after an emergency call.
    pub(in crate::router) fn in_callback_mode(&self) -> bool {
        self.callback_mode
    }

    /// The mode is over.
    pub(in crate::router) fn leave_callback_mode(&mut self) {
        self.callback_mode = false;
    }
}

impl Router {
    /// Whether this phone must keep still, so that the network can call another back.
    pub(in crate::router) fn is_held_off(&self, id: PhoneId) -> bool {
        self.voice.in_callback_mode() && !self.is_called_back(id)
    }

    fn is_called_back(&self, id: PhoneId) -> bool {
        self.phones.is_privileged(id) || self.voice.emergency_caller == Some(id)
    }

    /// ENTER_EMERGENCY_CALLBACK_MODE.
    pub(super) fn enter_callback_mode(&mut self, payload: &[u8], out: &mut Actions) {
        self.voice.callback_mode = true;
        if self.voice.emergency_caller.is_none() {
            self.voice.emergency_caller = Some(self.phone_in_call());
        }
        for phone in self.phones.ids().filter(|phone| self.is_called_back(*phone)) {
            self.tell(phone, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, payload, out);
        }
    }

    /// EXIT_EMERGENCY_CALLBACK_MODE, of a phone.
    pub(super) fn exit_callback_mode(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if self.is_called_back(id) {
            return self.forward(now, id, request, out);
        }
        self.deny(id, request, denial::not_allowed(self.version()), out);
    }
}
