//! What the modem has one of and each phone its own: CLIR, mute, tones, causes.

use super::*;

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;

/// A dialled number as the modem hears it.
fn dialled(number: &str, clir: &str) -> Value {
    json!({"address": number, "clir": clir, "uus": null})
}

/// Both phones have a call: personal's is active and work's is held.
fn both_in_calls() -> Bench {
    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100"), incoming(2, CallState::HOLDING, "155501999992")]);
    b.to_phones.clear();
    b
}

/// The calls have changed places.
fn swap(b: &mut Bench) {
    b.calls_are(&[call(1, CallState::HOLDING, "5550100"), incoming(2, CallState::ACTIVE, "155501999992")]);
    b.to_phones.clear();
}

#[test]
fn each_phone_shows_its_number_or_does_not() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SET_CLIR, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("5550100"));
    b.modem_answers(RequestCode::DIAL, dialled("5550100", "INVOCATION"), Value::Null);
    b.hears_ok(PERSONAL, 2);
    // What the phone says for one call goes before what it set for all.
    b.ask(PERSONAL, 3, RequestCode::DIAL, json!({"address": "5550100", "clir": "SUPPRESSION"}));
    b.modem_answers(RequestCode::DIAL, dialled("5550100", "SUPPRESSION"), Value::Null);
    b.hears_ok(PERSONAL, 3);
    b.calls_are(&[]);
    b.to_modem.clear();
    b.foreground(WORK).unwrap();
    b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
    b.ask(WORK, 4, RequestCode::DIAL, dial("5550100"));
    b.modem_hears(RequestCode::DIAL, dialled("5550100", "DEFAULT"));
    b.silence();
}

#[test]
fn what_a_vendor_adds_to_a_dialled_call_stays() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SET_CLIR, json!([2]));
    b.hears_ok(PERSONAL, 1);
    let address = parcel::encode(&Some("5550100".to_owned()), V);
    let [default, shown] = [0, 2].map(|clir: i32| [&address[..], &clir.to_ne_bytes(), b"and more"].concat());
    b.ask_raw(PERSONAL, 2, RequestCode::DIAL, &default);
    assert_eq!(b.to_modem.pop_front().map(|(code, _, sent)| (code, sent)), Some((RequestCode::DIAL, shown)));
}

#[test]
fn a_phone_hears_of_clir_what_it_set_and_what_the_network_provides() {
    let mut b = Bench::new();
    let get = RequestCode::GET_CLIR;
    b.ask(WORK, 1, get, Value::Null);
    b.modem_answers(get, Value::Null, json!([0, 4]));
    b.hears_reply(WORK, 1, get, Errno::SUCCESS, json!([0, 4]));
    b.ask(WORK, 2, RequestCode::SET_CLIR, json!([1]));
    b.hears_ok(WORK, 2);
    for (phone, seen) in [(WORK, json!([1, 4])), (PERSONAL, json!([0, 4]))] {
        b.ask(phone, 3, get, Value::Null);
        b.hears_reply(phone, 3, get, Errno::SUCCESS, seen);
    }
    for nonsense in [json!([3]), json!([-1]), json!([])] {
        b.ask(WORK, 4, RequestCode::SET_CLIR, nonsense);
        b.hears_errno(WORK, 4, Errno::GENERIC_FAILURE);
    }
    b.silence();
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.ask(WORK, 5, get, Value::Null);
    let serial = b.modem_hears(get, Value::Null);
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    b.hears_errno(WORK, 5, Errno::MODEM_ERR);
    b.silence();
}

#[test]
fn clir_is_stored_once_and_survives() {
    let mut b = Bench::new();
    for serial in [1, 2] {
        b.ask(WORK, serial, RequestCode::SET_CLIR, json!([1]));
        b.hears_ok(WORK, serial);
    }
    let [record] = &b.take_records()[..] else { panic!("stored more than once") };
    let mut b = Bench::recalling(std::slice::from_ref(record));
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.ask(WORK, 3, RequestCode::DIAL, dial("5550100"));
    b.modem_hears(RequestCode::DIAL, dialled("5550100", "INVOCATION"));
}

