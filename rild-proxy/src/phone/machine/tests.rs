//! Conversations between a client, the machine and root.

use std::collections::{HashMap, VecDeque};

use proptest::prelude::*;
use ril_protocol::frame;
use ril_protocol::parcel::to_hex;

use super::*;

/// A machine with a reader on either side.
#[derive(Default)]
struct Talk {
    machine: Machine,
    actions: Actions,
}

impl Talk {
    /// Root has greeted.
    fn with_root() -> Self {
        let mut talk = Self::default();
        talk.root_greets(12, RadioState::ON);
        talk
    }

    /// Root has greeted and a client has heard of it.
    fn with_both() -> Self {
        let mut talk = Self::with_root();
        talk.event(Event::ClientUp);
        talk.client_hears();
        talk
    }

    fn root_greets(&mut self, version: i32, radio: RadioState) {
        self.event(Event::RootUp);
        self.root(&connected(version));
        self.root(&radio_is(radio));
    }

    fn event(&mut self, event: Event<'_>) {
        self.machine.handle(event, &mut self.actions);
    }

    fn root(&mut self, body: &[u8]) {
        self.event(Event::RootFrame(body));
    }

    fn client(&mut self, code: RequestCode, serial: i32) {
        self.event(Event::ClientFrame(&request(code, serial, b"args")));
    }

    /// What the client reads since it last looked.
    fn client_hears(&mut self) -> Vec<String> {
        bodies(&mut self.actions.to_client).iter().map(|body| spoken(body)).collect()
    }

    /// The requests that root reads since it last looked.
    fn root_hears(&mut self) -> Vec<(RequestCode, i32)> {
        let bodies = bodies(&mut self.actions.to_root);
        bodies.iter().filter_map(|body| Request::parse(body)).map(|request| (request.code, request.serial)).collect()
    }

    /// The serial of the only request that root reads.
    fn root_hears_one(&mut self, code: RequestCode) -> i32 {
        let heard = self.root_hears();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!(heard[0].0, code);
        heard[0].1
    }
}

fn bodies(outbox: &mut Outbox) -> Vec<Vec<u8>> {
    let mut stream = outbox.unsent().to_vec();
    outbox.advance(stream.len());
    let mut found = Vec::new();
    while !stream.is_empty() {
        let (body, used) = frame::split(&stream, frame::RESPONSE_LIMIT).unwrap().expect("whole frames only");
        found.push(body.to_vec());
        stream.drain(..used);
    }
    found
}

fn spoken(body: &[u8]) -> String {
    match Message::parse(body).unwrap() {
        Message::Reply(reply) => format!("#{} {} {}", reply.serial, reply.errno.0, to_hex(reply.payload)),
        Message::Unsolicited(news) => {
            let ack = if news.wants_ack { "!" } else { "" };
            format!("{}{ack} {}", news.code, to_hex(news.payload))
        }
        Message::Ack { serial } => format!("#{serial} takes a while"),
    }
}

fn body(put: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut frame = Vec::new();
    put(&mut frame);
    frame.split_off(4)
}

fn request(code: RequestCode, serial: i32, payload: &[u8]) -> Vec<u8> {
    body(|out| Request { code, serial, payload }.put(out))
}

fn reply(serial: i32, payload: &[u8]) -> Vec<u8> {
    body(|out| Reply::new(serial, Errno::SUCCESS, payload).put(out))
}

fn news(code: UnsolCode, payload: &[u8]) -> Vec<u8> {
    body(|out| Unsolicited::new(code, payload).put(out))
}

fn connected(version: i32) -> Vec<u8> {
    news(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![version], RilVersion::COMMON))
}

fn radio_is(state: RadioState) -> Vec<u8> {
    news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, RilVersion::COMMON))
}

const GREETING: [&str; 2] = ["RIL_CONNECTED 010000000c000000", "RESPONSE_RADIO_STATE_CHANGED 0a000000"];
/// What a client is told when it knew another root.
const LOOK_AGAIN: [&str; 3] = [
    "RESPONSE_CALL_STATE_CHANGED ",
    "DATA_CALL_LIST_CHANGED 0b00000000000000",
    "RESPONSE_VOICE_NETWORK_STATE_CHANGED ",
];
const UNAVAILABLE: &str = "RESPONSE_RADIO_STATE_CHANGED 01000000";

