//! Random conversations between clients that come and go, and roots that die at any point.
//!
//! Root keeps its messages by the rule of its store: one is handed over to each client that comes until its
//! acknowledgement is durable, and only then is that answered. Some roots wait for that before they hand over the next
//! message, some do not.
//!
//! What a client wants is what it has asked for last with success, and that each root hears first, with the radio off
//! for a client that wants it off.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    RootComes,
    RootGreets,
    RootIsMissed,
    RootGoes,
    RootAnswers(usize),
    RootRepeatsItself(usize),
    RootBabbles(i32),
    RootStores,
    RootForgetsAndDies,
    NetworkSends(bool),
    ClientComes,
    ClientAsks(i32),
    ClientAcknowledges(bool),
    ClientWants(usize, i32),
    RootSettles(usize, bool),
    ClientGoes,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::RootComes),
        4 => Just(Step::RootGreets),
        1 => Just(Step::RootIsMissed),
        1 => Just(Step::RootGoes),
        6 => any::<usize>().prop_map(Step::RootAnswers),
        2 => any::<usize>().prop_map(Step::RootRepeatsItself),
        1 => any::<i32>().prop_map(Step::RootBabbles),
        3 => Just(Step::RootStores),
        1 => Just(Step::RootForgetsAndDies),
        4 => any::<bool>().prop_map(Step::NetworkSends),
        3 => Just(Step::ClientComes),
        8 => (-2..3).prop_map(Step::ClientAsks),
        8 => any::<bool>().prop_map(Step::ClientAcknowledges),
        6 => (0..WISHES.len(), 0..2).prop_map(|(which, value)| Step::ClientWants(which, value)),
        6 => (any::<usize>(), prop::bool::weighted(0.7)).prop_map(|(which, well)| Step::RootSettles(which, well)),
        1 => Just(Step::ClientGoes),
    ];
    prop::collection::vec(step, 0..200)
}

const ACKNOWLEDGEMENTS: [RequestCode; 2] = [RequestCode::SMS_ACKNOWLEDGE, RequestCode::CDMA_SMS_ACKNOWLEDGE];

/// What a client wants of root as long as it is there, in the order in which root is told.
const WISHES: [RequestCode; 3] =
    [RequestCode::RADIO_POWER, RequestCode::SCREEN_STATE, RequestCode::SET_LOCATION_UPDATES];
const POWER: usize = 0;
/// The serials of questions are others.
const WISH: i32 = 5;

/// Messages of one kind; each is a number.
#[derive(Default)]
struct Line {
    /// Root's store.
    stored: VecDeque<u32>,
    /// How many of these the root that is connected has handed over.
    handed_over: usize,
    /// Serials of the acknowledgements of the first of these, which are not durable yet.
    acknowledged: VecDeque<i32>,
    /// What the present client was shown and has not acknowledged.
    shown: VecDeque<u32>,
}

/// A client that is there.
#[derive(Default)]
struct Present {
    number: u32,
    greetings: u32,
    /// How often each serial was used for a question, less the answers.
    due: HashMap<i32, i32>,
    /// What it has asked for last with success, and when that was.
    wants: BTreeMap<usize, (u32, i32)>,
    /// Root has been told that the radio is to be off, under this serial, and has not answered.
    goes_off: Option<i32>,
}

/// A wish that root has not answered.
#[derive(Clone, Copy)]
struct OpenWish {
    serial: i32,
    /// What it is and when the client has asked; none if the machine has said it again.
    own: Option<(usize, u32, i32)>,
}

/// What the world around the machine knows.
#[derive(Default)]
struct World {
    talk: Talk,
    /// Whether root hands over the next message before the acknowledgements of those before are durable.
    eager: bool,
    root: bool,
    greeted: bool,
    client: Option<Present>,
    clients: u32,
    asked: u32,
    /// What root has not answered yet, and what it has.
    open: VecDeque<(i32, u32)>,
    closed: Vec<i32>,
    /// The client of each question; its payload carries its number.
    asker: HashMap<u32, u32>,
    open_wishes: Vec<OpenWish>,
    wished: u32,
    sent: u32,
    lines: [Line; 2],
    /// Messages that a client has acknowledged.
    done: HashSet<u32>,
}

