//! What the modem has one of and every phone wants for itself: radio power, screen state, notices.
//!
//! * `switches`: a setting that is on at the modem while any phone wants it on.
//! * `unsolicited`: what all phones may hear.

mod switches;
mod unsolicited;

use ril_protocol::frame::Request;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::order::Order;
use super::pending::{Answer, Ask};
use super::{Actions, Note, Now, PhoneId, Router};

pub(super) use switches::Switch;

/// Settings of the modem's and each phone's wishes about them, and the latest news for whoever missed them.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) power: Switch,
    screen: Switch,
    supp_svc: Switch,
    location: Switch,
    /// The last network time, for clients that come later.
    nitz: Option<Vec<u8>>,
    /// The last signal strength, for phones whose screen was off.
    signal: Option<Vec<u8>>,
}

impl Shared {
    pub(super) fn new(phones: usize) -> Self {
        let switch = || Switch::new(phones);
        Self { power: switch(), screen: switch(), supp_svc: switch(), location: switch(), nitz: None, signal: None }
    }

    /// What the client of this phone wanted is over with it.
    pub(super) fn forget_wishes(&mut self, phone: PhoneId) {
        for switch in [&mut self.power, &mut self.screen, &mut self.supp_svc, &mut self.location] {
            switch.forget(phone);
        }
    }

    /// Whether this phone asked for notices of supplementary services.
    pub(super) fn wants_supplementary_services(&self, phone: PhoneId) -> bool {
        self.supp_svc.wanted(phone) == Some(true)
    }

    /// The modem has forgotten what it was told.
    pub(super) fn modem_down(&mut self) {
        self.nitz = None;
        self.signal = None;
        for switch in [&mut self.screen, &mut self.supp_svc, &mut self.location] {
            switch.learn(None);
        }
    }
}

impl Router {
    /// A request of class `Aggregated`.
    pub(super) fn aggregated_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match request.code {
            RequestCode::RADIO_POWER => self.radio_power(now, id, request, out),
            RequestCode::SCREEN_STATE => self.screen_state(now, id, request, out),
            RequestCode::SET_SUPP_SVC_NOTIFICATION => {
                self.switch(now, id, request, |shared| &mut shared.supp_svc, out);
            }
            RequestCode::SET_LOCATION_UPDATES => self.switch(now, id, request, |shared| &mut shared.location, out),
            RequestCode::REPORT_SMS_MEMORY_STATUS => self.sms_memory(now, id, request, out),
            _ => self.forward(now, id, request, out),
        }
    }

    /// What the answer to a phone's request of this class says.
    pub(super) fn aggregated_answered(&mut self, code: RequestCode, answer: Answer<'_>) {
        if code == RequestCode::RADIO_POWER && !answer.is_ok() {
            self.shared.power.learn(None);
        }
    }

    /// State of the radio as a phone sees it: off while that phone wants it off, whatever the others do.
    pub(super) fn radio_seen_by(&self, phone: PhoneId) -> RadioState {
        if self.radio != RadioState::UNAVAILABLE && self.shared.power.wanted(phone) == Some(false) {
            RadioState::OFF
        } else {
            self.radio
        }
    }

    pub(super) fn show_radio(&mut self, id: PhoneId, out: &mut Actions) {
        let state = self.radio_seen_by(id);
        let version = self.version();
        let Some(phone) = self.phones.get_mut(id) else { return };
        phone.shown_radio = Some(state);
        out.unsolicited(id, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, version));
    }

    pub(super) fn learn_radio(&mut self, state: RadioState, out: &mut Actions) {
        self.radio = state;
        self.shared.power.learn(match state {
            RadioState::UNAVAILABLE => None,
            RadioState::OFF => Some(false),
            _ => Some(true),
        });
        out.note(Note::Radio { state });
    }

    pub(super) fn bring_forward(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        self.phones.set_foreground(phone);
        out.note(Note::Foreground { phone });
        let on = self.shared.screen.wanted(phone).unwrap_or(true);
        if self.shared.screen.set_modem(on) {
            self.ask(now, Ask::Order, &Order::about(RequestCode::SCREEN_STATE, i32::from(on)), out);
        }
    }

    /// The modem's radio is on while any connected phone wants it on; each phone sees what it asked for.
    fn radio_power(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        self.shared.power.want(id, on);
        let phones = &self.phones;
        // Who is in a call needs the radio, whether it ever asked for it or not.
        let in_call = self.voice.is_in_use_by_another(id);
        let stays_on = in_call || self.shared.power.any_on(|phone| phones.is_up(phone));
        if (on || !stays_on) && self.shared.power.set_modem(on) {
            return self.forward(now, id, request, out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
        let seen = self.radio_seen_by(id);
        if self.phones.get(id).is_some_and(|phone| phone.shown_radio != Some(seen)) {
            self.show_radio(id, out);
        }
    }

    /// The modem's screen state is that of the foreground phone; each phone's own decides what it is told.
    fn screen_state(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        let was_off = self.shared.screen.wanted(id) == Some(false);
        self.shared.screen.want(id, on);
        if id == self.phones.foreground() {
            self.shared.screen.set_modem(on);
            self.forward(now, id, request, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
        if on
            && was_off
            && let Some(signal) = &self.shared.signal
        {
            out.unsolicited(id, UnsolCode::SIGNAL_STRENGTH, signal);
        }
    }

    /// A notice that the modem gives while any connected phone wants it.
    fn switch(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        which: impl Fn(&mut Shared) -> &mut Switch,
        out: &mut Actions,
    ) {
        let Some(on) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        let up: Vec<bool> = self.phones.iter().map(|(_, phone)| phone.up).collect();
        let switch = which(&mut self.shared);
        switch.want(id, on);
        let wanted = switch.any_on(|phone| up.get(phone.0) == Some(&true));
        switch.set_modem(wanted);
        if wanted == on {
            self.forward(now, id, request, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
    }
}
