//! Calls of phones that are seen as numbers of their own: by way of the number service, which is told of them or not.

use caller_tag::link::to_device::Say as Said;
use caller_tag::link::to_service::Say;
use caller_tag::link::{self, CallAnswered, CallFailed, CallIntent, CallOver, IntentRefused, IntentTaken};

use super::*;
use crate::config::{OnSwitch, Outgoing};

const CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const LIST: RequestCode = RequestCode::GET_CURRENT_CALLS;
const CAUSE: RequestCode = RequestCode::LAST_CALL_FAIL_CAUSE;
const DTMF: RequestCode = RequestCode::DTMF;

/// The number that the phones dial.
const TARGET: &str = "+15550199999";
/// What it is in tones.
const TONES: &str = "*015550199999#";

/// Something that ends a call, or what it waits for.
type End = fn(&mut Bench);

fn by_service(config: &mut Config) {
    for phone in &mut config.phone {
        phone.access = phone.number.clone();
        phone.outgoing = Outgoing::Bridge;
    }
}

fn access(phone: PhoneId) -> String {
    format!("+1555010000{}", phone.0 + 1)
}

/// What the modem is to dial instead of a phone's target: the SIM's number is shown to the service.
fn dial_of_access(phone: PhoneId) -> Value {
    json!({ "address": access(phone), "clir": "SUPPRESSION", "uus": null })
}

/// The modem's call to the service.
fn leg(phone: PhoneId, state: CallState) -> Call {
    Call { toa: 145, ..call(1, state, &access(phone)) }
}

/// The phone's own call, as it sees it.
fn own(state: CallState) -> Call {
    Call { toa: 145, ..call(1, state, TARGET) }
}

fn bench() -> Bench {
    Bench::with(by_service)
}

/// A bench with a service that has heard which phones there are.
fn linked() -> Bench {
    let mut b = bench();
    b.event(Event::ServiceUp);
    b.to_service.clear();
    b
}

impl Bench {
    fn service_says(&mut self, say: Said) {
        self.event(Event::FromService(&link::to_device(say)));
    }

    /// The phone in the foreground dials and the service is told; the id.
    #[track_caller]
    fn intends(&mut self, phone: PhoneId, serial: i32) -> u64 {
        self.ask(phone, serial, RequestCode::DIAL, dial(TARGET));
        let Some(Say::CallIntent(intent)) = self.service_is_told() else { panic!("no intent") };
        let tag = u32::try_from(phone.0 + 1).unwrap();
        let wanted = CallIntent { id: intent.id, tag, target: TARGET.into(), withheld: false, valid_ms: 30_000 };
        assert!(intent == wanted);
        intent.id
    }

    #[track_caller]
    fn service_is_told(&mut self) -> Option<Say> {
        let told = self.to_service.pop_front()?;
        link::from_device(&told).unwrap()
    }

    fn takes_intent(&mut self, id: u64, phone: PhoneId) {
        self.service_says(Said::IntentTaken(IntentTaken { id, access: access(phone) }));
    }

    /// The modem is asked to call the service, and does; its phone hears that it dials.
    #[track_caller]
    fn modem_dials_access(&mut self, phone: PhoneId, serial: i32) {
        self.modem_answers(RequestCode::DIAL, dial_of_access(phone), Value::Null);
        self.hears_ok(phone, serial);
        self.calls_are(&[leg(phone, CallState::DIALING)]);
        self.hears(phone, CHANGED, Value::Null);
        self.silence();
    }

    /// A phone dials, by tones for there is no link, and the service has answered.
    #[track_caller]
    fn reaches_service(&mut self, phone: PhoneId) {
        self.ask(phone, 1, RequestCode::DIAL, dial(TARGET));
        self.modem_dials_access(phone, 1);
        self.calls_are(&[leg(phone, CallState::ALERTING)]);
        self.hears(phone, CHANGED, Value::Null);
        self.calls_are(&[leg(phone, CallState::ACTIVE)]);
        self.silence();
    }

    /// The next tones are sent, each when the last is answered and its time has come.
    #[track_caller]
    fn tones_are_sent(&mut self, tones: &str) {
        for tone in tones.chars() {
            let due = self.router.deadline().expect("no tone is due");
            assert!(due > self.now, "tones keep a distance");
            self.now = due;
            self.event(Event::Tick);
            self.modem_answers(DTMF, json!(tone.to_string()), Value::Null);
            self.silence();
        }
    }

