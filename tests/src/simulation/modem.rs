//! The simulated modem as the router's modem side, without a library, threads or a clock.
//!
//! What the modem says waits here until the schedule lets the router hear it. A modem side outlives the router: it is
//! then like a rild whose client connects anew, greets it, and does not repeat what it told the one before.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use modem_sim::console;
use modem_sim::model::data::MOST_CALLS;
use modem_sim::model::sim_card::{MAX_CHANNELS, SimConfig};
use modem_sim::model::{Config, Effect, Input, Modem, Timer};
use ril_protocol::dialect::Dialect;
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::call::Call;
use ril_protocol::payload::data::DataCallList;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use vendor_shim::guest::Token;

use super::cards::history::CardHistory;

const V: RilVersion = RilVersion::COMMON;

/// The life of a request whose answer is for nobody.
const ABANDONED: u32 = 0;

/// A request that is not answered.
struct Asked {
    code: RequestCode,
    /// The router's serial.
    serial: i32,
    /// The router's life.
    life: u32,
    /// The router does not wait for the answer any more.
    given_up: bool,
}

/// Something that the router has not heard yet.
struct Said {
    body: Vec<u8>,
    /// What it answers, if it is an answer.
    answers: Option<RequestCode>,
    /// It was said before.
    again: bool,
    /// It answers what was given up meanwhile.
    is_for_nobody: bool,
    /// The moment of the card.
    card: usize,
}

/// A modem, its timers, and what it has said.
pub(super) struct ModemSide {
    model: Modem,
    /// What its library calls messages.
    dialect: Dialect,
    timers: BinaryHeap<Reverse<(Duration, u64)>>,
    waiting: HashMap<u64, Timer>,
    timers_set: u64,
    asked: HashMap<usize, Asked>,
    tokens: usize,
    life: u32,
    said: VecDeque<Said>,
    /// What the vendor's own messages that it has said wait for: request and arguments.
    questions: Vec<(RequestCode, Vec<u8>)>,
    /// The next answer is given twice.
    pub(super) double_next: bool,
    /// A phone's USSD string has had no answer of the network. What the network says by itself meanwhile would pass for
    /// it.
    pub(super) awaits_ussd: bool,
    /// The list of calls that the router heard last.
    told_calls: Vec<Call>,
    /// How many lists of calls routers have heard.
    lists_told: u64,
    /// Data calls that exist, and those of them of which the modem has said that they were opened.
    open_data: BTreeSet<i32>,
    told_data: BTreeSet<i32>,
    /// Data calls that were opened, and no router heard of it.
    unheard_data: BTreeSet<i32>,
    /// A set-up was given up since the last moment at which none was unanswered.
    late_set_up: bool,
    /// What the card was like.
    pub(super) card: CardHistory,
}

impl ModemSide {
    /// A modem that is switched on, and whose radio is on.
    pub(super) fn new(dialect: Dialect) -> Self {
        Self::of(Config::default(), dialect)
    }

    /// One with as many data calls and a card with as many logical channels as there can be, that speaks as ril.h has
    /// it.
    pub(super) fn with_room_for_all() -> Self {
        let config = Config::default();
        let sim = SimConfig { channels: MAX_CHANNELS, ..config.sim.clone() };
        Self::of(Config { data_calls: MOST_CALLS, sim, ..config }, Dialect::default())
    }

    fn of(config: Config, dialect: Dialect) -> Self {
        let config = Config { radio_on: true, ..config };
        let mut side = Self {
            model: Modem::new(config),
            dialect,
            timers: BinaryHeap::new(),
            waiting: HashMap::new(),
            timers_set: 0,
            asked: HashMap::new(),
            tokens: 0,
            life: 0,
            said: VecDeque::new(),
            questions: Vec::new(),
            double_next: false,
            awaits_ussd: false,
            told_calls: Vec::new(),
            lists_told: 0,
            open_data: BTreeSet::new(),
            told_data: BTreeSet::new(),
            unheard_data: BTreeSet::new(),
            late_set_up: false,
            card: CardHistory::default(),
        };
        let effects = side.model.handle(Duration::ZERO, Input::Start);
        side.take(Duration::ZERO, effects);
        side
    }

