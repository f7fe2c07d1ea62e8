//! The references (TP-MR) by which phones know what they have sent.
//!
//! A modem counts what it sends for all phones together: a phone that was told its numbers would know how much the
//! others write. So the router counts for each phone by itself, and tells a phone its own number in the answer and in
//! status reports. Where one phone alone can send, it is told the modem's. CDMA has no such reference.
//!
//! Reference: 3GPP TS 23.040, 9.2.3.6; ril.h, `RIL_SMS_Response`.

use prost::Message;

use super::records::{self, Book, Counted};
use crate::router::journal::Journal;
use crate::router::phones::Phones;
use crate::router::{Kind, PhoneId};

/// The key of how often a phone has begun elsewhere, behind its name.
const KEY: &[u8] = b"references";

/// The last reference of each phone.
#[derive(Debug)]
pub(super) struct References(Vec<Last>);

#[derive(Clone, Debug, Default)]
struct Last {
    reference: u8,
    /// The place of its message in the order of all that earlier lives have sent.
    order: u64,
    /// In how many lives it has begun elsewhere.
    lives: u32,
    /// It has in this one: the change that stores that.
    begun: Option<u64>,
}

impl References {
    pub(super) fn new(phones: usize) -> Self {
        Self(vec![Last::default(); phones])
    }

    /// The reference of this phone's next message.
    pub(super) fn next(&mut self, phone: PhoneId) -> u8 {
        let Some(last) = self.0.get_mut(phone.0) else { return 0 };
        last.reference = last.reference.wrapping_add(1);
        last.reference
    }

    /// A phone knew a message of an earlier life by this.
    pub(super) fn recall(&mut self, phone: PhoneId, reference: u8, order: u64) {
        if let Some(last) = self.0.get_mut(phone.0).filter(|last| last.order <= order) {
            (last.reference, last.order) = (reference, order);
        }
    }

    /// In how many lives a phone has begun elsewhere; false if this record does not say so.
    pub(super) fn recall_lives(&mut self, key: &[u8], value: &[u8], phones: &Phones) -> bool {
        let Some((name, KEY)) = records::split_key(key) else { return false };
        let last = phones.named(name).and_then(|phone| self.0.get_mut(phone.0));
        if let (Some(last), Ok(counted)) = (last, Counted::decode(value)) {
            last.lives = counted.lives;
        }
        true
    }

    /// What this phone sends by way of the number service is not stored, so its references of the life before are not
    /// known. In this life they begin elsewhere, wherever others' do.
    pub(super) fn begin_elsewhere(&mut self, phone: PhoneId, book: &mut Book<'_>) {
        let Some(last) = self.0.get_mut(phone.0).filter(|last| last.begun.is_none()) else { return };
        last.lives = last.lives.wrapping_add(1);
        let [.., lives] = last.lives.to_be_bytes();
        last.reference = last.reference.wrapping_add(lives.wrapping_mul(97));
        last.begun = Some(book.put(Kind::Setting, phone, KEY, &Counted { lives: last.lives }));
    }

    /// Whether the next life will begin elsewhere than this one, as far as anything can be stored.
    pub(super) fn have_begun(&self, phone: PhoneId, journal: &Journal) -> bool {
        let begun = self.0.get(phone.0).and_then(|last| last.begun);
        begun.is_some_and(|change| journal.is_durable(change) || journal.is_failing())
    }
}
