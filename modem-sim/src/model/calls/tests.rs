//! Conversations about calls.

use proptest::prelude::*;
use ril_protocol::payload::call::{Call, CallState, Clir, Dial, FailCause, SuppSvcNotification};
use ril_protocol::{Errno, RequestCode as R, UnsolCode as U};

use crate::bench::Bench;

impl Bench {
    fn dial(&mut self, number: &str) -> Errno {
        self.ask(R::DIAL, &Dial { address: Some(number.to_owned()), ..Dial::default() }).errno
    }

    /// A connected call.
    fn talk(&mut self, number: &str) {
        assert_eq!(self.dial(number), Errno::SUCCESS);
        self.advance(20);
    }

    fn list(&mut self) -> Vec<Call> {
        self.get(R::GET_CURRENT_CALLS, &())
    }

    /// "1 ACTIVE, 2 HOLDING"; a star marks a conference.
    fn states(&mut self) -> String {
        let one = |call: Call| format!("{} {}{}", call.index, call.state, if call.is_mpty { "*" } else { "" });
        self.list().into_iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn cause(&mut self) -> i32 {
        self.get::<_, FailCause>(R::LAST_CALL_FAIL_CAUSE, &()).cause
    }
}

#[test]
fn an_outgoing_call_goes_through_its_states_and_each_is_told() {
    let mut bench = Bench::online("");
    assert_eq!(bench.dial("5550123"), Errno::SUCCESS);
    assert_eq!(bench.told(), [U::RESPONSE_CALL_STATE_CHANGED]);
    let call = bench.list().remove(0);
    assert_eq!((call.state, call.index, call.toa, call.is_mt), (CallState::DIALING, 1, 129, false));
    assert_eq!(call.number.as_deref(), Some("5550123"));
    bench.advance(5);
    assert_eq!((bench.states().as_str(), bench.told()), ("1 ALERTING", vec![U::RESPONSE_CALL_STATE_CHANGED]));
    bench.advance(10);
    assert_eq!((bench.states().as_str(), bench.told()), ("1 ACTIVE", vec![U::RESPONSE_CALL_STATE_CHANGED]));
    assert_eq!(bench.ints(R::HANGUP, &[1]).errno, Errno::SUCCESS);
    assert_eq!((bench.states().as_str(), bench.cause()), ("", 16));
}

#[test]
fn a_far_end_that_does_not_answer_has_its_cause() {
    for (policy, cause) in [("busy", 17), ("unreachable", 27), ("unassigned", 1), ("congested", 34), ("never", 19)] {
        let mut bench = Bench::online("");
        assert_eq!(bench.console(&format!("answer 5550123 {policy}")), "OK\n");
        bench.dial("5550123");
        bench.advance(5_000);
        assert_eq!((bench.states().as_str(), bench.cause()), ("", cause), "{policy}");
        bench.talk("5550124");
        assert_eq!(bench.states(), "1 ACTIVE", "others answer");
    }
}

#[test]
fn the_console_can_play_the_far_end() {
    let mut bench = Bench::online("--answer manual");
    bench.dial("5550123");
    bench.advance(10_000);
    assert_eq!(bench.states(), "1 ALERTING");
    assert_eq!(bench.console("gsm accept 5550123"), "OK\n");
    assert_eq!(bench.states(), "1 ACTIVE");
    assert_eq!(bench.console("gsm cancel 5550123"), "OK\n");
    assert_eq!((bench.states().as_str(), bench.cause()), ("", 16));
    bench.dial("5550123");
    assert_eq!(bench.console("gsm busy 5550123"), "OK\n");
    assert_eq!((bench.states().as_str(), bench.cause()), ("", 17));
}

#[test]
fn an_incoming_call_rings_until_it_is_answered() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("call +15550199"), "rings\nOK\n");
    assert_eq!(bench.told(), [U::RESPONSE_CALL_STATE_CHANGED, U::CALL_RING]);
    let call = bench.list().remove(0);
    assert_eq!((call.state, call.toa, call.is_mt), (CallState::INCOMING, 145, true));
    bench.advance(1_100);
    assert_eq!(bench.told_of::<()>(U::CALL_RING).len(), 2);
    assert_eq!(bench.does(R::ANSWER), Errno::SUCCESS);
    bench.told();
    bench.advance(5_000);
    assert_eq!((bench.told(), bench.states().as_str()), (vec![], "1 ACTIVE"));
    assert_eq!(bench.does(R::ANSWER), Errno::INVALID_STATE);
}