    /// A router comes, or comes anew.
    pub(super) fn greet(&mut self) {
        self.life += 1;
        self.questions.clear();
        for said in std::mem::take(&mut self.said) {
            self.note_unheard(&said);
        }
        self.unheard_data.extend(self.open_data.difference(&self.told_data));
        self.told_calls.clear();
        self.say(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![V.0], V));
        let state = self.model.radio();
        self.say(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, V));
    }

    /// The router asks.
    pub(super) fn hear(&mut self, now: Duration, request: &Request<'_>) {
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        let &Request { code: number, serial, payload } = request;
        let open = self.asked.values().any(|asked| asked.serial == serial && asked.life == self.life);
        assert!(!open, "serial {serial} is asked twice at a time");
        let code = match self.dialect.request_named(number) {
            code if self.dialect.emergency_dial() == Some(code) => RequestCode::DIAL,
            code if self.dialect.class(code).is_some() => return self.hear_vendors_own(code, serial, payload),
            code => code,
        };
        if matches!(code, RequestCode::SEND_USSD | RequestCode::CANCEL_USSD) {
            self.awaits_ussd = code == RequestCode::SEND_USSD;
        }
        self.tokens += 1;
        self.asked.insert(self.tokens, Asked { code, serial, life: self.life, given_up: false });
        let effects = self.model.handle(now, Input::Request { code, token: Token(self.tokens), payload });
        self.take(now, effects);
    }

    /// A request of the vendor's own, which the model does not know, is done at once.
    fn hear_vendors_own(&mut self, code: RequestCode, serial: i32, payload: &[u8]) {
        let question = self.questions.iter().position(|question| (code, payload) == (question.0, &question.1[..]));
        let question = question.unwrap_or_else(|| panic!("the modem is told {code}, for which it has not asked"));
        self.questions.remove(question);
        let mut body = Vec::new();
        Reply::new(serial, Errno::SUCCESS, &[]).put(&mut body);
        body.drain(..4);
        self.said.push_back(Said {
            body,
            answers: Some(code),
            again: false,
            is_for_nobody: false,
            card: self.card.now(),
        });
    }

    /// The modem says something that only its vendor knows; what the router is to answer is asked for once.
    pub(super) fn say_of_vendor(&mut self, code: UnsolCode, payload: &[u8]) {
        self.questions.extend(self.dialect.answer(code, payload, V));
        self.say(code, payload);
    }

    /// The modem says what its model does not make it say.
    pub(super) fn say_of_network(&mut self, code: UnsolCode, payload: &[u8]) {
        self.say(code, payload);
    }

    /// The modem hears a broadcast of CDMA, whether it was told to listen or not.
    pub(super) fn hear_cdma_broadcast(&mut self, now: Duration, category: i32, text: &str) {
        let time = self.model.unix_time();
        let ((), effects) = self.model.operate(now, |modem, to| {
            modem.cdma.broadcast(category, text, time, true).expect("a text that fits");
            modem.pump_sms(to);
        });
        self.take(now, effects);
    }

    /// Whether the modem waits for an answer of the router's to something that only its vendor says.
    pub(super) fn has_questions(&self) -> bool {
        !self.questions.is_empty()
    }

    /// Nobody waits for the answer to this any more. The modem may have begun, and answer all the same.
    pub(super) fn give_up(&mut self, serial: i32, answers: bool) {
        let life = self.life;
        for asked in self.asked.values_mut().filter(|asked| asked.serial == serial && asked.life == life) {
            asked.given_up = true;
            if !answers {
                asked.life = ABANDONED;
            }
        }
        // What was said and is not heard yet will be for nobody.
        let is_answer = |said: &&Said| match Message::parse(&said.body) {
            Some(Message::Reply(reply)) => reply.serial == serial,
            _ => false,
        };
        self.unheard_data.extend(self.said.iter().filter(is_answer).flat_map(opened_data));
        for said in &mut self.said {
            said.is_for_nobody |= is_answer(&&*said);
        }
    }

    /// Somebody outside does something, in the words of the modem's console.
    pub(super) fn console(&mut self, now: Duration, line: &str) -> console::Answer {
        let (answer, effects) = self.model.operate(now, |modem, to| console::run(line, modem, to));
        self.take(now, effects);
        answer
    }

    /// The oldest thing that was said, or the answer at another place, for answers come in any order.
    pub(super) fn speak(&mut self, place: usize) -> Option<Vec<u8>> {
        let is_answer = |said: &Said| said.answers.is_some();
        let place = if self.said.get(place).is_some_and(is_answer) { place } else { 0 };
        let mut said = self.said.remove(place)?;
        // Of an answer that is given twice, the one counts that is heard first.
        if said.again
            && let Some(other) = self.said.iter_mut().find(|other| other.body == said.body && !other.again)
        {
            (said.again, other.again) = (false, true);
        }
        self.note_told(&said);
        self.note_card_told(&said);
        Some(said.body)
    }

    /// The oldest thing that was said and is no answer.
    pub(super) fn news(&mut self) -> Option<Vec<u8>> {
        let place = self.said.iter().position(|said| said.answers.is_none())?;
        let said = self.said.remove(place)?;
        self.note_card_told(&said);
        Some(said.body)
    }

    /// How much waits to be heard.
    pub(super) fn waiting(&self) -> usize {
        self.said.len()
    }

    /// Whether the router has heard all, and waits for no answer.
    pub(super) fn is_quiet(&self) -> bool {
        let is_waited_for = |asked: &Asked| asked.life == self.life && !asked.given_up;
        self.said.is_empty() && !self.asked.values().any(is_waited_for)
    }

    /// Whether the router waits for an answer to a request of this kind.
    pub(super) fn waits_for(&self, is_such: impl Fn(RequestCode) -> bool) -> bool {
        let is_waited_for = |asked: &Asked| asked.life == self.life && !asked.given_up && is_such(asked.code);
        self.asked.values().any(is_waited_for)
            || self.said.iter().any(|said| !said.again && !said.is_for_nobody && said.answers.is_some_and(&is_such))
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

    /// The list of calls that the router heard last, from this modem side.
    pub(super) fn told_calls(&self) -> &[Call] {
        &self.told_calls
    }

    /// How many lists of calls routers have heard.
    pub(super) fn lists_told(&self) -> u64 {
        self.lists_told
    }

    /// Whether the router has heard of this call in the list that it heard last.
    pub(super) fn is_told(&self, call: &Call) -> bool {
        self.told_calls
            .iter()
            .any(|told| (told.index, told.is_mt, &told.number) == (call.index, call.is_mt, &call.number))
    }

    /// Whether the router has yet to hear that this data call is over.
    pub(super) fn has_to_say_that_it_is_over(&self, cid: i32) -> bool {
        self.said.iter().any(|said| match Message::parse(&said.body) {
            Some(Message::Unsolicited(message)) if message.code == UnsolCode::DATA_CALL_LIST_CHANGED => {
                let list = parcel::decode::<DataCallList>(message.payload, V).unwrap_or_default();
                list.calls.iter().any(|call| call.cid == cid && call.active == 0)
            }
            _ => false,
        })
    }

    /// The router has given a set-up up, which may succeed all the same.
    pub(super) fn set_up_is_given_up(&mut self) {
        self.late_set_up = true;
    }

    /// Whether a data call may be one that the router does not wait for any more.
    pub(super) fn may_have_opened_late(&mut self) -> bool {
        let is_set_up = |code: RequestCode| code == RequestCode::SETUP_DATA_CALL;
        self.late_set_up &= self.asked.values().any(|asked| is_set_up(asked.code))
            || self.said.iter().any(|said| said.answers.is_some_and(is_set_up));
        self.late_set_up
    }

    /// Data calls that exist and that no router heard of, when they were opened.
    pub(super) fn unheard_data(&self) -> &BTreeSet<i32> {
        &self.unheard_data
    }

    /// No router knows of this data call any more.
    pub(super) fn forget_data(&mut self, cid: i32) {
        self.unheard_data.insert(cid);
    }

    fn take(&mut self, now: Duration, effects: Vec<Effect>) {
        self.note_opened();
        self.card.note(&self.model);
        for effect in effects {
            match effect {
                Effect::Answer(token, reply) => {
                    let Some(asked) = self.asked.remove(&token.0) else { panic!("the model answers twice") };
                    let mut body = Vec::new();
                    Reply::new(asked.serial, reply.errno, &reply.payload).put(&mut body);
                    body.drain(..4);
                    let said = Said {
                        body,
                        answers: Some(asked.code),
                        again: false,
                        is_for_nobody: false,
                        card: self.card.now(),
                    };
                    for cid in opened_data(&said) {
                        self.unheard_data.remove(&cid);
                        self.told_data.insert(cid);
                    }
                    if asked.life != self.life {
                        self.note_unheard(&said);
                        continue;
                    }
                    let again = std::mem::take(&mut self.double_next);
                    if again {
                        self.said.push_back(Said { body: said.body.clone(), again: false, ..said });
                    }
                    self.said.push_back(Said { again, ..said });
                }
                Effect::Unsolicited(code, payload) => self.say(code, &payload),
                Effect::RadioState(state) => {
                    self.say(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, V));
                }
                Effect::After(delay, timer) => {
                    self.timers_set += 1;
                    self.timers.push(Reverse((now + delay, self.timers_set)));
                    self.waiting.insert(self.timers_set, timer);
                }
                Effect::SapAnswer(..) | Effect::SapTell(..) => panic!("no schedule asks for the SIM Access Profile"),
                Effect::Abort => panic!("no schedule crashes the library's process"),
            }
        }
    }

    fn say(&mut self, code: UnsolCode, payload: &[u8]) {
        self.awaits_ussd &= code != UnsolCode::ON_USSD;
        // A message whose number the vendor has taken for another has none.
        let Some(code) = self.dialect.unsolicited_number(code) else { return };
        let mut body = Vec::new();
        Unsolicited::new(code, payload).put(&mut body);
        body.drain(..4);
        self.said.push_back(Said { body, answers: None, again: false, is_for_nobody: false, card: self.card.now() });
    }

    fn note_card_told(&mut self, said: &Said) {
        if let Some(Message::Unsolicited(message)) = Message::parse(&said.body) {
            self.card.is_told(self.dialect.unsolicited_named(message.code), said.card);
        }
    }

    fn note_told(&mut self, said: &Said) {
        if said.answers == Some(RequestCode::GET_CURRENT_CALLS)
            && !said.again
            && let Some(Message::Reply(reply)) = Message::parse(&said.body)
            && matches!(reply.errno, Errno::SUCCESS | Errno::RADIO_NOT_AVAILABLE)
        {
            self.told_calls = parcel::decode::<Vec<Call>>(reply.payload, V).unwrap_or_default();
            self.lists_told += 1;
        }
    }

    /// Notes data calls that the modem opens for a router that is gone, though it has not said so yet.
    fn note_opened(&mut self) {
        let open: BTreeSet<i32> = self.model.data.calls().map(|(call, _)| call.cid).collect();
        let is_set_up = |asked: &Asked| asked.code == RequestCode::SETUP_DATA_CALL && asked.life == self.life;
        if !self.asked.values().any(is_set_up) {
            self.unheard_data.extend(open.difference(&self.open_data));
        }
        self.told_data.retain(|cid| open.contains(cid));
        self.open_data = open;
    }

    fn note_unheard(&mut self, said: &Said) {
        self.unheard_data.extend(opened_data(said));
    }
}

/// The payload of an answer that tells of success.
fn succeeded(said: &Said) -> Option<&[u8]> {
    match Message::parse(&said.body) {
        Some(Message::Reply(reply)) if reply.errno == Errno::SUCCESS => Some(reply.payload),
        _ => None,
    }
}

/// The data call that was opened, if this says that one was.
fn opened_data(said: &Said) -> Vec<i32> {
    if said.answers != Some(RequestCode::SETUP_DATA_CALL) {
        return Vec::new();
    }
    let list = succeeded(said).and_then(|payload| parcel::decode::<DataCallList>(payload, V).ok()).unwrap_or_default();
    list.calls.iter().filter(|call| call.status == 0).map(|call| call.cid).collect()
}
