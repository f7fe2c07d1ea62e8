//! Conversations with the router: two or three phones, a modem, and a clock that only the test moves.

mod airplane;
mod answers;
mod broadcast;
mod broadcast_cdma;
mod calls;
mod calls_absent;
mod calls_by_service;
mod calls_by_service_model;
mod calls_callback_mode;
mod calls_cdma;
mod calls_emergency;
mod calls_emergency_unknown;
mod calls_ending;
mod calls_in_one_place;
mod calls_lasting;
mod calls_notices;
mod calls_of_their_own;
mod calls_overtaken;
mod calls_switching;
mod calls_unlisted;
mod calls_unsettled;
mod data;
mod data_model;
mod dial_strings;
mod dialect;
mod hostile;
mod identity;
mod life;
mod messages;
mod messages_by_service;
mod messages_crash;
mod messages_owners;
mod messages_unstored;
mod on_sim;
mod sending;
mod service;
mod service_calls;
mod settings;
mod shared;
mod sim;
mod sim_commands;
mod startup;
mod store;
mod texts;
mod toolkit;
mod ussd;
mod wishes;

use std::collections::VecDeque;
use std::time::Duration;

use ril_protocol::frame::{self, Message, RESPONSE_LIMIT};
use ril_protocol::messages::PayloadCodec;
use ril_protocol::payload::call::{Call, CallState};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use serde_json::{Value, json};

use store::Store;

use super::{Action, Actions, Event, Flow, Kind, Note, PhoneId, Record, Router};
use crate::config::{Config, Phone};

const V: RilVersion = RilVersion::COMMON;

/// "personal": in the foreground, privileged, tag 1.
const PERSONAL: PhoneId = PhoneId(0);
/// "work": in the background, tag 2.
const WORK: PhoneId = PhoneId(1);

/// A harmless question that always goes to the modem: its answer is another each time.
const ACTIVITY: RequestCode = RequestCode::GET_ACTIVITY_INFO;

/// A router and everything around it. What it does is kept until a test asks for it, in its order;
/// [`silence`](Bench::silence) says that nothing else has happened.
struct Bench {
    config: Config,
    router: Router,
    now: Duration,
    to_phones: VecDeque<(PhoneId, Heard)>,
    to_modem: VecDeque<(RequestCode, i32, Vec<u8>)>,
    /// In which flows requests went to the modem, in order.
    flows: Vec<Flow>,
    /// Serials of requests that the modem side need not send any more.
    given_up: Vec<i32>,
    to_service: VecDeque<Vec<u8>>,
    notes: Vec<Note>,
    /// What was to be stored, in order.
    stored: Vec<String>,
    store: Store,
}

/// A record in the store: its kind, key and value.
type Kept = (Kind, Vec<u8>, Vec<u8>);

/// What a phone's client hears.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Reply { serial: i32, errno: Errno, payload: Vec<u8> },
    Unsolicited { code: UnsolCode, payload: Vec<u8> },
}

fn phone(name: &str, tag: u8) -> Phone {
    let number = Some(format!("+1555010000{tag}"));
    Phone { name: name.to_owned(), privileged: tag == 1, tag: Some(tag), number, ..Default::default() }
}

