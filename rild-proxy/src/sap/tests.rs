//! Conversations with the state machine, one line for each thing that it does.

use proptest::collection::vec;
use proptest::prelude::*;
use ril_sap::apdu_response::Result as SimResult;
use ril_sap::connect_response::Status;
use ril_sap::{
    ApduRequest, ApduResponse, AtrResponse, ConnectRequest, ConnectResponse, DisconnectIndication, DisconnectResponse,
    FRAME_LIMIT, StatusIndication, bytes, read,
};

use super::*;

/// The machine, and the time.
struct Bench {
    sap: Sap,
    now: Now,
}

/// With a modem that has its SIM, and a client.
fn bench() -> Bench {
    bench_of(FRAME_LIMIT)
}

fn bench_of(longest: usize) -> Bench {
    let mut bench = Bench { sap: Sap::new(longest, u32::MAX), now: Now::ZERO };
    assert_eq!(bench.does(Event::Modem(Modem::Up)), ["modem: DISCONNECT #0"]);
    assert_eq!(bench.modem(0, Errno::SUCCESS, &[]), [""; 0]);
    assert_eq!(bench.does(Event::ClientUp), [""; 0]);
    bench
}

impl Bench {
    fn does(&mut self, event: Event<'_>) -> Vec<String> {
        let mut actions = Vec::new();
        self.sap.handle(self.now, event, &mut actions);
        actions.iter().map(words).collect()
    }

    fn client(&mut self, token: u32, id: MsgId, payload: &[u8]) -> Vec<String> {
        let header = Header::request(token, id, payload.to_vec());
        self.does(Event::FromClient(&body(&header)))
    }

    fn modem(&mut self, serial: u32, errno: Errno, payload: &[u8]) -> Vec<String> {
        self.does(Event::FromModem(&SapMessage::Answer { serial, errno, payload: payload.to_vec() }))
    }

    fn news(&mut self, id: MsgId, payload: &[u8]) -> Vec<String> {
        self.does(Event::FromModem(&SapMessage::Unsolicited { id: id.0, payload: payload.to_vec() }))
    }

    /// A session, opened with the serial 1.
    fn in_session() -> Self {
        let mut bench = bench();
        assert_eq!(bench.client(1, MsgId::CONNECT, &connect()), ["modem: CONNECT #1"]);
        let opened = bench.modem(1, Errno::SUCCESS, &connected(Status::Ok));
        assert_eq!(opened, ["SessionBegan", "client: Response CONNECT #1 Success"]);
        bench
    }

    fn session(&self) -> Session {
        self.sap.view().session
    }

    /// What is done when the deadline has come, and nothing before.
    fn at_deadline(&mut self) -> Vec<String> {
        let deadline = self.sap.deadline().unwrap();
        self.now = deadline - Duration::from_millis(1);
        assert_eq!(self.does(Event::Tick), [""; 0]);
        self.now = deadline;
        self.does(Event::Tick)
    }
}

fn body(header: &Header) -> Vec<u8> {
    let mut frame = Vec::new();
    header.put(&mut frame);
    frame.split_off(4)
}

/// What a header says, and whether its payload says of a request that it failed.
fn words(action: &Action) -> String {
    match action {
        Action::ToClient(frame) => {
            let header = Header::read(&frame[4..]).unwrap();
            let (kind, id, error) = (header.kind(), header.message(), header.error());
            let row = id.row().and_then(|row| row.exchange);
            let failed = row.is_some_and(|row| (row.refusal)(&[]) == header.payload() && !header.payload().is_empty());
            let failed = if failed { ", refusal" } else { "" };
            format!("client: {kind:?} {id} #{} {error:?}{failed}", header.token())
        }
        Action::ToModem { serial, id, .. } => format!("modem: {id} #{serial}"),
        Action::GiveUp(serial) => format!("modem: not #{serial}"),
        other => format!("{other:?}"),
    }
}

fn connect() -> Vec<u8> {
    bytes(&ConnectRequest { max_message_size: Some(300) })
}

fn connected(status: Status) -> Vec<u8> {
    bytes(&ConnectResponse { status: Some(status as i32), max_message_size: None })
}

fn apdu() -> Vec<u8> {
    bytes(&ApduRequest { form: Some(0), command: Some(vec![0xa0, 0xa4, 0, 0, 2, 0x3f, 0]) })
}

fn said() -> Vec<u8> {
    bytes(&ApduResponse { form: Some(0), result: Some(SimResult::Ok as i32), response: Some(vec![0x90, 0]) })
}

