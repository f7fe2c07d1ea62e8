//! Incoming calls that the number service speaks of, by hints or by check digits.

use caller_tag::E164;
use caller_tag::key::Key;
use caller_tag::link::to_device::Say as Said;
use caller_tag::link::to_service::Say;
use caller_tag::link::{self, Hint, HintTaken};
use caller_tag::suffix_keyed::{CheckDigits, Keyed, Step};
use caller_tag::suffix1::Tag;
use ril_protocol::payload::call::Presentation;

use super::*;
use crate::config::Scheme;

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;

/// The access number of "work".
const ACCESS: &str = "+15550100002";
/// What the service shows of a caller who is withheld, or cannot carry a tag: that number, with the tag of "work".
const SHOWN: &str = "+155501000022";
const CALLER: &str = "+15550199999";

fn linked() -> Bench {
    let mut b = Bench::new();
    b.event(Event::ServiceUp);
    b.to_service.clear();
    b
}

fn hint(id: u64, caller: &str, presented: &str, tag: u32) -> Hint {
    Hint { id, caller: caller.into(), presented: presented.into(), tag, valid_ms: 10_000 }
}

impl Bench {
    fn is_hinted(&mut self, hint: &Hint) {
        self.event(Event::FromService(&link::to_device(Said::Hint(hint.clone()))));
    }

    /// A call comes and is this phone's, which sees this caller.
    #[track_caller]
    fn rings_at(&mut self, phone: PhoneId, call: &Call, caller: &str) {
        self.calls_are(std::slice::from_ref(call));
        self.hears(phone, CHANGED, Value::Null);
        self.ask(phone, 9, LIST, Value::Null);
        self.modem_lists(std::slice::from_ref(call));
        let presentation = if caller.is_empty() { Presentation::RESTRICTED } else { Presentation::ALLOWED };
        let seen = Call { number: Some(caller.into()), number_presentation: presentation, ..call.clone() };
        self.hears_reply(phone, 9, LIST, Errno::SUCCESS, json!([seen]));
        self.calls_are(&[]);
        self.to_phones.clear();
        self.to_modem.clear();
    }
}

fn rings(number: &str) -> Call {
    incoming(1, CallState::INCOMING, number)
}

#[test]
fn a_hint_says_for_whom_the_next_call_is() {
    let mut b = linked();
    b.is_hinted(&hint(7, CALLER, SHOWN, 2));
    b.service_hears(&Say::HintTaken(HintTaken { id: 7 }));
    b.silence();
    b.rings_at(WORK, &rings(SHOWN), CALLER);
    // Once: then the digits say what they can.
    b.rings_at(WORK, &rings(SHOWN), "");
}

#[test]
fn a_carrier_may_show_the_number_in_another_form() {
    for presented in ["155501000022", "0115550100022", "011155501000022", "55501000022"] {
        let mut b = linked();
        b.is_hinted(&hint(7, CALLER, SHOWN, 2));
        let is_same = presented != "0115550100022";
        let (phone, caller) = if is_same { (WORK, CALLER) } else { (PERSONAL, presented) };
        b.rings_at(phone, &rings(presented), caller);
    }
    let mut b = linked();
    b.is_hinted(&hint(7, CALLER, SHOWN, 2));
    b.rings_at(WORK, &Call { toa: 145, ..rings(&SHOWN[1..]) }, CALLER);
}

#[test]
fn a_caller_who_carries_a_tag_may_be_hinted_at() {
    let mut b = linked();
    b.is_hinted(&hint(7, CALLER, "155501999992", 2));
    b.rings_at(WORK, &rings("155501999992"), CALLER);
}

#[test]
fn a_hint_with_a_number_that_is_not_tagged_for_the_phone_is_none() {
    // Somebody else's number, the caller's own, another phone's tag, more behind the tag, and a number that there is.
    for (caller, presented) in [
        (CALLER, "+15550177777"),
        (CALLER, CALLER),
        (CALLER, ACCESS),
        (CALLER, "+155501999991"),
        (CALLER, "+155501000021"),
        (CALLER, "+1555019999922"),
        ("+1555017777", "+15550177772"),
        ("", "2"),
    ] {
        let mut b = linked();
        b.is_hinted(&hint(7, caller, presented, 2));
        b.silence();
    }
}

