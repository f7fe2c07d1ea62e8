//! What the library said and the event loop has not taken yet: whole frames, one behind the other.
//!
//! Any thread appends; the event loop takes what there is by swapping buffers, or a turn's worth of it if there is
//! much. An eventfd becomes readable when the first frame is put into an empty outbox, and again while something is
//! left. Appending never waits for the loop: when the loop does not come, first the messages that libril calls
//! `DONT_WAKE` are dropped, then every unsolicited message. Answers always fit: there are never more of them than
//! requests.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ril_protocol::frame::{self, RESPONSE_LIMIT};

use super::work::now;

/// From here on, messages that the phone need not wake up for are dropped.
pub(crate) const QUIET_LIMIT: usize = 64 << 20;
/// From here on, every unsolicited message is dropped.
pub(crate) const UNSOLICITED_LIMIT: usize = 128 << 20;
/// So much is taken at once, and the frame that goes beyond it.
pub(crate) const TURN: usize = 256 << 10;
/// A buffer that grew beyond this is given back to the system after use.
const KEPT_CAPACITY: usize = 1 << 20;

/// How much a frame is worth when room is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// An unsolicited message that the phone need not wake up for.
    Quiet,
    /// Any other unsolicited message.
    Unsolicited,
    /// An answer.
    Answer,
}

/// Whole frames on their way to the event loop.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Whether there are frames, for a look without the lock.
    filled: AtomicBool,
    wake: File,
}

#[derive(Debug, Default)]
struct State {
    frames: Vec<u8>,
    /// So many bytes of them were taken already.
    taken: usize,
    closed: bool,
    /// The event loop looks by itself and needs no signal.
    attended: bool,
    /// The eventfd was written since the last drain.
    signalled: bool,
}

impl Outbox {
    /// An empty outbox that signals on `wake`, an eventfd in non-blocking mode.
    pub(crate) fn new(wake: File) -> Self {
        Self { state: Mutex::default(), filled: AtomicBool::new(false), wake }
    }

    /// Lets `write` append whole frames; it must append only. False, and nothing is written, when there is no room.
    pub(crate) fn put(&self, worth: Worth, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.lock();
        if state.closed {
            return true;
        }
        let limit = match worth {
            Worth::Quiet => QUIET_LIMIT,
            Worth::Unsolicited => UNSOLICITED_LIMIT,
            Worth::Answer => usize::MAX,
        };
        if state.waiting() >= limit {
            return false;
        }
        write(&mut state.frames);
        let filled = !state.frames.is_empty();
        self.filled.store(filled, Ordering::Release);
        if filled && !state.signalled && !state.attended {
            state.signalled = true;
            self.signal();
        }
        true
    }

    /// Waits a moment for a frame without being signalled, giving way to other threads all the time; true if there is
    /// one. Meant for an event loop that has just sent a request: a library that answers at once then costs it no trip
    /// into the kernel's wait and back.
    pub(crate) fn attend(&self, until: Instant) -> bool {
        self.lock().attended = true;
        while !self.filled.load(Ordering::Acquire) && now() < until {
            std::thread::yield_now();
        }
        let mut state = self.lock();
        state.attended = false;
        !state.frames.is_empty()
    }

    /// Appends the first frames to `into`, [`TURN`] bytes and the rest of the last one at most. If that is all, an
    /// empty `into` is swapped for the frames and its memory used for later ones; if not, the eventfd is readable
    /// again.
    pub(crate) fn drain(&self, into: &mut Vec<u8>) {
        let mut state = self.lock();
        if std::mem::take(&mut state.signalled) {
            self.unsignal();
        }
        if state.take_turn(into) {
            self.filled.store(false, Ordering::Release);
        } else {
            state.signalled = true;
            self.signal();
        }
    }

