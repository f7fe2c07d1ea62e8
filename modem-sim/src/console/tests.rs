//! Golden transcripts: what is said behind `> `, what is answered below it.
//!
//! With `UPDATE_TRANSCRIPTS=1` the answers are written instead of compared; review the difference.

use std::path::Path;

use ril_protocol::{RequestCode, parcel};

use crate::bench::Bench;
use crate::model::VERSION;

/// Replays a transcript on a modem with these arguments. `! REQUEST [INTS | JSON]` stands for the host.
fn replay(name: &str, args: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/console").join(name);
    let expected = std::fs::read_to_string(&path).unwrap();
    let mut bench = Bench::online(args);
    let mut actual = String::new();
    for line in expected.lines() {
        if line.starts_with("# ") {
            actual.push_str(&format!("{line}\n"));
        } else if let Some(command) = line.strip_prefix("> ") {
            actual.push_str(&format!("{line}\n{}", bench.console(command)));
        } else if let Some(request) = line.strip_prefix("! ") {
            ask(&mut bench, request);
            actual.push_str(&format!("{line}\n"));
        }
    }
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(&path, actual).unwrap();
    } else {
        assert_eq!(actual, expected, "{name}");
    }
}

fn ask(bench: &mut Bench, request: &str) {
    let (name, arguments) = request.split_once(' ').unwrap_or((request, ""));
    let code: RequestCode = name.parse().unwrap();
    let ints: Result<Vec<i32>, _> = arguments.split_whitespace().map(str::parse).collect();
    let payload = match ints {
        Ok(ints) => parcel::encode(&ints, VERSION),
        Err(_) => code.row().unwrap().request.from_json(serde_json::from_str(arguments).unwrap(), VERSION).unwrap(),
    };
    bench.send(code, &payload);
    bench.advance(50);
}

#[test]
fn the_emulators_commands() {
    replay("emulator.txt", "");
}

#[test]
fn the_commands_of_our_own() {
    replay("modem.txt", "--answer never");
}

#[test]
fn messages() {
    replay("sms.txt", "");
}

#[test]
fn emergency_numbers() {
    replay("emergency.txt", "--answer never");
}

#[test]
fn broadcasts() {
    replay("cb.txt", "");
}

#[test]
fn the_sim_toolkit() {
    replay("stk.txt", "--answer never");
}

#[test]
fn data_calls() {
    replay("data.txt", "--data-calls 2");
}

#[test]
fn cdma() {
    replay("cdma.txt", "--answer never");
}

#[test]
fn ussd() {
    replay("ussd.txt", "");
}

#[test]
fn channels_and_requests() {
    replay("counts.txt", "--channels 1");
}

#[test]
fn outages() {
    replay("outage.txt", "--answer never");
}

#[test]
fn help() {
    replay("help.txt", "");
}

#[test]
fn quit_says_nothing() {
    assert_eq!(Bench::new("").console("quit"), "");
    assert_eq!(Bench::new("").console("exit now"), "");
}

#[test]
fn crash_ends_the_process() {
    let mut modem = crate::model::Modem::new(crate::model::Config::default());
    let (_, effects) = modem.operate(std::time::Duration::ZERO, |modem, to| super::run("crash", modem, to));
    assert_eq!(effects, [crate::model::Effect::Abort]);
}

/// A command or none, a word, and anything.
const LINE: &str = "(gsm |sms |network |sim |stk |cdma |cb |radio |data |ussd |)[a-z]{0,8} ?\\PC{0,20}";

proptest::proptest! {
    /// No line makes the console panic, and each has an answer that ends in one way.
    #[test]
    fn any_line_has_one_answer(line in LINE) {
        let answer = Bench::online("").console(&line);
        let ends = answer.lines().filter(|line| *line == "OK" || line.starts_with("KO: ")).count();
        proptest::prop_assert!(ends == 1 || answer.is_empty(), "{line:?}: {answer:?}");
    }
}
