//! Emergency calls: from any phone, in any state of phones, modem and SIM.

use super::super::Flow;
use super::*;
use crate::config::OnSwitch;

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const RADIO: UnsolCode = UnsolCode::RESPONSE_RADIO_STATE_CHANGED;
const SWITCH: RequestCode = RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE;

fn dialled(number: &str) -> Value {
    json!({"address": number, "clir": "DEFAULT", "uus": null})
}

/// The modem hears this call next and accepts it; the phone is told.
#[track_caller]
fn goes_out(b: &mut Bench, phone: PhoneId, serial: i32, number: &str) {
    b.modem_answers(RequestCode::DIAL, dialled(number), Value::Null);
    b.hears_ok(phone, serial);
    b.silence();
}

/// Work is in an emergency call.
fn in_emergency() -> Bench {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    goes_out(&mut b, WORK, 1, "112");
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.hears(WORK, CHANGED, Value::Null);
    b
}

#[test]
fn a_background_phone_without_telephony_and_radio_calls() {
    for number in ["112", "911"] {
        let mut b = Bench::with(|config| config.phone[1].telephony = false);
        // Its own airplane mode: the other phone keeps the radio on.
        b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
        b.hears_ok(PERSONAL, 1);
        b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
        b.to_phones.clear();
        b.ask(WORK, 2, RequestCode::DIAL, dial(number));
        b.hears(WORK, RADIO, json!("ON"));
        b.hears(WORK, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
        goes_out(&mut b, WORK, 2, number);
        // And it sees its call.
        let calls = [call(1, CallState::DIALING, number)];
        b.ask(WORK, 3, RequestCode::GET_CURRENT_CALLS, Value::Null);
        b.modem_lists(&calls);
        b.hears_reply(WORK, 3, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!(calls));
    }
}

#[test]
fn the_number_is_dialled_as_it_came_and_before_all_that_waits() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SET_CLIR, json!([1]));
    b.hears_ok(WORK, 1);
    b.calls_are(&[call(1, CallState::HOLDING, "1"), call(2, CallState::ACTIVE, "2")]);
    b.to_phones.clear();
    let mut frames = Vec::new();
    let payload = [&parcel::encode(&Some("112".to_owned()), V)[..], b"\0\0\0\0\0\0\0\0and more"].concat();
    frame::Request { code: RequestCode::DIAL, serial: 2, payload: &payload }.put(&mut frames);
    let mut actions = Actions::default();
    b.router.handle(b.now, Event::FromPhone(WORK, &frames[4..]), &mut actions);
    let flows: Vec<Flow> = actions
        .iter()
        .filter_map(|action| match action {
            Action::ToModem(flow, _) => Some(flow),
            _ => None,
        })
        .collect();
    assert_eq!(flows, [Flow::Urgent; 3], "what makes room and the call itself");
    b.carry_out(&actions);
    let (code, _, sent) = b.to_modem.pop_back().unwrap();
    assert_eq!((code, sent), (RequestCode::DIAL, payload));
}

/// A call that stands in the way is ended, and the modem gives its index to the emergency call.
#[test]
fn nobody_ends_an_emergency_call_by_the_index_of_a_call_before_it() {
    let mut b = Bench::with(|config| config.calls.on_switch = OnSwitch::Drop);
    b.calls_are(&[incoming(1, CallState::INCOMING, "5550100")]);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.to_phones.clear();
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    goes_out(&mut b, WORK, 1, "112");

    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 2, RequestCode::UDUB, Value::Null);
    b.hears_errno(PERSONAL, 2, Errno::GENERIC_FAILURE);
    b.foreground(WORK).unwrap();
    b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
    b.ask(PERSONAL, 3, RequestCode::DIAL, dial("911"));
    goes_out(&mut b, PERSONAL, 3, "911");

    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    assert!(b.to_modem.iter().all(|(code, ..)| *code == RequestCode::LAST_CALL_FAIL_CAUSE), "{:?}", b.to_modem);
}

/// A modem that answers nothing may do all the same what it was asked.
#[test]
fn an_emergency_call_that_was_given_up_is_not_ended_by_index_either() {
    let mut b = Bench::with(|config| config.calls.on_switch = OnSwitch::Drop);
    b.calls_are(&[incoming(1, CallState::INCOMING, "5550100")]);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.to_phones.clear();
    b.to_modem.clear();
    b.advance(Duration::from_secs(121));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.foreground(WORK).unwrap();
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    assert!(b.to_modem.iter().all(|(code, ..)| *code != RequestCode::HANGUP), "{:?}", b.to_modem);

    // It has not: the other call is ended as it was to be.
    b.to_modem.retain(|(code, ..)| *code == RequestCode::GET_CURRENT_CALLS);
    b.modem_lists(&[incoming(1, CallState::INCOMING, "5550100")]);
    assert!(b.to_modem.iter().any(|(code, ..)| *code == RequestCode::HANGUP), "{:?}", b.to_modem);
}

/// Until the emergency call is listed, or is none.
#[test]
fn what_a_switch_ends_waits_for_an_emergency_call_to_be_listed() {
    for listed in [true, false] {
        let mut b = Bench::with(|config| config.calls.on_switch = OnSwitch::Drop);
        let held = call(1, CallState::HOLDING, "5550100");
        b.calls_are(std::slice::from_ref(&held));
        b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
        b.to_phones.clear();
        let serial = b.modem_hears(RequestCode::DIAL, dialled("112"));
        b.foreground(WORK).unwrap();
        b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
        b.silence();
        if listed {
            b.calls_are(&[held, call(2, CallState::DIALING, "112")]);
        } else {
            b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
        }
        b.modem_hears(RequestCode::HANGUP, json!([1]));
        assert!(b.to_modem.is_empty());
    }
}

/// What names no call is about all that the modem has, listed or not.
#[test]
fn no_command_about_all_calls_ends_or_holds_a_call_that_is_not_listed_yet() {
    let all = [
        RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND,
        RequestCode::HANGUP_WAITING_OR_BACKGROUND,
        SWITCH,
        RequestCode::CONFERENCE,
        RequestCode::EXPLICIT_CALL_TRANSFER,
    ];
    for number in ["112", "5550101"] {
        let mut b = Bench::new();
        b.calls_are(&[call(1, CallState::HOLDING, "5550100")]);
        b.foreground(WORK).unwrap();
        b.to_modem.clear();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        b.to_phones.clear();
        goes_out(&mut b, WORK, 1, number);
        for (serial, code) in (1..).zip(all) {
            b.ask(PERSONAL, serial, code, Value::Null);
            b.hears_errno(PERSONAL, serial, Errno::GENERIC_FAILURE);
        }
        b.silence();
    }
}

