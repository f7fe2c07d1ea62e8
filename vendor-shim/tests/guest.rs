//! A vendor library in Rust behind its C face: the example `parrot`, loaded as any rild would load it.
//!
//! A process can have one vendor library, so there is one test here.

use std::path::PathBuf;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT};
use ril_protocol::parcel::{self, Parcel};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Raw, Strings, Text};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use vendor_shim::host::{HostConfig, HostStats, Lane, Sim, VendorHost};

/// A library that is silent for so many milliseconds when it should speak hangs.
const HANGS: u16 = 20_000;

/// Cargo builds the examples of a crate along with its tests, unless it is asked for one test only.
fn parrot() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its executable");
    let profile = test.ancestors().nth(2).expect("target/debug/deps/test");
    let parrot = profile.join("examples").join("libparrot.so");
    assert!(parrot.exists(), "not built: cargo build -p vendor-shim --example parrot");
    parrot
}

/// The bodies of the next frames.
fn hear(sim: &Sim) -> Vec<Vec<u8>> {
    let mut fds = [PollFd::new(sim.event_fd(), PollFlags::POLLIN)];
    assert_eq!(poll(&mut fds, PollTimeout::from(HANGS)), Ok(1), "silence");
    let (mut frames, mut bodies) = (Vec::new(), Vec::new());
    sim.drain(&mut frames);
    let mut rest = &frames[..];
    while !rest.is_empty() {
        let (body, used) = frame::split(rest, RESPONSE_LIMIT).expect("short frames").expect("whole frames");
        bodies.push(body.to_vec());
        rest = &rest[used..];
    }
    bodies
}

/// What was said since, up to and with `count` messages.
fn messages(sim: &Sim, count: usize) -> Vec<Vec<u8>> {
    let mut heard = Vec::new();
    while heard.len() < count {
        heard.extend(hear(sim));
    }
    heard
}

fn encode<T: Parcel>(value: &T) -> Vec<u8> {
    parcel::encode(value, RilVersion::COMMON)
}

fn some(text: &str) -> Text {
    Some(text.to_owned())
}

#[test]
fn a_library_in_rust_answers_on_every_path() {
    let args = vec!["-d".to_owned(), "perch".to_owned()];
    let host = VendorHost::start(&HostConfig { args, ..HostConfig::new(parrot()) }).expect("the library starts");
    let sim = host.sim(0).expect("there is a first SIM");
    assert_eq!(host.version(), RilVersion::COMMON);
    assert_eq!(host.vendor_version(), "parrot 1.0");

    let greeting = messages(sim, 2);
    let news = |body: &[u8]| match Message::parse(body) {
        Some(Message::Unsolicited(news)) => (news.code, news.payload.to_vec()),
        other => panic!("{other:?}"),
    };
    assert_eq!(news(&greeting[0]), (UnsolCode::RIL_CONNECTED, encode::<Ints>(&vec![12])));
    assert_eq!(news(&greeting[1]), (UnsolCode::RESPONSE_RADIO_STATE_CHANGED, encode(&RadioState::ON)));

    let answer = |body: &[u8]| match Message::parse(body) {
        Some(Message::Reply(reply)) => (reply.serial, reply.errno, reply.payload.to_vec()),
        other => panic!("{other:?}"),
    };
    let ask = |code, arguments: &[u8]| {
        sim.request(Lane::Of(0), code, 7, arguments);
        let (serial, errno, payload) = answer(&messages(sim, 1)[0]);
        assert_eq!(serial, 7);
        (errno, payload)
    };
    let words = encode::<Strings>(&vec![some("pieces"), None, some("of eight")]);
    assert_eq!(ask(RequestCode::OEM_HOOK_STRINGS, &words), (Errno::SUCCESS, words.clone()));
    let bytes = encode(&Raw(Some(vec![0, 1, 2, 254, 255])));
    assert_eq!(ask(RequestCode::OEM_HOOK_RAW, &bytes), (Errno::SUCCESS, bytes.clone()));
    let arguments = encode::<Text>(&some("-d perch -c 0"));
    assert_eq!(ask(RequestCode::BASEBAND_VERSION, &[]), (Errno::SUCCESS, arguments));
    assert_eq!(ask(RequestCode::GET_IMEI, &[]), (Errno::REQUEST_NOT_SUPPORTED, vec![]));

    sim.request(Lane::Of(0), RequestCode::SEND_USSD, 8, &encode::<Text>(&some("*100#")));
    let heard = messages(sim, 2);
    assert_eq!(answer(&heard[0]), (8, Errno::SUCCESS, vec![]));
    assert_eq!(news(&heard[1]), (UnsolCode::ON_USSD, encode::<Strings>(&vec![some("0"), some("*100#")])));
    assert_eq!(host.stats(), HostStats::default());
}
