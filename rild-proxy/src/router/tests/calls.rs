//! Calls: who may dial, who rings, who sees and touches what.

use super::*;

const RING: UnsolCode = UnsolCode::CALL_RING;
const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;

#[track_caller]
fn sees(bench: &mut Bench, phone: PhoneId, modem: &[Call], seen: &[Call]) {
    bench.ask(phone, 99, RequestCode::GET_CURRENT_CALLS, Value::Null);
    bench.modem_lists(modem);
    bench.hears_reply(phone, 99, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!(seen));
}

#[test]
fn the_foreground_phone_dials_and_only_it_sees_the_call() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 7, RequestCode::DIAL, dial("5550100"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(PERSONAL, 7);

    let ringing = [call(1, CallState::ALERTING, "5550100")];
    b.calls_are(&ringing);
    b.hears(PERSONAL, CHANGED, Value::Null);
    sees(&mut b, PERSONAL, &ringing, &ringing);
    sees(&mut b, WORK, &ringing, &[]);
    b.silence();
}

#[test]
fn the_background_phone_is_told_that_it_may_not_dial() {
    let mut b = Bench::new();
    b.ask(WORK, 3, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(WORK, 3, Errno::GENERIC_FAILURE);
    b.silence();
    b.foreground(WORK).unwrap();
    b.modem_answers(RequestCode::SCREEN_STATE, json!([1]), Value::Null);
    b.ask(WORK, 4, RequestCode::DIAL, dial("5550100"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(WORK, 4);
}

#[test]
fn tones_that_the_modem_does_not_stop_leave_the_router_its_own_questions() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::ACTIVE, "5550100")]);
    for serial in 0..300 {
        b.ask(PERSONAL, serial, RequestCode::DTMF_START, json!("5"));
        for (code, serial, _) in std::mem::take(&mut b.to_modem) {
            if code == RequestCode::DTMF_START {
                b.reply_raw(serial, Errno::SUCCESS, &[]);
            }
        }
        b.event(Event::PhoneDown(PERSONAL));
        b.event(Event::PhoneUp(PERSONAL));
    }
    b.to_modem.clear();
    b.unsolicited(CHANGED, Value::Null);
    b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
}

#[test]
fn causes_that_the_modem_does_not_tell_leave_the_router_its_own_questions() {
    let mut b = Bench::new();
    for _ in 0..300 {
        b.calls_are(&[incoming(1, CallState::ACTIVE, "5550100")]);
        b.calls_are(&[]);
        b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    }
}

#[test]
fn a_modem_that_takes_no_value_leaves_the_router_its_own_questions() {
    const PRIVACY: RequestCode = RequestCode::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE;
    let mut b = Bench::new();
    let calls = |personal, work| [incoming(1, personal, "5550100"), incoming(2, work, "+155501234562")];
    b.calls_are(&calls(CallState::ACTIVE, CallState::HOLDING));
    b.ask(PERSONAL, 1, PRIVACY, json!([1]));
    b.ask(WORK, 1, PRIVACY, json!([0]));
    for _ in 0..200 {
        for (personal, work) in [(CallState::HOLDING, CallState::ACTIVE), (CallState::ACTIVE, CallState::HOLDING)] {
            b.to_modem.clear();
            b.calls_are(&calls(personal, work));
        }
    }
}

#[test]
fn an_emergency_call_makes_room_for_itself() {
    let mut b = Bench::new();
    let busy = [call(1, CallState::HOLDING, "1"), call(2, CallState::ACTIVE, "2")];
    b.calls_are(&busy);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::HANGUP, json!([2]));
    b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    b.silence();
}

