//! The socket on which a client is awaited: made here, with its mode and owner before anybody can connect.
//!
//! A phone is identified by the socket that it uses, so a socket is a credential. This module never takes a socket away
//! from a process that listens on it, and never removes a file that is not its own socket. Making one and letting
//! clients connect are two steps: a daemon that gives up rights between them has its sockets where and whose they are
//! to be. No connection of a client is a standard descriptor, which closed code in this process may have closed.
//!
//! Reference: `rild/rild.rc` (`socket rild stream 660 root radio`), `libril/ril.cpp` (`listenCallback`), unix(7).

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::future::pending;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net as std_net;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag};
use nix::sys::socket::{self, AddressFamily, Backlog, SockFlag, SockType, UnixAddr};
use nix::unistd::{Uid, fchownat};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, warn};
use vendor_shim::init_socket;
use vendor_shim::os::{duplicate_above_standard, is_standard, keep_standard_open};

use crate::log_limit::{LeftOut, LogLimit};

/// How many clients may wait to be served, as in libril.
const BACKLOG: i32 = 4;

/// The wait after a client could not be accepted, for lack of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Of what the log has so many lines and no more.
const TURNED_AWAY: &str = "clients of another user that were turned away";
const NOT_ACCEPTED: &str = "clients that could not be accepted";
const NOT_KEPT: &str = "clients that could not be kept";

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

/// A socket at its place, to which nobody can connect yet.
#[derive(Debug)]
pub struct Bound {
    made: Made,
    path: PathBuf,
    uid: Option<u32>,
}

/// Who has made a socket.
#[derive(Debug)]
enum Made {
    /// This process. The file goes before the socket does, as in [`Socket`].
    Here(SocketFile, OwnedFd),
    /// Init, which has also said whose it is.
    ByInit,
}

/// A listening socket, and who may connect to it.
#[derive(Debug)]
pub struct Socket {
    /// Goes before the listener does: as long as that is open, no other file can look like this one.
    _file: Option<SocketFile>,
    listener: UnixListener,
    path: PathBuf,
    uid: Option<u32>,
    /// Whoever is not let in may try again as often as he likes.
    log_limit: Mutex<LogLimit>,
    /// What the time in that counts from.
    since: Instant,
}

impl Bound {
    /// Makes a socket of this mode, or leaves it to init's if that has made one at this path. A socket file on which
    /// nobody listens any more is replaced. With `uid`, it belongs to that user, as far as we may give it away, and
    /// only that user's processes are let in.
    pub fn open(path: &Path, mode: u32, uid: Option<u32>) -> Result<Self, ListenError> {
        if init_socket::is_made(path) {
            return Ok(Self { made: Made::ByInit, path: path.to_owned(), uid });
        }
        Self::make(path, mode, uid)
    }

    fn make(path: &Path, mode: u32, uid: Option<u32>) -> Result<Self, ListenError> {
        make_way(path)?;
        let socket = socket::socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        socket::bind(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        let made = open_unread(path)?;
        let found = made.metadata()?;
        if !found.file_type().is_socket() {
            return Err(ListenError::NotASocket);
        }
        let file = SocketFile { path: path.to_owned(), device: found.dev(), inode: found.ino() };
        let by_number = format!("/proc/self/fd/{}", made.as_raw_fd());
        std::fs::set_permissions(by_number, Permissions::from_mode(mode))?;
        let bound = Self { made: Made::Here(file, socket), path: path.to_owned(), uid };
        if let Some(uid) = uid {
            bound.give_to(uid)?;
        }
        Ok(bound)
    }

    /// Lets the file belong to this user, as far as we may give it away. One of init's stays whose it is.
    pub fn give_to(&self, owner: u32) -> Result<(), ListenError> {
        let Made::Here(file, _) = &self.made else { return Ok(()) };
        let opened = open_unread(&self.path)?;
        if !file.is(&opened.metadata()?) {
            return Err(ListenError::NotASocket);
        }
        match fchownat(&opened, "", Some(Uid::from_raw(owner)), None, AtFlags::AT_EMPTY_PATH) {
            Err(why @ Errno::EPERM) => {
                warn!("{} stays ours, we may not give it away: {why}", self.path.display());
                Ok(())
            }
            result => Ok(result?),
        }
    }

    /// Lets clients connect, inside a tokio runtime.
    pub fn listen(self) -> Result<Socket, ListenError> {
        let (file, listener) = match self.made {
            Made::Here(file, socket) => {
                socket::listen(&socket, Backlog::new(BACKLOG)?)?;
                let listener = std_net::UnixListener::from(socket);
                listener.set_nonblocking(true)?;
                (Some(file), listener)
            }
            Made::ByInit => (None, init_socket::take(&self.path)?.ok_or(io::Error::from(io::ErrorKind::NotFound))?),
        };
        Ok(Socket {
            _file: file,
            listener: UnixListener::from_std(listener)?,
            path: self.path,
            uid: self.uid,
            log_limit: Mutex::default(),
            since: Instant::now(),
        })
    }
}

impl Socket {
    /// Makes a socket as [`Bound::open`] does, whatever init has made, and lets clients connect.
    pub fn bind(path: &Path, mode: u32, uid: Option<u32>) -> Result<Self, ListenError> {
        Bound::make(path, mode, uid)?.listen()
    }

