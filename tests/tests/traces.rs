//! Traces of real daemons: recorded on demand, always, and by a tap; ended in order, and not.

use std::fs;
use std::path::Path;

use ril_protocol::RequestCode;
use rild_proxy_tests::binaries;
use rild_proxy_tests::peer::Peer;
use rild_proxy_tests::processes::Program;
use rild_proxy_tests::root::Root;
use rild_proxy_tests::traces::{done, rilctl, text};
use serde_json::Value;

const TWO_PHONES: &str = "[[phone]]\nname = 'personal'\n[[phone]]\nname = 'work'\n";

/// The objects that `rilctl trace show --json` prints, and its exit code.
fn show(file: &Path, args: &[&str]) -> (Vec<Value>, Option<i32>) {
    let output = rilctl(&[&["trace", "show", &text(file), "--json"], args].concat());
    let lines = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let lines = lines.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
    (lines.collect(), output.status.code())
}

/// Records into a file of root's folder while `meanwhile` goes on; what rilctl said at the end.
fn record(root: &Root, name: &str, args: &[&str], meanwhile: impl FnOnce()) -> String {
    let mut program = Program::new(binaries::rilctl()).arg("--control").arg(root.path("control.sock"));
    for arg in ["trace", "record"].iter().chain(args) {
        program = program.arg(arg);
    }
    let mut recording = program.arg(root.path(name)).start("recorder");
    recording.wait_for(0, "recording");
    meanwhile();
    assert_eq!(recording.end("TERM"), 0);
    recording.said().read(0, |said| said.join("\n"))
}

fn about<'a>(lines: &'a [Value], key: &str, name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line[key] == name).collect()
}

#[test]
fn what_two_phones_say_is_recorded_on_both_sides_of_the_router() {
    let root = Root::start(TWO_PHONES);
    let mut personal = root.client("personal");
    let mut work = root.client("work");
    let said = record(&root, "all.riltrace", &[], || {
        personal.ask(RequestCode::GET_IMEI, &[]);
        work.ask(RequestCode::GET_IMEISV, &[]);
    });
    assert!(said.contains(" records, "), "{said}");
    let (lines, code) = show(&root.path("all.riltrace"), &[]);
    assert_eq!(code, Some(0));
    assert_eq!(lines[0]["session"]["phones"], serde_json::json!(["personal", "work"]));
    for (name, phone) in [("GET_IMEI", "personal"), ("GET_IMEISV", "work")] {
        let requests = about(&lines, "request", name);
        let ends: Vec<_> = requests.iter().map(|line| (line["from"].as_str(), line["to"].as_str())).collect();
        assert_eq!(ends[0], (Some(phone), Some("router")), "{name}");
        let replies = about(&lines, "reply", name);
        assert!(replies.iter().any(|line| line["to"] == phone && line["payload"].is_string()), "{replies:?}");
    }
}

#[test]
fn one_phones_trace_tells_nothing_of_the_other() {
    let root = Root::start(TWO_PHONES);
    let mut personal = root.client("personal");
    let mut work = root.client("work");
    record(&root, "work.riltrace", &["--phone", "work"], || {
        personal.ask(RequestCode::GET_IMEI, &[]);
        work.ask(RequestCode::GET_IMEISV, &[]);
    });
    let (lines, _) = show(&root.path("work.riltrace"), &[]);
    assert!(lines[1..].iter().all(|line| line["from"] == "work" || line["to"] == "work"), "{lines:?}");
    assert_eq!(about(&lines, "request", "GET_IMEISV").len(), 1);
}

#[test]
fn the_ring_has_what_came_before_a_crash() {
    let mut root = Root::start(&format!("[trace]\nring = 1\n{TWO_PHONES}"));
    let mut personal = root.client("personal");
    personal.ask(RequestCode::GET_IMEI, &[]);
    let dump = |root: &Root, name: &str, args: &[&str]| {
        let file = root.path(name);
        done(&[&["--control", &text(&root.path("control.sock")), "trace", "dump", &text(&file)], args].concat());
        show(&file, &[]).0
    };
    let before = dump(&root, "before.riltrace", &[]);
    assert_eq!(before[0]["session"]["from_start"], true);
    assert!(!about(&before, "request", "GET_IMEI").is_empty());

    nix::sys::signal::kill(nix::unistd::Pid::from_raw(root.id() as i32), nix::sys::signal::Signal::SIGKILL).unwrap();
    root.wait();
    let ring = text(&root.path("trace"));
    let after = dump(&root, "after.riltrace", &["--dir", &ring]);
    assert_eq!(after[..before.len()], before[..], "all that was there is there");
    let files: Vec<_> = fs::read_dir(root.path("trace")).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in &files {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_tap_records_in_front_of_any_rild_and_changes_nothing() {
    let root = Root::start(TWO_PHONES);
    let (tap, file) = (root.path("tap.sock"), root.path("tap.riltrace"));
    let program = Program::new(binaries::rilctl()).arg("trace").arg("record").arg("--tap").arg(&tap);
    let mut recording = program.arg(root.socket("personal")).arg(&file).start("tap");
    recording.wait_for(0, "recording");
    let mut client = Peer::greeted(&tap);
    let through = client.ask(RequestCode::GET_IMEI, &[]);
    drop(client);
    assert_eq!(recording.end("TERM"), 0);
    let mut client = root.client("personal");
    assert_eq!(client.ask(RequestCode::GET_IMEI, &[]), through);
    let (lines, code) = show(&file, &[]);
    assert_eq!((code, lines[0]["session"]["origin"].as_str()), (Some(0), Some("TAP")));
    let greeted = about(&lines, "unsolicited", "RIL_CONNECTED");
    assert_eq!((greeted[0]["to"].as_str(), &greeted[0]["payload"]), (Some("client"), &serde_json::json!([12])));
    assert_eq!(about(&lines, "reply", "GET_IMEI")[0]["errno"], "SUCCESS");
    assert!(!tap.exists(), "its socket goes with it");
}

#[test]
fn a_trace_that_is_damaged_is_shown_as_far_as_it_is_not_and_exit_code_1() {
    let root = Root::start(TWO_PHONES);
    let mut personal = root.client("personal");
    record(&root, "t.riltrace", &[], || drop(personal.ask(RequestCode::GET_IMEI, &[])));
    let file = root.path("t.riltrace");
    let mut bytes = fs::read(&file).unwrap();
    let whole = show(&file, &[]).0.len();

    fs::write(&file, &bytes[..bytes.len() - 20]).unwrap();
    let (lines, code) = show(&file, &[]);
    assert_eq!((lines.len(), code), (whole, Some(0)), "a file without its end has all records");

    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&file, &bytes).unwrap();
    let (lines, code) = show(&file, &[]);
    assert!(lines.len() < whole && lines.iter().any(|line| line["damage"].is_object()), "{lines:?}");
    assert_eq!(code, Some(1));

    fs::write(&file, "no trace").unwrap();
    assert_eq!(show(&file, &[]), (Vec::new(), Some(1)));
    assert_eq!(show(&root.path("nothing.riltrace"), &[]), (Vec::new(), Some(2)));
}