impl World {
    fn step(&mut self, step: Step) {
        match step {
            // The driver connects only for a client.
            Step::RootComes if !self.root && self.client.is_some() => {
                self.root = true;
                self.talk.event(Event::RootUp);
            }
            Step::RootGreets if self.root && !self.greeted => {
                self.greeted = true;
                self.talk.root(&connected(12));
                self.root_hears_wishes();
                self.talk.root(&radio_is(RadioState::ON));
                self.hand_over();
            }
            Step::RootIsMissed => self.talk.event(Event::NoRoot),
            Step::RootGoes if self.root => self.root_goes(),
            Step::RootAnswers(which) if self.root && !self.open.is_empty() => {
                let (serial, question) = self.open.remove(which % self.open.len()).unwrap();
                self.closed.push(serial);
                self.talk.root(&reply(serial, &question.to_ne_bytes()));
            }
            Step::RootRepeatsItself(which) if self.root && !self.closed.is_empty() => {
                let serial = self.closed[which % self.closed.len()];
                self.babble(serial);
            }
            Step::RootBabbles(serial) if self.root => self.babble(serial),
            Step::RootStores => {
                for line in 0..2 {
                    self.make_durable(line);
                }
            }
            Step::RootForgetsAndDies if self.root => {
                for line in &mut self.lines {
                    if line.acknowledged.pop_front().is_some() {
                        line.stored.pop_front();
                    }
                }
                self.root_goes();
            }
            Step::NetworkSends(cdma) => {
                self.sent += 1;
                self.lines[usize::from(cdma)].stored.push_back(self.sent);
                self.hand_over();
            }
            // The driver hangs up on root before it lets the next client in.
            Step::ClientComes if self.client.is_none() && !self.root => {
                self.clients += 1;
                self.client = Some(Present { number: self.clients, ..Present::default() });
                self.talk.event(Event::ClientUp);
            }
            Step::ClientAsks(serial) => self.client_asks(RequestCode::SIM_IO, serial, None),
            Step::ClientAcknowledges(cdma) => {
                let line = usize::from(cdma);
                if self.talk.machine.takes_requests(&self.talk.actions)
                    && let Some(message) = self.lines[line].shown.pop_front()
                {
                    assert!(self.done.insert(message), "{message} is acknowledged by clients twice");
                    self.client_asks(ACKNOWLEDGEMENTS[line], 9, Some(message));
                }
            }
            Step::ClientWants(which, value) => self.client_wants(which, value),
            Step::RootSettles(which, well) if self.root && !self.open_wishes.is_empty() => {
                let wish = self.open_wishes.remove(which % self.open_wishes.len());
                self.root_settles(wish, well);
            }
            Step::ClientGoes if self.client.take().is_some() => {
                for line in &mut self.lines {
                    line.shown.clear();
                }
                self.talk.event(Event::ClientDown);
            }
            _ => {}
        }
        self.settle();
        assert!(self.talk.machine.messages.len() <= 16, "memory is bounded");
    }

    fn client_asks(&mut self, code: RequestCode, serial: i32, message: Option<u32>) {
        let Some(client) = &mut self.client else { return };
        if !self.talk.machine.takes_requests(&self.talk.actions) {
            return;
        }
        *client.due.entry(serial).or_default() += 1;
        let number = message.unwrap_or_else(|| {
            self.asked += 1;
            self.asker.insert(self.asked, client.number);
            self.asked
        });
        let body = request(code, serial, &number.to_ne_bytes());
        self.talk.event(Event::ClientFrame(&body));
    }

    fn client_wants(&mut self, which: usize, value: i32) {
        let Some(client) = &mut self.client else { return };
        if !self.talk.machine.takes_requests(&self.talk.actions) {
            return;
        }
        *client.due.entry(WISH).or_default() += 1;
        if which == POWER && value == 1 && self.greeted {
            client.goes_off = None;
        }
        self.talk.event(Event::ClientFrame(&request(WISHES[which], WISH, &ints(value))));
    }

    /// A new root hears first what its client wants.
    fn root_hears_wishes(&mut self) {
        let told = self.talk.root_reads();
        let told: Vec<_> = told.iter().map(|body| Request::parse(body).unwrap()).collect();
        let heard: Vec<_> = told.iter().map(|request| (request.code, request.payload.to_vec())).collect();
        let wanted = self.client.iter().flat_map(|client| &client.wants);
        let wanted: Vec<_> = wanted.map(|(which, (_, value))| (WISHES[*which], ints(*value))).collect();
        assert_eq!(heard, wanted, "another than what the client has asked for last");
        for request in &told {
            self.open_wishes.push(OpenWish { serial: request.serial, own: None });
            if let Some(client) = &mut self.client
                && request.code == WISHES[POWER]
                && request.payload == ints(0)
            {
                client.goes_off = Some(request.serial);
            }
        }
    }

