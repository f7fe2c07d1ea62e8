//! A phone that means harm: what it does to the others, to the modem, and to emergency calls.

use super::messages::deliver;
use super::*;

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;

fn message(from: &str) -> Value {
    json!(deliver(from, "hi"))
}

impl Bench {
    fn flood(&mut self, phone: PhoneId, code: RequestCode) {
        for serial in 0..3000 {
            self.ask_raw(phone, serial, code, &[]);
        }
    }

    fn reconnect(&mut self, phone: PhoneId) {
        self.event(Event::PhoneDown(phone));
        self.event(Event::PhoneUp(phone));
    }
}

#[test]
fn a_flooding_phone_still_calls_the_emergency_services() {
    let mut b = Bench::new();
    b.flood(WORK, ACTIVITY);
    let (_, first, _) = b.to_modem[0];
    b.to_modem.clear();
    b.to_phones.clear();
    b.ask(WORK, 7777, RequestCode::DIAL, dial("112"));
    b.hears_errno(WORK, 0, Errno::GENERIC_FAILURE);
    assert_eq!(b.given_up, [first]);
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(WORK, 7777);
    b.silence();
}

#[test]
fn what_acts_on_what_phones_share_keeps_one_order_whoever_asks() {
    let mut b = Bench::new();
    b.ask(WORK, 1, ACTIVITY, Value::Null);
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    // A client that asks right after it dialled must not be shown a list from before.
    b.ask(PERSONAL, 2, LIST, Value::Null);
    b.ask(PERSONAL, 3, RequestCode::SIGNAL_STRENGTH, Value::Null);
    b.ask(PERSONAL, 4, RequestCode::SCREEN_STATE, json!([0]));
    b.foreground(WORK).unwrap();
    let sent: Vec<_> = b.to_modem.drain(..).map(|(code, ..)| code).zip(b.flows).collect();
    let in_order = [RequestCode::DIAL, LIST, RequestCode::SCREEN_STATE, RequestCode::SCREEN_STATE];
    assert_eq!(sent.len(), in_order.len() + 2);
    assert!(sent.contains(&(ACTIVITY, Flow::Phone(WORK))));
    assert!(sent.contains(&(RequestCode::SIGNAL_STRENGTH, Flow::Phone(PERSONAL))));
    let common: Vec<_> = sent.iter().filter(|(_, flow)| *flow == Flow::Router).map(|(code, _)| *code).collect();
    assert_eq!(common, in_order);
}

/// The others wait for what keeps one order; so nobody can put much there.
#[test]
fn a_phone_has_few_requests_that_others_wait_for() {
    let mut b = Bench::with(|config| config.phone[1].data_calls = u8::MAX);
    let setup = |apn: i32| json!(["16", "0", format!("apn{apn}"), null, null, "0", "IP"]);
    for serial in 0..100 {
        b.ask(WORK, serial, RequestCode::SETUP_DATA_CALL, setup(serial));
    }
    assert_eq!(b.to_modem.len(), 32);
    for serial in 32..100 {
        b.hears_errno(WORK, serial, Errno::GENERIC_FAILURE);
    }
    b.ask(WORK, 100, ACTIVITY, Value::Null);
    b.ask(PERSONAL, 0, RequestCode::SETUP_DATA_CALL, setup(200));
    assert_eq!(b.to_modem.len(), 34, "questions, and other phones, are not refused for that");
    let (_, first, _) = b.to_modem[0];
    b.to_modem.clear();
    b.reply_raw(first, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 0, Errno::GENERIC_FAILURE);
    b.modem_answers(RequestCode::LAST_DATA_CALL_FAIL_CAUSE, Value::Null, json!([33]));
    b.ask(WORK, 101, RequestCode::SETUP_DATA_CALL, setup(101));
    b.modem_hears(RequestCode::SETUP_DATA_CALL, setup(101));
    b.silence();
}

