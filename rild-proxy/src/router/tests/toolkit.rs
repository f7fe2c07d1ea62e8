//! The SIM toolkit: whom the SIM speaks to, and its one terminal response.

use super::*;

/// SET UP MENU and DISPLAY TEXT, cut down to their command details and device identities.
const MENU: &str = "D009810301250082028182";
const TEXT: &str = "D009810302210082028182";
/// The response to TEXT that nobody gave: terminal currently unable to process command.
const UNABLE: &str = "81030221008202828183022000";
const RESPONSE: &str = "810302210082028281830100";

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
    b.ask(PERSONAL, 2, RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE));
    b.modem_answers(RequestCode::STK_SEND_TERMINAL_RESPONSE, json!(RESPONSE), Value::Null);
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
