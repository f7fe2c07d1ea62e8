//! Short messages from the network: one owner each, stored before they are acknowledged, handed over one at a time.

use ril_protocol::sms_pdu::{self, Addressed, Tpdu};

use super::*;
use crate::router::{Kind, SmsState};

pub(super) const NEW_SMS: UnsolCode = UnsolCode::RESPONSE_NEW_SMS;
const ACK: RequestCode = RequestCode::SMS_ACKNOWLEDGE;
const STATUS: RequestCode = RequestCode::REPORT_SMS_MEMORY_STATUS;

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

impl Bench {
    /// The network delivers a message; it is taken.
    #[track_caller]
    pub(super) fn receives(&mut self, pdu: &str) {
        self.unsolicited(NEW_SMS, json!(pdu));
        self.modem_is_told_taken();
    }

    /// The modem is told that a message is taken, and confirms it.
    #[track_caller]
    pub(super) fn modem_is_told_taken(&mut self) {
        self.modem_answers(ACK, json!([1, 0]), Value::Null);
    }

    /// A phone acknowledges a message, and is told that it is done with.
    #[track_caller]
    pub(super) fn takes(&mut self, phone: PhoneId, serial: i32) {
        self.ask(phone, serial, ACK, json!([1, 0]));
        self.hears_ok(phone, serial);
    }
}

#[test]
fn a_message_goes_to_one_phone_and_only_it_can_acknowledge() {
    let mut b = Bench::new();
    let pdu = deliver("+15550123456", "hi");
    b.receives(&pdu);
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.ask(WORK, 1, ACK, json!([1, 0]));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
    b.takes(PERSONAL, 2);
    b.ask(PERSONAL, 3, ACK, json!([1, 0]));
    b.hears_errno(PERSONAL, 3, Errno::GENERIC_FAILURE);
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

#[test]
fn nothing_is_said_of_a_message_before_it_is_durable() {
    let mut b = Bench::new();
    b.store.slow = true;
    b.unsolicited(NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.silence();
    b.store_writes(1);
    b.modem_is_told_taken();
    b.hears(PERSONAL, NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.ask(PERSONAL, 1, ACK, json!([1, 0]));
    b.silence();
    b.store_writes(2);
    b.hears_ok(PERSONAL, 1);
    b.silence();
}

#[test]
fn the_modem_waits_for_no_phone() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(WORK));
    b.receives(&deliver("+155501234562", "for work"));
    let second = deliver("+15550123456", "for personal");
    b.receives(&second);
    b.hears(PERSONAL, NEW_SMS, json!(second));
    b.silence();
    b.connects(WORK);
    b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "for work")));
    b.takes(WORK, 1);
    b.silence();
}

#[test]
fn a_phone_is_given_one_message_at_a_time_in_their_order() {
    let mut b = Bench::new();
    let pdus = ["one", "two", "three"].map(|text| deliver("+15550123456", text));
    for pdu in &pdus {
        b.receives(pdu);
    }
    for (pdu, serial) in pdus.iter().zip(1..) {
        b.hears(PERSONAL, NEW_SMS, json!(pdu));
        assert!(b.to_phones.is_empty());
        b.ask(PERSONAL, serial, ACK, json!([1, 0]));
        b.hears_ok(PERSONAL, serial);
    }
    b.silence();
}

#[test]
fn a_tagged_message_reaches_its_phone_with_the_true_originator() {
    let mut b = Bench::new();
    b.receives(&deliver("+155501234562", "hi"));
    b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.silence();
}

#[test]
fn an_unacknowledged_message_survives_its_phones_client() {
    let mut b = Bench::new();
    let pdu = deliver("+15550123456", "hi");
    b.receives(&pdu);
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.event(Event::PhoneDown(PERSONAL));
    b.connects(PERSONAL);
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.silence();
}