#[test]
fn an_incoming_call_is_refused_or_given_up() {
    let mut bench = Bench::online("");
    bench.console("gsm call 5550199");
    assert_eq!(bench.does(R::UDUB), Errno::SUCCESS);
    assert_eq!((bench.states().as_str(), bench.cause()), ("", 21));
    assert_eq!(bench.does(R::UDUB), Errno::INVALID_STATE);
    bench.console("gsm call 5550199");
    bench.console("gsm cancel 5550199");
    assert_eq!((bench.states().as_str(), bench.cause()), ("", 16));
}

#[test]
fn a_caller_may_hide_and_may_have_a_name() {
    let mut bench = Bench::online("");
    bench.console("call withheld");
    let call = bench.list().remove(0);
    assert_eq!((call.number, call.number_presentation.0), (None, 1));
    bench.does(R::UDUB);
    bench.console("call 5550199 \"Ann Onym\"");
    let call = bench.list().remove(0);
    assert_eq!((call.name.as_deref(), call.name_presentation.0, call.number_presentation.0), (Some("Ann Onym"), 0, 0));
}

/// One active call and one held call, numbers 2 and 1.
fn active_and_held() -> Bench {
    let mut bench = Bench::online("");
    bench.talk("5550101");
    bench.talk("5550102");
    assert_eq!(bench.states(), "1 HOLDING, 2 ACTIVE");
    bench
}

/// One active call and one waiting call.
fn active_and_waiting() -> Bench {
    let mut bench = Bench::online("");
    bench.talk("5550101");
    assert_eq!(bench.console("call 5550199"), "waits\nOK\n");
    assert_eq!(bench.states(), "1 ACTIVE, 2 WAITING");
    bench
}

