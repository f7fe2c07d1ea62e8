//! What the modem has one of and every phone wants for itself: radio power, screen state, settings.
//!
//! * `radio`, `airplane`: power, and what a phone without radio may ask and hear.
//! * `screen`: whose screen the modem is told of.
//! * `aggregated`: settings that are what the phones' wishes add up to.
//! * `capacity`: link capacity estimates.
//! * `anew`: what a modem is told that has started anew, `said_once` what clients say to it once.
//! * `remembered`: settings that a phone only believes to have made.
//! * `switches`: a wish of each phone and the state of the modem.
//! * `unsolicited`: what all phones may hear.

mod aggregated;
mod airplane;
mod anew;
mod capacity;
mod radio;
mod remembered;
mod said_once;
mod screen;
mod switches;
mod unsolicited;

use std::collections::BTreeMap;

use ril_protocol::frame::Request;
use ril_protocol::messages::Class;
use ril_protocol::{Errno, RequestCode};

use super::order::Order;
use super::pending::{Answer, Ask};
use super::{Actions, Now, PhoneId, Router};
use aggregated::Aggregated;
use anew::Untold;
use capacity::Capacity;
use remembered::Remembered;
use said_once::SaidOnce;

pub(super) use aggregated::Setting;
pub(super) use airplane::is_heard_without_radio;
pub(super) use switches::Switch;

/// Settings of the modem, each phone's wishes about them, and the latest news for whoever missed them.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) power: Switch,
    /// The modem was told to shut down and has not said since that its radio is there.
    pub(super) shuts_down: bool,
    /// Phones whose clients have left the radio on, and until when each may come back to it.
    pub(super) left: BTreeMap<PhoneId, Now>,
    /// There was a daemon before this one, whose clients may have.
    pub(super) may_be_left: bool,
    /// Of the request that is handled: other phones need the modem for another SIM.
    pub(super) in_use_elsewhere: bool,
    screen: Switch,
    pub(super) aggregated: Aggregated,
    capacity: Capacity,
    remembered: Remembered,
    said_once: SaidOnce,
    untold: Untold,
    /// When each phone heard of its cells last.
    cells_told: Vec<Option<Now>>,
    /// The last network time, for clients that come later.
    nitz: Option<Vec<u8>>,
    /// The last signal strength, for phones whose screen was off.
    signal: Option<Vec<u8>>,
}

impl Settings {
    pub(super) fn new(phones: usize) -> Self {
        Self {
            power: Switch::new(phones),
            shuts_down: false,
            left: BTreeMap::new(),
            may_be_left: false,
            in_use_elsewhere: false,
            screen: Switch::new(phones),
            aggregated: Aggregated::new(phones),
            capacity: Capacity::new(phones),
            remembered: Remembered::new(phones),
            said_once: SaidOnce::default(),
            untold: Untold::default(),
            cells_told: vec![None; phones],
            nitz: None,
            signal: None,
        }
    }

    /// When something here is due.
    pub(super) fn deadline(&self) -> Option<Now> {
        self.left.values().min().copied()
    }

    /// The modem has forgotten what it was told.
    pub(super) fn modem_down(&mut self) {
        self.shuts_down = false;
        self.nitz = None;
        self.signal = None;
        self.settings_are_gone();
        self.untold = Untold::everything();
    }

    /// The modem has forgotten its settings, and is to be told them when it has its radio again. It may have started
    /// anew and say so by the state of its radio alone.
    fn settings_are_gone(&mut self) {
        self.screen.learn(None);
        self.aggregated.unlearn();
        self.capacity.unlearn();
        self.remembered.unlearn();
        self.said_once.unlearn();
        self.untold.settings = true;
    }
}