#[test]
fn a_client_is_greeted_with_the_bytes_of_a_rild() {
    let mut talk = Talk::with_root();
    talk.event(Event::ClientUp);
    assert_eq!(
        to_hex(talk.actions.to_client.unsent()),
        "00000010010000000a040000010000000c000000\
         0000000c01000000e80300000a000000"
    );
}

#[test]
fn a_request_and_its_answer_go_through_untouched_but_for_the_serial() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::DIAL, -7);
    let sent = bodies(&mut talk.actions.to_root).remove(0);
    let serial = Request::parse(&sent).unwrap().serial;
    assert_eq!(sent, request(RequestCode::DIAL, serial, b"args"));
    let answer = body(|out| {
        let errno = Errno(-1);
        Reply { serial, errno, payload: b"odd", wants_ack: true }.put(out);
    });
    talk.root(&answer);
    let got = bodies(&mut talk.actions.to_client).remove(0);
    assert_eq!(got[4..8], (-7_i32).to_ne_bytes());
    assert_eq!((&got[..4], &got[8..]), (&answer[..4], &answer[8..]));
    assert!(talk.root_hears().is_empty(), "the client acknowledges, not the machine");
}

#[test]
fn equal_serials_of_a_client_stay_apart() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::GET_IMEI, 1);
    talk.client(RequestCode::OPERATOR, 1);
    let heard = talk.root_hears();
    assert_ne!(heard[0].1, heard[1].1);
    talk.root(&reply(heard[1].1, b"oper"));
    talk.root(&reply(heard[0].1, b"imei"));
    assert_eq!(talk.client_hears(), ["#1 0 6f706572", "#1 0 696d6569"]);
}

#[test]
fn an_answer_comes_once() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::GET_IMEI, 1);
    let serial = talk.root_hears_one(RequestCode::GET_IMEI);
    talk.root(&reply(serial, b""));
    talk.client(RequestCode::GET_IMSI, 2);
    talk.root_hears();
    talk.root(&reply(serial, b""));
    assert_eq!(talk.client_hears(), ["#1 0 "]);
    assert_eq!(talk.actions.notes.last(), Some(&Note::NobodyWaits { serial }));
}

#[test]
fn the_acknowledgement_of_a_long_request_leaves_it_open() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::QUERY_AVAILABLE_NETWORKS, 3);
    let serial = talk.root_hears_one(RequestCode::QUERY_AVAILABLE_NETWORKS);
    talk.root(&body(|out| Message::Ack { serial }.put(out)));
    talk.root(&reply(serial, b""));
    assert_eq!(talk.client_hears(), ["#3 takes a while", "#3 0 "]);
}

#[test]
fn without_root_everything_is_answered_and_the_radio_is_unavailable() {
    let mut talk = Talk::default();
    talk.event(Event::ClientUp);
    talk.client(RequestCode::GET_SIM_STATUS, 5);
    assert_eq!(talk.client_hears(), [UNAVAILABLE, "#5 1 "]);
    talk.event(Event::RootUp);
    talk.client(RequestCode::GET_SIM_STATUS, 6);
    assert_eq!(talk.client_hears(), ["#6 1 "], "a root that does not greet takes no requests");
    talk.root(&connected(12));
    talk.root(&radio_is(RadioState::ON));
    assert_eq!(talk.client_hears(), GREETING);
    assert!(talk.root_hears().is_empty());
}