#[test]
fn the_radio_is_switched_on_first() {
    let mut b = Bench::new();
    b.unsolicited(RADIO, json!("OFF"));
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(WORK, 2, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    b.silence();
    b.unsolicited(RADIO, json!("ON"));
    // Who calls sees the radio that it calls with.
    for phone in [PERSONAL, WORK] {
        b.hears(phone, RADIO, json!("ON"));
        b.hears(phone, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    }
    goes_out(&mut b, WORK, 2, "112");
    assert_eq!(b.router.voice.deadline(), None);
}

#[test]
fn another_phone_in_airplane_mode_does_not_see_the_radio_come_on() {
    let mut b = Bench::new();
    b.unsolicited(RADIO, json!("OFF"));
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(WORK, 2, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    b.unsolicited(RADIO, json!("ON"));
    b.hears(WORK, RADIO, json!("ON"));
    b.hears(WORK, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    goes_out(&mut b, WORK, 2, "112");
}

#[test]
fn a_radio_that_does_not_come_on_is_not_waited_for_for_ever() {
    let mut b = Bench::new();
    b.unsolicited(RADIO, json!("OFF"));
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    b.advance(Duration::from_secs(29));
    b.silence();
    b.advance(Duration::from_secs(1));
    goes_out(&mut b, WORK, 1, "112");

    let mut b = Bench::new();
    b.unsolicited(RADIO, json!("OFF"));
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    let serial = b.modem_hears(RequestCode::RADIO_POWER, json!([1]));
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    goes_out(&mut b, WORK, 1, "112");
}

/// Or nobody would have a radio any more.
#[test]
fn a_modem_that_did_not_switch_its_radio_on_is_told_again() {
    for answers in [true, false] {
        let mut b = Bench::new();
        b.unsolicited(RADIO, json!("OFF"));
        b.to_phones.clear();
        b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
        let serial = b.modem_hears(RequestCode::RADIO_POWER, json!([1]));
        if answers {
            b.reply_raw(serial, Errno::SUCCESS, &[]);
        }
        b.advance(Duration::from_secs(30));
        goes_out(&mut b, WORK, 1, "112");
        b.calls_are(&[]);
        b.advance(Duration::from_secs(60));
        b.to_phones.clear();
        b.to_modem.clear();
        b.ask(PERSONAL, 2, RequestCode::RADIO_POWER, json!([1]));
        b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
        b.hears_ok(PERSONAL, 2);
    }
}

/// The modem was told to switch off and has not said yet that it did.
#[test]
fn a_radio_that_is_about_to_go_off_is_off() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(WORK, 2, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    goes_out(&mut b, WORK, 2, "112");
}

/// It hears nothing of the call for which the modem's radio stays on.
#[test]
fn who_switches_off_is_off_though_another_calls_for_help_just_then() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.modem_hears(RequestCode::RADIO_POWER, json!([0]));
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("112"));
    b.hears_ok(WORK, 1);
    b.hears(WORK, RADIO, json!("OFF"));
    b.hears(PERSONAL, RADIO, json!("ON"));
    b.hears(PERSONAL, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    goes_out(&mut b, PERSONAL, 2, "112");
}

#[test]
fn a_call_waits_for_a_modem_that_is_down() {
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("911"));
    b.ask(WORK, 2, RequestCode::DIAL, dial("112"));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 3, RequestCode::DIAL, dial("112"));
    b.silence();
    b.advance(Duration::from_secs(60));
    b.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
    b.unsolicited(RADIO, json!("OFF"));
    b.to_phones.clear();
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    b.silence();
    b.unsolicited(RADIO, json!("ON"));
    b.to_phones.clear();
    // In the order in which they came; neither ends the other.
    b.modem_answers(RequestCode::DIAL, dialled("112"), Value::Null);
    b.hears_ok(WORK, 2);
    goes_out(&mut b, PERSONAL, 3, "112");
}

#[test]
fn a_call_does_not_wait_longer_than_a_call_may_take() {
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.advance(Duration::from_secs(119));
    b.silence();
    b.advance(Duration::from_secs(1));
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.silence();
    assert_eq!(b.router.deadline(), None);
}

#[test]
fn a_modem_that_dies_over_a_call_is_asked_again() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    // The modem may have made the call before.
    b.modem_lists(&[]);
    goes_out(&mut b, WORK, 1, "112");
}

/// The modem has listed a call of WORK, has not answered it, and has died; the next modem side is there.
fn a_modem_side_dies_over_a_listed_call() -> (Bench, i32) {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    let look = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
    assert!(!b.to_modem.iter().any(|(code, ..)| *code == RequestCode::DIAL), "another call would hold the first");
    (b, look)
}

#[test]
fn a_call_that_outlives_the_modem_side_is_not_dialled_again() {
    let (mut b, look) = a_modem_side_dies_over_a_listed_call();
    b.reply_raw(look, Errno::SUCCESS, &parcel::encode(&vec![call(1, CallState::ACTIVE, "112")], V));
    b.hears_ok(WORK, 1);
    b.hears(WORK, CHANGED, Value::Null);
    b.advance(Duration::from_secs(60));
    b.silence();
}

#[test]
fn a_call_that_the_modem_has_lost_is_dialled_again() {
    let (mut b, look) = a_modem_side_dies_over_a_listed_call();
    b.reply_raw(look, Errno::SUCCESS, &parcel::encode(&Vec::<Call>::new(), V));
    b.to_phones.clear();
    assert!(b.to_modem.iter().any(|(code, ..)| *code == RequestCode::DIAL), "{:?}", b.to_modem);
}