    /// Makes a socket, or takes the one that init has made at this path, and lets clients connect.
    pub fn open(path: &Path, mode: u32, uid: Option<u32>) -> Result<Self, ListenError> {
        Bound::open(path, mode, uid)?.listen()
    }

    /// The next client that may enter.
    pub async fn accept(&self) -> UnixStream {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = self.lines_are_due() => {
                    self.tell_of_lines_left_out();
                    continue;
                }
            };
            match accepted {
                Ok((stream, _)) => match stream.peer_cred() {
                    Ok(peer) if self.uid.is_none_or(|uid| uid == peer.uid()) => match above_standard(stream) {
                        Ok(stream) => return stream,
                        Err(why) if self.take_line(NOT_KEPT) => warn!("cannot keep a client: {why}"),
                        Err(_) => {}
                    },
                    Ok(peer) if self.take_line(TURNED_AWAY) => {
                        let socket = self.path.display();
                        warn!(%socket, uid = peer.uid(), "a client of another user was turned away");
                    }
                    Ok(_) => {}
                    Err(why) => debug!("a client left before it was let in: {why}"),
                },
                Err(why) => {
                    if self.take_line(NOT_ACCEPTED) {
                        warn!("cannot accept a client: {why}");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn take_line(&self, kind: &'static str) -> bool {
        self.log_limit().admits(self.since.elapsed(), None, kind)
    }

    /// Comes when it is to be said how many lines were left out.
    async fn lines_are_due(&self) {
        let deadline = self.log_limit().deadline();
        match deadline {
            Some(deadline) => sleep_until(self.since + deadline).await,
            None => pending().await,
        }
    }

    fn tell_of_lines_left_out(&self) {
        let ended = self.log_limit().ended(self.since.elapsed());
        for LeftOut { kind, count, .. } in ended {
            let socket = self.path.display();
            warn!(%socket, count, "lines left out: {kind}");
        }
    }

    fn log_limit(&self) -> MutexGuard<'_, LogLimit> {
        self.log_limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file itself, to be looked at and changed: by its name another could be meant next, if it is in a folder where
/// another user can put one in its place.
fn open_unread(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags((OFlag::O_PATH | OFlag::O_NOFOLLOW).bits()).open(path)
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

impl SocketFile {
    fn is(&self, found: &Metadata) -> bool {
        found.dev() == self.device && found.ino() == self.inode
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = std::fs::symlink_metadata(&self.path).is_ok_and(|found| self.is(&found));
        if ours && let Err(why) = std::fs::remove_file(&self.path) {
            debug!("{} stays behind: {why}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::Arc;

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

    #[test]
    fn strangers_cannot_fill_the_log() {
        let mut log = tempfile::tempfile().unwrap();
        let writer = Arc::new(log.try_clone().unwrap());
        let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        tracing::subscriber::with_default(subscriber, || {
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("rild");
                let own = nix::unistd::getuid().as_raw();
                // Another test may be the first to say this line, just when nobody listened to it.
                let first = Socket::bind(&folder.path().join("first"), 0o600, Some(own + 1)).unwrap();
                let stranger = UnixStream::connect(folder.path().join("first")).await.unwrap();
                tokio::select! {
                    _ = first.accept() => panic!("a stranger was let in"),
                    turned_away = stranger.readable() => turned_away.unwrap(),
                }
                tracing::callsite::rebuild_interest_cache();
                let socket = Socket::bind(&path, 0o600, Some(own + 1)).unwrap();
                let strangers = async {
                    for _ in 0..100 {
                        let stranger = UnixStream::connect(&path).await.unwrap();
                        stranger.readable().await.unwrap();
                    }
                    sleep(Duration::from_secs(61)).await;
                };
                tokio::select! {
                    _ = socket.accept() => panic!("a stranger was let in"),
                    () = strangers => {}
                }
            });
        });
        log.rewind().unwrap();
        let mut lines = String::new();
        log.read_to_string(&mut lines).unwrap();
        let told = lines.lines().filter(|line| line.contains("was turned away") && !line.contains("/first"));
        assert_eq!(told.count(), 10, "{lines}");
        assert!(
            lines.contains("lines left out: clients of another user that were turned away")
                && lines.contains("count=90")
        );
    }
}
