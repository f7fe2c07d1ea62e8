//! Why a connection is given up.

use std::io;

use ril_protocol::frame::TooLong;

/// What became of a connection to a client or to root.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The other side has closed it.
    #[error("it hung up")]
    HungUp,
    /// The other side has closed it after this many bytes of a frame.
    #[error("it hung up {0} bytes into a frame")]
    MidFrame(usize),
    /// The other side has sent this many bytes of a frame, and the rest for too long not.
    #[error("it did not finish a frame, {0} bytes into it")]
    Unfinished(usize),
    /// The other side does not speak this protocol.
    #[error("it sent a {0}")]
    TooLong(#[from] TooLong),
    /// Neither does one that sends a body of this many bytes that is no message.
    #[error("it sent {0} bytes that are no message")]
    NoMessage(usize),
    /// The other side lets this many bytes wait.
    #[error("it does not read, {0} bytes wait")]
    NotReading(usize),
    /// The system said no.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Broken {
    /// The end of what the other side sends, when this many bytes of a frame were there.
    pub fn at_end(pending: usize) -> Self {
        if pending == 0 { Self::HungUp } else { Self::MidFrame(pending) }
    }
}
