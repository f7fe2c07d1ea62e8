//! Data calls: who shares them, what each phone sees, and what becomes of them when somebody leaves.

use super::*;
use crate::config::Who;

const SET_UP: RequestCode = RequestCode::SETUP_DATA_CALL;
const CLOSE: RequestCode = RequestCode::DEACTIVATE_DATA_CALL;
const LIST: RequestCode = RequestCode::DATA_CALL_LIST;
const CHANGED: UnsolCode = UnsolCode::DATA_CALL_LIST_CHANGED;

fn wants(apn: &str) -> Value {
    json!(["1", "0", apn, null, null, "0", "IP"])
}

/// A list of calls as JSON says it, with every field.
fn list(calls: &Value) -> Value {
    let codec = LIST.row().unwrap().response;
    json_of(&codec, &codec.from_json(json!({"version": 11, "calls": calls}), V).unwrap())
}

fn up(cid: i32) -> Value {
    json!({"cid": cid, "active": 2, "type": "IP", "ifname": format!("rmnet{cid}"), "addresses": format!("10.0.{cid}.1")})
}

/// That call, when the network has ended it.
fn over(cid: i32) -> Value {
    let mut over = up(cid);
    over["active"] = json!(0);
    over
}

/// The call of this number at the modem, as a phone sees it that numbers it so.
fn seen(at_modem: i32, cid: i32) -> Value {
    let mut seen = up(at_modem);
    seen["cid"] = json!(cid);
    seen
}

fn calls(of: &[Value]) -> Value {
    list(&json!(of))
}

impl Bench {
    /// A phone opens a call, which gets this number at the modem, and knows it by that one.
    #[track_caller]
    fn opens(&mut self, phone: PhoneId, serial: i32, apn: &str, at_modem: i32, cid: i32) {
        self.ask(phone, serial, SET_UP, wants(apn));
        self.modem_answers(SET_UP, wants(apn), calls(&[up(at_modem)]));
        self.hears_reply(phone, serial, SET_UP, Errno::SUCCESS, calls(&[seen(at_modem, cid)]));
    }

    /// A phone asks for what is open.
    #[track_caller]
    fn joins(&mut self, phone: PhoneId, serial: i32, apn: &str, at_modem: i32, cid: i32) {
        self.ask(phone, serial, SET_UP, wants(apn));
        self.hears_reply(phone, serial, SET_UP, Errno::SUCCESS, calls(&[seen(at_modem, cid)]));
    }

    /// A phone asks for the list; the modem has these; the phone sees those.
    #[track_caller]
    fn sees(&mut self, phone: PhoneId, at_modem: &[Value], sees: &[Value]) {
        self.ask(phone, 900, LIST, Value::Null);
        self.modem_answers(LIST, Value::Null, calls(at_modem));
        self.hears_reply(phone, 900, LIST, Errno::SUCCESS, calls(sees));
    }

    /// The modem answers a set-up that it has opened this call.
    #[track_caller]
    fn opened(&mut self, set_up: i32, call: &Value) {
        let opened = SET_UP.row().unwrap().response.from_json(calls(std::slice::from_ref(call)), V).unwrap();
        self.reply_raw(set_up, Errno::SUCCESS, &opened);
    }

    #[track_caller]
    fn modem_fails(&mut self, code: RequestCode, arguments: Value, errno: Errno) {
        let serial = self.modem_hears(code, arguments);
        self.reply_raw(serial, errno, &[]);
    }
}

#[test]
fn who_asks_for_the_same_shares_it() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "internet", 3, 1);
    b.joins(WORK, 1, "Internet", 3, 1);
    b.ask(WORK, 2, CLOSE, json!(["1", "0"]));
    b.hears_ok(WORK, 2);
    b.knows(WORK, LIST, Value::Null, calls(&[]));
    b.sees(PERSONAL, &[up(3)], &[seen(3, 1)]);
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "2"]));
    b.modem_answers(CLOSE, json!(["3", "2"]), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.silence();
}

#[test]
fn who_asks_meanwhile_gets_the_same_answer() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, SET_UP, wants("internet"));
    b.ask(WORK, 1, SET_UP, wants("internet"));
    b.modem_answers(SET_UP, wants("internet"), calls(&[up(2)]));
    b.hears_reply(PERSONAL, 1, SET_UP, Errno::SUCCESS, calls(&[seen(2, 1)]));
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[seen(2, 1)]));
    b.silence();
}

#[test]
fn failures_are_shared_by_who_asked_meanwhile_only() {
    let mut b = Bench::new();
    let refused = calls(&[json!({"status": 33, "cid": 4, "suggested_retry_time": 5})]);
    let told = calls(&[json!({"status": 33, "cid": -1, "suggested_retry_time": 5})]);
    for phone in [PERSONAL, WORK] {
        b.ask(phone, 1, SET_UP, wants("a"));
    }
    b.modem_answers(SET_UP, wants("a"), refused);
    b.hears_reply(PERSONAL, 1, SET_UP, Errno::SUCCESS, told.clone());
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, told);
    b.opens(WORK, 2, "a", 1, 1);
    b.silence();
}

/// A library may trip over one phone's words and not over another's that say the same.
#[test]
fn a_failure_is_for_who_asked_in_those_words() {
    let mut b = Bench::new();
    let odd = json!(["16", null, "INTERNET", "", "", null, "ip"]);
    let set_up = |b: &mut Bench, phone, serial, wanted: &Value| b.ask(phone, serial, SET_UP, wanted.clone());
    set_up(&mut b, WORK, 1, &odd);
    set_up(&mut b, WORK, 2, &json!(["16", "0", "internet"]));
    set_up(&mut b, PERSONAL, 1, &wants("internet"));
    set_up(&mut b, PERSONAL, 2, &wants("internet"));
    b.modem_fails(SET_UP, odd, Errno::GENERIC_FAILURE);
    for serial in [1, 2] {
        b.hears_errno(WORK, serial, Errno::GENERIC_FAILURE);
    }
    b.modem_answers(RequestCode::LAST_DATA_CALL_FAIL_CAUSE, Value::Null, json!([27]));
    set_up(&mut b, WORK, 3, &wants("internet"));
    let refused = calls(&[json!({"status": 33, "cid": -1})]);
    b.modem_answers(SET_UP, wants("internet"), refused.clone());
    for (phone, serial) in [(PERSONAL, 1), (PERSONAL, 2), (WORK, 3)] {
        b.hears_reply(phone, serial, SET_UP, Errno::SUCCESS, refused.clone());
    }
    b.silence();
    assert_eq!(b.router.phones().map(|phone| phone.unanswered).sum::<u32>(), 0);
}

#[test]
fn who_waits_in_other_words_hears_that_the_modem_is_gone() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SET_UP, json!(["16", "0", "internet"]));
    b.ask(PERSONAL, 1, SET_UP, wants("internet"));
    b.event(Event::ModemDown);
    for phone in [WORK, PERSONAL] {
        b.hears_errno(phone, 1, Errno::RADIO_NOT_AVAILABLE);
    }
}

#[test]
fn nobody_waits_for_a_kind_of_access_that_is_none() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SET_UP, json!(["x", "0", "internet", null, null, "0", "IP"]));
    b.modem_hears(SET_UP, json!(["x", "0", "internet", null, null, "0", "IP"]));
    b.opens(PERSONAL, 1, "internet", 1, 1);
    b.silence();
}

#[test]
fn each_phone_hears_why_its_own_set_up_failed() {
    const CAUSE: RequestCode = RequestCode::LAST_DATA_CALL_FAIL_CAUSE;
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, SET_UP, wants("a"));
    b.modem_fails(SET_UP, wants("a"), Errno::GENERIC_FAILURE);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.ask(PERSONAL, 2, CAUSE, Value::Null);
    b.ask(WORK, 2, CAUSE, Value::Null);
    b.hears_reply(WORK, 2, CAUSE, Errno::SUCCESS, json!([0]));
    b.modem_answers(CAUSE, Value::Null, json!([27]));
    b.hears_reply(PERSONAL, 2, CAUSE, Errno::SUCCESS, json!([27]));
    b.ask(WORK, 3, SET_UP, wants("b"));
    b.modem_answers(SET_UP, wants("b"), calls(&[json!({"status": 29, "cid": -1})]));
    b.to_phones.clear();
    for (phone, cause) in [(PERSONAL, 27), (WORK, 29)] {
        b.ask(phone, 4, CAUSE, Value::Null);
        b.hears_reply(phone, 4, CAUSE, Errno::SUCCESS, json!([cause]));
    }
    b.silence();
}

