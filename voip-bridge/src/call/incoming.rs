//! A call to a number of the pool: the SIM's number is called with the tagged caller, and who does not answer has said
//! beforehand what the caller gets.
//!
//! The caller is shown with the phone's tag ([`super::tag`]), and hears 180 until the phone answers; what the network of
//! the SIM plays before that is passed on only where a refusal would be passed on, too: an answer may not contradict what
//! early media was agreed on (RFC 3261 section 13.2.1). It refuses numbers that nobody has.

use std::time::Duration;

use caller_tag::E164;
use rsipstack::sip::{HeadersExt, Request};
use tracing::{debug, warn};

use super::join::join;
use super::record::Record;
use super::{Bridge, unique};
use crate::cause::Cause;
use crate::clock::now;
use crate::media::relay::{From, Relay};
use crate::media::rtp::Audio;
use crate::media::sdp::Offer;
use crate::media::{RATE, wav};
use crate::pool::{Assignment, Direction, Pool, Unavailable, Voicemail};
use crate::settings::MediaPath;
use crate::sip::identity::Caller;
use crate::sip::{Callee, Destination, Event, Leg};
use crate::voicemail;

/// Hops of a request that does not say (RFC 3261 section 8.1.1.6).
const HOPS: u8 = 70;

/// How an attempt to reach somebody went.
enum Reached {
    /// Answered, with this description.
    Yes(Leg, Vec<u8>),
    /// Not reached.
    No(Cause),
    /// The caller does not want it any more.
    GivenUp(Cause),
}

/// Serves one call to the end.
pub(super) async fn serve<P: Pool>(
    bridge: &Bridge<P>,
    mut a: Leg,
    request: &Request,
    caller: Caller,
    assignment: Assignment,
) {
    let hops = request.max_forwards_header().ok().and_then(|header| header.value().trim().parse().ok());
    let hops = hops.unwrap_or(HOPS).saturating_sub(1);
    let mut call = Incoming { bridge, caller, offer: request.body.clone(), hops, assignment, relay: None };
    let record = Record::begin(bridge, call.assignment.number, Direction::In, call.peer()).await;
    call.serve(&mut a, record).await;
}

struct Incoming<'a, P> {
    bridge: &'a Bridge<P>,
    caller: Caller,
    offer: Vec<u8>,
    hops: u8,
    assignment: Assignment,
    relay: Option<Relay>,
}