    #[track_caller]
    fn sees_calls(&mut self, phone: PhoneId, modem: &[Call], seen: &[Call]) {
        self.ask(phone, 9, LIST, Value::Null);
        self.modem_lists(modem);
        self.hears_reply(phone, 9, LIST, Errno::SUCCESS, json!(seen));
    }

    #[track_caller]
    fn was_told(&mut self, phone: PhoneId, cause: i32) {
        self.ask(phone, 8, CAUSE, Value::Null);
        self.hears_reply(phone, 8, CAUSE, Errno::SUCCESS, json!({ "cause": cause }));
    }

    /// Root starts anew, with what is in the store.
    fn starts_anew(&mut self) -> Self {
        Self::with_records(by_service, &self.take_records())
    }
}

fn over(id: u64) -> Say {
    Say::CallOver(CallOver { id })
}

/// The link is for all phones, and what waits there is bounded.
#[test]
fn a_phone_that_dials_and_goes_again_and_again_does_not_fill_the_link() {
    let mut b = linked();
    for serial in 0..200 {
        b.ask(PERSONAL, serial, RequestCode::DIAL, dial(TARGET));
        b.event(Event::PhoneDown(PERSONAL));
        b.event(Event::PhoneUp(PERSONAL));
    }
    assert!(b.to_service.len() <= 32, "{} messages", b.to_service.len());
    while !b.to_service.is_empty() {
        if let Some(Say::CallIntent(intent)) = b.service_is_told() {
            b.takes_intent(intent.id, PERSONAL);
        }
    }
    b.to_phones.clear();
    b.intends(PERSONAL, 999);
}

#[test]
fn without_a_link_the_service_is_told_by_tones() {
    let mut b = bench();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial(TARGET));
    b.modem_dials_access(PERSONAL, 1);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::DIALING)], &[own(CallState::DIALING)]);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    // The service has answered, which is nothing to the phone.
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ALERTING)]);
    b.tones_are_sent(TONES);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ALERTING)]);
    b.advance(Duration::from_millis(250));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ACTIVE)]);
    b.sees_calls(WORK, &[leg(PERSONAL, CallState::ACTIVE)], &[]);
    b.calls_are(&[leg(PERSONAL, CallState::HOLDING)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::HOLDING)], &[own(CallState::HOLDING)]);
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 16}));
    b.silence();
}

#[test]
fn with_a_link_the_service_is_told_before_the_call_and_says_who_answers() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.silence();
    b.takes_intent(id, PERSONAL);
    b.modem_dials_access(PERSONAL, 1);
    b.calls_are(&[leg(PERSONAL, CallState::ALERTING)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.silence();
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ALERTING)]);
    b.service_says(Said::CallAnswered(CallAnswered { id }));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ACTIVE)]);
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 16}));
    b.silence();
}

#[test]
fn who_answers_before_the_modem_lists_it_has_answered() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    b.modem_answers(RequestCode::DIAL, dial_of_access(PERSONAL), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.service_says(Said::CallAnswered(CallAnswered { id }));
    b.silence();
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ACTIVE)]);
}

#[test]
fn a_target_that_is_not_reached_ends_the_call_with_its_cause() {
    for listed in [false, true] {
        let mut b = linked();
        let id = b.intends(PERSONAL, 1);
        b.takes_intent(id, PERSONAL);
        b.modem_answers(RequestCode::DIAL, dial_of_access(PERSONAL), Value::Null);
        b.hears_ok(PERSONAL, 1);
        if listed {
            b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
            b.hears(PERSONAL, CHANGED, Value::Null);
        }
        b.service_says(Said::CallFailed(CallFailed { id, cause: 17 }));
        if !listed {
            b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
            b.hears(PERSONAL, CHANGED, Value::Null);
        }
        b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
        b.calls_are(&[]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.was_told(PERSONAL, 17);
        b.silence();
    }
}

#[test]
fn a_refused_intent_is_no_call() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.service_says(Said::IntentRefused(IntentRefused { id, cause: 57 }));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.was_told(PERSONAL, 57);
    b.silence();
    assert_eq!(b.router.deadline(), None);
    assert_eq!(b.router.phones().next().unwrap().unanswered, 0);
}