/// A second connection to the APN would be refused by the network, or take the first one's place.
#[test]
fn one_address_family_is_part_of_both() {
    let mut b = Bench::new();
    let both = json!(["1", "0", "internet", null, null, "0", "IPV4V6"]);
    let dual = json!({"cid": 1, "active": 2, "type": "IPV4V6", "ifname": "rmnet0",
        "addresses": "10.0.0.1/30 2001:db8::1/64", "dnses": "192.0.2.53 2001:db8::53", "gateways": "2001:db8::2"});
    b.ask(PERSONAL, 1, SET_UP, both.clone());
    b.ask(WORK, 1, SET_UP, wants("internet"));
    b.modem_answers(SET_UP, both, calls(std::slice::from_ref(&dual)));
    b.hears_reply(PERSONAL, 1, SET_UP, Errno::SUCCESS, calls(std::slice::from_ref(&dual)));
    let four = json!({"cid": 1, "active": 2, "type": "IP", "ifname": "rmnet0",
        "addresses": "10.0.0.1/30", "dnses": "192.0.2.53", "gateways": ""});
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(std::slice::from_ref(&four)));
    b.sees(WORK, &[dual], &[four]);
    b.silence();
}

/// If both were asked for and one granted, an ask for the one goes to the modem: it may be the other.
#[test]
fn what_was_granted_in_part_does_not_serve_all() {
    let mut b = Bench::new();
    let both = json!(["1", "0", "internet", null, null, "0", "IPV4V6"]);
    b.ask(PERSONAL, 1, SET_UP, both.clone());
    b.ask(WORK, 1, SET_UP, wants("internet"));
    b.modem_answers(SET_UP, both, calls(&[up(1)]));
    b.hears_reply(PERSONAL, 1, SET_UP, Errno::SUCCESS, calls(&[up(1)]));
    // This modem gives the call that there is. It is one call, and nobody closes it for the other.
    b.modem_answers(SET_UP, wants("internet"), calls(&[up(1)]));
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[up(1)]));
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
    b.hears_ok(PERSONAL, 2);
    b.silence();
}

#[test]
fn no_phone_learns_how_many_calls_the_others_have() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.opens(PERSONAL, 2, "b", 2, 2);
    b.opens(WORK, 1, "c", 3, 1);
    b.sees(WORK, &[up(1), up(2), up(3)], &[seen(3, 1)]);
    b.ask(WORK, 2, CLOSE, json!(["3", "0"]));
    b.hears_ok(WORK, 2);
    b.silence();
    b.unsolicited(UnsolCode::PCO_DATA, json!({"cid": 3, "bearer_proto": "IP", "pco_id": 65280, "contents": "00"}));
    b.hears(WORK, UnsolCode::PCO_DATA, json!({"cid": 1, "bearer_proto": "IP", "pco_id": 65280, "contents": "00"}));
    b.unsolicited(UnsolCode::PCO_DATA, json!({"cid": 7}));
    b.silence();
}

/// The network closes a call, one grows dormant: who holds it hears it.
#[test]
fn only_holders_hear_of_a_change() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.opens(WORK, 1, "b", 2, 1);
    b.unsolicited(CHANGED, calls(&[up(1), up(2), up(9)]));
    b.silence();
    let mut dormant = up(2);
    dormant["active"] = json!(1);
    b.unsolicited(CHANGED, calls(&[up(1), dormant.clone()]));
    let mut told = dormant.clone();
    told["cid"] = json!(1);
    b.hears(WORK, CHANGED, calls(&[told]));
    b.unsolicited(CHANGED, calls(&[dormant]));
    b.hears(PERSONAL, CHANGED, calls(&[]));
    b.silence();
    b.opens(PERSONAL, 2, "a", 1, 1);
    b.silence();
}

#[test]
fn a_list_that_was_asked_for_earlier_ends_no_call() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "b", 5, 1);
    b.ask(WORK, 1, SET_UP, wants("a"));
    b.ask(PERSONAL, 2, LIST, Value::Null);
    let set_up = b.modem_hears(SET_UP, wants("a"));
    let asked = b.modem_hears(LIST, Value::Null);
    let codec = SET_UP.row().unwrap().response;
    b.reply_raw(set_up, Errno::SUCCESS, &codec.from_json(calls(&[up(1)]), V).unwrap());
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[up(1)]));
    b.reply_raw(asked, Errno::SUCCESS, &codec.from_json(calls(&[up(5)]), V).unwrap());
    b.hears_reply(PERSONAL, 2, LIST, Errno::SUCCESS, calls(&[seen(5, 1)]));
    b.sees(WORK, &[up(5), up(1)], &[up(1)]);
    b.silence();
}

/// A client that asks for its list, and opens a call before that is answered, would take the call for lost.
#[test]
fn a_list_that_was_asked_for_earlier_leaves_no_call_out() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "b", 5, 1);
    b.ask(WORK, 2, LIST, Value::Null);
    let asked = b.modem_hears(LIST, Value::Null);
    b.opens(WORK, 3, "a", 1, 2);
    b.reply_raw(asked, Errno::SUCCESS, &LIST.row().unwrap().response.from_json(calls(&[up(5)]), V).unwrap());
    b.hears_reply(WORK, 2, LIST, Errno::SUCCESS, calls(&[seen(5, 1), seen(1, 2)]));
    b.sees(WORK, &[up(5), up(1)], &[seen(5, 1), seen(1, 2)]);
    b.silence();
}

/// News may overtake the answer of a modem that still had the call.
#[test]
fn a_list_that_was_asked_for_before_a_call_was_over_does_not_bring_it_back() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 1, 1);
    b.ask(WORK, 2, LIST, Value::Null);
    let asked = b.modem_hears(LIST, Value::Null);
    let mut over = up(1);
    over["active"] = json!(0);
    b.unsolicited(CHANGED, calls(&[over.clone()]));
    b.hears(WORK, CHANGED, calls(&[over.clone()]));
    b.reply_raw(asked, Errno::SUCCESS, &LIST.row().unwrap().response.from_json(calls(&[up(1)]), V).unwrap());
    b.hears_reply(WORK, 2, LIST, Errno::SUCCESS, calls(&[over]));
    // The modem may give its number to this one, which is not to be closed in its place.
    b.ask(PERSONAL, 1, SET_UP, wants("b"));
    b.modem_hears(SET_UP, wants("b"));
    b.ask(WORK, 3, CLOSE, json!(["1", "0"]));
    b.hears_ok(WORK, 3);
    b.silence();
}

#[test]
fn who_holds_no_call_has_an_empty_list_and_the_modem_is_not_asked() {
    let mut b = Bench::new();
    b.knows(WORK, LIST, Value::Null, calls(&[]));
    b.opens(PERSONAL, 1, "a", 3, 1);
    b.knows(WORK, LIST, Value::Null, calls(&[]));
    b.joins(WORK, 1, "a", 3, 1);
    b.sees(WORK, &[up(3)], &[seen(3, 1)]);
    b.unsolicited(CHANGED, calls(&[]));
    b.hears(PERSONAL, CHANGED, calls(&[]));
    b.hears(WORK, CHANGED, calls(&[]));
    b.knows(WORK, LIST, Value::Null, calls(&[]));
}

#[test]
fn a_call_that_the_modem_does_not_close_is_still_held() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 2, 1);
    b.ask(WORK, 2, CLOSE, json!(["1", "0"]));
    b.modem_fails(CLOSE, json!(["2", "0"]), Errno::GENERIC_FAILURE);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.modem_answers(LIST, Value::Null, calls(&[up(2)]));
    b.sees(WORK, &[up(2)], &[seen(2, 1)]);
    b.joins(PERSONAL, 1, "a", 2, 1);
    b.silence();
}

