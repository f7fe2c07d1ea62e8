//! Frames: a four-byte big-endian length, then that many bytes in the byte order of the machine.
//!
//! Towards a rild the body is `{request code, serial, payload}`. Towards a client its first word says what follows:
//! an answer `{0, serial, errno, payload}`, an unsolicited message `{1, code, payload}`, or one of the three forms that
//! RIL version 13 added for its acknowledgements. This module cuts and builds frames; it holds no buffer of its own.
//!
//! Reference: `libril/ril.cpp` (`processCommandBuffer`, `sendResponseRaw`), `librilutils/record_stream.c`.

use crate::{Errno, RequestCode, UnsolCode};

/// The longest request body that libril takes (`MAX_COMMAND_BYTES`).
pub const REQUEST_LIMIT: usize = 8 * 1024;

/// The longest answer or unsolicited body that we build or accept. libril stops at 8 KiB and drops the answer.
pub const RESPONSE_LIMIT: usize = 256 * 1024;

/// The longest message of the SIM Access Profile that we take from anybody, without the header of its frame. In the
/// profile a message is at most 65535 bytes long, for its size is said in sixteen bits (SAP 1.1, 5.2.1); what protocol
/// buffers need around it comes on top.
pub const SAP_PAYLOAD_LIMIT: usize = 65 * 1024;

/// A frame is longer than its direction allows. The stream cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("frame of {len} bytes, the limit is {limit}")]
pub struct TooLong {
    /// The length that the frame claims.
    pub len: usize,
    /// The most that is allowed.
    pub limit: usize,
}

/// The body of the first frame in `stream` and the number of bytes that it took, or `None` while it is incomplete.
pub fn split(stream: &[u8], limit: usize) -> Result<Option<(&[u8], usize)>, TooLong> {
    let Some((head, rest)) = stream.split_first_chunk::<4>() else { return Ok(None) };
    let len = u32::from_be_bytes(*head) as usize;
    if len > limit {
        return Err(TooLong { len, limit });
    }
    Ok(rest.get(..len).map(|body| (body, 4 + len)))
}

/// How many bytes at the beginning of what a client says are no frame: on a phone with two SIMs, clients of Qualcomm's
/// rild name theirs first of all, by the letters `SUB1` to `SUB4`. No frame is so long that they could be its length.
///
/// Reference: libgrilio, `grilio_channel_new_socket`, whose `sub` is written before anything else.
pub fn subscription(stream: &[u8]) -> usize {
    match stream {
        [b'S', b'U', b'B', b'1'..=b'4', ..] => 4,
        _ => 0,
    }
}

/// A client's request, as it lies in a frame body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// What is asked.
    pub code: RequestCode,
    /// The asker's own number for it: any value, repeated values included.
    pub serial: i32,
    /// The arguments.
    pub payload: &'a [u8],
}

impl<'a> Request<'a> {
    /// Reads a frame body; `None` if it is too short to name a request (libril ignores such a frame).
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let (code, body) = word(body)?;
        let (serial, payload) = word(body)?;
        Some(Self { code: RequestCode(code), serial, payload })
    }

    /// Appends the whole frame.
    pub fn put(&self, out: &mut Vec<u8>) {
        put(out, &[self.code.0, self.serial], self.payload);
    }
}

/// What a rild says to a client, as it lies in a frame body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// The answer to one request (`RESPONSE_SOLICITED`, 0; `RESPONSE_SOLICITED_ACK_EXP`, 3).
    Reply(Reply<'a>),
    /// Something that nobody asked for (`RESPONSE_UNSOLICITED`, 1; `RESPONSE_UNSOLICITED_ACK_EXP`, 4).
    Unsolicited(Unsolicited<'a>),
    /// "Your request arrived, the answer takes a while" (`RESPONSE_SOLICITED_ACK`, 2).
    Ack {
        /// The serial of the request.
        serial: i32,
    },
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The serial of the request.
    pub serial: i32,
    /// Success or the reason of failure.
    pub errno: Errno,
    /// The result; may be empty even on success, and present even on failure.
    pub payload: &'a [u8],
    /// Whether the sender holds a wake lock until it is sent `RIL_RESPONSE_ACKNOWLEDGEMENT`.
    pub wants_ack: bool,
}

/// An unsolicited message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsolicited<'a> {
    /// What happened.
    pub code: UnsolCode,
    /// The particulars.
    pub payload: &'a [u8],
    /// Whether the sender holds a wake lock until it is sent `RIL_RESPONSE_ACKNOWLEDGEMENT`.
    pub wants_ack: bool,
}

const SOLICITED: i32 = 0;
const UNSOLICITED: i32 = 1;
const SOLICITED_ACK: i32 = 2;
const SOLICITED_ACK_EXP: i32 = 3;
const UNSOLICITED_ACK_EXP: i32 = 4;

