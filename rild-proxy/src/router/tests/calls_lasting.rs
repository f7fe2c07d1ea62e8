//! Whose call is whose, across restarts.

use super::super::Kind;
use super::*;

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;

fn two_calls() -> [Call; 2] {
    [incoming(1, CallState::HOLDING, "155501999992"), call(2, CallState::ACTIVE, "5550100")]
}

#[track_caller]
fn sees(b: &mut Bench, phone: PhoneId, modem: &[Call], seen: &[Call]) {
    b.ask(phone, 9, LIST, Value::Null);
    b.modem_lists(modem);
    b.hears_reply(phone, 9, LIST, Errno::SUCCESS, json!(seen));
}

/// What each phone sees of [`two_calls`].
#[track_caller]
fn each_sees_its_own(b: &mut Bench) {
    sees(b, WORK, &two_calls(), &[incoming(1, CallState::HOLDING, "15550199999")]);
    sees(b, PERSONAL, &two_calls(), &[call(1, CallState::ACTIVE, "5550100")]);
    b.silence();
}

#[test]
fn calls_keep_their_owners_when_the_daemon_starts_anew() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    let records = b.take_records();
    assert_eq!(records.iter().filter(|(kind, ..)| *kind == Kind::Call).count(), 2);
    let mut b = Bench::recalling(&records);
    b.modem_lists(&two_calls());
    b.to_phones.clear();
    each_sees_its_own(&mut b);
    // What has not changed is not stored again.
    assert!(b.stored.is_empty(), "{:?}", b.stored);
}

#[test]
fn calls_keep_their_owners_when_the_modem_side_comes_back() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.ask(WORK, 1, LIST, Value::Null);
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.modem_lists(&two_calls());
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(PERSONAL, CHANGED, Value::Null);
    each_sees_its_own(&mut b);
}

#[test]
fn what_the_modem_does_not_list_any_more_has_ended() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    // Another caller has the index of work's call.
    let listed = [incoming(1, CallState::INCOMING, "15550177777")];
    b.modem_lists(&listed);
    for phone in [PERSONAL, WORK] {
        assert!(b.notes.iter().any(|note| matches!(note, Note::CallEnded { phone: of, .. } if *of == phone)));
    }
    b.to_modem.clear();
    b.to_phones.clear();
    // A number is not used again in the list in which its call ended.
    sees(&mut b, PERSONAL, &listed, &[Call { index: 2, ..listed[0].clone() }]);
    sees(&mut b, WORK, &listed, &[]);
    let removed = b.stored.iter().filter(|change| change.starts_with("Remove")).count();
    assert_eq!(removed, 1, "index 2 is free: {:?}", b.stored);
}

#[test]
fn calls_that_are_over_are_not_stored() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    b.calls_are(&[]);
    assert!(b.take_records().iter().all(|(kind, ..)| *kind != Kind::Call));
}

#[test]
fn the_emergency_caller_is_called_back_after_a_restart() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    b.unsolicited(UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, Value::Null);
    for phone in [PERSONAL, WORK] {
        b.hears(phone, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, Value::Null);
    }
    b.silence();
}

#[test]
fn emergency_calls_that_were_in_no_list_are_their_callers_after_a_restart() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("#31#911"));
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    let records = b.take_records();
    let listed = [call(1, CallState::HOLDING, "911"), call(2, CallState::ACTIVE, "112")];
    let mut b = Bench::recalling(&records);
    b.calls_are(&listed);
    assert_eq!(owners(&b), [(1, WORK), (2, PERSONAL)]);

    // So they are when one of them has dialled again before there is a list.
    let mut b = Bench::recalling(&records);
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("1-1-2"));
    b.to_modem.clear();
    b.calls_are(&listed);
    assert_eq!(owners(&b), [(1, WORK), (2, PERSONAL)]);
}