    fn root_settles(&mut self, OpenWish { serial, own }: OpenWish, well: bool) {
        if let Some(client) = &mut self.client {
            client.goes_off = client.goes_off.filter(|off| *off != serial);
            if let Some((which, order, value)) = own.filter(|_| well)
                && client.wants.get(&which).is_none_or(|(before, _)| *before < order)
            {
                client.wants.insert(which, (order, value));
            }
        }
        self.closed.push(serial);
        let errno = if well { Errno::SUCCESS } else { Errno::GENERIC_FAILURE };
        self.talk.root(&body(|out| Reply::new(serial, errno, &[]).put(out)));
    }

    fn root_goes(&mut self) {
        self.root = false;
        self.greeted = false;
        self.open.clear();
        self.open_wishes.clear();
        if let Some(client) = &mut self.client {
            client.goes_off = None;
        }
        for line in &mut self.lines {
            line.handed_over = 0;
            line.acknowledged.clear();
        }
        self.talk.event(Event::RootDown);
        self.settle();
        let mut due = self.client.iter().flat_map(|client| client.due.values());
        assert!(due.all(|count| *count == 0), "root went, questions stay open");
    }

    /// An answer to what root was not asked, or has answered.
    fn babble(&mut self, serial: i32) {
        let waits = self.open.iter().any(|(open, _)| *open == serial)
            || self.open_wishes.iter().any(|wish| wish.serial == serial)
            || self.lines.iter().any(|line| line.acknowledged.contains(&serial));
        if !waits {
            self.talk.root(&reply(serial, &u32::MAX.to_ne_bytes()));
        }
    }

    fn hand_over(&mut self) {
        if !self.greeted {
            return;
        }
        for (line, code) in [(0, UnsolCode::RESPONSE_NEW_SMS), (1, UnsolCode::RESPONSE_CDMA_NEW_SMS)] {
            let line = &mut self.lines[line];
            let most = if self.eager { 4 } else { 0 };
            // Only one that is not acknowledged at a time, as ril.h has it.
            if line.acknowledged.len() <= most
                && line.handed_over == line.acknowledged.len()
                && let Some(message) = line.stored.get(line.handed_over)
            {
                line.handed_over += 1;
                self.talk.root(&news(code, &message.to_ne_bytes()));
            }
        }
    }

    /// The oldest acknowledgement that root has heard of becomes durable.
    fn make_durable(&mut self, line: usize) {
        let line = &mut self.lines[line];
        if let Some(serial) = line.acknowledged.pop_front() {
            line.stored.pop_front();
            line.handed_over -= 1;
            self.closed.push(serial);
            self.talk.root(&reply(serial, b""));
            self.hand_over();
        }
    }

    /// Reads both sides until nothing comes any more.
    fn settle(&mut self) {
        loop {
            let asked = self.talk.root_reads();
            for body in &asked {
                self.root_hears(&Request::parse(body).unwrap());
            }
            let told = bodies(&mut self.talk.actions.to_client);
            for body in &told {
                self.client_hears(&Message::parse(body).unwrap());
            }
            if asked.is_empty() && told.is_empty() {
                return;
            }
        }
    }

    fn root_hears(&mut self, request: &Request<'_>) {
        assert!(self.greeted, "nothing is sent to a root that has not greeted");
        let serial = request.serial;
        assert!(!self.open.iter().any(|(open, _)| *open == serial), "a serial is used twice at once");
        if let Some(which) = WISHES.iter().position(|code| *code == request.code) {
            self.wished += 1;
            let value = parcel::decode::<Vec<i32>>(request.payload, RilVersion::COMMON).unwrap()[0];
            return self.open_wishes.push(OpenWish { serial, own: Some((which, self.wished, value)) });
        }
        let number = u32::from_ne_bytes(request.payload.try_into().unwrap());
        let Some(line) = ACKNOWLEDGEMENTS.iter().position(|code| *code == request.code) else {
            return self.open.push_back((serial, number));
        };
        let line = &mut self.lines[line];
        assert!(line.acknowledged.len() < line.handed_over, "an acknowledgement for which root does not wait");
        assert_eq!(number, line.stored[line.acknowledged.len()], "the acknowledgement of another message");
        assert!(self.done.contains(&number), "no client has acknowledged it");
        line.acknowledged.push_back(serial);
        self.hand_over();
    }

