//! The console's two doors, with real sockets.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use ril_protocol::{Errno, RequestCode as R, UnsolCode as U};
use support::Host;

/// Sends a line and reads up to OK or KO.
fn say<S: Read + Write>(stream: &mut BufReader<S>, line: &str) -> String {
    stream.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    answer(stream)
}

fn answer<S: Read>(stream: &mut BufReader<S>) -> String {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap() == 0 {
            return text;
        }
        text.push_str(&line);
        if line.starts_with("OK") || line.starts_with("KO") {
            return text;
        }
    }
}

/// A library with a telnet port that nobody else has.
fn telnet() -> (Host, BufReader<TcpStream>) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let host = Host::start(&format!("--radio on --console 127.0.0.1:{port}"));
    host.settle();
    (host, BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap()))
}

#[test]
fn the_telnet_door_greets_as_the_emulator_does() {
    let (host, mut stream) = telnet();
    assert_eq!(answer(&mut stream), "Android Console: type 'help' for a list of commands\r\nOK\r\n");
    assert_eq!(say(&mut stream, "gsm call 5550199\r"), "OK\r\n");
    assert_eq!(say(&mut stream, "gsm list"), "inbound from 5550199    : incoming\r\nOK\r\n");
    assert_eq!(host.ask(R::ANSWER, &[]).0, Errno::SUCCESS);
    assert_eq!(say(&mut stream, "gsm list"), "inbound from 5550199    : active\r\nOK\r\n");
    assert_eq!(say(&mut stream, "quit"), "");
}

#[test]
fn a_web_page_cannot_speak_to_the_console() {
    let (_host, mut stream) = telnet();
    answer(&mut stream);
    assert_eq!(say(&mut stream, "POST / HTTP/1.1\r"), "KO: Forbidden HTTP request. Aborting\r\n");
    assert_eq!(answer(&mut stream), "", "and the door is closed");
}

#[test]
fn what_is_not_text_is_shown_out() {
    for (sent, said) in [
        (&b"\xff\xfb\x18\n"[..], "KO: Forbidden binary request. Aborting\r\n"),
        (&[b'x'; 4096][..], "KO: line too long. Aborting\r\n"),
    ] {
        let (_host, mut stream) = telnet();
        answer(&mut stream);
        stream.get_mut().write_all(sent).unwrap();
        assert_eq!(answer(&mut stream), said);
    }
}

#[test]
fn the_control_socket_is_its_owners_alone_and_speaks_the_same_language() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    let args = format!("--radio on --control {}", path.display());
    let host = Host::start(&args);
    host.settle();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    assert_eq!(say(&mut stream, "call 5550199"), "rings\nOK\n");
    assert_eq!(say(&mut stream, "calls"), "#1 from 5550199 INCOMING\nOK\n");
    let mut second = BufReader::new(UnixStream::connect(&path).unwrap());
    assert_eq!(say(&mut second, "hangup #1"), "OK\n");
    assert_eq!(say(&mut stream, "calls"), "OK\n");
    let refused = Host::try_start(&args).err().unwrap();
    assert!(refused.contains("another modem listens there"), "{refused}");
}

#[test]
fn a_socket_that_a_dead_modem_left_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let _host = Host::start(&format!("--control {}", path.display()));
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    assert_eq!(say(&mut stream, "radio status"), "off\nOK\n");
}

#[test]
fn a_client_that_does_not_wait_for_its_answer_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    let _host = Host::start(&format!("--control {}", path.display()));
    for _ in 0..20 {
        let mut hasty = UnixStream::connect(&path).unwrap();
        hasty.write_all(b"help\nhelp\nhelp\n").unwrap();
    }
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    assert_eq!(say(&mut stream, "ping"), "I am alive!\nOK\n");
}

#[test]
fn a_scenario_is_played_and_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    let host = Host::start(&format!("--radio on --control {}", path.display()));
    host.settle();
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    stream.get_mut().write_all(b"scenario\nwhen GET_IMEI within 5s\ncall 5550199\nexpect calls=0\n.\n").unwrap();
    let mut waits = String::new();
    stream.read_line(&mut waits).unwrap();
    assert!(waits.starts_with("0 ") && waits.ends_with(" waits\n"), "{waits}");
    assert_eq!(host.ask(R::GET_IMEI, &[]).0, Errno::SUCCESS);
    let told = answer(&mut stream);
    let told: Vec<&str> = told.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest)).collect();
    assert!(told[0].ends_with("passed request GET_IMEI"), "{told:?}");
    assert!(told[1].ends_with("passed rings") && told[2].ends_with("failed it is: calls=1"), "{told:?}");
    assert_eq!(told[3..], ["1 failed"], "KO: 1 failed");
    assert_eq!(say(&mut stream, "ping"), "I am alive!\nOK\n", "the door stays open");
}

