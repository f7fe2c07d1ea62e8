//! A root daemon for one test: the real program, its own folder, and all that it says.
//!
//! The program is taken from the target folder of the test, and built first when it is missing or older than its
//! sources. What waits here, waits for an event and for no longer than [`PATIENCE`]; everything panics with the log of
//! the program when that does not come. All of it is gone when it is dropped.

use std::ffi::OsStr;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open};
use tempfile::TempDir;

use rild_proxy::config::line_folder;
use rild_proxy::control::client::ControlClient;
use rild_proxy::control::reply::Answer;
use rild_proxy::control::request::Ask;
use rild_proxy::control::{GetStatus, ModemSide};

use crate::binaries::program;
use crate::journal::{Journal, PATIENCE};
use crate::peer::Peer;

/// A root daemon that serves, in a folder of its own.
#[derive(Debug)]
pub struct Root {
    process: Daemon,
    folder: TempDir,
}

impl Root {
    /// Starts `rild-proxy root` with this configuration, `[run]` excepted, and waits until it serves.
    pub fn start(config: &str) -> Self {
        Self::start_with(config, &[])
    }

    /// Starts it with these variables in its environment.
    pub fn start_with(config: &str, variables: &[(&str, &str)]) -> Self {
        let (process, folder) = launch(config, variables);
        process.log.wait_for(&[" ready "]);
        Self { process, folder }
    }

    /// Starts it with a configuration with which it cannot serve; how it ended, and what it said.
    pub fn fails(config: &str) -> (ExitStatus, String) {
        let (mut process, _folder) = launch(config, &[]);
        let status = process.wait();
        (status, process.log.text())
    }

    /// What it has said.
    pub fn log(&self) -> &Log {
        &self.process.log
    }

    /// Waits until it ends.
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        kill(Pid::from_raw(self.id().cast_signed()), Signal::SIGTERM).expect("it is our child");
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.process.child.kill().expect("it is our child");
        self.process.wait();
    }

    /// Starts it again, with the same configuration in the same folder, and waits until it serves.
    pub fn start_again(&mut self) {
        self.process = serve(&self.folder, &[]);
        self.process.log.wait_for(&[" ready "]);
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The processes that it has started and that run.
    pub fn children(&self) -> Vec<i32> {
        processes().filter(|(_, parent, _)| *parent == self.id().cast_signed()).map(|(id, ..)| id).collect()
    }

    /// The process of its isolated library, which is the only one that it has started.
    pub fn library(&self) -> Pid {
        let [library] = self.children()[..] else { panic!("it has one child: {:?}", self.children()) };
        Pid::from_raw(library)
    }

    /// Kills the process of its isolated library.
    pub fn kill_library(&self) {
        kill(self.library(), Signal::SIGKILL).expect("it is there");
    }

    /// What the operator of one of several SIMs, counted from 1, is answered.
    pub fn ask_on(&self, sim: u8, ask: Ask) -> Answer {
        let socket = line_folder(self.folder.path(), sim).join("control.sock");
        let mut control = ControlClient::connect(&socket).expect("root has a control socket");
        control.ask(ask).expect("root answers")
    }

    /// How its modem fares.
    pub fn modem_side(&self) -> ModemSide {
        self.modem_side_on(1)
    }

    /// How the modem side of one of several SIMs fares.
    pub fn modem_side_on(&self, sim: u8) -> ModemSide {
        match self.ask_on(sim, Ask::Status(GetStatus {})) {
            Answer::Status(status) => status.modem_side.expect("there is a modem side"),
            other => panic!("{other:?}"),
        }
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The socket of a phone.
    pub fn socket(&self, phone: &str) -> PathBuf {
        self.path(&format!("phones/{phone}.sock"))
    }

    /// The socket of a phone on one of several SIMs, counted from 1.
    pub fn socket_on(&self, sim: u8, phone: &str) -> PathBuf {
        line_folder(self.folder.path(), sim).join(format!("phones/{phone}.sock"))
    }

    /// A client of a phone that was greeted.
    pub fn client(&self, phone: &str) -> Peer {
        Peer::greeted(&self.socket(phone))
    }

    /// A client of a phone on one of several SIMs that was greeted.
    pub fn client_on(&self, sim: u8, phone: &str) -> Peer {
        Peer::greeted(&self.socket_on(sim, phone))
    }
}

/// All processes that have not ended: their ids, those of their parents, and their states.
fn processes() -> impl Iterator<Item = (i32, i32, char)> {
    let entries = std::fs::read_dir("/proc").expect("there is a /proc");
    let stats = entries.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    // The name, in brackets, may have anything in it.
    let read = |stat: String| {
        let (id, rest) = (stat.split(' ').next()?.parse().ok()?, stat.rsplit_once(") ")?.1);
        let mut words = rest.split(' ');
        Some((words.next()?.chars().next()?, words.next()?.parse().ok()?)).map(|(state, parent)| (id, parent, state))
    };
    stats.filter_map(read).filter(|(.., state)| *state != 'Z')
}

/// Waits until this process has ended, whoever's child it is.
pub fn expect_no_process(id: Pid) {
    let id = rustix::process::Pid::from_raw(id.as_raw()).expect("it is the id of a process");
    let process = match pidfd_open(id, PidfdFlags::empty()) {
        // It has, and its parent knows.
        Err(rustix::io::Errno::SRCH) => return,
        process => process.expect("the kernel shows processes"),
    };
    let patience = PollTimeout::try_from(PATIENCE).expect("patience is not that long");
    let ended = poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], patience);
    assert_eq!(ended, Ok(1), "process {id:?} goes on");
}

