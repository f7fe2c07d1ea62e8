//! Hints: before a call goes out to a SIM, its device is told for which phone it is and who calls. So it is known even
//! when the caller cannot carry a tag, or the network loses it.
//!
//! The call waits a moment for the device to say that it knows. It does not wait longer: the tag is in the caller ID
//! all the same.

use std::time::Duration;

use caller_tag::E164;
use caller_tag::link::{Hint, to_device::Say};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};

use super::{Inner, Links, after, elsewhere, lock};
use crate::clock::now;
use crate::pool::{Assignment, Timestamp};

/// How long to wait for a device that is linked to this bridge.
const WAIT: Duration = Duration::from_millis(400);
/// How long to wait for one that is linked to another.
const WAIT_ELSEWHERE: Duration = Duration::from_millis(1000);
/// How often to look whether it has taken the hint.
const LOOK: Duration = Duration::from_millis(50);
/// How long a hint is good: longer than a network takes to page a device.
const VALID: Duration = Duration::from_secs(30);

impl Links {
    /// Tells the device of this assignment that a call from `caller` comes and will show `presented`. Whether it knows
    /// now.
    pub(crate) async fn hint(&self, assignment: &Assignment, caller: Option<&E164>, presented: &str) -> bool {
        let Some(inner) = &self.0 else { return false };
        let hint = Hint {
            id: rand::random(),
            caller: caller.map(E164::to_string).unwrap_or_default(),
            presented: presented.to_owned(),
            tag: assignment.tag.into(),
            valid_ms: u32::try_from(VALID.as_millis()).unwrap_or(u32::MAX),
        };
        let taken = inner.hint(&assignment.sim, hint).await;
        debug!(taken, "a device is told of a call");
        taken
    }
}

impl Inner {
    async fn hint(&self, sim: &E164, hint: Hint) -> bool {
        let id = hint.id;
        let (sender, taken) = oneshot::channel();
        lock(&self.hints).insert((*sim, id), sender);
        let is_taken = if self.say_here(sim, None, &Say::Hint(hint.clone())) {
            matches!(timeout(WAIT, taken).await, Ok(Ok(())))
        } else if self.shared && elsewhere::link(self, sim).await.is_some() {
            self.leave_post(sim, None, Say::Hint(hint), elsewhere::seconds(WAIT_ELSEWHERE)).await;
            self.taken_elsewhere(id).await
        } else {
            false
        };
        lock(&self.hints).remove(&(*sim, id));
        is_taken
    }

    async fn taken_elsewhere(&self, id: u64) -> bool {
        let end = Instant::now() + WAIT_ELSEWHERE;
        while Instant::now() < end {
            sleep(LOOK).await;
            match self.store.is_hint_taken(id).await {
                Ok(true) => return true,
                Ok(false) => {}
                Err(error) => {
                    warn!(%error, "nobody knows whether a device was told of a call");
                    return false;
                }
            }
        }
        false
    }

    /// The device of `sim` knows of a call.
    pub(super) async fn hint_taken(&self, sim: &E164, id: u64) {
        if let Some(waiting) = lock(&self.hints).remove(&(*sim, id)) {
            // Who waited may have given up at this moment.
            let _ = waiting.send(());
            return;
        }
        let known = lock(&self.foreign_hints).remove(&id);
        if known.is_some_and(|(told, _)| told == *sim)
            && let Err(error) = self.store.hint_taken(id, after(now(), elsewhere::seconds(WAIT_ELSEWHERE))).await
        {
            warn!(%error, "another bridge will not know that a device was told of a call");
        }
    }

    /// Another bridge's hint is passed on to the device of `sim`.
    pub(super) fn remember_foreign(&self, sim: E164, id: u64, now: Timestamp) {
        let mut hints = lock(&self.foreign_hints);
        hints.retain(|_, (_, until)| now <= *until);
        hints.insert(id, (sim, after(now, elsewhere::seconds(WAIT_ELSEWHERE))));
    }
}
