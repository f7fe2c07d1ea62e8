//! A vendor library in a process of its own, which is watched and started again.
//!
//! The library's process is this executable again ([`crate::isolated`]). Its end, however it comes, is told to the
//! router as the end of the modem side, which answers what is open and goes on when there is another one. The first
//! start is special in one way: a library that cannot be loaded then is a mistake that somebody has to know of, and the
//! daemon ends as it would with a library in its own process. One that crashes meanwhile is only started again.
//!
//! What ended it is told from the process's exit status and the one line that it writes when it crashes
//! (`vendor_shim`), which has neither numbers nor texts in it.

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net as std_net;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ril_protocol::RequestCode;
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;
use vendor_shim::host::HostStats;

use super::super::core::{self, SharedCore};
use super::connection::Connection;
use super::library::lane;
use super::life::{Life, Living};
use super::output::{Said, pass_on};
use super::watch::{Due, Watch};
use super::{ModemError, Upstream, View};
use crate::deadline::until;
use crate::isolated::wire::{FromChild, Garbled, Start, ToChild};
use crate::router::Flow;

/// This executable, also when another one has taken its place on the disk.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// How long a process that was told to end, or whose socket has ended, may take.
const GRACE: Duration = Duration::from_secs(2);

/// What the core talks to.
#[derive(Clone)]
pub(super) struct Isolated(Rc<RefCell<Shared>>);

struct Shared {
    life: Life,
    connection: Option<Connection>,
    /// Whole frames that the core has not taken.
    inbox: Vec<u8>,
    description: String,
    faults: HostStats,
    watch: Watch,
    /// The watch has a deadline that it had not.
    watched: Rc<Notify>,
    /// Something was put that is not written yet.
    put: bool,
}

/// Looks after the process.
pub(in crate::root) struct Supervisor {
    start: Box<Start>,
    shared: Rc<RefCell<Shared>>,
    /// One that has come up and was not served from yet.
    running: Option<Running>,
}

/// A process of the library.
struct Running {
    process: Child,
    connection: Connection,
    said: Said,
    /// Records that are not whole yet.
    input: Vec<u8>,
}

/// Why a process did not come up.
enum NotUp {
    /// The library would not start.
    Refused(String),
    /// The process ended, or would not come about.
    Ended(String),
}

/// Both halves. Nothing is started yet.
pub(super) fn isolate(start: Box<Start>) -> (Isolated, Supervisor) {
    let limit = hang_limit(&start);
    let shared = Rc::new(RefCell::new(Shared {
        life: Life::new("isolated library"),
        connection: None,
        inbox: Vec::new(),
        description: String::new(),
        faults: HostStats::default(),
        watch: Watch::new(limit),
        watched: Rc::new(Notify::new()),
        put: false,
    }));
    let supervisor = Supervisor { start, shared: Rc::clone(&shared), running: None };
    (Isolated(shared), supervisor)
}

impl Supervisor {
    /// Starts the library for the first time. Returns when it is up, or when it has ended and will be started again.
    pub(super) async fn bring_up(&mut self, core: &SharedCore) -> Result<(), ModemError> {
        match self.start().await {
            Ok(running) => {
                self.up(core);
                self.running = Some(running);
                Ok(())
            }
            Err(NotUp::Refused(why)) => Err(ModemError::Refused(why)),
            Err(NotUp::Ended(why)) => {
                super::life::ended(core, self, &why).await;
                Ok(())
            }
        }
    }

    fn up(&self, core: &SharedCore) {
        self.shared.borrow_mut().life.begins(core::now());
        core.borrow_mut().modem_up();
    }