#[test]
fn a_service_that_says_nothing_is_told_by_tones() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.advance(Duration::from_millis(1499));
    b.silence();
    b.advance(Duration::from_millis(1));
    b.modem_dials_access(PERSONAL, 1);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.tones_are_sent("*0");
    // Now it is too late, for the service and for its word.
    b.takes_intent(id, PERSONAL);
    b.service_hears(&over(id));
    b.tones_are_sent(&TONES[2..]);
    b.advance(Duration::from_millis(250));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.silence();
}

#[test]
fn a_late_word_of_the_service_spares_the_tones() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.advance(Duration::from_millis(1500));
    b.modem_dials_access(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.advance(Duration::from_secs(4));
    b.silence();
    b.service_says(Said::CallAnswered(CallAnswered { id }));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.silence();
}

#[test]
fn a_service_that_does_not_say_who_answered_leaves_the_modems_word() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    b.modem_dials_access(PERSONAL, 1);
    b.advance(Duration::from_secs(20));
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.advance(Duration::from_secs(5));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ACTIVE)]);
    b.service_says(Said::CallAnswered(CallAnswered { id }));
    b.silence();
}

#[test]
fn whom_somebody_answers_hears_no_more_tones() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.advance(Duration::from_millis(1500));
    b.modem_dials_access(PERSONAL, 1);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.tones_are_sent("*0");
    b.service_says(Said::CallAnswered(CallAnswered { id }));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.advance(Duration::from_secs(5));
    b.silence();
}

#[test]
fn a_service_cannot_have_another_number_called() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.service_says(Said::IntentTaken(IntentTaken { id, access: "+19005550100".into() }));
    b.modem_dials_access(PERSONAL, 1);
    assert!(b.notes.iter().any(|note| matches!(note, Note::Undecodable { .. })));
}

#[test]
fn a_link_that_is_lost_leaves_tones_or_the_modems_word() {
    // While the service is asked.
    let mut b = linked();
    b.intends(PERSONAL, 1);
    b.event(Event::ServiceDown);
    b.modem_dials_access(PERSONAL, 1);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.tones_are_sent(TONES);
    // While it waits for the target.
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    b.modem_dials_access(PERSONAL, 1);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.event(Event::ServiceDown);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ACTIVE)]);
    b.silence();
    // The link is back, and the target is not reached after all.
    b.event(Event::ServiceUp);
    b.to_service.clear();
    b.service_says(Said::CallFailed(CallFailed { id, cause: 1 }));
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.silence();
}

#[test]
fn a_phone_may_hang_up_at_any_moment() {
    // While the service is told by tones: the rest is not sent.
    let mut b = bench();
    b.reaches_service(PERSONAL);
    b.tones_are_sent("*015");
    b.ask(PERSONAL, 2, RequestCode::HANGUP, json!([1]));
    b.advance(Duration::from_secs(1));
    b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
    b.hears_ok(PERSONAL, 2);
    b.advance(Duration::from_secs(1));
    b.silence();
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 16}));
    b.advance(Duration::from_secs(60));
    b.silence();
    // Before the service has answered the call that it was told of, and after.
    for state in [CallState::ALERTING, CallState::ACTIVE] {
        let mut b = linked();
        let id = b.intends(PERSONAL, 1);
        b.takes_intent(id, PERSONAL);
        b.modem_dials_access(PERSONAL, 1);
        b.calls_are(&[leg(PERSONAL, state)]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.ask(PERSONAL, 2, RequestCode::HANGUP, json!([1]));
        b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
        b.hears_ok(PERSONAL, 2);
        b.calls_are(&[]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.service_hears(&over(id));
        b.modem_answers(CAUSE, Value::Null, json!({"cause": 16}));
        b.silence();
    }
}

#[test]
fn a_hang_up_that_fails_lets_the_tones_go_on() {
    let mut b = bench();
    b.reaches_service(PERSONAL);
    b.tones_are_sent("*0");
    b.ask(PERSONAL, 2, RequestCode::HANGUP, json!([1]));
    let serial = b.modem_hears(RequestCode::HANGUP, json!([1]));
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    b.hears_errno(PERSONAL, 2, Errno::MODEM_ERR);
    b.tones_are_sent(&TONES[2..]);
}

#[test]
fn a_leg_that_drops_ends_the_call() {
    let mut b = bench();
    b.reaches_service(PERSONAL);
    b.tones_are_sent("*01");
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 41}));
    b.advance(Duration::from_secs(60));
    b.silence();
}