#[test]
fn the_loss_of_root_answers_what_is_open_in_the_order_of_asking() {
    let mut talk = Talk::with_both();
    for serial in [9, 3, 7] {
        talk.client(RequestCode::SIM_IO, serial);
    }
    let heard = talk.root_hears();
    talk.root(&reply(heard[1].1, b""));
    talk.event(Event::RootDown);
    assert_eq!(talk.client_hears(), ["#3 0 ", "#9 1 ", "#7 1 ", UNAVAILABLE]);
    talk.client(RequestCode::SIM_IO, 8);
    assert_eq!(talk.client_hears(), ["#8 1 "]);
    talk.root_greets(12, RadioState::OFF);
    assert_eq!(talk.client_hears(), told_again("RESPONSE_RADIO_STATE_CHANGED 00000000"), "the version is known");
    talk.root(&reply(heard[0].1, b"late"));
    assert!(talk.client_hears().is_empty(), "an answer from before the restart");
}

fn told_again(radio: &str) -> Vec<&str> {
    [&[radio][..], &LOOK_AGAIN].concat()
}

#[test]
fn a_client_that_knew_another_root_looks_again_when_there_is_a_modem_to_ask() {
    let mut talk = Talk::with_both();
    talk.event(Event::RootDown);
    talk.client_hears();
    talk.root_greets(12, RadioState::UNAVAILABLE);
    assert_eq!(talk.client_hears(), [UNAVAILABLE], "not yet");
    talk.root(&radio_is(RadioState::ON));
    assert_eq!(talk.client_hears(), told_again("RESPONSE_RADIO_STATE_CHANGED 0a000000"));
    talk.root(&radio_is(RadioState::OFF));
    assert_eq!(talk.client_hears(), ["RESPONSE_RADIO_STATE_CHANGED 00000000"], "once is enough");

    talk.event(Event::RootDown);
    talk.event(Event::ClientDown);
    talk.event(Event::ClientUp);
    talk.client_hears();
    talk.root_greets(12, RadioState::ON);
    assert_eq!(talk.client_hears(), GREETING, "a new client knows nothing that could be stale");
}

#[test]
fn another_version_is_told() {
    let mut talk = Talk::with_both();
    talk.event(Event::RootDown);
    talk.client_hears();
    talk.root_greets(11, RadioState::ON);
    let heard = talk.client_hears();
    assert_eq!(heard[0], "RIL_CONNECTED 010000000b000000");
    assert_eq!(heard[1..], told_again("RESPONSE_RADIO_STATE_CHANGED 0a000000"));
    talk.root(&connected(11));
    assert_eq!(talk.client_hears(), ["RIL_CONNECTED 010000000b000000"], "root says so outside of its greeting");
}

#[test]
fn what_was_for_root_is_not_sent_to_the_next_root() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::DIAL, 1);
    talk.event(Event::RootDown);
    talk.root_greets(12, RadioState::ON);
    assert!(talk.root_hears().is_empty());
    assert_eq!(talk.client_hears()[0], "#1 1 ");
}

#[test]
fn answers_to_a_client_that_left_reach_no_one() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::GET_IMEI, 1);
    let old = talk.root_hears_one(RequestCode::GET_IMEI);
    talk.event(Event::ClientDown);
    talk.event(Event::ClientUp);
    assert_eq!(talk.client_hears(), GREETING);
    talk.client(RequestCode::GET_IMEI, 1);
    let new = talk.root_hears_one(RequestCode::GET_IMEI);
    talk.root(&reply(old, b"old"));
    assert!(talk.client_hears().is_empty());
    talk.root(&reply(new, b"new"));
    assert_eq!(talk.client_hears(), ["#1 0 6e6577"]);
    assert!(!talk.actions.notes.iter().any(|note| matches!(note, Note::NobodyWaits { .. })));
}

#[test]
fn a_client_that_left_is_not_told_of_the_loss_of_root() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::GET_IMEI, 1);
    talk.event(Event::ClientDown);
    talk.event(Event::ClientUp);
    talk.client_hears();
    talk.event(Event::RootDown);
    assert_eq!(talk.client_hears(), [UNAVAILABLE]);
}

