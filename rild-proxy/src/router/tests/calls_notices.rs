//! What the modem says about calls, and who hears it.

use super::*;

/// Personal's call is active, work's rings; both asked for notices of supplementary services.
fn bench() -> Bench {
    let mut b = Bench::new();
    for phone in [PERSONAL, WORK] {
        b.ask(phone, 1, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]));
    }
    b.modem_answers(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]), Value::Null);
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100"), incoming(2, CallState::WAITING, "155501999992")]);
    b.to_phones.clear();
    b
}

fn notice(kind: i32, code: i32, number: Option<&str>) -> Value {
    json!({"notification_type": kind, "code": code, "index": 0, "toa": 129, "number": number})
}

const NOTICE: UnsolCode = UnsolCode::SUPP_SVC_NOTIFICATION;

#[test]
fn a_notice_goes_to_the_owner_of_the_call_that_it_is_about() {
    let mut b = bench();
    // The ringing call was forwarded; the far end of the active one holds it.
    for (notice, hears) in [
        (notice(1, 0, None), WORK),
        (notice(1, 2, None), PERSONAL),
        (notice(1, 3, None), PERSONAL),
        (notice(1, 2, Some("5550100")), PERSONAL),
        (notice(1, 99, None), PERSONAL),
    ] {
        b.unsolicited(NOTICE, notice.clone());
        b.hears(hears, NOTICE, notice);
        b.silence();
    }
    // A caller is shown as in the list.
    b.unsolicited(NOTICE, notice(1, 2, Some("155501999992")));
    b.hears(WORK, NOTICE, notice(1, 2, Some("15550199999")));
    b.unsolicited_raw(NOTICE, &[1]);
    b.silence();
}

#[test]
fn a_notice_about_an_outgoing_call_goes_to_who_dials() {
    let mut b = bench();
    b.calls_are(&[call(3, CallState::ALERTING, "5550101"), incoming(2, CallState::HOLDING, "155501999992")]);
    b.to_modem.clear();
    b.to_phones.clear();
    b.unsolicited(NOTICE, notice(0, 3, None));
    b.hears(PERSONAL, NOTICE, notice(0, 3, None));
    b.unsolicited(NOTICE, notice(1, 5, None));
    b.hears(WORK, NOTICE, notice(1, 5, None));
    b.silence();
}

#[test]
fn a_phone_that_wants_no_notices_gets_none() {
    let mut b = bench();
    b.ask(WORK, 2, RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([0]));
    b.hears_ok(WORK, 2);
    b.unsolicited(NOTICE, notice(1, 0, None));
    b.silence();
}

#[test]
fn ringback_is_heard_by_who_dials() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::HOLDING, "155501999992"), call(2, CallState::ALERTING, "5550100")]);
    b.to_phones.clear();
    b.unsolicited(UnsolCode::RINGBACK_TONE, json!([1]));
    b.hears(PERSONAL, UnsolCode::RINGBACK_TONE, json!([1]));
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.unsolicited(UnsolCode::RINGBACK_TONE, json!([1]));
    b.hears(WORK, UnsolCode::RINGBACK_TONE, json!([1]));
    assert!(b.to_phones.is_empty());
}

#[test]
fn records_are_for_who_speaks_and_handovers_for_who_has_calls() {
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::SRVCC_STATE_NOTIFY, json!([0]));
    b.silence();
    b.calls_are(&[call(1, CallState::HOLDING, "5550100"), incoming(2, CallState::ACTIVE, "155501999992")]);
    b.to_phones.clear();
    b.unsolicited(UnsolCode::CDMA_INFO_REC, json!([]));
    b.hears(WORK, UnsolCode::CDMA_INFO_REC, json!([]));
    b.unsolicited(UnsolCode::SRVCC_STATE_NOTIFY, json!([1]));
    for phone in [PERSONAL, WORK] {
        b.hears(phone, UnsolCode::SRVCC_STATE_NOTIFY, json!([1]));
    }
    b.silence();
}

#[test]
fn the_sims_comment_goes_to_who_asked_last() {
    let text = UnsolCode::STK_CC_ALPHA_NOTIFY;
    let mut b = Bench::new();
    b.unsolicited(text, json!("none"));
    b.hears(PERSONAL, text, json!("none"));
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.unsolicited(text, json!("to USSD"));
    b.hears(WORK, text, json!("to USSD"));
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("5550100"));
    // What is refused was not asked.
    b.ask(WORK, 3, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(WORK, 3, Errno::GENERIC_FAILURE);
    b.unsolicited(text, json!("to a call"));
    b.hears(PERSONAL, text, json!("to a call"));
    assert!(b.to_phones.is_empty());
    // A lock of the card is no service of the network.
    let lock = |facility: &str| json!([facility, "", "7", null]);
    for (phone, code, arguments, hears) in [
        (WORK, RequestCode::QUERY_CALL_WAITING, json!([1]), WORK),
        (PERSONAL, RequestCode::QUERY_FACILITY_LOCK, lock("SC"), WORK),
        (PERSONAL, RequestCode::QUERY_FACILITY_LOCK, lock("AO"), PERSONAL),
    ] {
        b.ask(phone, 4, code, arguments);
        b.unsolicited(text, json!("to a question"));
        b.hears(hears, text, json!("to a question"));
        assert!(b.to_phones.is_empty());
    }
}