#[test]
fn a_modem_that_refuses_the_call_is_the_end_of_its_intent() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    let serial = b.modem_hears(RequestCode::DIAL, dial_of_access(PERSONAL));
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    b.service_hears(&over(id));
    b.hears_errno(PERSONAL, 1, Errno::MODEM_ERR);
    b.silence();
}

#[test]
fn a_tone_that_fails_ends_the_call_before_somebody_else_is_called() {
    let fails: [fn(&mut Bench, i32); 2] =
        [|b, serial| b.reply_raw(serial, Errno::MODEM_ERR, &[]), |b, _| b.advance(Duration::from_secs(10))];
    for fail in fails {
        let mut b = bench();
        b.reaches_service(PERSONAL);
        b.tones_are_sent("*01");
        b.advance(Duration::from_millis(250));
        let serial = b.modem_hears(DTMF, json!("5"));
        fail(&mut b, serial);
        b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
        b.advance(Duration::from_secs(60));
        b.silence();
        b.calls_are(&[]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.was_told(PERSONAL, 41);
        b.silence();
    }
}

#[test]
fn tones_wait_while_the_call_is_held() {
    let mut b = bench();
    b.reaches_service(PERSONAL);
    b.tones_are_sent("*01");
    let others = incoming(2, CallState::WAITING, "155501888882");
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE), others.clone()]);
    b.to_phones.clear();
    b.ask(WORK, 1, RequestCode::ANSWER, Value::Null);
    b.modem_answers(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Value::Null, Value::Null);
    b.hears_ok(WORK, 1);
    let others = Call { state: CallState::ACTIVE, ..others };
    let both = [leg(PERSONAL, CallState::HOLDING), others];
    b.calls_are(&both);
    b.to_phones.clear();
    b.to_modem.clear();
    b.advance(Duration::from_secs(60));
    b.silence();
    b.sees_calls(PERSONAL, &both, &[own(CallState::HOLDING)]);
    b.silence();
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.to_phones.clear();
    b.modem_hears(CAUSE, Value::Null);
    for tone in TONES[3..].chars() {
        b.modem_answers(DTMF, json!(tone.to_string()), Value::Null);
        b.advance(Duration::from_millis(250));
    }
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.silence();
}

#[test]
fn the_phones_own_tones_wait_for_those_of_the_service() {
    let mut b = bench();
    b.reaches_service(PERSONAL);
    b.tones_are_sent("*0");
    b.ask(PERSONAL, 2, DTMF, json!("7"));
    b.ask(PERSONAL, 3, RequestCode::DTMF_START, json!("8"));
    b.ask(PERSONAL, 4, RequestCode::DTMF_STOP, Value::Null);
    b.silence();
    b.tones_are_sent(&TONES[2..]);
    b.advance(Duration::from_millis(250));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(DTMF, json!("7"), Value::Null);
    b.modem_answers(RequestCode::DTMF_START, json!("8"), Value::Null);
    b.modem_answers(RequestCode::DTMF_STOP, Value::Null, Value::Null);
    for serial in [2, 3, 4] {
        b.hears_ok(PERSONAL, serial);
    }
    b.silence();
    assert_eq!(b.router.phones().next().unwrap().unanswered, 0);
}

#[test]
fn the_phones_own_tones_are_answered_when_there_is_nothing_to_wait_for() {
    let ends: [(End, Option<Errno>); 3] = [
        (|b| b.calls_are(&[]), Some(Errno::GENERIC_FAILURE)),
        (|b| b.event(Event::ModemDown), Some(Errno::RADIO_NOT_AVAILABLE)),
        (|b| b.event(Event::PhoneDown(PERSONAL)), None),
    ];
    for (end, errno) in ends {
        let mut b = bench();
        b.reaches_service(PERSONAL);
        for serial in 0..40 {
            b.ask(PERSONAL, serial, DTMF, json!("7"));
        }
        assert_eq!(b.to_phones.len(), 8, "no more than 32 wait");
        b.to_phones.clear();
        end(&mut b);
        let answer = |(_, heard): &(PhoneId, Heard)| match heard {
            Heard::Reply { errno, .. } => Some(*errno),
            Heard::Unsolicited { .. } => None,
        };
        let answers: Vec<Errno> = b.to_phones.iter().filter_map(answer).collect();
        assert_eq!(answers, vec![errno; 32].into_iter().flatten().collect::<Vec<_>>());
        b.to_modem.clear();
        b.advance(Duration::from_secs(60));
        assert_eq!(b.router.phones().next().unwrap().unanswered, 0);
    }
}

