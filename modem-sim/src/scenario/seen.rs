//! What can be seen of a modem from outside: requests that come to it, its answers, and what it tells by itself.

use std::fmt;
use std::time::Duration;

use ril_protocol::hex::to_hex;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use serde_json::Value;

use crate::model::VERSION;

/// The most messages that are remembered for an expectation; then the oldest go.
pub(super) const MOST_REMEMBERED: usize = 4_096;

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    /// When, by the modem's clock.
    pub(super) at: Duration,
    pub(super) what: What,
    /// Its payload in the shape that `rilctl messages` tells; the digits of its bytes where it has another.
    pub(super) payload: Value,
}

/// What it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A host asks.
    Request(RequestCode),
    /// It is answered.
    Answer(RequestCode, Errno),
    /// The modem tells something by itself.
    Told(UnsolCode),
}

impl Seen {
    pub(super) fn request(at: Duration, code: RequestCode, payload: &[u8]) -> Self {
        let read = code.row().and_then(|row| row.request.to_json(payload, VERSION).ok());
        Self { at, what: What::Request(code), payload: read.unwrap_or_else(|| bytes(payload)) }
    }

    pub(super) fn answer(at: Duration, code: RequestCode, errno: Errno, payload: &[u8]) -> Self {
        let read = code.row().and_then(|row| row.response.to_json(payload, VERSION).ok());
        Self { at, what: What::Answer(code, errno), payload: read.unwrap_or_else(|| bytes(payload)) }
    }

    pub(super) fn told(at: Duration, code: UnsolCode, payload: &[u8]) -> Self {
        let read = code.row().and_then(|row| row.payload.to_json(payload, VERSION).ok());
        Self { at, what: What::Told(code), payload: read.unwrap_or_else(|| bytes(payload)) }
    }
}

fn bytes(payload: &[u8]) -> Value {
    if payload.is_empty() { Value::Null } else { Value::String(to_hex(payload)) }
}

/// `request DIAL {...}`, `answer DIAL SUCCESS`, `told CALL_RING`: as a line, without the time.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Request(code) => write!(f, "request {code}"),
            What::Answer(code, errno) => write!(f, "answer {code} {errno}"),
            What::Told(code) => write!(f, "told {code}"),
        }?;
        // JSON text has no line's end in it.
        if self.payload.is_null() { Ok(()) } else { write!(f, " {}", self.payload) }
    }
}
