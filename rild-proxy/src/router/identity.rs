//! Who a phone is told that it is: IMEI, IMSI and number of its own, and whether it may know where it is.
//!
//! The modem is asked all the same, so that a phone without a SIM card gets the modem's own refusal; only what the
//! modem answers is replaced. A phone with a made-up IMSI cannot authenticate by SIM: the card knows its own only.

use ril_protocol::frame::Request;
use ril_protocol::parcel::word_at;
use ril_protocol::payload::{Strings, Text};
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use super::pending::{Answer, Told};
use super::sim::guarded;
use super::{Actions, Now, PhoneId, Router, denial};
use crate::config;

/// Places in both registration states that say where the phone is and that each state has: LAC, cell id. Clients end a
/// list of strings at the first that is absent, so these are empty.
const AREA_AND_CELL: [usize; 2] = [1, 2];
/// Places of the voice state that also do: base station id, latitude and longitude of CDMA; primary scrambling code
/// (ril.h, RIL_REQUEST_VOICE_REGISTRATION_STATE, whose last place is 14).
const PLACE_OF_VOICE: [usize; 4] = [4, 5, 6, 14];
/// Those of the data state: TAC, physical cell id, cell id, closed subscriber group, timing advance of LTE (ril.h,
/// RIL_REQUEST_DATA_REGISTRATION_STATE, whose last place is 10).
const PLACE_OF_DATA: [usize; 5] = [6, 7, 8, 9, 10];
/// Behind these is what a vendor has added.
const LAST_OF_VOICE: usize = 14;
const LAST_OF_DATA: usize = 10;

/// Digits of an IMEI that an IMEISV begins with, and those of the software version behind them (3GPP TS 23.003, 6.2).
const IMEI_DIGITS: usize = 14;
const VERSION_DIGITS: usize = 2;

/// Places of the subscription's own number and of its MIN (ril.h, RIL_REQUEST_CDMA_SUBSCRIPTION). The MIN is the last
/// digits of the IMSI (3GPP2 C.S0005, 2.3.1).
const MDN: usize = 0;
const MIN: usize = 3;
const MIN_DIGITS: usize = 10;

/// `status` of a question about call forwarding (ril.h, `RIL_CallForwardInfo`; 3GPP TS 27.007, 7.11).
const INTERROGATE: i32 = 2;

/// What a phone is told of itself; `None`: what the modem says.
#[derive(Debug)]
pub(super) struct Identity {
    imei: Option<String>,
    imsi: Option<String>,
    number: Option<String>,
    location: bool,
    privileged: bool,
}

impl Identity {
    pub(super) fn new(phone: &config::Phone, privileged: bool) -> Self {
        Self {
            imei: phone.imei.first().cloned(),
            imsi: phone.imsi.first().cloned(),
            number: phone.number.clone(),
            location: phone.location,
            privileged,
        }
    }

    /// Whether there are files of the SIM that would tell what the phone is told otherwise of itself, or not at all.
    pub(super) fn hides_files(&self) -> bool {
        !self.location || self.imei.is_some() || self.imsi.is_some() || self.number.is_some()
    }

    /// Whether a file that tells this is one of them.
    pub(super) fn hides(&self, told: guarded::Told) -> bool {
        match told {
            guarded::Told::Others => false,
            guarded::Told::Imsi => self.imsi.is_some(),
            guarded::Told::Number => self.number.is_some(),
            // As the network is not asked about forwarding for it, see `own_request`.
            guarded::Told::Service => self.number.is_some() && !self.privileged,
            guarded::Told::Imei => self.imei.is_some(),
            guarded::Told::Place => !self.location,
        }
    }

    /// Whether it may know the cells around it.
    pub(super) fn may_know_cells(&self) -> bool {
        self.location
    }

