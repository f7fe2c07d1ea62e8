//! Both directions of a connection, cut into frames as the bytes come.
//!
//! A source may say that bytes are missing, and how many. A frame is lost to that, or of it all but its head, where
//! they were inside of it. If they were longer, nobody knows where the next frame begins: what follows is passed over
//! until the bytes that were read or written at once begin as a frame does.

use std::time::Duration;

use ril_protocol::frame::{self, Message, REQUEST_LIMIT, RESPONSE_LIMIT, Request};

use crate::format::{Record, Way};

/// So many bytes tell whether a frame begins with them: its length and two words.
const TELLING: usize = 12;

/// One connection of a phone.
#[derive(Debug, Default)]
pub(super) struct Connection {
    phone: u32,
    from_phone: Direction,
    to_phone: Direction,
}

#[derive(Debug, Default)]
struct Direction {
    rest: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The next byte follows those that were kept.
    #[default]
    Following,
    /// So many bytes of a frame come still, and are of no use.
    Inside(usize),
    /// It is not known where a frame begins.
    Astray,
    /// A length was none; nothing behind it can be cut.
    Ended,
}

impl Connection {
    /// A connection of this phone.
    pub(super) fn of(phone: u32) -> Self {
        Self { phone, ..Self::default() }
    }

    /// Takes bytes that were read or written at once, and gives the frames that they complete. An error is told once;
    /// what follows on that way is not looked at.
    pub(super) fn take(&mut self, way: Way, at: Duration, bytes: &[u8]) -> (Vec<Record>, Option<String>) {
        let phone = self.phone;
        let direction = self.direction(way);
        let mut records = Vec::new();
        match direction.state {
            State::Following => direction.rest.extend_from_slice(bytes),
            State::Inside(left) => {
                direction.rest.extend_from_slice(bytes.get(left..).unwrap_or_default());
                let left = left.saturating_sub(bytes.len());
                direction.state = if left == 0 { State::Following } else { State::Inside(left) };
            }
            State::Astray if may_begin(way, bytes) == Some(true) => {
                direction.rest.extend_from_slice(bytes);
                direction.state = State::Following;
            }
            State::Astray | State::Ended => return (records, None),
        }
        let mut used = 0;
        let error = loop {
            match frame::split(direction.rest.get(used..).unwrap_or_default(), RESPONSE_LIMIT) {
                Ok(Some((body, taken))) => {
                    records.push(Record::frame(at, way, Some(phone), body.to_vec()));
                    used += taken;
                }
                Ok(None) => break None,
                Err(too_long) => {
                    direction.state = State::Ended;
                    break Some(format!("a {too_long}; what follows in this direction is left out"));
                }
            }
        };
        direction.rest.drain(..used);
        (records, error)
    }

    /// So many bytes are missing here. What is known of the frame that they belong to, if that is enough.
    pub(super) fn missing(&mut self, way: Way, at: Duration, bytes: usize) -> Option<Record> {
        let phone = self.phone;
        let direction = self.direction(way);
        let rest = std::mem::take(&mut direction.rest);
        let (left, head) = match (direction.state, rest.split_first_chunk::<4>()) {
            (State::Astray | State::Ended, _) => return None,
            (State::Inside(left), _) => (left, None),
            (State::Following, Some((len, begun))) => {
                (u32::from_be_bytes(*len) as usize - begun.len(), head(way, begun))
            }
            (State::Following, None) => (0, None),
        };
        direction.state = match left.checked_sub(bytes) {
            Some(0) if left > 0 => State::Following,
            Some(left) if left > 0 => State::Inside(left),
            _ => State::Astray,
        };
        head.map(|head| Record::head(at, way, Some(phone), head.to_vec()))
    }

    /// How many bytes make no whole frame.
    pub(super) fn left(&self) -> usize {
        self.from_phone.rest.len() + self.to_phone.rest.len()
    }

    fn direction(&mut self, way: Way) -> &mut Direction {
        if way == Way::FromPhone { &mut self.from_phone } else { &mut self.to_phone }
    }
}

/// The words before the payload, if they are all there.
fn head(way: Way, body: &[u8]) -> Option<&[u8]> {
    let payload = match way {
        Way::FromPhone => Request::parse(body)?.payload,
        _ => match Message::parse(body)? {
            Message::Reply(reply) => reply.payload,
            Message::Unsolicited(message) => message.payload,
            Message::Ack { .. } => &[],
        },
    };
    body.get(..body.len() - payload.len())
}

