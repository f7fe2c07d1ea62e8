//! A modem that has started anew has forgotten what it was told, and clients that stay connected do not all say it
//! again: RilJ does when it hears `RIL_CONNECTED`, others never. So what phones want still is told to it: the power of
//! its radio when it has said whether that is on, and the settings when it is, for libraries take none before.
//!
//! A client that has said something again by then has said it for this modem, which is not told twice. Nor is a modem
//! that is there when the daemon starts told what it has taken; what it would not take without a radio, it is told with
//! one.

use ril_protocol::RequestCode;
use ril_protocol::payload::radio::RadioState;

use crate::router::order::Order;
use crate::router::pending::{Ask, Asker, Pending};
use crate::router::{Actions, Now, Router};

/// What a modem that has started is still to be told.
#[derive(Debug)]
pub(super) struct Untold {
    power: bool,
    pub(super) settings: bool,
}

impl Default for Untold {
    fn default() -> Self {
        Self { power: false, settings: true }
    }
}

impl Untold {
    /// All of it.
    pub(super) fn everything() -> Self {
        Self { power: true, settings: true }
    }
}

impl Router {
    /// The modem's radio has this state.
    pub(super) fn tell_anew(&mut self, now: Now, state: RadioState, out: &mut Actions) {
        if state == RadioState::UNAVAILABLE {
            return self.give_up_settings(now, out);
        }
        if std::mem::take(&mut self.settings.untold.power) {
            self.tell_power(now, out);
        }
        if state.is_on() && std::mem::take(&mut self.settings.untold.settings) {
            self.tell_settings(now, out);
        }
    }

    fn tell_power(&mut self, now: Now, out: &mut Actions) {
        let on = self.phones.up().into_iter().any(|phone| self.wants_radio(phone) == Some(true));
        if (on || self.is_unwanted_radio()) && self.settings.power.set_modem(on) {
            self.ask(now, Ask::Order, &Order::about(RequestCode::RADIO_POWER, i32::from(on)), out);
        }
    }

    /// What the modem was told before, and has not answered, is of no interest any more: it is told again. Else a
    /// library that answers none of it would leave no room for other requests.
    fn give_up_settings(&mut self, now: Now, out: &mut Actions) {
        let is_setting = |pending: &Pending| pending.asker == Asker::Router(Ask::Order) && is_told_anew(pending.code);
        let older = self.pending.take_such(now, is_setting);
        self.give_up(now, older, out);
    }

    fn tell_settings(&mut self, now: Now, out: &mut Actions) {
        let foreground = self.phones.foreground();
        if let Some(on) = self.settings.screen.wanted(foreground)
            && self.settings.screen.set_modem(on)
        {
            self.ask(now, Ask::Order, &Order::about(RequestCode::SCREEN_STATE, i32::from(on)), out);
        }
        let phones = &self.phones;
        for (setting, value) in self.settings.aggregated.take_all_wanted(|phone| phones.is_up(phone)) {
            let order = setting.order(value);
            if !self.ask(now, Ask::Order, &order, out) {
                self.settings.aggregated.doubt(setting);
            }
        }
        self.tell_capacity(now, out);
        self.tell_toolkit(now, out);
        self.apply_tty(now, out);
        self.say_again(now, out);
    }
}

/// Whether a request is one of those by which a modem is told its settings.
fn is_told_anew(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::ALLOW_DATA
            | RequestCode::REPORT_STK_SERVICE_IS_RUNNING
            | RequestCode::SCREEN_STATE
            | RequestCode::SEND_DEVICE_STATE
            | RequestCode::SET_DATA_PROFILE
            | RequestCode::SET_DC_RT_INFO_RATE
            | RequestCode::SET_INITIAL_ATTACH_APN
            | RequestCode::SET_LOCATION_UPDATES
            | RequestCode::SET_NETWORK_SELECTION_AUTOMATIC
            | RequestCode::SET_NETWORK_SELECTION_MANUAL
            | RequestCode::SET_SUPP_SVC_NOTIFICATION
            | RequestCode::SET_TTY_MODE
            | RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE
            | RequestCode::SET_UNSOLICITED_RESPONSE_FILTER
            | RequestCode::START_LCE
            | RequestCode::STOP_LCE
    )
}
