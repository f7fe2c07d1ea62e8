//! The number service at the far end of the link: it hears what the router says, and says something about it, in any
//! order, late, more than once, or not at all.
//!
//! What it is told of a phone is about that phone: its calls and texts are to whom it called and wrote, withheld as it has
//! chosen, and it can be reached only while it has a client. The service announces no incoming calls and brings no texts:
//! for these see `router/tests`.

use caller_tag::link::to_device::Say;
use caller_tag::link::{
    self, CallAnswered, CallFailed, CallIntent, IntentRefused, IntentTaken, Text, TextAccepted, TextRejected,
    to_service,
};
use fastrand::Rng;
use rild_proxy::router::Event;

use super::names;
use super::world::World;

/// Most of what it was told that it still says something about.
const MOST_KEPT: usize = 16;
/// Causes of ITU-T Q.850 and 3GPP TS 23.040, 9.2.3.22.
const BUSY: u32 = 17;
const NOT_AUTHORIZED: u32 = 57;
const UNSPECIFIED: u32 = 0xff;

/// What the service has heard.
#[derive(Debug, Default)]
pub(super) struct ServiceSide {
    /// It can be talked to.
    pub(super) up: bool,
    /// Calls that were announced, each with its phone.
    intents: Vec<(u64, usize)>,
    texts: Vec<Vec<u8>>,
}

impl ServiceSide {
    /// Root is gone, and with it what it announced.
    pub(super) fn root_gone(&mut self) {
        *self = Self::default();
    }

    /// Something about a call or a text, if there was one.
    fn say(&self, rng: &mut Rng) -> Option<Say> {
        if rng.u8(0..4) == 0 {
            let id = self.texts.get(rng.usize(0..self.texts.len().max(1)))?.clone();
            let accepted = rng.bool();
            return Some(match accepted {
                true => Say::TextAccepted(TextAccepted { id }),
                false => Say::TextRejected(TextRejected { id, cause: UNSPECIFIED }),
            });
        }
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
            self.service_comes();
        } else if self.rng.u8(0..12) == 0 {
            self.service.up = false;
            self.event(Event::ServiceDown);
        } else if let Some(say) = self.service.say(&mut self.rng) {
            self.event(Event::FromService(&link::to_device(say)));
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
            to_service::Say::Text(Text { id, tag, recipient, .. }) => {
                let place = self.place_by_service(tag);
                assert_eq!(names::of_number(&recipient), Some(place), "phone {place} is to write to {recipient}");
                self.service.texts.push(id);
            }
            to_service::Say::Phones(phones) => {
                for tag in phones.available {
                    let client = usize::try_from(tag).ok().and_then(|place| self.clients.get(place));
                    assert!(client.is_some_and(|client| client.up), "phone {tag} is said to be there and is not");
                }
            }
            _ => {}
        }
        let ServiceSide { intents, texts, .. } = &mut self.service;
        intents.drain(..intents.len().saturating_sub(MOST_KEPT));
        texts.drain(..texts.len().saturating_sub(MOST_KEPT));
    }

    /// The phone of this tag, which goes by the service.
    fn place_by_service(&self, tag: u32) -> usize {
        let place = usize::try_from(tag).unwrap_or(usize::MAX);
        assert!(self.names.is_by_service(place), "phone {tag} does not go by the service");
        place
    }
}
