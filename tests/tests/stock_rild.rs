//! The root daemon in front of a rild: another daemon of ours as the one below, killed and started again; and one that
//! is played here, for what ours does not do.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use ril_protocol::frame::{Message, REQUEST_LIMIT, RESPONSE_LIMIT, Reply, Request, Unsolicited, split};
use ril_protocol::payload::call::{Call, Dial};
use ril_protocol::payload::device::ActivityInfo;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Strings, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::journal::PATIENCE;
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Heard, Peer, decode, encode, is_radio, raw};
use rild_proxy_tests::root::Root;
use rild_proxy_tests::vendor;
use tempfile::TempDir;

/// Two phones on the rild of this socket.
fn upper(socket: &Path, keys: &str) -> Root {
    Root::start(&format!(
        "[modem]\nsocket = '{}'\n{keys}\
         [[phone]]\nname = 'first'\nprivileged = true\n[[phone]]\nname = 'second'\n",
        socket.display()
    ))
}

/// A rild that serves this socket from libawkward.so.
fn lower(socket: &Path) -> Root {
    Root::start(&format!(
        "[modem]\nlibrary = '{}'\nargs = ['-k', '1']\n[[phone]]\nname = 'above'\nsocket = '{}'\n",
        vendor::awkward().display(),
        socket.display()
    ))
}

struct Scene {
    upper: Root,
    first: Peer,
    second: Peer,
    /// Goes after `upper`, which would see its end otherwise.
    lower: Option<Root>,
    socket: PathBuf,
    _folder: TempDir,
}

impl Scene {
    fn set() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let socket = folder.path().join("rild");
        let lower = lower(&socket);
        let upper = upper(&socket, "");
        let (first, second) = (upper.client("first"), upper.client("second"));
        let mut scene = Self { upper, first, second, lower: Some(lower), socket, _folder: folder };
        scene.first.expect_service();
        scene
    }

    fn command(&mut self, command: &str) {
        let answer = self.first.ask(RequestCode::OEM_HOOK_RAW, &raw(command));
        assert_eq!(answer, (Errno::SUCCESS, raw(command)), "{command}");
    }

    fn is_well(&mut self) {
        for phone in [&mut self.first, &mut self.second] {
            let (errno, payload) = phone.ask(ALWAYS_AT_MODEM, &[]);
            assert_eq!((errno, decode::<ActivityInfo>(&payload).rx_mode_time_ms), (Errno::SUCCESS, 30));
            phone.expect_no_more_replies();
        }
        assert!(self.upper.is_running());
    }
}

