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
    let mut b = Bench::with(|config| config.phone[1].privileged = true);
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
    let mut b = Bench::with(|config| config.phone[1].privileged = true);
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
    // A modem is not punctual.
    b.advance(Duration::from_millis(1999));
    assert_eq!(hearers(&mut b), [PERSONAL]);
    b.advance(Duration::from_millis(1001));
    assert_eq!(hearers(&mut b), [PERSONAL, WORK]);
    b.ask(PERSONAL, 3, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([i32::MAX]));
    b.hears_ok(PERSONAL, 3);
    b.modem_answers(RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([5000]), Value::Null);
    b.advance(Duration::from_secs(9));
    assert_eq!(hearers(&mut b), [WORK]);
    b.silence();
}

#[test]
fn another_rate_of_cell_reports_counts_at_once() {
    let mut b = Bench::new();
    let hour = 3_600_000;
    b.ask(PERSONAL, 1, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([1000]));
    b.modem_answers(RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([1000]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    let report = |b: &mut Bench, hearers: &[PhoneId]| {
        b.advance(Duration::from_secs(1));
        b.unsolicited(UnsolCode::CELL_INFO_LIST, json!([]));
        for phone in hearers {
            b.hears(*phone, UnsolCode::CELL_INFO_LIST, json!([]));
        }
        b.silence();
    };
    b.ask(WORK, 2, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([hour]));
    b.hears_ok(WORK, 2);
    report(&mut b, &[PERSONAL, WORK]);
    report(&mut b, &[PERSONAL]);
    b.ask(WORK, 3, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([2000]));
    b.hears_ok(WORK, 3);
    report(&mut b, &[PERSONAL, WORK]);
    // Nor does the next client wait for what the one before has heard.
    b.ask(WORK, 4, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([hour]));
    b.hears_ok(WORK, 4);
    b.event(Event::PhoneDown(WORK));
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.ask(WORK, 5, RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([hour]));
    b.hears_ok(WORK, 5);
    report(&mut b, &[PERSONAL, WORK]);
    report(&mut b, &[PERSONAL]);
}

#[test]
fn a_signal_from_before_an_outage_is_not_told() {
    for state in [RadioState::OFF, RadioState::UNAVAILABLE] {
        let mut b = Bench::new();
        b.ask(WORK, 1, RequestCode::SCREEN_STATE, json!([0]));
        b.hears_ok(WORK, 1);
        b.unsolicited_raw(UnsolCode::SIGNAL_STRENGTH, &[7; 52]);
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(state));
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::ON));
        b.to_phones.clear();
        b.ask(WORK, 2, RequestCode::SCREEN_STATE, json!([1]));
        b.hears_ok(WORK, 2);
        b.silence();
    }
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
    b.modem_answers(RequestCode::START_LCE, json!([2000, 0]), active(2000));
    b.unsolicited(UnsolCode::LCEDATA_RECV, json!({"last_hop_capacity_kbps": 5, "confidence_level": 90}));
    assert_eq!(b.to_phones.pop_front().unwrap().0, WORK);
    b.ask(WORK, 3, RequestCode::STOP_LCE, Value::Null);
    b.modem_answers(RequestCode::STOP_LCE, Value::Null, json!({"lce_status": 0, "actual_interval_ms": 0}));
    b.to_phones.clear();
    b.silence();
}

#[test]
fn estimates_that_one_phone_pulls_are_pushed_to_another() {
    let mut b = Bench::new();
    let (push, pull) = (0, 1);
    let active = |ms: i32| json!({"lce_status": 1, "actual_interval_ms": ms});
    b.ask(PERSONAL, 1, RequestCode::START_LCE, json!([1000, pull]));
    b.modem_answers(RequestCode::START_LCE, json!([1000, pull]), active(1000));
    b.hears_reply(PERSONAL, 1, RequestCode::START_LCE, Errno::SUCCESS, active(1000));
    b.ask(WORK, 2, RequestCode::START_LCE, json!([2000, push]));
    b.modem_answers(RequestCode::START_LCE, json!([1000, push]), active(1000));
    b.hears_reply(WORK, 2, RequestCode::START_LCE, Errno::SUCCESS, active(1000));
    b.ask(WORK, 3, RequestCode::STOP_LCE, Value::Null);
    b.hears_reply(WORK, 3, RequestCode::STOP_LCE, Errno::SUCCESS, json!({"lce_status": 0, "actual_interval_ms": 0}));
    b.modem_answers(RequestCode::START_LCE, json!([1000, pull]), active(1000));
    b.silence();
}

