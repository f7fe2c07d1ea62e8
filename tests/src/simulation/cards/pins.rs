//! PINs and PUKs that phones enter: each try that reaches the modem is one of a privileged phone that is there, and
//! goes there once; one is at the modem at a time.

use ril_protocol::RequestCode;
use ril_protocol::frame::Request;
use ril_protocol::payload::Strings;
use ril_protocol::payload::sim::SimIo;
use ril_protocol::{RilVersion, parcel};

use crate::simulation::world::World;

const V: RilVersion = RilVersion::COMMON;

/// Tries of privileged phones that have not reached the modem.
#[derive(Debug, Default)]
pub(super) struct Pins {
    tries: Vec<(usize, RequestCode, Vec<u8>)>,
}

impl Pins {
    /// The client of this phone is gone.
    pub(super) fn client_gone(&mut self, phone: usize) {
        self.tries.retain(|(place, ..)| *place != phone);
    }

    /// Root is gone.
    pub(super) fn root_gone(&mut self) {
        self.tries.clear();
    }
}

impl World {
    /// A phone is about to ask this.
    pub(super) fn note_try(&mut self, place: usize, code: RequestCode, request: &Request<'_>) {
        if is_try(code, request.payload) && self.names.is_privileged(place) {
            self.cards.pins.tries.push((place, code, request.payload.to_vec()));
        }
    }

    /// The modem is about to be asked this.
    pub(super) fn check_pin(&mut self, code: RequestCode, payload: &[u8]) {
        if code == RequestCode::SIM_IO {
            let tries_pin2 = parcel::decode::<SimIo>(payload, V).is_ok_and(|io| io.pin2.is_some());
            let by = self.by.filter(|by| self.names.is_privileged(by.place));
            assert!(!tries_pin2 || by.is_some(), "PIN2 is tried by nobody who may");
            return;
        }
        if !is_try(code, payload) {
            return;
        }
        let tries = &mut self.cards.pins.tries;
        let made = tries.iter().position(|(_, of, what)| (*of, what.as_slice()) == (code, payload));
        let made =
            made.unwrap_or_else(|| panic!("{code} reaches the modem, and no privileged phone has made that try"));
        let (place, ..) = tries.remove(made);
        assert!(self.clients[place].up, "phone {place} is gone, and its PIN is tried");
        assert!(!self.modem.waits_for(is_only_try), "a PIN is tried while another is");
        self.tally.pins += 1;
    }
}

/// Whether a request tries a PIN or PUK.
fn is_try(code: RequestCode, payload: &[u8]) -> bool {
    if code == RequestCode::SET_FACILITY_LOCK {
        let strings = parcel::decode::<Strings>(payload, V).unwrap_or_default();
        return matches!(strings.first().and_then(Option::as_deref), Some("SC" | "FD"));
    }
    is_only_try(code)
}

/// Whether a request is never anything else.
fn is_only_try(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::ENTER_SIM_PIN
            | RequestCode::ENTER_SIM_PUK
            | RequestCode::ENTER_SIM_PIN2
            | RequestCode::ENTER_SIM_PUK2
            | RequestCode::CHANGE_SIM_PIN
            | RequestCode::CHANGE_SIM_PIN2
    )
}