#[test]
fn the_time_waits_for_a_client_once() {
    let mut talk = Talk::with_root();
    let time = news(UnsolCode::NITZ_TIME_RECEIVED, b"second");
    talk.root(&news(UnsolCode::NITZ_TIME_RECEIVED, b"first"));
    talk.root(&time);
    talk.event(Event::ClientUp);
    let heard = talk.client_hears();
    assert_eq!(heard[..2], GREETING);
    assert_eq!(heard[2..], [spoken(&time)]);
    talk.event(Event::ClientDown);
    talk.event(Event::ClientUp);
    assert_eq!(talk.client_hears(), GREETING);
    talk.root(&time);
    assert_eq!(talk.client_hears(), [spoken(&time)]);
    talk.event(Event::ClientDown);
    talk.event(Event::ClientUp);
    assert_eq!(talk.client_hears(), GREETING, "it was seen");
}

#[test]
fn the_newest_state_of_the_radio_is_told() {
    let mut talk = Talk::with_root();
    talk.root(&radio_is(RadioState::OFF));
    talk.event(Event::ClientUp);
    assert_eq!(talk.client_hears()[1], "RESPONSE_RADIO_STATE_CHANGED 00000000");
}

#[test]
fn a_message_without_a_client_is_gone_but_a_short_message_waits_until_acknowledged() {
    let mut talk = Talk::with_root();
    let sms = news(UnsolCode::RESPONSE_NEW_SMS, b"pdu");
    talk.root(&news(UnsolCode::RESPONSE_CALL_STATE_CHANGED, b""));
    talk.root(&sms);
    for _ in 0..2 {
        talk.event(Event::ClientUp);
        let heard = talk.client_hears();
        assert_eq!(heard[..2], GREETING);
        assert_eq!(heard[2..], [spoken(&sms)]);
        talk.event(Event::ClientDown);
    }
    talk.event(Event::ClientUp);
    talk.client_hears();
    talk.client(RequestCode::SMS_ACKNOWLEDGE, 1);
    talk.root_hears_one(RequestCode::SMS_ACKNOWLEDGE);
    talk.event(Event::ClientDown);
    talk.event(Event::ClientUp);
    assert_eq!(talk.client_hears(), GREETING);
}

#[test]
fn a_short_message_that_root_will_send_again_is_forgotten_with_root() {
    let mut talk = Talk::with_root();
    talk.root(&news(UnsolCode::RESPONSE_NEW_SMS, b"pdu"));
    talk.event(Event::RootDown);
    talk.root_greets(12, RadioState::ON);
    talk.event(Event::ClientUp);
    assert_eq!(talk.client_hears(), GREETING);
}

#[test]
fn version_13_acknowledgements() {
    let loud = |code, payload: &[u8]| body(|out| Unsolicited { code, payload, wants_ack: true }.put(out));
    let mut talk = Talk::default();
    talk.event(Event::RootUp);
    talk.root(&loud(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![13], RilVersion::COMMON)));
    talk.root(&loud(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&RadioState::ON, RilVersion::COMMON)));
    let ack = RequestCode::RESPONSE_ACKNOWLEDGEMENT;
    assert_eq!(talk.root_hears(), [(ack, 0), (ack, 0)], "no client is there to do it");
    talk.event(Event::ClientUp);
    assert_eq!(
        talk.client_hears(),
        ["RIL_CONNECTED! 010000000d000000", "RESPONSE_RADIO_STATE_CHANGED! 0a000000"],
        "as a rild of version 13"
    );
    talk.root(&loud(UnsolCode::RESPONSE_CALL_STATE_CHANGED, b""));
    assert!(talk.root_hears().is_empty());
    talk.client(ack, 77);
    assert_eq!(talk.root_hears(), [(ack, 77)], "from the client, as it is");
    talk.client(RequestCode::GET_IMEI, 1);
    let serial = talk.root_hears_one(RequestCode::GET_IMEI);
    talk.event(Event::ClientDown);
    talk.root(&body(|out| Reply { wants_ack: true, ..Reply::new(serial, Errno::SUCCESS, b"") }.put(out)));
    assert_eq!(talk.root_hears(), [(ack, 0)]);
    talk.event(Event::ClientUp);
    talk.client_hears();
    talk.event(Event::RootDown);
    talk.client(ack, 78);
    assert_eq!(talk.client_hears(), ["RESPONSE_RADIO_STATE_CHANGED! 01000000"], "an acknowledgement has no answer");
}