#[test]
fn emergency_calls_are_stored_until_they_are_listed_refused_or_too_old() {
    let unlisted = |b: &mut Bench| b.take_records().iter().filter(|(_, key, _)| key.starts_with(b"unlisted")).count();
    let dials = || {
        let mut b = Bench::new();
        b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
        let (code, serial, _) = b.to_modem.pop_front().expect("it is dialled");
        assert_eq!(code, RequestCode::DIAL);
        (b, serial)
    };
    let (mut b, serial) = dials();
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    assert_eq!(unlisted(&mut b), 1);

    let (mut b, serial) = dials();
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    assert_eq!(unlisted(&mut b), 0);

    let (mut b, serial) = dials();
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    assert_eq!(unlisted(&mut b), 0);

    let (mut b, _) = dials();
    let mut b = Bench::recalling(&b.take_records());
    b.calls_are(&[]);
    b.advance(Duration::from_secs(299));
    b.calls_are(&[]);
    assert!(b.stored.is_empty(), "it may come yet: {:?}", b.stored);
    b.advance(Duration::from_secs(1));
    b.calls_are(&[]);
    assert_eq!(unlisted(&mut b), 0);
}

/// Before there was a record of each call, only the last caller was known.
#[test]
fn an_emergency_call_without_a_record_is_the_last_callers() {
    let mut b = Bench::recalling(&[(Kind::Call, b"emergency caller".to_vec(), b"work".to_vec())]);
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    assert_eq!(owners(&b), [(1, WORK)]);
}

#[test]
fn records_of_nobody_and_nonsense_are_passed_over() {
    let nonsense = [
        (Kind::Call, b"x".to_vec(), b"y".to_vec()),
        (Kind::Call, vec![0, 0, 0, 1], vec![0xff]),
        (Kind::Call, b"emergency caller".to_vec(), b"stranger".to_vec()),
        (Kind::Call, b"unlisted emergency calls".to_vec(), vec![0xff]),
        (Kind::MissedCall, b"work".to_vec(), Vec::new()),
        (Kind::MissedCall, b"stranger\0\0\0\0\0\0\0\0\x01".to_vec(), Vec::new()),
        (Kind::Setting, b"work\0clir".to_vec(), vec![9]),
        (Kind::Setting, b"stranger\0clir".to_vec(), vec![1]),
        (Kind::EmergencyNumber, vec![0xff, 0xfe], Vec::new()),
    ];
    let mut b = Bench::recalling(&nonsense);
    b.modem_lists(&[]);
    b.silence();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}));
}

#[test]
fn a_call_that_an_earlier_daemon_dialled_for_nobody_knows_whom_is_seen_by_nobody_and_ended() {
    let mut b = Bench::new();
    b.foreground(WORK).unwrap();
    b.event(Event::Tick);
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    assert!(b.router.phones().any(|phone| phone.name == "work" && phone.foreground), "it still has the screen");
    let dialled = [call(1, CallState::DIALING, "5550100")];
    b.calls_are(&dialled);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.silence();
    sees(&mut b, WORK, &dialled, &[]);
    sees(&mut b, PERSONAL, &dialled, &[]);
    b.calls_are(&[]);
    b.to_phones.clear();
    b.to_modem.clear();

    // Not if it is an emergency call, nor when dialling cannot have taken so long.
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    b.hears(WORK, CHANGED, Value::Null);
    b.calls_are(&[]);
    b.to_phones.clear();
    b.to_modem.clear();
    b.advance(Duration::from_secs(300));
    b.calls_are(&dialled);
    b.hears(WORK, CHANGED, Value::Null);
}

/// Nobody can have seen the call meanwhile, however long that was.
#[test]
fn such_a_call_is_ended_also_when_the_modem_gave_no_list_for_long() {
    let mut b = Bench::new();
    b.foreground(WORK).unwrap();
    b.event(Event::Tick);
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    b.unsolicited(CHANGED, Value::Null);
    let serial = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.to_phones.clear();
    b.advance(Duration::from_secs(300));
    b.to_modem.retain(|(code, ..)| *code == RequestCode::GET_CURRENT_CALLS);
    b.modem_lists(&[call(1, CallState::DIALING, "5550100")]);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.silence();
}

