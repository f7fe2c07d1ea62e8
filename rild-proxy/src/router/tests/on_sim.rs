//! Messages that the modem put on the SIM.

use super::messages::{NEW_SMS, deliver};
use super::*;
use crate::router::Kind;

const ON_SIM: UnsolCode = UnsolCode::RESPONSE_NEW_SMS_ON_SIM;
const DELETE: RequestCode = RequestCode::DELETE_SMS_ON_SIM;

/// A record of EF_SMS: "received, to be read", the message, padding.
fn record(pdu: &str) -> Value {
    json!({"sw1": 0x90, "sw2": 0, "response": format!("{:F<352}", format!("03{pdu}"))})
}

fn read(folder: &str) -> Value {
    let command = ril_protocol::payload::sim::SimIo {
        command: 0xb2,
        file_id: 0x6f3c,
        path: Some(folder.into()),
        p1: 3,
        p2: 4,
        p3: 176,
        ..Default::default()
    };
    json!(command)
}

const USIM: &str = "3F007FFF";
const TELECOM: &str = "3F007F10";

#[test]
fn a_message_of_the_privileged_phones_stays_on_the_sim() {
    let mut b = Bench::new();
    b.unsolicited(ON_SIM, json!([3]));
    b.modem_answers(RequestCode::SIM_IO, read(USIM), record(&deliver("+15550123456", "hi")));
    b.hears(PERSONAL, ON_SIM, json!([3]));
    b.silence();
}

#[test]
fn another_phones_message_is_delivered_to_it_and_leaves_the_sim() {
    let mut b = Bench::new();
    b.unsolicited(ON_SIM, json!([3]));
    b.store.slow = true;
    b.modem_answers(RequestCode::SIM_IO, read(USIM), record(&deliver("+155501234562", "hi")));
    b.silence();
    b.store_writes(1);
    b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.store.slow = false;
    b.modem_answers(DELETE, json!([3]), Value::Null);
    b.takes(WORK, 1);
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

/// The next message may be put into that record between two deletions.
#[test]
fn a_record_that_the_modem_tells_of_twice_is_deleted_once() {
    // Both are read before the message is durable, or the second one when it is being deleted.
    for is_being_deleted in [false, true] {
        let mut b = Bench::new();
        b.store.slow = true;
        for _ in 0..2 {
            b.unsolicited(ON_SIM, json!([3]));
        }
        let readings = [(); 2].map(|()| b.modem_hears(READ, read(USIM)));
        let record = READ.row().unwrap().response.from_json(record(&deliver("+155501234562", "hi")), V).unwrap();
        b.reply_raw(readings[0], Errno::SUCCESS, &record);
        if is_being_deleted {
            b.store_writes(1);
        }
        b.reply_raw(readings[1], Errno::SUCCESS, &record);
        b.store.slow = false;
        b.store_keeps_up();
        b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
        b.modem_answers(DELETE, json!([3]), Value::Null);
        b.takes(WORK, 1);
        b.silence();
    }
}

/// Killed when it was durable and still on the SIM.
#[test]
fn a_deletion_that_a_crash_prevented_is_made_up_for() {
    for taken in [false, true] {
        let mut b = Bench::new();
        let pdu = deliver("+155501234562", "hi");
        b.unsolicited(ON_SIM, json!([3]));
        b.modem_answers(RequestCode::SIM_IO, read(USIM), record(&pdu));
        b.modem_hears(DELETE, json!([3]));
        b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
        if taken {
            b.takes(WORK, 1);
        }
        b.restart();
        b.modem_answers(RequestCode::SIM_IO, read(USIM), record(&pdu));
        b.modem_answers(DELETE, json!([3]), Value::Null);
        if !taken {
            b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
            b.takes(WORK, 1);
        }
        b.silence();
        assert_eq!(b.store.count(Kind::Message), 0);
    }
}

#[test]
fn what_has_another_message_by_now_is_not_deleted() {
    let mut b = Bench::new();
    b.unsolicited(ON_SIM, json!([3]));
    b.modem_answers(RequestCode::SIM_IO, read(USIM), record(&deliver("+155501234562", "hi")));
    b.takes_from_bench();
    b.restart();
    for folder in [USIM, TELECOM] {
        b.modem_answers(RequestCode::SIM_IO, read(folder), record(&deliver("+15550123456", "another")));
    }
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

impl Bench {
    fn takes_from_bench(&mut self) {
        self.to_modem.clear();
        self.to_phones.clear();
        self.takes(WORK, 1);
    }
}

/// A SIM has the file in another folder than a USIM; a card that is both may have both.
#[test]
fn the_message_may_be_in_the_other_folder() {
    let not_found = json!({"sw1": 0x6a, "sw2": 0x82, "response": null});
    let free = json!({"sw1": 0x90, "sw2": 0, "response": format!("{:F<352}", "00")});
    let pdu = deliver("+155501234562", "hi");
    for in_the_first in [not_found.clone(), free] {
        let mut b = Bench::new();
        b.unsolicited(ON_SIM, json!([3]));
        b.modem_answers(RequestCode::SIM_IO, read(USIM), in_the_first.clone());
        b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&pdu));
        b.modem_hears(DELETE, json!([3]));
        b.takes_from_bench();
        b.restart();
        b.modem_answers(RequestCode::SIM_IO, read(USIM), in_the_first);
        b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&pdu));
        b.modem_answers(DELETE, json!([3]), Value::Null);
        b.silence();
        assert_eq!(b.store.count(Kind::Message), 0);
    }
    let mut b = Bench::new();
    b.unsolicited(ON_SIM, json!([3]));
    let serial = b.modem_hears(RequestCode::SIM_IO, read(USIM));
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.modem_answers(RequestCode::SIM_IO, read(TELECOM), not_found);
    b.hears(PERSONAL, ON_SIM, json!([3]));
    b.silence();
}

