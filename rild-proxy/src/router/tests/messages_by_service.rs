//! Short messages by way of the number service: over its link, and as tagged texts without it.

use caller_tag::key::Key;
use caller_tag::link::to_device::Say as Said;
use caller_tag::link::to_service::Say;
use caller_tag::link::{self, Text, TextAccepted, TextDeliver, TextRefused, TextRejected, TextTaken, to_service};
use caller_tag::suffix1::Tag;
use caller_tag::text::{Id, Sealer, Way, unkeyed};
use ril_protocol::payload::cdma::{self, DigitMode};
use ril_protocol::sms_pdu::{self, Address, Deliver, Reference, StatusReport, Submit, Tpdu, from_hex, rewrite, to_hex};

use super::messages::{NEW_SMS, deliver, submit};
use super::*;
use crate::config::Outgoing;

const SEND: RequestCode = RequestCode::SEND_SMS;
const MORE: RequestCode = RequestCode::SEND_SMS_EXPECT_MORE;
const REPORT: UnsolCode = UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT;
const ACK: RequestCode = RequestCode::SMS_ACKNOWLEDGE;

const FAR: &str = "+15550199999";
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn by_service(config: &mut Config) {
    for phone in &mut config.phone {
        phone.access = phone.number.clone();
        phone.outgoing = Outgoing::Bridge;
    }
}

fn access(phone: PhoneId) -> String {
    format!("+1555010000{}", phone.0 + 1)
}

fn bench() -> Bench {
    Bench::with(by_service)
}

fn linked() -> Bench {
    let mut b = bench();
    b.service_comes();
    b
}

/// What a phone hands over to be sent: the service centre, and the SMS-SUBMIT.
fn request(to: &str) -> Value {
    json!(["07915155100000F0", submit(to)])
}

/// The TPDU of an SMS-DELIVER as the service hands it over.
fn tpdu(from: &str, text: &str) -> Vec<u8> {
    from_hex(&deliver(from, text)).unwrap().split_off(1)
}

fn id(number: u8) -> Vec<u8> {
    vec![number; link::TEXT_ID]
}

impl Bench {
    fn service_comes(&mut self) {
        self.event(Event::ServiceUp);
        let is_phones = |told: &Vec<u8>| matches!(link::from_device(told), Ok(Some(Say::Phones(_))));
        self.to_service.retain(|told| !is_phones(told));
    }

    fn says(&mut self, say: Said) {
        self.event(Event::FromService(&link::to_device(say)));
    }

    fn delivers(&mut self, number: u8, tag: u32, tpdu: &[u8]) {
        self.says(Said::TextDeliver(TextDeliver { id: id(number), tag, tpdu: tpdu.to_vec() }));
    }

    #[track_caller]
    fn service_hears_text(&mut self) -> Text {
        let told = self.to_service.pop_front().expect("the service is told nothing");
        let Some(to_service::Say::Text(text)) = link::from_device(&told).unwrap() else { panic!("no text") };
        text
    }

    fn accepts(&mut self, text: &Text) {
        self.says(Said::TextAccepted(TextAccepted { id: text.id.clone() }));
    }

    #[track_caller]
    fn hears_sent(&mut self, phone: PhoneId, serial: i32, reference: u8) {
        let answer = json!({"message_ref": reference, "ack_pdu": null, "error_code": -1});
        self.hears_reply(phone, serial, SEND, Errno::SUCCESS, answer);
    }

    /// The modem is to send this text to the access number of a phone; the text and the serial.
    #[track_caller]
    fn modem_hears_text(&mut self, phone: PhoneId, wanted: RequestCode) -> (String, i32) {
        let (code, serial, payload) = self.to_modem.pop_front().expect("nothing is sent");
        assert_eq!(code, wanted);
        let strings = parcel::decode::<Vec<Option<String>>>(&payload, V).unwrap();
        assert_eq!(strings[0].as_deref(), Some("07915155100000F0"));
        let submit = Submit::from_hex(strings[1].as_deref().unwrap()).unwrap();
        assert_eq!(submit.destination_address, Address::number(&access(phone)).unwrap());
        assert!(!submit.status_report_request);
        (submit.text().unwrap(), serial)
    }

    fn network_has(&mut self, serial: i32) {
        let answer = json!({"message_ref": 77, "ack_pdu": null, "error_code": 0});
        self.reply_raw(serial, Errno::SUCCESS, &SEND.row().unwrap().response.from_json(answer, V).unwrap());
    }
}

fn unsealed(text: &str, phone: PhoneId) -> ([u8; 8], Vec<u8>) {
    let envelope = Sealer { mac: unkeyed }.open(Way::FromPhone, text).expect("a tagged text");
    assert_eq!(usize::from(envelope.tag.digit()), phone.0 + 1);
    (envelope.id.0, envelope.octets)
}

