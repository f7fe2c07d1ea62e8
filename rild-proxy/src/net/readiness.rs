//! Waiting for a descriptor, and seeing that a peer is gone, without reading.

use std::future::pending;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use vendor_shim::has_hung_up;

/// Waits on a duplicate, on its own: whoever waits on the descriptor itself misses nothing.
#[expect(deprecated, reason = "what took its place is unsafe; an OwnedFd upholds what that asks for")]
pub(crate) fn readable(descriptor: BorrowedFd<'_>) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(descriptor.try_clone_to_owned()?, Interest::READABLE)
}

/// Comes when the peer of a socket has hung up.
pub(crate) async fn hung_up(socket: &impl AsFd) {
    // A watch that cannot be had is no reason to let nobody wait.
    let Ok(watch) = readable(socket.as_fd()) else { return pending().await };
    while !has_hung_up(socket.as_fd()) {
        match watch.readable().await {
            Ok(mut ready) => ready.clear_ready(),
            Err(_) => return pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_peer_that_is_gone_is_seen_though_it_has_said_something() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(b"said").unwrap();
        assert!(!has_hung_up(ours.as_fd()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let goes = async { drop(theirs) };
            tokio::join!(hung_up(&ours), goes);
        });
        assert!(has_hung_up(ours.as_fd()));
    }
}
