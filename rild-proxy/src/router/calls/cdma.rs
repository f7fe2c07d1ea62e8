//! Calls of a CDMA network, where there is no holding and joining of calls by command.
//!
//! A second call is announced by CALL_WAITING, with its number, and is not in the list of calls. A flash answers it, and
//! further flashes go back and forth between the two; which phone's call is at the front is known by counting them. That
//! a waiting call is over nobody says: it waits for a minute at most, and for as long as there is another call. Only
//! the owner of the waiting call answers it, and only the owner of the call at the front flashes otherwise. Requests that
//! would touch both calls are refused while they are two phones'.
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
    /// Whose call was answered by a flash.
    second: Option<PhoneId>,
    second_is_in_front: bool,
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
        self.second.filter(|_| self.second_is_in_front)
    }

    /// No call is left, so none waits.
    pub(super) fn no_calls(&mut self) {
        self.waiting = None;
        self.second = None;
        self.second_is_in_front = false;
    }

    /// Whether this phone may flash: it answers its waiting call, or its call is at the front.
    pub(super) fn may_flash(&self, now: Now, phone: PhoneId, speaking: Option<PhoneId>) -> bool {
        self.waiting_at(now).or(speaking) == Some(phone)
    }

    fn waiting_at(&self, now: Now) -> Option<PhoneId> {
        self.waiting.filter(|(_, until)| now < *until).map(|(phone, _)| phone)
    }

    /// This phone flashes, and may.
    pub(super) fn flashes(&mut self, now: Now, phone: PhoneId) {
        let waits = self.waiting_at(now).is_some();
        self.waiting = None;
        if waits {
            self.second = Some(phone);
            self.second_is_in_front = true;
        } else if self.second.is_some() {
            self.second_is_in_front = !self.second_is_in_front;
        }
    }

    /// Whether this phone would touch another's call by naming its own, or none.
    pub(super) fn is_shared_by_another(&self, now: Now, phone: PhoneId, calls: &Calls) -> bool {
        let another = |other: Option<PhoneId>| other.is_some_and(|other| other != phone);
        another(self.waiting_at(now)) || another(self.second) || calls.others(phone).next().is_some()
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
