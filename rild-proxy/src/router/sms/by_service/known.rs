//! Which messages came by way of the service, so that none is taken in twice.
//!
//! The service gives a message again, by its link or as a tagged text, until it hears that it is taken. An id is in the
//! record of its message, so that neither is stored without the other, and in one of its own, which is kept after the
//! phone has the message, the latest of each phone. A daemon that finds a message whose id has no record, for it was
//! killed between the two, makes up for that.

use super::Id;
use crate::router::Kind;
use crate::router::PhoneId;
use crate::router::phones::Phones;
use crate::router::sms::records::{self, Book, KnownText};

use prost::Message as _;

/// How many are remembered for each phone. The service has few under way.
const MOST: usize = 256;

#[derive(Debug)]
struct Text {
    phone: PhoneId,
    id: Id,
    order: u64,
    /// The change that stores its message, and it.
    change: u64,
    /// It has a record of its own.
    has_record: bool,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    texts: Vec<Text>,
    orders: u64,
}

impl Known {
    pub(super) fn recall(&mut self, key: &[u8], value: &[u8], phones: &Phones) {
        let Some((name, about)) = records::split_key(key) else { return };
        let (Some(phone), Ok(id), Ok(record)) = (phones.named(name), about.try_into(), KnownText::decode(value)) else {
            return;
        };
        self.orders = self.orders.max(record.order);
        self.texts.retain(|text| text.phone != phone || text.id != id);
        self.texts.push(Text { phone, id, order: record.order, change: 0, has_record: true });
    }

    /// The message of an earlier life with this id is here still. Its own record may be recalled before this or after.
    pub(super) fn found(&mut self, phone: PhoneId, id: Id) {
        if self.change_of(phone, id).is_none() {
            self.texts.push(Text { phone, id, order: 0, change: 0, has_record: false });
        }
    }

    /// All records are recalled: stores the ids that have none of their own, before their messages can be forgotten.
    pub(super) fn store_found(&mut self, book: &mut Book<'_>) {
        for text in self.texts.iter_mut().filter(|text| !text.has_record) {
            self.orders += 1;
            (text.order, text.has_record) = (self.orders, true);
            book.put(Kind::ServiceText, text.phone, &text.id, &KnownText { order: text.order });
        }
    }

    /// The change with which this message of a phone became durable, or will, if it is known.
    pub(super) fn change_of(&self, phone: PhoneId, id: Id) -> Option<u64> {
        self.texts.iter().find(|text| text.phone == phone && text.id == id).map(|text| text.change)
    }

    /// A message came for a phone, and is stored; the number of the last change.
    pub(super) fn insert(&mut self, phone: PhoneId, id: Id, book: &mut Book<'_>) -> u64 {
        while self.texts.iter().filter(|text| text.phone == phone).count() >= MOST {
            let of_phone = self.texts.iter().enumerate().filter(|(_, text)| text.phone == phone);
            let Some((place, _)) = of_phone.min_by_key(|(_, text)| text.order) else { break };
            let oldest = self.texts.swap_remove(place);
            book.remove(Kind::ServiceText, phone, &oldest.id);
        }
        self.orders += 1;
        let change = book.put(Kind::ServiceText, phone, &id, &KnownText { order: self.orders });
        self.texts.push(Text { phone, id, order: self.orders, change, has_record: true });
        change
    }
}
