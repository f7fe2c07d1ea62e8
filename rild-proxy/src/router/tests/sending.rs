//! Sending short messages: trains that are not broken up, and status reports that find the sender.

use ril_protocol::payload::cdma::SmsMessage;
use ril_protocol::sms_pdu::{
    Address, DataCoding, Element, Header, Part, Reference, Submit, Tpdu, UserData, Validity, split,
};

use super::messages::submit;
use super::*;

const SEND: RequestCode = RequestCode::SEND_SMS;
const MORE: RequestCode = RequestCode::SEND_SMS_EXPECT_MORE;
const REPORT: UnsolCode = UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT;

fn to(number: &str) -> Value {
    json!([null, submit(number)])
}

fn sent(reference: i32) -> Value {
    json!({"message_ref": reference, "ack_pdu": null, "error_code": -1})
}

/// TP-SRR is bit 5 of the first octet (3GPP TS 23.040, 9.2.3.5).
fn with_report(number: &str) -> Value {
    let pdu = submit(number);
    let first = u8::from_str_radix(&pdu[..2], 16).unwrap() | 0x20;
    json!([null, format!("{first:02X}{}", &pdu[2..])])
}

/// SMS-STATUS-REPORT with this TP-MR, to 15550123456, delivered (9.2.2.3), no SMSC address.
fn report(reference: u8) -> Value {
    json!(format!("0006{reference:02X}0B915155103254F6326130213500003261302135000000"))
}

impl Bench {
    /// The modem answers the sending with this serial.
    fn network_takes(&mut self, serial: i32, reference: i32) {
        self.reply_raw(serial, Errno::SUCCESS, &SEND.row().unwrap().response.from_json(sent(reference), V).unwrap());
    }

    /// A phone sends its first message, which has this reference at the modem.
    #[track_caller]
    fn sends(&mut self, phone: PhoneId, request: &Value, reference: i32) {
        self.ask(phone, 1, SEND, request.clone());
        self.modem_answers(SEND, request.clone(), sent(reference));
        self.hears_reply(phone, 1, SEND, Errno::SUCCESS, sent(1));
    }

    /// The report of what has reference 42 goes to the phone whose first message that is.
    #[track_caller]
    fn report_goes_to(&mut self, phone: PhoneId) {
        self.reported_as(phone, 1);
    }

    /// It goes to a phone that knows the message by this reference.
    #[track_caller]
    fn reported_as(&mut self, phone: PhoneId, known_as: u8) {
        self.unsolicited(REPORT, report(42));
        self.modem_is_told_taken();
        self.hears(phone, REPORT, report(known_as));
        self.takes(phone, 9);
        self.silence();
    }
}

#[test]
fn a_status_report_goes_to_the_sender() {
    let mut b = Bench::new();
    b.sends(WORK, &with_report("+15550123456"), 42);
    b.report_goes_to(WORK);
    b.restart();
    b.report_goes_to(WORK);
}

#[test]
fn a_report_that_overtakes_the_answer_goes_to_who_waits_for_it() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SEND, with_report("+15550123456"));
    let serial = b.modem_hears(SEND, with_report("+15550123456"));
    b.report_goes_to(WORK);
    b.network_takes(serial, 42);
    b.hears_reply(WORK, 1, SEND, Errno::SUCCESS, sent(1));
}

#[test]
fn a_phone_counts_its_own_messages_and_not_the_others() {
    let mut b = Bench::new();
    b.sends(PERSONAL, &to("5550101"), 40);
    b.sends(WORK, &to("5550102"), 41);
    b.ask(PERSONAL, 2, SEND, with_report("+15550123456"));
    b.modem_answers(SEND, with_report("+15550123456"), sent(42));
    b.hears_reply(PERSONAL, 2, SEND, Errno::SUCCESS, sent(2));
    b.reported_as(PERSONAL, 2);
    b.restart();
    b.reported_as(PERSONAL, 2);
    b.ask(PERSONAL, 3, SEND, to("5550101"));
    b.modem_answers(SEND, to("5550101"), sent(43));
    b.hears_reply(PERSONAL, 3, SEND, Errno::SUCCESS, sent(3));
    b.sends(WORK, &to("5550102"), 44);
}

#[test]
fn a_phone_that_sends_alone_is_told_the_modems_references() {
    let mut b = Bench::with(|config| config.phone[1].telephony = false);
    b.ask(PERSONAL, 1, SEND, with_report("+15550123456"));
    b.modem_answers(SEND, with_report("+15550123456"), sent(42));
    b.hears_reply(PERSONAL, 1, SEND, Errno::SUCCESS, sent(42));
    b.reported_as(PERSONAL, 42);
}

