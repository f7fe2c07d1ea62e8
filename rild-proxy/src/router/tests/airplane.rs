//! A phone that switched its radio off, while another has it on.

use super::*;

/// "work" is in airplane mode, "personal" is not.
fn work_is_off() -> Bench {
    let mut b = Bench::new();
    for (phone, serial, on) in [(PERSONAL, 1, 1), (WORK, 2, 1), (WORK, 3, 0)] {
        b.ask(phone, serial, RequestCode::RADIO_POWER, json!([on]));
        b.hears_ok(phone, serial);
    }
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.silence();
    b
}

#[test]
fn it_finds_no_network() {
    let mut b = work_is_off();
    let not_registered = json!(["0", null, null, "0"]);
    b.ask(WORK, 1, RequestCode::VOICE_REGISTRATION_STATE, Value::Null);
    b.hears_reply(WORK, 1, RequestCode::VOICE_REGISTRATION_STATE, Errno::SUCCESS, not_registered.clone());
    b.ask(WORK, 2, RequestCode::DATA_REGISTRATION_STATE, Value::Null);
    b.hears_reply(WORK, 2, RequestCode::DATA_REGISTRATION_STATE, Errno::SUCCESS, not_registered);
    b.ask(WORK, 3, RequestCode::OPERATOR, Value::Null);
    b.hears_reply(WORK, 3, RequestCode::OPERATOR, Errno::SUCCESS, json!([null, null, null]));
    b.ask(WORK, 4, RequestCode::GET_CELL_INFO_LIST, Value::Null);
    b.hears_reply(WORK, 4, RequestCode::GET_CELL_INFO_LIST, Errno::SUCCESS, json!([]));
    b.ask(WORK, 5, RequestCode::SIGNAL_STRENGTH, Value::Null);
    let (_, heard) = b.to_phones.pop_front().unwrap();
    let Heard::Reply { serial: 5, errno: Errno::SUCCESS, payload } = heard else { panic!("{heard:?}") };
    let strength = json_of(&RequestCode::SIGNAL_STRENGTH.row().unwrap().response, &payload);
    assert_eq!(strength["gw_signal_strength"], 99);
    b.silence();
}

#[test]
fn what_needs_a_network_fails_and_the_rest_works() {
    let mut b = work_is_off();
    b.ask(WORK, 1, RequestCode::SEND_SMS, json!([null, "00"]));
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.ask(WORK, 2, RequestCode::SEND_USSD, json!("*100#"));
    b.hears_errno(WORK, 2, Errno::RADIO_NOT_AVAILABLE);
    b.ask(WORK, 3, RequestCode::SETUP_DATA_CALL, json!(["1", "0", "internet", "", "", "0", "IP"]));
    b.hears_errno(WORK, 3, Errno::RADIO_NOT_AVAILABLE);
    b.silence();
    b.ask(WORK, 4, RequestCode::GET_IMEI, Value::Null);
    b.modem_answers(RequestCode::GET_IMEI, Value::Null, json!("356938035643809"));
    b.hears_reply(WORK, 4, RequestCode::GET_IMEI, Errno::SUCCESS, json!("356938035643809"));
    b.ask(PERSONAL, 5, RequestCode::VOICE_REGISTRATION_STATE, Value::Null);
    b.modem_hears(RequestCode::VOICE_REGISTRATION_STATE, Value::Null);
    b.silence();
}