/// An SMS from an access number that carries this for the phone with this tag.
fn carried(from: PhoneId, tag: u8, number: u8, tpdu: &[u8], mac: impl Fn(&[u8]) -> u64) -> String {
    let texts = Sealer { mac }.seal(Way::ToPhone, Tag::new(tag).unwrap(), Id([number; 8]), tpdu).unwrap();
    let [text] = &texts[..] else { panic!("more than one text") };
    deliver(&access(from), text)
}

fn taken(number: u8) -> Say {
    Say::TextTaken(TextTaken { id: id(number) })
}

fn refused(number: u8, cause: u32) -> Say {
    Say::TextRefused(TextRefused { id: id(number), cause })
}

#[test]
fn a_message_of_the_service_is_stored_taken_and_handed_over() {
    let mut b = linked();
    b.store.slow = true;
    // A service that does not wait is answered once.
    for _ in 0..100 {
        b.delivers(1, 2, &tpdu(FAR, "hi"));
    }
    b.silence();
    b.store_writes(usize::MAX);
    b.hears(WORK, NEW_SMS, json!(deliver(FAR, "hi")));
    b.service_hears(&taken(1));
    b.silence();
    b.ask(WORK, 1, ACK, json!([1, 0]));
    b.store_writes(usize::MAX);
    b.hears_ok(WORK, 1);
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

#[test]
fn a_service_that_floods_a_slow_store_is_owed_no_more_than_it_can_use() {
    let mut b = linked();
    b.store.slow = true;
    // The first half of an id is what messages are known by.
    for number in 0..1000_u64 {
        let id = [[1; 8], number.to_be_bytes()].concat();
        b.says(Said::TextDeliver(TextDeliver { id, tag: 2, tpdu: tpdu(FAR, "hi") }));
    }
    b.silence();
    b.store_writes(usize::MAX);
    b.hears(WORK, NEW_SMS, json!(deliver(FAR, "hi")));
    assert_eq!(b.to_service.len(), 256);
    b.to_service.clear();
    b.silence();
}

#[test]
fn a_message_that_comes_again_is_taken_again_and_not_handed_over() {
    let mut b = linked();
    b.delivers(1, 2, &tpdu(FAR, "hi"));
    b.hears(WORK, NEW_SMS, json!(deliver(FAR, "hi")));
    b.service_hears(&taken(1));
    b.takes(WORK, 1);
    for _ in 0..2 {
        b.delivers(1, 2, &tpdu(FAR, "hi"));
        b.service_hears(&taken(1));
        b.silence();
        b.kill();
        b.modem_comes_up(RadioState::ON);
        b.modem_lists(&[]);
        b.connects(WORK);
        b.to_phones.clear();
        b.service_comes();
    }
    // As a tagged text, too: the modem is told, and nobody else.
    b.receives(&carried(WORK, 2, 1, &tpdu(FAR, "hi"), unkeyed));
    b.silence();
}

#[test]
fn what_was_not_durable_is_given_again_to_the_next_daemon() {
    let mut b = linked();
    b.store.slow = true;
    b.delivers(1, 2, &tpdu(FAR, "hi"));
    // The message is stored, its id is not: neither it nor the service has been told.
    b.store_writes(1);
    b.silence();
    b.event(Event::ServiceDown);
    b.store_writes(usize::MAX);
    b.hears(WORK, NEW_SMS, json!(deliver(FAR, "hi")));
    b.silence();
    b.service_comes();
    b.delivers(1, 2, &tpdu(FAR, "hi"));
    b.service_hears(&taken(1));
    b.silence();
}

/// A daemon may be killed between any two changes.
#[test]
fn what_was_durable_in_part_is_handed_over_once() {
    let mut b = linked();
    b.store.slow = true;
    b.delivers(1, 2, &tpdu(FAR, "hi"));
    b.store_writes(1);
    b.kill();
    b.store.slow = false;
    b.modem_comes_up(RadioState::ON);
    b.modem_lists(&[]);
    b.connects(WORK);
    b.hears(WORK, NEW_SMS, json!(deliver(FAR, "hi")));
    b.service_comes();
    b.delivers(1, 2, &tpdu(FAR, "hi"));
    b.service_hears(&taken(1));
    b.takes(WORK, 1);
    b.to_phones.clear();
    // It is known for longer than it is here.
    b.kill();
    b.modem_comes_up(RadioState::ON);
    b.modem_lists(&[]);
    b.connects(WORK);
    b.to_phones.clear();
    b.service_comes();
    b.delivers(1, 2, &tpdu(FAR, "hi"));
    b.service_hears(&taken(1));
    b.silence();
}

#[test]
fn a_message_of_every_kind_comes_as_it_is() {
    let long = sms_pdu::split(&"häé€".repeat(40), Reference::Long(513)).unwrap();
    let mut tpdus: Vec<Vec<u8>> = long
        .into_iter()
        .map(|part| Deliver::new(Address::number(FAR).unwrap(), sms_pdu::Timestamp::default(), part).encode().unwrap())
        .collect();
    // Class 0 in eight bits, to a port.
    tpdus.push(
        from_hex("400b915155109999f900f400000000000000 0a06050423f023f0010203".replace(' ', "").as_str()).unwrap(),
    );
    tpdus.push(
        Deliver::new(
            Address::alphanumeric("Taxi").unwrap(),
            sms_pdu::Timestamp::default(),
            sms_pdu::split("x", Reference::Short(0)).unwrap().remove(0),
        )
        .encode()
        .unwrap(),
    );
    let mut b = linked();
    for (number, tpdu) in (1..).zip(&tpdus) {
        b.delivers(number, 2, tpdu);
        b.hears(WORK, NEW_SMS, json!(format!("00{}", to_hex(tpdu))));
        b.service_hears(&taken(number));
        b.takes(WORK, 1);
        b.silence();
    }
}

#[test]
fn what_cannot_be_taken_is_refused() {
    let mut b = linked();
    b.delivers(1, 3, &tpdu(FAR, "for nobody"));
    b.service_hears(&refused(1, 0xc1));
    b.delivers(2, 2, b"nonsense");
    b.service_hears(&refused(2, 0xb0));
    b.delivers(3, 2, &from_hex(&submit(FAR)).unwrap());
    b.service_hears(&refused(3, 0xb0));
    // For the SIM: class 2, with TP-PID "(U)SIM data download".
    let mut for_the_sim = Deliver::decode(&tpdu(FAR, "hi")).unwrap();
    for_the_sim.protocol_identifier = 0x7f;
    for_the_sim.data_coding = sms_pdu::DataCoding(0xf2);
    b.delivers(4, 1, &for_the_sim.encode().unwrap());
    b.service_hears(&refused(4, 0xb0));
    b.event(Event::StoreFailing(true));
    b.delivers(5, 2, &tpdu(FAR, "hi"));
    b.service_hears(&refused(5, 0xd3));
    b.silence();
}

#[test]
fn a_full_mailbox_refuses_and_takes_again() {
    let mut b = linked();
    b.event(Event::PhoneDown(WORK));
    b.to_service.clear();
    let mut number = 0_u64;
    let mut deliver_one = |b: &mut Bench| {
        number += 1;
        let id = [number.to_be_bytes(), [0; 8]].concat();
        b.says(Said::TextDeliver(TextDeliver { id, tag: 2, tpdu: tpdu(FAR, "hi") }));
        let told = b.to_service.pop_front().unwrap();
        b.to_modem.clear();
        link::from_device(&told).unwrap().unwrap()
    };
    for _ in 0..1000 {
        assert!(matches!(deliver_one(&mut b), Say::TextTaken(_)));
    }
    assert!(matches!(deliver_one(&mut b), Say::TextRefused(TextRefused { cause: 0xd3, .. })));
    assert_eq!(b.store.count(Kind::ServiceText), 256, "ids are kept of the latest only");
    b.connects(WORK);
    b.to_phones.clear();
    b.takes(WORK, 1);
    b.to_service.clear();
    assert!(matches!(deliver_one(&mut b), Say::TextTaken(_)));
}

#[test]
fn a_tagged_text_is_the_message_that_it_carries() {
    let mut b = bench();
    b.receives(&carried(WORK, 2, 1, &tpdu(FAR, "hi"), unkeyed));
    b.hears(WORK, NEW_SMS, json!(deliver(FAR, "hi")));
    b.silence();
    b.takes(WORK, 1);
    // The service sends it again, in another SMS.
    let again = carried(WORK, 2, 1, &tpdu(FAR, "hi"), unkeyed);
    b.unsolicited(NEW_SMS, json!(format!("00{}", again[2..].replacen("0000000000", "0000000010", 1))));
    b.modem_is_told_taken();
    b.silence();
}

#[test]
fn a_tagged_status_report_is_one() {
    let submit = Submit::from_hex(&submit(FAR)).unwrap();
    let time = sms_pdu::Timestamp::default();
    let report = StatusReport::new(5, submit.destination_address, time, time, sms_pdu::Status(0)).encode().unwrap();
    let mut b = bench();
    let sms = carried(WORK, 2, 1, &report, unkeyed);
    b.receives(&sms);
    b.hears(WORK, REPORT, json!(format!("00{}", to_hex(&report))));
    b.silence();
    // A modem that did not hear that it is taken says so again, also to the next daemon.
    for _ in 0..2 {
        b.advance(Duration::from_secs(11));
        b.unsolicited(NEW_SMS, json!(sms));
        b.modem_is_told_taken();
        b.silence();
        b.kill();
        b.modem_comes_up(RadioState::ON);
        b.modem_lists(&[]);
    }
}

#[test]
fn what_is_no_tagged_text_for_that_phone_is_an_ordinary_message() {
    let key = Key::parse(KEY).unwrap();
    let of_stranger = {
        let sealer = Sealer { mac: unkeyed };
        let texts = sealer.seal(Way::ToPhone, Tag::new(2).unwrap(), Id([1; 8]), &tpdu(FAR, "hi")).unwrap();
        deliver("+15550123456", &texts[0])
    };
    for sms in [
        deliver(&access(WORK), "CT1:hello"),
        // From another phone's access number, from a stranger, under a key that the router does not have.
        carried(PERSONAL, 2, 1, &tpdu(FAR, "hi"), unkeyed),
        of_stranger,
        carried(WORK, 2, 1, &tpdu(FAR, "hi"), |message| key.mac(message)),
        carried(WORK, 2, 1, b"nonsense", unkeyed),
    ] {
        let mut b = bench();
        b.receives(&sms);
        b.hears(PERSONAL, NEW_SMS, json!(sms));
        b.silence();
    }
}

#[test]
fn with_a_key_a_tagged_text_needs_it() {
    let key = Key::parse(KEY).unwrap();
    let mut b = bench();
    b.router.set_sim_key(key.clone());
    b.receives(&carried(WORK, 2, 1, &tpdu(FAR, "hi"), |message| key.mac(message)));
    b.hears(WORK, NEW_SMS, json!(deliver(FAR, "hi")));
    let forged = carried(WORK, 2, 2, &tpdu(FAR, "hi"), unkeyed);
    b.receives(&forged);
    b.hears(PERSONAL, NEW_SMS, json!(forged));
    b.silence();
}

#[test]
fn a_phone_sends_over_the_link_and_is_answered_when_the_service_has_it() {
    let mut b = linked();
    b.ask(WORK, 1, SEND, request(FAR));
    let text = b.service_hears_text();
    b.silence();
    let reference = rewrite::submit_reference(&text.tpdu).unwrap();
    let mut sent = from_hex(&submit(FAR)).unwrap();
    rewrite::set_submit_reference(&mut sent, reference).unwrap();
    assert!(text.tag == 2 && text.recipient == FAR && text.tpdu == sent);
    b.accepts(&text);
    b.hears_sent(WORK, 1, reference);
    b.silence();
    // A report names it by that reference.
    let time = sms_pdu::Timestamp::default();
    let to = Address::number(FAR).unwrap();
    let report = StatusReport::new(reference, to, time, time, sms_pdu::Status(0)).encode().unwrap();
    b.delivers(1, 2, &report);
    b.hears(WORK, REPORT, json!(format!("00{}", to_hex(&report))));
    b.service_hears(&taken(1));
    b.silence();
    // The next one has another id and another reference.
    b.takes(WORK, 2);
    b.ask(WORK, 3, MORE, request(FAR));
    let next = b.service_hears_text();
    assert!(next.id != text.id && rewrite::submit_reference(&next.tpdu).unwrap() != reference);
    assert_eq!(b.router.phones().nth(1).unwrap().unanswered, 1);
}

#[test]
fn no_id_is_used_before_its_life_is_durable_nor_twice() {
    let mut b = linked();
    b.store.slow = true;
    b.ask(WORK, 1, SEND, request(FAR));
    b.silence();
    b.store_writes(usize::MAX);
    let first = b.service_hears_text();
    b.kill();
    b.modem_comes_up(RadioState::ON);
    b.modem_lists(&[]);
    b.connects(WORK);
    b.to_phones.clear();
    b.service_comes();
    b.ask(WORK, 1, SEND, request(FAR));
    b.store_writes(usize::MAX);
    let second = b.service_hears_text();
    assert!(first.id != second.id);
}

/// Or a phone would know by its references whether others have sent anything before the daemon started again.
#[test]
fn references_begin_elsewhere_in_each_life_wherever_others_do() {
    let references = |another_writes: bool| {
        let mut b = linked();
        let mut references = Vec::new();
        for life in 0..3 {
            if another_writes && life == 0 {
                b.ask(PERSONAL, 1, SEND, request(FAR));
                b.service_hears_text();
            }
            for serial in 2..4 {
                if life > 0 {
                    b.ask(WORK, serial, SEND, request(FAR));
                    references.push(rewrite::submit_reference(&b.service_hears_text().tpdu).unwrap());
                }
            }
            b.kill();
            b.modem_comes_up(RadioState::ON);
            b.connects(PERSONAL);
            b.connects(WORK);
            b.to_phones.clear();
            b.to_modem.clear();
            b.service_comes();
        }
        references
    };
    let alone = references(false);
    assert_eq!(alone, references(true));
    let mut different = alone.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), alone.len(), "{alone:?}");
}