fn disconnected(kind: Type) -> Vec<u8> {
    bytes(&DisconnectIndication { r#type: Some(kind as i32) })
}

#[test]
fn a_session_from_its_beginning_to_its_end() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.client(0xffff_fffe, MsgId::APDU, &apdu()), ["modem: APDU #2"]);
    assert_eq!(bench.modem(2, Errno::SUCCESS, &said()), ["client: Response APDU #4294967294 Success"]);
    let reset = bytes(&StatusIndication { change: Some(1) });
    assert_eq!(bench.news(MsgId::STATUS, &reset), ["client: Unsolicited STATUS #0 Success"]);
    assert_eq!(bench.client(3, MsgId::DISCONNECT, &[]), ["modem: DISCONNECT #3"]);
    let ended = bench.modem(3, Errno::SUCCESS, &[]);
    assert_eq!(ended, ["SessionEnded(\"the client has disconnected\")", "client: Response DISCONNECT #3 Success"]);
    assert_eq!(bench.does(Event::ClientDown), [""; 0], "there is nothing to end");
    assert!(bench.sap.is_free());
    let view = bench.sap.view();
    assert_eq!((view.sessions, view.requests, view.refused), (1, 4, 0));
}

#[test]
fn what_goes_through_is_what_was_said() {
    let mut bench = Bench::in_session();
    let mut actions = Vec::new();
    let asked = body(&Header::request(9, MsgId::APDU, apdu()));
    bench.sap.handle(bench.now, Event::FromClient(&asked), &mut actions);
    assert!(actions == [Action::ToModem { serial: 2, id: MsgId::APDU, payload: apdu() }]);
    let answer = SapMessage::Answer { serial: 2, errno: Errno(77), payload: said() };
    actions.clear();
    bench.sap.handle(bench.now, Event::FromModem(&answer), &mut actions);
    let [Action::ToClient(frame)] = &actions[..] else { panic!("{actions:?}") };
    assert!(Header::read(&frame[4..]).unwrap() == Header::response(9, MsgId::APDU, 77, said()));
}

#[test]
fn a_client_that_leaves_in_a_session_leaves_the_sim_to_the_modem() {
    let mut bench = Bench::in_session();
    bench.client(2, MsgId::APDU, &apdu());
    let left = bench.does(Event::ClientDown);
    assert_eq!(left, ["modem: not #2", "SessionLeft(\"the client left\")", "modem: DISCONNECT #3"]);
    assert_eq!((bench.sap.is_free(), bench.session()), (false, Session::Ending), "the SIM is not the modem's yet");
    assert_eq!(bench.news(MsgId::DISCONNECT, &disconnected(Type::Immediate)), [""; 0], "nobody is there");
    assert_eq!(bench.modem(2, Errno::SUCCESS, &said()), ["Stray"]);
    assert_eq!(bench.modem(3, Errno::SUCCESS, &bytes(&DisconnectResponse {})), [ENDED]);
    assert_eq!((bench.sap.is_free(), bench.session()), (true, Session::Closed));
}

/// What is noted when the modem has its SIM back.
const ENDED: &str = "SessionEnded(\"it has taken it back\")";
/// What is noted when a session has begun that nobody wants any more.
const BEGAN_LATE: [&str; 2] = ["SessionBegan", "SessionLeft(\"the client had left before it began\")"];

/// A modem that is asked twice refuses the second time.
#[test]
fn a_client_that_asks_for_the_end_and_leaves_has_asked_for_us() {
    for refuses in [false, true] {
        let mut bench = Bench::in_session();
        assert_eq!(bench.client(2, MsgId::APDU, &apdu()), ["modem: APDU #2"]);
        assert_eq!(bench.client(3, MsgId::DISCONNECT, &[]), ["modem: DISCONNECT #3"]);
        assert_eq!(bench.does(Event::ClientDown), ["modem: not #2", "SessionLeft(\"the client left\")"]);
        assert!(!bench.sap.is_free() && bench.session() == Session::Ending);
        if refuses {
            assert_eq!(bench.modem(3, Errno::GENERIC_FAILURE, &[]), [""; 0]);
            assert_eq!(bench.at_deadline(), ["modem: DISCONNECT #4"]);
        } else {
            assert_eq!(bench.modem(3, Errno::SUCCESS, &[]), ["SessionEnded(\"it has taken it back\")"]);
            assert!(bench.sap.is_free() && bench.session() == Session::Closed);
        }
    }
}

/// A client that has asked for a session has left.
fn left_while_connecting() -> Bench {
    let mut bench = bench();
    bench.client(1, MsgId::CONNECT, &connect());
    assert_eq!(bench.does(Event::ClientDown), [""; 0], "asked for both at once the modem may do the second one first");
    assert!(!bench.sap.is_free());
    bench
}

#[test]
fn a_client_that_leaves_before_its_session_is_open_takes_none_with_it() {
    let mut bench = left_while_connecting();
    let opened = bench.modem(1, Errno::SUCCESS, &connected(Status::Ok));
    assert_eq!(opened, [&BEGAN_LATE[..], &["modem: DISCONNECT #2"]].concat());
    assert_eq!(bench.modem(2, Errno::SUCCESS, &[]), [ENDED]);
    assert!(bench.sap.is_free());

    let mut bench = left_while_connecting();
    assert_eq!(bench.modem(1, Errno::SUCCESS, &connected(Status::Failure)), [""; 0], "there is nothing to end");
    assert!(bench.sap.is_free());
}

