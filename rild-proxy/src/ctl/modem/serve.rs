//! `rilctl modem serve`: a modem with a rild in front of it, in one command.
//!
//! It is the real thing: a root daemon of one phone with the simulated modem for a vendor library, and a proxy RilD
//! that serves the client. The socket appears last, when the recording and the scenario have begun: what a client does
//! first is in both.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, absolute};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use modem_sim::Args;
use modem_sim::scenario::Scenario;

use super::super::error::CtlError;
use super::super::root::OwnRoot;
use super::super::stop::told_to_stop;
use super::args::Serve;
use super::play::Performance;
use super::read;
use super::report::Told;
use super::say::{Console, connect};
use crate::config::run_files::MODEM_SOCKET;
use crate::control::StartTrace;
use crate::control::client::{ControlClient, Stopper};

/// The only phone.
const PHONE: &str = "phone";

pub(super) fn run(arguments: &Serve, socket: Option<&Path>, out: &mut dyn Write) -> Result<(), CtlError> {
    let scenario = arguments.scenario.as_deref().map(|file| read(file, &arguments.given)).transpose()?;
    let socket = socket.map(absolute).transpose()?;
    let root =
        OwnRoot::start("modem", |folder| configuration(folder, arguments, scenario.as_ref(), socket.as_deref()))?;
    let socket = socket.unwrap_or_else(|| root.path(MODEM_SOCKET));
    let recording = arguments.record.as_deref().map(|file| Recording::start(&root, file)).transpose()?;
    let console = Console { socket: &socket, sim: 1 };
    let mut served = Served { arguments, root };
    let ended = match (&arguments.scenario, &scenario) {
        (Some(file), Some(scenario)) => served.play(console, file, scenario, out),
        _ => served.idle(console),
    };
    // The recording is whole before the daemon goes.
    let recorded = recording.map(Recording::stop).transpose();
    ended.and(recorded.map(drop))
}

struct Served<'a> {
    arguments: &'a Serve,
    root: OwnRoot,
}

impl Served<'_> {
    fn play(
        &mut self,
        console: Console<'_>,
        file: &Path,
        scenario: &Scenario,
        out: &mut dyn Write,
    ) -> Result<(), CtlError> {
        let performance = Performance::begin(console, scenario)?;
        let modem = connect(console)?;
        let stopped = self.open_the_door(vec![performance.connection()?, modem.try_clone()?])?;
        let mut told = Told::default();
        let followed = performance.follow(told.begin(file, scenario), out);
        if followed.is_err() {
            told.cut_short();
        }
        told.end(self.arguments.junit.as_deref(), out)?;
        match followed {
            Err(CtlError::Unavailable(_)) if stopped.load(Ordering::Acquire) => {
                Err(CtlError::Failed("stopped before the scenario was over".to_owned()))
            }
            Err(CtlError::Unavailable(why)) => Err(CtlError::Unavailable(self.root.with_log(&why))),
            Err(error) => Err(error),
            Ok(()) if self.arguments.stay => {
                out.flush()?;
                self.wait(modem, &stopped)?;
                told.verdict()
            }
            Ok(()) => told.verdict(),
        }
    }

    /// Serves until it is told to stop.
    fn idle(&mut self, console: Console<'_>) -> Result<(), CtlError> {
        let modem = connect(console)?;
        let stopped = self.open_the_door(vec![modem.try_clone()?])?;
        self.wait(modem, &stopped)
    }

    fn wait(&self, mut modem: UnixStream, stopped: &AtomicBool) -> Result<(), CtlError> {
        // Nothing comes on this connection but its end: with the daemon, or because a signal came.
        let _ended = modem.read(&mut [0]);
        if stopped.load(Ordering::Acquire) {
            Ok(())
        } else {
            Err(CtlError::Unavailable(self.root.with_log("the root daemon is gone")))
        }
    }

    /// Lets the client in. A signal sets the flag and shuts the connections down.
    fn open_the_door(&mut self, connections: Vec<UnixStream>) -> Result<Arc<AtomicBool>, CtlError> {
        let mut more = vec!["--mode".to_owned(), self.arguments.mode.clone()];
        if let Some(uid) = self.arguments.uid {
            more.extend(["--uid".to_owned(), uid.to_string()]);
        }
        self.root.start_phone(PHONE, &self.arguments.listen, &more)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopped);
        let serving = format!("serving a rild on {}; Ctrl-C ends it", self.arguments.listen.display());
        std::thread::spawn(move || {
            // Without a runtime a signal ends this process as ever.
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(told_to_stop(None, &serving));
                flag.store(true, Ordering::Release);
                // One may be closed already; then whoever reads it knows.
                connections.iter().for_each(|connection| drop(connection.shutdown(Shutdown::Both)));
            }
        });
        Ok(stopped)
    }
}

/// What the daemon is told. In TOML a basic string has the escapes of JSON.
fn configuration(folder: &str, arguments: &Serve, scenario: Option<&Scenario>, socket: Option<&Path>) -> String {
    let socket = socket.map_or_else(|| format!("{folder}/{MODEM_SOCKET}"), |path| path.to_string_lossy().into_owned());
    let of_scenario = scenario.map(|scenario| scenario.arguments.as_slice()).unwrap_or_default();
    let words = arguments.arguments.iter().chain(of_scenario).cloned().chain(["--control".to_owned(), socket]);
    let words: Vec<String> = words.collect();
    // What is wrong with them, the modem tells.
    let sims = Args::parse(words.iter().cloned()).map_or(1, |args| 1 + args.others.len());
    let words: Vec<String> = words.into_iter().map(|word| serde_json::Value::String(word).to_string()).collect();
    format!(
        "[run]\ndir = {}\n\
         [modem]\nlibrary = \"libril-sim.so\"\nsims = {sims}\nargs = [{}]\n\
         [[phone]]\nname = \"{PHONE}\"\n",
        serde_json::Value::String(folder.to_owned()),
        words.join(", ")
    )
}

struct Recording {
    client: ControlClient,
    stopper: Stopper,
}

impl Recording {
    fn start(root: &OwnRoot, file: &Path) -> Result<Self, CtlError> {
        let wrong = |why: &str| CtlError::Usage(format!("{}: {why}", file.display()));
        let path = absolute(file).map_err(|error| wrong(&error.to_string()))?;
        let path = path.to_str().ok_or_else(|| wrong("is not UTF-8"))?.to_owned();
        let mut client = ControlClient::connect(&root.control_socket())?;
        let stopper = client.start_trace(StartTrace { path, phone: String::new() })?;
        Ok(Self { client, stopper })
    }

    fn stop(mut self) -> Result<(), CtlError> {
        self.stopper.stop();
        let ended = self.client.trace_ended()?;
        if ended.error.is_empty() { Ok(()) } else { Err(CtlError::Failed(format!("the recording: {}", ended.error))) }
    }
}