#[test]
fn a_hint_is_for_its_number_and_its_time() {
    let mut b = linked();
    b.is_hinted(&hint(7, CALLER, SHOWN, 2));
    b.rings_at(PERSONAL, &rings("+15550177777"), "+15550177777");
    b.advance(Duration::from_secs(10));
    b.rings_at(WORK, &rings(SHOWN), "");
    // Nothing is good for longer than the service may say.
    b.is_hinted(&Hint { valid_ms: u32::MAX, ..hint(8, CALLER, SHOWN, 2) });
    b.advance(Duration::from_secs(120));
    b.rings_at(WORK, &rings(SHOWN), "");
}

#[test]
fn two_hints_with_one_number_are_for_two_calls_in_turn() {
    let mut b = linked();
    b.is_hinted(&hint(7, CALLER, SHOWN, 2));
    b.is_hinted(&hint(8, "+15550177777", SHOWN, 2));
    b.rings_at(WORK, &rings(SHOWN), CALLER);
    b.rings_at(WORK, &rings(SHOWN), "+15550177777");
}

#[test]
fn a_hint_for_nobody_is_none() {
    let mut b = linked();
    b.is_hinted(&hint(7, CALLER, "+155501000023", 3));
    b.silence();
    b.rings_at(PERSONAL, &rings("+155501000023"), "+155501000023");
}

#[test]
fn a_flood_of_hints_leaves_the_latest() {
    let mut b = linked();
    for id in 0..100 {
        b.is_hinted(&hint(id, &format!("+1555019{id:04}"), SHOWN, 2));
    }
    for id in 68..100 {
        b.rings_at(WORK, &rings(SHOWN), &format!("+1555019{id:04}"));
    }
    b.rings_at(WORK, &rings(SHOWN), "");
}

#[test]
fn a_cdma_call_that_waits_may_be_hinted_at() {
    let mut b = linked();
    b.is_hinted(&hint(7, CALLER, SHOWN, 2));
    let mut waiting = json!({"number": SHOWN, "number_presentation": "ALLOWED", "name": null});
    let mut whole = serde_json::to_value(ril_protocol::payload::cdma::CallWaiting::default()).unwrap();
    whole.as_object_mut().unwrap().append(waiting.as_object_mut().unwrap());
    b.unsolicited(UnsolCode::CDMA_CALL_WAITING, whole.clone());
    whole["number"] = json!(CALLER);
    b.hears(WORK, UnsolCode::CDMA_CALL_WAITING, whole);
}

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const TIME: u64 = 1_700_000_000;

/// A bench with keyed tags, that knows the key or the time or both.
fn keyed(has_key: bool, has_time: bool) -> Bench {
    let mut b = Bench::with(|config| config.bridge.scheme = Scheme::SuffixKeyed);
    if has_key {
        b.router.set_sim_key(Key::parse(KEY).unwrap());
    }
    if has_time {
        b.event(Event::WallClock(TIME));
    }
    b
}

fn tagged(caller: Option<&str>, tag: u8, at: u64) -> String {
    let key = Key::parse(KEY).unwrap();
    let keyed = Keyed { digits: CheckDigits::Two, step: Step::at(at), mac: |message: &[u8]| key.mac(message) };
    let (tag, access) = (Tag::new(tag).unwrap(), E164::parse(ACCESS).unwrap());
    match caller {
        Some(caller) => keyed.encode(&E164::parse(caller).unwrap(), tag).unwrap(),
        None => keyed.encode_withheld(&access, tag).unwrap(),
    }
}

#[test]
fn check_digits_say_for_whom_a_call_is() {
    let mut b = keyed(true, true);
    b.rings_at(WORK, &rings(&tagged(Some(CALLER), 2, TIME)), &CALLER[1..]);
    b.rings_at(WORK, &rings(&tagged(None, 2, TIME)), "");
    // The next minute too, and not an hour later.
    b.event(Event::WallClock(TIME + 60));
    b.rings_at(WORK, &rings(&tagged(Some(CALLER), 2, TIME)), &CALLER[1..]);
    b.event(Event::WallClock(TIME + 3600));
    let stale = tagged(Some(CALLER), 2, TIME);
    b.rings_at(PERSONAL, &rings(&stale), &stale);
}

#[test]
fn without_key_or_time_nothing_is_tagged() {
    for (has_key, has_time) in [(false, false), (false, true), (true, false)] {
        let mut b = keyed(has_key, has_time);
        let number = tagged(Some(CALLER), 2, TIME);
        b.rings_at(PERSONAL, &rings(&number), &number);
        // Nor by the scheme that needs neither.
        b.rings_at(PERSONAL, &rings("155501999992"), "155501999992");
    }
}
