//! The daemon is killed between any two steps of a message's way: the table in `router/sms/mod.rs`, line by line.

use super::messages::{NEW_SMS, deliver};
use super::*;
use crate::router::Kind;

const ACK: RequestCode = RequestCode::SMS_ACKNOWLEDGE;

fn pdu() -> String {
    deliver("+15550123456", "hi")
}

/// A bench whose store writes when it is told to.
fn bench() -> Bench {
    let mut b = Bench::new();
    b.store.slow = true;
    b
}

impl Bench {
    /// Everything works from here on: the network sends the message again if it has to, and then the phone is given it
    /// once, takes it, and nothing is left that could be given to it again.
    #[track_caller]
    fn is_delivered_once(&mut self, network_repeats: bool) {
        self.store.slow = false;
        self.store_keeps_up();
        if network_repeats {
            self.unsolicited(NEW_SMS, json!(pdu()));
            self.modem_is_told_taken();
        }
        self.hears(PERSONAL, NEW_SMS, json!(pdu()));
        self.takes(PERSONAL, 1);
        // The daemon that was killed may have told the network that there is no room.
        if !self.to_modem.is_empty() {
            self.modem_answers(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]), Value::Null);
        }
        self.nothing_comes_again();
    }

    #[track_caller]
    fn nothing_comes_again(&mut self) {
        self.silence();
        for _ in 0..2 {
            self.restart();
            self.silence();
        }
        assert_eq!(self.router.messages(self.now).count(), 0);
    }
}

#[test]
fn killed_before_it_was_durable() {
    let mut b = bench();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.restart();
    b.silence();
    b.is_delivered_once(true);
}

#[test]
fn killed_when_it_was_durable_and_nobody_knew() {
    let mut b = bench();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.store.write(1);
    b.restart();
    b.is_delivered_once(true);
}

#[test]
fn killed_when_the_modem_was_told() {
    for repeated in [false, true] {
        let mut b = bench();
        b.unsolicited(NEW_SMS, json!(pdu()));
        b.store_writes(1);
        b.modem_hears(ACK, json!([1, 0]));
        b.restart();
        b.is_delivered_once(repeated);
    }
}

#[test]
fn killed_when_the_modem_had_confirmed() {
    for confirmation_written in [0, 1] {
        let mut b = bench();
        b.unsolicited(NEW_SMS, json!(pdu()));
        b.store_writes(1);
        b.modem_is_told_taken();
        b.store.write(confirmation_written);
        b.restart();
        b.is_delivered_once(false);
    }
}

/// This client is given it twice, unless it is a proxy RilD, which knows it again.
#[test]
fn killed_when_the_client_was_given_it() {
    let mut b = bench();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.store_writes(1);
    b.modem_is_told_taken();
    b.hears(PERSONAL, NEW_SMS, json!(pdu()));
    b.restart();
    b.is_delivered_once(false);
}

/// The removal was not durable, and the client was not told that it was.
#[test]
fn killed_when_the_client_had_acknowledged() {
    let mut b = bench();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.store_writes(1);
    b.modem_is_told_taken();
    b.store_writes(1);
    b.to_phones.clear();
    b.ask(PERSONAL, 1, ACK, json!([1, 0]));
    b.silence();
    b.restart();
    b.is_delivered_once(false);
}

#[test]
fn killed_when_the_removal_was_durable() {
    let mut b = bench();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.store_writes(1);
    b.modem_is_told_taken();
    b.store_writes(1);
    b.to_phones.clear();
    b.ask(PERSONAL, 1, ACK, json!([1, 0]));
    b.store.write(1);
    assert_eq!(b.store.count(Kind::Message), 0);
    b.nothing_comes_again();
}

/// The modem was told and did not confirm: the network sends it again although the phone has it.
#[test]
fn killed_when_the_phone_had_it_and_the_modem_had_not_confirmed() {
    let mut b = bench();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.store_writes(1);
    b.modem_hears(ACK, json!([1, 0]));
    b.to_phones.clear();
    b.ask(PERSONAL, 1, ACK, json!([1, 0]));
    b.store_writes(1);
    b.hears_ok(PERSONAL, 1);
    b.restart();
    b.store.slow = false;
    b.silence();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.modem_is_told_taken();
    b.nothing_comes_again();
    assert_eq!(b.store.count(Kind::Message), 0);
}

#[test]
fn killed_when_the_client_had_been_told() {
    let mut b = bench();
    b.store.slow = false;
    b.receives(&pdu());
    b.hears(PERSONAL, NEW_SMS, json!(pdu()));
    b.takes(PERSONAL, 1);
    b.nothing_comes_again();
}

