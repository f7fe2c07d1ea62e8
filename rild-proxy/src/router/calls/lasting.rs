//! Whose call is whose, across a restart of the daemon or of the modem side.
//!
//! The owner of each call, the index by which it knows it and the caller that it is shown are stored. What is recalled
//! counts only once the modem lists the same call: the same index, direction and number. What the modem does not list
//! any more has ended. Who called an emergency number last is stored as well, for it may be called back; emergency
//! calls that no list has had yet are in `late_emergencies`.

use caller_tag::{E164, Target};
use prost::Message;
use ril_protocol::payload::call::{Call, CallState};

use super::Voice;
use super::by_service::ByService;
use super::callback_mode::CALLBACK_MODE;
use super::late_emergencies::UNLISTED;
use super::owned::{Ending, OwnedCall, Shown};
use crate::router::{Actions, Kind, Now, PhoneId, Router};

/// The key of the phone that called an emergency number last. Calls have their index at the modem, of four bytes.
const EMERGENCY_CALLER: &[u8] = b"emergency caller";

/// A call as it is stored. The numbers of the fields are in people's databases.
#[derive(Clone, PartialEq, Message)]
pub(super) struct LastingCall {
    /// Name of its owner.
    #[prost(string, tag = "1")]
    owner: String,
    #[prost(int32, tag = "2")]
    index: i32,
    #[prost(bool, tag = "3")]
    is_mt: bool,
    #[prost(string, optional, tag = "4")]
    number: Option<String>,
    /// The caller as its owner sees it, where that differs.
    #[prost(string, optional, tag = "5")]
    shown: Option<String>,
    #[prost(bool, tag = "6")]
    withheld: bool,
    #[prost(bool, tag = "7")]
    emergency: bool,
    /// It rang while its owner had no client.
    #[prost(bool, tag = "8")]
    unseen: bool,
    /// Whom the number service calls for it, as a full number; `shown` is the number as its owner dialled it.
    #[prost(string, optional, tag = "9")]
    target: Option<String>,
    /// That one is not to see the owner's own number.
    #[prost(bool, tag = "10")]
    target_withheld: bool,
    /// The service is still to be told by tones.
    #[prost(bool, tag = "11")]
    tones_due: bool,
    /// An emergency call that yields to others.
    #[prost(bool, tag = "12")]
    yields: bool,
}

/// What is stored, and what was recalled and not confirmed yet.
#[derive(Debug, Default)]
pub(super) struct LastingCalls {
    stored: Vec<(i32, LastingCall)>,
    recalled: Vec<OwnedCall>,
}

impl LastingCalls {
    /// Whether the modem has to be asked which of these calls are still there.
    pub(super) fn any_recalled(&self) -> bool {
        !self.recalled.is_empty()
    }

    /// The calls that the modem may still have.
    pub(super) fn recalled(&self) -> impl Iterator<Item = &OwnedCall> {
        self.recalled.iter()
    }

    /// The calls to compare the modem's first list with.
    pub(super) fn take_recalled(&mut self) -> Vec<OwnedCall> {
        std::mem::take(&mut self.recalled)
    }

    /// The ordinary calls of a phone end as soon as the modem lists them. An emergency call is to be found first.
    pub(super) fn end(&mut self, phone: PhoneId) {
        let ending = |call: &&mut OwnedCall| call.owner == phone && !call.emergency;
        self.recalled.iter_mut().filter(ending).for_each(|call| call.unwanted = true);
    }

    /// A client of this phone is there to see its calls.
    pub(super) fn seen_by(&mut self, phone: PhoneId) {
        self.recalled.iter_mut().filter(|call| call.owner == phone).for_each(|call| call.unseen = false);
    }

    /// The modem side is gone; its calls may still be there when it is back.
    pub(super) fn set_aside(&mut self, calls: Vec<OwnedCall>) {
        let visible = calls.into_iter().filter(|call| !call.hidden);
        self.recalled.extend(visible.map(|mut call| {
            if let Some(by_service) = &mut call.by_service {
                by_service.set_aside(call.call.state);
            }
            OwnedCall { call: unconfirmed(call.call), ending: Ending::No, ..call }
        }));
    }
}

/// A call in the earliest state that it can be in, so that whatever the modem says of it comes later.
fn unconfirmed(call: Call) -> Call {
    Call { state: if call.is_mt { CallState::INCOMING } else { CallState::DIALING }, ..call }
}

