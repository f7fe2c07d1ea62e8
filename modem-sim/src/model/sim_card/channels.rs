//! Logical channels of the card: which are open. Nothing but SELECT of the card's own application is understood.
//!
//! Reference: ETSI TS 102 221, 8.7; ril.h, `RIL_REQUEST_SIM_OPEN_CHANNEL`.

use ril_protocol::Errno;

/// Channels beside the basic one.
const CHANNELS: usize = 3;

/// The open channels.
#[derive(Debug, Default)]
pub(super) struct Channels {
    open: [bool; CHANNELS],
}

impl Channels {
    /// Opens a channel to an application that the card knows, or not; the channel is followed by status words 9000.
    pub(super) fn open(&mut self, known: bool) -> Result<Vec<i32>, Errno> {
        if !known {
            return Err(Errno::NO_SUCH_ELEMENT);
        }
        let (slot, number) = self.open.iter_mut().zip(1..).find(|(open, _)| !**open).ok_or(Errno::MISSING_RESOURCE)?;
        *slot = true;
        Ok(vec![number, 0x90, 0x00])
    }

    pub(super) fn close(&mut self, channel: i32) -> Result<(), Errno> {
        let slot = self.open.iter_mut().zip(1..).find(|(open, number)| **open && *number == channel);
        *slot.ok_or(Errno::INVALID_ARGUMENTS)?.0 = false;
        Ok(())
    }

    pub(super) fn is_open(&self, channel: i32) -> bool {
        self.open.iter().zip(1..).any(|(open, number)| *open && number == channel)
    }
}
