//! Ending a call by its index while another call may have taken that index; and which calls are rejected by policy.
//!
//! HANGUP names a call by its index, and a modem gives the index of a call that is over to the next one. So each call
//! is ended once, by its phone or by policy, and again only if a list that was asked for later has it still. An
//! emergency call ends what stands in its way, so until the modem lists it, it may have any index that the router takes
//! for another call's. Meanwhile only the phone that dialled may end a call by index, or by a command that names none:
//! what policy wants to end waits for the list, and other phones are refused. What waits for the modem by then is
//! withdrawn, see `overtaken`. So it is while the modem gives no list, or cannot be asked to end a call. An emergency
//! call that was to be ended is not, once its phone has dialled such a number again: it may be that call which is
//! listed.
//!
//! Reference: 3GPP TS 22.030, 6.5.5; ril.h, RIL_REQUEST_HANGUP.

use std::time::Duration;

use ril_protocol::RequestCode;

use super::Voice;
use super::owned::{Ending, OwnedCall};
use super::rules::hang_up_at;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask};
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// How long a call rings for a phone without a client before it is rejected: a client that lost its connection is back
/// by then, a phone that has to start is not.
pub(super) const ABSENT_GRACE: Duration = Duration::from_secs(10);

/// Which of a phone's calls end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All of them: its own wish, or there is no emergency call among them.
    All,
    /// All but emergency calls.
    Ordinary,
}

impl Which {
    pub(super) fn includes(self, emergency: bool) -> bool {
        self == Self::All || !emergency
    }
}

/// How often in a row the modem is asked to end calls that nobody sees, before it is asked no more.
const MOST_TRIES: u8 = 3;

impl Voice {
    /// Whether an emergency call of another phone is at the modem, and not in its list yet.
    pub(super) fn is_unlisted_emergency_of_another(&self, id: PhoneId) -> bool {
        let [_, another] = self.unlisted(id, |dialled| dialled.emergency);
        another
    }

    /// Whether each call is sure to have the index by which it is known.
    fn has_sure_indices(&self) -> bool {
        !self.looking.is_behind() && !self.dialled.iter().any(|dialled| dialled.emergency)
    }

    /// This phone is in need: what it wanted to end before may be what it needs now.
    pub(super) fn keep_emergency_calls(&mut self, id: PhoneId) {
        for call in self.calls.iter_mut().filter(|call| call.owner == id && call.emergency) {
            call.unwanted = false;
        }
        for dialled in self.dialled.iter_mut().filter(|dialled| dialled.phone == id && dialled.emergency) {
            dialled.unwanted = false;
        }
    }
}

impl Router {
    /// Ends the call at this place of the list, at once or as soon as that is sure to end no other.
    pub(super) fn end_call(&mut self, now: Now, place: usize, out: &mut Actions) {
        let Some(call) = self.voice.calls.at(place) else { return };
        let index = call.call.index;
        if self.voice.has_sure_indices() && !call.is_ending() {
            let is_asked = self.ask(now, Ask::EndCall(index), &hang_up_at(index), out);
            self.end_was_asked(now, index, is_asked);
        } else if let Some(call) = self.voice.calls.at_mut(place) {
            call.unwanted = true;
        }
    }

    /// The modem was asked to end the call of this index, or has too much to answer: then it is asked again with the
    /// next list.
    pub(super) fn end_was_asked(&mut self, now: Now, index: i32, is_asked: bool) {
        if is_asked {
            return self.voice.calls.set_ending(index, Ending::Asked);
        }
        for call in self.voice.calls.iter_mut().filter(|call| call.call.index == index) {
            call.unwanted = true;
        }
        self.voice.looking.look_later(now);
    }