#[test]
fn a_rild_that_is_killed_and_comes_back_cuts_no_phone_off() {
    let mut scene = Scene::set();
    scene.is_well();
    scene.command("never");
    scene.second.send(ALWAYS_AT_MODEM, 1, &[]);
    scene.second.expect_service();
    scene.lower = None;
    assert_eq!(scene.second.answer(1), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    for phone in [&mut scene.first, &mut scene.second] {
        phone.wait(is_radio(RadioState::UNAVAILABLE));
        assert_eq!(phone.ask(ALWAYS_AT_MODEM, &[]), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    }
    let side = scene.upper.modem_side();
    assert_eq!((side.kind.as_str(), side.up), ("rild", false));
    scene.lower = Some(lower(&scene.socket));
    for phone in [&mut scene.first, &mut scene.second] {
        phone.news(UnsolCode::RIL_CONNECTED);
        phone.wait(is_radio(RadioState::ON));
    }
    scene.is_well();
    let side = scene.upper.modem_side();
    assert!(side.up && side.ends >= 1, "{side:?}");
}

#[test]
fn an_emergency_call_waits_for_a_rild_that_is_not_there() {
    let mut scene = Scene::set();
    scene.lower = None;
    scene.second.wait(is_radio(RadioState::UNAVAILABLE));
    let dial = Dial { address: Some("112".to_owned()), ..Dial::default() };
    scene.second.send(RequestCode::DIAL, 1, &encode(&dial));
    scene.lower = Some(lower(&scene.socket));
    assert_eq!(scene.second.answer(1).0, Errno::SUCCESS);
    let (_, list) = scene.second.ask(RequestCode::GET_CURRENT_CALLS, &[]);
    assert_eq!(decode::<Vec<Call>>(&list)[0].number.as_deref(), Some("112"));
}

#[test]
fn a_call_that_goes_with_the_rild_ends_for_its_owner() {
    let mut scene = Scene::set();
    let dial = Dial { address: Some("5550100".to_owned()), ..Dial::default() };
    assert_eq!(scene.first.ask(RequestCode::DIAL, &encode(&dial)).0, Errno::SUCCESS);
    let calls = |phone: &mut Peer| {
        let (errno, list) = phone.ask(RequestCode::GET_CURRENT_CALLS, &[]);
        (errno, if errno == Errno::SUCCESS { decode::<Vec<Call>>(&list).len() } else { 0 })
    };
    assert_eq!(calls(&mut scene.first), (Errno::SUCCESS, 1));
    scene.lower = None;
    scene.first.wait(is_radio(RadioState::UNAVAILABLE));
    scene.first.news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
    scene.lower = Some(lower(&scene.socket));
    scene.first.news(UnsolCode::RIL_CONNECTED);
    scene.first.wait(is_radio(RadioState::ON));
    scene.first.news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
    assert_eq!(calls(&mut scene.first), (Errno::SUCCESS, 0));
    let second = scene.second.heard();
    let is_call = |heard: &Heard| matches!(heard, Heard::News { code: UnsolCode::RESPONSE_CALL_STATE_CHANGED, .. });
    assert!(!second.iter().any(is_call), "it is no affair of the other phone: {second:?}");
}

#[test]
fn phones_are_served_before_there_is_a_rild() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let socket = folder.path().join("rild");
    let upper = upper(&socket, "");
    let mut first = Peer::connect(&upper.socket("first"));
    assert_eq!(first.ask(RequestCode::GET_IMEI, &[]), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    assert!(upper.modem_side().last_end.contains("No such file"));
    let _lower = lower(&socket);
    first.take_greeting();
    first.expect_service();
}

#[test]
fn a_phone_that_floods_leaves_the_rild_to_the_others() {
    let mut scene = Scene::set();
    for serial in 0..1000 {
        scene.second.send(ALWAYS_AT_MODEM, serial, &[]);
    }
    scene.first.expect_service();
    for serial in 0..1000 {
        assert_eq!(scene.second.answer(serial).0, Errno::SUCCESS);
    }
    scene.is_well();
}

/// A rild that says what a test wants it to.
struct Played {
    client: UnixStream,
    input: Vec<u8>,
}

impl Played {
    fn accept(listener: &UnixListener) -> Self {
        let (client, _) = listener.accept().expect("a client comes");
        client.set_read_timeout(Some(PATIENCE)).expect("a socket has a timeout");
        Self { client, input: Vec::new() }
    }

    /// Greets as a rild of this version does whose radio is on.
    fn greet(&mut self, version: i32) {
        self.says(&Message::Unsolicited(Unsolicited::new(UnsolCode::RIL_CONNECTED, &encode::<Ints>(&vec![version]))));
        let on = encode(&RadioState::ON);
        self.says(&Message::Unsolicited(Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &on)));
    }

    fn says(&mut self, message: &Message<'_>) {
        let mut frame = Vec::new();
        message.put(&mut frame);
        self.client.write_all(&frame).expect("the client reads");
    }

    /// The next request with this code; others are answered with success.
    fn hears(&mut self, wanted: RequestCode) -> i32 {
        loop {
            if let Some((body, used)) = split(&self.input, REQUEST_LIMIT).expect("requests have a limit") {
                let request = Request::parse(body).expect("a request");
                let (code, serial) = (request.code, request.serial);
                self.input.drain(..used);
                if code == wanted {
                    return serial;
                }
                if code != RequestCode::RESPONSE_ACKNOWLEDGEMENT {
                    self.says(&Message::Reply(Reply::new(serial, Errno::SUCCESS, &[])));
                }
                continue;
            }
            let mut bytes = [0; 4096];
            let read = self.client.read(&mut bytes).expect("the client says something");
            assert!(read > 0, "the client has hung up before {wanted}");
            self.input.extend_from_slice(&bytes[..read]);
        }
    }
}

/// Says this frame again and again, until the other side is gone.
fn flood(mut client: UnixStream, message: &Message<'_>) {
    let mut frame = Vec::new();
    message.put(&mut frame);
    let frames = frame.repeat(1000);
    std::thread::spawn(move || while client.write_all(&frames).is_ok() {});
}

/// A daemon in front of a rild that is played, which has let it in.
fn played(keys: &str) -> (Root, UnixListener, Played, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let socket = folder.path().join("rild");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).expect("ours");
    let listener = UnixListener::bind(&socket).expect("a socket can be made");
    std::fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o666)).expect("ours");
    let root = upper(&socket, keys);
    let played = Played::accept(&listener);
    (root, listener, played, folder)
}

