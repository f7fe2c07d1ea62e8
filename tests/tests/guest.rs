//! `librilproxy.so` in a rild that is not ours: the small C host of `tests/vendor/host.c` plays libril to it, with the
//! signals and the lack of a log that a C program has. Behind the library is root with a vendor library in C, or a root
//! that says what no root should.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use ril_protocol::frame::{Message, Reply, Unsolicited};
use ril_protocol::payload::Text;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::binaries::librilproxy;
use rild_proxy_tests::fake_root::{Asked, FakeRoot};
use rild_proxy_tests::peer::{encode, frame, words};
use rild_proxy_tests::root::Root;
use rild_proxy_tests::vendor;

const IMEI: &str = "356938035643809";

fn host(scenario: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(vendor::host());
    command.arg(librilproxy()).arg(scenario).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A scenario that runs while the test plays root.
struct Scenario(Child);

impl Scenario {
    fn start(scenario: &str, socket: &Path, arguments: &[&str]) -> Self {
        let socket = socket.to_str().expect("a plain name");
        let arguments = [&["-s", socket], arguments].concat();
        Self(host(scenario, &arguments).spawn().expect("the host starts"))
    }

    /// The scenario must hold; what it said on standard error.
    fn holds(self) -> String {
        let output = self.0.wait_with_output().expect("it is our child");
        assert!(output.status.success(), "{}: {}", output.status, stderr(&output));
        stderr(&output)
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn imei() -> Vec<u8> {
    encode::<Text>(&Some(IMEI.to_owned()))
}

/// The configuration of a root with libawkward.so, which may be asked for everything.
fn awkward(args: &[&str]) -> String {
    let library = vendor::awkward();
    format!(
        "[modem]\nlibrary = '{}'\nargs = {args:?}\n[[phone]]\nname = 'guest'\nprivileged = true\n",
        library.display()
    )
}

#[test]
fn a_library_behind_root_answers_as_it_does_without() {
    let root = Root::start(&awkward(&["-k", "1"]));
    for scenario in ["answers", "odd_answers"] {
        Scenario::start(scenario, &root.socket("guest"), &[]).holds();
    }
}

#[test]
fn the_layouts_are_those_of_the_version_that_is_reported() {
    let pointer = size_of::<usize>();
    // Root's own version is reported where the arguments do not ask for another one.
    for (of_root, asked, reported, signal, calls) in
        [(12, None, 12, 56, 7), (15, None, 15, 56, 7), (15, Some("12"), 12, 56, 7), (9, Some("13"), 13, 56, 7)]
    {
        let root = Root::start(&awkward(&["-k", "1", "-v", &of_root.to_string()]));
        let arguments: Vec<&str> = asked.map(|version| ["-v", version]).into_iter().flatten().collect();
        let output = Scenario::start("lengths", &root.socket("guest"), &arguments).0.wait_with_output();
        let output = output.expect("it is our child");
        assert!(output.status.success(), "{}", stderr(&output));
        let calls = 16 + calls * pointer;
        let wanted = format!("version {reported} signal {signal} data {calls}\n");
        assert_eq!(String::from_utf8_lossy(&output.stdout), wanted, "{of_root} {asked:?}");
    }
}

#[test]
fn a_root_that_is_killed_and_comes_again_costs_the_requests_that_wait() {
    let mut root = Root::start(&awkward(&["-k", "1"]));
    let mut scenario = Scenario::start("root_restarts", &root.socket("guest"), &[]);
    let stdout = scenario.0.stdout.take().expect("standard output is a pipe");
    for line in BufReader::new(stdout).lines() {
        match line.expect("the host prints ASCII").as_str() {
            "pending" => root.kill(),
            "unavailable" => root.start_again(),
            other => panic!("{other}"),
        }
    }
    scenario.holds();
}

#[test]
fn arguments_that_are_wrong_are_answered_with_the_usage() {
    for arguments in [&["-d", "/dev/smd0"][..], &["-s"], &["-v", "99"], &["-h"]] {
        let output = host("no_root", arguments).output().expect("the host starts");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("RIL_Init returned NULL"), "{arguments:?}: {said}");
        assert!(said.contains("librilproxy.so takes [-s SOCKET]"), "{arguments:?}: {said}");
    }
}

#[test]
fn without_a_root_there_is_no_radio() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let said = Scenario::start("no_root", &folder.path().join("nothing"), &[]).holds();
    assert!(said.contains("no root at"), "{said}");
}

#[test]
fn a_root_that_hangs_up_at_once_is_none() {
    let root = FakeRoot::listen();
    let scenario = Scenario::start("no_root", root.path(), &[]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                drop(root.accept());
            }
        });
        scenario.holds();
        done.store(true, Ordering::Release);
        // Wakes it for the last time.
        UnixStream::connect(root.path()).expect("it listens");
    });
}

