//! Questions whose answer is the same for all: the modem is asked once, and nobody hears what is not true any more.

use super::*;

const CALL_WAITING: RequestCode = RequestCode::QUERY_CALL_WAITING;
const OPERATOR: RequestCode = RequestCode::OPERATOR;

fn operator(name: &str) -> Value {
    json!([name, name, "00101"])
}

#[test]
fn the_modem_is_asked_once() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    b.ask(WORK, 1, OPERATOR, Value::Null);
    b.ask(WORK, 2, OPERATOR, Value::Null);
    b.modem_answers(OPERATOR, Value::Null, operator("Test"));
    for (phone, serial) in [(PERSONAL, 1), (WORK, 1), (WORK, 2)] {
        b.hears_reply(phone, serial, OPERATOR, Errno::SUCCESS, operator("Test"));
    }
    b.knows(WORK, OPERATOR, Value::Null, operator("Test"));
    b.unsolicited(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    b.to_phones.clear();
    b.finds_out(WORK, OPERATOR, Value::Null, operator("Other"));
    b.knows(PERSONAL, OPERATOR, Value::Null, operator("Other"));
    assert!(b.router.phones().all(|phone| phone.unanswered == 0));
}

#[test]
fn other_arguments_are_another_question() {
    let mut b = Bench::new();
    b.finds_out(PERSONAL, CALL_WAITING, json!([1]), json!([1, 1]));
    b.finds_out(WORK, CALL_WAITING, json!([2]), json!([0, 0]));
    b.knows(WORK, CALL_WAITING, json!([1]), json!([1, 1]));
    b.ask_raw(WORK, 1, CALL_WAITING, &[0; 513]);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn a_failure_is_for_all_who_wait_and_is_not_kept() {
    let mut b = Bench::new();
    for (phone, serial) in [(PERSONAL, 1), (WORK, 2)] {
        b.ask(phone, serial, OPERATOR, Value::Null);
    }
    let serial = b.modem_hears(OPERATOR, Value::Null);
    b.reply_raw(serial, Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW, &[]);
    b.hears_errno(PERSONAL, 1, Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW);
    b.hears_errno(WORK, 2, Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW);
    b.finds_out(WORK, OPERATOR, Value::Null, operator("Test"));
}

#[test]
fn a_question_from_before_a_change_answers_only_who_asked_it() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    let before = b.modem_hears(OPERATOR, Value::Null);
    b.unsolicited(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
    b.to_phones.clear();
    b.ask(WORK, 2, OPERATOR, Value::Null);
    let after = b.modem_hears(OPERATOR, Value::Null);
    let payload = OPERATOR.row().unwrap().response.from_json(operator("Old"), V).unwrap();
    b.reply_raw(before, Errno::SUCCESS, &payload);
    b.hears_reply(PERSONAL, 1, OPERATOR, Errno::SUCCESS, operator("Old"));
    b.silence();
    b.ask(PERSONAL, 3, OPERATOR, Value::Null);
    let payload = OPERATOR.row().unwrap().response.from_json(operator("New"), V).unwrap();
    b.reply_raw(after, Errno::SUCCESS, &payload);
    b.hears_reply(WORK, 2, OPERATOR, Errno::SUCCESS, operator("New"));
    b.hears_reply(PERSONAL, 3, OPERATOR, Errno::SUCCESS, operator("New"));
    b.knows(PERSONAL, OPERATOR, Value::Null, operator("New"));
}

/// The modem may have answered a question that was sent during the change before the change.
#[test]
fn a_request_that_changes_something_does_so_from_when_it_is_sent_until_it_is_answered() {
    let mut b = Bench::new();
    b.finds_out(WORK, CALL_WAITING, json!([1]), json!([0, 0]));
    b.ask(PERSONAL, 1, RequestCode::SET_CALL_WAITING, json!([1, 1]));
    let setting = b.modem_hears(RequestCode::SET_CALL_WAITING, json!([1, 1]));
    b.finds_out(WORK, CALL_WAITING, json!([1]), json!([0, 0]));
    b.reply_raw(setting, Errno::SUCCESS, &[]);
    b.hears_ok(PERSONAL, 1);
    b.finds_out(WORK, CALL_WAITING, json!([1]), json!([1, 1]));
    b.knows(PERSONAL, CALL_WAITING, json!([1]), json!([1, 1]));
}

#[test]
fn a_message_with_the_new_answer_takes_its_place() {
    let mut b = Bench::new();
    let code = RequestCode::VOICE_RADIO_TECH;
    b.ask(WORK, 1, code, Value::Null);
    let before = b.modem_hears(code, Value::Null);
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([14]));
    b.to_phones.clear();
    b.knows(PERSONAL, code, Value::Null, json!([14]));
    b.reply_raw(before, Errno::SUCCESS, &encoded(&[3]));
    b.hears_reply(WORK, 1, code, Errno::SUCCESS, json!([3]));
    b.knows(WORK, code, Value::Null, json!([14]));
    b.unsolicited_raw(UnsolCode::VOICE_RADIO_TECH_CHANGED, &[]);
    b.to_phones.clear();
    b.finds_out(WORK, code, Value::Null, json!([3]));
}

