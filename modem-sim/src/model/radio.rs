//! Power: what goes on and off together, and what a change of the card or of the network brings with it.
//!
//! Reference: ril.h, `RIL_REQUEST_RADIO_POWER` and `RIL_RadioState`.

use ril_protocol::UnsolCode;
use ril_protocol::card::EF_ECC;
use ril_protocol::payload::network::NitzTime;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::sim::SimRefresh;

use ril_sap::status_indication::Change;

use super::calls::Cause;
use super::effects::Effects;
use super::emergency::EmergencyNumber;
use super::network::{Registration, Technology, nitz};
use super::{Modem, Timer};

/// `SIM_FILE_UPDATE` of `RIL_SimRefreshResult`.
const FILE_UPDATE: i32 = 0;

impl Modem {
    pub(super) fn start(&mut self, to: &mut Effects) {
        self.network.subscribed = self.sim.is_ready();
        if self.config.radio_on {
            self.power_on(to);
        }
    }

    /// Radio on: the card is looked at, a network is searched.
    pub fn power_on(&mut self, to: &mut Effects) {
        if self.radio == RadioState::ON {
            return;
        }
        self.set_radio(RadioState::ON, to);
        self.search(to);
    }

    /// Radio off: calls, data calls and registration end.
    pub fn power_off(&mut self, to: &mut Effects) {
        if self.radio != RadioState::OFF {
            self.lose_everything(Cause::NORMAL, to);
            self.set_radio(RadioState::OFF, to);
        }
    }

    /// The device goes off: the radio is away until it is switched on again.
    pub(super) fn shut_down(&mut self, to: &mut Effects) {
        self.lose_everything(Cause::NORMAL, to);
        self.set_radio(RadioState::UNAVAILABLE, to);
    }

    pub(super) fn set_radio(&mut self, state: RadioState, to: &mut Effects) {
        if self.radio != state {
            self.radio = state;
            to.radio_state(state);
            to.tell(UnsolCode::RESPONSE_SIM_STATUS_CHANGED, &());
        }
    }

    pub(super) fn lose_everything(&mut self, cause: Cause, to: &mut Effects) {
        self.calls.drop_all(cause, to);
        self.data.drop_all(to);
        self.sms.inbox.interrupt();
        self.cdma.interrupt();
        self.ussd.cancel();
        self.network.detach();
    }

    fn search(&mut self, to: &mut Effects) {
        let search = self.network.begin_search();
        to.after(self.config.pace.register, Timer::Registered(search));
    }

    pub(super) fn registered(&mut self, search: u64, to: &mut Effects) {
        if !self.network.attach(search) {
            return;
        }
        to.tell(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &());
        to.tell(UnsolCode::SIGNAL_STRENGTH, &self.network.signal_report());
        if self.network.voice_now().in_service() {
            self.tell_time(self.unix_time(), self.config.zone, 0, to);
            self.pump_sms(to);
        }
    }

    /// The network tells a time; false when it cannot be written.
    pub fn tell_time(&self, unix_seconds: i64, quarters: i8, daylight_hours: u8, to: &mut Effects) -> bool {
        let time = nitz(unix_seconds, quarters, daylight_hours);
        let known = time.is_some();
        if known {
            to.tell(UnsolCode::NITZ_TIME_RECEIVED, &NitzTime { time, received: None });
        }
        known
    }

    /// The card was inserted, removed, locked or unlocked.
    pub fn card_changed(&mut self, to: &mut Effects) {
        to.tell(UnsolCode::RESPONSE_SIM_STATUS_CHANGED, &());
        let ready = self.sim.is_ready() && !self.access.is_open();
        if ready == self.network.subscribed {
            return;
        }
        self.network.subscribed = ready;
        if self.radio != RadioState::ON {
            return;
        }
        if ready {
            self.search(to);
        } else {
            self.data.drop_all(to);
            to.tell(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &());
        }
    }

    /// The card is put in or pulled out.
    pub fn insert_card(&mut self, present: bool, to: &mut Effects) {
        self.sim.set_present(present);
        self.sap_tells_of(if present { Change::CardInserted } else { Change::CardRemoved }, to);
        if !present {
            self.toolkit.lose_card(to);
        }
        self.card_changed(to);
        self.let_card_speak(to);
    }

    /// The operator writes EF_ECC; the host is told to read it again.
    pub fn set_emergency_numbers(&mut self, numbers: &[EmergencyNumber], to: &mut Effects) {
        if let Some(aid) = self.sim.set_emergency_numbers(numbers) {
            to.tell(UnsolCode::SIM_REFRESH, &SimRefresh { result: FILE_UPDATE, ef_id: EF_ECC.into(), aid });
        }
    }

    /// Somebody enters PIN1; `Err` has the tries left, or nothing where there is no card.
    pub fn enter_pin(&mut self, pin: &str, to: &mut Effects) -> Result<(), Option<i32>> {
        let tried = self.sim.pin1_mut().map_err(|_| None)?.verify(pin);
        self.card_changed(to);
        tried.map(drop).map_err(|(_, tries)| Some(tries))
    }

    /// The card asks for its PIN, or for its unblocking key.
    pub fn lock_card(&mut self, blocked: bool, to: &mut Effects) {
        self.sim.lock(blocked);
        self.card_changed(to);
    }

    /// The network offers something else for voice. Calls end where there is no coverage.
    pub fn set_voice(&mut self, registration: Registration, to: &mut Effects) {
        self.network.voice = registration;
        if matches!(registration, Registration::Unregistered | Registration::Searching) {
            self.calls.drop_all(Cause::NETWORK_OUT_OF_ORDER, to);
        }
        self.network_changed(to);
    }

    /// The network offers something else for data. Data calls end without service.
    pub fn set_data(&mut self, registration: Registration, to: &mut Effects) {
        self.network.data = registration;
        if !registration.in_service() {
            self.data.drop_all(to);
        }
        self.network_changed(to);
    }

    /// The cell has another technology.
    pub fn set_technology(&mut self, technology: Technology, to: &mut Effects) {
        self.network.technology = technology;
        self.network_changed(to);
        if self.radio == RadioState::ON {
            to.tell(UnsolCode::VOICE_RADIO_TECH_CHANGED, &vec![technology.for_voice().0]);
        }
    }

    /// The host learns that registration or operator are no longer what they were.
    pub fn network_changed(&mut self, to: &mut Effects) {
        if self.radio == RadioState::ON {
            to.tell(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &());
            to.tell(UnsolCode::SIGNAL_STRENGTH, &self.network.signal_report());
            self.pump_sms(to);
        }
    }
}
