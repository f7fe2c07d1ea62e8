//! USSD: the order of events and answers.

use super::*;

#[test]
fn what_the_network_says_before_the_answer_is_heard_after_it() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    let serial = b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.silence();
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(WORK, 1);
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.silence();
}

#[test]
fn an_answer_that_never_comes_does_not_swallow_what_was_said() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.advance(Duration::from_secs(120));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.hears(WORK, UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.silence();
}

#[test]
fn a_network_that_talks_without_end_is_not_kept_in_memory() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    let serial = b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    for n in 0..20 {
        b.unsolicited(UnsolCode::ON_USSD, json!(["1", n.to_string()]));
    }
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(WORK, 1);
    for n in 16..20 {
        b.hears(WORK, UnsolCode::ON_USSD, json!(["1", n.to_string()]));
    }
    b.silence();
}

#[test]
fn a_phone_without_telephony_has_no_ussd() {
    let mut b = Bench::with(|config| config.phone[1].telephony = false);
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
}