/// Nobody else's emergency call waits for all that a phone can dial.
#[test]
fn a_phone_has_one_urgent_call_at_a_time() {
    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::DIALING, "5550100")]);
    b.flows.clear();
    b.to_modem.clear();
    for serial in 0..20 {
        b.ask(WORK, serial, RequestCode::DIAL, dial("112"));
    }
    assert_eq!(b.flows[..2], [Flow::Urgent; 2], "the call, and the order that makes room for it");
    assert_eq!(b.flows[2..], [Flow::Phone(WORK); 3], "and the room is made");
    b.flows.clear();
    b.ask(PERSONAL, 0, RequestCode::DIAL, dial("112"));
    assert_eq!(b.flows, [Flow::Urgent]);
    // The newest of the others goes out when there is room.
    while let Some((code, serial, _)) = b.to_modem.pop_front() {
        if code == RequestCode::DIAL {
            b.reply_raw(serial, Errno::GENERIC_FAILURE, &[]);
        }
    }
    b.flows.clear();
    b.ask(WORK, 20, RequestCode::DIAL, dial("112"));
    assert_eq!(b.flows.last(), Some(&Flow::Urgent), "the modem has answered");
}

/// A library is handed no request that is none, and a rild answers none.
#[test]
fn what_is_wrong_behind_an_emergency_number_does_not_matter_and_is_not_passed_on() {
    let mut b = Bench::new();
    let number = parcel::encode(&Some("112".to_owned()), V);
    for (serial, broken) in [(1, &b""[..]), (2, b"\0\0"), (3, b"\0\0\0\0and more")] {
        b.ask_raw(WORK, serial, RequestCode::DIAL, &[&number[..], broken].concat());
        b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    }
    b.silence();
}

#[test]
fn an_emergency_call_ends_a_call_that_is_being_dialled() {
    let mut b = Bench::new();
    b.calls_are(&[call(1, CallState::DIALING, "5550100")]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    b.silence();
}

#[test]
fn coming_and_going_does_not_help_a_flood() {
    let mut b = Bench::new();
    for _ in 0..20 {
        b.flood(WORK, ACTIVITY);
        b.reconnect(WORK);
    }
    assert_eq!(b.to_modem.len(), 1024);
    b.to_modem.clear();
    b.to_phones.clear();
    b.ask(PERSONAL, 1, ACTIVITY, Value::Null);
    b.modem_hears(ACTIVITY, Value::Null);
    b.silence();
}

#[test]
fn many_phones_together_leave_each_other_their_share() {
    let mut b = Bench::with(|config| config.phone.extend((3..40).map(|n| phone(&format!("p{n}"), n))));
    for flooding in 2..39 {
        b.flood(PhoneId(flooding), ACTIVITY);
    }
    b.to_modem.clear();
    b.to_phones.clear();
    b.ask(PERSONAL, 1, ACTIVITY, Value::Null);
    b.modem_hears(ACTIVITY, Value::Null);
    b.calls_are(&[]);
    b.silence();
}

#[test]
fn a_flood_of_questions_about_calls_is_bounded() {
    let mut b = Bench::new();
    b.flood(WORK, LIST);
    assert_eq!(b.to_phones.drain(..).count(), 3000 - 1024);
    b.reconnect(WORK);
    b.to_phones.clear();
    b.modem_lists(&[]);
    b.silence();
    assert_eq!(b.router.phones().nth(WORK.0).unwrap().unanswered, 0);
}

/// The modem side is not up yet when it speaks of calls.
#[test]
fn a_look_at_calls_that_was_not_possible_is_not_waited_for() {
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.unsolicited(CHANGED, Value::Null);
    b.unsolicited(UnsolCode::CALL_RING, Value::Null);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.ask(WORK, 1, LIST, Value::Null);
    b.modem_lists(&[]);
    b.hears_reply(WORK, 1, LIST, Errno::SUCCESS, json!([]));
    b.silence();
}

/// It could only be acknowledged to a modem that does not know it.
#[test]
fn a_message_from_before_the_restart_is_forgotten() {
    let mut b = Bench::new();
    b.event(Event::ModemDown);
    b.unsolicited(UnsolCode::RESPONSE_NEW_SMS, message("+15550123456"));
    b.modem_comes_up(RadioState::ON);
    b.advance(Duration::from_secs(60));
    assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
}

#[test]
fn a_change_during_a_look_that_fails_is_looked_at_again() {
    let mut b = Bench::new();
    b.unsolicited(CHANGED, Value::Null);
    b.unsolicited(CHANGED, Value::Null);
    b.modem_hears(LIST, Value::Null);
    b.advance(Duration::from_secs(60));
    b.modem_lists(&[incoming(1, CallState::INCOMING, "155501999992")]);
    b.hears(WORK, CHANGED, Value::Null);
    b.silence();
}

/// What the modem rings about is not for whom it rang before.
#[test]
fn a_list_that_does_not_come_is_asked_for_again_and_not_relied_on() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::INCOMING, "155501999992")]);
    b.to_phones.clear();
    b.unsolicited(CHANGED, Value::Null);
    b.modem_hears(LIST, Value::Null);
    b.advance(Duration::from_secs(60));
    b.unsolicited(UnsolCode::CALL_RING, json!(null));
    b.modem_lists(&[incoming(1, CallState::INCOMING, "155501999991")]);
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.hears(PERSONAL, UnsolCode::CALL_RING, json!(null));
    b.to_modem.clear();

    // Without news it is asked for a few times.
    b.unsolicited(CHANGED, Value::Null);
    for _ in 0..4 {
        b.modem_hears(LIST, Value::Null);
        b.advance(Duration::from_secs(60));
        b.advance(Duration::from_secs(5));
    }
    b.silence();
}

