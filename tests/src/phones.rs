//! Two phones on one modem: `rild-proxy root` with the simulated modem, and an oFono for each phone.
//!
//! "personal" has the screen at first and may change what both share; it is reached by way of `rild-proxy phone`.
//! "work" is served by root directly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use crate::binaries;
use crate::modem::Console;
use crate::ofono::{OFono, RADIO_USER};
use crate::processes::{Process, Program};

/// The whole arrangement.
#[derive(Debug)]
pub struct Phones {
    /// The phone of the first table of the configuration.
    pub personal: OFono,
    /// The other one.
    pub work: OFono,
    /// What the network does.
    pub modem: Console,
    /// The proxy RilD of "personal".
    _proxy: Process,
    root: Process,
    /// Goes last: all the sockets are in here.
    folder: TempDir,
}

impl Phones {
    /// Starts everything, and waits until both phones are registered.
    ///
    /// # Panics
    /// When it does not come to that.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for name in ["personal", "work"] {
            OFono::make_folders(&folder.path().join(name));
        }
        fs::write(folder.path().join("root.toml"), configuration(folder.path())).expect("a file can be written");
        let root = start_root(folder.path());
        let proxy = start_proxy(folder.path());
        let modem = Console::connect(&folder.path().join("modem.sock"));
        let start = |name| OFono::start(&folder.path().join(name), name);
        let (personal, work) = thread::scope(|scope| {
            let work = scope.spawn(|| start("work"));
            let personal = start("personal");
            (personal, work.join())
        });
        let Ok(work) = work else { panic!("work's oFono did not start") };
        let phones = Self { personal, work, modem, _proxy: proxy, root, folder };
        phones.personal.go_online();
        phones.work.go_online();
        phones
    }

    /// A file of this name beside root's configuration.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What root says.
    pub fn root(&self) -> &Process {
        &self.root
    }

    /// Where root listens to operators.
    pub fn control(&self) -> PathBuf {
        self.folder.path().join("run/control.sock")
    }

    /// Where the journals of signals of "personal" and "work" are.
    pub fn signals(&self) -> (usize, usize) {
        (self.personal.bus().signals().len(), self.work.bus().signals().len())
    }

    /// Where the logs of "personal" and "work" are.
    pub fn logs(&self) -> (usize, usize) {
        (self.personal.log().said().len(), self.work.log().said().len())
    }

    /// Gives a phone the screen, as an operator does.
    ///
    /// # Panics
    /// When that is refused.
    pub fn bring_forward(&self, phone: &str) {
        let mut rilctl = Command::new(binaries::rilctl());
        rilctl.arg("--control").arg(self.control()).args(["foreground", phone]);
        let output = rilctl.output().unwrap_or_else(|error| panic!("rilctl: {error}"));
        assert!(output.status.success(), "rilctl: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Ends root with a signal and starts it anew.
    ///
    /// # Panics
    /// When it does not come up again.
    pub fn restart_root(&mut self, signal: &str) {
        self.root.end(signal);
        self.root = start_root(self.folder.path());
        self.modem = Console::connect(&self.folder.path().join("modem.sock"));
    }
}

fn start_root(folder: &Path) -> Process {
    let root = Program::new(binaries::rild_proxy())
        .arg("--log")
        .arg("debug")
        .arg("root")
        .arg("--config")
        .arg(folder.join("root.toml"))
        .start("root");
    root.wait_for(0, "ready");
    root
}

fn start_proxy(folder: &Path) -> Process {
    let phone = folder.join("personal/sockets/rild");
    let proxy = Program::new(binaries::rild_proxy())
        .arg("--log")
        .arg("debug")
        .arg("phone")
        .arg("--root")
        .arg(folder.join("run/phones/personal.sock"))
        .arg("--listen")
        .arg(&phone)
        // Whoever passes the mode has to be the radio user as well.
        .arg("--mode")
        .arg("666")
        .arg("--uid")
        .arg(RADIO_USER.to_string())
        .start("personal's proxy RilD");
    proxy.wait_for(0, "ready for a client");
    proxy
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"[run]
dir = "{folder}/run"

[trace]
ring = 16

[modem]
library = "libril-sim.so"
args = ["--control", "{folder}/modem.sock", "--radio", "on"]

[[phone]]
name = "personal"
privileged = true
number = "+15550100001"
tag = 1

[[phone]]
name = "work"
socket = "{folder}/work/sockets/rild"
uid = {RADIO_USER}
number = "+15550100002"
tag = 2
"#
    )
}