#[test]
fn two_phones_call_by_the_service_one_after_the_other() {
    let mut b = bench();
    b.reaches_service(PERSONAL);
    b.tones_are_sent(TONES);
    b.advance(Duration::from_millis(250));
    b.to_phones.clear();
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.ask(WORK, 1, RequestCode::DIAL, dial("+15550177777"));
    b.modem_answers(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Value::Null, Value::Null);
    b.modem_answers(RequestCode::DIAL, dial_of_access(WORK), Value::Null);
    b.hears_ok(WORK, 1);
    let second = |state| Call { index: 2, ..leg(WORK, state) };
    b.calls_are(&[leg(PERSONAL, CallState::HOLDING), second(CallState::ACTIVE)]);
    b.to_phones.clear();
    b.to_modem.clear();
    b.tones_are_sent("*015550177777#");
    let modem = [leg(PERSONAL, CallState::HOLDING), second(CallState::ACTIVE)];
    b.advance(Duration::from_millis(250));
    b.hears(WORK, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &modem, &[own(CallState::HOLDING)]);
    b.sees_calls(WORK, &modem, &[Call { number: Some("+15550177777".into()), ..own(CallState::ACTIVE) }]);
    b.silence();
}

#[test]
fn emergencies_services_and_short_codes_do_not_go_by_the_service() {
    for link in [false, true] {
        let mut b = if link { linked() } else { bench() };
        for number in ["112", "911", "*31#112"] {
            b.ask(PERSONAL, 1, RequestCode::DIAL, dial(number));
            b.modem_hears(RequestCode::DIAL, json!({ "address": number, "clir": "DEFAULT", "uus": null }));
            b.event(Event::ModemDown);
            b.modem_comes_up(RadioState::ON);
            b.to_modem.clear();
            b.to_phones.clear();
        }
        b.to_service.clear();
        for (number, sent) in
            [("611", "611"), ("22922", "22922"), ("116117", "116117"), ("*100#", "*100#"), ("112,1", "112")]
        {
            let mut b = if link { linked() } else { bench() };
            b.ask(PERSONAL, 1, RequestCode::DIAL, dial(number));
            b.modem_hears(RequestCode::DIAL, json!({ "address": sent, "clir": "DEFAULT", "uus": null }));
            b.silence();
        }
    }
}

#[test]
fn the_sims_emergency_numbers_do_not_go_by_the_service() {
    let mut b = Bench::with_records(by_service, &[(Kind::EmergencyNumber, b"15550199999".to_vec(), Vec::new())]);
    b.event(Event::ServiceUp);
    b.to_service.clear();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("15550199999"));
    b.modem_hears(RequestCode::DIAL, json!({ "address": "15550199999", "clir": "DEFAULT", "uus": null }));
    b.silence();
}

#[test]
fn what_is_no_number_is_refused() {
    let mut b = linked();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.was_told(PERSONAL, 28);
    b.silence();
}

#[test]
fn a_number_is_withheld_from_the_target_and_never_from_the_service() {
    let mut b = linked();
    let withheld = json!({ "address": TARGET, "clir": "INVOCATION", "uus": null });
    b.ask(PERSONAL, 1, RequestCode::DIAL, withheld);
    let Some(Say::CallIntent(intent)) = b.service_is_told() else { panic!("no intent") };
    assert!(intent.withheld);
    b.takes_intent(intent.id, PERSONAL);
    b.modem_hears(RequestCode::DIAL, dial_of_access(PERSONAL));
    // As the phone has set it, by tones.
    let mut b = bench();
    b.ask(PERSONAL, 1, RequestCode::SET_CLIR, json!([1]));
    b.hears_ok(PERSONAL, 1);
    b.reaches_service(PERSONAL);
    b.tones_are_sent("*115550199999#");
}