#[test]
fn an_answer_ages() {
    let mut b = Bench::new();
    b.finds_out(PERSONAL, OPERATOR, Value::Null, operator("Test"));
    b.finds_out(PERSONAL, RequestCode::BASEBAND_VERSION, Value::Null, json!("1.0"));
    b.advance(Duration::from_secs(29));
    b.knows(WORK, OPERATOR, Value::Null, operator("Test"));
    b.advance(Duration::from_secs(1));
    b.finds_out(WORK, OPERATOR, Value::Null, operator("Test"));
    b.advance(Duration::from_secs(1_000_000));
    b.knows(WORK, RequestCode::BASEBAND_VERSION, Value::Null, json!("1.0"));
}

#[test]
fn nothing_is_known_of_a_modem_that_started_anew() {
    let mut b = Bench::new();
    b.finds_out(PERSONAL, RequestCode::BASEBAND_VERSION, Value::Null, json!("1.0"));
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    b.ask(WORK, 2, OPERATOR, Value::Null);
    b.event(Event::ModemDown);
    b.hears_errno(PERSONAL, 1, Errno::RADIO_NOT_AVAILABLE);
    b.hears_errno(WORK, 2, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.to_modem.clear();
    b.finds_out(WORK, RequestCode::BASEBAND_VERSION, Value::Null, json!("2.0"));
}

/// People and programs ask for the IMEI to see whether the modem is there.
#[test]
fn a_modem_that_is_not_there_does_not_tell_its_imei() {
    let mut b = Bench::new();
    let imei = json!("356938035643809");
    b.finds_out(PERSONAL, RequestCode::GET_IMEI, Value::Null, imei.clone());
    b.knows(WORK, RequestCode::GET_IMEI, Value::Null, imei.clone());
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::GET_IMEI, Value::Null);
    let serial = b.modem_hears(RequestCode::GET_IMEI, Value::Null);
    b.reply_raw(serial, Errno::RADIO_NOT_AVAILABLE, &[]);
    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
    b.finds_out(WORK, RequestCode::GET_IMEI, Value::Null, imei.clone());
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.ask(WORK, 2, RequestCode::GET_IMEI, Value::Null);
    b.hears_errno(WORK, 2, Errno::RADIO_NOT_AVAILABLE);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.to_modem.clear();
    b.finds_out(WORK, RequestCode::GET_IMEI, Value::Null, imei);
}

/// Nobody knows what they do.
#[test]
fn what_is_not_in_ril_h_may_change_everything() {
    let mut b = Bench::new();
    for code in [RequestCode(4711), RequestCode::OEM_HOOK_RAW] {
        b.finds_out(WORK, RequestCode::BASEBAND_VERSION, Value::Null, json!("1.0"));
        b.ask_raw(WORK, 1, code, &[0; 4]);
        b.to_phones.clear();
        b.knows(WORK, RequestCode::BASEBAND_VERSION, Value::Null, json!("1.0"));
        b.ask_raw(PERSONAL, 2, code, &[0; 4]);
        b.to_modem.clear();
    }
}

#[test]
fn when_the_modem_does_not_answer_all_who_wait_are_told_once() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    b.advance(Duration::from_secs(30));
    b.ask(WORK, 2, OPERATOR, Value::Null);
    let late = b.modem_hears(OPERATOR, Value::Null);
    b.advance(Duration::from_secs(30));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.reply_raw(late, Errno::SUCCESS, &encoded(&[0]));
    b.silence();
    assert_eq!(b.router.phones().map(|phone| phone.unanswered).sum::<u32>(), 0);
}

#[test]
fn a_client_that_left_has_no_answer_and_the_others_have_theirs() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    b.ask(WORK, 2, OPERATOR, Value::Null);
    b.event(Event::PhoneDown(PERSONAL));
    b.event(Event::PhoneUp(PERSONAL));
    b.to_phones.clear();
    b.modem_answers(OPERATOR, Value::Null, operator("Test"));
    b.hears_reply(WORK, 2, OPERATOR, Errno::SUCCESS, operator("Test"));
    b.silence();
    b.event(Event::PhoneDown(WORK));
    assert_eq!(b.router.phones().map(|phone| phone.unanswered).sum::<u32>(), 0);
}