#[test]
fn a_list_that_fails_or_does_not_come_keeps_no_call_waiting() {
    for fails in [true, false] {
        let (mut b, look) = a_modem_side_dies_over_a_listed_call();
        if fails {
            b.reply_raw(look, Errno::GENERIC_FAILURE, &[]);
        } else {
            b.advance(Duration::from_millis(1999));
            b.silence();
            b.advance(Duration::from_millis(1));
        }
        assert!(b.to_modem.iter().any(|(code, ..)| *code == RequestCode::DIAL), "{:?}", b.to_modem);
    }
}

/// Many libraries have no radio for a moment when they start: that they list no call then says nothing.
#[test]
fn a_listed_call_waits_for_a_list_that_is_made_with_a_radio() {
    for listed in [Some(true), Some(false), None] {
        let mut b = Bench::new();
        b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
        b.modem_hears(RequestCode::DIAL, dialled("112"));
        b.calls_are(&[call(1, CallState::DIALING, "112")]);
        b.event(Event::ModemDown);
        b.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
        let look = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
        b.reply_raw(look, Errno::RADIO_NOT_AVAILABLE, &[]);
        b.advance(Duration::from_secs(10));
        b.to_phones.clear();
        b.to_modem.clear();
        b.unsolicited(RADIO, json!("ON"));
        b.to_phones.clear();
        let is_dial = |(code, ..): &(RequestCode, i32, Vec<u8>)| *code == RequestCode::DIAL;
        assert!(!b.to_modem.iter().any(is_dial), "another call would hold the first");
        let is_look = |(code, ..): &&(RequestCode, i32, Vec<u8>)| *code == RequestCode::GET_CURRENT_CALLS;
        let look = b.to_modem.iter().find(is_look).expect("the router looks").1;
        let calls = if listed == Some(true) { vec![call(1, CallState::ACTIVE, "112")] } else { Vec::new() };
        match listed {
            Some(_) => b.reply_raw(look, Errno::SUCCESS, &parcel::encode(&calls, V)),
            None => {
                b.advance(Duration::from_millis(1999));
                assert!(!b.to_modem.iter().any(is_dial));
                b.advance(Duration::from_millis(1));
            }
        }
        assert_eq!(b.to_modem.iter().any(is_dial), listed != Some(true));
        if listed == Some(true) {
            b.hears_ok(WORK, 1);
        }
    }
}

#[test]
fn a_listed_call_is_tried_without_a_list_where_no_radio_comes() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    b.event(Event::ModemDown);
    b.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
    let look = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.reply_raw(look, Errno::RADIO_NOT_AVAILABLE, &[]);
    b.to_modem.clear();
    b.advance(Duration::from_secs(29));
    assert!(b.to_modem.iter().all(|(code, ..)| *code != RequestCode::DIAL));
    b.advance(Duration::from_secs(1));
    assert!(b.to_modem.iter().any(|(code, ..)| *code == RequestCode::DIAL), "{:?}", b.to_modem);
}

#[test]
fn a_call_is_not_ended_for_an_earlier_one_to_the_same_number() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    let first = b.modem_hears(RequestCode::DIAL, dialled("112"));
    // It is given up, and then needed.
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([0]));
    b.ask(WORK, 3, RequestCode::DIAL, dial("112"));
    b.to_phones.clear();
    let second = b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.reply_raw(first, Errno::SUCCESS, &[]);
    b.reply_raw(second, Errno::SUCCESS, &[]);
    b.to_phones.clear();
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    b.hears(WORK, CHANGED, Value::Null);
    // The first came to nothing; why is found out, and nothing is ended.
    b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.silence();
}

#[test]
fn a_call_that_comes_to_be_too_late_is_the_callers() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.advance(Duration::from_secs(120));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.modem_lists(&[call(1, CallState::DIALING, "112")]);
    b.hears(WORK, CHANGED, Value::Null);
    b.silence();
}

#[test]
fn nobody_is_called_for_a_phone_that_is_gone() {
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.event(Event::PhoneDown(WORK));
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.silence();
}

#[test]
fn a_call_that_the_modem_refuses_is_answered_with_its_words() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    let serial = b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    b.hears_errno(WORK, 1, Errno::MODEM_ERR);
    // The modem's cause may be that of the last call of another.
    b.knows(WORK, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!({"cause": 31}));
    assert!(b.router.voice.dialled.is_empty());
}

/// The newest of those that wait is the one that is meant.
#[test]
fn of_many_calls_of_one_phone_few_are_at_the_modem_and_all_are_answered() {
    let mut b = Bench::new();
    for serial in 0..100 {
        b.ask(WORK, serial, RequestCode::DIAL, dial("112"));
    }
    for serial in 4..99 {
        b.hears_errno(WORK, serial, Errno::GENERIC_FAILURE);
    }
    let at_modem: Vec<i32> = b.to_modem.drain(..).map(|(_, serial, _)| serial).collect();
    assert_eq!(at_modem.len(), 4);
    b.silence();
    for (serial, at_modem) in (0..).zip(at_modem) {
        b.reply_raw(at_modem, Errno::SUCCESS, &[]);
        b.hears_ok(WORK, serial);
        if serial == 0 {
            goes_out(&mut b, WORK, 99, "112");
        }
    }
    b.silence();
    assert_eq!(b.router.phones().nth(WORK.0).unwrap().unanswered, 0);
}

#[test]
fn a_flood_of_emergency_calls_is_bounded() {
    let mut b = Bench::new();
    b.ask(WORK, 0, ACTIVITY, Value::Null);
    for serial in 1..3000 {
        b.ask(WORK, serial, RequestCode::DIAL, dial("112"));
        if serial % 100 == 0 {
            b.event(Event::PhoneDown(WORK));
            b.event(Event::PhoneUp(WORK));
        }
    }
    assert_eq!(b.router.phones().nth(WORK.0).unwrap().unanswered, 5);
    let dials = b.to_modem.iter().filter(|(code, ..)| *code == RequestCode::DIAL).count();
    assert_eq!((dials, b.given_up.len()), (4, 0));
    b.to_modem.clear();
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
}

/// Four calls are at the modem, which answers none, and one waits.
fn one_call_too_many() -> Bench {
    let mut b = Bench::new();
    for serial in 1..=4 {
        b.ask(WORK, serial, RequestCode::DIAL, dial("112"));
        b.modem_hears(RequestCode::DIAL, dialled("112"));
    }
    b.advance(Duration::from_secs(60));
    b.ask(WORK, 5, RequestCode::DIAL, dial("112"));
    b.silence();
    b
}

