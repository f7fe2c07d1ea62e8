//! `voip-bridge` as scripts meet it: exit codes, what is printed where, JSON, and that the service starts and stops.

mod databases;
mod service;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use service::{Service, configured};
use tempfile::TempDir;

fn run(config: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_voip-bridge")).args(args).arg("--config").arg(config).output().unwrap()
}

/// Standard output and exit code.
fn said(output: &Output) -> (String, i32) {
    (String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned(), output.status.code().unwrap())
}

fn complaint(output: &Output) -> (String, i32) {
    (String::from_utf8(output.stderr.clone()).unwrap().trim().to_owned(), output.status.code().unwrap())
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_number_is_added_assigned_listed_and_released() {
    let (folder, config) = configured("");
    let extra = folder.path().join("numbers");
    std::fs::write(&extra, "# ours\n+33612345678\n").unwrap();
    let add = run(&config, &["numbers", "add", "+15550100001-+15550100002", "--file", extra.to_str().unwrap()]);
    assert_eq!(said(&add), ("3 added".into(), 0));
    let again = run(&config, &["numbers", "add", "+33612345678", "--json"]);
    assert_eq!(json_of(&again), json!({ "added": 0, "known": 1, "advice": [] }));

    let assign = run(&config, &["numbers", "assign", "+33612345678", "--sim", "+33700000000", "--phone", "work"]);
    assert_eq!(said(&assign), ("+33612345678 is the number of work on +33700000000, tag 0".into(), 0));
    assert_eq!(complaint(&assign).0, "", "no advice is needed in France");
    let list = run(&config, &["numbers", "list", "--json"]);
    let entry = &json_of(&list)["numbers"][2];
    assert_eq!(
        *entry,
        json!({ "number": "+33612345678", "assignment": {
            "number": "+33612345678", "sim": "+33700000000", "access": "+33612345678", "tag": 0, "phone": "work",
            "unavailable": "voicemail", "forward_to": null,
        }})
    );
    let table = said(&run(&config, &["numbers", "list"])).0;
    assert!(table.contains("+15550100001      free"), "{table}");
    assert!(table.contains("+33612345678      +33700000000      0   +33612345678      work"), "{table}");

    let taken = run(&config, &["numbers", "assign", "33612345678", "--sim", "+33700000000", "--phone", "home"]);
    assert_eq!(complaint(&taken), ("the number is assigned already".into(), 1));
    let release = run(&config, &["numbers", "release", "+33612345678", "--remove"]);
    assert_eq!(said(&release), ("+33612345678 is no longer the number of work on +33700000000".into(), 0));
    let gone = run(&config, &["numbers", "release", "+33612345678"]);
    assert_eq!(complaint(&gone), ("the number is not assigned".into(), 1));
    assert_eq!(json_of(&run(&config, &["numbers", "list", "--json"]))["numbers"].as_array().unwrap().len(), 2);
}

#[test]
fn advice_comes_with_its_reason() {
    let (_folder, config) = configured("");
    let add = run(&config, &["numbers", "add", "+496912345678"]);
    assert_eq!(said(&add).1, 0);
    let assign = run(&config, &["numbers", "assign", "+496912345678", "--sim", "+4915123456789", "--phone", "work"]);
    assert_eq!(said(&assign).1, 0);
    let advice = complaint(&assign).0;
    assert!(advice.contains("note: Germany (49), fixed: hardly any number can carry a tag."), "{advice}");
    assert!(advice.contains("hold those 10 numbers, too"), "{advice}");
    let film = run(&config, &["numbers", "add", "+15550100001"]);
    assert!(complaint(&film).0.contains("not in the numbering plan"));
}

#[test]
fn wrong_usage_is_2_and_names_what_is_wrong() {
    let (folder, config) = configured("");
    for (args, what) in [
        (&["numbers", "add", "me"][..], "line 1: not a string of digits"),
        (&["numbers", "add", "--file", "/nonexistent"], "/nonexistent: "),
        (&["numbers", "assign", "+15550100001", "--sim", "1", "--phone", "a"], "sim: no country has such a number"),
        (&["numbers", "assign", "+15550100001", "--sim", "+15550200000", "--phone", "A"], "phone: must be 1 to 32"),
        (&["numbers", "release", "x"], "number: not a string of digits"),
        (&["numbers", "add"], "required"),
    ] {
        let (said, code) = complaint(&run(&config, args));
        assert_eq!(code, 2, "{args:?}: {said}");
        assert!(said.contains(what), "{args:?}: {said}");
    }
    assert!(!folder.path().join("bridge.db").exists(), "nothing was made for it");
}

#[test]
fn a_configuration_is_checked_by_line() {
    let (_folder, good) = configured("[retention]\ncalls_days = 1\n");
    assert_eq!(said(&run(&good, &["check"])), (format!("{}: ok", good.display()), 0));
    let (_folder, bad) = configured("[retention]\ncalls_dayz = 1\n");
    let (said, code) = complaint(&run(&bad, &["check"]));
    assert_eq!(code, 2);
    let line = std::fs::read_to_string(&bad).unwrap().lines().count();
    assert!(said.starts_with(&format!("{}:{line}: retention.calls_dayz: unknown key", bad.display())), "{said}");
}

#[test]
fn an_unavailable_database_is_3() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("bridge.toml");
    std::fs::write(&config, "[store]\nsqlite = '/nonexistent/bridge.db'\n").unwrap();
    let (said, code) = complaint(&run(&config, &["numbers", "list"]));
    assert_eq!(code, 3);
    assert!(said.starts_with("the database is unavailable"), "{said}");
}

#[test]
fn of_programs_that_want_one_number_of_a_fleet_one_gets_it() {
    let server = databases::Postgres::start();
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("bridge.toml");
    let store = server.database("fleet");
    let (parameters, password) = (store.postgres.unwrap(), store.password_file.unwrap());
    let text = format!("[store]\npostgres = '{parameters}'\npassword_file = '{}'\n", password.display());
    std::fs::write(&config, text).unwrap();
    assert_eq!(said(&run(&config, &["numbers", "add", "+15550100001"])), ("1 added".into(), 0));
    let start = |last: usize| {
        Command::new(env!("CARGO_BIN_EXE_voip-bridge"))
            .args(["numbers", "assign", "+15550100001", "--phone", "work", "--sim", &format!("+1555020000{last}")])
            .arg("--config")
            .arg(&config)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let programs: Vec<_> = (0..8).map(start).collect();
    let ended: Vec<Output> = programs.into_iter().map(|program| program.wait_with_output().unwrap()).collect();
    let (won, lost): (Vec<&Output>, Vec<&Output>) = ended.iter().partition(|output| output.status.success());
    assert_eq!(won.len(), 1);
    for output in lost {
        assert_eq!(complaint(output), ("the number is assigned already".into(), 1));
    }
    let to = json_of(&run(&config, &["numbers", "list", "--json"]))["numbers"][0]["assignment"]["sim"].clone();
    assert!(said(won[0]).0.contains(to.as_str().unwrap()), "who won has it");
}

#[test]
fn the_service_stops_when_it_is_told() {
    let (_folder, config) = configured("");
    let service = Service::start(&config);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn the_service_does_not_run_without_a_good_token() {
    for (token, what) in [("", "the token must have at least 16 characters"), ("short", "at least 16")] {
        let (folder, config) = configured("");
        std::fs::write(folder.path().join("token"), token).unwrap();
        let (said, code) = complaint(&run(&config, &["serve"]));
        assert_eq!(code, 2);
        assert!(said.contains(what), "{said}");
    }
}
