//! Bytes read from one socket, cut into frames where they lie.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ril_protocol::frame::{self, TooLong};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::UnixStream;

/// How much is read at once, at most and unless a longer frame is on the way.
const ROOM: usize = 64 * 1024;

/// A read buffer that is used again and again. It grows to the longest frame that its direction allows.
#[derive(Debug)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    limit: usize,
}

impl Inbox {
    /// An empty buffer for frames of bodies up to `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: vec![0; ROOM], start: 0, end: 0, limit }
    }

    /// The body of the next frame, if it is whole.
    pub(super) fn next_frame(&mut self) -> Result<Option<&[u8]>, TooLong> {
        let unread = self.bytes.get(self.start..self.end).unwrap_or_default();
        let found = frame::split(unread, self.limit)?;
        if let Some((_, used)) = found {
            self.start += used;
        }
        Ok(found.map(|(body, _)| body))
    }

    /// Bytes of a frame that is not whole yet.
    pub(super) fn pending(&self) -> usize {
        self.end - self.start
    }

    /// Reads once, when there is something. 0 means that the peer will send no more.
    ///
    /// Goes by `poll_read`, which knows that a read that did not fill the buffer has emptied the socket and so needs no
    /// second system call to find out.
    pub(super) fn poll_read(&mut self, stream: &mut UnixStream, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.make_room();
        let mut room = ReadBuf::new(self.bytes.get_mut(self.end..).unwrap_or_default());
        ready!(Pin::new(stream).poll_read(context, &mut room))?;
        let count = room.filled().len();
        self.end += count;
        Poll::Ready(Ok(count))
    }

    fn make_room(&mut self) {
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
    }
}
