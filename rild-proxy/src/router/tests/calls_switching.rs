//! Switches of the foreground phone, and incoming calls for the background.

use super::super::SwitchRefused;
use super::*;
use crate::config::{Incoming, OnSwitch};

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const RING: UnsolCode = UnsolCode::CALL_RING;

fn dialled(number: &str) -> Value {
    json!({"address": number, "clir": "DEFAULT", "uus": null})
}

fn bench(on_switch: OnSwitch, incoming: Incoming) -> Bench {
    Bench::with(|config| {
        config.calls.on_switch = on_switch;
        config.calls.incoming = incoming;
    })
}

fn in_front(b: &Bench) -> PhoneId {
    PhoneId(b.router.phones().position(|phone| phone.foreground).unwrap())
}

/// Calls of the phone in the foreground, and which of them a switch with `drop` ends.
fn own_calls() -> Vec<(Vec<Call>, Vec<i32>)> {
    vec![
        (vec![call(1, CallState::ACTIVE, "5550100")], vec![1]),
        (vec![call(1, CallState::DIALING, "5550100")], vec![1]),
        (vec![call(1, CallState::HOLDING, "5550100"), call(2, CallState::ALERTING, "5550101")], vec![1, 2]),
        (vec![incoming(1, CallState::INCOMING, "5550100")], vec![1]),
        (vec![call(1, CallState::ACTIVE, "5550100"), incoming(2, CallState::WAITING, "5550101")], vec![1, 2]),
        // The other phone's are its own business.
        (vec![incoming(1, CallState::ACTIVE, "155501999992"), call(2, CallState::HOLDING, "5550100")], vec![2]),
    ]
}

#[test]
fn a_switch_keeps_drops_or_is_refused_whatever_the_calls() {
    for (calls, dropped) in own_calls() {
        for on_switch in [OnSwitch::Keep, OnSwitch::Drop, OnSwitch::Deny] {
            let mut b = bench(on_switch, Incoming::Ring);
            b.calls_are(&calls);
            b.to_phones.clear();
            let switched = b.foreground(WORK);
            if on_switch == OnSwitch::Deny {
                assert_eq!(switched, Err(SwitchRefused::InCall));
                assert_eq!(in_front(&b), PERSONAL);
                b.silence();
                continue;
            }
            assert_eq!(switched, Ok(()));
            if on_switch == OnSwitch::Drop {
                for index in &dropped {
                    b.modem_hears(RequestCode::HANGUP, json!([index]));
                }
            }
            b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
            b.silence();
        }
    }
}

#[test]
fn only_calls_of_the_phone_that_leaves_count() {
    for on_switch in [OnSwitch::Keep, OnSwitch::Drop, OnSwitch::Deny] {
        let mut b = bench(on_switch, Incoming::Ring);
        b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999992")]);
        b.foreground(WORK).unwrap();
        b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
        b.to_phones.clear();
        b.silence();
    }
}

#[test]
fn a_call_that_is_not_listed_yet_is_a_call() {
    for on_switch in [OnSwitch::Keep, OnSwitch::Drop, OnSwitch::Deny] {
        let mut b = bench(on_switch, Incoming::Ring);
        b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
        b.modem_answers(RequestCode::DIAL, dialled("5550100"), Value::Null);
        b.hears_ok(PERSONAL, 1);
        let switched = b.foreground(WORK);
        assert_eq!(switched.is_err(), on_switch == OnSwitch::Deny);
        b.to_modem.clear();
        b.calls_are(&[call(1, CallState::DIALING, "5550100")]);
        if on_switch == OnSwitch::Drop {
            b.modem_hears(RequestCode::HANGUP, json!([1]));
        }
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.silence();
    }
}

/// Nor does it go on for a phone that went into airplane mode meanwhile.
#[test]
fn a_call_that_is_not_listed_yet_ends_with_its_phones_radio() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.modem_answers(RequestCode::DIAL, dialled("5550100"), Value::Null);
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([1]));
    b.ask(PERSONAL, 2, RequestCode::RADIO_POWER, json!([0]));
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::DIALING, "5550100")]);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
}

#[test]
fn no_switch_ends_an_emergency_call() {
    let dialling: fn(&mut Bench, PhoneId) = |b, caller| {
        b.ask(caller, 1, RequestCode::DIAL, dial("112"));
        b.modem_hears(RequestCode::DIAL, dialled("112"));
    };
    let talking: fn(&mut Bench, PhoneId) = |b, caller| {
        b.ask(caller, 1, RequestCode::DIAL, dial("112"));
        b.modem_answers(RequestCode::DIAL, dialled("112"), Value::Null);
        b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    };
    for call in [dialling, talking] {
        for (on_switch, caller, allowed) in [
            (OnSwitch::Keep, PERSONAL, true),
            (OnSwitch::Keep, WORK, true),
            (OnSwitch::Drop, PERSONAL, false),
            (OnSwitch::Drop, WORK, true),
            (OnSwitch::Deny, PERSONAL, false),
            (OnSwitch::Deny, WORK, false),
        ] {
            let mut b = bench(on_switch, Incoming::Ring);
            call(&mut b, caller);
            b.to_phones.clear();
            assert_eq!(b.foreground(WORK).is_ok(), allowed, "{on_switch:?}, {caller:?} calls");
            if allowed {
                b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
            }
            b.silence();
        }
    }
}

