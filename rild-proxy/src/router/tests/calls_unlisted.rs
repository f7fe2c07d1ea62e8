//! While the modem gives no list of calls: what is known of them is old, and nobody acts on it.

use super::*;
use crate::config::OnSwitch;

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;
const CAUSE: RequestCode = RequestCode::LAST_CALL_FAIL_CAUSE;

/// A call of the first phone.
fn of_personal() -> [Call; 1] {
    [incoming(1, CallState::ACTIVE, "155501999991")]
}

/// A call of the second phone, in the place of that.
fn of_work() -> [Call; 1] {
    [incoming(1, CallState::ACTIVE, "155501999992")]
}

impl Bench {
    /// The first phone is in a call; then the modem says that something changed, and not what.
    #[track_caller]
    fn gives_no_list(&mut self) {
        self.calls_are(&of_personal());
        self.to_phones.clear();
        self.unsolicited(CHANGED, Value::Null);
        let serial = self.modem_hears(LIST, Value::Null);
        self.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
        self.silence();
    }
}

#[test]
fn nobody_acts_on_a_call_that_may_be_anothers_by_now() {
    for (code, arguments) in [
        (RequestCode::HANGUP, json!([1])),
        (RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND, Value::Null),
        (RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Value::Null),
        (RequestCode::UDUB, Value::Null),
        (RequestCode::DTMF, json!("5")),
    ] {
        let mut b = Bench::new();
        b.gives_no_list();
        b.ask(PERSONAL, 1, code, arguments);
        b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
        // It is found out, and the phone may try again.
        b.modem_lists(&of_personal());
        b.ask(PERSONAL, 2, RequestCode::HANGUP, json!([1]));
        b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
        b.hears_ok(PERSONAL, 2);
        b.silence();
    }
}

#[test]
fn a_phone_alone_with_its_modem_is_refused_nothing() {
    let mut b = Bench::with(|config| config.phone[1].telephony = false);
    b.gives_no_list();
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.silence();
}

#[test]
fn a_call_is_muted_when_it_is_known_to_be_there() {
    let mut b = Bench::new();
    b.gives_no_list();
    b.ask(PERSONAL, 1, RequestCode::SET_MUTE, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.silence();
    b.advance(Duration::from_secs(5));
    b.modem_lists(&of_personal());
    b.modem_hears(RequestCode::SET_MUTE, json!([1]));
    b.silence();
}

#[test]
fn a_call_is_held_for_another_when_it_is_known_to_be_there() {
    let mut b = Bench::new();
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.gives_no_list();
    b.ask(WORK, 1, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.modem_lists(&of_personal());
    b.silence();
}

#[test]
fn what_a_switch_ends_waits_for_the_list() {
    for (listed, is_ended) in [(of_personal(), true), (of_work(), false)] {
        let mut b = Bench::with(|config| config.calls.on_switch = OnSwitch::Drop);
        b.gives_no_list();
        b.foreground(WORK).unwrap();
        b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
        b.silence();
        b.advance(Duration::from_secs(5));
        b.modem_lists(&listed);
        assert_eq!(b.to_modem.iter().any(|(code, ..)| *code == RequestCode::HANGUP), is_ended, "{:?}", b.to_modem);
    }
}

/// No later one came: so it is the newest that there is.
#[test]
fn a_list_that_was_given_up_tells_of_an_emergency_call() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::INCOMING, "15550199999")]);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.to_phones.clear();
    b.to_modem.clear();
    b.unsolicited(CHANGED, Value::Null);
    let list = b.modem_hears(LIST, Value::Null);
    b.advance(Duration::from_secs(60));
    b.to_modem.clear();
    let emergency = [call(1, CallState::DIALING, "112")];
    b.reply_raw(list, Errno::SUCCESS, &parcel::encode(&emergency.to_vec(), V));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.hears(WORK, CHANGED, Value::Null);
    // The other phone's call was at that index; nobody takes the emergency call for it.
    b.to_modem.clear();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("911"));
    assert!(b.to_modem.iter().all(|(code, ..)| *code == RequestCode::DIAL), "{:?}", b.to_modem);
}

/// The modem's cause may be that of a call that came and went meanwhile.
/// A list that was asked for before another that is known does not bring back what it has.
#[test]
fn a_list_that_comes_after_a_newer_one_is_nothing() {
    let mut b = Bench::new();
    let mut given_up = [0; 2];
    for serial in &mut given_up {
        b.unsolicited(CHANGED, Value::Null);
        *serial = b.modem_hears(LIST, Value::Null);
        b.advance(Duration::from_secs(60));
        b.silence();
    }
    let [older, newer] = given_up;
    b.reply_raw(newer, Errno::SUCCESS, &parcel::encode(&of_work().to_vec(), V));
    b.hears(WORK, CHANGED, Value::Null);
    b.reply_raw(older, Errno::SUCCESS, &parcel::encode(&of_personal().to_vec(), V));
    b.modem_lists(&of_work());
    b.silence();
    assert_eq!(owners(&b), [(1, WORK)]);
}

#[test]
fn nobody_is_told_why_a_call_ended_that_ended_unseen() {
    let records = {
        let mut b = Bench::new();
        b.calls_are(&of_personal());
        b.take_records()
    };
    let mut restarted = Bench::recalling(&records);
    restarted.modem_lists(&[]);
    let mut blind = Bench::new();
    blind.gives_no_list();
    blind.advance(Duration::from_secs(5));
    blind.modem_lists(&[]);
    for mut b in [restarted, blind] {
        b.to_phones.clear();
        b.knows(PERSONAL, CAUSE, Value::Null, json!({"cause": 16}));
    }
}

/// It may never have been made: then the modem's cause is that of the call before it.
#[test]
fn nor_why_one_did_that_was_given_up_and_never_listed() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    b.advance(Duration::from_secs(120));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.modem_lists(&[]);
    b.silence();
    b.knows(WORK, CAUSE, Value::Null, json!({"cause": 31}));
}

/// The modem's list said that there was none, and yet.
#[test]
fn an_emergency_call_that_was_given_up_is_its_callers_when_it_comes() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    b.advance(Duration::from_secs(120));
    b.modem_lists(&[]);
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("911"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "911", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.calls_are(&[]);
    b.modem_hears(CAUSE, Value::Null);
    b.to_phones.clear();
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    b.hears(WORK, CHANGED, Value::Null);
    b.silence();
}
