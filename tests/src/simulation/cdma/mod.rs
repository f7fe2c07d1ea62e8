//! What a CDMA network has and a GSM network has not, in half of the runs: messages and broadcasts in the shape of
//! CDMA, waiting calls and flashes, emergency callback mode, and what the modem tells of subscription and provisioning.
//! GSM goes on beside it, as on a modem that is in both networks.
//!
//! * `texts`: what messages say. `acknowledgements`: what the modem is told of those that it has given.
//! * `broadcasts`: who has chosen which service, and has a copy of what is said there.
//! * `calls`: waiting calls, flashes, tones, voice privacy. `callback_mode`: after an emergency call.
//! * `news`: who hears what the modem says once to some phones. `phone`: what phones ask and hear.
//!
//! Checked:
//!
//! * `acknowledgements`: the modem is told that a message is taken only when it will survive, with every copy that a
//!   phone is to have, and not once more than it has given one; nothing is told of a message before it comes.
//! * `broadcasts`: each phone that has chosen a service, and each that has telephony of an alert, has one copy, and
//!   others have none; the modem listens to what connected phones have chosen; what a phone is told that it has chosen,
//!   it has.
//! * `calls`: a waiting call is told to its owner alone, and only that one takes it; only who speaks flashes and dials
//!   tones, and has its voice privacy at the modem.
//! * `callback_mode`: the router is in it when the modem is, as far as it has heard; who called for help hears of it,
//!   as do privileged phones, and nobody else; nobody else dials, opens data calls, or ends it meanwhile.
//! * `news`: each is heard once, by those alone that it is for. What is on the RUIM, privileged phones change.

mod acknowledgements;
mod broadcasts;
mod callback_mode;
mod calls;
mod news;
mod phone;
mod texts;

use fastrand::Rng;
use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy::router::Event;

use super::Plan;
use super::watch::is_emergency;
use super::world::World;
use acknowledgements::Acknowledgements;
use broadcasts::ServiceChoices;
use callback_mode::CallbackMode;
use calls::WaitingCalls;
use news::Expected;

pub(super) use news::is_news;
pub(super) use phone::verdict;

/// Keeps what the seed decides here apart from what it decides elsewhere.
const SALT: u64 = 0x6364_6d61;

/// What the modem may refuse; not answer; or answer late. An acknowledgement that is carried out late would be one of
/// another message. A choice of services that the modem refuses without having been asked for it by a phone, it is not
/// told again before something changes.
const REFUSED: &[&str] = &["CDMA_SEND_SMS", "CDMA_SMS_ACKNOWLEDGE", "CDMA_FLASH", "EXIT_EMERGENCY_CALLBACK_MODE"];
const UNANSWERED: &[&str] = &["CDMA_SEND_SMS", "CDMA_SMS_ACKNOWLEDGE", "CDMA_FLASH", "CDMA_SET_BROADCAST_SMS_CONFIG"];
const LATE: &[&str] = &["CDMA_SEND_SMS", "CDMA_FLASH", "CDMA_SMS_BROADCAST_ACTIVATION", "EXIT_EMERGENCY_CALLBACK_MODE"];

/// What is known of all this.
pub(super) struct Cdma {
    /// This run has it.
    pub(super) is_played: bool,
    acknowledgements: Acknowledgements,
    pub(super) services: ServiceChoices,
    callback_mode: CallbackMode,
    pub(super) waiting: WaitingCalls,
    /// How many lists of calls the router has heard, and whether it knew of calls then.
    lists: u64,
    has_calls: bool,
    /// Who is to hear what the router hears just now.
    expected: Option<Expected>,
}

impl Cdma {
    pub(super) fn new(phones: usize) -> Self {
        Self {
            is_played: false,
            acknowledgements: Acknowledgements::default(),
            services: ServiceChoices::new(phones),
            callback_mode: CallbackMode::default(),
            waiting: WaitingCalls::default(),
            lists: 0,
            has_calls: false,
            expected: None,
        }
    }

    /// Whether the seed wants it.
    pub(super) fn is_in(plan: Plan) -> bool {
        Rng::with_seed(plan.seed ^ SALT).bool()
    }

    /// The client of this phone is gone.
    pub(super) fn client_gone(&mut self) {
        self.waiting.asker_gone();
        self.callback_mode.asker_gone();
    }

    /// Root is gone.
    pub(super) fn root_gone(&mut self) {
        self.acknowledgements.modem_gone();
        self.services.root_gone();
        self.callback_mode.root_gone(self.services.phones());
        self.waiting.forget();
    }

    /// All that root has noted is durable.
    pub(super) fn all_is_durable(&mut self) {
        self.services.all_is_durable();
        self.callback_mode.all_is_durable();
    }
}

impl World {
    /// CDMA is played from now on.
    pub(super) fn play_cdma(&mut self) {
        self.cdma.is_played = true;
        self.modem.console(self.now, "network speed 1xrtt");
    }

    /// Something happens that happens in CDMA alone.
    pub(super) fn something_of_cdma(&mut self) {
        match self.rng.u8(0..32) {
            0..6 => self.somebody_writes_by_cdma(),
            6..10 => self.something_is_broadcast_by_cdma(),
            10..13 => self.a_phone_chooses_services(),
            13..16 => self.a_call_waits(),
            16..20 => self.callback_mode_changes(),
            20..23 => self.the_cdma_modem_says_something(),
            23 => {
                let speed = if self.rng.u8(0..4) == 0 { "umts" } else { "1xrtt" };
                self.modem.console(self.now, &format!("network speed {speed}"));
            }
            24 => self.cdma_is_disturbed(),
            25 => self.a_phone_acknowledges_nothing(),
            _ => {
                let place = self.any_phone();
                if self.clients[place].up {
                    self.clients[place].act_in_cdma(&mut self.rng);
                }
            }
        }
    }

