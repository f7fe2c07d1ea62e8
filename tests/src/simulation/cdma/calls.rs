//! Calls of a CDMA network: one that waits is in no list, and a flash takes it; whose call is at the front is known by
//! counting flashes.

use std::time::Duration;

use ril_protocol::payload::call::{Call, CallState};
use ril_protocol::{Errno, RequestCode};

use crate::simulation::world::World;

/// How long a call waits that nobody takes.
const WAITS_FOR: Duration = Duration::from_secs(60);

/// The calls that no list has.
#[derive(Debug, Default)]
pub(in crate::simulation) struct WaitingCalls {
    /// Whose call waits, and since when.
    waiting: Option<(usize, Duration)>,
    /// Whose was taken by a flash.
    second: Option<usize>,
    second_is_in_front: bool,
    /// The last list had a call of that phone.
    second_was_listed: bool,
    /// Flashes that the modem has not answered.
    flashes: usize,
    /// What they came to, nobody heard.
    is_unknown: bool,
}

impl WaitingCalls {
    /// No call is left.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// A phone is not there to hear what became of its flash.
    pub(super) fn asker_gone(&mut self) {
        self.is_unknown |= self.flashes > 0;
    }

    /// The modem has listed these owners' calls. It may list the one that a flash took, too: once it has listed a call
    /// of that phone and lists none any more, that one may be over.
    pub(super) fn list_came(&mut self, mut owners: impl Iterator<Item = usize>) {
        let is_there = self.second.is_some_and(|second| owners.any(|owner| owner == second));
        self.is_unknown |= self.second_was_listed && !is_there;
        self.second_was_listed = is_there;
    }

    /// A call waits.
    pub(super) fn waits(&mut self, now: Duration, owner: usize) {
        self.waiting = Some((owner, now));
    }

    /// A phone's flash has its answer.
    pub(super) fn flash_answered(&mut self, now: Duration, place: usize, errno: Errno) {
        self.flashes = self.flashes.saturating_sub(1);
        if errno != Errno::SUCCESS {
            return;
        }
        if self.waiting.take().is_some_and(|(_, since)| now < since + WAITS_FOR) {
            (self.second, self.second_is_in_front, self.second_was_listed) = (Some(place), true, false);
        } else if self.second.is_some() {
            self.second_is_in_front = !self.second_is_in_front;
        }
    }

    /// Whose call is at the front, if the list of calls does not tell; nobody's, if that is not known.
    pub(in crate::simulation) fn in_front(&self) -> Option<Option<usize>> {
        if self.is_unknown {
            return Some(None);
        }
        self.second.filter(|_| self.second_is_in_front).map(Some)
    }
}

impl World {
    /// Somebody calls a phone while there is a call.
    pub(super) fn a_call_waits(&mut self) {
        let owner = self.any_phone();
        self.numbers += 1;
        let number = self.somebody_for(owner, self.numbers);
        self.modem.console(self.now, &format!("cdma call-waiting {number}"));
    }

    /// For whom a call is that shows this number, and whom that phone sees.
    pub(super) fn meant_by(&mut self, number: &str) -> (usize, String) {
        match self.service.hints.of_call(self.now, number) {
            Some(expected) => (expected.place, expected.caller),
            None => self.names.meaning(number).unwrap_or_else(|| (self.default_owner(), number.to_owned())),
        }
    }

    /// The modem is about to be told to flash.
    pub(super) fn check_flash(&mut self) {
        let waiting = &mut self.cdma.waiting;
        waiting.flashes += 1;
        // One that was held for the service goes when that has answered.
        let Some(by) = self.by.filter(|by| by.code == RequestCode::CDMA_FLASH).map(|by| by.place) else {
            waiting.is_unknown = true;
            return;
        };
        if waiting.is_unknown {
            return;
        }
        match waiting.waiting.filter(|(_, since)| self.now < *since + WAITS_FOR) {
            Some((owner, _)) => assert_eq!(by, owner, "phone {by} takes the call that waits for phone {owner}"),
            None => self.check_speaks(RequestCode::CDMA_FLASH),
        }
    }

    /// The modem is about to be told something about the call that is going on.
    pub(in crate::simulation) fn check_speaks(&self, code: RequestCode) {
        let Some(by) = self.by.filter(|by| by.code == code).map(|by| by.place) else { return };
        match self.cdma.waiting.in_front() {
            Some(front) => {
                assert!(front.is_none_or(|front| front == by), "{code} of phone {by} is about the call of {front:?}");
            }
            None => {
                let going_on = |call: &&Call| !call.state.is_ringing() && call.state != CallState::HOLDING;
                let mut calls = self.modem.told_calls().iter().filter(going_on).peekable();
                let is_own = |call: &Call| self.owner_of(call).is_none_or(|owner| owner == by);
                assert!(calls.peek().is_none() || calls.any(is_own), "{code} of phone {by} is about another's call");
            }
        }
    }

    /// Voice privacy reaches the modem for the call that is going on: at once, or when it comes to the front.
    pub(super) fn check_privacy(&self, code: RequestCode) {
        if self.by.is_some_and(|by| by.code == code) {
            self.check_speaks(code);
        }
    }
}