/// Whether a frame of a rild's socket may begin with these bytes; `None` if they are too few to tell.
pub(super) fn may_begin(way: Way, bytes: &[u8]) -> Option<bool> {
    let (len, body) = bytes.get(..TELLING)?.split_first_chunk::<4>()?;
    let (len, limit) =
        (u32::from_be_bytes(*len) as usize, if way == Way::FromPhone { REQUEST_LIMIT } else { RESPONSE_LIMIT });
    let is_message = || match way {
        Way::FromPhone => Request::parse(body).is_some_and(|request| request.code.row().is_some()),
        // The error of a reply is behind these words.
        _ => match Message::parse(&[body, &[0; 4]].concat()) {
            Some(Message::Unsolicited(message)) => message.code.row().is_some(),
            Some(Message::Reply(_)) => len >= TELLING,
            Some(Message::Ack { .. }) => len == TELLING - 4,
            None => false,
        },
    };
    Some((TELLING - 4..=limit).contains(&len) && is_message())
}

#[cfg(test)]
mod tests {
    use ril_protocol::RequestCode;

    use super::*;
    use crate::format::What;

    const WAY: Way = Way::FromPhone;

    fn request(serial: i32, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        Request { code: RequestCode::SIM_IO, serial, payload }.put(&mut frame);
        frame
    }

    /// The serials that come out, and of which of them only the head.
    fn serials(records: impl IntoIterator<Item = Record>) -> Vec<(i32, bool)> {
        let serial = |record: Record| match record.what {
            What::Frame(frame) => (Request::parse(&frame.body).unwrap().serial, frame.head_only),
            other => panic!("{other:?}"),
        };
        records.into_iter().map(serial).collect()
    }

    #[test]
    fn what_is_missing_costs_the_frame_that_it_was_in() {
        let mut connection = Connection::of(0);
        let all = [request(1, b"1234"), request(2, b"12345678"), request(3, b"")].concat();
        // Up to the second frame's head, and a part of what it carries.
        let (whole, _) = connection.take(WAY, Duration::ZERO, &all[..30]);
        assert_eq!(serials(whole), [(1, false)]);
        assert_eq!(serials(connection.missing(WAY, Duration::ZERO, 4)), [(2, true)]);
        // Two bytes more of it, then the next.
        let (whole, error) = connection.take(WAY, Duration::ZERO, &all[34..]);
        assert_eq!((serials(whole), error), (vec![(3, false)], None));
        assert_eq!(connection.left(), 0);
    }

    #[test]
    fn what_is_missing_may_end_where_the_frame_does_or_hold_all_of_it() {
        let mut connection = Connection::of(0);
        let frame = request(1, b"12345678");
        connection.take(WAY, Duration::ZERO, &frame[..9]);
        assert_eq!(connection.missing(WAY, Duration::ZERO, frame.len() - 9), None, "its serial is missing");
        let (whole, _) = connection.take(WAY, Duration::ZERO, &request(2, b""));
        assert_eq!(serials(whole), [(2, false)]);
    }

    #[test]
    fn behind_a_gap_that_hides_where_frames_begin_the_next_beginning_is_looked_for() {
        let mut connection = Connection::of(0);
        connection.take(WAY, Duration::ZERO, &request(1, b"12345678")[..16]);
        assert_eq!(serials(connection.missing(WAY, Duration::ZERO, 30)), [(1, true)]);
        assert_eq!(connection.take(WAY, Duration::ZERO, b"the rest of what"), (Vec::new(), None));
        assert_eq!(connection.missing(WAY, Duration::ZERO, 5), None);
        let (whole, _) = connection.take(WAY, Duration::ZERO, &request(7, b""));
        assert_eq!(serials(whole), [(7, false)]);
    }

    #[test]
    fn frames_of_a_rilds_socket_are_told_from_other_bytes() {
        assert_eq!(may_begin(WAY, &request(1, b"")), Some(true));
        assert_eq!(may_begin(Way::ToPhone, &request(1, b"")), Some(false));
        assert_eq!(may_begin(WAY, &request(1, b"")[..11]), None);
        for other in [&b"\0AUTH EXTERNAL 30\r\n"[..], b"\x7fELF\x02\x01\x01\0\0\0\0\0", b"HTTP/1.1 200 OK"] {
            assert_eq!((may_begin(WAY, other), may_begin(Way::ToPhone, other)), (Some(false), Some(false)));
        }
    }
}
