//! What a client has asked for, and what a root that comes later is told of it.

use super::*;

const ON: &str = "RESPONSE_RADIO_STATE_CHANGED 0a000000";
const OFF: &str = "RESPONSE_RADIO_STATE_CHANGED 00000000";

/// Requests with integers, the last of which count.
const INTS: [RequestCode; 7] = [
    RequestCode::RADIO_POWER,
    RequestCode::SCREEN_STATE,
    RequestCode::SET_SUPP_SVC_NOTIFICATION,
    RequestCode::SET_LOCATION_UPDATES,
    RequestCode::SET_TTY_MODE,
    RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE,
    RequestCode::SET_DC_RT_INFO_RATE,
];

fn ints(values: &[i32]) -> Vec<u8> {
    parcel::encode(&values.to_vec(), RilVersion::COMMON)
}

impl Talk {
    /// The client asks, and root has it; the serial there.
    fn asks(&mut self, code: RequestCode, payload: &[u8]) -> i32 {
        self.event(Event::ClientFrame(&request(code, 1, payload)));
        self.root_hears_one(code)
    }

    /// The client asks, and root answers.
    fn wishes(&mut self, code: RequestCode, payload: &[u8], errno: Errno) {
        let serial = self.asks(code, payload);
        self.root(&refusal(serial, errno));
        assert_eq!(self.client_hears(), [format!("#1 {} ", errno.0)]);
    }

    /// What root is told at once, and under which serials.
    fn is_told(&mut self) -> Vec<(RequestCode, i32, Vec<u8>)> {
        let read = self.root_reads();
        let requests = read.iter().filter_map(|body| Request::parse(body));
        requests.map(|request| (request.code, request.serial, request.payload.to_vec())).collect()
    }

    /// Root dies; what the next one is told, in its order.
    fn next_root_is_told(&mut self) -> Vec<(RequestCode, Vec<u8>)> {
        self.event(Event::RootDown);
        self.event(Event::RootUp);
        self.root(&connected(12));
        self.client_hears();
        self.is_told().into_iter().map(|(code, _, payload)| (code, payload)).collect()
    }
}

fn refusal(serial: i32, errno: Errno) -> Vec<u8> {
    body(|out| Reply::new(serial, errno, &[]).put(out))
}

#[test]
fn the_last_that_succeeded_is_said_to_the_next_root_in_the_words_of_the_client() {
    let mut talk = Talk::with_both();
    for code in INTS {
        talk.wishes(code, &ints(&[0]), Errno::SUCCESS);
        talk.wishes(code, &ints(&[1, 7]), Errno::SUCCESS);
        talk.wishes(code, &ints(&[0, 8]), Errno::GENERIC_FAILURE);
    }
    talk.wishes(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, b"", Errno::SUCCESS);
    let mut expected: Vec<_> = INTS.iter().map(|code| (*code, ints(&[1, 7]))).collect();
    expected.push((RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Vec::new()));
    for _ in 0..2 {
        assert_eq!(talk.next_root_is_told(), expected);
    }
}

#[test]
fn what_is_said_again_goes_before_what_the_client_says_and_has_no_answer_for_it() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::SCREEN_STATE, &ints(&[0]), Errno::SUCCESS);
    talk.root_restarts();
    talk.client_hears();
    talk.client(RequestCode::SCREEN_STATE, 5);
    let told = talk.is_told();
    let [(RequestCode::SCREEN_STATE, again, _), (RequestCode::SCREEN_STATE, own, _)] = &told[..] else {
        panic!("{told:?}")
    };
    talk.root(&refusal(*again, Errno::GENERIC_FAILURE));
    assert!(talk.client_hears().is_empty());
    talk.root(&reply(*own, b""));
    assert_eq!(talk.client_hears(), ["#5 0 "]);
    assert_eq!(talk.next_root_is_told(), [(RequestCode::SCREEN_STATE, b"args".to_vec())], "it has changed its mind");
}

#[test]
fn what_was_asked_last_counts_in_whatever_order_the_answers_come() {
    let mut talk = Talk::with_both();
    let first = talk.asks(RequestCode::SCREEN_STATE, &ints(&[0]));
    let second = talk.asks(RequestCode::SCREEN_STATE, &ints(&[1]));
    talk.root(&reply(second, b""));
    talk.root(&reply(first, b""));
    assert_eq!(talk.next_root_is_told(), [(RequestCode::SCREEN_STATE, ints(&[1]))]);
}

#[test]
fn what_root_did_not_live_to_answer_is_not_said_again() {
    let mut talk = Talk::with_both();
    talk.asks(RequestCode::SCREEN_STATE, &ints(&[0]));
    assert_eq!(talk.next_root_is_told(), []);
}

#[test]
fn a_new_client_wants_nothing_yet() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::RADIO_POWER, &ints(&[0]), Errno::SUCCESS);
    talk.client_leaves();
    talk.client_comes();
    assert_eq!(talk.is_told(), []);
    assert_eq!(talk.next_root_is_told(), []);
}

