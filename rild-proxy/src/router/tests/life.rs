//! Comings and goings, and bad input: serials, time-outs, restarts, floods.

use super::*;

#[test]
fn colliding_serials_do_not_meet() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 5, ACTIVITY, Value::Null);
    b.ask(WORK, 5, RequestCode::BASEBAND_VERSION, Value::Null);
    let first = b.modem_hears(ACTIVITY, Value::Null);
    let second = b.modem_hears(RequestCode::BASEBAND_VERSION, Value::Null);
    assert_ne!(first, second);
    b.reply_raw(second, Errno::SUCCESS, &parcel::encode(&Some("1.0".to_owned()), V));
    b.reply_raw(first, Errno::GENERIC_FAILURE, b"left");
    b.hears_reply(WORK, 5, RequestCode::BASEBAND_VERSION, Errno::SUCCESS, json!("1.0"));
    let (to, heard) = b.to_phones.pop_front().unwrap();
    assert_eq!(
        (to, heard),
        (PERSONAL, Heard::Reply { serial: 5, errno: Errno::GENERIC_FAILURE, payload: b"left".into() })
    );
    b.silence();
}

#[test]
fn late_doubled_and_invented_answers_reach_nobody() {
    let mut b = Bench::new();
    b.ask(PERSONAL, -1, ACTIVITY, Value::Null);
    let serial = b.modem_hears(ACTIVITY, Value::Null);
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(PERSONAL, -1);
    for serial in [serial, 0, -1, i32::MAX, i32::MIN, serial + 1] {
        b.reply_raw(serial, Errno::SUCCESS, &[]);
    }
    b.silence();
    assert_eq!(b.notes.iter().filter(|note| matches!(note, Note::UnknownReply { .. })).count(), 6);
}

#[test]
fn an_answer_to_a_client_that_left_does_not_reach_the_next() {
    let mut b = Bench::new();
    b.ask(WORK, 1, ACTIVITY, Value::Null);
    let serial = b.modem_hears(ACTIVITY, Value::Null);
    b.event(Event::PhoneDown(WORK));
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.silence();
}

#[test]
fn a_modem_that_never_answers_costs_one_failure() {
    let mut b = Bench::new();
    b.ask(WORK, 1, ACTIVITY, Value::Null);
    let serial = b.modem_hears(ACTIVITY, Value::Null);
    b.advance(Duration::from_secs(59));
    b.silence();
    assert!(b.given_up.is_empty());
    b.advance(Duration::from_secs(1));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    assert_eq!(b.given_up, [serial], "nobody wants it done any more");
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.silence();
    assert_eq!(b.router.deadline(), None);
}

