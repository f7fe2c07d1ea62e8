//! Calls by a vendor's emergency request to numbers that nobody knows as emergency numbers: they yield to those that
//! are.

use super::*;

const VENDOR: RequestCode = RequestCode(10_016);
const THIRD: PhoneId = PhoneId(2);
const FOREGROUND: RequestCode = RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND;

fn bench() -> Bench {
    let mut b = Bench::with(|config| {
        config.modem.dialect = Some("samsung-10016".to_owned());
        config.phone.push(phone("third", 3));
    });
    b.to_modem.clear();
    b
}

fn dials(b: &mut Bench, phone: PhoneId, serial: i32, code: RequestCode, number: &str) {
    let payload = RequestCode::DIAL.row().unwrap().request.from_json(dial(number), V).unwrap();
    b.ask_raw(phone, serial, code, &payload);
}

/// What the modem is asked, without questions; calls by their numbers, what ends a call by its index.
fn asked(b: &mut Bench) -> Vec<(RequestCode, String)> {
    let what = |code: RequestCode, payload: &[u8]| match code {
        VENDOR | RequestCode::DIAL => parcel::decode::<Option<String>>(payload, V).unwrap().unwrap(),
        RequestCode::HANGUP => parcel::decode::<Vec<i32>>(payload, V).unwrap()[0].to_string(),
        _ => String::new(),
    };
    let is_order =
        |code: RequestCode| !matches!(code, RequestCode::GET_CURRENT_CALLS | RequestCode::LAST_CALL_FAIL_CAUSE);
    b.to_modem.drain(..).filter(|(code, ..)| is_order(*code)).map(|(code, _, p)| (code, what(code, &p))).collect()
}

/// The router asks for the modem's calls; the serial.
fn looks(b: &Bench) -> Option<i32> {
    b.to_modem.iter().find(|(code, ..)| *code == RequestCode::GET_CURRENT_CALLS).map(|(_, serial, _)| *serial)
}

/// A phone has dialled this by the vendor's request, and the modem has accepted it.
fn calls_by_request(b: &mut Bench, phone: PhoneId, number: &str) {
    dials(b, phone, 1, VENDOR, number);
    let (code, serial, _) = b.to_modem.pop_front().expect("it is dialled");
    assert_eq!(code, VENDOR);
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(phone, 1);
}

fn out(code: RequestCode, what: &str) -> (RequestCode, String) {
    (code, what.to_owned())
}

#[test]
fn a_listed_one_makes_room_for_a_known_number() {
    for (calls, room) in [
        (vec![call(1, CallState::DIALING, "99")], vec![out(RequestCode::HANGUP, "1")]),
        (vec![call(1, CallState::ACTIVE, "99")], vec![out(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, "")]),
        (
            vec![call(1, CallState::HOLDING, "99"), call(2, CallState::ACTIVE, "5550100")],
            vec![out(RequestCode::HANGUP, "1"), out(RequestCode::HANGUP, "2")],
        ),
    ] {
        let mut b = bench();
        calls_by_request(&mut b, WORK, "99");
        b.calls_are(&calls);
        b.to_modem.clear();
        dials(&mut b, THIRD, 1, RequestCode::DIAL, "112");
        assert_eq!(asked(&mut b), [room, vec![out(VENDOR, "112")]].concat(), "{calls:?}");
    }
}

#[test]
fn one_that_is_not_listed_yet_makes_room_for_a_known_number() {
    let mut b = bench();
    calls_by_request(&mut b, WORK, "99");
    dials(&mut b, THIRD, 1, RequestCode::DIAL, "112");
    assert_eq!(asked(&mut b), [out(FOREGROUND, ""), out(VENDOR, "112")]);
}

/// It would find the other call, and be made beside it.
#[test]
fn what_the_modem_has_not_answered_is_withdrawn_and_what_comes_later_refused() {
    let mut b = bench();
    dials(&mut b, WORK, 1, VENDOR, "99");
    dials(&mut b, WORK, 2, VENDOR, "99");
    let at_modem: Vec<i32> = b.to_modem.drain(..).map(|(_, serial, _)| serial).collect();
    assert_eq!(at_modem.len(), 2);
    dials(&mut b, THIRD, 1, RequestCode::DIAL, "112");
    assert_eq!(b.given_up, at_modem);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    let look = looks(&b).expect("the router looks what became of them");
    assert_eq!(asked(&mut b), [out(FOREGROUND, ""), out(VENDOR, "112")]);
    dials(&mut b, WORK, 3, VENDOR, "121");
    b.hears_errno(WORK, 3, Errno::GENERIC_FAILURE);
    b.reply_raw(look, Errno::SUCCESS, &parcel::encode(&vec![call(1, CallState::ACTIVE, "112")], V));
    b.to_modem.clear();
    b.to_phones.clear();
    dials(&mut b, WORK, 4, VENDOR, "121");
    b.hears_errno(WORK, 4, Errno::GENERIC_FAILURE);
    assert!(asked(&mut b).is_empty());
    // A number that is known goes out as ever.
    dials(&mut b, WORK, 5, VENDOR, "911");
    assert_eq!(asked(&mut b), [out(VENDOR, "911")]);
}

#[test]
fn what_waits_for_the_radio_does_not_go_out_before_a_known_number() {
    let mut b = bench();
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    dials(&mut b, WORK, 1, VENDOR, "99");
    b.to_phones.clear();
    dials(&mut b, THIRD, 1, RequestCode::DIAL, "112");
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    let dialled = asked(&mut b).into_iter().filter(|(code, _)| *code == VENDOR);
    assert_eq!(Vec::from_iter(dialled), [out(VENDOR, "112")]);
}

/// Against each other, and where its phone is trusted, it is an emergency call like any.
#[test]
fn an_unknown_number_is_protected_from_all_but_a_known_one() {
    let mut b = bench();
    calls_by_request(&mut b, WORK, "99");
    b.calls_are(&[call(1, CallState::DIALING, "99")]);
    b.to_modem.clear();
    dials(&mut b, THIRD, 1, VENDOR, "121");
    assert_eq!(asked(&mut b), [out(VENDOR, "121")]);

    let mut b = bench();
    calls_by_request(&mut b, PERSONAL, "99");
    b.calls_are(&[call(1, CallState::DIALING, "99")]);
    b.to_modem.clear();
    dials(&mut b, THIRD, 1, RequestCode::DIAL, "112");
    assert_eq!(asked(&mut b), [out(VENDOR, "112")]);
}

#[test]
fn it_yields_after_a_restart_too() {
    let mut b = bench();
    calls_by_request(&mut b, WORK, "99");
    let listed = [call(1, CallState::DIALING, "99")];
    b.calls_are(&listed);
    b.restart();
    b.router.set_dialect(b.config.dialect().expect("a dialect"));
    let look = looks(&b).expect("the router looks what is left");
    b.reply_raw(look, Errno::SUCCESS, &parcel::encode(&listed.to_vec(), V));
    b.to_modem.clear();
    dials(&mut b, THIRD, 1, RequestCode::DIAL, "112");
    assert_eq!(asked(&mut b), [out(RequestCode::HANGUP, "1"), out(VENDOR, "112")]);
}
