//! Short messages while nothing can be stored: the phone's acknowledgement is what counts, and the network keeps what
//! no phone takes.

use super::messages::{NEW_SMS, deliver};
use super::*;

const ACK: RequestCode = RequestCode::SMS_ACKNOWLEDGE;

fn without_store() -> Bench {
    let mut b = Bench::new();
    b.store.slow = true;
    b.event(Event::StoreFailing(true));
    b
}

#[test]
fn the_modem_is_told_when_the_phone_has_it() {
    let mut b = without_store();
    let pdu = deliver("+15550123456", "hi");
    b.unsolicited(NEW_SMS, json!(pdu));
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.silence();
    b.unsolicited(NEW_SMS, json!(pdu));
    b.silence();
    b.ask(PERSONAL, 1, ACK, json!([1, 0]));
    b.hears_ok(PERSONAL, 1);
    b.modem_is_told_taken();
    b.silence();
}

#[test]
fn a_phone_that_is_away_does_not_hold_up_the_others_messages() {
    let mut b = without_store();
    b.event(Event::PhoneDown(WORK));
    b.unsolicited(NEW_SMS, json!(deliver("+155501234562", "for work")));
    let second = deliver("+15550123456", "for personal");
    b.unsolicited(NEW_SMS, json!(second));
    b.hears(PERSONAL, NEW_SMS, json!(second));
    b.takes(PERSONAL, 1);
    b.silence();
    b.advance(Duration::from_secs(20));
    b.modem_answers(ACK, json!([0, 0xff]), Value::Null);
    b.modem_is_told_taken();
    b.silence();
    assert!(b.notes.contains(&Note::SmsRefused { phone: WORK }));
}

/// The phone took it too late: the network has been told to keep it, and tries again.
#[test]
fn what_was_refused_and_taken_after_all_is_not_doubled() {
    let mut b = without_store();
    b.event(Event::PhoneDown(WORK));
    let pdu = deliver("+15550123456", "hi");
    b.unsolicited(NEW_SMS, json!(pdu));
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.advance(Duration::from_secs(20));
    b.modem_answers(ACK, json!([0, 0xd3]), Value::Null);
    b.ask(PERSONAL, 1, ACK, json!([1, 0]));
    b.hears_ok(PERSONAL, 1);
    b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]), Value::Null);
    b.unsolicited(NEW_SMS, json!(pdu));
    b.modem_is_told_taken();
    b.silence();
}

#[test]
fn a_phone_without_room_leaves_it_to_the_network() {
    let mut b = without_store();
    b.unsolicited(NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.to_phones.clear();
    b.ask(PERSONAL, 1, ACK, json!([0, 0xd3]));
    b.hears_ok(PERSONAL, 1);
    b.modem_answers(ACK, json!([0, 0xff]), Value::Null);
    b.silence();
}

#[test]
fn a_network_that_was_told_of_no_room_hears_when_another_phone_has_some() {
    let mut b = without_store();
    b.event(Event::PhoneDown(WORK));
    b.unsolicited(NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.to_phones.clear();
    b.advance(Duration::from_secs(20));
    b.modem_answers(ACK, json!([0, 0xd3]), Value::Null);
    b.silence();
    b.connects(WORK);
    b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]), Value::Null);
    b.silence();
}

#[test]
fn a_cdma_message_is_refused_for_lack_of_room_only_where_there_is_none() {
    const CDMA: UnsolCode = UnsolCode::RESPONSE_CDMA_NEW_SMS;
    let message = ril_protocol::payload::cdma::SmsMessage { teleservice_id: 4098, ..Default::default() };
    for (leaves, cause) in [(false, 39), (true, 35)] {
        let mut b = without_store();
        if leaves {
            b.event(Event::PhoneDown(WORK));
        }
        b.unsolicited(CDMA, json!(message));
        b.advance(Duration::from_secs(20));
        let refused = json!({"error_class": 2, "sms_cause_code": cause});
        b.modem_answers(RequestCode::CDMA_SMS_ACKNOWLEDGE, refused, Value::Null);
    }
}

#[test]
fn a_slow_store_is_waited_for_for_a_while() {
    let mut b = Bench::new();
    b.store.slow = true;
    let pdu = deliver("+15550123456", "hi");
    b.unsolicited(NEW_SMS, json!(pdu));
    b.advance(Duration::from_millis(4999));
    b.silence();
    b.advance(Duration::from_millis(1));
    b.hears(PERSONAL, NEW_SMS, json!(pdu));
    b.silence();
    b.store_writes(1);
    b.modem_is_told_taken();
    b.ask(PERSONAL, 1, ACK, json!([1, 0]));
    b.silence();
    b.advance(Duration::from_secs(30));
    b.hears_ok(PERSONAL, 1);
    b.silence();
}

#[test]
fn the_network_stops_when_nobody_can_take_anything_and_goes_on_after() {
    let mut b = without_store();
    b.event(Event::PhoneDown(PERSONAL));
    b.silence();
    b.event(Event::PhoneDown(WORK));
    b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([0]), Value::Null);
    b.connects(WORK);
    b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]), Value::Null);
    b.ask(WORK, 1, RequestCode::REPORT_SMS_MEMORY_STATUS, json!([0]));
    b.hears_ok(WORK, 1);
    b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([0]), Value::Null);
    b.event(Event::StoreFailing(false));
    b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]), Value::Null);
    b.silence();
}

#[test]
fn a_network_that_waits_for_room_hears_of_it_whatever_happens_to_the_modem() {
    let status = |room: i32| (RequestCode::REPORT_SMS_MEMORY_STATUS, json!([room]));
    let full = || {
        let mut b = without_store();
        b.event(Event::PhoneDown(PERSONAL));
        b.event(Event::PhoneDown(WORK));
        b.modem_answers(status(0).0, status(0).1, Value::Null);
        b
    };
    // Its modem side goes away and is back.
    let mut b = full();
    b.event(Event::ModemDown);
    b.event(Event::StoreFailing(false));
    b.modem_comes_up(RadioState::ON);
    b.modem_answers(status(1).0, status(1).1, Value::Null);
    b.silence();
    // Its radio goes just when it is told.
    let mut b = full();
    b.event(Event::StoreFailing(false));
    let serial = b.modem_hears(status(1).0, status(1).1);
    b.reply_raw(serial, Errno::RADIO_NOT_AVAILABLE, &[]);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.modem_answers(status(1).0, status(1).1, Value::Null);
    b.silence();
}

/// Or else the network would keep its messages for ever.
#[test]
fn a_modem_that_did_not_hear_of_room_is_told_again() {
    for errno in [Errno::RADIO_NOT_AVAILABLE, Errno::GENERIC_FAILURE] {
        let mut b = without_store();
        b.event(Event::PhoneDown(PERSONAL));
        b.event(Event::PhoneDown(WORK));
        b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([0]), Value::Null);
        b.event(Event::StoreFailing(false));
        let serial = b.modem_hears(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]));
        b.reply_raw(serial, errno, &[]);
        b.silence();
        b.connects(WORK);
        b.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]), Value::Null);
        b.silence();
    }
}

/// An earlier daemon may have told the network that there is no room, and who has some may not say so again.
#[test]
fn room_that_was_reported_while_the_modem_was_away_is_told_when_it_is_back() {
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(PERSONAL, 1, RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]));
    b.hears_errno(PERSONAL, 1, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::ON);
    let told = b.to_modem.iter().filter(|(code, ..)| *code == RequestCode::REPORT_SMS_MEMORY_STATUS);
    assert_eq!(told.count(), 1);
}
