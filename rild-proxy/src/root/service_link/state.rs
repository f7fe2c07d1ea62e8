//! What the rest of the daemon knows of the link: whether it stands, and what waits to be said.

use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::Notify;

use crate::router::Now;

/// So many messages may wait; whoever does not take them is hung up on.
const MOST_WAITING: usize = 256;

/// The link, as the core holds it.
#[derive(Default)]
pub(in crate::root) struct ServiceLink {
    /// There is to be one.
    configured: bool,
    up: bool,
    since: Now,
    waiting: VecDeque<Vec<u8>>,
    /// More has waited than may; what was said is not whole any more.
    overflowed: bool,
    /// Wakes the conversation when something waits.
    more: Rc<Notify>,
    /// Why the last connection ended.
    trouble: String,
}

/// How the link is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::root) struct LinkView {
    pub(in crate::root) up: bool,
    /// When that changed last.
    pub(in crate::root) since: Now,
    /// Why the last connection ended; empty if there was none.
    pub(in crate::root) trouble: String,
}

impl ServiceLink {
    /// There is to be a link.
    pub(in crate::root) fn configure(&mut self) {
        self.configured = true;
    }

    /// How it is; `None` where there is not to be one.
    pub(in crate::root) fn view(&self) -> Option<LinkView> {
        let view = || LinkView { up: self.up, since: self.since, trouble: self.trouble.clone() };
        self.configured.then(view)
    }

    /// Takes in what the router says. While the link is down that is lost.
    pub(in crate::root) fn put(&mut self, message: &[u8]) {
        if !self.up || self.overflowed {
            return;
        }
        if self.waiting.len() == MOST_WAITING {
            self.waiting.clear();
            self.overflowed = true;
        } else {
            self.waiting.push_back(message.to_vec());
        }
        self.more.notify_one();
    }

    pub(in crate::root) fn set_up(&mut self, now: Now, up: bool) {
        self.up = up;
        self.since = now;
        self.overflowed = false;
        self.waiting.clear();
    }

    /// What is to be sent next.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        self.waiting.pop_front()
    }

    pub(super) fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Wakes when there may be something to send.
    pub(super) fn more(&self) -> Rc<Notify> {
        Rc::clone(&self.more)
    }

    /// Remembers why there is no link; whether that is another reason than before.
    pub(super) fn note_trouble(&mut self, trouble: &str) -> bool {
        let is_news = self.trouble != trouble;
        trouble.clone_into(&mut self.trouble);
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded() {
        let mut link = ServiceLink::default();
        link.put(b"lost");
        link.set_up(Now::ZERO, true);
        for _ in 0..MOST_WAITING {
            link.put(b"said");
        }
        assert!(!link.has_overflowed() && link.waiting.len() == MOST_WAITING);
        link.put(b"one more");
        assert!(link.has_overflowed() && link.next().is_none());
        link.put(b"nobody waits for this");
        assert_eq!(link.next(), None);
        link.set_up(Now::ZERO, false);
        link.set_up(Now::ZERO, true);
        link.put(b"anew");
        assert_eq!(link.next().as_deref(), Some(&b"anew"[..]));
    }
}
