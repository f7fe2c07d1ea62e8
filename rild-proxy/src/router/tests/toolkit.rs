//! The SIM toolkit: whom the SIM speaks to, and its one terminal response.

use super::*;

/// SET UP MENU and DISPLAY TEXT, cut down to their command details and device identities.
const MENU: &str = "D009810301250082028182";
const TEXT: &str = "D009810302210082028182";
/// The response to TEXT that nobody gave: terminal currently unable to process command.
const UNABLE: &str = "81030221008202828183022000";
const RESPONSE: &str = "810302210082028281830100";
/// The response to MENU.
const TO_MENU: &str = "810301250082028281830100";

fn two_privileged() -> Bench {
    Bench::with(|config| config.phone[1].privileged = true)
}

fn starts(b: &mut Bench, phone: PhoneId, serial: i32) {
    b.ask(phone, serial, RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Value::Null);
}

#[test]
fn the_modem_is_told_once_and_a_later_client_sees_the_menu() {
    let mut b = two_privileged();
    starts(&mut b, PERSONAL, 1);
    b.modem_answers(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Value::Null, Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(MENU));
    b.hears(PERSONAL, UnsolCode::STK_PROACTIVE_COMMAND, json!(MENU));
    b.ask(PERSONAL, 2, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(TO_MENU));
    b.modem_answers(RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(TO_MENU), Value::Null);
    b.hears_ok(PERSONAL, 2);

    starts(&mut b, WORK, 3);
    b.hears_ok(WORK, 3);
    b.silence();
    b.event(Event::PhoneUp(PERSONAL));
    b.to_phones.clear();
    starts(&mut b, PERSONAL, 4);
    b.hears_ok(PERSONAL, 4);
    b.hears(PERSONAL, UnsolCode::STK_PROACTIVE_COMMAND, json!(MENU));
    b.ask(PERSONAL, 5, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE));
    b.hears_ok(PERSONAL, 5);
    b.silence();
}

#[test]
fn an_acknowledged_message_says_nothing_of_the_toolkit() {
    for errno in [Errno::SUCCESS, Errno::GENERIC_FAILURE] {
        let mut b = Bench::new();
        b.unsolicited(UnsolCode::RESPONSE_NEW_SMS, json!(super::messages::for_the_sim()));
        b.to_phones.clear();
        b.ask(PERSONAL, 1, RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
        let acknowledged = b.modem_hears(RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
        b.reply_raw(acknowledged, errno, &[]);
        b.hears_errno(PERSONAL, 1, errno);
        starts(&mut b, PERSONAL, 2);
        b.modem_answers(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Value::Null, Value::Null);
        b.hears_ok(PERSONAL, 2);
        starts(&mut b, PERSONAL, 3);
        b.hears_ok(PERSONAL, 3);
        b.silence();
    }
}

#[test]
fn a_command_has_one_response() {
    let mut b = two_privileged();
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.hears(PERSONAL, UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.ask(WORK, 1, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE));
    b.hears_ok(WORK, 1);
    b.silence();
    b.ask(PERSONAL, 2, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE));
    b.modem_answers(RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.ask(PERSONAL, 3, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE));
    b.hears_ok(PERSONAL, 3);
    b.silence();
}

/// The card has given up what it asked first, and asks something else, before the phone has answered the first.
#[test]
fn a_late_response_does_not_answer_another_command() {
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(MENU));
    b.unsolicited(UnsolCode::STK_SESSION_END, Value::Null);
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(TO_MENU));
    b.hears_ok(PERSONAL, 1);
    b.silence();
    b.ask(PERSONAL, 2, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE));
    b.modem_answers(RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE), Value::Null);
    b.hears_ok(PERSONAL, 2);
}

#[test]
fn a_command_goes_to_the_next_client_when_its_phone_leaves() {
    let mut b = two_privileged();
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.hears(PERSONAL, UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.event(Event::PhoneDown(PERSONAL));
    b.hears(WORK, UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.silence();
}

#[test]
fn a_sim_that_nobody_answers_is_told_so() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(PERSONAL));
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.silence();
    b.advance(Duration::from_secs(29));
    b.silence();
    b.advance(Duration::from_secs(1));
    b.modem_answers(RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(UNABLE), Value::Null);
    b.silence();
    b.unsolicited(UnsolCode::STK_CALL_SETUP, json!([500]));
    b.advance(Duration::from_secs(30));
    b.modem_answers(RequestCode::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, json!([0]), Value::Null);
    b.silence();
}

/// Only that phone may hand the SIM what came for it.
#[test]
fn a_message_for_the_sim_is_for_the_phone_that_speaks_for_the_terminal() {
    let mut b = two_privileged();
    starts(&mut b, WORK, 1);
    b.modem_answers(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Value::Null, Value::Null);
    b.hears_ok(WORK, 1);
    b.unsolicited(UnsolCode::RESPONSE_NEW_SMS, json!(super::messages::for_the_sim()));
    b.hears(WORK, UnsolCode::RESPONSE_NEW_SMS, json!(super::messages::for_the_sim()));
    b.ask(WORK, 2, RequestCode::STK_SEND_ENVELOPE_WITH_STATUS, json!("D1"));
    b.modem_hears(RequestCode::STK_SEND_ENVELOPE_WITH_STATUS, json!("D1"));
    b.silence();
}