    /// The modem has answered an order to end a call. A call that nobody sees is nobody's to end but the router's.
    /// Where the modem refused, the next list shows which of them there still are. Where it did not, and the next list
    /// has one of them still, the same caller has called again meanwhile, and nobody would see that call either.
    pub(in crate::router) fn on_end_of_call(&mut self, now: Now, answer: Answer<'_>, out: &mut Actions) {
        if self.modem.is_none() || self.voice.tries_to_end >= MOST_TRIES {
            return;
        }
        let mut any = false;
        for call in self.voice.calls.iter_mut().filter(|call| call.hidden) {
            (call.unwanted, any) = (true, true);
        }
        if any {
            self.voice.tries_to_end += 1;
            if !answer.is_ok() {
                self.look_at_calls(now, out);
            }
        }
    }

    /// The modem has answered an order to end the call of this index, or will not.
    pub(in crate::router) fn hang_up_answered(&mut self, index: i32, answer: Answer<'_>) {
        if !answer.is_ok() {
            self.voice.calls.set_ending(index, Ending::No);
        }
    }

    /// A request goes to the modem that may end calls of this phone.
    pub(super) fn note_what_ends(&mut self, id: PhoneId, code: RequestCode, payload: &[u8]) {
        let index = self.first_int(payload);
        for call in self.voice.calls.iter_mut().filter(|call| call.owner == id) {
            let ends = match code {
                RequestCode::HANGUP => Some(call.call.index) == index,
                RequestCode::UDUB => call.is_ringing(),
                _ => false,
            };
            if ends {
                call.ending = Ending::Asked;
            }
        }
    }

    /// A phone was refused something about its calls, one of which may be over: finds out.
    pub(super) fn look_what_ended(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        let may_be_over = self.is_shared() && self.voice.calls.owned_by(id).any(OwnedCall::is_ending);
        if may_be_over && !self.voice.looking.in_flight {
            self.look_at_calls(now, out);
        }
    }

    /// Which of these calls of this phone can be ended now, as the modem knows them, and are not being ended already;
    /// the others are as soon as that can be.
    pub(super) fn calls_to_end(&mut self, id: PhoneId, which: Which) -> Vec<i32> {
        self.voice.lasting.end(id);
        let are_sure = self.voice.has_sure_indices();
        let mut now = Vec::new();
        for call in self.voice.calls.iter_mut().filter(|call| call.owner == id && !call.hidden) {
            if !which.includes(call.emergency) {
                continue;
            }
            if are_sure && !call.is_ending() {
                now.push(call.call.index);
            } else {
                call.unwanted = true;
            }
        }
        now
    }

    /// An emergency call is listed or over: ends what waited for that.
    pub(super) fn end_unwanted_calls(&mut self, now: Now, out: &mut Actions) {
        if !self.voice.calls.iter().any(|call| call.hidden) {
            self.voice.tries_to_end = 0;
        }
        for place in 0.. {
            let Some(call) = self.voice.calls.at_mut(place) else { break };
            if std::mem::take(&mut call.unwanted) {
                self.end_call(now, place, out);
            }
        }
    }

    /// Rejects a ringing call by policy: as busy where there is no other, for the command would end others' held calls.
    pub(super) fn reject(&mut self, now: Now, place: usize, out: &mut Actions) {
        let is_only = self.voice.calls.iter().nth(1).is_none();
        let is_sure = is_only && !self.voice.looking.is_behind();
        let Some(call) = self.voice.calls.at_mut(place) else { return };
        call.hidden = true;
        call.reject_at = None;
        let index = call.call.index;
        out.note(Note::CallRejected { phone: call.owner });
        if is_sure && !call.is_ending() {
            let is_asked = self.ask(now, Ask::EndCall(index), &Order::plain(RequestCode::UDUB), out);
            self.end_was_asked(now, index, is_asked);
        } else {
            self.end_call(now, place, out);
        }
    }

    /// Rejects the calls whose phone did not come back in time.
    pub(in crate::router) fn absent_tick(&mut self, now: Now, out: &mut Actions) {
        while let Some(place) = self.voice.calls.to_reject(now) {
            self.reject(now, place, out);
        }
    }
}
