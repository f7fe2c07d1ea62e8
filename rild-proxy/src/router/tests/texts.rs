//! Texts that would be commands where a library writes them into one, and those that are what they should be.

use ril_protocol::frame::Request;
use ril_protocol::hex::from_hex;
use ril_trace::format::{Item, Reader, Way, What};

use super::*;

/// Ends a command and begins another, in a text that stands in quotation marks, and in one that does not.
const ANOTHER: &str = ";+CFUN=0";

/// Two phones, the second in the foreground, with what is about the data of the SIM its own, and without a number.
fn bench() -> Bench {
    let mut b = Bench::with(|config| {
        config.phone[1].number = None;
        config.phone[1].tag = None;
        config.data.owner = Some("work".to_owned());
    });
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::DIALING, "5550100")]);
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    b.to_modem.clear();
    b
}

impl Bench {
    /// Whether a phone is told that this failed, and the modem hears nothing of it.
    fn is_kept_from_modem(&mut self, phone: PhoneId, code: RequestCode, arguments: Value) -> bool {
        self.ask(phone, 60, code, arguments);
        let refused = Heard::Reply { serial: 60, errno: Errno::GENERIC_FAILURE, payload: Vec::new() };
        let is_kept = self.to_modem.is_empty() && self.to_phones.pop_front() == Some((phone, refused));
        self.to_modem.clear();
        self.to_phones.clear();
        is_kept
    }

    #[track_caller]
    fn may_not_say(&mut self, phone: PhoneId, code: RequestCode, arguments: Value) {
        let said = arguments.to_string();
        assert!(self.is_kept_from_modem(phone, code, arguments), "{code} {said}");
    }
}

fn io(change: impl FnOnce(&mut Value)) -> Value {
    let mut io = json!({
        "command": 0xb0, "file_id": 0x6f46, "path": "3F007F20", "p1": 0, "p2": 0, "p3": 17, "data": null, "pin2": null,
        "aid": null,
    });
    change(&mut io);
    io
}

#[test]
fn a_text_is_no_second_command() {
    let evil = |text: &str| json!(format!("{text}{ANOTHER}"));
    let forward = |number: &str| json!({"status": 2, "reason": 0, "service_class": 0, "toa": 129, "number": number, "time_seconds": 0});
    let mut let_through = Vec::new();
    for (code, arguments) in [
        (RequestCode::SIM_IO, io(|io| io["data"] = evil("00"))),
        (RequestCode::SIM_IO, io(|io| io["path"] = evil("3F00"))),
        (RequestCode::SIM_IO, io(|io| io["aid"] = evil("A0000000871002"))),
        (RequestCode::SIM_OPEN_CHANNEL, evil("F04E4F4E45")),
        (RequestCode::QUERY_FACILITY_LOCK, json!([evil("SC"), "", "7", null])),
        (RequestCode::QUERY_FACILITY_LOCK, json!(["SC", evil("1234"), "7", null])),
        (RequestCode::QUERY_FACILITY_LOCK, json!(["SC", "", evil("7"), null])),
        (RequestCode::QUERY_FACILITY_LOCK, json!(["SC", "", "7", evil("A0")])),
        (RequestCode::QUERY_CALL_FORWARD_STATUS, forward("5550100;+CFUN=0")),
        (RequestCode::QUERY_CALL_FORWARD_STATUS, forward("5550100\",145,7;+CFUN=0")),
        (RequestCode::GET_IMSI, json!([evil("A0000000871002")])),
        (RequestCode::SEND_USSD, json!("*100#\";+CFUN=0")),
        (RequestCode::SEND_USSD, json!("*100#;+CFUN=0")),
        (RequestCode::SEND_USSD, json!("\\2A21*5550666#")),
        // The lower seven bits of what these are made of are a semicolon, a quotation mark and a line end.
        (RequestCode::SEND_USSD, json!("*100#»+CFUN=0")),
        (RequestCode::SEND_USSD, json!("*100#â,15»+CFUN=0")),
        (RequestCode::SETUP_DATA_CALL, json!([evil("1"), "0", "internet", null, null, "0", "IP"])),
        (RequestCode::SETUP_DATA_CALL, json!(["1", evil("0"), "internet", null, null, "0", "IP"])),
        (RequestCode::SETUP_DATA_CALL, json!(["1", "0", evil("internet"), null, null, "0", "IP"])),
        (RequestCode::SETUP_DATA_CALL, json!(["1", "0", "internet", evil("user"), null, "0", "IP"])),
        (RequestCode::SETUP_DATA_CALL, json!(["1", "0", "internet", null, evil("password"), "0", "IP"])),
        (RequestCode::SETUP_DATA_CALL, json!(["1", "0", "internet", "user\\", ",1", "0", "IP"])),
        (RequestCode::SETUP_DATA_CALL, json!(["1", "0", "internet", null, null, "0", evil("IP")])),
        (RequestCode::SETUP_DATA_CALL, json!(["1", "0", "internet", null, null, "0", "IP", evil("IP")])),
        (RequestCode::DEACTIVATE_DATA_CALL, json!(["1", evil("0")])),
        (RequestCode::DTMF, evil("1")),
        (RequestCode::DTMF_START, evil("1")),
        (RequestCode::CDMA_BURST_DTMF, json!([evil("1"), "150", "100"])),
        (RequestCode::CDMA_BURST_DTMF, json!(["1", evil("150"), "100"])),
        (RequestCode::CDMA_FLASH, evil("5550100")),
        (RequestCode::SEND_SMS, json!([evil("00"), "11000891515521430000A71AE8329BFD06"])),
        (RequestCode::SEND_SMS, json!([null, "1100\u{1a}AT+CFUN=0"])),
        (RequestCode::IMS_SEND_SMS, json!({"message": {"gsm": [null, evil("0100")]}})),
        (
            RequestCode::SET_INITIAL_ATTACH_APN,
            json!({"apn": evil("internet"), "protocol": "IP", "auth_type": 0, "username": "", "password": ""}),
        ),
        (
            RequestCode::SET_DATA_PROFILE,
            json!([{"apn": "internet", "protocol": "IP"}, {"apn": "ims", "protocol": "IP", "password": evil("")}]),
        ),
        (RequestCode::DIAL, dial("5550100;+CFUN=0")),
    ] {
        if !bench().is_kept_from_modem(WORK, code, arguments.clone()) {
            let_through.push(format!("{code} {arguments}"));
        }
    }
    assert!(let_through.is_empty(), "{let_through:#?}");
}