    fn client_hears(&mut self, message: &Message<'_>) {
        let client = self.client.as_mut().expect("nothing is sent to a client that is away");
        match message {
            Message::Reply(reply) => {
                let due = client.due.get_mut(&reply.serial).expect("an answer to a serial never used");
                *due -= 1;
                assert!(*due >= 0, "two answers");
                if reply.serial == WISH {
                    return;
                }
                if reply.errno != Errno::SUCCESS {
                    assert_eq!(reply.errno, Errno::RADIO_NOT_AVAILABLE, "no client may try again by itself");
                    assert_ne!(reply.serial, 9, "a message is there and its acknowledgement is taken");
                } else if reply.serial != 9 {
                    let question = u32::from_ne_bytes(reply.payload.try_into().unwrap());
                    assert_eq!(self.asker.get(&question), Some(&client.number), "somebody else's answer");
                }
            }
            Message::Unsolicited(news) if news.code == UnsolCode::RIL_CONNECTED => client.greetings += 1,
            Message::Unsolicited(news) => {
                let is_radio = news.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED;
                assert!(is_radio || client.greetings == 1, "{} before the greeting", news.code);
                if spoken_radio(news).is_some_and(RadioState::is_on) {
                    assert_eq!(client.goes_off, None, "it is shown a radio that it wants off");
                    if client.wants.get(&POWER).is_some_and(|(_, value)| *value == 0) {
                        client.wants.remove(&POWER);
                    }
                }
                let Some(line) = [UnsolCode::RESPONSE_NEW_SMS, UnsolCode::RESPONSE_CDMA_NEW_SMS]
                    .iter()
                    .position(|code| *code == news.code)
                else {
                    return;
                };
                let message = u32::from_ne_bytes(news.payload.try_into().unwrap());
                assert!(!self.done.contains(&message), "it is shown after it was acknowledged");
                assert!(!self.lines[line].shown.contains(&message), "it is shown to one client twice");
                self.lines[line].shown.push_back(message);
            }
            Message::Ack { .. } => {}
        }
        assert!(client.greetings <= 1, "one client, one greeting");
    }

    /// Everybody comes, stays and does their part.
    fn come_to_rest(&mut self) {
        if self.client.is_none() {
            self.step(Step::RootGoes);
        }
        for step in [Step::ClientComes, Step::RootComes, Step::RootGreets] {
            self.step(step);
        }
        // The next message of a kind ends the memory of those before, if an answer of root was lost.
        for step in [Step::NetworkSends(false), Step::NetworkSends(true)] {
            self.step(step);
        }
        for _ in 0..=self.sent {
            for step in [Step::ClientAcknowledges(false), Step::ClientAcknowledges(true), Step::RootStores] {
                self.step(step);
            }
        }
        while !self.open.is_empty() {
            self.step(Step::RootAnswers(0));
        }
        while !self.open_wishes.is_empty() {
            self.step(Step::RootSettles(0, true));
        }
    }
}

fn ints(value: i32) -> Vec<u8> {
    parcel::encode(&vec![value], RilVersion::COMMON)
}

fn spoken_radio(news: &Unsolicited<'_>) -> Option<RadioState> {
    let is_radio = news.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED;
    is_radio.then(|| parcel::decode(news.payload, RilVersion::COMMON).unwrap())
}

proptest! {
    #[test]
    fn every_question_is_answered_once_and_every_message_is_acknowledged_once(eager: bool, steps in steps()) {
        let mut world = World { eager, ..World::default() };
        for step in steps {
            world.step(step);
        }
        world.come_to_rest();
        let client = world.client.as_ref().unwrap();
        prop_assert!(client.due.values().all(|count| *count == 0), "questions stay open");
        prop_assert_eq!(client.greetings, 1);
        prop_assert_eq!(world.done.len(), world.sent as usize, "a message was acknowledged by no client");
        prop_assert!(world.lines.iter().all(|line| line.stored.is_empty()), "root still keeps a message");
        prop_assert_eq!(world.talk.machine.messages.len(), 0);
    }

    #[test]
    fn no_bytes_upset_the_machine(events in prop::collection::vec((0..7, prop::collection::vec(any::<u8>(), 0..40)), 0..60)) {
        let mut talk = Talk::default();
        for (kind, bytes) in &events {
            talk.event(match kind {
                0 => Event::RootUp,
                1 => Event::RootFrame(bytes),
                2 => Event::RootDown,
                3 => Event::NoRoot,
                4 => Event::ClientUp,
                5 => Event::ClientFrame(bytes),
                _ => Event::ClientDown,
            });
            bodies(&mut talk.actions.to_client);
            bodies(&mut talk.actions.to_root);
        }
    }
}