/// The ladder of a tagged call: nobody hears anything before the router knows whose it is.
#[test]
fn a_tagged_call_rings_at_its_phone_alone_with_the_true_caller() {
    let mut b = Bench::new();
    b.unsolicited(CHANGED, Value::Null);
    b.unsolicited(RING, Value::Null);
    assert!(b.to_phones.is_empty());
    let at_modem = [incoming(1, CallState::INCOMING, "155501999992")];
    b.modem_lists(&at_modem);
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(WORK, RING, Value::Null);
    // What came while the router looked makes it look again; nothing changed.
    b.modem_lists(&at_modem);
    sees(&mut b, WORK, &at_modem, &[incoming(1, CallState::INCOMING, "15550199999")]);
    sees(&mut b, PERSONAL, &at_modem, &[]);

    b.unsolicited(RING, Value::Null);
    b.hears(WORK, RING, Value::Null);
    b.ask(PERSONAL, 1, RequestCode::ANSWER, Value::Null);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.ask(WORK, 2, RequestCode::ANSWER, Value::Null);
    b.modem_answers(RequestCode::ANSWER, Value::Null, Value::Null);
    b.hears_ok(WORK, 2);
    b.silence();
}

#[test]
fn an_international_caller_may_come_without_its_plus() {
    let mut b = Bench::new();
    let of_type = |number: &str| Call { toa: 145, ..incoming(1, CallState::INCOMING, number) };
    let at_modem = [of_type("336123456782")];
    b.calls_are(&at_modem);
    b.hears(WORK, CHANGED, Value::Null);
    sees(&mut b, WORK, &at_modem, &[of_type("33612345678")]);
}

#[test]
fn an_untagged_call_is_the_foreground_phones() {
    let mut b = Bench::new();
    b.foreground(WORK).unwrap();
    b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
    b.unsolicited(RING, Value::Null);
    b.modem_lists(&[incoming(1, CallState::INCOMING, "15550199999")]);
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(WORK, RING, Value::Null);
    b.silence();
}

#[test]
fn a_waiting_call_for_the_other_phone_is_accepted_by_holding_the_first() {
    let mut b = Bench::new();
    let first = call(1, CallState::ACTIVE, "5550100");
    b.calls_are(std::slice::from_ref(&first));
    b.hears(PERSONAL, CHANGED, Value::Null);
    let at_modem = [first, incoming(2, CallState::WAITING, "155501999992")];
    b.calls_are(&at_modem);
    b.hears(WORK, CHANGED, Value::Null);
    sees(&mut b, WORK, &at_modem, &[incoming(1, CallState::INCOMING, "15550199999")]);
    b.ask(WORK, 5, RequestCode::ANSWER, Value::Null);
    b.modem_answers(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Value::Null, Value::Null);
    b.hears_ok(WORK, 5);
    let both = [call(1, CallState::HOLDING, "5550100"), incoming(2, CallState::ACTIVE, "155501999992")];
    b.calls_are(&both);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.hears(WORK, CHANGED, Value::Null);
    sees(&mut b, WORK, &both, &[incoming(1, CallState::ACTIVE, "15550199999")]);
    b.ask(WORK, 6, RequestCode::HANGUP, json!([1]));
    b.modem_answers(RequestCode::HANGUP, json!([2]), Value::Null);
    b.hears_ok(WORK, 6);
    b.silence();
}

