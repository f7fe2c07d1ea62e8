//! A root daemon and a number service that have a key in common: the real programs, in a folder and on loopback
//! addresses of their own.

// Each test file uses its own part of this module.
#![allow(dead_code)]

pub(crate) mod faults;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use rild_proxy_tests::binaries;
use rild_proxy_tests::peer::Peer;
use rild_proxy_tests::processes::{Process, Program};

use crate::sipp::{NUMBER, Net};

/// The number of "work"; that of "personal" is [`NUMBER`].
pub(crate) const WORK: &str = "+15550100002";
pub(crate) const SIM: &str = "+15550100099";
/// Where the service listens to devices.
pub(crate) const PORT: u16 = 5065;

/// A folder with the configurations of a root daemon and a service that have a key in common.
pub(crate) struct Scene {
    pub(crate) net: Net,
    folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(1, |_| String::new())
    }

    /// Root looks for the service at this host; `service` is more of the service's configuration.
    pub(crate) fn with(host: u8, service: impl Fn(&Self) -> String) -> Self {
        let scene = Self { net: Net::new(), folder: tempfile::tempdir().expect("a folder") };
        let key = scene.path("link.key");
        std::fs::write(&key, "5a".repeat(32)).expect("a file");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        let [bridge, caller, gateway, link] = [1, 2, 3, host].map(|host| scene.net.host(host));
        let root = format!(
            "[run]\ndir = '{}'\n[modem]\nlibrary = 'libril-sim.so'\nargs = ['--radio', 'on', '--control', '{}']\n\
             [bridge]\naddress = '{link}:{PORT}'\ndevice = 'phone-1'\nkey_file = '{}'\n\
             [[phone]]\nname = 'personal'\nnumber = '{NUMBER}'\ntag = 1\naccess = '{NUMBER}'\noutgoing = 'bridge'\n\
             [[phone]]\nname = 'work'\nnumber = '{WORK}'\ntag = 2\naccess = '{WORK}'\noutgoing = 'bridge'\n",
            scene.path("run").display(),
            scene.path("modem.sock").display(),
            key.display()
        );
        std::fs::write(scene.path("root.toml"), root).expect("a file");
        let more = service(&scene);
        let service = format!(
            "[store]\nsqlite = '{}'\n[admin]\nlisten = ''\n\
             [voice.sip]\nlisten = [{{ transport = 'udp', address = '{bridge}:5060' }}]\n\
             [[voice.peer]]\nname = 'caller'\naddress = '{caller}:5060'\ntransport = 'udp'\n\
             [[voice.peer]]\nname = 'gateway'\naddress = '{gateway}:5060'\ntransport = 'udp'\n\
             [voice.link]\nlisten = '{bridge}:{PORT}'\n\
             [[voice.device]]\nname = 'phone-1'\nsim = '{SIM}'\nkey = {{ file = '{}' }}\n\
             [voice.calls]\ntrunk = 'gateway'\ncountry = 1\nallowed = ['1555']\n{more}",
            scene.path("bridge.db").display(),
            key.display()
        );
        std::fs::write(scene.path("bridge.toml"), service).expect("a file");
        let numbers = |arguments: &[&str]| {
            let mut command = Command::new(binaries::voip_bridge());
            let config = scene.path("bridge.toml");
            let output =
                command.arg("numbers").args(arguments).arg("--config").arg(config).output().expect("a program");
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        numbers(&["add", NUMBER, WORK]);
        for (number, phone, tag) in [(NUMBER, "personal", "1"), (WORK, "work", "2")] {
            let unavailable = ["--unavailable", "reject"];
            numbers(&[&["assign", number, "--sim", SIM, "--phone", phone, "--tag", tag][..], &unavailable].concat());
        }
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn start_root(&self) -> Process {
        let root = Program::new(binaries::rild_proxy()).arg("root").arg("--config").arg(self.path("root.toml"));
        let root = root.variable("NO_COLOR", "1").start("root");
        root.wait_for(0, "ready");
        root
    }

    /// A second device with the name and key of the first.
    pub(crate) fn start_twin(&self) -> Process {
        let config = std::fs::read_to_string(self.path("root.toml")).expect("a file");
        let [run, modem] = ["run", "modem.sock"].map(|name| self.path(name).display().to_string());
        let config = config.replace(&run, &format!("{run}2")).replace(&modem, &format!("{modem}2"));
        std::fs::write(self.path("twin.toml"), config).expect("a file");
        let root = Program::new(binaries::rild_proxy()).arg("root").arg("--config").arg(self.path("twin.toml"));
        let root = root.variable("NO_COLOR", "1").start("the other root");
        root.wait_for(0, "ready");
        root
    }

    pub(crate) fn start_service(&self) -> Process {
        let service = Program::new(binaries::voip_bridge()).arg("--log").arg("debug").arg("serve");
        service.arg("--config").arg(self.path("bridge.toml")).variable("NO_COLOR", "1").start("voip-bridge")
    }

    /// A client of a phone that was greeted.
    pub(crate) fn client(&self, phone: &str) -> Peer {
        Peer::greeted(&self.path(&format!("run/phones/{phone}.sock")))
    }

    /// The proxy RilD of a phone, which stays when root goes, and where its client connects.
    pub(crate) fn start_proxy(&self, phone: &str) -> (Process, PathBuf) {
        let (root, own) = (self.path(&format!("run/phones/{phone}.sock")), self.path(&format!("{phone}.rild")));
        let proxy = Program::new(binaries::rild_proxy()).arg("phone").arg("--root").arg(root).arg("--listen").arg(&own);
        let proxy = proxy.variable("NO_COLOR", "1").start(&format!("the proxy of {phone}"));
        proxy.wait_for(0, "ready for a client");
        (proxy, own)
    }

    /// What `rilctl status` says of the service.
    pub(crate) fn status(&self) -> String {
        let mut command = Command::new(binaries::rilctl());
        let output =
            command.arg("--control").arg(self.path("run/control.sock")).arg("status").output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("number service"));
        line.unwrap_or_else(|| panic!("nothing of a number service: {text}")).trim().to_owned()
    }
}
