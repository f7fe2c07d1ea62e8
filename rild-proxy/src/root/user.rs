//! Who the daemon is when closed code comes into it: as root it makes what only root can make, and then becomes another
//! user for good, as AOSP's rild does before it loads the vendor's library.
//!
//! What AOSP's keeps is kept: the capabilities to set up network interfaces, to use raw sockets and to take wake locks,
//! as far as they are there, and the groups, which init has set. All else that root could do is gone. A program that is
//! executed gets none of it, but where the library has a process of its own, which is one: capabilities pass to a
//! program in the ambient set alone. AOSP's has them there as well since init gives them to it (Android 8), and so has
//! everything that the library executes.
//!
//! It must happen while there is one thread: capabilities are a thread's own, and so is the user where libc leaves that
//! to the kernel, as Android's does.
//!
//! Reference: `rild/rild.c` (`switchUser`, Android 5.0 to 7.1), `rild/rild.rc` (later ones), capabilities(7),
//! setresuid(2).

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::unistd::{Uid, fchown, fchownat, geteuid, seteuid, setresuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, configure_capability_in_ambient_set, set_capabilities,
    set_keep_capabilities,
};

use super::RootError;
use super::line_files::open_folder;
use crate::config::run_files::STATE_DB;

/// What AOSP's rild keeps, as far as it has it.
const KEPT: CapabilitySet = CapabilitySet::BLOCK_SUSPEND.union(CapabilitySet::NET_ADMIN).union(CapabilitySet::NET_RAW);

/// What of a mode is permissions.
const PERMISSIONS: u32 = 0o7777;

/// Another user, whom the daemon is to become.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewUser(Uid);

impl NewUser {
    /// The one that is wanted, if the daemon is not that already. Fails if it may not become that.
    pub(super) fn wanted(user: Option<u32>) -> Result<Option<Self>, RootError> {
        let Some(user) = user.map(Uid::from_raw).filter(|user| *user != geteuid()).map(Self) else { return Ok(None) };
        user.meanwhile(|| ())?;
        Ok(Some(user))
    }

    pub(super) fn id(self) -> u32 {
        self.0.as_raw()
    }

    /// Does something as that user, whose files are looked at and made by it.
    pub(super) fn meanwhile<T>(self, act: impl FnOnce() -> T) -> Result<T, RootError> {
        let before = geteuid();
        seteuid(self.0).map_err(|why| self.refused(why.into()))?;
        let done = act();
        seteuid(before).map_err(|why| self.refused(why.into()))?;
        Ok(done)
    }

    /// Gives that user a folder that this daemon, or one before it, has made as root with this mode, and what they keep
    /// in it. Any other folder stays whose it is: that is somebody's decision. Nobody but root can have changed what is
    /// in it.
    pub(super) fn inherits(self, path: &Path, mode: u32) -> io::Result<()> {
        let folder = match open_folder(path) {
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(()),
            opened => opened?,
        };
        let found = folder.metadata()?;
        if found.uid() != geteuid().as_raw() || found.mode() & PERMISSIONS != mode {
            return Ok(());
        }
        for entry in std::fs::read_dir(path)? {
            let name = entry?.file_name();
            let is_kept = |name: &str| name.starts_with(STATE_DB) || name.ends_with(".riltrace");
            if name.to_str().is_some_and(is_kept) {
                match fchownat(&folder, &*name, Some(self.0), None, AtFlags::AT_SYMLINK_NOFOLLOW) {
                    Ok(()) | Err(Errno::ENOENT) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        // The folder last: what was done so far is done again if this is as far as it comes.
        Ok(fchown(&folder, Some(self.0), None)?)
    }

    /// From now on the daemon is that user. `for_programs`: a program that it executes has its capabilities, too.
    pub(super) fn take_over(self, for_programs: bool) -> Result<(), RootError> {
        self.become_it(for_programs).map_err(|why| self.refused(why))
    }

    fn become_it(self, for_programs: bool) -> io::Result<()> {
        if std::fs::read_dir("/proc/self/task")?.count() > 1 {
            return Err(io::Error::other("there is more than one thread"));
        }
        let kept = KEPT & capabilities(None)?.permitted;
        set_keep_capabilities(true)?;
        setresuid(self.0, self.0, self.0)?;
        set_keep_capabilities(false)?;
        let inheritable = if for_programs { kept } else { CapabilitySet::empty() };
        set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable })?;
        for capability in inheritable.iter() {
            configure_capability_in_ambient_set(capability, true)?;
        }
        Ok(())
    }

    fn refused(self, source: io::Error) -> RootError {
        RootError::User { user: self.id(), source }
    }
}
