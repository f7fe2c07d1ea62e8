//! What AOSP's rild gets wrong and no other test of ours looks at. `docs/aosp-rild.md` has the whole list, and names
//! for each of its defects the test that ours passes.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, bind, socket};
use ril_protocol::frame::REQUEST_LIMIT;
use ril_protocol::messages::{Class, REQUESTS};
use ril_protocol::payload::Strings;
use ril_protocol::payload::call::Call;
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Heard, Peer, decode, request, words};
use rild_proxy_tests::root::Root;

/// More looks than a process needs that has nothing to do.
const LOOKS: usize = 100_000;

/// A daemon with the simulated modem, its radio on, and these phones.
fn root(phones: &[&str]) -> Root {
    root_with("args = ['--radio', 'on']\n", phones, &[])
}

fn root_with(keys: &str, phones: &[&str], variables: &[(&str, &str)]) -> Root {
    let phones: String = phones.iter().map(|name| format!("[[phone]]\nname = '{name}'\n")).collect();
    Root::start_with(&format!("[modem]\n{keys}{phones}"), variables)
}

#[test]
fn requests_that_break_off_use_up_nothing() {
    /// More than a phone, or all of them, may have unanswered.
    const MANY: usize = 100_000;
    /// As many of them are asked before an answer is awaited.
    const AT_ONCE: usize = 100;
    let root = root(&["only"]);
    let mut client = root.client("only");
    let broken = [
        (RequestCode::GET_IMSI, words(&[1, 100])),
        (RequestCode::QUERY_CALL_WAITING, words(&[2, 1])),
        (RequestCode::SIM_IO, words(&[0xb0, 0x6f07])),
        (RequestCode::DTMF, vec![]),
        (RequestCode::HANGUP, words(&[0])),
    ];
    let requests: Vec<_> = broken.iter().cycle().take(AT_ONCE).collect();
    let frames: Vec<u8> =
        (0..).zip(&requests).flat_map(|(serial, (code, body))| request(*code, serial, body)).collect();
    for _ in 0..MANY / AT_ONCE {
        client.send_bytes(&frames);
        for (serial, (code, _)) in (0..).zip(&requests) {
            assert_ne!(client.answer(serial).0, Errno::SUCCESS, "{code}");
        }
    }
    client.expect_service();
    client.expect_no_more_replies();
}

#[test]
fn a_client_that_does_not_read_is_no_work() {
    let root = root(&["idle", "other"]);
    let (mut idle, mut other) = (root.client("idle"), root.client("other"));
    // More than a socket holds of answers, and less than what may wait for a client.
    let some = request(RequestCode::GET_SIM_STATUS, 1, &[]).repeat(100);
    for _ in 0..20 {
        idle.send_bytes(&some);
        other.expect_service();
    }
    let rests = (0..LOOKS).any(|_| {
        let before = at_rest(root.id());
        before.is_some() && before == at_rest(root.id())
    });
    assert!(rests, "it is busy with a client that does not read");
    // All of it is there when the client does read.
    for _ in 0..2000 {
        assert_eq!(idle.answer(1).0, Errno::SUCCESS);
    }
    other.expect_service();
}

/// How often the threads of a process have been woken, if all of them wait for something.
fn at_rest(process: u32) -> Option<u64> {
    let mut wakes = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).expect("it runs") {
        let status = fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if !field("State:")?.starts_with('S') {
            return None;
        }
        wakes += field("voluntary_ctxt_switches:")?.parse::<u64>().ok()?;
    }
    Some(wakes)
}