#[test]
fn who_wants_estimates_that_are_being_started_hears_what_becomes_of_that() {
    let active = json!({"lce_status": 1, "actual_interval_ms": 1000});
    for errno in [Errno::SUCCESS, Errno::LCE_NOT_SUPPORTED] {
        let mut b = Bench::new();
        b.ask(PERSONAL, 1, RequestCode::START_LCE, json!([1000, 1]));
        let serial = b.modem_hears(RequestCode::START_LCE, json!([1000, 1]));
        b.ask(WORK, 2, RequestCode::START_LCE, json!([2000, 1]));
        b.silence();
        if errno == Errno::SUCCESS {
            let payload = RequestCode::START_LCE.row().unwrap().response.from_json(active.clone(), V).unwrap();
            b.reply_raw(serial, errno, &payload);
            b.hears_reply(WORK, 2, RequestCode::START_LCE, errno, active.clone());
            b.hears_reply(PERSONAL, 1, RequestCode::START_LCE, errno, active.clone());
            b.ask(WORK, 3, RequestCode::START_LCE, json!([3000, 1]));
            b.hears_reply(WORK, 3, RequestCode::START_LCE, errno, active.clone());
        } else {
            b.reply_raw(serial, errno, &[]);
            b.hears_errno(WORK, 2, errno);
            b.hears_errno(PERSONAL, 1, errno);
            // Nobody has what the modem would not give, and it is not told it anew.
            b.event(Event::ModemDown);
            b.modem_comes_up(RadioState::ON);
            b.to_phones.clear();
        }
        b.silence();
        assert!(b.router.phones().all(|phone| phone.unanswered == 0));
    }
}

/// As most libraries are when the daemon starts with them.
#[test]
fn what_a_library_would_not_take_without_a_radio_it_is_told_with_one() {
    let mut b = Bench::new();
    b.router = Router::new(&b.config);
    b.modem_comes_up(RadioState::OFF);
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    for (code, arguments) in
        [(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1])), (RequestCode::START_LCE, json!([1000, 1]))]
    {
        b.ask(WORK, 1, code, arguments.clone());
        let serial = b.modem_hears(code, arguments);
        b.reply_raw(serial, Errno::RADIO_NOT_AVAILABLE, &[]);
        b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    }
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::ON));
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
    b.modem_hears(RequestCode::START_LCE, json!([1000, 1]));
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

#[test]
fn a_modem_that_starts_anew_is_told_what_phones_want() {
    let mut b = Bench::new();
    let settings = [
        (RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1])),
        (RequestCode::SET_LOCATION_UPDATES, json!([0])),
        (RequestCode::SCREEN_STATE, json!([0])),
        (RequestCode::START_LCE, json!([500, 1])),
        (RequestCode::SET_TTY_MODE, json!([1])),
    ];
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    for (code, value) in &settings {
        b.ask(PERSONAL, 2, *code, value.clone());
        b.modem_answers(*code, value.clone(), Value::Null);
        b.hears_ok(PERSONAL, 2);
    }
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::OFF);
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    assert!(b.to_modem.is_empty(), "no library takes settings before: {:?}", b.to_modem);
    // One phone says it again by itself.
    b.ask(PERSONAL, 3, RequestCode::SET_LOCATION_UPDATES, json!([1]));
    b.modem_answers(RequestCode::SET_LOCATION_UPDATES, json!([1]), Value::Null);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.modem_answers(RequestCode::SCREEN_STATE, json!([0]), Value::Null);
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
    let (code, serial, _) = b.to_modem.pop_front().unwrap();
    assert_eq!(code, RequestCode::START_LCE);
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.modem_answers(RequestCode::SET_TTY_MODE, json!([1]), Value::Null);
    b.to_phones.clear();
    // Once only.
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.to_phones.clear();
    b.silence();
}