impl<'a> Message<'a> {
    /// Reads a frame body; `None` if it is none of the five forms.
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let (kind, body) = word(body)?;
        let (number, body) = word(body)?;
        match kind {
            SOLICITED | SOLICITED_ACK_EXP => {
                let (errno, payload) = word(body)?;
                let wants_ack = kind == SOLICITED_ACK_EXP;
                Some(Self::Reply(Reply { serial: number, errno: Errno(errno), payload, wants_ack }))
            }
            UNSOLICITED | UNSOLICITED_ACK_EXP => {
                let wants_ack = kind == UNSOLICITED_ACK_EXP;
                Some(Self::Unsolicited(Unsolicited { code: UnsolCode(number), payload: body, wants_ack }))
            }
            SOLICITED_ACK => Some(Self::Ack { serial: number }),
            _ => None,
        }
    }

    /// Appends the whole frame.
    pub fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Reply(reply) => reply.put(out),
            Self::Unsolicited(message) => message.put(out),
            Self::Ack { serial } => put(out, &[SOLICITED_ACK, *serial], &[]),
        }
    }
}

impl<'a> Reply<'a> {
    /// A plain answer that asks for no acknowledgement.
    pub fn new(serial: i32, errno: Errno, payload: &'a [u8]) -> Self {
        Self { serial, errno, payload, wants_ack: false }
    }

    /// Appends the whole frame.
    pub fn put(&self, out: &mut Vec<u8>) {
        let kind = if self.wants_ack { SOLICITED_ACK_EXP } else { SOLICITED };
        put(out, &[kind, self.serial, self.errno.0], self.payload);
    }
}

impl<'a> Unsolicited<'a> {
    /// A plain message that asks for no acknowledgement.
    pub fn new(code: UnsolCode, payload: &'a [u8]) -> Self {
        Self { code, payload, wants_ack: false }
    }

    /// Appends the whole frame.
    pub fn put(&self, out: &mut Vec<u8>) {
        let kind = if self.wants_ack { UNSOLICITED_ACK_EXP } else { UNSOLICITED };
        put(out, &[kind, self.code.0], self.payload);
    }
}

fn word(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((i32::from_ne_bytes(*head), rest))
}

/// Appends a frame of some header words and a payload. A body of 4 GiB or more cannot be framed and does not occur:
/// payloads come from frames or from a vendor answer that is cut at [`RESPONSE_LIMIT`].
fn put(out: &mut Vec<u8>, words: &[i32], payload: &[u8]) {
    let len = words.len() * 4 + payload.len();
    out.reserve(4 + len);
    out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
    for word in words {
        out.extend_from_slice(&word.to_ne_bytes());
    }
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::to_hex;

    #[test]
    fn the_greeting_of_a_version_12_rild() {
        let mut out = Vec::new();
        let version = crate::parcel::encode(&vec![12], crate::RilVersion::COMMON);
        Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut out);
        assert_eq!(to_hex(&out), "00000010010000000a040000010000000c000000");
    }

    #[test]
    fn a_frame_is_cut_only_when_whole() {
        let mut stream = Vec::new();
        Request { code: RequestCode::DIAL, serial: -1, payload: &[1, 2, 3, 4] }.put(&mut stream);
        for cut in 0..stream.len() {
            assert_eq!(split(&stream[..cut], REQUEST_LIMIT), Ok(None));
        }
        stream.push(0);
        let (body, used) = split(&stream, REQUEST_LIMIT).unwrap().unwrap();
        assert_eq!(used, stream.len() - 1);
        let request = Request::parse(body).unwrap();
        assert_eq!((request.code, request.serial, request.payload), (RequestCode::DIAL, -1, &[1, 2, 3, 4][..]));
    }

    #[test]
    fn a_frame_over_the_limit_is_refused_from_its_length_alone() {
        let claim = 8193_u32.to_be_bytes();
        assert_eq!(split(&claim, REQUEST_LIMIT), Err(TooLong { len: 8193, limit: 8192 }));
        assert_eq!(split(&[0xff; 4], REQUEST_LIMIT), Err(TooLong { len: u32::MAX as usize, limit: 8192 }));
    }

    #[test]
    fn all_five_message_forms_go_both_ways() {
        let reply = Reply { serial: 7, errno: Errno::GENERIC_FAILURE, payload: b"abcd", wants_ack: true };
        let news = Unsolicited { code: UnsolCode::NITZ_TIME_RECEIVED, payload: b"", wants_ack: true };
        for message in [
            Message::Reply(reply),
            Message::Reply(Reply { wants_ack: false, ..reply }),
            Message::Unsolicited(news),
            Message::Unsolicited(Unsolicited { wants_ack: false, ..news }),
            Message::Ack { serial: i32::MIN },
        ] {
            let mut out = Vec::new();
            message.put(&mut out);
            assert_eq!(Message::parse(&out[4..]), Some(message));
        }
        assert_eq!(Message::parse(&[9, 0, 0, 0, 1, 0, 0, 0]), None);
        assert_eq!(Message::parse(&[0, 0, 0, 0, 1, 0, 0, 0]), None, "a reply without an errno");
    }
}
