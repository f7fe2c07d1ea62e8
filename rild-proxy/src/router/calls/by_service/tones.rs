//! Whom a phone calls, told to the service by tones.
//!
//! They are sent when the service has answered, one at a time: the next when the modem has answered for the last and a
//! moment has passed, so that none runs into another. While the call is held, or another call hears it, nothing is
//! sent. A tone that fails may be heard all the same, and a number with one too few is somebody else's: then the call
//! is ended. The phone's own tones wait until all are out.
//!
//! Reference: ril.h, RIL_REQUEST_DTMF, by which AOSP sends the digits behind a number; 3GPP TS 23.014.

use std::time::Duration;

use caller_tag::cause::Cause;
use ril_protocol::frame::Request;
use ril_protocol::payload::Text;
use ril_protocol::payload::call::CallState;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::{ByService, Stage, Tones, is_unanswered};
use crate::router::calls::Voice;
use crate::router::calls::owned::OwnedCall;
use crate::router::calls::rules::is_active;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending, Waiter};
use crate::router::{Actions, Flow, Now, PhoneId, Router};

/// Until the way to the service carries tones once it has answered.
const BEFORE_FIRST: Duration = Duration::from_secs(1);
/// Between the modem's answer for a tone and the next one: the tone itself, and the silence that separates them.
const GAP: Duration = Duration::from_millis(250);
/// How long the modem may take for a tone. The service waits for fifteen seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take until a call is gone whose end the modem has confirmed.
const ENDING: Duration = Duration::from_secs(2);
/// How long the service may take to say that the target has answered. It answers the call itself no sooner.
const ANSWER: Duration = Duration::from_secs(5);
/// Most tones of a phone that wait.
const MOST_HELD: usize = 32;

/// The phones' own tones that wait.
#[derive(Debug, Default)]
pub(in crate::router::calls) struct HeldTones(Vec<Held>);

#[derive(Debug)]
struct Held {
    waiter: Waiter,
    code: RequestCode,
    payload: Vec<u8>,
}

/// What is to be done about a call now.
enum Step {
    Send(u8),
    End,
    Through(u64),
}

impl HeldTones {
    /// The client of this phone is gone; how many of its tones are forgotten.
    pub(in crate::router::calls) fn drop_waiters(&mut self, phone: PhoneId) -> usize {
        let before = self.0.len();
        self.0.retain(|held| held.waiter.phone != phone);
        before - self.0.len()
    }

    fn of(&self, phone: PhoneId) -> usize {
        self.0.iter().filter(|held| held.waiter.phone == phone).count()
    }
}

impl ByService {
    /// What a call in this state needs now; `is_only` if no other is active, which would hear the tones. Who asks, does
    /// it.
    fn step(&mut self, now: Now, state: CallState, is_only: bool) -> Option<Step> {
        if self.stage == Stage::Doubtful {
            let not_begun = is_unanswered(state);
            self.stage = if not_begun { Stage::Tones(Tones::default()) } else { Stage::Spoilt { told: false } };
        }
        match &mut self.stage {
            Stage::Known { until } if is_active(state) => {
                let due = *until.get_or_insert(now + ANSWER);
                (now >= due).then_some(Step::Through(self.id))
            }
            Stage::Spoilt { told: told @ false } => {
                *told = true;
                self.cause = Some(Cause::TEMPORARY);
                Some(Step::End)
            }
            Stage::Tones(tones) if is_active(state) && !tones.under_way => {
                let due = *tones.not_before.get_or_insert(now + BEFORE_FIRST);
                if tones.ending || !is_only || now < due {
                    return None;
                }
                match self.target.tones().as_bytes().get(tones.sent) {
                    Some(tone) => {
                        tones.under_way = true;
                        Some(Step::Send(*tone))
                    }
                    None => Some(Step::Through(self.id)),
                }
            }
            _ => None,
        }
    }

    /// When an active call may need something next.
    fn next_step(&self, is_only: bool) -> Option<Now> {
        match self.stage {
            Stage::Known { until } => until,
            Stage::Tones(Tones { under_way: false, ending: false, not_before, .. }) if is_only => not_before,
            _ => None,
        }
    }

    fn tones(&mut self) -> Option<&mut Tones> {
        match &mut self.stage {
            Stage::Tones(tones) => Some(tones),
            _ => None,
        }
    }
}

impl Voice {
    /// When the next tone is due, or an answer overdue.
    pub(in crate::router::calls) fn tones_deadline(&self) -> Option<Now> {
        let is_only = self.is_one_active();
        let active = self.calls.iter().filter(|call| is_active(call.call.state));
        active.filter_map(|call| call.by_service.as_ref()?.next_step(is_only)).min()
    }

    /// Whether no more than one call hears tones, for all that is known.
    fn is_one_active(&self) -> bool {
        let mut active = self.calls.iter().filter(|call| is_active(call.call.state));
        active.nth(1).is_none() && !self.looking.is_behind()
    }

    /// Whether tones for the service are being sent in a call of this phone that is going on.
    fn is_spelling(&self, phone: PhoneId) -> bool {
        let spells = |call: &OwnedCall| matches!(&call.by_service, Some(ByService { stage: Stage::Tones(_), .. }));
        self.calls.owned_by(phone).any(|call| is_active(call.call.state) && spells(call))
    }

