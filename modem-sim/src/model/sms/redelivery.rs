//! A queue whose first entry is delivered again and again until it is acknowledged: one at a time, in order.
//!
//! Reference: 3GPP TS 24.011, 2.2; 3GPP2 C.S0015, 3.5.

use std::collections::VecDeque;
use std::time::Duration;

use ril_protocol::Errno;

use crate::model::Timer;
use crate::model::effects::Effects;

/// What the phone says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Acknowledgement {
    /// It has it.
    Taken,
    /// It did not take it, and may the next time.
    Refused,
    /// It has no room: nothing is sent before it says that it has.
    Full,
}

/// An entry that is not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting<T> {
    /// What waits.
    pub message: T,
    /// How often it was delivered.
    pub transmissions: u32,
}

/// The queue.
#[derive(Debug)]
pub(in crate::model) struct Redelivery<T> {
    patience: Duration,
    /// The timer that is handed to [`retry`](Self::retry).
    timer: fn(u64) -> Timer,
    waiting: VecDeque<Waiting<T>>,
    /// The number of the transmission that waits for its acknowledgement or for its next try.
    transmission: u64,
    outstanding: bool,
    full: bool,
}

impl<T> Redelivery<T> {
    pub(in crate::model) fn new(patience: Duration, timer: fn(u64) -> Timer) -> Self {
        Self { patience, timer, waiting: VecDeque::new(), transmission: 0, outstanding: false, full: false }
    }

    pub(in crate::model) fn push(&mut self, message: T) {
        self.waiting.push_back(Waiting { message, transmissions: 0 });
    }

    pub(in crate::model) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(in crate::model) fn iter(&self) -> impl Iterator<Item = &Waiting<T>> {
        self.waiting.iter()
    }

    /// What is to be delivered now, if anything; it is outstanding from then on.
    pub(in crate::model) fn next(&mut self, to: &mut Effects) -> Option<&T> {
        if self.outstanding || self.full {
            return None;
        }
        let next = self.waiting.front_mut()?;
        next.transmissions += 1;
        self.outstanding = true;
        self.transmission += 1;
        to.after(self.patience, (self.timer)(self.transmission));
        Some(&next.message)
    }

    /// What waits for its acknowledgement.
    pub(in crate::model) fn outstanding(&self) -> Option<&T> {
        self.waiting.front().filter(|_| self.outstanding).map(|waiting| &waiting.message)
    }

    /// The phone speaks of the message that is outstanding.
    pub(in crate::model) fn acknowledge(&mut self, word: Acknowledgement, to: &mut Effects) -> Result<(), Errno> {
        if !self.outstanding {
            return Err(Errno::NO_SMS_TO_ACK);
        }
        self.transmission += 1;
        match word {
            Acknowledgement::Taken => {
                self.outstanding = false;
                self.waiting.pop_front();
            }
            Acknowledgement::Full => {
                self.outstanding = false;
                self.full = true;
            }
            Acknowledgement::Refused => to.after(self.patience, (self.timer)(self.transmission)),
        }
        Ok(())
    }

    /// Time is up for an acknowledgement, or it is time to try again after a refusal.
    pub(in crate::model) fn retry(&mut self, transmission: u64) {
        if transmission == self.transmission {
            self.outstanding = false;
        }
    }

    /// The radio is gone: whatever was under way is sent again when it is back.
    pub(in crate::model) fn interrupt(&mut self) {
        self.transmission += 1;
        self.outstanding = false;
    }

    /// The phone has room, or not.
    pub(in crate::model) fn set_full(&mut self, full: bool) {
        self.full = full;
    }
}