/// The proxy RilD of a phone.
#[derive(Debug)]
pub struct Proxy {
    process: Daemon,
    socket: PathBuf,
}

impl Proxy {
    /// Starts `rild-proxy phone` for a phone of this root, and waits until it takes clients.
    pub fn start(root: &Root, phone: &str) -> Self {
        Self::between(&root.socket(phone), root.path(&format!("{phone}.rild")))
    }

    /// Starts one between these two sockets.
    pub fn between(above: &Path, socket: PathBuf) -> Self {
        let args: [&OsStr; 5] =
            ["phone".as_ref(), "--root".as_ref(), above.as_ref(), "--listen".as_ref(), socket.as_ref()];
        let process = Daemon::start(program("rild-proxy"), args);
        process.log.wait_for(&["ready for a client"]);
        Self { process, socket }
    }

    /// The socket on which it serves clients.
    pub fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    /// A client that was greeted.
    pub fn client(&self) -> Peer {
        Peer::greeted(&self.socket)
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }
}

fn launch(config: &str, variables: &[(&str, &str)]) -> (Daemon, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    // Other users have to get as far as the sockets.
    let through = std::fs::Permissions::from_mode(0o711);
    std::fs::set_permissions(folder.path(), through).expect("the folder is ours");
    let file = folder.path().join("root.toml");
    let dir = folder.path().display();
    std::fs::write(&file, format!("[run]\ndir = '{dir}'\n{config}")).expect("the configuration can be written");
    (serve(&folder, variables), folder)
}

/// Starts the program on the configuration in this folder.
fn serve(folder: &TempDir, variables: &[(&str, &str)]) -> Daemon {
    let file = folder.path().join("root.toml");
    let mut command = Command::new(program("rild-proxy"));
    command.args([OsStr::new("root"), "--config".as_ref(), file.as_ref()]).envs(variables.iter().copied());
    Daemon::launch(command)
}

/// A running program, and what it says on standard error. It is our child, and ends when this is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: Arc<Log>,
}

impl Daemon {
    /// Starts a program.
    pub fn start(program: impl AsRef<OsStr>, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut command = Command::new(program);
        command.args(args);
        Self::launch(command)
    }

    fn launch(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let log = Arc::new(Log::default());
        let (stderr, to) = (child.stderr.take().expect("standard error is a pipe"), Arc::clone(&log));
        std::thread::spawn(move || to.read(stderr));
        Self { child, log }
    }

    /// What it has said.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends.
    pub fn wait(&mut self) -> ExitStatus {
        self.log.wait_for_end();
        self.child.wait().expect("it is our child")
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is as good.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a program says, line by line.
#[derive(Debug, Default)]
pub struct Log(Journal<String>);

impl Log {
    /// Waits for a line that has all these words in it; the first such line.
    pub fn wait_for(&self, words: &[&str]) -> String {
        let found = self.0.wait_for(0, |line| has_all(line, words).then(|| line.clone()));
        found.unwrap_or_else(|| panic!("there is no line with {words:?} in\n{}", self.text()))
    }

    /// How many lines so far have all these words in them.
    pub fn count(&self, words: &[&str]) -> usize {
        self.0.read(0, |lines| lines.iter().filter(|line| has_all(line, words)).count())
    }

    /// All of it.
    pub fn text(&self) -> String {
        self.0.read(0, |lines| lines.join("\n"))
    }

    /// The last line.
    pub fn last_line(&self) -> String {
        self.0.read(0, |lines| lines.last().cloned().unwrap_or_default())
    }

    fn wait_for_end(&self) {
        assert!(self.0.wait_for_close(), "it does not end; it said\n{}", self.text());
    }

    fn read(&self, from: impl Read) {
        self.0.add_lines(from);
        self.0.close();
    }
}

fn has_all(line: &str, words: &[&str]) -> bool {
    words.iter().all(|word| line.contains(word))
}