#[test]
fn a_rild_of_version_13_and_later_has_its_acknowledgements() {
    let (root, _listener, mut rild, _folder) = played("");
    rild.greet(14);
    let mut first = Peer::connect(&root.socket("first"));
    assert_eq!(decode::<Ints>(&first.news(UnsolCode::RIL_CONNECTED)), [14]);
    first.wait(is_radio(RadioState::ON));
    first.send(ALWAYS_AT_MODEM, 5, &[]);
    let serial = rild.hears(ALWAYS_AT_MODEM);
    rild.says(&Message::Ack { serial });
    let answer = Reply { wants_ack: true, ..Reply::new(serial, Errno::SUCCESS, &[7; 4]) };
    rild.says(&Message::Reply(answer));
    rild.hears(RequestCode::RESPONSE_ACKNOWLEDGEMENT);
    assert_eq!(first.answer(5), (Errno::SUCCESS, vec![7; 4]));
    let news = Unsolicited::new(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &[]);
    rild.says(&Message::Unsolicited(Unsolicited { wants_ack: true, ..news }));
    rild.hears(RequestCode::RESPONSE_ACKNOWLEDGEMENT);
    first.news(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED);
    assert!(!first.heard().iter().any(|heard| matches!(heard, Heard::Ack { .. })));
}

/// AOSP's would hand it to the library. This one is not even listening.
#[test]
fn what_a_library_might_crash_on_is_refused_before_it_reaches_the_rild() {
    let (root, _listener, mut rild, _folder) = played("");
    rild.greet(12);
    let mut first = root.client("first");
    let no_message = encode::<Strings>(&vec![None, None]);
    let absurd = 0x2000_0000_i32.to_ne_bytes().to_vec();
    for (code, arguments) in [
        (RequestCode::SEND_SMS, no_message),
        (RequestCode::SETUP_DATA_CALL, encode::<Strings>(&vec![])),
        (RequestCode::QUERY_CALL_WAITING, absurd.clone()),
        (RequestCode::DTMF, encode::<Text>(&None)),
    ] {
        let (errno, payload) = first.ask(code, &arguments);
        assert!(errno != Errno::SUCCESS && payload.is_empty(), "{code}: {errno}");
    }
    // What only that rild may know is its affair.
    first.send(RequestCode(9999), 7, &absurd);
    first.send(ALWAYS_AT_MODEM, 8, &[]);
    let serial = rild.hears(ALWAYS_AT_MODEM);
    rild.says(&Message::Reply(Reply::new(serial, Errno::SUCCESS, &[7; 4])));
    assert_eq!(first.answer(8), (Errno::SUCCESS, vec![7; 4]));
}

