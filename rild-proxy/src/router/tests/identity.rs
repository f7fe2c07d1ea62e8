//! What a phone finds where it asks who and where it is.

use super::*;

const IMEI: &str = "490154203237518";

fn bench() -> Bench {
    Bench::with(|config| {
        let work = &mut config.phone[1];
        work.imei = IMEI.to_owned().into();
        work.imsi = "001010000000002".to_owned().into();
        work.location = false;
    })
}

#[track_caller]
fn finds(b: &mut Bench, phone: PhoneId, code: RequestCode, arguments: Value, modem: Value, found: Value) {
    b.ask(phone, 7, code, arguments.clone());
    b.modem_answers(code, arguments, modem);
    b.hears_reply(phone, 7, code, Errno::SUCCESS, found);
    b.silence();
}

#[test]
fn a_phone_has_the_identity_that_it_was_given() {
    let mut b = bench();
    let modem = json!("356938035643809");
    finds(&mut b, PERSONAL, RequestCode::GET_IMEI, Value::Null, modem.clone(), modem);
    b.knows(WORK, RequestCode::GET_IMEI, Value::Null, json!(IMEI));
    finds(&mut b, WORK, RequestCode::GET_IMSI, json!([null]), json!("310260000000001"), json!("001010000000002"));
    let device = json!(["356938035643809", "02", "80abcdef", "a0000012345678"]);
    finds(&mut b, PERSONAL, RequestCode::DEVICE_IDENTITY, Value::Null, device.clone(), device);
    b.knows(WORK, RequestCode::DEVICE_IDENTITY, Value::Null, json!([IMEI, "02", "", ""]));
    finds(&mut b, WORK, RequestCode::GET_IMEISV, Value::Null, json!("02"), json!("02"));
    let subscription = json!(["5550001", "1", "2", "9135550001", "5"]);
    let own = json!(["15550100002", "1", "2", "0000000002", "5"]);
    finds(&mut b, WORK, RequestCode::CDMA_SUBSCRIPTION, Value::Null, subscription, own);
}

/// The MIN is part of the IMSI.
#[test]
fn what_a_cdma_subscription_tells_is_what_the_phone_is_told_elsewhere() {
    let subscription = json!(["5550001", "1", "2", "9135550001", "5"]);
    for (imsi, number, mdn, min) in [
        (Some("310030123456789"), None, "5550001", "0123456789"),
        (None, Some("+15550100002"), "15550100002", "9135550001"),
        (None, None, "5550001", "9135550001"),
    ] {
        let mut b = Bench::with(|config| {
            let work = &mut config.phone[1];
            work.number = number.map(str::to_owned);
            if let Some(imsi) = imsi {
                work.imsi = imsi.to_owned().into();
            }
        });
        let told = json!([mdn, "1", "2", min, "5"]);
        finds(&mut b, WORK, RequestCode::CDMA_SUBSCRIPTION, Value::Null, subscription.clone(), told);
    }
}

/// Some libraries answer with all sixteen digits where ril.h has two.
#[test]
fn the_software_version_does_not_give_the_device_away() {
    let mut b = bench();
    let (theirs, own) = ("3569380356438002", "4901542032375102");
    finds(&mut b, WORK, RequestCode::GET_IMEISV, Value::Null, json!(theirs), json!(own));
    b.knows(PERSONAL, RequestCode::GET_IMEISV, Value::Null, json!(theirs));
    let device = json!(["356938035643809", theirs, "80abcdef", "a0000012345678"]);
    finds(&mut b, WORK, RequestCode::DEVICE_IDENTITY, Value::Null, device, json!([IMEI, own, "", ""]));
}

#[test]
fn a_phone_without_the_right_to_it_does_not_learn_where_it_is() {
    let mut b = bench();
    // Of a CDMA network, with a string of the vendor's own behind those of ril.h.
    let voice = json!([
        "1", "2a1f", "00c3f1", "6", "77", "8000", "9000", "1", "4139", "12", "0", "1", "0", "0", "1c8", "00c3f1",
    ]);
    let nowhere = json!(["1", "", "", "6", null, null, null, "1", "4139", "12", "0", "1", "0", "0", null, null]);
    finds(&mut b, WORK, RequestCode::VOICE_REGISTRATION_STATE, Value::Null, voice.clone(), nowhere);
    b.knows(PERSONAL, RequestCode::VOICE_REGISTRATION_STATE, Value::Null, voice);
    // Of LTE, with the reason for a refusal and the most data calls.
    let data = json!(["3", "2a1f", "00c3f1", "14", "33", "4", "1a2b", "101", "1ffff01", "7", "63", "1ffff01"]);
    let nowhere = json!(["3", "", "", "14", "33", "4", null, null, null, null, null, null]);
    finds(&mut b, WORK, RequestCode::DATA_REGISTRATION_STATE, Value::Null, data.clone(), nowhere);
    b.knows(PERSONAL, RequestCode::DATA_REGISTRATION_STATE, Value::Null, data);
    for code in [RequestCode::GET_CELL_INFO_LIST, RequestCode::GET_NEIGHBORING_CELL_IDS] {
        b.ask(WORK, 1, code, Value::Null);
        b.hears_errno(WORK, 1, Errno::REQUEST_NOT_SUPPORTED);
    }
    b.unsolicited(UnsolCode::CELL_INFO_LIST, json!([]));
    b.hears(PERSONAL, UnsolCode::CELL_INFO_LIST, json!([]));
    b.silence();
}

