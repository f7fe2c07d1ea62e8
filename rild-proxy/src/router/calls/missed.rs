//! Calls that a phone missed because it had no client.
//!
//! Such a call is remembered durably and shown to the phone at its next start, so that it appears among its missed
//! calls: as a call that rings for a moment, in its list of calls alone, and ends before anybody answers. That happens
//! only while the modem has no call at all, one after the other, and only once the phone itself asks for its calls.
//!
//! The router has no clock of the world, so the phone takes such a call for one of the time of its start.

use std::collections::VecDeque;
use std::time::Duration;

use caller_tag::cause::Cause;
use prost::Message;
use ril_protocol::frame::Request;
use ril_protocol::payload::call::{Call, CallState, Presentation};
use ril_protocol::{Errno, RequestCode, UnsolCode};

use super::OwnedCall;
use crate::router::{Actions, Kind, Note, Now, PhoneId, Router};

/// Most missed calls of one phone that are remembered; the oldest make room.
const MOST_MISSED: usize = 32;

/// How long a missed call is shown to ring.
const SHOWN_FOR: Duration = Duration::from_secs(1);

/// A missed call as it is stored. The numbers of the fields are in people's databases.
#[derive(Clone, PartialEq, Message)]
struct LastingMissed {
    #[prost(string, optional, tag = "1")]
    number: Option<String>,
    #[prost(int32, tag = "2")]
    presentation: i32,
    #[prost(int32, tag = "3")]
    toa: i32,
    #[prost(string, optional, tag = "4")]
    name: Option<String>,
    #[prost(int32, tag = "5")]
    name_presentation: i32,
}

impl LastingMissed {
    /// As it is shown while it rings.
    fn as_call(&self) -> Call {
        Call {
            state: CallState::INCOMING,
            toa: self.toa,
            is_mt: true,
            is_voice: true,
            number: self.number.clone(),
            number_presentation: Presentation(self.presentation),
            name: self.name.clone(),
            name_presentation: Presentation(self.name_presentation),
            ..Default::default()
        }
    }
}

/// One phone's missed calls, the oldest first, and how far showing the first is.
#[derive(Debug, Default)]
struct OfPhone {
    calls: VecDeque<(u64, LastingMissed)>,
    shown: Showing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Showing {
    /// The phone's list does not have it.
    #[default]
    Not,
    /// The phone's list had it.
    Listed { until: Now },
    /// It ended, and the phone has not asked since.
    Over,
}

/// Every phone's missed calls.
#[derive(Debug)]
pub(super) struct MissedCalls {
    phones: Vec<OfPhone>,
    /// Numbers them.
    next: u64,
}

impl MissedCalls {
    pub(super) fn new(phones: usize) -> Self {
        Self { phones: (0..phones).map(|_| OfPhone::default()).collect(), next: 0 }
    }

    /// The calls that phones have not been shown yet, as they will be.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PhoneId, Call)> {
        let phones = self.phones.iter().enumerate();
        phones.flat_map(|(place, phone)| phone.calls.iter().map(move |(_, call)| (PhoneId(place), call.as_call())))
    }

    /// When the next one is to end.
    pub(super) fn deadline(&self) -> Option<Now> {
        let until = |phone: &OfPhone| match phone.shown {
            Showing::Listed { until } => Some(until),
            Showing::Not | Showing::Over => None,
        };
        self.phones.iter().filter_map(until).min()
    }

    /// The client is another.
    pub(super) fn client_gone(&mut self, phone: PhoneId) {
        if let Some(phone) = self.phones.get_mut(phone.0) {
            phone.shown = Showing::Not;
        }
    }

    fn is_listed(&self, phone: PhoneId) -> bool {
        self.phones.get(phone.0).is_some_and(|phone| matches!(phone.shown, Showing::Listed { .. }))
    }
}

impl Router {
    /// A call ended that its owner never had a chance to see.
    pub(super) fn note_missed(&mut self, call: &OwnedCall, seen: &Call, out: &mut Actions) {
        let id = call.owner;
        let missed = LastingMissed {
            number: seen.number.clone(),
            presentation: seen.number_presentation.0,
            toa: seen.toa,
            name: seen.name.clone(),
            name_presentation: seen.name_presentation.0,
        };
        let number = self.voice.missed.next;
        self.voice.missed.next += 1;
        if let Some(key) = self.missed_key(id, number) {
            self.journal.put(Kind::MissedCall, &key, &missed.encode_to_vec(), out);
        }
        out.note(Note::CallMissed { phone: id });
        let Some(phone) = self.voice.missed.phones.get_mut(id.0) else { return };
        phone.calls.push_back((number, missed));
        if phone.calls.len() > MOST_MISSED
            && let Some((oldest, _)) = phone.calls.pop_front()
        {
            self.forget_missed(id, oldest, out);
        }
    }

