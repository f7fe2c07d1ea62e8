//! What acts on calls and waits for the modem when an emergency call goes before it.
//!
//! It was decided by a list that has no such call. When it is carried out after that, an index may be the emergency
//! call's, and what is held, joined or heard may be that call. So it is withdrawn. Whoever asked is told that it
//! failed; what policy ends it ends afterwards, see `ending`. What makes room for an emergency call goes before all
//! that waits itself, in its order, and is none of this.
//!
//! Reference: ril.h, RIL_REQUEST_HANGUP and those like it; 3GPP TS 22.030, 6.5.5.

use ril_protocol::RequestCode;

use crate::router::pending::{Ask, Asker, GivenUp, Pending};
use crate::router::{Actions, Flow, Now, PhoneId, Router};

/// Whether a request makes, ends, holds or joins calls, or is heard in the one that is going on.
pub(in crate::router) fn acts_on_calls(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::DIAL
            | RequestCode::HANGUP
            | RequestCode::HANGUP_WAITING_OR_BACKGROUND
            | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND
            | RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE
            | RequestCode::CONFERENCE
            | RequestCode::SEPARATE_CONNECTION
            | RequestCode::EXPLICIT_CALL_TRANSFER
            | RequestCode::ANSWER
            | RequestCode::UDUB
            | RequestCode::DTMF
            | RequestCode::DTMF_START
            | RequestCode::CDMA_BURST_DTMF
            | RequestCode::CDMA_FLASH
    )
}

/// Whether this waits in the flow of what acts on what phones share, and is no emergency call itself. The router's own
/// tones, one at a time, say by themselves when they are not heard.
fn is_overtaken(pending: &Pending) -> bool {
    let is_spared = matches!(pending.asker, Asker::Router(Ask::Tone(_) | Ask::EmergencyDial { .. }));
    pending.flow == Flow::Router && acts_on_calls(pending.code) && !is_spared
}

/// The call that policy ends by this, as the modem knows it.
fn ended_by_policy(pending: &Pending) -> Option<i32> {
    match pending.asker {
        Asker::Router(Ask::EndCall(index) | Ask::HangUp { index, .. }) => Some(index),
        _ => None,
    }
}

impl Router {
    /// An emergency call of this phone goes out: withdraws what would find it.
    pub(super) fn withdraw_what_is_overtaken(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        let GivenUp { mut requests, serials } = self.pending.take_such(now, is_overtaken);
        out.give_up_all(&serials);
        for pending in requests.extract_if(.., |pending| ended_by_policy(pending).is_some()).collect::<Vec<_>>() {
            self.settle(&pending);
            self.voice.calls.end_afterwards(ended_by_policy(&pending), id);
        }
        for pending in &requests {
            self.expect_late_effects(now, pending, out);
        }
        self.give_up(now, GivenUp { requests, serials: Vec::new() }, out);
    }
}
