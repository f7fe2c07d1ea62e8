//! Sending on a Unix socket whose other side may be gone.
//!
//! Not all versions of Rust that build this keep the kernel from raising a signal for that, see [`os::send`].

use std::io;

use tokio::io::Interest;
use tokio::net::UnixStream;
use vendor_shim::os;

/// Sends as much as the socket takes now.
pub(crate) fn try_send(socket: &UnixStream, bytes: &[u8]) -> io::Result<usize> {
    socket.try_io(Interest::WRITABLE, || os::send(socket, bytes))
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
