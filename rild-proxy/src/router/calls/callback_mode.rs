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
        self.called_back.clear();
    }
}

impl Voice {
    /// Who dialled an emergency number last that the modem has neither accepted nor listed.
    fn last_in_need(&self) -> Option<PhoneId> {
        let dials = self.dialled.iter().rfind(|dialled| dialled.emergency).map(|dialled| dialled.phone);
        dials.or_else(|| self.late_emergencies.last_caller())
    }
}

impl Router {
    /// Whether this phone must keep still, so that the network can call another back.
    pub(in crate::router) fn is_held_off(&self, id: PhoneId) -> bool {
        self.voice.in_callback_mode() && !self.is_called_back(id)
    }

    fn is_called_back(&self, id: PhoneId) -> bool {
        self.phones.is_privileged(id) || self.voice.called_back.contains(&id)
    }

    /// ENTER_EMERGENCY_CALLBACK_MODE.
    pub(super) fn enter_callback_mode(&mut self, payload: &[u8], out: &mut Actions) {
        self.voice.callback_mode = true;
        let caller = self.voice.emergency_caller.or_else(|| self.voice.last_in_need());
        let caller = caller.unwrap_or_else(|| self.phone_in_call());
        self.voice.emergency_caller = Some(caller);
        self.voice.called_back.push(caller);
        for phone in self.phones.ids().filter(|phone| self.is_called_back(*phone)) {
            self.tell(phone, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, payload, out);
        }
    }

    /// The modem makes an emergency call of this phone. If it may call back already, it may call this one back, too.
    pub(super) fn may_be_called_back(&mut self, id: PhoneId, out: &mut Actions) {
        if self.is_held_off(id) {
            self.voice.called_back.push(id);
            self.tell(id, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, &[], out);
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