/// A modem that does not answer in time, or refuses, may have closed it, and not every one says that.
#[test]
fn a_call_that_may_be_closed_is_given_to_nobody_before_the_list_has_it() {
    for is_up in [true, false] {
        let mut b = Bench::new();
        b.opens(WORK, 1, "a", 2, 1);
        b.ask(WORK, 2, CLOSE, json!(["1", "0"]));
        b.modem_hears(CLOSE, json!(["2", "0"]));
        b.ask(PERSONAL, 1, SET_UP, wants("a"));
        b.advance(Duration::from_secs(60));
        b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
        let look = b.modem_hears(LIST, Value::Null);
        b.ask(WORK, 3, SET_UP, wants("a"));
        b.silence();
        let listed = if is_up { vec![up(2)] } else { vec![] };
        b.reply_raw(look, Errno::SUCCESS, &LIST.row().unwrap().response.from_json(calls(&listed), V).unwrap());
        if !is_up {
            b.hears(WORK, CHANGED, calls(&[]));
            b.modem_answers(SET_UP, wants("a"), calls(&[up(2)]));
        }
        b.hears_reply(PERSONAL, 1, SET_UP, Errno::SUCCESS, calls(&[seen(2, 1)]));
        b.hears_reply(WORK, 3, SET_UP, Errno::SUCCESS, calls(&[seen(2, 1)]));
        b.silence();
    }
}

/// Neither whether it has closed the call nor what it has.
#[test]
fn whether_a_call_is_there_that_the_modem_does_not_tell_of_a_set_up_shows() {
    let mut b = Bench::with(|config| config.phone[1].data_calls = 1);
    b.opens(WORK, 1, "a", 2, 1);
    b.ask(WORK, 2, CLOSE, json!(["1", "0"]));
    b.modem_fails(CLOSE, json!(["2", "0"]), Errno::GENERIC_FAILURE);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    let look = b.modem_hears(LIST, Value::Null);
    b.ask(WORK, 3, SET_UP, wants("a"));
    b.silence();
    b.reply_raw(look, Errno::GENERIC_FAILURE, &[]);
    b.modem_answers(SET_UP, wants("a"), calls(&[up(2)]));
    b.hears_reply(WORK, 3, SET_UP, Errno::SUCCESS, calls(&[seen(2, 1)]));
    b.joins(PERSONAL, 1, "a", 2, 1);
    b.silence();
}

/// Not every library says that the radio is why.
#[test]
fn a_call_that_is_not_closed_because_the_radio_is_off_is_held_by_nobody() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 2, 1);
    b.ask(WORK, 2, CLOSE, json!(["1", "0"]));
    let close = b.modem_hears(CLOSE, json!(["2", "0"]));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.to_phones.clear();
    b.reply_raw(close, Errno::GENERIC_FAILURE, &[]);
    b.hears_ok(WORK, 2);
    b.silence();
    b.ask(WORK, 3, SET_UP, wants("a"));
    b.modem_fails(SET_UP, wants("a"), Errno::RADIO_NOT_AVAILABLE);
    b.hears_errno(WORK, 3, Errno::RADIO_NOT_AVAILABLE);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.to_phones.clear();
    b.to_modem.retain(|(code, ..)| *code == LIST);
    b.modem_answers(LIST, Value::Null, calls(&[up(2)]));
    b.advance(Duration::from_secs(10));
    b.modem_answers(CLOSE, json!(["2", "0"]), Value::Null);
    b.silence();
}

/// It may be that the modem has it no more, and did not say so.
/// A modem that starts anew while it closes a call has none.
#[test]
fn a_call_that_is_closed_as_the_radio_goes_is_over() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
    b.modem_fails(CLOSE, json!(["1", "0"]), Errno::RADIO_NOT_AVAILABLE);
    b.hears_errno(PERSONAL, 2, Errno::RADIO_NOT_AVAILABLE);
    b.knows(PERSONAL, LIST, Value::Null, calls(&[]));
    // What gets its number is another's alone.
    b.opens(WORK, 1, "b", 1, 1);
    b.knows(PERSONAL, LIST, Value::Null, calls(&[]));
}

/// The modem lists it once more, closed, and then another's call under its number.
#[test]
fn a_call_that_the_network_closed_is_not_the_next_one_of_its_number() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    let mut closed = up(1);
    closed["active"] = json!(0);
    b.unsolicited(CHANGED, calls(&[closed.clone()]));
    b.hears(PERSONAL, CHANGED, calls(&[closed]));
    b.ask(WORK, 1, SET_UP, wants("b"));
    let opening = b.modem_hears(SET_UP, wants("b"));
    let mut other = up(1);
    other["addresses"] = json!("10.0.1.2");
    b.sees(PERSONAL, &[other.clone()], &[]);
    b.reply_raw(
        opening,
        Errno::SUCCESS,
        &SET_UP.row().unwrap().response.from_json(calls(&[other.clone()]), V).unwrap(),
    );
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[other]));
    b.silence();
}

/// Personal's only call is over, and the modem lists it no more; work has a call of the modem's number 2.
fn with_a_call_that_is_over() -> Bench {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.opens(WORK, 1, "work", 2, 1);
    let closed = over(1);
    b.unsolicited(CHANGED, calls(&[closed.clone(), up(2)]));
    b.hears(PERSONAL, CHANGED, calls(&[closed]));
    b
}

impl Bench {
    /// Work opens a call, which gets the modem's number of the one that is over, or asks for its list, or nothing. The
    /// calls that the modem has then.
    #[track_caller]
    fn others_do(&mut self, what: u8) -> Vec<Value> {
        match what {
            1 => self.opens(WORK, 2, "b", 1, 2),
            2 => self.sees(WORK, &[up(2)], &[seen(2, 1)]),
            _ => {}
        }
        if what == 1 { vec![up(1), up(2)] } else { vec![up(2)] }
    }
}

/// When the modem's number of its last call is another's, and when a list shows that it is gone, hangs on other phones.
#[test]
fn the_number_of_a_call_that_is_over_is_taken_until_its_phone_has_seen_that_it_is_gone() {
    for others in 0..3 {
        let mut b = with_a_call_that_is_over();
        let at_modem = b.others_do(others);
        b.opens(PERSONAL, 2, "c", 3, 2);
        b.sees(PERSONAL, &[&at_modem[..], &[up(3)]].concat(), &[seen(3, 2)]);
        b.opens(PERSONAL, 3, "d", 4, 1);
        b.silence();
    }
}

#[test]
fn a_phone_whose_call_is_over_asks_the_modem_for_its_list_whatever_others_do() {
    for others in 0..3 {
        let mut b = with_a_call_that_is_over();
        let at_modem = b.others_do(others);
        b.sees(PERSONAL, &at_modem, &[]);
        b.knows(PERSONAL, LIST, Value::Null, calls(&[]));
    }
}

#[test]
fn the_number_of_a_call_that_is_over_is_free_when_its_phone_has_closed_it() {
    for others in [false, true] {
        let mut b = with_a_call_that_is_over();
        if others {
            b.opens(WORK, 2, "b", 1, 2);
        }
        b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
        if !others {
            b.modem_fails(CLOSE, json!(["1", "0"]), Errno::INVALID_ARGUMENTS);
        }
        b.hears_ok(PERSONAL, 2);
        b.opens(PERSONAL, 3, "c", 3, 1);
        b.silence();
    }
}

#[test]
fn the_number_of_a_call_that_is_over_is_taken_in_a_later_life_too() {
    let mut b = with_a_call_that_is_over();
    b.opens(WORK, 2, "b", 1, 2);
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    b.modem_answers(LIST, Value::Null, calls(&[up(1), up(2)]));
    b.opens(PERSONAL, 2, "c", 3, 2);
    b.sees(PERSONAL, &[up(1), up(2), up(3)], &[seen(3, 2)]);
    assert!(!b.take_records().iter().any(|(kind, key, _)| *kind == Kind::DataCall && key == b"ended"));
}

/// As long as a client that comes back finds the calls that it has.
#[test]
fn the_number_of_a_call_that_is_over_is_taken_for_a_client_that_comes_back() {
    for (away, number) in [(59, 2), (60, 1)] {
        for others in [false, true] {
            let mut b = with_a_call_that_is_over();
            if others {
                b.opens(WORK, 2, "b", 1, 2);
            }
            b.event(Event::PhoneDown(PERSONAL));
            b.advance(Duration::from_secs(away));
            // What nobody holds any more is closed, if nobody else has its number.
            if away == 60 && !others {
                b.modem_fails(CLOSE, json!(["1", "0"]), Errno::INVALID_ARGUMENTS);
            }
            b.event(Event::PhoneUp(PERSONAL));
            b.to_phones.clear();
            b.opens(PERSONAL, 2, "c", 3, number);
        }
    }
}

