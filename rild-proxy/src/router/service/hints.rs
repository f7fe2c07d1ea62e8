//! What the service says of calls that are about to come: for which phone one is, and who calls.
//!
//! The next call that shows the number of a hint is the call of that hint, once, within the time for which it is good.
//! Its check digits are not looked at then, and the caller may be one that cannot carry a tag. A hint for nobody is as
//! if it had not come, and so is one with a number that is not tagged for that phone: a service that is not honest any
//! more must not come by the calls of people who never called it.
//!
//! Reference: `caller_tag::link`, Hint and HintTaken.

use std::collections::VecDeque;

use caller_tag::link::to_service::Say;
use caller_tag::link::{Hint, HintTaken, valid};
use caller_tag::suffix1::Tag;
use ril_protocol::payload::call::Call;

use crate::router::calls::Shown;
use crate::router::tags::{TagReader, written};
use crate::router::{Actions, Now, PhoneId, Router};

/// Most hints that are kept; the oldest make room. No service has so many calls for one SIM at a time.
const MOST: usize = 32;

/// Hints that no call has used yet, the oldest first.
#[derive(Debug, Default)]
pub(in crate::router) struct Hints(VecDeque<Expected>);

struct Expected {
    id: u64,
    presented: String,
    phone: PhoneId,
    shown: Shown,
    until: Now,
}

impl Hints {
    /// The phone that an incoming call is for, and the caller to show there. The hint is used up.
    pub(in crate::router) fn take(&mut self, now: Now, call: &Call, tags: &TagReader) -> Option<(PhoneId, Shown)> {
        self.0.retain(|hint| hint.until > now);
        let presented = written(call)?;
        let place = self.0.iter().position(|hint| tags.is_shown_as(&hint.presented, &presented))?;
        self.0.remove(place).map(|hint| (hint.phone, hint.shown))
    }
}

impl Router {
    pub(super) fn hint(&mut self, now: Now, hint: Hint, out: &mut Actions) {
        let Hint { id, caller, presented, tag, valid_ms } = hint;
        let Some(tag) = u8::try_from(tag).ok().and_then(Tag::new) else { return };
        let Some(phone) = self.phones.with_tag(tag.digit()) else { return };
        if !self.tags.is_tagged(&presented, &caller, tag) {
            return;
        }
        let shown = if caller.is_empty() { Shown::Withheld } else { Shown::Number(caller) };
        let hints = &mut self.service.hints.0;
        hints.retain(|known| known.id != id && known.until > now);
        if hints.len() >= MOST {
            hints.pop_front();
        }
        hints.push_back(Expected { id, presented, phone, shown, until: now + valid(valid_ms) });
        self.tell_service(Say::HintTaken(HintTaken { id }), out);
    }
}

/// Does not show the numbers.
impl std::fmt::Debug for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expected").field("id", &self.id).field("phone", &self.phone).finish_non_exhaustive()
    }
}