impl Voice {
    /// Calls of before, which count until the modem's first list tells whether they are over.
    pub(super) fn recalled(&self) -> impl Iterator<Item = &OwnedCall> {
        self.lasting.recalled().filter(|_| self.looking.awaits_first())
    }

    /// The calls as they are to be stored, each with its index at the modem.
    fn lasting(&self, name: impl Fn(PhoneId) -> String) -> Vec<(i32, LastingCall)> {
        let visible = self.calls.iter().filter(|call| !call.hidden);
        let lasting = visible.map(|call| {
            let shown = match &call.shown {
                Some(Shown::Number(number)) => Some(number.clone()),
                Some(Shown::Withheld) | None => None,
            };
            let lasting = LastingCall {
                owner: name(call.owner),
                index: call.index,
                is_mt: call.call.is_mt,
                number: call.call.number.clone(),
                shown,
                withheld: call.shown == Some(Shown::Withheld),
                emergency: call.emergency,
                yields: call.yields,
                unseen: call.unseen,
                target: call.by_service.as_ref().map(|call| call.target.number.to_string()),
                target_withheld: call.by_service.as_ref().is_some_and(|call| call.target.withheld),
                tones_due: call.by_service.as_ref().is_some_and(ByService::has_tones_due),
            };
            (call.call.index, lasting)
        });
        lasting.collect()
    }
}

impl Router {
    /// Stores what changed of whose call is whose.
    pub(super) fn store_calls(&mut self, out: &mut Actions) {
        if self.voice.lasting.any_recalled() {
            return; // Which of the stored calls are still there is not known yet.
        }
        let name = |id| self.phones.get(id).map(|phone| phone.name.clone()).unwrap_or_default();
        let now = self.voice.lasting(name);
        let before = std::mem::replace(&mut self.voice.lasting.stored, now);
        let now = &self.voice.lasting.stored;
        for (index, _) in before.iter().filter(|(index, _)| !now.iter().any(|(other, _)| other == index)) {
            self.journal.remove(Kind::Call, &index.to_be_bytes(), out);
        }
        for (index, call) in now.iter().filter(|call| !before.contains(call)) {
            self.journal.put(Kind::Call, &index.to_be_bytes(), &call.encode_to_vec(), out);
        }
    }

    /// A record of a call, or of the emergency caller, from an earlier life.
    pub(in crate::router) fn recall_call(&mut self, key: &[u8], value: &[u8]) {
        if key == EMERGENCY_CALLER {
            self.voice.emergency_caller = std::str::from_utf8(value).ok().and_then(|name| self.phone_named(name));
            return;
        }
        if key == CALLBACK_MODE {
            return self.recall_callback_mode(value);
        }
        if key == UNLISTED {
            return self.recall_unlisted_emergencies(value);
        }
        let Ok(index) = <[u8; 4]>::try_from(key).map(i32::from_be_bytes) else { return };
        let Ok(lasting) = LastingCall::decode(value) else { return };
        if let Some(owner) = self.phone_named(&lasting.owner) {
            let call = Call { index, is_mt: lasting.is_mt, number: lasting.number.clone(), ..Default::default() };
            let shown = if lasting.withheld { Some(Shown::Withheld) } else { lasting.shown.clone().map(Shown::Number) };
            let target = lasting.target.as_deref().and_then(|target| E164::parse(target).ok());
            let target = target.map(|number| Target { number, withheld: lasting.target_withheld });
            let by_service = target.zip(lasting.shown.clone()).map(|(target, number)| {
                ByService::recalled(self.voice.intents.next_id(), target, number, lasting.tones_due)
            });
            self.voice.lasting.recalled.push(OwnedCall {
                owner,
                index: lasting.index,
                call: unconfirmed(call),
                shown,
                hidden: false,
                emergency: lasting.emergency,
                yields: lasting.yields,
                by_service,
                unseen: lasting.unseen,
                reject_at: None,
                ending: Ending::No,
                unwanted: false,
            });
        }
        self.voice.lasting.stored.push((index, lasting));
    }

    /// This phone called an emergency number last, and the modem has made the call.
    pub(super) fn note_emergency_caller(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.voice.callback_mode.note_call(now, id);
        self.call_back_too(id, out);
        if self.voice.emergency_caller.replace(id) != Some(id)
            && let Some(phone) = self.phones.get(id)
        {
            self.journal.put(Kind::Call, EMERGENCY_CALLER, phone.name.as_bytes(), out);
        }
    }
}
