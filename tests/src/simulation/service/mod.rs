//! The number service at the far end of the link: it hears what the router says, and says something about it, in any
//! order, late, more than once, or not at all.
//!
//! What it is told of a phone is about that phone: its calls and texts are to whom it called and wrote, withheld as it
//! has chosen, and it can be reached only while it has a client.
//!
//! * `hints`: calls that it says are about to come. `texts`: what it has for phones, and what they send by it.

mod hints;
mod texts;

use caller_tag::link::to_device::Say;
use caller_tag::link::{
    self, CallAnswered, CallFailed, CallIntent, HintTaken, IntentRefused, IntentTaken, Text, TextRefused, TextTaken,
    to_service,
};
use fastrand::Rng;
use rild_proxy::router::Event;

use super::names;
use super::world::World;
use hints::Hints;
use texts::Texts;

/// Most of what it was told that it still says something about.
const MOST_KEPT: usize = 16;
/// Causes of ITU-T Q.850.
const BUSY: u32 = 17;
const NOT_AUTHORIZED: u32 = 57;

/// What the service has heard.
#[derive(Debug, Default)]
pub(super) struct ServiceSide {
    /// It can be talked to.
    pub(super) up: bool,
    /// Calls that were announced, each with its phone.
    intents: Vec<(u64, usize)>,
    /// Calls that are about to come.
    pub(super) hints: Hints,
    texts: Texts,
}

impl ServiceSide {
    /// Root is gone, and with it what it announced.
    pub(super) fn root_gone(&mut self) {
        self.up = false;
        self.intents.clear();
        self.texts.root_gone();
        self.hints.root_gone();
    }

    /// Something about a phone's call, if there was one.
    fn say(&self, rng: &mut Rng) -> Option<Say> {
        let &(id, place) = self.intents.get(rng.usize(0..self.intents.len().max(1)))?;
        Some(match rng.u8(0..8) {
            0..4 => Say::IntentTaken(IntentTaken { id, access: names::access(place) }),
            4 => Say::IntentRefused(IntentRefused { id, cause: NOT_AUTHORIZED }),
            5..7 => Say::CallAnswered(CallAnswered { id }),
            _ => Say::CallFailed(CallFailed { id, cause: BUSY }),
        })
    }
}

impl World {
    pub(super) fn the_service_acts(&mut self) {
        if !self.service.up {
            return if self.rng.bool() { self.service_comes() } else { self.the_service_writes_by_sms() };
        }
        match self.rng.u8(0..24) {
            0 => {
                self.service.up = false;
                self.event(Event::ServiceDown);
            }
            1..7 => self.the_service_announces_a_call(),
            7..17 => self.the_service_writes(),
            _ => {
                if let Some(say) = self.service.say(&mut self.rng) {
                    self.event(Event::FromService(&link::to_device(say)));
                }
            }
        }
    }

    pub(super) fn service_comes(&mut self) {
        self.service.up = true;
        self.event(Event::ServiceUp);
    }

    /// The router says something to the service.
    pub(super) fn service_hears(&mut self, message: &[u8]) {
        assert!(self.service.up, "the service is told something while it is away");
        let said = link::from_device(message).expect("the service is told what it can read");
        match said.expect("the service is told what it knows") {
            to_service::Say::CallIntent(CallIntent { id, tag, target, withheld, .. }) => {
                let place = self.place_by_service(tag);
                assert_eq!(names::of_number(&target), Some(place), "phone {place} is announced to call {target}");
                if let Some(wanted) = self.clir[place] {
                    assert_eq!(withheld, wanted == 1, "phone {place} chose to show its number or not");
                }
                self.service.intents.push((id, place));
            }
            to_service::Say::Text(Text { id, tag, recipient, tpdu }) => {
                let place = self.place_by_service(tag);
                self.text_comes(place, &id, &recipient, tpdu);
            }
            to_service::Say::TextTaken(TextTaken { id }) => self.text_is_taken(&id),
            to_service::Say::TextRefused(TextRefused { id, cause }) => self.text_is_refused(&id, cause),
            to_service::Say::Phones(phones) => {
                for tag in phones.available {
                    let client = usize::try_from(tag).ok().and_then(|place| self.clients.get(place));
                    assert!(client.is_some_and(|client| client.up), "phone {tag} is said to be there and is not");
                }
            }
            to_service::Say::HintTaken(HintTaken { id }) => self.service.hints.is_taken(self.now, id),
            to_service::Say::CallOver(_) => {}
        }
        let intents = &mut self.service.intents;
        intents.drain(..intents.len().saturating_sub(MOST_KEPT));
    }

    /// The phone of this tag, which goes by the service.
    fn place_by_service(&self, tag: u32) -> usize {
        let place = usize::try_from(tag).unwrap_or(usize::MAX);
        assert!(self.names.is_by_service(place), "phone {tag} does not go by the service");
        place
    }
}
