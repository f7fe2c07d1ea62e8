//! `librilproxy.so` under the host of vendor libraries, with a root that the test plays: the payloads of every row of
//! the message table pass from the one to the other and back, by way of the C structs of the RIL version in question.
//!
//! What a vendor library says is C, and a parcel after it has passed a host. So a payload that has been through C once
//! is what root gets from a vendor library; when it goes through the library here and the host above it, it must come
//! out as the same bytes. Whether these structs are those of ril.h is checked elsewhere: `vendor-shim` against the
//! layout that the C compiler gives them, and the scenarios of `guest.rs` by a host in C.
//!
//! A process can have one vendor library, so each version has a process of its own: this executable again.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT};
use ril_protocol::messages::{PayloadCodec, REQUESTS, RequestRow, UNSOLICITED, UnsolRow};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use rild_proxy_tests::binaries::librilproxy;
use rild_proxy_tests::fake_root::{Asked, FakeRoot, FakeRootClient};
use rild_proxy_tests::journal::PATIENCE;
use vendor_shim::host::{HostConfig, Lane, Sim, VendorHost};

#[path = "../../ril-protocol/tests/support/mod.rs"]
mod support;
use support::Vector;

/// The version that this process is for.
const VERSION: &str = "GUEST_ROWS_VERSION";
/// Where the library is, which is built already.
const LIBRARY: &str = "GUEST_ROWS_LIBRARY";
/// Each has layouts that the one before does not have.
const VERSIONS: [i32; 6] = [6, 9, 10, 12, 13, 15];

/// Has no arguments, and is answered by a string: marks the end of what comes before.
const MARK: RequestCode = RequestCode::BASEBAND_VERSION;
/// Has no particulars: marks the end of what comes before.
const MARK_NEWS: UnsolCode = UnsolCode::RESPONSE_SIM_STATUS_CHANGED;
/// The mark, and what each host says itself.
const OWN_NEWS: [UnsolCode; 2] = [UnsolCode::RIL_CONNECTED, MARK_NEWS];

/// Where C cannot say what the bytes of a version's own payload say: the row, and why.
const CHANGED: &[(&str, &str)] = &[
    ("QUERY_CALL_FORWARD_STATUS", "a number without digits is NULL to a library, as dispatchCallForward makes it"),
    ("OEM_HOOK_RAW", "bytes that are absent are NULL, as is no payload at all"),
    ("NITZ_TIME_RECEIVED", "the time of arrival is the host's own, and made zero here"),
];