#[test]
fn the_radio_of_a_modem_that_starts_anew_is_as_the_phones_want_it() {
    for (personal, work, was, told) in [
        (Some(1), None, RadioState::OFF, Some(1)),
        (Some(0), Some(1), RadioState::OFF, Some(1)),
        (Some(1), Some(0), RadioState::ON, None),
        (Some(0), Some(0), RadioState::ON, Some(0)),
        (Some(0), None, RadioState::ON, None),
        (None, None, RadioState::ON, None),
        (None, None, RadioState::OFF, None),
    ] {
        let mut b = Bench::new();
        for (phone, wanted) in [(PERSONAL, personal), (WORK, work)] {
            if let Some(on) = wanted {
                b.ask(phone, 1, RequestCode::RADIO_POWER, json!([on]));
            }
        }
        b.to_modem.clear();
        b.event(Event::ModemDown);
        b.modem_comes_up(was);
        match told {
            Some(on) => b.modem_answers(RequestCode::RADIO_POWER, json!([on]), Value::Null),
            None => assert!(b.to_modem.iter().all(|(code, ..)| *code != RequestCode::RADIO_POWER)),
        }
    }
}

/// oFono says these once in its life.
#[test]
fn what_a_client_says_once_is_said_again_to_a_modem_that_starts_anew() {
    const ATTACH: RequestCode = RequestCode::SET_INITIAL_ATTACH_APN;
    const CHOOSE: RequestCode = RequestCode::SET_NETWORK_SELECTION_MANUAL;
    const CHOOSE_NONE: RequestCode = RequestCode::SET_NETWORK_SELECTION_AUTOMATIC;
    let apn = json!({"apn": "internet", "protocol": "IP", "auth_type": 0, "username": "", "password": ""});
    for (restarts, says_so_again) in [(true, false), (false, false), (true, true)] {
        let mut b = Bench::new();
        b.ask(PERSONAL, 1, CHOOSE_NONE, Value::Null);
        b.modem_answers(CHOOSE_NONE, Value::Null, Value::Null);
        b.ask(PERSONAL, 2, CHOOSE, json!("26201"));
        b.modem_answers(CHOOSE, json!("26201"), Value::Null);
        b.ask(PERSONAL, 3, ATTACH, apn.clone());
        b.modem_answers(ATTACH, apn.clone(), Value::Null);
        b.ask(WORK, 4, CHOOSE, json!("26202"));
        if restarts {
            b.event(Event::ModemDown);
            b.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
        } else {
            b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
        }
        if says_so_again {
            b.ask(PERSONAL, 5, ATTACH, apn.clone());
        }
        b.to_modem.retain(|(code, ..)| [ATTACH, CHOOSE].contains(code));
        assert_eq!(b.to_modem.len(), usize::from(says_so_again), "not before it has its radio");
        b.to_modem.clear();
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
        b.to_modem.retain(|(code, ..)| [ATTACH, CHOOSE, CHOOSE_NONE].contains(code));
        b.modem_hears(CHOOSE, json!("26201"));
        if !says_so_again {
            b.modem_hears(ATTACH, apn.clone());
        }
        b.to_phones.clear();
        b.silence();
    }
}

#[test]
fn what_a_client_that_left_has_said_is_not_said_again() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::ALLOW_DATA, json!([0]));
    b.event(Event::PhoneUp(PERSONAL));
    b.event(Event::ModemDown);
    b.to_modem.clear();
    b.modem_comes_up(RadioState::ON);
    assert!(!b.to_modem.iter().any(|(code, ..)| *code == RequestCode::ALLOW_DATA));
}

