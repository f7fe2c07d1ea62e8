//! Broadcasts in a CDMA network: which services phones have chosen, and who has a copy of what is said there.
//!
//! What a phone wants is in doubt at the same times as in [`broadcasts`](super::super::broadcasts).

use std::collections::{BTreeMap, BTreeSet};

use ril_protocol::frame::{Message, Request};
use ril_protocol::payload::cdma::BroadcastConfig;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, parcel};
use serde_json::json;

use super::texts::V;
use crate::simulation::broadcasts::Choice;
use crate::simulation::world::World;

/// Categories on which something is said: news, weather, and one that nobody has named.
const CATEGORIES: &[i32] = &[2, 3, 31, 40];
/// Emergencies: of old, and of CMAS.
const ALERTS: &[i32] = &[1, 0x1000, 0x1003];
/// Switches broadcast on (ril.h 94).
const ON: i32 = 0;

type Services = Vec<BroadcastConfig>;

/// What one phone has chosen.
#[derive(Debug)]
struct Chosen {
    services: Choice<Services>,
    active: Choice<bool>,
}

/// What a phone is to have of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// It may have one.
    Possible,
    /// It is to have one when the modem is told that the broadcast is taken.
    Due,
    /// It has one or will.
    Granted,
}

/// What phones have chosen, and what they are to have.
#[derive(Debug)]
pub(in crate::simulation) struct ServiceChoices {
    phones: Vec<Chosen>,
    /// By the text and the phone.
    copies: BTreeMap<(String, usize), Claim>,
    texts: BTreeSet<String>,
    /// The modem has not answered what it was to listen to, which it is not told again in vain.
    unanswered: bool,
}

impl ServiceChoices {
    pub(super) fn new(phones: usize) -> Self {
        let none = |_| Chosen { services: Choice::new(), active: Choice::new() };
        Self {
            phones: (0..phones).map(none).collect(),
            copies: BTreeMap::new(),
            texts: BTreeSet::new(),
            unanswered: false,
        }
    }

    /// How many phones there are.
    pub(super) fn phones(&self) -> usize {
        self.phones.len()
    }

    /// The router comes to the modem side.
    pub(in crate::simulation) fn linked(&mut self) {
        self.unanswered = false;
    }

    /// The modem has not answered this in time.
    pub(in crate::simulation) fn timed_out(&mut self, code: RequestCode) {
        let tells = [RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG, RequestCode::CDMA_SMS_BROADCAST_ACTIVATION];
        self.unanswered |= tells.contains(&code);
    }

    pub(super) fn asks(&mut self, place: usize, code: RequestCode, request: &Request<'_>) {
        let Chosen { services, active } = &mut self.phones[place];
        match code {
            RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG => {
                let Ok(chosen) = parcel::decode::<Services>(request.payload, V) else { return };
                services.makes(request.serial, chosen);
            }
            RequestCode::CDMA_SMS_BROADCAST_ACTIVATION => {
                let Ok(numbers) = parcel::decode::<Vec<i32>>(request.payload, V) else { return };
                active.makes(request.serial, numbers.first() == Some(&ON));
            }
            _ => {}
        }
    }

    pub(super) fn answered(&mut self, place: usize, code: RequestCode, serial: i32, errno: Errno, body: &[u8]) {
        let Chosen { services, active } = &mut self.phones[place];
        match code {
            RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG => services.answered(serial, errno),
            RequestCode::CDMA_SMS_BROADCAST_ACTIVATION => active.answered(serial, errno),
            RequestCode::CDMA_GET_BROADCAST_SMS_CONFIG if errno == Errno::SUCCESS => {
                let Some(Message::Reply(reply)) = Message::parse(body) else { return };
                let told = parcel::decode::<Services>(reply.payload, V).unwrap_or_default();
                let is_own = services.possible().any(|choice| *choice == told);
                assert!(is_own, "phone {place} is told services that it has not chosen");
            }
            _ => {}
        }
    }

    pub(super) fn all_is_durable(&mut self) {
        for Chosen { services, active } in &mut self.phones {
            services.all_is_durable();
            active.all_is_durable();
        }
    }

    pub(super) fn root_gone(&mut self) {
        for Chosen { services, active } in &mut self.phones {
            services.root_gone();
            active.root_gone();
        }
        // What the modem was not told to be taken comes again, and is then for whoever is there.
        self.copies.values_mut().filter(|copy| **copy == Claim::Due).for_each(|copy| *copy = Claim::Possible);
    }
}

fn is_alert(category: i32) -> bool {
    ALERTS.contains(&category)
}

impl World {
    /// The network says something on a service, to which the modem listens or not: it was perhaps told so too late.
    pub(super) fn something_is_broadcast_by_cdma(&mut self) {
        let categories = if self.rng.u8(0..3) == 0 { ALERTS } else { CATEGORIES };
        let category = categories[self.rng.usize(0..categories.len())];
        self.numbers += 1;
        let text = format!("to all on {category} #{}", self.numbers);
        self.modem.hear_cdma_broadcast(self.now, category, &text);
    }

