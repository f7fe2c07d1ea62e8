//! Lists that overtake the answer to a set-up: they may say that a call is over before anybody knows of it.
//!
//! Answers and news of the modem go separate ways through the vendor's library, and ril.h promises no order between
//! them. So while a set-up is unanswered, the last word of the lists on each call is remembered. An answer that opens a
//! call which they have called over is told as it is, for the modem may have opened the like again; but the call is in
//! doubt, and the list is asked for at once. If another call has its number by then, nothing is left of it, and the
//! set-up has failed.

use ril_protocol::payload::data::{DataCall, DataCallList};

use super::held::are_same;
use super::{DataCalls, MOST_OPEN};

/// What the lists said last of a call.
#[derive(Debug)]
pub(super) struct Heard {
    call: DataCall,
    /// What the modem was asked last before news came that it is over: an older list may have it as up.
    over_since: u32,
}

impl DataCalls {
    /// Remembers what a list says of calls; `asked` is the number under which it was asked for. One that a list had,
    /// and this one has no more, is over.
    pub(super) fn hear(&mut self, list: &DataCallList, asked: Option<u32>) {
        if self.has_none_unanswered() {
            return;
        }
        let is_older = |heard: &Heard| asked.is_some_and(|asked| heard.call.active == 0 && heard.over_since >= asked);
        let is_known = |heard: &Heard, listed: &DataCall| are_same(&heard.call, listed, list.version);
        self.heard.retain(|heard| is_older(heard) || !list.calls.iter().any(|listed| is_known(heard, listed)));
        let news: Vec<_> =
            list.calls.iter().filter(|call| !self.heard.iter().any(|heard| is_known(heard, call))).collect();
        for heard in &mut self.heard {
            heard.call.active = 0;
        }
        let over_since = if asked.is_none() { self.last_id } else { 0 };
        self.heard.extend(news.into_iter().take(MOST_OPEN).map(|call| Heard { call: call.clone(), over_since }));
        let too_many = self.heard.len().saturating_sub(MOST_OPEN);
        self.heard.drain(..too_many);
    }

    /// A set-up is asked for. What was said before is about others, if no other is unanswered.
    pub(super) fn listen(&mut self) {
        if self.has_none_unanswered() {
            self.heard.clear();
        }
    }

    /// Whether lists have said that this call, of which an answer tells now, is over.
    pub(super) fn is_said_to_be_over(&self, opened: &DataCall) -> bool {
        let layout = self.layout.unwrap_or_default();
        self.heard.iter().any(|heard| heard.call.active == 0 && are_same(&heard.call, opened, layout))
    }

    /// Whether that is so, and another call that is up has its number: the answer to a later set-up came first.
    pub(super) fn is_followed(&self, opened: &DataCall) -> bool {
        let has_its_number =
            self.calls.iter().any(|call| call.cid == opened.cid && call.is_up() && !call.may_be(opened));
        has_its_number && self.is_said_to_be_over(opened)
    }

    fn has_none_unanswered(&self) -> bool {
        self.opening.is_empty() && self.given_up.is_empty()
    }
}
