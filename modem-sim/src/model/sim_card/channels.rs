//! Logical channels of the card: which are open, and to which application. Nothing but SELECT of the card's own
//! application is understood.
//!
//! Reference: ETSI TS 102 221, 8.7 and 10.2.1; ISO/IEC 7816-4, 5.1.3 (status words); ril.h,
//! `RIL_REQUEST_SIM_OPEN_CHANNEL`.

use ril_protocol::Errno;
use ril_protocol::card::commands::{BY_NAME, MOST_CHANNELS, SELECT};
use ril_protocol::payload::sim::{SimApdu, SimIoResponse};

/// Channels that can be open beside the basic one.
pub const MAX_CHANNELS: usize = MOST_CHANNELS as usize;

/// Status words of ISO/IEC 7816-4.
const DONE: (i32, i32) = (0x90, 0x00);
const CHANNEL_NOT_SUPPORTED: (i32, i32) = (0x68, 0x81);
const NOT_FOUND: (i32, i32) = (0x6a, 0x82);
const UNKNOWN_INSTRUCTION: (i32, i32) = (0x6d, 0x00);

/// The open channels beside the basic one.
#[derive(Debug)]
pub(super) struct Channels {
    /// The application of each, from channel 1.
    open: Vec<Option<String>>,
}

impl Channels {
    /// No channel is open, and this many can be.
    pub(super) fn new(limit: usize) -> Self {
        Self { open: vec![None; limit] }
    }

    /// Opens a channel to an application that the card knows, or not; the channel is followed by status words 9000.
    pub(super) fn open(&mut self, aid: &str, known: bool) -> Result<Vec<i32>, Errno> {
        if !known {
            return Err(Errno::NO_SUCH_ELEMENT);
        }
        let free = self.open.iter_mut().zip(1..).find(|(slot, _)| slot.is_none());
        let (slot, number) = free.ok_or(Errno::MISSING_RESOURCE)?;
        *slot = Some(aid.to_owned());
        Ok(vec![number, DONE.0, DONE.1])
    }

    pub(super) fn close(&mut self, channel: i32) -> Result<(), Errno> {
        let slot = self.open.iter_mut().zip(1..).find(|(slot, number)| slot.is_some() && *number == channel);
        *slot.ok_or(Errno::INVALID_ARGUMENTS)?.0 = None;
        Ok(())
    }

    /// The open ones: number and application.
    pub(super) fn list(&self) -> impl Iterator<Item = (i32, &str)> {
        self.open.iter().zip(1..).filter_map(|(slot, number)| Some((number, slot.as_deref()?)))
    }

    /// Carries out a command on a channel; 0 is the basic one, which is always open. `knows` says whether an
    /// application of this name is on the card.
    pub(super) fn transmit(&self, channel: i32, command: &SimApdu, knows: impl Fn(&str) -> bool) -> SimIoResponse {
        let is_open = channel == 0 || self.list().any(|(number, _)| number == channel);
        let (sw1, sw2) = match (is_open, command.instruction, command.p1) {
            (false, ..) => CHANNEL_NOT_SUPPORTED,
            (true, SELECT, BY_NAME) if command.data.as_deref().is_some_and(knows) => DONE,
            (true, SELECT, _) => NOT_FOUND,
            _ => UNKNOWN_INSTRUCTION,
        };
        SimIoResponse { sw1, sw2, response: None }
    }
}
