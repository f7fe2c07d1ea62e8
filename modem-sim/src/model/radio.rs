//! Power: what goes on and off together, and what a change of the network brings with it.
//!
//! Reference: ril.h, `RIL_REQUEST_RADIO_POWER` and `RIL_RadioState`.

use ril_protocol::UnsolCode;
use ril_protocol::payload::network::NitzTime;
use ril_protocol::payload::radio::RadioState;

use super::calls::Cause;
use super::effects::Effects;
use super::network::{Registration, Technology, nitz};
use super::{Modem, Timer};

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

    pub(super) fn search(&mut self, to: &mut Effects) {
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
