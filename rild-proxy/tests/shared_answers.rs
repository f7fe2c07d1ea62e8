//! Whatever happens in whatever order, a phone that asks what is the same for all hears what the modem would have said
//! at some moment since its question, or since the last thing that may have changed the answer, if that was earlier;
//! and it hears it once.
//!
//! The modem of this test has a truth for each subject, a number that only grows. It grows with a message that says so,
//! with a request that changes it (at any moment between its arrival and its answer), or, for what ages, in silence.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::sim::{SimIo, SimIoResponse, SimRefresh};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::{Config, Phone};
use rild_proxy::router::{Action, Actions, Event, PhoneId, Router};

const V: RilVersion = RilVersion::COMMON;
const PHONES: usize = 3;
/// How long the answer to a question may be under way.
const LONGEST: Duration = Duration::from_secs(60);
/// The modem does at once what it does at all, or in this time, which is longer than the router waits.
const SLOWEST: Duration = Duration::from_secs(300);
/// Two files of the SIM that are not private.
const FILES: [i32; 2] = [0x6f46, 0x6f3a];

/// What can be asked about, and can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Operator,
    CallWaiting,
    RadioTechnology,
    File(usize),
}

const SUBJECTS: [Subject; 5] =
    [Subject::Operator, Subject::CallWaiting, Subject::RadioTechnology, Subject::File(0), Subject::File(1)];

impl Subject {
    fn question(self, key: u8) -> (RequestCode, Vec<u8>) {
        match self {
            Self::Operator => (RequestCode::OPERATOR, Vec::new()),
            Self::CallWaiting => (RequestCode::QUERY_CALL_WAITING, ints(&[i32::from(key)])),
            Self::RadioTechnology => (RequestCode::VOICE_RADIO_TECH, Vec::new()),
            Self::File(file) => (RequestCode::SIM_IO, sim_io(0xb0, file, i32::from(key))),
        }
    }

    fn change(self) -> (RequestCode, Vec<u8>) {
        match self {
            Self::Operator => (RequestCode::SET_NETWORK_SELECTION_AUTOMATIC, Vec::new()),
            Self::CallWaiting => (RequestCode::SET_CALL_WAITING, ints(&[1, 1])),
            Self::RadioTechnology => (RequestCode::SET_PREFERRED_NETWORK_TYPE, ints(&[1])),
            Self::File(file) => (RequestCode::SIM_IO, sim_io(0xd6, file, 0)),
        }
    }

    fn news(self, truth: i32) -> (UnsolCode, Vec<u8>) {
        match self {
            Self::Operator => (UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Vec::new()),
            Self::CallWaiting => (UnsolCode::ON_SS, Vec::new()),
            Self::RadioTechnology => (UnsolCode::VOICE_RADIO_TECH_CHANGED, ints(&[truth])),
            Self::File(file) => {
                let refresh = SimRefresh { result: 0, ef_id: FILES[file], aid: None };
                (UnsolCode::SIM_REFRESH, parcel::encode(&refresh, V))
            }
        }
    }

    /// How old an answer can be.
    fn age(self) -> Option<Duration> {
        match self {
            Self::Operator => Some(Duration::from_secs(30)),
            Self::CallWaiting => Some(Duration::from_secs(300)),
            Self::RadioTechnology | Self::File(_) => None,
        }
    }

    fn answer(self, truth: i32) -> Vec<u8> {
        match self {
            Self::File(_) => {
                let said = SimIoResponse { sw1: 0x90, sw2: 0, response: Some(truth.to_string()) };
                parcel::encode(&said, V)
            }
            _ => ints(&[truth]),
        }
    }

