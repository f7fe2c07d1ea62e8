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

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use ril_protocol::RequestCode;
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_sap::MsgId;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;
use vendor_shim::host::{HostStats, SapMessage};

use super::super::core;
use super::super::lines::Lines;
use super::connection::Connection;
use super::library::lane_of_sim;
use super::life::{Life, Living};
use super::output::{Said, pass_on};
use super::watch::{Due, Watch};
use super::{ModemError, SapSide, Upstream, View};
use crate::deadline::until;
use crate::isolated::wire::{FromChild, Start, Started, ToChild};
use crate::net::init_socket;
use crate::router::Flow;
use crate::sap;
use crate::stderr::stderr;

/// This executable, also when another one has taken its place on the disk.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// How long a process that was told to end, or whose socket has ended, may take.
const GRACE: Duration = Duration::from_secs(2);

/// So much of what a process has said already is heard at once.
const MOST_HEARD_NOW: usize = 16 * 1024 * 1024;

/// What is wrong with a process that says twice how its start went, something else before that, or of what there is not
/// or nobody wants.
const TWICE: &str = "it says twice that it has started";
const TOO_EARLY: &str = "it talks before it has started";
const NO_SUCH_SIM: &str = "it talks of a SIM that is not served";
const NO_SAP: &str = "it talks of the SIM Access Profile, which is not served";

/// What the core of a line talks to.
pub(super) struct Isolated {
    sim: u8,
    shared: Rc<RefCell<Shared>>,
}

struct Shared {
    life: Life,
    connection: Option<Connection>,
    /// Whole frames that the core of each line has not taken.
    inboxes: Vec<Vec<u8>>,
    /// The library of this process runs.
    started: bool,
    description: String,
    /// Somebody wants the SIM Access Profile.
    sap_wanted: bool,
    /// It has the SIM Access Profile, and somebody wants it.
    sap: bool,
    /// What it has said of that and the core of each line has not taken.
    sap_inboxes: Vec<Vec<SapMessage>>,
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
    exit: Exiting,
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

/// What each line talks to, and what looks after the process. Nothing is started yet.
pub(super) fn isolate(start: Box<Start>) -> (Vec<Isolated>, Supervisor) {
    let limit = hang_limit(&start);
    let shared = Rc::new(RefCell::new(Shared {
        life: Life::new("isolated library"),
        connection: None,
        inboxes: (0..start.modem.sims).map(|_| Vec::new()).collect(),
        started: false,
        description: String::new(),
        sap_wanted: start.sap,
        sap: false,
        sap_inboxes: (0..start.modem.sims).map(|_| Vec::new()).collect(),
        faults: HostStats::default(),
        watch: Watch::new(limit),
        watched: Rc::new(Notify::new()),
        put: false,
    }));
    let of_lines = (0..start.modem.sims).map(|sim| Isolated { sim, shared: Rc::clone(&shared) }).collect();
    (of_lines, Supervisor { start, shared, running: None })
}

impl Supervisor {
    /// Starts the library for the first time. Returns when it is up, or when it has ended and will be started again.
    pub(super) async fn bring_up(&mut self, lines: &Lines) -> Result<(), ModemError> {
        match self.start().await {
            Ok(running) => {
                self.up(lines);
                self.running = Some(running);
                Ok(())
            }
            Err(NotUp::Refused(why)) => Err(ModemError::Refused(why)),
            Err(NotUp::Ended(why)) => {
                super::life::ended(lines, self, &why).await;
                Ok(())
            }
        }
    }

    fn up(&self, lines: &Lines) {
        self.shared.borrow_mut().life.begins(core::now());
        lines.modem_up();
    }

    /// Starts a process, and waits until its library runs.
    async fn start(&self) -> Result<Running, NotUp> {
        match Running::start(library_host()) {
            Ok(running) => self.come_up(running).await,
            Err(error) => Err(NotUp::Ended(format!("its process: {error}"))),
        }
    }

