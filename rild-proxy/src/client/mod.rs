//! A small blocking client of any rild socket: AOSP's rild, a phone's socket of ours, or a rild of a vendor.
//!
//! It waits for the greeting, asks one thing at a time and keeps what it is told meanwhile. It decides nothing, holds
//! no wake lock, and never waits longer than it was told to. Made for tools and tests, not for a telephony stack.
//!
//! Reference: `libril/ril.cpp` (`onNewCommandConnect`, `processCommandsCallback`); AOSP `RIL.java`.

mod json;
mod stream;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::clock;
use ril_protocol::frame::{Message, TooLong};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

pub use json::{arguments_from_json, notice_to_json, result_to_json};
pub use stream::Stream;

/// The most unsolicited messages that are kept for a caller who does not take them; then the oldest go.
const MOST_KEPT: usize = 4096;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The socket is not there or does not let us in.
    #[error("{}: {source}", path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The rild accepted and said nothing. One that serves another client does this.
    #[error("no greeting within {} s; a rild serves one client at a time, is there another?", .0.as_secs_f32())]
    NoGreeting(Duration),
    /// No answer in time.
    #[error("no answer within {} s", .0.as_secs_f32())]
    NoAnswer(Duration),
    /// The rild hung up.
    #[error("the other side hung up")]
    HungUp,
    /// The rild sent something that is not the protocol.
    #[error("the other side sent {len} bytes that are no message")]
    NoMessage {
        /// Length of what it sent.
        len: usize,
    },
    /// The rild sent a frame of impossible length.
    #[error("the other side sent a {0}")]
    TooLong(#[from] TooLong),
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ClientError {
    fn is_timeout(&self) -> bool {
        // A read timeout of a socket is told in either way.
        let Self::Io(error) = self else { return false };
        matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
    }
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Success or why not.
    pub errno: Errno,
    /// The result.
    pub payload: Vec<u8>,
}

/// A message that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub code: UnsolCode,
    /// The particulars.
    pub payload: Vec<u8>,
}

/// A client that was greeted.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    version: RilVersion,
    last_serial: i32,
    notices: VecDeque<Notice>,
}

impl Client {
    /// Connects and waits for `RIL_CONNECTED`, which tells the version that decides some layouts.
    pub fn connect(path: &Path, patience: Duration) -> Result<Self, ClientError> {
        let mut client = Self::connect_as(path, RilVersion::COMMON)?;
        let deadline = clock::now() + patience;
        loop {
            match client.receive(Some(deadline)) {
                Ok(Received::Notice(code)) if code == UnsolCode::RIL_CONNECTED => return Ok(client),
                Ok(_) => {}
                Err(error) if error.is_timeout() => return Err(ClientError::NoGreeting(patience)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Connects to a rild that is known to have this version, without waiting for its greeting.
    pub fn connect_as(path: &Path, version: RilVersion) -> Result<Self, ClientError> {
        Ok(Self { stream: Stream::connect(path)?, version, last_serial: 0, notices: VecDeque::new() })
    }

    /// The RIL version that the rild reported last.
    pub fn version(&self) -> RilVersion {
        self.version
    }

    /// Asks, and waits for the answer. Unsolicited messages that come first are kept.
    pub fn request(&mut self, code: RequestCode, payload: &[u8], patience: Duration) -> Result<Answer, ClientError> {
        self.last_serial = self.last_serial.wrapping_add(1);
        let serial = self.last_serial;
        self.stream.send(code, serial, payload)?;
        let deadline = clock::now() + patience;
        loop {
            match self.receive(Some(deadline)) {
                Ok(Received::Answer(answered, answer)) if answered == serial => return Ok(answer),
                // A late answer to a request that was given up.
                Ok(_) => {}
                Err(error) if error.is_timeout() => return Err(ClientError::NoAnswer(patience)),
                Err(error) => return Err(error),
            }
        }
    }

    /// The next unsolicited message, the greeting included; `None` if none came in time. Without patience it waits for
    /// as long as it takes.
    pub fn notice(&mut self, patience: Option<Duration>) -> Result<Option<Notice>, ClientError> {
        let deadline = patience.map(|patience| clock::now() + patience);
        loop {
            if let Some(notice) = self.notices.pop_front() {
                return Ok(Some(notice));
            }
            match self.receive(deadline) {
                Ok(_) => {}
                Err(error) if error.is_timeout() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// The bare connection. Unsolicited messages that were kept are forgotten.
    pub fn into_stream(self) -> Stream {
        self.stream
    }

    /// Takes one message in.
    fn receive(&mut self, deadline: Option<Instant>) -> Result<Received, ClientError> {
        if !self.stream.has_message() {
            // A patience of zero would mean none at all.
            let left =
                |deadline: Instant| deadline.saturating_duration_since(clock::now()).max(Duration::from_millis(1));
            self.stream.set_patience(deadline.map(left))?;
        }
        let notice = match self.stream.receive()? {
            Message::Reply(reply) => {
                let answer = Answer { errno: reply.errno, payload: reply.payload.to_vec() };
                return Ok(Received::Answer(reply.serial, answer));
            }
            Message::Ack { .. } => return Ok(Received::Ack),
            Message::Unsolicited(message) => Notice { code: message.code, payload: message.payload.to_vec() },
        };
        let code = notice.code;
        if code == UnsolCode::RIL_CONNECTED
            && let Ok(Some(version)) =
                parcel::decode::<Vec<i32>>(&notice.payload, self.version).map(|v| v.first().copied())
        {
            self.version = RilVersion(version);
        }
        if self.notices.len() >= MOST_KEPT {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
        Ok(Received::Notice(code))
    }
}

enum Received {
    Answer(i32, Answer),
    Ack,
    Notice(UnsolCode),
}
