//! Cell broadcast: each phone chooses for itself, the modem receives what any of them wants.
//!
//! A phone's choice is its own, is answered to nobody else, and is remembered over a restart of the daemon; a new
//! client sets it anew (RilJ does at each start). Until it says whether broadcast is on, what it chooses is wanted:
//! Sailfish's oFono says only which channels, and when it wants none. The modem is told the union of the channels of
//! all connected phones, and that broadcast is on while any of them wants it on; only when that changes, and not while
//! it has yet to answer the last time. What the modem refuses is the choice of the phone that asked: it is left out
//! until that phone chooses anew, and the others have what they had. So that it is known whose choice that is, the
//! modem is told of one phone's at a time. What it refuses when nobody asked, or does not answer, it is told again, a
//! few times and less and less often. A message goes to the phones that want its channel, a public warning to all that
//! have telephony.
//!
//! A modem has room for so many ranges, and refuses what is beyond. So that no phone takes all of it, one that wants
//! more ranges than who asks gives way when the modem refuses: only its public warnings count, until it chooses anew.
//! So does the one that wants most, when the modem refuses for the second time what nobody asked for. If room was not
//! the reason, for the modem refuses when all such phones have given way, they have theirs again. Privileged phones
//! give way to nobody. Of a choice that is refused the public warnings are tried alone.
//!
//! * `wishes`: what phones want, and what that adds up to.
//! * `page`: what a message is about.
//! * `cdma`: what comes in the shape of a short message.
//!
//! Reference: 3GPP TS 23.041; ril.h 89 to 94 and 1021.

pub(super) mod cdma;
mod page;
mod wishes;

use std::borrow::Cow;
use std::time::Duration;

use prost::Message;
use ril_protocol::frame::Request;
use ril_protocol::payload::Raw;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::Question;
use super::records;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Waiter};
use crate::router::phones::Phones;
use crate::router::{Actions, Kind, Now, PhoneId, Router};
use page::Head;
use wishes::{Channels, Services};

/// Behind a phone's name, the key of what is stored.
const KEY: &[u8] = b"broadcast";
/// What ACTIVATION takes for "on": it is the other way round than one would think (ril.h 91).
const ON: i32 = 0;
const OFF: i32 = 1;

/// After how long the modem is told again what it did not want, twice as long each time, and how often.
const RETRY: Duration = Duration::from_secs(10);
const MOST_TRIES: u32 = 6;

/// One of the things that the modem is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Part {
    Channels,
    Active,
    Services,
    CdmaActive,
}

impl Part {
    const ALL: [Self; 4] = [Self::Channels, Self::Active, Self::Services, Self::CdmaActive];

    fn code(self) -> RequestCode {
        match self {
            Self::Channels => RequestCode::GSM_SET_BROADCAST_SMS_CONFIG,
            Self::Active => RequestCode::GSM_SMS_BROADCAST_ACTIVATION,
            Self::Services => RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG,
            Self::CdmaActive => RequestCode::CDMA_SMS_BROADCAST_ACTIVATION,
        }
    }
}

/// What one phone wants.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wishes {
    channels: Channels,
    /// Whether broadcast is on; `None` until it says so.
    active: Option<bool>,
    services: Services,
    cdma_active: bool,
    /// What of it the modem did not want.
    refused: [bool; Part::ALL.len()],
    /// Of what only public warnings count.
    gives_way: [bool; Part::ALL.len()],
}

impl Wishes {
    /// The channels that count.
    fn channels(&self) -> Cow<'_, Channels> {
        let gives_way = self.gives_way[Part::Channels as usize];
        if gives_way { Cow::Owned(wishes::warnings(&self.channels)) } else { Cow::Borrowed(&self.channels) }
    }

    /// The CDMA services that count.
    fn services(&self) -> Cow<'_, Services> {
        let gives_way = self.gives_way[Part::Services as usize];
        if gives_way { Cow::Owned(wishes::emergencies(&self.services)) } else { Cow::Borrowed(&self.services) }
    }

    /// How many ranges all of it is at the modem; and how many are left when it gives way, if that is something else.
    fn ranges(&self, part: Part) -> (usize, Option<usize>) {
        fn both<T: PartialEq>(all: &[T], left: &[T]) -> (usize, Option<usize>) {
            (all.len(), (all != left).then_some(left.len()))
        }
        match part {
            Part::Channels => {
                both(&wishes::all_channels([&self.channels].into_iter()), &wishes::warnings(&self.channels))
            }
            Part::Services => {
                both(&wishes::all_services([&self.services].into_iter()), &wishes::emergencies(&self.services))
            }
            Part::Active | Part::CdmaActive => (0, None),
        }
    }

    /// Whether GSM broadcast is on.
    fn listens(&self) -> bool {
        self.active.unwrap_or_else(|| self.channels.iter().any(|range| range.selected))
    }
}

