//! What a root keeps in its folder, `run.dir`: the names of its sockets and files.
//!
//! Scripts and mounts go by these names.

use std::path::{Path, PathBuf};

use super::Run;

/// The folder, unless the configuration names another.
pub(super) const DEFAULT_DIR: &str = "/run/rild-proxy";
/// The socket of `rilctl` in that.
pub const DEFAULT_CONTROL: &str = "/run/rild-proxy/control.sock";

/// What the name of the database begins with, and those of the files beside it.
pub const STATE_DB: &str = "state.db";

/// The console of a simulated modem that `rilctl` starts or speaks to.
pub const MODEM_SOCKET: &str = "modem.sock";

/// Where the line of a SIM has its files, its number counted from 1: the first in the folder itself.
pub fn line_folder(dir: &Path, sim: u8) -> PathBuf {
    if sim <= 1 { dir.to_owned() } else { dir.join(format!("sim{sim}")) }
}

/// The socket of `rilctl`.
pub fn control_socket(dir: &Path) -> PathBuf {
    dir.join("control.sock")
}

/// The folder of the phones' sockets.
pub fn phones(dir: &Path) -> PathBuf {
    dir.join("phones")
}

/// The socket of the phone of this name.
pub fn phone_socket(dir: &Path, name: &str) -> PathBuf {
    phones(dir).join(format!("{name}.sock"))
}

/// The socket for the SIM Access Profile of the phone of this name, which is no phone's own: no name has a dot in it.
pub fn sap_socket(dir: &Path, name: &str) -> PathBuf {
    phones(dir).join(format!("{name}.sap.sock"))
}

/// The database of messages and settings that survive a restart.
pub fn state_db(dir: &Path) -> PathBuf {
    dir.join(STATE_DB)
}

/// The folder of the ring of traces, unless the configuration names another.
pub(super) fn traces(dir: &Path) -> PathBuf {
    dir.join("trace")
}

impl Run {
    /// The socket of `rilctl`.
    pub fn control_socket(&self) -> PathBuf {
        control_socket(&self.dir)
    }

    /// The socket of the phone of this name.
    pub fn phone_socket(&self, name: &str) -> PathBuf {
        phone_socket(&self.dir, name)
    }

    /// The socket for the SIM Access Profile of the phone of this name.
    pub fn sap_socket(&self, name: &str) -> PathBuf {
        sap_socket(&self.dir, name)
    }

    /// The database of messages and settings that survive a restart.
    pub fn state_db(&self) -> PathBuf {
        state_db(&self.dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rilctl_looks_where_the_daemon_is_by_default() {
        assert_eq!(Run::default().control_socket(), Path::new(DEFAULT_CONTROL));
    }
}