    /// Starts a process, and waits until its library runs.
    async fn start(&self) -> Result<Running, NotUp> {
        let mut running = Running::start().map_err(|error| NotUp::Ended(format!("its process: {error}")))?;
        running.connection.put(|out| ToChild::Start(self.start.clone()).put(out));
        running.connection.write();
        let limit = hang_limit(&self.start).map(|limit| core::now() + limit);
        loop {
            let heard = tokio::select! {
                heard = self.hear(&running.connection, &mut running.input) => heard,
                () = until(limit) => {
                    let why = format!("a hang: it has not started within {} s", self.start.modem.hang_after);
                    return Err(NotUp::Ended(running.abort(&why).await));
                }
            };
            match heard {
                Heard::Started => {
                    let mut shared = self.shared.borrow_mut();
                    shared.watch.begin_anew();
                    shared.connection = Some(running.connection.clone());
                    return Ok(running);
                }
                Heard::Refused(why) => return Err(NotUp::Refused(why)),
                Heard::More => {}
                Heard::End => return Err(NotUp::Ended(running.end().await)),
                Heard::Garbled(why) => return Err(NotUp::Ended(running.abort(&why.to_string()).await)),
            }
        }
    }

    /// Takes in what the process says next.
    async fn hear(&self, connection: &Connection, input: &mut Vec<u8>) -> Heard {
        match connection.read(input).await {
            Ok(1..) => self.shared.borrow_mut().take_in(input),
            Ok(0) | Err(_) => Heard::End,
        }
    }

    /// Serves the core until the process ends; why it did.
    async fn serve(&self, core: &SharedCore, mut running: Running) -> String {
        loop {
            let (deadline, watched) = {
                let shared = self.shared.borrow();
                (shared.watch.deadline(), Rc::clone(&shared.watched))
            };
            let heard = tokio::select! {
                heard = self.hear(&running.connection, &mut running.input) => heard,
                _ = running.process.wait() => {
                    // What it said last counts.
                    while matches!(running.connection.read_now(&mut running.input), Ok(1..)) {}
                    self.shared.borrow_mut().take_in(&mut running.input);
                    Heard::End
                }
                () = watched.notified() => continue,
                () = until(deadline) => {
                    let due = self.shared.borrow_mut().watch.due(core::now());
                    match due {
                        Due::Nothing => {}
                        Due::Ask => {
                            running.connection.put(|out| ToChild::Ask.put(out));
                            running.connection.write();
                        }
                        Due::Hangs(why) => return running.abort(&why).await,
                    }
                    continue;
                }
            };
            core.borrow_mut().modem_says();
            // It may say more than we can hear: phones, deadlines and signals have their turn.
            yield_now().await;
            match heard {
                Heard::More => {}
                Heard::End => return running.end().await,
                Heard::Garbled(why) => return running.abort(&why.to_string()).await,
                Heard::Started | Heard::Refused(_) => return running.abort("it says twice that it has started").await,
            }
        }
    }
}

impl Living for Supervisor {
    fn life<T>(&self, look: impl FnOnce(&mut Life) -> T) -> T {
        look(&mut self.shared.borrow_mut().life)
    }

    async fn live(&mut self, core: &SharedCore) -> String {
        let running = match self.running.take() {
            Some(running) => running,
            None => match self.start().await {
                Ok(running) => {
                    self.up(core);
                    running
                }
                Err(NotUp::Refused(why)) => return format!("it could not be started: {why}"),
                Err(NotUp::Ended(why)) => return why,
            },
        };
        let why = self.serve(core, running).await;
        let mut shared = self.shared.borrow_mut();
        shared.connection = None;
        shared.inbox.clear();
        why
    }
}

/// After how long a library hangs, if it is watched.
fn hang_limit(start: &Start) -> Option<Duration> {
    (start.modem.hang_after > 0).then(|| Duration::from_secs(start.modem.hang_after.into()))
}

/// What a process has said.
enum Heard {
    Started,
    Refused(String),
    /// Frames, or nothing that is whole.
    More,
    End,
    Garbled(Garbled),
}