#[test]
fn dialling_twice_holds_the_other_phones_call_once() {
    let mut b = Bench::new();
    b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999992")]);
    b.hears(WORK, CHANGED, Value::Null);
    for serial in [1, 2] {
        b.ask(PERSONAL, serial, RequestCode::DIAL, dial("5550100"));
    }
    b.modem_hears(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Value::Null);
    for _ in [1, 2] {
        b.modem_hears(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}));
    }
    b.silence();
}

/// The modem has not answered a call that its phone's flood then leaves no room for, and makes it later.
#[test]
fn a_call_that_was_given_up_for_an_emergency_call_is_shown_to_nobody() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 9999, RequestCode::DIAL, dial("5550100"));
    b.foreground(WORK).unwrap();
    let asked = b.to_modem.iter().find(|(code, ..)| *code == RequestCode::DIAL).map(|(_, serial, _)| *serial).unwrap();
    // Nothing of the flood would expire before it.
    b.advance(Duration::from_secs(100));
    b.flood(PERSONAL, ACTIVITY);
    b.given_up.clear();
    b.ask(PERSONAL, 7777, RequestCode::DIAL, dial("112"));
    assert_eq!(b.given_up, [asked]);
    b.to_phones.clear();
    b.to_modem.clear();
    let listed = [call(1, CallState::DIALING, "112"), call(2, CallState::DIALING, "5550100")];
    b.calls_are(&listed);
    b.modem_hears(RequestCode::HANGUP, json!([2]));
    b.ask(WORK, 1, LIST, Value::Null);
    b.modem_lists(&listed);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.hears_reply(WORK, 1, LIST, Errno::SUCCESS, json!([]));
}

/// The modem has said of one of them that it is made.
#[test]
fn of_two_emergency_calls_to_one_number_the_accepted_one_is_listed_first() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    let serials: Vec<i32> = b.to_modem.drain(..).map(|(_, serial, _)| serial).collect();
    b.reply_raw(serials[1], Errno::SUCCESS, &[]);
    b.hears_ok(WORK, 1);
    b.calls_are(&[call(1, CallState::DIALING, "112")]);
    assert_eq!(owners(&b), [(1, WORK)]);
}

/// It was a code for the phone itself, say, and no modem tells of a call that there is none.
#[test]
fn what_was_dialled_and_made_no_call_keeps_nobody_from_calling_for_long() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("*#06#"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "*#06#", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.foreground(WORK).unwrap();
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.modem_lists(&[]);
    b.to_modem.clear();
    b.ask(WORK, 2, RequestCode::DIAL, dial("5550100"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}));
}

/// Two phones dial; the modem writes the second number in its own way and lists that call first.
#[test]
fn a_dialled_call_is_not_taken_for_the_other_phones() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "5550100", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.to_modem.clear();
    let listed = [call(1, CallState::DIALING, "+15555550100"), call(2, CallState::DIALING, "112")];
    b.calls_are(&listed);
    b.hears(WORK, CHANGED, Value::Null);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.ask(WORK, 2, LIST, Value::Null);
    b.modem_lists(&listed);
    b.hears_reply(WORK, 2, LIST, Errno::SUCCESS, json!([call(1, CallState::DIALING, "112")]));
}