#[test]
fn a_rild_whose_library_says_it_is_connected_begins_anew_as_what_it_is() {
    let (root, _listener, mut rild, _folder) = played("");
    rild.greet(12);
    let (mut first, mut second) = (root.client("first"), root.client("second"));
    for version in [12, 999, -1] {
        let payload = encode::<Ints>(&vec![version]);
        rild.says(&Message::Unsolicited(Unsolicited::new(UnsolCode::RIL_CONNECTED, &payload)));
        for phone in [&mut first, &mut second] {
            phone.wait(is_radio(RadioState::UNAVAILABLE));
            assert_eq!(decode::<Ints>(&phone.news(UnsolCode::RIL_CONNECTED)), [12]);
            phone.wait(is_radio(RadioState::ON));
        }
    }
    assert_eq!(root.modem_side().ends, 0);
}

#[test]
fn frames_may_come_in_pieces_and_a_stream_that_cannot_be_followed_is_given_up() {
    let (root, listener, mut rild, _folder) = played("");
    let mut greeting = Vec::new();
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &encode::<Ints>(&vec![9])).put(&mut greeting);
    let on = encode(&RadioState::ON);
    Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &on).put(&mut greeting);
    for byte in &greeting {
        rild.client.write_all(&[*byte]).expect("the client reads");
    }
    let mut first = Peer::connect(&root.socket("first"));
    assert_eq!(decode::<Ints>(&first.news(UnsolCode::RIL_CONNECTED)), [9]);
    first.wait(is_radio(RadioState::ON));
    first.send(ALWAYS_AT_MODEM, 1, &[]);
    rild.hears(ALWAYS_AT_MODEM);

    let too_long = u32::try_from(RESPONSE_LIMIT + 1).expect("it fits").to_be_bytes();
    rild.client.write_all(&too_long).expect("the client reads");
    assert_eq!(first.answer(1), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    let mut rild = Played::accept(&listener);
    rild.greet(12);
    assert_eq!(decode::<Ints>(&first.news(UnsolCode::RIL_CONNECTED)), [12]);
    assert!(root.modem_side().last_end.contains("it sent a frame of"));

    // The beginning of a frame, and the end.
    rild.client.write_all(&[0, 0, 1]).expect("the client reads");
    drop(rild);
    let mut rild = Played::accept(&listener);
    rild.greet(12);
    first.news(UnsolCode::RIL_CONNECTED);
    assert!(root.modem_side().last_end.contains("in the middle of a frame"));
}

#[test]
fn a_rild_that_says_more_than_can_be_heard_keeps_nobody_else_waiting() {
    let (mut root, _listener, mut rild, _folder) = played("");
    rild.greet(12);
    let on = encode(&RadioState::ON);
    let news = Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &on);
    flood(rild.client.try_clone().expect("a socket can be shared"), &Message::Unsolicited(news));
    let _first = Peer::greeted(&root.socket("first"));
    assert!(root.modem_side().up);
    root.terminate();
    assert!(root.wait().success());
}

#[test]
fn a_rild_that_lets_in_one_user_only_is_called_as_that() {
    const RADIO: u32 = 1001;
    let (root, _listener, mut rild, _folder) = played("socket_uid = 1001\n");
    let credentials = getsockopt(&rild.client, PeerCredentials).expect("a socket has a peer");
    assert_eq!(credentials.uid(), RADIO, "run the tests as root");
    rild.greet(12);
    Peer::greeted(&root.socket("first"));
    let status = std::fs::read_to_string(format!("/proc/{}/status", root.id())).expect("it is there");
    let uids = status.lines().find(|line| line.starts_with("Uid:")).expect("everybody is somebody");
    assert!(!uids.contains(&RADIO.to_string()), "the daemon is who it was: {uids}");
}
