//! Calls of a CDMA network: waiting calls and flashes.

use super::*;

const WAITING: UnsolCode = UnsolCode::CDMA_CALL_WAITING;
const FLASH: RequestCode = RequestCode::CDMA_FLASH;

/// Personal is in a call; voice is CDMA.
fn in_call() -> Bench {
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([6]));
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    b
}

fn waiting(number: &str) -> Value {
    let payload = WAITING.row().unwrap().payload;
    json_of(&payload, &payload.from_json(json!({"number": number}), V).unwrap())
}

#[track_caller]
fn flashes(b: &mut Bench, phone: PhoneId) {
    b.ask(phone, 7, FLASH, json!(""));
    b.modem_answers(FLASH, json!(""), Value::Null);
    b.hears_ok(phone, 7);
}

#[track_caller]
fn may_not(b: &mut Bench, phone: PhoneId, code: RequestCode, arguments: Value) {
    b.ask(phone, 8, code, arguments);
    b.hears_errno(phone, 8, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn a_waiting_call_is_told_to_the_phone_that_its_tag_names() {
    let mut b = in_call();
    b.unsolicited(WAITING, waiting("155501999992"));
    b.hears(WORK, WAITING, waiting("15550199999"));
    b.silence();
    b.unsolicited(WAITING, waiting("15550199999"));
    b.hears(PERSONAL, WAITING, waiting("15550199999"));
    b.silence();
    b.unsolicited_raw(WAITING, &[1, 2]);
    b.silence();
}

#[test]
fn a_waiting_call_is_answered_by_its_owners_flash_only() {
    let mut b = in_call();
    b.unsolicited(WAITING, waiting("155501999992"));
    b.to_phones.clear();
    may_not(&mut b, PERSONAL, FLASH, json!(""));
    flashes(&mut b, WORK);
    // Now work's call is at the front: its microphone, its tones, and its flash to give the front back.
    may_not(&mut b, PERSONAL, FLASH, json!(""));
    may_not(&mut b, PERSONAL, RequestCode::DTMF, json!("1"));
    may_not(&mut b, PERSONAL, RequestCode::HANGUP, json!([1]));
    b.ask(WORK, 1, RequestCode::DTMF, json!("1"));
    b.modem_answers(RequestCode::DTMF, json!("1"), Value::Null);
    b.hears_ok(WORK, 1);
    flashes(&mut b, WORK);
    may_not(&mut b, WORK, FLASH, json!(""));
    flashes(&mut b, PERSONAL);
    b.silence();
}

#[test]
fn without_a_waiting_call_who_speaks_flashes() {
    let mut b = in_call();
    may_not(&mut b, WORK, FLASH, json!(""));
    flashes(&mut b, PERSONAL);
    b.unsolicited(WAITING, waiting("15550199999"));
    b.to_phones.clear();
    may_not(&mut b, WORK, FLASH, json!(""));
    flashes(&mut b, PERSONAL);
    b.silence();
}

#[test]
fn commands_that_do_not_exist_there_are_not_used_between_phones() {
    let mut b = in_call();
    b.unsolicited(WAITING, waiting("155501999992"));
    b.to_phones.clear();
    for code in [
        RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE,
        RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND,
        RequestCode::HANGUP_WAITING_OR_BACKGROUND,
        RequestCode::CONFERENCE,
    ] {
        may_not(&mut b, PERSONAL, code, Value::Null);
        may_not(&mut b, WORK, code, Value::Null);
    }
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    may_not(&mut b, WORK, RequestCode::DIAL, dial("5550101"));
    b.ask(WORK, 9, RequestCode::DIAL, dial("911"));
    b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.modem_hears(RequestCode::DIAL, json!({"address": "911", "clir": "DEFAULT", "uus": null}));
    b.silence();
}

#[test]
fn the_technology_is_also_learned_from_an_answer_and_forgotten_with_the_modem() {
    let mut b = Bench::new();
    b.ask(WORK, 1, RequestCode::VOICE_RADIO_TECH, Value::Null);
    b.modem_answers(RequestCode::VOICE_RADIO_TECH, Value::Null, json!([13]));
    assert!(b.router.voice.cdma.is_on());
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([14]));
    assert!(!b.router.voice.cdma.is_on());
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([4]));
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([]));
    assert!(b.router.voice.cdma.is_on());
    b.event(Event::ModemDown);
    assert!(!b.router.voice.cdma.is_on());
}

#[test]
fn when_the_calls_are_over_nothing_waits() {
    let mut b = in_call();
    b.unsolicited(WAITING, waiting("155501999992"));
    b.calls_are(&[]);
    b.to_modem.clear();
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.to_modem.clear();
    b.to_phones.clear();
    flashes(&mut b, PERSONAL);
}