#[test]
fn who_has_a_call_that_is_over_hears_that_it_went_with_the_modem_side_whatever_others_do() {
    for others in [false, true] {
        let mut b = with_a_call_that_is_over();
        if others {
            b.opens(WORK, 2, "b", 1, 2);
        }
        b.event(Event::ModemDown);
        b.to_phones.clear();
        b.modem_comes_up(RadioState::ON);
        let told: Vec<_> = b.to_phones.drain(..).filter(|(_, heard)| is_list(heard)).map(|(phone, _)| phone).collect();
        assert_eq!(told, [PERSONAL, WORK]);
    }
}

/// It sets up calls, the network ends each, and it never asks for its list.
#[test]
fn a_phone_does_not_run_out_of_numbers() {
    let mut b = Bench::new();
    for serial in 1..=200 {
        b.ask(PERSONAL, serial, SET_UP, wants("a"));
        b.modem_answers(SET_UP, wants("a"), calls(&[up(1)]));
        b.unsolicited(CHANGED, calls(&[over(1)]));
        b.unsolicited(CHANGED, calls(&[]));
    }
    b.to_phones.clear();
    b.ask(PERSONAL, 900, SET_UP, wants("a"));
    b.modem_answers(SET_UP, wants("a"), calls(&[up(1)]));
    let (_, Heard::Reply { payload, .. }) = b.to_phones.pop_front().unwrap() else { panic!("no reply") };
    let number = json_of(&SET_UP.row().unwrap().response, &payload)["calls"][0]["cid"].as_i64().unwrap();
    assert!(number <= 2, "{number}");
}

#[test]
fn what_is_about_a_call_that_is_over_is_not_told_to_who_had_it() {
    let mut b = with_a_call_that_is_over();
    // The modem opens another of its number, and nobody knows of that yet.
    b.ask(WORK, 2, SET_UP, wants("b"));
    b.modem_hears(SET_UP, wants("b"));
    b.unsolicited(UnsolCode::PCO_DATA, json!({"cid": 1, "bearer_proto": "IP", "pco_id": 65280, "contents": "00"}));
    b.silence();
    let mut about = vec![7; 52];
    about[48..].copy_from_slice(&1_i32.to_ne_bytes());
    b.ask_raw(PERSONAL, 2, RequestCode::START_KEEPALIVE, &about);
    b.hears_errno(PERSONAL, 2, Errno::GENERIC_FAILURE);
    b.silence();
}

/// Another phone's question shows that it is gone, and then the modem knows nothing of it.
#[test]
fn a_call_that_is_gone_while_it_is_closed_is_closed() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.opens(WORK, 1, "work", 2, 1);
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
    let closing = b.modem_hears(CLOSE, json!(["1", "0"]));
    b.sees(WORK, &[up(2)], &[seen(2, 1)]);
    b.reply_raw(closing, Errno::INVALID_ARGUMENTS, &[]);
    b.hears_ok(PERSONAL, 2);
    b.silence();
}

/// The end of the first was not heard.
#[test]
fn who_opens_a_call_by_the_number_of_another_of_its_own_hears_that_this_is_gone() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    let mut next = up(1);
    next["addresses"] = json!("10.0.1.2");
    b.ask(PERSONAL, 2, SET_UP, wants("b"));
    b.modem_answers(SET_UP, wants("b"), calls(std::slice::from_ref(&next)));
    b.hears(PERSONAL, CHANGED, calls(&[]));
    b.hears_reply(PERSONAL, 2, SET_UP, Errno::SUCCESS, calls(&[next]));
    b.silence();
}

/// The end of the first call was not heard.
#[test]
fn a_call_with_other_addresses_is_not_the_one_that_had_its_number() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    let mut other = up(1);
    other["addresses"] = json!("10.0.1.2");
    b.ask(WORK, 1, SET_UP, wants("b"));
    b.modem_answers(SET_UP, wants("b"), calls(&[other.clone()]));
    b.hears(PERSONAL, CHANGED, calls(&[]));
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[other]));
    b.silence();
}

#[test]
fn a_call_that_cannot_be_closed_is_looked_for_and_given_to_nobody() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 1, 1);
    b.event(Event::PhoneDown(WORK));
    b.advance(Duration::from_secs(60));
    b.modem_fails(CLOSE, json!(["1", "0"]), Errno::GENERIC_FAILURE);
    for _ in 1..3 {
        b.modem_answers(LIST, Value::Null, calls(&[up(1)]));
        b.advance(Duration::from_secs(5));
        b.modem_fails(CLOSE, json!(["1", "0"]), Errno::GENERIC_FAILURE);
    }
    let serial = b.modem_hears(LIST, Value::Null);
    b.advance(Duration::from_secs(5));
    b.silence();
    b.ask(PERSONAL, 1, SET_UP, wants("a"));
    b.modem_hears(SET_UP, wants("a"));
    b.reply_raw(serial, Errno::SUCCESS, &LIST.row().unwrap().response.from_json(list(&json!([])), V).unwrap());
    assert_eq!(b.router.data_calls().count(), 0);
    b.silence();
}

#[test]
fn what_is_being_closed_is_opened_anew() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 2, 1);
    b.ask(WORK, 2, CLOSE, json!(["1", "0"]));
    b.ask(WORK, 3, SET_UP, wants("a"));
    b.modem_answers(CLOSE, json!(["2", "0"]), Value::Null);
    b.hears_ok(WORK, 2);
    b.modem_answers(SET_UP, wants("a"), calls(&[up(2)]));
    b.hears_reply(WORK, 3, SET_UP, Errno::SUCCESS, calls(&[seen(2, 1)]));
    b.silence();
}

#[test]
fn only_the_foreground_phone_opens_what_is_not_open() {
    let mut b = Bench::with(|config| config.data.who = Who::Foreground);
    let none = json!({"status": 26, "suggested_retry_time": 10000, "cid": -1, "active": 0, "type": "", "ifname": "",
        "addresses": "", "dnses": "", "gateways": "", "pcscf": ""});
    b.ask(WORK, 1, SET_UP, wants("a"));
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[none]));
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.joins(WORK, 2, "a", 1, 1);
    b.foreground(WORK).unwrap();
    b.modem_answers(RequestCode::SCREEN_STATE, json!([1]), Value::Null);
    b.silence();
    b.opens(WORK, 3, "b", 2, 2);
    b.silence();
}

#[test]
fn a_phone_without_data_finds_a_network_without_data() {
    let mut b = Bench::with(|config| {
        config.phone.push(phone("guest", 3));
        config.phone[1].data = false;
    });
    b.ask(WORK, 1, SET_UP, wants("a"));
    let (_, heard) = b.to_phones.pop_front().unwrap();
    let Heard::Reply { errno: Errno::SUCCESS, payload, .. } = heard else { panic!("{heard:?}") };
    assert_eq!(json_of(&SET_UP.row().unwrap().response, &payload)["calls"][0]["status"], json!(8));
    b.ask(WORK, 2, LIST, Value::Null);
    b.hears_reply(WORK, 2, LIST, Errno::SUCCESS, calls(&[]));
    b.silence();
}

#[test]
fn a_phone_that_is_alone_with_its_modem_sees_all_of_it() {
    let mut b = Bench::with(|config| config.phone.truncate(1));
    b.opens(PERSONAL, 1, "a", 5, 5);
    b.sees(PERSONAL, &[up(1), up(5)], &[up(1), up(5)]);
    b.unsolicited(CHANGED, calls(&[up(1)]));
    b.hears(PERSONAL, CHANGED, calls(&[up(1)]));
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
    b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.silence();
}

#[test]
fn a_phone_that_was_away_for_a_moment_finds_its_calls() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 2, 1);
    b.event(Event::PhoneDown(WORK));
    b.advance(Duration::from_secs(59));
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.advance(Duration::from_secs(600));
    b.sees(WORK, &[up(2)], &[seen(2, 1)]);
    b.event(Event::PhoneDown(WORK));
    b.advance(Duration::from_secs(60));
    b.modem_answers(CLOSE, json!(["2", "0"]), Value::Null);
    b.silence();
    assert_eq!(b.router.data_calls().count(), 0);
}

