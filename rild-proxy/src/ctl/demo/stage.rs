//! The processes of the demo: a root daemon with the simulated modem and a proxy RilD for each phone, in a folder of
//! their own. All of it is gone when the stage is dropped.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::super::error::CtlError;
use super::super::modem;
use super::actors::{Phone, Wrong, until};
use crate::control::SetForeground;
use crate::control::client::ControlClient;
use crate::control::reply::Answer;
use crate::control::request::Ask;

const PHONES: [&str; 2] = ["personal", "work"];

/// What the two phones are. The tags are what the number service would append to callers' numbers.
const CONFIGURATION: &str = r#"
[run]
dir = "DIR"

[modem]
library = "libril-sim.so"
args = ["--control", "DIR/modem.sock"]

[[phone]]
name = "personal"
privileged = true
number = "+15550100001"
tag = 1

[[phone]]
name = "work"
number = "+15550100002"
tag = 2
"#;

pub(super) struct Stage {
    folder: PathBuf,
    root: Child,
    proxies: Vec<Child>,
}

impl Stage {
    /// Starts everything and waits until it serves.
    pub(super) fn set() -> Result<Self, CtlError> {
        let folder = std::env::temp_dir().join(format!("rilctl-demo-{}", std::process::id()));
        let unavailable = |what: &str, why: std::io::Error| CtlError::Unavailable(format!("{what}: {why}"));
        std::fs::create_dir(&folder).map_err(|why| unavailable(&folder.to_string_lossy(), why))?;
        let configuration = CONFIGURATION.replace("DIR", &folder.to_string_lossy());
        let file = folder.join("root.toml");
        std::fs::File::create(&file)
            .and_then(|mut file| file.write_all(configuration.as_bytes()))
            .map_err(|why| unavailable(&file.to_string_lossy(), why))?;
        let start = |arguments: &[&str]| rild_proxy(&folder, arguments);
        let root = start(&["root", "--config", &file.to_string_lossy()]).map_err(|why| unavailable("root", why))?;
        let mut stage = Self { folder: folder.clone(), root, proxies: Vec::new() };
        for phone in PHONES {
            let (above, below) = (stage.phone_socket(phone), stage.rild_socket(phone));
            let arguments = ["phone", "--root", &above.to_string_lossy(), "--listen", &below.to_string_lossy()];
            stage.proxies.push(rild_proxy(&stage.folder, &arguments).map_err(|why| unavailable("phone", why))?);
        }
        stage
            .wait_for_root()
            .map_err(|wrong| CtlError::Unavailable(format!("the root daemon: {wrong}{}", stage.log())))?;
        Ok(stage)
    }

    /// A client of a phone's rild socket.
    pub(super) fn phone(&self, name: &'static str) -> Result<Phone, CtlError> {
        Phone::connect(name, &self.rild_socket(name))
            .map_err(|wrong| CtlError::Unavailable(format!("{name}: {wrong}{}", self.log())))
    }

    /// A line to the modem's console, and its answer.
    pub(super) fn modem(&self, line: &str) -> Result<Vec<String>, Wrong> {
        modem::ask(&self.folder.join("modem.sock"), line, Duration::from_secs(5)).map_err(Wrong::from)
    }

    pub(super) fn network_has_sms(&self, to: &str, text: &str) -> Result<(), Wrong> {
        let sent = self.modem("sms list")?;
        let found = sent.iter().any(|line| line.contains(to) && line.contains(text));
        if found { Ok(()) } else { Err(Wrong::new(format!("the network has {sent:?}"))) }
    }

    pub(super) fn modem_is_idle(&self, last: &mut Phone) -> Result<(), Wrong> {
        last.wait_for_no_call()?;
        let calls = self.modem("calls")?;
        if calls.is_empty() { Ok(()) } else { Err(Wrong::new(format!("the modem has {calls:?}"))) }
    }

    pub(super) fn foreground(&self, phone: &str) -> Result<(), Wrong> {
        let mut control = ControlClient::connect(&self.control_socket()).map_err(Wrong::new)?;
        match control.ask(Ask::Foreground(SetForeground { name: phone.to_owned() })).map_err(Wrong::new)? {
            Answer::Foreground(_) => Ok(()),
            other => Err(Wrong::new(format!("{other:?}"))),
        }
    }

    pub(super) fn kill_root(&mut self) -> Result<(), Wrong> {
        self.root.kill().and_then(|()| self.root.wait()).map_err(Wrong::new).map(drop)
    }

    pub(super) fn start_root(&mut self) -> Result<(), Wrong> {
        let file = self.folder.join("root.toml");
        self.root = rild_proxy(&self.folder, &["root", "--config", &file.to_string_lossy()]).map_err(Wrong::new)?;
        self.wait_for_root()
    }

    fn wait_for_root(&mut self) -> Result<(), Wrong> {
        until("it does not answer on its control socket", || {
            if let Ok(Some(status)) = self.root.try_wait() {
                return Err(Wrong::new(format!("it ended with {status}")));
            }
            Ok(ControlClient::connect(&self.control_socket()).is_ok())
        })
    }

    fn control_socket(&self) -> PathBuf {
        self.folder.join("control.sock")
    }

    fn phone_socket(&self, name: &str) -> PathBuf {
        self.folder.join("phones").join(format!("{name}.sock"))
    }

    fn rild_socket(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-rild"))
    }

    /// What the daemons logged, for a message about what went wrong.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        if log.is_empty() { String::new() } else { format!("; the daemons say:\n{log}") }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for child in self.proxies.iter_mut().chain([&mut self.root]) {
            // It may be gone already; then there is nothing to do.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts `rild-proxy`: this executable under that name, so that the demo needs no other.
fn rild_proxy(folder: &std::path::Path, arguments: &[&str]) -> std::io::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    Command::new(std::env::current_exe()?)
        .arg0("rild-proxy")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
}
