//! Our libril.so under a rild that is not ours: one in C that knows libril's exports only, with libawkward.so, or with
//! liblinked.so, which needs libril.so itself. The socket is made as init makes it: bound, and not listened on yet.

use std::io::{BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use ril_protocol::frame::REQUEST_LIMIT;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Raw, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::binaries::librilproxy;
use rild_proxy_tests::init_socket::init_socket;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Heard, Peer, decode, encode, raw};
use rild_proxy_tests::root::Root;
use rild_proxy_tests::vendor;
use tempfile::TempDir;

/// `RIL_Init` of librilproxy.so connects once for root's greeting.
const ASKED_FOR_THE_VERSION: usize = 1;

/// Our libril.so, which cargo builds along with this test.
fn libril() -> PathBuf {
    std::env::current_exe().expect("a test knows its executable").with_file_name("libril.so")
}

fn rild(library: &Path, args: &[&str]) -> Command {
    rild_of(vendor::rild_linked_against(&libril()), library, args)
}

fn rild_of(program: PathBuf, library: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.arg(library).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.env("LD_LIBRARY_PATH", libril().parent().expect("it lies in a folder")).env_remove("ANDROID_SOCKET_rild");
    command
}

/// A rild at work.
struct Rild {
    process: Child,
    path: PathBuf,
    stderr: BufReader<ChildStderr>,
    _folder: TempDir,
}

impl Rild {
    fn start(library: &Path, args: &[&str]) -> Self {
        Self::launch(rild(library, args), &["rild"])
    }

    /// With sockets of these names, of which the last one is the last to be served.
    fn launch(mut command: Command, sockets: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("rild");
        let mut made = Vec::new();
        for name in sockets {
            let init = init_socket(&folder.path().join(name));
            command.env(format!("ANDROID_SOCKET_{name}"), init.as_raw_fd().to_string());
            made.push(init);
        }
        let last = format!("serving clients on /dev/socket/{}\n", sockets.last().expect("there is one"));
        let mut process = command.spawn().expect("the rild starts");
        let stderr = BufReader::new(process.stderr.take().expect("standard error is a pipe"));
        Self { process, path, stderr, _folder: folder }.having_said(&last)
    }

    /// Waits until it has written these words.
    fn having_said(mut self, words: &str) -> Self {
        let mut said = String::new();
        while !said.contains(words) {
            let read = self.stderr.read_line(&mut said).expect("the rild writes text");
            assert!(read > 0, "the rild has ended: {said}");
        }
        self
    }
}

impl Drop for Rild {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is as good.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn awkward() -> Rild {
    Rild::start(&vendor::awkward(), &["-k", "1"])
}

fn imei(client: &mut Peer) {
    let imei = encode::<Text>(&Some("356938035643809".to_owned()));
    assert_eq!(client.ask(RequestCode::GET_IMEI, &[]), (Errno::SUCCESS, imei));
}

#[test]
fn a_client_is_greeted_and_served() {
    let rild = awkward();
    let mut client = Peer::connect(&rild.path);
    assert_eq!(decode::<Ints>(&client.news(UnsolCode::RIL_CONNECTED)), [12]);
    client.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED);
    imei(&mut client);
    assert_eq!(client.ask(RequestCode::OEM_HOOK_RAW, &raw("argv")).0, Errno::SUCCESS);
    client.ask(RequestCode::OEM_HOOK_RAW, &raw("ring 5550100"));
    client.news(UnsolCode::CALL_RING);
    assert_eq!(client.ask(RequestCode(4711), &[]).0, Errno::REQUEST_NOT_SUPPORTED);
}

#[test]
fn a_library_that_says_it_is_connected_has_its_client_greeted_anew() {
    let rild = awkward();
    let mut client = Peer::greeted(&rild.path);
    assert_eq!(client.ask(RequestCode::OEM_HOOK_RAW, &raw("connected 999")).0, Errno::SUCCESS);
    assert_eq!(decode::<Ints>(&client.news(UnsolCode::RIL_CONNECTED)), [12]);
    client.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED);
    imei(&mut client);
}