#[test]
fn a_message_that_three_clients_did_not_survive_lets_others_go_first() {
    let mut b = Bench::new();
    let (poison, harmless) = (deliver("+15550123456", "poison"), deliver("+15550123456", "harmless"));
    b.receives(&poison);
    b.receives(&harmless);
    for _ in 0..2 {
        b.hears(PERSONAL, NEW_SMS, json!(poison));
        b.event(Event::PhoneDown(PERSONAL));
        b.connects(PERSONAL);
    }
    b.hears(PERSONAL, NEW_SMS, json!(poison));
    b.event(Event::PhoneDown(PERSONAL));
    b.connects(PERSONAL);
    b.hears(PERSONAL, NEW_SMS, json!(harmless));
    b.takes(PERSONAL, 1);
    b.silence();
    b.advance(Duration::from_secs(30));
    b.hears(PERSONAL, NEW_SMS, json!(poison));
}

#[test]
fn a_phone_without_radio_gets_its_messages_when_it_has_one() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.receives(&deliver("+155501234562", "hi"));
    b.silence();
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([1]));
    let last = b.to_phones.pop_back();
    assert!(matches!(last, Some((WORK, Heard::Unsolicited { code: NEW_SMS, .. }))), "{last:?}");
    b.to_phones.clear();
    b.ask(WORK, 3, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.takes(WORK, 4);
}

#[test]
fn what_was_given_is_acknowledged_also_while_the_modem_is_away() {
    let mut b = Bench::new();
    b.receives(&deliver("+15550123456", "hi"));
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.takes(PERSONAL, 1);
    b.ask(PERSONAL, 2, ACK, json!([1, 0]));
    b.hears_errno(PERSONAL, 2, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.silence();
}

#[test]
fn a_phone_that_is_full_is_left_alone_until_it_has_room() {
    let mut b = Bench::new();
    let pdu = deliver("+15550123456", "hi");
    b.receives(&pdu);
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.ask(PERSONAL, 1, ACK, json!([0, 0xd3]));
    b.hears_ok(PERSONAL, 1);
    b.silence();
    b.ask(PERSONAL, 2, RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]));
    b.hears_ok(PERSONAL, 2);
    // Whether an earlier daemon had none is not known.
    b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]), Value::Null);
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.ask(PERSONAL, 3, RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU, json!(["0", "00d300"]));
    b.hears_ok(PERSONAL, 3);
    b.silence();
    b.event(Event::PhoneDown(PERSONAL));
    b.connects(PERSONAL);
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.takes(PERSONAL, 4);
    b.silence();
}

#[test]
fn a_message_that_is_not_wanted_comes_again_behind_the_others() {
    let mut b = Bench::new();
    let (odd, other) = (deliver("+15550123456", "odd"), deliver("+15550123456", "other"));
    b.receives(&odd);
    b.receives(&other);
    b.hears(PERSONAL, NEW_SMS, json!(odd));
    b.ask(PERSONAL, 1, ACK, json!([0, 0xff]));
    b.hears_ok(PERSONAL, 1);
    b.hears(PERSONAL, NEW_SMS, json!(other));
    b.takes(PERSONAL, 2);
    b.silence();
    for (serial, wait) in (3..).zip([30, 60, 120]) {
        b.advance(Duration::from_secs(wait - 1));
        b.silence();
        b.advance(Duration::from_secs(1));
        b.hears(PERSONAL, NEW_SMS, json!(odd));
        b.ask(PERSONAL, serial, ACK, json!([0, 0xff]));
        b.hears_ok(PERSONAL, serial);
    }
    assert_eq!(b.store.count(Kind::Message), 1);
}

#[test]
fn a_full_mailbox_is_refused_to_the_network_and_harms_nobody_else() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(WORK));
    for number in 0..1000 {
        b.receives(&deliver("+155501234562", &number.to_string()));
    }
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "one too many")));
    // Not "no room", upon which the network may keep what is personal's, too.
    b.modem_answers(ACK, json!([0, 0xff]), Value::Null);
    assert!(b.notes.contains(&Note::SmsRefused { phone: WORK }));
    let pdu = deliver("+15550123456", "hi");
    b.receives(&pdu);
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.silence();
    b.connects(WORK);
    b.to_phones.clear();
    b.takes(WORK, 1);
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
    assert_eq!(b.store.count(Kind::Message), 1000, "999 of work's and one of personal's");
}

/// So many messages for the phone of this tag, which is not there.
fn fill(b: &mut Bench, tag: &str, messages: usize) {
    for number in 0..messages {
        b.receives(&deliver(&format!("+15550123456{tag}"), &number.to_string()));
    }
}