#[test]
fn a_session_that_opens_after_its_end_was_refused_is_ended() {
    let mut bench = left_while_connecting();
    assert_eq!(bench.at_deadline(), ["modem: DISCONNECT #2"]);
    assert_eq!(bench.modem(2, Errno::GENERIC_FAILURE, &[]), [""; 0], "it is not connected yet");
    assert!(bench.sap.is_free());
    let opened = bench.modem(1, Errno::SUCCESS, &connected(Status::Ok));
    assert_eq!(opened, [&BEGAN_LATE[..], &["modem: DISCONNECT #3"]].concat());
    assert_eq!(bench.modem(3, Errno::SUCCESS, &[]), [ENDED]);
}

#[test]
fn a_session_that_opens_after_an_end_that_went_well_is_ended() {
    let mut bench = left_while_connecting();
    bench.at_deadline();
    assert_eq!(bench.modem(2, Errno::SUCCESS, &[]), [""; 0]);
    assert_eq!(bench.sap.deadline(), None);
    let opened = bench.modem(1, Errno::SUCCESS, &connected(Status::Ok));
    assert_eq!(opened, [&BEGAN_LATE[..], &["modem: DISCONNECT #3"]].concat());
}

#[test]
fn a_connect_that_succeeds_too_late_for_its_client_is_a_session_all_the_same() {
    let mut bench = bench();
    bench.client(1, MsgId::CONNECT, &connect());
    let timed_out = bench.at_deadline();
    assert_eq!(timed_out, ["TimedOut(CONNECT)", "client: Response CONNECT #1 GenericFailure, refusal"]);
    bench.client(2, MsgId::CONNECT, &connect());
    assert_eq!(bench.modem(1, Errno::SUCCESS, &connected(Status::Ok)), ["SessionBegan"]);
    let refused = bench.modem(2, Errno::SUCCESS, &connected(Status::Failure));
    assert_eq!(refused, ["client: Response CONNECT #2 Success, refusal"], "there is one");
    assert_eq!(bench.session(), Session::Open);
    let left = bench.does(Event::ClientDown);
    assert_eq!(left, ["SessionLeft(\"the client left\")", "modem: DISCONNECT #3"]);
}

/// Its client has gone, and the next one was let in meanwhile.
#[test]
fn a_connect_that_succeeds_too_late_is_no_session_of_the_next_client() {
    let mut bench = left_while_connecting();
    bench.at_deadline();
    bench.modem(2, Errno::GENERIC_FAILURE, &[]);
    bench.does(Event::ClientUp);
    let opened = bench.modem(1, Errno::SUCCESS, &connected(Status::Ok));
    assert_eq!(opened, [&BEGAN_LATE[..], &["modem: DISCONNECT #3"]].concat());
    assert_eq!(bench.client(1, MsgId::APDU, &apdu()).len(), 2, "refused: that session was another's");
    assert_eq!(bench.modem(3, Errno::SUCCESS, &[]), [ENDED]);

    // It has asked for one of its own.
    for status in [Status::Ok, Status::Failure] {
        let mut bench = left_while_connecting();
        bench.at_deadline();
        bench.modem(2, Errno::GENERIC_FAILURE, &[]);
        bench.does(Event::ClientUp);
        bench.client(1, MsgId::CONNECT, &connect());
        assert_eq!(bench.modem(1, Errno::SUCCESS, &connected(Status::Ok)), [""; 0]);
        let answered = bench.modem(3, Errno::SUCCESS, &connected(status));
        if status == Status::Ok {
            assert_eq!(answered, ["SessionBegan", "client: Response CONNECT #1 Success"]);
            assert_eq!(bench.session(), Session::Open);
        } else {
            assert_eq!(answered, ["modem: DISCONNECT #4", "client: Response CONNECT #1 Success, refusal"]);
            bench.modem(4, Errno::SUCCESS, &[]);
            assert!(!bench.sap.custody.is_given());
        }
    }
}

#[test]
fn an_end_that_was_told_of_another_session_ends_nothing() {
    let mut bench = Bench::in_session();
    bench.news(MsgId::DISCONNECT, &disconnected(Type::Immediate));
    assert_eq!(bench.session(), Session::Closed, "the client was told so");
    assert_eq!(bench.does(Event::ClientDown), ["modem: DISCONNECT #2"], "it may have been about the one before");
    assert_eq!(bench.modem(2, Errno::GENERIC_FAILURE, &[]), [""; 0], "it was not");
    assert!(bench.sap.is_free());
}

