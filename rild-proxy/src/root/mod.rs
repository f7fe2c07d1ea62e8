//! The root RilD: reaches the modem once and serves every phone's sockets.
//!
//! One thread runs everything but the vendor library's own; its callbacks come in by way of a descriptor. Nothing here
//! decides about messages: that is the router's.

mod client_link;
mod control;
mod core;
mod counters;
mod crash_traces;
mod line_files;
mod lines;
mod log;
mod pace;
mod phone;
mod random;
mod recordings;
mod sap;
mod service_link;
mod upstream;
mod user;
mod wake_lock;

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use caller_tag::key::Key;
use ril_protocol::frame::REQUEST_LIMIT;
use ril_sap::FRAME_LIMIT;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;
use tracing::{Instrument, info};
use vendor_shim::os::keep_standard_open;

use self::control::Tracing;
use self::core::{Core, Recalled, SharedCore};
use self::crash_traces::CrashTraces;
use self::line_files::{BoundSocket, LineFiles, Sockets};
use self::lines::{Lines, agree_on_foreground};
use self::random::random;
use self::recordings::Recordings;
#[cfg(feature = "ctl")]
pub(crate) use self::recordings::flow_of;
use self::service_link::{Service, read_key};
use self::upstream::Opened;
use self::user::NewUser;
use self::wake_lock::WakeLock;
use crate::clock;
use crate::config::{Config, ConfigError};
use crate::exit::Exit;
use crate::net::listener::{ListenError, Socket};
use crate::router::{Actions, Event, Now, PhoneId, Router};
use crate::stderr::stderr;
use crate::store::{OpenError, Store, Writer};

pub use self::service_link::KeyError;
pub use self::upstream::ModemError;

/// So long the modem may take at the end to say that it has back what a client of the SIM Access Profile had.
const PATIENCE_WITH_SIMS: Duration = Duration::from_secs(2);

