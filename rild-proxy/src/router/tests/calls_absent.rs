//! Calls for a phone that has no client.

use super::*;
use crate::config::{Absent, Incoming};

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;
const FOR_WORK: &str = "155501999992";

fn absent(change: impl FnOnce(&mut Config)) -> Bench {
    let mut b = Bench::with(change);
    b.event(Event::PhoneDown(WORK));
    b
}

/// A call for work that nobody takes.
fn miss(b: &mut Bench, number: &str) {
    b.calls_are(&[incoming(1, CallState::INCOMING, number)]);
    b.calls_are(&[]);
    b.to_modem.clear();
}

/// Work asks for its calls while the modem has none, which it is asked if that is not known.
fn asks_for_calls(b: &mut Bench) {
    b.ask(WORK, 1, LIST, Value::Null);
    if !b.to_modem.is_empty() {
        b.modem_lists(&[]);
    }
}

#[track_caller]
fn is_listed(b: &mut Bench, calls: &[Call]) {
    asks_for_calls(b);
    b.hears_reply(WORK, 1, LIST, Errno::SUCCESS, json!(calls));
}

fn rings(number: &str) -> Call {
    incoming(1, CallState::INCOMING, number)
}

/// The client of work is there and greeted.
#[track_caller]
fn comes_up(b: &mut Bench, with_missed: bool) {
    b.event(Event::PhoneUp(WORK));
    b.hears(WORK, UnsolCode::RIL_CONNECTED, json!([V.0]));
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    if with_missed {
        b.hears(WORK, CHANGED, Value::Null);
    }
    b.silence();
}

#[test]
fn a_call_for_a_phone_that_is_off_becomes_busy_after_a_while() {
    let mut b = absent(|_| {});
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.silence();
    assert_eq!(b.router.deadline(), Some(Duration::from_secs(10)));
    b.advance(Duration::from_secs(10));
    b.modem_answers(RequestCode::UDUB, Value::Null, Value::Null);
    b.calls_are(&[]);
    assert!(b.notes.contains(&Note::CallMissed { phone: WORK }));
    b.silence();
    comes_up(&mut b, true);
    is_listed(&mut b, &[rings("15550199999")]);
}

#[test]
fn it_does_not_if_its_phone_is_back_or_the_configuration_says_so() {
    let mut b = absent(|_| {});
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.advance(Duration::from_secs(9));
    comes_up(&mut b, false);
    b.advance(Duration::from_secs(9));
    b.silence();
    // It was there to be seen.
    b.calls_are(&[]);
    assert!(!b.notes.contains(&Note::CallMissed { phone: WORK }));

    let mut b = absent(|config| config.calls.absent = Absent::Ring);
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.advance(Duration::from_secs(60));
    b.silence();
    b.calls_are(&[]);
    assert!(b.notes.contains(&Note::CallMissed { phone: WORK }));
}

#[test]
fn the_other_phones_call_is_not_touched_by_rejecting() {
    let mut b = absent(|_| {});
    let held = call(1, CallState::HOLDING, "5550100");
    b.calls_are(&[held, incoming(2, CallState::WAITING, FOR_WORK)]);
    b.to_phones.clear();
    b.advance(Duration::from_secs(10));
    b.modem_hears(RequestCode::HANGUP, json!([2]));
    b.silence();
}

#[test]
fn an_untagged_call_and_the_only_phones_ring_on() {
    let mut b = absent(|_| {});
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.calls_are(&[incoming(1, CallState::INCOMING, "5550100")]);
    b.advance(Duration::from_secs(60));
    b.silence();
    let mut b = absent(|config| config.phone[0].telephony = false);
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.advance(Duration::from_secs(60));
    b.silence();
}

#[test]
fn policy_for_the_background_comes_first() {
    let mut b = absent(|config| config.calls.incoming = Incoming::Busy);
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.modem_hears(RequestCode::UDUB, Value::Null);
    b.calls_are(&[]);
    assert!(!b.notes.contains(&Note::CallMissed { phone: WORK }), "never noticed");
    // A phone that is not there is not brought forward.
    let mut b = absent(|config| config.calls.incoming = Incoming::Switch);
    b.calls_are(&[incoming(1, CallState::INCOMING, FOR_WORK)]);
    b.silence();
}

