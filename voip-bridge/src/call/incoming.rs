//! A call to a number of the pool: the SIM's number is called with the tagged caller, and who does not answer has said
//! beforehand what the caller gets.
//!
//! Where the device is linked it is told before ([`crate::link`]), and a phone that it cannot reach is not called.
//!
//! The caller is shown with the phone's tag ([`super::tag`]), and hears 180 until the phone answers; what the network
//! of the SIM plays before that is passed on only where a refusal would be passed on, too: an answer may not contradict
//! what early media was agreed on (RFC 3261 section 13.2.1). It refuses numbers that nobody has.

use caller_tag::E164;
use rsipstack::sip::Request;
use tracing::{debug, warn};

use super::reach::{Attempt, Reached};
use super::record::Record;
use super::speak::speak;
use super::{Bridge, unique};
use crate::cause::Cause;
use crate::clock::now;
use crate::link::Reachable;
use crate::media::{RATE, wav};
use crate::pool::{Assignment, Direction, Pool, Unavailable, Voicemail};
use crate::sip::identity::Caller;
use crate::sip::{Callee, Leg};
use crate::voicemail;

/// Serves one call to the end.
pub(super) async fn serve<P: Pool>(
    bridge: &Bridge<P>,
    mut a: Leg,
    request: &Request,
    caller: Caller,
    assignment: Assignment,
) {
    let mut call = Incoming { bridge, caller, attempt: Attempt::new(bridge, request), assignment };
    let record = Record::begin(bridge, call.assignment.number, Direction::In, call.peer()).await;
    call.serve(&mut a, record).await;
}

struct Incoming<'a, P> {
    bridge: &'a Bridge<P>,
    caller: Caller,
    attempt: Attempt<'a, P>,
    assignment: Assignment,
}

impl<P: Pool> Incoming<'_, P> {
    fn peer(&self) -> Option<E164> {
        match self.caller {
            Caller::Number(number) => Some(number),
            Caller::Withheld => None,
        }
    }

    async fn serve(&mut self, a: &mut Leg, mut record: Record) {
        let early = self.assignment.unavailable == Unavailable::Reject;
        let mut reached = self.reach_phone(a, early).await;
        if let (Reached::No(cause), Unavailable::Forward(uri)) = (&reached, self.assignment.unavailable.clone()) {
            debug!(cause = cause.q850(), "the phone is not reached, the call goes elsewhere");
            let caller = self.peer().map(|number| number.to_string());
            reached = self.attempt.reach(a, Callee::Uri(&uri), caller.as_deref(), early).await;
        }
        let cause = match reached {
            Reached::Yes(b, sdp) => {
                a.answer(sdp);
                record.answered(self.bridge).await;
                self.attempt.join(a, *b).await
            }
            Reached::No(cause) if self.assignment.unavailable == Unavailable::Voicemail => {
                self.voicemail(a, &mut record, cause).await
            }
            Reached::No(cause) | Reached::GivenUp(cause) => cause,
        };
        a.finish(cause).await;
        record.ended(self.bridge, cause).await;
    }

    /// Calls the phone, unless its device has said that it cannot be reached.
    async fn reach_phone(&mut self, a: &mut Leg, early: bool) -> Reached {
        let links = &self.bridge.links;
        let reachable = links.reachable(&self.assignment).await;
        if reachable == Reachable::No {
            return Reached::No(Cause::ABSENT);
        }
        let shown = match self.bridge.tagger.shown(&self.caller, &self.assignment, now()).await {
            Ok(shown) => shown,
            Err(why) => {
                warn!(%why, "a caller cannot be shown with the tag of a phone");
                return Reached::No(Cause::TEMPORARY);
            }
        };
        if reachable == Reachable::Yes {
            links.hint(&self.assignment, self.peer().as_ref(), &shown).await;
        }
        let sim = self.assignment.sim.to_string();
        self.attempt.reach(a, Callee::Number(&sim), Some(&shown), early).await
    }

    /// Takes a message, as the phone was not reached for `cause`.
    async fn voicemail(&self, a: &mut Leg, record: &mut Record, cause: Cause) -> Cause {
        match self.bridge.pool.voicemails_of(&self.assignment.number).await {
            Ok(kept) if kept < self.bridge.settings.voicemail.most => {}
            Ok(_) => {
                warn!("a number has as many messages as it may; the next caller cannot leave one");
                return cause;
            }
            Err(error) => {
                warn!(%error, "the pool cannot be asked for messages");
                return cause;
            }
        }
        debug!(cause = cause.q850(), "the phone is not reached, the caller may leave a message");
        let pair = match self.bridge.ports.open().await {
            Ok(pair) => pair,
            Err(error) => {
                warn!(%error, "there is no port for a message");
                return Cause::CONGESTION;
            }
        };
        let mut audio = match speak(a, self.attempt.offered(), pair, &self.bridge.stop).await {
            Ok(spoken) => spoken.audio,
            Err(cause) => return cause,
        };
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
}
