//! `voip-bridge serve`: opens the store, starts the parts of the service, and stops them together.
//!
//! It waits for: SIGTERM and SIGINT, the calls, the operator's page, the hourly sweep of old records, and the signs
//! of life of other bridges with the same database. The first part that
//! fails ends the service, so that whoever supervises it hears of it. Told to stop it takes no more calls, and lets
//! those that there are go on as long as configured; told again it ends them at once. SIGHUP, which would end it, only
//! gets a line in the log: numbers and keys are asked for at each call, and the rest is read at the start.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinError;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::call::{self, Stop};
use crate::cli::Exit;
use crate::clock::now;
use crate::config::{Config, Retention, SecretError};
use crate::fleet;
use crate::link::{self, Links};
use crate::pool::StoreError;
use crate::settings::Settings;
use crate::store::{Expired, Store};
use crate::texts::Texts;
use crate::web;

/// How often old records are looked for.
const SWEEP: Duration = Duration::from_secs(3_600);

/// Why the service does not run, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A secret is missing.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database is of no use.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operator's page cannot be served.
    #[error("admin.listen: {address}: {why}")]
    Listen {
        /// As it is configured.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// Calls cannot be served.
    #[error("voice: {0}")]
    Voice(#[from] call::ServeError),
    /// Devices cannot be listened to.
    #[error("voice: {0}")]
    Link(#[from] link::OpenError),
    /// The system refuses what every service needs.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

impl ServeError {
    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Secret(_) | Self::Voice(call::ServeError::Settings(_) | call::ServeError::Key(_)) => Exit::Usage,
            Self::Store(_) | Self::Voice(_) | Self::Link(_) | Self::Listen { .. } | Self::System(_) => {
                Exit::Unavailable
            }
        }
    }
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let mut signals = Signals::catch()?;
    let admin = admin(&config).await?;
    let store = Store::open(&config.store).await?;
    let abandoned = store.end_abandoned(&config.bridge.name, now()).await?;
    if abandoned > 0 {
        warn!(abandoned, "calls of an earlier run were still in the log as live; they are ended");
    }
    let released = store.release_messages(&config.bridge.name, now()).await?;
    if released > 0 {
        warn!(released, "messages were under way when an earlier run ended; they are tried again");
    }
    let stop = Stop::new();
    let drain = config.voice.as_ref().map_or(0, |voice| voice.calls.drain_seconds);
    let mut calls = tokio::spawn(calls(config.voice.clone(), store.clone(), config.bridge.name.clone(), stop.clone()));
    let beside = beside(&config, &store, admin);
    tokio::pin!(beside);
    let ended = tokio::select! {
        () = signals.told_to_stop() => Ok(()),
        ended = &mut beside => ended,
        ended = &mut calls => return joined(ended),
    };
    info!(seconds = drain, "taking no more calls; those that there are may go on for a while");
    stop.take_no_more();
    tokio::select! {
        drained = &mut calls => return ended.and(joined(drained)),
        () = sleep(Duration::from_secs(drain.into())) => {}
        () = signals.told_to_stop() => {}
        _ = &mut beside, if ended.is_ok() => {}
    }
    stop.hang_up();
    ended.and(joined(calls.await))
}

/// What goes on beside the calls: the operator's page, the sweep, and the look at other bridges. Ends when one of them
/// fails.
async fn beside(config: &Config, store: &Store, admin: Option<(TcpListener, String)>) -> Result<(), ServeError> {
    let page = async {
        match admin {
            Some((listener, token)) => {
                info!(address = %listener.local_addr()?, "serving the operator's page");
                let app = web::app(store.clone(), token, config.admin.behind_tls, config.suffix());
                web::serve(listener, app).await
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = page => Ok(ended?),
        () = sweep(store, &config.retention) => Ok(()),
        () = watch(config, store) => Ok(()),
    }
}

/// Looks after the log of the other bridges, and the name of this one.
async fn watch(config: &Config, store: &Store) {
    let bridge = &config.bridge;
    fleet::watch(store, &bridge.name, Duration::from_secs(bridge.gone_seconds.into())).await;
}

/// Serves calls and messages until `stop`, if the configuration has any.
async fn calls(voice: Option<Settings>, store: Store, name: String, stop: Stop) -> Result<(), ServeError> {
    match voice {
        Some(settings) => {
            let texts = Texts::new(&settings, store.clone(), name.clone()).map_err(call::ServeError::from)?;
            let links = Links::new(&settings, store.clone(), texts.clone(), &name).map_err(call::ServeError::from)?;
            // They hear of the ends of calls, too.
            let over = CancellationToken::new();
            let devices = links.listen().await?.map(|listener| tokio::spawn(listener.serve(over.clone())));
            let served = call::serve(settings, store, name, links, texts, stop).await;
            over.cancel();
            if let Some(devices) = devices {
                devices.await.map_err(|error| ServeError::System(error.into()))?;
            }
            Ok(served?)
        }
        None => {
            stop.no_more().cancelled().await;
            Ok(())
        }
    }
}

/// The signals that the service looks at.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn catch() -> Result<Self, ServeError> {
        let caught = |kind| signal(kind).map_err(ServeError::from);
        Ok(Self {
            terminate: caught(SignalKind::terminate())?,
            interrupt: caught(SignalKind::interrupt())?,
            hang_up: caught(SignalKind::hangup())?,
        })
    }

    /// Waits for the next SIGTERM or SIGINT.
    async fn told_to_stop(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => info!("the configuration is read at the start only"),
            }
        }
    }
}

fn joined(calls: Result<Result<(), ServeError>, JoinError>) -> Result<(), ServeError> {
    calls.unwrap_or_else(|error| Err(ServeError::System(error.into())))
}

/// The listener of the operator's page and its token; `None` when there is to be none.
async fn admin(config: &Config) -> Result<Option<(TcpListener, String)>, ServeError> {
    let Ok(address) = config.admin.listen.parse::<SocketAddr>() else { return Ok(None) };
    let token = config.admin.token()?;
    let listener = TcpListener::bind(address).await.map_err(|why| ServeError::Listen { address, why })?;
    Ok(Some((listener, token)))
}

/// Deletes old records for ever. A database that is away now is there at another hour.
async fn sweep(store: &Store, retention: &Retention) {
    let mut hours = interval(SWEEP);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hours.tick().await;
        match store.expire(retention, now()).await {
            Ok(expired) if expired == Expired::default() => {}
            Ok(expired) => info!(
                calls = expired.calls,
                voicemails = expired.voicemails,
                messages = expired.messages,
                "old records are deleted"
            ),
            Err(why) => warn!("old records stay for now: {why}"),
        }
    }
}
