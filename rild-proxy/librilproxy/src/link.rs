//! The connection to root, which is never waited for.

use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, UnixAddr};
use phone_machine::{Broken, Inbox, OUTBOX_LIMIT, Outbox};
use ril_protocol::frame::{Message, RESPONSE_LIMIT};
use vendor_shim::os;

/// A connection, and what was read from it.
#[derive(Debug)]
pub(crate) struct Link {
    stream: UnixStream,
    inbox: Inbox,
}

impl Link {
    /// Connects, or fails at once: also when root has its queue of clients full. The rild may have closed a standard
    /// descriptor, and print.
    pub(crate) fn connect(path: &Path) -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let made = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        let made = os::above_standard(made)?;
        socket::connect(made.as_raw_fd(), &UnixAddr::new(path)?)?;
        Ok(Self { stream: made.into(), inbox: Inbox::new(RESPONSE_LIMIT) })
    }

    /// Reads once, if there is something.
    pub(crate) fn read(&mut self) -> Result<(), Broken> {
        match self.stream.read(self.inbox.room()) {
            Ok(0) => Err(Broken::at_end(self.inbox.pending())),
            Ok(count) => {
                self.inbox.add(count);
                Ok(())
            }
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    /// The body of the next message, if one is whole.
    pub(crate) fn next_message(&mut self) -> Result<Option<&[u8]>, Broken> {
        match self.inbox.next_frame()? {
            Some(body) if Message::parse(body).is_none() => Err(Broken::NoMessage(body.len())),
            body => Ok(body),
        }
    }

    /// Writes as much as the socket takes. The rild has not asked to be killed by SIGPIPE when root is gone.
    pub(crate) fn write(&self, outbox: &mut Outbox) -> Result<(), Broken> {
        while !outbox.is_empty() {
            match os::send(&self.stream, outbox.unsent()) {
                Ok(count) => outbox.advance(count),
                Err(why) if why.kind() == ErrorKind::WouldBlock => break,
                Err(why) => return Err(why.into()),
            }
        }
        if outbox.len() > OUTBOX_LIMIT { Err(Broken::NotReading(outbox.len())) } else { Ok(()) }
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