#[test]
fn the_next_client_waits_and_hears_no_answer_of_the_one_before() {
    let rild = awkward();
    let mut first = Peer::greeted(&rild.path);
    assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &raw("never")).0, Errno::SUCCESS);
    first.send(RequestCode::GET_IMEI, 1, &[]);
    imei_sv(&mut first);
    let mut second = Peer::connect(&rild.path);
    imei_sv(&mut first);
    assert!(!second.has_input());
    drop(first);
    second.take_greeting();
    assert_eq!(second.ask(RequestCode::OEM_HOOK_RAW, &raw("release")).0, Errno::SUCCESS);
    for _ in 0..20 {
        imei(&mut second);
    }
    let answers = second.heard().iter().filter(|heard| !matches!(heard, Heard::News { .. })).count();
    assert_eq!(answers, 0, "{:?}", second.heard());
    rild.having_said("for a request that was given up");
}

fn imei_sv(client: &mut Peer) {
    assert_eq!(client.ask(RequestCode::GET_IMEISV, &[]).0, Errno::SUCCESS);
}

#[test]
fn a_client_that_cannot_be_followed_makes_room_for_the_next() {
    let rild = awkward();
    let mut client = Peer::greeted(&rild.path);
    let too_long = u32::try_from(REQUEST_LIMIT + 1).expect("a small number");
    client.send_bytes(&too_long.to_be_bytes());
    client.expect_end();
    let mut client = Peer::greeted(&rild.path);
    client.send_bytes(&[0, 0, 0, 4, 1, 0, 0, 0]);
    imei(&mut client);
    // Answers on their way to nobody: libril is ended by SIGPIPE at times.
    for serial in 0..200 {
        client.send(RequestCode::GET_IMEI, serial, &[]);
    }
    drop(client);
    imei(&mut Peer::greeted(&rild.path));
}

#[test]
fn a_library_that_needs_libril_finds_the_same_one() {
    let rild = Rild::start(&vendor::linked_against(&libril()), &[]);
    let mut client = Peer::greeted(&rild.path);
    let name = encode::<Text>(&Some("linked 1.0".to_owned()));
    assert_eq!(client.ask(RequestCode::BASEBAND_VERSION, &[]), (Errno::SUCCESS, name));
    assert_eq!(client.ask(RequestCode::OEM_HOOK_RAW, &raw("ring")).0, Errno::SUCCESS);
    client.news(UnsolCode::CALL_RING);
}

#[test]
fn a_rild_with_two_sims_serves_each_on_its_socket() {
    let command = rild_of(vendor::rild_multi_sim_linked_against(&libril()), &vendor::awkward_multi_sim(), &["-k", "1"]);
    let rild = Rild::launch(command, &["rild", "rild2"]);
    let mut first = Peer::greeted(&rild.path);
    let mut second = Peer::greeted(&rild.path.with_file_name("rild2"));
    for (client, id) in [(&mut first, "0"), (&mut second, "1")] {
        assert_eq!(client.ask(RequestCode::OEM_HOOK_RAW, &raw("socket")), (Errno::SUCCESS, raw(id)));
    }
    let rings = |id: u8| raw(&format!("say-on {id} 1018 "));
    assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &rings(1)).0, Errno::SUCCESS);
    second.news(UnsolCode::CALL_RING);
    assert_eq!(second.ask(RequestCode::OEM_HOOK_RAW, &rings(0)).0, Errno::SUCCESS);
    first.news(UnsolCode::CALL_RING);
    // A client that leaves is that of its SIM alone.
    drop(second);
    imei(&mut first);
    let mut third = Peer::greeted(&rild.path.with_file_name("rild2"));
    imei(&mut third);
    imei(&mut first);
    for client in [first, third] {
        let rings =
            client.heard().iter().filter(|heard| matches!(heard, Heard::News { code: UnsolCode::CALL_RING, .. }));
        assert_eq!(rings.count(), 0);
    }
}