#[test]
fn an_end_that_the_modem_does_not_come_to_holds_nobody_up_for_long_and_is_not_taken_back() {
    let mut bench = Bench::in_session();
    bench.does(Event::ClientDown);
    assert_eq!(bench.at_deadline(), ["NotEnded"]);
    assert_eq!((bench.sap.is_free(), bench.session()), (true, Session::Ending));
    assert_eq!(bench.sap.deadline(), None);
    bench.does(Event::ClientUp);
    assert_eq!(bench.client(1, MsgId::APDU, &apdu()).len(), 2, "refused: that session was another's");
    assert_eq!(bench.modem(2, Errno::SUCCESS, &[]), [ENDED], "late");
    assert_eq!(bench.session(), Session::Closed);
}

#[test]
fn a_late_end_does_not_end_the_session_after_it() {
    let mut bench = Bench::in_session();
    bench.does(Event::ClientDown);
    bench.at_deadline();
    bench.does(Event::ClientUp);
    bench.client(1, MsgId::CONNECT, &connect());
    assert_eq!(bench.modem(2, Errno::SUCCESS, &[]), [ENDED]);
    bench.modem(3, Errno::SUCCESS, &connected(Status::Ok));
    assert_eq!(bench.session(), Session::Open);
}

#[test]
fn a_modem_that_refuses_to_end_a_session_is_asked_again() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.does(Event::ClientDown)[1], "modem: DISCONNECT #2");
    let until = bench.sap.deadline().unwrap();
    assert_eq!(bench.modem(2, Errno::GENERIC_FAILURE, &[]), [""; 0], "nothing has ended");
    assert_eq!(bench.at_deadline(), ["modem: DISCONNECT #3"]);
    bench.modem(3, Errno::GENERIC_FAILURE, &[]);
    assert_eq!(bench.at_deadline(), ["modem: DISCONNECT #4"]);
    assert_eq!(bench.sap.deadline(), Some(until), "it does not take longer for that");
    assert!(!bench.sap.is_free());
    assert_eq!(bench.modem(4, Errno::SUCCESS, &[]), [ENDED]);
    assert!(bench.sap.is_free());
}

#[test]
fn a_modem_that_goes_on_refusing_is_left_alone() {
    let mut bench = Bench::in_session();
    bench.does(Event::ClientDown);
    let refusals = (2..).map(|serial| {
        bench.modem(serial, Errno::GENERIC_FAILURE, &[]);
        bench.at_deadline()
    });
    let refusals: Vec<_> = refusals.take_while(|done| done[0] != "NotEnded").collect();
    assert_eq!(refusals.len(), 9, "for ten seconds, one after the other");
    assert!(bench.sap.is_free());
}

#[test]
fn a_modem_is_asked_first_to_end_what_an_earlier_life_may_have_begun() {
    let mut bench = Bench { sap: Sap::new(FRAME_LIMIT, 77), now: Now::ZERO };
    assert_eq!(bench.does(Event::Modem(Modem::Up)), ["modem: DISCONNECT #78"]);
    assert!(!bench.sap.is_free());
    assert_eq!(bench.modem(78, Errno::GENERIC_FAILURE, &[]), [""; 0], "there was none");
    assert!(bench.sap.is_free());
}

#[test]
fn who_stops_leaves_no_session() {
    let mut bench = Bench::in_session();
    assert_eq!(bench.does(Event::Stop), ["SessionLeft(\"the client left\")", "modem: DISCONNECT #2"]);
    bench.modem(2, Errno::SUCCESS, &[]);
    assert!(!bench.sap.is_ending() && !bench.sap.is_free(), "nobody is let in");
    let mut bench = left_while_connecting();
    assert_eq!(bench.does(Event::Stop), ["modem: DISCONNECT #2"], "there is no time to wait for its answer");
}

#[test]
fn an_answer_to_an_earlier_client_reaches_no_later_one() {
    let mut bench = Bench::in_session();
    bench.client(7, MsgId::APDU, &apdu());
    bench.does(Event::ClientDown);
    bench.modem(3, Errno::SUCCESS, &[]);
    bench.does(Event::ClientUp);
    assert_eq!(bench.client(7, MsgId::CONNECT, &connect()), ["modem: CONNECT #4"]);
    assert_eq!(bench.modem(2, Errno::SUCCESS, &said()), ["Stray"], "though the client has the same token");
    bench.modem(4, Errno::SUCCESS, &connected(Status::Ok));
    assert_eq!(bench.session(), Session::Open);
}

