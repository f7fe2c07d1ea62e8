//! Texts at the service: those that it has for phones, and those that phones have sent by it.
//!
//! A text for a phone is given again and again, over the link or as the text of a short message, until the router says
//! that it is taken; some are given once more then, for the service may not have heard it. A text of a phone is known
//! by its id, whichever way it comes: whatever a phone sends once has one id, and what it is told to be sent is here.

use std::collections::HashMap;
use std::time::Duration;

use caller_tag::link::to_device::Say;
use caller_tag::link::{self, TEXT_ID, TextAccepted, TextDeliver, TextRejected};
use caller_tag::suffix1::Tag;
use caller_tag::text::{Envelope, Id, Pieces, Sealer, Way, unkeyed};
use ril_protocol::sms_pdu::{self, Address, Deliver, Reference, Status, StatusReport, Submit, Timestamp, Tpdu};
use rild_proxy::router::Event;

use crate::simulation::names;
use crate::simulation::world::{Sent, World};

/// Causes of 3GPP TS 23.040, 9.2.3.22.
const UNSPECIFIED: u32 = 0xff;
const NO_ROOM: u32 = 0xd3;
const NO_SUBSCRIPTION: u32 = 0xc1;
/// How long a phone may send again what failed as the same text.
const DOUBT: Duration = Duration::from_secs(600);
/// Who writes to phones by way of the service.
const FAR_END: &str = "+15550188888";

/// What the service has and has heard.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Texts {
    /// Numbers what is for phones.
    last: u64,
    for_phones: Vec<ForPhone>,
    /// What phones have sent, by what it says.
    of_phones: HashMap<String, OfPhone>,
    /// Texts that came in the texts of short messages, in part.
    pieces: HashMap<Id, Pieces>,
    /// Counts the lives of root.
    life: u32,
}

/// A text for a phone.
#[derive(Debug)]
struct ForPhone {
    id: Vec<u8>,
    place: usize,
    tpdu: Vec<u8>,
    /// The router has said that it is taken.
    taken: bool,
    /// It is given again after that.
    again: bool,
}

/// A text of a phone.
#[derive(Debug)]
struct OfPhone {
    id: Id,
    place: usize,
    tpdu: Vec<u8>,
    since: Duration,
    life: u32,
    /// The service has it for good, or will not have it.
    fate: Option<Fate>,
    /// What became of it was told.
    reported: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Accepted,
    Rejected,
}

impl Texts {
    /// Root is gone, and does not know what it sent.
    pub(super) fn root_gone(&mut self) {
        self.life += 1;
    }

    /// A phone's text, by the link or in short messages.
    fn comes(&mut self, now: Duration, place: usize, id: Id, tpdu: Vec<u8>) {
        let submit = Submit::decode(&tpdu).expect("a phone sends a text");
        let recipient = submit.destination_address.to_string();
        let says = submit.text().expect("a text that can be read");
        assert_eq!(names::of_number(&recipient), Some(place), "phone {place} is to write to {recipient}");
        assert_eq!(names::writer_of(&says), Some(place), "phone {place} is to have written `{says}`");
        if let Some(known) = self.of_phones.get(&says) {
            let may_be_another =
                known.fate == Some(Fate::Rejected) || known.life != self.life || known.since + DOUBT < now;
            assert!(known.id == id || may_be_another, "`{says}` comes as two texts");
            if known.id == id {
                return;
            }
        }
        let text = OfPhone { id, place, tpdu, since: now, life: self.life, fate: None, reported: false };
        self.of_phones.insert(says, text);
    }

    fn with_id(&mut self, id: &[u8]) -> Option<&mut ForPhone> {
        self.for_phones.iter_mut().find(|text| text.id == id)
    }
}

impl World {
    /// The service gives or answers something.
    pub(super) fn the_service_writes(&mut self) {
        match self.rng.u8(0..8) {
            0..2 => self.the_service_has_a_text(),
            2 | 3 => self.the_service_gives_again(),
            4 => self.the_service_writes_by_sms(),
            5 => self.the_service_reports(),
            _ => self.the_service_answers(),
        }
    }

    fn the_service_has_a_text(&mut self) {
        let place = self.any_phone();
        self.numbers += 1;
        let says = names::text(place, self.numbers);
        let tpdu = text_of_far_end(&says);
        self.the_service_gives(place, says, tpdu);
    }

