//! Vendors' dialects: numbers that are not those of ril.h, and messages of vendors' own.

use super::*;

/// Two phones on a modem of this dialect.
fn bench(dialect: &str) -> Bench {
    Bench::with(|config| config.modem.dialect = Some(dialect.to_owned()))
}

fn ints(values: &[i32]) -> Vec<u8> {
    parcel::encode(&values.to_vec(), V)
}

fn strings(values: &[&str]) -> Vec<u8> {
    let values: Vec<Option<String>> = values.iter().map(|value| Some((*value).to_owned())).collect();
    parcel::encode(&values, V)
}

/// The modem is asked this next, by this number and with these bytes; its serial.
#[track_caller]
fn modem_hears_raw(b: &mut Bench, number: i32, payload: &[u8]) -> i32 {
    let (code, serial, sent) = b.to_modem.pop_front().expect("the modem is not asked");
    assert_eq!((code.0, &sent[..]), (number, payload));
    serial
}

#[test]
fn a_message_by_another_number_is_the_message() {
    let mut b = bench("qualcomm-9");
    let subscription = json!({"slot": 0, "app_index": 0, "sub_type": 0, "act_status": 1});
    let payload = RequestCode::SET_UICC_SUBSCRIPTION.row().unwrap().request.from_json(subscription, V).unwrap();
    // By the number that ril.h has for SIM_OPEN_CHANNEL. It is for privileged phones.
    b.ask_raw(WORK, 1, RequestCode(115), &payload);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.ask_raw(PERSONAL, 2, RequestCode(115), &payload);
    let serial = modem_hears_raw(&mut b, 115, &payload);
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(PERSONAL, 2);
    // And so are unsolicited messages: ON_SS is of a session, and nobody has one.
    b.unsolicited_raw(UnsolCode(1041), &ints(&[1]));
    for phone in [PERSONAL, WORK] {
        let heard = Heard::Unsolicited { code: UnsolCode(1041), payload: ints(&[1]) };
        assert_eq!(b.to_phones.pop_front(), Some((phone, heard)));
    }
    b.silence();
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let mut b = bench("qualcomm-9");
    b.ask_raw(PERSONAL, 1, RequestCode(114), &ints(&[1]));
    b.hears_errno(PERSONAL, 1, Errno::REQUEST_NOT_SUPPORTED);
    // A request of ril.h whose number the vendor uses for something else has none.
    b.ask_raw(PERSONAL, 2, RequestCode(116), &[]);
    modem_hears_raw(&mut b, 116, &[]);
    b.silence();
}

#[test]
fn a_phone_that_speaks_ril_h_is_translated_for() {
    let mut b = Bench::with(|config| {
        config.modem.dialect = Some("qualcomm-9".to_owned());
        config.phone[0].dialect = false;
    });
    let own = RequestCode::SET_UICC_SUBSCRIPTION;
    let subscription = json!({"slot": 0, "app_index": 0, "sub_type": 0, "act_status": 1});
    let payload = own.row().unwrap().request.from_json(subscription, V).unwrap();
    b.ask_raw(PERSONAL, 1, own, &payload);
    modem_hears_raw(&mut b, 115, &payload);
    b.ask(PERSONAL, 2, RequestCode::SIM_OPEN_CHANNEL, json!("A0000000871002"));
    b.hears_errno(PERSONAL, 2, Errno::REQUEST_NOT_SUPPORTED);
    b.unsolicited_raw(UnsolCode(1041), &ints(&[1]));
    let codes = [UnsolCode::UICC_SUBSCRIPTION_STATUS_CHANGED, UnsolCode(1041)];
    for (phone, code) in [PERSONAL, WORK].into_iter().zip(codes) {
        assert_eq!(b.to_phones.pop_front(), Some((phone, Heard::Unsolicited { code, payload: ints(&[1]) })));
    }
    b.silence();
}

#[test]
fn an_incoming_call_is_approved_and_no_phone_hears_the_question() {
    let mut b = bench("mtk-2");
    b.unsolicited_raw(UnsolCode(3042), &strings(&["1", "5550199", "129", "0", "7"]));
    let serial = modem_hears_raw(&mut b, 2086, &ints(&[0, 1, 7]));
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.silence();
    // A phone's own software approves, too.
    b.ask_raw(WORK, 1, RequestCode(2086), &ints(&[0, 1, 7]));
    b.hears_ok(WORK, 1);
    b.unsolicited_raw(UnsolCode(3042), &strings(&["1"]));
    b.silence();
}