#[test]
fn several_calls_as_ts_22_030_has_it() {
    type Case = (fn() -> Bench, R, &'static str);
    let cases: [Case; 10] = [
        (active_and_held, R::HANGUP_WAITING_OR_BACKGROUND, "2 ACTIVE"),
        (active_and_waiting, R::HANGUP_WAITING_OR_BACKGROUND, "1 ACTIVE"),
        (active_and_held, R::HANGUP_FOREGROUND_RESUME_BACKGROUND, "1 ACTIVE"),
        (active_and_waiting, R::HANGUP_FOREGROUND_RESUME_BACKGROUND, "2 ACTIVE"),
        (active_and_held, R::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, "1 ACTIVE, 2 HOLDING"),
        (active_and_waiting, R::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, "1 HOLDING, 2 ACTIVE"),
        (active_and_held, R::CONFERENCE, "1 ACTIVE*, 2 ACTIVE*"),
        (active_and_held, R::EXPLICIT_CALL_TRANSFER, ""),
        (active_and_waiting, R::UDUB, "1 ACTIVE"),
        (active_and_waiting, R::GET_CURRENT_CALLS, "1 ACTIVE, 2 WAITING"),
    ];
    for (start, request, end) in cases {
        let mut bench = start();
        assert_eq!(bench.does(request), Errno::SUCCESS, "{request}");
        assert_eq!(bench.states(), end, "{request}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let cases: [(fn() -> Bench, R); 6] = [
        (active_and_waiting, R::CONFERENCE),
        (active_and_waiting, R::EXPLICIT_CALL_TRANSFER),
        (active_and_waiting, R::ANSWER),
        (active_and_held, R::ANSWER),
        (active_and_held, R::UDUB),
        (|| Bench::online(""), R::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE),
    ];
    for (start, request) in cases {
        let mut bench = start();
        let before = bench.states();
        bench.told();
        assert_eq!(bench.does(request), Errno::INVALID_STATE, "{request}");
        assert_eq!((bench.states(), bench.told()), (before, vec![]), "{request}");
    }
    let mut bench = active_and_held();
    bench.console("call 5550199");
    assert_eq!(bench.states(), "1 HOLDING, 2 ACTIVE, 3 WAITING");
    assert_eq!(bench.does(R::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE), Errno::INVALID_STATE, "two groups on hold");
    assert_eq!(bench.dial("5550104"), Errno::INVALID_STATE, "a third group");
    assert_eq!(bench.ints(R::HANGUP, &[7]).errno, Errno::INVALID_CALL_ID);
}

#[test]
fn with_a_waiting_call_release_takes_it_and_leaves_the_held_one() {
    let mut bench = active_and_held();
    bench.console("call 5550199");
    bench.does(R::HANGUP_FOREGROUND_RESUME_BACKGROUND);
    assert_eq!(bench.states(), "1 HOLDING, 3 ACTIVE");
}

#[test]
fn a_waiting_call_that_is_left_alone_begins_to_ring() {
    let mut bench = active_and_waiting();
    bench.told();
    bench.ints(R::HANGUP, &[1]);
    assert_eq!(bench.states(), "2 INCOMING");
    assert_eq!(bench.told(), [U::RESPONSE_CALL_STATE_CHANGED, U::CALL_RING]);
}

#[test]
fn a_conference_grows_splits_and_shrinks() {
    let mut bench = active_and_held();
    bench.does(R::CONFERENCE);
    bench.talk("5550103");
    assert_eq!(bench.states(), "1 HOLDING*, 2 HOLDING*, 3 ACTIVE");
    bench.does(R::CONFERENCE);
    assert_eq!(bench.states(), "1 ACTIVE*, 2 ACTIVE*, 3 ACTIVE*");
    assert_eq!(bench.ints(R::SEPARATE_CONNECTION, &[2]).errno, Errno::SUCCESS);
    assert_eq!(bench.states(), "1 HOLDING*, 2 ACTIVE, 3 HOLDING*");
    assert_eq!(bench.ints(R::SEPARATE_CONNECTION, &[1]).errno, Errno::INVALID_STATE, "a call of the held group");
    bench.console("gsm cancel 5550103");
    assert_eq!(bench.states(), "1 HOLDING, 2 ACTIVE", "a conference of one is none");
}

#[test]
fn a_conference_has_five_parties_at_most() {
    let mut bench = active_and_held();
    bench.does(R::CONFERENCE);
    for number in ["5550103", "5550104", "5550105"] {
        bench.talk(number);
        assert_eq!(bench.does(R::CONFERENCE), Errno::SUCCESS);
    }
    bench.talk("5550106");
    assert_eq!(bench.does(R::CONFERENCE), Errno::INVALID_STATE);
    assert_eq!(bench.list().len(), 6);
}

#[test]
fn the_index_of_an_ended_call_is_used_again() {
    let mut bench = active_and_held();
    bench.ints(R::HANGUP, &[1]);
    bench.talk("5550103");
    assert_eq!(bench.states(), "1 ACTIVE, 2 HOLDING");
}

#[test]
fn emergency_calls_need_nothing_but_power() {
    let mut bench = Bench::online("--sim absent --answer busy");
    bench.console("network denied");
    assert_eq!(bench.dial("5550123"), Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW);
    bench.talk("112");
    assert_eq!(bench.states(), "1 ACTIVE");
    bench.ints(R::RADIO_POWER, &[0]);
    assert_eq!(bench.states(), "");
    assert_eq!(bench.dial("112"), Errno::RADIO_NOT_AVAILABLE);
}

#[test]
fn emergency_calls_push_others_aside() {
    let mut bench = active_and_held();
    bench.console("call 5550199");
    bench.talk("911");
    assert_eq!(bench.states(), "1 HOLDING, 2 ACTIVE");
    assert_eq!(bench.console("gsm list"), "outbound to  5550101    : held\noutbound to  911        : active\nOK\n");
    let mut bench = Bench::online("");
    bench.dial("5550123");
    bench.talk("112");
    assert_eq!(bench.console("gsm list"), "outbound to  112        : active\nOK\n");
}

#[test]
fn tones_are_heard_on_the_console() {
    let mut bench = Bench::online("");
    let tone = |bench: &mut Bench, code, tone: &str| bench.ask(code, &Some(tone.to_owned())).errno;
    assert_eq!(tone(&mut bench, R::DTMF, "1"), Errno::INVALID_STATE, "nobody hears it");
    bench.talk("5550123");
    assert_eq!(tone(&mut bench, R::DTMF, "1"), Errno::SUCCESS);
    assert_eq!(tone(&mut bench, R::DTMF_START, "#"), Errno::SUCCESS);
    assert_eq!(bench.does(R::DTMF_STOP), Errno::SUCCESS);
    assert_eq!(tone(&mut bench, R::DTMF, "x"), Errno::INVALID_ARGUMENTS);
    assert_eq!(bench.ask(R::DTMF, &None::<String>).errno, Errno::INVALID_ARGUMENTS, "no tone at all");
    assert_eq!(bench.console("dtmf"), "1#\nOK\n");
    assert_eq!(bench.console("dtmf"), "OK\n");
}

#[test]
fn the_own_number_is_withheld_when_it_shall_be() {
    let mut bench = Bench::online("");
    let dial = |number: &str, clir| Dial { address: Some(number.to_owned()), clir, uus: None };
    for (dial, shown) in [
        (dial("5550123", Clir::DEFAULT), ""),
        (dial("5550123", Clir::INVOCATION), " clir-invoked number-withheld"),
        (dial("5550123", Clir::SUPPRESSION), " clir-suppressed"),
        (dial("#31#5550123", Clir::DEFAULT), " clir-invoked number-withheld"),
        (dial("*31#5550123", Clir::INVOCATION), " clir-suppressed"),
    ] {
        bench.ask(R::DIAL, &dial);
        bench.advance(20);
        assert_eq!(bench.console("calls"), format!("#1 to 5550123 ACTIVE{shown}\nOK\n"), "{dial:?}");
        bench.ints(R::HANGUP, &[1]);
    }
    bench.ints(R::SET_CLIR, &[1]);
    assert_eq!(bench.get::<_, Vec<i32>>(R::GET_CLIR, &()), [1, 4]);
    bench.talk("5550123");
    assert_eq!(bench.console("calls"), "#1 to 5550123 ACTIVE number-withheld\nOK\n");
}

#[test]
fn the_far_end_holds_and_retrieves_and_the_host_hears_of_it_if_it_wants() {
    let mut bench = Bench::online("");
    bench.talk("+15550123");
    bench.told();
    assert_eq!(bench.console("remote hold #1"), "OK\n");
    assert_eq!(bench.told(), []);
    bench.ints(R::SET_SUPP_SVC_NOTIFICATION, &[1]);
    bench.console("remote retrieve #1");
    let notices: Vec<SuppSvcNotification> = bench.told_of(U::SUPP_SVC_NOTIFICATION);
    assert_eq!((notices[0].notification_type, notices[0].code, notices[0].toa), (1, 3, 145));
    assert_eq!(bench.states(), "1 ACTIVE", "its state at this end is the same");
    assert!(bench.console("remote retrieve #1").starts_with("KO: "));
}

#[test]
fn mute_is_a_matter_of_one_call() {
    let mut bench = Bench::online("");
    bench.talk("5550123");
    bench.ints(R::SET_MUTE, &[1]);
    assert_eq!(bench.get::<_, Vec<i32>>(R::GET_MUTE, &()), [1]);
    bench.ints(R::HANGUP, &[1]);
    assert_eq!(bench.get::<_, Vec<i32>>(R::GET_MUTE, &()), [0]);
}

#[test]
fn a_second_caller_finds_the_line_busy() {
    let mut bench = active_and_waiting();
    assert_eq!(bench.console("call 5550198"), "busy\nOK\n");
    let mut bench = Bench::online("");
    bench.ints(R::SET_CALL_WAITING, &[0, 1]);
    bench.talk("5550101");
    assert_eq!(bench.console("call 5550199"), "busy\nOK\n");
    assert_eq!(bench.console("gsm call 5550199"), "KO: busy\n");
}

/// What can happen to calls, at random.
#[derive(Clone, Debug)]
enum Happening {
    Ask(R, i32),
    Dial(u8),
    Console(&'static str, u8),
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let requests = prop::sample::select(vec![
        R::ANSWER,
        R::HANGUP,
        R::HANGUP_WAITING_OR_BACKGROUND,
        R::HANGUP_FOREGROUND_RESUME_BACKGROUND,
        R::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE,
        R::CONFERENCE,
        R::SEPARATE_CONNECTION,
        R::EXPLICIT_CALL_TRANSFER,
        R::UDUB,
        R::RADIO_POWER,
    ]);
    let commands = vec!["call 555010", "gsm accept 555010", "gsm hold 555010", "gsm cancel 555010", "gsm busy 555010"];
    prop_oneof![
        6 => (requests, 0..9).prop_map(|(code, index)| Happening::Ask(code, index)),
        4 => (0_u8..8).prop_map(Happening::Dial),
        4 => (prop::sample::select(commands), 0_u8..8).prop_map(|(line, number)| Happening::Console(line, number)),
        2 => (0_u64..700).prop_map(Happening::Wait),
    ]
}

proptest! {
    /// Whatever happens: at most one active group, one held group, one ringing call, one being set up; seven calls with
    /// different numbers; a ringing call waits exactly if there is another one; a conference has two to five parties.
    #[test]
    fn no_sequence_of_happenings_breaks_the_rules(happenings in prop::collection::vec(happening(), 1..60)) {
        let mut bench = Bench::online("");
        for happening in happenings {
            match happening {
                Happening::Ask(code, index) => drop(bench.ints(code, &[index])),
                Happening::Dial(number) => drop(bench.dial(&format!("555010{number}"))),
                Happening::Console(line, number) => drop(bench.console(&format!("{line}{number}"))),
                Happening::Wait(time) => bench.advance(time),
            }
            let calls = bench.list();
            let of = |state| calls.iter().filter(|call| call.state == state).collect::<Vec<_>>();
            for state in [CallState::ACTIVE, CallState::HOLDING] {
                let group = of(state);
                prop_assert!(group.len() <= 1 || group.iter().all(|call| call.is_mpty), "{calls:?}");
                prop_assert!(group.len() != 1 || !group[0].is_mpty, "{calls:?}");
                prop_assert!(group.len() <= 5, "{calls:?}");
            }
            prop_assert!(of(CallState::DIALING).len() + of(CallState::ALERTING).len() <= 1, "{calls:?}");
            let (incoming, waiting) = (of(CallState::INCOMING).len(), of(CallState::WAITING).len());
            prop_assert!(incoming + waiting <= 1, "{calls:?}");
            prop_assert!(incoming == 0 || calls.len() == 1, "{calls:?}");
            prop_assert!(waiting == 0 || calls.len() > 1, "{calls:?}");
            let mut indices: Vec<i32> = calls.iter().map(|call| call.index).collect();
            indices.dedup();
            prop_assert!(indices.len() == calls.len() && calls.len() <= 7, "{calls:?}");
        }
    }
}

#[test]
fn what_is_an_emergency_depends_on_card_and_network() {
    let mut bench = Bench::online("--ecc 123/1");
    let emergency = |bench: &mut Bench, number: &str| {
        assert_eq!(bench.dial(number), Errno::SUCCESS, "{number}");
        let line = bench.console("calls");
        bench.console("hangup #1");
        line.contains("emergency")
    };
    for (number, with_card) in [("112", true), ("911", true), ("123", true), ("110", false), ("999", false)] {
        assert_eq!(emergency(&mut bench, number), with_card, "{number}");
    }
    bench.console("network ecc 999");
    assert!(emergency(&mut bench, "999"));
    bench.console("sim ecc 110");
    assert!(emergency(&mut bench, "110") && !emergency(&mut bench, "123"));
    bench.console("network denied");
    assert!(emergency(&mut bench, "110"));
    assert_eq!(bench.dial("999"), Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW, "a list of a network that one is not in");
    bench.console("sim remove");
    assert!(emergency(&mut bench, "112") && emergency(&mut bench, "999") && emergency(&mut bench, "110"));
    assert_eq!(bench.dial("123"), Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW, "the card is gone");
}