#[test]
fn after_an_emergency_call_switches_are_free_again() {
    let mut b = bench(OnSwitch::Deny, Incoming::Ring);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, dialled("112"), Value::Null);
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.foreground(WORK).unwrap_err();
    b.calls_are(&[]);
    b.foreground(WORK).unwrap();
}

#[test]
fn a_phone_without_telephony_can_have_the_screen() {
    for on_switch in [OnSwitch::Keep, OnSwitch::Drop, OnSwitch::Deny] {
        let mut b = Bench::with(|config| {
            config.calls.on_switch = on_switch;
            config.phone[1].telephony = false;
        });
        b.foreground(WORK).unwrap();
        b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
        b.ask(WORK, 1, RequestCode::DIAL, dial("5550100"));
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        // Calls go to a phone that can have them.
        b.calls_are(&[incoming(1, CallState::INCOMING, "155501999992")]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.silence();
    }
}

#[test]
fn an_incoming_call_for_the_background_rings_switches_or_is_busy() {
    for policy in [Incoming::Ring, Incoming::Switch, Incoming::Busy] {
        for on_switch in [OnSwitch::Keep, OnSwitch::Drop, OnSwitch::Deny] {
            let mut b = bench(on_switch, policy);
            b.unsolicited(RING, Value::Null);
            b.modem_lists(&[incoming(1, CallState::INCOMING, "155501999992")]);
            match policy {
                Incoming::Busy => b.modem_hears(RequestCode::UDUB, Value::Null),
                Incoming::Switch => b.modem_hears(RequestCode::SCREEN_STATE, json!([1])),
                Incoming::Ring => 0,
            };
            if policy != Incoming::Busy {
                b.hears(WORK, CHANGED, Value::Null);
                b.hears(WORK, RING, Value::Null);
            }
            assert_eq!(in_front(&b), if policy == Incoming::Switch { WORK } else { PERSONAL });
            b.silence();
        }
    }
}

/// While the foreground phone is in a call, a caller does neither end it nor do what the user may not.
#[test]
fn an_incoming_call_switches_only_where_a_switch_costs_nothing() {
    for policy in [Incoming::Ring, Incoming::Switch, Incoming::Busy] {
        for on_switch in [OnSwitch::Keep, OnSwitch::Drop, OnSwitch::Deny] {
            let mut b = bench(on_switch, policy);
            let first = call(1, CallState::ACTIVE, "5550100");
            b.calls_are(std::slice::from_ref(&first));
            b.hears(PERSONAL, CHANGED, Value::Null);
            b.calls_are(&[first, incoming(2, CallState::WAITING, "155501999992")]);
            let switches = policy == Incoming::Switch && on_switch == OnSwitch::Keep;
            if policy == Incoming::Busy {
                b.modem_hears(RequestCode::HANGUP, json!([2]));
            } else {
                b.hears(WORK, CHANGED, Value::Null);
            }
            if switches {
                b.modem_hears(RequestCode::SCREEN_STATE, json!([1]));
            }
            assert_eq!(in_front(&b), if switches { WORK } else { PERSONAL });
            b.silence();
        }
    }
}

#[test]
fn a_caller_who_calls_again_at_once_is_rejected_again() {
    let mut b = bench(OnSwitch::Keep, Incoming::Busy);
    let caller = incoming(1, CallState::INCOMING, "155501999992");
    b.calls_are(std::slice::from_ref(&caller));
    b.modem_answers(RequestCode::UDUB, Value::Null, Value::Null);
    // No list came between, so it looks like the one that is over.
    b.calls_are(&[caller]);
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.calls_are(&[]);
    b.silence();
}

#[test]
fn a_call_for_the_phone_in_front_rings_whatever_the_policy() {
    for policy in [Incoming::Ring, Incoming::Switch, Incoming::Busy] {
        let mut b = bench(OnSwitch::Keep, policy);
        b.calls_are(&[incoming(1, CallState::INCOMING, "155501999991")]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.silence();
    }
}

#[test]
fn nothing_comes_forward_during_an_emergency() {
    let mut b = bench(OnSwitch::Keep, Incoming::Switch);
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, dialled("112"), Value::Null);
    let emergency = call(1, CallState::ACTIVE, "112");
    b.calls_are(std::slice::from_ref(&emergency));
    b.to_phones.clear();
    b.calls_are(&[emergency, incoming(2, CallState::WAITING, "155501999992")]);
    b.hears(WORK, CHANGED, Value::Null);
    assert_eq!(in_front(&b), PERSONAL);
    // Nor is it answered, for that would hold the emergency call.
    b.ask(WORK, 2, RequestCode::ANSWER, Value::Null);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.ask(WORK, 3, RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Value::Null);
    b.hears_errno(WORK, 3, Errno::GENERIC_FAILURE);
    b.silence();
}
