//! What the library said of the SIM Access Profile and the event loop has not taken yet.
//!
//! There is one session at a time and few requests in it, so messages are kept one by one; an eventfd is readable while
//! there are any. Answers always fit, since there are never more of them than requests. What nobody has asked for is
//! dropped when nobody comes.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ril_protocol::Errno;

/// As many messages may wait before those are dropped that nobody has asked for.
pub(crate) const MOST_UNSOLICITED: usize = 256;

/// What a library says. The payloads are protocol buffers, which the host does not read.
#[derive(Clone, PartialEq, Eq)]
pub enum SapMessage {
    /// The answer to one request.
    Answer {
        /// The serial of the request.
        serial: u32,
        /// Success or the reason of failure.
        errno: Errno,
        /// The result; empty if the library gave none.
        payload: Vec<u8>,
    },
    /// What nobody has asked for.
    Unsolicited {
        /// Which message.
        id: i32,
        /// The particulars.
        payload: Vec<u8>,
    },
}

impl std::fmt::Debug for SapMessage {
    /// Without what a SIM has said.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Answer { serial, errno, payload } => {
                write!(f, "Answer #{serial} {errno}, {} bytes", payload.len())
            }
            Self::Unsolicited { id, payload } => write!(f, "Unsolicited {id}, {} bytes", payload.len()),
        }
    }
}

/// Messages on their way to the event loop.
#[derive(Debug)]
pub(crate) struct SapInbox {
    waiting: Mutex<Vec<SapMessage>>,
    wake: File,
}

impl SapInbox {
    /// An empty one that signals on `wake`, an eventfd in non-blocking mode.
    pub(crate) fn new(wake: File) -> Self {
        Self { waiting: Mutex::default(), wake }
    }

    /// Appends a message; false if there is no room for it.
    pub(crate) fn put(&self, message: SapMessage) -> bool {
        let mut waiting = self.lock();
        if waiting.len() >= MOST_UNSOLICITED && matches!(message, SapMessage::Unsolicited { .. }) {
            return false;
        }
        waiting.push(message);
        if waiting.len() == 1 {
            // The counter of an eventfd is far from full after one wake-up per drain.
            let written = (&self.wake).write(&1_u64.to_ne_bytes());
            debug_assert!(written.is_ok(), "{written:?}");
        }
        true
    }

    /// Appends all messages to `into`.
    pub(crate) fn drain(&self, into: &mut Vec<SapMessage>) {
        let mut waiting = self.lock();
        if !waiting.is_empty() {
            let _signalled = (&self.wake).read(&mut [0; 8]);
        }
        into.append(&mut waiting);
    }

    /// Readable while messages wait.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SapMessage>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::eventfd;

    fn news(id: i32) -> SapMessage {
        SapMessage::Unsolicited { id, payload: Vec::new() }
    }

    fn signalled(inbox: &SapInbox) -> bool {
        (&inbox.wake).read(&mut [0; 8]).is_ok()
    }

    #[test]
    fn messages_come_out_in_order_and_the_signal_goes_with_them() {
        let inbox = SapInbox::new(eventfd().unwrap());
        assert!(inbox.put(news(1)) && inbox.put(news(2)));
        let mut taken = Vec::new();
        inbox.drain(&mut taken);
        assert_eq!(taken, [news(1), news(2)]);
        assert!(!signalled(&inbox));
        inbox.put(news(3));
        assert!(signalled(&inbox));
    }

    #[test]
    fn a_full_inbox_takes_answers_only() {
        let inbox = SapInbox::new(eventfd().unwrap());
        assert!((0..).take(MOST_UNSOLICITED).all(|id| inbox.put(news(id))));
        assert!(!inbox.put(news(-1)));
        assert!(inbox.put(SapMessage::Answer { serial: 1, errno: Errno::SUCCESS, payload: Vec::new() }));
        let mut taken = Vec::new();
        inbox.drain(&mut taken);
        assert_eq!(taken.len(), MOST_UNSOLICITED + 1);
        assert!(inbox.put(news(-1)));
    }

    #[test]
    fn what_a_sim_has_said_is_not_shown() {
        let answer = SapMessage::Answer { serial: 7, errno: Errno::SUCCESS, payload: b"1234".to_vec() };
        assert_eq!(format!("{answer:?}"), "Answer #7 SUCCESS, 4 bytes");
    }
}
