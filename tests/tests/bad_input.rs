//! What a hostile or broken client may send to its phone's socket, against the real root daemon with the simulated
//! modem. In each test the other phone is served before and after, the daemon lives, the phone's next client is served,
//! and the log has told nothing of what was sent.

use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::Command;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::geteuid;
use ril_protocol::payload::call::{Call, Clir, Dial};
use ril_protocol::payload::{Ints, Strings, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::binaries::program;
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Heard, Peer, decode, encode, frame, raw, request, words};
use rild_proxy_tests::root::Root;

/// What a log must never show.
const NUMBER: &str = "5550177777";
const SECRET: &str = "correct horse";

/// Most lines of a kind that one phone causes in a minute.
const MOST_LINES: usize = 10;

const CONFIG: &str = r#"
[modem]
library = "libril-sim.so"
args = ["--radio", "on"]

[[phone]]
name = "hostile"
privileged = true

[[phone]]
name = "other"
"#;

/// A daemon and the phone that behaves.
struct Scene {
    root: Root,
    other: Peer,
}

impl Scene {
    fn set() -> Self {
        let root = Root::start(CONFIG);
        let mut other = root.client("other");
        other.expect_service();
        Self { root, other }
    }

    fn hostile(&self) -> Peer {
        self.root.client("hostile")
    }

    /// Waits for a line about the hostile phone.
    fn logs(&self, words: &str) {
        self.root.log().wait_for(&["phone=\"hostile\"", words]);
    }

    /// What holds at the end of each test. The hostile client must be gone.
    fn ends_well(mut self) {
        self.other.expect_service();
        self.hostile().expect_service();
        assert!(self.root.is_running());
        let log = self.root.log().text();
        for secret in [NUMBER, SECRET] {
            assert!(!log.contains(secret), "{secret} in\n{log}");
        }
        assert!(!log.contains("panicked"), "{log}");
    }
}

fn dial() -> Vec<u8> {
    encode(&Dial { address: Some(NUMBER.to_owned()), clir: Clir::DEFAULT, uus: None })
}

fn text(text: &str) -> Vec<u8> {
    encode::<Text>(&Some(text.to_owned()))
}

fn calls(peer: &mut Peer) -> Vec<Call> {
    let (errno, payload) = peer.ask(RequestCode::GET_CURRENT_CALLS, &[]);
    assert_eq!(errno, Errno::SUCCESS);
    decode(&payload)
}

/// The same numbers in each run, well mixed (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, at_most: u64) -> Vec<u8> {
        let length = self.next() % (at_most + 1);
        (0..length).map(|_| self.next().to_le_bytes()[3]).collect()
    }
}

#[test]
fn a_frame_that_is_too_long_ends_the_connection() {
    for length in [8193_u32, u32::MAX] {
        let scene = Scene::set();
        let mut hostile = scene.hostile();
        hostile.expect_service();
        hostile.send_bytes(&[&length.to_be_bytes(), SECRET.as_bytes()].concat());
        hostile.expect_end();
        scene.logs(&format!("frame of {length} bytes, the limit is 8192"));
        scene.ends_well();
    }
}

#[test]
fn the_longest_frame_is_taken() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let longest = raw(&"x".repeat(8192 - 8 - 4));
    assert_eq!(request(RequestCode::OEM_HOOK_RAW, 1, &longest).len(), 4 + 8192);
    hostile.ask_all(&[(RequestCode::OEM_HOOK_RAW, longest)]);
    drop(hostile);
    scene.ends_well();
}

#[test]
fn a_frame_too_short_for_a_request_is_ignored() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    for length in 0..8 {
        hostile.send_bytes(&frame(&vec![10; length]));
        hostile.expect_service();
    }
    hostile.expect_no_more_replies();
    scene.logs("a frame that is no message was dropped");
    drop(hostile);
    scene.ends_well();
}

#[test]
fn a_request_that_breaks_off_has_no_effect() {
    let scene = Scene::set();
    let whole = request(RequestCode::DIAL, 1, &dial());
    for length in 1..whole.len() {
        let mut hostile = scene.hostile();
        hostile.send_bytes(&whole[..length]);
        drop(hostile);
        // The next client is served when this one has gone; the log says so while it has lines for that.
        if length <= MOST_LINES {
            scene.logs(&format!("in the middle of a frame, {length} bytes into it"));
        }
    }
    assert_eq!(calls(&mut scene.hostile()), []);
    scene.ends_well();
}