#[test]
fn every_request_is_answered_once() {
    let mut bench = Bench::in_session();
    bench.client(2, MsgId::APDU, &apdu());
    assert_eq!(bench.modem(2, Errno::SUCCESS, &said()).len(), 1);
    assert_eq!(bench.modem(2, Errno::SUCCESS, &said()), ["Stray"], "the second answer");
    assert_eq!(bench.modem(99, Errno::SUCCESS, &said()), ["Stray"], "to a request that there was never");
    bench.client(3, MsgId::APDU, &apdu());
    bench.now = bench.sap.deadline().unwrap();
    let timed_out = bench.does(Event::Tick);
    assert_eq!(timed_out, ["modem: not #3", "TimedOut(APDU)", "client: Response APDU #3 GenericFailure, refusal"]);
    assert_eq!(bench.modem(3, Errno::SUCCESS, &said()), ["Stray"], "a late one");
}

#[test]
fn an_answer_that_is_none_is_a_failure_and_never_a_success() {
    let mut bench = Bench::in_session();
    for payload in [&[][..], &[0xff, 0xff], &[0x08, 0]] {
        bench.client(2, MsgId::APDU, &apdu());
        let serial = bench.sap.serials;
        let answered = bench.modem(serial, Errno::SUCCESS, payload);
        assert_eq!(answered, ["BadMessage(APDU)", "client: Response APDU #2 GenericFailure, refusal"]);
    }
    bench.client(2, MsgId::APDU, &apdu());
    let answered = bench.modem(bench.sap.serials, Errno::RADIO_NOT_AVAILABLE, &[]);
    assert_eq!(answered, ["client: Response APDU #2 RadioNotAvailable, refusal"]);
}

#[test]
fn a_connect_that_cannot_be_read_may_have_given_the_sim_away() {
    let mut bench = bench();
    bench.client(1, MsgId::CONNECT, &connect());
    let answered = bench.modem(1, Errno::SUCCESS, &[]);
    assert_eq!(answered, ["BadMessage(CONNECT)", "client: Response CONNECT #1 GenericFailure, refusal"]);
    assert_eq!(bench.does(Event::ClientDown), ["modem: DISCONNECT #2"]);
}

#[test]
fn a_connect_that_fails_opens_nothing() {
    for (errno, status) in [
        (Errno::SUCCESS, Status::Failure),
        (Errno::SUCCESS, Status::SizeTooLarge),
        (Errno::GENERIC_FAILURE, Status::Ok),
    ] {
        let mut bench = bench();
        bench.client(1, MsgId::CONNECT, &connect());
        assert_eq!(bench.modem(1, errno, &connected(status)).len(), 1);
        assert_eq!(bench.session(), Session::Closed, "{status:?}");
    }
    let mut bench = bench();
    bench.client(1, MsgId::CONNECT, &connect());
    bench.modem(1, Errno::RADIO_NOT_AVAILABLE, &[]);
    assert_eq!(bench.session(), Session::Closed, "whatever comes with an error");
    assert_eq!(bench.does(Event::ClientDown), [""; 0]);
    let mut bench = self::bench();
    bench.client(1, MsgId::CONNECT, &connect());
    bench.client(2, MsgId::CONNECT, &connect());
    bench.modem(1, Errno::SUCCESS, &connected(Status::Failure));
    assert_eq!(bench.session(), Session::Opening, "the other may open one");
    bench.modem(2, Errno::SUCCESS, &connected(Status::OkCallOngoing));
    assert_eq!(bench.session(), Session::Open);
    bench.client(3, MsgId::CONNECT, &connect());
    bench.modem(3, Errno::SUCCESS, &connected(Status::Failure));
    assert_eq!(bench.session(), Session::Open, "a third takes nothing away");
}

#[test]
fn a_connect_that_overtakes_the_end_of_a_session_opens_the_next_one() {
    let mut bench = Bench::in_session();
    bench.client(2, MsgId::DISCONNECT, &[]);
    bench.client(3, MsgId::CONNECT, &connect());
    bench.modem(2, Errno::SUCCESS, &[]);
    assert_eq!(bench.session(), Session::Opening);
    assert_eq!(bench.modem(3, Errno::SUCCESS, &connected(Status::Ok))[0], "SessionBegan");
    assert_eq!(bench.does(Event::ClientDown), ["SessionLeft(\"the client left\")", "modem: DISCONNECT #4"]);
}

#[test]
fn what_will_not_do_is_refused_and_does_not_reach_the_modem() {
    let mut bench = bench();
    let refused = |bench: &mut Bench, id, payload: &[u8]| {
        let said = bench.client(5, id, payload);
        let [note, answer] = &said[..] else { panic!("{said:?}") };
        assert!(note.starts_with("Refused("), "{note}");
        answer.clone()
    };
    for id in [MsgId(0), MsgId::STATUS, MsgId::ERROR_RESP, MsgId(11), MsgId(-1)] {
        assert_eq!(refused(&mut bench, id, &[]), format!("client: Response {id} #5 RequestNotSupported"));
    }
    assert_eq!(
        refused(&mut bench, MsgId::CONNECT, &[]),
        "client: Response CONNECT #5 InvalidParameter, refusal",
        "without its size"
    );
    assert_eq!(refused(&mut bench, MsgId::APDU, &apdu()), "client: Response APDU #5 GenericFailure, refusal");
    let mut bench = Bench::in_session();
    let long = bytes(&ApduRequest { form: Some(0), command: Some(vec![0; SAP_PAYLOAD_LIMIT]) });
    assert_eq!(refused(&mut bench, MsgId::APDU, &long), "client: Response APDU #5 InvalidParameter, refusal");
    for token in 0..MOST_UNANSWERED {
        bench.client(u32::try_from(token).unwrap(), MsgId::APDU, &apdu());
    }
    assert_eq!(refused(&mut bench, MsgId::APDU, &apdu()), "client: Response APDU #5 GenericFailure, refusal");
    let view = bench.sap.view();
    assert_eq!((view.requests, view.refused), (2 + MOST_UNANSWERED as u64, 2));
}