/// The last one that work has room for, and that anybody has.
#[track_caller]
fn fills_the_last_place(b: &mut Bench) {
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "the last one")));
    b.modem_answers(STATUS, json!([0]), Value::Null);
    b.modem_is_told_taken();
    b.silence();
}

#[test]
fn a_network_hears_of_no_room_when_nobody_has_any_and_of_room_when_anybody_has() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(PERSONAL));
    b.event(Event::PhoneDown(WORK));
    fill(&mut b, "1", 1000);
    fill(&mut b, "2", 999);
    fills_the_last_place(&mut b);
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "one too many")));
    b.modem_answers(ACK, json!([0, 0xd3]), Value::Null);
    b.silence();
    b.connects(PERSONAL);
    b.modem_answers(STATUS, json!([1]), Value::Null);
    b.to_phones.clear();
    b.takes(PERSONAL, 1);
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
}

/// Where only one phone has messages, there is room when it takes one.
#[test]
fn a_phone_that_is_full_alone_is_no_room() {
    let mut b = Bench::with(|config| config.phone[0].telephony = false);
    b.event(Event::PhoneDown(WORK));
    fill(&mut b, "2", 999);
    fills_the_last_place(&mut b);
    b.connects(WORK);
    b.modem_answers(STATUS, json!([1]), Value::Null);
    b.to_phones.clear();
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "one too many")));
    b.modem_answers(ACK, json!([0, 0xd3]), Value::Null);
    b.silence();
    b.takes(WORK, 1);
    b.modem_answers(STATUS, json!([1]), Value::Null);
}

/// Whether there is room is told to the modem one thing after the other.
#[test]
fn a_phone_that_wavers_leaves_the_router_its_own_questions() {
    let mut b = Bench::new();
    b.event(Event::StoreFailing(true));
    b.event(Event::PhoneDown(PERSONAL));
    for serial in 0..600 {
        b.ask(WORK, serial, STATUS, json!([serial % 2]));
    }
    b.to_phones.clear();
    b.modem_answers(STATUS, json!([0]), Value::Null);
    b.modem_answers(STATUS, json!([1]), Value::Null);
    b.silence();
}

#[test]
fn status_reports_do_not_fill_the_last_quarter_of_a_mailbox() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(PERSONAL));
    b.event(Event::PhoneDown(WORK));
    for number in 0..750 {
        b.receives(&deliver("+15550123456", &number.to_string()));
    }
    let report = "00062a0b915155103254f6326130213500003261302135000000";
    b.unsolicited(UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT, json!(report));
    b.modem_answers(ACK, json!([0, 0xff]), Value::Null);
    b.receives(&deliver("+15550123456", "hi"));
}

#[test]
fn what_is_no_pdu_still_has_an_owner() {
    let mut b = Bench::new();
    for payload in [json!("nonsense"), json!(""), json!(null)] {
        b.unsolicited_raw(NEW_SMS, &NEW_SMS.row().unwrap().payload.from_json(payload.clone(), V).unwrap());
        b.modem_is_told_taken();
        b.hears(PERSONAL, NEW_SMS, payload);
        b.takes(PERSONAL, 1);
    }
    b.silence();
}

#[test]
fn what_waits_can_be_seen_without_what_it_says() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(WORK));
    b.receives(&deliver("+155501234562", "secret"));
    b.receives(&deliver("+15550123456", "secret"));
    b.store.slow = true;
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "more")));
    b.now += Duration::from_secs(3);
    let states: Vec<_> = b.router.messages(b.now).map(|view| (view.phone, view.state, view.tries, view.age)).collect();
    let age = Duration::from_secs(3);
    assert_eq!(
        states,
        [
            (PERSONAL, SmsState::HandedOver, 1, age),
            (WORK, SmsState::Waiting, 0, age),
            (WORK, SmsState::Storing, 0, age)
        ]
    );
}