/// What the modem was told of one part.
#[derive(Debug, Default)]
struct Told {
    /// What it has confirmed.
    at_modem: Option<Vec<u8>>,
    /// What it is asked, and who waits for the answer.
    asked: Option<Vec<u8>>,
    waiting: Vec<Waiter>,
    /// Who waits for it to be asked again.
    next: Vec<Waiter>,
    /// What it did not want, how often, how often it has not answered to that, and when it is told again.
    refused: Option<Vec<u8>>,
    refusals: u32,
    silences: u32,
    again: Option<Now>,
    /// Who has given way for the sake of what it was asked last.
    given_way: Vec<PhoneId>,
    /// Whose choice was refused, and of which the public warnings are to be tried alone; and are being tried.
    to_try: Option<PhoneId>,
    trying: Option<PhoneId>,
    /// The radio changed since it was asked.
    radio_changed: bool,
    /// It started anew since it was asked.
    overtaken: bool,
}

/// All wishes, and what the modem knows of them.
#[derive(Debug)]
pub(super) struct Broadcast {
    wishes: Vec<Wishes>,
    told: [Told; 4],
}

impl Told {
    /// The modem has answered what it was asked.
    fn answered(&mut self, now: Now, answer: Answer<'_>) {
        let asked = self.asked.take();
        if answer.is_ok() {
            self.at_modem = asked;
            return self.forget_refusals();
        }
        self.at_modem = None;
        if self.refused != asked {
            self.forget_refusals();
            self.refused = asked;
        }
        let tries = self.refusals + self.silences;
        let may_be_wanted = answer.errno != Errno::REQUEST_NOT_SUPPORTED && tries < MOST_TRIES;
        self.again = may_be_wanted.then(|| now + RETRY * (1 << tries));
        *(if answer.given_up { &mut self.silences } else { &mut self.refusals }) += 1;
    }

    fn forget_refusals(&mut self) {
        (self.refused, self.refusals, self.silences, self.again) = (None, 0, 0, None);
    }

    /// Whether the modem does not want this, and it is not yet time to tell it again.
    fn is_refused(&self, now: Now, wanted: &[u8]) -> bool {
        self.refused.as_deref() == Some(wanted) && self.again.is_none_or(|again| now < again)
    }
}

impl Broadcast {
    pub(super) fn new(phones: usize) -> Self {
        Self { wishes: vec![Wishes::default(); phones], told: Default::default() }
    }

    /// A record of an earlier life, if it is one of these.
    pub(super) fn recall(&mut self, key: &[u8], value: &[u8], phones: &Phones) {
        let Some((name, KEY)) = records::split_key(key) else { return };
        let wishes = phones.named(name).and_then(|phone| self.wishes.get_mut(phone.0));
        let (Some(wishes), Ok(record)) = (wishes, records::Broadcast::decode(value)) else { return };
        let version = ril_protocol::RilVersion::COMMON;
        *wishes = Wishes {
            channels: record.gsm.and_then(|gsm| parcel::decode(&gsm, version).ok()).unwrap_or_default(),
            active: record.gsm_active,
            services: record.cdma.and_then(|cdma| parcel::decode(&cdma, version).ok()).unwrap_or_default(),
            cdma_active: record.cdma_active,
            ..Wishes::default()
        };
    }

    /// When the modem is to be told again what it did not want.
    pub(super) fn deadline(&self, now: Now) -> Option<Now> {
        self.told.iter().filter_map(|told| told.again).filter(|again| *again > now).min()
    }

    /// The radio changed: what the modem did not want before it may want now. Without a state, it starts anew, and no
    /// modem remembers what it was told of this.
    pub(super) fn radio_changed(&mut self, state: RadioState) {
        for told in &mut self.told {
            told.forget_refusals();
            told.radio_changed = told.asked.is_some();
            if state == RadioState::UNAVAILABLE {
                told.at_modem = None;
                told.overtaken = told.asked.is_some();
            }
        }
    }
}