#[test]
fn a_suspended_registration_goes_on() {
    let mut b = bench("mtk-1");
    b.unsolicited_raw(UnsolCode(3021), &ints(&[42]));
    modem_hears_raw(&mut b, 2050, &ints(&[42]));
    b.unsolicited_raw(UnsolCode(3012), &ints(&[1]));
    for phone in [PERSONAL, WORK] {
        let heard = Heard::Unsolicited { code: UnsolCode(3012), payload: ints(&[1]) };
        assert_eq!(b.to_phones.pop_front(), Some((phone, heard)));
    }
    // What asks for a new APN is for the phone that decides about it.
    b.unsolicited_raw(UnsolCode(3065), &[]);
    b.to_phones.pop_front().filter(|(phone, _)| *phone == PERSONAL).expect("the privileged phone hears it");
    b.silence();
}

#[test]
fn a_question_that_the_router_answers_makes_no_memory_doubtful() {
    let mut b = bench("mtk-2");
    b.finds_out(PERSONAL, RequestCode::BASEBAND_VERSION, Value::Null, json!("1.0"));
    b.unsolicited_raw(UnsolCode(3042), &strings(&["1", "5550199", "129", "0", "7"]));
    let serial = modem_hears_raw(&mut b, 2086, &ints(&[0, 1, 7]));
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.knows(WORK, RequestCode::BASEBAND_VERSION, Value::Null, json!("1.0"));
}

#[test]
fn every_emergency_call_goes_out_the_vendors_way() {
    let mut b = bench("samsung-10001");
    let dial = json!({"address": "112", "clir": "DEFAULT", "uus": null});
    let payload = RequestCode::DIAL.row().unwrap().request.from_json(dial, V).unwrap();
    b.ask_raw(WORK, 1, RequestCode::DIAL, &payload);
    let serial = modem_hears_raw(&mut b, 10_001, &payload);
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(WORK, 1);
    // Other calls are dialled as everywhere.
    b.to_modem.clear();
    let mut b = bench("samsung-10001");
    b.ask(PERSONAL, 1, RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}));
    assert!(b.to_modem.iter().any(|(code, ..)| *code == RequestCode::DIAL), "{:?}", b.to_modem);
}

/// Lists may come in another order than they were asked for: a call that seems to begin again is another one.
#[test]
fn a_call_by_the_vendors_way_is_an_emergency_call_however_it_is_listed() {
    let mut b = bench("samsung-10016");
    let dial = json!({"address": "8881", "clir": "DEFAULT", "uus": null});
    let payload = RequestCode::DIAL.row().unwrap().request.from_json(dial, V).unwrap();
    b.ask_raw(WORK, 1, RequestCode(10_016), &payload);
    let serial = modem_hears_raw(&mut b, 10_016, &payload);
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    for state in [CallState::ACTIVE, CallState::ALERTING, CallState::ACTIVE] {
        b.to_modem.clear();
        b.calls_are(&[Call { number: Some("8881".to_owned()), index: 1, state, ..Call::default() }]);
    }
    b.to_modem.clear();
    b.event(Event::EmergencyElsewhere);
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
}

/// Nor is it anybody else's when the modem makes it long after it was given up.
#[test]
fn a_call_by_the_vendors_way_that_was_given_up_is_its_callers_when_it_comes() {
    let mut b = bench("samsung-10016");
    for (phone, number) in [(WORK, "8883"), (PERSONAL, "8884")] {
        let dial = json!({"address": number, "clir": "DEFAULT", "uus": null});
        let payload = RequestCode::DIAL.row().unwrap().request.from_json(dial, V).unwrap();
        b.ask_raw(phone, 1, RequestCode(10_016), &payload);
        modem_hears_raw(&mut b, 10_016, &payload);
        if phone == WORK {
            b.advance(Duration::from_secs(120));
            b.modem_lists(&[]);
        }
    }
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::DIALING, "8883")]);
    assert_eq!(owners(&b), [(1, WORK)]);
}

/// There is nobody to call, and so no reason to make room.
#[test]
fn an_emergency_request_without_a_number_is_none() {
    let mut b = bench("samsung-10016");
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    let absent = parcel::encode(&None::<String>, V);
    for payload in [&[][..], &absent, &[1]] {
        for phone in [PERSONAL, WORK] {
            b.ask_raw(phone, 1, RequestCode(10_016), payload);
            b.hears_errno(phone, 1, Errno::GENERIC_FAILURE);
            b.silence();
        }
    }
    assert!(!b.router.voice.is_emergency_of_another(PERSONAL));
}

