//! A whole system under a seeded schedule: the router, the simulated modem, phones, a store, and everything that can go
//! wrong between them, without a thread, a socket or a clock.
//!
//! A seed decides what happens next, step by step: who speaks, what the network does, what is lost, who dies. The same
//! seed gives the same run. What must hold is checked as it happens, by `Client` and `ModemSide` and here; at the end
//! everything is mended, and nothing may be left over. A run that fails is played again and written down as a
//! [dialogue](crate::dialogue) that a test can replay.
//!
//! Checked: one answer to each question, to the client that asked; no number, message or call of one phone seen by
//! another; no second message before the first is taken; every message of the network is taken once, by its owner; no
//! request or message left over at the end.
//!
//! Not checked: that each emergency call reaches the network (they are counted), and data calls that the modem opened
//! while nobody could hear it.
//!
//! Not here: bytes that make no sense, for which see the fuzz targets.

mod client;
mod modem;
mod store;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use fastrand::Rng;
use ril_protocol::RequestCode;
use ril_protocol::frame::{self, RESPONSE_LIMIT, Request};
use rild_proxy::config::{Config, Phone};
use rild_proxy::router::{Action, Actions, Event, PhoneId, Record};

use crate::dialogue::Recorded;
use client::Client;
use modem::ModemSide;
use store::Store;

/// The longest that a change waits to be made durable.
const SLOWEST_STORE: Duration = Duration::from_secs(20);

/// What a run is made of.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// How many things happen.
    pub steps: u32,
    /// How many phones there are.
    pub phones: usize,
}

/// A run in which something did not hold.
#[derive(Debug)]
pub struct Failure {
    /// The run.
    pub plan: Plan,
    /// What did not hold.
    pub what: String,
    /// The conversation up to there.
    pub dialogue: String,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Things that happened.
    pub steps: u64,
    /// Events of the router.
    pub events: u64,
    /// Messages that phones took.
    pub messages: u64,
    /// Emergency calls that reached the network.
    pub emergencies: u64,
    /// Restarts of root.
    pub restarts: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.events += other.events;
        self.messages += other.messages;
        self.emergencies += other.emergencies;
        self.restarts += other.restarts;
    }
}

/// Runs a plan; one that fails is run again to be written down.
pub fn run(plan: Plan) -> Result<Tally, Box<Failure>> {
    match catch_unwind(|| World::new(plan, false).run()) {
        Ok(tally) => Ok(tally),
        Err(_) => {
            let mut world = World::new(plan, true);
            let what = match catch_unwind(AssertUnwindSafe(|| world.run())) {
                Ok(_) => "it holds when it is played again, so something is random".to_owned(),
                Err(panic) => {
                    let text = panic.downcast_ref::<String>().cloned();
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
                }
            };
            Err(Box::new(Failure { plan, what, dialogue: world.recorded.text() }))
        }
    }
}

/// Runs a plan and writes it down, whether it holds or not.
pub fn write_down(plan: Plan) -> String {
    let mut world = World::new(plan, true);
    let _ = catch_unwind(AssertUnwindSafe(|| world.run()));
    world.recorded.text()
}

struct World {
    plan: Plan,
    config: Config,
    rng: Rng,
    now: Duration,
    recorded: Recorded,
    actions: Actions,
    modem: ModemSide,
    /// The router hears the modem side.
    linked: bool,
    clients: Vec<Client>,
    store: Store,
    /// Texts that the network has been given, by owner.
    sent: Vec<Vec<String>>,
    numbers: u32,
    tally: Tally,
}

fn configuration(plan: Plan) -> Config {
    let phone = |n: usize| Phone {
        name: format!("phone{n}"),
        privileged: n == 0,
        tag: u8::try_from(n).ok(),
        number: Some(format!("+1555010010{n}")),
        ..Default::default()
    };
    Config { phone: (0..plan.phones).map(phone).collect(), ..Default::default() }
}