/// The modem writes the number that was dialled last as another, and lists that call first.
#[test]
fn a_number_like_none_is_not_taken_for_one_that_another_is_surely() {
    let mut b = Bench::with(|config| config.calls.emergency_numbers = vec!["110".into()]);
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("112"));
    b.ask(WORK, 1, RequestCode::DIAL, dial("911"));
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::DIALING, "110"), call(2, CallState::DIALING, "112")]);
    assert_eq!(owners(&b), [(1, WORK), (2, PERSONAL)]);
}

/// Which indices of the modem others' calls have had is nothing to a phone that dialled twice.
#[test]
fn calls_of_one_phone_in_one_list_are_numbered_as_they_were_dialled() {
    let mut b = Bench::new();
    for (serial, number) in [(1, "5550100"), (2, "5550111")] {
        b.ask(PERSONAL, serial, RequestCode::DIAL, dial(number));
    }
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::DIALING, "5550111"), call(3, CallState::HOLDING, "5550100")]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.ask(PERSONAL, 3, LIST, Value::Null);
    b.modem_lists(&[call(1, CallState::DIALING, "5550111"), call(3, CallState::HOLDING, "5550100")]);
    let own = [call(1, CallState::HOLDING, "5550100"), call(2, CallState::DIALING, "5550111")];
    b.hears_reply(PERSONAL, 3, LIST, Errno::SUCCESS, json!(own));
}

/// The modem accepts a call and lists none: it failed at once. A later call is not the dialler's for that.
#[test]
fn a_call_that_came_to_nothing_owns_no_later_one() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_answers(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}), Value::Null);
    b.hears_ok(WORK, 1);
    b.calls_are(&[]);
    b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.calls_are(&[call(1, CallState::ALERTING, "5550100")]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.silence();
}

/// Dialling anew does not make a phone forget why its last call ended, and then take another's cause for it.
#[test]
fn the_cause_of_a_phones_last_call_stays_its_own() {
    let mut b = Bench::new();
    let other = incoming(2, CallState::ACTIVE, "155501999992");
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100"), other.clone()]);
    b.calls_are(std::slice::from_ref(&other));
    let serial = b.modem_hears(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    b.reply_raw(serial, Errno::SUCCESS, &parcel::encode(&16, V));
    b.modem_lists(std::slice::from_ref(&other));
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550111"));
    b.to_modem.clear();
    b.calls_are(&[]);
    b.to_phones.clear();
    b.ask(PERSONAL, 2, RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
    let heard = Heard::Reply { serial: 2, errno: Errno::SUCCESS, payload: parcel::encode(&16, V) };
    assert_eq!(b.to_phones.pop_front(), Some((PERSONAL, heard)));
}

#[test]
fn a_list_that_cannot_be_read_is_shown_to_nobody() {
    let mut b = Bench::new();
    b.ask(WORK, 1, LIST, Value::Null);
    let serial = b.modem_hears(LIST, Value::Null);
    b.reply_raw(serial, Errno::SUCCESS, b"\x02\0\0\0secret");
    b.hears_reply(WORK, 1, LIST, Errno::SUCCESS, json!([]));
    b.ask(WORK, 2, LIST, Value::Null);
    let serial = b.modem_hears(LIST, Value::Null);
    b.reply_raw(serial, Errno::MODEM_ERR, b"secret");
    b.hears_errno(WORK, 2, Errno::MODEM_ERR);

    let wanted = json!(["1", "0", "internet", null, null, "0", "IP"]);
    b.ask(WORK, 3, RequestCode::SETUP_DATA_CALL, wanted.clone());
    b.modem_answers(RequestCode::SETUP_DATA_CALL, wanted, json!({"version": 11, "calls": [{"cid": 1, "active": 2}]}));
    b.to_phones.clear();
    b.ask(WORK, 4, RequestCode::DATA_CALL_LIST, Value::Null);
    let serial = b.modem_hears(RequestCode::DATA_CALL_LIST, Value::Null);
    b.reply_raw(serial, Errno::SUCCESS, b"\x0b\0\0\0secret");
    b.hears_errno(WORK, 4, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn a_call_that_was_rejected_as_busy_is_never_noticed() {
    let mut b = Bench::with(|config| config.calls.incoming = crate::config::Incoming::Busy);
    b.calls_are(&[incoming(1, CallState::INCOMING, "155501999992")]);
    b.modem_hears(RequestCode::UDUB, Value::Null);
    b.calls_are(&[incoming(1, CallState::WAITING, "155501999992")]);
    b.calls_are(&[]);
    b.to_modem.clear();
    b.silence();
}

#[test]
fn no_phone_switches_the_radio_off_under_anothers_call() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([0]));
    b.hears_ok(PERSONAL, 1);
    b.calls_are(&[call(1, CallState::ACTIVE, "112")]);
    b.to_phones.clear();
    b.ask(PERSONAL, 2, RequestCode::RADIO_POWER, json!([0]));
    b.hears_ok(PERSONAL, 2);
    b.silence();
}

#[test]
fn the_emergency_caller_is_called_back_and_leaves_that_mode() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, json!({"address": "112", "clir": "DEFAULT", "uus": null}));
    b.unsolicited(UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, Value::Null);
    b.hears(PERSONAL, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, Value::Null);
    b.hears(WORK, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, Value::Null);
    b.ask(WORK, 2, RequestCode::EXIT_EMERGENCY_CALLBACK_MODE, Value::Null);
    b.modem_answers(RequestCode::EXIT_EMERGENCY_CALLBACK_MODE, Value::Null, Value::Null);
    b.hears_ok(WORK, 2);
    b.silence();
}

