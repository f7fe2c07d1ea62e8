//! Whose a received message is, when no tag says so: what is known of who wrote to whom.
//!
//! A message belongs to the phone that last wrote to its originator: whose message the modem said was sent. One that
//! may have been sent, for nobody knows, takes nothing over from another phone. All parts of a longer message follow
//! the first one that was seen, whatever changes meanwhile. Both are remembered over a restart, and both are bounded
//! for each phone, so that none can make another's be forgotten.

use std::time::Duration;

use prost::Message;
use ril_protocol::sms_pdu::{Concatenation, Reference};

use super::records::{self, Book, Correspondent};
use crate::router::phones::Phones;
use crate::router::{Kind, Now, PhoneId};

/// How many far ends of a phone are remembered.
const MOST_CORRESPONDENTS: usize = 256;
/// How many unfinished messages in parts of a phone are remembered.
const MOST_UNFINISHED: usize = 64;
/// How long the parts of a message may take to arrive.
const PARTS_PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// Begins what a message in parts is known by. No far end's key does.
const PARTS_MARK: u8 = b'#';

/// Something that says whose messages are: a far end, or a message in parts.
#[derive(Debug)]
struct Known {
    phone: PhoneId,
    about: Vec<u8>,
    /// Its place in the order of all that was learnt.
    order: u64,
    /// Of a message in parts: what is known of its parts.
    parts: Option<Parts>,
}

#[derive(Debug)]
struct Parts {
    /// A bit for each part that was seen since the start of the daemon.
    seen: [u64; 4],
    /// When the rest is not waited for any more.
    until: Now,
}

/// Who wrote to whom, and which messages in parts are under way.
#[derive(Debug, Default)]
pub(super) struct Owners {
    known: Vec<Known>,
    orders: u64,
}

impl Owners {
    /// A record of an earlier life.
    pub(super) fn recall(&mut self, key: &[u8], value: &[u8], phones: &Phones) {
        let Some((name, about)) = records::split_key(key) else { return };
        let (Some(phone), Ok(record)) = (phones.named(name), Correspondent::decode(value)) else { return };
        let in_parts = about.first() == Some(&PARTS_MARK);
        let parts = in_parts.then_some(Parts { seen: [0; 4], until: PARTS_PATIENCE });
        self.known.push(Known { phone, about: about.to_vec(), order: record.order, parts });
        self.orders = self.orders.max(record.order);
    }

    /// The phone that wrote to this far end last.
    pub(super) fn of(&self, far_end: &str, phones: &Phones) -> Option<PhoneId> {
        self.latest(far_end.as_bytes(), phones)
    }

    /// A phone writes to this far end.
    pub(super) fn wrote(&mut self, phone: PhoneId, far_end: &str, book: &mut Book<'_>) {
        let about = far_end.as_bytes();
        let is_latest = self.latest(about, book.phones) == Some(phone);
        let order = self.next_order();
        if let Some(known) = self.known.iter_mut().find(|known| known.phone == phone && known.about == about) {
            known.order = order;
            if !is_latest {
                put(known, book);
            }
            return;
        }
        self.forget_oldest(phone, MOST_CORRESPONDENTS, false, book);
        let known = Known { phone, about: about.to_vec(), order, parts: None };
        put(&known, book);
        self.known.push(known);
    }

    /// A phone may have written to this far end. If another phone has, what comes from there stays that phone's.
    pub(super) fn perhaps_wrote(&mut self, phone: PhoneId, far_end: &str, book: &mut Book<'_>) {
        if self.of(far_end, book.phones).is_none_or(|owner| owner == phone) {
            self.wrote(phone, far_end, book);
        }
    }

    /// The phone that has another part of this message.
    pub(super) fn of_parts(&self, now: Now, from: &str, part: Concatenation, phones: &Phones) -> Option<PhoneId> {
        let about = parts_key(from, part);
        let known = self.known.iter().find(|known| known.about == about)?;
        let fresh = known.parts.as_ref().is_some_and(|parts| now < parts.until);
        (fresh && phones.has_telephony(known.phone)).then_some(known.phone)
    }

    /// A part of a message belongs to this phone.
    pub(super) fn part_came(&mut self, now: Now, phone: PhoneId, from: &str, part: Concatenation, book: &mut Book<'_>) {
        let about = parts_key(from, part);
        let is_waited_for = |known: &Known| known.parts.as_ref().is_some_and(|parts| now < parts.until);
        let is_its = |known: &Known| known.phone == phone && is_waited_for(known);
        let place = match self.known.iter().position(|known| known.about == about) {
            Some(place) if is_its(&self.known[place]) => place,
            other => {
                if let Some(place) = other {
                    self.forget(place, book);
                }
                self.forget_oldest(phone, MOST_UNFINISHED, true, book);
                let parts = Some(Parts { seen: [0; 4], until: now + PARTS_PATIENCE });
                let order = self.next_order();
                let known = Known { phone, about, order, parts };
                put(&known, book);
                self.known.push(known);
                self.known.len() - 1
            }
        };
        if let Some(parts) = self.known.get_mut(place).and_then(|known| known.parts.as_mut()) {
            let bit = usize::from(part.sequence);
            parts.seen[bit / 64] |= 1 << (bit % 64);
            let count: u32 = parts.seen.iter().map(|word| word.count_ones()).sum();
            if count >= u32::from(part.total) {
                self.forget(place, book);
            }
        }
    }

    fn latest(&self, about: &[u8], phones: &Phones) -> Option<PhoneId> {
        let those = self.known.iter().filter(|known| known.about == about && phones.has_telephony(known.phone));
        those.max_by_key(|known| known.order).map(|known| known.phone)
    }

    fn next_order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    /// Makes room for one more of a phone's.
    fn forget_oldest(&mut self, phone: PhoneId, most: usize, in_parts: bool, book: &mut Book<'_>) {
        let counts = |known: &Known| known.phone == phone && known.parts.is_some() == in_parts;
        while self.known.iter().filter(|known| counts(known)).count() >= most {
            let oldest = self.known.iter().enumerate().filter(|(_, known)| counts(known));
            let Some((place, _)) = oldest.min_by_key(|(_, known)| known.order) else { return };
            self.forget(place, book);
        }
    }

    fn forget(&mut self, place: usize, book: &mut Book<'_>) {
        let known = self.known.swap_remove(place);
        book.remove(Kind::Correspondent, known.phone, &known.about);
    }
}

fn put(known: &Known, book: &mut Book<'_>) {
    book.put(Kind::Correspondent, known.phone, &known.about, &Correspondent { order: known.order });
}

fn parts_key(from: &str, part: Concatenation) -> Vec<u8> {
    let (width, reference) = match part.reference {
        Reference::Short(reference) => (8, u16::from(reference)),
        Reference::Long(reference) => (16, reference),
    };
    let [high, low] = reference.to_be_bytes();
    [&[PARTS_MARK, width, high, low, part.total], from.as_bytes()].concat()
}
