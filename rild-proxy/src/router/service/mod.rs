//! The number service, as far as it can be talked to: what the router tells it and what it says.
//!
//! The messages are [`caller_tag::link`]'s. The link is the driver's: it says when the service can be talked to, and what
//! the router says while it cannot is lost. Everything that the service is told has a way without it. What the service
//! says is not trusted further than it has to be: what it names that the router does not know is passed over.
//!
//! * `reach`: which phones can be reached.

mod reach;

use caller_tag::link::{self, to_service};

use super::{Actions, Note, Now, Router};

/// What the router knows of the number service.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// It can be talked to.
    is_up: bool,
    /// The phones that it was told can be reached.
    told_reachable: Option<Vec<u32>>,
    /// Something happened since the last look.
    stirred: bool,
}

impl Service {
    /// Something happened that may concern the service: the router looks before it is done with the event.
    pub(super) fn stir(&mut self) {
        self.stirred = true;
    }
}

impl Router {
    /// The service can be talked to.
    pub(super) fn service_up(&mut self, _now: Now, _out: &mut Actions) {
        self.service.is_up = true;
        self.service.told_reachable = None;
        self.service.stir();
    }

    /// The service cannot be talked to any more.
    pub(super) fn service_down(&mut self, _now: Now, _out: &mut Actions) {
        self.service.is_up = false;
    }

    /// The service said something. What comes while it is down is of a link that is over.
    pub(super) fn service_says(&mut self, _now: Now, message: &[u8], out: &mut Actions) {
        if !self.service.is_up {
            return;
        }
        match link::from_service(message) {
            Ok(_) => {}
            Err(_) => out.note(Note::Undecodable { what: "a message of the number service" }),
        }
    }

    /// Tells the service what it has to know, if something has happened.
    pub(super) fn attend_to_service(&mut self, out: &mut Actions) {
        if std::mem::take(&mut self.service.stirred) && self.service.is_up {
            self.tell_reachable(out);
        }
    }

    /// Says something to the service.
    fn tell_service(&self, say: to_service::Say, out: &mut Actions) {
        if self.service.is_up {
            out.say(&link::to_service(say));
        }
    }
}
