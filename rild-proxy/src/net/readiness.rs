//! Waiting for a descriptor, and seeing that a peer is gone, without reading.
//!
//! Two things are told apart: a peer that has hung up sends no more, and may still read; one that is gone does neither.

use std::future::pending;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use vendor_shim::os::has_hung_up;

pub(crate) fn readable(descriptor: BorrowedFd<'_>) -> io::Result<AsyncFd<OwnedFd>> {
    watch(descriptor, Interest::READABLE)
}

/// Waits on a duplicate, on its own: whoever waits on the descriptor itself misses nothing.
#[expect(deprecated, reason = "what took its place is unsafe; an OwnedFd upholds what that asks for")]
fn watch(descriptor: BorrowedFd<'_>, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(descriptor.try_clone_to_owned()?, interest)
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

/// Comes when the peer of a socket is gone. Looks at a duplicate.
pub(crate) fn gone<S: AsFd>(socket: &S) -> impl Future<Output = ()> + use<S> {
    // That the peer has hung up makes a socket readable for good. Writable it is anew when something has changed.
    let watch = watch(socket.as_fd(), Interest::WRITABLE);
    async move {
        let Ok(watch) = watch else { return pending().await };
        while !is_gone(watch.get_ref().as_fd()) {
            match watch.writable().await {
                Ok(mut ready) => ready.clear_ready(),
                Err(_) => return pending().await,
            }
        }
    }
}

/// Whether the peer of a socket is gone.
fn is_gone(socket: BorrowedFd<'_>) -> bool {
    let mut look = [PollFd::new(socket, PollFlags::empty())];
    // An end is told, whatever is asked for.
    poll(&mut look, PollTimeout::ZERO).is_ok() && look[0].any().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::Shutdown;
    use std::os::unix::net::UnixStream;
    use std::pin::pin;

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

    #[test]
    fn a_peer_that_only_says_no_more_is_not_gone() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            theirs.shutdown(Shutdown::Write).unwrap();
            assert!(has_hung_up(ours.as_fd()));
            let mut gone = pin!(gone(&ours));
            let first = tokio::select! {
                biased;
                () = &mut gone => "gone",
                () = tokio::task::yield_now() => "there",
            };
            assert_eq!(first, "there");
            drop(theirs);
            gone.await;
        });
    }
}
