//! Whether the own number is shown, for each phone by itself.
//!
//! The modem has one setting for all calls, which the router never changes: SET_CLIR is remembered, and put into the
//! `clir` field of that phone's calls where the phone leaves it open. GET_CLIR tells what the phone set, beside what
//! the network says of the subscription, which the modem is asked for once.
//!
//! Reference: ril.h, RIL_REQUEST_GET_CLIR and RIL_REQUEST_SET_CLIR; 3GPP TS 27.007, 7.7.

use std::borrow::Cow;

use ril_protocol::frame::Request;
use ril_protocol::parcel::Reader;
use ril_protocol::payload::call::Clir;
use ril_protocol::{Errno, RilVersion, parcel};

use crate::router::pending::{Answer, Told};
use crate::router::{Actions, Kind, Now, PhoneId, Router};

/// Behind a phone's name, the key of its setting.
const SETTING: &str = "\0clir";

/// Every phone's setting.
#[derive(Debug)]
pub(super) struct CallerIds {
    set: Vec<Option<i32>>,
    /// What the modem says: its own setting, and what the network provides.
    at_modem: Option<[i32; 2]>,
}

impl CallerIds {
    pub(super) fn new(phones: usize) -> Self {
        Self { set: vec![None; phones], at_modem: None }
    }

    /// What the modem and the network say is to be asked again.
    pub(super) fn forget_at_modem(&mut self) {
        self.at_modem = None;
    }

    pub(super) fn of(&self, phone: PhoneId) -> Option<i32> {
        self.set.get(phone.0).copied().flatten()
    }
}

impl Router {
    /// SET_CLIR.
    pub(in crate::router) fn set_clir(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(clir @ 0..=2) = self.first_int(request.payload) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        let (Some(set), Some(phone)) = (self.voice.clir.set.get_mut(id.0), self.phones.get(id)) else { return };
        if *set != Some(clir) {
            if !self.journal.take_change(now, id) {
                return self.refuse_flood(id, request, out);
            }
            *set = Some(clir);
            let key = [phone.name.as_str(), SETTING].concat();
            let value = clir.to_le_bytes();
            self.journal.put(Kind::Setting, key.as_bytes(), &value[..1], out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
    }

    /// GET_CLIR.
    pub(in crate::router) fn get_clir(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match self.clir_seen_by(id) {
            Some(clir) => out.reply(id, request.serial, Errno::SUCCESS, &clir),
            None => self.forward(now, id, request, out),
        }
    }

    /// What the modem said of CLIR, and what the phone is told.
    pub(in crate::router) fn clir_answered(&mut self, id: PhoneId, answer: Answer<'_>) -> Told {
        let words = parcel::decode::<Vec<i32>>(answer.payload, self.version()).unwrap_or_default();
        // What was asked while there was a radio is not told when there is none.
        if let ([set, provided, ..], true) = (&words[..], answer.is_ok() && self.radio.is_on()) {
            self.voice.clir.at_modem = Some([*set, *provided]);
        }
        match (&words[..], self.voice.clir.of(id)) {
            ([_, provided, ..], Some(own)) if answer.is_ok() => {
                Told::Instead(parcel::encode(&vec![own, *provided], self.version()))
            }
            _ => Told::AsItIs,
        }
    }

    fn clir_seen_by(&self, id: PhoneId) -> Option<Vec<u8>> {
        let [set, provided] = self.voice.clir.at_modem?;
        Some(parcel::encode(&vec![self.voice.clir.of(id).unwrap_or(set), provided], self.version()))
    }

    /// A phone's DIAL with that phone's setting, if it is not the subscription's.
    pub(super) fn with_clir<'a>(&self, id: PhoneId, dial: &'a [u8]) -> Cow<'a, [u8]> {
        match self.voice.clir.of(id) {
            None | Some(0) => Cow::Borrowed(dial),
            Some(clir) => with_clir(dial, clir, self.version()).map_or(Cow::Borrowed(dial), Cow::Owned),
        }
    }

    /// A phone's setting from an earlier life; false if this is none.
    pub(in crate::router) fn recall_clir(&mut self, key: &[u8], value: &[u8]) -> bool {
        let Some(name) = std::str::from_utf8(key).ok().and_then(|key| key.strip_suffix(SETTING)) else { return false };
        if let (Some(id), [clir @ 0..=2]) = (self.phone_named(name), value)
            && let Some(set) = self.voice.clir.set.get_mut(id.0)
        {
            *set = Some(i32::from(*clir));
        }
        true
    }
}

/// A DIAL whose `clir` was left open, with this value there and all else as it is.
fn with_clir(dial: &[u8], clir: i32, version: RilVersion) -> Option<Vec<u8>> {
    let mut reader = Reader::new(dial, version);
    reader.utf16().ok()?;
    let at = dial.len() - reader.rest().len();
    if reader.int().ok()? != Clir::DEFAULT.0 {
        return None;
    }
    let mut changed = dial.to_vec();
    changed.get_mut(at..at + 4)?.copy_from_slice(&clir.to_ne_bytes());
    Some(changed)
}
