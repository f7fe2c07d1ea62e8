//! The router and everything around it, and what the router does to them.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use ril_protocol::dialect::{Dialect, VendorClass};
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Request};
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::Config;
use rild_proxy::router::{Action, Actions, Event, Note, PhoneId};

use super::broadcasts::Broadcasts;
use super::cards::Cards;
use super::cdma::Cdma;
use super::client::Client;
use super::configuration::configuration;
use super::elsewhere::Elsewhere;
use super::emergencies::Emergencies;
use super::modem::ModemSide;
use super::names::{self, Names};
use super::noninterference::Observed;
use super::service::ServiceSide;
use super::store::Store;
use super::tagging::KEY;
use super::unsettled::Unsettled;
use super::watch::{By, is_emergency};
use super::{Plan, Tally};
use crate::dialogue::Recorded;

/// When a run begins, in seconds since 1970.
const BEGINNING: u64 = 1_700_000_000;

/// A text for a phone.
pub(super) struct Sent {
    /// The phone.
    pub(super) place: usize,
    pub(super) text: String,
    /// The service has it, not the network.
    pub(super) by_service: bool,
}

pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) config: Config,
    /// What the modem side calls messages.
    pub(super) dialect: Dialect,
    pub(super) names: Rc<Names>,
    pub(super) rng: Rng,
    pub(super) now: Duration,
    /// The minute of the world that the router was told.
    pub(super) minute: Option<u64>,
    pub(super) recorded: Recorded,
    pub(super) actions: Actions,
    pub(super) modem: ModemSide,
    pub(super) service: ServiceSide,
    /// The router hears the modem side.
    pub(super) linked: bool,
    pub(super) clients: Vec<Client>,
    pub(super) store: Store,
    /// Texts that the network or the service has been given.
    pub(super) sent: Vec<Sent>,
    /// Counts what is numbered.
    pub(super) numbers: u32,
    /// Changes may be missing that a phone was told to be done.
    pub(super) store_is_behind: bool,
    /// How many acknowledgements each phone had confirmed when the store was last up to date.
    pub(super) confirmed_for_good: Vec<usize>,
    /// Messages that may come once more, for root was killed before it could be noted that they were taken.
    pub(super) may_come_again: Vec<String>,
    pub(super) emergencies: Emergencies,
    pub(super) elsewhere: Elsewhere,
    pub(super) broadcasts: Broadcasts,
    pub(super) cdma: Cdma,
    pub(super) cards: Cards,
    /// Phones that dial again when they are back.
    pub(super) in_need: Vec<usize>,
    /// The request that the router carries out.
    pub(super) by: Option<By>,
    pub(super) unsettled: Unsettled,
    /// Whose the calls are that the router found at the modem, by the modem's index.
    pub(super) assigned: HashMap<i32, usize>,
    /// The phone that had the screen before the event of the moment.
    pub(super) screen: usize,
    /// What the latest calls have shown, for others to show again.
    pub(super) shown: Vec<String>,
    /// How each phone wants its number shown, if that is known.
    pub(super) clir: Vec<Option<i32>>,
    pub(super) tally: Tally,
    /// What phones are told, if it is to be compared with another run.
    pub(super) observed: Option<Observed>,
}

impl World {
    pub(super) fn new(plan: Plan, write: bool) -> Self {
        let mut world = Self::configured(plan, configuration(plan), write);
        if Cdma::is_in(plan) {
            world.play_cdma();
        }
        world.cards.is_played = Cards::is_in(plan);
        world
    }

    pub(super) fn configured(plan: Plan, config: Config, write: bool) -> Self {
        let names = Rc::new(Names::new(&config));
        let dialect = config.dialect().expect("a dialect");
        let text = config.dialect_text().expect("a dialect");
        let own = text.request.iter().map(|entry| dialect.request_named(RequestCode(entry.code)));
        let own: Vec<_> = own.filter(|code| dialect.class(*code) == Some(VendorClass::Local)).collect();
        let phones = config.phone.len();
        let mut modem = ModemSide::new(dialect.clone());
        for place in 0..phones {
            let text = names::text(place, 0);
            modem.console(Duration::ZERO, &format!("ussd answer {} {text}", names::ussd(place)));
        }
        let client = |place: usize| {
            let (dialect, own) =
                if config.phone[place].dialect { (dialect.clone(), own.clone()) } else { Default::default() };
            Client::new(place, Rc::clone(&names), dialect, own)
        };
        let key = names.tagging.has_key().then_some(KEY);
        let mut world = Self {
            plan,
            rng: Rng::with_seed(plan.seed),
            now: Duration::ZERO,
            minute: None,
            recorded: Recorded::new(&config, key, write),
            actions: Actions::default(),
            modem,
            service: ServiceSide::default(),
            linked: false,
            clients: (0..phones).map(client).collect(),
            store: Store::default(),
            sent: Vec::new(),
            numbers: 0,
            store_is_behind: false,
            confirmed_for_good: vec![0; phones],
            may_come_again: Vec::new(),
            emergencies: Emergencies::default(),
            elsewhere: Elsewhere::default(),
            broadcasts: Broadcasts::new(phones),
            cdma: Cdma::new(phones),
            cards: Cards::default(),
            in_need: Vec::new(),
            by: None,
            unsettled: Unsettled::default(),
            assigned: HashMap::new(),
            screen: 0,
            shown: Vec::new(),
            clir: vec![Some(0); phones],
            tally: Tally::default(),
            observed: None,
            dialect,
            names,
            config,
        };
        world.set_time(Duration::ZERO);
        world
    }