impl Router {
    /// A client came or went: what the one before wanted is over, and the modem does what is wanted still.
    pub(super) fn forget_wishes(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        self.settings.power.forget(phone);
        if let Some(phone) = self.phones.get_mut(phone) {
            phone.shut_down = false;
        }
        self.settings.screen.forget(phone);
        self.settings.aggregated.forget(phone);
        if let Some(told) = self.settings.cells_told.get_mut(phone.0) {
            *told = None;
        }
        self.forget_capacity(now, phone, out);
        let phones = &self.phones;
        for (setting, value) in self.settings.aggregated.take_all_due(|phone| phones.is_up(phone)) {
            self.order_setting(now, phone, setting, value, out);
        }
    }

    /// A request of this phone has its answer: what there was no room to tell the modem at its cost, it may be told
    /// now.
    pub(super) fn tell_owed_settings(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        for setting in self.settings.aggregated.owed_by(phone) {
            let phones = &self.phones;
            if self.has_room_for(phone, setting.code())
                && let Some(value) = self.settings.aggregated.take_due(setting, |phone| phones.is_up(phone))
            {
                self.order_setting(now, phone, setting, value, out);
            }
        }
        self.tell_owed_capacity(now, phone, out);
    }

    /// A request of class `Aggregated`.
    pub(super) fn aggregated_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        match request.code {
            RequestCode::RADIO_POWER => self.radio_power(now, id, request, out),
            RequestCode::SCREEN_STATE => self.screen_state(now, id, request, out),
            RequestCode::REPORT_SMS_MEMORY_STATUS => self.sms_memory(now, id, request, out),
            RequestCode::START_LCE | RequestCode::STOP_LCE => self.link_capacity(now, id, request, out),
            _ => match Setting::in_request(request, self.version()) {
                Some((setting, value)) => self.set(now, id, request, (setting, value), out),
                None => self.deny(id, request, Errno::GENERIC_FAILURE, out),
            },
        }
    }

    /// What the answer to a request of this class says. One that is no phone's is the router's own.
    pub(super) fn aggregated_answered(
        &mut self,
        phone: Option<PhoneId>,
        code: RequestCode,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        match code {
            RequestCode::START_LCE | RequestCode::STOP_LCE => {
                self.link_capacity_answered(phone, code, answer, out);
            }
            _ if answer.is_ok() => {}
            RequestCode::RADIO_POWER => self.radio_not_switched(phone, answer.errno, out),
            RequestCode::SCREEN_STATE => self.settings.screen.learn(None),
            _ => self.settings.aggregated.refused(code, answer.errno),
        }
    }

    /// The modem answered an order of the router's own. What it would not take, it does not have.
    pub(super) fn order_answered(&mut self, code: RequestCode, answer: Answer<'_>, out: &mut Actions) {
        if code.row().is_some_and(|row| row.class == Class::Aggregated) {
            self.aggregated_answered(None, code, answer, out);
        } else if code == RequestCode::REPORT_STK_SERVICE_IS_RUNNING {
            self.toolkit_started(answer);
        }
    }

    /// A phone's wish about a setting; the modem hears of it if that changes what it must have.
    fn set(&mut self, now: Now, id: PhoneId, request: &Request<'_>, wish: (Setting, i32), out: &mut Actions) {
        let (setting, value) = wish;
        self.settings.aggregated.want(id, setting, value);
        let phones = &self.phones;
        match self.settings.aggregated.take_due(setting, |phone| phones.is_up(phone)) {
            // In the router's words: what else the phone has written behind the value was not judged.
            Some(due) if due == value => {
                let Order { payload, .. } = setting.order(value);
                self.forward(now, id, &Request { payload: &payload, ..*request }, out);
            }
            due => {
                out.reply(id, request.serial, Errno::SUCCESS, &[]);
                if let Some(due) = due {
                    self.order_setting(now, id, setting, due, out);
                }
            }
        }
    }

    /// Tells the modem what a phone's wish makes necessary, at that phone's cost: who wishes without end has to wait.
    fn order_setting(&mut self, now: Now, by: PhoneId, setting: Setting, value: i32, out: &mut Actions) {
        let order = setting.order(value);
        if !self.has_room_for(by, order.code) || !self.ask(now, Ask::OrderFor(by), &order, out) {
            self.settings.aggregated.owe(setting, by);
        }
    }
}
