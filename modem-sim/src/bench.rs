//! A modem on a bench with a clock of its own: the tests' host, network and console.

use std::time::Duration;

use ril_protocol::parcel::{self, Parcel};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use vendor_shim::guest::Token;

use crate::args::Args;
use crate::console;
use crate::model::{Effect, Input, Modem, Reply, Timer, VERSION};

/// Longer than anything takes that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Bench {
    pub(crate) modem: Modem,
    now: Duration,
    timers: Vec<(Duration, Timer)>,
    answers: Vec<(Token, Reply)>,
    told: Vec<(UnsolCode, Vec<u8>)>,
    tokens: usize,
}

impl Bench {
    /// A modem that has just been started with these arguments; the radio is off unless they say otherwise.
    pub(crate) fn new(args: &str) -> Self {
        let args = Args::parse(args.split_whitespace().map(str::to_owned)).unwrap();
        let modem = Modem::new(args.config);
        let (timers, answers, told) = (Vec::new(), Vec::new(), Vec::new());
        let mut bench = Self { modem, now: Duration::ZERO, timers, answers, told, tokens: 0 };
        bench.input(Input::Start);
        bench
    }

    /// A modem that is on, registered, and has said all that it says then.
    pub(crate) fn online(args: &str) -> Self {
        let mut bench = Self::new(&format!("{args} --radio on"));
        bench.advance(10);
        bench.told.clear();
        bench
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask<T: Parcel>(&mut self, code: RequestCode, args: &T) -> Reply {
        let token = self.send(code, &parcel::encode(args, VERSION));
        let deadline = self.now + PATIENCE;
        loop {
            if let Some(reply) = self.answer(token) {
                return reply;
            }
            assert!(self.step(deadline), "{code} is not answered");
        }
    }

    /// Asks for something that succeeds, and gives the result.
    pub(crate) fn get<T: Parcel, R: Parcel>(&mut self, code: RequestCode, args: &T) -> R {
        let reply = self.ask(code, args);
        assert_eq!(reply.errno, Errno::SUCCESS, "{code}");
        parcel::decode(&reply.payload, VERSION).unwrap()
    }

    /// Asks for something without arguments and without result.
    pub(crate) fn does(&mut self, code: RequestCode) -> Errno {
        self.ask(code, &()).errno
    }

    /// Asks for something whose arguments are integers.
    pub(crate) fn ints(&mut self, code: RequestCode, ints: &[i32]) -> Reply {
        self.ask(code, &ints.to_vec())
    }

    /// Asks for something whose arguments are strings.
    pub(crate) fn strings(&mut self, code: RequestCode, strings: &[&str]) -> Reply {
        self.ask(code, &strings.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>())
    }

    /// Asks, and does not wait.
    pub(crate) fn send(&mut self, code: RequestCode, payload: &[u8]) -> Token {
        self.tokens += 1;
        let token = Token(self.tokens);
        self.input(Input::Request { code, token, payload });
        token
    }

    /// The answer to a request, if it has come.
    pub(crate) fn answer(&mut self, token: Token) -> Option<Reply> {
        let at = self.answers.iter().position(|(answered, _)| *answered == token)?;
        Some(self.answers.remove(at).1)
    }

    /// Lets some milliseconds go by.
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        let until = self.now + Duration::from_millis(milliseconds);
        while self.step(until) {}
        self.now = until;
    }

    /// Says a line on the console; the answer has its lines' ends as `\n`.
    pub(crate) fn console(&mut self, line: &str) -> String {
        let now = self.now;
        let (answer, effects) = self.modem.operate(now, |modem, to| console::run(line, modem, to));
        self.take(effects);
        answer.render("\n")
    }

    /// What the host was told since the last look, without repetitions in a row.
    pub(crate) fn told(&mut self) -> Vec<UnsolCode> {
        let mut codes: Vec<UnsolCode> = self.told.drain(..).map(|(code, _)| code).collect();
        codes.dedup();
        codes
    }

    /// The particulars of messages of one kind since the last look; the others are forgotten.
    pub(crate) fn told_of<T: Parcel>(&mut self, wanted: UnsolCode) -> Vec<T> {
        let told = self.told.drain(..).filter(|(code, _)| *code == wanted);
        told.map(|(_, payload)| parcel::decode(&payload, VERSION).unwrap()).collect()
    }

    fn input(&mut self, input: Input<'_>) {
        let effects = self.modem.handle(self.now, input);
        self.take(effects);
    }

    /// Lets the next timer go off, if that is not later than `until`.
    fn step(&mut self, until: Duration) -> bool {
        let next = self.timers.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(place, (at, _))| (place, *at));
        let Some((place, at)) = next.filter(|(_, at)| *at <= until) else { return false };
        self.now = self.now.max(at);
        let (_, timer) = self.timers.remove(place);
        self.input(Input::Timer(timer));
        true
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Answer(token, reply) => self.answers.push((token, reply)),
                Effect::Unsolicited(code, payload) => self.told.push((code, payload)),
                Effect::RadioState(state) => {
                    self.told.push((UnsolCode::RESPONSE_RADIO_STATE_CHANGED, parcel::encode(&state, VERSION)));
                }
                Effect::After(delay, timer) => self.timers.push((self.now + delay, timer)),
                Effect::Abort => {}
            }
        }
    }
}
