//! Traces from and to other tools, with the real commands: `rilctl trace import`, `export` and `record`, and strace.
//!
//! Needs root, for namespaces, and the Debian packages `dbus`, `ofono` and `strace`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ril_protocol::RequestCode;
use rild_proxy_tests::binaries::program;
use rild_proxy_tests::ofono::{OFono, STRACED};
use rild_proxy_tests::root::{Daemon, Root};
use rild_proxy_tests::traces::{Conversation, done, rilctl, text};

const TWO_PHONES: &str = "[trace]\nring = 4\n[[phone]]\nname = 'personal'\n[[phone]]\nname = 'work'\n";

/// The exit code, and why.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = rilctl(args);
    assert!(!output.status.success(), "{args:?}");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

fn path(root: &Root, name: &str) -> String {
    text(&root.path(name))
}

/// The ring of a root as one file.
fn dump(root: &Root, name: &str) -> String {
    let file = path(root, name);
    done(&["--control", &path(root, "control.sock"), "trace", "dump", &file]);
    file
}

#[test]
fn strace_of_ofono_shows_what_root_recorded() {
    let folder = tempfile::tempdir().unwrap();
    OFono::make_folders(folder.path());
    let socket = folder.path().join("sockets/rild");
    let config = format!(
        "[modem]\nlibrary = 'libril-sim.so'\nargs = ['--radio', 'on']\n[trace]\nring = 4\n\
         [[phone]]\nname = 'rild'\nuid = 1001\nsocket = '{}'\n",
        socket.display()
    );
    let root = Root::start(&config);
    let straced = folder.path().join("ofono.strace");
    let ofono = OFono::start_under_strace(folder.path(), "traced", &straced);
    ofono.go_online();
    drop(ofono);
    root.log().wait_for(&["client disconnected"]);
    let recorded = Conversation::of(&dump(&root, "root.riltrace"), "rild");

    let (source, file) = (straced.display().to_string(), path(&root, "strace.riltrace"));
    let output = rilctl(&["trace", "import", &source, "-o", &file]);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(said.starts_with("strace: "), "{said}");
    let shown = Conversation::of(&file, "client");
    assert!(shown.from_phone.len() > 50, "{said}");
    assert_eq!(shown.from_phone, recorded.from_phone);
    // It was ended, and did not read the last that it was sent.
    assert_eq!(shown.to_phone[..], recorded.to_phone[..shown.to_phone.len()]);
    assert!(
        recorded.to_phone.len() - shown.to_phone.len() < 10,
        "{} of {}",
        shown.to_phone.len(),
        recorded.to_phone.len()
    );
}

#[test]
fn strace_of_a_root_that_runs_shows_its_phones() {
    let root = Root::start(TWO_PHONES);
    let (straced, file) = (path(&root, "root.strace"), path(&root, "strace.riltrace"));
    let id = root.id().to_string();
    let mut strace = Daemon::start("strace", ["-f", "-ttt", "-s", "65536", "-e", STRACED, "-o", &straced, "-p", &id]);
    strace.log().wait_for(&["attached"]);
    let mut personal = root.client("personal");
    let mut work = root.client("work");
    for code in [RequestCode::GET_IMEI, RequestCode::GET_SIM_STATUS, RequestCode::BASEBAND_VERSION] {
        personal.ask(code, &[]);
        work.ask(code, &[]);
    }
    kill(Pid::from_raw(strace.id() as i32), Signal::SIGINT).unwrap();
    strace.wait();
    done(&["trace", "import", "--from", "strace", &straced, "-o", &file]);
    let recorded = dump(&root, "root.riltrace");
    // The names of sockets were said before it looked.
    let of = |name, phone| (Conversation::of(&file, name), Conversation::of(&recorded, phone));
    let ((personal, all_personal), (work, all_work)) = (of("client", "personal"), of("client-2", "work"));
    assert_eq!(personal, all_personal);
    assert_eq!(work.from_phone, all_work.from_phone);
    // The last answer reached its client before strace had written it down, perhaps, and then strace was stopped.
    assert!(all_work.to_phone.starts_with(&work.to_phone), "{work:?}, {all_work:?}");
    assert!(work.to_phone.len() + 1 >= all_work.to_phone.len(), "{work:?}, {all_work:?}");
}

/// A trace of a root in which two phones have asked something.
fn recorded(root: &Root) -> String {
    root.client("personal").ask(RequestCode::GET_IMEI, &[]);
    root.client("work").ask(RequestCode::GET_IMEISV, &[]);
    dump(root, "root.riltrace")
}