#[test]
fn what_is_no_message_is_left_out() {
    let mut talk = Talk::with_both();
    for junk in [&b""[..], b"\0\0\0", b"\x09\0\0\0\0\0\0\0", b"\0\0\0\0\x01\0\0\0"] {
        talk.root(junk);
        assert_eq!(talk.actions.notes.pop(), Some(Note::NoMessage { len: junk.len() }));
    }
    for short in [&b""[..], b"\x0a\0\0\0", b"\x0a\0\0\0\x01\0\0"] {
        talk.event(Event::ClientFrame(short));
        assert_eq!(talk.actions.notes.pop(), Some(Note::NoRequest { len: short.len() }));
    }
    talk.client(RequestCode(4711), 1);
    assert_eq!(talk.root_hears()[0].0, RequestCode(4711), "unknown is for root to say");
    talk.root(&news(UnsolCode(4711), b"?"));
    assert_eq!(talk.client_hears(), ["4711 3f"]);
}

#[test]
fn a_client_that_does_not_read_is_spared_what_need_not_wake_it() {
    let mut talk = Talk::with_both();
    let bars = news(UnsolCode::SIGNAL_STRENGTH, &[0; 52]);
    let mut sent = 0;
    while talk.actions.notes.is_empty() || sent == 0 {
        talk.actions.notes.clear();
        talk.root(&bars);
        sent += 1;
        talk.actions.notes.retain(|note| matches!(note, Note::Spared(_)));
    }
    assert!(talk.actions.to_client.len() > QUIET_LIMIT);
    let before = talk.actions.to_client.len();
    talk.root(&bars);
    assert_eq!(talk.actions.to_client.len(), before);
    talk.root(&news(UnsolCode::RESPONSE_CALL_STATE_CHANGED, b""));
    assert!(talk.actions.to_client.len() > before);
}

#[test]
fn requests_that_wait_are_bounded() {
    let mut talk = Talk::with_both();
    let mut asked = 0;
    while talk.machine.takes_requests(&talk.actions) {
        talk.client(RequestCode::SIM_IO, asked);
        asked += 1;
    }
    let first = talk.root_hears().first().unwrap().1;
    while talk.machine.takes_requests(&talk.actions) {
        talk.client(RequestCode::SIM_IO, asked);
        asked += 1;
        talk.root_hears();
    }
    assert_eq!(asked, 1024);
    talk.client(RequestCode::SIM_IO, -1);
    assert_eq!(talk.client_hears(), ["#-1 1 "], "even a driver that does not heed it gets an answer");
    talk.root(&reply(first, b""));
    assert!(talk.machine.takes_requests(&talk.actions));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    RootComes,
    RootGreets,
    RootGoes,
    RootAnswers(usize),
    RootRepeatsItself(usize),
    RootBabbles(i32),
    ClientComes,
    ClientAsks(i32),
    ClientGoes,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => Just(Step::RootComes),
        2 => Just(Step::RootGreets),
        1 => Just(Step::RootGoes),
        6 => any::<usize>().prop_map(Step::RootAnswers),
        2 => any::<usize>().prop_map(Step::RootRepeatsItself),
        1 => any::<i32>().prop_map(Step::RootBabbles),
        1 => Just(Step::ClientComes),
        8 => (-2..3).prop_map(Step::ClientAsks),
        1 => Just(Step::ClientGoes),
    ];
    prop::collection::vec(step, 0..120)
}

/// What the world around the machine knows.
#[derive(Default)]
struct World {
    talk: Talk,
    root: bool,
    client: Option<u32>,
    clients: u32,
    asked: u32,
    /// What root has not answered yet, and what it has.
    open: VecDeque<(i32, u32)>,
    closed: Vec<i32>,
    /// How often each question of the present client was asked, less its answers, by serial.
    due: HashMap<i32, i32>,
    /// The client generation of each question; its payload carries its number.
    asker: HashMap<u32, u32>,
}

