//! Calls of a CDMA network, where there is no holding and joining of calls by command.
//!
//! A second call is announced by CALL_WAITING, with its number, and is not in the list of calls. A flash answers it,
//! and further flashes go back and forth between the two; which phone's call is at the front is known by counting them.
//! A flash is about the call that waited when it was asked for. That a waiting call is over nobody says: it waits for a
//! minute at most, and for as long as there is another call. Of the one that was answered a modem may say so, which
//! lists it; otherwise it counts as long as there is another call and its phone has a client. Only the owner of the
//! waiting call answers it, and only the owner of the call at the front flashes otherwise. Requests that would touch
//! both calls are refused while they are two phones'.
//!
//! Reference: ril.h, RIL_UNSOL_CDMA_CALL_WAITING, RIL_REQUEST_CDMA_FLASH, RIL_UNSOL_VOICE_RADIO_TECH_CHANGED; 3GPP2
//! C.S0005 for the flash with information.

use std::time::Duration;

use ril_protocol::parcel::Reader;
use ril_protocol::payload::call::{Call, Presentation, TOA_INTERNATIONAL};
use ril_protocol::payload::cdma::CallWaiting;
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};

use super::Calls;
use super::owned::Shown;
use crate::router::pending::Waiter;
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// The radio technologies of CDMA voice and its data (`RIL_RadioTechnology`): IS95A to EVDO_A, EVDO_B, EHRPD.
const TECHNOLOGIES: [i32; 7] = [4, 5, 6, 7, 8, 12, 13];

/// How long a call may wait: longer than networks let one ring.
const WAITS_FOR: Duration = Duration::from_secs(60);

/// An international number (`CallWaiting.number_type`).
const INTERNATIONAL: i32 = 1;

/// What is known of CDMA calls beyond the list of calls.
#[derive(Debug, Default)]
pub(in crate::router) struct CdmaCalls {
    is_on: bool,
    /// Whose call waits, and until when.
    waiting: Option<(PhoneId, Now)>,
    /// The call that was answered by a flash.
    second: Option<Second>,
    /// Flashes that the modem has not answered, and whether each is to answer a waiting call.
    flashes: Vec<(Waiter, bool)>,
}

#[derive(Debug)]
struct Second {
    owner: PhoneId,
    is_in_front: bool,
    /// The modem has listed a call of that phone since.
    is_listed: bool,
}

impl CdmaCalls {
    /// Whether voice is CDMA at present.
    pub(in crate::router) fn is_on(&self) -> bool {
        self.is_on
    }

    /// The radio technology of voice, as the modem tells it: a list of one number.
    pub(in crate::router) fn learn(&mut self, payload: &[u8], version: RilVersion) {
        let mut reader = Reader::new(payload, version);
        if let (Ok(1..), Ok(technology)) = (reader.int(), reader.int()) {
            self.is_on = TECHNOLOGIES.contains(&technology);
        }
    }

    pub(super) fn modem_down(&mut self) {
        *self = Self::default();
    }

    /// Whose call is at the front, if the list of calls does not tell.
    pub(super) fn in_front(&self) -> Option<PhoneId> {
        self.second.as_ref().filter(|second| second.is_in_front).map(|second| second.owner)
    }

    /// The modem lists these calls: where it lists none, none waits.
    pub(super) fn list_came(&mut self, calls: &Calls) {
        if calls.iter().next().is_none() {
            self.waiting = None;
            self.second = None;
        }
        if let Some(second) = &mut self.second {
            let is_there = calls.owned_by(second.owner).next().is_some();
            if second.is_listed && !is_there {
                self.second = None;
            } else {
                second.is_listed = is_there;
            }
        }
    }

    /// The client of this phone is gone: nobody would say that its call is over.
    pub(super) fn client_gone(&mut self, phone: PhoneId) {
        self.second.take_if(|second| second.owner == phone);
    }

    /// Whether this phone may flash: it answers its waiting call, or its call is at the front.
    pub(super) fn may_flash(&self, now: Now, phone: PhoneId, speaking: Option<PhoneId>) -> bool {
        self.waiting_at(now).or(speaking) == Some(phone)
    }

    fn waiting_at(&self, now: Now) -> Option<PhoneId> {
        self.waiting.filter(|(_, until)| now < *until).map(|(phone, _)| phone)
    }

    /// A flash of a phone that may goes to the modem.
    pub(super) fn flash_asked(&mut self, now: Now, asker: Waiter) {
        self.flashes.push((asker, self.waiting_at(now) == Some(asker.phone)));
    }

    /// The modem has answered it.
    pub(super) fn flash_answered(&mut self, asker: Waiter, is_done: bool) {
        let Some(place) = self.flashes.iter().position(|(other, _)| *other == asker) else { return };
        let (_, answers) = self.flashes.remove(place);
        if !is_done {
            return;
        }
        if answers {
            self.waiting.take_if(|(owner, _)| *owner == asker.phone);
            self.second = Some(Second { owner: asker.phone, is_in_front: true, is_listed: false });
        } else if let Some(second) = &mut self.second {
            second.is_in_front = !second.is_in_front;
        }
    }

    /// Whether this phone would touch another's call by naming its own, or none.
    pub(super) fn is_shared_by_another(&self, now: Now, phone: PhoneId, calls: &Calls) -> bool {
        let another = |other: Option<PhoneId>| other.is_some_and(|other| other != phone);
        let second = self.second.as_ref().map(|second| second.owner);
        another(self.waiting_at(now)) || another(second) || calls.others(phone).next().is_some()
    }
}

/// Whether a request acts on the network's calls as a whole, by the commands of GSM.
pub(super) fn is_about_all_calls(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::HANGUP_WAITING_OR_BACKGROUND
            | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND
            | RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE
            | RequestCode::CONFERENCE
            | RequestCode::SEPARATE_CONNECTION
            | RequestCode::EXPLICIT_CALL_TRANSFER
    )
}

impl Router {
    /// CDMA_CALL_WAITING: whose call is it?
    pub(super) fn call_waiting(&mut self, now: Now, payload: &[u8], out: &mut Actions) {
        let version = self.version();
        let Ok(mut waiting) = parcel::decode::<CallWaiting>(payload, version) else {
            return out.note(Note::Undecodable { what: "the waiting CDMA call" });
        };
        let toa = if waiting.number_type == INTERNATIONAL { TOA_INTERNATIONAL } else { 0 };
        let call = Call { toa, number: waiting.number.clone(), ..Default::default() };
        let expected = self.service.hints.take(now, &call, &self.tags);
        let (owner, shown) = match expected.or_else(|| self.tags.read_call(&call, &self.phones)) {
            Some((owner, shown)) => (owner, Some(shown)),
            None => (self.phones.default_owner(), None),
        };
        self.voice.cdma.waiting = Some((owner, now + WAITS_FOR));
        let payload = match shown {
            None => payload.to_vec(),
            Some(shown) => {
                match shown {
                    Shown::Number(number) => waiting.number = Some(number),
                    Shown::Withheld => {
                        waiting.number = Some(String::new());
                        waiting.number_presentation = Presentation::RESTRICTED;
                    }
                }
                parcel::encode(&waiting, version)
            }
        };
        self.tell(owner, UnsolCode::CDMA_CALL_WAITING, &payload, out);
    }
}
