//! Trains of short messages of several phones: none is broken up, and every request has one answer.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::{Config, Phone};
use rild_proxy::router::{Action, Actions, Event, Flow, PhoneId, Router};

const V: RilVersion = RilVersion::COMMON;
const PHONES: usize = 3;
/// A train that stands still for this long has lost the link.
const PATIENCE: Duration = Duration::from_secs(10);
/// One that has had the link for this long loses it to others.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
enum Step {
    /// A phone sends one of a train, or the last or only one.
    Sends(usize, bool),
    /// The modem answers one of those that it has.
    Answered(usize),
    Reconnects(usize),
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..PHONES, any::<bool>()).prop_map(|(phone, more)| Step::Sends(phone, more)),
        5 => any::<usize>().prop_map(Step::Answered),
        1 => (0..PHONES).prop_map(Step::Reconnects),
        1 => (0..15_000_u16).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn trains_stay_whole_and_everybody_is_answered(steps in prop::collection::vec(step(), 1..120)) {
        let mut run = Run::new();
        for step in &steps {
            run.step(step);
        }
        run.settle();
    }
}

struct Run {
    router: Router,
    now: Duration,
    serials: i32,
    /// What each phone's client has asked and not been answered.
    open: [HashMap<i32, usize>; PHONES],
    /// What the modem has: whose, and its serial.
    asked: Vec<(usize, i32)>,
    /// The train that has the link.
    train: Option<Train>,
}

struct Train {
    phone: usize,
    began: Duration,
    /// When something last happened to it.
    active: Duration,
}

impl Train {
    fn is_over(&self, now: Duration) -> bool {
        now >= self.active + PATIENCE || now >= self.began + LONGEST_HOLD
    }
}

impl Run {
    fn new() -> Self {
        let phone = |n: usize| Phone { name: format!("phone{n}"), ..Default::default() };
        let config = Config { phone: (0..PHONES).map(phone).collect(), ..Default::default() };
        let mut run = Self {
            router: Router::new(&config),
            now: Duration::ZERO,
            serials: 0,
            open: Default::default(),
            asked: Vec::new(),
            train: None,
        };
        run.unsolicited(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![V.0], V));
        run.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&10, V));
        for phone in 0..PHONES {
            run.event(Event::PhoneUp(PhoneId(phone)));
        }
        run
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Sends(phone, more) => {
                let code = if more { RequestCode::SEND_SMS_EXPECT_MORE } else { RequestCode::SEND_SMS };
                self.serials += 1;
                *self.open[phone].entry(self.serials).or_default() += 1;
                let mut frame = Vec::new();
                Request { code, serial: self.serials, payload: &[] }.put(&mut frame);
                self.event(Event::FromPhone(PhoneId(phone), &frame[4..]));
            }
            Step::Answered(place) if !self.asked.is_empty() => {
                let (phone, serial) = self.asked.remove(place % self.asked.len());
                let train = self.train.as_mut().filter(|train| train.phone == phone && !train.is_over(self.now));
                if let Some(train) = train {
                    train.active = self.now;
                }
                let mut frame = Vec::new();
                Reply::new(serial, Errno::GENERIC_FAILURE, &[]).put(&mut frame);
                self.event(Event::FromModem(&frame[4..]));
            }
            Step::Answered(_) => {}
            Step::Reconnects(phone) => {
                self.open[phone].clear();
                self.event(Event::PhoneDown(PhoneId(phone)));
                self.event(Event::PhoneUp(PhoneId(phone)));
            }
            Step::Wait(time) => self.wait(Duration::from_millis(u64::from(time))),
        }
    }

    fn settle(&mut self) {
        while !self.asked.is_empty() || self.router.deadline().is_some() {
            while !self.asked.is_empty() {
                self.step(&Step::Answered(0));
            }
            self.wait(PATIENCE);
        }
        assert!(self.open.iter().all(HashMap::is_empty), "no answer to {:?}", self.open);
        assert!(self.router.phones().all(|phone| phone.unanswered == 0));
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(deadline) = self.router.deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.event(Event::Tick);
        }
        self.now = until;
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
                        assert!(self.open[phone.0].remove(&reply.serial).is_some(), "answered and not asked");
                    }
                }
                Action::ToModem(Flow::Phone(phone), frame) => {
                    let request = Request::parse(&frame[4..]).unwrap();
                    self.modem_hears(phone.0, request.code, request.serial);
                }
                Action::ToModem(..) | Action::GiveUp(_) | Action::Store(_) | Action::ToService(_) | Action::Note(_) => {
                }
            }
        }
    }

    fn modem_hears(&mut self, phone: usize, code: RequestCode, serial: i32) {
        let train = self.train.take().filter(|train| !train.is_over(self.now));
        if let Some(Train { phone: owner, .. }) = train {
            assert_eq!(owner, phone, "phone {phone} breaks into the train of phone {owner}");
        }
        // Behind the last of a train, what was under way before may still come; a train itself waits for the answers.
        self.train = (code == RequestCode::SEND_SMS_EXPECT_MORE).then(|| {
            let began = train.map_or(self.now, |train| train.began);
            Train { phone, began, active: self.now }
        });
        self.asked.push((phone, serial));
    }
}