#[test]
fn a_set_up_whose_asker_left_is_held_for_it_for_a_while() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SET_UP, wants("a"));
    b.event(Event::PhoneDown(WORK));
    b.modem_answers(SET_UP, wants("a"), calls(&[up(1)]));
    b.advance(Duration::from_secs(60));
    b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
    b.silence();
}

#[test]
fn what_the_modem_opens_too_late_is_closed_or_taken_by_who_asks_again() {
    let mut b = Bench::new();
    b.ask(WORK, 1, SET_UP, wants("a"));
    let serial = b.modem_hears(SET_UP, wants("a"));
    b.advance(Duration::from_secs(180));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.modem_answers(RequestCode::LAST_DATA_CALL_FAIL_CAUSE, Value::Null, json!([26]));
    let opened = SET_UP.row().unwrap().response.from_json(calls(&[up(1)]), V).unwrap();
    assert!(b.given_up.is_empty(), "its answer is of interest");
    b.reply_raw(serial, Errno::SUCCESS, &opened);
    b.modem_answers(LIST, Value::Null, calls(&[up(1)]));
    b.silence();
    b.joins(PERSONAL, 1, "a", 1, 1);
    b.ask(PERSONAL, 2, SET_UP, wants("b"));
    let serial = b.modem_hears(SET_UP, wants("b"));
    b.advance(Duration::from_secs(180));
    b.to_phones.clear();
    b.to_modem.clear();
    let opened = SET_UP.row().unwrap().response.from_json(calls(&[up(2)]), V).unwrap();
    b.reply_raw(serial, Errno::SUCCESS, &opened);
    b.modem_answers(LIST, Value::Null, calls(&[up(1), up(2)]));
    b.advance(Duration::from_secs(10));
    b.modem_fails(CLOSE, json!(["2", "0"]), Errno::GENERIC_FAILURE);
    // It may have closed it and not said so: whether it has it still, its list tells.
    b.modem_answers(LIST, Value::Null, calls(&[up(1), up(2)]));
    b.advance(Duration::from_secs(5));
    b.modem_answers(CLOSE, json!(["2", "0"]), Value::Null);
    b.silence();
}

#[test]
fn set_ups_that_are_refused_do_not_push_out_one_that_was_given_up() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, SET_UP, wants("a"));
    let serial = b.modem_hears(SET_UP, wants("a"));
    b.advance(Duration::from_secs(180));
    b.to_phones.clear();
    b.to_modem.clear();
    for asked in 0..64 {
        b.ask(WORK, asked, SET_UP, wants("b"));
        b.modem_fails(SET_UP, wants("b"), Errno::RADIO_NOT_AVAILABLE);
        b.hears_errno(WORK, asked, Errno::RADIO_NOT_AVAILABLE);
    }
    let opened = SET_UP.row().unwrap().response.from_json(calls(&[up(1)]), V).unwrap();
    b.reply_raw(serial, Errno::SUCCESS, &opened);
    b.modem_answers(LIST, Value::Null, calls(&[up(1)]));
    b.advance(Duration::from_secs(10));
    b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
    b.silence();
}

/// The modem may give the number of a call that is over to one that it opens, and nobody has heard of yet.
#[test]
fn what_is_over_is_closed_when_its_number_can_be_nobody_elses() {
    let mut over = up(1);
    over["active"] = json!(0);
    // The phone gives it up itself, or loses it with its radio.
    for by_itself in [true, false] {
        // The set-up gets that number, or another, or fails.
        for number in [Some(1), Some(2), None] {
            let mut b = Bench::new();
            b.opens(PERSONAL, 1, "a", 1, 1);
            b.unsolicited(CHANGED, calls(std::slice::from_ref(&over)));
            b.hears(PERSONAL, CHANGED, calls(std::slice::from_ref(&over)));
            b.ask(WORK, 1, SET_UP, wants("b"));
            let set_up = b.modem_hears(SET_UP, wants("b"));
            if by_itself {
                b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
                b.hears_ok(PERSONAL, 2);
                // What the phone asks for anew does not go before that.
                b.ask(PERSONAL, 3, SET_UP, wants("a"));
                b.silence();
            } else {
                b.ask(PERSONAL, 2, RequestCode::RADIO_POWER, json!([0]));
                b.to_phones.clear();
                b.silence();
            }
            match number {
                Some(number) => {
                    b.reply_raw(
                        set_up,
                        Errno::SUCCESS,
                        &SET_UP.row().unwrap().response.from_json(calls(&[up(number)]), V).unwrap(),
                    );
                    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[seen(number, 1)]));
                }
                None => {
                    b.reply_raw(set_up, Errno::RADIO_NOT_AVAILABLE, &[]);
                    b.hears_errno(WORK, 1, Errno::RADIO_NOT_AVAILABLE);
                }
            }
            if number != Some(1) {
                b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
            }
            if by_itself {
                b.modem_hears(SET_UP, wants("a"));
            }
            b.silence();
        }
    }
}

#[test]
fn nobody_waits_long_for_what_is_over() {
    let mut over = up(1);
    over["active"] = json!(0);
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.unsolicited(CHANGED, calls(std::slice::from_ref(&over)));
    b.ask(WORK, 1, SET_UP, wants("b"));
    let set_up = b.modem_hears(SET_UP, wants("b"));
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
    b.to_phones.clear();
    b.ask(PERSONAL, 3, SET_UP, wants("a"));
    // Others do not wait for it at all.
    b.ask(WORK, 2, SET_UP, wants("c"));
    let third = b.modem_hears(SET_UP, wants("c"));
    b.silence();
    b.advance(Duration::from_secs(10));
    let fourth = b.modem_hears(SET_UP, wants("a"));
    b.silence();
    for serial in [set_up, third, fourth] {
        b.reply_raw(serial, Errno::RADIO_NOT_AVAILABLE, &[]);
    }
    b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
    b.to_phones.clear();
    b.silence();
}

/// The modem was asked to close a call and did not say that it had: its number may be another's by now.
#[test]
fn what_may_be_over_is_not_closed_before_the_list_has_it() {
    // The modem lists another call of that number; does not answer the first time; and has it still.
    for has_it in [false, true] {
        let mut b = Bench::new();
        b.opens(WORK, 1, "a", 1, 1);
        b.event(Event::PhoneDown(WORK));
        b.advance(Duration::from_secs(60));
        b.modem_hears(CLOSE, json!(["1", "0"]));
        b.advance(Duration::from_secs(60));
        b.modem_hears(LIST, Value::Null);
        // Who asks for the same waits for that, but not for long.
        b.ask(PERSONAL, 1, SET_UP, wants("a"));
        b.silence();
        b.advance(Duration::from_secs(5));
        let again = b.modem_hears(LIST, Value::Null);
        let set_up = b.modem_hears(SET_UP, wants("a"));
        b.reply_raw(again, Errno::GENERIC_FAILURE, &[]);
        b.reply_raw(set_up, Errno::RADIO_NOT_AVAILABLE, &[]);
        b.to_phones.clear();
        b.advance(Duration::from_secs(10));
        let mut listed = up(1);
        listed["addresses"] = json!(if has_it { "10.0.1.1" } else { "10.0.1.2" });
        b.modem_answers(LIST, Value::Null, calls(&[listed]));
        b.advance(Duration::from_secs(5));
        if has_it {
            b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
        }
        assert_eq!(b.router.data_calls().count(), 0);
        b.silence();
    }
}

/// What is over may be closed while a set-up that was given up has its number.
#[test]
fn what_was_opened_too_late_may_be_closed_already() {
    let mut over = up(1);
    over["active"] = json!(0);
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.unsolicited(CHANGED, calls(std::slice::from_ref(&over)));
    b.ask(WORK, 1, SET_UP, wants("b"));
    let set_up = b.modem_hears(SET_UP, wants("b"));
    b.advance(Duration::from_secs(180));
    b.to_modem.clear();
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
    b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
    b.to_phones.clear();
    b.reply_raw(set_up, Errno::SUCCESS, &SET_UP.row().unwrap().response.from_json(calls(&[up(1)]), V).unwrap());
    b.modem_answers(LIST, Value::Null, calls(&[]));
    b.ask(WORK, 2, SET_UP, wants("b"));
    b.modem_hears(SET_UP, wants("b"));
    b.silence();
}

