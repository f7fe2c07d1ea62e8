//! What the modem says about calls, and who hears it.

use ril_protocol::UnsolCode;

use super::OwnedCall;
use crate::router::pending::Answer;
use crate::router::{Actions, Now, PhoneId, Router};
use ril_protocol::payload::call::CallState;

impl Router {
    /// A message whose audience is `Call` or `RouterThenCall`.
    pub(in crate::router) fn call_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        match code {
            UnsolCode::RESPONSE_CALL_STATE_CHANGED => self.look_at_calls(now, out),
            UnsolCode::CALL_RING => {
                if self.voice.calls.iter().any(OwnedCall::is_ringing) {
                    self.ring_owners(payload, out);
                } else {
                    self.voice.ring = Some(payload.to_vec());
                    self.look_at_calls(now, out);
                }
            }
            UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE => {
                let caller = self.voice.emergency_caller.unwrap_or_else(|| self.phone_in_call());
                self.tell(caller, code, payload, out);
            }
            _ => self.tell(self.phone_in_call(), code, payload, out),
        }
    }

    /// Why the last call of this phone ended.
    pub(in crate::router) fn on_fail_cause(&mut self, phone: PhoneId, answer: Answer<'_>) {
        if answer.is_ok()
            && let Some(phone) = self.phones.get_mut(phone)
        {
            phone.fail_cause = Some(answer.payload.to_vec());
        }
    }

    /// The phone whose call is going on, for notices that name no call.
    fn phone_in_call(&self) -> PhoneId {
        let speaking = |call: &&OwnedCall| !call.is_ringing() && call.call.state != CallState::HOLDING;
        let call = self.voice.calls.iter().find(speaking).or_else(|| self.voice.calls.iter().next());
        call.map_or_else(|| self.phones.default_owner(), |call| call.owner)
    }
}
