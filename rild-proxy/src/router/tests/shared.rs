//! What phones share: radio power, screen state, privileges, the USSD session.

use super::*;

#[test]
fn airplane_mode_of_one_phone_leaves_the_other_its_radio() {
    let mut b = Bench::new();
    for (phone, serial) in [(PERSONAL, 1), (WORK, 2)] {
        b.ask(phone, serial, RequestCode::RADIO_POWER, json!([1]));
        b.hears_ok(phone, serial);
    }
    b.ask(PERSONAL, 3, RequestCode::RADIO_POWER, json!([0]));
    b.hears_ok(PERSONAL, 3);
    b.hears(PERSONAL, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.silence();
    b.ask(PERSONAL, 4, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(PERSONAL, 4, Errno::RADIO_NOT_AVAILABLE);
    b.ask(WORK, 5, RequestCode::RADIO_POWER, json!([0]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
    b.hears_ok(WORK, 5);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.silence();
}

/// A call that is being dialled keeps the radio on, but does not switch it on.
#[test]
fn what_the_modem_is_told_is_what_it_is_taken_to_do() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.ask(PERSONAL, 2, RequestCode::RADIO_POWER, json!([0]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.ask(WORK, 3, RequestCode::RADIO_POWER, json!([0]));
    b.hears_ok(WORK, 3);
    b.to_phones.clear();
    b.ask(PERSONAL, 4, RequestCode::RADIO_POWER, json!([1]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 4);
    b.silence();
}

#[test]
fn the_modem_sees_the_screen_of_the_foreground_phone() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SCREEN_STATE, json!([0]));
    b.hears_ok(WORK, 1);
    b.ask(PERSONAL, 2, RequestCode::SCREEN_STATE, json!([1]));
    b.modem_answers(RequestCode::SCREEN_STATE, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.unsolicited_raw(UnsolCode::SIGNAL_STRENGTH, &[7; 52]);
    assert_eq!(b.to_phones.pop_front().unwrap().0, PERSONAL);
    b.silence();
    b.ask(WORK, 3, RequestCode::SCREEN_STATE, json!([1]));
    b.hears_ok(WORK, 3);
    assert_eq!(
        b.to_phones.pop_front().unwrap(),
        (WORK, Heard::Unsolicited { code: UnsolCode::SIGNAL_STRENGTH, payload: vec![7; 52] }),
        "what it missed"
    );
    b.silence();
}

#[test]
fn only_the_privileged_phone_changes_what_all_share() {
    let mut b = Bench::new();
    let pin = json!(["1234", null]);
    b.ask(WORK, 1, RequestCode::ENTER_SIM_PIN, pin.clone());
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.ask(WORK, 2, RequestCode::SHUTDOWN, Value::Null);
    b.hears_ok(WORK, 2);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.ask(WORK, 3, RequestCode::OEM_HOOK_RAW, json!("00"));
    b.hears_errno(WORK, 3, Errno::REQUEST_NOT_SUPPORTED);
    let write = json!({"command": 0xdc, "file_id": 0x6f3c, "path": "3F007F10"});
    b.ask(WORK, 4, RequestCode::SIM_IO, write);
    b.hears_errno(WORK, 4, Errno::GENERIC_FAILURE);
    b.silence();
    b.ask(PERSONAL, 5, RequestCode::ENTER_SIM_PIN, pin.clone());
    b.modem_answers(RequestCode::ENTER_SIM_PIN, pin, json!([3]));
    b.hears_reply(PERSONAL, 5, RequestCode::ENTER_SIM_PIN, Errno::SUCCESS, json!([3]));
    b.silence();
}

#[test]
fn a_setting_in_the_shape_of_a_dialled_string_is_a_setting() {
    let mut b = Bench::new();
    b.foreground(WORK).unwrap();
    b.modem_answers(RequestCode::SCREEN_STATE, json!([1]), Value::Null);
    b.ask(WORK, 1, RequestCode::DIAL, dial("**21*5550123#"));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.ask(WORK, 2, RequestCode::SEND_USSD, json!("**04*1234*4321*4321#"));
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 3, RequestCode::SEND_USSD, json!("**21*5550123#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("**21*5550123#"), Value::Null);
    b.hears_ok(PERSONAL, 3);
    b.silence();
}

#[test]
fn one_ussd_session_at_a_time() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(PERSONAL, 2, RequestCode::SEND_USSD, json!("*101#"));
    b.hears_errno(PERSONAL, 2, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 3, RequestCode::CANCEL_USSD, Value::Null);
    b.hears_errno(PERSONAL, 3, Errno::GENERIC_FAILURE);
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "1: balance"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["1", "1: balance"]));
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "bye"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "bye"]));
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "from the network"]));
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["0", "from the network"]));
    b.silence();
}

#[test]
fn what_no_rule_speaks_of_passes_byte_for_byte() {
    let mut b = Bench::new();
    let odd = [0xff, 0, 1, 2, 3];
    b.ask_raw(WORK, 1, RequestCode::GET_CELL_INFO_LIST, &odd);
    let (code, serial, payload) = b.to_modem.pop_front().unwrap();
    assert_eq!((code, &payload[..]), (RequestCode::GET_CELL_INFO_LIST, &odd[..]));
    b.reply_raw(serial, Errno(777), &odd);
    let (to, heard) = b.to_phones.pop_front().unwrap();
    assert_eq!((to, heard), (WORK, Heard::Reply { serial: 1, errno: Errno(777), payload: odd.to_vec() }));
    b.unsolicited_raw(UnsolCode(11008), &odd);
    let (to, heard) = b.to_phones.pop_front().unwrap();
    assert_eq!((to, heard), (PERSONAL, Heard::Unsolicited { code: UnsolCode(11008), payload: odd.to_vec() }));
    b.unsolicited_raw(UnsolCode::VOICE_RADIO_TECH_CHANGED, &encoded(&[14]));
    b.hears(PERSONAL, UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([14]));
    b.hears(WORK, UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([14]));
    b.silence();
}

/// What a phone writes behind a value, or beyond it, was not judged.
#[test]
fn the_modem_hears_of_settings_in_the_routers_words() {
    let mut b = Bench::new();
    for (code, written, told) in [
        (RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([-5, 7, 7]), json!([0])),
        (RequestCode::SET_DC_RT_INFO_RATE, json!([-5]), json!([0])),
        (RequestCode::SET_LOCATION_UPDATES, json!([77, 1]), json!([1])),
    ] {
        b.ask(WORK, 1, code, written);
        b.modem_answers(code, told, Value::Null);
        b.hears_ok(WORK, 1);
    }
    b.silence();
}