/// A list says that a call is over, or has it no more, before the answer comes that opened it. Whoever takes its number
/// next is not closed in its place.
#[test]
fn news_that_overtakes_the_answer_to_a_set_up_is_not_lost() {
    let mut over = up(1);
    over["active"] = json!(0);
    for news in [vec![calls(&[over])], vec![calls(&[up(1)]), calls(&[])]] {
        let mut b = Bench::new();
        b.ask(PERSONAL, 1, SET_UP, wants("a"));
        let set_up = b.modem_hears(SET_UP, wants("a"));
        for list in news {
            b.unsolicited(CHANGED, list);
        }
        b.silence();
        b.opened(set_up, &up(1));
        b.hears_reply(PERSONAL, 1, SET_UP, Errno::SUCCESS, calls(&[seen(1, 1)]));
        let look = b.modem_hears(LIST, Value::Null);
        // The modem gives its number to the next one, and the phone gives it up.
        b.ask(WORK, 1, SET_UP, wants("b"));
        let set_up = b.modem_hears(SET_UP, wants("b"));
        b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
        b.hears_ok(PERSONAL, 2);
        b.silence();
        let mut next = up(1);
        next["addresses"] = json!("10.0.1.2");
        b.opened(set_up, &next);
        b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(std::slice::from_ref(&next)));
        b.reply_raw(look, Errno::SUCCESS, &LIST.row().unwrap().response.from_json(calls(&[]), V).unwrap());
        b.sees(WORK, std::slice::from_ref(&next), std::slice::from_ref(&next));
        b.silence();
    }
}

/// A list that was asked for before that news, and answered behind it, does not say the contrary.
#[test]
fn an_older_list_does_not_bring_back_what_is_not_opened_yet() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.ask(WORK, 1, SET_UP, wants("b"));
    let set_up = b.modem_hears(SET_UP, wants("b"));
    b.ask(PERSONAL, 2, LIST, Value::Null);
    let asked = b.modem_hears(LIST, Value::Null);
    b.unsolicited(CHANGED, calls(&[up(1), over(2)]));
    let both = LIST.row().unwrap().response.from_json(calls(&[up(1), up(2)]), V).unwrap();
    b.reply_raw(asked, Errno::SUCCESS, &both);
    b.hears_reply(PERSONAL, 2, LIST, Errno::SUCCESS, calls(&[up(1)]));
    b.opened(set_up, &up(2));
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[seen(2, 1)]));
    b.modem_answers(LIST, Value::Null, calls(&[up(1)]));
    b.hears(WORK, CHANGED, calls(&[]));
    b.silence();
}

/// The modem has opened the like of a call that is over, with its number and addresses: that one is up.
#[test]
fn what_looks_like_a_call_that_is_over_is_looked_for() {
    let mut over = up(1);
    over["active"] = json!(0);
    for is_up in [true, false] {
        let mut b = Bench::new();
        b.ask(PERSONAL, 1, SET_UP, wants("a"));
        let set_up = b.modem_hears(SET_UP, wants("a"));
        b.unsolicited(CHANGED, calls(std::slice::from_ref(&over)));
        b.opened(set_up, &up(1));
        b.hears_reply(PERSONAL, 1, SET_UP, Errno::SUCCESS, calls(&[up(1)]));
        let listed = if is_up { calls(&[up(1)]) } else { calls(&[]) };
        b.modem_answers(LIST, Value::Null, listed.clone());
        if !is_up {
            b.hears(PERSONAL, CHANGED, listed);
        }
        // What was said while that set-up was unanswered is not said of the next one.
        b.ask(PERSONAL, 2, SET_UP, wants("b"));
        let number = if is_up { 2 } else { 1 };
        b.modem_answers(SET_UP, wants("b"), calls(&[up(number)]));
        b.hears_reply(PERSONAL, 2, SET_UP, Errno::SUCCESS, calls(&[up(number)]));
        b.silence();
    }
}

/// The modem may say that first which it did last.
#[test]
fn what_is_over_takes_no_number_from_who_has_it_now() {
    let mut over = up(1);
    over["active"] = json!(0);
    let mut next = up(1);
    next["addresses"] = json!("10.0.1.2");
    // The first one is still waited for, or was given up.
    for late in [false, true] {
        let mut b = Bench::new();
        b.ask(PERSONAL, 1, SET_UP, wants("a"));
        let first = b.modem_hears(SET_UP, wants("a"));
        b.unsolicited(CHANGED, calls(std::slice::from_ref(&over)));
        if late {
            b.advance(Duration::from_secs(180));
            b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
            b.modem_answers(RequestCode::LAST_DATA_CALL_FAIL_CAUSE, Value::Null, json!([26]));
        }
        b.ask(WORK, 1, SET_UP, wants("b"));
        b.modem_answers(SET_UP, wants("b"), calls(std::slice::from_ref(&next)));
        b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(std::slice::from_ref(&next)));
        b.opened(first, &up(1));
        if !late {
            b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
            b.modem_answers(RequestCode::LAST_DATA_CALL_FAIL_CAUSE, Value::Null, json!([26]));
        }
        b.sees(WORK, std::slice::from_ref(&next), std::slice::from_ref(&next));
        b.silence();
    }
}

#[test]
fn a_channel_that_was_opened_too_late_is_closed() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::SIM_OPEN_CHANNEL, json!("A0"));
    let serial = b.modem_hears(RequestCode::SIM_OPEN_CHANNEL, json!("A0"));
    b.advance(Duration::from_secs(60));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.reply_raw(serial, Errno::SUCCESS, &encoded(&[2]));
    b.modem_hears(RequestCode::SIM_CLOSE_CHANNEL, json!([2]));
    b.silence();
}

#[test]
fn airplane_mode_of_one_phone_takes_its_calls_only() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.opens(WORK, 1, "b", 2, 1);
    b.joins(WORK, 2, "a", 1, 2);
    b.ask(PERSONAL, 3, RequestCode::RADIO_POWER, json!([1]));
    b.hears_ok(PERSONAL, 3);
    b.ask(WORK, 3, RequestCode::RADIO_POWER, json!([0]));
    b.modem_hears(CLOSE, json!(["2", "0"]));
    b.hears(WORK, CHANGED, calls(&[]));
    b.hears_ok(WORK, 3);
    b.hears(WORK, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.ask(WORK, 4, SET_UP, wants("a"));
    b.hears_errno(WORK, 4, Errno::RADIO_NOT_AVAILABLE);
    b.sees(PERSONAL, &[up(1)], &[up(1)]);
    b.silence();
}

#[test]
fn what_is_about_the_sim_is_its_owners() {
    let mut b = Bench::with(|config| config.data.owner = Some("work".to_owned()));
    b.ask(PERSONAL, 1, RequestCode::ALLOW_DATA, json!([0]));
    b.hears_ok(PERSONAL, 1);
    b.silence();
    b.ask(WORK, 1, RequestCode::ALLOW_DATA, json!([1]));
    b.modem_answers(RequestCode::ALLOW_DATA, json!([1]), Value::Null);
    b.hears_ok(WORK, 1);
    b.silence();
}

