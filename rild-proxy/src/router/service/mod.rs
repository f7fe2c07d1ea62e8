//! The number service, as far as it can be talked to: what the router tells it and what it says.
//!
//! The messages are [`caller_tag::link`]'s. The link is the driver's: it says when the service can be talked to, and
//! what the router says while it cannot is lost. Everything that the service is told has a way without it. What the
//! service says is not trusted further than it has to be: what it names that the router does not know is passed over.
//!
//! * `reach`: which phones can be reached.
//! * `hints`: calls that are about to come.
//!
//! What it says of outgoing calls and of messages is for `calls::by_service` and `sms`.

mod hints;
mod reach;

use caller_tag::cause::Cause;
use caller_tag::link::{self, to_device, to_service};

use super::{Actions, Note, Now, Router};

use hints::Hints;

/// What the router knows of the number service.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// It can be talked to.
    is_up: bool,
    /// The phones that it was told can be reached.
    told_reachable: Option<Vec<u32>>,
    /// It is not told that again before.
    quiet_until: Option<Now>,
    /// When it is told what has changed meanwhile.
    tell_at: Option<Now>,
    pub(super) hints: Hints,
    /// Something happened since the last look.
    stirred: bool,
}

impl Service {
    /// Something happened that may concern the service: the router looks before it is done with the event.
    pub(super) fn stir(&mut self) {
        self.stirred = true;
    }

    /// When there is something to tell.
    pub(super) fn deadline(&self) -> Option<Now> {
        self.tell_at
    }
}

impl Router {
    /// The service can be talked to.
    pub(super) fn service_up(&mut self, now: Now, out: &mut Actions) {
        self.service.is_up = true;
        self.service.told_reachable = None;
        self.service.quiet_until = None;
        self.service.stir();
        self.intents_service_up(now, out);
        self.texts_service_up(out);
    }

    /// The service cannot be talked to any more.
    pub(super) fn service_down(&mut self, now: Now, out: &mut Actions) {
        self.service.is_up = false;
        self.service.tell_at = None;
        self.intents_service_down(now, out);
        self.texts_service_down();
    }

    /// The service said something. What comes while it is down is of a link that is over.
    pub(super) fn service_says(&mut self, now: Now, message: &[u8], out: &mut Actions) {
        if !self.service.is_up {
            return;
        }
        match link::from_service(message) {
            Ok(Some(say)) => self.service_means(now, say, out),
            Ok(None) => {}
            Err(_) => out.note(Note::Undecodable { what: "a message of the number service" }),
        }
    }

    fn service_means(&mut self, now: Now, say: to_device::Say, out: &mut Actions) {
        use to_device::Say;

        match say {
            Say::IntentTaken(taken) => self.intent_taken(now, taken.id, &taken.access, out),
            Say::IntentRefused(refused) => self.intent_refused(refused.id, Cause::from_q850(refused.cause), out),
            Say::CallAnswered(answered) => self.target_answered(now, answered.id, out),
            Say::CallFailed(failed) => self.target_failed(now, failed.id, Cause::from_q850(failed.cause), out),
            Say::Hint(hint) => self.hint(now, hint, out),
            Say::TextDeliver(text) => self.text_delivered(now, text, out),
            Say::TextAccepted(accepted) => self.text_accepted(&accepted, out),
            Say::TextRejected(rejected) => self.text_rejected(&rejected, out),
        }
    }

    /// Tells the service what it has to know, if something has happened.
    pub(super) fn attend_to_service(&mut self, now: Now, out: &mut Actions) {
        let is_due = self.service.tell_at.is_some_and(|time| time <= now);
        if (std::mem::take(&mut self.service.stirred) || is_due) && self.service.is_up {
            self.tell_reachable(now, out);
        }
    }

    /// Whether the service can be told something now.
    pub(super) fn can_tell_service(&self) -> bool {
        self.service.is_up
    }

    /// Says something to the service.
    pub(super) fn tell_service(&self, say: to_service::Say, out: &mut Actions) {
        if self.service.is_up {
            out.say(&link::to_service(say));
        }
    }
}
