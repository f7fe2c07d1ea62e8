//! Bytes read from one socket, cut into frames where they lie.

use ril_protocol::frame::{self, TooLong};

/// How much is read at once, at most and unless a longer frame is on the way.
const ROOM: usize = 64 * 1024;

/// A read buffer that is used again and again. It grows to the longest frame that its direction allows.
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    limit: usize,
}

impl Inbox {
    /// An empty buffer for frames of bodies up to `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { bytes: vec![0; ROOM], start: 0, end: 0, limit }
    }

    /// The body of the next frame, if it is whole.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, TooLong> {
        let unread = self.bytes.get(self.start..self.end).unwrap_or_default();
        let found = frame::split(unread, self.limit)?;
        if let Some((_, used)) = found {
            self.start += used;
        }
        Ok(found.map(|(body, _)| body))
    }

    /// Bytes of a frame that is not whole yet.
    pub fn pending(&self) -> usize {
        self.end - self.start
    }

    /// Where to read to; never empty. What was read is to be [`added`](Self::add).
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.bytes.len() {
            let longer = self.bytes.len().saturating_mul(2).min(self.limit + 4).max(self.bytes.len() + 4);
            self.bytes.resize(longer, 0);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// The first `count` bytes of the room were read.
    pub fn add(&mut self, count: usize) {
        self.end = self.bytes.len().min(self.end + count);
    }
}