#[test]
fn estimates_that_were_stopped_are_not_started() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::START_LCE, &ints(&[1000, 1]), Errno::SUCCESS);
    assert_eq!(talk.next_root_is_told(), [(RequestCode::START_LCE, ints(&[1000, 1]))]);
    talk.wishes(RequestCode::STOP_LCE, b"", Errno::SUCCESS);
    assert_eq!(talk.next_root_is_told(), [(RequestCode::STOP_LCE, Vec::new())]);
}

#[test]
fn each_state_of_the_device_is_kept() {
    let mut talk = Talk::default();
    talk.event(Event::ClientUp);
    talk.root_greets(15, RadioState::ON);
    talk.client_hears();
    for state in [[0, 1], [2, 0], [1, 1], [0, 0], [3, 1], [-1, 1]] {
        talk.wishes(RequestCode::SEND_DEVICE_STATE, &ints(&state), Errno::SUCCESS);
    }
    talk.event(Event::RootDown);
    talk.root_greets(15, RadioState::ON);
    let told: Vec<_> = talk.is_told().into_iter().map(|(_, _, payload)| payload).collect();
    assert_eq!(told, [ints(&[0, 0]), ints(&[1, 1]), ints(&[2, 0])]);
}

/// 139 is a vendor's own where ril.h has none yet: nobody knows what saying it again would do.
#[test]
fn what_ril_h_of_this_version_does_not_have_is_not_said_again() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, &ints(&[1]), Errno::SUCCESS);
    talk.wishes(RequestCode::SCREEN_STATE, &[0; 65], Errno::SUCCESS);
    talk.wishes(RequestCode::DIAL, &ints(&[1]), Errno::SUCCESS);
    assert_eq!(talk.next_root_is_told(), []);
}

#[test]
fn a_radio_that_is_to_be_off_is_not_shown_on() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::RADIO_POWER, &ints(&[0]), Errno::SUCCESS);
    talk.root(&radio_is(RadioState::OFF));
    talk.client_hears();
    talk.root_restarts();
    let serial = talk.root_hears_one(RequestCode::RADIO_POWER);
    assert_eq!(talk.client_hears(), [UNAVAILABLE]);
    talk.root(&reply(serial, b""));
    assert!(talk.client_hears().is_empty());
    talk.root(&radio_is(RadioState::OFF));
    assert_eq!(talk.client_hears(), told_again(OFF));
}

#[test]
fn one_that_root_will_not_have_off_is_shown_on_and_that_is_over() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::RADIO_POWER, &ints(&[0]), Errno::SUCCESS);
    talk.root_restarts();
    let serial = talk.root_hears_one(RequestCode::RADIO_POWER);
    talk.client_hears();
    talk.root(&refusal(serial, Errno::GENERIC_FAILURE));
    assert_eq!(talk.client_hears(), told_again(ON));
    assert_eq!(talk.next_root_is_told(), []);
}

/// As root does it for who calls for help in airplane mode: the next root must not end that call.
#[test]
fn a_radio_that_root_shows_on_is_not_switched_off_by_the_next() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::RADIO_POWER, &ints(&[0]), Errno::SUCCESS);
    talk.root(&radio_is(RadioState::OFF));
    talk.root(&radio_is(RadioState::ON));
    assert_eq!(talk.next_root_is_told(), []);
    talk.root(&radio_is(RadioState::ON));
    assert_eq!(talk.client_hears(), told_again(ON));
}

#[test]
fn a_client_that_switches_its_radio_on_meanwhile_is_shown_how_it_is() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::RADIO_POWER, &ints(&[0]), Errno::SUCCESS);
    talk.root_restarts();
    let off = talk.root_hears_one(RequestCode::RADIO_POWER);
    talk.client_hears();
    let on = talk.asks(RequestCode::RADIO_POWER, &ints(&[1]));
    assert_eq!(talk.client_hears(), told_again(ON));
    talk.root(&reply(off, b""));
    talk.root(&reply(on, b""));
    talk.root(&radio_is(RadioState::ON));
    assert_eq!(talk.client_hears(), ["#1 0 ", ON]);
    assert_eq!(talk.next_root_is_told(), [(RequestCode::RADIO_POWER, ints(&[1]))]);
}

#[test]
fn a_radio_that_is_away_or_off_is_shown_at_once() {
    let mut talk = Talk::with_both();
    talk.wishes(RequestCode::RADIO_POWER, &ints(&[0]), Errno::SUCCESS);
    talk.root_restarts();
    talk.client_hears();
    talk.root(&radio_is(RadioState::UNAVAILABLE));
    assert_eq!(talk.client_hears(), [UNAVAILABLE]);
    talk.root(&radio_is(RadioState::OFF));
    assert_eq!(talk.client_hears(), told_again(OFF));
}