#[test]
fn a_report_of_what_a_dead_modem_side_has_sent_goes_to_who_wrote_it() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SEND, with_report("+15550123456"));
    b.modem_hears(SEND, with_report("+15550123456"));
    b.event(Event::ModemDown);
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.reported_as(WORK, 42);
}

#[test]
fn a_status_report_goes_to_nobody_who_did_not_ask_for_it() {
    let mut b = Bench::new();
    b.sends(WORK, &with_report("+15550123456"), 42);
    b.sends(PERSONAL, &to("+15550123456"), 42);
    b.report_goes_to(WORK);
}

#[test]
fn a_reference_that_was_used_again_is_told_apart_by_the_recipient() {
    let mut b = Bench::new();
    b.sends(WORK, &with_report("+15550123456"), 42);
    b.sends(PERSONAL, &with_report("+15550199999"), 42);
    b.report_goes_to(WORK);
    let mut b = Bench::new();
    b.sends(WORK, &with_report("+15550199999"), 42);
    b.reported_as(PERSONAL, 42);
}

#[test]
fn single_messages_wait_for_nobody() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SEND, to("5550101"));
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    b.modem_hears(SEND, to("5550101"));
    b.modem_hears(SEND, to("5550102"));
    b.silence();
}

#[test]
fn a_train_is_not_broken_up() {
    let mut b = Bench::new();
    b.ask(WORK, 1, MORE, to("5550101"));
    let first = b.modem_hears(MORE, to("5550101"));
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    b.silence();
    b.network_takes(first, 1);
    b.hears_reply(WORK, 1, MORE, Errno::SUCCESS, sent(1));
    b.silence();
    b.ask(WORK, 2, SEND, to("5550101"));
    let last = b.modem_hears(SEND, to("5550101"));
    b.ask(WORK, 3, SEND, to("5550103"));
    b.silence();
    b.network_takes(last, 2);
    b.hears_reply(WORK, 2, SEND, Errno::SUCCESS, sent(2));
    b.modem_hears(SEND, to("5550102"));
    b.modem_hears(SEND, to("5550103"));
    b.silence();
}

#[test]
fn a_train_waits_for_what_is_under_way() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    let single = b.modem_hears(SEND, to("5550102"));
    b.ask(WORK, 1, MORE, to("5550101"));
    b.ask(PERSONAL, 2, SEND, to("5550103"));
    b.silence();
    b.network_takes(single, 1);
    b.hears_reply(PERSONAL, 1, SEND, Errno::SUCCESS, sent(1));
    b.modem_hears(MORE, to("5550101"));
    b.silence();
    // But not for long.
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    b.modem_hears(SEND, to("5550102"));
    b.ask(WORK, 1, MORE, to("5550101"));
    b.advance(Duration::from_secs(10));
    b.modem_hears(MORE, to("5550101"));
}

#[test]
fn a_phone_that_lets_its_train_stand_loses_the_link() {
    let mut b = Bench::new();
    b.ask(WORK, 1, MORE, to("5550101"));
    let first = b.modem_hears(MORE, to("5550101"));
    b.network_takes(first, 1);
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    b.to_phones.clear();
    b.advance(Duration::from_secs(10));
    b.modem_hears(SEND, to("5550102"));
    b.silence();
}

#[test]
fn an_endless_train_gives_way_when_others_wait() {
    let mut b = Bench::new();
    for serial in 0..254 {
        b.ask(WORK, serial, MORE, to("5550101"));
    }
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    assert_eq!(b.to_modem.drain(..).filter(|(code, _, _)| *code == MORE).count(), 254);
    b.silence();
    b.ask(WORK, 255, MORE, to("5550101"));
    b.modem_hears(MORE, to("5550101"));
    b.modem_hears(SEND, to("5550102"));
    b.silence();
}

#[test]
fn a_slow_train_gives_way_before_those_who_wait_give_up() {
    let mut b = Bench::new();
    for serial in 0..4 {
        b.ask(WORK, serial, MORE, to("5550101"));
        let at_modem = b.modem_hears(MORE, to("5550101"));
        if serial == 0 {
            b.ask(PERSONAL, 1, SEND, to("5550102"));
        }
        b.advance(Duration::from_secs(9));
        b.network_takes(at_modem, 1);
    }
    b.modem_hears(SEND, to("5550102"));
}