impl World {
    fn new(plan: Plan, write: bool) -> Self {
        let config = configuration(plan);
        Self {
            plan,
            rng: Rng::with_seed(plan.seed),
            now: Duration::ZERO,
            recorded: Recorded::new(&config, write),
            actions: Actions::default(),
            modem: ModemSide::new(),
            linked: false,
            clients: (0..plan.phones).map(Client::new).collect(),
            store: Store::default(),
            sent: vec![Vec::new(); plan.phones],
            numbers: 0,
            tally: Tally::default(),
            config,
        }
    }

    fn run(&mut self) -> Tally {
        self.link();
        for _ in 0..self.plan.steps {
            self.step();
            self.tally.steps += 1;
        }
        self.settle();
        self.tally
    }

    fn step(&mut self) {
        match self.rng.u8(0..100) {
            0..30 => self.modem_speaks(),
            30..48 => self.a_phone_speaks(),
            48..58 => self.time_passes(),
            58..68 => self.a_phone_acts(),
            68..74 => self.a_phone_takes_its_message(),
            74..82 => self.the_network_acts(),
            82..92 => self.the_store_works(),
            92..95 => self.a_client_comes_or_goes(),
            95 => self.foreground(),
            96 => self.emergency(),
            97 => self.modem.double_next = true,
            98 => self.something_breaks(),
            _ => self.something_is_mended(),
        }
    }

    // What can happen.

    fn modem_speaks(&mut self) {
        if !self.linked {
            return;
        }
        // Mostly in order; answers may overtake one another.
        let place = if self.rng.u8(0..8) == 0 { self.rng.usize(0..self.modem.waiting().max(1)) } else { 0 };
        if let Some(body) = self.modem.speak(place) {
            self.event(Event::FromModem(&body));
        }
    }

    fn a_phone_speaks(&mut self) {
        let place = self.any_phone();
        if let Some(body) = self.clients[place].send() {
            self.event(Event::FromPhone(PhoneId(place), &body));
        }
    }

