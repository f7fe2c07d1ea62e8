//! The header of a message and its frame.

use prost::Message;
use ril_protocol::frame::SAP_PAYLOAD_LIMIT;

use crate::messages::{MsgId, Payload, read};
use crate::{Error, Header, Kind};

/// The longest body of a frame, in either direction: the longest payload with its header. AOSP's rild takes no more
/// than [`REQUEST_LIMIT`](ril_protocol::frame::REQUEST_LIMIT) of a client.
pub const FRAME_LIMIT: usize = SAP_PAYLOAD_LIMIT + 1024;

/// These bytes are not the message that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// They are no protocol buffer, or one of other fields.
    #[error("it cannot be read")]
    Unreadable,
    /// A field is missing that must be there.
    #[error("something is missing in it")]
    Incomplete,
}

impl Header {
    /// A request, as a client sends it.
    pub fn request(token: u32, id: MsgId, payload: Vec<u8>) -> Self {
        Self::new(token, Kind::Request, id, Error::Unused as i32, payload)
    }

    /// The answer to a request. The number of the error is the vendor library's; it need not be one of [`Error`].
    pub fn response(token: u32, id: MsgId, error: i32, payload: Vec<u8>) -> Self {
        Self::new(token, Kind::Response, id, error, payload)
    }

    /// A message that nobody has asked for. The only error that libril has for one is success.
    pub fn unsolicited(id: MsgId, payload: Vec<u8>) -> Self {
        Self::new(0, Kind::Unsolicited, id, Error::Success as i32, payload)
    }

    fn new(token: u32, kind: Kind, id: MsgId, error: i32, payload: Vec<u8>) -> Self {
        Self { token: Some(token), kind: Some(kind as i32), id: Some(id.0), error: Some(error), payload: Some(payload) }
    }

    /// Reads the body of a frame.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        read(body)
    }

    /// Which message it is.
    pub fn message(&self) -> MsgId {
        MsgId(self.id())
    }

    /// Appends the whole frame. One that is longer than a frame can be would be refused by whoever reads it.
    pub fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&u32::try_from(self.encoded_len()).unwrap_or(u32::MAX).to_be_bytes());
        self.encode_raw(out);
    }
}

impl Payload for Header {
    fn is_whole(&self) -> bool {
        let numbers = self.token.is_some() && self.kind.is_some() && self.id.is_some() && self.error.is_some();
        numbers && self.payload.is_some()
    }
}