#[test]
fn a_client_that_leaves_without_having_read_may_break_off_too() {
    let scene = Scene::set();
    let mut hostile = UnixStream::connect(scene.root.socket("hostile")).expect("the daemon listens");
    // Because of the greeting, which is here and not read, the kernel calls the end "connection reset".
    poll(&mut [PollFd::new(hostile.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).expect("the greeting comes");
    hostile.write_all(&[0, 0]).expect("the daemon reads");
    drop(hostile);
    scene.logs("in the middle of a frame, 2 bytes into it");
    scene.ends_well();
}

#[test]
fn lengths_that_cannot_be_are_refused() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let codes = [
        RequestCode::DIAL,
        RequestCode::DTMF,
        RequestCode::SEND_USSD,
        RequestCode::SEND_SMS,
        RequestCode::GET_IMSI,
        RequestCode::ENTER_SIM_PIN,
        RequestCode::RADIO_POWER,
        RequestCode::SCREEN_STATE,
        RequestCode::SET_CALL_WAITING,
        RequestCode::SETUP_DATA_CALL,
        RequestCode::SET_FACILITY_LOCK,
        RequestCode::OEM_HOOK_RAW,
        RequestCode::OEM_HOOK_STRINGS,
        RequestCode::WRITE_SMS_TO_SIM,
        RequestCode::GSM_SET_BROADCAST_SMS_CONFIG,
        RequestCode::SET_INITIAL_ATTACH_APN,
        RequestCode::SIM_AUTHENTICATION,
    ];
    let lengths = [-2, i32::MIN, i32::MAX, 0x4000_0000, 0x2000_0001, 1_000_000, 0xffff];
    let mut requests = Vec::new();
    for code in codes {
        for length in lengths {
            requests.push((code, words(&[length])));
            requests.push((code, words(&[length, 0, 0])));
            requests.push((code, words(&[length, length, length, length])));
        }
    }
    // A SIM_IO whose strings lie behind five integers, and one string in a list.
    for length in lengths {
        requests.push((RequestCode::SIM_IO, words(&[0xb0, 0x6f07, length, 0, 0, 9, -1, -1, -1])));
        requests.push((RequestCode::SIM_IO, words(&[0xb0, 0x6f07, -1, 0, 0, 9, length])));
        requests.push((RequestCode::SEND_SMS, words(&[2, -1, length, 0])));
        requests.push((RequestCode::GET_IMSI, words(&[1, length])));
    }
    let answers = hostile.ask_all(&requests);
    for ((code, payload), (errno, _)) in requests.iter().zip(answers) {
        assert_ne!(errno, Errno::SUCCESS, "{code} {payload:?}");
    }
    drop(hostile);
    scene.ends_well();
}

#[test]
fn arguments_that_are_not_there_are_an_error_and_no_crash() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let codes = [
        RequestCode::DIAL,
        RequestCode::DTMF,
        RequestCode::DTMF_START,
        RequestCode::SEND_USSD,
        RequestCode::SIM_IO,
        RequestCode::SEND_SMS,
        RequestCode::RADIO_POWER,
        RequestCode::HANGUP,
        RequestCode::ENTER_SIM_PIN,
        RequestCode::SETUP_DATA_CALL,
        RequestCode::SET_CALL_FORWARD,
        RequestCode::OEM_HOOK_RAW,
        RequestCode::OEM_HOOK_STRINGS,
        RequestCode::STK_SEND_ENVELOPE_COMMAND,
        RequestCode::SMS_ACKNOWLEDGE,
    ];
    let answers = hostile.ask_all(&codes.map(|code| (code, Vec::new())));
    for (code, (errno, _)) in codes.into_iter().zip(answers) {
        assert_ne!(errno, Errno::SUCCESS, "{code}");
    }
    // A DTMF during a call reaches the modem side, whose library would be given NULL.
    loop {
        match hostile.ask(RequestCode::DIAL, &dial()).0 {
            Errno::SUCCESS => break,
            Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW => {}
            errno => panic!("DIAL: {errno}"),
        }
    }
    while calls(&mut hostile).is_empty() {}
    for payload in [vec![], words(&[-1]), words(&[3, 0])] {
        assert_ne!(hostile.ask(RequestCode::DTMF, &payload).0, Errno::SUCCESS, "{payload:?}");
    }
    drop(hostile);
    scene.ends_well();
}

#[test]
fn raw_bytes_of_another_length_than_they_say_are_refused() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let payloads = [words(&[100, 0]), words(&[5, 0]), words(&[-7]), words(&[i32::MAX, 1, 2])];
    for (errno, _) in hostile.ask_all(&payloads.map(|payload| (RequestCode::OEM_HOOK_RAW, payload))) {
        assert!(matches!(errno, Errno::INVALID_ARGUMENTS | Errno::GENERIC_FAILURE), "{errno}");
    }
    drop(hostile);
    scene.ends_well();
}