#[test]
fn it_hears_nothing_of_the_network_until_it_comes_back() {
    let mut b = work_is_off();
    b.unsolicited_raw(UnsolCode::SIGNAL_STRENGTH, &[7; 52]);
    assert_eq!(b.to_phones.pop_front().unwrap().0, PERSONAL);
    b.unsolicited(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    b.hears(PERSONAL, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    let time = json!({"time": "26/11/28,11:22:33+04,0", "received": 5});
    b.unsolicited(UnsolCode::NITZ_TIME_RECEIVED, time.clone());
    b.hears(PERSONAL, UnsolCode::NITZ_TIME_RECEIVED, time.clone());
    b.silence();
    b.unsolicited(UnsolCode::RESPONSE_SIM_STATUS_CHANGED, Value::Null);
    b.hears(PERSONAL, UnsolCode::RESPONSE_SIM_STATUS_CHANGED, Value::Null);
    b.hears(WORK, UnsolCode::RESPONSE_SIM_STATUS_CHANGED, Value::Null);
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(WORK, 1);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.hears(WORK, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    b.hears(WORK, UnsolCode::NITZ_TIME_RECEIVED, time);
    b.silence();
}

#[test]
fn its_calls_and_its_ussd_session_end() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999992")]);
    b.ask(WORK, 2, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.to_phones.clear();
    b.ask(WORK, 3, RequestCode::RADIO_POWER, json!([0]));
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.hears_ok(WORK, 3);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.silence();
}

#[test]
fn a_phone_that_goes_off_does_not_take_the_modem_with_it() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SHUTDOWN, Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.hears(PERSONAL, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.silence();
    b.event(Event::PhoneDown(WORK));
    b.ask(PERSONAL, 2, RequestCode::SHUTDOWN, Value::Null);
    b.modem_hears(RequestCode::SHUTDOWN, Value::Null);
    b.silence();
}

#[test]
fn the_last_phone_of_one_sim_does_not_take_the_modem_from_a_phone_on_another() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(WORK));
    b.event(Event::InUseElsewhere);
    b.ask(PERSONAL, 1, RequestCode::SHUTDOWN, Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.hears(PERSONAL, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.silence();
    // It was told of that request alone.
    b.ask(PERSONAL, 2, RequestCode::SHUTDOWN, Value::Null);
    b.modem_hears(RequestCode::SHUTDOWN, Value::Null);
    b.silence();
}

#[test]
fn a_phone_that_the_modem_does_not_switch_off_has_its_radio() {
    let mut b = work_is_off();
    b.event(Event::PhoneDown(WORK));
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]));
    let power = b.modem_hears(RequestCode::RADIO_POWER, json!([0]));
    b.reply_raw(power, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    // It was shown that its radio is on, and it is.
    b.ask(PERSONAL, 2, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.ask(PERSONAL, 3, RequestCode::CANCEL_USSD, Value::Null);
    b.modem_answers(RequestCode::CANCEL_USSD, Value::Null, Value::Null);
    b.hears_ok(PERSONAL, 3);
    // It may try again.
    b.ask(PERSONAL, 4, RequestCode::RADIO_POWER, json!([0]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
    b.hears_ok(PERSONAL, 4);
    b.ask(PERSONAL, 5, RequestCode::SEND_USSD, json!("*100#"));
    b.hears_errno(PERSONAL, 5, Errno::RADIO_NOT_AVAILABLE);
}

#[test]
fn a_phone_that_has_shut_down_has_its_radio_again_when_it_asks_for_it() {
    let mut b = work_is_off();
    b.ask(WORK, 4, RequestCode::RADIO_POWER, json!([1]));
    b.to_phones.clear();
    b.ask(WORK, 5, RequestCode::SHUTDOWN, Value::Null);
    b.hears_ok(WORK, 5);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.ask(WORK, 6, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(WORK, 6);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
}

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const FOR_WORK: &str = "155501999992";

#[test]
fn no_call_rings_at_it() {
    let mut b = work_is_off();
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.unsolicited(UnsolCode::CALL_RING, Value::Null);
    b.silence();
    b.ask(WORK, 1, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.modem_lists(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.hears_reply(WORK, 1, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!([]));
    for code in [RequestCode::ANSWER, RequestCode::UDUB, RequestCode::HANGUP_WAITING_OR_BACKGROUND] {
        b.ask(WORK, 2, code, Value::Null);
        b.hears_errno(WORK, 2, Errno::RADIO_NOT_AVAILABLE);
    }
    b.ask(WORK, 3, RequestCode::HANGUP, json!([1]));
    b.hears_errno(WORK, 3, Errno::RADIO_NOT_AVAILABLE);
    // As for a phone that is not there, so that the number service can take it.
    b.advance(Duration::from_secs(10));
    b.modem_answers(RequestCode::UDUB, Value::Null, Value::Null);
    b.calls_are(&[]);
    b.silence();
    assert!(b.notes.contains(&Note::CallMissed { phone: WORK }));
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(WORK, 2);
    for news in [UnsolCode::RESPONSE_RADIO_STATE_CHANGED, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, CHANGED] {
        let Some((WORK, Heard::Unsolicited { code, .. })) = b.to_phones.pop_front() else { panic!("{news}") };
        assert_eq!(code, news);
    }
}

#[test]
fn a_call_rings_at_it_that_is_there_when_it_comes_back() {
    let mut b = work_is_off();
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([1]));
    b.to_phones.retain(|(_, heard)| matches!(heard, Heard::Unsolicited { code: CHANGED, .. }));
    b.hears(WORK, CHANGED, Value::Null);
    b.ask(WORK, 2, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.modem_lists(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    let seen = incoming(1, CallState::INCOMING, "15550199999");
    b.hears_reply(WORK, 2, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!([seen]));
    b.unsolicited(UnsolCode::CALL_RING, Value::Null);
    b.hears(WORK, UnsolCode::CALL_RING, Value::Null);
    b.advance(Duration::from_secs(60));
    b.silence();
}

#[test]
fn a_call_does_not_bring_it_to_the_foreground() {
    let mut b = Bench::with(|config| config.calls.incoming = crate::config::Incoming::Switch);
    for (phone, on) in [(PERSONAL, 1), (WORK, 0)] {
        b.ask(phone, 1, RequestCode::RADIO_POWER, json!([on]));
    }
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    assert_eq!(b.router.foreground(), PERSONAL);
}

#[test]
fn the_radio_of_a_phone_that_does_not_come_back_goes_off_when_the_others_want_it_off() {
    for comes_back in [false, true] {
        let mut b = work_is_off();
        b.event(Event::PhoneDown(PERSONAL));
        b.advance(Duration::from_secs(59));
        b.silence();
        if comes_back {
            b.event(Event::PhoneUp(PERSONAL));
            b.to_phones.clear();
        }
        b.advance(Duration::from_secs(1));
        if !comes_back {
            b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
        }
        b.silence();
    }
}

#[test]
fn a_call_rings_at_a_phone_that_does_not_go_off_after_all() {
    for refused in [true, false] {
        let mut b = Bench::new();
        b.event(Event::PhoneDown(PERSONAL));
        b.advance(Duration::from_secs(60));
        b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
        let power = b.modem_hears(RequestCode::RADIO_POWER, json!([0]));
        b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
        b.silence();
        if refused {
            b.reply_raw(power, Errno::GENERIC_FAILURE, &[]);
        } else {
            b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([1]));
        }
        let is_news = |(_, heard): &(PhoneId, Heard)| matches!(heard, Heard::Unsolicited { code: CHANGED, .. });
        assert_eq!(b.to_phones.iter().filter(|heard| is_news(heard)).count(), 1);
        b.to_phones.clear();
        b.unsolicited(UnsolCode::CALL_RING, Value::Null);
        b.hears(WORK, UnsolCode::CALL_RING, Value::Null);
    }
}

#[test]
fn the_radio_waits_for_a_phone_that_may_come_back() {
    for comes_back in [false, true] {
        let mut b = Bench::new();
        b.event(Event::PhoneDown(PERSONAL));
        b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
        b.hears_ok(WORK, 1);
        b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
        b.silence();
        if comes_back {
            b.event(Event::PhoneUp(PERSONAL));
            b.to_phones.clear();
            // It was the one that the radio was on for.
            b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]));
        } else {
            b.advance(Duration::from_secs(60));
        }
        b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
    }
}

#[test]
fn the_radio_waits_for_the_phones_of_the_daemon_before() {
    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    let records = b.take_records();
    let mut b = Bench::without_phones(|_| {}, &records);
    b.event(Event::PhoneUp(WORK));
    b.modem_lists(&[]);
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.hears_ok(WORK, 1);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.silence();
    b.event(Event::PhoneUp(PERSONAL));
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.advance(Duration::from_secs(61));
    b.silence();
}

#[test]
fn a_call_that_came_while_a_phone_was_shut_down_rings_when_it_comes_on_again() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SHUTDOWN, Value::Null);
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.to_modem.clear();
    b.to_phones.clear();
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(WORK, 2);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.hears(WORK, CHANGED, Value::Null);
    b.unsolicited(UnsolCode::CALL_RING, Value::Null);
    b.hears(WORK, UnsolCode::CALL_RING, Value::Null);
}