/// Why the root daemon could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// There is no modem.
    #[error("the modem: {0}")]
    Modem(#[from] ModemError),
    /// A folder could not be made.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not allowed to become the user that the configuration names.
    #[error("run.user: this cannot become user {user}: {source}")]
    User {
        /// That user.
        user: u32,
        /// What the system said.
        source: io::Error,
    },
    /// What an earlier daemon stored could not be read, or nothing more be stored.
    #[error("{}: {source}", path.display())]
    Store {
        /// The database.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// The ring of traces could not be begun.
    #[error("{}: {source}", path.display())]
    Trace {
        /// Its folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A socket could not be made.
    #[error("{}: {source}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: ListenError,
    },
    /// A key that the number service has is not to be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The dialect of the modem is not to be had.
    #[error(transparent)]
    Dialect(#[from] ConfigError),
    /// The event loop could not be set up.
    #[error("the event loop: {0}")]
    Io(#[from] io::Error),
}

impl RootError {
    /// The exit code that scripts know this error by.
    pub fn exit(&self) -> Exit {
        if matches!(self, Self::Key(_) | Self::Dialect(_)) { Exit::Usage } else { Exit::Unavailable }
    }
}

/// Runs the daemon until it is told to stop by SIGTERM or SIGINT.
///
/// No client can connect before the vendor library has started, as with AOSP's rild, and that is not started before the
/// router knows what an earlier daemon stored, nor before the daemon is the user that it shall be.
pub fn run(config: &Config) -> Result<(), RootError> {
    let service = Service::of(&config.bridge)?;
    let dialect = config.dialect_text()?;
    let lines = config.lines();
    let routers = lines.iter().map(router).collect::<Result<Vec<_>, _>>()?;
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    let sim = |number| (lines.len() > 1).then_some(number);
    let user = NewUser::wanted(config.run.user)?;
    let mut files = Vec::new();
    for (number, line) in (1..).zip(&lines) {
        files.push(core::span(sim(number)).in_scope(|| LineFiles::take(line, user))?);
    }
    if let Some(user) = user {
        user.take_over(config.modem.isolate)?;
    }
    // There has been one thread so far.
    stderr().attend();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let started = clock::now();
    let (mut recalled, mut of_lines) = (Vec::new(), Vec::new());
    for ((number, line), (router, LineFiles { store, sockets })) in
        (1..).zip(&lines).zip(routers.into_iter().zip(files))
    {
        let sim = sim(number);
        let (known, writer) = core::span(sim).in_scope(|| begin(sim, line, router, store, started))?;
        recalled.push(known);
        of_lines.push((writer, sockets));
    }
    agree_on_foreground(&mut recalled);
    let modem = upstream::open(config, &dialect)?;
    // A library may have closed them.
    keep_standard_open();
    let begun = recalled.into_iter().zip(of_lines).collect();
    runtime.block_on(LocalSet::new().run_until(serve(config, &lines, begun, modem, service)))
}

/// The router of a configuration and of the files that it names.
pub(crate) fn router(config: &Config) -> Result<Router, RootError> {
    let mut router = Router::new(config);
    router.set_dialect(config.dialect()?);
    if let Some(file) = &config.bridge.sim_key_file {
        router.set_sim_key(read_key(file, Key::parse)?);
    }
    Ok(router)
}

/// Begins a line with what it has stored: its router knows it, and says what it wants done about it.
fn begin(
    sim: Option<u8>,
    line: &Config,
    router: Router,
    store: Store,
    started: Instant,
) -> Result<(Recalled, Writer), RootError> {
    let recordings = begin_recordings(line, started)?;
    let recalled = recall(sim, router, store, recordings, started);
    recalled.map_err(|source| RootError::Store { path: line.run.state_db(), source })
}

/// A router that knows what an earlier daemon stored, what it wants done about that, and where it stores more.
fn recall(
    sim: Option<u8>,
    mut router: Router,
    store: Store,
    mut recordings: Recordings,
    started: Instant,
) -> Result<(Recalled, Writer), OpenError> {
    let mut actions = Actions::default();
    store.recall(|record| {
        let event = Event::Recall(record);
        recordings.event(Now::ZERO, event);
        router.handle(Now::ZERO, event, &mut actions);
    })?;
    Ok((Recalled { sim, router, actions, started, recordings }, store.start()?))
}

/// The recordings that the configuration of a line wants; the time in them counts from the same moment as the router's.
fn begin_recordings(line: &Config, started: Instant) -> Result<Recordings, RootError> {
    Recordings::begin(line, started).map_err(|source| RootError::Trace { path: line.trace_dir(), source })
}

async fn serve(
    config: &Config,
    lines: &[Config],
    begun: Vec<(Recalled, (Writer, Sockets))>,
    modem: Opened,
    service: Option<Service>,
) -> Result<(), RootError> {
    let (upstreams, mut modem) = modem.split()?;
    let wake_lock = config.run.wake_lock.as_deref().map(WakeLock::new);
    let (mut cores, mut sockets) = (Vec::new(), Vec::new());
    for (line, ((recalled, (store, of_line)), upstream)) in lines.iter().zip(begun.into_iter().zip(upstreams)) {
        sockets.push(of_line);
        let mut core = Core::new(recalled, line.phone.len(), upstream, store);
        core.set_crash_traces(CrashTraces::of(line));
        core.set_wake_lock(wake_lock.clone());
        if let Some((place, _)) = line.sap_phone() {
            let longest = if line.modem.source().is_library() { FRAME_LIMIT } else { REQUEST_LIMIT };
            // As many bits as a serial has.
            core.set_sap(PhoneId(place), longest, random() as u32);
        }
        cores.push(Rc::new(RefCell::new(core)));
    }
    let all = Lines::new(cores);
    all.acquaint();
    modem.bring_up(&all).await?;

    for ((line, sockets), core) in lines.iter().zip(sockets).zip(all.iter()) {
        let span = core.borrow().span();
        span.in_scope(|| serve_line(line, sockets, core, &all))?;
    }
    if let Some(service) = service
        && let Some(core) = all.iter().nth(usize::from(config.bridge.sim.saturating_sub(1)))
    {
        core.borrow_mut().service().configure();
        let span = core.borrow().span();
        spawn_local(service_link::serve(Rc::clone(core), service).instrument(span));
    }
    info!(phones = config.phone.len(), dir = %config.run.dir.display(), "ready");

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut driving = pin!(modem.drive(&all));
    let ended = tokio::select! {
        result = &mut driving => Some(result),
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    info!("stopping");
    if ended.is_none() {
        tokio::select! {
            _ = timeout(PATIENCE_WITH_SIMS, all.take_sims_back()) => {}
            _ = driving => {}
        }
    }
    all.stop();
    ended.unwrap_or(Ok(())).map_err(RootError::Io)
}

/// Serves the sockets of a line, and does what it is to do in time; what is said of that in the log, in the present
/// span.
fn serve_line(line: &Config, sockets: Sockets, core: &SharedCore, all: &Lines) -> Result<(), RootError> {
    let Sockets { phones, sap, control } = sockets;
    for (place, (phone, sockets)) in line.phone.iter().zip(phones).enumerate() {
        let serving = phone::serve(Rc::clone(core), PhoneId(place), phone.name.clone(), listen(sockets)?);
        spawn_local(serving.in_current_span());
    }
    if let Some((place, phone)) = line.sap_phone() {
        let serving = sap::serve(Rc::clone(core), PhoneId(place), phone.name.clone(), listen(sap)?);
        spawn_local(serving.in_current_span());
    }
    let controlling = control::serve(Rc::clone(core), all.clone(), Tracing::of(line), control.listen()?);
    spawn_local(controlling.in_current_span());
    spawn_local(watch_deadline(Rc::clone(core)).in_current_span());
    spawn_local(watch_store(Rc::clone(core)).in_current_span());
    Ok(())
}

fn listen(sockets: Vec<BoundSocket>) -> Result<Vec<Socket>, RootError> {
    sockets.into_iter().map(BoundSocket::listen).collect()
}

async fn watch_deadline(core: SharedCore) {
    loop {
        let (deadline, changed) = core.borrow().deadline();
        match deadline {
            None => changed.notified().await,
            Some(deadline) => tokio::select! {
                () = tokio::time::sleep_until(deadline.into()) => {
                    let mut core = core.borrow_mut();
                    core.tick();
                    core.rearm();
                }
                () = changed.notified() => {}
            },
        }
    }
}

async fn watch_store(core: SharedCore) {
    loop {
        let progressed = core.borrow().store_progressed();
        progressed.await;
        core.borrow_mut().store_says();
    }
}