#[test]
fn a_late_answer_still_tells_the_reference() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SEND, with_report("+15550123456"));
    let serial = b.modem_hears(SEND, with_report("+15550123456"));
    b.advance(Duration::from_secs(120));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.advance(Duration::from_secs(50));
    b.network_takes(serial, 42);
    b.silence();
    b.report_goes_to(WORK);
}

#[test]
fn the_answer_to_a_client_that_left_tells_the_reference() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SEND, with_report("+15550123456"));
    let serial = b.modem_hears(SEND, with_report("+15550123456"));
    b.event(Event::PhoneDown(WORK));
    b.connects(WORK);
    b.network_takes(serial, 42);
    b.silence();
    b.report_goes_to(WORK);
}

#[test]
fn what_waits_is_answered_when_the_modem_goes() {
    let mut b = Bench::new();
    b.ask(WORK, 1, MORE, to("5550101"));
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    b.to_modem.clear();
    b.event(Event::ModemDown);
    b.to_phones.retain(|(_, heard)| matches!(heard, Heard::Reply { .. }));
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.hears_errno(PERSONAL, 1, Errno::RADIO_NOT_AVAILABLE);
    assert!(b.router.phones().all(|phone| phone.unanswered == 0));
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.ask(PERSONAL, 2, SEND, to("5550102"));
    b.modem_hears(SEND, to("5550102"));
}

#[test]
fn a_phone_can_only_have_so_much_waiting() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, MORE, to("5550101"));
    for serial in 0..300 {
        b.ask(WORK, serial, SEND, to("5550102"));
    }
    assert_eq!(b.to_phones.len(), 300 - 256);
    b.to_phones.clear();
    b.ask(PERSONAL, 2, SEND, to("5550101"));
    assert_eq!(b.to_modem.len(), 2);
}

/// Another phone sends as much as it likes, to the same number too, where it wants no report.
#[test]
fn a_report_finds_its_sender_behind_a_flood_of_another_phones() {
    let mut b = Bench::new();
    b.sends(WORK, &with_report("+15550123456"), 42);
    for reference in 0..=255 {
        for request in [with_report("+15550199999"), to("+15550123456")] {
            b.ask(PERSONAL, 1, SEND, request.clone());
            b.modem_answers(SEND, request, sent(reference));
        }
    }
    b.to_phones.clear();
    b.report_goes_to(WORK);
    b.restart();
    b.report_goes_to(WORK);
    assert!(b.store.count(Kind::Sent) <= 2 * 256);
}

#[test]
fn a_train_of_which_a_message_failed_gives_way() {
    let mut b = Bench::new();
    b.ask(WORK, 1, MORE, to("5550101"));
    let first = b.modem_hears(MORE, to("5550101"));
    b.ask(PERSONAL, 1, SEND, to("5550102"));
    b.silence();
    b.reply_raw(first, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.modem_hears(SEND, to("5550102"));
    b.silence();
}

/// A message to somebody with this header and octets behind it.
fn with_header(elements: &[Element]) -> Submit {
    let header = Header::new(elements.iter().cloned());
    let user_data = UserData::from_octets(Some(&header), &[1, 2, 3]).unwrap();
    Submit::new(Address::number("+15550123456").unwrap(), Part { data_coding: DataCoding(0x04), user_data })
}

fn plain() -> Submit {
    Submit::from_hex(&submit("+15550123456")).unwrap()
}

fn over_ims(message: &Value) -> Value {
    json!({ "retry": false, "message_ref": 0, "message": message })
}

fn cdma(teleservice_id: i32) -> Value {
    let address = ril_protocol::payload::cdma::Address { digits: vec![5, 5, 5, 10, 1, 10, 10], ..Default::default() };
    serde_json::to_value(SmsMessage { teleservice_id, address, ..Default::default() }).unwrap()
}

#[test]
fn an_unprivileged_phone_sends_messages_and_nothing_else() {
    let toolkit = |identifier| with_header(&[Element::Other { identifier, data: vec![] }]).to_hex().unwrap();
    let for_device = |protocol_identifier| Submit { protocol_identifier, ..plain() }.to_hex().unwrap();
    let pdu = submit("+15550123456");
    let mut refused = vec![
        // SMS-COMMAND: delete message 5 to this number (3GPP TS 23.040, 9.2.2.4 and 9.2.3.19).
        "02000002050B915155103254F600".to_owned(),
        // SMS-SUBMIT of a reserved type, one that ends too early, one that does not end, and a header that does not
        // fit.
        format!("03{}", &pdu[2..]),
        pdu[..pdu.len() - 2].to_owned(),
        format!("{pdu}00"),
        "41000B915155103254F600040305007F".to_owned(),
        "zz".to_owned(),
        String::new(),
    ];
    refused.extend((0x7c..=0x7f).map(for_device));
    refused.extend([0x70, 0x71, 0x7f].map(toolkit));
    let mut b = Bench::new();
    for pdu in &refused {
        for (code, request) in [
            (SEND, json!([null, pdu])),
            (MORE, json!([null, pdu])),
            (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "gsm": [null, pdu] }))),
        ] {
            b.ask(WORK, 1, code, request);
            assert_eq!(b.to_modem, [], "{code} {pdu}");
            b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        }
    }
    // A service centre behind which a message of another kind follows, or of which there is no end.
    for centre in [&format!("00{}", refused[0]), "07915155100000F000", "0C91", "0", "zz", "\"+15550100\",145"] {
        for (code, request) in [
            (SEND, json!([centre, pdu])),
            (MORE, json!([centre, pdu])),
            (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "gsm": [centre, pdu] }))),
        ] {
            b.ask(WORK, 1, code, request);
            assert_eq!(b.to_modem, [], "{code} {centre}");
            b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        }
    }
    // For the card application toolkit.
    for (code, request) in [
        (RequestCode::CDMA_SEND_SMS, cdma(4103)),
        (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "cdma": cdma(4103) }))),
    ] {
        b.ask(WORK, 1, code, request);
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    }
    b.silence();
    // Who has the privilege speaks for the SIM.
    b.ask(PERSONAL, 1, SEND, json!([null, refused[0]]));
    b.modem_hears(SEND, json!([null, refused[0]]));
}