    /// From now on everything is thrown away.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        *state = State { closed: true, ..State::default() };
    }

    /// Readable while frames wait.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// The counter of an eventfd is far from full after one wake-up per drain, so this neither blocks nor fails.
    fn signal(&self) {
        let written = (&self.wake).write(&1_u64.to_ne_bytes());
        debug_assert!(written.is_ok(), "{written:?}");
    }

    /// Fails only when there was no signal, which is as good.
    fn unsignal(&self) {
        let _nothing_to_take_back = (&self.wake).read(&mut [0; 8]);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.frames.len() - self.taken
    }

    /// Moves a turn's worth of frames; whether that was all.
    fn take_turn(&mut self, into: &mut Vec<u8>) -> bool {
        let end = self.end_of_turn();
        if end < self.frames.len() {
            into.extend_from_slice(&self.frames[self.taken..end]);
            self.taken = end;
            // Not each time: the rest is moved.
            if self.taken > self.frames.len() / 2 {
                self.frames.drain(..std::mem::take(&mut self.taken));
            }
            return false;
        }
        if into.is_empty() && self.taken == 0 {
            std::mem::swap(&mut self.frames, into);
        } else {
            into.extend_from_slice(&self.frames[self.taken..]);
        }
        self.frames.clear();
        self.taken = 0;
        if self.frames.capacity() > KEPT_CAPACITY {
            self.frames = Vec::new();
        }
        true
    }

    fn end_of_turn(&self) -> usize {
        if self.waiting() <= TURN {
            return self.frames.len();
        }
        let mut end = self.taken;
        while end - self.taken < TURN {
            match frame::split(&self.frames[end..], RESPONSE_LIMIT) {
                Ok(Some((_, used))) => end += used,
                // There are whole frames only.
                Ok(None) | Err(_) => return self.frames.len(),
            }
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::eventfd;

    fn outbox() -> Outbox {
        Outbox::new(eventfd().unwrap())
    }

    /// The eventfd's counter, or `None` when it is not readable.
    fn signals(outbox: &Outbox) -> Option<u64> {
        let mut count = [0; 8];
        (&outbox.wake).read(&mut count).ok().map(|_| u64::from_ne_bytes(count))
    }

    #[test]
    fn only_the_first_frame_signals() {
        let outbox = outbox();
        assert!(outbox.put(Worth::Answer, |out| out.push(1)));
        assert!(outbox.put(Worth::Answer, |out| out.push(2)));
        assert_eq!(signals(&outbox), Some(1));
        let mut frames = Vec::new();
        outbox.drain(&mut frames);
        assert_eq!(frames, [1, 2]);
        assert!(outbox.put(Worth::Quiet, |out| out.push(3)));
        assert_eq!(signals(&outbox), Some(1));
        outbox.drain(&mut frames);
        assert_eq!(frames, [1, 2, 3], "a buffer with something in it is appended to");
    }

    #[test]
    fn draining_takes_the_signal_back() {
        let outbox = outbox();
        outbox.put(Worth::Answer, |out| out.push(1));
        outbox.drain(&mut Vec::new());
        assert_eq!(signals(&outbox), None);
    }

    #[test]
    fn writing_nothing_signals_nothing() {
        let outbox = outbox();
        outbox.put(Worth::Answer, |_| ());
        assert_eq!(signals(&outbox), None);
    }

    #[test]
    fn a_full_outbox_takes_what_matters_most() {
        let outbox = outbox();
        outbox.put(Worth::Answer, |out| out.resize(QUIET_LIMIT, 0xff));
        assert!(!outbox.put(Worth::Quiet, |out| out.push(1)));
        assert!(outbox.put(Worth::Unsolicited, |out| out.resize(UNSOLICITED_LIMIT, 0xff)));
        assert!(!outbox.put(Worth::Unsolicited, |out| out.push(1)));
        assert!(outbox.put(Worth::Answer, |out| out.push(1)));
        let mut frames = Vec::new();
        outbox.drain(&mut frames);
        assert_eq!(frames.len(), UNSOLICITED_LIMIT + 1, "it is no frame, and so taken whole");
        assert!(outbox.put(Worth::Quiet, |out| out.push(1)));
    }

    #[test]
    fn of_much_a_turn_s_worth_is_taken_at_a_time() {
        const FRAME: usize = 1000;
        let outbox = outbox();
        let mut put = Vec::new();
        for number in 0..3 * TURN / FRAME {
            let mut frame = u32::try_from(FRAME - 4).unwrap().to_be_bytes().to_vec();
            frame.resize(FRAME, u8::try_from(number % 251).unwrap());
            assert!(outbox.put(Worth::Answer, |out| out.extend_from_slice(&frame)));
            put.extend_from_slice(&frame);
        }
        let (mut all, mut turns) = (Vec::new(), 0);
        while signals(&outbox).is_some() {
            let mut frames = Vec::new();
            outbox.drain(&mut frames);
            assert!(frames.len() < TURN + FRAME && frames.len() % FRAME == 0, "whole frames: {}", frames.len());
            all.append(&mut frames);
            turns += 1;
            if turns == 1 {
                // What comes meanwhile is behind it.
                assert!(outbox.put(Worth::Answer, |out| out.extend_from_slice(&put[..FRAME])));
            }
        }
        assert_eq!(turns, 3);
        put.extend_from_within(..FRAME);
        assert!(all == put, "in their order");
    }

    #[test]
    fn a_closed_outbox_swallows() {
        let outbox = outbox();
        outbox.put(Worth::Answer, |out| out.push(1));
        outbox.close();
        outbox.put(Worth::Answer, |out| out.push(1));
        let mut frames = Vec::new();
        outbox.drain(&mut frames);
        assert!(frames.is_empty());
    }
}