#[test]
fn every_format_that_goes_out_comes_in_again_as_it_was() {
    let root = Root::start(TWO_PHONES);
    let file = recorded(&root);
    let (lines, again) = (path(&root, "t.jsonl"), path(&root, "again.riltrace"));
    done(&["trace", "export", &file, "--to", "jsonl", "-o", &lines]);
    assert_eq!(fs::read_to_string(&lines).unwrap(), done(&["trace", "export", &file, "--to", "jsonl"]));
    let said = done(&["trace", "import", &lines, "-o", &again]);
    assert!(said.starts_with("jsonl: "), "{said}");
    let shown = |file: &str| done(&["trace", "show", file, "--json"]);
    let (before, after) = (shown(&file), shown(&again));
    // The import has a session of its own before it.
    assert_eq!(after.lines().skip(1).collect::<Vec<_>>(), before.lines().collect::<Vec<_>>());
    assert_eq!(Conversation::of(&again, "personal"), Conversation::of(&file, "personal"));

    let diagram = done(&["trace", "export", &file, "--to", "mermaid", "--phone", "work"]);
    assert!(diagram.starts_with("sequenceDiagram\n") && diagram.contains("work->>router: GET_IMEISV"), "{diagram}");
    assert!(!diagram.contains("personal"), "{diagram}");
}

#[test]
fn a_source_may_come_through_a_pipe() {
    let root = Root::start(TWO_PHONES);
    let file = recorded(&root);
    let lines = done(&["trace", "export", &file, "--to", "jsonl"]);
    let again = path(&root, "again.riltrace");
    let mut import = Command::new(program("rilctl"));
    import.args(["trace", "import", "-", "-o", &again]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut import = import.spawn().unwrap();
    let mut stdin = import.stdin.take().unwrap();
    // Less than what tells the kind of source may come first.
    stdin.write_all(&lines.as_bytes()[..1]).unwrap();
    stdin.write_all(&lines.as_bytes()[1..]).unwrap();
    drop(stdin);
    assert!(import.wait_with_output().unwrap().status.success());
    assert_eq!(Conversation::of(&again, "work"), Conversation::of(&file, "work"));
}

#[test]
fn nothing_is_written_over_or_left_half_done() {
    let root = Root::start(TWO_PHONES);
    let file = recorded(&root);
    let other = path(&root, "other");
    fs::write(&other, "another's").unwrap();
    let log = path(&root, "log");
    fs::write(&log, "D/RILJ(1): [0001]> GET_IMEI\n").unwrap();
    let folder = root.path("").display().to_string();
    let control = path(&root, "control.sock");
    let is_there = |file: &str| Path::new(file).exists();
    let new = path(&root, "new.riltrace");
    for args in [
        &["trace", "import", &log, "-o", &other][..],
        &["trace", "export", &file, "--to", "jsonl", "-o", &other],
        &["trace", "dump", &other, "--dir", &path(&root, "trace")],
        &["trace", "import", &folder, "-o", &new],
        &["trace", "import", "--from", "relay", &folder, "-o", &new],
        &["trace", "import", &path(&root, "nothing"), "-o", &new],
        &["trace", "import", &other, "-o", &new],
        &["trace", "import", &log],
        &["trace", "import", "--from", "nonsense", &log, "-o", &new],
        &["trace", "export", &folder, "--to", "jsonl"],
        &["trace", "show", &folder],
        &["trace", "replay", &folder, "--as", "client", "--connect", &other],
    ] {
        let (code, why) = refused(args);
        assert_eq!(code, Some(2), "{args:?}: {why}");
        assert!(!why.contains("panicked"), "{why}");
    }
    let (code, why) = refused(&["--control", &control, "trace", "record", &other, "--for", "1"]);
    assert_eq!(code, Some(1), "the daemon refuses: {why}");
    assert_eq!(fs::read_to_string(&other).unwrap(), "another's");
    assert!(!is_there(&new));

    // Where there is nothing to import, there is no trace.
    fs::write(&log, "D/RILJ(1): [0001]> NO_SUCH_THING\n").unwrap();
    let (code, why) = refused(&["trace", "import", &log, "-o", &new]);
    assert_eq!(code, Some(1), "{why}");
    assert!(why.contains("there is nothing to import in it:\nline 1: ril.h has no message"), "{why}");
    assert!(!is_there(&new));

    // What can be used of a source is, with exit code 1.
    fs::write(&log, "D/RILJ(1): [0001]> GET_IMEI\nD/RILJ(1): [0002]> NO_SUCH_THING\n").unwrap();
    let (code, why) = refused(&["trace", "import", &log, "-o", &new]);
    assert_eq!(code, Some(1), "{why}");
    assert!(why.contains("line 2: ril.h has no message \"NO_SUCH_THING\""), "{why}");
    assert!(done(&["trace", "show", &new]).contains("GET_IMEI #1"));
}

#[test]
fn a_recording_ends_by_itself_when_its_time_is_over() {
    let root = Root::start(TWO_PHONES);
    let (control, file) = (path(&root, "control.sock"), path(&root, "short.riltrace"));
    let said = done(&["--control", &control, "trace", "record", &file, "--phone", "work", "--for", "0.1"]);
    assert!(said.contains(" records, "), "{said}");
    assert!(done(&["trace", "show", &file]).contains("phones personal, work; only work"));
    for wrong in ["-1", "soon", ""] {
        let (code, _) = refused(&["--control", &control, "trace", "record", &file, "--for", wrong]);
        assert_eq!(code, Some(2), "{wrong}");
    }
}