    /// What the phone is told of an answer that is the modem's own.
    pub(super) fn personal(&self, code: RequestCode, answer: Answer<'_>, version: RilVersion) -> Told {
        if !answer.is_ok() {
            return Told::AsItIs;
        }
        let strings = |change: &dyn Fn(&mut Strings)| match parcel::decode::<Strings>(answer.payload, version) {
            Ok(mut strings) => {
                change(&mut strings);
                Told::Instead(parcel::encode(&strings, version))
            }
            // What cannot be read might tell it.
            Err(_) => Told::Failed(Errno::GENERIC_FAILURE),
        };
        match code {
            RequestCode::GET_IMEI if self.imei.is_some() => Told::Instead(parcel::encode(&self.imei, version)),
            RequestCode::GET_IMSI if self.imsi.is_some() => Told::Instead(parcel::encode(&self.imsi, version)),
            RequestCode::GET_IMEISV if self.imei.is_some() => match parcel::decode::<Text>(answer.payload, version) {
                Ok(theirs) => Told::Instead(parcel::encode(&self.imeisv(theirs), version)),
                Err(_) => Told::Failed(Errno::GENERIC_FAILURE),
            },
            // The device's other numbers would give it away.
            RequestCode::DEVICE_IDENTITY if self.imei.is_some() => strings(&|device| {
                for (place, value) in device.iter_mut().enumerate() {
                    *value = match place {
                        0 => self.imei.clone(),
                        1 => self.imeisv(value.take()),
                        _ => Some(String::new()),
                    };
                }
            }),
            RequestCode::CDMA_SUBSCRIPTION if self.number.is_some() || self.imsi.is_some() => {
                strings(&|subscription| {
                    if let (Some(number), Some(told)) = (&self.number, subscription.get_mut(MDN)) {
                        *told = Some(number.trim_start_matches('+').to_owned());
                    }
                    if let (Some(imsi), Some(told)) = (&self.imsi, subscription.get_mut(MIN)) {
                        *told = imsi.get(imsi.len().saturating_sub(MIN_DIGITS)..).map(str::to_owned);
                    }
                })
            }
            RequestCode::VOICE_REGISTRATION_STATE if !self.location => {
                strings(&|state| hide_place(state, &PLACE_OF_VOICE, LAST_OF_VOICE))
            }
            RequestCode::DATA_REGISTRATION_STATE if !self.location => {
                strings(&|state| hide_place(state, &PLACE_OF_DATA, LAST_OF_DATA))
            }
            _ => Told::AsItIs,
        }
    }

    /// What the phone is told for the device's IMEISV: two digits of its own are the version of the software, but some
    /// libraries give all sixteen (3GPP TS 23.003, 6.2.2).
    fn imeisv(&self, theirs: Text) -> Text {
        let theirs = theirs?;
        let version = theirs.len().checked_sub(VERSION_DIGITS).and_then(|at| theirs.get(at..));
        match (self.imei.as_ref().and_then(|own| own.get(..IMEI_DIGITS)), version) {
            (Some(own), Some(version)) if version.len() < theirs.len() => Some(format!("{own}{version}")),
            _ => Some(theirs),
        }
    }
}

/// Leaves nothing in a registration state of where the phone is.
fn hide_place(state: &mut Strings, places: &[usize], last: usize) {
    for (place, value) in state.iter_mut().enumerate() {
        if AREA_AND_CELL.contains(&place) {
            *value = Some(String::new());
        } else if places.contains(&place) || place > last {
            *value = None;
        }
    }
}

impl Router {
    /// A request of class `Virtual` or `Query`.
    pub(super) fn own_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if let Some(value) = self.remembered(id, request.code) {
            return out.reply(id, request.serial, Errno::SUCCESS, &parcel::encode(&vec![value], self.version()));
        }
        let Some(identity) = self.phones.get(id).map(|phone| &phone.identity) else { return };
        match request.code {
            RequestCode::GET_CLIR => self.get_clir(now, id, request, out),
            RequestCode::SET_CLIR => self.set_clir(now, id, request, out),
            RequestCode::GET_MUTE => self.get_held_value(now, id, request, out),
            RequestCode::GET_NEIGHBORING_CELL_IDS | RequestCode::GET_CELL_INFO_LIST if !identity.location => {
                self.deny(id, request, Errno::REQUEST_NOT_SUPPORTED, out);
            }
            // A library may have one command for asking and for setting.
            RequestCode::QUERY_CALL_FORWARD_STATUS
                if !self.phones.is_privileged(id) && word_at(request.payload, 0) != Some(INTERROGATE) =>
            {
                self.deny(id, request, denial::invalid_arguments(self.version()), out);
            }
            // The SIM's rules are about the SIM's number, not about this phone's. A client that may set them asks
            // afterwards whether they are set.
            RequestCode::QUERY_CALL_FORWARD_STATUS if identity.number.is_some() && !self.phones.is_privileged(id) => {
                self.deny(id, request, Errno::REQUEST_NOT_SUPPORTED, out);
            }
            _ => self.share(now, id, request, out),
        }
    }

    /// What this phone is told of an answer that is the modem's own, to a request of these classes.
    pub(super) fn own_answer(&mut self, phone: PhoneId, code: RequestCode, answer: Answer<'_>) -> Told {
        if code == RequestCode::GET_CLIR {
            return self.clir_answered(phone, answer);
        }
        let phone = self.phones.get(phone);
        phone.map_or(Told::AsItIs, |phone| phone.identity.personal(code, answer, self.version()))
    }
}
