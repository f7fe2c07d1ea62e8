//! What was asked of the modem that moves calls, and no list has told of yet.
//!
//! "The active calls", "the held ones" and "what waits" are those of the last list. Behind a command that moves them
//! that list is old: a second ANSWER would hold the call that the first one took, and an end of the active calls would
//! find those of before. So where phones share the modem, what comes behind such a command waits for its answer and for
//! a list that was asked for after that, and is decided by that list, one request at a time. Only HANGUP names its call
//! and need not wait. Emergency calls do not come this way.
//!
//! Reference: 3GPP TS 22.030, 6.5.5.

use std::collections::VecDeque;

use ril_protocol::RequestCode;
use ril_protocol::frame::Request;

use crate::router::pending::Waiter;
use crate::router::{Actions, Now, PhoneId, Router};

/// Most requests of a phone that wait.
const MOST_HELD: usize = 8;

/// Commands that move calls, and what waits for the list that tells of them.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    moves: Vec<Move>,
    held: VecDeque<Held>,
}

#[derive(Debug)]
struct Move {
    phone: PhoneId,
    code: RequestCode,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The modem has not answered.
    Asked,
    /// It has, and the next list that it is asked for tells what came of it.
    Answered,
    /// That list was asked for.
    Due,
}

#[derive(Debug)]
struct Held {
    waiter: Waiter,
    code: RequestCode,
    payload: Vec<u8>,
}

impl Unsettled {
    /// Whether calls may be in other states than the last list says.
    pub(super) fn any(&self) -> bool {
        !self.moves.is_empty()
    }

    /// The modem is asked to move calls.
    pub(super) fn moves(&mut self, phone: PhoneId, code: RequestCode) {
        self.moves.push(Move { phone, code, stage: Stage::Asked });
    }

    /// A phone has its answer, or will have none; whether somebody waits for what came of it.
    fn answered(&mut self, phone: PhoneId, code: RequestCode) -> bool {
        let is_it = |asked: &&mut Move| (asked.phone, asked.code, asked.stage) == (phone, code, Stage::Asked);
        let Some(asked) = self.moves.iter_mut().find(is_it) else { return false };
        asked.stage = Stage::Answered;
        // One list tells of all that were answered before it.
        let mut is_first = true;
        self.moves.retain(|other| other.stage != Stage::Answered || std::mem::take(&mut is_first));
        !self.held.is_empty()
    }

    /// The modem is asked for its list.
    pub(super) fn list_is_asked_for(&mut self) {
        for answered in self.moves.iter_mut().filter(|asked| asked.stage == Stage::Answered) {
            answered.stage = Stage::Due;
        }
    }

    /// That list is there.
    pub(super) fn list_came(&mut self) {
        self.moves.retain(|asked| asked.stage != Stage::Due);
    }

    /// The client of this phone is gone; how many of its requests are forgotten.
    pub(super) fn drop_waiters(&mut self, phone: PhoneId) -> usize {
        let before = self.held.len();
        self.held.retain(|held| held.waiter.phone != phone);
        before - self.held.len()
    }

    /// The modem side is gone, and all that was asked of it; who waits.
    pub(super) fn modem_down(&mut self) -> impl Iterator<Item = Waiter> + use<> {
        self.moves.clear();
        std::mem::take(&mut self.held).into_iter().map(|held| held.waiter)
    }
}

/// Whether a request moves calls: which is active, held or waiting may be another one afterwards.
pub(super) fn moves_calls(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::DIAL
            | RequestCode::ANSWER
            | RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE
            | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND
            | RequestCode::CONFERENCE
            | RequestCode::SEPARATE_CONNECTION
            | RequestCode::EXPLICIT_CALL_TRANSFER
    )
}

impl Router {
    /// Whether the calls that a request means may be others by now than the last list says.
    pub(super) fn are_calls_moving(&self) -> bool {
        self.voice.unsettled.any() && self.is_shared()
    }

    /// Lets a request wait for the list by which it is decided.
    pub(super) fn wait_for_calls_to_settle(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let of_phone = self.voice.unsettled.held.iter().filter(|held| held.waiter.phone == id).count();
        if of_phone >= MOST_HELD {
            return self.refuse_flood(id, request, out);
        }
        let Some(waiter) = self.wait(id, request.serial) else { return };
        let held = Held { waiter, code: request.code, payload: request.payload.to_vec() };
        self.voice.unsettled.held.push_back(held);
        self.look_at_calls(now, out);
    }

    /// A phone has the modem's answer to a request that may have moved calls.
    pub(in crate::router) fn calls_moved(&mut self, now: Now, phone: PhoneId, code: RequestCode, out: &mut Actions) {
        if self.voice.unsettled.answered(phone, code) {
            self.look_at_calls(now, out);
        }
    }

    /// The modem gave a list, or none: what waits for it is decided, each request knowing what the one before moves.
    pub(super) fn take_up_held_requests(&mut self, now: Now, out: &mut Actions) {
        while !self.are_calls_moving() || self.is_unsure_of_calls() {
            let Some(Held { waiter, code, payload }) = self.voice.unsettled.held.pop_front() else { return };
            self.uncharge(waiter.phone, 1);
            let request = Request { code, serial: waiter.serial, payload: &payload };
            self.call_request(now, waiter.phone, &request, out);
        }
    }
}
