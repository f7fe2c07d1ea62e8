//! Data calls and who holds them: each phone sees its own, and none can close another's.

mod requests;

use ril_protocol::payload::Strings;
use ril_protocol::payload::data::{DataCall, DataCallList};
use ril_protocol::{RilVersion, parcel};

use super::PhoneId;

/// Most data calls that one phone is believed to hold; modems have fewer than twenty.
const MOST_HELD: usize = 64;

/// Which phones hold which data call.
#[derive(Debug, Default)]
pub(in crate::router) struct DataCalls {
    held: Vec<Held>,
}

/// One phone's hold on a data call, and what that phone was told of it last.
#[derive(Debug)]
struct Held {
    cid: i32,
    phone: PhoneId,
    told: DataCall,
}

/// What closing a data call means for the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Closing {
    /// Nobody else holds it.
    ForReal,
    /// Others still hold it, or the asker never did.
    Nothing,
}

impl DataCalls {
    /// A phone set up a data call and the modem answered with this.
    pub(in crate::router) fn opened(&mut self, phone: PhoneId, response: &[u8], version: RilVersion) {
        let Ok(list) = parcel::decode::<DataCallList>(response, version) else { return };
        for call in list.calls.into_iter().filter(|call| call.status == 0) {
            self.held.retain(|held| (held.cid, held.phone) != (call.cid, phone));
            if self.held_by(phone).count() < MOST_HELD {
                self.held.push(Held { cid: call.cid, phone, told: call });
            }
        }
    }

    /// A phone asks to close a data call: the arguments are the cid and a reason.
    pub(in crate::router) fn close(&mut self, phone: PhoneId, request: &[u8], version: RilVersion) -> Closing {
        let cid = parcel::decode::<Strings>(request, version)
            .ok()
            .and_then(|strings| strings.first()?.as_deref()?.parse::<i32>().ok());
        let Some(cid) = cid else { return Closing::Nothing };
        let before = self.held.len();
        self.held.retain(|held| (held.cid, held.phone) != (cid, phone));
        let was_holder = self.held.len() < before;
        if was_holder && !self.held.iter().any(|held| held.cid == cid) { Closing::ForReal } else { Closing::Nothing }
    }

    /// The modem's list as this phone sees it; `None` if it cannot be read.
    pub(in crate::router) fn list_for(&self, phone: PhoneId, payload: &[u8], version: RilVersion) -> Option<Vec<u8>> {
        if payload.is_empty() {
            return Some(Vec::new());
        }
        let mut list = parcel::decode::<DataCallList>(payload, version).ok()?;
        list.calls.retain(|call| self.held_by(phone).any(|cid| cid == call.cid));
        Some(parcel::encode(&list, version))
    }

    /// Takes the modem's list in; the phones whose own part of it changed, each with that part.
    pub(in crate::router) fn changed(&mut self, payload: &[u8], version: RilVersion) -> Vec<(PhoneId, Vec<u8>)> {
        let Ok(list) = parcel::decode::<DataCallList>(payload, version) else { return Vec::new() };
        let mut phones = Vec::new();
        self.held.retain_mut(|held| {
            let now = list.calls.iter().find(|call| call.cid == held.cid);
            if now != Some(&held.told) && !phones.contains(&held.phone) {
                phones.push(held.phone);
            }
            if let Some(now) = now {
                held.told = now.clone();
            }
            now.is_some()
        });
        let part = |phone| Some((phone, self.list_for(phone, payload, version)?));
        phones.into_iter().filter_map(part).collect()
    }

    /// The data calls that this phone holds.
    pub(in crate::router) fn held_by(&self, phone: PhoneId) -> impl Iterator<Item = i32> {
        self.held.iter().filter(move |held| held.phone == phone).map(|held| held.cid)
    }

    /// The modem started anew.
    pub(in crate::router) fn forget(&mut self) {
        self.held.clear();
    }
}
