//! What acts on calls and waits for the modem when an emergency call goes before it: it would find that call.

use super::*;
use crate::config::OnSwitch;

const SWITCH: RequestCode = RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE;

fn dialled(number: &str) -> Value {
    json!({"address": number, "clir": "DEFAULT", "uus": null})
}

/// The serials of all that the modem is asked and has not answered.
fn asked(b: &mut Bench) -> Vec<i32> {
    b.to_modem.drain(..).map(|(_, serial, _)| serial).collect()
}

/// The modem gives the index of the call that is ended to the emergency call.
#[test]
fn a_hangup_that_waits_is_withdrawn() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::INCOMING, "5550100")]);
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    let serial = b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    assert_eq!(b.given_up, [serial]);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.silence();
}

#[test]
fn so_is_all_that_may_end_hold_join_or_disturb_a_call() {
    let two = [call(1, CallState::ACTIVE, "5550100"), call(2, CallState::HOLDING, "5550101")];
    let ringing = [incoming(1, CallState::INCOMING, "5550100")];
    let one = [call(1, CallState::ACTIVE, "5550100")];
    let cases: [(&[Call], RequestCode, Value); 12] = [
        (&two, SWITCH, Value::Null),
        (&two, RequestCode::CONFERENCE, Value::Null),
        (&two, RequestCode::EXPLICIT_CALL_TRANSFER, Value::Null),
        (&two, RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND, Value::Null),
        (&two, RequestCode::HANGUP_WAITING_OR_BACKGROUND, Value::Null),
        (&two, RequestCode::SEPARATE_CONNECTION, json!([1])),
        (&ringing, RequestCode::ANSWER, Value::Null),
        (&ringing, RequestCode::UDUB, Value::Null),
        (&one, RequestCode::DTMF, json!("5")),
        (&one, RequestCode::DTMF_START, json!("5")),
        (&one, RequestCode::CDMA_BURST_DTMF, json!(["5", "100", "100"])),
        (&one, RequestCode::DIAL, dial("5550102")),
    ];
    for (calls, code, arguments) in cases {
        let mut b = Bench::new();
        b.calls_are(calls);
        b.to_phones.clear();
        b.ask(PERSONAL, 1, code, arguments);
        let waiting = asked(&mut b);
        b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
        assert_eq!(b.given_up, waiting, "{code}");
        b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
        assert_eq!(b.to_modem.pop_back().map(|(code, ..)| code), Some(RequestCode::DIAL));
    }
}

/// A tone that is held down would sound in the emergency call, and mute is each phone's own.
#[test]
fn what_ends_a_tone_is_not() {
    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::DTMF_START, json!("5"));
    b.modem_answers(RequestCode::DTMF_START, json!("5"), Value::Null);
    b.ask(PERSONAL, 2, RequestCode::DTMF_STOP, Value::Null);
    b.ask(PERSONAL, 3, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    assert!(b.given_up.is_empty());
}

/// It is ended as soon as a list shows that it is still there.
#[test]
fn what_policy_ends_is_ended_afterwards() {
    let mut b = Bench::with(|config| config.calls.on_switch = OnSwitch::Drop);
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.foreground(WORK).unwrap();
    let serial = b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.to_modem.clear();
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    assert_eq!(b.given_up, [serial]);
    b.modem_hears(SWITCH, Value::Null);
    b.modem_answers(RequestCode::DIAL, dialled("112"), Value::Null);
    b.calls_are(&[call(1, CallState::HOLDING, "5550100"), call(2, CallState::DIALING, "112")]);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
}

/// So is a call that nobody sees, however often somebody is in need meanwhile.
#[test]
fn what_nobody_sees_is_ended_afterwards() {
    let mut b = Bench::with(|config| config.calls.incoming = crate::config::Incoming::Busy);
    let rings = incoming(1, CallState::INCOMING, "155501999992");
    b.calls_are(std::slice::from_ref(&rings));
    for serial in 1..8 {
        let end = b.to_modem.pop_front().expect("it is ended").1;
        b.ask(PERSONAL, serial, RequestCode::DIAL, dial("112"));
        assert_eq!(b.given_up, [end]);
        b.given_up.clear();
        let refused = b.to_modem.pop_back().expect("the call").1;
        b.to_modem.clear();
        b.reply_raw(refused, Errno::GENERIC_FAILURE, &[]);
        if b.to_modem.is_empty() {
            b.calls_are(std::slice::from_ref(&rings));
        }
    }
}

#[test]
fn what_makes_room_for_another_emergency_call_is_not() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::INCOMING, "5550100")]);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("911"));
    assert!(b.given_up.is_empty());

    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.event(Event::EmergencyElsewhere);
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    assert!(b.given_up.is_empty());
}

/// A second emergency call of a phone waits its turn, and so does what makes room for it: another's may have its index
/// by then. The call itself still goes out.
#[test]
fn what_makes_room_for_a_second_emergency_call_of_a_phone_is() {
    let mut b = Bench::with(|config| config.phone.push(phone("third", 3)));
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, dialled("112"));
    b.calls_are(&[call(1, CallState::ACTIVE, "112"), incoming(2, CallState::WAITING, "155501999992")]);
    b.to_modem.clear();
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("911"));
    let hang_up = b.modem_hears(RequestCode::HANGUP, json!([2]));
    b.modem_hears(RequestCode::DIAL, dialled("911"));
    b.ask(PhoneId(2), 1, RequestCode::DIAL, dial("112"));
    assert_eq!(b.given_up, [hang_up]);
}
