//! Calls by way of the number service under everything at once: a link that comes and goes, a service that says what it
//! likes, a modem that refuses and drops, phones that leave, and a daemon that starts anew.
//!
//! The modem here is a model with room for two calls, which hears the tones. Whatever happens, it never dials whom a
//! phone wants to reach, the service never hears of emergencies and short codes, a phone sees nothing but what it
//! dialled, tones are those of the number that it sees, each once and in order, and each request has one answer.

use std::collections::{BTreeMap, BTreeSet};

use caller_tag::link::to_device::Say as Said;
use caller_tag::link::to_service::Say;
use caller_tag::link::{self, CallAnswered, CallFailed, IntentRefused, IntentTaken};
use caller_tag::{E164, Target};
use proptest::collection::vec;
use proptest::prelude::*;
use ril_protocol::payload::Text;
use ril_protocol::payload::call::Dial;

use super::super::{Change, Kind, Record};
use super::*;
use crate::config::Outgoing;

const PHONES: usize = 2;
/// Whom phones call; the last ones are none of the service's business.
const NUMBERS: [&str; 5] = ["+15550199999", "+15550177777", "+15550188888", "112", "22922"];
const BY_SERVICE: usize = 3;

#[derive(Clone, Debug)]
enum Op {
    Dial {
        phone: usize,
        number: usize,
    },
    HangUp {
        phone: usize,
    },
    OwnTone {
        phone: usize,
    },
    List {
        phone: usize,
    },
    /// The modem answers its first request.
    Answer {
        well: bool,
    },
    /// A call goes on: the far end is rung, and answers.
    Progress {
        which: usize,
    },
    /// A call ends.
    Drop {
        which: usize,
    },
    Service {
        is_up: bool,
    },
    /// The service says something about an intent that it heard.
    Says {
        what: u8,
        which: usize,
    },
    Foreground {
        phone: usize,
    },
    Leave {
        phone: usize,
    },
    Come {
        phone: usize,
    },
    Wait {
        milliseconds: u64,
    },
    /// The modem side starts anew, with its calls or without.
    ModemRestart {
        keeps: bool,
    },
    Restart,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let phone = || 0..PHONES;
    let op = prop_oneof![
        3 => (phone(), 0..NUMBERS.len()).prop_map(|(phone, number)| Op::Dial { phone, number }),
        1 => phone().prop_map(|phone| Op::HangUp { phone }),
        1 => phone().prop_map(|phone| Op::OwnTone { phone }),
        2 => phone().prop_map(|phone| Op::List { phone }),
        12 => prop::bool::weighted(0.95).prop_map(|well| Op::Answer { well }),
        6 => (0..2_usize).prop_map(|which| Op::Progress { which }),
        1 => (0..2_usize).prop_map(|which| Op::Drop { which }),
        1 => any::<bool>().prop_map(|is_up| Op::Service { is_up }),
        3 => (any::<u8>(), 0..4_usize).prop_map(|(what, which)| Op::Says { what, which }),
        1 => phone().prop_map(|phone| Op::Foreground { phone }),
        1 => phone().prop_map(|phone| Op::Leave { phone }),
        1 => phone().prop_map(|phone| Op::Come { phone }),
        8 => prop_oneof![Just(250), Just(1000), Just(1500), Just(30_000)]
            .prop_map(|milliseconds| Op::Wait { milliseconds }),
        1 => any::<bool>().prop_map(|keeps| Op::ModemRestart { keeps }),
        1 => Just(Op::Restart),
    ];
    vec(op, 1..80)
}

/// A call at the modem.
struct Leg {
    call: Call,
    heard: String,
}

struct World {
    config: Config,
    router: Router,
    now: Duration,
    up: [bool; PHONES],
    open: [BTreeMap<i32, RequestCode>; PHONES],
    serial: i32,
    dialled: [BTreeSet<String>; PHONES],
    at_modem: VecDeque<(RequestCode, i32, Vec<u8>)>,
    legs: Vec<Leg>,
    linked: bool,
    was_linked: bool,
    intents: Vec<(u64, usize)>,
    store: BTreeMap<(Kind, Vec<u8>), Vec<u8>>,
}

fn access(phone: usize) -> String {
    format!("+1555010000{}", phone + 1)
}

fn tones(number: &str) -> Option<String> {
    let number = E164::parse(number).ok()?;
    Some(Target { number, withheld: false }.tones())
}

