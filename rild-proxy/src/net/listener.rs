//! The socket on which a client is awaited: made here, with its mode and owner before anybody can connect.
//!
//! A phone is identified by the socket that it uses, so a socket is a credential. This module never takes a socket away
//! from a process that listens on it, and never removes a file that is not its own socket. No connection of a client is
//! a standard descriptor, which closed code in this process may have closed.
//!
//! Reference: `rild/rild.rc` (`socket rild stream 660 root radio`), `libril/ril.cpp` (`listenCallback`), unix(7).

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::net as std_net;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{self, AddressFamily, Backlog, SockFlag, SockType, UnixAddr};
use tokio::net::{UnixListener, UnixStream};
use tracing::{debug, warn};
use vendor_shim::{duplicate_above_standard, is_standard, keep_standard_open};

use crate::net::init_socket;

/// How many clients may wait to be served, as in libril.
const BACKLOG: i32 = 4;

/// The wait after a client could not be accepted, for lack of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why a socket could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody listens there.
    #[error("another process listens there")]
    InUse,
    /// Something else has that name.
    #[error("there is something of that name that is not a socket")]
    NotASocket,
    /// The system said no.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<Errno> for ListenError {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}

/// A listening socket, and who may connect to it.
#[derive(Debug)]
pub struct Socket {
    /// Goes before the listener does: as long as that is open, no other file can look like this one.
    _file: Option<SocketFile>,
    listener: UnixListener,
    path: PathBuf,
    uid: Option<u32>,
}

impl Socket {
    /// Makes a socket of this mode, inside a tokio runtime. A socket file on which nobody listens any more is replaced.
    /// With `uid`, it belongs to that user, as far as we may give it away, and only that user's processes are let in.
    pub fn bind(path: &Path, mode: u32, uid: Option<u32>) -> Result<Self, ListenError> {
        make_way(path)?;
        let flags = SockFlag::SOCK_CLOEXEC;
        let made = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        socket::bind(made.as_raw_fd(), &UnixAddr::new(path)?)?;
        let found = std::fs::symlink_metadata(path)?;
        let file = SocketFile { path: path.to_owned(), device: found.dev(), inode: found.ino() };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
        match chown(path, uid, None) {
            Err(why) if why.kind() == io::ErrorKind::PermissionDenied => {
                warn!("{} stays ours, we may not give it away: {why}", path.display());
            }
            result => result?,
        }
        socket::listen(&made, Backlog::new(BACKLOG)?)?;
        let listener = std_net::UnixListener::from(made);
        listener.set_nonblocking(true)?;
        Ok(Self { _file: Some(file), listener: UnixListener::from_std(listener)?, path: path.to_owned(), uid })
    }

    /// Makes a socket, or takes the one that init has made at this path.
    pub fn open(path: &Path, mode: u32, uid: Option<u32>) -> Result<Self, ListenError> {
        match init_socket::take(path)? {
            Some(listener) => {
                Ok(Self { _file: None, listener: UnixListener::from_std(listener)?, path: path.to_owned(), uid })
            }
            None => Self::bind(path, mode, uid),
        }
    }

    /// The next client that may enter.
    pub async fn accept(&self) -> UnixStream {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => match stream.peer_cred() {
                    Ok(peer) if self.uid.is_none_or(|uid| uid == peer.uid()) => match above_standard(stream) {
                        Ok(stream) => return stream,
                        Err(why) => warn!("cannot keep a client: {why}"),
                    },
                    Ok(peer) => {
                        let socket = self.path.display();
                        warn!(%socket, uid = peer.uid(), "a client of another user was turned away");
                    }
                    Err(why) => debug!("a client left before it was let in: {why}"),
                },
                Err(why) => {
                    warn!("cannot accept a client: {why}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// A connection that is none of descriptors 0 to 2. These are open again afterwards.
fn above_standard(stream: UnixStream) -> io::Result<UnixStream> {
    if !is_standard(&stream) {
        return Ok(stream);
    }
    let moved = duplicate_above_standard(&stream)?;
    drop(stream);
    keep_standard_open();
    UnixStream::from_std(moved.into())
}

fn make_way(path: &Path) -> Result<(), ListenError> {
    match std::fs::symlink_metadata(path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(why.into()),
        Ok(found) if !found.file_type().is_socket() => return Err(ListenError::NotASocket),
        Ok(_) => {}
    }
    // Without blocking: a living rild with a full queue must not hold us up.
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let visitor = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    match socket::connect(visitor.as_raw_fd(), &UnixAddr::new(path)?) {
        Ok(()) | Err(Errno::EAGAIN) => Err(ListenError::InUse),
        Err(Errno::ECONNREFUSED) => Ok(std::fs::remove_file(path)?),
        Err(why) => Err(why.into()),
    }
}

/// The file of a socket, removed when this is dropped unless another has taken its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = std::fs::symlink_metadata(&self.path)
            .is_ok_and(|found| found.dev() == self.device && found.ino() == self.inode);
        if ours && let Err(why) = std::fs::remove_file(&self.path) {
            debug!("{} stays behind: {why}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_has_its_mode_and_goes_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rild");
        let socket = Socket::bind(&path, 0o640, None).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(std_net::UnixStream::connect(&path).is_ok());
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced_a_living_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rild");
        drop(std_net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "std leaves the file");
        let socket = Socket::bind(&path, 0o600, None).unwrap();
        let waiting: Vec<_> = (0..=BACKLOG).map(|_| std_net::UnixStream::connect(&path).unwrap()).collect();
        assert!(matches!(Socket::bind(&path, 0o600, None), Err(ListenError::InUse)), "its queue is full");
        drop(waiting);
        assert!(matches!(Socket::bind(&path, 0o600, None), Err(ListenError::InUse)));
        std::fs::remove_file(&path).unwrap();
        let newer = Socket::bind(&path, 0o600, None).unwrap();
        drop(socket);
        assert!(path.exists(), "it is another's by now");
        drop(newer);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_is_not_a_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rild");
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(Socket::bind(&path, 0o600, None), Err(ListenError::NotASocket)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
        assert!(matches!(Socket::bind(&folder.path().join("no/where"), 0o600, None), Err(ListenError::Io(_))));
        let long = folder.path().join("x".repeat(108));
        assert!(matches!(Socket::bind(&long, 0o600, None), Err(ListenError::Io(_))));
    }

    #[tokio::test]
    async fn only_the_named_user_enters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rild");
        let own = nix::unistd::getuid().as_raw();
        let socket = Socket::bind(&path, 0o600, Some(own + 1)).unwrap();
        let stranger = UnixStream::connect(&path).await.unwrap();
        let turned_away = async {
            stranger.readable().await.unwrap();
            stranger.try_read(&mut [0; 1]).unwrap()
        };
        tokio::select! {
            _ = socket.accept() => panic!("a stranger was let in"),
            read = turned_away => assert_eq!(read, 0),
        }
        drop(socket);
        let socket = Socket::bind(&path, 0o600, Some(own)).unwrap();
        let _friend = UnixStream::connect(&path).await.unwrap();
        socket.accept().await;
    }
}