#[test]
fn a_modem_side_that_takes_less_is_given_less() {
    let mut bench = bench_of(300);
    bench.client(1, MsgId::CONNECT, &connect());
    let command = |len| bytes(&ApduRequest { form: Some(0), command: Some(vec![0; len]) });
    assert_eq!(bench.client(2, MsgId::APDU, &command(261)), ["modem: APDU #2"]);
    assert_eq!(bench.client(3, MsgId::APDU, &command(300)).len(), 2, "refused, and why");
}

#[test]
fn what_is_no_request_ends_the_connection() {
    let mut bench = bench();
    let answer = body(&Header::response(1, MsgId::CONNECT, 0, connected(Status::Ok)));
    assert_eq!(bench.does(Event::FromClient(&answer)), ["HangUp(\"it sent what is no request\")"]);
    let news = body(&Header::unsolicited(MsgId::STATUS, bytes(&StatusIndication { change: Some(3) })));
    assert_eq!(bench.does(Event::FromClient(&news)), ["HangUp(\"it sent what is no request\")"]);
    for garbage in [&b""[..], b"\xff\xff", b"GET / HTTP/1.1", &answer[5..]] {
        assert_eq!(bench.does(Event::FromClient(garbage)), ["HangUp(\"it sent what is no message\")"]);
    }
    assert_eq!(bench.sap.view().requests, 1);
}

#[test]
fn a_modem_that_ends_takes_the_session_with_it() {
    let mut bench = Bench::in_session();
    bench.client(2, MsgId::APDU, &apdu());
    let gone = bench.does(Event::Modem(Modem::Down));
    assert_eq!(
        gone,
        [
            "client: Response APDU #2 RadioNotAvailable, refusal",
            "client: Unsolicited DISCONNECT #0 Success",
            "SessionLeft(\"the modem is gone\")"
        ]
    );
    assert_eq!(
        bench.client(3, MsgId::CONNECT, &connect())[1],
        "client: Response CONNECT #3 RadioNotAvailable, refusal"
    );
    assert_eq!(bench.does(Event::Modem(Modem::Up)), ["modem: DISCONNECT #3"], "it may not have noticed");
    assert_eq!(bench.client(4, MsgId::CONNECT, &connect()), ["modem: CONNECT #4"]);
    assert_eq!(bench.modem(3, Errno::GENERIC_FAILURE, &[]), [""; 0], "not again, which would end the next one");
    assert_eq!(bench.sap.deadline(), Some(bench.now + PATIENCE));
}

#[test]
fn a_modem_that_ends_while_a_session_ends_lets_the_next_client_in() {
    let mut bench = Bench::in_session();
    bench.does(Event::ClientDown);
    assert!(!bench.sap.is_free());
    bench.does(Event::Modem(Modem::Down));
    assert!(bench.sap.is_free());
}

#[test]
fn a_modem_without_the_profile_says_so() {
    let mut bench = Bench { sap: Sap::new(FRAME_LIMIT, u32::MAX), now: Now::ZERO };
    bench.does(Event::Modem(Modem::Without));
    bench.does(Event::ClientUp);
    let refused = bench.client(1, MsgId::CONNECT, &connect());
    assert_eq!(refused[1], "client: Response CONNECT #1 RequestNotSupported, refusal");
}

#[test]
fn the_modem_ends_a_session_at_once_or_asks_for_its_end() {
    let mut bench = Bench::in_session();
    let asked = bench.news(MsgId::DISCONNECT, &disconnected(Type::Graceful));
    assert_eq!((asked.len(), bench.session()), (1, Session::Open));
    let ended = bench.news(MsgId::DISCONNECT, &disconnected(Type::Immediate));
    assert_eq!((ended.len(), bench.session()), (2, Session::Closed));
    assert_eq!(bench.client(2, MsgId::APDU, &apdu()).len(), 2, "refused");
}