/// Two lives of which neither could store its number have the same one.
#[test]
fn no_id_of_a_life_that_could_store_nothing_is_used_again() {
    let mut b = linked();
    b.store.slow = true;
    let mut ids = Vec::new();
    for minute in [1_000_000, 1_000_001, 1_000_002] {
        b.event(Event::WallClock(minute * 60));
        b.event(Event::StoreFailing(true));
        b.ask(WORK, 1, SEND, request(FAR));
        // The life before may have used this minute.
        b.silence();
        b.event(Event::WallClock((minute + 1) * 60));
        ids.push(b.service_hears_text().id);
        b.kill();
        b.modem_comes_up(RadioState::ON);
        b.connects(WORK);
        b.to_phones.clear();
        b.to_modem.clear();
        b.service_comes();
    }
    // Nor by one that can.
    b.event(Event::WallClock(1_000_003 * 60));
    b.ask(WORK, 1, SEND, request(FAR));
    b.store_writes(usize::MAX);
    ids.push(b.service_hears_text().id);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

/// The service would take one message for another.
#[test]
fn no_id_is_used_again_when_the_clock_is_set_back() {
    let mut b = linked();
    let mut ids = Vec::new();
    for life in 0..3 {
        for minute in [2_000_000, 1_000_000, 2_000_000, 1_000_000] {
            b.event(Event::WallClock(minute * 60));
            b.ask(WORK, 1, SEND, request(FAR));
            let text = b.service_hears_text();
            b.accepts(&text);
            ids.push(text.id);
            b.to_phones.clear();
        }
        assert_eq!(ids.len(), 4 * (life + 1));
        b.kill();
        b.modem_comes_up(RadioState::ON);
        b.connects(WORK);
        b.to_phones.clear();
        b.to_modem.clear();
        b.service_comes();
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 12);
}

#[test]
fn a_rejected_message_has_failed() {
    let mut b = linked();
    b.ask(WORK, 1, SEND, request(FAR));
    let text = b.service_hears_text();
    b.says(Said::TextRejected(TextRejected { id: text.id.clone(), cause: 0xc4 }));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.accepts(&text);
    b.silence();
    // It is not the same message if it is sent again.
    b.ask(WORK, 2, SEND, request(FAR));
    assert!(b.service_hears_text().id != text.id);
}

#[test]
fn a_message_that_the_service_may_have_goes_no_other_way() {
    let mut b = linked();
    b.ask(WORK, 1, SEND, request(FAR));
    let text = b.service_hears_text();
    b.event(Event::ServiceDown);
    b.silence();
    b.service_comes();
    assert!(b.service_hears_text() == text, "it is said again");
    b.event(Event::ServiceDown);
    b.advance(Duration::from_secs(30));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
    // Sent again it is the same message, by whichever way.
    let retry = |to: &str| {
        let mut tpdu = from_hex(&submit(to)).unwrap();
        tpdu[0] |= 0x04;
        rewrite::set_submit_reference(&mut tpdu, 9).unwrap();
        json!(["07915155100000F0", to_hex(&tpdu)])
    };
    b.ask(WORK, 2, SEND, retry(FAR));
    let (sms, serial) = b.modem_hears_text(WORK, SEND);
    let (same, _) = unsealed(&sms, WORK);
    assert_eq!(same, text.id[..8]);
    b.network_has(serial);
    b.hears_sent(WORK, 2, rewrite::submit_reference(&text.tpdu).unwrap());
    // And a third time it is another.
    b.ask(WORK, 3, SEND, retry(FAR));
    let (sms, _) = b.modem_hears_text(WORK, SEND);
    assert_ne!(unsealed(&sms, WORK).0, same);
}

#[test]
fn without_a_link_a_message_goes_as_a_tagged_text() {
    let mut b = bench();
    let mut with_report = from_hex(&submit(FAR)).unwrap();
    with_report[0] |= 0x20;
    b.ask(WORK, 1, SEND, json!(["07915155100000F0", to_hex(&with_report)]));
    let (text, serial) = b.modem_hears_text(WORK, SEND);
    let (_, tpdu) = unsealed(&text, WORK);
    let reference = rewrite::submit_reference(&tpdu).unwrap();
    rewrite::set_submit_reference(&mut with_report, reference).unwrap();
    assert_eq!(tpdu, with_report);
    b.silence();
    b.network_has(serial);
    b.hears_sent(WORK, 1, reference);
    b.silence();
    assert_eq!(b.router.phones().nth(1).unwrap().unanswered, 0);
}

#[test]
fn a_message_too_long_for_one_text_goes_in_several() {
    let mut b = bench();
    let part = sms_pdu::split(&"x".repeat(160), Reference::Short(0)).unwrap().remove(0);
    let long = Submit::new(Address::number(FAR).unwrap(), part).to_hex().unwrap();
    b.ask(WORK, 1, SEND, json!(["07915155100000F0", long]));
    let (first, serial) = b.modem_hears_text(WORK, MORE);
    b.ask(PERSONAL, 1, SEND, request(FAR));
    b.silence();
    b.network_has(serial);
    let (second, serial) = b.modem_hears_text(WORK, SEND);
    b.silence();
    b.network_has(serial);
    let [(id, first), (other, second)] = [first, second].map(|text| unsealed(&text, WORK));
    assert_eq!(id, other);
    let tpdu = [first, second].concat();
    b.hears_sent(WORK, 1, rewrite::submit_reference(&tpdu).unwrap());
    // The other phone's did not come between.
    b.modem_hears_text(PERSONAL, SEND);
    b.silence();
    assert_eq!(b.router.phones().nth(1).unwrap().unanswered, 0);
}

#[test]
fn a_text_that_fails_fails_the_message_which_can_be_sent_again() {
    let mut b = bench();
    b.ask(WORK, 1, SEND, request(FAR));
    let (text, serial) = b.modem_hears_text(WORK, SEND);
    b.reply_raw(serial, Errno::SMS_SEND_FAIL_RETRY, &[]);
    b.hears_errno(WORK, 1, Errno::SMS_SEND_FAIL_RETRY);
    b.silence();
    b.service_comes();
    b.ask(WORK, 2, SEND, request(FAR));
    assert_eq!(b.service_hears_text().id[..8], unsealed(&text, WORK).0);
}

#[test]
fn short_codes_and_names_are_the_sims_business() {
    for link in [false, true] {
        let mut b = if link { linked() } else { bench() };
        for to in ["22922", "611", "112"] {
            b.ask(WORK, 1, SEND, request(to));
            b.modem_hears(SEND, request(to));
            b.silence();
        }
    }
}

#[test]
fn what_would_show_the_sims_number_to_somebody_is_not_sent() {
    let mut b = linked();
    for nonsense in [request("5550100"), json!([null, "zz"]), json!([null]), json!(["07915155100000F0", null])] {
        b.ask(WORK, 1, SEND, nonsense);
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    }
    let cdma = serde_json::to_value(ril_protocol::payload::cdma::SmsMessage::default()).unwrap();
    b.ask(WORK, 1, RequestCode::CDMA_SEND_SMS, cdma);
    b.hears_errno(WORK, 1, Errno::REQUEST_NOT_SUPPORTED);
    b.silence();
}

#[test]
fn a_message_over_ims_goes_by_the_service() {
    let mut b = linked();
    let message = json!({"retry": false, "message_ref": 0, "message": {"gsm": request(FAR)}});
    b.ask(WORK, 1, RequestCode::IMS_SEND_SMS, message);
    let text = b.service_hears_text();
    b.accepts(&text);
    b.hears_sent(WORK, 1, rewrite::submit_reference(&text.tpdu).unwrap());
    b.silence();
}

#[test]
fn a_phone_that_floods_waits_with_so_many() {
    let mut b = linked();
    for serial in 0..300 {
        b.ask(WORK, serial, SEND, request(FAR));
    }
    assert_eq!((b.to_service.len(), b.to_phones.len()), (4, 44));
    b.to_phones.clear();
    b.event(Event::PhoneDown(WORK));
    assert_eq!(b.router.phones().nth(1).unwrap().unanswered, 0);
    b.advance(Duration::from_secs(60));
    assert!(b.to_phones.is_empty());
}

#[test]
fn a_modem_that_is_gone_does_not_keep_the_link_from_carrying() {
    let mut b = linked();
    b.ask(WORK, 1, SEND, request(FAR));
    let text = b.service_hears_text();
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.accepts(&text);
    b.hears_sent(WORK, 1, rewrite::submit_reference(&text.tpdu).unwrap());
    // Without either there is nobody to send.
    let mut b = bench();
    b.store.slow = true;
    b.ask(WORK, 1, SEND, request(FAR));
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.store_writes(usize::MAX);
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.silence();
}

#[test]
fn no_phone_writes_to_the_service_by_itself() {
    let mut b = Bench::with(|config| {
        by_service(config);
        config.phone[0].outgoing = Outgoing::Sim;
    });
    for (code, to) in
        [(SEND, access(WORK)), (MORE, access(WORK)), (SEND, "5550100002".into()), (SEND, access(PERSONAL))]
    {
        b.ask(PERSONAL, 1, code, request(&to));
        b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
        b.silence();
    }
    b.ask(PERSONAL, 2, SEND, request(FAR));
    b.modem_hears(SEND, request(FAR));
    b.silence();
}

/// A CDMA message to these digits.
fn cdma(mode: DigitMode, digits: &[u8]) -> Value {
    let address = cdma::Address { digit_mode: mode, digits: digits.to_vec(), ..cdma::Address::default() };
    serde_json::to_value(cdma::SmsMessage { address, ..cdma::SmsMessage::default() }).unwrap()
}

fn over_ims(message: &Value) -> Value {
    json!({ "retry": false, "message_ref": 0, "message": message })
}

#[test]
fn nor_over_ims_nor_as_a_cdma_message() {
    let mut b = Bench::with(|config| {
        by_service(config);
        config.phone[0].outgoing = Outgoing::Sim;
    });
    let (text, bits) = (b"15550100002", [5, 5, 5, 10, 1, 10, 10, 10, 10, 2]);
    let others = cdma(DigitMode::FOUR_BIT, &[5, 5, 5, 10, 1, 9, 9, 9, 9, 9]);
    for (code, message) in [
        (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "gsm": request(&access(WORK)) }))),
        (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "gsm": request("5550100002") }))),
        (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "cdma": cdma(DigitMode::EIGHT_BIT, text) }))),
        (RequestCode::CDMA_SEND_SMS, cdma(DigitMode::EIGHT_BIT, text)),
        (RequestCode::CDMA_SEND_SMS, cdma(DigitMode::FOUR_BIT, &bits)),
        // A mode that does not fit the digits, and one that nobody has.
        (RequestCode::CDMA_SEND_SMS, cdma(DigitMode::FOUR_BIT, text)),
        (RequestCode::CDMA_SEND_SMS, cdma(DigitMode(7), text)),
    ] {
        b.ask(PERSONAL, 1, code, message);
        b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
        b.silence();
    }
    for (code, message) in [
        (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "gsm": request(FAR) }))),
        (RequestCode::IMS_SEND_SMS, over_ims(&json!({ "cdma": others }))),
        (RequestCode::CDMA_SEND_SMS, others),
    ] {
        b.ask(PERSONAL, 2, code, message.clone());
        let sent = json!({ "message_ref": 1, "ack_pdu": null, "error_code": -1 });
        b.modem_answers(code, message, sent);
        b.to_phones.clear();
    }
}

