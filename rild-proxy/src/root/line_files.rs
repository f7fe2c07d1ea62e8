//! Where a line is: its folders, its database and its sockets. All of it is taken before the daemon gives up any
//! rights, and so before there is a vendor library; nobody can connect yet.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::RootError;
use super::user::NewUser;
use crate::config::{Config, run_files};
use crate::net::listener::{Bound, ListenError, Socket};
use crate::store::Store;

/// Mode of the daemon's folders: everybody may pass, nobody else may look.
const FOLDER_MODE: u32 = 0o711;

/// Mode of the folder of traces.
const PRIVATE_FOLDER_MODE: u32 = 0o700;

/// Mode of the sockets: nobody but their owner.
const SOCKET_MODE: u32 = 0o600;

/// What a line has on the disk.
pub(super) struct LineFiles {
    pub(super) store: Store,
    pub(super) sockets: Sockets,
}

/// The sockets of a line.
pub(super) struct Sockets {
    /// Of each phone.
    pub(super) phones: Vec<Vec<BoundSocket>>,
    /// Of the phone that has the SIM Access Profile.
    pub(super) sap: Vec<BoundSocket>,
    pub(super) control: BoundSocket,
}

/// A socket of which an error would name the path.
pub(super) struct BoundSocket {
    path: PathBuf,
    bound: Bound,
}

impl LineFiles {
    /// Makes those of a line, or takes them over, for the user as whom it will be used if that is another one.
    pub(super) fn take(line: &Config, user: Option<NewUser>) -> Result<Self, RootError> {
        folder(&line.run.dir, FOLDER_MODE, user)?;
        folder(&run_files::phones(&line.run.dir), FOLDER_MODE, user)?;
        if line.trace.ring_bytes().is_some() {
            folder(&line.trace_dir(), PRIVATE_FOLDER_MODE, user)?;
        }
        // The lock on it is what keeps a second daemon from touching the sockets.
        let store = store(&line.run.state_db(), user)?;
        Ok(Self { store, sockets: Sockets::make(line, user)? })
    }
}

impl Sockets {
    fn make(line: &Config, user: Option<NewUser>) -> Result<Self, RootError> {
        let make = |path: &Path, uid| BoundSocket::make(path, uid, user);
        let mut phones = Vec::new();
        for phone in &line.phone {
            let mut sockets = vec![make(&line.run.phone_socket(&phone.name), phone.uid)?];
            for further in phone.socket.iter() {
                sockets.push(make(further, phone.uid)?);
            }
            phones.push(sockets);
        }
        let mut sap = Vec::new();
        if let Some((_, phone)) = line.sap_phone() {
            let uid = phone.sap_uid.or(phone.uid);
            sap.push(make(&line.run.sap_socket(&phone.name), uid)?);
            for further in phone.sap_socket.iter() {
                sap.push(make(further, uid)?);
            }
        }
        Ok(Self { phones, sap, control: make(&line.run.control_socket(), None)? })
    }
}

impl BoundSocket {
    /// A socket for its phone's user alone; where that is not said, for whoever the daemon will be.
    fn make(path: &Path, uid: Option<u32>, user: Option<NewUser>) -> Result<Self, RootError> {
        let made = Bound::open(path, SOCKET_MODE, uid).and_then(|bound| {
            if let (None, Some(user)) = (uid, user) {
                bound.give_to(user.id())?;
            }
            Ok(bound)
        });
        Ok(Self { bound: made.map_err(|source| at(path, source))?, path: path.to_owned() })
    }

    /// Lets clients connect; the file goes with the task that serves it.
    pub(super) fn listen(self) -> Result<Socket, RootError> {
        self.bound.listen().map_err(|source| at(&self.path, source))
    }
}

fn at(path: &Path, source: ListenError) -> RootError {
    RootError::Socket { path: path.to_owned(), source }
}

/// Opens the database, and makes it if there is none, as the user who will write to it: what is another's is refused.
fn store(path: &Path, user: Option<NewUser>) -> Result<Store, RootError> {
    let opened = match user {
        Some(user) => user.meanwhile(|| Store::open(path))?,
        None => Store::open(path),
    };
    opened.map_err(|source| RootError::Store { path: path.to_owned(), source })
}

/// Makes a folder. The mode lets every user pass where the sockets in it have owners of their own. One that is there
/// stays as it is, unless it is ours and the daemon will be another user.
fn folder(path: &Path, mode: u32, user: Option<NewUser>) -> Result<(), RootError> {
    let failed = |source| RootError::Folder { path: path.to_owned(), source };
    if !path.is_dir() {
        DirBuilder::new().recursive(true).mode(mode).create(path).map_err(failed)?;
        // Our umask has taken away what others need.
        let made = open_folder(path).and_then(|made| made.set_permissions(Permissions::from_mode(mode)));
        made.map_err(failed)?;
    }
    user.map_or(Ok(()), |user| user.inherits(path, mode)).map_err(failed)
}

/// A folder and no link to one: where another user may change what is above it, that could lead anywhere.
pub(super) fn open_folder(path: &Path) -> io::Result<File> {
    let flags = (OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW).bits();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}
