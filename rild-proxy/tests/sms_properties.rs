//! Short messages among killed daemons, a modem and a network that repeat themselves, and phones that come and go.
//!
//! Whatever happens: a message is handed to its owner and to nobody else; a client has one unacknowledged message at a
//! time; and in the end every message that the network got rid of has been acknowledged by its owner. A message whose
//! acknowledgement a client was told to be done with never comes again, as long as the store does its work: if it
//! fails, doubling is the lesser evil.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::sms_pdu::{self, Addressed, Tpdu};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::{Config, Phone};
use rild_proxy::router::{Action, Actions, Change, Event, Kind, PhoneId, Record, Router};

const V: RilVersion = RilVersion::COMMON;
const ACK: RequestCode = RequestCode::SMS_ACKNOWLEDGE;
const NEW_SMS: UnsolCode = UnsolCode::RESPONSE_NEW_SMS;

#[derive(Clone, Debug)]
enum Step {
    /// Somebody writes to this phone.
    Written(usize),
    /// The network delivers what it has first.
    Delivered,
    /// The modem says again what it waits to be acknowledged.
    Repeated,
    /// The modem answers an acknowledgement, which reached the network or did not; and it says so, or not.
    Answered {
        reached: bool,
        said: bool,
    },
    /// The store makes so many changes durable.
    Stored(usize),
    /// The store fails, or works again.
    StoreFails(bool),
    /// A client acknowledges what it has: 0 taken, 1 no room, 2 not wanted.
    Acknowledged(usize, u8),
    /// A client says that it has room.
    HasRoom(usize),
    Leaves(usize),
    Comes(usize),
    /// The daemon is killed, after so many more changes became durable; what the modem was told reached the network.
    Killed {
        written: usize,
        reached: bool,
    },
    ModemRestarts {
        reached: bool,
    },
    Wait(u8),
}