#[test]
fn a_phone_that_writes_without_end_has_four_messages_at_the_service() {
    let mut b = linked();
    for serial in 1..=20 {
        b.ask(PERSONAL, serial, SEND, request(FAR));
    }
    b.ask(WORK, 1, SEND, request(FAR));
    let texts: Vec<Text> = (0..5).map(|_| b.service_hears_text()).collect();
    assert_eq!(texts.iter().map(|text| text.tag).collect::<Vec<_>>(), [1, 1, 1, 1, 2]);
    b.silence();
    // Each answer lets the next go.
    b.accepts(&texts[1]);
    assert!(matches!(b.to_phones.pop_front(), Some((PERSONAL, Heard::Reply { serial: 2, .. }))));
    assert_eq!(b.service_hears_text().tag, 1);
    b.says(Said::TextRejected(TextRejected { id: texts[0].id.clone(), cause: 0xc0 }));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    let _ = b.service_hears_text();
    b.silence();
    // What the service was not told of goes as texts when the link is gone.
    b.event(Event::ServiceDown);
    let (text, _) = b.modem_hears_text(PERSONAL, SEND);
    let _ = unsealed(&text, PERSONAL);
}

/// A message to one of many numbers.
fn numbered(number: u16) -> Value {
    request(&format!("+155502{number:05}"))
}

