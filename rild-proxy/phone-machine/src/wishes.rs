//! What the client has asked root to keep for it as long as it is there: said again to the next root.
//!
//! Root has one modem for several phones, and keeps in memory what each of them wants: the power of its radio, its
//! screen, which notices it hears. A client says most of that once. A new root knows nothing of it, and only the proxy
//! knows that the client is the same; without it, a phone in airplane mode would be on the network after a restart of
//! root, and hear no notices that it has asked for.
//!
//! So the last of each such request that was answered with success is kept, as it was sent, and is said to the next
//! root before anything else. The client hears nothing of that. What it says itself afterwards counts, as ever.
//!
//! Two things are not among these requests. What root keeps in its database, such as channels of cell broadcast, needs
//! none. And what a privileged phone changes at the modem for good, such as the preferred network type, is the modem's
//! to keep: another phone may have changed it since.

use std::collections::BTreeMap;

use ril_protocol::frame::Request;
use ril_protocol::parcel::word_at;
use ril_protocol::{RequestCode, RilVersion};

/// What is kept, a place each, in the order in which it is said again. The power of the radio goes first: libraries
/// take little before.
const KEPT: [&[RequestCode]; PLACES] = [
    &[RequestCode::RADIO_POWER],
    &[RequestCode::SCREEN_STATE],
    &[RequestCode::SET_SUPP_SVC_NOTIFICATION],
    &[RequestCode::SET_LOCATION_UPDATES],
    &[RequestCode::SET_TTY_MODE],
    &[RequestCode::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE],
    &[RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE],
    &[RequestCode::SET_DC_RT_INFO_RATE],
    &[RequestCode::START_LCE, RequestCode::STOP_LCE],
    &[RequestCode::SET_UNSOLICITED_RESPONSE_FILTER],
    &[RequestCode::REPORT_STK_SERVICE_IS_RUNNING],
    // One for each type of state.
    &[RequestCode::SEND_DEVICE_STATE],
    &[RequestCode::SEND_DEVICE_STATE],
    &[RequestCode::SEND_DEVICE_STATE],
];
const PLACES: usize = 14;
const POWER: usize = 0;
/// Types of SEND_DEVICE_STATE: power save, charging, low data (hardware/interfaces/radio/1.0/types.hal,
/// `DeviceStateType`).
const DEVICE_STATES: usize = 3;
/// The longest payload that is kept, in bytes. These have two integers at most.
const LONGEST: usize = 64;

/// What one client wants.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    kept: [Option<Wish>; PLACES],
    /// What root has not answered yet, by its serial towards root.
    asked: BTreeMap<i32, (usize, Wish)>,
    count: u64,
}

#[derive(Debug)]
struct Wish {
    code: RequestCode,
    payload: Vec<u8>,
    /// How many were asked before.
    order: u64,
}

impl Wishes {
    /// A request went to root under this serial. A code may be a vendor's own where ril.h of this version has none.
    pub(super) fn asked(&mut self, serial: i32, request: &Request<'_>, version: RilVersion) {
        let &Request { code, payload, .. } = request;
        let is_known = code.row().is_some_and(|row| row.since <= version);
        let Some(place) = place_of(request).filter(|_| is_known && payload.len() <= LONGEST) else { return };
        self.asked.insert(serial, (place, Wish { code, payload: payload.to_vec(), order: self.count }));
        self.count += 1;
    }

    /// Root has answered. What was asked last counts, in whatever order the answers come.
    pub(super) fn answered(&mut self, serial: i32, is_success: bool) {
        let Some((place, wish)) = self.asked.remove(&serial).filter(|_| is_success) else { return };
        if let Some(kept) = self.kept.get_mut(place)
            && kept.as_ref().is_none_or(|kept| kept.order < wish.order)
        {
            *kept = Some(wish);
        }
    }

    /// Root is gone, and answers nothing any more.
    pub(super) fn root_down(&mut self) {
        self.asked.clear();
    }

    /// Root shows the client that its radio is on. If the client has wanted it off, that is over: it has called for
    /// help, or the modem would not switch it off.
    pub(super) fn radio_is_on(&mut self) {
        if self.is_off() {
            self.kept[POWER] = None;
        }
    }

    /// Whether the client wants its radio off.
    pub(super) fn is_off(&self) -> bool {
        self.kept[POWER].as_ref().is_some_and(|power| wants_radio(&power.payload) == Some(false))
    }

    /// What is to be said to the next root, in this order.
    pub(super) fn kept(&self) -> impl Iterator<Item = (RequestCode, &[u8])> {
        self.kept.iter().flatten().map(|wish| (wish.code, wish.payload.as_slice()))
    }
}

/// Whether RADIO_POWER with this payload wants the radio on.
pub(super) fn wants_radio(payload: &[u8]) -> Option<bool> {
    first_int(payload).map(|power| power != 0)
}

/// The first of the integers that a payload is, behind their number.
fn first_int(payload: &[u8]) -> Option<i32> {
    word_at(payload, 0).filter(|count| *count > 0)?;
    word_at(payload, 1)
}

fn place_of(request: &Request<'_>) -> Option<usize> {
    let first = KEPT.iter().position(|codes| codes.contains(&request.code))?;
    if request.code != RequestCode::SEND_DEVICE_STATE {
        return Some(first);
    }
    let kind = usize::try_from(first_int(request.payload)?).ok()?;
    (kind < DEVICE_STATES).then_some(first + kind)
}
