//! Settings that a phone changes without end: each change goes to the flash.

use super::*;

const CLIR: RequestCode = RequestCode::SET_CLIR;
const CHANNELS: RequestCode = RequestCode::GSM_SET_BROADCAST_SMS_CONFIG;

/// A channel that is not wanted, of which the modem hears nothing.
fn unselected(channel: i32) -> Value {
    json!([{
        "from_service_id": channel, "to_service_id": channel, "from_code_scheme": 0, "to_code_scheme": 255,
        "selected": false
    }])
}

/// How many of a thousand changes are stored, of which there are as many kinds.
fn stored(b: &mut Bench, phone: PhoneId, changes: &[(RequestCode, Value)]) -> usize {
    let before = b.stored.len();
    for (code, arguments) in changes.iter().cycle().take(1000) {
        b.ask(phone, 1, *code, arguments.clone());
        b.to_modem.clear();
    }
    b.stored.len() - before
}

#[test]
fn a_phone_that_changes_its_settings_without_end_does_not_wear_out_the_flash() {
    for changes in [
        [(CLIR, json!([1])), (CLIR, json!([2]))],
        [(CHANNELS, unselected(1)), (CHANNELS, unselected(2))],
        [(CLIR, json!([1])), (CLIR, json!([0]))],
    ] {
        let mut b = Bench::new();
        // The modem has the same all the time.
        b.ask(WORK, 0, CHANNELS, unselected(0));
        b.modem_answers(CHANNELS, json!([]), Value::Null);
        b.to_phones.clear();
        assert!(stored(&mut b, WORK, &changes) <= 64);
        assert!(
            b.to_phones.iter().any(|(_, heard)| matches!(heard, Heard::Reply { errno: Errno::GENERIC_FAILURE, .. }))
        );
        // What was confirmed is stored, and what is stored may be set again.
        b.to_phones.clear();
        b.advance(Duration::from_secs(10));
        assert_eq!(stored(&mut b, WORK, &changes), 1);
        // Nobody else is concerned.
        b.to_phones.clear();
        b.ask(PERSONAL, 1, CLIR, json!([1]));
        b.hears_ok(PERSONAL, 1);
    }
}

#[test]
fn a_setting_that_is_what_it_was_is_not_stored_again() {
    let mut b = Bench::new();
    b.ask(WORK, 1, CHANNELS, unselected(1));
    b.modem_answers(CHANNELS, json!([]), Value::Null);
    b.hears_ok(WORK, 1);
    assert_eq!(stored(&mut b, WORK, &[(CHANNELS, unselected(1))]), 0);
    assert!(b.to_phones.iter().all(|(_, heard)| matches!(heard, Heard::Reply { errno: Errno::SUCCESS, .. })));
}

/// As many as a client that starts has settings, a few times.
#[test]
fn what_a_client_sets_at_its_start_is_always_taken() {
    let mut b = Bench::new();
    for start in 0..10 {
        b.ask(WORK, 1, CLIR, json!([start % 3]));
        b.hears_ok(WORK, 1);
    }
}
