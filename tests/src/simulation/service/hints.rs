//! Calls that the service says are about to come: most of them do, once or twice, early or late, and some of what it
//! says is a lie.

use std::time::Duration;

use caller_tag::link::to_device::Say;
use caller_tag::link::{self, Hint};
use rild_proxy::router::Event;

use crate::simulation::names;
use crate::simulation::world::World;

/// Most hints that the router keeps; the oldest make room.
const MOST_TAKEN: usize = 32;
/// Most numbers that were announced and from which calls still come.
const MOST_ANNOUNCED: usize = 4;
/// A tag that no phone has.
const NOBODYS_TAG: usize = 9;

/// What the service has said of calls that are about to come.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Hints {
    /// Numbers them.
    last: u64,
    /// The one that it says just now, as long as the router has not said that it has it.
    said: Option<Expected>,
    /// Those that the router has and that no call has used, the oldest first.
    taken: Vec<Expected>,
    /// What the calls show that the service makes.
    announced: Vec<String>,
}

/// A call that is about to come.
#[derive(Debug)]
pub(in crate::simulation) struct Expected {
    id: u64,
    presented: String,
    /// The phone that it is for.
    pub(in crate::simulation) place: usize,
    /// Whom that phone sees; nobody if the caller is withheld.
    pub(in crate::simulation) caller: String,
    until: Duration,
}

impl Hints {
    /// Root is gone, and with it what it was told.
    pub(super) fn root_gone(&mut self) {
        self.taken.clear();
    }

    /// The router has this hint.
    pub(super) fn is_taken(&mut self, now: Duration, id: u64) {
        let hint = self.said.take_if(|said| said.id == id);
        let hint = hint.unwrap_or_else(|| panic!("the router says that it has hint {id}, which it may not, or had"));
        self.taken.retain(|taken| taken.until > now);
        if self.taken.len() >= MOST_TAKEN {
            self.taken.remove(0);
        }
        self.taken.push(hint);
    }

    /// A call shows this: what was said of it, if something was. It is said of one call.
    pub(in crate::simulation) fn of_call(&mut self, now: Duration, presented: &str) -> Option<Expected> {
        self.taken.retain(|taken| taken.until > now);
        let digits = |number: &str| number.trim_start_matches('+').to_owned();
        let place = self.taken.iter().position(|taken| digits(&taken.presented) == digits(presented))?;
        Some(self.taken.remove(place))
    }

    /// What a call shows that was announced at some time.
    pub(in crate::simulation) fn any_announced(&self, random: usize) -> Option<String> {
        self.announced.get(random % self.announced.len().max(1)).cloned()
    }
}

impl World {
    /// The service says that a call is about to come. The router takes that for true as far as the service may say so.
    pub(super) fn the_service_announces_a_call(&mut self) {
        let place = self.any_phone();
        self.numbers += 1;
        let n = self.numbers;
        let another = (place + 1) % self.clients.len();
        let stranger = names::stranger(n);
        let (caller, presented, tag) = match self.rng.u8(0..8) {
            0..3 => (names::untagged(place, n), self.names.caller(place, n, 0), place),
            3..5 => (names::announced(place, n), self.names.withheld(place), place),
            5 => (String::new(), self.names.withheld(place), place),
            // Somebody calls who never called the service.
            6 => (stranger.clone(), stranger, place),
            _ if another != place => (names::untagged(another, n), self.names.caller(another, n, 0), place),
            _ => (stranger.clone(), format!("{stranger}{NOBODYS_TAG}"), NOBODYS_TAG),
        };
        let of_phone = presented == self.names.withheld(place) && self.names.has_number(place);
        let is_true = presented == self.names.caller(place, n, 0) || of_phone;
        let is_taken = is_true && self.names.has_tag(place);
        let valid = Duration::from_millis(self.rng.u64(1..30_000));
        let hints = &mut self.service.hints;
        hints.last += 1;
        let id = hints.last;
        hints.said =
            Some(Expected { id, presented: presented.clone(), place, caller: caller.clone(), until: self.now + valid });
        if hints.announced.len() >= MOST_ANNOUNCED {
            hints.announced.remove(0);
        }
        hints.announced.push(presented.clone());
        let valid_ms = u32::try_from(valid.as_millis()).unwrap_or(u32::MAX);
        let tag = u32::try_from(tag).unwrap_or(u32::MAX);
        self.event(Event::FromService(&link::to_device(Say::Hint(Hint { id, caller, presented, tag, valid_ms }))));
        let refused = self.service.hints.said.take().is_some();
        assert_eq!(refused, !is_taken, "what the service says of a call for phone {place} is taken, or not");
    }
}