#[test]
fn more_clients_than_a_table_of_eight_descriptors_holds_are_all_served() {
    let names: Vec<String> = (0..20).map(|place| format!("phone{place}")).collect();
    let root = root(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut clients: Vec<Peer> = names.iter().map(|name| root.client(name)).collect();
    let mut waiting: Vec<Peer> = names.iter().map(|name| Peer::connect(&root.socket(name))).collect();
    for client in clients.iter_mut().rev() {
        client.expect_service();
    }
    assert!(waiting.iter_mut().all(|client| !client.has_input()), "two clients of a phone at a time");
    drop(clients);
    for client in &mut waiting {
        client.take_greeting();
        client.expect_service();
    }
}

#[test]
fn the_client_of_one_sim_that_leaves_makes_room_on_that_sim_only() {
    let root = root_with("sims = 2\nargs = ['--sims', '2', '--radio', 'on']\n", &["only"], &[]);
    let (mut first, mut second) = (root.client_on(1, "only"), root.client_on(2, "only"));
    let mut waits = Peer::connect(&root.socket_on(1, "only"));
    first.expect_service();
    second.expect_service();
    drop(second);
    root.client_on(2, "only").expect_service();
    first.expect_service();
    assert!(!waits.has_input(), "two clients of a phone on one SIM");
    drop(first);
    waits.take_greeting();
    waits.expect_service();
}

#[test]
fn nobody_listens_on_the_debug_socket() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("rild-debug");
    let made = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).expect("a socket can be made");
    bind(made.as_raw_fd(), &UnixAddr::new(&path).expect("a short path")).expect("it can be bound");
    let number = made.as_raw_fd().to_string();
    let root = root_with("args = ['--radio', 'on']\n", &["only"], &[("ANDROID_SOCKET_rild-debug", &number)]);
    let refused = UnixStream::connect(&path).expect_err("nobody is there");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    root.client("only").expect_service();
}

#[test]
fn an_answer_longer_than_clients_read_is_an_error() {
    /// Four strings each, of eight bytes in a parcel, and few characters in a line of the console.
    const NETWORKS: usize = 275;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let console = folder.path().join("modem.sock");
    let keys = format!("args = ['--radio', 'on', '--control', '{}']\n", console.display());
    let root = root_with(&keys, &["only"], &[]);
    let networks = ["", "", "", "a"].repeat(NETWORKS);
    let list: Vec<String> = networks.iter().map(|text| format!("{text:?}")).collect();
    Console::connect(&console).run(&format!("reply QUERY_AVAILABLE_NETWORKS [{}]", list.join(",")));
    let strings: Strings = networks.into_iter().map(|text| Some(text.to_owned())).collect();
    assert!(parcel::encode(&strings, RilVersion::COMMON).len() > REQUEST_LIMIT);
    let mut client = root.client("only");
    assert_eq!(client.ask(RequestCode::QUERY_AVAILABLE_NETWORKS, &[]), (Errno::GENERIC_FAILURE, Vec::new()));
    client.expect_service();
}

/// libril answers two of them itself, and then lets the library answer as well.
#[test]
fn with_the_radio_off_each_question_has_one_answer() {
    let root = root_with("args = ['--radio', 'off']\n", &["only"], &[]);
    let mut client = root.client("only");
    let asks = |class| matches!(class, Class::Query | Class::Shared | Class::Virtual);
    let questions = REQUESTS.iter().filter(|row| asks(row.class) && row.request.type_name == "()");
    let codes: Vec<RequestCode> = questions.map(|row| row.code).collect();
    assert!(
        codes.contains(&RequestCode::VOICE_RADIO_TECH) && codes.contains(&RequestCode::CDMA_GET_SUBSCRIPTION_SOURCE)
    );
    for code in codes {
        client.ask(code, &[]);
    }
    client.ask(ALWAYS_AT_MODEM, &[]);
    let replies = client.heard().iter().filter(|heard| !matches!(heard, Heard::News { .. }));
    assert_eq!(replies.count(), 0, "{:?}", client.heard());
    assert_eq!(decode::<Vec<Call>>(&client.ask(RequestCode::GET_CURRENT_CALLS, &[]).1), []);
}

#[test]
fn the_list_names_tests_that_there_are() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(top.join("docs/aosp-rild.md")).expect("the page is there");
    let quoted = page.split('`').skip(1).step_by(2);
    let names: Vec<(&str, &str)> = quoted.filter_map(|words| words.split_once(": ")).collect();
    assert!(names.len() > 20, "{names:?}");
    for (file, test) in names {
        let source = fs::read_to_string(top.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(source.contains(&format!("fn {test}()")), "{file} has no test {test}");
    }
}
