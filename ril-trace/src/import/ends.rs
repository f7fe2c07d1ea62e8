//! Which end of a connection is the client of a rild, by what both say.
//!
//! Each end is listened to as if it were the client and as if it were the rild. Of a connection that was seen to begin,
//! one beginning that is none of a frame decides. Of one that was open already the first bytes may be the rest of a
//! frame, so it is listened to for a while, anew with each chunk that was sent, read or written at once.

use std::cmp::Ordering;

use super::likeness::{Likeness, PREAMBLE, TELLING, is_preamble, likeness};
use crate::format::Way;

/// So many chunks, or bytes, are enough to hear of whom a connection is.
const MOST_CHUNKS: u32 = 64;
const MOST_BYTES: usize = 64 * 1024;

/// So many frames in a row that are sure make up for what might speak against them.
const ENOUGH: u32 = 4;

/// Both ends of a connection.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    /// All was heard that was said from the beginning on.
    from_start: bool,
    /// By end: as if it were the client, and as if it were the rild.
    ears: [[Ear; 2]; 2],
    /// Who spoke first.
    first: Option<usize>,
    chunks: u32,
    bytes: usize,
}

/// One direction, heard as if it went a certain way.
#[derive(Clone, Debug)]
struct Ear {
    way: Way,
    /// The bytes of the beginning of a frame that are there.
    head: Vec<u8>,
    /// So many bytes of a frame come still.
    inside: usize,
    /// The frames since something was none, and how sure the surest of them is.
    frames: u32,
    likeness: Likeness,
    /// How often something was no frame, and how often that was so behind what surely was one.
    contradictions: u32,
    breaks: u32,
}

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Too little was said.
    Open,
    /// It is none to a rild.
    NoRild,
    /// The client is this end.
    Client(usize),
}

impl Ends {
    /// A connection that was seen to begin, or was not.
    pub(super) fn new(from_start: bool) -> Self {
        let ears = || [Ear::of(Way::FromPhone), Ear::of(Way::ToPhone)];
        Self { from_start, ears: [ears(), ears()], first: None, chunks: 0, bytes: 0 }
    }

    /// An end says this at once.
    pub(super) fn hear(&mut self, end: usize, bytes: &[u8]) {
        self.first.get_or_insert(end);
        self.chunks += 1;
        self.bytes += bytes.len();
        self.ears[end].iter_mut().for_each(|ear| ear.hear(bytes));
    }

    /// So many bytes that an end said are not known.
    pub(super) fn miss(&mut self, end: usize, bytes: usize) {
        self.chunks += 1;
        for ear in &mut self.ears[end] {
            self.from_start &= ear.miss(bytes);
        }
    }

    /// What is known by now. `client` is the end that is known to have connected.
    pub(super) fn verdict(&self, client: Option<usize>) -> Verdict {
        match self.likenesses(client) {
            [Likeness::Surely, other] if self.is_decided(0, other) => Verdict::Client(0),
            [other, Likeness::Surely] if self.is_decided(1, other) => Verdict::Client(1),
            [Likeness::None, Likeness::None] if self.from_start && self.contradicts_all(client) => Verdict::NoRild,
            _ if self.chunks > MOST_CHUNKS || self.bytes > MOST_BYTES => self.settled(client, Likeness::Surely),
            _ => Verdict::Open,
        }
    }

    /// What it comes to when nothing more is said: the end that is more like a client, if that is at least so much. The
    /// few that may be either are the rild's.
    pub(super) fn settled(&self, client: Option<usize>, least: Likeness) -> Verdict {
        let [one, other] = self.likenesses(client);
        if one.max(other) < least {
            return Verdict::NoRild;
        }
        Verdict::Client(match one.cmp(&other) {
            Ordering::Greater => 0,
            Ordering::Less => 1,
            Ordering::Equal => 1 - self.first.unwrap_or_default(),
        })
    }

    /// Whether all that was said is one conversation, when the client is this end.
    pub(super) fn is_of_a_piece(&self, client: usize) -> bool {
        self.as_client(client).iter().all(|ear| ear.breaks == 0 && (ear.contradictions == 0 || ear.frames > 0))
    }

    fn as_client(&self, client: usize) -> [&Ear; 2] {
        [&self.ears[client][0], &self.ears[1 - client][1]]
    }

    /// How sure it is that the client is each end.
    fn likenesses(&self, known: Option<usize>) -> [Likeness; 2] {
        [0, 1].map(|client| {
            let is_other = known.is_some_and(|known| known != client);
            if is_other || self.from_start && self.contradicts(client) {
                return Likeness::None;
            }
            let [said, heard] = self.as_client(client);
            said.likeness.max(heard.likeness)
        })
    }

    fn contradicts(&self, client: usize) -> bool {
        self.as_client(client).iter().any(|ear| ear.contradictions > 0)
    }

    fn contradicts_all(&self, known: Option<usize>) -> bool {
        [0, 1].into_iter().all(|client| known.is_some_and(|known| known != client) || self.contradicts(client))
    }