#[test]
fn only_an_acknowledgement_that_acknowledges_counts() {
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::RESPONSE_NEW_SMS, message("+155501234562"));
    b.hears(WORK, UnsolCode::RESPONSE_NEW_SMS, message("+15550123456"));
    b.ask_raw(WORK, 1, RequestCode::SMS_ACKNOWLEDGE, b"");
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.ask_raw(WORK, 2, RequestCode::CDMA_SMS_ACKNOWLEDGE, &encoded(&[0]));
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.flood(WORK, ACTIVITY);
    b.to_modem.clear();
    b.to_phones.clear();
    b.takes(WORK, 3000);
    b.silence();
}

#[test]
fn a_ussd_session_that_was_left_is_free_and_its_answer_private() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.event(Event::PhoneDown(WORK));
    b.unsolicited(UnsolCode::ON_USSD, json!(["1", "balance 7, continue?"]));
    b.silence();
    b.event(Event::PhoneUp(WORK));
    b.event(Event::PhoneDown(WORK));
    b.to_phones.clear();
    b.ask(PERSONAL, 2, RequestCode::SEND_USSD, json!("*101#"));
    b.modem_answers(RequestCode::CANCEL_USSD, Value::Null, Value::Null);
    b.modem_hears(RequestCode::SEND_USSD, json!("*101#"));
    b.silence();
}

#[test]
fn a_ussd_session_is_not_held_for_ever() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.advance(Duration::from_secs(179));
    b.ask(WORK, 2, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.advance(Duration::from_secs(1));
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::SEND_USSD, json!("*101#"));
    b.modem_answers(RequestCode::CANCEL_USSD, Value::Null, Value::Null);
    b.modem_hears(RequestCode::SEND_USSD, json!("*101#"));
    b.silence();
}

#[test]
fn the_end_of_a_session_is_told_to_whom_it_was() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::SEND_USSD, json!("*100#"));
    b.modem_answers(RequestCode::SEND_USSD, json!("*100#"), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(WORK, 2, RequestCode::CANCEL_USSD, Value::Null);
    b.modem_answers(RequestCode::CANCEL_USSD, Value::Null, Value::Null);
    b.hears_ok(WORK, 2);
    b.unsolicited(UnsolCode::ON_USSD, json!(["2", null]));
    b.hears(WORK, UnsolCode::ON_USSD, json!(["2", null]));
    b.silence();
}

