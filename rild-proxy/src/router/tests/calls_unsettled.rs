//! Requests that are decided by where calls are, behind one that moves them.

use super::*;

const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;
const SWITCH: RequestCode = RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE;
const END_ACTIVE: RequestCode = RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND;
const END_HELD: RequestCode = RequestCode::HANGUP_WAITING_OR_BACKGROUND;
const ANSWER: RequestCode = RequestCode::ANSWER;
const OF_WORK: &str = "155501999992";

fn of_personal(state: CallState) -> Call {
    call(1, state, "5550100")
}

fn of_work(state: CallState) -> Call {
    incoming(2, state, OF_WORK)
}

fn with_calls(list: &[Call]) -> Bench {
    let mut b = Bench::new();
    b.calls_are(list);
    b.to_phones.clear();
    b
}

impl Bench {
    /// The modem gives the list that it was asked for by this serial.
    fn list(&mut self, serial: i32, calls: &[Call]) {
        self.reply_raw(serial, Errno::SUCCESS, &LIST.row().unwrap().response.from_json(json!(calls), V).unwrap());
    }
}

#[test]
fn a_call_that_is_answered_twice_leaves_the_others_call_on_hold() {
    let mut b = with_calls(&[of_personal(CallState::ACTIVE), of_work(CallState::WAITING)]);
    b.ask(WORK, 1, ANSWER, Value::Null);
    b.ask(WORK, 2, ANSWER, Value::Null);
    let switch = b.modem_hears(SWITCH, Value::Null);
    let list = b.modem_hears(LIST, Value::Null);
    assert!(b.to_modem.is_empty(), "the second waits");
    // A list that was asked for before the modem had answered may be older than what it did.
    b.list(list, &[of_personal(CallState::ACTIVE), of_work(CallState::WAITING)]);
    b.silence();
    b.reply_raw(switch, Errno::SUCCESS, &[]);
    b.hears_ok(WORK, 1);
    b.modem_lists(&[of_personal(CallState::HOLDING), of_work(CallState::ACTIVE)]);
    b.hears(PERSONAL, UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    b.hears(WORK, UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.silence();
}

/// So does an end of it: the call that was brought forward ends, and not the one that was there before.
#[test]
fn what_ends_the_active_calls_ends_those_that_are_active_then() {
    let own = |index, state| call(index, state, &format!("555010{index}"));
    for (second, ended) in [(END_ACTIVE, 1), (END_HELD, 2)] {
        let mut b = with_calls(&[own(1, CallState::HOLDING), own(2, CallState::ACTIVE)]);
        b.ask(PERSONAL, 1, SWITCH, Value::Null);
        b.ask(PERSONAL, 2, second, Value::Null);
        let switch = b.modem_hears(SWITCH, Value::Null);
        b.modem_lists(&[own(1, CallState::HOLDING), own(2, CallState::ACTIVE)]);
        b.reply_raw(switch, Errno::SUCCESS, &[]);
        b.modem_lists(&[own(1, CallState::ACTIVE), own(2, CallState::HOLDING)]);
        b.modem_hears(RequestCode::HANGUP, json!([ended]));
    }
}

#[test]
fn a_call_that_is_answered_and_ended_at_once_ends() {
    let mut b = with_calls(&[incoming(1, CallState::INCOMING, "5550100")]);
    b.ask(PERSONAL, 1, ANSWER, Value::Null);
    b.ask(PERSONAL, 2, END_ACTIVE, Value::Null);
    b.modem_answers(ANSWER, Value::Null, Value::Null);
    b.hears_ok(PERSONAL, 1);
    for state in [CallState::INCOMING, CallState::ACTIVE] {
        b.modem_lists(&[incoming(1, state, "5550100")]);
    }
    b.hears(PERSONAL, UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.silence();
}

/// One that is decided lets the next wait, whose-ever it is; and one that names its call never waits.
#[test]
fn they_are_decided_one_after_the_other() {
    let mut b = with_calls(&[of_personal(CallState::ACTIVE), of_work(CallState::HOLDING)]);
    b.ask(WORK, 1, SWITCH, Value::Null);
    b.ask(PERSONAL, 1, SWITCH, Value::Null);
    b.ask(WORK, 2, SWITCH, Value::Null);
    b.ask(WORK, 3, RequestCode::HANGUP, json!([1]));
    b.modem_answers(SWITCH, Value::Null, Value::Null);
    let list = b.modem_hears(LIST, Value::Null);
    b.modem_answers(RequestCode::HANGUP, json!([2]), Value::Null);
    b.list(list, &[of_personal(CallState::ACTIVE), of_work(CallState::HOLDING)]);
    b.modem_lists(&[of_personal(CallState::HOLDING)]);
    b.to_phones.clear();
    b.modem_answers(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!([16]));
    b.modem_answers(SWITCH, Value::Null, Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.modem_lists(&[of_personal(CallState::ACTIVE)]);
    b.hears(PERSONAL, UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    b.modem_lists(&[of_personal(CallState::ACTIVE)]);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.silence();
}

/// The modem would bring the call back that the first try has held.
#[test]
fn who_dials_again_before_a_list_has_come_is_refused() {
    let mut b = with_calls(&[of_personal(CallState::ACTIVE)]);
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("5550101"));
    b.modem_answers(SWITCH, Value::Null, Value::Null);
    let dialled = b.modem_hears(RequestCode::DIAL, json!({"address": "5550101", "clir": "DEFAULT", "uus": null}));
    b.reply_raw(dialled, Errno::GENERIC_FAILURE, &[]);
    b.to_phones.clear();
    b.ask(WORK, 2, RequestCode::DIAL, dial("5550101"));
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.modem_lists(&[of_personal(CallState::HOLDING)]);
    b.to_phones.clear();
    b.ask(WORK, 3, RequestCode::DIAL, dial("5550101"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "5550101", "clir": "DEFAULT", "uus": null}));
    b.silence();
}

#[test]
fn what_waits_is_answered_whatever_becomes_of_the_modem_or_its_list() {
    let waiting = || {
        let mut b = with_calls(&[of_personal(CallState::ACTIVE), of_work(CallState::WAITING)]);
        b.ask(WORK, 1, ANSWER, Value::Null);
        b.ask(WORK, 2, ANSWER, Value::Null);
        b.modem_answers(SWITCH, Value::Null, Value::Null);
        b.hears_ok(WORK, 1);
        b
    };
    let mut b = waiting();
    b.event(Event::ModemDown);
    b.hears_errno(WORK, 2, Errno::RADIO_NOT_AVAILABLE);

    let mut b = waiting();
    for _ in 0..2 {
        let list = b.modem_hears(LIST, Value::Null);
        b.reply_raw(list, Errno::GENERIC_FAILURE, &[]);
    }
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);

    // Nothing is left of a client that is gone: the next one has as much room as any.
    let mut b = waiting();
    b.event(Event::PhoneDown(WORK));
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    for list in 0..2 {
        b.modem_lists(&[of_personal(CallState::HOLDING), of_work(CallState::ACTIVE)]);
        b.to_phones.retain(|(_, heard)| !matches!(heard, Heard::Unsolicited { .. }));
        assert!(b.to_phones.is_empty(), "{list}: {:?}", b.to_phones);
    }
    b.silence();
}

/// What the library does not know moves nothing, and nobody waits for it.
#[test]
fn what_is_not_passed_on_is_not_waited_for() {
    let mut b = Bench::with(|config| config.modem.unknown_requests = vec![15]);
    let calls = [of_personal(CallState::ACTIVE), of_work(CallState::WAITING)];
    b.calls_are(&calls);
    b.to_phones.clear();
    b.ask(WORK, 1, ANSWER, Value::Null);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 1, END_ACTIVE, Value::Null);
    b.modem_lists(&calls);
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.silence();
}

#[test]
fn a_phone_that_asks_without_end_waits_with_so_many() {
    let mut b = with_calls(&[of_personal(CallState::ACTIVE), of_work(CallState::WAITING)]);
    b.ask(WORK, 0, ANSWER, Value::Null);
    for serial in 1..100 {
        b.ask(WORK, serial, ANSWER, Value::Null);
    }
    for serial in 9..100 {
        b.hears_errno(WORK, serial, Errno::GENERIC_FAILURE);
    }
    b.ask(PERSONAL, 1, SWITCH, Value::Null);
    b.modem_answers(SWITCH, Value::Null, Value::Null);
    b.hears_ok(WORK, 0);
    b.modem_lists(&[of_personal(CallState::ACTIVE), of_work(CallState::WAITING)]);
    b.modem_lists(&[of_personal(CallState::HOLDING), of_work(CallState::ACTIVE)]);
    b.to_phones.clear();
    b.modem_answers(SWITCH, Value::Null, Value::Null);
    b.hears_ok(PERSONAL, 1);
}

#[test]
fn a_phone_that_has_the_modem_to_itself_waits_for_nothing() {
    let mut b = Bench::with(|config| config.phone.truncate(1));
    b.calls_are(&[call(1, CallState::HOLDING, "1"), call(2, CallState::ACTIVE, "2")]);
    b.to_phones.clear();
    for code in [SWITCH, END_ACTIVE, SWITCH, RequestCode::CONFERENCE] {
        b.ask(PERSONAL, 1, code, Value::Null);
        b.modem_answers(code, Value::Null, Value::Null);
        b.hears_ok(PERSONAL, 1);
    }
    b.silence();
}