    /// Tells a phone that there may be something in its list of calls.
    pub(in crate::router) fn announce_missed(&self, id: PhoneId, out: &mut Actions) {
        if self.voice.missed.phones.get(id.0).is_some_and(|phone| !phone.calls.is_empty()) {
            self.tell(id, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[], out);
        }
    }

    /// The missed call that a phone sees in its list just now, if it does. The phone has asked for it.
    pub(super) fn missed_shown(&mut self, now: Now, id: PhoneId, out: &mut Actions) -> Option<Call> {
        let radio = self.radio_seen_by(id);
        let is_quiet = self.voice.calls.iter().next().is_none() && self.voice.dialled.is_empty() && radio.is_on();
        let phone = self.voice.missed.phones.get_mut(id.0)?;
        match phone.shown {
            Showing::Not if is_quiet => phone.shown = Showing::Listed { until: now + SHOWN_FOR },
            Showing::Listed { .. } if is_quiet => {}
            Showing::Listed { .. } => {
                self.missed_over(id, out);
                self.voice.missed.client_gone(id);
                return None;
            }
            Showing::Not => return None,
            Showing::Over => {
                phone.shown = Showing::Not;
                self.announce_missed(id, out);
                return None;
            }
        }
        let Some((_, missed)) = phone.calls.front() else {
            phone.shown = Showing::Not;
            return None;
        };
        Some(Call { index: 1, ..missed.as_call() })
    }

    /// Whether a request ends a call that is only shown; it is answered then.
    pub(super) fn end_missed(&mut self, id: PhoneId, request: &Request<'_>, out: &mut Actions) -> bool {
        let ends =
            matches!(request.code, RequestCode::HANGUP | RequestCode::UDUB | RequestCode::HANGUP_WAITING_OR_BACKGROUND);
        if !ends || !self.voice.missed.is_listed(id) || self.voice.calls.owned_by(id).next().is_some() {
            return false;
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
        self.missed_over(id, out);
        self.tell(id, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[], out);
        true
    }

    /// Ends the missed calls that were shown long enough.
    pub(in crate::router) fn missed_tick(&mut self, now: Now, out: &mut Actions) {
        for id in self.phones.ids() {
            let shown = self.voice.missed.phones.get(id.0).map(|phone| phone.shown);
            if matches!(shown, Some(Showing::Listed { until }) if until <= now) {
                self.missed_over(id, out);
                self.tell(id, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[], out);
            }
        }
    }

    /// The first missed call of this phone was shown.
    fn missed_over(&mut self, id: PhoneId, out: &mut Actions) {
        let Some(phone) = self.voice.missed.phones.get_mut(id.0) else { return };
        phone.shown = Showing::Over;
        if let Some((number, _)) = phone.calls.pop_front() {
            self.forget_missed(id, number, out);
        }
        self.call_failed(id, Cause::NORMAL, out);
    }

    fn forget_missed(&mut self, id: PhoneId, number: u64, out: &mut Actions) {
        if let Some(key) = self.missed_key(id, number) {
            self.journal.remove(Kind::MissedCall, &key, out);
        }
    }

    fn missed_key(&self, id: PhoneId, number: u64) -> Option<Vec<u8>> {
        Some([self.phones.get(id)?.name.as_bytes(), &[0], &number.to_be_bytes()].concat())
    }

    /// A missed call from an earlier life.
    pub(in crate::router) fn recall_missed(&mut self, key: &[u8], value: &[u8]) {
        let Some((name, [0, number @ ..])) = key.len().checked_sub(9).map(|len| key.split_at(len)) else { return };
        let (Ok(name), Ok(number)) = (std::str::from_utf8(name), <[u8; 8]>::try_from(number)) else { return };
        let (Some(id), Ok(missed)) = (self.phone_named(name), LastingMissed::decode(value)) else { return };
        let number = u64::from_be_bytes(number);
        self.voice.missed.next = self.voice.missed.next.max(number.saturating_add(1));
        let Some(phone) = self.voice.missed.phones.get_mut(id.0) else { return };
        let place = phone.calls.partition_point(|(other, _)| *other < number);
        phone.calls.insert(place, (number, missed));
        phone.calls.truncate(MOST_MISSED);
    }
}
