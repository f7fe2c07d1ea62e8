//! The calls: who is called for whom, and what happens when nobody answers.
//!
//! Each call is one task with one or two legs; it owns them, and ending the task ends the call. `incoming` calls
//! the phone of a number, `outgoing` whom a phone wants, `announced` whom its device has said that it wants, `join`
//! carries on once two legs have been answered. Calls hold no state for each other: all that outlives one is what the
//! [`Pool`] was told. It refuses more calls at a time than configured.

mod announced;
mod incoming;
mod join;
mod journal;
mod outgoing;
mod reach;
mod record;
mod share;
mod speak;
mod stop;
mod tag;
pub(crate) mod target;

use std::sync::Arc;
use std::time::Duration;

use caller_tag::{E164, NumberingPlan};
use ril_protocol::hex::to_hex;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use crate::cause::Cause;
use crate::clock::now;
use crate::link::Links;
use crate::media::ports::Ports;
use crate::media::wav;
use crate::pool::{Assignment, Pool, StoreError};
use crate::settings::{Peer, Settings, SettingsError};
use crate::sip::identity::{self, Caller};
use crate::sip::{Agent, Invitation, OpenError};
use crate::texts::{Carriers, Texts};
use journal::Journal;
use share::Shares;
pub use stop::Stop;
use tag::Tagger;

/// How long the ends of calls have to answer when the service stops.
const GOODBYE: Duration = Duration::from_secs(5);

/// Why calls are not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A socket or a file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The prompt cannot be played.
    #[error("voicemail.prompt: {0}")]
    Prompt(String),
    /// A key is missing or none.
    #[error("tags.keys: {0}")]
    Key(String),
}

/// What every call needs.
pub(crate) struct Bridge<P> {
    agent: Agent,
    pool: Arc<P>,
    journal: Journal,
    shares: Shares,
    links: Links,
    settings: Settings,
    plan: NumberingPlan,
    tagger: Tagger,
    ports: Ports,
    /// What is played before the tone.
    prompt: Vec<i16>,
    /// The name of this bridge in the call log.
    name: String,
    stop: CancellationToken,
}

/// Serves calls until it is told to take no more and the last one is over, or to hang up; then ends those that there
/// are, and returns. All that happened is in the log then.
///
/// `links` are those to devices; `name` is this bridge's in the call log. The messages of `texts` go through the same
/// sockets.
///
/// # Errors
/// [`ServeError`] before the first call, never later.
pub async fn serve<P: Pool + 'static>(
    settings: Settings,
    pool: P,
    name: String,
    links: Links,
    texts: Option<Texts>,
    stop: Stop,
) -> Result<(), ServeError> {
    // The sockets stay open until the last call has said goodbye.
    let closed = CancellationToken::new();
    let (bridge, written) = Bridge::open(settings, pool, name, links, &stop, &closed).await?;
    let bridge = Arc::new(bridge);
    let agent = &bridge.agent;
    let (sender, mut invitations) = Agent::queue();
    let messages = match texts {
        Some(texts) => {
            let carriers = Carriers::open(&texts, agent.clone(), stop.no_more()).map_err(OpenError::from)?;
            Some(tokio::spawn(texts.serve(carriers, agent.messages(), stop.no_more().clone())))
        }
        None => None,
    };
    let server = tokio::spawn({
        let agent = agent.clone();
        async move { agent.serve(sender).await }
    });
    let registered = tokio::spawn({
        let (agent, stop) = (agent.clone(), stop.clone());
        async move { agent.register(stop.no_more()).await }
    });
    let calls = TaskTracker::new();
    take_calls(&bridge, &mut invitations, &stop, &calls).await;
    info!(calls = calls.len(), "ending all calls");
    calls.close();
    if timeout(GOODBYE, calls.wait()).await.is_err() {
        warn!(calls = calls.len(), "calls are left behind: their ends do not answer");
    }
    registered.await.ok();
    if let Some(messages) = messages {
        messages.await.ok();
    }
    drop(bridge);
    if timeout(GOODBYE, written).await.is_err() {
        warn!("the call log is not complete: the database does not answer");
    }
    closed.cancel();
    server.await.ok();
    Ok(())
}

/// Takes calls until no more are to be taken and the last one is over, or all are to end.
async fn take_calls<P: Pool + 'static>(
    bridge: &Arc<Bridge<P>>,
    invitations: &mut mpsc::Receiver<Invitation>,
    stop: &Stop,
    calls: &TaskTracker,
) {
    let places = Arc::new(Semaphore::new(bridge.settings.calls.most));
    loop {
        let invitation = tokio::select! {
            () = stop.hung_up().cancelled() => return,
            () = last_call(stop, calls) => return,
            invitation = invitations.recv() => invitation,
        };
        let Some(invitation) = invitation else { return };
        match places.clone().try_acquire_owned() {
            Ok(place) => {
                let bridge = bridge.clone();
                calls.spawn(async move {
                    bridge.call(invitation).await;
                    drop(place);
                });
            }
            Err(_) => {
                debug!("a call is refused: there are as many as may be");
                calls.spawn(invitation.leg.refuse());
            }
        }
    }
}

