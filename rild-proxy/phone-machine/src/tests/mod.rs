//! Conversations between a client, the machine and root.

use ril_protocol::frame;
use ril_protocol::hex::to_hex;

use super::*;

/// A machine with a reader on either side.
#[derive(Default)]
struct Talk {
    machine: Machine,
    actions: Actions,
}

impl Talk {
    /// A client has come and root has greeted it.
    fn with_both() -> Self {
        let mut talk = Self::default();
        talk.client_comes();
        talk
    }

    /// A client comes and root greets it.
    fn client_comes(&mut self) {
        self.event(Event::ClientUp);
        self.root_greets(12, RadioState::ON);
        assert_eq!(self.client_hears(), GREETING);
    }

    /// The client leaves, and so root is hung up on.
    fn client_leaves(&mut self) {
        self.event(Event::ClientDown);
        self.event(Event::RootDown);
        assert!(self.client_hears().is_empty());
    }

    /// Root dies and another one comes.
    fn root_restarts(&mut self) {
        self.event(Event::RootDown);
        self.root_greets(12, RadioState::ON);
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
        self.root_reads()
            .iter()
            .filter_map(|body| Request::parse(body))
            .map(|request| (request.code, request.serial))
            .collect()
    }

    /// What root reads since it last looked. The proxy's own look at the data calls is not in it: see the test of that.
    fn root_reads(&mut self) -> Vec<Vec<u8>> {
        let looks =
            |body: &Vec<u8>| Request::parse(body).is_some_and(|asked| asked.code == RequestCode::DATA_CALL_LIST);
        bodies(&mut self.actions.to_root).into_iter().filter(|body| !looks(body)).collect()
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
const LOOK_AGAIN: [&str; 2] = ["RESPONSE_CALL_STATE_CHANGED ", "RESPONSE_VOICE_NETWORK_STATE_CHANGED "];
const UNAVAILABLE: &str = "RESPONSE_RADIO_STATE_CHANGED 01000000";

#[test]
fn a_client_is_greeted_by_root_with_the_bytes_of_a_rild() {
    let mut talk = Talk::default();
    talk.event(Event::ClientUp);
    talk.event(Event::RootUp);
    assert!(talk.machine.waits_for_greeting() && !talk.machine.takes_requests(&talk.actions));
    talk.root(&news(UnsolCode::RESPONSE_CALL_STATE_CHANGED, b""));
    assert!(talk.client_hears().is_empty(), "a greeting comes first");
    talk.root(&connected(12));
    talk.root(&radio_is(RadioState::ON));
    assert_eq!(
        to_hex(talk.actions.to_client.unsent()),
        "00000010010000000a040000010000000c000000\
         0000000c01000000e80300000a000000"
    );
    assert!(!talk.machine.waits_for_greeting() && talk.machine.takes_requests(&talk.actions));
    talk.client_hears();
    let time = news(UnsolCode::NITZ_TIME_RECEIVED, b"time");
    talk.root(&time);
    assert_eq!(talk.client_hears(), [spoken(&time)]);
}

#[test]
fn a_request_and_its_answer_go_through_untouched_but_for_the_serial() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::DIAL, -7);
    let sent = talk.root_reads().remove(0);
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

/// Root keeps them for a modem that is not there yet.
#[test]
fn what_may_be_an_emergency_call_goes_to_a_root_that_has_no_modem() {
    let vendors_own = RequestCode(10_016);
    let mut talk = Talk::default();
    talk.event(Event::ClientUp);
    for code in [RequestCode::DIAL, vendors_own] {
        talk.event(Event::RootUp);
        talk.event(Event::NoRoot);
        talk.client_hears();
        talk.client(RequestCode::GET_IMEI, 1);
        assert_eq!(talk.client_hears(), ["#1 1 "]);
        talk.client(code, 2);
        let serial = talk.root_hears_one(code);
        talk.root(&reply(serial, b""));
        assert_eq!(talk.client_hears(), ["#2 0 "]);
        talk.client(code, 3);
        talk.event(Event::RootDown);
        assert_eq!(talk.client_hears(), ["#3 1 "]);
        talk.actions.to_root.clear();
        talk.client(code, 4);
        assert_eq!((talk.client_hears(), talk.root_hears()), (vec!["#4 1 ".to_owned()], vec![]), "there is no root");
    }
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
    assert!(talk.client_hears().is_empty(), "root may be there");
    talk.event(Event::NoRoot);
    talk.event(Event::NoRoot);
    assert!(talk.machine.takes_requests(&talk.actions));
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
fn a_client_that_knew_another_root_hears_which_data_calls_it_has_still() {
    for (answer, list) in
        [(Some(&b"list"[..]), "6c697374"), (Some(b""), "0b00000000000000"), (None, "0b00000000000000")]
    {
        let mut talk = Talk::with_both();
        talk.root_restarts();
        talk.client_hears();
        let asked = bodies(&mut talk.actions.to_root);
        let [look] = &asked[..] else { panic!("{asked:?}") };
        let look = Request::parse(look).unwrap();
        assert_eq!((look.code, look.payload), (RequestCode::DATA_CALL_LIST, &[][..]));
        talk.root(&match answer {
            Some(list) => reply(look.serial, list),
            None => body(|out| Reply::new(look.serial, Errno::GENERIC_FAILURE, &[]).put(out)),
        });
        assert_eq!(talk.client_hears(), [format!("DATA_CALL_LIST_CHANGED {list}")]);
    }
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

    talk.client_leaves();
    talk.event(Event::ClientUp);
    talk.root_greets(12, RadioState::ON);
    assert_eq!(talk.client_hears(), GREETING, "a new client knows nothing that could be stale");
}

#[test]
fn a_root_that_dies_before_it_greets_is_a_root_that_is_away() {
    let mut talk = Talk::default();
    talk.event(Event::ClientUp);
    talk.event(Event::RootUp);
    talk.event(Event::RootDown);
    assert_eq!(talk.client_hears(), [UNAVAILABLE]);
    talk.event(Event::RootUp);
    talk.event(Event::RootDown);
    assert!(talk.client_hears().is_empty(), "it was told");
    talk.root_greets(12, RadioState::ON);
    assert_eq!(talk.client_hears(), GREETING);
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
fn what_root_says_to_a_client_that_left_reaches_no_one() {
    let mut talk = Talk::with_both();
    talk.client(RequestCode::GET_IMEI, 1);
    let old = talk.root_hears_one(RequestCode::GET_IMEI);
    talk.event(Event::ClientDown);
    talk.root(&news(UnsolCode::RESPONSE_NEW_SMS, b"pdu"));
    talk.root(&reply(old, b"old"));
    talk.event(Event::RootDown);
    talk.client_comes();
    talk.client(RequestCode::GET_IMEI, 1);
    let new = talk.root_hears_one(RequestCode::GET_IMEI);
    assert_ne!(old, new);
    talk.root(&reply(new, b"new"));
    assert_eq!(talk.client_hears(), ["#1 0 6e6577"]);
    assert!(!talk.actions.notes.iter().any(|note| matches!(note, Note::NobodyWaits { .. })));
}

#[test]
fn version_13_acknowledgements() {
    let loud = |code, payload: &[u8]| body(|out| Unsolicited { code, payload, wants_ack: true }.put(out));
    let mut talk = Talk::default();
    let greets = |talk: &mut Talk| {
        talk.event(Event::RootUp);
        talk.root(&loud(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![13], RilVersion::COMMON)));
        talk.root(&loud(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&RadioState::ON, RilVersion::COMMON)));
    };
    let ack = RequestCode::RESPONSE_ACKNOWLEDGEMENT;
    talk.event(Event::ClientUp);
    greets(&mut talk);
    assert_eq!(
        talk.client_hears(),
        ["RIL_CONNECTED! 010000000d000000", "RESPONSE_RADIO_STATE_CHANGED! 0a000000"],
        "as a rild of version 13"
    );
    let sms = loud(UnsolCode::RESPONSE_NEW_SMS, b"pdu");
    talk.root(&sms);
    assert!(talk.root_hears().is_empty());
    talk.client(ack, 77);
    assert_eq!(talk.root_hears(), [(ack, 77)], "from the client, as it is");
    talk.client_hears();
    talk.event(Event::RootDown);
    talk.client(ack, 78);
    assert_eq!(talk.client_hears(), ["RESPONSE_RADIO_STATE_CHANGED! 01000000"], "an acknowledgement has no answer");
    greets(&mut talk);
    assert_eq!(talk.root_hears(), [(ack, 0)], "the client was not told again that it is connected");
    talk.root(&sms);
    assert_eq!(talk.root_hears(), [(ack, 0)], "nor of the message");
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

mod messages;
mod properties;
mod wishes;