/// The modem side had not answered; its modem makes the call all the same.
#[test]
fn a_call_that_the_modem_side_took_along_is_shown_to_nobody() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.foreground(WORK).unwrap();
    b.event(Event::ModemDown);
    b.to_modem.clear();
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    let listed = [call(1, CallState::ACTIVE, "5550100")];
    b.modem_lists(&listed);
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.calls_are(&[]);
    assert!(b.to_phones.is_empty(), "{:?}", b.to_phones);
}

/// The modem answers that it has no radio, which says nothing about calls.
#[track_caller]
fn no_radio_to_list_calls_with(b: &mut Bench) {
    let serial = b.modem_hears(LIST, Value::Null);
    b.reply_raw(serial, Errno::RADIO_NOT_AVAILABLE, &[]);
}

#[test]
fn calls_keep_their_owners_until_the_modem_side_that_comes_up_has_its_radio() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::UNAVAILABLE);
    no_radio_to_list_calls_with(&mut b);
    b.to_phones.clear();
    b.silence();
    b.ask(WORK, 1, LIST, Value::Null);
    no_radio_to_list_calls_with(&mut b);
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.silence();
    let kept = b.store.records.keys().filter(|(kind, _)| *kind == Kind::Call).count();
    assert_eq!(kept, 2, "also if the daemon starts anew");
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.to_phones.clear();
    b.modem_lists(&two_calls());
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(PERSONAL, CHANGED, Value::Null);
    each_sees_its_own(&mut b);
}

#[test]
fn they_keep_them_when_the_radio_is_there_before_the_answer_that_it_is_not() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    no_radio_to_list_calls_with(&mut b);
    b.modem_lists(&two_calls());
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(PERSONAL, CHANGED, Value::Null);
    each_sees_its_own(&mut b);
}

#[test]
fn calls_that_the_radio_does_not_come_back_with_are_over() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::UNAVAILABLE);
    no_radio_to_list_calls_with(&mut b);
    b.notes.clear();
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    no_radio_to_list_calls_with(&mut b);
    for phone in [PERSONAL, WORK] {
        assert!(b.notes.iter().any(|note| matches!(note, Note::CallEnded { phone: of, .. } if *of == phone)));
    }
    assert!(b.take_records().iter().all(|(kind, ..)| *kind != Kind::Call));
    b.to_phones.clear();
    b.silence();
}

#[test]
fn calls_keep_their_owners_while_the_radio_is_gone_for_a_moment() {
    let mut b = Bench::new();
    b.calls_are(&two_calls());
    b.to_phones.clear();
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.to_phones.clear();
    no_radio_to_list_calls_with(&mut b);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.hears(WORK, CHANGED, Value::Null);
    assert_eq!(owners(&b), []);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.to_phones.clear();
    b.modem_lists(&two_calls());
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(PERSONAL, CHANGED, Value::Null);
    each_sees_its_own(&mut b);
}

fn dialled(number: &str) -> Value {
    json!({"address": number, "clir": "DEFAULT", "uus": null})
}

/// A daemon that comes after one in which these calls were, beside a modem that goes on; both phones are there, and the
/// list of calls is not.
fn before_the_first_list(calls: &[Call]) -> Bench {
    let mut b = Bench::new();
    b.calls_are(calls);
    let records = b.take_records();
    Bench::recalling(&records)
}

#[test]
fn until_the_first_list_a_call_of_before_keeps_the_radio_on() {
    for goes_on in [true, false] {
        let mut b = before_the_first_list(&[call(1, CallState::ACTIVE, "5550100")]);
        b.event(Event::PhoneDown(PERSONAL));
        b.to_phones.clear();
        b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
        b.hears_ok(WORK, 1);
        b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
        assert!(b.to_modem.iter().all(|(code, ..)| *code == LIST), "the call may go on");
        let list: &[Call] = if goes_on { &[call(1, CallState::ACTIVE, "5550100")] } else { &[] };
        b.modem_lists(list);
        b.to_phones.clear();
        b.advance(Duration::from_secs(61));
        if !goes_on {
            b.modem_answers(RequestCode::RADIO_POWER, json!([0]), Value::Null);
        }
        b.silence();
    }
}

