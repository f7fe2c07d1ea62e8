//! Bytes read from one socket, cut into frames where they lie.

use ril_protocol::frame::{self, REQUEST_LIMIT, TooLong};

/// How much is read at once, at most and unless a longer frame is on the way.
const ROOM: usize = 64 * 1024;

/// A read buffer that is used again and again. It grows to the longest frame that its direction allows.
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    limit: usize,
    /// A client may say first of all which subscription it is for.
    may_name_subscription: bool,
}

impl Inbox {
    /// An empty buffer for frames of bodies up to `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { bytes: vec![0; ROOM], start: 0, end: 0, limit, may_name_subscription: false }
    }

    /// One for what a client says: requests, and before them perhaps its [subscription](frame::subscription).
    pub fn of_client() -> Self {
        Self { may_name_subscription: true, ..Self::new(REQUEST_LIMIT) }
    }

    /// The body of the next frame, if it is whole.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, TooLong> {
        if self.may_name_subscription && self.pending() >= 4 {
            self.may_name_subscription = false;
            self.start += frame::subscription(self.bytes.get(self.start..self.end).unwrap_or_default());
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The bodies in what was read piece by piece.
    fn frames(inbox: &mut Inbox, pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut frames = Vec::new();
        for piece in pieces {
            inbox.room()[..piece.len()].copy_from_slice(piece);
            inbox.add(piece.len());
            while let Some(body) = inbox.next_frame()? {
                frames.push(body.to_vec());
            }
        }
        Ok(frames)
    }

    #[test]
    fn a_client_may_name_its_subscription_first_and_no_later() {
        let frame: &[u8] = &[0, 0, 0, 2, 7, 8];
        for pieces in [&[frame][..], &[b"SUB1", frame], &[b"SU", b"B4\0\0", b"\0\x02\x07\x08"]] {
            assert_eq!(frames(&mut Inbox::of_client(), pieces), Ok(vec![vec![7, 8]]));
        }
        let too_long = TooLong { len: 0x53_55_42_31, limit: REQUEST_LIMIT };
        assert_eq!(frames(&mut Inbox::of_client(), &[frame, b"SUB1"]), Err(too_long));
        assert_eq!(frames(&mut Inbox::of_client(), &[b"SUB1", b"SUB1"]), Err(too_long));
        assert_eq!(frames(&mut Inbox::new(REQUEST_LIMIT), &[b"SUB1"]), Err(too_long), "a rild names none");
    }
}
