//! The simulated modem behind its C face, as a library of version 15: what no other test's library is.
//!
//! A process can have one vendor library, so there is one test here.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT};
use ril_protocol::parcel::{self, Parcel};
use ril_protocol::payload::Text;
use ril_protocol::payload::data::{DataProfile, InitialAttachApn};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use rild_proxy_tests::binaries;
use vendor_shim::host::{HostConfig, Lane, Sim, VendorHost};

/// A library that is silent for so many milliseconds when it should speak hangs.
const HANGS: u16 = 20_000;

/// `RIL_ERRNO_INVALID_RESPONSE` of libril.
const INVALID_RESPONSE: Errno = Errno(-1);

fn encode<T: Parcel>(value: &T) -> Vec<u8> {
    parcel::encode(value, RilVersion::NEWEST)
}

/// Hears messages until one of them is what is waited for.
fn wait<T>(sim: &Sim, mut wanted: impl FnMut(Message<'_>) -> Option<T>) -> T {
    loop {
        let mut fds = [PollFd::new(sim.event_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut fds, PollTimeout::from(HANGS)), Ok(1), "silence");
        let mut frames = Vec::new();
        sim.drain(&mut frames);
        let mut rest = &frames[..];
        while !rest.is_empty() {
            let (body, used) = frame::split(rest, RESPONSE_LIMIT).expect("short frames").expect("whole frames");
            if let Some(found) = Message::parse(body).and_then(&mut wanted) {
                return found;
            }
            rest = &rest[used..];
        }
    }
}

fn ask(sim: &Sim, code: RequestCode, serial: i32, arguments: &[u8]) -> (Errno, Vec<u8>) {
    sim.request(Lane::Of(0), code, serial, arguments);
    wait(sim, |message| match message {
        Message::Reply(reply) if reply.serial == serial => Some((reply.errno, reply.payload.to_vec())),
        _ => None,
    })
}

/// The serials of all replies that are heard up to the one to this request.
fn replies_before(sim: &Sim, code: RequestCode, serial: i32) -> Vec<i32> {
    sim.request(Lane::Of(0), code, serial, &[]);
    let mut heard = Vec::new();
    wait(sim, |message| match message {
        Message::Reply(reply) => {
            heard.push(reply.serial);
            (reply.serial == serial).then_some(())
        }
        _ => None,
    });
    heard
}

/// A line to the console, and the lines of its answer.
fn say(socket: &Path, line: &str) -> Vec<String> {
    let mut console = UnixStream::connect(socket).expect("the console listens");
    writeln!(console, "{line}").expect("the console reads");
    let mut lines = Vec::new();
    for answer in BufReader::new(console).lines() {
        lines.push(answer.expect("an answer"));
        if lines.last().is_some_and(|last| last == "OK" || last.starts_with("KO")) {
            break;
        }
    }
    lines
}

#[test]
fn a_modem_of_version_15_takes_its_arguments_and_tells_why_it_restarted() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("modem.sock");
    let socket_name = socket.to_str().expect("a plain path");
    let args = ["--radio", "on", "--ril-version", "15", "--control", socket_name].map(str::to_owned).to_vec();
    let library = binaries::simulated_modem();
    let host = VendorHost::start(&HostConfig { args, ..HostConfig::new(library) }).expect("the library starts");
    let sim = host.sim(0).expect("there is a first SIM");
    assert_eq!(host.version(), RilVersion(15));

    let some = |text: &str| Some(text.to_owned());
    let attach = InitialAttachApn { apn: some("internet"), protocol: some("IPV4V6"), ..InitialAttachApn::default() };
    assert_eq!(ask(sim, RequestCode::SET_INITIAL_ATTACH_APN, 1, &encode(&attach)).0, Errno::SUCCESS);
    let profile = DataProfile { apn: some("mms"), protocol: some("IP"), enabled: true, ..DataProfile::default() };
    assert_eq!(ask(sim, RequestCode::SET_DATA_PROFILE, 2, &encode(&vec![profile])).0, Errno::SUCCESS);
    assert_eq!(say(&socket, "data profiles"), ["attach internet IPV4V6", "0 mms IP", "OK"]);
    let (errno, imei) = ask(sim, RequestCode::GET_IMEI, 3, &[]);
    assert_eq!((errno, imei), (Errno::SUCCESS, encode::<Text>(&some("004999010640000"))));

    // A list whose length no list has, and an answer too many, which belongs to nobody.
    assert_eq!(say(&socket, "cut VOICE_REGISTRATION_STATE"), ["OK"]);
    assert_eq!(ask(sim, RequestCode::VOICE_REGISTRATION_STATE, 4, &[]).0, INVALID_RESPONSE);
    assert_eq!(ask(sim, RequestCode::VOICE_REGISTRATION_STATE, 5, &[]).0, Errno::SUCCESS);
    assert_eq!(say(&socket, "twice BASEBAND_VERSION"), ["OK"]);
    assert_eq!(ask(sim, RequestCode::BASEBAND_VERSION, 6, &[]).0, Errno::SUCCESS);
    let replies = replies_before(sim, RequestCode::GET_IMEI, 7);
    assert_eq!(replies, [7], "a second answer is nobody's");

    assert_eq!(say(&socket, "radio crash same Watchdog in task 7"), ["OK"]);
    let reason = wait(sim, |message| match message {
        Message::Unsolicited(news) if news.code == UnsolCode::MODEM_RESTART => Some(news.payload.to_vec()),
        _ => None,
    });
    assert_eq!(reason, encode::<Text>(&some("Watchdog in task 7")));
}