#[test]
fn dialling_over_the_other_phones_call_holds_it() {
    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.foreground(WORK).unwrap();
    b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
    b.ask(WORK, 1, RequestCode::DIAL, dial("5550111"));
    b.modem_answers(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Value::Null, Value::Null);
    b.modem_answers(RequestCode::DIAL, json!({"address": "5550111", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(WORK, 1);
    b.calls_are(&[call(1, CallState::HOLDING, "5550100"), call(2, CallState::DIALING, "5550111")]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.hears(WORK, CHANGED, Value::Null);
    b.silence();
}

/// A client that asks right after it dialled must not be shown a list from before.
#[test]
fn a_list_asked_for_later_is_a_later_list() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.ask(PERSONAL, 4, RequestCode::DIAL, dial("5550100"));
    b.ask(PERSONAL, 2, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.ask(PERSONAL, 3, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.modem_lists(&[]);
    b.hears_reply(WORK, 1, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!([]));
    b.modem_answers(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(PERSONAL, 4);
    let now = [call(1, CallState::DIALING, "5550100")];
    b.modem_lists(&now);
    b.hears_reply(PERSONAL, 2, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!(now));
    b.hears_reply(PERSONAL, 3, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!(now));
    b.silence();
}

#[test]
fn who_asks_a_modem_without_calls_together_costs_it_one_question() {
    const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;
    let mut b = Bench::new();
    for (phone, serial) in [(PERSONAL, 1), (WORK, 2), (WORK, 3)] {
        b.ask(phone, serial, LIST, Value::Null);
    }
    b.modem_lists(&[]);
    for (phone, serial) in [(PERSONAL, 1), (WORK, 2), (WORK, 3)] {
        b.hears_reply(phone, serial, LIST, Errno::SUCCESS, json!([]));
    }
    b.knows(WORK, LIST, Value::Null, json!([]));
    b.finds_out(PERSONAL, ACTIVITY, Value::Null, json_of(&ACTIVITY.row().unwrap().response, &[1; 32]));
    b.advance(Duration::from_millis(1999));
    b.knows(WORK, LIST, Value::Null, json!([]));
    b.advance(Duration::from_millis(1));
    b.finds_out(WORK, LIST, Value::Null, json!([]));
    b.knows(PERSONAL, LIST, Value::Null, json!([]));
}

/// A call that is not shown is worse than a question too many.
#[test]
fn whatever_may_make_a_call_is_followed_by_a_question() {
    const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;
    let mut b = Bench::new();
    for news in [UnsolCode::SIGNAL_STRENGTH, UnsolCode(4711), UnsolCode::STK_CALL_SETUP, UnsolCode::CDMA_CALL_WAITING] {
        b.finds_out(WORK, LIST, Value::Null, json!([]));
        b.unsolicited_raw(news, &[]);
        b.to_phones.clear();
    }
    for code in [RequestCode::OEM_HOOK_RAW, RequestCode(4711), RequestCode::STK_SEND_ENVELOPE_COMMAND] {
        b.finds_out(WORK, LIST, Value::Null, json!([]));
        b.ask_raw(PERSONAL, 1, code, &[]);
        let (asked, serial, _) = b.to_modem.pop_front().expect("the modem is asked");
        assert_eq!(asked, code);
        // Once when it is sent, and once when it is answered.
        b.finds_out(WORK, LIST, Value::Null, json!([]));
        b.reply_raw(serial, Errno::SUCCESS, &[]);
        b.to_phones.clear();
    }
    b.finds_out(WORK, LIST, Value::Null, json!([]));
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("5550100"));
    let dial = b.modem_hears(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}));
    for _ in [1, 2] {
        b.finds_out(PERSONAL, LIST, Value::Null, json!([]));
    }
    b.reply_raw(dial, Errno::SUCCESS, &[]);
    b.hears_ok(PERSONAL, 2);
    let now = json!([call(1, CallState::DIALING, "5550100")]);
    b.finds_out(PERSONAL, LIST, Value::Null, now.clone());
    b.ask(WORK, 3, LIST, Value::Null);
    b.modem_answers(LIST, Value::Null, now);
    b.hears_reply(WORK, 3, LIST, Errno::SUCCESS, json!([]));
    b.silence();
}

#[test]
fn one_phone_alone_is_told_what_the_modem_says_of_calls() {
    let mut b = Bench::with(|config| config.phone.truncate(1));
    for _ in [1, 2] {
        b.ask(PERSONAL, 1, RequestCode::GET_CURRENT_CALLS, Value::Null);
        let serial = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
        b.reply_raw(serial, Errno::SUCCESS, &[]);
        b.hears_ok(PERSONAL, 1);
    }
}

#[test]
fn each_phone_learns_why_its_own_call_ended() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999992"), call(2, CallState::HOLDING, "5550100")]);
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.calls_are(&[call(2, CallState::HOLDING, "5550100")]);
    b.hears(WORK, CHANGED, Value::Null);
    let cause = json!({"cause": 17});
    let response = RequestCode::LAST_CALL_FAIL_CAUSE.row().unwrap().response;
    let serial = b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.reply_raw(serial, Errno::SUCCESS, &response.from_json(cause, V).unwrap());
    b.modem_lists(&[call(2, CallState::HOLDING, "5550100")]);
    b.ask(PERSONAL, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.ask(WORK, 2, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    let (to, Heard::Reply { serial: 2, payload, .. }) = b.to_phones.pop_front().unwrap() else { panic!() };
    assert_eq!((to, json_of(&response, &payload)["cause"].clone()), (WORK, json!(17)));
    b.silence();
}

/// oFono and RilJ of Android 5.1 read one form, RilJ of Android 6.0 the other.
#[test]
fn each_phone_has_the_cause_in_the_form_that_its_software_reads() {
    let bytes = |words: &[i32]| words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<u8>>();
    let code = RequestCode::LAST_CALL_FAIL_CAUSE;
    let hears = |b: &mut Bench, phone, words: &[i32]| {
        let heard = b.to_phones.pop_front();
        assert_eq!(heard, Some((phone, Heard::Reply { serial: 1, errno: Errno::SUCCESS, payload: bytes(words) })));
    };
    let says = |b: &mut Bench, words: &[i32]| {
        let asked = b.modem_hears(code, Value::Null);
        b.reply_raw(asked, Errno::SUCCESS, &bytes(words));
    };
    let mut b = Bench::with(|config| config.phone[1].counted_cause = true);
    for (phone, caller, told) in [(PERSONAL, "155501999991", &[17][..]), (WORK, "155501999992", &[1, 17])] {
        b.calls_are(&[incoming(1, CallState::ACTIVE, caller)]);
        b.calls_are(&[]);
        b.to_phones.clear();
        // Once while the modem is asked, and once afterwards.
        b.ask(phone, 1, code, Value::Null);
        says(&mut b, &[17]);
        hears(&mut b, phone, told);
        b.ask(phone, 1, code, Value::Null);
        hears(&mut b, phone, told);
        b.silence();
    }
    // What the router says itself has the form of what the modem side says: here of a rild of Android 5.1.
    b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999991")]);
    b.calls_are(&[]);
    says(&mut b, &[1, 16]);
    b.to_phones.clear();
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("5550100"));
    let Some((RequestCode::DIAL, asked, _)) = b.to_modem.pop_front() else { panic!("the modem is not asked to dial") };
    b.reply_raw(asked, Errno::GENERIC_FAILURE, &[]);
    b.to_phones.clear();
    for (phone, told) in [(PERSONAL, &[1, 31]), (WORK, &[1, 17])] {
        b.ask(phone, 1, code, Value::Null);
        hears(&mut b, phone, told);
    }
    // One that is alone asks the modem itself.
    let mut b = Bench::with(|config| {
        config.phone.truncate(1);
        config.phone[0].counted_cause = true;
    });
    for said in [&[16][..], &[1, 16], &[16, -1]] {
        b.ask(PERSONAL, 1, code, Value::Null);
        says(&mut b, said);
        hears(&mut b, PERSONAL, &[1, 16]);
    }
}

#[test]
fn a_call_rings_although_another_phone_has_just_asked_for_its_calls() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::GET_CURRENT_CALLS, Value::Null);
    let before = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    b.unsolicited(UnsolCode::CALL_RING, Value::Null);
    b.reply_raw(before, Errno::SUCCESS, &parcel::encode(&Vec::<Call>::new(), V));
    b.hears_reply(WORK, 1, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!([]));
    b.modem_lists(&[incoming(1, CallState::INCOMING, "15550100")]);
    b.hears(PERSONAL, UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    b.hears(PERSONAL, UnsolCode::CALL_RING, Value::Null);
    b.silence();
}