impl Router {
    /// A request about cell broadcast.
    pub(in crate::router) fn broadcast_request(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let version = self.version();
        let active = self.first_int(request.payload).map(|first| first == ON);
        let Some(mut wishes) = self.messages.broadcast.wishes.get(id.0).cloned() else { return };
        let part = match request.code {
            RequestCode::GSM_GET_BROADCAST_SMS_CONFIG => {
                let channels = parcel::encode(&wishes.channels, version);
                return out.reply(id, request.serial, Errno::SUCCESS, &channels);
            }
            RequestCode::CDMA_GET_BROADCAST_SMS_CONFIG => {
                let services = parcel::encode(&wishes.services, version);
                return out.reply(id, request.serial, Errno::SUCCESS, &services);
            }
            RequestCode::GSM_SET_BROADCAST_SMS_CONFIG => parcel::decode::<Channels>(request.payload, version)
                .ok()
                .filter(|channels| wishes::are_channels(channels))
                .map(|channels| {
                    wishes.channels = channels;
                    Part::Channels
                }),
            RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG => parcel::decode::<Services>(request.payload, version)
                .ok()
                .filter(|services| wishes::are_services(services))
                .map(|services| {
                    wishes.services = services;
                    Part::Services
                }),
            RequestCode::GSM_SMS_BROADCAST_ACTIVATION => active.map(|active| {
                wishes.active = Some(active);
                Part::Active
            }),
            _ => active.map(|active| {
                wishes.cdma_active = active;
                Part::CdmaActive
            }),
        };
        let Some(part) = part else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        if !self.keep_wishes(now, id, &wishes, out) {
            return self.refuse_flood(id, request, out);
        }
        (wishes.refused[part as usize], wishes.gives_way[part as usize]) = (false, false);
        if let Some(known) = self.messages.broadcast.wishes.get_mut(id.0) {
            *known = wishes;
        }
        let waiter = self.wait(id, request.serial);
        self.messages.broadcast.told[part as usize].next.extend(waiter);
        self.messages.stirred = true;
    }

    /// Stores what a phone wants, if that is something else than before; false if it changes that too often.
    fn keep_wishes(&mut self, now: Now, id: PhoneId, wishes: &Wishes, out: &mut Actions) -> bool {
        let (Some(phone), Some(known)) = (self.phones.get(id), self.messages.broadcast.wishes.get(id.0)) else {
            return false;
        };
        if wishes == known {
            return true;
        }
        if !self.journal.take_change(now, id) {
            return false;
        }
        let version = ril_protocol::RilVersion::COMMON;
        let record = records::Broadcast {
            gsm: Some(parcel::encode(&wishes.channels, version)),
            gsm_active: wishes.active,
            cdma: Some(parcel::encode(&wishes.services, version)),
            cdma_active: wishes.cdma_active,
        };
        let key = records::key(&phone.name, KEY);
        self.journal.put(Kind::Setting, &key, &record.encode_to_vec(), out);
        true
    }

    /// Tells the modem what the phones want together, if that is not what it has.
    pub(super) fn tune_broadcast(&mut self, now: Now, out: &mut Actions) {
        for part in Part::ALL {
            while self.tune_part(now, part, out) {}
        }
    }

