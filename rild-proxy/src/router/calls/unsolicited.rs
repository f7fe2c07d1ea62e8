//! What the modem says about calls, and who hears it.

use ril_protocol::payload::call::{CallState, SuppSvcNotification};
use ril_protocol::{RequestCode, UnsolCode, parcel};

use super::owned::Shown;
use super::rules::is_unconnected;
use super::{OwnedCall, Voice};
use crate::router::pending::Answer;
use crate::router::settings::Setting;
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// `SuppSvcNotification.notification_type` of a notice about an outgoing call.
const OUTGOING: i32 = 0;

impl Router {
    /// What any message means for calls, before it goes where it goes.
    pub(in crate::router) fn calls_hear(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        self.voice.no_calls.forget();
        match code {
            UnsolCode::VOICE_RADIO_TECH_CHANGED => self.voice.cdma.learn(payload, self.version()),
            UnsolCode::SIM_REFRESH | UnsolCode::RESPONSE_SIM_STATUS_CHANGED => {
                self.card_changed(now, code, payload, out);
            }
            _ => {}
        }
    }

    /// What the modem's answer to a phone's question means for calls.
    pub(in crate::router) fn calls_learn(
        &mut self,
        now: Now,
        code: RequestCode,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        match code {
            RequestCode::GET_SIM_STATUS => self.card_seen(now, answer, out),
            RequestCode::VOICE_RADIO_TECH if answer.is_ok() => self.voice.cdma.learn(answer.payload, self.version()),
            _ => {}
        }
    }

    /// A message whose audience is `Call` or `RouterThenCall`.
    pub(in crate::router) fn call_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        match code {
            UnsolCode::RESPONSE_CALL_STATE_CHANGED => self.look_at_calls(now, out),
            UnsolCode::CALL_RING => {
                if self.voice.calls.iter().any(OwnedCall::is_ringing) && !self.voice.looking.is_behind() {
                    self.ring_owners(payload, out);
                } else {
                    self.voice.ring = Some(payload.to_vec());
                    self.look_at_calls(now, out);
                }
            }
            UnsolCode::CDMA_CALL_WAITING => self.call_waiting(now, payload, out),
            UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE => self.enter_callback_mode(now, payload, out),
            UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE => self.callback_mode_ended(payload, out),
            UnsolCode::RESEND_INCALL_MUTE => {
                self.resend_mute(now, out);
                self.tell(self.phone_in_call(), code, payload, out);
            }
            UnsolCode::RINGBACK_TONE => self.tell(self.phone_dialling(), code, payload, out),
            UnsolCode::SUPP_SVC_NOTIFICATION => self.supplementary_service(payload, out),
            UnsolCode::SRVCC_STATE_NOTIFY => {
                for phone in self.phones.ids().filter(|phone| self.voice.calls.owned_by(*phone).next().is_some()) {
                    self.tell(phone, code, payload, out);
                }
            }
            _ => self.tell(self.phone_in_call(), code, payload, out),
        }
    }

    /// STK_CC_ALPHA_NOTIFY: what the SIM has to say about a call or a supplementary service, to whoever asked for one.
    pub(in crate::router) fn call_control_text(&self, payload: &[u8], out: &mut Actions) {
        let code = UnsolCode::STK_CC_ALPHA_NOTIFY;
        match self.voice.last_asker {
            Some(asker) => self.tell(asker, code, payload, out),
            None => self.tell_privileged(code, payload, out),
        }
    }

    /// SUPP_SVC_NOTIFICATION, to the owner of the call that it is about if that wants to know. A notice names no call:
    /// its `index` is that of a closed user group (3GPP TS 27.007, 7.17).
    fn supplementary_service(&self, payload: &[u8], out: &mut Actions) {
        let code = UnsolCode::SUPP_SVC_NOTIFICATION;
        let version = self.version();
        let Ok(mut notice) = parcel::decode::<SuppSvcNotification>(payload, version) else {
            return out.note(Note::Undecodable { what: "a supplementary service notice" });
        };
        let call = self.voice.call_of_notice(&notice);
        let owner = match call {
            Some(call) => call.owner,
            None if notice.notification_type == OUTGOING => self.phone_dialling(),
            None => self.phones.default_owner(),
        };
        if self.settings.aggregated.wanted(owner, Setting::SuppSvc) != Some(1) {
            return;
        }
        if let Some(Shown::Number(shown)) =
            call.filter(|call| is_named(&notice, call)).and_then(|call| call.shown.as_ref())
        {
            notice.number = Some(shown.clone());
            return self.tell(owner, code, &parcel::encode(&notice, version), out);
        }
        self.tell(owner, code, payload, out);
    }

    /// The phone whose call is going on, for notices that name no call.
    pub(super) fn phone_in_call(&self) -> PhoneId {
        let first = || self.voice.calls.iter().next().map(|call| call.owner);
        self.voice.speaking().or_else(first).unwrap_or_else(|| self.phones.default_owner())
    }

    /// The phone whose call is not connected yet.
    fn phone_dialling(&self) -> PhoneId {
        let listed = self.voice.calls.iter().find(|call| is_unconnected(call.call.state)).map(|call| call.owner);
        let unlisted = || self.voice.dialled.last().map(|dialled| dialled.phone);
        listed.or_else(unlisted).unwrap_or_else(|| self.phone_in_call())
    }
}

impl Voice {
    /// The call that a notice is about: by its number, or else by what happens only to calls in one state.
    fn call_of_notice(&self, notice: &SuppSvcNotification) -> Option<&OwnedCall> {
        let calls = || self.calls.iter().filter(|call| !call.hidden);
        if let Some(named) = calls().find(|call| is_named(notice, call)) {
            return Some(named);
        }
        let state: fn(CallState) -> bool = match (notice.notification_type, notice.code) {
            (OUTGOING, _) => is_unconnected,
            // It is a forwarded, group or deflected call, or is forwarded on.
            (_, 0 | 1 | 9 | 10) => CallState::is_ringing,
            // The held call was released.
            (_, 5) => |state| state == CallState::HOLDING,
            // The far end holds, resumes or joins it; a transfer connects it.
            (_, 2 | 3 | 4 | 7 | 8) => |state| state == CallState::ACTIVE,
            _ => return None,
        };
        calls().find(|call| state(call.call.state))
    }
}

fn is_named(notice: &SuppSvcNotification, call: &OwnedCall) -> bool {
    notice.number.as_ref().is_some_and(|number| !number.is_empty() && call.call.number.as_ref() == Some(number))
}
