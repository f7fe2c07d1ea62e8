//! Frames that wait to be written to one socket, as one run of bytes, so that a whole batch goes out in one write.

/// What stays allocated once everything is sent.
const KEPT: usize = 256 * 1024;

/// A queue of whole frames. It does not bound itself: whoever fills it looks at [`Outbox::len`] first.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outbox {
    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that wait.
    pub fn unsent(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// The first `count` of the waiting bytes are written.
    pub fn advance(&mut self, count: usize) {
        self.sent = self.bytes.len().min(self.sent + count);
        if self.is_empty() {
            self.clear();
        }
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.sent = 0;
    }

    /// The place to append whole frames to.
    pub fn end(&mut self) -> &mut Vec<u8> {
        if self.sent > self.bytes.len() / 2 {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
        &mut self.bytes
    }

    /// Appends a frame with this body.
    pub fn put(&mut self, body: &[u8]) {
        let out = self.end();
        out.extend_from_slice(&length(body));
        out.extend_from_slice(body);
    }

    /// Appends a frame with this body, but for its second word, the serial of every request and answer.
    pub fn put_with_serial(&mut self, body: &[u8], serial: i32) {
        let (Some(first), Some(rest)) = (body.get(..4), body.get(8..)) else { return };
        let out = self.end();
        out.extend_from_slice(&length(body));
        out.extend_from_slice(first);
        out.extend_from_slice(&serial.to_ne_bytes());
        out.extend_from_slice(rest);
    }
}

/// Bodies come out of frames and so are never longer than a frame can say.
fn length(body: &[u8]) -> [u8; 4] {
    u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_order_however_they_are_cut() {
        let mut outbox = Outbox::default();
        let mut seen = Vec::new();
        for round in 0..100_u8 {
            outbox.put(&[round; 5]);
            let count = usize::from(round % 13);
            let some = outbox.unsent()[..count.min(outbox.len())].to_vec();
            outbox.advance(some.len());
            seen.extend(some);
        }
        seen.extend_from_slice(outbox.unsent());
        outbox.advance(outbox.len());
        assert!(outbox.is_empty());
        let expected: Vec<u8> = (0..100).flat_map(|round| [0, 0, 0, 5, round, round, round, round, round]).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn only_the_serial_changes() {
        let mut outbox = Outbox::default();
        outbox.put_with_serial(&[1, 2, 3, 4, 5, 6, 7, 8, 9], -1);
        assert_eq!(outbox.unsent(), [0, 0, 0, 9, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 9]);
    }
}
