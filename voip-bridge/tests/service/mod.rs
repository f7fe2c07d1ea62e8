//! The program itself with a configuration of its own, for tests.

// Each test file uses its own part of this module.
#![allow(dead_code)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "a token that nobody guesses";

/// A folder with a configuration that names an SQLite file and a token in it, and has `more` at the end.
pub(crate) fn configured(more: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("bridge.toml");
    std::fs::write(folder.path().join("token"), TOKEN).unwrap();
    let text = format!(
        "[store]\nsqlite = '{0}/bridge.db'\n\n[admin]\nlisten = '127.0.0.1:0'\ntoken_file = '{0}/token'\n\n{more}",
        folder.path().display()
    );
    std::fs::write(&config, text).unwrap();
    (folder, config)
}

/// `voip-bridge serve`, killed when dropped.
pub(crate) struct Service {
    child: Child,
    /// Where its page is, as in `127.0.0.1:40123`.
    pub(crate) address: String,
}

impl Service {
    /// Returns when the page is served.
    pub(crate) fn start(config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_voip-bridge"))
            .args(["serve", "--config"])
            .arg(config)
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let address = log.find_map(|line| Some(line.split_once("address=")?.1.trim().to_owned()));
        // Somebody has to read the rest, or the service would wait for it.
        std::thread::spawn(move || log.for_each(|line| eprintln!("{line}")));
        Self { child, address: address.expect("the service serves its page") }
    }

    /// SIGTERM, and the exit code that it leads to.
    pub(crate) fn stop(mut self) -> Option<i32> {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
