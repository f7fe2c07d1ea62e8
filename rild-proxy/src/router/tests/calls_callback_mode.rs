//! Emergency callback mode: who hears of it, and that it ends.

use super::*;

const ENTER: UnsolCode = UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE;
const EXIT: UnsolCode = UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE;
const LEAVE: RequestCode = RequestCode::EXIT_EMERGENCY_CALLBACK_MODE;
const SETUP: RequestCode = RequestCode::SETUP_DATA_CALL;
/// Neither privileged nor called back.
const THIRD: PhoneId = PhoneId(2);

fn three() -> Bench {
    Bench::with(|config| config.phone.push(phone("third", 3)))
}

/// Work has called for help; the network may call it back.
fn in_callback_mode() -> Bench {
    let mut b = three();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.calls_are(&[]);
    b.to_modem.clear();
    b.to_phones.clear();
    b.unsolicited(ENTER, Value::Null);
    b.hears(PERSONAL, ENTER, Value::Null);
    b.hears(WORK, ENTER, Value::Null);
    b.silence();
    b
}

fn internet() -> Value {
    json!(["1", "0", "internet", null, null, "0", "IP"])
}

/// Whether a phone that is not called back must keep still.
fn holds_third_off(b: &mut Bench) -> bool {
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(THIRD, 70, SETUP, internet());
    let asked = b.to_modem.drain(..).any(|(code, ..)| code == SETUP);
    b.to_phones.clear();
    !asked
}

/// Who hears that the mode is over; other news is left out.
fn told_exit(b: &mut Bench) -> Vec<PhoneId> {
    let is_exit = |heard: &Heard| matches!(heard, Heard::Unsolicited { code, .. } if *code == EXIT);
    let told = b.to_phones.iter().filter(|(_, heard)| is_exit(heard)).map(|(phone, _)| *phone).collect();
    b.to_phones.clear();
    told
}

#[test]
fn only_who_heard_that_it_began_hears_that_it_is_over() {
    let mut b = in_callback_mode();
    assert!(holds_third_off(&mut b));
    b.unsolicited(EXIT, Value::Null);
    assert_eq!(told_exit(&mut b), [PERSONAL, WORK]);
    assert!(!holds_third_off(&mut b));
}

#[test]
fn it_does_not_outlive_a_modem_that_starts_anew() {
    let ends: [fn(&mut Bench); 4] = [
        |b| b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE")),
        |b| b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF")),
        |b| b.unsolicited(UnsolCode::MODEM_RESTART, json!("crash")),
        |b| b.modem_comes_up(RadioState::ON),
    ];
    for end in ends {
        let mut b = in_callback_mode();
        end(&mut b);
        assert_eq!(told_exit(&mut b), [PERSONAL, WORK], "once, and nobody else");
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
        assert_eq!(told_exit(&mut b), []);
        b.calls_are(&[]);
        assert!(!holds_third_off(&mut b));
    }
}

#[test]
fn a_modem_side_that_outlives_the_daemon_may_call_back_still() {
    let mut b = in_callback_mode();
    b.restart();
    b.to_phones.clear();
    assert!(holds_third_off(&mut b), "the modem has not said that it is over");
    b.ask(THIRD, 2, LEAVE, Value::Null);
    b.hears_errno(THIRD, 2, Errno::GENERIC_FAILURE);
    b.ask(WORK, 3, LEAVE, Value::Null);
    b.modem_answers(LEAVE, Value::Null, Value::Null);
    b.hears_ok(WORK, 3);
    b.unsolicited(EXIT, Value::Null);
    assert_eq!(told_exit(&mut b), [PERSONAL, WORK]);
    assert!(!holds_third_off(&mut b));
    b.restart();
    b.to_phones.clear();
    assert!(!holds_third_off(&mut b), "it is over for good");
}

