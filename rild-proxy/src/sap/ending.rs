//! Ends a session whose client is gone: asks the modem to take its SIM back until it says that it has.

use std::time::Duration;

use super::Now;

/// So long the modem may take for each step before the next client is let in.
const PATIENCE: Duration = Duration::from_secs(10);

/// After so long a modem that has refused is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The answer to a CONNECT: of two requests at a time a modem may carry out the second one first.
    Connect,
    /// The answer to this DISCONNECT of ours.
    Answer(u32),
    /// The time to ask again.
    Again(Now),
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) step: Step,
    /// Then the step is over.
    pub(super) until: Now,
}

impl Ending {
    /// A step that begins now.
    pub(super) fn begins(now: Now, step: Step) -> Self {
        Self { step, until: now + PATIENCE }
    }

    /// The modem has refused. That does not make it any longer.
    pub(super) fn is_refused(self, now: Now) -> Self {
        Self { step: Step::Again(now + PAUSE), ..self }
    }

    pub(super) fn deadline(&self) -> Now {
        match self.step {
            Step::Again(time) => time.min(self.until),
            Step::Connect | Step::Answer(_) => self.until,
        }
    }
}