    pub(super) fn run(&mut self) -> Tally {
        self.link();
        for _ in 0..self.plan.steps {
            self.step();
            self.tally.steps += 1;
        }
        self.settle();
        self.tally
    }

    /// What was written down.
    pub(super) fn dialogue(&self) -> String {
        self.recorded.text()
    }

    pub(super) fn any_phone(&mut self) -> usize {
        self.rng.usize(0..self.clients.len())
    }

    /// It is this late.
    pub(super) fn set_time(&mut self, now: Duration) {
        self.now = now;
        self.recorded.set_time(now);
        self.names.tagging.set_minute(self.unix_time() / 60);
    }

    fn unix_time(&self) -> u64 {
        BEGINNING + self.now.as_secs()
    }

    /// The router is told the time of the world as root tells it: when its minute has changed, before what hangs on it.
    fn tell_minute(&mut self) {
        let seconds = self.unix_time();
        if self.minute.replace(seconds / 60) != Some(seconds / 60) {
            self.recorded.handle(Event::WallClock(seconds), &mut self.actions);
            self.carry_out();
        }
    }

    /// Something happens to the router.
    pub(super) fn event(&mut self, event: Event<'_>) {
        if matches!(event, Event::FromModem(_) | Event::ServiceUp) {
            self.tell_minute();
        }
        self.tally.events += 1;
        self.screen = self.recorded.router.foreground().0;
        match event {
            Event::FromPhone(phone, body) => self.phone_asks(phone.0, body),
            Event::FromModem(body) => self.modem_says(body),
            Event::ModemDown => {
                self.emergencies.modem_down();
                self.elsewhere.forget();
                self.assigned.clear();
            }
            Event::PhoneDown(phone) => {
                self.emergencies.client_gone(phone.0);
                self.cdma.client_gone();
                self.cards.client_gone(phone.0);
                self.unsettled.client_gone(phone.0);
            }
            _ => {}
        }
        self.elsewhere.hears(self.modem.told_calls());
        self.cdma_comes(&event);
        self.recorded.handle(event, &mut self.actions);
        self.carry_out();
        self.by = None;
        self.check_pages();
        self.check_cdma();
        if self.store.waiting() == 0 {
            self.confirmed_for_good = self.clients.iter().map(|client| client.confirmed.len()).collect();
            self.broadcasts.all_is_durable();
            self.cdma.all_is_durable();
        }
        self.emergencies.check(self.now, &self.recorded.router);
    }

    fn phone_asks(&mut self, place: usize, body: &[u8]) {
        let request = Request::parse(body).expect("clients send requests");
        if let Some(observed) = &mut self.observed {
            observed.asks(place, &request);
        }
        let code = self.clients[place].named(request.code);
        self.broadcasts.asks(place, code, &request);
        match code {
            RequestCode::RADIO_POWER => self.clients[place].wants_radio = integer(&request).map(|on| on != 0),
            RequestCode::SHUTDOWN => self.clients[place].wants_radio = Some(false),
            _ => {}
        }
        let by_vendor = self.dialect.emergency_dial() == Some(code);
        let emergency = by_vendor || code == RequestCode::DIAL && is_emergency(request.payload);
        self.cdma_phone_asks(place, code, &request, emergency);
        self.cards_phone_asks(place, code, &request);
        if emergency {
            self.clients[place].wants_radio = Some(true);
            let is_privileged = self.names.is_privileged(place);
            self.emergencies.dialled(self.now, place, request.serial, request.payload, is_privileged);
        }
        if code == RequestCode::SET_CLIR && self.linked && self.recorded.router.modem_version().is_some() {
            self.clir[place] = integer(&request);
        }
        let goes_off = code == RequestCode::RADIO_POWER && integer(&request) == Some(0);
        if goes_off || code == RequestCode::SHUTDOWN {
            self.emergencies.phone_goes_off(place, self.clients.len());
        }
        self.unsettled.asks(place, code, request.serial);
        self.by = Some(By { place, code, emergency });
    }

