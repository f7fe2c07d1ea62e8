//! Data calls and who holds them: each phone sees its own, and none can close another's.

use ril_protocol::payload::Strings;
use ril_protocol::payload::data::DataCallList;
use ril_protocol::{RilVersion, parcel};

use super::PhoneId;

/// Which phones hold which data call.
#[derive(Debug, Default)]
pub(super) struct DataCalls {
    held: Vec<(i32, PhoneId)>,
}

/// What closing a data call means for the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// Nobody else holds it.
    ForReal,
    /// Others still hold it, or the asker never did.
    Nothing,
}

impl DataCalls {
    /// A phone set up a data call and the modem answered with this.
    pub(super) fn opened(&mut self, phone: PhoneId, response: &[u8], version: RilVersion) {
        let Ok(list) = parcel::decode::<DataCallList>(response, version) else { return };
        for call in list.calls.iter().filter(|call| call.status == 0) {
            if !self.held.contains(&(call.cid, phone)) {
                self.held.push((call.cid, phone));
            }
        }
    }

    /// A phone asks to close a data call: the arguments are the cid and a reason.
    pub(super) fn close(&mut self, phone: PhoneId, request: &[u8], version: RilVersion) -> Closing {
        let cid = parcel::decode::<Strings>(request, version)
            .ok()
            .and_then(|strings| strings.first()?.as_deref()?.parse::<i32>().ok());
        let Some(cid) = cid else { return Closing::Nothing };
        let before = self.held.len();
        self.held.retain(|held| *held != (cid, phone));
        let was_holder = self.held.len() < before;
        if was_holder && !self.held.iter().any(|(held, _)| *held == cid) { Closing::ForReal } else { Closing::Nothing }
    }

    /// The modem's list as this phone sees it; `None` if it cannot be read.
    pub(super) fn list_for(&self, phone: PhoneId, payload: &[u8], version: RilVersion) -> Option<Vec<u8>> {
        if payload.is_empty() {
            return Some(Vec::new());
        }
        let mut list = parcel::decode::<DataCallList>(payload, version).ok()?;
        list.calls.retain(|call| self.held.contains(&(call.cid, phone)));
        Some(parcel::encode(&list, version))
    }

    /// Takes the modem's list in; the phones that held a call in it or lost one.
    pub(super) fn changed(&mut self, payload: &[u8], version: RilVersion) -> Vec<PhoneId> {
        let Ok(list) = parcel::decode::<DataCallList>(payload, version) else { return Vec::new() };
        let mut phones: Vec<PhoneId> = self.held.iter().map(|(_, phone)| *phone).collect();
        phones.sort_unstable();
        phones.dedup();
        self.held.retain(|(cid, _)| list.calls.iter().any(|call| call.cid == *cid));
        phones
    }

    /// Whether anybody holds a data call.
    pub(super) fn held_by(&self, phone: PhoneId) -> impl Iterator<Item = i32> {
        self.held.iter().filter(move |(_, holder)| *holder == phone).map(|(cid, _)| *cid)
    }

    /// The modem started anew.
    pub(super) fn forget(&mut self) {
        self.held.clear();
    }
}
