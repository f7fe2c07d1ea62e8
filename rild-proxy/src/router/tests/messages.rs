//! Short messages: one owner each, acknowledged by that owner alone.

use ril_protocol::sms_pdu::{self, Addressed, Tpdu};

use super::*;

const NEW_SMS: UnsolCode = UnsolCode::RESPONSE_NEW_SMS;

/// An SMS-DELIVER as the modem hands it over, with this originator.
pub(super) fn deliver(from: &str, text: &str) -> String {
    let part = sms_pdu::split(text, sms_pdu::Reference::Short(0)).unwrap().remove(0);
    let address = sms_pdu::Address::number(from).unwrap();
    let tpdu = sms_pdu::Deliver::new(address, sms_pdu::Timestamp::default(), part);
    Addressed { service_centre: None, tpdu }.to_hex().unwrap()
}

pub(super) fn submit(to: &str) -> String {
    let part = sms_pdu::split("hello", sms_pdu::Reference::Short(0)).unwrap().remove(0);
    sms_pdu::Submit::new(sms_pdu::Address::number(to).unwrap(), part).to_hex().unwrap()
}

#[test]
fn a_message_goes_to_one_phone_and_only_it_can_acknowledge() {
    let mut b = Bench::new();
    let pdu = deliver("+15550123456", "hi");
    b.unsolicited(NEW_SMS, json!(pdu));
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.ask(WORK, 1, RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
    b.ask(PERSONAL, 2, RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
    b.modem_answers(RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.ask(PERSONAL, 3, RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
    b.hears_errno(PERSONAL, 3, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn a_tagged_message_reaches_its_phone_with_the_true_originator() {
    let mut b = Bench::new();
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "hi")));
    b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.silence();
}

#[test]
fn an_answer_goes_to_the_phone_that_wrote() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_SMS, json!([null, submit("+15550123456")]));
    let sent = json!({"message_ref": 42, "ack_pdu": null, "error_code": -1});
    b.modem_answers(RequestCode::SEND_SMS, json!([null, submit("+15550123456")]), sent.clone());
    b.hears_reply(WORK, 1, RequestCode::SEND_SMS, Errno::SUCCESS, sent);
    let answer = deliver("+15550123456", "hello yourself");
    b.unsolicited(NEW_SMS, json!(answer));
    b.hears(WORK, NEW_SMS, json!(answer));
    b.silence();
}

#[test]
fn an_unacknowledged_message_survives_its_phones_client() {
    let mut b = Bench::new();
    let pdu = deliver("+15550123456", "hi");
    b.unsolicited(NEW_SMS, json!(pdu));
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.event(Event::PhoneDown(PERSONAL));
    b.event(Event::PhoneUp(PERSONAL));
    b.hears(PERSONAL, UnsolCode::RIL_CONNECTED, json!([V.0]));
    b.hears(PERSONAL, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.silence();
}

#[test]
fn a_message_repeated_by_the_modem_is_not_doubled() {
    let mut b = Bench::new();
    let pdu = deliver("+15550123456", "hi");
    b.unsolicited(NEW_SMS, json!(pdu));
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.unsolicited(NEW_SMS, json!(pdu));
    b.silence();
}

#[test]
fn a_phone_that_is_away_does_not_hold_up_the_others_messages() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(WORK));
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "for work")));
    let second = deliver("+15550123456", "for personal");
    b.unsolicited(NEW_SMS, json!(second));
    b.silence();
    b.advance(Duration::from_secs(20));
    b.modem_hears(RequestCode::SMS_ACKNOWLEDGE, json!([0, 0xd3]));
    b.hears(PERSONAL, NEW_SMS, json!(second));
    b.silence();
    assert!(b.notes.contains(&Note::SmsRefused { phone: WORK }));
}

#[test]
fn a_status_report_goes_to_the_sender() {
    let mut b = Bench::new();
    let request = json!([null, submit("+15550123456")]);
    b.ask(WORK, 1, RequestCode::SEND_SMS, request.clone());
    let sent = json!({"message_ref": 42, "ack_pdu": null, "error_code": -1});
    b.modem_answers(RequestCode::SEND_SMS, request, sent.clone());
    b.hears_reply(WORK, 1, RequestCode::SEND_SMS, Errno::SUCCESS, sent);
    // SMS-STATUS-REPORT, TP-MR 42, to 15550123456, delivered (3GPP TS 23.040, 9.2.2.3), no SMSC address.
    let report = "00062a0b915155103254f63261302135000032613021350000 00".replace(' ', "");
    b.unsolicited(UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT, json!(report));
    b.hears(WORK, UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT, json!(report));
    b.silence();
}

#[test]
fn what_is_no_pdu_still_has_an_owner() {
    let mut b = Bench::new();
    for payload in [json!("nonsense"), json!(""), json!(null)] {
        b.unsolicited_raw(NEW_SMS, &NEW_SMS.row().unwrap().payload.from_json(payload.clone(), V).unwrap());
        b.hears(PERSONAL, NEW_SMS, payload);
        b.ask(PERSONAL, 1, RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
        b.modem_answers(RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]), Value::Null);
        b.hears_ok(PERSONAL, 1);
    }
    b.silence();
}
