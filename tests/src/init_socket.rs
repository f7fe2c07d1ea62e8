//! Sockets as Android's init leaves them to a service: bound, open across exec, and not listened on yet.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, bind, socket};

/// One at this path.
///
/// # Panics
/// When it cannot be made.
pub fn init_socket(path: &Path) -> OwnedFd {
    let made = socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).expect("a socket can be made");
    bind(made.as_raw_fd(), &UnixAddr::new(path).expect("a short path")).expect("it can be bound");
    made
}