#[test]
fn only_what_can_be_told_is_told() {
    let mut bench = Bench::in_session();
    for (id, payload) in [(MsgId::CONNECT, connected(Status::Ok)), (MsgId::STATUS, Vec::new()), (MsgId::APDU, said())] {
        assert_eq!(bench.news(id, &payload), [format!("BadMessage({id})")]);
    }
    assert_eq!(bench.news(MsgId::ERROR_RESP, &[]), ["client: Unsolicited ERROR_RESP #0 Success"]);
    assert_eq!(bench.news(MsgId(200), b"x"), ["client: Unsolicited 200 #0 Success"], "what nobody here knows");
}

#[test]
fn a_refused_answer_to_reset_has_no_answer_in_it() {
    let mut bench = Bench::in_session();
    let mut actions = Vec::new();
    bench.client(2, MsgId::TRANSFER_ATR, &[]);
    bench.sap.handle(bench.now, Event::Modem(Modem::Down), &mut actions);
    let Some(Action::ToClient(frame)) = actions.first() else { panic!("{actions:?}") };
    let answer: AtrResponse = read(Header::read(&frame[4..]).unwrap().payload()).unwrap();
    assert_eq!((answer.result(), answer.atr), (ril_sap::atr_response::Result::Failure, None));
}

/// What can happen, in numbers.
#[derive(Clone, Debug)]
enum Op {
    Modem(Modem),
    Connect,
    Leave,
    Say(Vec<u8>),
    Request(u32, i32, Vec<u8>),
    Answer(u32, i32, Vec<u8>),
    News(i32, Vec<u8>),
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let payload = || {
        prop_oneof![
            Just(connect()),
            Just(apdu()),
            Just(said()),
            Just(connected(Status::Ok)),
            Just(disconnected(Type::Immediate)),
            vec(any::<u8>(), 0..6)
        ]
    };
    let modem = prop_oneof![Just(Modem::Down), Just(Modem::Without), Just(Modem::Up)];
    prop_oneof![
        1 => modem.prop_map(Op::Modem),
        3 => Just(Op::Connect),
        1 => Just(Op::Leave),
        1 => vec(any::<u8>(), 0..12).prop_map(Op::Say),
        8 => (0_u32..3, 0_i32..12, payload()).prop_map(|(token, id, payload)| Op::Request(token, id, payload)),
        6 => (0_u32..6, 0_i32..3, payload()).prop_map(|(ago, errno, payload)| Op::Answer(ago, errno, payload)),
        1 => (0_i32..12, payload()).prop_map(|(id, payload)| Op::News(id, payload)),
        1 => (0_u64..70).prop_map(Op::Wait),
    ]
}

/// What must hold after anything.
#[derive(Default)]
struct Watch {
    /// Requests of the client that is there, and answers to them.
    asked: usize,
    answered: usize,
    /// Serials that the modem was given.
    given: Vec<u32>,
}

proptest! {
    #[test]
    fn whatever_happens_every_request_is_answered_once_and_no_session_outlasts_its_client(ops in vec(op(), 0..60)) {
        let mut bench = Bench { sap: Sap::new(FRAME_LIMIT, u32::MAX), now: Now::ZERO };
        let mut watch = Watch::default();
        for op in ops {
            let mut actions = Vec::new();
            let message;
            let said;
            let event = match op {
                Op::Modem(modem) => Event::Modem(modem),
                Op::Connect if bench.sap.is_free() => Event::ClientUp,
                Op::Leave if bench.sap.client => Event::ClientDown,
                Op::Say(body) if bench.sap.client => {
                    said = body;
                    if Header::read(&said).is_ok() { continue }
                    Event::FromClient(&said)
                }
                Op::Request(token, id, payload) if bench.sap.client => {
                    said = body(&Header::request(token, MsgId(id), payload));
                    watch.asked += 1;
                    Event::FromClient(&said)
                }
                Op::Answer(ago, errno, payload) => {
                    message = SapMessage::Answer {
                        serial: bench.sap.serials.wrapping_sub(ago),
                        errno: Errno(errno),
                        payload,
                    };
                    Event::FromModem(&message)
                }
                Op::News(id, payload) => {
                    message = SapMessage::Unsolicited { id, payload };
                    Event::FromModem(&message)
                }
                Op::Wait(seconds) => {
                    bench.now += Duration::from_secs(seconds);
                    Event::Tick
                }
                _ => continue,
            };
            let leaves = matches!(event, Event::ClientDown);
            let held = matches!(bench.sap.view().session, Session::Opening | Session::Open);
            bench.sap.handle(bench.now, event, &mut actions);
            for action in &actions {
                match action {
                    Action::ToClient(frame) => {
                        prop_assert!(!leaves, "nobody is there");
                        let header = Header::read(&frame[4..]).unwrap();
                        watch.answered += usize::from(header.kind() == Kind::Response);
                    }
                    Action::ToModem { serial, id, .. } => {
                        prop_assert!(bench.sap.modem == Modem::Up);
                        prop_assert!(!watch.given.contains(serial), "a serial that was used");
                        watch.given.push(*serial);
                        prop_assert!(!leaves || *id == MsgId::DISCONNECT, "{} is of nobody", id);
                    }
                    Action::GiveUp(_) | Action::HangUp(_) | Action::Note(_) => {}
                }
            }
            if leaves {
                (watch.asked, watch.answered) = (0, 0);
                prop_assert!(!held || bench.sap.ending.is_some(), "the modem is to have its SIM back");
            }
            prop_assert!(bench.sap.session != Session::Open || bench.sap.custody.is_given());
            prop_assert!(bench.sap.disconnects.len() <= MOST_DISCONNECTS);
            prop_assert_eq!(watch.asked, watch.answered + bench.sap.pending.len());
            prop_assert!(bench.sap.pending.len() <= MOST_UNANSWERED);
            prop_assert!(bench.sap.client || bench.sap.pending.is_empty());
            prop_assert!(bench.sap.client || bench.sap.session != Session::Open);
        }
    }
}