#[test]
fn a_sim_whose_client_asks_much_does_not_hold_up_another() {
    let pipe = vendor::Fifo::make();
    let args = ["-k", "1", "-u", pipe.path()];
    let command = rild_of(vendor::rild_multi_sim_linked_against(&libril()), &vendor::awkward_multi_sim(), &args);
    let rild = Rild::launch(command, &["rild", "rild2"]);
    let mut first = Peer::greeted(&rild.path);
    let mut second = Peer::greeted(&rild.path.with_file_name("rild2"));
    assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &raw("block")).0, Errno::SUCCESS);
    first.send(RequestCode::GET_IMEI, 1, &[]);
    first.news(UnsolCode::OEM_HOOK_RAW);
    for serial in 2..20 {
        first.send(RequestCode::GET_IMEI, serial, &[]);
    }
    second.send(RequestCode::GET_IMEISV, 1, &[]);
    for client in [&mut first, &mut second] {
        // That is refused without the library, so what was asked before it waits for the library.
        assert_eq!(client.ask(RequestCode(4711), &[]).0, Errno::REQUEST_NOT_SUPPORTED);
    }
    pipe.unblock();
    let (_, seen) = first.ask(RequestCode::OEM_HOOK_RAW, &raw("seen"));
    let seen = String::from_utf8(decode::<Raw>(&seen).0.expect("there is a text")).expect("it is ASCII");
    let place = seen.split(' ').position(|code| code == RequestCode::GET_IMEISV.0.to_string());
    assert!(place.is_some_and(|place| place <= 2), "behind what blocked, and one of the other's: {seen}");
}

/// The whole of a phone that keeps its rild: that rild, and librilproxy.so as its vendor's library.
#[test]
fn with_librilproxy_each_client_is_one_of_root_s() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let console = folder.path().join("modem.sock");
    let root = Root::start(&format!(
        "[modem]\nlibrary = 'libril-sim.so'\nargs = ['--control', '{}', '--radio', 'on']\n[[phone]]\nname = 'guest'\n",
        console.display()
    ));
    let socket = root.socket("guest").into_os_string().into_string().expect("a plain name");
    let rild = Rild::start(&librilproxy(), &["-s", &socket]);
    let mut modem = Console::connect(&console);
    modem.run("sms send 5550123 to whom it may concern");

    let mut first = Peer::greeted(&rild.path);
    let message = first.news(UnsolCode::RESPONSE_NEW_SMS);
    drop(first);
    let mut second = Peer::greeted(&rild.path);
    assert_eq!(second.news(UnsolCode::RESPONSE_NEW_SMS), message, "nobody has acknowledged it");
    let taken = encode::<Ints>(&vec![1, 0]);
    assert_eq!(second.ask(RequestCode::SMS_ACKNOWLEDGE, &taken).0, Errno::SUCCESS);
    drop(second);
    let mut third = Peer::greeted(&rild.path);
    third.expect_service();
    let is_message = |heard: &Heard| matches!(heard, Heard::News { code: UnsolCode::RESPONSE_NEW_SMS, .. });
    assert!(!third.heard().iter().any(is_message));
}

#[test]
fn with_librilproxy_a_client_of_the_second_slot_is_refused_and_replaces_nobody() {
    let root = Root::start("[modem]\nargs = ['--radio', 'on']\n[[phone]]\nname = 'guest'\n");
    let socket = root.socket("guest").into_os_string().into_string().expect("a plain name");
    let program = vendor::rild_multi_sim_linked_against(&libril());
    let rild = Rild::launch(rild_of(program, &librilproxy(), &["-s", &socket]), &["rild", "rild2"]);
    let mut first = Peer::greeted(&rild.path);
    assert_eq!(first.ask(RequestCode::GET_IMEI, &[]).0, Errno::SUCCESS);
    for _ in 0..3 {
        let mut second = Peer::connect(&rild.path.with_file_name("rild2"));
        second.news(UnsolCode::RIL_CONNECTED);
        let radio = second.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED);
        assert_eq!(decode::<RadioState>(&radio), RadioState::UNAVAILABLE);
        assert_eq!(second.ask(RequestCode::GET_IMEI, &[]).0, Errno::RADIO_NOT_AVAILABLE);
    }
    assert_eq!(first.ask(RequestCode::GET_IMEI, &[]).0, Errno::SUCCESS);
    assert_eq!(root.log().count(&["client connected", "guest"]), 1 + ASKED_FOR_THE_VERSION);
}

#[test]
fn what_keeps_it_from_serving_ends_it_with_a_word() {
    let output = rild(&vendor::awkward(), &["-v", "5"]).output().expect("the rild starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("libril.so: RIL_register: no functions of a vendor library"), "{said}");
    let output = rild(&vendor::awkward(), &[]).output().expect("the rild starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the variable ANDROID_SOCKET_rild is missing"), "{said}");
}