/// The modem has said that it is over, and then that it begins, before it answers.
#[test]
fn an_answer_from_before_it_began_anew_leaves_nobody_in_it() {
    let mut b = in_callback_mode();
    b.ask(WORK, 2, LEAVE, Value::Null);
    let serial = b.modem_hears(LEAVE, Value::Null);
    b.unsolicited(EXIT, Value::Null);
    assert_eq!(told_exit(&mut b), [PERSONAL, WORK]);
    b.unsolicited(ENTER, Value::Null);
    b.to_phones.clear();
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    assert_eq!(told_exit(&mut b), [PERSONAL, WORK]);
    assert!(!holds_third_off(&mut b));
}

#[test]
fn what_an_earlier_daemon_knew_is_not_believed_for_ever() {
    let mut b = in_callback_mode();
    b.restart();
    b.to_phones.clear();
    b.advance(Duration::from_secs(299));
    assert!(holds_third_off(&mut b));
    b.advance(Duration::from_secs(1));
    assert_eq!(told_exit(&mut b), [PERSONAL, WORK]);
    assert!(!holds_third_off(&mut b));
}

#[test]
fn whoever_is_taken_for_the_caller_is_so_after_a_restart() {
    let mut b = three();
    b.foreground(WORK).unwrap();
    b.to_phones.clear();
    b.unsolicited(ENTER, Value::Null);
    b.hears(PERSONAL, ENTER, Value::Null);
    b.hears(WORK, ENTER, Value::Null);
    b.foreground(THIRD).unwrap();
    b.restart();
    b.to_phones.clear();
    b.unsolicited(EXIT, Value::Null);
    assert_eq!(told_exit(&mut b), [PERSONAL, WORK]);
}

