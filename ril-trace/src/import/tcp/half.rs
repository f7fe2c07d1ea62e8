//! One direction of a TCP connection, put together out of its segments.

use etherparse::TcpSlice;

/// Most segments that wait for what comes before them.
const MOST_SEGMENTS: usize = 1024;

/// One direction.
#[derive(Default)]
pub(super) struct Half {
    /// The number of the byte that is wanted next.
    next: Option<u32>,
    /// Segments that came too early.
    waiting: Vec<(u32, Vec<u8>)>,
    /// The number behind the last byte, once that is known.
    end: Option<u32>,
    /// Bytes are missing, and nothing behind them can be cut.
    lost: bool,
}

/// Bytes never came.
pub(super) struct Missing;

impl Half {
    /// Takes a segment, and gives the bytes that can be read now. If more than `most` bytes have to wait, what is
    /// before them never comes. That is told once.
    pub(super) fn take(&mut self, tcp: &TcpSlice<'_>, most: usize) -> Result<Vec<u8>, Missing> {
        let (sequence, payload) = (tcp.sequence_number(), tcp.payload());
        if tcp.syn() {
            self.next.get_or_insert(sequence.wrapping_add(1));
        }
        if tcp.fin() {
            self.next.get_or_insert(sequence);
            self.end = Some(sequence.wrapping_add(payload.len() as u32));
        }
        if payload.is_empty() || self.lost || tcp.syn() {
            return Ok(Vec::new());
        }
        self.next.get_or_insert(sequence);
        self.waiting.push((sequence, payload.to_vec()));
        let mut bytes = Vec::new();
        while let Some(place) = self.waiting.iter().position(|(sequence, _)| self.behind(*sequence) >= 0) {
            let (sequence, segment) = self.waiting.swap_remove(place);
            // What came before is not taken again.
            let known = usize::try_from(self.behind(sequence)).unwrap_or(0);
            let fresh = segment.get(known..).unwrap_or_default();
            bytes.extend_from_slice(fresh);
            self.next = self.next.map(|next| next.wrapping_add(fresh.len() as u32));
        }
        if self.waiting() > most || self.waiting.len() > MOST_SEGMENTS {
            *self = Self { lost: true, ..Self::default() };
            return Err(Missing);
        }
        Ok(bytes)
    }

    /// How many bytes wait for what comes before them.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.iter().map(|(_, segment)| segment.len()).sum()
    }

    /// Whether all that this end says has been read.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| self.behind(end) >= 0)
    }

    /// Whether bytes are missing for good.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// How far the byte that is wanted next is behind this one.
    fn behind(&self, sequence: u32) -> i32 {
        self.next.unwrap_or(sequence).wrapping_sub(sequence).cast_signed()
    }
}