#[test]
fn a_phone_sees_its_call_after_a_restart_of_root() {
    let mut b = bench();
    b.reaches_service(PERSONAL);
    b.tones_are_sent(TONES);
    b.advance(Duration::from_millis(250));
    let mut b = b.starts_anew();
    b.modem_lists(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.to_phones.clear();
    b.advance(Duration::from_secs(10));
    b.silence();
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ACTIVE)]);
    b.sees_calls(WORK, &[leg(PERSONAL, CallState::ACTIVE)], &[]);
}

#[test]
fn tones_that_had_not_begun_are_sent_after_a_restart() {
    let mut b = bench();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial(TARGET));
    b.modem_dials_access(PERSONAL, 1);
    let mut b = b.starts_anew();
    b.modem_lists(&[leg(PERSONAL, CallState::ALERTING)]);
    b.to_phones.clear();
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ALERTING)], &[own(CallState::ALERTING)]);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.tones_are_sent(TONES);
}

#[test]
fn a_call_whose_tones_may_have_begun_is_ended_after_a_restart() {
    let lives: [fn(&mut Bench) -> Bench; 2] = [Bench::starts_anew, |b| {
        b.event(Event::ModemDown);
        b.modem_comes_up(RadioState::ON);
        std::mem::replace(b, Bench::new())
    }];
    for (live, sent) in lives.into_iter().flat_map(|live| ["", "*0155", TONES].map(|sent| (live, sent))) {
        let mut b = bench();
        b.reaches_service(PERSONAL);
        b.tones_are_sent(sent);
        let mut b = live(&mut b);
        b.modem_lists(&[leg(PERSONAL, CallState::ACTIVE)]);
        b.to_phones.clear();
        b.modem_answers(RequestCode::HANGUP, json!([1]), Value::Null);
        b.advance(Duration::from_secs(10));
        b.calls_are(&[]);
        b.hears(PERSONAL, CHANGED, Value::Null);
        b.was_told(PERSONAL, 41);
        b.silence();
    }
}

#[test]
fn a_call_whose_target_is_not_known_any_more_is_seen_by_nobody_and_ended() {
    for phones in [1, 2] {
        let mut b = Bench::with(|config| {
            by_service(config);
            config.phone.truncate(phones);
        });
        b.calls_are(&[leg(PERSONAL, CallState::DIALING)]);
        b.modem_hears(RequestCode::HANGUP, json!([1]));
        b.silence();
        b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::DIALING)], &[]);
        b.silence();
    }
}

#[test]
fn an_operator_sees_whose_calls_the_service_has() {
    let mut b = bench();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial(TARGET));
    b.modem_dials_access(PERSONAL, 1);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::DIALING)], &[own(CallState::DIALING)]);
    let [view] = &b.router.calls().collect::<Vec<_>>()[..] else { panic!("one call") };
    assert_eq!((view.phone, view.hidden, &view.access), (PERSONAL, false, &Some(access(PERSONAL))));
    assert_eq!(view.call.number.as_deref(), Some(TARGET));
    // One of an earlier life, of which nobody knows whom it was to reach, is of the phone that the service has it for.
    let mut b = bench();
    b.calls_are(&[leg(WORK, CallState::DIALING)]);
    let [view] = &b.router.calls().collect::<Vec<_>>()[..] else { panic!("one call") };
    assert_eq!((view.phone, view.hidden, &view.access), (WORK, true, &Some(access(WORK))));
    assert_eq!(view.call.number, None);
}

#[test]
fn an_announced_call_is_what_the_modem_says_after_a_restart() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    b.modem_dials_access(PERSONAL, 1);
    let mut b = b.starts_anew();
    b.modem_lists(&[leg(PERSONAL, CallState::ALERTING)]);
    b.to_phones.clear();
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.sees_calls(PERSONAL, &[leg(PERSONAL, CallState::ACTIVE)], &[own(CallState::ACTIVE)]);
    b.advance(Duration::from_secs(10));
    b.silence();
}