#[test]
fn codes_that_nobody_knows_are_not_supported() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let codes = [0, -1, 4711, i32::MAX, i32::MIN, 799, 801, 1000, 1034].map(RequestCode);
    let with = |payload: Vec<u8>| codes.map(|code| (code, payload.clone()));
    for requests in [with(Vec::new()), with(raw(SECRET))] {
        for (errno, payload) in hostile.ask_all(&requests) {
            assert_eq!((errno, payload), (Errno::REQUEST_NOT_SUPPORTED, vec![]));
        }
    }
    drop(hostile);
    scene.ends_well();
}

#[test]
fn an_acknowledgement_has_no_answer() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    for serial in [0, 1, -1] {
        hostile.send(RequestCode::RESPONSE_ACKNOWLEDGEMENT, serial, &[]);
        hostile.send(RequestCode::RESPONSE_ACKNOWLEDGEMENT, serial, SECRET.as_bytes());
    }
    hostile.expect_no_more_replies();
    drop(hostile);
    scene.ends_well();
}

#[test]
fn a_client_that_speaks_as_a_rild_would_moves_nobody() {
    let mut scene = Scene::set();
    let mut hostile = scene.hostile();
    // An answer, an unsolicited message, and the three forms with acknowledgements.
    let call_ring = UnsolCode::CALL_RING.0;
    for (kind, serial) in [(0, 77), (1, call_ring), (2, 78), (3, 79), (4, call_ring + 1)] {
        hostile.send_bytes(&frame(&words(&[kind, serial, 0, 0])));
        hostile.answer(serial);
    }
    hostile.expect_no_more_replies();
    scene.other.expect_no_more_replies();
    let rings = |heard: &Heard| matches!(heard, Heard::News { code: UnsolCode::CALL_RING, .. });
    assert!(!scene.other.heard().iter().any(rings), "{:?}", scene.other.heard());
    drop(hostile);
    scene.ends_well();
}

#[test]
fn serials_may_repeat_and_be_negative() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let serials = [7, 7, 7, 0, -1, -1, i32::MIN, i32::MAX, i32::MAX];
    for serial in serials {
        hostile.send(ALWAYS_AT_MODEM, serial, &[]);
    }
    for serial in serials {
        assert_eq!(hostile.answer(serial).0, Errno::SUCCESS);
    }
    hostile.expect_no_more_replies();
    drop(hostile);
    scene.ends_well();
}

#[test]
fn frames_may_come_byte_by_byte() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let frames: Vec<u8> = (0..300).flat_map(|serial| request(ALWAYS_AT_MODEM, serial, &[])).collect();
    for byte in &frames {
        hostile.send_bytes(&[*byte]);
    }
    for serial in 0..300 {
        assert_eq!(hostile.answer(serial).0, Errno::SUCCESS);
    }
    hostile.expect_no_more_replies();
    drop(hostile);
    scene.ends_well();
}

#[test]
fn frames_may_come_all_at_once() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let requests = |count| vec![(ALWAYS_AT_MODEM, Vec::new()); count];
    let answers = hostile.ask_all(&requests(1000));
    assert!(answers.iter().all(|(errno, _)| *errno == Errno::SUCCESS));
    // Beyond a thousand unanswered ones they may be refused, with one answer all the same.
    for (errno, _) in hostile.ask_all(&requests(20_000)) {
        assert!(matches!(errno, Errno::SUCCESS | Errno::GENERIC_FAILURE), "{errno}");
    }
    drop(hostile);
    scene.ends_well();
}

#[test]
fn a_client_that_never_reads_is_disconnected_and_delays_nobody() {
    /// Enough to fill every buffer several times.
    const MOST_ROUNDS: usize = 5_000;
    /// More than a debug build of the daemon needs, and much less than what the client asks for.
    const MOST_KIB: u64 = 128 * 1024;
    let mut scene = Scene::set();
    let mut hostile = scene.hostile();
    let some = request(RequestCode::GET_SIM_STATUS, 1, &[]).repeat(64);
    let rounds = (0..MOST_ROUNDS).take_while(|_| {
        scene.other.expect_service();
        hostile.try_send_bytes(&some).is_ok()
    });
    assert!(rounds.count() < MOST_ROUNDS, "it is still connected");
    scene.logs("it does not read what it is sent");
    let status = std::fs::read_to_string(format!("/proc/{}/status", scene.root.id())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak < MOST_KIB, "{peak} KiB");
    drop(hostile);
    scene.ends_well();
}

#[test]
fn a_client_that_says_nothing_disturbs_nobody() {
    let mut scene = Scene::set();
    let hostile = scene.hostile();
    for _ in 0..100 {
        scene.other.expect_service();
    }
    drop(hostile);
    scene.ends_well();
}

#[test]
fn clients_may_come_and_go_quickly() {
    let mut scene = Scene::set();
    for _ in 0..100 {
        drop(Peer::connect(&scene.root.socket("hostile")));
        scene.other.expect_service();
    }
    // They are served one after the other, so the last one has gone when another is.
    scene.hostile().expect_service();
    assert!(scene.root.log().count(&["client disconnected", "phone=\"hostile\""]) <= MOST_LINES);
    scene.ends_well();
}