impl World {
    fn new() -> Self {
        let mut config = Config { phone: vec![phone("personal", 1), phone("work", 2)], ..Default::default() };
        for phone in &mut config.phone {
            phone.access = phone.number.clone();
            phone.outgoing = Outgoing::Bridge;
        }
        let mut world = Self {
            router: Router::new(&config),
            config,
            now: Duration::ZERO,
            up: [false; PHONES],
            open: [const { BTreeMap::new() }; PHONES],
            serial: 0,
            dialled: [const { BTreeSet::new() }; PHONES],
            at_modem: VecDeque::new(),
            legs: Vec::new(),
            linked: false,
            was_linked: false,
            intents: Vec::new(),
            // Every daemon has read the card. One that has stored nothing cannot be known to have been there.
            store: BTreeMap::from([((Kind::EmergencyNumber, b"112".to_vec()), Vec::new())]),
        };
        world.modem_comes();
        (0..PHONES).for_each(|phone| world.come(phone));
        world
    }

    fn event(&mut self, event: Event<'_>) {
        let mut actions = Actions::default();
        self.router.handle(self.now, event, &mut actions);
        self.carry_out(&actions);
        if actions.iter().any(|action| matches!(action, Action::Store(_))) {
            self.event(Event::Stored(u64::MAX));
        }
    }

    fn carry_out(&mut self, actions: &Actions) {
        for action in actions.iter() {
            match action {
                Action::ToPhone(PhoneId(phone), frames) => {
                    let (body, _) = frame::split(frames, RESPONSE_LIMIT).unwrap().unwrap();
                    if let Message::Reply(reply) = Message::parse(body).unwrap() {
                        let code = self.open[phone].remove(&reply.serial).expect("an answer to nothing");
                        if code == RequestCode::GET_CURRENT_CALLS && reply.errno == Errno::SUCCESS {
                            for call in parcel::decode::<Vec<Call>>(reply.payload, V).unwrap() {
                                let number = call.number.unwrap();
                                // An emergency call that an earlier life has forgotten is the foreground phone's.
                                let is_own = self.dialled[phone].contains(&number) || number == "112";
                                assert!(is_own, "phone {phone} sees {number}");
                            }
                        }
                    }
                }
                Action::ToModem(_, frames) => {
                    let (body, _) = frame::split(frames, RESPONSE_LIMIT).unwrap().unwrap();
                    let request = frame::Request::parse(body).unwrap();
                    self.at_modem.push_back((request.code, request.serial, request.payload.into()));
                }
                Action::GiveUp(serial) => self.at_modem.retain(|(_, waiting, _)| *waiting != serial),
                Action::Store(Change::Put(Record { kind, key, value })) => {
                    self.store.insert((kind, key.to_vec()), value.to_vec());
                }
                Action::Store(Change::Remove { kind, key }) => {
                    self.store.remove(&(kind, key.to_vec()));
                }
                Action::ToService(message) => {
                    assert!(self.linked, "a service that is not there is told something");
                    if let Some(Say::CallIntent(intent)) = link::from_device(message).unwrap() {
                        let phone = usize::try_from(intent.tag).unwrap() - 1;
                        assert!(self.dialled[phone].contains(&intent.target));
                        assert!(NUMBERS[..BY_SERVICE].contains(&intent.target.as_str()));
                        self.intents.push((intent.id, phone));
                    }
                }
                Action::Note(_) => {}
            }
        }
    }

    fn ask(&mut self, phone: usize, code: RequestCode, arguments: Value) {
        if !self.up[phone] {
            return;
        }
        self.serial += 1;
        self.open[phone].insert(self.serial, code);
        let payload = code.row().unwrap().request.from_json(arguments, V).unwrap();
        let mut frames = Vec::new();
        frame::Request { code, serial: self.serial, payload: &payload }.put(&mut frames);
        self.event(Event::FromPhone(PhoneId(phone), &frames[4..]));
    }

    fn unsolicited(&mut self, code: UnsolCode, payload: Value) {
        let payload = code.row().unwrap().payload.from_json(payload, V).unwrap();
        let mut frames = Vec::new();
        frame::Unsolicited::new(code, &payload).put(&mut frames);
        self.event(Event::FromModem(&frames[4..]));
    }

