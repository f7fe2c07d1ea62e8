//! What was sent under which message reference, so that status reports find the sender.
//!
//! The modem's reference counts to 255 and begins again, and the phones share it; so the recipient must be the same too
//! (3GPP TS 23.040, 9.2.3.6 and 9.2.3.14). The sender knows its message by another, see `references`.

use prost::Message;

use super::pdu::Outgoing;
use super::records::{self, Book};
use super::references::References;
use crate::router::phones::Phones;
use crate::router::{Kind, PhoneId};

#[derive(Debug)]
struct Sent {
    phone: PhoneId,
    reference: u8,
    /// The reference by which the sender knows it.
    known_as: u8,
    recipient: String,
    /// The sender wanted a status report.
    wants_report: bool,
    /// Its place in the order of all that was sent.
    order: u64,
}

/// For each phone and reference, the last message that was sent: 256 of a phone at most.
#[derive(Debug, Default)]
pub(super) struct SentMessages {
    sent: Vec<Sent>,
    orders: u64,
}

impl SentMessages {
    /// A record of an earlier life.
    pub(super) fn recall(&mut self, key: &[u8], value: &[u8], references: &mut References, phones: &Phones) {
        let Some((name, &[reference])) = records::split_key(key) else { return };
        let (Some(phone), Ok(record)) = (phones.named(name), records::Sent::decode(value)) else { return };
        let records::Sent { recipient, order, known_as } = record;
        let known_as = known_as.and_then(|known_as| u8::try_from(known_as).ok()).unwrap_or(reference);
        references.recall(phone, known_as, order);
        self.orders = self.orders.max(order);
        self.sent.push(Sent { phone, reference, known_as, recipient, wants_report: true, order });
    }

    /// A message was sent. Only one that wants a report is worth storing, and worth more than one that does not.
    pub(super) fn insert(
        &mut self,
        phone: PhoneId,
        (reference, known_as): (u8, u8),
        message: &Outgoing,
        book: &mut Book<'_>,
    ) {
        self.orders += 1;
        let (recipient, order) = (message.recipient.key.clone(), self.orders);
        let is_another = (known_as != reference).then_some(known_as.into());
        let record = records::Sent { recipient: recipient.clone(), order, known_as: is_another };
        let sent = Sent { phone, reference, known_as, recipient, wants_report: message.wants_report, order };
        match self.sent.iter_mut().find(|known| known.phone == phone && known.reference == reference) {
            Some(known) if known.wants_report && !message.wants_report => return,
            Some(known) => *known = sent,
            None => self.sent.push(sent),
        }
        if message.wants_report {
            book.put(Kind::Sent, phone, &[reference], &record);
        }
    }

    /// Who sent a message of this reference to this recipient, and by what it knows it: the last who wanted a report,
    /// or else the last.
    pub(super) fn sender(&self, reference: u8, recipient: &str) -> Option<(PhoneId, u8)> {
        let those = self.sent.iter().filter(|sent| sent.reference == reference && sent.recipient == recipient);
        those.max_by_key(|sent| (sent.wants_report, sent.order)).map(|sent| (sent.phone, sent.known_as))
    }
}