/// (U)SIM data download: TP-PID 0x7F, class 2.
pub(super) fn for_the_sim() -> String {
    let part = sms_pdu::split("x", sms_pdu::Reference::Short(0)).unwrap().remove(0);
    let mut tpdu =
        sms_pdu::Deliver::new(sms_pdu::Address::number("+155501234562").unwrap(), sms_pdu::Timestamp::default(), part);
    tpdu.protocol_identifier = 0x7f;
    tpdu.data_coding = tpdu.data_coding.with_class(sms_pdu::MessageClass::Sim);
    Addressed { service_centre: None, tpdu }.to_hex().unwrap()
}

#[test]
fn what_is_for_the_sim_is_answered_by_the_phone_that_has_it() {
    let mut b = Bench::new();
    let answer = json!(["1", "00f60200"]);
    b.receives(&deliver("+15550123456", "before"));
    b.hears(PERSONAL, NEW_SMS, json!(deliver("+15550123456", "before")));
    b.unsolicited(NEW_SMS, json!(for_the_sim()));
    b.silence();
    b.takes(PERSONAL, 1);
    b.hears(PERSONAL, NEW_SMS, json!(for_the_sim()));
    b.ask(PERSONAL, 2, RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU, answer.clone());
    b.modem_answers(RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU, answer, Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

#[test]
fn what_is_for_the_sim_is_the_networks_again_when_nobody_answers() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(PERSONAL));
    b.unsolicited(NEW_SMS, json!(for_the_sim()));
    b.advance(Duration::from_secs(20));
    b.modem_answers(ACK, json!([0, 0xff]), Value::Null);
    b.connects(PERSONAL);
    b.silence();
}

#[test]
fn what_is_for_the_sim_of_a_phone_that_is_away_holds_nobody_up() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(PERSONAL));
    b.unsolicited(NEW_SMS, json!(for_the_sim()));
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "for work")));
    b.to_phones.clear();
    assert_eq!(b.router.deadline(), Some(b.now + Duration::from_secs(2)));
    b.advance(Duration::from_millis(1999));
    b.silence();
    b.advance(Duration::from_millis(1));
    b.modem_answers(ACK, json!([0, 0xff]), Value::Null);
    b.modem_is_told_taken();
    b.silence();
}

#[test]
fn what_is_for_the_sim_waits_for_a_phone_that_is_there() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(PERSONAL));
    b.unsolicited(NEW_SMS, json!(for_the_sim()));
    b.advance(Duration::from_secs(1));
    b.connects(PERSONAL);
    b.hears(PERSONAL, NEW_SMS, json!(for_the_sim()));
    b.advance(Duration::from_secs(18));
    b.silence();
    b.event(Event::PhoneDown(PERSONAL));
    b.modem_answers(ACK, json!([0, 0xff]), Value::Null);
    b.silence();
}

#[test]
fn a_cdma_message_has_an_owner_and_its_own_acknowledgement() {
    use ril_protocol::payload::cdma::{Address, SmsMessage};
    const CDMA: UnsolCode = UnsolCode::RESPONSE_CDMA_NEW_SMS;
    let mut b = Bench::new();
    let message = |digits: &[u8]| {
        let address = Address { digits: digits.to_vec(), ..Default::default() };
        SmsMessage { teleservice_id: 4098, address, bearer_data: vec![1, 2, 3], ..Default::default() }
    };
    b.ask(WORK, 1, RequestCode::CDMA_SEND_SMS, json!(message(&[5, 5, 5, 10, 1, 2, 3])));
    b.to_modem.clear();
    let serial = 0;
    b.reply_raw(serial, Errno::SUCCESS, &parcel::encode(&ril_protocol::payload::sms::SmsResponse::default(), V));
    b.to_phones.clear();
    b.unsolicited(CDMA, json!(message(&[5, 5, 5, 10, 1, 2, 3])));
    let taken = json!({"error_class": 0, "sms_cause_code": 0});
    b.modem_answers(RequestCode::CDMA_SMS_ACKNOWLEDGE, taken.clone(), Value::Null);
    b.hears(WORK, CDMA, json!(message(&[5, 5, 5, 10, 1, 2, 3])));
    b.ask(WORK, 2, RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.ask(WORK, 3, RequestCode::CDMA_SMS_ACKNOWLEDGE, taken);
    b.hears_ok(WORK, 3);
    b.silence();
}
