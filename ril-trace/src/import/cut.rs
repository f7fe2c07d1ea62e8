//! Both directions of a connection, cut into frames as the bytes come.
//!
//! A source may say that bytes are missing, and how many. A frame is lost to that, or of it all but its head, where
//! they were inside of it. If they were longer, or if the connection was open before the source begins, nobody knows
//! where the next frame begins: what follows is passed over until the bytes that were read or written at once begin as
//! a frame does.

use std::time::Duration;

use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Request};

use super::likeness::{Likeness, PREAMBLE, is_preamble, likeness};
use crate::format::{Record, Way};

/// Among so many places a beginning is looked for at a time.
const MOST_STARTS: usize = 64;

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
    /// How many bytes were passed over, since that was asked last.
    passed_over: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing came yet.
    #[default]
    Fresh,
    /// The next byte follows those that were kept.
    Following,
    /// So many bytes of a frame come still, and are of no use.
    Inside(usize),
    /// It is not known where a frame begins. Among the bytes that were kept, these are the first that were read or
    /// written at once.
    Astray(Vec<usize>),
    /// A length was none; nothing behind it can be cut.
    Ended,
}

impl Connection {
    /// A connection of this phone that was seen to begin.
    pub(super) fn of(phone: u32) -> Self {
        Self { phone, ..Self::default() }
    }

    /// A connection of this phone that was open before.
    pub(super) fn in_the_middle_of(phone: u32) -> Self {
        let astray = || Direction { state: State::Astray(Vec::new()), ..Direction::default() };
        Self { phone, from_phone: astray(), to_phone: astray() }
    }

    /// Takes bytes that were read or written at once, and gives the frames that they complete. An error is told once;
    /// what follows on that way is not looked at.
    pub(super) fn take(&mut self, way: Way, at: Duration, bytes: &[u8]) -> (Vec<Record>, Option<String>) {
        let phone = self.phone;
        let direction = self.direction(way);
        let mut records = Vec::new();
        direction.add(way, bytes);
        if matches!(direction.state, State::Astray(_) | State::Ended) {
            return (records, None);
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
        let (left, head) = match (&mut direction.state, rest.split_first_chunk::<4>()) {
            (State::Ended, _) => return None,
            (State::Astray(starts), _) => {
                starts.clear();
                direction.passed_over += rest.len();
                return None;
            }
            (State::Inside(left), _) => (*left, None),
            (State::Fresh | State::Following, Some((len, begun))) => {
                (u32::from_be_bytes(*len) as usize - begun.len(), head(way, begun))
            }
            (State::Fresh | State::Following, None) => (0, None),
        };
        direction.state = match left.checked_sub(bytes) {
            Some(0) if left > 0 => State::Following,
            Some(left) if left > 0 => State::Inside(left),
            _ => State::Astray(Vec::new()),
        };
        head.map(|head| Record::head(at, way, Some(phone), head.to_vec()))
    }

    /// Whether it is not known where the next frame of this direction begins.
    pub(super) fn is_astray(&self, way: Way) -> bool {
        let direction = if way == Way::FromPhone { &self.from_phone } else { &self.to_phone };
        matches!(direction.state, State::Astray(_))
    }

    /// How many bytes before the frame that was found last were passed over. That is told once.
    pub(super) fn passed_over(&mut self, way: Way) -> usize {
        let direction = self.direction(way);
        if matches!(direction.state, State::Astray(_)) { 0 } else { std::mem::take(&mut direction.passed_over) }
    }

    /// How many bytes make no whole frame.
    pub(super) fn left(&self) -> usize {
        self.left_of(Way::FromPhone) + self.left_of(Way::ToPhone)
    }

    /// How many of one direction do not.
    pub(super) fn left_of(&self, way: Way) -> usize {
        let direction = if way == Way::FromPhone { &self.from_phone } else { &self.to_phone };
        direction.rest.len() + direction.passed_over
    }

    fn direction(&mut self, way: Way) -> &mut Direction {
        if way == Way::FromPhone { &mut self.from_phone } else { &mut self.to_phone }
    }
}

impl Direction {
    /// Adds what belongs to frames; of what does not, nothing.
    fn add(&mut self, way: Way, bytes: &[u8]) {
        match &mut self.state {
            State::Fresh => {
                self.rest.extend_from_slice(bytes);
                if self.rest.len() >= PREAMBLE {
                    if way == Way::FromPhone && is_preamble(&self.rest) {
                        self.rest.drain(..PREAMBLE);
                    }
                    self.state = State::Following;
                }
            }
            State::Following => self.rest.extend_from_slice(bytes),
            State::Inside(left) => {
                self.rest.extend_from_slice(bytes.get(*left..).unwrap_or_default());
                *left = left.saturating_sub(bytes.len());
                if *left == 0 {
                    self.state = State::Following;
                }
            }
            State::Astray(starts) => {
                starts.push(self.rest.len());
                self.rest.extend_from_slice(bytes);
                self.look_for_a_beginning(way);
            }
            State::Ended => {}
        }
    }