/// A message to this address is written down as text by the modem of a CDMA network.
#[test]
fn the_characters_of_an_address_are_a_text() {
    let mut b = bench();
    let message = |digits: &str| {
        json!({
            "teleservice_id": 4098, "is_service_present": false, "service_category": 0,
            "address": {
                "digit_mode": "EIGHT_BIT", "number_mode": "NOT_DATA_NETWORK", "number_type": "UNKNOWN",
                "number_plan": "UNKNOWN", "digits": digits,
            },
            "sub_address": {"subaddress_type": "NSAP", "odd": false, "digits": ""}, "bearer_data": "0003101230",
        })
    };
    b.may_not_say(WORK, RequestCode::CDMA_SEND_SMS, message("3535220d"));
    b.ask(WORK, 1, RequestCode::CDMA_SEND_SMS, message("35353530313030"));
    b.modem_hears(RequestCode::CDMA_SEND_SMS, message("35353530313030"));
}

/// AOSP's rild takes a length below zero for an absent text, and reads the next.
#[test]
fn texts_that_cannot_be_read_are_not_handed_on() {
    let mut b = bench();
    let mut payload = Vec::new();
    for word in [4, -5] {
        payload.extend_from_slice(&i32::to_ne_bytes(word));
    }
    payload.extend(parcel::encode(&Some(format!("1234{ANOTHER}")), V));
    b.ask_raw(WORK, 1, RequestCode::QUERY_FACILITY_LOCK, &payload);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
    let mut io = parcel::encode(&ril_protocol::payload::sim::SimIo::default(), V);
    io[..4].copy_from_slice(&0xb0_i32.to_ne_bytes());
    io[8..12].copy_from_slice(&(-5_i32).to_ne_bytes());
    b.ask_raw(WORK, 2, RequestCode::SIM_IO, &io);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn no_phone_ends_a_line_or_a_text() {
    let mut b = bench();
    b.foreground(PERSONAL).unwrap();
    b.to_modem.clear();
    b.to_phones.clear();
    for text in ["*100#\r", "*100#\nAT+CFUN=0", "*100#\0"] {
        b.may_not_say(PERSONAL, RequestCode::SEND_USSD, json!(text));
    }
    b.ask(PERSONAL, 1, RequestCode::OEM_HOOK_STRINGS, json!(["a \"text\"; and more", null]));
    b.modem_hears(RequestCode::OEM_HOOK_STRINGS, json!(["a \"text\"; and more", null]));
    b.may_not_say(PERSONAL, RequestCode::OEM_HOOK_STRINGS, json!(["a", "b\r"]));
}

/// A question of the vendor's own that everybody may ask, of which nobody knows what its texts are.
#[test]
fn texts_of_a_vendors_question_are_plain_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vendor.toml");
    let entry = "[[request]]\ncode = 7001\nname = \"WHICH\"\narguments = \"Strings\"\nclass = \"query\"\n";
    std::fs::write(&file, format!("about = \"a test\"\n{entry}")).unwrap();
    let mut b = Bench::with(|config| config.modem.dialect = Some(file.to_str().unwrap().to_owned()));
    let strings = |text: &str| parcel::encode(&vec![Some(text.to_owned()), None], V);
    for text in ["1;+CFUN=0", "1\"", "+CFUN=0", "1\r"] {
        b.ask_raw(WORK, 1, RequestCode(7001), &strings(text));
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        b.silence();
    }
    b.ask_raw(WORK, 2, RequestCode(7001), &strings("slot-1, band 3"));
    assert_eq!(b.to_modem.pop_front().map(|(code, ..)| code.0), Some(7001));
}

#[test]
fn what_recorded_phones_say_is_allowed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/traces");
    let router = Bench::new().router;
    let mut asked = 0;
    let mut trace = Reader::open(std::fs::File::open(folder.join("two-phones.riltrace")).unwrap()).unwrap();
    while let Some(item) = trace.next_item().unwrap() {
        if let Item::Record(entry) = item
            && let What::Frame(frame) = entry.record.what
            && frame.way == Way::FromPhone
        {
            let request = Request::parse(&frame.body).unwrap();
            assert!(router.are_texts_allowed(false, request.code, request.payload), "{:?}", request.code);
            asked += 1;
        }
    }
    let session = include_str!("../../../../ril-protocol/tests/recorded/ofono-and-rild.txt");
    for line in session.lines().filter_map(|line| line.strip_prefix("> ")) {
        let body = from_hex(line).unwrap();
        let request = Request::parse(&body).unwrap();
        assert!(router.are_texts_allowed(false, request.code, request.payload), "{:?}", request.code);
        asked += 1;
    }
    assert!(asked > 200, "{asked}");
}