/// Each of these costs root the connection, and nothing else.
#[test]
fn what_root_says_wrongly_does_the_rild_no_harm() {
    let root = FakeRoot::listen();
    let scenario = Scenario::start("bad_root", root.path(), &[]);
    drop(root.greet(12));
    let too_long = [&u32::MAX.to_be_bytes()[..], &[0; 64]].concat();
    let no_message = [words(&[7, 7, 7]), words(&[1]), vec![0], Vec::new(), words(&[0, 1])];
    for nonsense in no_message.iter().map(|body| frame(body)).chain([too_long, b"HTTP/1.1 400 \r\n\r\n".to_vec()]) {
        let mut client = root.accept();
        client.say_all(&nonsense);
        while client.hear().is_some() {}
    }
    // Messages that are none of ril.h's, and answers to nobody, are passed over.
    let mut client = root.greet(12);
    client.tell(UnsolCode(4711), &words(&[1]));
    client.tell(UnsolCode::SIGNAL_STRENGTH, &words(&[1]));
    client.tell(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &[1]);
    client.tell(UnsolCode::DATA_CALL_LIST_CHANGED, &words(&[11, i32::MAX]));
    client.reply(123_456, Errno::SUCCESS, &imei());
    while let Some(Asked { code, serial, .. }) = client.hear() {
        if code == RequestCode::GET_IMEI {
            client.reply(serial, Errno::SUCCESS, &imei());
            client.reply(serial, Errno::SUCCESS, &imei());
        }
    }
    let said = scenario.holds();
    assert_eq!(said.matches("hung up on root: ").count(), no_message.len() + 2, "{said}");
}

#[test]
fn the_next_client_of_the_rild_is_a_new_client_to_root() {
    let root = FakeRoot::listen();
    let scenario = Scenario::start("next_client", root.path(), &[]);
    drop(root.greet(12));
    let mut first = root.greet(12);
    assert_eq!(first.hear().map(|asked| asked.code), Some(RequestCode::GET_IMEISV));
    assert_eq!(first.hear(), None, "root is hung up on");
    let mut second = root.greet(12);
    let asked = second.hear().expect("a request");
    assert_eq!(asked.code, RequestCode::GET_IMEI);
    second.reply(asked.serial, Errno::SUCCESS, &imei());
    scenario.holds();
}

#[test]
fn a_cancelled_request_is_answered_once() {
    let root = FakeRoot::listen();
    let scenario = Scenario::start("cancelled", root.path(), &[]);
    drop(root.greet(12));
    let mut client = root.greet(12);
    let given_up = client.hear().expect("a request");
    assert_eq!(given_up.code, RequestCode::GET_IMEISV);
    let asked = client.hear().expect("a request");
    client.reply(given_up.serial, Errno::SUCCESS, &encode::<Text>(&Some("07".to_owned())));
    client.reply(asked.serial, Errno::SUCCESS, &imei());
    scenario.holds();
}

/// From RIL version 13 on: whoever is told something that woke the phone says that it has it.
#[test]
fn acknowledgements_go_both_ways() {
    let root = FakeRoot::listen();
    let scenario = Scenario::start("acknowledged", root.path(), &[]);
    drop(root.greet(13));
    let mut client = root.greet(13);
    let asked = client.hear().expect("a request");
    assert_eq!(asked.code, RequestCode::GET_IMEI);
    let reply = Reply { serial: asked.serial, errno: Errno::SUCCESS, payload: &imei(), wants_ack: true };
    let ring = Unsolicited { code: UnsolCode::CALL_RING, payload: &[], wants_ack: true };
    let mut frames = Vec::new();
    Message::Ack { serial: asked.serial }.put(&mut frames);
    Message::Reply(reply).put(&mut frames);
    client.say_all(&frames);
    assert_eq!(client.hear().map(|asked| asked.code), Some(RequestCode::RESPONSE_ACKNOWLEDGEMENT));
    frames.clear();
    Message::Unsolicited(ring).put(&mut frames);
    client.say_all(&frames);
    let mut last = [client.hear(), client.hear()].map(|asked| asked.expect("a request"));
    last.sort_by_key(|asked| asked.code);
    assert_eq!(last[1].code, RequestCode::RESPONSE_ACKNOWLEDGEMENT);
    client.reply(last[0].serial, Errno::SUCCESS, &imei());
    scenario.holds();
}
