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

/// A phone sends a string, and the modem does not answer in time.
fn string_without_an_answer(said_meanwhile: Option<Value>) -> Bench {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    if let Some(said) = &said_meanwhile {
        b.unsolicited(UnsolCode::ON_USSD, said.clone());
    }
    b.advance(Duration::from_secs(120));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    if let Some(said) = said_meanwhile {
        b.hears(WORK, UnsolCode::ON_USSD, said);
    }
    b.silence();
    b
}

/// Others are refused; this phone answers the network's question.
#[track_caller]
fn is_in_session(b: &mut Bench, phone: PhoneId, other: PhoneId) {
    b.ask(other, 50, RequestCode::SEND_USSD, json!("*101#"));
    b.hears_errno(other, 50, Errno::GENERIC_FAILURE);
    b.ask(phone, 50, RequestCode::SEND_USSD, json!("1"));
    b.modem_answers(RequestCode::SEND_USSD, json!("1"), Value::Null);
    b.hears_ok(phone, 50);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.hears(phone, UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.silence();
}

#[test]
fn what_the_network_says_to_a_string_that_was_given_up_is_for_who_sent_it() {
    let mut b = string_without_an_answer(None);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.silence();
    let mut b = string_without_an_answer(None);
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    is_in_session(&mut b, WORK, PERSONAL);
}

#[test]
fn a_session_in_which_the_network_waits_is_its_phones_though_the_string_has_failed() {
    let mut b = string_without_an_answer(Some(json!(["1", "1 Balance"])));
    is_in_session(&mut b, WORK, PERSONAL);
    // The modem may also refuse an answer within a menu.
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("9"));
    let refused = b.modem_hears(RequestCode::SEND_USSD, json!("9"));
    b.reply_raw(refused, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    is_in_session(&mut b, PERSONAL, WORK);
}

#[test]
fn a_session_of_a_string_that_was_given_up_is_cancelled_before_the_next() {
    let mut b = string_without_an_answer(None);
    b.advance(Duration::from_secs(60));
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("*101#"));
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.silence();
    b.reply_raw(cancel, Errno::SUCCESS, &[]);
    b.modem_answers(RequestCode::SEND_USSD, json!("*101#"), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.silence();
}

/// Nobody waits for a session that there is not.
#[test]
fn a_string_that_the_modem_refuses_leaves_no_session() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    let refused = b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    b.reply_raw(refused, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("*101#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*101#"), Value::Null);
    b.hears_ok(PERSONAL, 1);
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
fn each_string_has_an_answer_for_its_sender() {
    let mut b = Bench::new();
    for serial in [1, 2] {
        b.ask(WORK, serial, RequestCode::SEND_USSD, json!("*100#"));
        b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
        b.hears_ok(WORK, serial);
    }
    for text in ["Balance: 5", "Balance: 4"] {
        b.unsolicited(UnsolCode::ON_USSD, json!(["0", text]));
        b.hears(WORK, UnsolCode::ON_USSD, json!(["0", text]));
    }
    // The session is over, and what comes now is for whoever has the screen.
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.silence();
}

#[test]
fn what_crosses_the_end_of_a_session_that_is_taken_over_is_not_for_the_next() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.advance(Duration::from_secs(180));
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("*101#"));
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.silence();
    b.reply_raw(cancel, Errno::SUCCESS, &[]);
    let send = b.modem_hears(RequestCode::SEND_USSD, json!("*101#"));
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Number: 7"]));
    b.reply_raw(send, Errno::SUCCESS, &[]);
    b.hears_ok(PERSONAL, 1);
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["0", "Number: 7"]));
    b.silence();
}

#[test]
fn what_crosses_airplane_mode_is_nobody_elses() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.reply_raw(cancel, Errno::SUCCESS, &[]);
    b.silence();
}

#[test]
fn what_the_network_asks_is_for_a_phone_that_can_hear_it() {
    let ways: [fn(&mut Bench); 2] =
        [|b| b.event(Event::PhoneDown(PERSONAL)), |b| b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]))];
    for leave in ways {
        let mut b = Bench::new();
        b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([1]));
        leave(&mut b);
        b.to_phones.clear();
        for question in ["1 Balance", "2 Top up"] {
            b.unsolicited(UnsolCode::ON_USSD, json!(["1", question]));
            b.hears(WORK, UnsolCode::ON_USSD, json!(["1", question]));
        }
        b.ask(WORK, 2, RequestCode::SEND_USSD, json!("1"));
        b.modem_answers(RequestCode::SEND_USSD, json!("1"), Value::Null);
        b.hears_ok(WORK, 2);
        b.silence();
    }
}

/// Nobody could answer, and the session would be in everybody's way.
#[test]
fn what_the_network_asks_while_nobody_is_there_is_cancelled() {
    let mut b = Bench::new();
    for phone in [PERSONAL, WORK] {
        b.event(Event::PhoneDown(phone));
    }
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.silence();
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "Again?"]));
    b.silence();
    b.reply_raw(cancel, Errno::SUCCESS, &[]);
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.silence();
}

#[test]
fn a_phone_without_telephony_has_no_ussd() {
    let mut b = Bench::with(|config| config.phone[1].telephony = false);
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
}

/// The modem side may be in a session that it began for a phone before it was lost.
#[test]
fn a_session_that_was_left_behind_is_ended_before_another_begins() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.event(Event::ModemDown);
    b.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::ON));
    b.to_phones.clear();
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("*101#"));
    b.silence();
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.reply_raw(cancel, Errno::SUCCESS, &[]);
    b.modem_answers(RequestCode::SEND_USSD, json!("*101#"), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Number: 7"]));
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["0", "Number: 7"]));
    b.silence();
}