#[test]
fn a_call_too_many_goes_out_when_one_before_is_answered_listed_or_given_up() {
    let mut b = one_call_too_many();
    // The modem is at work, though it does not say so.
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    b.hears(WORK, CHANGED, Value::Null);
    goes_out(&mut b, WORK, 5, "112");

    let mut b = one_call_too_many();
    b.advance(Duration::from_secs(60));
    b.to_phones.clear();
    assert!(b.to_modem.iter().any(|(code, ..)| *code == RequestCode::DIAL), "{:?}", b.to_modem);

    // Also when its own time is over, too.
    let mut b = Bench::new();
    for serial in 1..=5 {
        b.ask(WORK, serial, RequestCode::DIAL, dial("112"));
    }
    b.to_modem.clear();
    b.advance(Duration::from_secs(120));
    assert_eq!(b.to_modem.iter().filter(|(code, ..)| *code == RequestCode::DIAL).count(), 1);
    assert!(b.router.deadline().is_some_and(|deadline| deadline > b.now));

    // Ordinary calls use up no room.
    let mut b = one_call_too_many();
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    for serial in 6..16 {
        b.ask(WORK, serial, RequestCode::DIAL, dial("5550100"));
    }
    b.ask(WORK, 16, RequestCode::DIAL, dial("112"));
    let emergency = parcel::encode(&Some("112".to_owned()), V);
    assert!(b.to_modem.iter().all(|(.., payload)| !payload.starts_with(&emergency)), "{:?}", b.to_modem);
}

#[test]
fn others_calls_are_held_where_that_is_enough() {
    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(SWITCH, Value::Null);
    goes_out(&mut b, WORK, 1, "112");
}

#[test]
fn a_call_that_is_not_listed_yet_makes_room_too() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.modem_answers(RequestCode::DIAL, dialled("5550100"), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND, Value::Null);
    goes_out(&mut b, WORK, 1, "112");
}

#[test]
fn an_emergency_call_is_not_ended_for_another() {
    let mut b = in_emergency();
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("911"));
    goes_out(&mut b, PERSONAL, 2, "911");
}

#[test]
fn during_an_emergency_nobody_else_dials_or_takes_the_modem_away() {
    let mut b = in_emergency();
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(PERSONAL, 2, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 3, RequestCode::RADIO_POWER, json!([0]));
    b.hears_ok(PERSONAL, 3);
    b.hears(PERSONAL, RADIO, json!("OFF"));
    // What a privileged phone may do otherwise.
    for code in [
        RequestCode::RESET_RADIO,
        RequestCode::NV_RESET_CONFIG,
        RequestCode::SET_UICC_SUBSCRIPTION,
        RequestCode::SET_RADIO_CAPABILITY,
        RequestCode::SET_SIM_CARD_POWER,
    ] {
        b.ask_raw(PERSONAL, 4, code, &[]);
        b.hears_errno(PERSONAL, 4, Errno::GENERIC_FAILURE);
    }
    b.silence();
    // The client of the caller may be gone for a moment, and with it the only other phone.
    b.event(Event::PhoneDown(WORK));
    b.ask(PERSONAL, 4, RequestCode::SHUTDOWN, Value::Null);
    b.hears_ok(PERSONAL, 4);
    assert!(b.to_modem.is_empty());
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.calls_are(&[]);
    b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.hears(WORK, CHANGED, Value::Null);
    b.ask_raw(PERSONAL, 5, RequestCode::RESET_RADIO, &[]);
    b.modem_hears(RequestCode::RESET_RADIO, Value::Null);
    b.silence();
}

/// The modem may have made the first of them, and refuse the second for that.
#[test]
fn a_call_that_was_given_up_is_not_ended_once_its_phone_is_in_need_again() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    let first = b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([0]));
    b.ask(WORK, 3, RequestCode::DIAL, dial("112"));
    let second = b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.reply_raw(first, Errno::SUCCESS, &[]);
    b.reply_raw(second, Errno::INVALID_STATE, &[]);
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
}

/// It waits in the queue, and the call would go before it.
#[test]
fn what_takes_the_radio_away_is_withdrawn_for_an_emergency_call() {
    for (code, arguments) in [(RequestCode::SHUTDOWN, Value::Null), (RequestCode::RADIO_POWER, json!([0]))] {
        let mut b = Bench::new();
        b.event(Event::PhoneDown(WORK));
        b.advance(Duration::from_secs(60));
        b.to_modem.clear();
        b.ask(PERSONAL, 1, code, arguments.clone());
        let seen = if code == RequestCode::SHUTDOWN { "UNAVAILABLE" } else { "OFF" };
        let off = b.modem_hears(code, arguments);
        b.event(Event::PhoneUp(WORK));
        b.to_phones.clear();
        b.to_modem.clear();
        b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
        assert_eq!(b.given_up, [off]);
        b.hears_ok(PERSONAL, 1);
        b.hears(PERSONAL, RADIO, json!(seen));
        // It may have been begun.
        b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
        b.to_phones.clear();
        goes_out(&mut b, WORK, 1, "112");
    }
}

#[test]
fn a_modem_that_was_shut_down_is_switched_on_for_an_emergency_call() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(WORK));
    b.ask(PERSONAL, 1, RequestCode::SHUTDOWN, Value::Null);
    b.to_modem.retain(|(code, ..)| *code == RequestCode::SHUTDOWN);
    b.modem_answers(RequestCode::SHUTDOWN, Value::Null, Value::Null);
    b.unsolicited(RADIO, json!("UNAVAILABLE"));
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    b.silence();
    b.unsolicited(RADIO, json!("ON"));
    b.to_phones.clear();
    goes_out(&mut b, WORK, 1, "112");
}

