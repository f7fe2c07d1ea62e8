//! Ending a call by its index while another call may have taken that index.
//!
//! HANGUP names a call by its index, and a modem gives the index of a call that is over to the next one. An emergency call
//! ends what stands in its way, so until the modem lists it, it may have any index that the router takes for another
//! call's. Meanwhile nothing is ended by index, or by a command that names no call, but by the phone that dialled: what
//! policy wants to end waits for the list, and phones are refused.
//!
//! Reference: 3GPP TS 22.030, 6.5.5; ril.h, RIL_REQUEST_HANGUP.

use super::rules::hang_up;
use super::{OwnedCall, Voice};
use crate::router::order::Order;
use crate::router::pending::Ask;
use crate::router::{Actions, Now, PhoneId, Router};

impl Voice {
    /// Whether an emergency call of another phone is at the modem, and not in its list yet.
    pub(super) fn is_unlisted_emergency_of_another(&self, id: PhoneId) -> bool {
        let [_, another] = self.unlisted(id, |dialled| dialled.emergency);
        another
    }

    fn may_be_ended(&self, call: &OwnedCall) -> bool {
        !self.is_unlisted_emergency_of_another(call.owner)
    }
}

impl Router {
    /// Ends the call at this place of the list, at once or as soon as that is sure to end no other.
    pub(super) fn end_call(&mut self, now: Now, place: usize, out: &mut Actions) {
        let Some(call) = self.voice.calls.at(place) else { return };
        if self.voice.may_be_ended(call) {
            let order = hang_up(call);
            self.ask(now, Ask::Order, &order, out);
        } else if let Some(call) = self.voice.calls.at_mut(place) {
            call.unwanted = true;
        }
    }

    /// What ends the calls of this phone now; what cannot be ended now is as soon as that can be.
    pub(in crate::router) fn orders_to_end_calls(&mut self, id: PhoneId) -> Vec<Order> {
        if !self.voice.is_unlisted_emergency_of_another(id) {
            return self.voice.calls.owned_by(id).map(hang_up).collect();
        }
        for place in 0.. {
            let Some(call) = self.voice.calls.at_mut(place) else { break };
            call.unwanted |= call.owner == id && !call.hidden;
        }
        Vec::new()
    }

    /// An emergency call is listed or over: ends what waited for that.
    pub(super) fn end_unwanted_calls(&mut self, now: Now, out: &mut Actions) {
        for place in 0.. {
            let Some(call) = self.voice.calls.at_mut(place) else { break };
            if std::mem::take(&mut call.unwanted) {
                self.end_call(now, place, out);
            }
        }
    }
}