#[test]
fn every_row_passes_in_both_directions() {
    if let Ok(version) = std::env::var(VERSION) {
        return pass_all(RilVersion(version.parse().expect("a number")));
    }
    let library = librilproxy();
    for version in VERSIONS {
        let mut this = Command::new(std::env::current_exe().expect("a test knows its executable"));
        this.args(["every_row_passes_in_both_directions", "--exact", "--nocapture"]);
        this.env(VERSION, version.to_string()).env(LIBRARY, &library);
        let output = this.output().expect("it can be started again");
        assert!(output.status.success(), "version {version}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn pass_all(version: RilVersion) {
    let mut way = Way::open(version);
    let vectors = support::vectors();
    let mut stuck = BTreeSet::new();
    for row in REQUESTS {
        if row.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT || !way.pass_request(row, &vectors) {
            stuck.insert(row.name);
        }
    }
    for row in UNSOLICITED {
        if OWN_NEWS.contains(&row.code) || !way.pass_news(row, &vectors) {
            stuck.insert(row.name);
        }
    }
    let opaque = REQUESTS.iter().filter(|row| row.request.type_name == "Opaque").map(|row| row.name);
    let opaque = opaque.chain(UNSOLICITED.iter().filter(|row| row.payload.type_name == "Opaque").map(|row| row.name));
    let own = OWN_NEWS.iter().filter_map(|code| code.row()).map(|row| row.name);
    let own = own.chain(RequestCode::RESPONSE_ACKNOWLEDGEMENT.row().map(|row| row.name));
    let too_new = (version < RilVersion(14)).then_some("SET_CARRIER_RESTRICTIONS");
    let expected = own.chain(opaque).chain(too_new).collect();
    assert_eq!(stuck, expected, "what goes no way is what has no C form, or ends at each host");
    let expected: Vec<_> = CHANGED.iter().map(|(name, _)| *name).collect();
    assert_eq!(way.changed, expected, "what C of version {version} cannot say");
}

/// A host with the library, and root behind it.
struct Way {
    version: RilVersion,
    /// The library is heard for as long as it is there.
    _host: VendorHost,
    sim: Sim,
    root: FakeRootClient,
    serial: i32,
    /// Bodies that the host has given out and nobody has looked at.
    heard: Vec<Vec<u8>>,
    /// The rows with a payload of this version that did not come out as the bytes that went in.
    changed: Vec<&'static str>,
}

impl Way {
    fn open(version: RilVersion) -> Self {
        let (to_host, path) = mpsc::channel();
        let accepting = thread::spawn(move || {
            let root = FakeRoot::listen();
            to_host.send(root.path().to_owned()).expect("the test waits");
            // The library asks for the version first, and connects when the host asks for the radio.
            drop(root.greet(version.0));
            root.greet(version.0)
        });
        let path = path.recv().expect("root listens").into_os_string().into_string().expect("a plain name");
        let args = vec!["-s".to_owned(), path];
        let library = std::env::var_os(LIBRARY).expect("the test has built it");
        let host = VendorHost::start(&HostConfig { args, ..HostConfig::new(library) }).expect("it starts");
        assert_eq!(host.version(), version);
        let root = accepting.join().expect("the library connects");
        let sim = *host.sim(0).expect("there is a first SIM");
        let mut way = Self { version, _host: host, sim, root, serial: 0, heard: Vec::new(), changed: Vec::new() };
        way.news_before_mark();
        way
    }

    /// All payloads of the right shape for a request and its result. Whether a request came through.
    fn pass_request(&mut self, row: &RequestRow, vectors: &[Vector]) -> bool {
        let mut good = None;
        for (bytes, is_exact) in payloads(("request", row.name), &row.request, vectors, self.version) {
            let Some(once) = self.ask(row.code, &bytes) else { continue };
            assert_eq!(self.ask(row.code, &once), Some(once.clone()), "{} of version {}", row.name, self.version);
            self.compare(row.name, is_exact, &bytes, &once);
            good = Some(bytes);
        }
        let Some(good) = good else { return false };
        for (bytes, is_exact) in payloads(("response", row.name), &row.response, vectors, self.version) {
            let (errno, once) = self.answer(row.code, &good, &bytes);
            // What has no C form in this version is an error to the asker.
            if errno == Errno::GENERIC_FAILURE {
                assert!(!is_exact, "{} of version {}", row.name, self.version);
                continue;
            }
            let twice = self.answer(row.code, &good, &once);
            assert_eq!(twice, (errno, once.clone()), "{} of version {}", row.name, self.version);
            self.compare(row.name, is_exact, &bytes, &once);
        }
        true
    }

    /// The same for the particulars of an unsolicited message.
    fn pass_news(&mut self, row: &UnsolRow, vectors: &[Vector]) -> bool {
        let mut passed = false;
        for (bytes, is_exact) in payloads(("unsolicited", row.name), &row.payload, vectors, self.version) {
            let Some(once) = self.tell(row.code, &bytes) else { continue };
            assert_eq!(self.tell(row.code, &once), Some(once.clone()), "{} of version {}", row.name, self.version);
            self.compare(row.name, is_exact, &bytes, &once);
            passed = true;
        }
        passed
    }

    /// Notes a row whose payload of this very version was not the same bytes when it came out.
    fn compare(&mut self, row: &'static str, is_exact: bool, bytes: &[u8], once: &[u8]) {
        if is_exact && once != bytes {
            self.changed.push(row);
        }
    }

    /// What root is asked, if the host lets that pass.
    fn ask(&mut self, code: RequestCode, payload: &[u8]) -> Option<Vec<u8>> {
        let serial = self.request(code, payload);
        let mark = self.request(MARK, &[]);
        let asked = self.root_hears();
        self.root.reply(asked.serial, Errno::RADIO_NOT_AVAILABLE, &[]);
        let passed = (asked.code != MARK || code == MARK).then_some(asked);
        if passed.is_some() {
            let mark = self.root_hears();
            self.root.reply(mark.serial, Errno::RADIO_NOT_AVAILABLE, &[]);
        }
        assert_eq!(self.reply(mark).0, Errno::RADIO_NOT_AVAILABLE);
        let (errno, _) = self.reply(serial);
        assert_eq!(errno == Errno::RADIO_NOT_AVAILABLE, passed.is_some(), "{code}: {errno}");
        let Asked { code: heard, payload, .. } = passed?;
        assert_eq!(heard, code);
        Some(payload)
    }

    /// What the host makes of root's answer.
    fn answer(&mut self, code: RequestCode, arguments: &[u8], payload: &[u8]) -> (Errno, Vec<u8>) {
        let serial = self.request(code, arguments);
        let asked = self.root_hears();
        self.root.reply(asked.serial, Errno::SUCCESS, payload);
        self.reply(serial)
    }

    /// What the host makes of what root tells.
    fn tell(&mut self, code: UnsolCode, payload: &[u8]) -> Option<Vec<u8>> {
        self.root.tell(code, payload);
        let news = self.news_before_mark();
        assert!(news.len() <= 1 && news.iter().all(|(heard, _)| *heard == code), "{code}: {news:?}");
        let payload = news.into_iter().next()?.1;
        // The host adds the time of arrival behind the time of the network, as libril does.
        let added = if code == UnsolCode::NITZ_TIME_RECEIVED { size_of::<i64>() } else { 0 };
        let kept = payload.len() - added;
        Some([&payload[..kept], &[0; size_of::<i64>()][..added]].concat())
    }

    fn request(&mut self, code: RequestCode, payload: &[u8]) -> i32 {
        self.serial += 1;
        self.sim.request(Lane::Of(0), code, self.serial, payload);
        self.serial
    }

    /// The next request that is not an acknowledgement.
    fn root_hears(&mut self) -> Asked {
        loop {
            let asked = self.root.hear().expect("the library stays connected");
            if asked.code != RequestCode::RESPONSE_ACKNOWLEDGEMENT {
                return asked;
            }
        }
    }

    fn reply(&mut self, serial: i32) -> (Errno, Vec<u8>) {
        self.host_says(|message| match message {
            Message::Reply(reply) if reply.serial == serial => Some((reply.errno, reply.payload.to_vec())),
            _ => None,
        })
    }

    /// What the host has told before it tells of the mark.
    fn news_before_mark(&mut self) -> Vec<(UnsolCode, Vec<u8>)> {
        self.root.tell(MARK_NEWS, &[]);
        let mut before = Vec::new();
        loop {
            let (code, payload) = self.host_says(|message| match message {
                Message::Unsolicited(news) => Some((news.code, news.payload.to_vec())),
                _ => None,
            });
            if code == MARK_NEWS {
                return before;
            }
            before.push((code, payload));
        }
    }

    /// Takes out the first thing that the host says which is wanted.
    fn host_says<T>(&mut self, wanted: impl Fn(&Message<'_>) -> Option<T>) -> T {
        loop {
            let found = self.heard.iter().enumerate().find_map(|(place, body)| {
                let message = Message::parse(body).expect("one of the five forms");
                wanted(&message).map(|found| (place, found))
            });
            if let Some((place, found)) = found {
                self.heard.remove(place);
                return found;
            }
            self.hear_more();
        }
    }

    fn hear_more(&mut self) {
        let mut fds = [PollFd::new(self.sim.event_fd(), PollFlags::POLLIN)];
        let patience = PollTimeout::try_from(PATIENCE).expect("patience is not that long");
        assert_eq!(poll(&mut fds, patience), Ok(1), "silence; heard so far: {:?}", self.heard);
        let mut frames = Vec::new();
        self.sim.drain(&mut frames);
        let mut rest = &frames[..];
        while !rest.is_empty() {
            let (body, used) = frame::split(rest, RESPONSE_LIMIT).expect("short frames").expect("whole frames");
            self.heard.push(body.to_vec());
            rest = &rest[used..];
        }
    }
}

/// The vectors of a row in the layout of a version, and whether each is of that version from the start.
fn payloads(row: (&str, &str), shape: &PayloadCodec, vectors: &[Vector], version: RilVersion) -> Vec<(Vec<u8>, bool)> {
    let own = vectors.iter().filter(|vector| (vector.direction, vector.row) == row);
    let written = own.filter_map(|vector| {
        let is_exact = vector.versions.contains(&version.0);
        let bytes = if vector.bytes.is_empty() { Vec::new() } else { shape.reencode(&vector.bytes, version).ok()? };
        Some((bytes, is_exact))
    });
    written.collect()
}
