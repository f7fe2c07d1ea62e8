//! Unix sockets: making them, letting the right peers in, and sending to those that may be gone.

pub mod listener;
pub(crate) mod readiness;
pub(crate) mod send;

use std::time::Duration;

/// How long a client may take to finish a frame that it has begun. Clients write a frame at once.
pub(crate) const FRAME_PATIENCE: Duration = Duration::from_secs(30);

/// How long a client that says no more, and has not gone, is there for the answers to what it has asked. AOSP's rild
/// lets it go at once; but there an answer that a library has from memory is out before rild reads on.
pub(crate) const LAST_ANSWERS: Duration = Duration::from_secs(5);