    /// What became of a text that the service has for good.
    fn the_service_reports(&mut self) {
        let random = self.rng.usize(..);
        let texts = &mut self.service.texts;
        let mut unreported: Vec<&mut OfPhone> =
            texts.of_phones.values_mut().filter(|text| text.fate == Some(Fate::Accepted) && !text.reported).collect();
        unreported.sort_by_key(|text| text.id);
        let which = random % unreported.len().max(1);
        let Some(text) = unreported.get_mut(which) else { return };
        text.reported = true;
        let Ok(submit) = Submit::decode(&text.tpdu) else { return };
        let (reference, to, time) = (submit.message_reference, submit.destination_address, Timestamp::default());
        let report = StatusReport::new(reference, to, time, time, Status::RECEIVED).encode();
        let report = report.expect("a report that can be written");
        let place = text.place;
        let pdu = [&[0], &report[..]].concat();
        self.the_service_gives(place, names::report(&sms_pdu::to_hex(&pdu)), report);
    }

    /// The service has this for a phone, and gives it for the first time.
    fn the_service_gives(&mut self, place: usize, says: String, tpdu: Vec<u8>) {
        if self.names.has_tag(place) {
            self.names.message_comes(says.clone(), place);
            self.sent.push(Sent { place, text: says, by_service: true });
        }
        let again = self.rng.bool();
        let texts = &mut self.service.texts;
        texts.last += 1;
        let id = [texts.last.to_be_bytes(), [0; TEXT_ID / 2]].concat();
        let which = texts.for_phones.len();
        texts.for_phones.push(ForPhone { id, place, tpdu, taken: false, again });
        self.the_service_says(which);
    }

    fn the_service_gives_again(&mut self) {
        if let Some(which) = self.any_text_to_give() {
            self.the_service_says(which);
        }
    }

    fn any_text_to_give(&mut self) -> Option<usize> {
        let texts = self.service.texts.for_phones.iter().enumerate();
        let open: Vec<usize> = texts.filter(|(_, text)| !text.taken || text.again).map(|(which, _)| which).collect();
        let random = self.rng.usize(0..open.len().max(1));
        open.get(random).copied()
    }

    /// All that is not taken is given again.
    pub(in crate::simulation) fn the_service_gives_all(&mut self) {
        for which in 0..self.service.texts.for_phones.len() {
            if !self.service.texts.for_phones[which].taken {
                self.the_service_says(which);
            }
        }
    }

    fn the_service_says(&mut self, which: usize) {
        let ForPhone { id, place, tpdu, .. } = &self.service.texts.for_phones[which];
        let tag = u32::try_from(*place).unwrap_or(u32::MAX);
        let say = Say::TextDeliver(TextDeliver { id: id.clone(), tag, tpdu: tpdu.clone() });
        self.event(Event::FromService(&link::to_device(say)));
    }

    /// The service has no link, or thinks so, and writes to the phone from its access number.
    pub(super) fn the_service_writes_by_sms(&mut self) {
        let Some(which) = self.any_text_to_give() else { return };
        let ForPhone { id, place, tpdu, .. } = &self.service.texts.for_phones[which];
        let (Some(id), Some(tag)) = (id.first_chunk(), u8::try_from(*place).ok().and_then(Tag::new)) else { return };
        // To others the service has no number to write from.
        if !self.names.is_by_service(*place) || !self.names.has_tag(*place) {
            return;
        }
        let texts =
            self.names.tagging.sealer().seal(Way::ToPhone, tag, Id(*id), tpdu).expect("a text that can be sealed");
        let [text] = &texts[..] else { panic!("a text for a phone needs more than one short message") };
        let line = format!("sms send {} {text}", names::access(*place));
        self.modem.console(self.now, &line);
    }

    /// Somebody who does not know the key writes to a phone as if it were the service.
    pub(in crate::simulation) fn somebody_forges_a_text(&mut self) {
        let place = self.any_phone();
        self.numbers += 1;
        let says = names::text(place, self.numbers);
        let tag = u8::try_from(place).ok().and_then(Tag::new).expect("a tag");
        let id = Id([&[0xff; 4][..], &self.numbers.to_be_bytes()].concat().try_into().expect("an id"));
        let texts = Sealer { mac: unkeyed }.seal(Way::ToPhone, tag, id, &text_of_far_end(&says));
        let texts = texts.expect("a text that can be sealed");
        let [text] = &texts[..] else { panic!("a text is too long") };
        self.sent.push(Sent { place, text: text.clone(), by_service: false });
        self.modem.console(self.now, &format!("sms send {} {text}", names::access(place)));
    }

    /// The router says that a text is taken.
    pub(super) fn text_is_taken(&mut self, id: &[u8]) {
        let text = self.service.texts.with_id(id).expect("a text is taken that the service has");
        self.tally.texts += u64::from(!std::mem::replace(&mut text.taken, true));
    }

    /// The router says that a text is not taken: for nobody, or as long as nothing can be stored.
    pub(super) fn text_is_refused(&mut self, id: &[u8], cause: u32) {
        let failing = self.store.failing;
        let text = self.service.texts.with_id(id).expect("a text is refused that the service has");
        let place = text.place;
        match cause {
            NO_SUBSCRIPTION => {
                assert!(!self.names.has_tag(place), "phone {place} is said not to be there");
                text.taken = true;
            }
            cause => assert!(cause == NO_ROOM && failing, "a text for phone {place} is refused for {cause:#x}"),
        }
    }