#[test]
fn every_message_to_people_is_sent() {
    let to = || Address::number("+15550123456").unwrap();
    let mut pdus = vec![plain()];
    for text in ["", "plain", "häé€ {x}", "Привет", "x".repeat(500).as_str(), "日本".repeat(100).as_str()] {
        for reference in [Reference::Short(7), Reference::Long(0x1234)] {
            pdus.extend(split(text, reference).unwrap().into_iter().map(|part| Submit::new(to(), part)));
        }
    }
    // To the ports of WAP push and of an application; with languages; replacing one before, as a telefax, with a reply
    // path.
    pdus.push(with_header(&[Element::Ports16 { destination: 2948, source: 9200 }]));
    pdus.push(with_header(&[Element::Ports8 { destination: 240, source: 240 }]));
    pdus.push(with_header(&[Element::Other { identifier: 0x24, data: vec![] }]));
    pdus.extend([0x20, 0x40, 0x41].map(|protocol_identifier| Submit { protocol_identifier, ..plain() }));
    pdus.push(Submit { validity: Validity::Relative(0xa7), status_report_request: true, ..plain() });
    pdus.push(Submit { reply_path: true, reject_duplicates: true, data_coding: DataCoding(0x10), ..plain() });
    pdus.push(Submit::new(Address::number("22922").unwrap(), plain().part()));
    let mut b = Bench::new();
    for pdu in pdus {
        let pdu = pdu.to_hex().unwrap();
        for (code, request) in
            [(SEND, json!([null, pdu])), (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "gsm": [null, pdu] })))]
        {
            b.ask(WORK, 1, code, request.clone());
            b.modem_answers(code, request, sent(1));
            b.to_phones.clear();
        }
    }
    // Paging, messages, voice mail, WAP, enhanced messages, and the answer to a programming of broadcast categories.
    for teleservice in 4097..=4102 {
        b.ask(WORK, 1, RequestCode::CDMA_SEND_SMS, cdma(teleservice));
        b.modem_answers(RequestCode::CDMA_SEND_SMS, cdma(teleservice), sent(1));
        b.to_phones.clear();
    }
    b.silence();
}

#[test]
fn what_waits_is_not_sent_for_a_phone_that_has_left_the_network() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, MORE, json!([null, submit("+15550123456")]));
    b.modem_answers(MORE, json!([null, submit("+15550123456")]), sent(1));
    b.to_phones.clear();
    b.ask(WORK, 1, SEND, json!([null, submit("+15550123457")]));
    b.silence();
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([0]));
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.hears_ok(WORK, 2);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.advance(Duration::from_secs(60));
    b.silence();
}