#[test]
fn an_answer_that_cannot_be_read_is_not_shown_to_whom_it_might_tell_something() {
    let mut b = bench();
    b.ask(WORK, 1, RequestCode::VOICE_REGISTRATION_STATE, Value::Null);
    let serial = b.modem_hears(RequestCode::VOICE_REGISTRATION_STATE, Value::Null);
    b.reply_raw(serial, Errno::SUCCESS, &[9, 0, 0, 0, 1]);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn the_card_does_not_give_away_whose_it_is() {
    let mut b = Bench::with(|config| {
        config.phone[0].number = None;
        config.phone[1].imsi = "001010000000002".to_owned().into();
    });
    let refused = json!({"sw1": 0x69, "sw2": 0x82, "response": null});
    for (serial, command, file) in [(1, 0xb0, 0x6f07), (2, 0xb2, 0x6f40)] {
        let read = json!({"command": command, "file_id": file, "path": "3F007FFF", "p1": 1, "p2": 4, "p3": 9});
        b.ask(WORK, serial, RequestCode::SIM_IO, read.clone());
        b.hears_reply(WORK, serial, RequestCode::SIM_IO, Errno::SUCCESS, refused.clone());
        b.ask(PERSONAL, serial, RequestCode::SIM_IO, read);
        assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code), Some(RequestCode::SIM_IO));
        b.silence();
    }
}

/// Files of the SIM that tell who or where one is, in every application.
#[test]
fn what_files_tell_of_a_phone_is_what_it_is_told() {
    type Change = fn(&mut Phone);
    let read = |file: i32, path: &str| {
        json!({
            "command": 0xb0, "file_id": file, "path": path, "p1": 0, "p2": 0, "p3": 9, "data": null, "pin2": null,
            "aid": null,
        })
    };
    let usim = |file: i32| read(file, "3F007FFF");
    let cdma = |file: i32| read(file, "3F007F25");
    let imsi = vec![
        usim(0x6f07),
        usim(0x6f02),
        usim(0x6f03),
        usim(0x6f04),
        usim(0x6f22),
        usim(0x6f23),
        cdma(0x6f5f),
        cdma(0x6f60),
        cdma(0x6f61),
    ];
    // Behind the number itself: what calls to it are forwarded to, and whether messages wait in its voice mail box.
    let number = vec![usim(0x6f40), usim(0x6f04), cdma(0x6f61), usim(0x6fcb), usim(0x6f13), usim(0x6fca), usim(0x6f11)];
    let imei = vec![cdma(0x6f31), cdma(0x6f38), cdma(0x6f74)];
    let place = vec![
        usim(0x6f7e),
        usim(0x6f73),
        usim(0x6f53),
        usim(0x6fe3),
        usim(0x6fc4),
        usim(0x6f74),
        usim(0x6f63),
        cdma(0x6f24),
        cdma(0x6f27),
        cdma(0x6f29),
        cdma(0x6f2a),
        cdma(0x6f2b),
    ];
    // Others by the same numbers.
    let others = vec![usim(0x6f31), usim(0x6f38), usim(0x6f60), usim(0x6f61), usim(0x6f46)];
    let with = |change: Change| {
        Bench::with(|config| {
            config.phone[1].number = None;
            config.phone[1].tag = None;
            change(&mut config.phone[1]);
        })
    };
    let let_through = |b: &mut Bench, commands: &[Value]| {
        let mut through = Vec::new();
        for command in commands {
            b.ask(WORK, 1, RequestCode::SIM_IO, command.clone());
            if b.to_modem.pop_front().is_some() {
                through.push(command.to_string());
            }
            b.to_phones.clear();
        }
        through
    };
    let cases: [(Change, &[Value]); 4] = [
        (|phone| phone.imsi = "001010000000002".to_owned().into(), &imsi),
        (|phone| phone.number = Some("+15550100002".to_owned()), &number),
        (|phone| phone.imei = IMEI.to_owned().into(), &imei),
        (|phone| phone.location = false, &place),
    ];
    for (change, hidden) in cases {
        let through = let_through(&mut with(change), hidden);
        assert!(through.is_empty(), "{through:#?}");
        assert_eq!(let_through(&mut with(change), &others).len(), others.len());
        assert_eq!(let_through(&mut with(|_| {}), hidden).len(), hidden.len());
    }
}

/// oFono asks after each setting, and takes a refusal for the setting's.
#[test]
fn who_may_set_call_forwarding_may_ask_for_it_whatever_its_own_number() {
    let mut b = bench();
    let code = RequestCode::QUERY_CALL_FORWARD_STATUS;
    let rule = |status: i32, number: Value| json!({"status": status, "reason": 0, "service_class": 0, "toa": 129, "number": number, "time_seconds": 0});
    let set = json!([rule(1, json!("+15550100777"))]);
    finds(&mut b, PERSONAL, code, rule(2, Value::Null), set.clone(), set);
    b.ask(WORK, 8, code, rule(2, Value::Null));
    b.hears_errno(WORK, 8, Errno::REQUEST_NOT_SUPPORTED);
    // The card says the same.
    let cfis = json!({"command": 0xb2, "file_id": 0x6fcb, "path": "3F007FFF", "p1": 1, "p2": 4, "p3": 16});
    b.ask(PERSONAL, 9, RequestCode::SIM_IO, cfis);
    assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code), Some(RequestCode::SIM_IO));
    b.silence();
}
