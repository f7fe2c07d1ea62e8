//! `rilctl` as scripts meet it: output, messages and exit codes, in front of a rild that says what each test wants.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use ril_protocol::frame::{self, Message, REQUEST_LIMIT, Reply, Request, Unsolicited};
use ril_protocol::payload::network::SignalStrength;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use serde_json::{Value, json};
use tempfile::TempDir;

const V: RilVersion = RilVersion::COMMON;

/// Requests in the order in which they came.
type Asked = Vec<(RequestCode, Vec<u8>)>;

/// A rild that serves one client: it says `greeting`, then what `answer` makes of each request.
struct Rild {
    folder: TempDir,
    thread: Option<JoinHandle<Asked>>,
}

impl Rild {
    fn new(greeting: Vec<u8>, mut answer: impl FnMut(&Request<'_>) -> Vec<u8> + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("rild")).unwrap();
        let thread = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut heard = Vec::new();
            client.write_all(&greeting).unwrap();
            let mut input = Vec::new();
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = client.read(&mut chunk) {
                input.extend_from_slice(&chunk[..read]);
                while let Some((body, used)) = frame::split(&input, REQUEST_LIMIT).unwrap() {
                    let request = Request::parse(body).unwrap();
                    heard.push((request.code, request.payload.to_vec()));
                    let said = answer(&request);
                    input.drain(..used);
                    // The client may have heard enough.
                    let _ = client.write_all(&said);
                }
            }
            heard
        });
        Self { folder, thread: Some(thread) }
    }

    /// A rild that answers all requests with this.
    fn answering(errno: Errno, payload: Vec<u8>) -> Self {
        Self::new(greeting(), move |request| reply(request, errno, &payload))
    }

    fn socket(&self) -> String {
        self.folder.path().join("rild").display().to_string()
    }

    /// The requests that it was sent, when the client is gone.
    fn heard(mut self) -> Vec<(RequestCode, Vec<u8>)> {
        self.thread.take().unwrap().join().unwrap()
    }
}

fn unsolicited(code: UnsolCode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Unsolicited::new(code, payload).put(&mut frame);
    frame
}

fn reply(request: &Request<'_>, errno: Errno, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Reply::new(request.serial, errno, payload).put(&mut frame);
    frame
}

fn greeting() -> Vec<u8> {
    let connected = unsolicited(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![V.0], V));
    let radio = unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&RadioState::ON, V));
    [connected, radio].concat()
}

