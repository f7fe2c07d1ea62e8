//! Listening Unix sockets with a fixed mode, and who may connect to them.
//!
//! A phone is identified by the socket that it uses, so a socket is a credential: it is made with its final mode, a
//! socket on which somebody listens is never taken over, and a peer of the wrong uid is turned away.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::Path;

use tokio::net::{UnixListener, UnixStream};

use super::init_socket;

/// Why a socket could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody listens there.
    #[error("another process listens there already")]
    InUse,
    /// There is something else of that name.
    #[error("there is a file of that name which is not a socket")]
    NotASocket,
    /// The system said no.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Makes a listening socket of mode 0600 for `owner`, or for ourselves. A socket file on which nobody listens any more
/// is replaced. A socket that init has made for us is taken as it is.
///
/// With the umask 0077, which the daemons set when they start, there is no moment at which others could connect.
pub fn bind(path: &Path, owner: Option<u32>) -> Result<UnixListener, BindError> {
    if let Some(listener) = init_socket::take(path)? {
        return Ok(UnixListener::from_std(listener)?);
    }
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
        Ok(found) if !found.file_type().is_socket() => return Err(BindError::NotASocket),
        Ok(_) if StdStream::connect(path).is_ok() => return Err(BindError::InUse),
        Ok(_) => std::fs::remove_file(path)?,
    }
    let listener = StdListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    if owner.is_some() {
        std::os::unix::fs::chown(path, owner, None)?;
    }
    listener.set_nonblocking(true)?;
    Ok(UnixListener::from_std(listener)?)
}

/// Whether a peer may use a socket that is meant for `uid` alone. Root and our own uid are not let in on that account:
/// a phone's socket is the phone's.
pub fn may_enter(stream: &UnixStream, uid: Option<u32>) -> io::Result<bool> {
    let Some(uid) = uid else { return Ok(true) };
    Ok(stream.peer_cred()?.uid() == uid)
}
