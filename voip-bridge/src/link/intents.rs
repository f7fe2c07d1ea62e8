//! Calls that phones announce: with an intent waiting, the call to the access number needs no digits.
//!
//! An intent is checked as digits are ([`crate::call::target`]), kept in the database, and taken once, by whichever
//! bridge gets the call. What becomes of the call is said to the run of the device that has announced it, and to no
//! other. It refuses phones of other SIMs.

use caller_tag::E164;
use caller_tag::link::to_device::Say;
use caller_tag::link::{self, CallAnswered, CallFailed, CallIntent, IntentRefused, IntentTaken};
use tracing::{debug, warn};

use super::{Inner, Links, after};
use crate::call::target::target;
use crate::cause::Cause;
use crate::clock::now;
use crate::pool::Assignment;
use crate::store::Intent;

/// How long what became of a call is worth saying, in seconds.
const WORTH_SAYING: i64 = 60;

impl Inner {
    /// Takes in an intent of the device of `sim`; gives the answer.
    pub(super) async fn announce(&self, sim: &E164, run: u64, call: &CallIntent) -> Say {
        match self.keep(sim, run, call).await {
            Ok(access) => Say::IntentTaken(IntentTaken { id: call.id, access: access.to_string() }),
            Err(cause) => Say::IntentRefused(IntentRefused { id: call.id, cause: cause.q850().into() }),
        }
    }

    async fn keep(&self, sim: &E164, run: u64, call: &CallIntent) -> Result<E164, Cause> {
        let unavailable = |error| {
            warn!(%error, "a call cannot be announced");
            Cause::TEMPORARY
        };
        let tag = u8::try_from(call.tag).map_err(|_| Cause::BARRED)?;
        let assignment = self.store.assignment_by_tag(sim, tag).await.map_err(unavailable)?.ok_or(Cause::BARRED)?;
        let target = target(&call.target, &self.plan, &self.calls)?;
        // What is left of a second counts as one: of two who are needed to agree, neither is to be too strict.
        let seconds = i64::try_from(link::valid(call.valid_ms).as_millis().div_ceil(1000)).unwrap_or_default();
        let intent = Intent {
            sim: *sim,
            access: assignment.access,
            run,
            id: call.id,
            target: target.number,
            withheld: call.withheld || target.withheld,
            expires: after(now(), seconds),
        };
        let earlier = self.store.put_intent(&intent).await.map_err(unavailable)?;
        debug!("a call is announced");
        if let Some(earlier) = earlier.filter(|earlier| (earlier.run, earlier.id) != (run, call.id)) {
            self.tell(&earlier, failed(&earlier, Cause::TEMPORARY)).await;
        }
        Ok(assignment.access)
    }

    /// The device has given up a call; if it has come already, its leg says so.
    pub(super) async fn forget(&self, sim: &E164, run: u64, id: u64) {
        if let Err(error) = self.store.drop_intent(sim, run, id).await {
            warn!(%error, "a call that was announced cannot be forgotten; it will expire");
        }
    }

    async fn tell(&self, intent: &Intent, say: Say) {
        if !self.say_here(&intent.sim, Some(intent.run), &say) && self.shared {
            self.leave_post(&intent.sim, Some(intent.run), say, WORTH_SAYING).await;
        }
    }
}

impl Links {
    /// The call that this phone has announced, if it has one. It is the caller's now.
    pub(crate) async fn take_intent(&self, assignment: &Assignment) -> Option<Intent> {
        let inner = self.0.as_ref()?;
        match inner.store.take_intent(&assignment.sim, &assignment.access, now()).await {
            Ok(intent) => intent,
            Err(error) => {
                warn!(%error, "nobody knows whether a call was announced: it has to say by digits whom it wants");
                None
            }
        }
    }

    /// Tells the device that the target has answered.
    pub(crate) async fn answered(&self, intent: &Intent) {
        if let Some(inner) = &self.0 {
            inner.tell(intent, Say::CallAnswered(CallAnswered { id: intent.id })).await;
        }
    }

    /// Tells the device that the call to the target has failed, or is over.
    pub(crate) async fn over(&self, intent: &Intent, cause: Cause) {
        if let Some(inner) = &self.0 {
            inner.tell(intent, failed(intent, cause)).await;
        }
    }
}

fn failed(intent: &Intent, cause: Cause) -> Say {
    Say::CallFailed(CallFailed { id: intent.id, cause: cause.q850().into() })
}
