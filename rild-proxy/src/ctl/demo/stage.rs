//! The processes of the demo: a root daemon with the simulated modem and a proxy RilD for each phone, in a folder of
//! their own. All of it is gone when the stage is dropped.

use std::path::PathBuf;
use std::time::Duration;

use super::super::error::CtlError;
use super::super::modem::say::{Console, ask};
use super::super::root::OwnRoot;
use super::actors::{Phone, Wrong};
use crate::config::run_files::MODEM_SOCKET;
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
    root: OwnRoot,
}

impl Stage {
    /// Starts everything and waits until it serves.
    pub(super) fn set() -> Result<Self, CtlError> {
        let mut stage = Self { root: OwnRoot::start("demo", |folder| CONFIGURATION.replace("DIR", folder))? };
        for phone in PHONES {
            let listen = stage.rild_socket(phone);
            stage.root.start_phone(phone, &listen, &[])?;
        }
        Ok(stage)
    }

    /// A client of a phone's rild socket.
    pub(super) fn phone(&self, name: &'static str) -> Result<Phone, CtlError> {
        Phone::connect(name, &self.rild_socket(name))
            .map_err(|wrong| CtlError::Unavailable(self.root.with_log(&format!("{name}: {wrong}"))))
    }

    /// A line to the modem's console, and its answer.
    pub(super) fn modem(&self, line: &str) -> Result<Vec<String>, Wrong> {
        let console = Console { socket: &self.root.path(MODEM_SOCKET), sim: 1 };
        ask(console, line, Duration::from_secs(5)).map_err(Wrong::from)
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
        let mut control = ControlClient::connect(&self.root.control_socket()).map_err(Wrong::new)?;
        match control.ask(Ask::Foreground(SetForeground { name: phone.to_owned() })).map_err(Wrong::new)? {
            Answer::Foreground(_) => Ok(()),
            other => Err(Wrong::new(format!("{other:?}"))),
        }
    }

    pub(super) fn kill_root(&mut self) -> Result<(), Wrong> {
        self.root.kill().map_err(Wrong::new)
    }

    pub(super) fn start_root(&mut self) -> Result<(), Wrong> {
        self.root.restart().map_err(Wrong::new)
    }

    fn rild_socket(&self, name: &str) -> PathBuf {
        self.root.path(&format!("{name}-rild"))
    }
}
