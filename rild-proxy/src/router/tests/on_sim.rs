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
    read_record(folder, 3)
}

fn read_record(folder: &str, index: i32) -> Value {
    let command = ril_protocol::payload::sim::SimIo {
        command: 0xb2,
        file_id: 0x6f3c,
        path: Some(folder.into()),
        p1: index,
        p2: 4,
        p3: 176,
        ..Default::default()
    };
    json!(command)
}

const TELECOM: &str = "3F007F10";

#[test]
fn a_message_of_the_privileged_phones_stays_on_the_sim() {
    let mut b = Bench::new();
    b.unsolicited(ON_SIM, json!([3]));
    b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&deliver("+15550123456", "hi")));
    b.hears(PERSONAL, ON_SIM, json!([3]));
    b.silence();
}

#[test]
fn another_phones_message_is_delivered_to_it_and_leaves_the_sim() {
    let mut b = Bench::new();
    b.unsolicited(ON_SIM, json!([3]));
    b.store.slow = true;
    b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&deliver("+155501234562", "hi")));
    b.silence();
    b.store_writes(1);
    b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
    b.store.slow = false;
    b.modem_answers(DELETE, json!([3]), Value::Null);
    b.takes(WORK, 1);
    b.silence();
    assert_eq!(b.store.count(Kind::Message), 0);
}

/// Killed when it was durable and still on the SIM.
#[test]
fn a_deletion_that_a_crash_prevented_is_made_up_for() {
    for taken in [false, true] {
        let mut b = Bench::new();
        let pdu = deliver("+155501234562", "hi");
        b.unsolicited(ON_SIM, json!([3]));
        b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&pdu));
        b.modem_hears(DELETE, json!([3]));
        b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
        if taken {
            b.takes(WORK, 1);
        }
        b.restart();
        b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&pdu));
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
    b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&deliver("+155501234562", "hi")));
    b.takes_from_bench();
    b.restart();
    b.modem_answers(RequestCode::SIM_IO, read(TELECOM), record(&deliver("+15550123456", "another")));
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

#[test]
fn a_usim_may_have_the_file_elsewhere() {
    let mut b = Bench::new();
    b.unsolicited(ON_SIM, json!([3]));
    let not_found = json!({"sw1": 0x6a, "sw2": 0x82, "response": null});
    b.modem_answers(RequestCode::SIM_IO, read(TELECOM), not_found.clone());
    b.modem_answers(RequestCode::SIM_IO, read("3F007FFF"), not_found);
    b.hears(PERSONAL, ON_SIM, json!([3]));
    b.silence();
}

#[test]
fn what_is_not_a_received_message_is_the_privileged_phones_business() {
    let mut b = Bench::new();
    for odd in ["", "00", "07", "03FFFF", "zz"] {
        b.unsolicited(ON_SIM, json!([3]));
        b.modem_answers(RequestCode::SIM_IO, read(TELECOM), json!({"sw1": 0x90, "sw2": 0, "response": odd}));
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

/// The daemon was away, or the modem side.
#[test]
fn what_came_onto_the_sim_while_nobody_listened_is_found() {
    const USIM: &str = "3F007FFF";
    let of_work = deliver("+155501234562", "hi");
    let none = json!({"sw1": 0x6a, "sw2": 0x83, "response": null});
    for restarts in [false, true] {
        let mut b = Bench::new();
        if restarts {
            b.foreground(WORK).unwrap();
            b.foreground(PERSONAL).unwrap();
            b.restart();
        } else {
            b.event(Event::ModemDown);
            b.modem_is_back();
        }
        b.to_phones.clear();
        b.advance(Duration::from_secs(29));
        b.silence();
        b.advance(Duration::from_secs(1));
        b.modem_answers(RequestCode::SIM_IO, read_record(TELECOM, 1), none.clone());
        let empty = json!({"sw1": 0x90, "sw2": 0, "response": "F".repeat(352).replacen("FF", "00", 1)});
        b.modem_answers(RequestCode::SIM_IO, read_record(USIM, 1), empty);
        // The privileged phone's own, and one that was read.
        b.modem_answers(RequestCode::SIM_IO, read_record(USIM, 2), record(&deliver("+15550123456", "hi")));
        let mut was_read = record(&of_work);
        was_read["response"] = json!(was_read["response"].as_str().unwrap().replacen("03", "01", 1));
        b.modem_answers(RequestCode::SIM_IO, read_record(USIM, 3), was_read);
        b.modem_answers(RequestCode::SIM_IO, read_record(USIM, 4), record(&of_work));
        b.hears(WORK, NEW_SMS, json!(deliver("+15550123456", "hi")));
        b.modem_answers(RequestCode::SIM_IO, read_record(USIM, 5), none.clone());
        b.modem_answers(DELETE, json!([4]), Value::Null);
        b.takes(WORK, 1);
        b.advance(Duration::from_secs(3600));
        b.silence();
    }
}

#[test]
fn a_search_of_the_sim_ends_at_the_last_record_and_with_the_modem_side() {
    let mut b = Bench::new();
    for ends in [false, true] {
        b.event(Event::ModemDown);
        b.modem_is_back();
        b.to_phones.clear();
        b.advance(Duration::from_secs(30));
        for index in 1..=if ends { 254 } else { 3 } {
            b.modem_answers(RequestCode::SIM_IO, read_record(TELECOM, index), record(&deliver("+15550123456", "hi")));
        }
        if !ends {
            // One is being read.
            b.to_modem.clear();
        }
    }
    b.advance(Duration::from_secs(3600));
    b.silence();
}
