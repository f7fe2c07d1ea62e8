//! The scenarios of `examples/scenarios`, each on a real oFono: that the phone does what the scenario expects of it,
//! that what the scenario does arrives at the phone, and that the scenario fails when the phone does something else.
//!
//! They need root, for namespaces, and the Debian packages `dbus` and `ofono`.

use std::fs;

use rild_proxy_tests::dbus::{Refused, flag, text};
use rild_proxy_tests::scenario::{Rehearsal, examples};

const SOMEBODY: &str = "+15550100123";

/// What the phone has asked when its user wants the network to be chosen automatically; see `OFono::settle`.
const READY: &str = "ready=answer SET_NETWORK_SELECTION_AUTOMATIC";

/// A phone that has done all that it does at its start, on a modem whose scenario waits for its word.
fn online(scenario: &str, parameters: &[&str]) -> Rehearsal {
    let parameters: Vec<&str> = parameters.iter().copied().chain([READY]).collect();
    let modem = Rehearsal::start(scenario, &parameters);
    modem.phone.go_online();
    modem
}

/// A place in the journal of signals.
fn here(modem: &Rehearsal) -> usize {
    modem.phone.bus().signals().len()
}

/// Waits for a property to have had a value since a place in the journal of signals, if only for a moment.
fn has_been(modem: &Rehearsal, since: usize, property: &str, value: &str) {
    let seen = modem.phone.bus().signals().wait_for(since, |signal| {
        let (name, now): (String, zbus::zvariant::OwnedValue) = signal.body()?;
        (signal.name == "PropertyChanged" && name == property && now.downcast_ref() == Ok(value)).then_some(())
    });
    assert!(seen.is_some(), "{property} was never {value}");
}

#[test]
fn every_example_is_tested_here() {
    let this = include_str!("scenarios.rs");
    let mut count = 0;
    for entry in fs::read_dir(examples()).expect("there are examples") {
        let name = entry.expect("an entry").file_name().into_string().expect("plain names");
        let used = name == "online.scenario" || this.contains(&format!("\"{name}\""));
        assert!(name.ends_with(".scenario") && used, "{name}");
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn boot() {
    let modem = Rehearsal::start("boot.scenario", &["imsi=001017777777777", "name=Elsewhere"]);
    modem.phone.go_online();
    let network = modem.phone.properties("NetworkRegistration");
    assert_eq!(text(&network, "Name").as_deref(), Some("Elsewhere"));
    let card = modem.phone.properties("SimManager");
    assert_eq!(text(&card, "SubscriberIdentity").as_deref(), Some("001017777777777"));
    modem.succeeds();
}

#[test]
fn registration_loss() {
    let modem = online("registration-loss.scenario", &[]);
    let since = here(&modem);
    modem.phone.settle();
    for status in ["unregistered", "roaming", "registered"] {
        has_been(&modem, since, "Status", status);
    }
    modem.succeeds();
}

#[test]
fn a_call_during_data() {
    let modem = online("call-during-data.scenario", &[]);
    let context = modem.phone.open_context("internet");
    let (call, properties) = modem.phone.wait_for_call("incoming");
    assert_eq!(text(&properties, "LineIdentification").as_deref(), Some("5550199"));
    modem.phone.on_call(&call, "Answer");
    modem.phone.wait_for_no_call();
    modem.is_over();
    let open = modem.phone.contexts().into_iter().find(|(path, _)| *path == context);
    assert!(open.is_some_and(|(_, properties)| flag(&properties, "Active")), "its data has gone");
    modem.succeeds();
}

#[test]
fn a_call_that_is_not_answered_fails_the_scenario() {
    let modem = online("call-during-data.scenario", &["patience=500ms"]);
    modem.phone.open_context("internet");
    modem.phone.wait_for_call("incoming");
    let said = modem.fails();
    assert!(said.contains("FAILED  ") && said.contains("expect ANSWER within 500ms"), "{said}");
}

#[test]
fn an_sms_storm() {
    let modem = online("sms-storm.scenario", &["count=25"]);
    let since = here(&modem);
    modem.phone.settle();
    let mut texts = modem.phone.wait_for_texts(since, 25);
    texts.sort();
    let mut expected: Vec<(String, String)> =
        (1..=25).map(|n| (format!("Message {n} of 25"), "+15550123".to_owned())).collect();
    expected.sort();
    assert_eq!(texts, expected);
    modem.succeeds();
}

#[test]
fn the_card_is_pulled_out_and_asks_for_its_pin() {
    let modem = online("sim-removal.scenario", &[]);
    let since = here(&modem);
    modem.phone.settle();
    has_been(&modem, since, "PinRequired", "pin");
    let entered: Result<(), Refused> = modem.phone.call("SimManager", "EnterPin", &("pin", "1234"));
    assert_eq!(entered, Ok(()));
    modem.succeeds();
}

#[test]
fn the_modem_crashes_in_a_call() {
    let modem = online("modem-crash.scenario", &[]);
    modem.phone.settle();
    modem.phone.dial(SOMEBODY).expect("the phone may dial");
    modem.phone.wait_for_call("active");
    let since = modem.phone.log().said().len();
    // The modem is gone before it has answered; what the phone makes of that is not looked at.
    let _: Result<(), Refused> = modem.phone.call("VoiceCallManager", "SendTones", &"1");
    modem.phone.log().wait_for(since, "RADIO_STATE_CHANGED (state: UNAVAILABLE)");
    modem.phone.wait_for_no_call();
    modem.is_over();
    modem.phone.wait_for_registration("registered");
    modem.succeeds();
}

#[test]
fn a_slow_modem() {
    let modem = online("slow-modem.scenario", &[]);
    modem.phone.settle();
    modem.phone.dial(SOMEBODY).expect("the phone waits for the modem");
    let (call, _) = modem.phone.wait_for_call("active");
    modem.phone.on_call(&call, "Hangup");
    modem.phone.wait_for_no_call();
    modem.succeeds();
}

#[test]
fn a_modem_that_is_not_slow_fails_the_scenario() {
    let modem = online("slow-modem.scenario", &["ms=200"]);
    modem.phone.settle();
    modem.phone.dial(SOMEBODY).expect("the phone waits for the modem");
    let (call, _) = modem.phone.wait_for_call("active");
    modem.phone.on_call(&call, "Hangup");
    let said = modem.fails();
    assert!(said.contains("there came: answer DIAL SUCCESS"), "{said}");
}

#[test]
fn wrong_answers() {
    let modem = online("wrong-answers.scenario", &[]);
    let since = here(&modem);
    modem.phone.settle();
    modem.phone.dial(SOMEBODY).expect_err("the modem refuses");
    modem.phone.dial(SOMEBODY).expect("the modem takes it");
    let (call, _) = modem.phone.wait_for_call("active");
    modem.phone.on_call(&call, "Hangup");
    modem.phone.wait_for_no_call();
    for country in ["999", "001"] {
        has_been(&modem, since, "MobileCountryCode", country);
    }
    modem.phone.log().wait_for(0, "< RIL_REQUEST_VOICE_REGISTRATION_STATE failed");
    modem.is_over();
    modem.phone.wait_for_registration("registered");
    modem.succeeds();
}
