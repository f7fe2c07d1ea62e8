//! One direction of a TCP connection, put together out of its segments.

use super::packet::Segment;

/// Most segments that wait for what comes before them.
const MOST_SEGMENTS: usize = 1024;

/// One direction.
#[derive(Default)]
pub(super) struct Half {
    /// The number of the byte that is wanted next.
    next: Option<u32>,
    /// Segments that came too early.
    waiting: Vec<Waiting>,
    /// The number behind the last byte, once that is known.
    end: Option<u32>,
    /// The other end has all bytes before this number.
    arrived: Option<u32>,
}

/// A segment that waits.
struct Waiting {
    sequence: u32,
    bytes: Vec<u8>,
    /// So many bytes behind these were not captured.
    cut: usize,
}

/// What can be read next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// So many bytes of a packet that was not captured as a whole.
    Cut(usize),
    /// So many bytes of packets that were not captured.
    Missing(usize),
}

impl Half {
    /// Takes a segment, and gives what can be read now. What the other end has already, or what more than `most` bytes
    /// wait for, does not come any more.
    pub(super) fn take(&mut self, segment: &Segment<'_>, most: usize) -> Vec<Piece> {
        let Segment { sequence, payload, cut, .. } = *segment;
        if segment.syn {
            self.next.get_or_insert(sequence.wrapping_add(1));
        }
        if segment.fin {
            self.next.get_or_insert(sequence);
            self.end = Some(sequence.wrapping_add((payload.len() + cut) as u32));
        }
        if !segment.syn && payload.len() + cut > 0 {
            self.next.get_or_insert(sequence);
            self.waiting.push(Waiting { sequence, bytes: payload.to_vec(), cut });
        }
        let mut pieces = self.in_order();
        while self.is_in_vain(most) {
            pieces.extend(self.give_up());
        }
        pieces
    }

    /// The other end says that it waits for this byte.
    pub(super) fn wanted(&mut self, sequence: u32) {
        self.arrived = Some(sequence);
    }

    /// What waits still, and what is missing at the end, when nothing more comes.
    pub(super) fn rest(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while !self.waiting.is_empty() {
            pieces.extend(self.give_up());
        }
        self.end = self.end.or(self.arrived);
        if self.end.is_some_and(|end| self.behind(end) < 0) {
            pieces.extend(self.give_up());
        }
        pieces
    }

    /// How many bytes wait for what comes before them.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.bytes.len()).sum()
    }

    /// Whether all that this end says has been read.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| self.behind(end) >= 0)
    }

    /// What waits no longer.
    fn in_order(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while let Some(place) = self.waiting.iter().position(|waiting| self.behind(waiting.sequence) >= 0) {
            let Waiting { sequence, mut bytes, cut } = self.waiting.swap_remove(place);
            // What came before is not taken again.
            let known = usize::try_from(self.behind(sequence)).unwrap_or(0);
            let fresh_cut = cut.saturating_sub(known.saturating_sub(bytes.len()));
            bytes.drain(..known.min(bytes.len()));
            let len = bytes.len() + fresh_cut;
            self.next = self.next.map(|next| next.wrapping_add(len as u32));
            pieces.extend((!bytes.is_empty()).then_some(Piece::Bytes(bytes)));
            pieces.extend((fresh_cut > 0).then_some(Piece::Cut(fresh_cut)));
        }
        pieces
    }

    /// Whether what waits is waiting for what never comes.
    fn is_in_vain(&self, most: usize) -> bool {
        let has = |sequence: u32| self.arrived.is_some_and(|arrived| arrived.wrapping_sub(sequence).cast_signed() >= 0);
        // The end has a number, too.
        let has_end = self.end.is_some_and(|end| self.behind(end) < 0 && has(end.wrapping_add(1)));
        let too_many = self.waiting() > most || self.waiting.len() > MOST_SEGMENTS;
        too_many || has_end || self.waiting.iter().any(|waiting| has(waiting.sequence))
    }

    /// Goes on behind what is missing before the first segment that waits, or before the end.
    fn give_up(&mut self) -> Vec<Piece> {
        let nearest = self.waiting.iter().map(|waiting| waiting.sequence).max_by_key(|first| self.behind(*first));
        let Some(first) = nearest.or(self.end) else { return Vec::new() };
        let missing = self.behind(first).unsigned_abs() as usize;
        self.next = Some(first);
        let mut pieces = vec![Piece::Missing(missing)];
        pieces.extend(self.in_order());
        pieces
    }

    /// How far the byte that is wanted next is behind this one.
    fn behind(&self, sequence: u32) -> i32 {
        self.next.unwrap_or(sequence).wrapping_sub(sequence).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(half: &mut Half, sequence: u32, payload: &[u8], cut: usize) -> Vec<Piece> {
        let end = ([127, 0, 0, 1], 1).into();
        let (syn, fin, rst) = (false, false, false);
        half.take(&Segment { from: end, to: end, sequence, wanted: None, syn, fin, rst, payload, cut }, 10)
    }

    fn bytes(text: &[u8]) -> Piece {
        Piece::Bytes(text.to_vec())
    }

    #[test]
    fn what_the_other_end_has_is_not_waited_for() {
        let mut half = Half::default();
        assert_eq!(take(&mut half, u32::MAX, b"a", 0), [bytes(b"a")]);
        assert_eq!(take(&mut half, 3, b"d", 0), []);
        half.wanted(3);
        // It may be that the packets are only in another order.
        assert_eq!(take(&mut half, 0, b"abc", 0), [bytes(b"abc"), bytes(b"d")]);
        assert_eq!(take(&mut half, 6, b"g", 0), []);
        half.wanted(7);
        assert_eq!(take(&mut half, 7, b"h", 0), [Piece::Missing(2), bytes(b"g"), bytes(b"h")]);
    }

    #[test]
    fn too_much_does_not_wait() {
        let mut half = Half::default();
        take(&mut half, 1, b"a", 0);
        assert_eq!(take(&mut half, 20, b"123456", 0), []);
        assert_eq!(take(&mut half, 40, b"789012", 0), [Piece::Missing(18), bytes(b"123456")]);
        assert_eq!(half.rest(), [Piece::Missing(14), bytes(b"789012")]);
        assert_eq!(half.rest(), []);
    }

    #[test]
    fn what_was_cut_off_is_counted_and_may_come_again_as_a_whole() {
        let mut half = Half::default();
        assert_eq!(take(&mut half, 1, b"ab", 3), [bytes(b"ab"), Piece::Cut(3)]);
        assert_eq!(take(&mut half, 1, b"ab", 3), []);
        assert_eq!(take(&mut half, 4, b"defg", 0), [bytes(b"fg")]);
    }
}
