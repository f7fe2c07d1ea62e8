//! Registration at a provider (RFC 3261 section 10): so that it knows where calls for the pool's numbers go.
//!
//! One task for each peer that is to be registered at. It refreshes at three quarters of the time that was granted,
//! tries again after a failure with growing pauses, and takes the registration back when the service stops. It refuses
//! to try more often than every ten seconds.

use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::registration::Registration;
use rsipstack::sip::{StatusCodeKind, typed};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{Agent, place, uri};
use crate::settings::Peer;

/// Between attempts, at first.
const SHORTEST_PAUSE: Duration = Duration::from_secs(10);
/// And at last.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Keeps this service registered at `peer` until `stop`.
pub(super) async fn keep(agent: Agent, peer: Peer, credential: Credential, seconds: u32, stop: CancellationToken) {
    let Some(contact) = agent.contact(peer.transport) else { return };
    let mut registrar = uri("", place::destination(&peer).addr, peer.transport);
    registrar.auth = None;
    let mut registration = Registration::new(agent.0.endpoint.inner.clone(), Some(credential));
    registration.contact = Some(typed::Contact { display_name: None, uri: contact, params: Vec::new() });
    let mut pause = SHORTEST_PAUSE;
    loop {
        let done = tokio::select! {
            done = registration.register(registrar.clone(), Some(seconds)) => done,
            () = stop.cancelled() => break,
        };
        let wait = match done {
            Ok(response) if response.status_code.kind() == StatusCodeKind::Successful => {
                info!(peer = peer.name, "registered");
                pause = SHORTEST_PAUSE;
                Duration::from_secs(u64::from(registration.expires()) * 3 / 4).max(SHORTEST_PAUSE)
            }
            Ok(response) => {
                warn!(peer = peer.name, status = response.status_code.code(), "not registered");
                next(&mut pause)
            }
            Err(error) => {
                warn!(peer = peer.name, "the registrar does not answer");
                // It may quote what was said, and that has the account in it.
                debug!(peer = peer.name, %error, "why it does not");
                next(&mut pause)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => break,
        }
    }
    if timeout(FAREWELL, registration.register(registrar, Some(0))).await.is_err() {
        warn!(peer = peer.name, "the registrar was not told goodbye");
    }
}

/// This pause, and twice as much the next time.
fn next(pause: &mut Duration) -> Duration {
    let now = *pause;
    *pause = (now * 2).min(LONGEST_PAUSE);
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes() {
        let mut pause = SHORTEST_PAUSE;
        let pauses: Vec<u64> = (0..8).map(|_| next(&mut pause).as_secs()).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 600, 600]);
    }
}