fn step(failing: bool) -> impl Strategy<Value = Step> {
    let phone = 0..2_usize;
    let store_fails = any::<bool>().prop_map(move |fails| Step::StoreFails(fails && failing));
    prop_oneof![
        4 => phone.clone().prop_map(Step::Written),
        6 => Just(Step::Delivered),
        1 => Just(Step::Repeated),
        6 => (prop::bool::weighted(0.8), prop::bool::weighted(0.8))
            .prop_map(|(reached, said)| Step::Answered { reached, said }),
        8 => (0..4_usize).prop_map(Step::Stored),
        1 => store_fails,
        6 => (phone.clone(), prop_oneof![6 => Just(0_u8), 1 => Just(1), 1 => Just(2)])
            .prop_map(|(phone, verdict)| Step::Acknowledged(phone, verdict)),
        1 => phone.clone().prop_map(Step::HasRoom),
        1 => phone.clone().prop_map(Step::Leaves),
        2 => phone.prop_map(Step::Comes),
        2 => (0..4_usize, any::<bool>()).prop_map(|(written, reached)| Step::Killed { written, reached }),
        1 => any::<bool>().prop_map(|reached| Step::ModemRestarts { reached }),
        2 => any::<u8>().prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_had_once_by_its_owner(steps in prop::collection::vec(step(false), 1..150)) {
        let mut world = World::new(true);
        for step in &steps {
            world.step(step);
        }
        world.settle();
    }

    #[test]
    fn no_message_is_lost_when_the_store_fails(steps in prop::collection::vec(step(true), 1..150)) {
        let mut world = World::new(false);
        for step in &steps {
            world.step(step);
        }
        world.settle();
    }
}

/// One change: what is to be stored under a key from now on, if anything.
type Stored = ((Kind, Vec<u8>), Option<Vec<u8>>);

struct World {
    config: Config,
    router: Router,
    now: Duration,
    /// Whether a message may never come again that a client was told to be done with.
    exactly: bool,
    durable: BTreeMap<(Kind, Vec<u8>), Vec<u8>>,
    writing: VecDeque<Stored>,
    written: u64,
    fails: bool,
    /// What the network has yet to deliver.
    network: VecDeque<Vec<u8>>,
    /// What the modem waits to be acknowledged.
    outstanding: Option<Vec<u8>>,
    /// The acknowledgement that the modem has and has not answered: its serial, and whether it says "taken".
    told: Option<(i32, bool)>,
    clients: [Client; 2],
    owners: HashMap<Vec<u8>, usize>,
    /// What the network got rid of.
    gone: HashSet<Vec<u8>>,
    serials: i32,
}

#[derive(Default)]
struct Client {
    up: bool,
    /// What it was given and has not acknowledged.
    given: Option<Vec<u8>>,
    /// What it has said to be taken, by the serial of the request, until that is answered.
    saying: HashMap<i32, Vec<u8>>,
    /// What it has.
    has: HashSet<Vec<u8>>,
    /// What it was told to be done with.
    done: HashSet<Vec<u8>>,
}

impl World {
    fn new(exactly: bool) -> Self {
        let phone = |tag: u8| Phone {
            name: format!("phone{tag}"),
            tag: Some(tag),
            number: Some(format!("+1555010000{tag}")),
            ..Default::default()
        };
        let config = Config { phone: vec![phone(1), phone(2)], ..Default::default() };
        let mut world = Self {
            router: Router::new(&config),
            config,
            now: Duration::ZERO,
            exactly,
            durable: BTreeMap::new(),
            writing: VecDeque::new(),
            written: 0,
            fails: false,
            network: VecDeque::new(),
            outstanding: None,
            told: None,
            clients: Default::default(),
            owners: HashMap::new(),
            gone: HashSet::new(),
            serials: 0,
        };
        world.modem_up();
        world
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Written(phone) => self.somebody_writes(phone),
            Step::Delivered => self.deliver(),
            Step::Repeated => {
                if let Some(payload) = self.outstanding.clone().filter(|_| self.told.is_none()) {
                    self.unsolicited(NEW_SMS, &payload);
                }
            }
            Step::Answered { reached, said } => self.answer(reached, said),
            Step::Stored(count) if !self.fails => self.store(count),
            Step::Stored(_) => {}
            Step::StoreFails(fails) => {
                self.fails = fails;
                self.event(Event::StoreFailing(fails));
            }
            Step::Acknowledged(phone, verdict) => self.acknowledge(phone, verdict),
            Step::HasRoom(phone) => self.ask(phone, RequestCode::REPORT_SMS_MEMORY_STATUS, &ints(&[1])),
            Step::Leaves(phone) => self.leave(phone),
            Step::Comes(phone) => self.come(phone),
            Step::Killed { written, reached } => self.kill(written, reached),
            Step::ModemRestarts { reached } => {
                self.modem_forgets(reached);
                self.event(Event::ModemDown);
                self.modem_up();
            }
            // A store that takes longer is one that fails.
            Step::Wait(time) if self.exactly => self.wait(Duration::from_millis(u64::from(time) % 40)),
            Step::Wait(time) => self.wait(Duration::from_secs(u64::from(time))),
        }
    }

    /// Everything works from now on and everybody does what is to be done, until nothing is left.
    fn settle(&mut self) {
        self.fails = false;
        self.event(Event::StoreFailing(false));
        for _ in 0..10_000 {
            self.store(usize::MAX);
            for phone in 0..2 {
                self.come(phone);
                self.acknowledge(phone, 0);
            }
            self.answer(true, true);
            self.deliver();
            let idle = self.network.is_empty() && self.outstanding.is_none() && self.writing.is_empty();
            if idle && self.router.messages(self.now).next().is_none() {
                break;
            }
            if let Some(deadline) = self.router.deadline().filter(|_| self.told.is_none()) {
                self.now = self.now.max(deadline);
                self.event(Event::Tick);
            }
        }
        for (payload, owner) in &self.owners {
            assert!(self.gone.contains(payload), "the network still has a message");
            assert!(self.clients[*owner].has.contains(payload), "a message is lost");
        }
        // Only what a phone has and the modem never confirmed is still remembered.
        assert!(self.router.messages(self.now).next().is_none());
        assert!(self.durable.keys().filter(|(kind, _)| *kind == Kind::Message).count() <= 2 * 32);
    }

    fn somebody_writes(&mut self, phone: usize) {
        let text = self.owners.len().to_string();
        let part = sms_pdu::split(&text, sms_pdu::Reference::Short(0)).unwrap().remove(0);
        let pdu = |from: &str| {
            let from = sms_pdu::Address::number(from).unwrap();
            let tpdu = sms_pdu::Deliver::new(from, sms_pdu::Timestamp::default(), part.clone());
            let pdu = Addressed { service_centre: None, tpdu }.to_hex().unwrap();
            parcel::encode(&Some(pdu), V)
        };
        self.owners.insert(pdu("+15550123456"), phone);
        self.network.push_back(pdu(&format!("+15550123456{}", phone + 1)));
    }

    /// The message as its owner sees it.
    fn shown(payload: &[u8]) -> Vec<u8> {
        let pdu = parcel::decode::<Option<String>>(payload, V).unwrap().unwrap();
        let pdu = sms_pdu::from_hex(&pdu).unwrap();
        let from = sms_pdu::Address::number("+15550123456").unwrap();
        let shown = sms_pdu::rewrite::replace_originating_address(&pdu, &from).unwrap();
        parcel::encode(&Some(sms_pdu::to_hex(&shown)), V)
    }

    fn deliver(&mut self) {
        if self.outstanding.is_none()
            && let Some(payload) = self.network.pop_front()
        {
            self.outstanding = Some(payload.clone());
            self.unsolicited(NEW_SMS, &payload);
        }
    }

    fn answer(&mut self, reached: bool, said: bool) {
        let Some((serial, taken)) = self.told.take() else { return };
        self.acknowledged(reached && taken);
        let mut frame = Vec::new();
        let errno = if reached && said { Errno::SUCCESS } else { Errno::GENERIC_FAILURE };
        Reply::new(serial, errno, &[]).put(&mut frame);
        self.event(Event::FromModem(&frame[4..]));
    }

    /// The network knows the fate of what the modem was given.
    fn acknowledged(&mut self, taken: bool) {
        let Some(payload) = self.outstanding.take() else { return };
        if taken {
            self.gone.insert(Self::shown(&payload));
        } else {
            self.network.push_back(payload);
        }
    }

    fn store(&mut self, count: usize) {
        self.write(count);
        self.event(Event::Stored(self.written));
    }

    fn write(&mut self, count: usize) {
        for (key, value) in self.writing.drain(..count.min(self.writing.len())) {
            self.written += 1;
            match value {
                Some(value) => self.durable.insert(key, value),
                None => self.durable.remove(&key),
            };
        }
    }

    fn acknowledge(&mut self, phone: usize, verdict: u8) {
        let client = &mut self.clients[phone];
        let Some(payload) = client.given.take() else { return };
        let arguments = match verdict {
            0 => {
                client.has.insert(payload.clone());
                client.saying.insert(self.serials, payload);
                [1, 0]
            }
            1 => [0, 0xd3],
            _ => [0, 0xff],
        };
        self.ask(phone, ACK, &ints(&arguments));
    }

    fn leave(&mut self, phone: usize) {
        if std::mem::take(&mut self.clients[phone].up) {
            self.clients[phone].given = None;
            self.clients[phone].saying.clear();
            self.event(Event::PhoneDown(PhoneId(phone)));
        }
    }

    fn come(&mut self, phone: usize) {
        if !std::mem::replace(&mut self.clients[phone].up, true) {
            self.event(Event::PhoneUp(PhoneId(phone)));
        }
    }

    fn kill(&mut self, written: usize, reached: bool) {
        if !self.fails {
            self.write(written);
        }
        self.modem_forgets(reached);
        self.writing.clear();
        self.written = 0;
        for client in &mut self.clients {
            client.up = false;
            client.given = None;
            client.saying.clear();
        }
        self.router = Router::new(&self.config);
        for ((kind, key), value) in self.durable.clone() {
            self.event(Event::Recall(Record { kind, key: &key, value: &value }));
        }
        self.event(Event::StoreFailing(self.fails));
        self.modem_up();
    }

    fn modem_forgets(&mut self, reached: bool) {
        let taken = self.told.take().is_some_and(|(_, taken)| taken);
        self.acknowledged(reached && taken);
    }

    fn modem_up(&mut self) {
        self.unsolicited(UnsolCode::RIL_CONNECTED, &ints(&[V.0]));
        self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&10, V));
    }

    fn wait(&mut self, time: Duration) {
        // No modem takes as long to answer as the router waits for it.
        self.answer(true, true);
        let until = self.now + time;
        while let Some(deadline) = self.router.deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.event(Event::Tick);
            self.answer(true, true);
        }
        self.now = until;
    }

    // Frames.

    fn ask(&mut self, phone: usize, code: RequestCode, payload: &[u8]) {
        let serial = self.serials;
        self.serials += 1;
        let mut frame = Vec::new();
        Request { code, serial, payload }.put(&mut frame);
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
        let mut to_answer = Vec::new();
        for action in actions.iter() {
            match action {
                Action::ToPhone(phone, frame) => match Message::parse(&frame[4..]).unwrap() {
                    Message::Unsolicited(message) if message.code == NEW_SMS => {
                        self.client_is_given(phone.0, message.payload);
                    }
                    Message::Reply(reply) => {
                        let client = &mut self.clients[phone.0];
                        if let Some(payload) = client.saying.remove(&reply.serial)
                            && reply.errno == Errno::SUCCESS
                        {
                            client.done.insert(payload);
                        }
                    }
                    _ => {}
                },
                Action::ToModem(_, frame) => {
                    let request = Request::parse(&frame[4..]).unwrap();
                    if request.code == ACK {
                        assert!(self.outstanding.is_some() && self.told.is_none(), "one acknowledgement too many");
                        let arguments = parcel::decode::<Vec<i32>>(request.payload, V).unwrap();
                        self.told = Some((request.serial, arguments[0] == 1));
                    } else {
                        to_answer.push(request.serial);
                    }
                }
                Action::Store(Change::Put(Record { kind, key, value })) => {
                    self.writing.push_back(((kind, key.to_vec()), Some(value.to_vec())));
                }
                Action::Store(Change::Remove { kind, key }) => self.writing.push_back(((kind, key.to_vec()), None)),
                Action::GiveUp(_) | Action::ToService(_) | Action::Note(_) => {}
            }
        }
        for serial in to_answer {
            let mut frame = Vec::new();
            Reply::new(serial, Errno::SUCCESS, &[]).put(&mut frame);
            self.event(Event::FromModem(&frame[4..]));
        }
    }

    fn client_is_given(&mut self, phone: usize, payload: &[u8]) {
        assert_eq!(self.owners.get(payload), Some(&phone), "another phone's message");
        let client = &mut self.clients[phone];
        assert!(client.up && client.given.is_none(), "one message at a time");
        assert!(!self.exactly || !client.done.contains(payload), "a message comes again");
        client.given = Some(payload.to_vec());
    }
}

fn ints(values: &[i32]) -> Vec<u8> {
    parcel::encode(&values.to_vec(), V)
}