impl World {
    fn step(&mut self, step: Step) {
        match step {
            Step::RootComes if !self.root => {
                self.root = true;
                self.talk.event(Event::RootUp);
            }
            Step::RootGreets if self.root => self.talk.root(&connected(12)),
            Step::RootGoes if self.root => {
                self.root = false;
                self.open.clear();
                self.talk.event(Event::RootDown);
                self.settle();
                assert!(self.due.values().all(|count| *count == 0), "root went, questions stay open");
            }
            Step::RootAnswers(which) if self.root && !self.open.is_empty() => {
                let (serial, question) = self.open.remove(which % self.open.len()).unwrap();
                self.closed.push(serial);
                self.talk.root(&reply(serial, &question.to_ne_bytes()));
            }
            Step::RootRepeatsItself(which) if self.root && !self.closed.is_empty() => {
                let serial = self.closed[which % self.closed.len()];
                if !self.open.iter().any(|(open, _)| *open == serial) {
                    self.talk.root(&reply(serial, &u32::MAX.to_ne_bytes()));
                }
            }
            Step::RootBabbles(serial) if self.root && !self.open.iter().any(|(open, _)| *open == serial) => {
                self.talk.root(&reply(serial, &u32::MAX.to_ne_bytes()));
            }
            Step::ClientComes if self.client.is_none() => {
                self.clients += 1;
                self.client = Some(self.clients);
                self.talk.event(Event::ClientUp);
            }
            Step::ClientAsks(serial) => {
                let Some(client) = self.client else { return };
                self.asked += 1;
                self.asker.insert(self.asked, client);
                *self.due.entry(serial).or_default() += 1;
                let body = request(RequestCode::SIM_IO, serial, &self.asked.to_ne_bytes());
                self.talk.event(Event::ClientFrame(&body));
            }
            Step::ClientGoes if self.client.take().is_some() => {
                self.due.clear();
                self.talk.event(Event::ClientDown);
            }
            _ => {}
        }
        self.settle();
    }

    /// Reads both sides.
    fn settle(&mut self) {
        for body in bodies(&mut self.talk.actions.to_root) {
            let request = Request::parse(&body).unwrap();
            assert!(self.root, "nothing is sent to a root that is away");
            assert!(!self.open.iter().any(|(open, _)| *open == request.serial), "a serial is used twice at once");
            self.open.push_back((request.serial, u32::from_ne_bytes(request.payload.try_into().unwrap())));
        }
        for body in bodies(&mut self.talk.actions.to_client) {
            assert!(self.client.is_some(), "nothing is sent to a client that is away");
            let Some(Message::Reply(reply)) = Message::parse(&body) else { continue };
            let due = self.due.get_mut(&reply.serial).expect("an answer to a serial never used");
            *due -= 1;
            assert!(*due >= 0, "two answers");
            if reply.errno == Errno::SUCCESS {
                let question = u32::from_ne_bytes(reply.payload.try_into().unwrap());
                assert_eq!(self.asker.get(&question).copied(), self.client, "somebody else's answer");
            } else {
                assert_eq!(reply.errno, Errno::RADIO_NOT_AVAILABLE);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_question_is_answered_once_to_the_client_that_asked(steps in steps()) {
        let mut world = World::default();
        for step in steps {
            world.step(step);
        }
        while world.root && !world.open.is_empty() {
            world.step(Step::RootAnswers(0));
        }
        prop_assert!(world.due.values().all(|count| *count == 0), "questions stay open");
    }

    #[test]
    fn no_bytes_upset_the_machine(events in prop::collection::vec((0..6, prop::collection::vec(any::<u8>(), 0..40)), 0..60)) {
        let mut talk = Talk::default();
        for (kind, bytes) in &events {
            talk.event(match kind {
                0 => Event::RootUp,
                1 => Event::RootFrame(bytes),
                2 => Event::RootDown,
                3 => Event::ClientUp,
                4 => Event::ClientFrame(bytes),
                _ => Event::ClientDown,
            });
            bodies(&mut talk.actions.to_client);
            bodies(&mut talk.actions.to_root);
        }
    }
}