#[test]
fn missed_calls_ring_for_a_moment_one_after_the_other() {
    let mut b = absent(|_| {});
    miss(&mut b, FOR_WORK);
    miss(&mut b, "155501888882");
    assert!(b.to_phones.is_empty());
    comes_up(&mut b, true);
    for (number, more) in [("15550199999", true), ("15550188888", false)] {
        for _ in [1, 2] {
            is_listed(&mut b, &[rings(number)]);
        }
        b.silence();
        b.advance(Duration::from_secs(1));
        b.hears(WORK, CHANGED, Value::Null);
        b.ask(WORK, 2, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
        let heard = Heard::Reply { serial: 2, errno: Errno::SUCCESS, payload: parcel::encode(&16, V) };
        assert_eq!(b.to_phones.pop_front(), Some((WORK, heard)));
        asks_for_calls(&mut b);
        if more {
            b.hears(WORK, CHANGED, Value::Null);
        }
        b.hears_reply(WORK, 1, LIST, Errno::SUCCESS, json!([]));
        b.silence();
    }
    is_listed(&mut b, &[]);
    // The other phone's list never had them.
    b.knows(PERSONAL, LIST, Value::Null, json!([]));
}

#[test]
fn a_missed_call_gives_way_to_a_real_one() {
    let mut b = absent(|_| {});
    miss(&mut b, FOR_WORK);
    comes_up(&mut b, true);
    let real = [call(1, CallState::ACTIVE, "5550100")];
    b.calls_are(&real);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.ask(WORK, 1, LIST, Value::Null);
    b.modem_lists(&real);
    b.hears_reply(WORK, 1, LIST, Errno::SUCCESS, json!([]));
    // Once it is shown, a real call ends it.
    b.calls_are(&[]);
    b.to_modem.clear();
    b.to_phones.clear();
    is_listed(&mut b, &[rings("15550199999")]);
    b.calls_are(&real);
    b.to_phones.clear();
    b.ask(WORK, 1, LIST, Value::Null);
    b.modem_lists(&real);
    b.hears_reply(WORK, 1, LIST, Errno::SUCCESS, json!([]));
    assert_eq!(b.router.voice.deadline(), None);
}

#[test]
fn a_missed_call_can_be_rejected_and_not_answered() {
    let mut b = absent(|_| {});
    miss(&mut b, FOR_WORK);
    comes_up(&mut b, true);
    is_listed(&mut b, &[rings("15550199999")]);
    b.ask(WORK, 2, RequestCode::ANSWER, Value::Null);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.ask(WORK, 3, RequestCode::UDUB, Value::Null);
    b.hears_ok(WORK, 3);
    b.hears(WORK, CHANGED, Value::Null);
    is_listed(&mut b, &[]);
    b.silence();
}

#[test]
fn missed_calls_survive_and_are_forgotten_once_shown() {
    let mut b = absent(|_| {});
    miss(&mut b, FOR_WORK);
    let records = b.take_records();
    let missed: Vec<_> = records.iter().filter(|(kind, ..)| *kind == super::super::Kind::MissedCall).cloned().collect();
    assert_eq!(missed.len(), 1);
    let mut b = Bench::recalling(&missed);
    is_listed(&mut b, &[rings("15550199999")]);
    b.advance(Duration::from_secs(1));
    assert!(b.stored.iter().any(|change| change.starts_with("Remove") && change.contains("MissedCall")));
}

#[test]
fn only_the_latest_missed_calls_are_kept() {
    let mut b = absent(|_| {});
    for n in 0..40 {
        miss(&mut b, &format!("1555018{n:04}2"));
    }
    let kept = |b: &Bench, what: &str| {
        b.stored.iter().filter(|change| change.starts_with(what) && change.contains("MissedCall")).count()
    };
    assert_eq!((kept(&b, "Put"), kept(&b, "Remove")), (40, 8));
    comes_up(&mut b, true);
    is_listed(&mut b, &[rings("15550180008")]);
}

#[test]
fn a_phone_that_starts_with_its_radio_off_is_shown_them_when_it_is_on() {
    let mut b = absent(|_| {});
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.to_phones.clear();
    miss(&mut b, FOR_WORK);
    comes_up(&mut b, true);
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.to_modem.clear();
    is_listed(&mut b, &[]);
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([1]));
    assert!(
        b.to_phones
            .iter()
            .any(|(to, heard)| *to == WORK && matches!(heard, Heard::Unsolicited { code, .. } if *code == CHANGED)),
        "{:?}",
        b.to_phones
    );
}

/// Nobody else could call as long as they last, and nobody end them.
#[test]
fn calls_of_a_phone_that_does_not_come_back_end() {
    let calls = [incoming(1, CallState::HOLDING, FOR_WORK), incoming(2, CallState::ACTIVE, "155501888882")];
    let in_call = || {
        let mut b = Bench::new();
        b.calls_are(&calls);
        b.event(Event::PhoneDown(WORK));
        b.to_phones.clear();
        b
    };
    let mut b = in_call();
    b.advance(Duration::from_secs(179));
    b.event(Event::PhoneUp(WORK));
    b.advance(Duration::from_secs(600));
    assert!(b.to_modem.is_empty(), "it is back: {:?}", b.to_modem);
    b.event(Event::PhoneDown(WORK));
    b.advance(Duration::from_secs(180));
    for index in [1, 2] {
        b.modem_answers(RequestCode::HANGUP, json!([index]), Value::Null);
    }
    b.calls_are(&[]);
    b.to_modem.clear();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}));
    // Also where it was never there, as behind a restart of the daemon.
    let mut b = absent(|_| {});
    b.calls_are(&calls);
    b.advance(Duration::from_secs(180));
    for index in [1, 2] {
        b.modem_hears(RequestCode::HANGUP, json!([index]));
    }
    // Emergency calls go on.
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.event(Event::PhoneDown(WORK));
    b.to_phones.clear();
    b.to_modem.clear();
    b.advance(Duration::from_secs(600));
    b.silence();
}