impl Bench {
    fn comes_back(&mut self, phone: PhoneId) {
        self.event(Event::PhoneDown(phone));
        self.connects(phone);
        self.to_phones.clear();
    }

    /// Work has as many messages at the service as it may have.
    fn service_is_full(&mut self) -> Vec<Text> {
        for number in 900..904 {
            self.ask(WORK, i32::from(number), SEND, numbered(number));
        }
        (0..4).map(|_| self.service_hears_text()).collect()
    }
}

#[test]
fn what_the_service_was_told_for_a_client_that_left_counts_until_it_is_answered() {
    let mut b = linked();
    let texts = b.service_is_full();
    for life in 0..3 {
        b.comes_back(WORK);
        for number in 0..10 {
            b.ask(WORK, 1, SEND, numbered(life * 10 + number));
        }
        b.silence();
    }
    b.accepts(&texts[0]);
    b.says(Said::TextRejected(TextRejected { id: texts[1].id.clone(), cause: 0xc4 }));
    let next = [b.service_hears_text(), b.service_hears_text()];
    b.silence();
    // Nor is a service forgiven that does not answer in time.
    b.comes_back(WORK);
    b.advance(Duration::from_secs(40));
    b.ask(WORK, 1, SEND, numbered(500));
    b.silence();
    // On another link nothing of that is left.
    b.event(Event::ServiceDown);
    b.to_modem.clear();
    b.service_comes();
    b.accepts(&next[0]);
    b.silence();
    assert_eq!(b.service_is_full().len(), 4);
}