#[test]
fn a_vendors_own_way_to_dial_is_an_emergency_call() {
    let own = RequestCode(10016);
    let mut b = Bench::with(|config| config.modem.dialect = Some("samsung-10016".to_owned()));
    b.calls_are(&[call(1, CallState::HOLDING, "1"), call(2, CallState::ACTIVE, "2")]);
    b.to_phones.clear();
    let payload = [&parcel::encode(&Some("999".to_owned()), V)[..], b"more"].concat();
    b.ask_raw(WORK, 1, own, &payload);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::HANGUP, json!([2]));
    let (code, serial, sent) = b.to_modem.pop_front().unwrap();
    assert_eq!((code, sent), (own, payload));
    b.reply_raw(serial, Errno::SUCCESS, b"done");
    assert_eq!(
        b.to_phones.pop_front(),
        Some((WORK, Heard::Reply { serial: 1, errno: Errno::SUCCESS, payload: b"done".to_vec() }))
    );
    b.calls_are(&[call(1, CallState::DIALING, "999")]);
    assert!(b.notes.iter().any(|note| matches!(note, Note::CallAssigned { phone: WORK, .. })));
}

/// The modem itself may outlive what speaks for it, and carry out what that was told.
#[test]
fn an_emergency_call_that_the_modem_side_took_along_is_its_callers() {
    let mut b = Bench::new();
    let dial = |b: &mut Bench, phone, number: &str| {
        b.ask(phone, 1, RequestCode::DIAL, json!({"address": number, "clir": "DEFAULT", "uus": null}));
    };
    dial(&mut b, WORK, "911");
    b.event(Event::ModemDown);
    b.event(Event::PhoneDown(WORK));
    b.to_modem.clear();
    b.modem_comes_up(RadioState::ON);
    let (code, look, _) = b.to_modem.pop_front().expect("the router looks");
    assert_eq!(code, RequestCode::GET_CURRENT_CALLS);
    dial(&mut b, PERSONAL, "112");
    let serial = b.to_modem.iter().find(|(code, ..)| *code == RequestCode::DIAL).expect("it is dialled").1;
    b.to_modem.clear();
    b.reply_raw(look, Errno::SUCCESS, &parcel::encode(&vec![call(1, CallState::ACTIVE, "911")], V));
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    assert_eq!(owners(&b), [(1, WORK)]);
}

/// So it is when the modem has accepted it, and what it dialled is in no list.
#[test]
fn an_accepted_emergency_call_that_the_modem_side_took_along_is_its_callers() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("9-1-1"));
    goes_out(&mut b, WORK, 1, "9-1-1");
    b.event(Event::ModemDown);
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    b.to_modem.clear();
    b.modem_comes_up(RadioState::ON);
    b.modem_lists(&[call(1, CallState::ACTIVE, "911")]);
    b.to_phones.clear();
    goes_out(&mut b, PERSONAL, 1, "112");
    b.calls_are(&[call(1, CallState::ACTIVE, "911"), call(2, CallState::DIALING, "112")]);
    assert_eq!(owners(&b), [(1, WORK), (2, PERSONAL)]);
}

#[test]
fn a_number_that_ends_like_that_of_a_late_emergency_call_is_another() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("911"));
    b.event(Event::ModemDown);
    b.event(Event::PhoneDown(WORK));
    b.to_modem.clear();
    b.modem_comes_up(RadioState::ON);
    b.modem_lists(&[call(1, CallState::DIALING, "5550911")]);
    assert_eq!(owners(&b), [(1, PERSONAL)], "it is hidden, and the default owner's");
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.calls_are(&[call(2, CallState::DIALING, "911")]);
    assert_eq!(owners(&b), [(2, WORK)]);
}

#[test]
fn the_last_digits_of_an_emergency_number_are_none() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.event(Event::ModemDown);
    b.event(Event::PhoneDown(WORK));
    b.to_modem.clear();
    b.modem_comes_up(RadioState::ON);
    b.modem_lists(&[call(1, CallState::DIALING, "2")]);
    assert_eq!(owners(&b), [(1, PERSONAL)], "it is hidden, and the default owner's");
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.calls_are(&[call(2, CallState::DIALING, "112")]);
    assert_eq!(owners(&b), [(2, WORK)]);
}

/// The code in front of the number that was dialled is no part of it.
#[test]
fn a_late_emergency_call_is_not_taken_for_another_phones_call() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("#31#112"));
    b.to_modem.clear();
    b.advance(Duration::from_secs(120));
    b.modem_lists(&[]);
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("1112"));
    b.modem_answers(RequestCode::DIAL, dialled("1112"), Value::Null);
    b.to_phones.clear();
    b.calls_are(&[call(1, CallState::DIALING, "1112")]);
    assert_eq!(owners(&b), [(1, PERSONAL)]);
    b.calls_are(&[call(1, CallState::DIALING, "1112"), call(2, CallState::DIALING, "112")]);
    assert_eq!(owners(&b), [(1, PERSONAL), (2, WORK)]);
}

// Which numbers.

const STATUS: RequestCode = RequestCode::GET_SIM_STATUS;

/// The SIM's status has changed and a phone asks for it; this is the card.
#[track_caller]
fn card_is(b: &mut Bench, card: &str, app_type: &str, app_state: &str) {
    let row = STATUS.row().unwrap();
    let status = json!({
        "card_state": card,
        "gsm_umts_subscription_app_index": 0,
        "cdma_subscription_app_index": -1,
        "ims_subscription_app_index": -1,
        "applications": [{"app_type": app_type, "app_state": app_state, "aid": "A000"}],
    });
    let status = json_of(&row.response, &row.response.from_json(status, V).unwrap());
    b.unsolicited(UnsolCode::RESPONSE_SIM_STATUS_CHANGED, Value::Null);
    b.to_phones.clear();
    b.ask(PERSONAL, 50, STATUS, Value::Null);
    b.modem_answers(STATUS, Value::Null, status);
    let place = b.to_phones.iter().position(|(_, heard)| matches!(heard, Heard::Reply { serial: 50, .. }));
    b.to_phones.remove(place.expect("the status is answered"));
}

/// The router reads this of EF_ECC next.
#[track_caller]
fn reads(b: &mut Bench, path: &str, command: i32, parameters: [i32; 3], response: &str) {
    let [p1, p2, p3] = parameters;
    let arguments = json!({
        "command": command, "file_id": 0x6fb7, "path": path, "p1": p1, "p2": p2, "p3": p3,
        "data": null, "pin2": null, "aid": "A000",
    });
    b.modem_answers(RequestCode::SIM_IO, arguments, json!({"sw1": 0x90, "sw2": 0, "response": response}));
}