#[test]
fn a_call_that_waits_for_the_service_can_be_given_up() {
    let ends: [(End, Option<Errno>); 4] = [
        (|b| b.event(Event::PhoneDown(PERSONAL)), None),
        (|b| b.event(Event::ModemDown), Some(Errno::RADIO_NOT_AVAILABLE)),
        (|b| b.foreground(WORK).unwrap(), Some(Errno::GENERIC_FAILURE)),
        (|b| b.ask(PERSONAL, 7, RequestCode::RADIO_POWER, json!([0])), Some(Errno::GENERIC_FAILURE)),
    ];
    for (end, errno) in ends {
        let mut b = Bench::with(|config| {
            by_service(config);
            config.calls.on_switch = OnSwitch::Drop;
        });
        b.event(Event::ServiceUp);
        b.to_service.clear();
        let id = b.intends(PERSONAL, 1);
        end(&mut b);
        b.service_hears(&over(id));
        let answers = b.to_phones.iter().filter(|(_, heard)| matches!(heard, Heard::Reply { serial: 1, .. }));
        let answers: Vec<_> = answers.cloned().collect();
        let wanted = errno.map(|errno| (PERSONAL, Heard::Reply { serial: 1, errno, payload: Vec::new() }));
        assert_eq!(answers, wanted.into_iter().collect::<Vec<_>>());
        // The word comes all the same.
        b.to_service.clear();
        b.takes_intent(id, PERSONAL);
        b.service_hears(&over(id));
        assert!(b.to_modem.iter().all(|(code, ..)| *code != RequestCode::DIAL));
        // The service may be told which phones can be reached.
        b.advance(Duration::from_secs(1));
        assert_eq!(b.router.deadline().filter(|due| *due < Duration::from_secs(5)), None);
    }
}

#[test]
fn a_switch_of_the_screen_that_keeps_calls_keeps_one_that_waits_for_the_service() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.takes_intent(id, PERSONAL);
    b.modem_dials_access(PERSONAL, 1);
    let mut b = Bench::with(|config| {
        by_service(config);
        config.calls.on_switch = OnSwitch::Deny;
    });
    b.event(Event::ServiceUp);
    b.to_service.clear();
    b.intends(PERSONAL, 1);
    assert!(b.foreground(WORK).is_err());
}

#[test]
fn who_is_in_an_emergency_meanwhile_has_the_modem() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.ask(WORK, 1, RequestCode::DIAL, dial("112"));
    b.modem_hears(RequestCode::DIAL, json!({ "address": "112", "clir": "DEFAULT", "uus": null }));
    b.takes_intent(id, PERSONAL);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.service_hears(&over(id));
    b.silence();
}

#[test]
fn who_dials_an_emergency_number_does_not_get_the_call_that_waits_for_the_service() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("112"));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.service_hears(&over(id));
    b.modem_hears(RequestCode::DIAL, json!({ "address": "112", "clir": "DEFAULT", "uus": null }));
    b.takes_intent(id, PERSONAL);
    b.service_hears(&over(id));
    b.advance(Duration::from_millis(1500));
    b.silence();
}

#[test]
fn an_intent_that_may_still_be_there_is_not_the_next_calls() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    b.modem_dials_access(PERSONAL, 1);
    b.event(Event::ServiceDown);
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 41}));
    // The service would call the first target, whatever tones it hears.
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial("+15550177777"));
    b.hears_errno(PERSONAL, 2, Errno::GENERIC_FAILURE);
    b.was_told(PERSONAL, 41);
    // The other phone has intents of its own.
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.ask(WORK, 2, RequestCode::DIAL, dial("+15550177777"));
    let serial = b.modem_hears(RequestCode::DIAL, dial_of_access(WORK));
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    b.to_modem.clear();
    b.to_phones.clear();
    b.foreground(PERSONAL).unwrap();
    b.to_modem.clear();
    // It is told as soon as it can be.
    b.event(Event::ServiceUp);
    b.service_hears(&over(id));
    b.to_service.clear();
    let second = b.intends(PERSONAL, 3);
    b.takes_intent(second, PERSONAL);
    b.modem_hears(RequestCode::DIAL, dial_of_access(PERSONAL));
    b.silence();
}

