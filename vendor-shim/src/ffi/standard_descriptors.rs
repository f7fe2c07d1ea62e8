//! Descriptors 0 to 2 in a process with closed code in it, which may close them.
//!
//! Whatever is opened next has the lowest number that is free. The connection to a client that became 2 would be sent
//! whatever anybody in this process says on its standard error. So connections and logs are kept above 2, and what was
//! closed is opened again, on nothing.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

/// The last of them.
const LAST: RawFd = libc::STDERR_FILENO;

/// The same file as a descriptor above these, which is closed in programs that this process starts.
pub fn duplicate_above_standard(descriptor: impl AsFd) -> io::Result<OwnedFd> {
    // SAFETY: takes integers only; the descriptor is open.
    let duplicate = unsafe { libc::fcntl(descriptor.as_fd().as_raw_fd(), libc::F_DUPFD_CLOEXEC, LAST + 1) };
    if duplicate < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(duplicate) })
}

/// Whether a descriptor is one of these.
pub fn is_standard(descriptor: &impl AsRawFd) -> bool {
    descriptor.as_raw_fd() <= LAST
}

/// Opens those that are closed. Reading gives nothing, and what is written is thrown away.
pub fn keep_standard_open() {
    // Without /dev/null there is nothing to be done; nor if they are closed again meanwhile.
    for _ in 0..=LAST {
        match OpenOptions::new().read(true).write(true).open("/dev/null") {
            Ok(nothing) if is_standard(&nothing) => {
                // It stays open.
                let _number = nothing.into_raw_fd();
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_is_above_them() {
        let duplicate = duplicate_above_standard(io::stderr()).unwrap();
        assert!(!is_standard(&duplicate) && is_standard(&io::stderr()));
    }

    #[test]
    fn what_is_open_stays_as_it_is() {
        let file = |number: RawFd| std::fs::read_link(format!("/proc/self/fd/{number}")).unwrap();
        let before = [0, 1, 2].map(file);
        keep_standard_open();
        assert_eq!([0, 1, 2].map(file), before);
    }
}
