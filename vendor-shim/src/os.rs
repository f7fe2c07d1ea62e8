//! Descriptors and processes, for what shares a process with closed code.
//!
//! That code may close descriptors 0 to 2, and may have a write to a peer that is gone end the process by SIGPIPE.
//!
//! Reference: fcntl(2), send(2), poll(2), prctl(2), setresuid(2).

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{self, MsgFlags};

pub use crate::ffi::inherited::inherited_descriptor;
pub use crate::ffi::peer::has_hung_up;
pub use crate::ffi::process::{become_user_in_this_thread, die_with_parent, renounce_new_privileges};
pub use crate::ffi::standard_descriptors::{duplicate_above_standard, is_standard, keep_standard_open};

/// The same file under a number that is above those of the standard descriptors, for what was opened while one of them
/// was closed.
pub fn above_standard(descriptor: OwnedFd) -> io::Result<OwnedFd> {
    if is_standard(&descriptor) { duplicate_above_standard(descriptor) } else { Ok(descriptor) }
}

/// Sends as much as a socket takes. A peer that is gone is an error, and never a SIGPIPE. Rust has that signal ignored,
/// and closed code in this process may undo it.
pub fn send(socket: &impl AsRawFd, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match socket::send(socket.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL) {
            Err(Errno::EINTR) => {}
            sent => return Ok(sent?),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_peer_that_is_gone_is_an_error() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        assert_eq!(send(&ours, b"said").unwrap(), 4);
        let mut heard = [0; 4];
        theirs.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"said");
        drop(theirs);
        assert_eq!(send(&ours, b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn what_is_above_the_standard_descriptors_stays_where_it_is() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let number = ours.as_raw_fd();
        assert_eq!(above_standard(ours.into()).unwrap().as_raw_fd(), number);
    }
}