#[test]
fn an_intent_that_a_service_reads_late_is_not_the_next_calls() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.advance(Duration::from_millis(1500));
    b.modem_dials_access(PERSONAL, 1);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.tones_are_sent(TONES);
    b.advance(Duration::from_millis(250));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 16}));
    b.service_hears(&over(id));
    // However long it takes until the service reads it.
    b.advance(Duration::from_secs(60));
    let second = b.intends(PERSONAL, 2);
    b.advance(Duration::from_millis(1500));
    b.service_hears(&over(second));
    b.hears_errno(PERSONAL, 2, Errno::GENERIC_FAILURE);
    b.was_told(PERSONAL, 41);
    b.silence();
    // It reads both, and what is over behind each; with the half minute all are over.
    for id in [id, second] {
        b.takes_intent(id, PERSONAL);
        b.service_hears(&over(id));
    }
    b.silence();
    b.advance(Duration::from_secs(30));
    let third = b.intends(PERSONAL, 3);
    b.advance(Duration::from_millis(1500));
    b.modem_dials_access(PERSONAL, 3);
    // While this one may be read, another is none of its phone's.
    let fourth = b.intends(PERSONAL, 4);
    b.advance(Duration::from_millis(1500));
    b.service_hears(&over(fourth));
    b.hears_errno(PERSONAL, 4, Errno::GENERIC_FAILURE);
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 16}));
    b.service_hears(&over(third));
    // Word of the next intent says that all before it was read.
    let fifth = b.intends(PERSONAL, 5);
    b.takes_intent(fifth, PERSONAL);
    b.modem_dials_access(PERSONAL, 5);
    b.calls_are(&[leg(PERSONAL, CallState::ACTIVE)]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.service_says(Said::CallAnswered(CallAnswered { id: fifth }));
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.calls_are(&[]);
    b.hears(PERSONAL, CHANGED, Value::Null);
    b.modem_answers(CAUSE, Value::Null, json!({"cause": 16}));
    b.event(Event::ServiceDown);
    b.ask(PERSONAL, 6, RequestCode::DIAL, dial(TARGET));
    b.modem_dials_access(PERSONAL, 6);
}

#[test]
fn an_intent_is_over_by_itself() {
    let mut b = linked();
    let id = b.intends(PERSONAL, 1);
    b.takes_intent(id, PERSONAL);
    let serial = b.modem_hears(RequestCode::DIAL, dial_of_access(PERSONAL));
    b.event(Event::ServiceDown);
    b.reply_raw(serial, Errno::MODEM_ERR, &[]);
    b.to_modem.clear();
    b.to_phones.clear();
    b.advance(Duration::from_secs(30));
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial(TARGET));
    b.modem_hears(RequestCode::DIAL, dial_of_access(PERSONAL));
    b.silence();
}

#[test]
fn a_service_that_speaks_of_what_is_not_there_is_not_heard() {
    let mut b = linked();
    for id in [0, 1, u64::MAX] {
        b.takes_intent(id, PERSONAL);
        b.service_hears(&over(id));
        b.service_says(Said::IntentRefused(IntentRefused { id, cause: 1 }));
        b.service_says(Said::CallAnswered(CallAnswered { id }));
        b.service_says(Said::CallFailed(CallFailed { id, cause: u32::MAX }));
        b.silence();
    }
}

#[test]
fn a_background_phone_dials_as_little_as_ever() {
    let mut b = linked();
    b.ask(WORK, 1, RequestCode::DIAL, dial(TARGET));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn a_phone_that_dials_without_end_waits_with_four() {
    let mut b = linked();
    for serial in 0..10 {
        b.ask(PERSONAL, serial, RequestCode::DIAL, dial(TARGET));
    }
    assert_eq!((b.to_service.len(), b.to_phones.len()), (4, 6));
    b.to_service.clear();
    b.to_phones.clear();
    b.advance(Duration::from_millis(1500));
    let answers = b.to_phones.len() + b.to_modem.iter().filter(|(code, ..)| *code == RequestCode::DIAL).count();
    assert_eq!(answers, 4);
}

#[test]
fn no_phone_calls_the_service_by_itself() {
    let mut b = Bench::with(|config| {
        by_service(config);
        config.phone[0].outgoing = Outgoing::Sim;
    });
    let of_work = access(WORK);
    let dialled = ["", "#31#", "*31#", "*67"].map(|code| format!("{code}{of_work}"));
    for number in dialled.iter().chain(&[format!("{of_work},*0{TARGET}#"), "5550100002".into(), access(PERSONAL)]) {
        b.ask(PERSONAL, 1, RequestCode::DIAL, dial(number));
        b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
        b.was_told(PERSONAL, 28);
        b.silence();
    }
    b.ask(PERSONAL, 2, RequestCode::DIAL, dial(TARGET));
    b.modem_hears(RequestCode::DIAL, json!({ "address": TARGET, "clir": "DEFAULT", "uus": null }));
    // With services in the number, not even a phone whose calls go by the service.
    let mut b = bench();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial(&format!("{of_work}#")));
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.silence();
}