#[allow(clippy::needless_pass_by_value, reason = "a conversation reads best with plain json!(...)")]
impl Bench {
    /// Two phones, both connected and greeted, on a modem whose radio is on.
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::with_records(change, &[])
    }

    /// As [`new`](Self::new), after a life that left these records.
    fn recalling(records: &[Kept]) -> Self {
        Self::with_records(|_| {}, records)
    }

    fn with_records(change: impl FnOnce(&mut Config), records: &[Kept]) -> Self {
        let mut bench = Self::without_phones(change, records);
        for phone in 0..bench.config.phone.len() {
            bench.event(Event::PhoneUp(PhoneId(phone)));
        }
        bench.has_no_calls_left(records.iter().map(|(kind, key, _)| (*kind, key.as_slice())));
        bench.to_phones.clear();
        bench.notes.clear();
        bench.flows.clear();
        bench
    }

    /// The modem side has just come up, and no client is there.
    fn without_phones(change: impl FnOnce(&mut Config), records: &[Kept]) -> Self {
        let mut config = Config { phone: vec![phone("personal", 1), phone("work", 2)], ..Default::default() };
        change(&mut config);
        let mut bench = Self {
            router: Router::new(&config),
            config,
            now: Duration::ZERO,
            to_phones: VecDeque::new(),
            to_modem: VecDeque::new(),
            flows: Vec::new(),
            given_up: Vec::new(),
            to_service: VecDeque::new(),
            notes: Vec::new(),
            stored: Vec::new(),
            store: Store::with(records),
        };
        bench.router.set_dialect(bench.config.dialect().expect("a dialect"));
        for (kind, key, value) in records {
            bench.event(Event::Recall(Record { kind: *kind, key, value }));
        }
        bench.modem_comes_up(RadioState::ON);
        bench
    }

    /// After an earlier life that left something, the router looks at the modem's calls: there are none, unless a call
    /// was left, of which a test says what became.
    #[track_caller]
    fn has_no_calls_left<'a>(&mut self, records: impl Iterator<Item = (Kind, &'a [u8])>) {
        let is_a_call = |(kind, key): &(Kind, &[u8])| *kind == Kind::Call && key.len() == size_of::<i32>();
        let records: Vec<_> = records.collect();
        if !records.is_empty() && !records.iter().any(is_a_call) {
            self.modem_lists(&[]);
        }
    }

    /// The modem confirms that the USSD session of an earlier life is over.
    fn ends_session_left_behind(&mut self) {
        let is_it = |(code, ..): &(RequestCode, i32, Vec<u8>)| *code == RequestCode::CANCEL_USSD;
        if let Some(place) = self.to_modem.iter().position(is_it)
            && let Some((_, serial, _)) = self.to_modem.remove(place)
        {
            self.reply_raw(serial, Errno::SUCCESS, &[]);
        }
    }

    fn event(&mut self, event: Event<'_>) {
        let mut actions = Actions::default();
        self.router.handle(self.now, event, &mut actions);
        self.carry_out(&actions);
        self.store_keeps_up();
    }

    fn carry_out(&mut self, actions: &Actions) {
        for action in actions.iter() {
            match action {
                Action::ToPhone(phone, frames) => {
                    let (body, used) = frame::split(frames, RESPONSE_LIMIT).unwrap().unwrap();
                    assert_eq!(used, frames.len());
                    let heard = match Message::parse(body).unwrap() {
                        Message::Reply(r) => {
                            Heard::Reply { serial: r.serial, errno: r.errno, payload: r.payload.into() }
                        }
                        Message::Unsolicited(u) => Heard::Unsolicited { code: u.code, payload: u.payload.into() },
                        Message::Ack { .. } => panic!("phones are sent no acknowledgements"),
                    };
                    self.to_phones.push_back((phone, heard));
                }
                Action::ToModem(flow, frames) => {
                    let (body, _) = frame::split(frames, RESPONSE_LIMIT).unwrap().unwrap();
                    let request = frame::Request::parse(body).unwrap();
                    self.to_modem.push_back((request.code, request.serial, request.payload.into()));
                    self.flows.push(flow);
                }
                Action::GiveUp(serial) => self.given_up.push(serial),
                Action::Store(change) => {
                    self.stored.push(format!("{change:?}"));
                    self.store.take(change);
                }
                Action::ToService(message) => self.to_service.push_back(message.to_vec()),
                Action::Note(note) => self.notes.push(note.clone()),
            }
        }
    }

    /// What the store has by now.
    fn take_records(&mut self) -> Vec<Kept> {
        let records = std::mem::take(&mut self.store.records);
        records.into_iter().map(|((kind, key), value)| (kind, key, value)).collect()
    }

    fn foreground(&mut self, phone: PhoneId) -> Result<(), super::SwitchRefused> {
        let mut actions = Actions::default();
        let result = self.router.set_foreground(self.now, phone, &mut actions);
        self.carry_out(&actions);
        result
    }

    fn advance(&mut self, time: Duration) {
        self.now += time;
        self.event(Event::Tick);
    }

    // Phones speak.

    /// A phone asks; the arguments as JSON of the row's payload.
    fn ask(&mut self, phone: PhoneId, serial: i32, code: RequestCode, arguments: Value) {
        let payload = code.row().unwrap().request.from_json(arguments, V).unwrap();
        self.ask_raw(phone, serial, code, &payload);
    }

    fn ask_raw(&mut self, phone: PhoneId, serial: i32, code: RequestCode, payload: &[u8]) {
        let mut frames = Vec::new();
        frame::Request { code, serial, payload }.put(&mut frames);
        self.event(Event::FromPhone(phone, &frames[4..]));
    }

    // The modem speaks.

    fn modem_comes_up(&mut self, state: RadioState) {
        self.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
        self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(state));
        self.ends_session_left_behind();
    }

    fn unsolicited(&mut self, code: UnsolCode, payload: Value) {
        let payload = code.row().unwrap().payload.from_json(payload, V).unwrap();
        self.unsolicited_raw(code, &payload);
    }

    fn unsolicited_raw(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frames = Vec::new();
        frame::Unsolicited::new(code, payload).put(&mut frames);
        self.event(Event::FromModem(&frames[4..]));
    }

    fn reply_raw(&mut self, serial: i32, errno: Errno, payload: &[u8]) {
        let mut frames = Vec::new();
        frame::Reply::new(serial, errno, payload).put(&mut frames);
        self.event(Event::FromModem(&frames[4..]));
    }

    /// The modem is asked this next, with these arguments; its serial.
    #[track_caller]
    fn modem_hears(&mut self, code: RequestCode, arguments: Value) -> i32 {
        let Some((asked, serial, payload)) = self.to_modem.pop_front() else { panic!("the modem is not asked {code}") };
        assert_eq!(asked, code);
        assert_eq!(json_of(&code.row().unwrap().request, &payload), arguments, "arguments of {code}");
        serial
    }

    /// The modem is asked this next, and answers.
    #[track_caller]
    fn modem_answers(&mut self, code: RequestCode, arguments: Value, result: Value) {
        let serial = self.modem_hears(code, arguments);
        let payload = code.row().unwrap().response.from_json(result, V).unwrap();
        self.reply_raw(serial, Errno::SUCCESS, &payload);
    }

    /// The modem says that calls changed; the router looks; these are the calls.
    #[track_caller]
    fn calls_are(&mut self, calls: &[Call]) {
        self.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
        self.modem_lists(calls);
    }

    #[track_caller]
    fn modem_lists(&mut self, calls: &[Call]) {
        self.modem_answers(RequestCode::GET_CURRENT_CALLS, Value::Null, json!(calls));
    }

    /// The router looks for emergency numbers on the card, and there are none.
    #[track_caller]
    fn card_has_no_emergency_numbers(&mut self) {
        let (code, serial, _) = self.to_modem.pop_front().expect("the card is not read");
        assert_eq!(code, RequestCode::SIM_IO);
        let no_file = json!({"sw1": 0x94, "sw2": 0x04});
        self.reply_raw(serial, Errno::SUCCESS, &code.row().unwrap().response.from_json(no_file, V).unwrap());
    }

    // Phones hear.

    /// The next thing that any phone hears is why its last call ended.
    #[track_caller]
    fn hears_cause(&mut self, phone: PhoneId, serial: i32, cause: i32) {
        let heard = Heard::Reply { serial, errno: Errno::SUCCESS, payload: parcel::encode(&cause, V) };
        assert_eq!(self.to_phones.pop_front(), Some((phone, heard)));
    }

    /// The next thing that any phone hears is this reply to this phone.
    #[track_caller]
    fn hears_reply(&mut self, phone: PhoneId, serial: i32, code: RequestCode, errno: Errno, result: Value) {
        let (to, heard) = self.to_phones.pop_front().expect("nobody hears anything");
        let Heard::Reply { serial: got, errno: told, payload } = heard else { panic!("{to:?} hears {heard:?}") };
        assert_eq!((to, got, told), (phone, serial, errno));
        assert_eq!(json_of(&code.row().unwrap().response, &payload), result);
    }

    #[track_caller]
    fn hears_ok(&mut self, phone: PhoneId, serial: i32) {
        self.hears_errno(phone, serial, Errno::SUCCESS);
    }

    #[track_caller]
    fn hears_errno(&mut self, phone: PhoneId, serial: i32, errno: Errno) {
        let (to, heard) = self.to_phones.pop_front().expect("nobody hears anything");
        assert_eq!((to, heard), (phone, Heard::Reply { serial, errno, payload: Vec::new() }));
    }

    /// The next thing that any phone hears is this message to this phone.
    #[track_caller]
    fn hears(&mut self, phone: PhoneId, code: UnsolCode, payload: Value) {
        let (to, heard) = self.to_phones.pop_front().expect("nobody hears anything");
        let Heard::Unsolicited { code: got, payload: bytes } = heard else { panic!("{to:?} hears {heard:?}") };
        assert_eq!((to, got), (phone, code));
        assert_eq!(json_of(&code.row().unwrap().payload, &bytes), payload);
    }

    /// A phone asks and hears this, and the modem is not asked.
    #[track_caller]
    fn knows(&mut self, phone: PhoneId, code: RequestCode, arguments: Value, answer: Value) {
        self.ask(phone, 99, code, arguments);
        self.hears_reply(phone, 99, code, Errno::SUCCESS, answer);
        self.silence();
    }

    /// A phone asks, the modem is asked and answers, and the phone hears this.
    #[track_caller]
    fn finds_out(&mut self, phone: PhoneId, code: RequestCode, arguments: Value, answer: Value) {
        self.ask(phone, 98, code, arguments.clone());
        self.modem_answers(code, arguments, answer.clone());
        self.hears_reply(phone, 98, code, Errno::SUCCESS, answer);
        self.silence();
    }

    /// Nothing else has happened.
    #[track_caller]
    fn silence(&mut self) {
        assert!(self.to_phones.is_empty(), "phones also hear {:?}", self.to_phones);
        assert!(self.to_modem.is_empty(), "the modem is also asked {:?}", self.to_modem);
        assert!(self.to_service.is_empty(), "the service is also told {:?}", self.to_service);
    }
}

#[track_caller]
fn json_of(codec: &PayloadCodec, payload: &[u8]) -> Value {
    codec.to_json(payload, V).unwrap()
}

fn call(index: i32, state: CallState, number: &str) -> Call {
    Call { index, state, number: Some(number.to_owned()), is_voice: true, ..Default::default() }
}

fn incoming(index: i32, state: CallState, number: &str) -> Call {
    Call { is_mt: true, ..call(index, state, number) }
}

/// Each call at the modem, by the modem's index, and whose it is.
fn owners(b: &Bench) -> Vec<(i32, PhoneId)> {
    let mut owners = Vec::from_iter(b.router.calls().map(|view| (view.modem_index, view.phone)));
    owners.sort_unstable();
    owners
}

fn dial(number: &str) -> Value {
    json!({ "address": number })
}

fn encoded(values: &[i32]) -> Vec<u8> {
    parcel::encode(&values.to_vec(), V)
}
