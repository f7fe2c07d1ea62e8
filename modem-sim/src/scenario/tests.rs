//! Scenarios in virtual time: a host of a few lines, and what becomes of each step.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use ril_protocol::parcel::encode;
use ril_protocol::payload::call::Dial;
use ril_protocol::{Errno, RequestCode as R};

use super::{Outcome, Report, Scenario, VirtualModem};
use crate::model::VERSION;

fn scenario(text: &str) -> Scenario {
    Scenario::load(Path::new("s"), &BTreeMap::new(), &mut |_| Ok(text.to_owned())).unwrap()
}

/// A modem that plays this, and what becomes of its steps.
fn play(text: &str) -> (VirtualModem, Receiver<Report>) {
    let scenario = scenario(text);
    let mut modem = VirtualModem::new(scenario.config().unwrap());
    let reports = modem.play(scenario);
    (modem, reports)
}

fn dial(modem: &mut VirtualModem, number: &str) {
    let dial = Dial { address: Some(number.to_owned()), ..Dial::default() };
    modem.send(R::DIAL, &encode(&dial, VERSION));
}

/// `0 ok`, `1 FAILED after 5s: text`; waiting is left out.
fn told(reports: &Receiver<Report>) -> Vec<String> {
    let told = reports.try_iter().filter_map(|Report { step, at, outcome }| match outcome {
        Outcome::Waits => None,
        Outcome::Passed(_) => Some(format!("{step} ok")),
        Outcome::Failed(instead) => Some(format!("{step} FAILED at {at:?}: {instead}")),
    });
    told.collect()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn what_stands_behind_a_request_is_done_before_the_modem_looks_at_it() {
    let (mut modem, reports) = play(
        "modem --radio on\nwhen DIAL address=555*\nfail DIAL NETWORK_REJECT\nexpect answer DIAL errno=NETWORK_REJECT\nexpect calls=0",
    );
    modem.advance(seconds(1));
    dial(&mut modem, "112");
    assert_eq!(told(&reports), [""; 0], "another number");
    dial(&mut modem, "5550100");
    // The answer is asked for at once, when there is none yet.
    assert_eq!(told(&reports), ["0 ok", "1 ok", "2 FAILED at 1s: nothing came", "3 FAILED at 1s: it is: calls=1"]);
    let errnos: Vec<Errno> =
        (1..=2).filter_map(|n| modem.answer(vendor_shim::guest::Token(n))).map(|r| r.errno).collect();
    assert_eq!(errnos.last(), Some(&Errno::NETWORK_REJECT));
}

#[test]
fn expectations_behind_one_another_look_at_the_same_messages() {
    let (mut modem, reports) = play(
        "modem --radio on\nwhen registered\ncall 5550199\nexpect told CALL_RING\nexpect ANSWER within 5s\nexpect GET_CURRENT_CALLS within 5s\nexpect call=ACTIVE within 1s\n",
    );
    modem.advance(seconds(1));
    modem.send(R::GET_CURRENT_CALLS, &[]);
    modem.send(R::ANSWER, &[]);
    modem.advance(seconds(1));
    assert_eq!(told(&reports), ["0 ok", "1 ok", "2 ok", "3 ok", "4 ok", "5 ok"]);
}

#[test]
fn when_looks_at_what_comes_and_ends_the_scenario_in_vain() {
    let (mut modem, reports) = play("modem --radio on\ncall 5550199\nexpect no DIAL\nwhen ANSWER within 2s\ncalls");
    modem.send(R::GET_IMEI, &[]);
    modem.send(R::GET_IMEI, &[]);
    modem.advance(seconds(10));
    let told = told(&reports);
    assert_eq!(told[..2], ["0 ok", "1 ok"]);
    assert_eq!(told.len(), 3, "the last step is not reached: {told:?}");
    assert!(told[2].starts_with("2 FAILED at 2s: there came: 2 GET_IMEI, 2 answer GET_IMEI errno=SUCCESS"), "{told:?}");
    assert!(reports.recv().is_err(), "it is over");
}

#[test]
fn nothing_of_a_kind_for_a_time_is_a_matter_of_the_modems_time() {
    let text =
        "modem --radio on\nexpect no SEND_SMS within 5s\nexpect no GET_IMEI within 5s\nexpect no calls>=1 within 1s";
    let (mut modem, reports) = play(text);
    modem.advance(seconds(6));
    modem.send(R::GET_IMEI, &[]);
    assert_eq!(told(&reports), ["0 ok", "1 FAILED at 6s: there came: request GET_IMEI"]);
    modem.advance(Duration::from_millis(999));
    modem.console("call 5550199");
    assert_eq!(told(&reports), ["2 FAILED at 6.999s: it is so: calls=1"]);
}

#[test]
fn messages_are_counted_and_those_with_other_fields_are_quoted() {
    let (mut modem, reports) =
        play("modem --radio on\nexpect 3 DIAL address=5550100 within 5s\nexpect 2 GET_IMEI within 5s");
    dial(&mut modem, "5550100");
    dial(&mut modem, "5550123");
    modem.send(R::GET_IMEI, &[]);
    modem.send(R::GET_IMEI, &[]);
    modem.advance(seconds(6));
    let told = told(&reports);
    assert!(
        told[0].starts_with("0 FAILED at 5s: 1 came; of this kind there were 2, the last of them:\nrequest DIAL "),
        "{told:?}"
    );
    assert!(told[0].contains("\"address\":\"5550123\""), "{told:?}");
    assert_eq!(told[1], "1 ok");
}

#[test]
fn time_goes_by() {
    let text = "at 2s\ncall 5550199\nafter 500ms\nexpect radio=off\nexpect voice!=home|roaming\nexpect signal<=31";
    let (mut modem, reports) = play(text);
    modem.advance(Duration::from_millis(2_499));
    assert_eq!(told(&reports), ["0 ok", "1 ok"]);
    modem.advance(Duration::from_millis(1));
    let told = told(&reports);
    assert_eq!(told[..3], ["2 ok", "3 ok", "4 ok"], "{told:?}");
}

#[test]
fn what_the_console_says_is_waited_for() {
    let (mut modem, reports) =
        play("modem --radio on --answer never\nwhen says calls \"#1 to * ALERTING\" within 5s\nradio crash again");
    modem.advance(Duration::from_millis(100));
    dial(&mut modem, "5550100");
    modem.advance(seconds(1));
    let refused = "1 FAILED at 105ms: the modem refuses: try 'radio crash [off|same] [<reason>]'";
    assert_eq!(told(&reports), ["0 ok", refused]);
}

#[test]
fn answers_are_wrong_as_ordered() {
    let (mut modem, reports) = play(
        "modem --radio on\nreply GET_IMEI \"000\"\nexpect answer GET_IMEI payload=000 within 5s\ntwice GET_IMSI\ncut OPERATOR 2\nfaults",
    );
    modem.send(R::GET_IMEI, &[]);
    let passed: Vec<Outcome> = reports.try_iter().map(|report| report.outcome).collect();
    assert_eq!(passed.last(), Some(&Outcome::Passed("twice GET_IMSI 1\ncut OPERATOR 2".to_owned())));
}

#[test]
fn mistakes_have_a_line() {
    for (text, why) in [
        ("when registered\nwhenever", "s:2: unknown command 'whenever'"),
        ("at noon", "s:1: 'noon' is no time; try 200ms, 1.5s or 2m"),
        ("after 1e3s", "s:1: '1e3s' is no time; try 200ms, 1.5s or 2m"),
        ("after 25000m", "s:1: 25000m is more than a day"),
        ("when DIAL within", "s:1: 'within' is not FIELD=VALUE"),
        ("expect no", "s:1: what is looked for is missing"),
        ("when no DIAL", "s:1: no state 'no'; there are "),
        ("calls\nmodem --radio on", "s:2: what the modem is before it starts comes before the first step"),
        ("modem --radio maybe\ncalls", "s:1: --radio: 'maybe' is not one of on|off"),
        ("modem --control x\ncalls", "s:1: --console and --control are for whoever starts the modem"),
        ("modem --radio on", "s:1: there is no step in it"),
        ("help", "s:1: 'help' is for people"),
        ("gsm cal 5550199", "s:1: 'gsm' wants one of: list, call, "),
        ("fail DIALL GENERIC_FAILURE", "s:1: no request 'DIALL' in ril.h"),
        ("fail DIAL GENERAL_FAILURE", "s:1: no errno 'GENERAL_FAILURE' in ril.h"),
    ] {
        let mistake = Scenario::load(Path::new("s"), &BTreeMap::new(), &mut |_| Ok(text.to_owned())).unwrap_err();
        assert!(mistake.to_string().starts_with(why), "{text}: {mistake}");
    }
}

#[test]
fn watchers_see_what_happens_and_are_let_go_if_they_do_not_look() {
    let mut modem = VirtualModem::new(scenario("modem --radio on\ncalls").config().unwrap());
    let (sender, seen) = std::sync::mpsc::sync_channel(40);
    modem.stage.watch(Duration::ZERO, sender);
    let states: Vec<String> = seen.try_iter().collect();
    assert!(states.contains(&"0 state radio=on".to_owned()), "{states:?}");
    modem.advance(seconds(1));
    dial(&mut modem, "5550100");
    let lines: Vec<String> = seen.try_iter().collect();
    for line in ["5 state voice=home", "1000 answer DIAL SUCCESS", "1000 state call=DIALING"] {
        assert!(lines.iter().any(|seen| seen == line), "{line} in {lines:?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("1000 request DIAL {\"address\":\"5550100\"")), "{lines:?}");
    for _ in 0..40 {
        modem.send(R::GET_IMEI, &[]);
    }
    assert_eq!(seen.iter().count(), 40, "and then no more");
}

/// Every scenario that comes with this project has something in it that a phone has to do.
#[test]
fn the_examples_fail_when_there_is_no_phone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/scenarios");
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "scenario")) {
        let scenario = Scenario::load(&file, &BTreeMap::new(), &mut |path| std::fs::read_to_string(path)).unwrap();
        let mut modem = VirtualModem::new(scenario.config().unwrap());
        let reports = modem.play(scenario);
        modem.advance(seconds(3_600));
        assert!(told(&reports).iter().any(|step| step.contains("FAILED")), "{}", file.display());
        assert!(reports.recv().is_err(), "{} does not end", file.display());
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn a_phone_that_has_asked_for_all_is_quiet() {
    let (mut modem, reports) = play("when quiet 2s within 10s\nexpect quiet 5s within 1s");
    modem.advance(seconds(1));
    modem.send(R::GET_IMEI, &[]);
    modem.advance(Duration::from_millis(1_999));
    assert_eq!(told(&reports), [""; 0]);
    modem.advance(Duration::from_millis(1));
    assert_eq!(told(&reports), ["0 ok"]);
    modem.advance(seconds(1));
    assert_eq!(told(&reports), ["1 FAILED at 4s: nothing came"]);
}

/// The scenarios in the documentation are ones, and it knows all states.
#[test]
fn the_documentation_is_right() {
    let text = include_str!("../../../docs/scenarios.md");
    let blocks: Vec<&str> = text.split("```").filter_map(|block| block.strip_prefix("scenario\n")).collect();
    assert_eq!(blocks.len(), 3);
    blocks.into_iter().for_each(|block| drop(scenario(block)));
    let unknown = Scenario::load(Path::new("s"), &BTreeMap::new(), &mut |_| Ok("when x=1".to_owned())).unwrap_err();
    let (_, names) = unknown.why.split_once("there are ").unwrap();
    for name in names.split(", ") {
        assert!(text.contains(&format!("`{name}`")), "{name} is not documented");
    }
}