#[test]
fn what_is_not_a_received_message_is_the_privileged_phones_business() {
    let mut b = Bench::new();
    for odd in ["", "00", "07", "03FFFF", "zz"] {
        b.unsolicited(ON_SIM, json!([3]));
        for folder in [USIM, TELECOM] {
            b.modem_answers(RequestCode::SIM_IO, read(folder), json!({"sw1": 0x90, "sw2": 0, "response": odd}));
        }
        b.hears(PERSONAL, ON_SIM, json!([3]));
    }
    b.silence();
}

#[test]
fn a_single_phone_reads_its_own_sim() {
    let mut b = Bench::with(|config| config.phone.truncate(1));
    b.unsolicited(ON_SIM, json!([3]));
    b.hears(PERSONAL, ON_SIM, json!([3]));
    b.silence();
}

const READ: RequestCode = RequestCode::SIM_IO;

/// Another phone's message would stay on the SIM, where the privileged phone sees it.
#[test]
fn a_deletion_that_the_modem_refuses_is_tried_again_while_the_record_is_the_same() {
    let mut b = Bench::new();
    let pdu = deliver("+155501234562", "hi");
    b.unsolicited(ON_SIM, json!([3]));
    b.modem_answers(READ, read(USIM), record(&pdu));
    let first = b.modem_hears(DELETE, json!([3]));
    b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.takes(WORK, 1);
    b.reply_raw(first, Errno::GENERIC_FAILURE, &[]);
    b.silence();
    b.advance(Duration::from_secs(10));
    b.modem_answers(READ, read(USIM), record(&pdu));
    let second = b.modem_hears(DELETE, json!([3]));
    b.reply_raw(second, Errno::GENERIC_FAILURE, &[]);
    b.advance(Duration::from_secs(10));
    for folder in [USIM, TELECOM] {
        b.modem_answers(READ, read(folder), record(&deliver("+15550123456", "another")));
    }
    b.advance(Duration::from_secs(100));
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

#[test]
fn a_modem_that_always_refuses_is_not_asked_for_ever() {
    let mut b = Bench::new();
    let pdu = deliver("+155501234562", "hi");
    b.unsolicited(ON_SIM, json!([3]));
    b.modem_answers(READ, read(USIM), record(&pdu));
    let mut refusals = 0;
    while let Some((code, serial, _)) = b.to_modem.pop_front() {
        if code == DELETE {
            refusals += 1;
            b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
            b.advance(Duration::from_secs(10));
        } else {
            b.reply_raw(serial, Errno::SUCCESS, &READ.row().unwrap().response.from_json(record(&pdu), V).unwrap());
        }
    }
    assert_eq!(refusals, 5);
    // The next life does it, or tries.
    b.restart();
    b.modem_answers(READ, read(USIM), record(&pdu));
    b.modem_answers(DELETE, json!([3]), Value::Null);
}

#[test]
fn a_record_of_an_earlier_life_that_cannot_be_read_is_read_later() {
    let mut b = Bench::new();
    let pdu = deliver("+155501234562", "hi");
    b.unsolicited(ON_SIM, json!([3]));
    b.modem_answers(READ, read(USIM), record(&pdu));
    b.takes_from_bench();
    b.restart();
    for folder in [USIM, TELECOM] {
        let serial = b.modem_hears(READ, read(folder));
        b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    }
    b.silence();
    b.advance(Duration::from_secs(10));
    b.modem_answers(READ, read(USIM), json!({"sw1": 0x90, "sw2": 0, "response": format!("{:F<352}", "00")}));
    let serial = b.modem_hears(READ, read(TELECOM));
    b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
    b.silence();
    b.advance(Duration::from_secs(10));
    b.modem_answers(READ, read(USIM), record(&pdu));
    b.modem_answers(DELETE, json!([3]), Value::Null);
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}
