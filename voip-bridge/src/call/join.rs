//! Two answered legs: offers, digits and the end of one go to the other (RFC 3261 sections 14 and 15, RFC 6086).
//!
//! One change at a time: an offer that comes while another is under way gets 491 (RFC 3261 section 14.2), from
//! whichever side. A side that asks for an offer is offered what it was told before, and what it answers is offered to
//! the other (RFC 3725 section 7). It refuses to last longer than a call may.

use std::pin::Pin;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::cause::Cause;
use crate::media::relay::From;
use crate::media::way::Way;
use crate::sip::{Event, Leg, Reply, status};

/// A change that one side wants and the other has not answered yet.
type Change<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Carries on until one side ends, time is up, or the service stops. Gives the cause.
///
/// Descriptions lead by the `way` of the audio; silence on a relay ends the call.
pub(super) async fn join(a: &mut Leg, b: &mut Leg, way: Way<'_>, longest: Duration, stop: &CancellationToken) -> Cause {
    let mut change: Option<Change<'_>> = None;
    // Who has asked for an offer and not answered it yet.
    let mut asked: Option<From> = None;
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
            () = way.silent() => return Cause::EXPIRED,
            () = &mut time_up => return Cause::EXPIRED,
            () = stop.cancelled() => return Cause::NORMAL,
        };
        match event {
            Event::Offer(_, reply) | Event::Asked(reply) | Event::Info(_, _, reply)
                if change.is_some() || asked.is_some() =>
            {
                reply.give(status::REQUEST_PENDING, None).await;
            }
            Event::Offer(sdp, reply) => match way.describe(from, &sdp) {
                Some(sdp) => change = Some(Box::pin(pass_offer(other, &sdp, reply, way, from))),
                None => reply.give(status::NOT_ACCEPTABLE_HERE, None).await,
            },
            Event::Asked(reply) => {
                asked = Some(from);
                reply.offer_again().await;
            }
            Event::Answered(sdp) => match way.describe(from, &sdp) {
                // The answer to the offer in this side's own 200: a relay stands between, and nobody else need know.
                Some(_) if asked.take() != Some(from) => {}
                Some(sdp) => change = Some(Box::pin(pass_answer(other, &sdp, way, from))),
                None => return Cause::NO_MEDIA,
            },
            Event::Info(kind, content, reply) => change = Some(Box::pin(pass_info(other, kind, content, reply))),
            Event::Ended(cause) => return cause,
            Event::Ringing(_) => {}
        }
    }
}

fn pass_offer<'a>(
    to: &Leg,
    sdp: &[u8],
    reply: Reply,
    way: Way<'a>,
    from: From,
) -> impl Future<Output = ()> + Send + use<'a> {
    let offered = to.offer(sdp);
    async move {
        let (status, answer) = offered.await;
        let answer = answer.and_then(|answer| way.describe(back(from), &answer));
        reply.give(status, answer).await;
    }
}

/// What a side has answered to what it was told before: the other side's view of it may have changed.
fn pass_answer<'a>(to: &Leg, sdp: &[u8], way: Way<'a>, from: From) -> impl Future<Output = ()> + Send + use<'a> {
    let offered = to.insist(sdp);
    async move {
        let (status, answer) = offered.await;
        if answer.and_then(|answer| way.describe(back(from), &answer)).is_none() {
            debug!(status, "a side of a call does not take the other's answer");
        }
    }
}

fn back(from: From) -> From {
    match from {
        From::Near => From::Far,
        From::Far => From::Near,
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
