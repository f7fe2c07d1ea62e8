//! One leg calls for another: whoever is to be reached is offered what the caller has described, and the caller hears
//! how it goes until somebody answers.
//!
//! Audio goes from end to end, or through a relay where the configuration says so; and where the caller asks for an
//! offer (an INVITE without a description), so that it can be made before the caller has said anything. It refuses to
//! answer the caller: whether that is to be done, and with what, is decided by who has asked.

use std::time::Duration;

use rsipstack::sip::{HeadersExt, Request};
use tracing::warn;

use super::Bridge;
use super::join::join;
use crate::cause::Cause;
use crate::media::relay::{From, Relay};
use crate::media::sdp;
use crate::media::way::Way;
use crate::pool::Pool;
use crate::settings::MediaPath;
use crate::sip::{Callee, Destination, Event, Leg};

/// Hops of a request that does not say (RFC 3261 section 8.1.1.6).
const HOPS: u8 = 70;

/// How an attempt to reach somebody went.
pub(super) enum Reached {
    /// Answered, with this description.
    Yes(Box<Leg>, Vec<u8>),
    /// Not reached.
    No(Cause),
    /// The caller does not want it any more.
    GivenUp(Cause),
}

/// What is known of the caller's leg.
pub(super) struct Attempt<'a, P> {
    bridge: &'a Bridge<P>,
    offer: Vec<u8>,
    hops: u8,
    relay: Option<Relay>,
}

impl<'a, P: Pool> Attempt<'a, P> {
    /// For a caller who has sent this INVITE.
    pub(super) fn new(bridge: &'a Bridge<P>, request: &Request) -> Self {
        let hops = request.max_forwards_header().ok().and_then(|header| header.value().trim().parse().ok());
        let hops = hops.unwrap_or(HOPS).saturating_sub(1);
        Self { bridge, offer: request.body.clone(), hops, relay: None }
    }

    /// What the caller has described; nothing when it asks for an offer.
    pub(super) fn offered(&self) -> &[u8] {
        &self.offer
    }

    /// What the phone is offered: the caller's description, or a relay's.
    async fn offer(&mut self) -> Result<Vec<u8>, Cause> {
        let asked = self.offer.is_empty();
        if self.bridge.settings.media.path == MediaPath::Direct && !asked {
            return self.way().describe(From::Near, &self.offer).ok_or(Cause::NO_MEDIA);
        }
        let ports = &self.bridge.ports;
        let (Ok(near), Ok(far)) = (ports.open().await, ports.open().await) else {
            warn!("there is no port for a call");
            return Err(Cause::CONGESTION);
        };
        let idle = Duration::from_secs(self.bridge.settings.media.idle_seconds.into());
        let relay = self.relay.insert(Relay::start(near, far, idle));
        if asked {
            return Ok(sdp::offer(relay.address(From::Far)));
        }
        relay.describe(From::Near, &self.offer).ok_or(Cause::NO_MEDIA)
    }

    /// How the audio goes.
    fn way(&self) -> Way<'_> {
        self.relay.as_ref().map_or(Way::Direct(&self.bridge.ports), Way::Relay)
    }

    /// What the phone has described, as the caller is to see it.
    fn described(&self, sdp: &[u8]) -> Option<Vec<u8>> {
        self.way().describe(From::Far, sdp)
    }

    /// Calls somebody for the caller `a`, who is shown as `caller`. With `early`, what is played before the answer
    /// is passed on.
    pub(super) async fn reach(
        &mut self,
        a: &mut Leg,
        callee: Callee<'_>,
        caller: Option<&str>,
        early: bool,
    ) -> Reached {
        let offer = match self.offer().await {
            Ok(offer) => offer,
            Err(cause) => return Reached::No(cause),
        };
        let Some(peer) = self.bridge.trunk() else { return Reached::No(Cause::TEMPORARY) };
        let destination = Destination { peer, callee, caller, hops: self.hops };
        let mut b = match Leg::call(&self.bridge.agent, &destination, &offer) {
            Ok(leg) => leg,
            Err(cause) => return Reached::No(cause),
        };
        let no_answer = tokio::time::sleep(Duration::from_secs(self.bridge.settings.calls.ring_seconds.into()));
        tokio::pin!(no_answer);
        let reached = loop {
            tokio::select! {
                event = b.next() => match event {
                    Event::Ringing(sdp) => a.ring(sdp.filter(|_| early).and_then(|sdp| self.described(&sdp))),
                    Event::Answered(sdp) => match self.described(&sdp) {
                        Some(sdp) => return Reached::Yes(Box::new(b), sdp),
                        None => break Reached::No(Cause::NO_MEDIA),
                    },
                    Event::Ended(cause) => break Reached::No(cause),
                    Event::Offer(..) | Event::Asked(_) | Event::Info(..) => {}
                },
                event = a.next() => if let Event::Ended(cause) = event {
                    break Reached::GivenUp(cause);
                },
                () = &mut no_answer => break Reached::No(Cause::NO_ANSWER),
                () = self.bridge.stop.cancelled() => break Reached::GivenUp(Cause::TEMPORARY),
            }
        };
        let cause = match &reached {
            Reached::No(cause) | Reached::GivenUp(cause) => *cause,
            Reached::Yes(..) => Cause::NORMAL,
        };
        b.end(cause).await;
        reached
    }

    /// Carries on once both have answered, until one ends it or time is up; gives the cause.
    pub(super) async fn join(&self, a: &mut Leg, mut b: Leg) -> Cause {
        let longest = Duration::from_secs(self.bridge.settings.calls.longest_seconds.into());
        let cause = join(a, &mut b, self.way(), longest, &self.bridge.stop).await;
        b.end(cause).await;
        cause
    }
}