#[test]
fn packets_keep_alive_what_is_the_phones_own() {
    let mut b = Bench::with(|config| config.phone[1].privileged = true);
    b.opens(PERSONAL, 1, "a", 1, 1);
    b.opens(WORK, 1, "b", 2, 1);
    let about = |cid: i32| {
        let mut request = vec![7; 52];
        request[48..].copy_from_slice(&cid.to_ne_bytes());
        request
    };
    let status = |handle: i32| [handle.to_ne_bytes(), 0_i32.to_ne_bytes()].concat();
    b.ask_raw(WORK, 2, RequestCode::START_KEEPALIVE, &about(2));
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.ask_raw(WORK, 3, RequestCode::START_KEEPALIVE, &[1]);
    b.hears_errno(WORK, 3, Errno::GENERIC_FAILURE);
    b.ask_raw(WORK, 4, RequestCode::START_KEEPALIVE, &about(1));
    let (_, serial, sent) = b.to_modem.pop_front().unwrap();
    assert_eq!(sent, about(2));
    b.reply_raw(serial, Errno::SUCCESS, &status(70));
    b.to_phones.clear();
    b.unsolicited_raw(UnsolCode::KEEPALIVE_STATUS, &status(70));
    assert_eq!(b.to_phones.pop_front().map(|(phone, _)| phone), Some(WORK));
    b.unsolicited_raw(UnsolCode::KEEPALIVE_STATUS, &status(71));
    b.ask(PERSONAL, 2, RequestCode::STOP_KEEPALIVE, json!([70]));
    b.hears_errno(PERSONAL, 2, Errno::GENERIC_FAILURE);
    b.silence();
    b.event(Event::PhoneDown(WORK));
    b.modem_hears(RequestCode::STOP_KEEPALIVE, json!([70]));
    b.silence();
}

/// Nor does the phone have more sessions than it may have.
#[test]
fn sessions_that_the_modem_does_not_stop_leave_the_router_its_own_questions() {
    let mut b = Bench::with(|config| config.phone[1].privileged = true);
    b.opens(WORK, 1, "a", 1, 1);
    let mut request = vec![7; 52];
    request[48..].copy_from_slice(&1_i32.to_ne_bytes());
    let mut started = 0_i32;
    for _ in 0..20 {
        for serial in 0..16 {
            b.ask_raw(WORK, serial, RequestCode::START_KEEPALIVE, &request);
        }
        for (code, serial, _) in std::mem::take(&mut b.to_modem) {
            if code == RequestCode::START_KEEPALIVE {
                started += 1;
                b.reply_raw(serial, Errno::SUCCESS, &[started.to_ne_bytes(), 0_i32.to_ne_bytes()].concat());
            }
        }
        b.event(Event::PhoneDown(WORK));
        b.event(Event::PhoneUp(WORK));
    }
    assert_eq!(started, 16);
    b.to_modem.clear();
    b.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
}

#[test]
fn power_states_are_reported_as_often_as_anybody_wants_and_to_nobody_else() {
    const RATE: RequestCode = RequestCode::SET_DC_RT_INFO_RATE;
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::DC_RT_INFO_CHANGED, json!({"time": 1, "power_state": 1}));
    b.silence();
    b.ask(WORK, 1, RATE, json!([1000]));
    b.modem_answers(RATE, json!([1000]), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(PERSONAL, 1, RATE, json!([5000]));
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 2, RATE, json!([9000]));
    b.hears_ok(WORK, 2);
    b.modem_answers(RATE, json!([5000]), Value::Null);
    b.event(Event::PhoneDown(WORK));
    b.unsolicited(UnsolCode::DC_RT_INFO_CHANGED, json!({"time": 1, "power_state": 1}));
    b.hears(PERSONAL, UnsolCode::DC_RT_INFO_CHANGED, json!({"time": 1, "power_state": 1}));
    b.silence();
}

#[test]
fn a_phone_asks_for_so_much_at_a_time() {
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, SET_UP, wants("a"));
    for serial in 0..40 {
        b.ask(WORK, serial, SET_UP, wants("a"));
    }
    assert_eq!(b.to_phones.drain(..).count(), 24);
    b.modem_answers(SET_UP, wants("a"), calls(&[up(1)]));
    assert_eq!(b.to_phones.drain(..).count(), 17);
    assert_eq!(b.router.phones().nth(WORK.0).unwrap().unanswered, 0);
    b.silence();
}

#[test]
fn the_oldest_versions_answer_with_strings() {
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::RIL_CONNECTED, json!([4]));
    b.to_phones.clear();
    let strings = |cid: &str| {
        let strings: Vec<Option<String>> = [cid, "rmnet0", "10.0.0.1"].map(|text| Some(text.to_owned())).into();
        [4_i32.to_ne_bytes().to_vec(), parcel::encode(&strings, RilVersion(4))].concat()
    };
    for phone in [PERSONAL, WORK] {
        b.ask(phone, 1, SET_UP, wants("a"));
    }
    let serial = b.modem_hears(SET_UP, wants("a"));
    b.reply_raw(serial, Errno::SUCCESS, &strings("7"));
    for phone in [PERSONAL, WORK] {
        let heard = Heard::Reply { serial: 1, errno: Errno::SUCCESS, payload: strings("1") };
        assert_eq!(b.to_phones.pop_front(), Some((phone, heard)));
    }
    b.silence();
}

#[test]
fn a_modem_that_comes_back_keeps_no_call_that_is_nobodys() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 2, 1);
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    // Number 2 may be anything now; that it is the same call, its address says.
    b.modem_answers(LIST, Value::Null, calls(&[up(1), up(2)]));
    b.advance(Duration::from_secs(10));
    b.modem_answers(CLOSE, json!(["2", "0"]), Value::Null);
    b.silence();
}

#[test]
fn a_modem_that_does_not_list_its_calls_is_asked_less_and_less_often() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "a", 2, 1);
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    for seconds in [5, 5, 10, 20, 40, 80, 160, 320] {
        b.modem_fails(LIST, Value::Null, Errno::GENERIC_FAILURE);
        b.advance(Duration::from_secs(seconds - 1));
        b.silence();
        b.advance(Duration::from_secs(1));
    }
    // And the call is closed, though no phone asks for anything.
    b.modem_answers(LIST, Value::Null, calls(&[up(2)]));
    b.advance(Duration::from_secs(10));
    b.modem_answers(CLOSE, json!(["2", "0"]), Value::Null);
    b.silence();
}

#[test]
fn whose_calls_went_with_the_modem_side_hears_that_they_are_gone() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "internet", 3, 1);
    b.event(Event::ModemDown);
    b.to_phones.clear();
    b.modem_comes_up(RadioState::ON);
    let news: Vec<_> = b.to_phones.drain(..).filter(|(_, heard)| is_list(heard)).collect();
    let [(WORK, Heard::Unsolicited { payload, .. })] = &news[..] else { panic!("{news:?}") };
    let codec = LIST.row().unwrap().response;
    assert_eq!(json_of(&codec, payload)["calls"], json!([]));
    // A client that came later knows of none.
    b.event(Event::ModemDown);
    b.event(Event::PhoneDown(WORK));
    b.event(Event::PhoneUp(WORK));
    b.modem_comes_up(RadioState::ON);
    assert!(!b.to_phones.iter().any(|(_, heard)| is_list(heard)));
}

/// Not every library says that a radio which was gone has taken the calls with it.
#[test]
fn a_call_that_the_radio_has_taken_with_it_is_given_to_nobody() {
    for gone in ["UNAVAILABLE", "OFF"] {
        let mut b = Bench::new();
        b.opens(WORK, 1, "internet", 3, 1);
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(gone));
        b.to_phones.retain(|(_, heard)| is_list(heard));
        b.hears(WORK, CHANGED, calls(&[]));
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
        b.to_phones.clear();
        b.to_modem.retain(|(code, ..)| *code == LIST);
        let list = b.modem_hears(LIST, Value::Null);
        b.ask(WORK, 2, SET_UP, wants("internet"));
        b.silence();
        b.reply_raw(list, Errno::SUCCESS, &LIST.row().unwrap().response.from_json(calls(&[]), V).unwrap());
        b.modem_answers(SET_UP, wants("internet"), calls(&[up(4)]));
        b.hears_reply(WORK, 2, SET_UP, Errno::SUCCESS, calls(&[seen(4, 1)]));
        b.silence();
    }
}

#[test]
fn a_call_that_has_outlived_a_radio_that_was_gone_is_closed() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "internet", 3, 1);
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.to_phones.clear();
    b.to_modem.retain(|(code, ..)| *code == LIST);
    b.modem_answers(LIST, Value::Null, calls(&[up(3)]));
    b.advance(Duration::from_secs(10));
    b.modem_answers(CLOSE, json!(["3", "0"]), Value::Null);
    b.silence();
}

