//! A call of a phone that its device has announced over the link: the service knows whom it wants before it comes.
//!
//! So it needs no digits, and is not answered before its target has answered: the phone's network says how it goes, as
//! for any call. The device is told, too ([`crate::link`]). It refuses targets as a call with digits does
//! ([`super::target`]).

use rsipstack::sip::Request;
use tracing::debug;

use super::Bridge;
use super::reach::{Attempt, Reached};
use super::record::Record;
use super::target::target;
use crate::cause::Cause;
use crate::pool::{Assignment, Direction, Pool};
use crate::sip::{Callee, Leg};
use crate::store::Intent;

/// Serves one call to the end.
pub(super) async fn serve<P: Pool>(
    bridge: &Bridge<P>,
    mut a: Leg,
    request: &Request,
    assignment: &Assignment,
    intent: &Intent,
) {
    let cause = call(bridge, &mut a, request, assignment, intent).await;
    debug!(cause = cause.q850(), "a call that was announced is over");
    bridge.links.over(intent, cause).await;
    a.finish(cause).await;
}

async fn call<P: Pool>(
    bridge: &Bridge<P>,
    a: &mut Leg,
    request: &Request,
    assignment: &Assignment,
    intent: &Intent,
) -> Cause {
    let number = intent.target.to_string();
    // The bridge to which it was announced may have had other limits.
    if let Err(cause) = target(&number, &bridge.plan, &bridge.settings.calls) {
        return cause;
    }
    if let Err(cause) = bridge.allowance(&assignment.number).await {
        return cause;
    }
    let mut record = Record::begin(bridge, assignment.number, Direction::Out, Some(intent.target)).await;
    let own = assignment.number.to_string();
    let shown = Some(own.as_str()).filter(|_| !intent.withheld);
    let mut attempt = Attempt::new(bridge, request);
    let cause = match attempt.reach(a, Callee::Number(&number), shown, true).await {
        Reached::Yes(b, sdp) => {
            a.answer(sdp);
            bridge.links.answered(intent).await;
            record.answered(bridge).await;
            attempt.join(a, *b).await
        }
        Reached::No(cause) | Reached::GivenUp(cause) => cause,
    };
    record.ended(bridge, cause).await;
    cause
}