#[test]
fn a_setting_that_a_new_modem_would_not_take_is_told_when_a_phone_says_it_again() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]));
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    let (code, serial, _) = b.to_modem.pop_front().unwrap();
    assert_eq!(code, RequestCode::SET_SUPP_SVC_NOTIFICATION);
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.ask(PERSONAL, 2, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]));
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
}

#[test]
fn a_modem_that_starts_anew_and_says_so_by_its_radio_alone_is_told_the_settings_again() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]));
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::UNAVAILABLE));
    assert!(b.to_modem.is_empty(), "it could not take them");
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::ON));
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
}

/// B2G and some versions of oFono ask for power only when they find the radio off.
#[test]
fn a_phone_that_is_shown_the_radio_on_and_says_nothing_keeps_it_on() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.hears_ok(WORK, 1);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.silence();
    // So it is after a start of the modem side, and as long as it has a client.
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.silence();
    b.event(Event::PhoneDown(PERSONAL));
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([1]));
    b.advance(Duration::from_secs(60));
    b.ask(WORK, 3, RequestCode::RADIO_POWER, json!([0]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
    b.to_phones.clear();
    b.silence();
}

#[test]
fn a_phone_that_was_never_shown_the_radio_on_does_not_keep_it_on() {
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::OFF);
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([1]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([1]), Value::Null);
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([0]));
    b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
}

#[test]
fn a_library_that_answers_no_setting_holds_nobody_up() {
    let mut b = Bench::new();
    let settings = [
        (RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1])),
        (RequestCode::SET_LOCATION_UPDATES, json!([0])),
        (RequestCode::SCREEN_STATE, json!([0])),
        (RequestCode::START_LCE, json!([500, 1])),
        (RequestCode::SET_TTY_MODE, json!([1])),
    ];
    for (code, value) in &settings {
        b.ask(PERSONAL, 2, *code, value.clone());
        b.modem_answers(*code, value.clone(), Value::Null);
        b.hears_ok(PERSONAL, 2);
    }
    // It says that it started anew by its radio alone, time and again.
    let mut open: Vec<i32> = Vec::new();
    for _ in 0..100 {
        for state in ["UNAVAILABLE", "ON"] {
            b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(state));
        }
        let told: Vec<_> = b.to_modem.drain(..).collect();
        let codes: Vec<_> = told.iter().map(|(code, ..)| *code).collect();
        for (code, _) in &settings {
            assert!(codes.contains(code), "{code} is not told at once: {codes:?}");
        }
        open.extend(told.iter().map(|(_, serial, _)| *serial));
        open.retain(|serial| !b.given_up.contains(serial));
        assert_eq!(open.len(), settings.len(), "what it was told before is of no interest any more");
    }
    b.to_phones.clear();
    b.finds_out(WORK, RequestCode::GET_IMEI, Value::Null, json!("356938035643809"));
    b.calls_are(&[]);
    b.silence();
    b.advance(Duration::from_secs(60));
    open.retain(|serial| !b.given_up.contains(serial));
    assert!(open.is_empty());
    b.silence();
    assert_eq!(b.router.deadline(), None);
}

#[test]
fn what_only_a_phone_wanted_that_is_gone_is_taken_back() {
    let mut b = Bench::new();
    for (code, wanted) in [
        (RequestCode::SET_LOCATION_UPDATES, 1),
        (RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, 0),
        (RequestCode::SET_DC_RT_INFO_RATE, 1000),
    ] {
        b.ask(WORK, 1, code, json!([wanted]));
        let (_, serial, _) = b.to_modem.pop_front().unwrap();
        b.reply_raw(serial, Errno::SUCCESS, &[]);
    }
    b.to_phones.clear();
    b.event(Event::PhoneDown(WORK));
    b.modem_answers(RequestCode::SET_LOCATION_UPDATES, json!([0]), Value::Null);
    b.modem_answers(RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, json!([i32::MAX]), Value::Null);
    b.modem_answers(RequestCode::SET_DC_RT_INFO_RATE, json!([i32::MAX]), Value::Null);
    b.event(Event::PhoneDown(PERSONAL));
    b.silence();
}