/// Of what it is that, no list can tell while the radio is off.
#[test]
fn nobody_waits_for_what_may_be_there_while_the_radio_is_off() {
    let refused = || {
        let mut b = Bench::new();
        b.opens(WORK, 1, "a", 1, 1);
        b.event(Event::PhoneDown(WORK));
        b.advance(Duration::from_secs(60));
        b.modem_fails(CLOSE, json!(["1", "0"]), Errno::GENERIC_FAILURE);
        b.modem_fails(LIST, Value::Null, Errno::GENERIC_FAILURE);
        b
    };
    let of_an_earlier_life = || {
        let mut b = Bench::new();
        b.opens(WORK, 1, "a", 1, 1);
        let mut b = Bench::recalling(&b.take_records());
        b.modem_fails(LIST, Value::Null, Errno::GENERIC_FAILURE);
        b
    };
    let ways: [&dyn Fn() -> Bench; 2] = [&refused, &of_an_earlier_life];
    for way in ways {
        let mut b = way();
        b.ask(PERSONAL, 1, SET_UP, wants("a"));
        b.silence();
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
        b.to_phones.clear();
        b.modem_fails(SET_UP, wants("a"), Errno::RADIO_NOT_AVAILABLE);
        b.hears_errno(PERSONAL, 1, Errno::RADIO_NOT_AVAILABLE);
        b.silence();
    }
}

fn is_list(heard: &Heard) -> bool {
    matches!(heard, Heard::Unsolicited { code: CHANGED, .. })
}

#[test]
fn a_list_is_in_the_order_of_the_phones_own_numbers() {
    let mut b = Bench::new();
    b.opens(WORK, 1, "work", 1, 1);
    b.opens(PERSONAL, 1, "internet", 2, 1);
    b.ask(WORK, 2, CLOSE, json!(["1", "0"]));
    b.modem_answers(CLOSE, json!(["1", "0"]), Value::Null);
    b.hears_ok(WORK, 2);
    b.opens(PERSONAL, 2, "mms", 1, 2);
    b.sees(PERSONAL, &[up(1), up(2)], &[seen(2, 1), seen(1, 2)]);
}

#[test]
fn a_phone_whose_set_ups_fail_leaves_the_router_its_own_questions() {
    let mut b = Bench::new();
    for serial in 0..300 {
        b.ask(WORK, serial, SET_UP, wants("none"));
        if b.to_modem.front().is_some_and(|(code, ..)| *code == SET_UP) {
            b.modem_fails(SET_UP, wants("none"), Errno::GENERIC_FAILURE);
        }
        // Why, the modem does not say.
        b.to_modem.clear();
    }
    b.to_phones.clear();
    b.ask(PERSONAL, 1, RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
}

#[test]
fn a_call_that_the_modem_has_ended_makes_room_for_another_before_a_list_shows_it() {
    let mut b = Bench::with(|config| config.phone[1].data_calls = 1);
    b.opens(WORK, 1, "work", 1, 1);
    let mut over = up(1);
    over["active"] = json!(0);
    b.unsolicited(CHANGED, calls(&[over.clone()]));
    b.hears(WORK, CHANGED, calls(&[over]));
    b.ask(WORK, 2, SET_UP, wants("mms"));
    b.modem_hears(SET_UP, wants("mms"));
}

impl Bench {
    /// How often what is stored of data calls changes meanwhile.
    fn stores_of_data_calls(&mut self, meanwhile: impl FnOnce(&mut Self)) -> usize {
        let before = self.stored.len();
        meanwhile(self);
        self.stored[before..].iter().filter(|change| change.contains("DataCall")).count()
    }
}

#[test]
fn who_asks_again_for_what_it_has_has_nothing_stored() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "internet", 3, 1);
    b.joins(WORK, 1, "internet", 3, 1);
    let stored = b.stores_of_data_calls(|b| b.joins(WORK, 2, "internet", 3, 1));
    assert_eq!(stored, 0);
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    let stored = b.stores_of_data_calls(|b| b.modem_answers(LIST, Value::Null, calls(&[up(3)])));
    assert_eq!(stored, 0, "it is as it was in the earlier life");
    b.joins(WORK, 1, "internet", 3, 1);
}

/// The flash wears out, and neither asks anything of the modem.
#[test]
fn who_joins_and_leaves_without_end_has_so_many_changes_stored() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "internet", 3, 1);
    let joins_and_leaves = |b: &mut Bench, times| {
        for serial in 0..times {
            b.joins(WORK, serial, "internet", 3, 1);
            b.ask(WORK, serial, CLOSE, json!(["1", "0"]));
            b.hears_ok(WORK, serial);
        }
    };
    assert_eq!(b.stores_of_data_calls(|b| joins_and_leaves(b, 200)), 128, "64 times both");
    b.now += Duration::from_secs(10);
    assert_eq!(b.stores_of_data_calls(|b| joins_and_leaves(b, 200)), 2);
    b.joins(WORK, 1, "internet", 3, 1);
    // It is stored with the next change of the call.
    b.ask(PERSONAL, 2, CLOSE, json!(["1", "0"]));
    b.hears_ok(PERSONAL, 2);
    let records = b.take_records();
    let mut b = Bench::recalling(&records);
    b.modem_answers(LIST, Value::Null, calls(&[up(3)]));
    b.sees(WORK, &[up(3)], &[seen(3, 1)]);
}

/// Whether a list has shown meanwhile that it is closed depends on what others ask.
#[test]
fn a_number_is_used_until_its_phone_knows_that_it_is_closed() {
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "internet", 1, 1);
    b.ask(PERSONAL, 2, SET_UP, wants("ims"));
    let opening = b.modem_hears(SET_UP, wants("ims"));
    b.ask(PERSONAL, 3, CLOSE, json!(["1", "0"]));
    let closing = b.modem_hears(CLOSE, json!(["1", "0"]));
    b.unsolicited(CHANGED, calls(&[up(2)]));
    b.ask(PERSONAL, 4, LIST, Value::Null);
    b.to_phones.clear();
    let opened = SET_UP.row().unwrap().response.from_json(calls(&[up(2)]), V).unwrap();
    b.reply_raw(opening, Errno::SUCCESS, &opened);
    b.hears_reply(PERSONAL, 2, SET_UP, Errno::SUCCESS, calls(&[seen(2, 2)]));
    b.reply_raw(closing, Errno::SUCCESS, &[]);
    b.to_phones.clear();
    b.to_modem.clear();
    // Now it is free.
    b.opens(PERSONAL, 5, "mms", 3, 1);
}

/// The network may end a connection for another one to the same access point, and the modem tells none from its own.
#[test]
fn no_phone_has_another_account_at_an_access_point_of_another_phone_or_one_of_the_device() {
    let refusal = |cause: i32| {
        json!({"status": cause, "suggested_retry_time": -1, "cid": -1, "active": 0, "type": "", "ifname": "",
            "addresses": "", "dnses": "", "gateways": "", "pcscf": ""})
    };
    let under =
        |apn: &str, user: Option<&str>, authentication: &str| json!(["1", "0", apn, user, null, authentication, "IP"]);
    let mut b = Bench::new();
    b.opens(PERSONAL, 1, "internet", 1, 1);
    b.ask(WORK, 1, SET_UP, under("Internet", Some("me"), "0"));
    b.hears_reply(WORK, 1, SET_UP, Errno::SUCCESS, calls(&[refusal(55)]));
    for apn in ["ims", "IMS", "sos", "ims.mnc001.mcc001.gprs"] {
        b.ask(WORK, 2, SET_UP, wants(apn));
        b.hears_reply(WORK, 2, SET_UP, Errno::SUCCESS, calls(&[refusal(8)]));
    }
    b.silence();
    // What nobody is authenticated by makes no other account, and nobody is in the way of himself.
    b.ask(WORK, 3, SET_UP, under("internet", None, "3"));
    b.modem_hears(SET_UP, under("internet", None, "3"));
    b.opens(WORK, 4, "imsi", 3, 1);
    b.ask(WORK, 5, SET_UP, under("imsi", Some("me"), "0"));
    b.modem_hears(SET_UP, under("imsi", Some("me"), "0"));
    // Who has the privilege decides for the device.
    b.ask(PERSONAL, 2, SET_UP, under("imsi", Some("other"), "0"));
    b.modem_hears(SET_UP, under("imsi", Some("other"), "0"));
    b.opens(PERSONAL, 3, "ims", 9, 2);
    b.silence();
}