/// What the modem said before it was told may arrive after its answer, and wants no acknowledgement. What the network
/// sends again because it did not hear the modem does.
#[test]
fn a_repetition_after_the_confirmation_is_known() {
    let mut b = Bench::new();
    b.unsolicited(NEW_SMS, json!(pdu()));
    let serial = b.modem_hears(ACK, json!([1, 0]));
    b.hears(PERSONAL, NEW_SMS, json!(pdu()));
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.takes(PERSONAL, 1);
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.silence();
    b.advance(Duration::from_secs(10));
    b.receives(&pdu());
    b.silence();
}

/// The modem confirms before the network has heard it; so the next modem side may be given it again.
#[test]
fn a_repetition_to_the_next_modem_side_is_known() {
    // The modem ends when it has confirmed, or when it is told of a first repetition.
    for repeats_before in [false, true] {
        let mut b = Bench::new();
        b.receives(&pdu());
        b.hears(PERSONAL, NEW_SMS, json!(pdu()));
        b.takes(PERSONAL, 1);
        if repeats_before {
            b.advance(Duration::from_secs(10));
            b.unsolicited(NEW_SMS, json!(pdu()));
            b.modem_hears(ACK, json!([1, 0]));
        }
        b.event(Event::ModemDown);
        b.modem_comes_up(RadioState::ON);
        b.to_phones.clear();
        b.receives(&pdu());
        b.silence();
        b.advance(Duration::from_secs(60));
        b.receives(&pdu());
        b.hears(PERSONAL, NEW_SMS, json!(pdu()));
        b.takes(PERSONAL, 2);
        b.silence();
    }
}

/// A modem that would not be told says it again, and it is no other message for that.
#[test]
fn a_repetition_of_which_the_modem_would_not_be_told_is_known() {
    let mut b = Bench::new();
    b.receives(&pdu());
    b.hears(PERSONAL, NEW_SMS, json!(pdu()));
    b.takes(PERSONAL, 1);
    b.advance(Duration::from_secs(10));
    b.unsolicited(NEW_SMS, json!(pdu()));
    let refused = b.modem_hears(ACK, json!([1, 0]));
    b.reply_raw(refused, Errno::GENERIC_FAILURE, &[]);
    b.receives(&pdu());
    b.silence();
}

/// Whoever writes the same again means it.
#[test]
fn the_same_words_much_later_are_another_message() {
    let mut b = Bench::new();
    for serial in [1, 2] {
        b.receives(&pdu());
        b.hears(PERSONAL, NEW_SMS, json!(pdu()));
        b.takes(PERSONAL, serial);
        b.advance(Duration::from_secs(60));
    }
    b.silence();
}

/// The modem says it again while it is told, and then that it did not understand: it will say it once more.
#[test]
fn a_repetition_that_crosses_the_acknowledgement_is_not_acknowledged_twice() {
    let mut b = Bench::new();
    b.unsolicited(NEW_SMS, json!(pdu()));
    let serial = b.modem_hears(ACK, json!([1, 0]));
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.hears(PERSONAL, NEW_SMS, json!(pdu()));
    b.silence();
    b.receives(&pdu());
    b.silence();
}

#[test]
fn the_modem_crashes_after_it_was_told() {
    let mut b = Bench::new();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.modem_hears(ACK, json!([1, 0]));
    b.hears(PERSONAL, NEW_SMS, json!(pdu()));
    b.takes(PERSONAL, 1);
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.unsolicited(NEW_SMS, json!(pdu()));
    b.modem_is_told_taken();
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

#[test]
fn what_the_modem_never_confirms_is_not_remembered_without_end() {
    let mut b = Bench::new();
    for number in 0..40 {
        let pdu = deliver("+15550123456", &number.to_string());
        b.unsolicited(NEW_SMS, json!(pdu));
        let serial = b.modem_hears(ACK, json!([1, 0]));
        b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
        b.hears(PERSONAL, NEW_SMS, json!(pdu));
        b.takes(PERSONAL, number);
    }
    assert_eq!(b.store.count(Kind::Message), 32);
}

#[test]
fn a_message_of_a_phone_that_is_not_configured_waits_for_it() {
    let mut b = Bench::new();
    b.event(Event::PhoneDown(WORK));
    b.receives(&deliver("+155501234562", "hi"));
    let phones = b.config.phone.clone();
    b.config.phone.truncate(1);
    b.restart();
    assert_eq!(b.router.messages(b.now).count(), 0);
    b.receives(&pdu());
    b.hears(PERSONAL, NEW_SMS, json!(pdu()));
    b.takes(PERSONAL, 1);
    b.silence();
    b.config.phone = phones;
    b.restart();
    b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.takes(WORK, 1);
    b.silence();
}
