//! Broadcasts in a CDMA network: copies for several phones, one acknowledgement for the modem.

use super::broadcast::{CDMA_ACK, CDMA_SMS, cdma};
use super::messages::{NEW_SMS, deliver};
use super::*;
use crate::router::Kind;

/// A broadcast that goes to all: an alert of CMAS.
const ALERT: i32 = 0x1000;

fn alert(text: u8) -> Vec<u8> {
    cdma(ALERT, text)
}

fn taken() -> Value {
    json!({"error_class": 0, "sms_cause_code": 0})
}

/// Temporary, and without a reason: each phone is there, and might take a message that cannot be kept.
fn later() -> Value {
    json!({"error_class": 2, "sms_cause_code": 39})
}

/// Personal and work, and a store that writes when it is told to.
fn with_slow_store() -> Bench {
    let mut b = Bench::new();
    b.store.slow = true;
    b
}

/// Fills the mailbox of a phone, which then has a client that has not taken anything.
fn fill(b: &mut Bench, phone: PhoneId) {
    b.event(Event::PhoneDown(phone));
    for number in 0..1000 {
        b.receives(&deliver(&format!("+15550123456{}", phone.0 + 1), &number.to_string()));
    }
    b.connects(phone);
    b.to_phones.clear();
    b.silence();
}

#[track_caller]
fn is_given(b: &mut Bench, phone: PhoneId, message: &[u8]) {
    let heard = Heard::Unsolicited { code: CDMA_SMS, payload: message.to_vec() };
    assert_eq!(b.to_phones.pop_front(), Some((phone, heard)));
}

#[test]
fn the_modem_is_told_when_every_copy_is_durable() {
    let mut b = with_slow_store();
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.store_writes(1);
    is_given(&mut b, PERSONAL, &alert(1));
    b.silence();
    b.store_writes(1);
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
    is_given(&mut b, WORK, &alert(1));
    b.silence();
}

/// The copy of one phone was durable and that of the other was not.
#[test]
fn killed_between_the_copies() {
    for written in 0..=2 {
        let mut b = with_slow_store();
        b.unsolicited_raw(CDMA_SMS, &alert(1));
        b.store.write(written);
        b.store.slow = false;
        b.restart();
        b.unsolicited_raw(CDMA_SMS, &alert(1));
        b.modem_answers(CDMA_ACK, taken(), Value::Null);
        for phone in [PERSONAL, WORK] {
            let is_it = |(to, heard): &(PhoneId, Heard)| {
                *to == phone && matches!(heard, Heard::Unsolicited { code, .. } if *code == CDMA_SMS)
            };
            assert_eq!(b.to_phones.iter().filter(|it| is_it(it)).count(), 1, "{phone:?}, {written} written");
        }
        b.to_phones.clear();
        for phone in [PERSONAL, WORK] {
            b.ask(phone, 9, CDMA_ACK, taken());
            b.hears_ok(phone, 9);
        }
        b.to_modem.clear();
        assert_eq!(b.router.messages(b.now).count(), 0);
        assert_eq!(b.store.count(Kind::Message), 0, "the modem has confirmed, {written} written");
    }
}

/// It came again before the modem heard that it is taken: by then one had its copy and was rid of it.
#[test]
fn what_comes_again_is_not_given_again() {
    let mut b = with_slow_store();
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.store_writes(1);
    is_given(&mut b, PERSONAL, &alert(1));
    b.ask(PERSONAL, 1, CDMA_ACK, taken());
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.silence();
    b.store.slow = false;
    b.store_keeps_up();
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
    b.to_phones.clear();
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.silence();
}

#[test]
fn what_nobody_has_room_for_is_refused_and_may_come_again() {
    let mut b = Bench::new();
    fill(&mut b, PERSONAL);
    fill(&mut b, WORK);
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.modem_answers(CDMA_ACK, later(), Value::Null);
    b.silence();
    b.takes(WORK, 1);
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
}

/// One phone that takes nothing must not make the network hold back what is for others.
#[test]
fn one_full_mailbox_holds_nothing_back() {
    let mut b = Bench::new();
    fill(&mut b, WORK);
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
    is_given(&mut b, PERSONAL, &alert(1));
    b.silence();
}

#[test]
fn an_acknowledgement_too_many_is_the_phones_own_mistake() {
    let mut b = Bench::new();
    b.ask(WORK, 1, CDMA_ACK, taken());
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
    b.to_phones.clear();
    b.ask(WORK, 2, CDMA_ACK, taken());
    b.hears_ok(WORK, 2);
    b.ask(WORK, 3, CDMA_ACK, taken());
    b.hears_errno(WORK, 3, Errno::GENERIC_FAILURE);
    b.silence();
    // Another kind's says nothing of it.
    b.ask(PERSONAL, 4, RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
    b.hears_errno(PERSONAL, 4, Errno::GENERIC_FAILURE);
    b.silence();
}

/// A message of one technology waits for its phone's own answer; the network of the other does not wait with it.
#[test]
fn each_technology_has_its_own_acknowledgements() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(PERSONAL));
    b.unsolicited(NEW_SMS, json!(super::messages::for_the_sim()));
    b.silence();
    let message = cdma(ALERT, 1);
    b.unsolicited_raw(CDMA_SMS, &message);
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
    is_given(&mut b, WORK, &message);
    b.silence();
    b.advance(Duration::from_secs(20));
    b.modem_answers(RequestCode::SMS_ACKNOWLEDGE, json!([0, 0xff]), Value::Null);
    b.silence();
}

/// One acknowledgement too many would be taken for that of the next message.
#[test]
fn what_nobody_wants_is_acknowledged_once_although_the_modem_says_it_again_meanwhile() {
    let mut b = Bench::new();
    let message = cdma(31, 1);
    b.unsolicited_raw(CDMA_SMS, &message);
    let told = b.modem_hears(CDMA_ACK, taken());
    b.unsolicited_raw(CDMA_SMS, &message);
    b.silence();
    b.reply_raw(told, Errno::SUCCESS, &[]);
    b.unsolicited_raw(CDMA_SMS, &message);
    b.silence();
    // Much later it is the network that has not heard, and a modem that did not take it has to be told again.
    b.advance(Duration::from_secs(30));
    b.unsolicited_raw(CDMA_SMS, &message);
    let told = b.modem_hears(CDMA_ACK, taken());
    b.reply_raw(told, Errno::GENERIC_FAILURE, &[]);
    b.unsolicited_raw(CDMA_SMS, &message);
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
    b.silence();
}

/// Another phone's copy is added when it comes again, and then it comes once more before all are durable.
#[test]
fn copies_that_are_added_later_are_acknowledged_with_the_others() {
    let mut b = with_slow_store();
    b.event(Event::PhoneDown(PERSONAL));
    b.unsolicited_raw(CDMA_SMS, &alert(1));
    b.store.write(1);
    b.restart();
    b.to_phones.clear();
    for _ in 0..2 {
        b.unsolicited_raw(CDMA_SMS, &alert(1));
        b.silence();
    }
    b.store_writes(usize::MAX);
    b.modem_answers(CDMA_ACK, taken(), Value::Null);
    is_given(&mut b, PERSONAL, &alert(1));
    b.silence();
}
