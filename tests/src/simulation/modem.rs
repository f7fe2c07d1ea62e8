//! The simulated modem as the router's modem side, without a library, threads or a clock.
//!
//! What the modem says waits here until the schedule lets the router hear it. A modem side outlives the router: it is
//! then like a rild whose client connects anew, greets it, and does not repeat what it told the one before.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};
use ril_sim::console;
use ril_sim::model::{Config, Effect, Input, Modem, Timer};
use vendor_shim::guest::Token;

/// The life of a request whose answer is for nobody.
const ABANDONED: u32 = 0;

/// A modem, its timers, and what it has said.
pub(super) struct ModemSide {
    model: Modem,
    timers: BinaryHeap<Reverse<(Duration, u64)>>,
    waiting: HashMap<u64, Timer>,
    timers_set: u64,
    /// Requests that are not answered: the router's serial and the router's life.
    asked: HashMap<usize, (i32, u32)>,
    tokens: usize,
    life: u32,
    said: VecDeque<Vec<u8>>,
    /// The next answer is given twice.
    pub(super) double_next: bool,
}

impl ModemSide {
    /// A modem that is switched on, and whose radio is on.
    pub(super) fn new() -> Self {
        let config = Config { radio_on: true, ..Config::default() };
        let mut side = Self {
            model: Modem::new(config),
            timers: BinaryHeap::new(),
            waiting: HashMap::new(),
            timers_set: 0,
            asked: HashMap::new(),
            tokens: 0,
            life: 0,
            said: VecDeque::new(),
            double_next: false,
        };
        let effects = side.model.handle(Duration::ZERO, Input::Start);
        side.take(Duration::ZERO, effects);
        side
    }

    /// A router comes, or comes anew.
    pub(super) fn greet(&mut self) {
        self.life += 1;
        self.said.clear();
        self.say(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![RilVersion::COMMON.0], RilVersion::COMMON));
        let state = self.model.radio();
        self.say(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, RilVersion::COMMON));
    }

    /// The router asks.
    pub(super) fn hear(&mut self, now: Duration, request: &Request<'_>) {
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        let open = self.asked.values().any(|(serial, life)| *serial == request.serial && *life == self.life);
        assert!(!open, "serial {} is asked twice at a time", request.serial);
        self.tokens += 1;
        self.asked.insert(self.tokens, (request.serial, self.life));
        let input = Input::Request { code: request.code, token: Token(self.tokens), payload: request.payload };
        let effects = self.model.handle(now, input);
        self.take(now, effects);
    }

    /// Nobody waits for the answer to this any more.
    pub(super) fn give_up(&mut self, serial: i32) {
        let life = self.life;
        self.asked.values_mut().filter(|asked| **asked == (serial, life)).for_each(|asked| asked.1 = ABANDONED);
    }

    /// Somebody outside does something, in the words of the modem's console.
    pub(super) fn console(&mut self, now: Duration, line: &str) -> console::Answer {
        let (answer, effects) = self.model.operate(now, |modem, to| console::run(line, modem, to));
        self.take(now, effects);
        answer
    }

    /// The oldest thing that was said, or the answer at another place, for answers come in any order.
    pub(super) fn speak(&mut self, place: usize) -> Option<Vec<u8>> {
        let is_answer = |body: &Vec<u8>| matches!(Message::parse(body), Some(Message::Reply(_)));
        let place = if self.said.get(place).is_some_and(is_answer) { place } else { 0 };
        self.said.remove(place)
    }

    /// The oldest thing that was said and is no answer.
    pub(super) fn news(&mut self) -> Option<Vec<u8>> {
        let is_news = |body: &Vec<u8>| matches!(Message::parse(body), Some(Message::Unsolicited(_)));
        let place = self.said.iter().position(is_news)?;
        self.said.remove(place)
    }

    /// How much waits to be heard.
    pub(super) fn waiting(&self) -> usize {
        self.said.len()
    }

    /// When a timer is due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.timers.peek().map(|Reverse((due, _))| *due)
    }

    /// Lets the timers run that are due.
    pub(super) fn tick(&mut self, now: Duration) {
        while self.deadline().is_some_and(|due| due <= now) {
            let Some(Reverse((_, number))) = self.timers.pop() else { return };
            if let Some(timer) = self.waiting.remove(&number) {
                let effects = self.model.handle(now, Input::Timer(timer));
                self.take(now, effects);
            }
        }
    }

    /// The modem, for whoever checks it.
    pub(super) fn model(&self) -> &Modem {
        &self.model
    }

    fn take(&mut self, now: Duration, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Answer(token, reply) => {
                    let Some((serial, life)) = self.asked.remove(&token.0) else { panic!("the model answers twice") };
                    if life == self.life {
                        let mut frame = Vec::new();
                        Reply::new(serial, reply.errno, &reply.payload).put(&mut frame);
                        frame.drain(..4);
                        if std::mem::take(&mut self.double_next) {
                            self.said.push_back(frame.clone());
                        }
                        self.said.push_back(frame);
                    }
                }
                Effect::Unsolicited(code, payload) => self.say(code, &payload),
                Effect::RadioState(state) => {
                    let payload = parcel::encode(&state, RilVersion::COMMON);
                    self.say(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &payload);
                }
                Effect::After(delay, timer) => {
                    self.timers_set += 1;
                    self.timers.push(Reverse((now + delay, self.timers_set)));
                    self.waiting.insert(self.timers_set, timer);
                }
                Effect::Abort => panic!("no schedule crashes the library's process"),
            }
        }
    }

    fn say(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frame = Vec::new();
        Unsolicited::new(code, payload).put(&mut frame);
        frame.drain(..4);
        self.said.push_back(frame);
    }
}

impl Default for ModemSide {
    fn default() -> Self {
        Self::new()
    }
}