    /// Finds where the first frame begins among the bytes that are kept, and passes over what none can begin with.
    fn look_for_a_beginning(&mut self, way: Way) {
        let State::Astray(starts) = &mut self.state else { return };
        if starts.len() > MOST_STARTS {
            starts.remove(0);
        }
        // The first beginning that may become one with what comes still.
        let mut first = None;
        for (place, start) in starts.iter().enumerate() {
            match beginning(way, self.rest.get(*start..).unwrap_or_default(), |end| starts.contains(&(start + end))) {
                Beginning::No => {}
                Beginning::Open => first = first.or(Some(place)),
                Beginning::Yes => {
                    self.passed_over += start;
                    let preamble = way == Way::FromPhone && is_preamble(&self.rest[*start..]);
                    self.rest.drain(..start + if preamble { PREAMBLE } else { 0 });
                    self.state = State::Following;
                    return;
                }
            }
        }
        let Some(first) = first else {
            starts.clear();
            self.passed_over += self.rest.len();
            return self.rest.clear();
        };
        let dropped = starts[first];
        starts.drain(..first);
        starts.iter_mut().for_each(|start| *start -= dropped);
        self.passed_over += dropped;
        self.rest.drain(..dropped);
    }
}

/// Whether a frame begins somewhere.
enum Beginning {
    No,
    Yes,
    /// That is seen when there is more.
    Open,
}

/// Whether these bytes begin with a frame. One that ril.h does not have has to end where others end, or where one
/// begins that it has.
fn beginning(way: Way, bytes: &[u8], is_start: impl Fn(usize) -> bool) -> Beginning {
    let preamble = if way == Way::FromPhone && is_preamble(bytes) { PREAMBLE } else { 0 };
    let bytes = bytes.get(preamble..).unwrap_or_default();
    let (len, likeness_of_first) = match likeness(way, bytes) {
        None => return Beginning::Open,
        Some((_, Likeness::None)) => return Beginning::No,
        Some(first) => first,
    };
    let end = 4 + len;
    let next = bytes.get(end..).map(|next| likeness(way, next).map(|(_, likeness)| likeness));
    match (likeness_of_first, next) {
        (_, Some(Some(Likeness::None))) => Beginning::No,
        (Likeness::Surely, _) | (_, Some(Some(Likeness::Surely))) => Beginning::Yes,
        (_, Some(_)) if bytes.len() == end || is_start(preamble + end) => Beginning::Yes,
        (_, Some(None)) | (_, None) => Beginning::Open,
        (_, Some(Some(_))) => Beginning::No,
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
    fn what_was_begun_before_is_passed_over_and_counted() {
        let mut connection = Connection::in_the_middle_of(0);
        assert_eq!(connection.take(WAY, Duration::ZERO, &request(1, b"12345678")[7..]), (Vec::new(), None));
        assert!(connection.is_astray(WAY) && connection.left() == 13);
        // The length is read first.
        let frame = request(2, b"");
        assert_eq!(connection.take(WAY, Duration::ZERO, &frame[..4]), (Vec::new(), None));
        assert_eq!(serials(connection.take(WAY, Duration::ZERO, &frame[4..]).0), [(2, false)]);
        assert_eq!((connection.passed_over(WAY), connection.passed_over(WAY), connection.left()), (13, 0, 0));
    }

    #[test]
    fn a_vendors_frame_is_a_beginning_if_it_ends_where_others_begin() {
        let vendors = |payload| {
            let mut frame = Vec::new();
            Request { code: RequestCode(10016), serial: 1, payload }.put(&mut frame);
            frame
        };
        let taken = |chunks: &[&[u8]]| {
            let mut connection = Connection::in_the_middle_of(0);
            chunks.iter().map(|chunk| connection.take(WAY, Duration::ZERO, chunk).0.len()).collect::<Vec<_>>()
        };
        assert_eq!(taken(&[&vendors(b"1234")]), [1]);
        assert_eq!(taken(&[&vendors(b"1234")[..4], &vendors(b"1234")[4..]]), [0, 1]);
        assert_eq!(taken(&[&[vendors(b"1234"), request(2, b"")].concat()]), [2]);
        assert_eq!(taken(&[&[&vendors(b"1234")[..], b"and whatever"].concat(), &request(2, b"")]), [0, 1]);
        // What claims to be longer than it is loses to what is surely a frame.
        assert_eq!(taken(&[&vendors(&[0; 100])[..20], &request(2, b""), &request(3, b"")]), [0, 1, 1]);
    }

    #[test]
    fn a_client_may_say_for_which_sim_it_is() {
        for mut connection in [Connection::of(0), Connection::in_the_middle_of(0)] {
            connection.take(WAY, Duration::ZERO, b"SU");
            let (whole, error) = connection.take(WAY, Duration::ZERO, &[b"B1", &request(1, b"")[..]].concat());
            if !connection.is_astray(WAY) {
                assert_eq!((serials(whole), error), (vec![(1, false)], None));
            }
        }
        let mut connection = Connection::in_the_middle_of(0);
        assert_eq!(connection.take(WAY, Duration::ZERO, b"SUB2").0, []);
        assert_eq!(serials(connection.take(WAY, Duration::ZERO, &request(1, b"")).0), [(1, false)]);
    }
}
