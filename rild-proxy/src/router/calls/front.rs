//! Whose call is at the front: the microphone is its phone's, and tones sound in it.
//!
//! That is what the last list says, until the modem is told to bring a call of another phone to the front. From then on
//! the call that was there may be on hold, which only a list tells that was asked for later; until then it is nobody's.
//!
//! Reference: 3GPP TS 22.030, 6.5.5; ril.h, RIL_REQUEST_SWITCH_WAITING_OR_HOLDING_AND_ACTIVE.

use ril_protocol::RequestCode;

use super::Voice;
use super::owned::OwnedCall;
use super::rules::is_foreground;
use crate::router::{Actions, Now, PhoneId, Router};

/// Phones whose calls may have come to the front since the last list, in place of another's.
#[derive(Debug, Default)]
pub(super) struct Front {
    coming: Vec<Coming>,
}

#[derive(Debug)]
struct Coming {
    phone: PhoneId,
    /// The list that comes next was asked for later.
    is_due: bool,
}

impl Front {
    /// The modem is asked for its list.
    pub(super) fn list_is_asked_for(&mut self) {
        self.coming.iter_mut().for_each(|coming| coming.is_due = true);
    }

    /// That list is there.
    pub(super) fn list_came(&mut self) {
        self.coming.retain(|coming| !coming.is_due);
    }

    fn add(&mut self, phone: PhoneId) {
        self.coming.retain(|coming| coming.phone != phone);
        self.coming.push(Coming { phone, is_due: false });
    }

    fn is_coming(&self, such: impl Fn(PhoneId) -> bool) -> bool {
        self.coming.iter().any(|coming| such(coming.phone))
    }
}

impl Voice {
    /// The phone whose call the microphone belongs to, by the last list.
    pub(super) fn speaking(&self) -> Option<PhoneId> {
        let going_on = |call: &&OwnedCall| !call.hidden && is_foreground(call.call.state);
        self.cdma.in_front().or_else(|| self.calls.iter().find(going_on).map(|call| call.owner))
    }

    /// Whether the microphone belongs to this phone's call, and nothing was asked of the modem that may change that.
    pub(super) fn is_speaking(&self, id: PhoneId) -> bool {
        self.speaking() == Some(id) && !self.front.is_coming(|phone| phone != id)
    }
}

impl Router {
    /// A command goes to the modem by which a call of this phone may come to the front.
    pub(super) fn expect_at_the_front(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if self.voice.speaking().is_some_and(|speaking| speaking != id) {
            self.voice.front.add(id);
            self.stop_stray_tone(now, out);
        }
    }

    /// The modem would not do it, and need not say that nothing has changed: finds out.
    pub(super) fn look_whether_it_came(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if self.voice.front.is_coming(|phone| phone == id) {
            self.look_at_calls(now, out);
        }
    }

    /// A phone was refused what only who speaks may do: finds out whether it still speaks.
    pub(super) fn look_who_speaks(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if self.voice.speaking() == Some(id) && !self.voice.is_speaking(id) && !self.voice.looking.in_flight {
            self.look_at_calls(now, out);
        }
    }
}

/// Whether a request brings a call of its phone to the front.
pub(super) fn brings_to_the_front(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::ANSWER
            | RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE
            | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND
            | RequestCode::SEPARATE_CONNECTION
    )
}