#[test]
fn what_reaches_past_its_own_phone_needs_the_privilege() {
    let mut b = Bench::new();
    let read = json!({"command": 0xb0, "file_id": 0x6f07, "path": "3F007F20"});
    let mut odd_write = read.clone();
    odd_write["command"] = json!(0x1d6);
    let mut with_pin2 = read.clone();
    with_pin2["pin2"] = json!("0000");
    for (serial, arguments) in [(1, odd_write), (2, with_pin2)] {
        b.ask(WORK, serial, RequestCode::SIM_IO, arguments);
        b.hears_errno(WORK, serial, Errno::GENERIC_FAILURE);
    }
    b.ask(WORK, 3, RequestCode::SIM_IO, read);
    assert_eq!(b.to_modem.pop_front().unwrap().0, RequestCode::SIM_IO);
    b.ask(WORK, 4, RequestCode::STK_SEND_ENVELOPE_COMMAND, json!("D3"));
    b.hears_errno(WORK, 4, Errno::GENERIC_FAILURE);
    b.ask(WORK, 5, RequestCode::ALLOW_DATA, json!([0]));
    b.hears_ok(WORK, 5);
    b.ask(WORK, 6, RequestCode::REPORT_SMS_MEMORY_STATUS, json!([0]));
    b.hears_ok(WORK, 6);
    b.silence();
}

/// A library sees a text up to its first NUL, and numbers cut to bytes.
#[test]
fn what_a_library_would_read_otherwise_is_not_handed_to_it() {
    let mut b = Bench::new();
    let texts = ["**21*5550666#\0", "*100#\",15\rAT+CPIN=\"0000", "*100#\u{7f}"];
    for (serial, text) in (1..).zip(texts) {
        b.ask(WORK, serial, RequestCode::SEND_USSD, json!(text));
        b.hears_errno(WORK, serial, Errno::GENERIC_FAILURE);
    }
    b.ask(WORK, 5, RequestCode::SIM_OPEN_CHANNEL, json!("A0000000\0"));
    b.hears_errno(WORK, 5, Errno::GENERIC_FAILURE);
    let cut = json!({"command": 0xb0, "file_id": 0x16f3c, "path": "3F007FFF", "p3": 9});
    b.ask(WORK, 6, RequestCode::SIM_IO, cut);
    b.hears_errno(WORK, 6, Errno::GENERIC_FAILURE);
    b.silence();
}

/// A library may have one command for asking and for setting, and `status` says which.
#[test]
fn a_question_about_call_forwarding_sets_none() {
    let mut b = Bench::with(|config| config.phone[1].number = None);
    let rule = |status: i32| json!({"status": status, "reason": 0, "service_class": 0, "toa": 129, "number": "5550666", "time_seconds": 0});
    let code = RequestCode::QUERY_CALL_FORWARD_STATUS;
    for status in [0, 1, 3, 4, -1, 0x102] {
        b.ask(WORK, status, code, rule(status));
        b.hears_errno(WORK, status, Errno::GENERIC_FAILURE);
        b.silence();
    }
    b.ask(WORK, 5, code, rule(2));
    b.modem_hears(code, rule(2));
}

/// A wish that changes what the modem must have costs the phone that has it.
#[test]
fn who_wishes_without_end_waits() {
    let mut b = Bench::with(|config| config.phone[1].privileged = true);
    b.ask(PERSONAL, 1, RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, json!([1]));
    b.to_phones.clear();
    b.to_modem.clear();
    for serial in 0..300 {
        b.ask(WORK, serial, RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, json!([2 << (serial % 2)]));
    }
    assert!(b.to_modem.len() <= 40, "{} orders at once", b.to_modem.len());
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(PERSONAL, 2, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.modem_lists(&[]);
    b.hears_reply(PERSONAL, 2, RequestCode::GET_CURRENT_CALLS, Errno::SUCCESS, json!([]));
}

#[test]
fn one_phone_leaves_the_other_some_data_calls() {
    let mut b = Bench::new();
    let set_up = |b: &mut Bench, phone, serial: i32| {
        b.ask(
            phone,
            serial,
            RequestCode::SETUP_DATA_CALL,
            json!(["16", "0", format!("apn{serial}"), "", "", "0", "IP"]),
        );
    };
    for serial in 0..6 {
        set_up(&mut b, WORK, serial);
    }
    let asked = b.to_modem.iter().filter(|(code, ..)| *code == RequestCode::SETUP_DATA_CALL).count();
    assert_eq!(asked, 4);
    set_up(&mut b, PERSONAL, 9);
    let asked = b.to_modem.iter().filter(|(code, ..)| *code == RequestCode::SETUP_DATA_CALL).count();
    assert_eq!(asked, 5);
}