    /// Has a new process start the library, and waits until that runs.
    async fn come_up(&self, mut running: Running) -> Result<Running, NotUp> {
        self.shared.borrow_mut().hang_up();
        running.connection.put(|out| ToChild::Start(self.start.clone()).put(out));
        running.connection.write();
        let limit = hang_limit(&self.start).map(|limit| core::now() + limit);
        loop {
            let heard = tokio::select! {
                heard = self.hear(&running.connection, &mut running.input) => heard,
                // Another process that it has started may hold the socket.
                () = running.exit.comes() => match self.hear_now(&mut running) {
                    Heard::More => Heard::End,
                    heard => heard,
                },
                () = until(limit) => {
                    let why = format!("a hang: it has not started within {} s", self.start.modem.hang_after);
                    return Err(NotUp::Ended(running.abort(&why).await));
                }
            };
            match heard {
                Heard::Started => {
                    let mut shared = self.shared.borrow_mut();
                    shared.watch.begin_anew();
                    // Its greeting is asked of the library, and until then nothing else can be.
                    shared.watch.given_work(core::now());
                    shared.connection = Some(running.connection.clone());
                    return Ok(running);
                }
                Heard::Refused(why) => {
                    // What the library has said of it is passed on first: the daemon may end next.
                    running.end().await;
                    return Err(NotUp::Refused(why));
                }
                Heard::More => {}
                Heard::End => return Err(NotUp::Ended(running.end().await)),
                Heard::Wrong(why) => return Err(NotUp::Ended(running.abort(&why).await)),
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

    /// Takes in what the process has said already, and no more than so much of it: another process that it has started
    /// may write, too, and go on for ever.
    fn hear_now(&self, running: &mut Running) -> Heard {
        let mut left = MOST_HEARD_NOW;
        loop {
            match running.connection.read_now(&mut running.input) {
                Ok(read @ 1..) => {
                    let heard = self.shared.borrow_mut().take_in(&mut running.input);
                    left = left.saturating_sub(read);
                    if left == 0 || !matches!(heard, Heard::More) {
                        return heard;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Heard::More,
                Ok(0) | Err(_) => return Heard::End,
            }
        }
    }

    /// Serves the core until the process ends; why it did.
    async fn serve(&self, lines: &Lines, mut running: Running) -> String {
        let ended = self.exchange(lines, &mut running).await;
        // What is asked from now on has no answer. It is the router's to say so, and soon.
        self.shared.borrow_mut().hang_up();
        match ended {
            None => running.end().await,
            Some(wrong) => running.abort(&wrong).await,
        }
    }

    /// Serves the core until the process ends, or does what it should not, and what.
    async fn exchange(&self, lines: &Lines, running: &mut Running) -> Option<String> {
        loop {
            let (deadline, watched) = {
                let shared = self.shared.borrow();
                (shared.watch.deadline(), Rc::clone(&shared.watched))
            };
            let heard = tokio::select! {
                heard = self.hear(&running.connection, &mut running.input) => heard,
                () = running.exit.comes() => {
                    // What it said last counts.
                    self.hear_now(running);
                    Heard::End
                }
                () = watched.notified() => continue,
                () = until(deadline) => self.look_after(running),
            };
            lines.modem_says();
            lines.sap_says();
            // It may say more than we can hear: phones, deadlines and signals have their turn.
            yield_now().await;
            match heard {
                Heard::More => {}
                Heard::End => return None,
                Heard::Wrong(why) => return Some(why),
                // Nobody says that twice.
                Heard::Started | Heard::Refused(_) => return Some(TWICE.to_owned()),
            }
        }
    }

    /// Looks whether the library hangs.
    fn look_after(&self, running: &mut Running) -> Heard {
        // We may have stood still ourselves: what was said meanwhile counts.
        let heard = self.hear_now(running);
        if !matches!(heard, Heard::More) {
            return heard;
        }
        match self.shared.borrow_mut().watch.due(core::now()) {
            Due::Nothing => {}
            Due::Ask => {
                running.connection.put(|out| ToChild::Ask.put(out));
                running.connection.write();
            }
            Due::Hangs(why) => return Heard::Wrong(why),
        }
        Heard::More
    }
}

impl Living for Supervisor {
    fn life<T>(&self, look: impl FnOnce(&mut Life) -> T) -> T {
        look(&mut self.shared.borrow_mut().life)
    }

    async fn live(&mut self, lines: &Lines) -> String {
        let running = match self.running.take() {
            Some(running) => running,
            None => match self.start().await {
                Ok(running) => {
                    self.up(lines);
                    running
                }
                Err(NotUp::Refused(why)) => return format!("it could not be started: {why}"),
                Err(NotUp::Ended(why)) => return why,
            },
        };
        self.serve(lines, running).await
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
    /// What it should not have, or something else is wrong with it.
    Wrong(String),
}

impl Shared {
    /// Another process is to be talked to, or none.
    fn hang_up(&mut self) {
        self.connection = None;
        self.started = false;
        self.put = false;
        self.inboxes.iter_mut().for_each(Vec::clear);
        self.sap_inboxes.iter_mut().for_each(Vec::clear);
    }

    /// Says something, to be written at the next flush.
    fn tell(&mut self, record: &ToChild<'_>) {
        if let Some(connection) = &self.connection {
            connection.put(|out| record.put(out));
            self.put = true;
        }
    }

    /// Takes the whole records off the beginning.
    fn take_in(&mut self, input: &mut Vec<u8>) -> Heard {
        let (mut used, before) = (0, self.started);
        let heard = loop {
            match FromChild::split(&input[used..]) {
                Ok(Some((record, taken))) => {
                    used += taken;
                    if let Some(heard) = self.take(record) {
                        break heard;
                    }
                }
                Ok(None) if self.started != before => break Heard::Started,
                Ok(None) => break Heard::More,
                Err(garbled) => break Heard::Wrong(garbled.to_string()),
            }
        };
        input.drain(..used);
        heard
    }

    /// Takes a record; what comes after it is of no interest if there is something to say.
    fn take(&mut self, record: FromChild<'_>) -> Option<Heard> {
        match (record, self.started) {
            (FromChild::Started(Started { description, sap }), false) => {
                (self.description, self.sap) = (description, sap && self.sap_wanted);
                self.started = true;
            }
            (FromChild::Refused(why), false) => return Some(Heard::Refused(why)),
            (FromChild::Started(_) | FromChild::Refused(_), true) => return Some(Heard::Wrong(TWICE.to_owned())),
            (FromChild::Frame(..) | FromChild::State(_) | FromChild::Sap(..), false) => {
                return Some(Heard::Wrong(TOO_EARLY.to_owned()));
            }
            // Nobody would take them.
            (FromChild::Sap(..), true) if !self.sap => return Some(Heard::Wrong(NO_SAP.to_owned())),
            (FromChild::Sap(sim, message), true) => match self.sap_inboxes.get_mut(usize::from(sim)) {
                Some(inbox) => inbox.push(message),
                None => return Some(Heard::Wrong(NO_SUCH_SIM.to_owned())),
            },
            (FromChild::Frame(sim, body), true) => match self.inboxes.get_mut(usize::from(sim)) {
                Some(inbox) => {
                    // A record holds no more than a frame.
                    inbox.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
                    inbox.extend_from_slice(body);
                }
                None => return Some(Heard::Wrong(NO_SUCH_SIM.to_owned())),
            },
            (FromChild::State(state), true) => {
                self.faults = state.faults();
                self.watch.answered(core::now(), state.turn);
            }
        }
        None
    }
}

/// The command line of the library's process.
fn library_host() -> Command {
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
    fn start(mut command: Command) -> io::Result<Self> {
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

    /// Waits until the process has ended, and sees to it that it does, and all that it has started with it; how it ended.
    async fn end(mut self) -> String {
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
    async fn abort(self, why: &str) -> String {
        if let Some(id) = id_of(&self.process) {
            // It may have ended meanwhile.
            let _ = kill(id, Signal::SIGABRT);
        }
        format!("{why}; {}", self.end().await)
    }

    /// Kills the process and what it has started. Nobody else has its number as long as we have not asked for its status.
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
struct Exiting {
    process: Option<Pid>,
    /// Comes when any of ours ends.
    children: tokio::signal::unix::Signal,
    /// It has come.
    seen: bool,
}

impl Exiting {
    /// Comes when it has ended.
    async fn comes(&mut self) {
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

impl Upstream for Isolated {
    fn send(&mut self, flow: Flow, mut frames: &[u8]) {
        let shared = &mut *self.shared.borrow_mut();
        let Some(connection) = &shared.connection else { return };
        let lane = lane_of_sim(self.sim.into(), flow);
        while let Ok(Some((body, used))) = frame::split(frames, REQUEST_LIMIT) {
            // The host would end acknowledgements anyway.
            if Request::parse(body).is_some_and(|request| request.code != RequestCode::RESPONSE_ACKNOWLEDGEMENT) {
                connection.put(|out| ToChild::Request(self.sim, lane, body).put(out));
                shared.put = true;
            }
            frames = &frames[used..];
        }
    }

    fn give_up(&mut self, serial: i32) {
        self.shared.borrow_mut().tell(&ToChild::GiveUp(self.sim, serial));
    }

    fn flush(&mut self) {
        let shared = &mut *self.shared.borrow_mut();
        if let (true, Some(connection)) = (std::mem::take(&mut shared.put), &shared.connection) {
            connection.write();
            if shared.watch.given_work(core::now()) {
                shared.watched.notify_one();
            }
        }
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        if let Some(inbox) = self.shared.borrow_mut().inboxes.get_mut(usize::from(self.sim)) {
            into.append(inbox);
        }
    }

    fn description(&self) -> String {
        self.shared.borrow().description.clone()
    }

    fn faults(&self) -> Option<HostStats> {
        Some(self.shared.borrow().faults)
    }

    fn hurry(&mut self) {
        self.shared.borrow_mut().life.hurry();
    }

    fn view(&self) -> View {
        self.shared.borrow().life.view(core::now())
    }

    fn sap(&mut self) -> Option<&mut dyn SapSide> {
        Some(self)
    }
}

impl SapSide for Isolated {
    fn modem(&self) -> sap::Modem {
        let shared = self.shared.borrow();
        match (&shared.connection, shared.sap) {
            (None, _) => sap::Modem::Down,
            (Some(_), false) => sap::Modem::Without,
            (Some(_), true) => sap::Modem::Up,
        }
    }

    fn ask(&mut self, serial: u32, id: MsgId, payload: &[u8]) {
        self.shared.borrow_mut().tell(&ToChild::SapRequest { sim: self.sim, serial, id: id.0, payload });
    }

    fn give_up(&mut self, serial: u32) {
        self.shared.borrow_mut().tell(&ToChild::SapGiveUp(self.sim, serial));
    }

    fn receive(&mut self, into: &mut Vec<SapMessage>) {
        if let Some(inbox) = self.shared.borrow_mut().sap_inboxes.get_mut(usize::from(self.sim)) {
            into.append(inbox);
        }
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::dialect::DialectText;
    use tokio::task::LocalSet;

    use super::*;
    use crate::config::Modem;

    /// How long anything may take on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// The record of a library that has started, for `printf`.
    const STARTED: &str = r#"\0\0\0\42U{"description":"sim","sap":false}"#;
    const STARTED_WITH_SAP: &str = r#"\0\0\0\41U{"description":"sim","sap":true}"#;

    fn on_event_loop(test: impl Future) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(LocalSet::new().run_until(async { timeout(PATIENCE, test).await.unwrap() }));
    }

    fn supervisor() -> Supervisor {
        supervisor_of(false)
    }

    /// Of a library whose SIM Access Profile is wanted, or not.
    fn supervisor_of(sap: bool) -> Supervisor {
        isolate(Box::new(Start { modem: Modem::default(), dialect: DialectText::default(), sap })).1
    }

    /// A process that does this, its standard input being the socket.
    fn played(script: &str) -> Running {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Running::start(command).unwrap()
    }

    #[test]
    fn a_process_that_talks_before_it_has_started_is_ended() {
        on_event_loop(async {
            let supervisor = supervisor();
            for record in [r"\0\0\0\3F\0x", r#"\0\0\0\44T{"turn":0,"faults":[0,0,0,0,0,0,0]}"#] {
                let running = played(&format!("printf '{record}{STARTED}' >&0; exec cat > /dev/null"));
                let Err(NotUp::Ended(why)) = supervisor.come_up(running).await else { panic!("it came up") };
                assert!(why.starts_with(TOO_EARLY), "{why}");
                assert!(supervisor.shared.borrow().inboxes[0].is_empty());
            }
        });
    }

    #[test]
    fn a_process_that_talks_of_a_sim_access_profile_that_is_not_served_is_ended() {
        on_event_loop(async {
            for record in [r"\0\0\0\6u\0\0\0\0\7", r"\0\0\0\12a\0\0\0\0\1\0\0\0\0"] {
                for (wanted, started) in [(false, STARTED), (false, STARTED_WITH_SAP), (true, STARTED)] {
                    let supervisor = supervisor_of(wanted);
                    let running = played(&format!("printf '{started}{record}' >&0; exec cat > /dev/null"));
                    let Err(NotUp::Ended(why)) = supervisor.come_up(running).await else { panic!("it came up") };
                    assert!(why.starts_with(NO_SAP), "{why}");
                    assert!(supervisor.shared.borrow().sap_inboxes[0].is_empty());
                }
                let supervisor = supervisor_of(true);
                let running = played(&format!("printf '{STARTED_WITH_SAP}{record}' >&0; exec cat > /dev/null"));
                assert!(supervisor.come_up(running).await.is_ok());
                assert_eq!(supervisor.shared.borrow().sap_inboxes[0].len(), 1);
            }
        });
    }

    #[test]
    fn what_a_process_has_said_is_forgotten_with_it() {
        on_event_loop(async {
            let supervisor = supervisor();
            for _ in 0..2 {
                let running = played(&format!(r"printf '{STARTED}\0\0\0\3F\0x' >&0; exec cat > /dev/null"));
                assert!(supervisor.come_up(running).await.is_ok());
                let shared = supervisor.shared.borrow();
                assert_eq!((shared.description.as_str(), shared.inboxes[0].as_slice()), ("sim", &b"\0\0\0\x01x"[..]));
            }
        });
    }

    #[test]
    fn a_process_that_ends_before_it_has_started_is_missed_by_nobody() {
        on_event_loop(async {
            let supervisor = supervisor();
            for script in ["exit 5", "tail -f /dev/null <&0 & exit 5"] {
                let Err(NotUp::Ended(why)) = supervisor.come_up(played(script)).await else { panic!("it came up") };
                assert_eq!(why, "exit code 5");
            }
        });
    }

    #[test]
    fn what_a_process_has_started_ends_with_it() {
        on_event_loop(async {
            let supervisor = supervisor();
            for dropped in [false, true] {
                // It holds the socket, so that we can see its end; and its parent's output and error.
                let running = played(&format!("tail -f /dev/null <&0 & printf '{STARTED}' >&0; exit 3"));
                let Ok(running) = supervisor.come_up(running).await else { panic!("it did not come up") };
                let connection = running.connection.clone();
                if dropped {
                    drop(running);
                } else {
                    assert_eq!(running.end().await, "exit code 3");
                }
                assert_eq!(connection.read(&mut Vec::new()).await.unwrap(), 0);
            }
        });
    }
}
