//! Whether the peer of a socket is there, which nix cannot tell: it does not know `POLLRDHUP`.

use std::os::fd::{AsRawFd, BorrowedFd};

/// Whether the peer of a socket has hung up, whatever it has said before that was not read.
pub fn has_hung_up(socket: BorrowedFd<'_>) -> bool {
    let mut look = libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLRDHUP, revents: 0 };
    // SAFETY: one `pollfd` of ours, which is waited for no time.
    let seen = unsafe { libc::poll(&raw mut look, 1, 0) };
    seen == 1 && look.revents & (libc::POLLRDHUP | libc::POLLHUP | libc::POLLERR) != 0
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_peer_that_is_gone_is_seen_behind_what_it_has_said() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        assert!(!has_hung_up(ours.as_fd()));
        theirs.write_all(b"said").unwrap();
        assert!(!has_hung_up(ours.as_fd()));
        drop(theirs);
        assert!(has_hung_up(ours.as_fd()));
    }
}
