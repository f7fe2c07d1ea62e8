//! Data calls under everything at once: phones that come and go, a modem that refuses, takes its time and drops calls,
//! and a daemon that starts anew.
//!
//! The modem here is a model: it has few contexts, and knows which of them exist. Whatever happens, each request has
//! one answer, no phone's request changes what another holds, and when all is quiet every context of the modem is held
//! by a phone that is there.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use ril_protocol::payload::Strings;
use ril_protocol::payload::data::{DataCall, DataCallList};

use super::super::{Change, Kind, Record};
use super::*;

const PHONES: usize = 3;
const MOST_CONTEXTS: usize = 3;
/// How often the modem refuses to close one call.
const MOST_REFUSALS: u8 = 2;

#[derive(Clone, Debug)]
enum Op {
    SetUp {
        phone: usize,
        apn: u8,
        protocol: u8,
    },
    Close {
        phone: usize,
        cid: u8,
    },
    List {
        phone: usize,
    },
    /// The modem answers one of its requests.
    Answer {
        which: u8,
        how: u8,
    },
    /// The network ends a call; it is gone, or first shown as inactive.
    Drop {
        which: u8,
        shown: bool,
    },
    Leave {
        phone: usize,
    },
    Come {
        phone: usize,
    },
    RadioOff {
        phone: usize,
    },
    Wait {
        seconds: u64,
    },
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    let phone = || 0..PHONES;
    prop_oneof![
        6 => (phone(), 0..3_u8, 0..3_u8).prop_map(|(phone, apn, protocol)| Op::SetUp { phone, apn, protocol }),
        5 => (phone(), 1..5_u8).prop_map(|(phone, cid)| Op::Close { phone, cid }),
        1 => phone().prop_map(|phone| Op::List { phone }),
        12 => (any::<u8>(), 0..6_u8).prop_map(|(which, how)| Op::Answer { which, how }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(which, shown)| Op::Drop { which, shown }),
        1 => phone().prop_map(|phone| Op::Leave { phone }),
        2 => phone().prop_map(|phone| Op::Come { phone }),
        1 => phone().prop_map(|phone| Op::RadioOff { phone }),
        2 => (1..200_u64).prop_map(|seconds| Op::Wait { seconds }),
        1 => Just(Op::Restart),
    ]
}

/// The longest that the modem takes to answer, in seconds; the router remembers given-up set-ups for ten minutes.
const LATEST: u64 = 500;

struct World {
    config: Config,
    router: Router,
    now: Duration,
    store: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The modem's contexts, and how often it has refused to close each.
    contexts: Vec<(DataCall, u8)>,
    opened: u32,
    /// For how many seconds the modem may have left something unanswered.
    silent: u64,
    at_modem: Vec<(RequestCode, i32, Vec<u8>)>,
    /// Requests of each phone that have no answer yet.
    open: Vec<BTreeSet<i32>>,
    up: Vec<bool>,
    serial: i32,
    /// The last list that each phone was given as an answer.
    lists: Vec<Option<Vec<i32>>>,
    asked_list: BTreeSet<(usize, i32)>,
}

impl World {
    fn new() -> Self {
        let config = Config { phone: (1..=3).map(|n| phone(&format!("p{n}"), n)).collect(), ..Default::default() };
        let mut world = Self {
            router: Router::new(&config),
            config,
            now: Duration::ZERO,
            store: BTreeMap::new(),
            contexts: Vec::new(),
            opened: 0,
            silent: 0,
            at_modem: Vec::new(),
            open: vec![BTreeSet::new(); PHONES],
            up: vec![false; PHONES],
            serial: 0,
            lists: vec![None; PHONES],
            asked_list: BTreeSet::new(),
        };
        world.start();
        world
    }

