//! The root daemon on vendor libraries in processes of their own, which crash, hang, end and are killed: no phone is
//! cut off, every request has one answer, and what the phones want is told to the next process.

use std::os::fd::AsRawFd;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ril_protocol::payload::call::{Call, Dial};
use ril_protocol::payload::device::ActivityInfo;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use ril_trace::format::{Event, Item, Reader, What};
use rild_proxy_tests::init_socket::init_socket;
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Heard, Peer, decode, encode, is_radio, raw};
use rild_proxy_tests::root::{Root, expect_no_process};
use rild_proxy_tests::vendor::{self, Fifo};

/// An SMS-DELIVER with its service centre: "hellohello" from +15550123.
const MESSAGE: &str = "00040891515510320000001111111111110AE8329BFD4697D9EC37";

/// Two phones, of which the first may use OEM hooks, on an isolated library with these arguments.
fn config(library: &Path, keys: &str, args: &[&str]) -> String {
    let library = library.display();
    format!(
        "[modem]\nlibrary = '{library}'\nisolate = true\n{keys}args = {args:?}\n\
         [[phone]]\nname = 'first'\nprivileged = true\n[[phone]]\nname = 'second'\n"
    )
}

/// A daemon on an isolated libawkward.so, and both of its phones.
struct Scene {
    root: Root,
    first: Peer,
    second: Peer,
}

impl Scene {
    fn set() -> Self {
        Self::with("", &["-k", "1"])
    }

    fn with(keys: &str, args: &[&str]) -> Self {
        Self::of(Root::start(&config(&vendor::awkward(), keys, args)))
    }

    fn of(root: Root) -> Self {
        let (first, second) = (root.client("first"), root.client("second"));
        Self { root, first, second }
    }

    fn command(&mut self, command: &str) {
        let answer = self.first.ask(RequestCode::OEM_HOOK_RAW, &raw(command));
        assert_eq!(answer, (Errno::SUCCESS, raw(command)), "{command}");
    }

    /// Both phones see the radio go and come back, without being cut off.
    fn modem_is_lost_and_comes_back(&mut self) {
        for phone in [&mut self.first, &mut self.second] {
            phone.wait(is_radio(RadioState::UNAVAILABLE));
            phone.news(UnsolCode::RIL_CONNECTED);
            phone.wait(is_radio(RadioState::ON));
        }
    }

    /// Both phones are served and have heard no answer that they did not ask for.
    fn is_well(&mut self) {
        for phone in [&mut self.first, &mut self.second] {
            assert_eq!(phone.ask(ALWAYS_AT_MODEM, &[]), (Errno::SUCCESS, activity()));
            phone.expect_no_more_replies();
        }
        assert!(self.root.is_running());
    }
}

/// What the library answers to [`ALWAYS_AT_MODEM`].
fn activity() -> Vec<u8> {
    encode(&ActivityInfo {
        sleep_mode_time_ms: 10,
        idle_mode_time_ms: 20,
        tx_mode_time_ms: [1, 2, 3, 4, 5],
        rx_mode_time_ms: 30,
    })
}