    /// Whether it is sure enough that the client is this end, against what it is otherwise.
    fn is_decided(&self, client: usize, otherwise: Likeness) -> bool {
        let frames: u32 = self.as_client(client).iter().map(|ear| ear.frames).sum();
        otherwise <= Likeness::Hardly || otherwise == Likeness::Perhaps && frames >= ENOUGH
    }
}

impl Ear {
    fn of(way: Way) -> Self {
        let (head, likeness) = (Vec::new(), Likeness::None);
        Self { way, head, inside: 0, frames: 0, likeness, contradictions: 0, breaks: 0 }
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        loop {
            let inside = self.inside.min(bytes.len());
            self.inside -= inside;
            bytes = bytes.get(inside..).unwrap_or_default();
            if bytes.is_empty() {
                return;
            }
            let (now, later) = bytes.split_at(bytes.len().min(TELLING - self.head.len()));
            self.head.extend_from_slice(now);
            bytes = later;
            if self.way == Way::FromPhone && self.frames == 0 && is_preamble(&self.head) {
                self.head.drain(..PREAMBLE);
            } else {
                match likeness(self.way, &self.head) {
                    None => return,
                    Some((_, Likeness::None)) => {
                        self.breaks += u32::from(self.likeness == Likeness::Surely);
                        self.contradictions += 1;
                        self.head.clear();
                        (self.frames, self.likeness) = (0, Likeness::None);
                        // What follows of this chunk is of no use; the next one may begin with a frame.
                        return;
                    }
                    Some((len, likeness)) => {
                        self.likeness = self.likeness.max(likeness);
                        self.frames += 1;
                        self.inside = 4 + len - TELLING;
                        self.head.clear();
                    }
                }
            }
        }
    }

    /// Whether it is known where the next frame begins, though so many bytes are not.
    fn miss(&mut self, bytes: usize) -> bool {
        let inside = self.inside.checked_sub(bytes).filter(|_| self.head.is_empty());
        self.inside = inside.unwrap_or_default();
        self.head.clear();
        inside.is_some()
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::frame::{Reply, Request, Unsolicited};
    use ril_protocol::{Errno, RequestCode, UnsolCode};

    use super::*;

    fn request(code: RequestCode) -> Vec<u8> {
        let mut frame = Vec::new();
        Request { code, serial: 7, payload: b"" }.put(&mut frame);
        frame
    }

    fn reply() -> Vec<u8> {
        let mut frame = Vec::new();
        Reply::new(7, Errno::SUCCESS, b"").put(&mut frame);
        frame
    }

    fn unsolicited(code: i32, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        Unsolicited::new(UnsolCode(code), payload).put(&mut frame);
        frame
    }

    /// What is known after each of these was said.
    fn verdicts(from_start: bool, said: &[(usize, Vec<u8>)]) -> Vec<Verdict> {
        let mut ends = Ends::new(from_start);
        let verdict = |(end, bytes): &(usize, Vec<u8>)| {
            ends.hear(*end, bytes);
            ends.verdict(None)
        };
        said.iter().map(verdict).collect()
    }

    #[test]
    fn a_vendors_message_waits_for_one_of_ril_h() {
        let vendors = unsolicited(11010, &[1, 0, 0, 0, 0, 0, 0, 0]);
        for from_start in [true, false] {
            let said = [(1, vendors.clone()), (1, vendors.clone()), (0, request(RequestCode::GET_IMEI))];
            assert_eq!(verdicts(from_start, &said), [Verdict::Open, Verdict::Open, Verdict::Client(0)]);
            let said = [(0, vendors.clone()), (0, reply())];
            assert_eq!(verdicts(from_start, &said), [Verdict::Open, Verdict::Client(1)]);
        }
    }

    #[test]
    fn what_may_be_either_is_the_rilds_when_nothing_more_comes() {
        let mut ends = Ends::new(true);
        ends.hear(0, &unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED.0, b""));
        assert_eq!(ends.verdict(None), Verdict::Open);
        assert_eq!(ends.settled(None, Likeness::Surely), Verdict::Client(1));
        assert_eq!(ends.settled(Some(0), Likeness::Perhaps), Verdict::Client(0), "it was seen to connect");
    }

    #[test]
    fn the_rest_of_a_frame_is_passed_over_where_the_beginning_was_not_seen() {
        let said = [(0, vec![1; 40]), (1, reply())];
        assert_eq!(verdicts(false, &said), [Verdict::Open, Verdict::Client(0)]);
        assert_eq!(verdicts(true, &said[..1]), [Verdict::NoRild]);
        let other = verdicts(false, &vec![(0, b"GET / HTTP/1.1\r\n\r\n".to_vec()); 65]);
        assert_eq!(other[other.len() - 2..], [Verdict::Open, Verdict::NoRild]);
    }

    #[test]
    fn two_conversations_at_once_are_not_of_a_piece() {
        let mut ends = Ends::new(false);
        ends.hear(0, &request(RequestCode::GET_IMEI));
        ends.hear(1, &reply());
        assert!(ends.is_of_a_piece(0));
        ends.hear(1, &request(RequestCode::GET_IMEI));
        assert!(!ends.is_of_a_piece(0));
    }
}