#[test]
fn who_waits_for_anothers_question_counts_as_asking() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    for serial in 0..1030 {
        b.ask(WORK, serial, OPERATOR, Value::Null);
    }
    assert_eq!(b.to_phones.drain(..).count(), 1030 - 1024, "more than its share");
    b.event(Event::PhoneDown(WORK));
    assert_eq!(b.router.phones().map(|phone| phone.unanswered).sum::<u32>(), 1, "it waits for nothing any more");
}

/// The lanes to the modem take turns, so that nobody has to wait for all that somebody else asked.
#[test]
fn nobody_stands_in_the_queue_of_a_phone_that_asks_for_much() {
    let mut b = Bench::new();
    for serial in 0..100 {
        b.ask(WORK, serial, ACTIVITY, Value::Null);
    }
    b.ask(WORK, 100, OPERATOR, Value::Null);
    b.ask(WORK, 101, OPERATOR, Value::Null);
    b.to_modem.drain(..100);
    b.modem_hears(OPERATOR, Value::Null);
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    b.ask(WORK, 102, OPERATOR, Value::Null);
    b.modem_answers(OPERATOR, Value::Null, operator("Test"));
    b.hears_reply(PERSONAL, 1, OPERATOR, Errno::SUCCESS, operator("Test"));
    b.hears_reply(WORK, 102, OPERATOR, Errno::SUCCESS, operator("Test"));
    b.silence();
}

#[test]
fn an_emergency_call_does_not_take_another_phones_answer_away() {
    let mut b = Bench::new();
    b.ask(WORK, 0, OPERATOR, Value::Null);
    b.ask(PERSONAL, 1, OPERATOR, Value::Null);
    b.modem_hears(OPERATOR, Value::Null);
    b.advance(Duration::from_secs(31));
    for serial in 1..1024 {
        b.ask(WORK, serial, ACTIVITY, Value::Null);
    }
    b.to_modem.clear();
    b.ask(WORK, 7777, RequestCode::DIAL, dial("112"));
    b.hears_errno(WORK, 0, Errno::GENERIC_FAILURE);
    b.modem_answers(OPERATOR, Value::Null, operator("Test"));
    b.hears_reply(PERSONAL, 1, OPERATOR, Errno::SUCCESS, operator("Test"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    b.silence();
    assert_eq!(b.router.phones().map(|phone| phone.unanswered).collect::<Vec<_>>(), [0, 1024]);
}

/// Nothing that a phone makes up takes away what the others use, nor grows without end.
#[test]
fn made_up_questions_push_out_made_up_questions() {
    let mut b = Bench::new();
    b.finds_out(PERSONAL, OPERATOR, Value::Null, operator("Test"));
    b.advance(Duration::from_secs(1));
    for n in 0..5_000 {
        b.ask(WORK, n, CALL_WAITING, json!([n]));
        let (_, serial, _) = b.to_modem.pop_front().unwrap();
        b.reply_raw(serial, Errno::SUCCESS, &encoded(&[1, 1]));
        b.to_phones.clear();
    }
    b.knows(PERSONAL, OPERATOR, Value::Null, operator("Test"));
    b.knows(WORK, CALL_WAITING, json!([4_999]), json!([1, 1]));
    b.ask(WORK, 1, CALL_WAITING, json!([0]));
    b.modem_hears(CALL_WAITING, json!([0]));
    let printed = format!("{:?}", b.router).len();
    assert!(printed < 3 * 1024 * 1024, "{printed}");
}

/// RilJ and oFono hang up on what is longer than their buffers.
#[test]
fn what_no_client_can_read_is_an_answer_that_says_so_and_no_message() {
    /// Without form, serial and errno.
    const LONGEST: usize = 8 * 1024 - 4 - 12;
    let mut b = Bench::new();
    for (serial, length, errno, is_told) in
        [(1, LONGEST, Errno::SUCCESS, LONGEST), (2, LONGEST + 1, Errno::GENERIC_FAILURE, 0)]
    {
        b.ask_raw(PERSONAL, serial, RequestCode::OEM_HOOK_RAW, &(-1_i32).to_ne_bytes());
        let asked = b.modem_hears(RequestCode::OEM_HOOK_RAW, Value::Null);
        b.reply_raw(asked, Errno::SUCCESS, &vec![0; length]);
        let heard: Vec<_> = b.to_phones.drain(..).collect();
        let told = Heard::Reply { serial, errno, payload: vec![0; is_told] };
        assert_eq!(heard, [(PERSONAL, told)]);
    }
    for (length, is_heard) in [(LONGEST + 4, true), (LONGEST + 5, false)] {
        b.unsolicited_raw(UnsolCode::OEM_HOOK_RAW, &vec![0; length]);
        assert_eq!(b.to_phones.drain(..).count(), usize::from(is_heard));
    }
}