#[test]
fn what_a_modem_refuses_of_one_setting_says_nothing_of_the_others() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SET_LOCATION_UPDATES, json!([1]));
    b.modem_answers(RequestCode::SET_LOCATION_UPDATES, json!([1]), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(WORK, 2, RequestCode::SET_DC_RT_INFO_RATE, json!([1]));
    let serial = b.modem_hears(RequestCode::SET_DC_RT_INFO_RATE, json!([1]));
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 3, RequestCode::SET_LOCATION_UPDATES, json!([1]));
    b.hears_ok(PERSONAL, 3);
    b.silence();
    b.event(Event::PhoneDown(WORK));
    // It may have taken it all the same.
    b.modem_answers(RequestCode::SET_DC_RT_INFO_RATE, json!([i32::MAX]), Value::Null);
    b.event(Event::PhoneDown(PERSONAL));
    b.silence();
    b.event(Event::PhoneUp(WORK));
    b.modem_answers(RequestCode::SET_LOCATION_UPDATES, json!([0]), Value::Null);
    b.to_phones.clear();
    b.silence();
}

/// A phone whose requests the modem does not answer has no room for what takes its settings back: that waits.
#[test]
fn a_phone_that_floods_and_leaves_takes_its_settings_along() {
    let mut b = Bench::with(|config| config.phone[1].data_calls = u8::MAX);
    b.ask(WORK, 1, RequestCode::SET_LOCATION_UPDATES, json!([1]));
    b.modem_answers(RequestCode::SET_LOCATION_UPDATES, json!([1]), Value::Null);
    b.ask(WORK, 2, RequestCode::START_LCE, json!([1000, 0]));
    b.modem_answers(RequestCode::START_LCE, json!([1000, 0]), json!({"lce_status": 1, "actual_interval_ms": 1000}));
    for serial in 0..32 {
        let apn = format!("apn{serial}");
        b.ask(WORK, serial, RequestCode::SETUP_DATA_CALL, json!(["16", "0", apn, null, null, "0", "IP"]));
    }
    b.event(Event::PhoneDown(WORK));
    b.to_phones.clear();
    let waiting: Vec<_> = b.to_modem.drain(..).collect();
    assert!(waiting.iter().all(|(code, ..)| *code == RequestCode::SETUP_DATA_CALL), "{waiting:?}");
    for (_, serial, _) in waiting {
        b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    }
    let mut told = Vec::new();
    while let Some((code, serial, _)) = b.to_modem.pop_front() {
        // Why a set-up has failed goes before.
        if code != RequestCode::LAST_DATA_CALL_FAIL_CAUSE {
            told.push(code);
        }
        b.reply_raw(serial, Errno::SUCCESS, &encoded(&[33]));
    }
    assert_eq!(told, [RequestCode::SET_LOCATION_UPDATES, RequestCode::STOP_LCE]);
    b.silence();
}

#[test]
fn estimates_go_on_for_nobody_when_the_modem_has_refused_others() {
    let mut b = Bench::new();
    let active = json!({"lce_status": 1, "actual_interval_ms": 1000});
    b.ask(PERSONAL, 1, RequestCode::START_LCE, json!([1000, 0]));
    b.modem_answers(RequestCode::START_LCE, json!([1000, 0]), active);
    b.ask(WORK, 2, RequestCode::START_LCE, json!([500, 0]));
    let serial = b.modem_hears(RequestCode::START_LCE, json!([500, 0]));
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.to_phones.clear();
    b.event(Event::PhoneDown(PERSONAL));
    b.modem_answers(RequestCode::STOP_LCE, Value::Null, json!({"lce_status": 0, "actual_interval_ms": 0}));
    b.event(Event::PhoneDown(WORK));
    b.silence();
}