    /// A phone's text comes over the link.
    pub(super) fn text_comes(&mut self, place: usize, id: &[u8], recipient: &str, tpdu: Vec<u8>) {
        let short = *id.first_chunk().expect("an id");
        let written = sms_pdu::rewrite::destination_address(&tpdu).map(|address| address.to_string());
        assert_eq!(written.as_deref(), Ok(recipient), "a text of phone {place} is for somebody else");
        self.service.texts.comes(self.now, place, Id(short), tpdu);
    }

    /// The modem is to send a short message: one to the service holds a text, or a piece of one, of the phone whose
    /// number that is; and nobody writes to others who has a number of its own.
    pub(in crate::simulation) fn check_sms(&mut self, hex: &str) {
        let submit = Submit::from_hex(hex).expect("a short message that can be sent");
        let text = submit.text().unwrap_or_default();
        let Some(place) = names::of_access(&submit.destination_address.to_string()) else {
            let writer = names::writer_of(&text);
            let as_sim = writer.is_none_or(|writer| !self.names.is_by_service(writer));
            return assert!(as_sim, "phone {writer:?} writes as the SIM");
        };
        assert!(self.names.is_by_service(place), "somebody writes to the number of phone {place}");
        let envelope =
            self.names.tagging.sealer().open(Way::FromPhone, &text).expect("the service is written what it knows");
        let Envelope { tag, id, .. } = envelope;
        assert_eq!(usize::from(tag.digit()), place, "one phone's text goes to the number of another");
        let whole = self.service.texts.pieces.entry(id).or_default().add(&envelope);
        if let Some(tpdu) = whole {
            self.service.texts.comes(self.now, place, id, tpdu);
        }
    }

    /// A phone is told that what it wrote is sent, under this reference.
    pub(in crate::simulation) fn check_sent(&mut self, place: usize, says: &str, reference: i32) {
        self.tally.sent += 1;
        let text = self.service.texts.of_phones.get(says);
        let text =
            text.unwrap_or_else(|| panic!("`{says}` of phone {place} is sent, and the service has not heard of it"));
        let named = sms_pdu::rewrite::submit_reference(&text.tpdu).ok().map(i32::from);
        assert_eq!(named, Some(reference), "`{says}` has another reference for its phone than for the service");
        if text.fate == Some(Fate::Accepted) {
            return;
        }
        let tag = u8::try_from(place).ok().and_then(Tag::new).expect("a tag");
        let texts =
            self.names.tagging.sealer().seal(Way::FromPhone, tag, text.id, &text.tpdu).expect("a text that was sealed");
        let out = self.modem.model().sms.outbox.texts();
        let has =
            |text: &String| out.iter().any(|sent| names::of_access(&sent.to) == Some(place) && sent.text == *text);
        assert!(texts.iter().all(has), "`{says}` of phone {place} is sent, and nobody has it");
    }

    /// The service says what becomes of a text that it was told of.
    fn the_service_answers(&mut self) {
        let random = self.rng.usize(..);
        let accepts = self.rng.u8(0..4) > 0;
        let texts = &mut self.service.texts;
        let mut told: Vec<&mut OfPhone> = texts.of_phones.values_mut().collect();
        // The latest ones are those that are waited for.
        told.sort_by_key(|text| (std::cmp::Reverse(text.since), text.id));
        let which = random % told.len().clamp(1, super::MOST_KEPT);
        let Some(text) = told.get_mut(which) else { return };
        let fate = *text.fate.get_or_insert(if accepts { Fate::Accepted } else { Fate::Rejected });
        let id = [text.id.0, [0; TEXT_ID / 2]].concat();
        let say = match fate {
            Fate::Accepted => Say::TextAccepted(TextAccepted { id }),
            Fate::Rejected => Say::TextRejected(TextRejected { id, cause: UNSPECIFIED }),
        };
        self.event(Event::FromService(&link::to_device(say)));
    }

    /// The service has given all that it had, and the router has said so.
    pub(in crate::simulation) fn check_texts(&self) {
        let left = self.service.texts.for_phones.iter().find(|text| !text.taken);
        assert!(left.is_none(), "the service still has a text for phone {:?}", left.map(|text| text.place));
    }
}

/// Somebody's text, as the service has it for a phone.
fn text_of_far_end(says: &str) -> Vec<u8> {
    let part = sms_pdu::split(says, Reference::Short(0)).ok().and_then(|mut parts| parts.pop());
    let from = Address::number(FAR_END).ok();
    let (Some(part), Some(from)) = (part, from) else { panic!("a text that cannot be written") };
    Deliver::new(from, Timestamp::default(), part).encode().expect("a text that can be written")
}
