//! Settings of which the modem has one: what the wishes of the phones add up to.

use super::*;

#[test]
fn the_modem_is_told_only_what_changes_what_it_must_have() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]));
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 2, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]));
    b.hears_ok(WORK, 2);
    b.ask(PERSONAL, 3, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([0]));
    b.hears_ok(PERSONAL, 3);
    b.silence();
    b.event(Event::PhoneDown(WORK));
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([0]), Value::Null);
    b.silence();
}

#[test]
fn the_device_saves_power_when_every_phone_does() {
    let mut b = Bench::new();
    let (power_save, charging) = (0, 1);
    b.ask(PERSONAL, 1, RequestCode::SEND_DEVICE_STATE, json!([power_save, 1]));
    b.hears_ok(PERSONAL, 1);
    b.modem_answers(RequestCode::SEND_DEVICE_STATE, json!([power_save, 0]), Value::Null);
    b.ask(WORK, 2, RequestCode::SEND_DEVICE_STATE, json!([power_save, 1]));
    b.modem_answers(RequestCode::SEND_DEVICE_STATE, json!([power_save, 1]), Value::Null);
    b.hears_ok(WORK, 2);
    b.ask(WORK, 3, RequestCode::SEND_DEVICE_STATE, json!([charging, 1]));
    b.modem_answers(RequestCode::SEND_DEVICE_STATE, json!([charging, 1]), Value::Null);
    b.hears_ok(WORK, 3);
    b.ask(PERSONAL, 4, RequestCode::SEND_DEVICE_STATE, json!([charging, 1]));
    b.hears_ok(PERSONAL, 4);
    b.ask(PERSONAL, 5, RequestCode::SEND_DEVICE_STATE, json!([77, 1]));
    b.hears_errno(PERSONAL, 5, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn each_phone_hears_what_its_own_filter_lets_through() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.modem_answers(RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, json!([-1]), Value::Null);
    b.ask(WORK, 2, RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, json!([4]));
    b.hears_ok(WORK, 2);
    b.modem_answers(RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, json!([5]), Value::Null);
    b.unsolicited_raw(UnsolCode::SIGNAL_STRENGTH, &[7; 52]);
    assert_eq!(b.to_phones.pop_front().unwrap().0, PERSONAL);
    b.silence();
}

#[test]
fn each_phone_has_its_own_rate_of_cell_reports() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([2000]));
    b.modem_answers(RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([2000]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 2, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([5000]));
    b.hears_ok(WORK, 2);
    let hearers = |b: &mut Bench| {
        b.unsolicited(UnsolCode::CELL_INFO_LIST, json!([]));
        std::iter::from_fn(|| b.to_phones.pop_front()).map(|(phone, _)| phone).collect::<Vec<_>>()
    };
    assert_eq!(hearers(&mut b), [PERSONAL, WORK]);
    b.advance(Duration::from_secs(2));
    assert_eq!(hearers(&mut b), [PERSONAL]);
    b.advance(Duration::from_secs(1));
    assert_eq!(hearers(&mut b), []);
    b.advance(Duration::from_secs(2));
    assert_eq!(hearers(&mut b), [PERSONAL, WORK]);
    b.ask(PERSONAL, 3, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([i32::MAX]));
    b.hears_ok(PERSONAL, 3);
    b.modem_answers(RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([5000]), Value::Null);
    b.advance(Duration::from_secs(9));
    assert_eq!(hearers(&mut b), [WORK]);
    b.silence();
}

#[test]
fn link_capacity_is_estimated_for_as_long_as_anybody_wants_it() {
    let mut b = Bench::new();
    let active = |ms: i32| json!({"lce_status": 1, "actual_interval_ms": ms});
    b.ask(PERSONAL, 1, RequestCode::START_LCE, json!([1000, 0]));
    b.modem_answers(RequestCode::START_LCE, json!([1000, 0]), active(1000));
    b.hears_reply(PERSONAL, 1, RequestCode::START_LCE, Errno::SUCCESS, active(1000));
    b.ask(WORK, 2, RequestCode::START_LCE, json!([2000, 0]));
    b.hears_reply(WORK, 2, RequestCode::START_LCE, Errno::SUCCESS, active(1000));
    b.event(Event::PhoneDown(PERSONAL));
    b.modem_answers(RequestCode::START_LCE, json!([2000]), active(2000));
    b.unsolicited(UnsolCode::LCEDATA_RECV, json!({"last_hop_capacity_kbps": 5, "confidence_level": 90}));
    assert_eq!(b.to_phones.pop_front().unwrap().0, WORK);
    b.ask(WORK, 3, RequestCode::STOP_LCE, Value::Null);
    b.modem_answers(RequestCode::STOP_LCE, Value::Null, json!({"lce_status": 0, "actual_interval_ms": 0}));
    b.to_phones.clear();
    b.silence();
}

#[test]
fn a_text_telephone_is_the_foreground_phones() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SET_TTY_MODE, json!([1]));
    b.hears_ok(WORK, 1);
    b.ask(WORK, 2, RequestCode::QUERY_TTY_MODE, Value::Null);
    b.hears_reply(WORK, 2, RequestCode::QUERY_TTY_MODE, Errno::SUCCESS, json!([1]));
    b.silence();
    b.foreground(WORK).unwrap();
    let codes: Vec<_> =
        std::iter::from_fn(|| b.to_modem.pop_front()).map(|(code, _, payload)| (code, payload)).collect();
    assert!(codes.contains(&(RequestCode::SET_TTY_MODE, encoded(&[1]))), "{codes:?}");
    b.foreground(PERSONAL).unwrap();
    let codes: Vec<_> =
        std::iter::from_fn(|| b.to_modem.pop_front()).map(|(code, _, payload)| (code, payload)).collect();
    assert!(codes.contains(&(RequestCode::SET_TTY_MODE, encoded(&[0]))), "{codes:?}");
}

#[test]
fn the_network_type_that_a_phone_chose_is_what_it_finds() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SET_PREFERRED_NETWORK_TYPE, json!([9]));
    b.hears_ok(WORK, 1);
    b.ask(WORK, 2, RequestCode::GET_PREFERRED_NETWORK_TYPE, Value::Null);
    b.hears_reply(WORK, 2, RequestCode::GET_PREFERRED_NETWORK_TYPE, Errno::SUCCESS, json!([9]));
    b.silence();
    b.ask(PERSONAL, 3, RequestCode::GET_PREFERRED_NETWORK_TYPE, Value::Null);
    b.modem_hears(RequestCode::GET_PREFERRED_NETWORK_TYPE, Value::Null);
    b.silence();
}
