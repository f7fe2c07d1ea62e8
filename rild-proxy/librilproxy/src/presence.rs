//! Whether the rild has a client, which nobody tells a vendor library.
//!
//! libril drops what the library says while no client is connected, a short message for example. So root has to be
//! connected only while there is a client, and anew for each: root hands over again what was not acknowledged, as to
//! every client that comes. libril calls `onStateRequest` when a client has connected, and `getVersion` right after
//! that, on the same thread; it calls `onStateRequest` alone in answers to requests and after a new radio state. That a
//! client has left, it does not tell at all: a client that is not there any more is one that the next one replaces.
//!
//! Reference: `libril/ril.cpp` (`onNewCommandConnect`), Android 7.1 and, for the binderised service, 9.

use std::thread::ThreadId;

/// What a call of the rild's shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nothing new.
    None,
    /// There is a client.
    Came,
    /// There is another client than before.
    Replaced,
}

/// What the rild's calls have shown so far.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    here: bool,
    /// The thread that called `onStateRequest` last, and nothing else since.
    asked: Option<ThreadId>,
    /// The client was new to us at that call.
    came: bool,
}

impl Presence {
    /// `onStateRequest`, when it is not the echo of what this library says.
    pub(crate) fn state_asked(&mut self, thread: ThreadId) -> Sign {
        self.asked = Some(thread);
        self.came = !self.here;
        self.comes()
    }

    /// `onStateRequest` of a SIM that is not served.
    pub(crate) fn another_sim_asked(&mut self) {
        self.asked = None;
    }

    /// `getVersion`.
    pub(crate) fn version_asked(&mut self, thread: ThreadId) -> Sign {
        let connected = self.asked.take() == Some(thread);
        if connected && !self.came { Sign::Replaced } else { Sign::None }
    }

    /// `onRequest`.
    pub(crate) fn request(&mut self) -> Sign {
        self.asked = None;
        self.comes()
    }

    fn comes(&mut self) -> Sign {
        if std::mem::replace(&mut self.here, true) { Sign::None } else { Sign::Came }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other_thread() -> ThreadId {
        std::thread::spawn(|| std::thread::current().id()).join().unwrap()
    }

    #[test]
    fn a_client_that_connects_is_seen_and_so_is_the_next() {
        let (mut presence, libril) = (Presence::default(), std::thread::current().id());
        assert_eq!(presence.state_asked(libril), Sign::Came);
        assert_eq!(presence.version_asked(libril), Sign::None, "the same one");
        assert_eq!(presence.request(), Sign::None);
        assert_eq!(presence.state_asked(libril), Sign::None);
        assert_eq!(presence.version_asked(libril), Sign::Replaced);
        assert_eq!(presence.state_asked(libril), Sign::None);
        assert_eq!(presence.version_asked(libril), Sign::Replaced, "it has asked nothing");
    }

    #[test]
    fn questions_in_answer_to_requests_show_nothing_new() {
        let (mut presence, libril) = (Presence::default(), std::thread::current().id());
        assert_eq!(presence.request(), Sign::Came);
        assert_eq!(presence.state_asked(libril), Sign::None);
        assert_eq!(presence.request(), Sign::None);
        assert_eq!(presence.version_asked(libril), Sign::None);
    }

    #[test]
    fn a_client_of_another_sim_replaces_nobody() {
        let (mut presence, libril) = (Presence::default(), std::thread::current().id());
        presence.another_sim_asked();
        assert_eq!(presence.version_asked(libril), Sign::None);
        assert_eq!(presence.state_asked(libril), Sign::Came, "that was not the first one's");
        assert_eq!(presence.version_asked(libril), Sign::None);
        presence.state_asked(libril);
        presence.another_sim_asked();
        assert_eq!(presence.version_asked(libril), Sign::None);
    }

    #[test]
    fn a_question_from_elsewhere_is_no_client() {
        let (mut presence, libril) = (Presence::default(), std::thread::current().id());
        assert_eq!(presence.version_asked(libril), Sign::None);
        presence.state_asked(libril);
        presence.state_asked(libril);
        assert_eq!(presence.version_asked(other_thread()), Sign::None);
    }
}