/// Whose it was, the daemon does not know any more.
#[test]
fn what_is_said_in_a_session_of_an_earlier_daemon_is_for_nobody() {
    let mut b = Bench::new();
    b.foreground(WORK).unwrap();
    b.event(Event::Tick);
    let records = b.take_records();
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.router = Router::new(&b.config);
    for (kind, key, value) in &records {
        b.event(Event::Recall(Record { kind: *kind, key, value }));
    }
    b.event(Event::PhoneUp(WORK));
    b.unsolicited(UnsolCode::RIL_CONNECTED, json!([V.0]));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(RadioState::ON));
    b.to_phones.clear();
    b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.silence();
    b.reply_raw(cancel, Errno::GENERIC_FAILURE, &[]);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.silence();
}

#[test]
fn a_string_that_waits_for_the_end_of_another_session_goes_with_its_client() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.advance(Duration::from_secs(180));
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("*101#"));
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.event(Event::PhoneDown(PERSONAL));
    b.reply_raw(cancel, Errno::SUCCESS, &[]);
    b.silence();
    assert!(b.router.phones().all(|phone| phone.unanswered == 0));
}

#[test]
fn a_string_that_is_sent_behind_the_end_of_a_session_begins_the_next() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    let first = b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    b.ask(WORK, 2, RequestCode::CANCEL_USSD, Value::Null);
    let cancel = b.modem_hears(RequestCode::CANCEL_USSD, Value::Null);
    b.ask(WORK, 3, RequestCode::SEND_USSD, json!("*101#"));
    let second = b.modem_hears(RequestCode::SEND_USSD, json!("*101#"));
    for (serial, request) in [(1, first), (2, cancel), (3, second)] {
        b.reply_raw(request, Errno::SUCCESS, &[]);
        b.hears_ok(WORK, serial);
    }
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Number: 7"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Number: 7"]));
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["0", "Hello"]));
    b.silence();
}

#[test]
fn a_string_that_is_refused_ends_no_session_in_which_another_is_awaited() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(WORK, 2, RequestCode::SEND_USSD, json!("*101#"));
    let refused = b.modem_hears(RequestCode::SEND_USSD, json!("*101#"));
    b.reply_raw(refused, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.silence();
}

/// Some libraries answer a string when the network does, and one of a cancelled session never.
#[test]
fn what_the_network_says_does_not_wait_for_the_answer_to_another_phones_string() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*199#"));
    b.modem_hears(RequestCode::SEND_USSD, json!("*199#"));
    b.event(Event::PhoneDown(WORK));
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::CANCEL_USSD, Value::Null, Value::Null);
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.hears(PERSONAL, UnsolCode::ON_USSD, json!(["0", "Balance: 5"]));
    b.silence();
}

const ON_SS: UnsolCode = UnsolCode::ON_SS;

/// An answer of the network to a supplementary service code.
const OF_SERVICE: &[u8] = &[1, 0, 0, 0];

#[track_caller]
fn service_answer_goes_to(b: &mut Bench, phone: PhoneId) {
    b.unsolicited_raw(ON_SS, OF_SERVICE);
    let heard = Heard::Unsolicited { code: ON_SS, payload: OF_SERVICE.to_vec() };
    assert_eq!(b.to_phones.pop_front(), Some((phone, heard)));
    b.silence();
}

#[test]
fn what_the_network_answers_to_a_code_is_for_who_sent_it() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*#43#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*#43#"), Value::Null);
    b.hears_ok(WORK, 1);
    service_answer_goes_to(&mut b, WORK);
    service_answer_goes_to(&mut b, PERSONAL);
}

#[test]
fn who_sits_in_a_session_does_not_hear_what_the_network_answers_to_others() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["1", "1 Balance"]));
    service_answer_goes_to(&mut b, PERSONAL);
    // It has its session still.
    b.unsolicited(UnsolCode::ON_USSD, json!(["0", "Bye"]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["0", "Bye"]));
    b.silence();
}

#[test]
fn a_privileged_phone_that_waits_for_an_answer_hears_it_whoever_waits_too() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*#43#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*#43#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(PERSONAL, 1, RequestCode::SET_CALL_WAITING, json!([1, 1]));
    let serial = b.modem_hears(RequestCode::SET_CALL_WAITING, json!([1, 1]));
    service_answer_goes_to(&mut b, PERSONAL);
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(PERSONAL, 1);
    service_answer_goes_to(&mut b, WORK);
}

/// While the modem deals with a string, other phones' calls may wait behind it.
#[test]
fn a_phone_has_two_strings_at_the_modem() {
    let mut b = Bench::new();
    for serial in 1..40 {
        b.ask(WORK, serial, RequestCode::SEND_USSD, json!("*100#"));
    }
    let first = b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    b.modem_hears(RequestCode::SEND_USSD, json!("*100#"));
    for serial in 3..40 {
        b.hears_errno(WORK, serial, Errno::GENERIC_FAILURE);
    }
    b.silence();
    b.reply_raw(first, Errno::SUCCESS, &[]);
    b.hears_ok(WORK, 1);
    b.ask(WORK, 40, RequestCode::SEND_USSD, json!("1"));
    b.modem_hears(RequestCode::SEND_USSD, json!("1"));
    b.silence();
}