/// The vendor's own request, with these arguments of DIAL.
fn dials_by_vendor(b: &mut Bench, phone: PhoneId, number: &str) {
    let dial = json!({"address": number, "clir": "DEFAULT", "uus": null});
    b.ask_raw(phone, 1, RequestCode(10_016), &RequestCode::DIAL.row().unwrap().request.from_json(dial, V).unwrap());
}

/// The service takes who comes from the SIM for the phone of that number.
#[test]
fn nobody_calls_the_service_the_vendors_way() {
    let mut b = Bench::with(|config| {
        config.modem.dialect = Some("samsung-10016".to_owned());
        config.phone[0].access = config.phone[0].number.clone();
    });
    for number in ["+15550100001", "5550100001", "#31#+15550100001", "0100001"] {
        dials_by_vendor(&mut b, PERSONAL, number);
        b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
        b.silence();
        b.knows(PERSONAL, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null, json!({"cause": 28}));
    }
    for number in ["112", "8881", "+15550199999"] {
        dials_by_vendor(&mut b, PERSONAL, number);
        assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code.0), Some(10_016), "{number}");
    }
}

/// Work's emergency call to that number was given up.
#[test]
fn a_number_that_was_called_the_vendors_way_is_another_phones_that_dials_it() {
    let mut b = bench("samsung-10016");
    dials_by_vendor(&mut b, WORK, "8883");
    b.to_modem.clear();
    b.advance(Duration::from_secs(120));
    b.modem_lists(&[]);
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("8883"));
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::DIALING, "8883")]);
    assert_eq!(owners(&b), [(1, PERSONAL)]);
}

#[test]
fn a_command_line_for_the_device_is_for_privileged_phones() {
    let mut b = bench("samsung-10016");
    let line = parcel::encode(&Some("am start".to_owned()), V);
    b.unsolicited_raw(UnsolCode(11_010), &line);
    let heard = Heard::Unsolicited { code: UnsolCode(11_010), payload: line };
    assert_eq!(b.to_phones.pop_front(), Some((PERSONAL, heard)));
    b.silence();
}

#[test]
fn the_last_request_of_ril_h_is_none_of_the_vendors_own() {
    let mut b = Bench::with(|config| {
        config.modem.dialect = Some("samsung-10016".to_owned());
        config.modem.last_request = Some(108);
    });
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code), Some(RequestCode(10_016)));
    b.ask(PERSONAL, 2, RequestCode::SHUTDOWN, Value::Null);
    b.hears_errno(PERSONAL, 2, Errno::REQUEST_NOT_SUPPORTED);
    b.silence();
}

/// On some libraries of version 12, 137 opens a logical channel and 139 sets the power of the transmitter.
#[test]
fn what_ril_h_has_only_later_is_for_privileged_phones_and_is_not_remembered() {
    const LATER: RequestCode = RequestCode::GET_CARRIER_RESTRICTIONS;
    let mut b = Bench::new();
    let arguments = [1, 0, 0, 0, 7, 0, 0, 0];
    for code in [LATER, RequestCode::SEND_DEVICE_STATE, RequestCode::SET_UNSOLICITED_RESPONSE_FILTER] {
        for payload in [&[][..], &arguments] {
            b.ask_raw(WORK, 1, code, payload);
            b.hears_errno(WORK, 1, Errno::REQUEST_NOT_SUPPORTED);
            b.silence();
        }
    }
    let baseband = RequestCode::BASEBAND_VERSION;
    b.finds_out(WORK, baseband, Value::Null, json!("1"));
    b.knows(WORK, baseband, Value::Null, json!("1"));
    for serial in [1, 2] {
        b.ask_raw(PERSONAL, serial, LATER, &arguments);
        let (code, asked, payload) = b.to_modem.pop_front().unwrap();
        assert_eq!((code, &payload[..]), (LATER, &arguments[..]));
        b.reply_raw(asked, Errno::SUCCESS, &[]);
        b.hears_ok(PERSONAL, serial);
    }
    b.finds_out(WORK, baseband, Value::Null, json!("2"));

    b.unsolicited(UnsolCode::RIL_CONNECTED, json!([14]));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::ON));
    b.to_phones.clear();
    b.ask_raw(WORK, 1, LATER, &[]);
    assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code), Some(LATER));
    b.silence();
}