    fn start(&mut self) {
        self.unsolicited(UnsolCode::RIL_CONNECTED, &encoded(&[V.0]));
        self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&RadioState::ON, V));
        for phone in 0..PHONES {
            self.come(phone);
        }
    }

    fn come(&mut self, phone: usize) {
        if !self.up[phone] {
            self.up[phone] = true;
            self.event(Event::PhoneUp(PhoneId(phone)));
        }
    }

    fn event(&mut self, event: Event<'_>) {
        let mut actions = Actions::default();
        self.router.handle(self.now, event, &mut actions);
        self.carry_out(&actions);
    }

    fn carry_out(&mut self, actions: &Actions) {
        for action in actions.iter() {
            match action {
                Action::ToPhone(PhoneId(phone), frames) => {
                    let (body, _) = frame::split(frames, RESPONSE_LIMIT).unwrap().unwrap();
                    assert!(self.up[phone], "a phone that is not there hears something");
                    if let Message::Reply(reply) = Message::parse(body).unwrap() {
                        assert!(self.open[phone].remove(&reply.serial), "an answer to nothing");
                        if self.asked_list.remove(&(phone, reply.serial)) {
                            self.lists[phone] = read_list(reply.payload);
                        }
                    }
                }
                Action::ToModem(_, frames) => {
                    let (body, _) = frame::split(frames, RESPONSE_LIMIT).unwrap().unwrap();
                    let request = frame::Request::parse(body).unwrap();
                    // What calls and sessions an earlier life left is another matter.
                    if !matches!(request.code, RequestCode::GET_CURRENT_CALLS | RequestCode::CANCEL_USSD) {
                        self.at_modem.push((request.code, request.serial, request.payload.into()));
                    }
                }
                Action::Store(Change::Put(Record { kind: Kind::DataCall, key, value })) => {
                    self.store.insert(key.to_vec(), value.to_vec());
                }
                Action::Store(Change::Remove { kind: Kind::DataCall, key }) => {
                    self.store.remove(key);
                }
                // A modem that has begun with it carries it out all the same.
                Action::GiveUp(_) | Action::Store(_) | Action::ToService(_) | Action::Note(_) => {}
            }
        }
    }

    /// A phone asks; what others hold is as before.
    fn ask(&mut self, phone: usize, code: RequestCode, payload: &[u8]) -> i32 {
        self.serial += 1;
        let serial = self.serial;
        if !self.up[phone] {
            return serial;
        }
        self.open[phone].insert(serial);
        let mut frames = Vec::new();
        frame::Request { code, serial, payload }.put(&mut frames);
        let before = self.holds_but(phone);
        self.event(Event::FromPhone(PhoneId(phone), &frames[4..]));
        assert_eq!(self.holds_but(phone), before, "a request of phone {phone} changed what others hold");
        serial
    }

    fn ask_strings(&mut self, phone: usize, code: RequestCode, strings: &[&str]) {
        let strings: Strings = strings.iter().map(|text| Some((*text).to_owned())).collect();
        self.ask(phone, code, &parcel::encode(&strings, V));
    }

    fn ask_list(&mut self, phone: usize) {
        self.lists[phone] = None;
        self.asked_list.insert((phone, self.serial + 1));
        self.ask(phone, RequestCode::DATA_CALL_LIST, &[]);
    }

    /// Which phones hold which contexts, but for one phone.
    fn holds_but(&self, phone: usize) -> BTreeSet<(usize, i32, i32)> {
        self.holds().into_iter().filter(|(holder, ..)| *holder != phone).collect()
    }

    /// Phone, context, and the phone's own number for it.
    fn holds(&self) -> BTreeSet<(usize, i32, i32)> {
        let calls = self.router.data_calls();
        calls.flat_map(|call| call.holders.into_iter().map(move |(phone, cid)| (phone.0, call.cid, cid))).collect()
    }

    fn unsolicited(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frames = Vec::new();
        frame::Unsolicited::new(code, payload).put(&mut frames);
        self.event(Event::FromModem(&frames[4..]));
    }

    fn reply(&mut self, serial: i32, errno: Errno, payload: &[u8]) {
        let mut frames = Vec::new();
        frame::Reply::new(serial, errno, payload).put(&mut frames);
        self.event(Event::FromModem(&frames[4..]));
    }

    fn list(&self) -> Vec<u8> {
        list_of(self.contexts.iter().map(|(call, _)| call.clone()).collect())
    }

    fn list_changed(&mut self) {
        let list = self.list();
        self.unsolicited(UnsolCode::DATA_CALL_LIST_CHANGED, &list);
    }

    /// The modem does what it was asked, or not: 0 to 3 are success.
    fn answer(&mut self, which: usize, how: u8) {
        let (code, serial, payload) = self.at_modem.remove(which);
        match code {
            RequestCode::SETUP_DATA_CALL if how < 4 && self.contexts.len() < MOST_CONTEXTS => {
                let strings = parcel::decode::<Strings>(&payload, V).unwrap();
                let cid = (1..).find(|cid| self.contexts.iter().all(|(call, _)| call.cid != *cid)).unwrap();
                self.opened += 1;
                let call = DataCall {
                    cid,
                    active: 2,
                    pdp_type: strings[6].clone(),
                    ifname: Some(format!("rmnet{cid}")),
                    addresses: Some(format!("10.0.0.{}", self.opened)),
                    ..DataCall::default()
                };
                self.contexts.push((call.clone(), 0));
                self.reply(serial, Errno::SUCCESS, &list_of(vec![call]));
            }
            RequestCode::SETUP_DATA_CALL if how == 4 => self.reply(serial, Errno::GENERIC_FAILURE, &[]),
            RequestCode::SETUP_DATA_CALL => {
                let refused = DataCall { status: 26, ..DataCall::default() };
                self.reply(serial, Errno::SUCCESS, &list_of(vec![refused]));
            }
            RequestCode::DEACTIVATE_DATA_CALL => {
                let strings = parcel::decode::<Strings>(&payload, V).unwrap();
                let cid: i32 = strings[0].as_deref().unwrap().parse().unwrap();
                let place = self.contexts.iter().position(|(call, _)| call.cid == cid);
                match place {
                    None => self.reply(serial, Errno::INVALID_ARGUMENTS, &[]),
                    Some(place) if how >= 4 && self.contexts[place].1 < MOST_REFUSALS => {
                        self.contexts[place].1 += 1;
                        self.reply(serial, Errno::GENERIC_FAILURE, &[]);
                    }
                    Some(place) => {
                        self.contexts.remove(place);
                        self.reply(serial, Errno::SUCCESS, &[]);
                        self.list_changed();
                    }
                }
            }
            RequestCode::DATA_CALL_LIST if how < 5 => {
                let list = self.list();
                self.reply(serial, Errno::SUCCESS, &list);
            }
            RequestCode::LAST_DATA_CALL_FAIL_CAUSE => self.reply(serial, Errno::SUCCESS, &encoded(&[26])),
            _ => self.reply(serial, Errno::GENERIC_FAILURE, &[]),
        }
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::SetUp { phone, apn, protocol } => {
                let protocol = ["IP", "IPV6", "IPV4V6"][usize::from(protocol)];
                self.ask_strings(
                    phone,
                    RequestCode::SETUP_DATA_CALL,
                    &["1", "0", &format!("apn{apn}"), "", "", "0", protocol],
                );
            }
            Op::Close { phone, cid } => {
                self.ask_strings(phone, RequestCode::DEACTIVATE_DATA_CALL, &[&cid.to_string(), "0"]);
            }
            Op::List { phone } => self.ask_list(phone),
            Op::Answer { which, how } => {
                if !self.at_modem.is_empty() {
                    self.answer(usize::from(which) % self.at_modem.len(), how);
                }
            }
            Op::Drop { which, shown } => {
                if !self.contexts.is_empty() {
                    let place = usize::from(which) % self.contexts.len();
                    if shown {
                        self.contexts[place].0.active = 0;
                        self.list_changed();
                    }
                    self.contexts.remove(place);
                    if !shown {
                        self.list_changed();
                    }
                }
            }
            Op::Leave { phone } => {
                if self.up[phone] {
                    self.up[phone] = false;
                    self.open[phone].clear();
                    self.event(Event::PhoneDown(PhoneId(phone)));
                }
            }
            Op::Come { phone } => self.come(phone),
            Op::RadioOff { phone } => {
                let mut actions = Actions::default();
                let before = self.holds_but(phone);
                self.router.data_radio_off(self.now, PhoneId(phone), &mut actions);
                assert_eq!(self.holds_but(phone), before);
                assert!(self.holds().iter().all(|(holder, ..)| *holder != phone));
                self.carry_out(&actions);
            }
            Op::Wait { seconds } => {
                // An answer that is later than the router remembers for whom cannot be dealt with.
                self.silent += seconds;
                if self.silent > LATEST {
                    while !self.at_modem.is_empty() {
                        self.answer(0, 0);
                    }
                    self.silent = seconds;
                }
                self.wait(Duration::from_secs(seconds));
            }
            Op::Restart => {
                // What the modem was doing for the old daemon is not finished; contexts stay.
                self.at_modem.clear();
                self.open.iter_mut().for_each(BTreeSet::clear);
                self.up.fill(false);
                self.router = Router::new(&self.config);
                for (key, value) in self.store.clone() {
                    self.event(Event::Recall(Record { kind: Kind::DataCall, key: &key, value: &value }));
                }
                self.start();
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.router.deadline().filter(|deadline| *deadline <= end) {
            self.now = self.now.max(deadline);
            self.event(Event::Tick);
        }
        self.now = end;
    }

    /// The modem answers everything, every phone is there, and time passes.
    fn settle(&mut self) {
        for phone in 0..PHONES {
            self.come(phone);
        }
        self.list_changed();
        for _ in 0..100 {
            while !self.at_modem.is_empty() {
                self.answer(0, 0);
            }
            self.wait(Duration::from_secs(5));
        }
        self.list_changed();
        while !self.at_modem.is_empty() {
            self.answer(0, 0);
        }
    }
}