    fn truth_in(self, answer: &[u8]) -> i32 {
        match self {
            Self::File(_) => {
                parcel::decode::<SimIoResponse>(answer, V).unwrap().response.unwrap().parse::<i32>().unwrap()
            }
            _ => parcel::decode::<Vec<i32>>(answer, V).unwrap()[0],
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Ask {
        phone: usize,
        subject: Subject,
        key: u8,
    },
    Answer {
        place: usize,
        failing: bool,
    },
    /// A change that was asked for takes place.
    Apply {
        place: usize,
    },
    Change(Subject),
    News(Subject),
    Silently(Subject),
    Wait(u16),
    Reconnect(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let subject = || prop::sample::select(SUBJECTS.to_vec());
    let ageing = prop::sample::select(vec![Subject::Operator, Subject::CallWaiting]);
    prop_oneof![
        12 => (0..PHONES, subject(), 0..2_u8).prop_map(|(phone, subject, key)| Step::Ask { phone, subject, key }),
        10 => (any::<usize>(), prop::bool::weighted(0.2)).prop_map(|(place, failing)| Step::Answer { place, failing }),
        4 => any::<usize>().prop_map(|place| Step::Apply { place }),
        3 => subject().prop_map(Step::Change),
        3 => subject().prop_map(Step::News),
        2 => ageing.prop_map(Step::Silently),
        3 => (0..40_u16).prop_map(Step::Wait),
        1 => (0..PHONES).prop_map(Step::Reconnect),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_is_true_and_comes_once(steps in prop::collection::vec(step(), 1..200)) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.settle();
    }
}

/// A question of a phone that is not answered yet.
#[derive(Debug)]
struct Open {
    subject: Option<Subject>,
    /// What was true when the last thing happened that may have changed it, or when an answer would be too old.
    at_least: i32,
}

/// A request that the modem has.
#[derive(Debug)]
struct Asked {
    serial: i32,
    subject: Subject,
    /// Whether it changes its subject, and has not done so yet.
    changes: bool,
    is_change: bool,
    /// Nobody waits for the answer any more.
    given_up: bool,
    /// What it will be answered.
    decided: Option<i32>,
    since: Duration,
}

struct World {
    router: Router,
    now: Duration,
    serial: i32,
    open: Vec<HashMap<i32, Open>>,
    asked: Vec<Asked>,
    /// What was true from when on.
    truths: HashMap<Subject, Vec<(Duration, i32)>>,
    /// What was true at the last event that the router can know of.
    known_change: HashMap<Subject, i32>,
}

impl World {
    fn new() -> Self {
        let phone = |n: usize| Phone { name: format!("phone{n}"), privileged: n == 0, ..Default::default() };
        let mut world = Self {
            router: Router::new(&Config { phone: (0..PHONES).map(phone).collect(), ..Default::default() }),
            now: Duration::from_secs(1000),
            serial: 0,
            open: (0..PHONES).map(|_| HashMap::new()).collect(),
            asked: Vec::new(),
            truths: SUBJECTS.map(|subject| (subject, vec![(Duration::ZERO, 0)])).into(),
            known_change: HashMap::new(),
        };
        for phone in 0..PHONES {
            world.event(Event::PhoneUp(PhoneId(phone)));
        }
        world.modem_up();
        world
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Ask { phone, subject, key } => {
                let (code, payload) = subject.question(key);
                let too_old = subject.age().map_or(0, |age| self.truth_at(subject, self.now - age - LONGEST));
                let at_least = too_old.max(self.known_change.get(&subject).copied().unwrap_or_default());
                self.request(phone, code, &payload, Open { subject: Some(subject), at_least });
            }
            Step::Change(subject) => {
                self.may_have_changed(subject);
                let (code, payload) = subject.change();
                self.request(0, code, &payload, Open { subject: None, at_least: 0 });
            }
            Step::Answer { place, failing } if !self.asked.is_empty() => {
                let place = place % self.asked.len();
                self.answer(place, failing);
            }
            Step::Apply { place } if !self.asked.is_empty() => {
                let place = place % self.asked.len();
                self.apply(place);
            }
            Step::News(subject) => {
                self.grow(subject);
                self.may_have_changed(subject);
                let (code, payload) = subject.news(self.truth(subject));
                self.unsolicited(code, &payload);
            }
            Step::Silently(subject) => self.grow(subject),
            Step::Wait(seconds) => {
                let until = self.now + Duration::from_secs(u64::from(seconds));
                while let Some(deadline) = self.router.deadline().filter(|deadline| *deadline <= until) {
                    self.now = self.now.max(deadline);
                    self.event(Event::Tick);
                }
                self.now = until;
                // It does not think about anything for so long.
                self.asked.retain(|asked| asked.since + SLOWEST > until);
            }
            Step::Reconnect(phone) => {
                self.open[phone].clear();
                self.event(Event::PhoneDown(PhoneId(phone)));
                self.event(Event::PhoneUp(PhoneId(phone)));
            }
            Step::Restart => {
                self.asked.clear();
                self.event(Event::ModemDown);
                assert!(self.open.iter().all(HashMap::is_empty), "the modem went down with questions open");
                SUBJECTS.into_iter().for_each(|subject| self.grow(subject));
                SUBJECTS.into_iter().for_each(|subject| self.may_have_changed(subject));
                self.modem_up();
            }
            Step::Answer { .. } | Step::Apply { .. } => {}
        }
    }

    fn settle(&mut self) {
        while !self.asked.is_empty() {
            self.answer(0, false);
        }
        assert!(self.open.iter().all(HashMap::is_empty), "no answer to {:?}", self.open);
        assert!(self.router.phones().all(|phone| phone.unanswered == 0), "requests are counted that are answered");
    }

    // The truth.

    fn truth(&self, subject: Subject) -> i32 {
        self.truth_at(subject, self.now)
    }

    fn truth_at(&self, subject: Subject, time: Duration) -> i32 {
        self.truths[&subject].iter().rev().find(|(since, _)| *since <= time).unwrap().1
    }

    fn grow(&mut self, subject: Subject) {
        let next = self.truth(subject) + 1;
        self.truths.get_mut(&subject).unwrap().push((self.now, next));
    }

    fn may_have_changed(&mut self, subject: Subject) {
        let truth = self.truth(subject);
        self.known_change.insert(subject, truth);
    }

    // The modem.

    fn modem_up(&mut self) {
        self.unsolicited(UnsolCode::RIL_CONNECTED, &ints(&[V.0]));
        self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&10, V));
    }