#[test]
fn a_modem_that_dies_leaves_no_question_open() {
    let mut b = Bench::new();
    b.ask(WORK, 1, ACTIVITY, Value::Null);
    b.ask(PERSONAL, 2, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.event(Event::ModemDown);
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.hears_errno(PERSONAL, 2, Errno::RADIO_NOT_AVAILABLE);
    for phone in [PERSONAL, WORK] {
        b.hears(phone, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    }
    b.ask(WORK, 3, ACTIVITY, Value::Null);
    b.hears_errno(WORK, 3, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::OFF);
    for phone in [PERSONAL, WORK] {
        b.hears(phone, UnsolCode::RIL_CONNECTED, json!([V.0]));
        b.hears(phone, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    }
    for phone in [PERSONAL, WORK] {
        b.hears(phone, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    }
    assert_eq!(b.to_modem.len(), 2, "what was asked before");
}

#[test]
fn short_frames_are_dropped_and_unknown_requests_answered() {
    let mut b = Bench::new();
    for body in [&b""[..], b"\x0a\0\0\0", b"\x0a\0\0\0\x01\0\0"] {
        b.event(Event::FromPhone(WORK, body));
        b.event(Event::FromModem(body));
    }
    b.silence();
    b.ask_raw(WORK, 9, RequestCode(4711), b"whatever");
    b.hears_errno(WORK, 9, Errno::REQUEST_NOT_SUPPORTED);
    b.ask_raw(PERSONAL, 9, RequestCode(4711), b"whatever");
    let (code, _, payload) = b.to_modem.pop_front().unwrap();
    assert_eq!((code, &payload[..]), (RequestCode(4711), &b"whatever"[..]), "the privileged phone may try");
    b.ask_raw(WORK, 10, RequestCode::RESPONSE_ACKNOWLEDGEMENT, b"");
    b.silence();
}

#[test]
fn a_phone_that_floods_is_refused_and_the_other_is_not() {
    let mut b = Bench::new();
    for serial in 0..2000 {
        b.ask(WORK, serial, ACTIVITY, Value::Null);
    }
    assert_eq!(b.to_modem.len(), 1024);
    assert_eq!(b.to_phones.len(), 2000 - 1024);
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(PERSONAL, 1, ACTIVITY, Value::Null);
    b.modem_hears(ACTIVITY, Value::Null);
    b.silence();
}

#[test]
fn a_phone_that_floods_gains_nothing_by_connecting_again() {
    let mut b = Bench::new();
    for serial in 0..1024 {
        b.ask(PERSONAL, serial, ACTIVITY, Value::Null);
    }
    b.event(Event::PhoneDown(PERSONAL));
    b.event(Event::PhoneUp(PERSONAL));
    let unanswered: Vec<i32> = b.to_modem.drain(..).map(|(_, serial, _)| serial).collect();
    b.to_phones.clear();
    let dial = json!({"address": "5550123", "clir": "DEFAULT", "uus": null});
    let requests = [(ACTIVITY, Value::Null), (RequestCode::GET_CURRENT_CALLS, Value::Null), (RequestCode::DIAL, dial)];
    for (code, arguments) in &requests {
        b.ask(PERSONAL, 7, *code, arguments.clone());
        let refused = Heard::Reply { serial: 7, errno: Errno::GENERIC_FAILURE, payload: vec![] };
        assert_eq!(b.to_phones.pop_front(), Some((PERSONAL, refused)), "{code}");
    }
    b.silence();
    assert!(b.router.voice.dialled.is_empty(), "a call that never reached the modem has no owner");
    for serial in unanswered {
        b.reply_raw(serial, Errno::SUCCESS, &[]);
    }
    b.silence();
    b.ask(PERSONAL, 8, ACTIVITY, Value::Null);
    b.modem_hears(ACTIVITY, Value::Null);
    b.silence();
}

#[test]
fn a_client_is_greeted_like_by_a_rild() {
    let mut b = Bench::new();
    b.unsolicited_raw(UnsolCode::NITZ_TIME_RECEIVED, b"nitz");
    b.to_phones.clear();
    b.event(Event::PhoneDown(WORK));
    b.event(Event::PhoneUp(WORK));
    let codes: Vec<_> = b
        .to_phones
        .drain(..)
        .map(|(to, heard)| match heard {
            Heard::Unsolicited { code, .. } if to == WORK => code,
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [UnsolCode::RIL_CONNECTED, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, UnsolCode::NITZ_TIME_RECEIVED];
    assert_eq!(codes, expected);
}

#[test]
fn a_modem_that_restarts_under_its_library_leaves_no_question_open_and_keeps_no_call() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999992")]);
    b.ask(WORK, 1, ACTIVITY, Value::Null);
    b.ask(PERSONAL, 2, RequestCode::OPERATOR, Value::Null);
    b.modem_hears(ACTIVITY, Value::Null);
    let late = b.modem_hears(RequestCode::OPERATOR, Value::Null);
    b.to_phones.clear();
    b.unsolicited(UnsolCode::MODEM_RESTART, json!("watchdog"));
    let heard: Vec<_> = std::iter::from_fn(|| b.to_phones.pop_front()).collect();
    for (phone, serial) in [(WORK, 1), (PERSONAL, 2)] {
        let failed = Heard::Reply { serial, errno: Errno::RADIO_NOT_AVAILABLE, payload: Vec::new() };
        assert!(heard.contains(&(phone, failed)), "{heard:?}");
        let restart = |(to, what): &(PhoneId, Heard)| {
            *to == phone && matches!(what, Heard::Unsolicited { code: UnsolCode::MODEM_RESTART, .. })
        };
        assert!(heard.iter().any(restart), "{heard:?}");
    }
    let ended = Heard::Unsolicited { code: UnsolCode::RESPONSE_CALL_STATE_CHANGED, payload: Vec::new() };
    assert!(heard.contains(&(WORK, ended.clone())) && !heard.contains(&(PERSONAL, ended)), "{heard:?}");
    b.modem_lists(&[]);
    assert_eq!(b.router.calls().count(), 0);
    b.to_phones.clear();
    b.to_modem.clear();
    b.reply_raw(late, Errno::SUCCESS, &[]);
    b.silence();
}

/// Or else a phone that sends its message again has sent it twice.
#[test]
fn what_a_restarting_modem_was_asked_is_withdrawn() {
    for greets_again in [false, true] {
        let mut b = Bench::new();
        b.ask(WORK, 1, ACTIVITY, Value::Null);
        let first = b.modem_hears(ACTIVITY, Value::Null);
        b.ask(PERSONAL, 2, RequestCode::SET_SMSC_ADDRESS, json!("+15550100"));
        let second = b.modem_hears(RequestCode::SET_SMSC_ADDRESS, json!("+15550100"));
        if greets_again {
            b.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
        } else {
            b.unsolicited(UnsolCode::MODEM_RESTART, json!("watchdog"));
        }
        assert_eq!(b.given_up, [first, second]);
        b.reply_raw(first, Errno::SUCCESS, &[]);
        let replies = b.to_phones.iter().filter(|(_, heard)| matches!(heard, Heard::Reply { .. }));
        assert_eq!(replies.count(), 2, "one for each");
    }
}

#[test]
fn a_library_is_not_asked_what_it_does_not_know() {
    let mut b = Bench::with(|config| config.modem.last_request = Some(117));
    b.ask_raw(PERSONAL, 1, RequestCode::NV_READ_ITEM, &encoded(&[1]));
    b.hears_errno(PERSONAL, 1, Errno::REQUEST_NOT_SUPPORTED);
    b.ask_raw(PERSONAL, 2, RequestCode(4711), &[]);
    b.hears_errno(PERSONAL, 2, Errno::REQUEST_NOT_SUPPORTED);
    b.ask(WORK, 3, RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, json!([1]));
    b.hears_errno(WORK, 3, Errno::REQUEST_NOT_SUPPORTED);
    b.silence();
    b.ask(PERSONAL, 4, RequestCode::SIM_OPEN_CHANNEL, json!("A0"));
    assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code), Some(RequestCode::SIM_OPEN_CHANNEL));
    b.silence();
}

#[test]
fn what_libril_answers_for_an_old_library_is_passed_on() {
    let heard = |version: i32, socket: bool| {
        let mut b = Bench::with(|config| {
            config.modem.last_request = Some(103);
            if socket {
                config.modem.socket = crate::config::PerSim::from(std::path::PathBuf::from("/dev/socket/rild"));
            }
        });
        b.unsolicited(UnsolCode::RIL_CONNECTED, json!([version]));
        b.to_modem.clear();
        b.ask(PERSONAL, 1, RequestCode::VOICE_RADIO_TECH, json!(null));
        b.ask(PERSONAL, 2, RequestCode::CDMA_GET_SUBSCRIPTION_SOURCE, json!(null));
        b.ask(PERSONAL, 3, RequestCode::ISIM_AUTHENTICATION, json!("A0"));
        b.to_modem.drain(..).map(|(code, ..)| code).collect::<Vec<_>>()
    };
    assert_eq!(heard(6, false), [RequestCode::VOICE_RADIO_TECH, RequestCode::CDMA_GET_SUBSCRIPTION_SOURCE]);
    assert_eq!(heard(7, false), [], "its radio says no more than whether it is on");
    assert_eq!(heard(6, true), [], "a rild of its age does not know them either");
}

#[test]
fn nor_is_it_asked_in_between() {
    let mut b = Bench::with(|config| config.modem.unknown_requests = vec![38, 56]);
    b.ask(PERSONAL, 1, RequestCode::GET_IMEI, json!(null));
    b.hears_errno(PERSONAL, 1, Errno::REQUEST_NOT_SUPPORTED);
    b.silence();
    b.ask(PERSONAL, 2, RequestCode::GET_IMEISV, json!(null));
    assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code), Some(RequestCode::GET_IMEISV));
}

#[test]
fn neither_is_it_by_the_router() {
    let (mut of_old, mut of_gaps) = (Vec::new(), Vec::new());
    for (last, unknown, heard) in [(Some(101), vec![], &mut of_old), (None, vec![102], &mut of_gaps)] {
        let mut b = Bench::with(|config| {
            config.modem.last_request = last;
            config.modem.unknown_requests = unknown;
        });
        b.event(Event::StoreFailing(true));
        b.event(Event::PhoneDown(PERSONAL));
        b.event(Event::PhoneDown(WORK));
        heard.extend(b.to_modem.drain(..).map(|(code, ..)| code));
    }
    assert_eq!((of_old, of_gaps), (vec![], vec![]));
}