#[test]
fn what_the_next_client_sends_again_is_the_same_message_and_not_said_twice() {
    let mut b = linked();
    b.ask(WORK, 1, SEND, request(FAR));
    let text = b.service_hears_text();
    b.comes_back(WORK);
    b.ask(WORK, 2, SEND, request(FAR));
    b.silence();
    // The same twice at a time is two messages.
    b.ask(WORK, 3, SEND, request(FAR));
    let second = b.service_hears_text();
    assert_ne!(second.id, text.id);
    b.accepts(&text);
    b.hears_sent(WORK, 2, rewrite::submit_reference(&text.tpdu).unwrap());
    b.accepts(&second);
    b.hears_sent(WORK, 3, rewrite::submit_reference(&second.tpdu).unwrap());
    b.silence();
    // It has heard what became of it.
    b.ask(WORK, 4, SEND, request(FAR));
    assert!(![text.id, second.id].contains(&b.service_hears_text().id));
}

#[test]
fn what_was_accepted_after_its_client_left_is_not_sent_twice() {
    let mut b = linked();
    b.ask(WORK, 1, SEND, request(FAR));
    let text = b.service_hears_text();
    b.event(Event::PhoneDown(WORK));
    b.to_service.clear();
    b.accepts(&text);
    b.connects(WORK);
    b.to_phones.clear();
    b.to_service.clear();
    b.ask(WORK, 2, SEND, request(FAR));
    assert_eq!(b.service_hears_text(), text);
    // As texts, too.
    let mut b = bench();
    b.ask(WORK, 1, SEND, request(FAR));
    let (sms, serial) = b.modem_hears_text(WORK, SEND);
    b.event(Event::PhoneDown(WORK));
    b.network_has(serial);
    b.connects(WORK);
    b.to_modem.clear();
    b.ask(WORK, 2, SEND, request(FAR));
    let (again, _) = b.modem_hears_text(WORK, SEND);
    assert_eq!(unsealed(&sms, WORK).0, unsealed(&again, WORK).0);
}