fn text(value: &str) -> Vec<u8> {
    parcel::encode(&Some(value.to_owned()), V)
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rilctl"));
    command.args(args).env_remove("RILD_PROXY_CONTROL").stdin(Stdio::null());
    command
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn rilctl(args: &[&str]) -> Said {
    said(command(args).output().unwrap())
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_result_is_json_and_exit_0() {
    let rild = Rild::answering(Errno::SUCCESS, text("350000000000009"));
    let said = rilctl(&["send", &rild.socket(), "get_imei"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "\"350000000000009\"\n", ""));
    assert_eq!(rild.heard(), [(RequestCode::GET_IMEI, Vec::new())]);
}

#[test]
fn arguments_are_json_by_the_table() {
    let rild = Rild::answering(Errno::SUCCESS, Vec::new());
    let said = rilctl(&["send", &rild.socket(), "DIAL", r#"{"address": "112", "clir": "SUPPRESSION"}"#]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "null\n"));
    let [(code, payload)] = &rild.heard()[..] else { panic!() };
    let row = code.row().unwrap();
    let dialled = row.request.to_json(payload, V).unwrap();
    assert_eq!((row.name, &dialled["address"], &dialled["clir"]), ("DIAL", &json!("112"), &json!("SUPPRESSION")));
}

#[test]
fn arguments_may_come_from_standard_input() {
    let rild = Rild::answering(Errno::SUCCESS, parcel::encode(&vec![3], V));
    let mut child = command(&["send", &rild.socket(), "ENTER_SIM_PIN", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(br#"["1234", null]"#).unwrap();
    let said = said(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.out.as_str()), (Some(0), "[3]\n"));
    assert_eq!(rild.heard()[0].1, parcel::encode(&vec![Some("1234".to_owned()), None], V));
}

#[test]
fn an_error_of_the_ril_has_a_name_and_exit_1() {
    let rild = Rild::answering(Errno::RADIO_NOT_AVAILABLE, Vec::new());
    let said = rilctl(&["send", &rild.socket(), "GET_IMEI"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert_eq!(said.err, "rilctl: GET_IMEI: RADIO_NOT_AVAILABLE (1)\n");

    let rild = Rild::answering(Errno(9999), Vec::new());
    assert_eq!(rilctl(&["send", &rild.socket(), "GET_IMEI"]).err, "rilctl: GET_IMEI: error 9999\n");

    let rild = Rild::answering(Errno::PASSWORD_INCORRECT, parcel::encode(&vec![2], V));
    let said = rilctl(&["send", &rild.socket(), "ENTER_SIM_PIN", r#"["0000", null]"#]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), "[2]\n"), "the tries left come with the error");
}

#[test]
fn a_result_that_cannot_be_read_is_shown_as_it_is() {
    let rild = Rild::answering(Errno::SUCCESS, vec![9, 0, 0, 0]);
    let said = rilctl(&["send", &rild.socket(), "GET_IMEI"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(said.err.contains("09000000"), "{}", said.err);
}

#[test]
fn vendors_own_requests_are_bytes() {
    let rild = Rild::answering(Errno::SUCCESS, vec![0xca, 0xfe]);
    let said = rilctl(&["send", &rild.socket(), "30001", "\"0aff\""]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "\"cafe\"\n"));
    assert_eq!(rild.heard(), [(RequestCode(30001), vec![0x0a, 0xff])]);
}

#[test]
fn wrong_usage_is_exit_2() {
    let said = rilctl(&["send", "/nonexistent", "GET_IMSY"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("'GET_IMSI'"), "{}", said.err);

    let said = rilctl(&["send", "/nonexistent", "GET_IMEI", "{"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("not JSON"), "{}", said.err);

    let rild = Rild::answering(Errno::SUCCESS, Vec::new());
    let said = rilctl(&["send", &rild.socket(), "DIAL", r#"{"adress": "112"}"#]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("DIAL") && said.err.contains("adress"), "{}", said.err);
    assert_eq!(rild.heard(), [], "nothing was dialled");

    assert_eq!(rilctl(&[]).code, Some(2));
    assert_eq!(rilctl(&["--help"]).code, Some(0));
}

#[test]
fn trouble_with_the_socket_is_exit_3() {
    let said = rilctl(&["send", "/nonexistent/rild", "GET_IMEI"]);
    assert_eq!(said.code, Some(3));
    assert!(said.err.starts_with("rilctl: /nonexistent/rild: "), "{}", said.err);

    let silent = Rild::new(Vec::new(), |_| Vec::new());
    let said = rilctl(&["send", &silent.socket(), "GET_IMEI", "--timeout", "0.05"]);
    assert_eq!(said.code, Some(3));
    assert!(said.err.contains("no greeting within 0.05 s"), "{}", said.err);

    let mute = Rild::new(greeting(), |_| Vec::new());
    let said = rilctl(&["send", &mute.socket(), "GET_IMEI", "--timeout", "0.05", "--ril-version", "12"]);
    assert_eq!((said.code, said.err.as_str()), (Some(3), "rilctl: no answer within 0.05 s\n"));

    let rubbish = Rild::new(greeting(), |_| vec![0, 0, 0, 8, 77, 0, 0, 0, 1, 0, 0, 0]);
    let said = rilctl(&["send", &rubbish.socket(), "GET_IMEI"]);
    assert_eq!(said.code, Some(3));
    assert!(said.err.contains("no message"), "{}", said.err);

    let endless = Rild::new(greeting(), |_| vec![0x7f, 0xff, 0xff, 0xff]);
    assert_eq!(rilctl(&["send", &endless.socket(), "GET_IMEI"]).code, Some(3));
}

#[test]
fn answers_to_others_are_not_taken() {
    let rild = Rild::new(greeting(), |request| {
        let mut stale = reply(request, Errno::GENERIC_FAILURE, &[]);
        // The serial is the second word of the body.
        stale[8] ^= 0x55;
        [stale, unsolicited(UnsolCode::CALL_RING, &[]), reply(request, Errno::SUCCESS, &text("1"))].concat()
    });
    let said = rilctl(&["send", &rild.socket(), "GET_IMEI"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "\"1\"\n"));
}

#[test]
fn a_known_version_needs_no_greeting() {
    let rild = Rild::new(Vec::new(), |request| reply(request, Errno::SUCCESS, &text("1")));
    let said = rilctl(&["send", &rild.socket(), "GET_IMEI", "--ril-version", "6"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "\"1\"\n"));
}

#[test]
fn unsolicited_messages_are_lines_in_their_order() {
    let rild = Rild::new(greeting(), |request| {
        let signal = parcel::encode(&SignalStrength::default(), V);
        let odd = unsolicited(UnsolCode::RESPONSE_NEW_SMS, &[1, 2, 3]);
        [unsolicited(UnsolCode::SIGNAL_STRENGTH, &signal), reply(request, Errno::SUCCESS, &text("1")), odd].concat()
    });
    let said = rilctl(&["send", &rild.socket(), "GET_IMEI", "--unsol", "--count", "4"]);
    assert_eq!(said.code, Some(0));
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], "1");
    assert_eq!(lines[1], json!({"unsolicited": "RIL_CONNECTED", "payload": [12]}));
    assert_eq!(lines[2], json!({"unsolicited": "RESPONSE_RADIO_STATE_CHANGED", "payload": "ON"}));
    assert_eq!(lines[3]["unsolicited"], "SIGNAL_STRENGTH");
    assert_eq!(lines[4], json!({"unsolicited": "RESPONSE_NEW_SMS", "hex": "010203"}));
}

#[test]
fn listening_alone_needs_no_request() {
    let rild = Rild::new(greeting(), |_| Vec::new());
    let said = rilctl(&["send", &rild.socket(), "--unsol", "--count", "3", "--timeout", "2"]);
    assert_eq!((said.code, said.out.lines().count()), (Some(3), 2));
    assert_eq!(said.err, "rilctl: only 2 unsolicited messages came\n");
}

#[test]
fn what_a_rild_of_version_13_wants_acknowledged_is_acknowledged() {
    let rild = Rild::new(greeting(), |request| {
        let mut out = Vec::new();
        if request.code == RequestCode::GET_IMEI {
            Message::Ack { serial: request.serial }.put(&mut out);
            Reply { serial: request.serial, errno: Errno::SUCCESS, payload: &text("1"), wants_ack: true }.put(&mut out);
        }
        out
    });
    assert_eq!(rilctl(&["send", &rild.socket(), "GET_IMEI"]).out, "\"1\"\n");
    let codes: Vec<RequestCode> = rild.heard().into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [RequestCode::GET_IMEI, RequestCode::RESPONSE_ACKNOWLEDGEMENT]);
    assert_eq!(rilctl(&["send", "/nonexistent", "RESPONSE_ACKNOWLEDGEMENT"]).code, Some(2), "it has no answer");
}

#[test]
fn bench_measures_a_rild_and_the_echo() {
    let rild = Rild::answering(Errno::SUCCESS, text("1"));
    let args = ["bench", &rild.socket(), "--count", "500", "--outstanding", "8", "--echo", "--json"];
    let said = rilctl(&args);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let result: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(result["request"], "GET_ACTIVITY_INFO");
    for side in ["rild", "echo"] {
        let [p50, p99, max] = ["p50_us", "p99_us", "max_us"].map(|key| result[side][key].as_f64().unwrap());
        assert!(p50 > 0.0 && p50 <= p99 && p99 <= max, "{result}");
        assert!(result[side]["per_second"].as_f64().unwrap() > 0.0);
    }
    assert!(result["latency_ratio"].as_f64().unwrap() > 0.0);
    assert_eq!(rild.heard().len(), 550, "a tenth more to warm up");
}

#[test]
fn bench_of_a_rild_that_refuses_is_exit_1() {
    let rild = Rild::answering(Errno::RADIO_NOT_AVAILABLE, Vec::new());
    let said = rilctl(&["bench", &rild.socket(), "--count", "10"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.starts_with("GET_ACTIVITY_INFO, 10 requests, 1 outstanding, RIL version 12\n"), "{}", said.out);
    assert_eq!(said.err, "rilctl: 11 answers were errors, mostly RADIO_NOT_AVAILABLE\n");
}

/// A modem's console that gives one answer to one line.
fn console(answer: &'static str) -> (TempDir, PathBuf, JoinHandle<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modem.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let heard = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut line = [0; 100];
        let read = client.read(&mut line).unwrap();
        client.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(line[..read].to_vec()).unwrap()
    });
    (folder, path, heard)
}

#[test]
fn modem_says_a_line_and_shows_the_answer() {
    let (_folder, path, heard) = console("calls: 0\nsignal: \x1b[31m-51\nOK\n");
    let control = path.with_file_name("control.sock").display().to_string();
    let said = rilctl(&["--control", &control, "modem", "signal", "-51"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "calls: 0\nsignal: \u{fffd}[31m-51\n"));
    assert_eq!(heard.join().unwrap(), "signal -51\n");

    let (_folder, path, _heard) = console("KO: no such call\n");
    let said = rilctl(&["modem", "--socket", path.to_str().unwrap(), "hangup", "9"]);
    assert_eq!((said.code, said.err.as_str()), (Some(1), "rilctl: no such call\n"));

    let (_folder, path, _heard) = console("half an ans");
    assert_eq!(rilctl(&["modem", "--socket", path.to_str().unwrap(), "help"]).code, Some(3));
    assert_eq!(rilctl(&["modem", "--socket", "/nonexistent", "help"]).code, Some(3));
    assert_eq!(rilctl(&["modem", "--socket", "/nonexistent", "a\nb"]).code, Some(2));
}

#[test]
fn what_a_file_is_called_does_not_steer_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("\x1b[2J");
    std::fs::create_dir(&ring).unwrap();
    std::fs::write(ring.join("ring-0000000001.riltrace"), "damaged").unwrap();
    let (dir, file) = (ring.display().to_string(), folder.path().join("out").display().to_string());
    let said = rilctl(&["trace", "dump", "--dir", &dir, &file]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let lines: Vec<&str> = said.err.lines().collect();
    assert!(lines[0].ends_with("; it is left out") && lines[1].ends_with(": there is no trace"), "{lines:?}");
    assert!(!said.err.chars().any(|c| c.is_control() && c != '\n') && said.err.contains("\u{fffd}[2J"), "{lines:?}");
}

#[test]
fn modem_reads_scenarios_and_names_the_line_of_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.scenario");
    let name = file.display().to_string();
    std::fs::write(&file, "param who 5550199\n\ncall $who\nexpect ANSWER within 1s\n").unwrap();
    let said = rilctl(&["modem", "check", &name]);
    assert_eq!((said.code, said.out), (Some(0), format!("{name}: 2 steps\n")));
    let said = rilctl(&["modem", "check", &name, "--param", "whom=1"]);
    assert_eq!((said.code, said.err), (Some(2), format!("rilctl: {name}: no 'param whom' in {name}\n")));
    std::fs::write(&file, "call 5550199\n\nwhen DIALL\n").unwrap();
    for deed in ["check", "run"] {
        let said = rilctl(&["modem", "--socket", "/nonexistent", deed, &name]);
        assert_eq!((said.code, said.err), (Some(2), format!("rilctl: {name}:3: no request 'DIALL' in ril.h\n")));
    }
    std::fs::write(&file, "modem --radio on\ncall 5550199\n").unwrap();
    let said = rilctl(&["modem", "--socket", "/nonexistent", "run", &name]);
    assert!(said.code == Some(2) && said.err.contains("rilctl modem serve --scenario"), "{}", said.err);
    std::fs::write(&file, "call 5550199\n").unwrap();
    assert_eq!(rilctl(&["modem", "--control", "/nonexistent", "run", &name]).code, Some(3));
}

#[test]
fn modem_tells_what_becomes_of_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.scenario");
    let (name, report) = (file.display().to_string(), folder.path().join("r.xml").display().to_string());
    std::fs::write(&file, "call 5550199\nexpect ANSWER within 1s\nwhen DIAL\ncalls\n").unwrap();
    let (_console, path, heard) = console("0 5 passed rings\n1 5 waits\n1 1005 failed nothing\\ncame\nKO: 1 failed\n");
    let socket = path.display().to_string();
    let said = rilctl(&["modem", "--socket", &socket, "run", &name, "--junit", &report]);
    let expected = format!(
        "     0.005  ok      {name}:1: call 5550199\n                    rings\n     0.005  ...     {name}:2: expect ANSWER within 1s\n     \
         1.005  FAILED  {name}:2: expect ANSWER within 1s\n                    nothing\n                    came\n\
         {name}: 1 of 2 steps passed, 1 failed\n2 steps were not reached\n"
    );
    assert_eq!((said.code, said.out, said.err.as_str()), (Some(1), expected, "rilctl: one step failed\n"));
    let heard = heard.join().unwrap();
    assert_eq!(heard, "scenario\ncall 5550199\nexpect ANSWER within 1s\nwhen DIAL\ncalls\n.\n");
    let report = std::fs::read_to_string(&report).unwrap();
    assert!(
        report.contains("tests=\"2\" failures=\"1\"") && report.contains("<failure message=\"nothing\">"),
        "{report}"
    );
}

#[test]
fn output_that_nobody_reads_is_no_error() {
    let mut child: Child = command(&["messages"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn the_control_socket_comes_from_the_environment_too() {
    let said = command(&["phones"]).env("RILD_PROXY_CONTROL", "/nonexistent/elsewhere").output().unwrap();
    assert_eq!(said.status.code(), Some(3));
    assert!(String::from_utf8(said.stderr).unwrap().contains("/nonexistent/elsewhere"));
}

#[test]
fn a_daemon_that_speaks_something_else_is_exit_3() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let daemon = std::thread::spawn(move || {
        let (mut client, _): (UnixStream, _) = listener.accept().unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\n").unwrap();
    });
    let said = rilctl(&["--control", path.to_str().unwrap(), "status"]);
    assert_eq!(said.code, Some(3));
    daemon.join().unwrap();
}