#[track_caller]
fn is_emergency(b: &mut Bench, number: &str, emergency: bool) {
    // In the background: nothing else is dialled.
    b.ask(WORK, 60, RequestCode::DIAL, dial(number));
    if emergency {
        b.modem_answers(RequestCode::DIAL, dialled(number), Value::Null);
        b.hears_ok(WORK, 60);
        b.calls_are(&[]);
        b.modem_answers(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!({"cause": 16}));
    } else {
        b.hears_errno(WORK, 60, Errno::GENERIC_FAILURE);
    }
    b.silence();
}

#[test]
fn the_numbers_of_a_usim_are_read_record_by_record() {
    let mut b = Bench::new();
    is_emergency(&mut b, "17", false);
    card_is(&mut b, "PRESENT", "USIM", "READY");
    let usim = "3F007FFF";
    reads(&mut b, usim, 0xc0, [0, 0, 15], "0000000A6FB704001100FF01020105");
    reads(&mut b, usim, 0xb2, [1, 4, 5], "71FFFFFF01");
    reads(&mut b, usim, 0xb2, [2, 4, 5], "FFFFFFFFFF");
    b.silence();
    is_emergency(&mut b, "17", true);
    // Once is enough, until the card changes.
    b.ask(WORK, 51, STATUS, Value::Null);
    assert!(b.to_modem.is_empty());
    b.to_phones.clear();
    card_is(&mut b, "PRESENT", "USIM", "READY");
    reads(&mut b, usim, 0xc0, [0, 0, 15], "000000056FB704001100FF01020105");
    reads(&mut b, usim, 0xb2, [1, 4, 5], "81FFFFFF01");
    is_emergency(&mut b, "17", false);
    is_emergency(&mut b, "18", true);
}

#[test]
fn the_numbers_of_a_sim_are_read_at_once_and_again_when_the_file_changes() {
    let mut b = Bench::new();
    card_is(&mut b, "PRESENT", "SIM", "PIN");
    let sim = "3F007F20";
    reads(&mut b, sim, 0xc0, [0, 0, 15], "000000066FB704001100FF010200");
    reads(&mut b, sim, 0xb0, [0, 0, 6], "71FFFFFFFFFF");
    is_emergency(&mut b, "17", true);
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 0, "ef_id": 0x6f07}));
    b.to_phones.clear();
    b.silence();
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 0, "ef_id": 0x6fb7}));
    b.to_phones.clear();
    // It changes once more while it is read.
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 1}));
    b.to_phones.clear();
    reads(&mut b, sim, 0xc0, [0, 0, 15], "000000036FB704001100FF010200");
    reads(&mut b, sim, 0xb0, [0, 0, 3], "71FFFF");
    reads(&mut b, sim, 0xc0, [0, 0, 15], "000000036FB704001100FF010200");
    reads(&mut b, sim, 0xb0, [0, 0, 3], "81FFFF");
    is_emergency(&mut b, "18", true);
}

#[test]
fn a_file_that_cannot_be_read_is_tried_again_with_the_next_status() {
    let mut b = Bench::new();
    for (errno, response) in [(Errno::MODEM_ERR, json!({})), (Errno::SUCCESS, json!({"sw1": 0x6a, "sw2": 0x82}))] {
        card_is(&mut b, "PRESENT", "USIM", "READY");
        let (code, serial, _) = b.to_modem.pop_front().unwrap();
        let payload = code.row().unwrap().response.from_json(response, V).unwrap();
        b.reply_raw(serial, errno, &payload);
        b.silence();
    }
    for (card, app, state) in
        [("ERROR", "USIM", "READY"), ("PRESENT", "CSIM", "READY"), ("PRESENT", "USIM", "DETECTED")]
    {
        card_is(&mut b, card, app, state);
        b.silence();
    }
}

/// No phone hears any news of the card, and what the modem said of its state would be good still.
#[test]
fn a_file_that_the_card_was_too_busy_to_show_is_tried_again_with_the_next_question() {
    let busy = json!({"sw1": 0x93, "sw2": 0});
    for (errno, response) in [(Errno::GENERIC_FAILURE, json!({})), (Errno::SUCCESS, busy)] {
        let mut b = Bench::new();
        card_is(&mut b, "PRESENT", "SIM", "READY");
        let (code, serial, _) = b.to_modem.pop_front().expect("the card is read");
        b.reply_raw(serial, errno, &code.row().unwrap().response.from_json(response, V).unwrap());
        b.ask(WORK, 51, STATUS, Value::Null);
        let status = b.to_modem.pop_front();
        assert_eq!(status.map(|(code, ..)| code), Some(STATUS), "{errno}");
    }
}

/// The card is pulled out while it is read, and another is there when a phone asks.
#[test]
fn a_card_that_comes_while_another_is_read_is_read_as_well() {
    let mut b = Bench::new();
    card_is(&mut b, "PRESENT", "SIM", "READY");
    let reading = b.to_modem.pop_front();
    card_is(&mut b, "PRESENT", "SIM", "READY");
    b.silence();
    b.reply_raw(reading.expect("the card is read").1, Errno::SIM_ABSENT, &[]);
    let sim = "3F007F20";
    reads(&mut b, sim, 0xc0, [0, 0, 15], "000000036FB704001100FF010200");
    reads(&mut b, sim, 0xb0, [0, 0, 3], "71FFFF");
    is_emergency(&mut b, "17", true);
}

#[test]
fn a_card_of_very_many_numbers_is_bounded() {
    let mut b = Bench::new();
    card_is(&mut b, "PRESENT", "USIM", "READY");
    reads(&mut b, "3F007FFF", 0xc0, [0, 0, 15], "0000FFFF6FB704001100FF01020104");
    let mut records = 0;
    while let Some((code, serial, _)) = b.to_modem.pop_front() {
        assert_eq!(code, RequestCode::SIM_IO);
        records += 1;
        assert!(records <= 255, "a file has no more records");
        let number = format!("{records:06}FF");
        let response = json!({"sw1": 0x90, "sw2": 0, "response": number});
        b.reply_raw(serial, Errno::SUCCESS, &code.row().unwrap().response.from_json(response, V).unwrap());
    }
    assert!(b.stored.len() <= 32, "{}", b.stored.len());
}