#[test]
fn what_is_no_scenario_is_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    let _host = Host::start(&format!("--control {}", path.display()));
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    let mut refused = |scenario: &str| say(&mut stream, &format!("scenario\n{scenario}\n."));
    assert_eq!(refused("call 5550199\n\nwhen DIALL"), "KO: line:3: no request 'DIALL' in ril.h\n");
    assert_eq!(refused("modem --radio on\ncalls"), "KO: this modem has been started already: no 'modem' lines\n");
    assert_eq!(refused(&"calls\n".repeat(20_001)), "KO: a scenario has 20000 lines at most\n");
    assert_eq!(say(&mut stream, "calls"), "OK\n");
}

#[test]
fn who_hangs_up_ends_the_scenario() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    let host = Host::start(&format!("--radio on --control {}", path.display()));
    host.settle();
    let mut first = BufReader::new(UnixStream::connect(&path).unwrap());
    first.get_mut().write_all(b"scenario\nwhen GET_IMEI within 5s\nwhen GET_IMSI\ncall 5550199\n.\n").unwrap();
    let mut line = String::new();
    first.read_line(&mut line).unwrap();
    first.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = String::new();
    first.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "the door closes");
    host.ask(R::GET_IMEI, &[]);
    host.ask(R::GET_IMSI, &[]);
    let mut second = BufReader::new(UnixStream::connect(&path).unwrap());
    assert_eq!(say(&mut second, "calls"), "OK\n", "nobody has called");
}

#[test]
fn watchers_are_shown_what_happens() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    let host = Host::start(&format!("--radio on --control {}", path.display()));
    host.settle();
    let mut watcher = BufReader::new(UnixStream::connect(&path).unwrap());
    watcher.get_mut().write_all(b"watch\n").unwrap();
    let mut wait_for = |wanted: &str| loop {
        let mut line = String::new();
        assert!(watcher.read_line(&mut line).unwrap() > 0, "{wanted} was not shown");
        if line.contains(wanted) {
            break;
        }
    };
    wait_for(" state silent=no");
    host.ask(R::GET_IMEI, &[]);
    wait_for(" request GET_IMEI\n");
    wait_for(" answer GET_IMEI SUCCESS \"004999010640000\"\n");
    let mut console = BufReader::new(UnixStream::connect(&path).unwrap());
    say(&mut console, "call 5550199");
    wait_for(" told RESPONSE_CALL_STATE_CHANGED");
    wait_for(" state call=INCOMING\n");
}

#[test]
fn each_slot_has_a_modem_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("modem.sock");
    let host = Host::start(&format!("--radio on --sims 2 --control {}", path.display()));
    assert!(host.has_several_sims());
    host.settle();
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    let told = |socket_id| host.told_of_sim(socket_id).contains(&U::RESPONSE_CALL_STATE_CHANGED);
    assert_eq!(say(&mut stream, "slot 2"), "OK\n");
    assert_eq!(say(&mut stream, "call 5550199"), "rings\nOK\n");
    assert_eq!((told(0), told(1)), (false, true));
    assert_eq!(say(&mut stream, "slot 1"), "OK\n");
    assert_eq!(say(&mut stream, "calls"), "OK\n", "nobody calls the first SIM");
    for wrong in ["slot 0", "slot 3", "slot two"] {
        assert_eq!(say(&mut stream, wrong), "KO: the slots are 1 to 2\n");
    }
    assert_eq!(say(&mut stream, "calls"), "OK\n", "and the conversation stays where it was");

    let [first, second] = [0, 1].map(|socket_id| host.ask_sim(socket_id, R::GET_IMEI, &[]));
    assert!(first.0 == Errno::SUCCESS && second.0 == Errno::SUCCESS && first.1 != second.1);
    assert_eq!(host.ask_sim(2, R::GET_IMEI, &[]).0, Errno::INVALID_ARGUMENTS);
    assert_eq!(host.ask_sim(usize::MAX, R::GET_IMEI, &[]).0, Errno::INVALID_ARGUMENTS);
}

#[test]
fn a_modem_of_one_sim_has_no_socket_ids() {
    assert!(!Host::start("--sims 1").has_several_sims());
}