/// A modem that carries out what it was asked in any order, and answers as it does.
#[derive(Default)]
struct Library {
    has_given: bool,
    waiting: Vec<(u32, MsgId)>,
}

impl Library {
    /// Takes what the machine does.
    fn hear(&mut self, actions: &[Action]) {
        for action in actions {
            match action {
                Action::ToModem { serial, id, .. } => self.waiting.push((*serial, *id)),
                Action::GiveUp(serial) => self.waiting.retain(|(waiting, _)| waiting != serial),
                Action::ToClient(_) | Action::HangUp(_) | Action::Note(_) => {}
            }
        }
    }

    /// Carries out one of the requests that wait, the last one first.
    fn carry_out(&mut self, back: usize) -> Option<SapMessage> {
        let place = self.waiting.len().checked_sub(1 + back)?;
        let (serial, id) = self.waiting.remove(place);
        let (errno, payload) = match (id, self.has_given) {
            (MsgId::CONNECT, given) => {
                self.has_given = true;
                (Errno::SUCCESS, connected(if given { Status::Failure } else { Status::Ok }))
            }
            (_, given) => {
                self.has_given = false;
                (if given { Errno::SUCCESS } else { Errno::GENERIC_FAILURE }, Vec::new())
            }
        };
        Some(SapMessage::Answer { serial, errno, payload })
    }
}

#[derive(Clone, Copy, Debug)]
enum Turn {
    Up,
    Leave,
    Ask(MsgId),
    Carry(usize),
    Wait(u64),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        2 => Just(Turn::Up),
        2 => Just(Turn::Leave),
        3 => Just(Turn::Ask(MsgId::CONNECT)),
        1 => Just(Turn::Ask(MsgId::DISCONNECT)),
        4 => (0_usize..3).prop_map(Turn::Carry),
        2 => (0_u64..70).prop_map(Turn::Wait),
    ]
}

proptest! {
    #[test]
    fn in_whatever_order_a_modem_does_what_it_is_asked_it_has_its_sim_in_the_end(turns in vec(turn(), 0..30)) {
        let mut bench = Bench { sap: Sap::new(FRAME_LIMIT, 0), now: Now::ZERO };
        let mut library = Library::default();
        let happens = |bench: &mut Bench, library: &mut Library, event: Event<'_>| {
            let mut actions = Vec::new();
            bench.sap.handle(bench.now, event, &mut actions);
            library.hear(&actions);
        };
        happens(&mut bench, &mut library, Event::Modem(Modem::Up));
        for turn in turns {
            match turn {
                Turn::Up if bench.sap.is_free() => happens(&mut bench, &mut library, Event::ClientUp),
                Turn::Up => {}
                Turn::Leave => happens(&mut bench, &mut library, Event::ClientDown),
                Turn::Ask(id) => {
                    let payload = if id == MsgId::CONNECT { connect() } else { Vec::new() };
                    let said = body(&Header::request(1, id, payload));
                    happens(&mut bench, &mut library, Event::FromClient(&said));
                }
                Turn::Carry(back) => {
                    if let Some(answer) = library.carry_out(back) {
                        happens(&mut bench, &mut library, Event::FromModem(&answer));
                    }
                }
                Turn::Wait(seconds) => {
                    bench.now += Duration::from_secs(seconds);
                    happens(&mut bench, &mut library, Event::Tick);
                }
            }
        }
        happens(&mut bench, &mut library, Event::ClientDown);
        loop {
            if let Some(answer) = library.carry_out(0) {
                happens(&mut bench, &mut library, Event::FromModem(&answer));
            } else if let Some(deadline) = bench.sap.deadline() {
                bench.now = deadline;
                happens(&mut bench, &mut library, Event::Tick);
            } else {
                break;
            }
        }
        prop_assert!(!library.has_given, "a session is left with nobody");
    }
}