/// This phone has called 112, and the call is over.
fn calls_for_help(b: &mut Bench, phone: PhoneId) {
    b.ask(phone, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.calls_are(&[]);
    b.to_modem.clear();
    b.to_phones.clear();
}

/// Who hears that the mode begins.
fn told_enter(b: &mut Bench) -> Vec<PhoneId> {
    b.to_phones.clear();
    b.unsolicited(ENTER, Value::Null);
    let is_enter = |heard: &Heard| matches!(heard, Heard::Unsolicited { code, .. } if *code == ENTER);
    let told = b.to_phones.iter().filter(|(_, heard)| is_enter(heard)).map(|(phone, _)| *phone).collect();
    b.to_phones.clear();
    told
}

#[test]
fn who_calls_for_help_in_anothers_mode_leaves_it_alone() {
    for first in [WORK, THIRD] {
        let other = if first == WORK { THIRD } else { WORK };
        let mut b = in_callback_mode();
        b.ask(THIRD, 1, RequestCode::DIAL, dial("112"));
        b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
        b.hears(THIRD, ENTER, Value::Null);
        b.hears_ok(THIRD, 1);
        // Neither does what would end it for the other.
        for phone in [WORK, THIRD] {
            b.ask(phone, 2, SETUP, internet());
            b.hears_errno(phone, 2, Errno::GENERIC_FAILURE);
        }
        b.silence();
        b.ask(first, 3, LEAVE, Value::Null);
        b.hears_ok(first, 3);
        b.hears(first, EXIT, Value::Null);
        b.silence();
        assert!(b.router.is_held_off(first) && !b.router.is_held_off(other));
        b.ask(other, 4, LEAVE, Value::Null);
        b.modem_answers(LEAVE, Value::Null, Value::Null);
        b.hears_ok(other, 4);
        b.unsolicited(EXIT, Value::Null);
        assert_eq!(told_exit(&mut b), if other == WORK { vec![PERSONAL, WORK] } else { vec![PERSONAL, THIRD] });
        assert!(!b.router.is_held_off(first));
    }
}

#[test]
fn a_privileged_phone_ends_it_for_all_and_is_called_back_itself() {
    let mut b = in_callback_mode();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.silence();
    b.ask(WORK, 2, LEAVE, Value::Null);
    b.hears_ok(WORK, 2);
    b.hears(WORK, EXIT, Value::Null);
    b.silence();
    b.ask(PERSONAL, 3, LEAVE, Value::Null);
    b.modem_hears(LEAVE, Value::Null);
}

#[test]
fn who_calls_for_help_before_it_begins_does_not_take_anothers_place() {
    let mut b = three();
    calls_for_help(&mut b, WORK);
    calls_for_help(&mut b, THIRD);
    assert_eq!(told_enter(&mut b), [PERSONAL, WORK, THIRD]);
    // Nor where the modem leaves the mode for the new call, and enters it again.
    let mut b = in_callback_mode();
    b.ask(THIRD, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.unsolicited(EXIT, Value::Null);
    assert_eq!(told_enter(&mut b), [PERSONAL, WORK, THIRD]);
}

#[test]
fn who_called_for_help_long_ago_is_not_called_back() {
    let mut b = three();
    calls_for_help(&mut b, WORK);
    b.advance(Duration::from_secs(301));
    calls_for_help(&mut b, THIRD);
    assert_eq!(told_enter(&mut b), [PERSONAL, THIRD]);
}

/// The modem need not say that the mode is over which it was asked to leave.
#[test]
fn who_has_left_is_not_called_back_in_the_next_one() {
    let mut b = in_callback_mode();
    b.ask(WORK, 2, LEAVE, Value::Null);
    b.modem_answers(LEAVE, Value::Null, Value::Null);
    b.to_phones.clear();
    calls_for_help(&mut b, THIRD);
    assert_eq!(told_enter(&mut b), [PERSONAL, THIRD]);
}

#[test]
fn who_has_left_stays_so_after_a_restart() {
    let mut b = in_callback_mode();
    b.ask(THIRD, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.ask(WORK, 2, LEAVE, Value::Null);
    b.restart();
    assert!(b.router.is_held_off(WORK) && !b.router.is_held_off(THIRD));
}

#[test]
fn who_is_called_back_hears_it_ring_when_nobody_else_would() {
    let call_back = [incoming(1, CallState::INCOMING, "5550112")];
    for (foreground_rings, owner) in [(true, PERSONAL), (false, WORK)] {
        let mut b = in_callback_mode();
        if !foreground_rings {
            b.event(Event::PhoneDown(PERSONAL));
        }
        b.calls_are(&call_back);
        assert_eq!(owners(&b), [(1, owner)]);
        b.calls_are(&[]);
        // Nor does airplane mode keep it from its phone; there is no mode in GSM, and it is the same.
        b.unsolicited(EXIT, Value::Null);
        if !foreground_rings {
            b.event(Event::PhoneUp(PERSONAL));
            b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]));
        }
        b.to_modem.clear();
        b.calls_are(&call_back);
        assert_eq!(owners(&b), [(1, owner)]);
    }
}

/// It would end the mode.
#[test]
fn a_set_up_that_waited_when_the_mode_began_is_refused() {
    let mut b = three();
    let call = json!({"version": 11, "calls": [{"cid": 1, "active": 2, "type": "IP", "addresses": "10.0.1.1"}]});
    b.ask(THIRD, 1, SETUP, internet());
    b.modem_answers(SETUP, internet(), call);
    b.ask(THIRD, 2, RequestCode::DEACTIVATE_DATA_CALL, json!(["1", "0"]));
    let closing = b.modem_hears(RequestCode::DEACTIVATE_DATA_CALL, json!(["1", "0"]));
    b.ask(THIRD, 3, SETUP, internet());
    b.to_phones.clear();
    b.silence();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.calls_are(&[super::call(1, CallState::ACTIVE, "112")]);
    b.calls_are(&[]);
    b.unsolicited(ENTER, Value::Null);
    b.to_modem.clear();
    b.to_phones.clear();
    b.reply_raw(closing, Errno::SUCCESS, &[]);
    b.hears_ok(THIRD, 2);
    let (phone, Heard::Reply { serial, payload, .. }) = b.to_phones.pop_front().unwrap() else { panic!("no reply") };
    assert_eq!((phone, serial), (THIRD, 3));
    assert_eq!(json_of(&SETUP.row().unwrap().response, &payload)["calls"][0]["status"], json!(26));
    b.silence();
}