    fn a_phone_acts(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            self.clients[place].act(&mut self.rng);
        }
    }

    fn a_phone_takes_its_message(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            let taken = self.rng.u8(0..5) > 0;
            self.clients[place].acknowledge(taken);
        }
    }

    fn time_passes(&mut self) {
        let jump = match self.rng.u8(0..20) {
            0 => Duration::from_secs(self.rng.u64(1..400)),
            1..5 => Duration::from_millis(self.rng.u64(1..5000)),
            _ => self.modem.deadline().map_or(Duration::ZERO, |due| due.saturating_sub(self.now)),
        };
        // A disk takes its time, but not for ever.
        if self.store.waiting_since().is_some_and(|since| self.now + jump > since + SLOWEST_STORE) {
            let done = self.store.commit(usize::MAX);
            self.event(Event::Stored(done));
        }
        self.let_time_pass(jump);
    }

    fn let_time_pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let deadlines = [self.modem.deadline(), self.recorded.router.deadline()];
            let Some(due) = deadlines.into_iter().flatten().min().filter(|due| *due <= until) else { break };
            self.hear_news();
            self.now = self.now.max(due);
            self.recorded.set_time(self.now);
            self.modem.tick(self.now);
            if self.recorded.router.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.event(Event::Tick);
                let next = self.recorded.router.deadline();
                assert!(next.is_none_or(|next| next > self.now), "the router's deadline stays in the past");
            }
        }
        self.hear_news();
        self.now = until;
        self.recorded.set_time(until);
    }

    /// An answer may take its time. What the modem says of itself is on its way for no more than a moment: a router that
    /// hears it minutes late cannot tell what it is about.
    fn hear_news(&mut self) {
        while self.linked
            && let Some(body) = self.modem.news()
        {
            self.event(Event::FromModem(&body));
        }
    }

    fn the_network_acts(&mut self) {
        let owner = self.any_phone();
        self.numbers += 1;
        let n = self.numbers % 1000;
        let line = match self.rng.u8(0..16) {
            // Callers and senders carry the tag of the phone that they mean, and its place for the checks.
            0..3 => format!("call 1555019{owner}{n:03}{owner}"),
            3 => format!("call 15550299{n:03}"),
            4..9 => {
                let text = format!("for {owner} #{}", self.numbers);
                self.sent[owner].push(text.clone());
                format!("sms send +1555019{owner}{n:03}{owner} {text}")
            }
            9 => format!("hangup #{}", self.rng.u8(1..4)),
            10 => format!("gsm signal {}", self.rng.u8(0..32)),
            11 => format!("data drop {}", self.rng.u8(1..4)),
            12 => "ussd say 0 Something".to_owned(),
            13 => "nitz".to_owned(),
            14 => format!("gsm voice {}", if self.rng.bool() { "home" } else { "searching" }),
            _ => format!("remote hold #{}", self.rng.u8(1..4)),
        };
        self.modem.console(self.now, &line);
    }

    fn the_store_works(&mut self) {
        let changes = self.rng.usize(0..=self.store.waiting());
        if changes > 0 {
            let done = self.store.commit(changes);
            self.event(Event::Stored(done));
        }
    }

    fn a_client_comes_or_goes(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            self.clients[place].leave();
            self.event(Event::PhoneDown(PhoneId(place)));
        } else {
            self.come(place);
        }
    }

    fn come(&mut self, place: usize) {
        self.clients[place].come();
        self.event(Event::PhoneUp(PhoneId(place)));
    }

    fn foreground(&mut self) {
        let place = self.any_phone();
        self.recorded.set_foreground(PhoneId(place), &mut self.actions);
        self.carry_out();
    }

    fn emergency(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            self.clients[place].call_for_help(&mut self.rng);
        }
    }

    fn something_breaks(&mut self) {
        match self.rng.u8(0..6) {
            0 => self.restart_root(),
            1 => {
                self.modem.console(self.now, "radio crash");
            }
            2 if self.linked => {
                self.linked = false;
                self.event(Event::ModemDown);
            }
            3 => {
                let requests = ["GET_IMEI", "SETUP_DATA_CALL", "SEND_SMS", "OPERATOR", "SIM_IO", "GET_CURRENT_CALLS"];
                let request = requests[self.rng.usize(0..requests.len())];
                self.modem.console(self.now, &format!("hang {request}"));
            }
            4 => {
                let requests = ["DIAL", "SETUP_DATA_CALL", "DEACTIVATE_DATA_CALL", "SMS_ACKNOWLEDGE", "SIM_IO"];
                let request = requests[self.rng.usize(0..requests.len())];
                self.modem.console(self.now, &format!("fail {request} GENERIC_FAILURE 1"));
            }
            _ => {
                let requests = ["DIAL", "SETUP_DATA_CALL", "OPERATOR", "GET_SIM_STATUS"];
                let request = requests[self.rng.usize(0..requests.len())];
                self.modem.console(self.now, &format!("delay {request} {}", self.rng.u32(1..200_000)));
            }
        }
    }

    fn something_is_mended(&mut self) {
        self.modem.console(self.now, "faults clear");
        if !self.linked {
            self.link();
        }
    }

    fn link(&mut self) {
        self.linked = true;
        self.modem.greet();
    }

    /// Root is killed and starts again. The modem side lives on, as an existing rild does.
    fn restart_root(&mut self) {
        self.tally.restarts += 1;
        let committed = self.rng.usize(0..=self.store.waiting());
        self.store.crash(committed);
        for client in &mut self.clients {
            client.root_is_gone();
        }
        let lines = std::mem::replace(&mut self.recorded, Recorded::new(&self.config, false));
        self.recorded = lines.again(&self.config);
        self.recorded.set_time(self.now);
        for (kind, key, value) in self.store.records() {
            self.event(Event::Recall(Record { kind, key: &key, value: &value }));
        }
        self.linked = false;
        self.link();
    }

    /// Everything works again, and goes on until nothing is left to do.
    fn settle(&mut self) {
        self.something_is_mended();
        self.modem.console(self.now, "gsm voice home");
        self.modem.console(self.now, "gsm data home");
        for place in 0..self.clients.len() {
            if !self.clients[place].up {
                self.come(place);
            }
            self.clients[place].ask(RequestCode::RADIO_POWER, serde_json::json!([1]));
        }
        // A radio that has just come on may have found its network as it was before.
        self.let_everybody_finish();
        self.modem.console(self.now, "gsm voice home");
        self.modem.console(self.now, "gsm data home");
        for _ in 0..400 {
            self.let_everybody_finish();
            self.let_time_pass(Duration::from_secs(5));
        }
        for (place, client) in self.clients.iter().enumerate() {
            assert!(client.is_quiet(), "phone {place} still waits for {:?}", client.open());
        }
        self.check_messages();
        assert!(self.recorded.router.phones().all(|phone| phone.unanswered == 0), "requests are counted as open");
    }

    fn let_everybody_finish(&mut self) {
        loop {
            let mut busy = false;
            while self.modem.waiting() > 0 {
                busy = true;
                let body = self.modem.speak(0).unwrap_or_default();
                self.event(Event::FromModem(&body));
            }
            for place in 0..self.clients.len() {
                while let Some(body) = self.clients[place].send() {
                    busy = true;
                    self.event(Event::FromPhone(PhoneId(place), &body));
                }
                if self.clients[place].has_message() {
                    busy = true;
                    self.clients[place].acknowledge(true);
                }
            }
            if self.store.waiting() > 0 {
                busy = true;
                let done = self.store.commit(usize::MAX);
                self.event(Event::Stored(done));
            }
            if !busy {
                return;
            }
        }
    }

    /// Every message of the network was taken once, by its owner.
    fn check_messages(&mut self) {
        // A card that somebody has locked is let in nowhere, and the network keeps what it has.
        let served = self.modem.model().network.voice_now().in_service();
        assert!(!served || self.modem.model().sms.inbox.undelivered() == 0, "the network still has messages");
        for (place, client) in self.clients.iter().enumerate() {
            for text in &self.sent[place] {
                let times = client.taken.iter().filter(|taken| *taken == text).count();
                assert!(times == 1 || times == 0 && !served, "phone {place} took `{text}` {times} times");
            }
            self.tally.messages += client.taken.len() as u64;
        }
    }

    fn any_phone(&mut self) -> usize {
        self.rng.usize(0..self.clients.len())
    }

    // What the router does.

    fn event(&mut self, event: Event<'_>) {
        self.tally.events += 1;
        self.recorded.handle(event, &mut self.actions);
        self.carry_out();
    }

    fn carry_out(&mut self) {
        let actions = std::mem::take(&mut self.actions);
        for action in actions.iter() {
            match action {
                Action::ToPhone(phone, frames) => {
                    for body in bodies(frames) {
                        self.clients[phone.0].hear(body);
                    }
                }
                Action::ToModem(_, frames) => {
                    assert!(self.linked, "the modem is asked something while it is down");
                    for body in bodies(frames) {
                        let request = Request::parse(body).expect("the modem is sent a request");
                        if request.code == RequestCode::DIAL && is_emergency(request.payload) {
                            self.tally.emergencies += 1;
                        }
                        self.modem.hear(self.now, &request);
                    }
                }
                // A request that waited still is withdrawn; one that the modem works on is answered to nobody.
                Action::GiveUp(serial) => self.modem.give_up(serial),
                Action::Store(change) => self.store.change(self.now, change),
                Action::ToService(_) | Action::Note(_) => {}
            }
        }
        self.actions = actions;
        self.actions.clear();
    }
}

fn is_emergency(payload: &[u8]) -> bool {
    use ril_protocol::payload::call::Dial;
    use ril_protocol::{RilVersion, parcel};
    let dial = parcel::decode::<Dial>(payload, RilVersion::COMMON);
    dial.is_ok_and(|dial| matches!(dial.address.as_deref(), Some("112" | "911")))
}

fn bodies(mut frames: &[u8]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    while let Ok(Some((body, used))) = frame::split(frames, RESPONSE_LIMIT) {
        bodies.push(body);
        frames = &frames[used..];
    }
    bodies
}
