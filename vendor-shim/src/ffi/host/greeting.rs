//! What a client that connects is told, and the state of the radio as clients see it.
//!
//! Reference: `libril/ril.cpp` (`onNewCommandConnect`, `processRadioState`).

use std::sync::atomic::Ordering;

use ril_protocol::UnsolCode;
use ril_protocol::payload::radio::RadioState;

use super::{Host, lock, socket_id};
use crate::ffi::crash;
use crate::ffi::functions::{OnStateRequestMulti, RadioFunctions};
use crate::host::radio;

impl Host {
    pub(super) fn radio_state(&self, functions: &RadioFunctions, sim: usize) -> RadioState {
        let Some(on_state_request) = functions.on_state_request else { return RadioState::UNAVAILABLE };
        // SAFETY: a function pointer of one flavour as that of the other; see `OnRequestMulti`.
        let on_state_request: OnStateRequestMulti = unsafe { std::mem::transmute(on_state_request) };
        // SAFETY: ril.h lets it be called from any thread.
        RadioState(unsafe { on_state_request(socket_id(sim)) })
    }

    /// Asks for the radio state, sends what older libraries leave to libril, and gives the state as clients see it.
    pub(super) fn new_radio_state(&self, functions: &RadioFunctions, sim: usize) -> RadioState {
        let state = self.radio_state(functions, sim);
        let Some(radio) = self.sims.get(sim).map(|sim| &sim.old_radio) else { return state };
        let changes = lock(radio).changed(state);
        if let Some(technology) = changes.technology {
            self.tell_int(sim, UnsolCode::VOICE_RADIO_TECH_CHANGED, technology);
        }
        if let Some(source) = changes.source {
            self.tell_int(sim, UnsolCode::CDMA_SUBSCRIPTION_SOURCE_CHANGED, source);
        }
        if changes.sim {
            self.tell(sim, UnsolCode::RESPONSE_SIM_STATUS_CHANGED, |_| Ok(()));
        }
        radio::shown(state)
    }

    /// What libril says to a client that connects (`onNewCommandConnect`). On the request thread.
    pub(super) fn greet(&self, sim: usize) {
        let Some(functions) = self.functions() else { return };
        crash::state_request_begins();
        self.enter_library();
        self.greet_with(functions, sim);
        self.leave_library();
        // libril asks for every client, and a library may tell by it that one has come.
        crash::version_request_begins();
        self.enter_library();
        let version = self.vendor_version().unwrap_or_default();
        self.leave_library();
        tracing::debug!("the vendor library is {version:?}");
    }

    /// Says the version and the state of the radio; also for a library that says `RIL_CONNECTED` itself. To libril that
    /// is a message like any other, and to a client the word that its rild began anew, behind which the state of the
    /// radio comes. So the library has its effect, and neither the state nor the version, in which all else is said, is
    /// left to it.
    pub(super) fn greet_with(&self, functions: &RadioFunctions, sim: usize) {
        self.tell_int(sim, UnsolCode::RIL_CONNECTED, functions.version);
        if let Some(sim) = self.sims.get(sim) {
            // Before the state is asked for: a change of it that comes now is not lost.
            sim.greeted.store(true, Ordering::Release);
        }
        let state = self.new_radio_state(functions, sim);
        self.tell(sim, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, |out| {
            out.extend_from_slice(&state.0.to_ne_bytes());
            Ok(())
        });
    }
}