#[test]
fn without_a_sim_there_are_more_numbers() {
    let mut b = Bench::new();
    is_emergency(&mut b, "999", false);
    card_is(&mut b, "ABSENT", "UNKNOWN", "UNKNOWN");
    is_emergency(&mut b, "999", true);
    card_is(&mut b, "ERROR", "UNKNOWN", "UNKNOWN");
    is_emergency(&mut b, "999", false);
}

#[test]
fn the_configuration_names_more() {
    let mut b = Bench::with(|config| config.calls.emergency_numbers = vec!["1122".into()]);
    is_emergency(&mut b, "1122", true);
    is_emergency(&mut b, "1123", false);
}

#[test]
fn the_sims_numbers_hold_before_it_is_read() {
    let mut b = Bench::new();
    card_is(&mut b, "PRESENT", "SIM", "READY");
    reads(&mut b, "3F007F20", 0xc0, [0, 0, 15], "000000066FB704001100FF010200");
    reads(&mut b, "3F007F20", 0xb0, [0, 0, 6], "71FFFF81FFFF");
    let records = b.take_records();
    assert_eq!(records.len(), 2);
    let mut b = Bench::recalling(&records);
    is_emergency(&mut b, "17", true);
    card_is(&mut b, "PRESENT", "SIM", "READY");
    reads(&mut b, "3F007F20", 0xc0, [0, 0, 15], "000000036FB704001100FF010200");
    reads(&mut b, "3F007F20", 0xb0, [0, 0, 3], "81FFFF");
    assert!(b.take_records().iter().all(|(_, key, _)| key != b"17"));
    is_emergency(&mut b, "17", false);
}

// Callback mode.

#[test]
fn others_keep_still_while_the_network_may_call_back() {
    let enter = UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE;
    let exit = RequestCode::EXIT_EMERGENCY_CALLBACK_MODE;
    let mut b = Bench::with(|config| config.phone.push(phone("third", 3)));
    let third = PhoneId(2);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    goes_out(&mut b, WORK, 1, "112");
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.calls_are(&[]);
    b.to_modem.clear();
    b.to_phones.clear();
    b.unsolicited(enter, Value::Null);
    b.hears(PERSONAL, enter, Value::Null);
    b.hears(WORK, enter, Value::Null);
    b.silence();
    assert!(b.router.voice.in_callback_mode());
    b.foreground(third).unwrap();
    b.to_modem.clear();
    b.ask(third, 2, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(third, 2, Errno::GENERIC_FAILURE);
    b.ask(third, 3, exit, Value::Null);
    b.hears_errno(third, 3, Errno::GENERIC_FAILURE);
    let arguments = json!(["1", "0", "internet", null, null, "0", "IP"]);
    b.ask(third, 3, RequestCode::SETUP_DATA_CALL, arguments.clone());
    b.hears_errno(third, 3, Errno::GENERIC_FAILURE);
    b.silence();
    b.ask(WORK, 3, RequestCode::SETUP_DATA_CALL, arguments.clone());
    b.modem_hears(RequestCode::SETUP_DATA_CALL, arguments);
    assert!(b.router.is_held_off(third) && !b.router.is_held_off(WORK) && !b.router.is_held_off(PERSONAL));
    b.ask(third, 4, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
}

/// Work has called 112, and the network may call it back; nobody has told a third phone.
fn work_is_called_back() -> (Bench, PhoneId) {
    let mut b = Bench::with(|config| config.phone.push(phone("third", 3)));
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    goes_out(&mut b, WORK, 1, "112");
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.calls_are(&[]);
    b.unsolicited(UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, Value::Null);
    b.to_modem.clear();
    b.to_phones.clear();
    (b, PhoneId(2))
}

#[test]
fn who_is_called_back_is_not_pushed_out_by_another_who_dials() {
    let exit = RequestCode::EXIT_EMERGENCY_CALLBACK_MODE;
    let (mut b, third) = work_is_called_back();
    b.ask(third, 1, RequestCode::DIAL, dial("112"));
    let serial = b.modem_hears(RequestCode::DIAL, dialled("112"));
    for refused in [false, true] {
        if refused {
            b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
            b.hears_errno(third, 1, Errno::GENERIC_FAILURE);
        }
        b.ask(third, 2, exit, Value::Null);
        b.hears_errno(third, 2, Errno::GENERIC_FAILURE);
        assert!(b.router.is_held_off(third) && !b.router.is_held_off(WORK));
        b.silence();
    }
    b.ask(WORK, 2, exit, Value::Null);
    b.modem_hears(exit, Value::Null);
}

#[test]
fn who_makes_an_emergency_call_meanwhile_is_called_back_too() {
    let enter = UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE;
    for listed in [false, true] {
        let (mut b, third) = work_is_called_back();
        b.ask(third, 1, RequestCode::DIAL, dial("112"));
        let serial = b.modem_hears(RequestCode::DIAL, dialled("112"));
        if listed {
            b.calls_are(&[call(1, CallState::DIALING, "112")]);
        } else {
            b.reply_raw(serial, Errno::SUCCESS, &[]);
        }
        let told = b
            .to_phones
            .iter()
            .filter(|(to, heard)| *to == third && matches!(heard, Heard::Unsolicited { code, .. } if *code == enter));
        assert_eq!(told.count(), 1);
        // What either did would end it for the other.
        assert!(b.router.is_held_off(third) && b.router.is_held_off(WORK) && !b.router.is_held_off(PERSONAL));
    }
}

#[test]
fn callback_mode_ends_by_the_modems_word_by_request_and_with_the_modem() {
    let ends: [fn(&mut Bench); 3] = [
        |b| b.unsolicited(UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE, Value::Null),
        |b| {
            b.ask(PERSONAL, 1, RequestCode::EXIT_EMERGENCY_CALLBACK_MODE, Value::Null);
            b.modem_answers(RequestCode::EXIT_EMERGENCY_CALLBACK_MODE, Value::Null, Value::Null);
        },
        |b| b.event(Event::ModemDown),
    ];
    for end in ends {
        let mut b = Bench::new();
        b.unsolicited(UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, Value::Null);
        assert!(b.router.voice.in_callback_mode());
        end(&mut b);
        assert!(!b.router.voice.in_callback_mode());
    }
}

#[test]
fn a_file_whose_layout_cannot_be_read_takes_no_number_away() {
    let mut b = Bench::new();
    card_is(&mut b, "PRESENT", "SIM", "READY");
    reads(&mut b, "3F007F20", 0xc0, [0, 0, 15], "000000066FB704001100FF010200");
    reads(&mut b, "3F007F20", 0xb0, [0, 0, 6], "71FFFF81FFFF");
    let mut b = Bench::recalling(&b.take_records());
    card_is(&mut b, "PRESENT", "USIM", "READY");
    // A card's own form, cut off after the 15 bytes that were asked for.
    reads(&mut b, "3F007FFF", 0xc0, [0, 0, 15], "621E8205422100050283026FB7A506");
    is_emergency(&mut b, "17", true);
    card_is(&mut b, "PRESENT", "USIM", "READY");
    reads(&mut b, "3F007FFF", 0xc0, [0, 0, 15], "000000056FB704001100FF01020105");
}

#[test]
fn a_refresh_that_names_no_file_may_be_about_the_numbers() {
    let mut b = Bench::new();
    card_is(&mut b, "PRESENT", "SIM", "READY");
    reads(&mut b, "3F007F20", 0xc0, [0, 0, 15], "000000066FB704001100FF010200");
    reads(&mut b, "3F007F20", 0xb0, [0, 0, 6], "71FFFF81FFFF");
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 0}));
    b.to_phones.clear();
    reads(&mut b, "3F007F20", 0xc0, [0, 0, 15], "000000066FB704001100FF010200");
}

