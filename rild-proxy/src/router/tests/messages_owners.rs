//! Whose a short message is.

use ril_protocol::sms_pdu::{self, Addressed, Reference, Tpdu};

use super::messages::{NEW_SMS, deliver, submit};
use super::*;
use crate::router::Kind;

const SEND: RequestCode = RequestCode::SEND_SMS;

impl Bench {
    /// A phone sends a message to this number, and the network takes it.
    #[track_caller]
    fn writes(&mut self, phone: PhoneId, to: &str) {
        let request = json!([null, submit(to)]);
        self.ask(phone, 1, SEND, request.clone());
        let sent = json!({"message_ref": 42, "ack_pdu": null, "error_code": -1});
        self.modem_answers(SEND, request, sent);
        let Some((to, Heard::Reply { serial: 1, errno: Errno::SUCCESS, .. })) = self.to_phones.pop_front() else {
            panic!("{phone:?} is not told that its message is sent")
        };
        assert_eq!(to, phone);
    }

    /// A message comes, belongs to this phone, and is taken.
    #[track_caller]
    fn comes_to(&mut self, phone: PhoneId, pdu: &str) {
        self.receives(pdu);
        self.hears(phone, NEW_SMS, json!(pdu));
        self.takes(phone, 9);
        self.silence();
    }
}

/// The parts of a long message.
fn parts(from: &str, reference: Reference) -> Vec<String> {
    let address = sms_pdu::Address::number(from).unwrap();
    let parts = sms_pdu::split(&"long ".repeat(80), reference).unwrap();
    let tpdu = |part| sms_pdu::Deliver::new(address.clone(), sms_pdu::Timestamp::default(), part);
    parts.into_iter().map(|part| Addressed { service_centre: None, tpdu: tpdu(part) }.to_hex().unwrap()).collect()
}

#[test]
fn an_answer_goes_to_the_phone_that_wrote_however_the_number_is_written() {
    let mut b = Bench::new();
    b.writes(WORK, "5550123456");
    b.comes_to(WORK, &deliver("+15550123456", "hello yourself"));
    b.restart();
    b.comes_to(WORK, &deliver("+15550123456", "still there?"));
    b.writes(PERSONAL, "+15550123456");
    b.comes_to(PERSONAL, &deliver("+15550123456", "and you?"));
    b.restart();
    b.comes_to(PERSONAL, &deliver("+15550123456", "really?"));
}

#[test]
fn a_message_that_was_not_sent_owns_no_answer() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SEND, json!([null, submit("+15550123456")]));
    let serial = b.modem_hears(SEND, json!([null, submit("+15550123456")]));
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.comes_to(PERSONAL, &deliver("+15550123456", "hi"));
}

#[test]
fn short_codes_and_names_are_known_by_their_exact_text() {
    let mut b = Bench::new();
    b.writes(WORK, "12345");
    b.comes_to(WORK, &deliver("12345", "your parcel"));
    b.comes_to(PERSONAL, &deliver("2345", "another"));
    let part = sms_pdu::split("code 1", Reference::Short(0)).unwrap().remove(0);
    let name = sms_pdu::Address::alphanumeric("12345").unwrap();
    let tpdu = sms_pdu::Deliver::new(name, sms_pdu::Timestamp::default(), part);
    b.comes_to(PERSONAL, &Addressed { service_centre: None, tpdu }.to_hex().unwrap());
}

/// Its reference is used again, days later, by a message of as many parts.
#[test]
fn a_message_that_never_became_whole_does_not_part_a_later_one() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let [first, second, third] = &parts("+15550123456", Reference::Short(7))[..] else { panic!("three parts") };
    for came in [&[first][..], &[first, second]] {
        let mut b = Bench::new();
        b.writes(WORK, "+15550123456");
        for part in came {
            b.comes_to(WORK, part);
        }
        b.advance(DAY);
        b.comes_to(WORK, third);
        b.writes(PERSONAL, "+15550123456");
        b.comes_to(WORK, first);
        b.comes_to(WORK, second);
        // That was all of it.
        b.comes_to(PERSONAL, &deliver("+15550123456", "hi"));
    }
}

#[test]
fn the_parts_of_many_messages_that_never_become_whole_are_not_all_remembered() {
    let mut b = Bench::new();
    for reference in 0..200 {
        let part = parts("+15550123456", Reference::Short(reference)).remove(0);
        b.comes_to(PERSONAL, &part);
    }
    assert_eq!(b.store.count(Kind::Correspondent), 64);
}

#[test]
fn what_nobody_asked_for_goes_where_the_configuration_says() {
    let mut b = Bench::with(|config| config.sms.default = "work".into());
    b.comes_to(WORK, &deliver("+15550123456", "hi"));
    let mut b = Bench::new();
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.to_phones.clear();
    b.comes_to(WORK, &deliver("+15550123456", "hi"));
}