    fn a_phone_acknowledges_nothing(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up
            && self.clients[place].acknowledges_nothing(&mut self.rng)
            && let Some(body) = self.clients[place].send()
        {
            self.phone_says(place, &body);
        }
    }

    fn cdma_is_disturbed(&mut self) {
        let mut any = |requests: &[&'static str]| requests[self.rng.usize(0..requests.len())];
        let (refused, unanswered, late) = (any(REFUSED), any(UNANSWERED), any(LATE));
        let how = match self.rng.u8(0..3) {
            0 => format!("hang {unanswered}"),
            1 => format!("fail {refused} GENERIC_FAILURE 1"),
            _ => format!("delay {late} {}", self.rng.u32(1..60_000)),
        };
        self.modem.console(self.now, &how);
    }

    /// The router is about to hear or to be told this.
    pub(super) fn cdma_comes(&mut self, event: &Event<'_>) {
        if self.cdma.is_played && matches!(event, Event::ModemDown) {
            self.cdma.acknowledgements.modem_gone();
            self.cdma.waiting.forget();
            self.callback_mode_drops(false);
        }
    }

    /// The router is about to hear this of the modem.
    pub(super) fn cdma_modem_says(&mut self, code: UnsolCode, payload: &[u8]) {
        match code {
            _ if !self.cdma.is_played => {}
            UnsolCode::RIL_CONNECTED | UnsolCode::MODEM_RESTART => {
                self.cdma.acknowledgements.modem_gone();
                self.cdma.waiting.forget();
                self.callback_mode_drops(true);
            }
            _ if self.recorded.router.modem_version().is_none() => {}
            UnsolCode::RESPONSE_RADIO_STATE_CHANGED => self.callback_radio_changes(payload),
            UnsolCode::RESPONSE_CDMA_NEW_SMS => self.cdma_message_comes(payload),
            code if is_news(code) => self.news_comes(code, payload),
            _ => {}
        }
    }

    /// A phone is about to ask this.
    pub(super) fn cdma_phone_asks(&mut self, place: usize, code: RequestCode, request: &Request<'_>, emergency: bool) {
        if !self.cdma.is_played {
            return;
        }
        if emergency {
            self.cdma.callback_mode.calls_for_help(place, request.serial);
        }
        self.cdma.services.asks(place, code, request);
    }

    /// A phone has this answer.
    pub(super) fn cdma_answered(&mut self, place: usize, code: RequestCode, serial: i32, errno: Errno, body: &[u8]) {
        match code {
            _ if !self.cdma.is_played => {}
            // The router itself has refused what it answers at once.
            _ if self.by.is_some_and(|by| (by.place, by.code) == (place, code)) && is_for_modem(code) => {}
            RequestCode::CDMA_FLASH => self.cdma.waiting.flash_answered(self.now, place, errno),
            RequestCode::DIAL => self.cdma.callback_mode.dial_answered(place, serial, errno),
            RequestCode::EXIT_EMERGENCY_CALLBACK_MODE => self.cdma.callback_mode.exit_answered(place, errno),
            _ => self.cdma.services.answered(place, code, serial, errno, body),
        }
    }

    /// The modem is about to be asked this.
    pub(super) fn check_cdma_request(&mut self, request: &Request<'_>, code: RequestCode) {
        match code {
            _ if !self.cdma.is_played => {}
            RequestCode::CDMA_SMS_ACKNOWLEDGE => self.check_acknowledgement(request.payload),
            RequestCode::CDMA_SEND_SMS => self.check_cdma_sms(request.payload),
            RequestCode::CDMA_FLASH => self.check_flash(),
            RequestCode::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE => self.check_privacy(code),
            RequestCode::CDMA_BURST_DTMF => self.check_speaks(code),
            RequestCode::CDMA_WRITE_SMS_TO_RUIM | RequestCode::CDMA_DELETE_SMS_ON_RUIM => self.check_ruim(code),
            RequestCode::DIAL if is_emergency(request.payload) => {}
            RequestCode::EXIT_EMERGENCY_CALLBACK_MODE | RequestCode::DIAL | RequestCode::SETUP_DATA_CALL => {
                self.check_callback_mode_kept(code);
            }
            _ => {}
        }
    }

    /// After each event.
    pub(super) fn check_cdma(&mut self) {
        if !self.cdma.is_played {
            return;
        }
        self.check_news();
        self.check_callback_mode();
        let lists = self.modem.lists_told();
        let is_listed = std::mem::replace(&mut self.cdma.lists, lists) != lists;
        let has_calls = self.recorded.router.calls().next().is_some();
        if !has_calls && (is_listed || self.cdma.has_calls) {
            self.cdma.waiting.forget();
        } else if is_listed {
            self.cdma.waiting.list_came(self.recorded.router.calls().map(|view| view.phone.0));
        }
        self.cdma.has_calls = has_calls;
    }

    /// Whenever all is calm.
    pub(super) fn check_cdma_at_rest(&self) {
        if self.cdma.is_played {
            self.check_callback_mode_at_rest();
            self.check_services();
        }
    }

    /// At the end.
    pub(super) fn check_cdma_at_the_end(&mut self) {
        if !self.cdma.is_played {
            return;
        }
        let served = self.modem.model().network.voice_now().in_service();
        assert!(!served || self.modem.model().cdma.undelivered() == 0, "the network still has CDMA messages");
        self.check_copies();
    }
}

/// Whether the modem has a say in this, and what it says comes later.
fn is_for_modem(code: RequestCode) -> bool {
    matches!(code, RequestCode::CDMA_FLASH | RequestCode::EXIT_EMERGENCY_CALLBACK_MODE)
}