fn list_of(calls: Vec<DataCall>) -> Vec<u8> {
    parcel::encode(&DataCallList { version: 11, calls }, V)
}

fn read_list(payload: &[u8]) -> Option<Vec<i32>> {
    let list = parcel::decode::<DataCallList>(payload, V).ok()?;
    Some(list.calls.iter().map(|call| call.cid).collect())
}

impl World {
    /// Phone 1 has a call.
    fn with_a_call() -> Self {
        let mut world = Self::new();
        world.run(&Op::SetUp { phone: 1, apn: 0, protocol: 0 });
        world.answer(0, 0);
        assert_eq!(world.holds().into_iter().collect::<Vec<_>>(), [(1, 1, 1)]);
        world
    }
}

#[test]
fn calls_of_an_earlier_life_stay_with_their_holders() {
    let mut world = World::with_a_call();
    world.run(&Op::Restart);
    world.answer(0, 0);
    assert_eq!(world.holds().into_iter().collect::<Vec<_>>(), [(1, 1, 1)]);
    // What another phone asks for the same, it gets without the modem.
    world.run(&Op::SetUp { phone: 2, apn: 0, protocol: 0 });
    assert_eq!(world.holds().into_iter().collect::<Vec<_>>(), [(1, 1, 1), (2, 1, 1)]);
    assert!(world.at_modem.is_empty(), "{:?}", world.at_modem);
}

