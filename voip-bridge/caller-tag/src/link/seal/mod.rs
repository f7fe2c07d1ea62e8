//! How the link is sealed: who may speak, and that what arrives is what was said, in that order, by the other side.
//!
//! A device and the service share a key of 32 bytes, that device's alone. The link is the Noise protocol
//! `Noise_NNpsk0_25519_ChaChaPoly_SHA256` (revision 34) over a byte stream, as the crate `snow` implements it: each
//! side proves that it has the key, the keys of a connection come from it and from fresh ephemeral keys of both sides,
//! and a key that is stolen later opens nothing that was recorded before. Nothing here opens a socket or reads a clock;
//! the system's random numbers are the only thing that is asked of it.
//!
//! # On the wire
//!
//! All is in frames: a length of two bytes, big-endian, and so many bytes, at most [`FRAME_LIMIT`]. There are three
//! kinds, told apart by their place:
//!
//! 1. **Hello**, from the device, which is the Noise initiator:
//!    `"vblink"`, the version (one byte, 1), the length of the name (one byte), the name of the device (1 to 32 of
//!    `a-z`, `0-9`, `_`, `-`), the first Noise message. Everything before that message is the Noise prologue. The
//!    payload of the message is the highest version that the device speaks (one byte) and its run (eight bytes,
//!    big-endian): a number that is drawn when the daemon starts, so that the ids of its intents mean one thing.
//!    Further bytes are for later versions.
//! 2. **Welcome**, from the service: the second Noise message. Its payload is the highest version that the service
//!    speaks (one byte). Further bytes are for later versions.
//! 3. **Records**, both ways: Noise transport messages, each with one message of [`super`] in it, or with nothing,
//!    which says only that the sender is there.
//!
//! Either side sends an empty record when it has sent nothing for [`IDLE`], and hangs up when it has heard nothing for
//! [`SILENCE`].
//!
//! The first record of a device is the proof that it has the key *now*: a hello can be played again by whoever has
//! heard it, but what comes back opens nothing for them. So the service believes in a device, and lets go of an older
//! connection of it, only when the first record has been opened. A device sends one at once.
//!
//! # What is refused
//!
//! A frame that is too long, a hello with another beginning or version, an unknown name, a message that another key
//! has made, a record that was changed, left out, repeated, exchanged, cut off, or sent back to its sender: the counter
//! of each direction is part of its seal. After the first such record a [`Channel`] opens nothing more, and both sides
//! hang up without a word. Whoever does not have the key learns only that. A side that speaks a higher version than the
//! one in use refuses if the other side does, too: somebody in between has wanted the lower one.

mod frame;
mod hello;
mod key;

use std::fmt;
use std::time::Duration;

use snow::TransportState;

use super::MESSAGE_LIMIT;

pub use frame::{FRAME_LIMIT, TooLong, put, split};
pub use hello::{Hello, Knock, Met};
pub use key::{DeviceName, Key, NoName};

pub use crate::key_text::NotAKey;

/// The version of the link, the only one that there is so far.
pub const VERSION: u8 = 1;

/// Who has sent nothing for so long says that it is there.
pub const IDLE: Duration = Duration::from_secs(45);

/// Who has heard nothing for so long takes the link for dead.
pub const SILENCE: Duration = Duration::from_secs(120);

/// How long meeting may take, and how long what is written may wait to be taken.
pub const PEER_TIMEOUT: Duration = Duration::from_secs(10);

/// What a record is longer than what is in it.
const SEAL: usize = 16;

/// Why a connection is not, or no longer, a link. It says nothing that the other side could use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It does not begin as a link does.
    NoHello,
    /// The other side speaks another version.
    Version,
    /// It is sealed with another key, or not as it was sent.
    Seal,
    /// There is no room in a record, or no random number to be had.
    Unsealable,
}

/// One side of a link that stands.
pub struct Channel {
    state: TransportState,
    broken: bool,
}

impl Channel {
    fn new(state: TransportState) -> Self {
        Self { state, broken: false }
    }

    /// Appends a whole frame with `message` sealed in it; an empty one says that this side is there.
    ///
    /// # Errors
    /// [`Broken::Unsealable`] when it is longer than [`MESSAGE_LIMIT`].
    pub fn seal(&mut self, message: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
        if message.len() > MESSAGE_LIMIT {
            return Err(Broken::Unsealable);
        }
        let mut record = [0; MESSAGE_LIMIT + SEAL];
        let length = self.state.write_message(message, &mut record).map_err(|_| Broken::Unsealable)?;
        put(&record[..length], out);
        Ok(())
    }

    /// What is in the next record of the other side. After an error there is no next one.
    ///
    /// # Errors
    /// [`Broken::Seal`].
    pub fn open(&mut self, record: &[u8]) -> Result<Vec<u8>, Broken> {
        if self.broken || record.len() > MESSAGE_LIMIT + SEAL {
            self.broken = true;
            return Err(Broken::Seal);
        }
        let mut message = vec![0; record.len()];
        match self.state.read_message(record, &mut message) {
            Ok(length) => {
                message.truncate(length);
                Ok(message)
            }
            Err(_) => {
                self.broken = true;
                Err(Broken::Seal)
            }
        }
    }

    /// Takes the next message out of what has arrived; `None` while it is not whole, and an empty one when the other
    /// side says only that it is there.
    ///
    /// # Errors
    /// [`Broken::Seal`]; then there is no next one.
    pub fn take(&mut self, input: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Broken> {
        let Some((record, used)) = split(input).map_err(|TooLong| Broken::Seal)? else { return Ok(None) };
        let message = self.open(record)?;
        input.drain(..used);
        Ok(Some(message))
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("broken", &self.broken).finish_non_exhaustive()
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHello => "it does not begin as a link does",
            Self::Version => "the other side speaks another version",
            Self::Seal => "it is sealed with another key, or was changed on its way",
            Self::Unsealable => "a record cannot be sealed",
        })
    }
}

impl std::error::Error for Broken {}

#[cfg(test)]
mod tests;