    /// Tells the modem of the next phone's choice of one part; true if there is more to do.
    fn tune_part(&mut self, now: Now, part: Part, out: &mut Actions) -> bool {
        let told = &mut self.messages.broadcast.told[part as usize];
        if told.asked.is_some() {
            return false;
        }
        let to_try = told.to_try.take();
        let chooses = told.next.first().map(|waiter| waiter.phone).filter(|_| to_try.is_none());
        let is_more = chooses.is_some() || to_try.is_some();
        let wanted = self.wanted_of_modem(part, chooses);
        let told = &mut self.messages.broadcast.told[part as usize];
        let has_it = match &told.at_modem {
            Some(at_modem) => *at_modem == wanted.payload,
            // Without broadcast is how a modem begins.
            None => wanted.ranges == 0 && chooses.is_none(),
        };
        let in_vain = told.is_refused(now, &wanted.payload) || !self.radio.is_on();
        if !has_it && chooses.is_none() && in_vain {
            return is_more;
        }
        let waiting: Vec<Waiter> = told.next.extract_if(.., |waiter| Some(waiter.phone) == chooses).collect();
        if has_it {
            for waiter in waiting {
                self.answer_waiter(waiter, Errno::SUCCESS, &[], out);
            }
            return is_more;
        }
        let order = Order { code: part.code(), payload: wanted.payload };
        if self.ask(now, Ask::Sms(Question::Broadcast(part)), &order, out) {
            let told = &mut self.messages.broadcast.told[part as usize];
            told.asked = Some(order.payload);
            told.again = None;
            told.trying = to_try;
            told.waiting = waiting;
            return false;
        }
        for waiter in waiting {
            self.answer_waiter(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
        is_more
    }

    pub(super) fn broadcast_answered(&mut self, now: Now, part: Part, answer: Answer<'_>, out: &mut Actions) {
        let told = &mut self.messages.broadcast.told[part as usize];
        told.answered(now, answer);
        // It may be that the radio was without state when it was asked, and that it is on by now.
        if std::mem::take(&mut told.radio_changed) {
            told.forget_refusals();
        }
        if std::mem::take(&mut told.overtaken) {
            told.at_modem = None;
        }
        let waiting = std::mem::take(&mut told.waiting);
        let tried = told.trying.take();
        if answer.is_ok() {
            told.given_way.clear();
        }
        // Without radio it may be wanted later, and what is not answered may have been taken.
        if !answer.is_ok() && answer.errno != Errno::RADIO_NOT_AVAILABLE && !answer.given_up {
            let asker = waiting.first().map(|waiter| waiter.phone);
            // A choice that was made meanwhile is another.
            let is_latest = |phone: &PhoneId| told.next.iter().all(|next| next.phone != *phone);
            let refused = asker.or(tried).filter(is_latest);
            let is_nobodys = asker.is_none() && tried.is_none();
            let may_be_full = answer.errno != Errno::REQUEST_NOT_SUPPORTED && tried.is_none();
            let is_certain = told.refusals == 2 || !told.given_way.is_empty();
            if may_be_full && (refused.is_some() || is_nobodys && is_certain) && self.makes_way(part, refused) {
                self.messages.broadcast.told[part as usize].next.splice(0..0, waiting);
                return;
            }
            self.takes_back_way(part, is_nobodys);
            if let Some(phone) = refused {
                self.choice_is_refused(part, phone, may_be_full);
            }
        }
        for waiter in waiting {
            self.answer_waiter(waiter, answer.errno, &[], out);
        }
    }

    /// The modem may have no room for what the phones want together: the one that wants most of it gives way, if it
    /// wants more than who asks and that makes room. False if there is no such phone.
    fn makes_way(&mut self, part: Part, asker: Option<PhoneId>) -> bool {
        let before = self.wanted_of_modem(part, asker).ranges;
        let wishes = &self.messages.broadcast.wishes;
        let ranges = |phone: PhoneId| wishes.get(phone.0).map_or((0, None), |wishes| wishes.ranges(part));
        let own = asker.filter(|asker| !self.phones.is_privileged(*asker)).map_or(0, |asker| ranges(asker).0);
        let may_give_way = |phone: &PhoneId| {
            let has_given = wishes.get(phone.0).is_none_or(|wishes| wishes.gives_way[part as usize]);
            let (all, left) = ranges(*phone);
            let is_another = Some(*phone) != asker && self.counts(part, asker, *phone);
            is_another && !has_given && !self.phones.is_privileged(*phone) && all > own && left.is_some()
        };
        let Some(phone) = self.phones.ids().filter(may_give_way).max_by_key(|phone| ranges(*phone).0) else {
            return false;
        };
        self.give_way(part, phone, true);
        let after = self.wanted_of_modem(part, asker).ranges;
        if after == 0 || after >= before {
            self.give_way(part, phone, false);
            return false;
        }
        self.messages.broadcast.told[part as usize].given_way.push(phone);
        true
    }

    fn give_way(&mut self, part: Part, phone: PhoneId, gives_way: bool) {
        if let Some(wishes) = self.messages.broadcast.wishes.get_mut(phone.0) {
            wishes.gives_way[part as usize] = gives_way;
        }
    }

    /// Who gave way did so in vain. If nobody asked, the modem is told what it refused at first later, and nobody gives
    /// way to that again.
    fn takes_back_way(&mut self, part: Part, is_nobodys: bool) {
        let given_way = std::mem::take(&mut self.messages.broadcast.told[part as usize].given_way);
        for phone in &given_way {
            self.give_way(part, *phone, false);
        }
        if is_nobodys && !given_way.is_empty() {
            let all = self.wanted_of_modem(part, None);
            let told = &mut self.messages.broadcast.told[part as usize];
            (told.refused, told.refusals) = (Some(all.payload), 2);
        }
    }

    /// The modem did not want the choice of this phone. The public warnings in it it may want.
    fn choice_is_refused(&mut self, part: Part, phone: PhoneId, may_be_in_part: bool) {
        let Broadcast { wishes, told } = &mut self.messages.broadcast;
        let Some(wishes) = wishes.get_mut(phone.0) else { return };
        let has_warnings = wishes.ranges(part).1.is_some_and(|left| left > 0);
        if may_be_in_part && has_warnings {
            wishes.gives_way[part as usize] = true;
            told[part as usize].to_try = Some(phone);
        } else {
            wishes.refused[part as usize] = true;
        }
    }

    pub(super) fn broadcast_modem_down(&mut self, out: &mut Actions) {
        for part in Part::ALL {
            self.takes_back_way(part, false);
            let told = std::mem::take(&mut self.messages.broadcast.told[part as usize]);
            for waiter in told.waiting.into_iter().chain(told.next) {
                self.answer_waiter(waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
            }
        }
    }

    /// A cell broadcast message.
    pub(in crate::router) fn broadcast_unsolicited(&self, payload: &[u8], out: &mut Actions) {
        let message = parcel::decode::<Raw>(payload, self.version()).ok().and_then(|raw| raw.0);
        let head = message.and_then(|message| Head::read(&message));
        for (id, phone) in self.phones.iter().filter(|(_, phone)| phone.telephony) {
            let Some(wishes) = self.messages.broadcast.wishes.get(id.0) else { continue };
            let active = wishes.listens() && self.radio_seen_by(id) != RadioState::OFF;
            let wanted = match head {
                Some(head) if head.is_warning() => true,
                Some(head) => active && wishes::wants(&wishes.channels, head),
                None => active,
            };
            if wanted && phone.up {
                out.unsolicited(id, UnsolCode::RESPONSE_NEW_BROADCAST_SMS, payload);
            }
        }
    }

    /// Whether what this phone chose is told to the modem while that one chooses. Others' choices have to wait for
    /// their turn.
    fn counts(&self, part: Part, chooses: Option<PhoneId>, phone: PhoneId) -> bool {
        let Broadcast { wishes, told } = &self.messages.broadcast;
        let waits = || told[part as usize].next.iter().any(|waiter| waiter.phone == phone);
        let is_refused = wishes.get(phone.0).is_none_or(|wishes| wishes.refused[part as usize]);
        self.phones.is_up(phone) && !is_refused && (chooses == Some(phone) || !waits())
    }

    /// What the modem is to be told of one part while this phone chooses.
    fn wanted_of_modem(&self, part: Part, chooses: Option<PhoneId>) -> Wanted {
        let version = self.version();
        let wishes = self.messages.broadcast.wishes.iter().enumerate();
        let counted = wishes.filter(|(place, _)| self.counts(part, chooses, PhoneId(*place)));
        let counted: Vec<&Wishes> = counted.map(|(_, wishes)| wishes).collect();
        let activation = |active: bool| Wanted {
            payload: parcel::encode(&vec![if active { ON } else { OFF }], version),
            ranges: usize::from(active),
        };
        match part {
            Part::Channels => {
                let channels: Vec<_> = counted.iter().map(|wishes| wishes.channels()).collect();
                let channels = wishes::all_channels(channels.iter().map(AsRef::as_ref));
                Wanted { ranges: channels.len(), payload: parcel::encode(&channels, version) }
            }
            Part::Services => {
                let services: Vec<_> = counted.iter().map(|wishes| wishes.services()).collect();
                let services = wishes::all_services(services.iter().map(AsRef::as_ref));
                Wanted { ranges: services.len(), payload: parcel::encode(&services, version) }
            }
            Part::Active => activation(counted.iter().any(|wishes| wishes.listens())),
            Part::CdmaActive => activation(counted.iter().any(|wishes| wishes.cdma_active)),
        }
    }
}

/// What the modem is to have.
struct Wanted {
    payload: Vec<u8>,
    /// How much that is. Nothing is what a modem has at first.
    ranges: usize,
}