impl Shared {
    /// Takes the whole records off the beginning.
    fn take_in(&mut self, input: &mut Vec<u8>) -> Heard {
        let (mut used, mut started) = (0, false);
        let heard = loop {
            match FromChild::split(&input[used..]) {
                Ok(Some((record, taken))) => {
                    used += taken;
                    match record {
                        FromChild::Frame(body) => {
                            // A record holds no more than a frame.
                            self.inbox.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
                            self.inbox.extend_from_slice(body);
                        }
                        FromChild::State(state) => {
                            self.faults = state.faults();
                            self.watch.answered(core::now(), state.turn);
                        }
                        FromChild::Started(description) => {
                            self.description = description;
                            started = true;
                        }
                        FromChild::Refused(why) => break Heard::Refused(why),
                    }
                }
                Ok(None) => break if started { Heard::Started } else { Heard::More },
                Err(garbled) => break Heard::Garbled(garbled),
            }
        };
        input.drain(..used);
        heard
    }
}

impl Running {
    fn start() -> io::Result<Self> {
        let (ours, theirs) = std_net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut process = Command::new(THIS_PROGRAM)
            .arg0("rild-proxy")
            .args(["--log", &LevelFilter::current().to_string(), "library-host"])
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // What a terminal says to our group is for us.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let said = Said::default();
        if let Some(output) = process.stdout.take() {
            tokio::task::spawn_local(pass_on(output, Said::default(), io::stderr()));
        }
        if let Some(output) = process.stderr.take() {
            said.attend(tokio::task::spawn_local(pass_on(output, said.clone(), io::stderr())));
        }
        let connection = Connection::new(UnixStream::from_std(ours)?);
        Ok(Self { process, connection, said, input: Vec::new() })
    }

    /// Waits until the process has ended, and sees to it that it does; how it ended.
    async fn end(mut self) -> String {
        let status = match timeout(GRACE, self.process.wait()).await {
            Ok(status) => status,
            Err(_) => match self.process.start_kill() {
                Ok(()) => self.process.wait().await,
                Err(error) => Err(error),
            },
        };
        let how = status.map_or_else(|error| error.to_string(), |status| words(&status));
        match self.said.last_words(GRACE).await {
            Some(line) => format!("{how}: {line}"),
            None => how,
        }
    }

    /// Ends a process that does not do what it should. SIGABRT lets it say what it was doing.
    async fn abort(self, why: &str) -> String {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id {
            // It may have ended meanwhile.
            let _ = kill(Pid::from_raw(id), Signal::SIGABRT);
        }
        format!("{why}; {}", self.end().await)
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

impl Upstream for Isolated {
    fn send(&mut self, flow: Flow, mut frames: &[u8]) {
        let shared = &mut *self.0.borrow_mut();
        let Some(connection) = &shared.connection else { return };
        while let Ok(Some((body, used))) = frame::split(frames, REQUEST_LIMIT) {
            // The host would end acknowledgements anyway.
            if Request::parse(body).is_some_and(|request| request.code != RequestCode::RESPONSE_ACKNOWLEDGEMENT) {
                connection.put(|out| ToChild::Request(lane(flow), body).put(out));
                shared.put = true;
            }
            frames = &frames[used..];
        }
    }

    fn give_up(&mut self, serial: i32) {
        let shared = &mut *self.0.borrow_mut();
        if let Some(connection) = &shared.connection {
            connection.put(|out| ToChild::GiveUp(serial).put(out));
            shared.put = true;
        }
    }

    fn flush(&mut self) {
        let shared = &mut *self.0.borrow_mut();
        if let (true, Some(connection)) = (std::mem::take(&mut shared.put), &shared.connection) {
            connection.write();
            if shared.watch.given_work(core::now()) {
                shared.watched.notify_one();
            }
        }
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        into.append(&mut self.0.borrow_mut().inbox);
    }

    fn description(&self) -> String {
        self.0.borrow().description.clone()
    }

    fn faults(&self) -> Option<HostStats> {
        Some(self.0.borrow().faults)
    }

    fn hurry(&mut self) {
        self.0.borrow_mut().life.hurry();
    }

    fn view(&self) -> View {
        self.0.borrow().life.view(core::now())
    }
}
