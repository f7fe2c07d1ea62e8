//! A modem with a clock of its own, for tests in Rust: no time passes unless it is told to, and none is waited for.
//!
//! ```
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use modem_sim::scenario::{Outcome, Scenario, VirtualModem};
//!
//! let text = "modem --radio on\nwhen registered\nexpect GET_IMEI within 5s\n";
//! let scenario = Scenario::load(Path::new("x"), &Default::default(), &mut |_| Ok(text.to_owned())).unwrap();
//! let mut modem = VirtualModem::new(scenario.config().unwrap());
//! let reports = modem.play(scenario);
//! modem.advance(Duration::from_secs(1));
//! modem.send("GET_IMEI".parse().unwrap(), &[]);
//! assert!(reports.try_iter().all(|report| !matches!(report.outcome, Outcome::Failed(_))));
//! ```

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};
use ril_sap::MsgId;
use vendor_shim::guest::Token;

use super::report::Report;
use super::stage::Stage;
use super::step::Scenario;
use crate::console::{self, Answer};
use crate::model::{Config, Effect, Input, Modem, Reply, Timer, VERSION};

/// A modem that has been started, its host, and its time.
#[derive(Debug)]
pub struct VirtualModem {
    /// The modem.
    pub stage: Stage,
    now: Duration,
    timers: Vec<(Duration, Due)>,
    answers: Vec<(Token, Reply)>,
    told: Vec<(UnsolCode, Vec<u8>)>,
    sap_answers: Vec<(Token, Errno, Vec<u8>)>,
    sap_told: Vec<(MsgId, Vec<u8>)>,
    tokens: usize,
}

/// What is to be done when its time has come.
#[derive(Debug)]
enum Due {
    Modem(Timer),
    Stage,
}

impl VirtualModem {
    /// A modem that has just been started.
    pub fn new(config: Config) -> Self {
        let stage = Stage::new(Modem::new(config));
        let (timers, answers, told) = (Vec::new(), Vec::new(), Vec::new());
        let (sap_answers, sap_told) = (Vec::new(), Vec::new());
        let mut modem = Self { stage, now: Duration::ZERO, timers, answers, told, sap_answers, sap_told, tokens: 0 };
        modem.input(Input::Start);
        modem
    }

    /// Time since its start.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Plays a scenario from now on; what becomes of its steps. The channel closes at its end.
    pub fn play(&mut self, scenario: Scenario) -> Receiver<Report> {
        let (sender, receiver) = channel();
        let (_, effects) = self.stage.play(self.now, scenario, sender);
        self.take(effects);
        receiver
    }

    /// The host asks for something.
    pub fn send(&mut self, code: RequestCode, payload: &[u8]) -> Token {
        self.tokens += 1;
        let token = Token(self.tokens);
        self.input(Input::Request { code, token, payload });
        token
    }

    /// The answer to a request, if it has come; it is given once.
    pub fn answer(&mut self, token: Token) -> Option<Reply> {
        let at = self.answers.iter().position(|(answered, _)| *answered == token)?;
        Some(self.answers.remove(at).1)
    }

    /// What the host was told since the last look.
    pub fn take_told(&mut self) -> Vec<(UnsolCode, Vec<u8>)> {
        std::mem::take(&mut self.told)
    }

    /// A client of the SIM Access Profile asks for something; the answer, if it comes at once.
    pub fn sap(&mut self, id: MsgId, payload: &[u8]) -> Option<(Errno, Vec<u8>)> {
        self.tokens += 1;
        let token = Token(self.tokens);
        self.input(Input::Sap { id, token, payload });
        let at = self.sap_answers.iter().position(|(answered, ..)| *answered == token)?;
        let (_, errno, payload) = self.sap_answers.remove(at);
        Some((errno, payload))
    }

    /// What a client of the SIM Access Profile was told since the last look.
    pub fn take_sap_told(&mut self) -> Vec<(MsgId, Vec<u8>)> {
        std::mem::take(&mut self.sap_told)
    }

    /// Says a line on the console.
    pub fn console(&mut self, line: &str) -> Answer {
        let (answer, effects) = self.stage.operate(self.now, |modem, to| console::run(line, modem, to));
        self.take(effects);
        answer
    }

    /// Lets time go by.
    pub fn advance(&mut self, time: Duration) {
        let until = self.now.saturating_add(time);
        while self.step(until) {}
        self.now = until;
    }

    /// Lets the next thing happen that is due by then; false if there is none.
    pub fn step(&mut self, until: Duration) -> bool {
        let next = self.timers.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(place, (at, _))| (place, *at));
        let Some((place, at)) = next.filter(|(_, at)| *at <= until) else { return false };
        self.now = self.now.max(at);
        match self.timers.remove(place).1 {
            Due::Modem(timer) => self.input(Input::Timer(timer)),
            Due::Stage => {
                let effects = self.stage.ring(self.now);
                self.take(effects);
            }
        }
        true
    }

    fn input(&mut self, input: Input<'_>) {
        let effects = self.stage.handle(self.now, input);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Answer(token, reply) => self.answers.push((token, reply)),
                Effect::Unsolicited(code, payload) => self.told.push((code, payload)),
                Effect::RadioState(state) => {
                    self.told.push((UnsolCode::RESPONSE_RADIO_STATE_CHANGED, parcel::encode(&state, VERSION)));
                }
                Effect::After(delay, timer) => self.timers.push((self.now + delay, Due::Modem(timer))),
                Effect::SapAnswer(token, errno, payload) => self.sap_answers.push((token, errno, payload)),
                Effect::SapTell(id, payload) => self.sap_told.push((id, payload)),
                Effect::Abort => {}
            }
        }
        if let Some(delay) = self.stage.take_alarm(self.now) {
            self.timers.push((self.now + delay, Due::Stage));
        }
    }
}