    fn modem_comes(&mut self) {
        self.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
        self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::ON));
    }

    fn come(&mut self, phone: usize) {
        if !self.up[phone] {
            self.up[phone] = true;
            self.event(Event::PhoneUp(PhoneId(phone)));
        }
    }

    fn changed(&mut self) {
        self.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    }

    /// The modem answers its first request.
    fn answer(&mut self, well: bool) {
        let Some((code, serial, payload)) = self.at_modem.pop_front() else { return };
        let (done, payload) = self.carry_out_at_modem(code, &payload, well);
        let errno = if done { Errno::SUCCESS } else { Errno::GENERIC_FAILURE };
        let mut frames = Vec::new();
        frame::Reply::new(serial, errno, &payload).put(&mut frames);
        self.event(Event::FromModem(&frames[4..]));
        let changes = [
            RequestCode::DIAL,
            RequestCode::HANGUP,
            RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND,
            RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE,
        ];
        if done && changes.contains(&code) {
            self.changed();
        }
    }

    fn carry_out_at_modem(&mut self, code: RequestCode, payload: &[u8], well: bool) -> (bool, Vec<u8>) {
        let swap = |leg: &mut Leg| {
            leg.call.state = match leg.call.state {
                CallState::ACTIVE => CallState::HOLDING,
                CallState::HOLDING => CallState::ACTIVE,
                other => other,
            };
        };
        match code {
            RequestCode::GET_CURRENT_CALLS => {
                let calls: Vec<Call> = self.legs.iter().map(|leg| leg.call.clone()).collect();
                return (true, parcel::encode(&calls, V));
            }
            RequestCode::LAST_CALL_FAIL_CAUSE => return (true, parcel::encode(&16, V)),
            RequestCode::DIAL => {
                let number = parcel::decode::<Dial>(payload, V).unwrap().address.unwrap();
                assert!(!NUMBERS[..BY_SERVICE].contains(&number.as_str()), "the modem is to dial a target");
                let is_unconnected = |leg: &Leg| matches!(leg.call.state, CallState::DIALING | CallState::ALERTING);
                let busy = self.legs.iter().any(is_unconnected) || self.legs.len() == 2;
                if !well || busy {
                    return (false, Vec::new());
                }
                self.legs.iter_mut().filter(|leg| leg.call.state == CallState::ACTIVE).for_each(swap);
                let index = if self.legs.iter().any(|leg| leg.call.index == 1) { 2 } else { 1 };
                self.legs.push(Leg { call: call(index, CallState::DIALING, &number), heard: String::new() });
            }
            RequestCode::HANGUP => {
                let index = parcel::decode::<Vec<i32>>(payload, V).unwrap()[0];
                let before = self.legs.len();
                self.legs.retain(|leg| leg.call.index != index || !well);
                return (self.legs.len() < before, Vec::new());
            }
            RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND => {
                self.legs.retain(|leg| leg.call.state == CallState::HOLDING);
                self.legs.iter_mut().for_each(swap);
            }
            RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE => self.legs.iter_mut().for_each(swap),
            RequestCode::DTMF => {
                let tone: Text = parcel::decode(payload, V).unwrap();
                let tone = tone.unwrap();
                let active = self.legs.iter_mut().find(|leg| leg.call.state == CallState::ACTIVE);
                let Some(leg) = active.filter(|_| well || tone == "A") else { return (false, Vec::new()) };
                if tone == "A" {
                    assert!(leg.heard.is_empty() || leg.heard.ends_with('#'), "a phone's tone among the service's");
                } else {
                    leg.heard.push_str(&tone);
                }
            }
            _ => {}
        }
        (true, Vec::new())
    }

    fn says(&mut self, what: u8, which: usize) {
        let Some(&(id, phone)) = self.intents.iter().rev().nth(which) else { return };
        let say = match what % 4 {
            0 | 1 => Said::IntentTaken(IntentTaken { id, access: access(phone) }),
            2 => Said::CallAnswered(CallAnswered { id }),
            _ if what < 128 => Said::IntentRefused(IntentRefused { id, cause: 57 }),
            _ => Said::CallFailed(CallFailed { id, cause: 17 }),
        };
        self.event(Event::FromService(&link::to_device(say)));
    }

    fn restart(&mut self) {
        self.router = Router::new(&self.config);
        self.open = [const { BTreeMap::new() }; PHONES];
        self.at_modem.clear();
        self.up = [false; PHONES];
        self.linked = false;
        self.intents.clear();
        for ((kind, key), value) in self.store.clone() {
            self.event(Event::Recall(Record { kind, key: &key, value: &value }));
        }
        self.modem_comes();
        (0..PHONES).for_each(|phone| self.come(phone));
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Dial { phone, number } => {
                self.dialled[phone].insert(NUMBERS[number].to_owned());
                self.ask(phone, RequestCode::DIAL, dial(NUMBERS[number]));
            }
            Op::HangUp { phone } => self.ask(phone, RequestCode::HANGUP, json!([1])),
            Op::OwnTone { phone } => self.ask(phone, RequestCode::DTMF, json!("A")),
            Op::List { phone } => self.ask(phone, RequestCode::GET_CURRENT_CALLS, Value::Null),
            Op::Answer { well } => self.answer(well),
            Op::Progress { which } => {
                let Some(leg) = self.legs.get_mut(which) else { return };
                leg.call.state = match leg.call.state {
                    CallState::DIALING => CallState::ALERTING,
                    CallState::ALERTING => CallState::ACTIVE,
                    other => other,
                };
                self.changed();
            }
            Op::Drop { which } => {
                if which < self.legs.len() {
                    self.legs.remove(which);
                    self.changed();
                }
            }
            Op::Service { is_up } => {
                if is_up != self.linked {
                    self.linked = is_up;
                    self.was_linked |= is_up;
                    self.event(if is_up { Event::ServiceUp } else { Event::ServiceDown });
                }
            }
            Op::Says { what, which } => self.says(what, which),
            Op::Foreground { phone } => {
                let mut actions = Actions::default();
                let _ = self.router.set_foreground(self.now, PhoneId(phone), &mut actions);
                self.carry_out(&actions);
            }
            Op::Leave { phone } => {
                if self.up[phone] {
                    self.up[phone] = false;
                    self.open[phone].clear();
                    self.event(Event::PhoneDown(PhoneId(phone)));
                }
            }
            Op::Come { phone } => self.come(phone),
            Op::Wait { milliseconds } => {
                self.now += Duration::from_millis(milliseconds);
                self.event(Event::Tick);
            }
            Op::ModemRestart { keeps } => {
                self.event(Event::ModemDown);
                self.at_modem.clear();
                if !keeps {
                    self.legs.clear();
                }
                self.modem_comes();
            }
            Op::Restart => self.restart(),
        }
        self.check();
    }

    /// What is shown, and what was heard.
    fn check(&self) {
        for view in self.router.calls() {
            // Whom an orphan was to reach nobody knows.
            let Some(number) = view.call.number else { continue };
            let leg = self.legs.iter().find(|leg| leg.call.index == view.modem_index);
            // The router may not have looked since another call took that index.
            let Some(leg) = leg.filter(|leg| leg.call.number == Some(access(view.phone.0))) else { continue };
            let Some(tones) = tones(&number) else { continue };
            assert!(tones.starts_with(&leg.heard) || self.dialled[view.phone.0].len() > 1, "{} for {tones}", leg.heard);
            if view.call.state == CallState::ACTIVE && leg.call.state == CallState::ACTIVE && !self.was_linked {
                assert!(leg.heard == tones || self.dialled[view.phone.0].len() > 1);
            }
        }
        for leg in &self.legs {
            let whole = |number: &&str| tones(number).is_some_and(|tones| tones.starts_with(&leg.heard));
            assert!(NUMBERS[..BY_SERVICE].iter().any(whole), "{} is no beginning of a number", leg.heard);
        }
    }

    /// All is answered, and time passes.
    fn settle(&mut self) {
        for _ in 0..1000 {
            match self.at_modem.is_empty() {
                false => self.answer(true),
                true => match self.router.deadline() {
                    Some(due) if due < self.now + Duration::from_secs(600) => {
                        self.now = self.now.max(due);
                        self.event(Event::Tick);
                    }
                    _ => break,
                },
            }
            self.check();
        }
        for phone in 0..PHONES {
            assert!(self.open[phone].is_empty(), "phone {phone} waits for {:?}", self.open[phone]);
        }
        assert!(self.router.phones().all(|phone| phone.unanswered == 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn phones_see_what_they_dialled_and_nobody_else_is_called(ops in ops()) {
        let mut world = World::new();
        for op in &ops {
            world.apply(op);
        }
        world.settle();
    }
}