#[test]
fn a_microphone_is_muted_for_its_own_call_only() {
    let mut b = both_in_calls();
    b.ask(PERSONAL, 1, RequestCode::SET_MUTE, json!([1]));
    b.modem_answers(RequestCode::SET_MUTE, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    for (phone, muted) in [(PERSONAL, 1), (WORK, 0)] {
        b.ask(phone, 2, RequestCode::GET_MUTE, Value::Null);
        b.hears_reply(phone, 2, RequestCode::GET_MUTE, Errno::SUCCESS, json!([muted]));
    }
    swap(&mut b);
    b.modem_answers(RequestCode::SET_MUTE, json!([0]), Value::Null);
    // Who is on hold is told that it is done, and has it when its call comes forward.
    b.ask(PERSONAL, 3, RequestCode::SET_MUTE, json!([1]));
    b.hears_ok(PERSONAL, 3);
    b.ask(WORK, 4, RequestCode::SET_MUTE, json!([0]));
    b.modem_answers(RequestCode::SET_MUTE, json!([0]), Value::Null);
    b.hears_ok(WORK, 4);
    b.silence();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.modem_answers(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!({"cause": 16}));
    b.modem_answers(RequestCode::SET_MUTE, json!([1]), Value::Null);
    b.to_phones.clear();
    // The next call is not muted.
    b.calls_are(&[]);
    b.modem_answers(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!({"cause": 16}));
    b.calls_are(&[call(1, CallState::DIALING, "5550100")]);
    b.modem_hears(RequestCode::SET_MUTE, json!([0]));
}

#[test]
fn mute_is_said_again_when_the_modem_asks() {
    let mut b = both_in_calls();
    b.ask(PERSONAL, 1, RequestCode::SET_MUTE, json!([1]));
    b.modem_answers(RequestCode::SET_MUTE, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.unsolicited(UnsolCode::RESEND_INCALL_MUTE, Value::Null);
    b.modem_hears(RequestCode::SET_MUTE, json!([1]));
    b.hears(PERSONAL, UnsolCode::RESEND_INCALL_MUTE, Value::Null);
    b.silence();
}

#[test]
fn a_mute_that_the_modem_refused_is_not_made_up() {
    let mut b = both_in_calls();
    b.ask(PERSONAL, 1, RequestCode::SET_MUTE, json!([1]));
    let serial = b.modem_hears(RequestCode::SET_MUTE, json!([1]));
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    b.hears_errno(PERSONAL, 1, Errno::MODEM_ERR);
    b.ask(PERSONAL, 2, RequestCode::GET_MUTE, Value::Null);
    b.modem_answers(RequestCode::GET_MUTE, Value::Null, json!([0]));
    b.hears_reply(PERSONAL, 2, RequestCode::GET_MUTE, Errno::SUCCESS, json!([0]));
    b.ask(PERSONAL, 3, RequestCode::SET_MUTE, json!([]));
    b.hears_errno(PERSONAL, 3, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn voice_privacy_follows_the_call() {
    let mut b = both_in_calls();
    let set = RequestCode::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE;
    b.ask(WORK, 1, set, json!([1]));
    b.hears_ok(WORK, 1);
    b.silence();
    swap(&mut b);
    b.modem_answers(set, json!([1]), Value::Null);
    let query = RequestCode::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE;
    b.ask(WORK, 2, query, Value::Null);
    b.hears_reply(WORK, 2, query, Errno::SUCCESS, json!([1]));
    b.ask(PERSONAL, 3, query, Value::Null);
    b.modem_hears(query, Value::Null);
    b.silence();
}

/// Or else it could arrive in the call of another that comes forward meanwhile.
#[test]
fn voice_privacy_keeps_one_order_with_what_acts_on_calls() {
    let mut b = both_in_calls();
    let set = RequestCode::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE;
    b.flows.clear();
    b.ask(PERSONAL, 1, set, json!([0]));
    b.modem_hears(set, json!([0]));
    assert_eq!(b.flows, [Flow::Router]);
}

#[test]
fn tones_sound_in_the_askers_active_call_only() {
    let mut b = both_in_calls();
    let tones = [
        (RequestCode::DTMF, json!("5")),
        (RequestCode::DTMF_START, json!("5")),
        (RequestCode::CDMA_BURST_DTMF, json!(["5", "0", "0"])),
        (RequestCode::CDMA_FLASH, json!("5")),
    ];
    for (code, arguments) in tones {
        b.ask(WORK, 1, code, arguments.clone());
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        b.ask(PERSONAL, 2, code, arguments.clone());
        b.modem_answers(code, arguments, Value::Null);
        b.hears_ok(PERSONAL, 2);
    }
    // Another's tone is not stopped, and a tone is stopped once.
    b.ask(WORK, 3, RequestCode::DTMF_STOP, Value::Null);
    b.hears_ok(WORK, 3);
    b.silence();
    b.ask(PERSONAL, 4, RequestCode::DTMF_STOP, Value::Null);
    b.modem_answers(RequestCode::DTMF_STOP, Value::Null, Value::Null);
    b.hears_ok(PERSONAL, 4);
    b.ask(PERSONAL, 5, RequestCode::DTMF_STOP, Value::Null);
    b.hears_ok(PERSONAL, 5);
    b.silence();
}

#[test]
fn a_tone_that_its_phone_cannot_stop_is_stopped() {
    for leaves in [swap as fn(&mut Bench), |b| b.event(Event::PhoneDown(PERSONAL))] {
        let mut b = both_in_calls();
        b.ask(PERSONAL, 1, RequestCode::DTMF_START, json!("5"));
        b.modem_answers(RequestCode::DTMF_START, json!("5"), Value::Null);
        b.hears_ok(PERSONAL, 1);
        leaves(&mut b);
        b.modem_hears(RequestCode::DTMF_STOP, Value::Null);
        b.silence();
    }
}

#[test]
fn a_question_for_the_cause_waits_for_the_routers_own() {
    let mut b = both_in_calls();
    let ask = RequestCode::LAST_CALL_FAIL_CAUSE;
    b.calls_are(&[incoming(2, CallState::HOLDING, "155501999992")]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    let first = b.modem_hears(ask, Value::Null);
    b.ask(PERSONAL, 1, ask, Value::Null);
    b.silence();
    // And for the list that shows that no other call has ended meanwhile, which is asked for when the modem has
    // answered.
    b.unsolicited(CHANGED, Value::Null);
    b.reply_raw(first, Errno::SUCCESS, &parcel::encode(&31, V));
    for _ in 0..2 {
        assert!(b.to_phones.is_empty());
        b.modem_lists(&[incoming(2, CallState::HOLDING, "155501999992")]);
    }
    b.hears_cause(PERSONAL, 1, 31);
    // Nobody else can have a call that ends.
    b.calls_are(&[]);
    b.hears(WORK, CHANGED, Value::Null);
    b.ask(WORK, 2, ask, Value::Null);
    b.modem_answers(ask, Value::Null, json!({"cause": 17}));
    b.hears_cause(WORK, 2, 17);
    b.silence();
}

/// The modem has the cause of the call that ended last, which may be the other's by now.
#[test]
fn a_cause_that_may_be_anothers_is_told_to_nobody() {
    let ask = RequestCode::LAST_CALL_FAIL_CAUSE;
    // The other's call ends before the modem has answered, or before that is known.
    for is_answered in [false, true] {
        let mut b = both_in_calls();
        b.calls_are(&[incoming(2, CallState::HOLDING, "155501999992")]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        let first = b.modem_hears(ask, Value::Null);
        b.ask(PERSONAL, 1, ask, Value::Null);
        if is_answered {
            b.reply_raw(first, Errno::SUCCESS, &parcel::encode(&17, V));
            b.modem_lists(&[]);
        } else {
            b.calls_are(&[]);
        }
        b.hears_cause(PERSONAL, 1, 16);
        b.hears(WORK, CHANGED, Value::Null);
        let second = b.modem_hears(ask, Value::Null);
        b.ask(WORK, 2, ask, Value::Null);
        b.reply_raw(second, Errno::SUCCESS, &parcel::encode(&17, V));
        b.reply_raw(first, Errno::SUCCESS, &parcel::encode(&17, V));
        b.hears_cause(WORK, 2, 17);
        b.silence();
    }
}

/// So it may when the other's call was refused, and when there is no list that could show it.
#[test]
fn nor_is_one_that_cannot_be_checked() {
    for is_refused in [false, true] {
        let mut b = both_in_calls();
        b.calls_are(&[incoming(2, CallState::HOLDING, "155501999992")]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        let first = b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
        b.ask(PERSONAL, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
        if is_refused {
            b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
            let serial = b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
            b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
        } else {
            b.reply_raw(first, Errno::SUCCESS, &parcel::encode(&17, V));
            let list = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
            b.reply_raw(list, Errno::GENERIC_FAILURE, &[]);
        }
        b.hears_cause(PERSONAL, 1, 16);
    }
}

#[test]
fn who_waits_for_a_cause_is_not_left_waiting() {
    for modem in [(|b: &mut Bench| b.event(Event::ModemDown)) as fn(&mut Bench), |b| b.advance(Duration::from_secs(60))]
    {
        let mut b = both_in_calls();
        b.calls_are(&[incoming(2, CallState::HOLDING, "155501999992")]);
        b.ask(PERSONAL, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
        b.ask(PERSONAL, 2, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
        b.to_phones.clear();
        modem(&mut b);
        let answered = |wanted| {
            move |(to, heard): &(PhoneId, Heard)| {
                *to == PERSONAL && matches!(heard, Heard::Reply { serial, .. } if *serial == wanted)
            }
        };
        for serial in [1, 2] {
            assert_eq!(b.to_phones.iter().filter(|heard| answered(serial)(heard)).count(), 1);
        }
        assert_eq!(b.router.phones().next().unwrap().unanswered, 0);
    }
}

#[test]
fn a_client_that_left_waits_for_no_cause() {
    let mut b = both_in_calls();
    b.calls_are(&[incoming(2, CallState::HOLDING, "155501999992")]);
    b.ask(PERSONAL, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.event(Event::PhoneDown(PERSONAL));
    b.event(Event::PhoneUp(PERSONAL));
    b.to_phones.clear();
    b.modem_answers(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!({"cause": 31}));
    b.modem_lists(&[incoming(2, CallState::HOLDING, "155501999992")]);
    b.silence();
    assert_eq!(b.router.phones().next().unwrap().unanswered, 0);
}

#[test]
fn calls_of_two_phones_that_end_together_ended_normally() {
    let mut b = both_in_calls();
    b.calls_are(&[]);
    b.to_phones.clear();
    for phone in [PERSONAL, WORK] {
        b.ask(phone, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
        let heard = Heard::Reply { serial: 1, errno: Errno::SUCCESS, payload: parcel::encode(&16, V) };
        assert_eq!(b.to_phones.pop_front(), Some((phone, heard)));
    }
    b.silence();
}

#[test]
fn a_call_that_was_rejected_by_policy_has_no_cause_for_anybody() {
    let mut b = Bench::with(|config| config.calls.incoming = crate::config::Incoming::Busy);
    b.calls_are(&[incoming(1, CallState::INCOMING, "155501999992")]);
    b.modem_hears(RequestCode::UDUB, Value::Null);
    b.calls_are(&[]);
    for phone in [PERSONAL, WORK] {
        b.ask(phone, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
        b.hears_errno(phone, 1, Errno::GENERIC_FAILURE);
    }
    b.silence();
}

#[test]
fn a_phone_without_telephony_is_not_told_why_anothers_call_ended() {
    let mut b = Bench::with(|config| config.phone[1].telephony = false);
    b.calls_are(&[incoming(1, CallState::INCOMING, "15550199999")]);
    b.calls_are(&[]);
    b.modem_answers(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!({"cause": 31}));
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
}

/// By the time that a phone asks, the modem's cause may be that of a call that nobody saw.
#[test]
fn a_cause_that_the_modem_did_not_tell_is_not_asked_for_later() {
    let mut b = both_in_calls();
    b.calls_are(&[incoming(2, CallState::HOLDING, "155501999992")]);
    b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.advance(Duration::from_secs(60));
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.silence();
}

/// The modem may have answered it in the meantime, for the sake of a command that was on its way. Nobody sees it, so
/// nobody else can end it.
#[test]
fn a_call_that_could_not_be_rejected_is_ended() {
    for ends in [true, false] {
        let mut b = Bench::with(|config| config.calls.incoming = crate::config::Incoming::Busy);
        b.calls_are(&[incoming(1, CallState::INCOMING, "155501999992")]);
        let serial = b.modem_hears(RequestCode::UDUB, Value::Null);
        b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
        b.modem_lists(&[incoming(1, CallState::ACTIVE, "155501999992")]);
        if ends {
            b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
            b.calls_are(&[]);
        } else {
            // A modem that never does is not asked for ever.
            for _ in 0..2 {
                let serial = b.modem_hears(RequestCode::HANGUP, json!([1]));
                b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
                b.modem_lists(&[incoming(1, CallState::ACTIVE, "155501999992")]);
            }
            let serial = b.modem_hears(RequestCode::HANGUP, json!([1]));
            b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
        }
        b.silence();
    }
}

/// What a phone says of the microphone while it has no call is about none, whoever its next client is.
#[test]
fn a_new_call_is_not_muted() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SET_MUTE, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.ask(PERSONAL, 2, RequestCode::GET_MUTE, Value::Null);
    b.hears_reply(PERSONAL, 2, RequestCode::GET_MUTE, Errno::SUCCESS, json!([0]));
    b.calls_are(&[incoming(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    b.silence();
    // Nor by what was said of one that the modem would not make.
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    let dialled = b.modem_hears(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}));
    b.ask(PERSONAL, 2, RequestCode::SET_MUTE, json!([1]));
    b.hears_ok(PERSONAL, 2);
    b.reply_raw(dialled, Errno::GENERIC_FAILURE, &[]);
    b.to_phones.clear();
    b.calls_are(&[incoming(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    b.silence();
}