    fn tones_of(&mut self, phone: PhoneId) -> impl Iterator<Item = &mut Tones> {
        let of_phone = self.calls.iter_mut().filter(move |call| call.owner == phone);
        of_phone.filter_map(|call| call.by_service.as_mut()?.tones())
    }
}

impl Router {
    /// Sends what is due, ends what is spoilt, and lets the phones' own tones pass that need not wait any more.
    pub(in crate::router) fn attend_to_tones(&mut self, now: Now, out: &mut Actions) {
        let is_only = self.voice.is_one_active();
        for place in 0.. {
            let Some(call) = self.voice.calls.at_mut(place) else { break };
            let state = call.call.state;
            let Some(step) = call.by_service.as_mut().and_then(|by_service| by_service.step(now, state, is_only))
            else {
                continue;
            };
            match step {
                Step::Send(tone) => self.send_tone(now, place, tone, out),
                Step::End => self.end_call(now, place, out),
                Step::Through(id) => self.put_through(id, out),
            }
        }
        while let Some(place) =
            self.voice.held_tones.0.iter().position(|held| !self.voice.is_spelling(held.waiter.phone))
        {
            let Held { waiter, code, payload } = self.voice.held_tones.0.remove(place);
            self.uncharge(waiter.phone, 1);
            let request = Request { code, serial: waiter.serial, payload: &payload };
            self.tone_request(now, waiter.phone, &request, out);
        }
    }

    fn send_tone(&mut self, now: Now, place: usize, tone: u8, out: &mut Actions) {
        let Some(id) = self.voice.calls.at(place).and_then(|call| call.by_service.as_ref()).map(|call| call.id) else {
            return;
        };
        let text: Text = Some(char::from(tone).to_string());
        let order = Order { code: RequestCode::DTMF, payload: parcel::encode(&text, self.version()) };
        let asker = Asker::Router(Ask::Tone(id));
        let pending = Pending { asker, code: order.code, flow: Flow::Router, deadline: now + PATIENCE };
        if !self.send_until(pending, &order.payload, out) {
            self.on_tone(now, id, Answer::failed(Errno::GENERIC_FAILURE), out);
        }
    }

    /// The modem answered for a tone, or did not.
    pub(in crate::router) fn on_tone(&mut self, now: Now, id: u64, answer: Answer<'_>, out: &mut Actions) {
        let Some(call) = self.voice.by_service(id) else { return };
        let Some(tones) = call.tones().filter(|tones| tones.under_way) else { return };
        if answer.is_ok() {
            tones.under_way = false;
            tones.sent += 1;
            tones.not_before = Some(now + GAP);
        } else {
            call.stage = Stage::Spoilt { told: false };
        }
        self.attend_to_tones(now, out);
    }

    /// Whether a phone's own tone waits for those that the service needs.
    pub(in crate::router::calls) fn hold_tone(
        &mut self,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) -> bool {
        let waiting = self.voice.held_tones.of(id);
        if !is_tone(request.code) || waiting == 0 && !self.voice.is_spelling(id) {
            return false;
        }
        if waiting >= MOST_HELD {
            self.refuse_flood(id, request, out);
        } else if let Some(waiter) = self.wait(id, request.serial) {
            self.voice.held_tones.0.push(Held { waiter, code: request.code, payload: request.payload.to_vec() });
        }
        true
    }

    /// The modem side is gone, and with it the calls that the phones' own tones were for.
    pub(in crate::router::calls) fn fail_held_tones(&mut self, out: &mut Actions) {
        for held in std::mem::take(&mut self.voice.held_tones.0) {
            self.answer_waiter(held.waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
        }
    }

    /// This phone asks for the end of a call: if it is one of which the service is being told, that stops.
    pub(in crate::router::calls) fn stop_telling(&mut self, id: PhoneId, code: RequestCode) {
        if ends_a_call(code) {
            self.voice.tones_of(id).for_each(|tones| tones.ending = true);
        }
    }

    /// The modem has answered that. The call will be gone in a moment, or it was another.
    pub(in crate::router::calls) fn go_on_telling(&mut self, now: Now, id: PhoneId, code: RequestCode) {
        if ends_a_call(code) {
            for tones in self.voice.tones_of(id).filter(|tones| tones.ending) {
                tones.ending = false;
                tones.not_before = Some(now + ENDING);
            }
        }
    }

    /// From now on a call is what the modem says.
    pub(super) fn put_through(&mut self, id: u64, out: &mut Actions) {
        match self.voice.by_service(id) {
            Some(call) if call.stage != Stage::Through => call.stage = Stage::Through,
            _ => return,
        }
        let listed = self.voice.calls.iter().find(|call| call.is_by_service(id));
        if let Some(phone) = listed.filter(|call| is_active(call.call.state)).map(|call| call.owner) {
            self.tell(phone, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[], out);
        }
        self.store_calls(out);
    }
}

/// Whether this is about a tone in the call that is going on.
fn is_tone(code: RequestCode) -> bool {
    matches!(code, RequestCode::DTMF | RequestCode::DTMF_START | RequestCode::DTMF_STOP | RequestCode::CDMA_BURST_DTMF)
}

/// Whether this ends a call of the phone that asks.
fn ends_a_call(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::HANGUP
            | RequestCode::HANGUP_WAITING_OR_BACKGROUND
            | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND
    )
}