impl<P: Pool> Incoming<'_, P> {
    fn peer(&self) -> Option<E164> {
        match self.caller {
            Caller::Number(number) => Some(number),
            Caller::Withheld => None,
        }
    }

    async fn serve(&mut self, a: &mut Leg, mut record: Record) {
        let mut reached = match self.bridge.tagger.shown(&self.caller, &self.assignment, now()).await {
            Ok(shown) => {
                let sim = self.assignment.sim.to_string();
                self.reach(a, Callee::Number(&sim), Some(&shown)).await
            }
            Err(why) => {
                warn!(%why, "a caller cannot be shown with the tag of a phone");
                Reached::No(Cause::TEMPORARY)
            }
        };
        if let (Reached::No(cause), Unavailable::Forward(uri)) = (&reached, self.assignment.unavailable.clone()) {
            debug!(cause = cause.q850(), "the phone is not reached, the call goes elsewhere");
            let caller = self.peer().map(|number| number.to_string());
            reached = self.reach(a, Callee::Uri(&uri), caller.as_deref()).await;
        }
        let cause = match reached {
            Reached::Yes(mut b, sdp) => {
                a.answer(sdp);
                record.answered(self.bridge).await;
                let longest = Duration::from_secs(self.bridge.settings.calls.longest_seconds.into());
                let cause = join(a, &mut b, self.relay.as_ref(), longest, &self.bridge.stop).await;
                b.end(cause).await;
                cause
            }
            Reached::No(cause) if self.assignment.unavailable == Unavailable::Voicemail => {
                self.voicemail(a, &mut record, cause).await
            }
            Reached::No(cause) | Reached::GivenUp(cause) => cause,
        };
        a.finish(cause).await;
        record.ended(self.bridge, cause).await;
    }

    /// What the phone is offered: the caller's description, or a relay's.
    async fn offer(&mut self) -> Result<Vec<u8>, Cause> {
        if self.bridge.settings.media.path == MediaPath::Direct {
            return Ok(self.offer.clone());
        }
        let ports = &self.bridge.ports;
        let (Ok(near), Ok(far)) = (ports.open().await, ports.open().await) else {
            warn!("there is no port for a call");
            return Err(Cause::CONGESTION);
        };
        let idle = Duration::from_secs(self.bridge.settings.media.idle_seconds.into());
        let relay = self.relay.insert(Relay::start(near, far, idle));
        relay.describe(From::Near, &self.offer).ok_or(Cause::NO_MEDIA)
    }

    /// What the phone has described, as the caller is to see it.
    fn described(&self, sdp: Vec<u8>) -> Option<Vec<u8>> {
        match &self.relay {
            Some(relay) => relay.describe(From::Far, &sdp),
            None => Some(sdp),
        }
    }

    /// Takes a message, as the phone was not reached for `cause`.
    async fn voicemail(&self, a: &mut Leg, record: &mut Record, cause: Cause) -> Cause {
        debug!(cause = cause.q850(), "the phone is not reached, the caller may leave a message");
        let Some(offer) = Offer::read(&self.offer) else { return Cause::NO_MEDIA };
        let pair = match self.bridge.ports.open().await {
            Ok(pair) => pair,
            Err(error) => {
                warn!(%error, "there is no port for a message");
                return Cause::CONGESTION;
            }
        };
        let mut audio = Audio::new(pair, &offer);
        a.answer(offer.answer(audio.address()));
        record.answered(self.bridge).await;
        let at = now();
        let limits = voicemail::Limits::new(&self.bridge.settings);
        let (said, cause) = voicemail::record(a, &mut audio, &self.bridge.prompt, limits, &self.bridge.stop).await;
        if let Some(samples) = said {
            let message = Voicemail {
                id: unique(),
                number: self.assignment.number,
                peer: self.peer().map(|peer| peer.to_string()),
                at,
                milliseconds: u32::try_from(samples.len() * 1000 / RATE as usize).unwrap_or(u32::MAX),
                audio: wav::write(&samples),
            };
            if let Err(error) = self.bridge.pool.store_voicemail(&message).await {
                warn!(%error, "a message is lost: it cannot be stored");
            }
        }
        cause
    }

    /// Calls somebody for the caller `a`.
    async fn reach(&mut self, a: &mut Leg, callee: Callee<'_>, caller: Option<&str>) -> Reached {
        let offer = match self.offer().await {
            Ok(offer) => offer,
            Err(cause) => return Reached::No(cause),
        };
        let Some(peer) = self.bridge.trunk() else { return Reached::No(Cause::TEMPORARY) };
        let destination = Destination { peer, callee, caller, hops: self.hops };
        let mut b = match Leg::call(&self.bridge.agent, &destination, offer) {
            Ok(leg) => leg,
            Err(cause) => return Reached::No(cause),
        };
        let early = self.assignment.unavailable == Unavailable::Reject;
        let no_answer = tokio::time::sleep(Duration::from_secs(self.bridge.settings.calls.ring_seconds.into()));
        tokio::pin!(no_answer);
        let reached = loop {
            tokio::select! {
                event = b.next() => match event {
                    Event::Ringing(sdp) => a.ring(sdp.filter(|_| early).and_then(|sdp| self.described(sdp))),
                    Event::Answered(sdp) => match self.described(sdp) {
                        Some(sdp) => return Reached::Yes(b, sdp),
                        None => break Reached::No(Cause::NO_MEDIA),
                    },
                    Event::Ended(cause) => break Reached::No(cause),
                    Event::Offer(..) | Event::Info(..) => {}
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
}
