//! Two answered legs: offers, digits and the end of one go to the other (RFC 3261 sections 14 and 15, RFC 6086).
//!
//! One change at a time: an offer that comes while another is under way gets 491 (RFC 3261 section 14.2), from whichever
//! side. It refuses to last longer than a call may.

use std::pin::Pin;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cause::Cause;
use crate::media::relay::{From, Relay};
use crate::sip::{Event, Leg, Reply};

/// `491 Request Pending`.
const PENDING: u16 = 491;
/// `488 Not Acceptable Here`.
const NOT_ACCEPTABLE: u16 = 488;

/// A change that one side wants and the other has not answered yet.
type Change<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Carries on until one side ends, time is up, or the service stops. Gives the cause.
///
/// With a `relay`, descriptions lead through it, and silence on it ends the call.
pub(super) async fn join(
    a: &mut Leg,
    b: &mut Leg,
    relay: Option<&Relay>,
    longest: Duration,
    stop: &CancellationToken,
) -> Cause {
    let mut change: Option<Change<'_>> = None;
    let time_up = tokio::time::sleep(longest);
    tokio::pin!(time_up);
    loop {
        let (event, from, other) = tokio::select! {
            event = a.next() => (event, From::Near, &*b),
            event = b.next() => (event, From::Far, &*a),
            () = under_way(&mut change) => {
                change = None;
                continue;
            }
            () = silent(relay) => return Cause::EXPIRED,
            () = &mut time_up => return Cause::EXPIRED,
            () = stop.cancelled() => return Cause::NORMAL,
        };
        match event {
            Event::Offer(_, reply) if change.is_some() => reply.give(PENDING, None).await,
            Event::Offer(sdp, reply) => match through(relay, from, sdp) {
                Some(sdp) => change = Some(Box::pin(pass_offer(other, sdp, reply, relay, from))),
                None => reply.give(NOT_ACCEPTABLE, None).await,
            },
            Event::Info(_, _, reply) if change.is_some() => reply.give(PENDING, None).await,
            Event::Info(kind, content, reply) => change = Some(Box::pin(pass_info(other, kind, content, reply))),
            Event::Ended(cause) => return cause,
            Event::Ringing(_) | Event::Answered(_) => {}
        }
    }
}

fn pass_offer<'a>(
    to: &Leg,
    sdp: Vec<u8>,
    reply: Reply,
    relay: Option<&'a Relay>,
    from: From,
) -> impl Future<Output = ()> + Send + use<'a> {
    let offered = to.offer(sdp);
    let back = match from {
        From::Near => From::Far,
        From::Far => From::Near,
    };
    async move {
        let (status, answer) = offered.await;
        let answer = answer.and_then(|answer| through(relay, back, answer));
        reply.give(status, answer).await;
    }
}

/// A description as the other side is to see it.
fn through(relay: Option<&Relay>, from: From, sdp: Vec<u8>) -> Option<Vec<u8>> {
    match relay {
        Some(relay) => relay.describe(from, &sdp),
        None => Some(sdp),
    }
}

async fn silent(relay: Option<&Relay>) {
    match relay {
        Some(relay) => relay.silent().await,
        None => std::future::pending().await,
    }
}

fn pass_info(to: &Leg, kind: String, content: Vec<u8>, reply: Reply) -> impl Future<Output = ()> + Send + use<> {
    let sent = to.info(kind, content);
    async move { reply.give(sent.await, None).await }
}

async fn under_way(change: &mut Option<Change<'_>>) {
    match change {
        Some(change) => change.await,
        None => std::future::pending().await,
    }
}