    /// A phone chooses some services, or none, or asks what it has chosen.
    pub(super) fn a_phone_chooses_services(&mut self) {
        let place = self.any_phone();
        if !self.clients[place].up {
            return;
        }
        let random = self.rng.u8(0..8);
        let client = &mut self.clients[place];
        match random {
            0 => client.ask(RequestCode::CDMA_GET_BROADCAST_SMS_CONFIG, json!(null)),
            1 => client.ask(RequestCode::CDMA_SMS_BROADCAST_ACTIVATION, json!([1])),
            2 | 3 => client.ask(RequestCode::CDMA_SMS_BROADCAST_ACTIVATION, json!([ON])),
            _ => {
                let rng = &mut self.rng;
                let chosen = CATEGORIES.iter().filter(|_| rng.bool()).collect::<Vec<_>>();
                let service = |category: &&i32| json!({"service_category": category, "language": 1, "selected": rng.u8(0..4) > 0});
                let services: Vec<_> = chosen.iter().map(service).collect();
                client.ask(RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG, json!(services));
            }
        }
    }

    /// The router is about to hear a broadcast.
    pub(super) fn copies_come(&mut self, category: i32, text: &str) {
        self.cdma.services.texts.insert(text.to_owned());
        for place in 0..self.clients.len() {
            let copy = match self.is_to_have(place, category) {
                Some(false) => continue,
                Some(true) => Claim::Due,
                None => Claim::Possible,
            };
            let known = self.cdma.services.copies.entry((text.to_owned(), place)).or_insert(copy);
            if *known == Claim::Possible {
                *known = copy;
            }
        }
    }

    /// Whether a phone is to have a broadcast, unless that is in doubt.
    fn is_to_have(&self, place: usize, category: i32) -> Option<bool> {
        let (client, Chosen { services, active }) = (&self.clients[place], &self.cdma.services.phones[place]);
        if !client.up || !self.names.has_telephony(place) {
            return Some(false);
        }
        if is_alert(category) {
            return Some(true);
        }
        let has = |services: &Services| services.iter().any(|it| it.service_category == category && it.selected);
        let radio = match client.radio {
            Some(RadioState::ON) => client.wants_radio.is_none_or(|on| on).then_some(true),
            Some(RadioState::OFF) => client.wants_radio.is_none_or(|on| !on).then_some(false),
            _ => None,
        };
        let conditions = [services.is(has), active.is(|active| *active), radio];
        match conditions {
            _ if conditions.contains(&Some(false)) => Some(false),
            _ if conditions.contains(&None) => None,
            _ => Some(true),
        }
    }

    /// The modem is told that a broadcast is taken: each phone that is to have it has it, or its copy will survive.
    pub(super) fn copies_are_granted(&mut self, text: &str, payload: &[u8]) {
        for ((of, place), copy) in &mut self.cdma.services.copies {
            if of == text && *copy == Claim::Due {
                let client = &self.clients[*place];
                let is_taken = client.taken.iter().chain(&client.alerted).any(|taken| taken == text);
                let is_kept = self.store.has(payload, &self.config.phone[*place].name);
                assert!(is_taken || is_kept, "the modem is told that `{text}` is taken, which phone {place} can lose");
                *copy = Claim::Granted;
            }
        }
    }

    /// At the end: each phone has taken what it was to have once, and nothing else.
    pub(super) fn check_copies(&mut self) {
        for text in &self.cdma.services.texts {
            for (place, client) in self.clients.iter().enumerate() {
                let times = client.taken.iter().filter(|taken| *taken == text).count();
                let more = self.may_come_again.iter().filter(|again| *again == text).count();
                let alerts = client.alerted.iter().filter(|alert| *alert == text).count();
                let lives = usize::try_from(self.tally.restarts).unwrap_or_default() + 1;
                let copy = self.cdma.services.copies.get(&(text.clone(), place));
                assert!(copy.is_some() || times + alerts == 0, "phone {place} has `{text}`, which is not for it");
                assert!(times + alerts > 0 || copy != Some(&Claim::Granted), "phone {place} has lost `{text}`");
                assert!(times <= 1 + more, "phone {place} has `{text}` {times} times");
                assert!(times.min(1) + alerts <= lives, "phone {place} hears `{text}` in airplane mode once more");
                self.tally.copies += u64::from(times + alerts > 0);
            }
        }
    }

    /// The modem listens to what connected phones want.
    pub(super) fn check_services(&self) {
        let model = self.modem.model();
        if model.radio() != RadioState::ON || self.cdma.services.unanswered {
            return;
        }
        let connected = || {
            let phones = self.cdma.services.phones.iter().zip(&self.clients);
            phones.filter(|(_, client)| client.up).map(|(chosen, _)| chosen)
        };
        let is_on = connected().any(|chosen| chosen.active.is_granted(|active| *active));
        for category in CATEGORIES {
            let has = |services: &Services| services.iter().any(|it| it.service_category == *category && it.selected);
            let is_wanted = is_on && connected().any(|chosen| chosen.services.is_granted(has));
            let listens = model.cdma.services.wants(*category);
            assert!(listens || !is_wanted, "the modem does not listen to service {category}, which is wanted");
        }
    }
}
