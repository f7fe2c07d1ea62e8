//! Descriptors that a process was started with, such as the sockets that Android's init hands to its services.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// A duplicate of a descriptor that is known by its number only. It is closed in programs that this one starts; the
/// descriptor itself stays as it is. Fails if there is no such descriptor.
pub fn inherited_descriptor(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: takes integers only, and a number that is no descriptor is an error.
    let duplicate = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 0) };
    if duplicate < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(duplicate) })
}

/// The descriptor with this number is closed in programs that this process starts. Fails if there is no such
/// descriptor.
pub(crate) fn close_in_programs(number: RawFd) -> io::Result<()> {
    // SAFETY: takes integers only, and a number that is no descriptor is an error. What the flag is set on stays open
    // and is the same file as before.
    match unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_duplicate_lives_on_its_own() {
        let (one, mut other) = UnixStream::pair().unwrap();
        let mut copy = UnixStream::from(inherited_descriptor(one.as_raw_fd()).unwrap());
        drop(one);
        copy.write_all(b"x").unwrap();
        let mut read = [0];
        other.read_exact(&mut read).unwrap();
        assert_eq!(read, *b"x");
    }

    #[test]
    fn a_number_that_is_no_descriptor_is_an_error() {
        assert_eq!(inherited_descriptor(-1).unwrap_err().raw_os_error(), Some(libc::EBADF));
    }
}