#[test]
fn the_parts_of_a_message_follow_the_first() {
    for reference in [Reference::Short(7), Reference::Long(0x1234)] {
        let mut b = Bench::new();
        let parts = parts("+15550123456", reference);
        assert!(parts.len() > 2);
        b.comes_to(PERSONAL, &parts[1]);
        b.writes(WORK, "+15550123456");
        b.foreground(WORK).unwrap();
        b.to_modem.clear();
        b.to_phones.clear();
        b.comes_to(PERSONAL, &parts[0]);
        b.restart();
        for part in &parts[2..] {
            b.comes_to(PERSONAL, part);
        }
        b.comes_to(WORK, &deliver("+15550123456", "next"));
    }
}

#[test]
fn a_complete_message_in_parts_is_forgotten() {
    let mut b = Bench::new();
    for part in parts("+15550123456", Reference::Short(7)) {
        b.comes_to(PERSONAL, &part);
    }
    assert_eq!(b.store.count(Kind::Correspondent), 0);
}

#[test]
fn parts_that_do_not_come_for_a_day_are_not_waited_for() {
    let mut b = Bench::new();
    let parts = parts("+15550123456", Reference::Short(7));
    b.comes_to(PERSONAL, &parts[0]);
    b.writes(WORK, "+15550123456");
    b.advance(Duration::from_secs(24 * 60 * 60));
    b.comes_to(WORK, &parts[1]);
}

#[test]
fn a_phone_that_writes_to_many_makes_only_its_own_be_forgotten() {
    let mut b = Bench::new();
    b.writes(WORK, "+15550123456");
    for number in 0..300 {
        b.writes(PERSONAL, &format!("+1555777{number:04}"));
    }
    assert_eq!(b.store.count(Kind::Correspondent), 1 + 256);
    b.comes_to(WORK, &deliver("+15550123456", "hi"));
}

/// What a modem without radio says of messages to this number, which it cannot have sent.
#[track_caller]
fn is_refused_without_radio(b: &mut Bench, phone: PhoneId, request: Value) {
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(phone, 1, SEND, request.clone());
    let serial = b.modem_hears(SEND, request);
    b.reply_raw(serial, Errno::RADIO_NOT_AVAILABLE, &[]);
    b.hears_errno(phone, 1, Errno::RADIO_NOT_AVAILABLE);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.to_phones.clear();
    b.to_modem.clear();
}

#[test]
fn what_a_modem_without_radio_did_not_send_owns_no_answer() {
    let mut b = Bench::new();
    b.writes(PERSONAL, "+15550123456");
    for number in ["+15550123456", "12345"] {
        is_refused_without_radio(&mut b, WORK, json!([null, submit(number)]));
        b.comes_to(PERSONAL, &deliver(number, "your code is 1"));
    }
    assert_eq!(b.store.count(Kind::Correspondent), 1);
}

#[test]
fn a_message_that_may_have_been_sent_takes_over_nothing_of_another_phones() {
    let mut b = Bench::new();
    b.writes(PERSONAL, "+15550123456");
    for (number, owner) in [("+15550123456", PERSONAL), ("+15550199999", WORK)] {
        // The modem does not answer in time, or dies.
        for dies in [false, true] {
            b.ask(WORK, 1, SEND, json!([null, submit(number)]));
            b.modem_hears(SEND, json!([null, submit(number)]));
            if dies {
                b.event(Event::ModemDown);
                b.modem_comes_up(RadioState::ON);
                // The same words are another message then.
                b.advance(Duration::from_secs(60));
            } else {
                b.advance(Duration::from_secs(120));
                b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
            }
            b.to_phones.clear();
            b.to_modem.clear();
            b.comes_to(owner, &deliver(number, "hi"));
        }
    }
    // What is known to be sent does.
    b.writes(WORK, "+15550123456");
    b.comes_to(WORK, &deliver("+15550123456", "hi"));
}

#[test]
fn nobody_is_written_to_by_a_name() {
    let name = sms_pdu::Address::alphanumeric("Bank").unwrap();
    let part = || sms_pdu::split("hi", Reference::Short(0)).unwrap().remove(0);
    let mut b = Bench::new();
    let request = json!([null, sms_pdu::Submit::new(name.clone(), part()).to_hex().unwrap()]);
    b.ask(WORK, 1, SEND, request.clone());
    b.modem_answers(SEND, request, json!({"message_ref": 42, "ack_pdu": null, "error_code": -1}));
    b.to_phones.clear();
    let tpdu = sms_pdu::Deliver::new(name, sms_pdu::Timestamp::default(), part());
    b.comes_to(PERSONAL, &Addressed { service_centre: None, tpdu }.to_hex().unwrap());
}