#[test]
fn no_flash_puts_anothers_emergency_call_aside() {
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([6]));
    b.ask(WORK, 1, RequestCode::DIAL, dial("911"));
    b.to_modem.clear();
    for listed in [false, true] {
        if listed {
            b.calls_are(&[call(1, CallState::ACTIVE, "911")]);
        }
        b.unsolicited(WAITING, waiting("15550199999"));
        b.to_phones.clear();
        may_not(&mut b, PERSONAL, FLASH, json!(""));
    }
    // Who is in need may.
    b.unsolicited(WAITING, waiting("155501999992"));
    b.to_phones.clear();
    flashes(&mut b, WORK);
}

/// A flash may call a third party (3GPP2 C.S0005, keypad facility): everybody but the service.
#[test]
fn no_flash_calls_the_service() {
    let mut b = Bench::with(|config| {
        for phone in &mut config.phone {
            phone.access = phone.number.clone();
        }
    });
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([6]));
    b.calls_are(&[call(1, CallState::ACTIVE, "5550100")]);
    b.to_phones.clear();
    for number in ["+15550100002", "15550100001", "5550100002", "0100002", "*675550100002", "#31#+15550100002,1"] {
        may_not(&mut b, PERSONAL, FLASH, json!(number));
    }
    for number in ["+15550199999", "611", "*67", "+52 555 010 0002"] {
        b.ask(PERSONAL, 7, FLASH, json!(number));
        b.modem_answers(FLASH, json!(number), Value::Null);
        b.hears_ok(PERSONAL, 7);
    }
    b.silence();
}

#[test]
fn no_flash_changes_what_all_phones_share() {
    let mut b = Bench::new();
    b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([6]));
    b.calls_are(&[incoming(1, CallState::ACTIVE, "155501999992")]);
    b.to_phones.clear();
    for number in ["*725550666", "*72", "*228", "#31#*725550666", "*725550666#", "**21*5550666#", "*100#"] {
        may_not(&mut b, WORK, FLASH, json!(number));
    }
    for number in ["", "5550100", "*675550100"] {
        b.ask(WORK, 7, FLASH, json!(number));
        b.modem_answers(FLASH, json!(number), Value::Null);
        b.hears_ok(WORK, 7);
    }
    b.silence();
}

/// It was about the call that there was.
#[test]
fn a_flash_does_not_answer_a_call_that_begins_to_wait_meanwhile() {
    let mut b = in_call();
    b.ask(PERSONAL, 7, FLASH, json!(""));
    let serial = b.modem_hears(FLASH, json!(""));
    b.unsolicited(WAITING, waiting("155501999992"));
    b.to_phones.clear();
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(PERSONAL, 7);
    may_not(&mut b, PERSONAL, FLASH, json!(""));
    flashes(&mut b, WORK);
    may_not(&mut b, PERSONAL, FLASH, json!(""));
}

/// Some modems list it.
#[test]
fn a_second_call_that_was_listed_is_over_when_it_is_not_any_more() {
    let mut b = in_call();
    b.unsolicited(WAITING, waiting("155501999992"));
    b.to_phones.clear();
    flashes(&mut b, WORK);
    let first = call(1, CallState::ACTIVE, "5550100");
    b.calls_are(&[Call { state: CallState::HOLDING, ..first.clone() }, incoming(2, CallState::ACTIVE, "155501999992")]);
    b.calls_are(&[first]);
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
}

#[test]
fn a_second_call_whose_phone_is_gone_keeps_nobody_from_hanging_up() {
    let mut b = in_call();
    b.unsolicited(WAITING, waiting("155501999992"));
    b.to_phones.clear();
    flashes(&mut b, WORK);
    may_not(&mut b, PERSONAL, RequestCode::HANGUP, json!([1]));
    b.event(Event::PhoneDown(WORK));
    b.to_modem.clear();
    b.ask(PERSONAL, 1, RequestCode::HANGUP, json!([1]));
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 1);
}

/// Nothing says that the far end has given up, or that the owner does not want the call.
#[test]
fn a_waiting_call_that_nobody_answers_waits_no_more_after_a_while() {
    let mut b = in_call();
    b.unsolicited(WAITING, waiting("155501999992"));
    b.to_phones.clear();
    b.advance(Duration::from_secs(59));
    may_not(&mut b, PERSONAL, FLASH, json!(""));
    b.advance(Duration::from_secs(1));
    may_not(&mut b, WORK, FLASH, json!(""));
    flashes(&mut b, PERSONAL);
    b.silence();
}