#[test]
fn until_the_first_list_nobody_dials_into_a_call_of_before() {
    for number in ["112", "5550100"] {
        let mut b = Bench::new();
        b.calls_are(&[call(1, CallState::ACTIVE, number)]);
        b.foreground(WORK).unwrap();
        b.event(Event::Tick);
        let records = b.take_records();
        let mut b = Bench::recalling(&records);
        b.to_phones.clear();
        b.ask(WORK, 1, RequestCode::DIAL, dial("5550123"));
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        b.modem_lists(&[]);
        b.to_phones.clear();
        b.ask(WORK, 2, RequestCode::DIAL, dial("5550123"));
        b.modem_answers(RequestCode::DIAL, dialled("5550123"), Value::Null);
        b.hears_ok(WORK, 2);
    }
}

#[test]
fn until_the_first_list_an_emergency_call_of_before_is_one() {
    const RESET: RequestCode = RequestCode::RESET_RADIO;
    for is_listed in [true, false] {
        let mut b = Bench::new();
        b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
        b.modem_answers(RequestCode::DIAL, dialled("112"), Value::Null);
        if is_listed {
            b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
        }
        b.event(Event::ModemDown);
        b.to_modem.clear();
        b.modem_comes_up(RadioState::ON);
        b.to_phones.clear();
        b.ask(PERSONAL, 1, RESET, Value::Null);
        b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
        b.modem_lists(&[]);
        b.to_phones.clear();
        b.ask(PERSONAL, 2, RESET, Value::Null);
        b.modem_answers(RESET, Value::Null, Value::Null);
    }
}

#[test]
fn until_the_first_list_the_screen_stays_with_a_call_of_before_where_it_must() {
    let deny = |config: &mut Config| config.calls.on_switch = crate::config::OnSwitch::Deny;
    let mut b = Bench::with(deny);
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    let records = b.take_records();
    let mut b = Bench::with_records(deny, &records);
    assert_eq!(b.foreground(WORK), Err(crate::router::SwitchRefused::InCall));
    b.modem_lists(&[]);
    assert_eq!(b.foreground(WORK), Ok(()));
}

#[test]
fn what_a_modem_that_gives_no_list_had_before_counts_for_half_a_minute() {
    let mut b = before_the_first_list(&[call(1, CallState::ACTIVE, "112")]);
    b.foreground(WORK).unwrap();
    b.to_phones.clear();
    for _ in 0..5 {
        let lists: Vec<i32> = b.to_modem.drain(..).filter(|(code, ..)| *code == LIST).map(|asked| asked.1).collect();
        lists.into_iter().for_each(|serial| b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]));
        b.advance(Duration::from_secs(5));
    }
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("5550123"));
    b.modem_answers(RequestCode::DIAL, dialled("5550123"), Value::Null);
}

/// What a phone has said of its microphone went with the daemon; the modem knows it still.
#[test]
fn a_microphone_that_was_muted_before_is_muted_for_its_phone_alone() {
    let own = call(1, CallState::ACTIVE, "5550100");
    let mut b = Bench::new();
    b.calls_are(std::slice::from_ref(&own));
    b.ask(PERSONAL, 1, RequestCode::SET_MUTE, json!([1]));
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    b.modem_lists(std::slice::from_ref(&own));
    b.to_phones.clear();
    b.silence();
    b.ask(PERSONAL, 1, RequestCode::GET_MUTE, Value::Null);
    b.modem_answers(RequestCode::GET_MUTE, Value::Null, json!([1]));
    b.hears_reply(PERSONAL, 1, RequestCode::GET_MUTE, Errno::SUCCESS, json!([1]));
    b.calls_are(&[call(1, CallState::HOLDING, "5550100"), incoming(2, CallState::ACTIVE, "155501999992")]);
    b.modem_answers(RequestCode::SET_MUTE, json!([0]), Value::Null);
}
