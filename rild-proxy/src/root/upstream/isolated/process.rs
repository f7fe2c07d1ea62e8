//! A process of an isolated library: how it is started, how its end is heard of, and that nothing of it is left.
//!
//! It is this executable again ([`crate::isolated`]), in a process group of its own. Its standard input is a socket to
//! us; what that carries is not looked at here.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net as std_net;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;
use vendor_shim::init_socket;

use super::super::connection::Connection;
use super::output::{Said, pass_on};
use crate::stderr::stderr;

/// This executable, also when another one has taken its place on the disk.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// How long a process that was told to end, or whose socket has ended, may take.
const GRACE: Duration = Duration::from_secs(2);

/// A process of the library.
pub(super) struct Running {
    process: Child,
    pub(super) exit: Exiting,
    pub(super) connection: Connection,
    said: Said,
    /// Records that are not whole yet.
    pub(super) input: Vec<u8>,
}

/// The command line of the library's process.
pub(super) fn library_host() -> Command {
    let mut command = Command::new(THIS_PROGRAM);
    command.arg0("rild-proxy").args([
        "--log",
        &LevelFilter::current().to_string(),
        "library-host",
        "--root",
        &std::process::id().to_string(),
    ]);
    command
}

impl Running {
    /// Goes with the command, which holds the end of the socket that is the process's.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        // Before there is a process, so that its end is not missed.
        let children = signal(SignalKind::child())?;
        let (ours, theirs) = std_net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        for variable in init_socket::keep_from_programs() {
            command.env_remove(variable);
        }
        let mut process = command
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // What a terminal says to our group is for us.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let said = Said::default();
        if let Some(output) = process.stdout.take() {
            said.attend(tokio::task::spawn_local(pass_on(output, Said::default(), stderr())));
        }
        if let Some(output) = process.stderr.take() {
            said.attend(tokio::task::spawn_local(pass_on(output, said.clone(), stderr())));
        }
        let exit = Exiting { process: id_of(&process), children, seen: false };
        Ok(Self { process, exit, connection: Connection::new(UnixStream::from_std(ours)?), said, input: Vec::new() })
    }

    /// Waits until the process has ended, and sees to it that it does, and all that it has started with it; how it
    /// ended.
    pub(super) async fn end(mut self) -> String {
        // One that does not end by itself is killed with the others.
        let _ = timeout(GRACE, self.exit.comes()).await;
        self.kill_group();
        let how = match timeout(GRACE, self.process.wait()).await {
            Ok(Ok(status)) => words(&status),
            Ok(Err(error)) => error.to_string(),
            // It waits for a device, and the kernel lets nobody end it meanwhile.
            Err(_) => "it cannot be killed".to_owned(),
        };
        match self.said.last_words(GRACE).await {
            Some(line) => format!("{how}: {line}"),
            None => how,
        }
    }

    /// Ends a process that does not do what it should. SIGABRT lets it say what it was doing.
    pub(super) async fn abort(self, why: &str) -> String {
        if let Some(id) = id_of(&self.process) {
            // It may have ended meanwhile.
            let _ = kill(id, Signal::SIGABRT);
        }
        format!("{why}; {}", self.end().await)
    }

    /// Kills the process and what it has started. Nobody else has its number as long as we have not asked for its
    /// status.
    fn kill_group(&self) {
        if let Some(id) = id_of(&self.process) {
            // It may have ended meanwhile.
            let _ = killpg(id, Signal::SIGKILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill_group();
    }
}

/// Of a process whose status nobody has asked for.
fn id_of(process: &Child) -> Option<Pid> {
    process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

/// The end of a process, of which its status is left to be asked for.
pub(super) struct Exiting {
    process: Option<Pid>,
    /// Comes when any of ours ends.
    children: tokio::signal::unix::Signal,
    /// It has come.
    seen: bool,
}

impl Exiting {
    /// Comes when it has ended.
    pub(super) async fn comes(&mut self) {
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        while !self.seen {
            self.children.recv().await;
            let alive = |process| matches!(waitid(Id::Pid(process), look), Ok(WaitStatus::StillAlive));
            self.seen = !self.process.is_some_and(alive);
        }
    }
}

/// How a process ended.
fn words(status: &ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(number)) => match Signal::try_from(number) {
            Ok(signal) => format!("signal {number} ({signal})"),
            Err(_) => format!("signal {number}"),
        },
        (None, None) => status.to_string(),
    }
}
