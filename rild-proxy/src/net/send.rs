//! Sending on a Unix socket whose other side may be gone.
//!
//! The kernel has a signal for whoever writes to one, and by default that ends the process. Rust has it ignored from
//! the start, and a vendor library in this process may undo that. So it is not raised: not all versions of Rust that
//! build this ask for that themselves.
//!
//! Reference: send(2), `MSG_NOSIGNAL`.

use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{MsgFlags, send};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// Sends as much as the socket takes now.
pub(crate) fn try_send(socket: &UnixStream, bytes: &[u8]) -> io::Result<usize> {
    let send = || send(socket.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL).map_err(io::Error::from);
    socket.try_io(Interest::WRITABLE, send)
}

/// Sends all of it.
pub(crate) async fn send_all(socket: &UnixStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        socket.writable().await?;
        match try_send(socket, bytes) {
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
