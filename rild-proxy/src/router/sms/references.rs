//! The references (TP-MR) by which phones know what they have sent.
//!
//! A modem counts what it sends for all phones together: a phone that was told its numbers would know how much the others
//! write. So the router counts for each phone by itself, and tells a phone its own number in the answer and in status
//! reports. Where one phone alone can send, it is told the modem's. CDMA has no such reference.
//!
//! Reference: 3GPP TS 23.040, 9.2.3.6; ril.h, `RIL_SMS_Response`.

use crate::router::PhoneId;

/// The last reference of each phone.
#[derive(Debug)]
pub(super) struct References(Vec<Last>);

#[derive(Clone, Debug, Default)]
struct Last {
    reference: u8,
    /// The place of its message in the order of all that earlier lives have sent.
    order: u64,
    /// It is not where it began in the life before.
    is_elsewhere: bool,
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

    /// That of its next message by way of the number service. Those of the life before are not known: the first in this
    /// life, of this number, begins elsewhere.
    pub(super) fn next_by_service(&mut self, phone: PhoneId, life: u16) -> u8 {
        let [_, life] = life.to_be_bytes();
        if let Some(last) = self.0.get_mut(phone.0).filter(|last| !last.is_elsewhere) {
            last.is_elsewhere = true;
            last.reference = last.reference.wrapping_add(life.wrapping_mul(97));
        }
        self.next(phone)
    }
}
