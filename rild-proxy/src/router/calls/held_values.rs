//! What a phone says about its call while another phone's is going on: mute, and CDMA voice privacy.
//!
//! The modem has one value of each, which is about the call that is going on. A phone whose call that is changes it at
//! the modem; the wishes of the others are confirmed and kept for when their call comes forward. What a phone says of
//! the microphone is about the calls that it has and over with the last of them: a new call is not muted.
//!
//! Reference: ril.h, RIL_REQUEST_SET_MUTE, RIL_UNSOL_RESEND_INCALL_MUTE,
//! RIL_REQUEST_CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, parcel};

use super::Voice;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Pending};
use crate::router::{Actions, Now, PhoneId, Router};

/// So often a modem that does not answer is given a value. What it should have then, a later list of calls brings.
const MOST_BROUGHT: usize = 8;

/// One such value.
#[derive(Debug)]
pub(super) struct HeldValue {
    /// What a new call has. `None`: the wish outlasts the call, and the modem has a default of its own.
    default: Option<i32>,
    wanted: Vec<Option<i32>>,
    /// Phones that may have said what they want of their calls to an earlier daemon.
    forgotten: Vec<PhoneId>,
    /// What the modem has; `None` when that is not known.
    at_modem: Option<i32>,
}

impl HeldValue {
    pub(super) fn new(default: Option<i32>, phones: usize) -> Self {
        Self { default, wanted: vec![None; phones], forgotten: Vec::new(), at_modem: default }
    }

    fn of(&self, phone: PhoneId) -> Option<i32> {
        let default = self.default.filter(|_| !self.forgotten.contains(&phone));
        self.wanted.get(phone.0).copied().flatten().or(default)
    }

    /// The phone has no call any more.
    pub(super) fn call_over(&mut self, phone: PhoneId) {
        if let Some(wanted) = self.wanted.get_mut(phone.0)
            && self.default.is_some()
        {
            *wanted = None;
        }
        self.forgotten.retain(|forgotten| *forgotten != phone);
    }

    /// Calls of these phones may go on at the modem since before. What it has for them is not known.
    pub(super) fn recalled(&mut self, phones: &[PhoneId]) {
        if !phones.is_empty() {
            self.at_modem = None;
            self.forgotten.extend_from_slice(phones);
        }
    }

    /// A modem that starts has the default.
    pub(super) fn modem_down(&mut self) {
        self.at_modem = self.default;
    }
}

impl Voice {
    fn held_value(&mut self, code: RequestCode) -> &mut HeldValue {
        match code {
            RequestCode::SET_MUTE | RequestCode::GET_MUTE => &mut self.mute,
            _ => &mut self.privacy,
        }
    }
}

impl Router {
    /// SET_MUTE, CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE.
    pub(in crate::router) fn set_held_value(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let Some(wanted) = self.first_int(request.payload) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        let is_speaking = self.voice.is_speaking(id) && !self.is_unsure_of_calls();
        let has_calls = self.has_calls(id);
        let value = self.voice.held_value(request.code);
        if let Some(kept) = value.wanted.get_mut(id.0).filter(|_| has_calls || value.default.is_none()) {
            *kept = Some(wanted);
        }
        if is_speaking {
            value.at_modem = Some(wanted);
            return self.forward(now, id, request, out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
    }

    /// GET_MUTE, CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE: what the phone itself set, unless the modem would not take
    /// it.
    pub(in crate::router) fn get_held_value(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let is_speaking = self.voice.speaking() == Some(id);
        let value = self.voice.held_value(request.code);
        let at_modem = value.at_modem;
        match value.of(id) {
            Some(value) if !is_speaking || at_modem.is_some() => {
                out.reply(id, request.serial, Errno::SUCCESS, &parcel::encode(&vec![value], self.version()));
            }
            _ => self.share(now, id, request, out),
        }
    }

    /// The modem's answer to a setting.
    pub(in crate::router) fn held_value_answered(&mut self, code: RequestCode, answer: Answer<'_>) {
        if !answer.is_ok() {
            self.voice.held_value(code).at_modem = None;
        }
    }

    /// Gives the modem what the phone wants whose call is going on now, once that is known.
    pub(super) fn bring_held_values(&mut self, now: Now, out: &mut Actions) {
        if self.is_unsure_of_calls() {
            return;
        }
        let Some(speaking) = self.voice.speaking().filter(|phone| self.voice.is_speaking(*phone)) else { return };
        for code in [RequestCode::SET_MUTE, RequestCode::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE] {
            let is_such = |pending: &Pending| pending.code == code && pending.charged_to().is_none();
            if self.pending.count(is_such) >= MOST_BROUGHT {
                continue;
            }
            let value = self.voice.held_value(code);
            if let Some(wanted) = value.of(speaking)
                && value.at_modem.replace(wanted) != Some(wanted)
            {
                self.ask(now, Ask::Order, &Order::about(code, wanted), out);
            }
        }
    }

    /// The modem has forgotten whether the microphone is muted.
    pub(super) fn resend_mute(&mut self, now: Now, out: &mut Actions) {
        self.voice.mute.at_modem = None;
        self.bring_held_values(now, out);
    }
}