/// Waits until no more calls are to be taken, and then for the end of the last one.
async fn last_call(stop: &Stop, calls: &TaskTracker) {
    stop.no_more().cancelled().await;
    calls.close();
    calls.wait().await;
}

impl<P: Pool + 'static> Bridge<P> {
    /// Opens all that calls need, and the sockets, which are closed at `closed`. The call log is written when the task
    /// is over that comes with it.
    async fn open(
        settings: Settings,
        pool: P,
        name: String,
        links: Links,
        stop: &Stop,
        closed: &CancellationToken,
    ) -> Result<(Self, JoinHandle<()>), ServeError> {
        settings.check()?;
        let plan = NumberingPlan::for_calling_code(settings.calls.country)
            .ok_or(SettingsError::NoCountry(settings.calls.country))?;
        let tagger = Tagger::new(&settings.tags)?;
        tagger.check().await?;
        let prompt = prompt(&settings)?;
        let ports = ports(&settings).ok_or(SettingsError::NoListener)?;
        let agent = Agent::open(&settings, &plan, closed, stop.no_more()).await?;
        let pool = Arc::new(pool);
        let (journal, written) = Journal::open(pool.clone());
        let shares = Shares::new(settings.calls.most_per_number);
        let stop = stop.hung_up().clone();
        let bridge = Self { agent, pool, journal, shares, links, settings, plan, tagger, ports, prompt, name, stop };
        Ok((bridge, written))
    }
}

impl<P: Pool> Bridge<P> {
    /// The peer to which calls go.
    fn trunk(&self) -> Option<&Peer> {
        self.agent.peer(&self.settings.calls.trunk)
    }

    async fn call(&self, invitation: Invitation) {
        debug!(peer = invitation.peer, "a call");
        let Invitation { leg, request, caller, .. } = invitation;
        let Some(dialled) = identity::number(&request.uri, &self.plan) else {
            return leg.end(Cause::INVALID_NUMBER).await;
        };
        let wanted = match self.wanted(&caller, &dialled).await {
            Ok(Some(wanted)) => wanted,
            Ok(None) => return leg.end(Cause::UNALLOCATED).await,
            Err(error) => {
                warn!(%error, "the pool cannot be asked for a number");
                return leg.end(Cause::TEMPORARY).await;
            }
        };
        let (Wanted::Phone(Assignment { number, .. }) | Wanted::Target(Assignment { number, .. })) = &wanted;
        let Some(_share) = self.shares.take(*number) else {
            debug!("a number has as many calls as it may");
            return leg.end(Cause::BUSY).await;
        };
        match wanted {
            Wanted::Phone(assignment) => incoming::serve(self, leg, &request, caller, assignment).await,
            Wanted::Target(assignment) => match self.links.take_intent(&assignment).await {
                Some(intent) => announced::serve(self, leg, &request, &assignment, &intent).await,
                None => outgoing::serve(self, leg, &request.body, &assignment).await,
            },
        }
    }

    /// Whether the number has calls left. Without an answer of the pool it has none: who limits fraud must not be
    /// talked out of it.
    async fn allowance(&self, number: &E164) -> Result<(), Cause> {
        let limits = self.settings.calls.out();
        match self.pool.may_call(number, limits, now()).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                warn!("a number places more calls than it may");
                Err(Cause::CONGESTION)
            }
            Err(error) => {
                warn!(%error, "the pool cannot be asked whether a number may place a call");
                Err(Cause::TEMPORARY)
            }
        }
    }

    async fn wanted(&self, caller: &Caller, dialled: &E164) -> Result<Option<Wanted>, StoreError> {
        if let Caller::Number(sim) = caller
            && let Some(assignment) = self.pool.by_sim(sim, dialled).await?
        {
            return Ok(Some(Wanted::Target(assignment)));
        }
        Ok(self.pool.by_number(dialled).await?.map(Wanted::Phone))
    }
}

/// What a call is for.
enum Wanted {
    /// Somebody calls a phone.
    Phone(Assignment),
    /// A phone calls somebody.
    Target(Assignment),
}

fn prompt(settings: &Settings) -> Result<Vec<i16>, ServeError> {
    let Some(path) = &settings.voicemail.prompt else { return Ok(Vec::new()) };
    let failed = |error: &dyn std::fmt::Display| ServeError::Prompt(format!("{}: {error}", path.display()));
    let file = std::fs::read(path).map_err(|error| failed(&error))?;
    wav::read(&file).map_err(|error| failed(&error))
}

fn ports(settings: &Settings) -> Option<Ports> {
    let media = &settings.media;
    let address = media.address.or_else(|| settings.sip.listen.first().map(|listen| listen.address.ip()))?;
    Some(Ports::new(address, media.first_port, media.last_port))
}

/// A name that no other call has.
pub(crate) fn unique() -> String {
    to_hex(&rand::random::<[u8; 16]>())
}
