//! Two answered legs: offers, digits and the end of one go to the other (RFC 3261 sections 14 and 15, RFC 6086).
//!
//! One change at a time: an offer that comes while another is under way gets 491 (RFC 3261 section 14.2), from whichever
//! side. It refuses to last longer than a call may.

use std::pin::Pin;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cause::Cause;
use crate::sip::{Event, Leg, Reply};

/// `491 Request Pending`.
const PENDING: u16 = 491;

/// A change that one side wants and the other has not answered yet.
type Change = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Carries on until one side ends, time is up, or the service stops. Gives the cause.
pub(super) async fn join(a: &mut Leg, b: &mut Leg, longest: Duration, stop: &CancellationToken) -> Cause {
    let mut change: Option<Change> = None;
    let time_up = tokio::time::sleep(longest);
    tokio::pin!(time_up);
    loop {
        let (event, other) = tokio::select! {
            event = a.next() => (event, &*b),
            event = b.next() => (event, &*a),
            () = under_way(&mut change) => {
                change = None;
                continue;
            }
            () = &mut time_up => return Cause::EXPIRED,
            () = stop.cancelled() => return Cause::NORMAL,
        };
        match event {
            Event::Offer(_, reply) if change.is_some() => reply.give(PENDING, None).await,
            Event::Offer(sdp, reply) => change = Some(Box::pin(pass_offer(other, sdp, reply))),
            Event::Info(_, _, reply) if change.is_some() => reply.give(PENDING, None).await,
            Event::Info(kind, content, reply) => change = Some(Box::pin(pass_info(other, kind, content, reply))),
            Event::Ended(cause) => return cause,
            Event::Ringing(_) | Event::Answered(_) => {}
        }
    }
}

fn pass_offer(to: &Leg, sdp: Vec<u8>, reply: Reply) -> impl Future<Output = ()> + Send + use<> {
    let offered = to.offer(sdp);
    async move {
        let (status, answer) = offered.await;
        reply.give(status, answer).await;
    }
}

fn pass_info(to: &Leg, kind: String, content: Vec<u8>, reply: Reply) -> impl Future<Output = ()> + Send + use<> {
    let sent = to.info(kind, content);
    async move { reply.give(sent.await, None).await }
}

async fn under_way(change: &mut Option<Change>) {
    match change {
        Some(change) => change.await,
        None => std::future::pending().await,
    }
}
