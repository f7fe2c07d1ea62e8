//! A root that says what the test wants, to a client such as `librilproxy.so`.
//!
//! Every wait ends after [`PATIENCE`] with a panic.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, REQUEST_LIMIT, Reply, Request, Unsolicited};
use ril_protocol::payload::Ints;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use tempfile::TempDir;

use crate::journal::PATIENCE;

/// A phone's socket on which the test waits for clients.
#[derive(Debug)]
pub struct FakeRoot {
    listener: UnixListener,
    path: PathBuf,
    _folder: TempDir,
}

/// A client, as root sees it.
#[derive(Debug)]
pub struct FakeRootClient {
    stream: UnixStream,
    read: Vec<u8>,
}

/// A request that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What is asked.
    pub code: RequestCode,
    /// The client's number for it.
    pub serial: i32,
    /// The arguments.
    pub payload: Vec<u8>,
}

impl FakeRoot {
    /// Listens in a folder of its own.
    pub fn listen() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("phone.sock");
        let listener = UnixListener::bind(&path).expect("a socket can be made");
        Self { listener, path, _folder: folder }
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next client.
    pub fn accept(&self) -> FakeRootClient {
        let mut fds = [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)];
        let patience = PollTimeout::try_from(PATIENCE).expect("patience is not that long");
        assert_eq!(poll(&mut fds, patience), Ok(1), "nobody connects");
        let (stream, _) = self.listener.accept().expect("somebody waits");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        FakeRootClient { stream, read: Vec::new() }
    }

    /// The next client, greeted.
    pub fn greet(&self, version: i32) -> FakeRootClient {
        let mut client = self.accept();
        client.say_all(&greeting(version));
        client
    }
}

impl FakeRootClient {
    /// Sends these bytes, as far as the client reads them.
    pub fn say_all(&mut self, bytes: &[u8]) {
        // A client that has heard enough may be gone.
        let _gone = self.stream.write_all(bytes);
    }

    /// Answers a request.
    pub fn reply(&mut self, serial: i32, errno: Errno, payload: &[u8]) {
        let mut frame = Vec::new();
        Reply::new(serial, errno, payload).put(&mut frame);
        self.say_all(&frame);
    }

    /// Tells something.
    pub fn tell(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frame = Vec::new();
        Unsolicited::new(code, payload).put(&mut frame);
        self.say_all(&frame);
    }

    /// The next request; none if the client has hung up.
    pub fn hear(&mut self) -> Option<Asked> {
        loop {
            if let Some((body, used)) = frame::split(&self.read, REQUEST_LIMIT).expect("no request is that long") {
                let Request { code, serial, payload } = Request::parse(body).expect("a request");
                let asked = Asked { code, serial, payload: payload.to_vec() };
                self.read.drain(..used);
                return Some(asked);
            }
            let mut some = [0; 4096];
            match self.stream.read(&mut some) {
                Ok(0) => return None,
                Ok(count) => self.read.extend_from_slice(&some[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// What root says to a client that connects.
pub fn greeting(version: i32) -> Vec<u8> {
    let mut frames = Vec::new();
    let version = parcel::encode::<Ints>(&vec![version], RilVersion::COMMON);
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut frames);
    let radio = parcel::encode(&RadioState::ON, RilVersion::COMMON);
    Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &radio).put(&mut frames);
    frames
}