    fn apply(&mut self, place: usize) {
        let subject = self.asked[place].subject;
        if std::mem::take(&mut self.asked[place].changes) {
            self.grow(subject);
        }
        let truth = self.truth(subject);
        self.asked[place].decided.get_or_insert(truth);
    }

    fn answer(&mut self, place: usize, failing: bool) {
        self.apply(place);
        let Asked { serial, subject, is_change, given_up, decided, .. } = self.asked.remove(place);
        if is_change && !given_up {
            self.may_have_changed(subject);
        }
        let payload = subject.answer(decided.unwrap_or_default());
        let errno = if failing { Errno::GENERIC_FAILURE } else { Errno::SUCCESS };
        let mut frame = Vec::new();
        Reply::new(serial, errno, if failing { &[] } else { &payload }).put(&mut frame);
        self.event(Event::FromModem(&frame[4..]));
    }

    fn hears(&mut self, request: &Request<'_>) {
        let is = |(code, payload): (RequestCode, Vec<u8>)| (code, &payload[..]) == (request.code, request.payload);
        for subject in SUBJECTS {
            let is_change = is(subject.change());
            if is_change || is(subject.question(0)) || is(subject.question(1)) {
                return self.asked.push(Asked {
                    serial: request.serial,
                    subject,
                    changes: is_change,
                    is_change,
                    given_up: false,
                    decided: None,
                    since: self.now,
                });
            }
        }
        panic!("the modem is asked {request:?}");
    }

    // Frames.

    fn request(&mut self, phone: usize, code: RequestCode, payload: &[u8], open: Open) {
        self.serial += 1;
        self.open[phone].insert(self.serial, open);
        let mut frame = Vec::new();
        Request { code, serial: self.serial, payload }.put(&mut frame);
        self.event(Event::FromPhone(PhoneId(phone), &frame[4..]));
    }

    fn unsolicited(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frame = Vec::new();
        Unsolicited::new(code, payload).put(&mut frame);
        self.event(Event::FromModem(&frame[4..]));
    }

    fn event(&mut self, event: Event<'_>) {
        let mut actions = Actions::default();
        self.router.handle(self.now, event, &mut actions);
        for action in actions.iter() {
            match action {
                Action::ToPhone(phone, frame) => {
                    if let Some(Message::Reply(reply)) = Message::parse(&frame[4..]) {
                        self.heard(phone.0, &reply);
                    }
                }
                Action::ToModem(_, frame) => self.hears(&Request::parse(&frame[4..]).unwrap()),
                Action::GiveUp(serial) => {
                    for asked in self.asked.iter_mut().filter(|asked| asked.serial == serial) {
                        asked.given_up = true;
                    }
                }
                _ => {}
            }
        }
    }

    fn heard(&mut self, phone: usize, reply: &Reply<'_>) {
        let Some(open) = self.open[phone].remove(&reply.serial) else { panic!("phone {phone} did not ask {reply:?}") };
        if let Some(subject) = open.subject
            && reply.errno == Errno::SUCCESS
        {
            let heard = subject.truth_in(reply.payload);
            let now = self.truth(subject);
            assert!((open.at_least..=now).contains(&heard), "{subject:?}: {heard} heard, {open:?}, now {now}");
        }
    }
}

fn ints(values: &[i32]) -> Vec<u8> {
    parcel::encode(&values.to_vec(), V)
}

fn sim_io(command: i32, file: usize, p1: i32) -> Vec<u8> {
    let path = Some("3F007F20".to_owned());
    parcel::encode(&SimIo { command, file_id: FILES[file], path, p1, ..Default::default() }, V)
}