/// Gives the command with which the library ends, with a request of each phone unanswered.
fn crash(command: &str, words: &[&str]) {
    let mut scene = Scene::set();
    scene.command("never");
    scene.second.send(ALWAYS_AT_MODEM, 1, &[]);
    scene.second.expect_service();
    scene.first.send(RequestCode::OEM_HOOK_RAW, 2, &raw(command));
    assert_eq!(scene.second.answer(1), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    // The answer to the command may get out before the end.
    scene.first.answer(2);
    scene.modem_is_lost_and_comes_back();
    scene.is_well();
    let side = scene.root.modem_side();
    assert_eq!((side.kind.as_str(), side.up, side.ends), ("isolated library", true, 1));
    for word in words {
        assert!(side.last_end.contains(word), "{word} in {}", side.last_end);
        scene.root.log().wait_for(&["the modem is gone: ", word]);
    }
}

/// Libraries that end: the daemon goes on, and says what has happened.
macro_rules! survived {
    ($($test:ident: $command:literal is $($word:literal),*;)*) => {$(
        #[test]
        fn $test() {
            crash($command, &[$($word),*]);
        }
    )*};
}

survived! {
    a_null_pointer_on_a_thread_of_the_library: "sig segv" is "signal 11", "SIGSEGV", "inside the vendor library";
    a_bus_error: "sig bus" is "signal 7", "SIGBUS", "inside the vendor library";
    a_division_by_zero: "sig fpe" is "signal 8", "SIGFPE", "called by the vendor library";
    an_abort: "sig abrt" is "signal 6", "SIGABRT", "called by the vendor library";
    a_crash_inside_onrequest: "here-segv" is "signal 11", "in onRequest for OEM_HOOK_RAW (59)";
    an_exit: "sig exit" is "exit code 3", "the vendor library has called exit()";
}

#[test]
fn answers_are_those_of_a_library_in_the_daemon() {
    let mut scene = Scene::with("", &[]);
    for serial in 0..200 {
        for phone in [&mut scene.first, &mut scene.second] {
            phone.send(ALWAYS_AT_MODEM, serial, &[]);
        }
        scene.first.send(RequestCode::OEM_HOOK_RAW, 2000 + serial, &raw(&format!("echo {serial}")));
    }
    for serial in 0..200 {
        for phone in [&mut scene.first, &mut scene.second] {
            assert_eq!(phone.answer(serial), (Errno::SUCCESS, activity()));
        }
        assert_eq!(scene.first.answer(2000 + serial), (Errno::SUCCESS, raw(&format!("echo {serial}"))));
    }
    scene.command("double");
    scene.is_well();
    scene.root.log().wait_for(&["WARN", "OnRequestComplete for a request that was answered before: dropped"]);
    // The library found its arguments as rild gives them, and is asked for its version as in the daemon.
    let (_, argv) = scene.first.ask(RequestCode::OEM_HOOK_RAW, &raw("argv"));
    assert_eq!(argv, raw("/system/bin/rild\n-c\n0\nNULL"));
    scene.root.log().wait_for(&["INFO", "the modem is up", "modem="]);
}

#[test]
fn a_library_that_says_it_is_connected_goes_on_in_its_process() {
    let mut scene = Scene::set();
    scene.first.send(RequestCode::OEM_HOOK_RAW, 1, &raw("connected 999"));
    assert_eq!(scene.first.answer(1).0, Errno::RADIO_NOT_AVAILABLE);
    scene.modem_is_lost_and_comes_back();
    scene.is_well();
    let side = scene.root.modem_side();
    assert!(side.up && side.ends == 0, "{side:?}");
}

#[test]
fn a_library_that_hangs_is_started_again() {
    let fifo = Fifo::make();
    let mut scene = Scene::with("hang_after = 1\n", &["-k", "1", "-u", fifo.path()]);
    scene.command("block");
    scene.first.send(ALWAYS_AT_MODEM, 1, &[]);
    scene.second.send(ALWAYS_AT_MODEM, 2, &[]);
    assert_eq!(scene.first.news(UnsolCode::OEM_HOOK_RAW), raw("blocked"));
    assert_eq!(scene.first.answer(1), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    assert_eq!(scene.second.answer(2), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    scene.modem_is_lost_and_comes_back();
    scene.is_well();
    let why = scene.root.modem_side().last_end;
    assert!(why.starts_with("a hang: it has not returned to its request thread for 1 s"), "{why}");
    assert!(why.contains("in onRequest for GET_ACTIVITY_INFO"), "{why}");
}

#[test]
fn a_library_that_hangs_when_the_state_of_its_radio_is_asked_for_is_started_again() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("stuck");
    let hangs = || std::fs::write(&file, "").expect("the file can be written");
    // At the greeting, when nothing was asked of it yet.
    hangs();
    let mut scene = Scene::with("hang_after = 1\n", &["-k", "1", "-s", file.to_str().expect("a plain name")]);
    let comes_back = |scene: &mut Scene| {
        for phone in [&mut scene.first, &mut scene.second] {
            phone.ask_until(ALWAYS_AT_MODEM, &[], |errno, _| errno == Errno::SUCCESS);
        }
        scene.is_well();
    };
    let has_hung = |scene: &Scene, times: u64| {
        let side = scene.root.modem_side();
        assert_eq!((side.up, side.ends), (true, times), "{side:?}");
        let why = side.last_end;
        assert!(why.starts_with("a hang: it has not returned to its request thread for 1 s"), "{why}");
        assert!(why.contains("in onStateRequest"), "{why}");
    };
    comes_back(&mut scene);
    has_hung(&scene, 1);
    // And before a request that older libraries leave to their rild.
    hangs();
    assert_eq!(scene.second.ask(RequestCode::VOICE_RADIO_TECH, &[]), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    comes_back(&mut scene);
    has_hung(&scene, 2);
}

#[test]
fn a_library_that_only_says_nothing_does_not_hang() {
    let fifo = Fifo::make();
    let mut scene = Scene::with("hang_after = 1\n", &["-k", "1", "-u", fifo.path()]);
    scene.command("never");
    scene.second.send(ALWAYS_AT_MODEM, 1, &[]);
    scene.second.expect_service();
    // Of two that wait for an answer, only one keeps the request thread.
    scene.command("block");
    scene.first.send(ALWAYS_AT_MODEM, 2, &[]);
    assert_eq!(scene.first.answer(2), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    assert_eq!(scene.root.modem_side().ends, 1, "the first was left alone for as long as the second was not there");
}

#[test]
fn a_process_that_stands_still_is_ended() {
    let mut scene = Scene::with("hang_after = 1\n", &["-k", "1"]);
    kill(scene.root.library(), Signal::SIGSTOP).expect("it is there");
    scene.second.send(ALWAYS_AT_MODEM, 1, &[]);
    assert_eq!(scene.second.answer(1), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    scene.modem_is_lost_and_comes_back();
    scene.is_well();
    let why = scene.root.modem_side().last_end;
    assert!(why.starts_with("a hang: its process has said nothing for 1 s"), "{why}");
}

#[test]
fn one_that_is_killed_again_and_again_is_started_ever_more_rarely() {
    let mut scene = Scene::set();
    for pause in [100, 200, 400] {
        scene.root.kill_library();
        scene.modem_is_lost_and_comes_back();
        scene.root.log().wait_for(&["WARN", "the modem is tried again", &format!("pause_ms={pause}")]);
        scene.is_well();
    }
    let side = scene.root.modem_side();
    assert!(side.ends == 3 && side.last_end.contains("signal 9"), "{side:?}");
}

#[test]
fn an_emergency_call_waits_for_the_next_process() {
    let mut scene = Scene::set();
    scene.root.kill_library();
    scene.second.wait(is_radio(RadioState::UNAVAILABLE));
    let dial = Dial { address: Some("112".to_owned()), ..Default::default() };
    assert_eq!(scene.second.ask(RequestCode::DIAL, &encode(&dial)).0, Errno::SUCCESS);
    let (errno, list) = scene.second.ask(RequestCode::GET_CURRENT_CALLS, &[]);
    assert_eq!(errno, Errno::SUCCESS);
    let calls: Vec<Call> = decode(&list);
    assert_eq!(calls[0].number.as_deref(), Some("112"));
}

#[test]
fn a_message_that_is_not_acknowledged_is_neither_lost_nor_doubled() {
    let mut scene = Scene::set();
    scene.command(&format!("sms {MESSAGE}"));
    let message = scene.first.news(UnsolCode::RESPONSE_NEW_SMS);
    assert_eq!(decode::<Text>(&message).as_deref(), Some(MESSAGE));
    scene.root.kill_library();
    scene.first.wait(is_radio(RadioState::UNAVAILABLE));
    // Also while there is no modem.
    let taken = encode::<Ints>(&vec![1, 0]);
    assert_eq!(scene.first.ask(RequestCode::SMS_ACKNOWLEDGE, &taken).0, Errno::SUCCESS);
    scene.first.news(UnsolCode::RIL_CONNECTED);
    scene.first.wait(is_radio(RadioState::ON));
    scene.second.wait(is_radio(RadioState::ON));
    scene.is_well();
    let again = |heard: &Heard| matches!(heard, Heard::News { code: UnsolCode::RESPONSE_NEW_SMS, .. });
    assert!(!scene.first.heard().iter().any(again) && !scene.second.heard().iter().any(again));
}

#[test]
fn one_that_crashes_while_it_starts_is_started_again() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("crash");
    std::fs::write(&file, "").expect("the file can be written");
    let args = ["-k", "1", "-x", file.to_str().expect("a plain name")];
    let mut scene = Scene::with("", &args);
    scene.is_well();
    // And once more, with clients there.
    std::fs::write(&file, "").expect("the file can be written");
    scene.root.kill_library();
    scene.modem_is_lost_and_comes_back();
    scene.is_well();
    let side = scene.root.modem_side();
    assert!(side.ends == 3 && side.last_end.contains("SIGABRT"), "{side:?}");
}

#[test]
fn a_library_that_cannot_be_started_at_first_is_said_as_if_it_were_not_isolated() {
    let refused = |library: &Path, args: &[&str], words: &[&str]| {
        let (status, log) = Root::fails(&config(library, "", args));
        assert_eq!(status.code(), Some(3), "{log}");
        assert!(log.lines().any(|line| words.iter().all(|word| line.contains(word))), "{words:?} in\n{log}");
    };
    refused(&vendor::awkward(), &["-n"], &["libawkward.so", "returned NULL"]);
    refused(&vendor::awkward(), &["-v", "5"], &["reports RIL version 5;"]);
    refused(Path::new("/nonexistent/libvendor.so"), &[], &["/nonexistent/libvendor.so", "No such file"]);
}

#[test]
fn nobody_waits_for_a_log_that_is_not_read() {
    let mut scene = Scene::of(Root::start_unread(&config(&vendor::awkward(), "", &["-k", "1"])));
    // More than a pipe holds, and than is kept for whoever may read it later.
    scene.command("print 60000");
    for _ in 0..4 {
        drop(scene.second);
        scene.second = scene.root.client("second");
    }
    scene.is_well();
    scene.root.read_on();
    scene.root.log().wait_for(&["lines were left out here: nobody read"]);
}

#[test]
fn the_process_ends_with_the_daemon() {
    let mut scene = Scene::set();
    let library = scene.root.library();
    scene.root.terminate();
    assert!(scene.root.wait().success());
    expect_no_process(library);
    let mut scene = Scene::set();
    let library = scene.root.library();
    kill(Pid::from_raw(scene.root.id().cast_signed()), Signal::SIGKILL).expect("it is there");
    scene.root.wait();
    expect_no_process(library);
}

#[test]
fn the_process_can_gain_no_rights_and_holds_none_of_our_descriptors() {
    let scene = Scene::set();
    let library = scene.root.library();
    let status = std::fs::read_to_string(format!("/proc/{library}/status")).expect("it is there");
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    let root_status = std::fs::read_to_string(format!("/proc/{}/status", scene.root.id())).expect("it is there");
    for key in ["Uid:", "Gid:", "Groups:", "CapEff:"] {
        let line = |status: &str| status.lines().find(|line| line.starts_with(key)).map(str::to_owned);
        assert_eq!(line(&status), line(&root_status), "{key}");
    }
    let descriptors = std::fs::read_dir(format!("/proc/{library}/fd")).expect("it is there");
    let files: Vec<_> = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()).collect();
    assert!(!files.iter().any(|file| file.to_string_lossy().contains("state.db")), "{files:?}");
}

#[test]
fn the_process_has_none_of_the_sockets_that_init_made_for_ours() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let inherited = init_socket(&folder.path().join("rild"));
    let config = config(&vendor::awkward(), "", &["-k", "1"]);
    let number = inherited.as_raw_fd().to_string();
    let root = Root::start_with(&config, &[("ANDROID_SOCKET_rild_test", &number)]);
    let library = root.library();
    let file = |process: u32| std::fs::read_link(format!("/proc/{process}/fd/{number}")).ok();
    let ours = file(std::process::id());
    assert!(ours.is_some() && ours == file(root.id()), "{ours:?}");
    assert_ne!(ours, file(library.as_raw().cast_unsigned()));
    let environment = std::fs::read_to_string(format!("/proc/{library}/environ")).expect("it is there");
    assert!(!environment.contains("ANDROID_SOCKET_"), "{environment}");
}

#[test]
fn what_came_before_a_crash_is_kept() {
    let trace = "[trace]\nring = 1\nends = 2\n";
    let config = config(&vendor::awkward(), "", &["-k", "1"]);
    let root = Root::start(&format!("{trace}{config}"));
    let mut first = root.client("first");
    first.send(RequestCode::OEM_HOOK_RAW, 2, &raw("here-segv"));
    first.wait(is_radio(RadioState::UNAVAILABLE));
    let line = root.log().wait_for(&["INFO", "what came before the end of the modem is kept in"]);
    let file = line.rsplit(' ').next().expect("a path ends the line");
    let mut reader = Reader::open(std::fs::File::open(file).expect("it is there")).expect("it is a trace");
    let mut ended = false;
    while let Some(item) = reader.next_item().expect("it is whole") {
        if let Item::Record(entry) = item {
            ended |= matches!(entry.record.what, What::Event(Event::ModemDown(_)));
        }
    }
    assert!(ended, "the end itself is in it");
}

#[test]
fn the_device_is_kept_awake_for_what_phones_have_to_wake_up_for() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (lock, unlock) = (folder.path().join("wake_lock"), folder.path().join("wake_unlock"));
    let config = config(&vendor::awkward(), "", &["-k", "1"]);
    // The table of the daemon's folder is open where the configuration begins.
    let root = Root::start(&format!("wake_lock = '{}'\n{config}", lock.display()));
    let mut first = root.client("first");
    first.expect_service();
    assert!(!lock.exists(), "who connects is awake");
    first.send(RequestCode::OEM_HOOK_RAW, 2, &raw("connected 999"));
    first.wait(is_radio(RadioState::UNAVAILABLE));
    assert_eq!(std::fs::read_to_string(&lock).expect("it was taken"), "radio-interface");
    let mut waited = 0..1_000_000;
    assert!(waited.any(|_| unlock.exists()), "it is released when nothing comes");
}