#[test]
fn others_speak_to_the_sim_in_vain() {
    let mut b = two_privileged();
    b.ask(WORK, 1, RequestCode::STK_SEND_ENVELOPE_COMMAND, json!("D3"));
    b.hears_reply(WORK, 1, RequestCode::STK_SEND_ENVELOPE_COMMAND, Errno::SUCCESS, json!(""));
    b.ask(WORK, 2, RequestCode::STK_SEND_ENVELOPE_WITH_STATUS, json!("D1"));
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.silence();
    b.ask(PERSONAL, 3, RequestCode::STK_SEND_ENVELOPE_COMMAND, json!("D3"));
    b.modem_hears(RequestCode::STK_SEND_ENVELOPE_COMMAND, json!("D3"));
    b.silence();
}

#[test]
fn an_unprivileged_phones_toolkit_is_confirmed_and_asked_nothing() {
    let mut b = Bench::new();
    starts(&mut b, WORK, 1);
    b.hears_ok(WORK, 1);
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.hears(PERSONAL, UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.silence();
}

/// The answer is older than the modem.
#[test]
fn what_a_modem_was_told_before_it_started_anew_it_is_told_again() {
    let mut b = Bench::new();
    let running = RequestCode::REPORT_STK_SERVICE_IS_RUNNING;
    starts(&mut b, PERSONAL, 1);
    let serial = b.modem_hears(running, Value::Null);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.modem_answers(running, Value::Null, Value::Null);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    assert!(b.to_modem.is_empty(), "the modem knows: {:?}", b.to_modem);
}

/// The state of the card as a phone asks for it, without applications.
fn card_is(b: &mut Bench, state: &str) {
    let code = RequestCode::GET_SIM_STATUS;
    let row = code.row().unwrap();
    let status = json!({"card_state": state, "gsm_umts_subscription_app_index": -1});
    let status = json_of(&row.response, &row.response.from_json(status, V).unwrap());
    b.unsolicited(UnsolCode::RESPONSE_SIM_STATUS_CHANGED, Value::Null);
    b.ask(PERSONAL, 50, code, Value::Null);
    b.modem_answers(code, Value::Null, status);
    b.to_phones.clear();
}

/// Personal has the menu of the card, and a text of it to show.
fn with_menu() -> Bench {
    let mut b = Bench::new();
    starts(&mut b, PERSONAL, 1);
    b.modem_answers(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Value::Null, Value::Null);
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(MENU));
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    b.to_phones.clear();
    b
}

/// A new client of personal; the menu that it is shown, if any.
fn comes_anew(b: &mut Bench) -> bool {
    b.event(Event::PhoneUp(PERSONAL));
    b.to_phones.clear();
    starts(b, PERSONAL, 2);
    b.hears_ok(PERSONAL, 2);
    let menu = parcel::encode(&Some(MENU.to_owned()), V);
    let is_menu = |heard: Heard| matches!(heard, Heard::Unsolicited { payload, .. } if payload == menu);
    b.to_phones.drain(..).any(|(_, heard)| is_menu(heard))
}

/// Libraries keep back what another card says until they hear again that a toolkit is running.
#[track_caller]
fn is_told_anew(b: &mut Bench) {
    b.to_phones.clear();
    starts(b, PERSONAL, 7);
    b.modem_answers(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Value::Null, Value::Null);
    b.hears_ok(PERSONAL, 7);
}

/// oFono says so once.
#[test]
fn a_modem_that_starts_anew_is_told_of_a_toolkit_that_still_runs() {
    for dies in [true, false] {
        let mut b = with_menu();
        if dies {
            b.event(Event::ModemDown);
            b.modem_comes_up(RadioState::ON);
        } else {
            b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
            b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
        }
        b.to_modem.retain(|(code, ..)| *code == RequestCode::REPORT_STK_SERVICE_IS_RUNNING);
        b.modem_answers(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, Value::Null, Value::Null);
        b.to_phones.clear();
        b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
        b.hears(PERSONAL, UnsolCode::STK_PROACTIVE_COMMAND, json!(TEXT));
    }
}

#[test]
fn the_menu_of_a_card_that_is_gone_is_shown_to_nobody() {
    let mut b = with_menu();
    assert!(comes_anew(&mut b));
    card_is(&mut b, "ABSENT");
    is_told_anew(&mut b);
    assert!(!comes_anew(&mut b));
    // And no card waits for an answer.
    b.ask(PERSONAL, 3, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE));
    b.hears_ok(PERSONAL, 3);
    b.advance(Duration::from_secs(31));
    b.silence();
    // Another card has its own.
    card_is(&mut b, "PRESENT");
    b.to_phones.clear();
    assert!(!comes_anew(&mut b));
    b.unsolicited(UnsolCode::STK_PROACTIVE_COMMAND, json!(MENU));
    b.to_phones.clear();
    assert!(comes_anew(&mut b));
}

#[test]
fn the_menu_of_a_card_that_was_reset_is_shown_to_nobody() {
    let mut b = with_menu();
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 0, "ef_id": 0x6f07}));
    assert!(comes_anew(&mut b), "only a file has changed");
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 2}));
    is_told_anew(&mut b);
    assert!(!comes_anew(&mut b));
}
