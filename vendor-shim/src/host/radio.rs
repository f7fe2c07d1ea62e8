//! What libril makes of the radio states of libraries from before RIL version 7, which told of the SIM and of the
//! radio technology too: clients see `ON`, and up to three messages that newer libraries would send themselves.
//!
//! Reference: `libril/ril.cpp` (`processRadioState` and the functions that it calls).

use ril_protocol::payload::radio::RadioState;

/// `RADIO_TECH_UMTS`.
const UMTS: i32 = 3;
/// `RADIO_TECH_1xRTT`.
const CDMA_1X: i32 = 6;
/// `CDMA_SUBSCRIPTION_SOURCE_RUIM_SIM`.
const SOURCE_SIM: i32 = 0;
/// `CDMA_SUBSCRIPTION_SOURCE_NV`.
const SOURCE_NV: i32 = 1;

/// The radio technology of voice that an old state stands for.
pub(crate) fn voice_technology(state: RadioState) -> Option<i32> {
    match state {
        RadioState::SIM_NOT_READY | RadioState::SIM_LOCKED_OR_ABSENT | RadioState::SIM_READY => Some(UMTS),
        RadioState::RUIM_NOT_READY
        | RadioState::RUIM_READY
        | RadioState::RUIM_LOCKED_OR_ABSENT
        | RadioState::NV_NOT_READY
        | RadioState::NV_READY => Some(CDMA_1X),
        _ => None,
    }
}

/// The CDMA subscription source that an old state stands for.
pub(crate) fn subscription_source(state: RadioState) -> Option<i32> {
    match state {
        RadioState::NV_NOT_READY | RadioState::NV_READY => Some(SOURCE_NV),
        _ => voice_technology(state).map(|_| SOURCE_SIM),
    }
}

/// The state as clients see it.
pub(crate) fn shown(state: RadioState) -> RadioState {
    if voice_technology(state).is_some() { RadioState::ON } else { state }
}

/// What the last old state stood for.
#[derive(Debug, Default)]
pub(crate) struct OldRadio {
    technology: Option<i32>,
    source: Option<i32>,
    sim: Option<RadioState>,
}

/// The messages that a new state calls for, before `RADIO_STATE_CHANGED` itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// `VOICE_RADIO_TECH_CHANGED`.
    pub(crate) technology: Option<i32>,
    /// `CDMA_SUBSCRIPTION_SOURCE_CHANGED`.
    pub(crate) source: Option<i32>,
    /// `RESPONSE_SIM_STATUS_CHANGED`.
    pub(crate) sim: bool,
}

impl OldRadio {
    /// Takes note of a new state.
    pub(crate) fn changed(&mut self, state: RadioState) -> Changes {
        let technology = voice_technology(state);
        if technology.is_none() {
            return Changes::default();
        }
        let mut changes = Changes::default();
        if self.technology != technology {
            self.technology = technology;
            changes.technology = technology;
        }
        let source = subscription_source(state);
        if technology == Some(CDMA_1X) && self.source != source {
            self.source = source;
            changes.source = source;
        }
        let sim = sim_state(state);
        if self.sim != sim {
            self.sim = sim;
            changes.sim = true;
        }
        changes
    }
}

/// The states that say something of the SIM. libril counts "NV ready" among the others.
fn sim_state(state: RadioState) -> Option<RadioState> {
    match state {
        RadioState::SIM_LOCKED_OR_ABSENT
        | RadioState::SIM_READY
        | RadioState::RUIM_READY
        | RadioState::RUIM_LOCKED_OR_ABSENT => Some(state),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_states_pass_as_they_are() {
        let mut radio = OldRadio::default();
        for state in [RadioState::OFF, RadioState::UNAVAILABLE, RadioState::ON, RadioState(11), RadioState(-1)] {
            assert_eq!(shown(state), state);
            assert_eq!(radio.changed(state), Changes::default());
        }
    }

    #[test]
    fn a_gsm_phone_that_starts_tells_technology_once_and_then_the_sim() {
        let mut radio = OldRadio::default();
        let first = Changes { technology: Some(UMTS), source: None, sim: false };
        assert_eq!(radio.changed(RadioState::SIM_NOT_READY), first);
        let ready = Changes { technology: None, source: None, sim: true };
        assert_eq!(radio.changed(RadioState::SIM_READY), ready);
        assert_eq!(radio.changed(RadioState::SIM_READY), Changes::default());
        assert_eq!(radio.changed(RadioState::SIM_LOCKED_OR_ABSENT), ready);
        assert_eq!(shown(RadioState::SIM_NOT_READY), RadioState::ON);
    }

    #[test]
    fn a_cdma_phone_tells_its_subscription_source_too() {
        let mut radio = OldRadio::default();
        let nv = Changes { technology: Some(CDMA_1X), source: Some(SOURCE_NV), sim: false };
        assert_eq!(radio.changed(RadioState::NV_READY), nv);
        let ruim = Changes { technology: None, source: Some(SOURCE_SIM), sim: true };
        assert_eq!(radio.changed(RadioState::RUIM_READY), ruim);
    }
}
