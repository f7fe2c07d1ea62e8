//! A call is over, or moved, and no list has told of it: another may have its index, or its place at the front.

use super::*;
use crate::config::OnSwitch;

const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;
const SWITCH: RequestCode = RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE;

fn of_personal() -> Call {
    call(1, CallState::ACTIVE, "5550100")
}

/// Personal is in a call.
fn in_call() -> Bench {
    let mut b = Bench::new();
    b.calls_are(&[of_personal()]);
    b.to_phones.clear();
    b
}

#[track_caller]
fn is_refused(b: &mut Bench, phone: PhoneId, code: RequestCode, arguments: Value) {
    b.ask(phone, 77, code, arguments);
    b.hears_errno(phone, 77, Errno::GENERIC_FAILURE);
}

#[test]
fn a_call_is_ended_by_its_index_once() {
    let mut b = in_call();
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    // The modem gives the index to another phone's call.
    for _ in 0..3 {
        is_refused(&mut b, PERSONAL, RequestCode::HANGUP, json!([1]));
    }
    is_refused(&mut b, PERSONAL, RequestCode::SEPARATE_CONNECTION, json!([1]));
    // What became of it is found out.
    b.modem_lists(&[incoming(1, CallState::INCOMING, "155501999992")]);
    b.to_phones.clear();
    b.to_modem.clear();
    is_refused(&mut b, PERSONAL, RequestCode::HANGUP, json!([1]));
    b.silence();
}

#[test]
fn a_call_that_is_not_over_can_be_ended_again() {
    let mut b = in_call();
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    let serial = b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    // As a client does that was told so.
    b.ask(PERSONAL, 2, LIST, Value::Null);
    b.modem_lists(&[of_personal()]);
    b.to_phones.clear();
    b.ask(PERSONAL, 3, RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.silence();
}

#[test]
fn a_list_that_was_asked_for_before_says_nothing_of_it() {
    let mut b = in_call();
    b.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    let before = b.modem_hears(LIST, Value::Null);
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.reply_raw(before, Errno::SUCCESS, &parcel::encode(&vec![of_personal()], V));
    is_refused(&mut b, PERSONAL, RequestCode::HANGUP, json!([1]));
}

#[test]
fn what_rings_is_rejected_once() {
    for code in [RequestCode::UDUB, RequestCode::HANGUP_WAITING_OR_BACKGROUND] {
        let mut b = Bench::new();
        b.calls_are(&[incoming(1, CallState::INCOMING, "5550100")]);
        b.to_phones.clear();
        b.ask(PERSONAL, 1, code, Value::Null);
        assert_eq!(b.to_modem.drain(..).count(), 1);
        is_refused(&mut b, PERSONAL, code, Value::Null);
        is_refused(&mut b, PERSONAL, RequestCode::ANSWER, Value::Null);
        is_refused(&mut b, PERSONAL, RequestCode::HANGUP, json!([1]));
        assert!(b.to_modem.iter().all(|(code, ..)| *code == LIST), "{:?}", b.to_modem);
    }
}

#[test]
fn what_goes_on_is_ended_once_without_its_index() {
    let mut b = in_call();
    b.ask(PERSONAL, 1, RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND, Value::Null);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    is_refused(&mut b, PERSONAL, RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND, Value::Null);
    assert!(b.to_modem.iter().all(|(code, ..)| *code == LIST), "{:?}", b.to_modem);
}

/// Neither by its phone and then by policy, nor by policy again and again.
#[test]
fn policy_ends_no_call_in_anothers_place() {
    let mut b = Bench::with(|config| config.calls.on_switch = OnSwitch::Drop);
    b.calls_are(&[of_personal()]);
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.foreground(WORK).unwrap();
    assert!(b.to_modem.iter().all(|(code, ..)| *code != RequestCode::HANGUP), "{:?}", b.to_modem);
    // It was not over: policy ends it now.
    b.to_modem.clear();
    b.calls_are(&[of_personal()]);
    b.modem_hears(RequestCode::HANGUP, json!([1]));

    let mut b = in_call();
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([1]));
    for serial in 2..5 {
        b.ask(PERSONAL, serial, RequestCode::RADIO_POWER, json!([0]));
    }
    assert_eq!(b.to_modem.iter().filter(|(code, ..)| *code == RequestCode::HANGUP).count(), 1);
}

/// The command goes before them, and the list that would tell comes after.
#[test]
fn no_tone_sounds_in_a_call_that_has_come_to_the_front() {
    let mut b = Bench::new();
    let waits = incoming(2, CallState::WAITING, "155501999992");
    b.calls_are(&[of_personal(), waits]);
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::DTMF_START, json!("1"));
    b.modem_answers(RequestCode::DTMF_START, json!("1"), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::ANSWER, Value::Null);
    b.modem_hears(RequestCode::DTMF_STOP, Value::Null);
    b.modem_answers(SWITCH, Value::Null, Value::Null);
    b.hears_ok(WORK, 1);
    for (code, arguments) in [
        (RequestCode::DTMF, json!("5")),
        (RequestCode::DTMF_START, json!("5")),
        (RequestCode::CDMA_BURST_DTMF, json!(["5", "100", "100"])),
    ] {
        is_refused(&mut b, PERSONAL, code, arguments);
    }
    b.ask(PERSONAL, 2, RequestCode::SET_MUTE, json!([1]));
    b.hears_ok(PERSONAL, 2);
    b.modem_lists(&[call(1, CallState::HOLDING, "5550100"), incoming(2, CallState::ACTIVE, "155501999992")]);
    b.to_phones.clear();
    b.silence();
    b.ask(WORK, 3, RequestCode::DTMF, json!("7"));
    b.modem_hears(RequestCode::DTMF, json!("7"));
}

#[test]
fn no_tone_sounds_in_an_emergency_call() {
    let mut b = in_call();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.to_modem.clear();
    is_refused(&mut b, PERSONAL, RequestCode::DTMF, json!("5"));
    assert!(b.to_modem.iter().all(|(code, ..)| *code == LIST), "{:?}", b.to_modem);
}

/// The modem would not, and tells nobody that nothing has changed.
#[test]
fn a_command_that_fails_keeps_nobody_from_his_tones() {
    let mut b = Bench::new();
    let calls = [of_personal(), incoming(2, CallState::WAITING, "155501999992")];
    b.calls_are(&calls);
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::ANSWER, Value::Null);
    let serial = b.modem_hears(SWITCH, Value::Null);
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.modem_lists(&calls);
    b.ask(PERSONAL, 2, RequestCode::DTMF, json!("5"));
    b.modem_hears(RequestCode::DTMF, json!("5"));
    b.silence();
}