#[test]
fn a_second_client_waits_until_the_first_has_gone() {
    let mut scene = Scene::set();
    let mut first = scene.hostile();
    let mut second = Peer::connect(&scene.root.socket("hostile"));
    second.send(ALWAYS_AT_MODEM, 9, &[]);
    first.expect_service();
    scene.other.expect_service();
    assert!(!second.has_input(), "it is served beside the first");
    drop(first);
    second.take_greeting();
    assert_eq!(second.answer(9).0, Errno::SUCCESS);
    drop(second);
    scene.ends_well();
}

#[test]
fn the_answers_of_a_client_that_left_go_to_nobody() {
    let scene = Scene::set();
    for _ in 0..20 {
        let mut first = Peer::connect(&scene.root.socket("hostile"));
        for serial in 0..50 {
            first.send(RequestCode::OPERATOR, serial, &[]);
        }
        drop(first);
        scene.hostile().expect_no_more_replies();
    }
    scene.ends_well();
}

/// Every request of ril.h and some beyond, with what `payload` gives: one answer each.
fn ask_everything(mut payload: impl FnMut() -> Vec<u8>) {
    let scene = Scene::set();
    // After a shutdown, which this phone may order, there is no modem any more.
    let codes = (1..=160).map(RequestCode).filter(|code| *code != RequestCode::SHUTDOWN);
    let requests: Vec<_> = codes.map(|code| (code, payload())).collect();
    scene.hostile().ask_all(&requests);
    scene.ends_well();
}

#[test]
fn every_request_without_arguments_has_one_answer() {
    ask_everything(Vec::new);
}

#[test]
fn every_request_with_nonsense_has_one_answer() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3 {
        ask_everything(|| numbers.bytes(400));
    }
}

#[test]
fn every_request_with_small_integers_has_one_answer() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    ask_everything(|| {
        let count = numbers.next() % 12;
        let word = |numbers: &mut Numbers| i32::try_from(numbers.next() % 7).expect("small") - 2;
        words(&(0..count).map(|_| word(&mut numbers)).collect::<Vec<_>>())
    });
}

#[test]
fn a_shutdown_of_one_phone_leaves_the_other_its_modem_and_that_of_the_last_is_answered() {
    let mut scene = Scene::set();
    let mut hostile = scene.hostile();
    hostile.ask_all(&[(RequestCode::SHUTDOWN, Vec::new())]);
    assert_eq!(scene.other.ask(ALWAYS_AT_MODEM, &[]).0, Errno::SUCCESS);
    assert!(scene.root.is_running());
}

#[test]
fn what_a_phone_sends_is_not_in_the_log() {
    let scene = Scene::set();
    let mut hostile = scene.hostile();
    let strings = encode::<Strings>(&vec![Some(NUMBER.to_owned()), Some(SECRET.to_owned())]);
    hostile.ask_all(&[
        (RequestCode::DIAL, dial()),
        (RequestCode::SEND_USSD, text(SECRET)),
        (RequestCode::SEND_SMS, strings.clone()),
        (RequestCode::ENTER_SIM_PIN, strings.clone()),
        (RequestCode::SETUP_DATA_CALL, strings.clone()),
        (RequestCode::OEM_HOOK_STRINGS, strings),
        (RequestCode::OEM_HOOK_RAW, raw(SECRET)),
        (RequestCode::RADIO_POWER, encode::<Ints>(&vec![0])),
    ]);
    drop(hostile);
    scene.ends_well();
}

#[test]
fn only_the_configured_user_gets_in() {
    if !geteuid().is_root() {
        eprintln!("not root: cannot be another user, so nothing is tested here");
        return;
    }
    let config = CONFIG.replace("privileged = true", "uid = 1001");
    let root = Root::start(&config);
    let mut other = root.client("other");
    let as_user = |uid: u32| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &uid.to_string(), "--regid", &uid.to_string(), "--clear-groups", "--"]);
        command.arg(program("rilctl")).arg("send").arg(root.socket("hostile")).arg("GET_IMEI");
        command.output().expect("setpriv is there")
    };
    // The superuser passes the file's mode and is turned away by its uid.
    Peer::connect(&root.socket("hostile")).expect_end();
    root.log().wait_for(&["phones/hostile.sock", "a client of another user was turned away"]);
    other.expect_service();
    let answer = as_user(1001);
    assert!(answer.status.success(), "{answer:?}");
    let answer = as_user(1002);
    assert_eq!(answer.status.code(), Some(3), "{answer:?}");
    assert!(String::from_utf8_lossy(&answer.stderr).contains("Permission denied"), "{answer:?}");
    other.expect_service();
}
