//! How much bytes look like the beginning of a frame on a rild's socket.
//!
//! The codes of vendors are in no table, and the numbers of a few requests are also the kinds of what a rild says: a
//! `GET_SIM_STATUS` with the serial 1009 begins as an unsolicited `SIGNAL_STRENGTH` does. So one beginning may say too
//! little; `ends.rs` listens to both ends for longer.
//!
//! Reference: ril.h; `libril/ril.cpp` (`processCommandBuffer`, `sendResponseRaw`).

use ril_protocol::RequestCode;
use ril_protocol::frame::{self, Message, REQUEST_LIMIT, RESPONSE_LIMIT, Request};

use crate::format::Way;

/// So many bytes tell whether a frame begins with them: its length and two words.
pub(super) const TELLING: usize = 12;

/// No vendor is known to count its messages above this.
const MOST_CODE: i32 = 100_000;

/// How much bytes look like it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// No frame begins with them.
    #[default]
    None,
    /// It would be a strange one: of a request that has no arguments, with some.
    Hardly,
    /// It may be a vendor's, or go the other way.
    Perhaps,
    /// It is one of ril.h.
    Surely,
}

/// The length that a frame with this beginning has behind its length word, and how much it looks like a frame that goes
/// this way; `None` if the bytes are too few to tell.
pub(super) fn likeness(way: Way, bytes: &[u8]) -> Option<(usize, Likeness)> {
    let (len, body) = bytes.split_first_chunk::<4>()?;
    let len = u32::from_be_bytes(*len) as usize;
    let limit = if way == Way::FromPhone { REQUEST_LIMIT } else { RESPONSE_LIMIT };
    if !(TELLING - 4..=limit).contains(&len) {
        return Some((len, Likeness::None));
    }
    let body = body.get(..TELLING - 4)?;
    let likeness = match way {
        Way::FromPhone => Request::parse(body).map(|request| of_request(request.code, len)),
        // The error of a reply is behind these words.
        _ => Message::parse(&[body, &[0; 4]].concat()).map(|message| of_message(&message, len)),
    };
    Some((len, likeness.unwrap_or_default()))
}

fn of_request(code: RequestCode, len: usize) -> Likeness {
    let is_bare = len == TELLING - 4;
    match code {
        RequestCode::GET_SIM_STATUS if is_bare => Likeness::Perhaps,
        // A PIN is an argument of each of these.
        RequestCode::ENTER_SIM_PIN | RequestCode::ENTER_SIM_PUK | RequestCode::ENTER_SIM_PIN2 if !is_bare => {
            Likeness::Perhaps
        }
        RequestCode(1..=4) => Likeness::Hardly,
        known if known.row().is_some() => Likeness::Surely,
        RequestCode(1..=MOST_CODE) => Likeness::Perhaps,
        _ => Likeness::None,
    }
}

fn of_message(message: &Message<'_>, len: usize) -> Likeness {
    match message {
        Message::Unsolicited(message) if message.code.row().is_some() => Likeness::Surely,
        Message::Unsolicited(message) if (1..=MOST_CODE).contains(&message.code.0) => Likeness::Perhaps,
        Message::Reply(reply) if len >= TELLING && !reply.wants_ack => Likeness::Surely,
        Message::Reply(_) if len >= TELLING => Likeness::Perhaps,
        Message::Ack { .. } if len == TELLING - 4 => Likeness::Perhaps,
        Message::Unsolicited(_) | Message::Reply(_) | Message::Ack { .. } => Likeness::None,
    }
}

/// Whether these begin with what a client of Qualcomm's rild sends before all else: for which SIM it is.
pub(super) fn is_preamble(bytes: &[u8]) -> bool {
    frame::subscription(bytes) == PREAMBLE
}

/// So long is that.
pub(super) const PREAMBLE: usize = 4;

#[cfg(test)]
mod tests {
    use ril_protocol::UnsolCode;
    use ril_protocol::frame::Unsolicited;

    use super::*;

    fn request(code: i32, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        Request { code: RequestCode(code), serial: 1, payload }.put(&mut frame);
        frame
    }

    fn unsolicited(code: i32, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        Unsolicited::new(UnsolCode(code), payload).put(&mut frame);
        frame
    }

    fn both(bytes: &[u8]) -> [Option<Likeness>; 2] {
        [Way::FromPhone, Way::ToPhone].map(|way| likeness(way, bytes).map(|(_, likeness)| likeness))
    }

    #[test]
    fn what_ril_h_has_is_surely_a_frame_and_what_a_vendor_has_perhaps() {
        use Likeness::{Hardly, None, Perhaps, Surely};
        for (bytes, expected) in [
            (request(RequestCode::GET_IMEI.0, b""), [Surely, None]),
            (request(10016, b"1234"), [Perhaps, None]),
            (request(RequestCode::GET_SIM_STATUS.0, b""), [Perhaps, Perhaps]),
            (unsolicited(UnsolCode::RIL_CONNECTED.0, b"12345678"), [Hardly, Surely]),
            (unsolicited(11010, b"12345678"), [Hardly, Perhaps]),
            (unsolicited(-1, b"12345678"), [Hardly, None]),
            (request(MOST_CODE + 1, b""), [None, None]),
        ] {
            assert_eq!(both(&bytes), expected.map(Some), "{bytes:?}");
            assert_eq!(both(&bytes[..11]), [Option::None; 2]);
        }
    }

    #[test]
    fn a_length_alone_tells_that_it_is_none() {
        for other in [&b"\0AUTH EXTERNAL 30\r\n"[..], b"\x7fELF", b"HTTP/1.1 200 OK", &[1, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(both(other), [Some(Likeness::None); 2], "{other:?}");
        }
    }
}