#[test]
fn an_emergency_call_on_another_sim_ends_all_calls_but_emergency_calls() {
    let mut b = in_emergency();
    b.calls_are(&[call(1, CallState::ACTIVE, "112"), call(2, CallState::HOLDING, "5550100")]);
    b.to_modem.clear();
    b.event(Event::EmergencyElsewhere);
    b.modem_hears(RequestCode::HANGUP, json!([2]));
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);

    // What is dialled and not listed yet has no index, and ends as soon as it has.
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    goes_out(&mut b, PERSONAL, 1, "5550100");
    b.to_modem.clear();
    b.event(Event::EmergencyElsewhere);
    b.calls_are(&[call(1, CallState::DIALING, "5550100")]);
    b.modem_hears(RequestCode::HANGUP, json!([1]));

    let mut b = Bench::new();
    b.to_modem.clear();
    b.event(Event::EmergencyElsewhere);
    assert!(b.to_modem.is_empty(), "there is nothing to end");
}

#[test]
fn an_emergency_call_that_the_modem_lists_without_a_number_is_its_callers() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::DIALING, "")]);
    assert_eq!(owners(&b), [(1, WORK)]);
    assert!(b.to_modem.iter().all(|(code, ..)| *code != RequestCode::HANGUP), "{:?}", b.to_modem);
}

/// Whoever dials there again and again does not fill what goes first to this modem.
#[test]
fn emergency_calls_on_another_sim_end_each_call_once() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999992")]);
    b.to_modem.clear();
    b.event(Event::EmergencyElsewhere);
    let serial = b.modem_hears(RequestCode::HANGUP, json!([1]));
    for _ in 0..300 {
        b.event(Event::EmergencyElsewhere);
    }
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
    // Unless the modem did not end it.
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.event(Event::EmergencyElsewhere);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
}

/// The phone's own ordinary call takes the radio as well as another's.
#[test]
fn an_emergency_call_on_another_sim_ends_what_else_has_who_is_in_an_emergency() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    goes_out(&mut b, PERSONAL, 1, "112");
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::ACTIVE, "112"), incoming(2, CallState::WAITING, "15550199991")]);
    b.to_modem.clear();
    b.event(Event::EmergencyElsewhere);
    b.modem_hears(RequestCode::HANGUP, json!([2]));
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
}

/// What an earlier life left at the modem takes the radio, too.
#[test]
fn an_emergency_call_on_another_sim_ends_calls_that_are_looked_for() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    goes_out(&mut b, PERSONAL, 1, "5550100");
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.kill();
    b.modem_comes_up(RadioState::ON);
    b.event(Event::EmergencyElsewhere);
    b.modem_lists(&[call(1, CallState::ACTIVE, "5550100")]);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
}

/// And so does what an earlier life has not noted.
#[test]
fn an_emergency_call_on_another_sim_ends_calls_that_are_found() {
    let mut b = Bench::new();
    // It has noted something.
    b.ask(PERSONAL, 1, RequestCode::SET_CLIR, json!([1]));
    b.kill();
    b.modem_comes_up(RadioState::ON);
    b.event(Event::EmergencyElsewhere);
    b.modem_lists(&[call(1, CallState::ACTIVE, "5550100"), call(2, CallState::HOLDING, "112")]);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    assert!(!b.to_modem.iter().any(|(code, ..)| *code == RequestCode::HANGUP));
}

/// Nothing that names no call may end the emergency call that the phone has already.
#[test]
fn a_second_emergency_call_does_not_end_the_first_for_anothers_unlisted_call() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.to_modem.clear();
    b.ask(WORK, 2, RequestCode::DIAL, dial("911"));
    let asked: Vec<RequestCode> = b.to_modem.iter().map(|(code, ..)| *code).collect();
    assert_eq!(asked, [RequestCode::DIAL]);
}

/// A code that is written with the digits of an emergency number is no such call, and has no claim to one.
#[test]
fn a_code_that_looks_like_an_emergency_number_takes_no_call_of_another() {
    for number in ["*31#112", "1-1-2"] {
        let mut b = Bench::new();
        b.ask(PERSONAL, 1, RequestCode::DIAL, dial("*112#"));
        b.modem_answers(RequestCode::DIAL, dialled("*112#"), Value::Null);
        b.hears_ok(PERSONAL, 1);
        b.foreground(WORK).unwrap();
        b.to_modem.clear();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        b.to_phones.clear();
        b.to_modem.clear();
        b.calls_are(&[call(1, CallState::DIALING, "112")]);
        let owners: Vec<_> = b.router.calls().map(|view| view.phone).collect();
        assert_eq!(owners, [WORK], "{number}");
    }
}