    fn modem_says(&mut self, body: &[u8]) {
        let Some(Message::Unsolicited(message)) = Message::parse(body) else { return };
        self.cdma_modem_says(message.code, message.payload);
        match message.code {
            UnsolCode::RIL_CONNECTED | UnsolCode::MODEM_RESTART => {
                self.emergencies.modem_up(self.now);
                self.elsewhere.forget();
            }
            UnsolCode::RESPONSE_RADIO_STATE_CHANGED => self.emergencies.radio_is_known(),
            UnsolCode::RESPONSE_NEW_SMS => self.note_message(message.payload),
            UnsolCode::RESPONSE_NEW_BROADCAST_SMS => self.page_comes(message.payload),
            _ => {}
        }
    }

    pub(super) fn carry_out(&mut self) {
        let actions = std::mem::take(&mut self.actions);
        for action in actions.iter() {
            match action {
                Action::ToPhone(phone, frames) => {
                    for body in bodies(frames) {
                        let now = self.now;
                        if self.observed.as_mut().is_none_or(|observed| observed.tell(now, phone.0, body)) {
                            self.hears_from_root(phone.0, body);
                        }
                        let sent = self.clients[phone.0].sent.take();
                        if let Some((says, reference)) = sent.filter(|_| self.names.is_by_service(phone.0)) {
                            self.check_sent(phone.0, &says, reference);
                        }
                    }
                }
                Action::ToModem(flow, frames) => {
                    assert!(self.linked, "the modem is asked something while it is down");
                    for body in bodies(frames) {
                        let request = Request::parse(body).expect("the modem is sent a request");
                        self.check_request(flow, &request);
                        self.modem.hear(self.now, &request);
                    }
                }
                // A request that waited still is withdrawn; one that the modem works on may be answered late.
                Action::GiveUp(serial) => {
                    // What is compared with another run must not draw lots when that does not.
                    let answers = self.observed.is_none() && self.rng.bool();
                    self.modem.give_up(serial, answers);
                }
                Action::Store(change) => self.store.change(self.now, change),
                Action::Note(Note::CallAssigned { phone, modem_index, incoming, .. }) => {
                    self.assigned.insert(*modem_index, phone.0);
                    self.note_emergency_caller(phone.0, *modem_index);
                    if *incoming {
                        self.check_incoming(phone.0, *modem_index);
                    }
                }
                Action::Note(Note::CallEnded { modem_index, .. }) => {
                    self.assigned.remove(modem_index);
                }
                Action::Note(Note::TimedOut { code: RequestCode::SETUP_DATA_CALL }) => {
                    self.modem.set_up_is_given_up();
                }
                Action::Note(Note::TimedOut { code }) => {
                    self.broadcasts.timed_out(*code);
                    self.cdma.services.timed_out(*code);
                }
                Action::ToService(message) => self.service_hears(message),
                Action::Note(_) => {}
            }
        }
        self.actions = actions;
        self.actions.clear();
    }

    /// A phone's client hears something.
    pub(super) fn hears_from_root(&mut self, place: usize, body: &[u8]) {
        if let Some((code, serial, errno)) = self.clients[place].hear(body) {
            self.broadcasts.answered(place, code, serial, errno, body);
            self.cdma_answered(place, code, serial, errno, body);
            self.emergencies.answered(self.now, place, serial, errno);
            self.cards_answered(place, serial, errno, body);
            self.unsettled.answered(place, serial);
        }
        self.cards_heard(place);
    }

    /// The router hears the modem side from now on.
    pub(super) fn link(&mut self) {
        self.linked = true;
        self.broadcasts.linked();
        self.cdma.services.linked();
        self.modem.greet();
    }

    /// A client comes to this phone.
    pub(super) fn come(&mut self, place: usize) {
        self.clients[place].come();
        if self.cdma.is_played {
            self.clients[place].ask(RequestCode::VOICE_RADIO_TECH, serde_json::Value::Null);
        }
        self.event(Event::PhoneUp(PhoneId(place)));
        if let Some(again) = self.in_need.iter().position(|phone| *phone == place) {
            self.in_need.swap_remove(again);
            self.clients[place].call_for_help(&mut self.rng);
        }
    }
}

/// The first integer of a request.
fn integer(request: &Request<'_>) -> Option<i32> {
    parcel::decode::<Vec<i32>>(request.payload, RilVersion::COMMON).ok()?.first().copied()
}

fn bodies(mut frames: &[u8]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    while let Ok(Some((body, used))) = frame::split(frames, RESPONSE_LIMIT) {
        bodies.push(body);
        frames = &frames[used..];
    }
    bodies
}