/// However it fails the second time.
#[test]
fn a_message_stays_in_doubt_until_it_is_known_what_became_of_it() {
    let fails: [fn(&mut Bench); 3] = [
        // The client leaves.
        |b| b.comes_back(WORK),
        // It has waited too long.
        |b| b.advance(Duration::from_secs(30)),
        // Neither modem nor service is there.
        |b| {
            b.event(Event::ModemDown);
            b.event(Event::ServiceDown);
            b.modem_comes_up(RadioState::ON);
            b.service_comes();
        },
    ];
    for fail in fails {
        let mut b = linked();
        b.ask(WORK, 1, SEND, request(FAR));
        let text = b.service_hears_text();
        b.event(Event::ServiceDown);
        b.advance(Duration::from_secs(30));
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        b.service_comes();
        let others = b.service_is_full();
        b.ask(WORK, 2, SEND, request(FAR));
        b.silence();
        fail(&mut b);
        for other in &others {
            b.accepts(other);
        }
        b.to_service.clear();
        b.to_phones.clear();
        b.to_modem.clear();
        b.ask(WORK, 3, SEND, request(FAR));
        assert_eq!(b.service_hears_text(), text);
    }
}

/// An id has a counter of fifteen bits, and must not come again in the same minute.
#[test]
fn a_phone_that_comes_and_goes_uses_up_no_ids() {
    let mut b = linked();
    let texts = b.service_is_full();
    for _ in 0..3 {
        for number in 0..256 {
            b.ask(WORK, 1, SEND, numbered(number));
        }
        b.comes_back(WORK);
    }
    b.ask(WORK, 1, SEND, request(FAR));
    b.accepts(&texts[0]);
    let counter = |text: &Text| u16::from_be_bytes([text.id[6], text.id[7]]);
    assert_eq!(counter(&b.service_hears_text()), counter(&texts[3]) + 1);
}