#[test]
fn who_asks_before_the_list_is_known_waits_for_it() {
    let mut world = World::with_a_call();
    world.run(&Op::Restart);
    world.run(&Op::SetUp { phone: 2, apn: 0, protocol: 0 });
    assert_eq!(world.at_modem.len(), 1, "the list");
    world.answer(0, 0);
    assert!(world.at_modem.is_empty() && world.open[2].is_empty());
}

/// The modem has a call of that number, and it is another: perhaps its own.
#[test]
fn a_call_that_is_not_the_one_of_the_earlier_life_is_left_alone() {
    let mut world = World::with_a_call();
    world.contexts[0].0.addresses = Some("192.0.2.1".to_owned());
    world.run(&Op::Restart);
    world.answer(0, 0);
    assert_eq!(world.router.data_calls().count(), 0);
    assert!(world.store.is_empty());
    world.wait(Duration::from_secs(1000));
    assert!(world.at_modem.is_empty(), "{:?}", world.at_modem);
}

#[test]
fn calls_of_a_phone_that_is_configured_no_more_are_closed() {
    let mut world = World::with_a_call();
    world.config.phone[1].name = "other".to_owned();
    world.run(&Op::Restart);
    world.answer(0, 0);
    assert_eq!(world.holds().len(), 0);
    world.wait(Duration::from_secs(10));
    assert_eq!(world.at_modem.len(), 1);
    world.answer(0, 0);
    assert!(world.contexts.is_empty() && world.store.is_empty());
}

#[test]
fn records_that_are_none_are_passed_over() {
    let mut world = World::with_a_call();
    world.store.insert(vec![9], b"no call".to_vec());
    world.store.insert(vec![8], Vec::new());
    world.run(&Op::Restart);
    world.answer(0, 0);
    assert_eq!(world.router.data_calls().count(), 1);
}

proptest! {
    #[test]
    fn no_call_is_left_to_nobody(ops in vec(op(), 1..120)) {
        let mut world = World::new();
        for op in &ops {
            world.run(op);
        }
        world.settle();
        // Each phone sees which of its calls are gone.
        for phone in 0..PHONES {
            world.ask_list(phone);
            while !world.at_modem.is_empty() {
                world.answer(0, 0);
            }
        }
        prop_assert!(world.open.iter().all(BTreeSet::is_empty), "requests without an answer: {:?}", world.open);
        let held: BTreeSet<i32> = world.holds().into_iter().map(|(_, cid, _)| cid).collect();
        let exist: BTreeSet<i32> = world.contexts.iter().map(|(call, _)| call.cid).collect();
        prop_assert_eq!(&held, &exist, "contexts that are held, and contexts that exist");
        prop_assert_eq!(world.router.data_calls().count(), exist.len());
        prop_assert_eq!(world.store.len(), exist.len());
        prop_assert!(world.router.phones().all(|phone| phone.unanswered == 0));
        for phone in 0..PHONES {
            let own: BTreeSet<i32> =
                world.holds().into_iter().filter(|(holder, ..)| *holder == phone).map(|(_, _, cid)| cid).collect();
            world.ask_list(phone);
            // The modem is asked for the list of a phone that has calls.
            prop_assert_eq!(world.at_modem.is_empty(), own.is_empty());
            while !world.at_modem.is_empty() {
                world.answer(0, 0);
            }
            let listed: BTreeSet<i32> = world.lists[phone].clone().unwrap().into_iter().collect();
            prop_assert_eq!(listed, own);
        }
    }
}
