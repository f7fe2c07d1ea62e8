//! Calls whose phone has no client any more.
//!
//! A client that lost its connection is back at once, and a phone that starts anew after some time; both find their
//! calls as they were. Whoever stays away longer would take from all others the room that the modem has for calls, and
//! nobody could end them: so they end. Emergency calls go on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Voice;
use super::ending::Which;
use super::owned::OwnedCall;
use crate::router::{Actions, Flow, Now, PhoneId, Router};

/// How long a phone may be away: longer than Android takes to boot.
const PATIENCE: Duration = Duration::from_secs(180);

/// Phones that have calls and no client, and when these calls end.
#[derive(Debug, Default)]
pub(super) struct Abandoned(BTreeMap<PhoneId, Now>);

impl Abandoned {
    pub(super) fn deadline(&self) -> Option<Now> {
        self.0.values().min().copied()
    }
}

impl Voice {
    /// Whether this phone has a call that would go on without it. One that rings is rejected sooner.
    fn has_lasting_call(&self, id: PhoneId) -> bool {
        self.calls.owned_by(id).any(|call| !call.is_ringing() && !call.emergency && !OwnedCall::is_ending(call))
    }
}

impl Router {
    /// Calls or clients have come or gone.
    pub(super) fn note_abandoned_calls(&mut self, now: Now) {
        for id in self.phones.ids() {
            if self.phones.is_up(id) || !self.voice.has_lasting_call(id) {
                self.voice.abandoned.0.remove(&id);
            } else {
                self.voice.abandoned.0.entry(id).or_insert(now + PATIENCE);
            }
        }
    }

    /// Ends what nobody has come back to.
    pub(super) fn abandoned_tick(&mut self, now: Now, out: &mut Actions) {
        while let Some((id, _)) = self.voice.abandoned.0.iter().find(|(_, due)| **due <= now) {
            let id = *id;
            self.voice.abandoned.0.remove(&id);
            self.drop_calls(now, Flow::Router, id, Which::Ordinary, out);
        }
    }
}
