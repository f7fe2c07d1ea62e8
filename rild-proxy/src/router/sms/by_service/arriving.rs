//! From the service to a mailbox: over the link, or in the text of an SMS from an access number.
//!
//! Either is stored and then acknowledged, to the service or to the modem. A message for the SIM is refused: the
//! service speaks to phones.

use caller_tag::link::to_service::Say;
use caller_tag::link::{TextDeliver, TextRefused, TextTaken};
use caller_tag::text::{Sealer, Way};
use ril_protocol::sms_pdu::{Addressed, Deliver, FailureCause, StatusReport, Tpdu, to_hex};
use ril_protocol::{RilVersion, UnsolCode, parcel};

use super::{Id, mac};
use crate::router::sms::mailbox::{Message, Safety};
use crate::router::sms::pdu::{FarEnd, Incoming};
use crate::router::sms::records::Book;
use crate::router::{Actions, Now, PhoneId, Router};

/// Most messages that the service waits to hear to be taken. Of what is above that it asks again.
const MOST_OWED: usize = 256;

/// A message that the service waits to hear to be taken.
#[derive(Clone, Debug)]
pub(super) struct Owed {
    /// As the link knows it.
    id: Vec<u8>,
    /// The change with which it is durable.
    change: u64,
}

/// What a tagged text holds.
#[derive(Clone, Debug)]
pub(in crate::router::sms) struct Enveloped {
    pub(in crate::router::sms) phone: PhoneId,
    pub(in crate::router::sms) id: Id,
    /// What it is to the phone, and its payload there.
    pub(in crate::router::sms) code: UnsolCode,
    pub(in crate::router::sms) payload: Vec<u8>,
}

impl Router {
    /// The service gives a message for a phone.
    pub(in crate::router) fn text_delivered(&mut self, now: Now, text: TextDeliver, out: &mut Actions) {
        self.messages.stir();
        let TextDeliver { id, tag, tpdu } = text;
        let refuse = |cause: FailureCause| Say::TextRefused(TextRefused { id: id.clone(), cause: cause.into() });
        let Some(short) = id.first_chunk().copied() else { return };
        let Some(phone) = u8::try_from(tag).ok().and_then(|tag| self.phones.with_tag(tag)) else {
            return self.tell_service(refuse(FailureCause::NO_SC_SUBSCRIPTION), out);
        };
        let known = self.messages.by_service.known.change_of(phone, short);
        let change = match known {
            Some(change) => change,
            None => {
                let Some((code, payload)) = message_in(&tpdu, self.version()) else {
                    return self.tell_service(refuse(FailureCause::NOT_SUPPORTED), out);
                };
                let has_room = self.messages.mailbox(phone).is_some_and(|box_| box_.has_room(code, payload.len()));
                if !has_room || self.journal.is_failing() {
                    return self.tell_service(refuse(FailureCause::MEMORY_CAPACITY_EXCEEDED), out);
                }
                let mut message = Message::new(code, payload.clone(), &payload, now);
                message.confirmed = true;
                message.text_id = Some(short);
                let number = self.keep(phone, message, out);
                self.remember_text(phone, number, short, out)
            }
        };
        let owed = &mut self.messages.by_service.owed;
        if owed.len() < MOST_OWED && !owed.iter().any(|owed| owed.id == id) {
            owed.push(Owed { id, change });
        }
    }

    /// Stores the id of a message that was stored just now, by which it will be known; it is safe when that is durable.
    pub(in crate::router::sms) fn remember_text(
        &mut self,
        phone: PhoneId,
        number: u64,
        id: Id,
        out: &mut Actions,
    ) -> u64 {
        let Self { messages, phones, journal, .. } = self;
        let change = messages.by_service.known.insert(phone, id, &mut Book { phones, journal, out });
        if let Some(message) = messages.mailbox_mut(phone).and_then(|mailbox| mailbox.get_mut(number)) {
            message.safety = Safety::Stored(change);
        }
        change
    }

    /// Tells the service what is durable by now. A service that is gone asks again.
    pub(in crate::router::sms) fn settle_texts(&mut self, out: &mut Actions) {
        let Self { messages, phones, journal, .. } = self;
        messages.by_service.known.store_found(&mut Book { phones, journal, out });
        let owed = std::mem::take(&mut self.messages.by_service.owed);
        let (durable, left) = owed.into_iter().partition(|owed| self.journal.is_durable(owed.change));
        self.messages.by_service.owed = left;
        for Owed { id, .. } in durable {
            self.tell_service(Say::TextTaken(TextTaken { id }), out);
        }
    }

    /// The link is gone, and with it who waits to hear of messages.
    pub(in crate::router) fn texts_service_down(&mut self) {
        self.messages.by_service.owed.clear();
        self.messages.by_service.link_is_over();
        // What was not said yet goes another way.
        self.messages.stir();
    }

    /// What an SMS from an access number holds, if it is a tagged text for that access number's phone.
    pub(in crate::router::sms) fn enveloped(&self, payload: &[u8], from: &FarEnd) -> Option<Enveloped> {
        let deliver = Incoming::deliver(payload, self.version())?;
        let envelope = Sealer { mac: mac(&self.tags) }.open(Way::ToPhone, &deliver.text().ok()?)?;
        let phone = self.phones.with_tag(envelope.tag.digit())?;
        let is_its_own = self.phones.get(phone)?.access.as_ref()?.is_written(&from.shown);
        let (code, payload) = message_in(&envelope.octets, self.version())?;
        // The service sends phones nothing that needs more than one text.
        (is_its_own && envelope.pieces == 1).then_some(Enveloped { phone, id: envelope.id.0, code, payload })
    }

    /// Whether a message of a phone is known by this id.
    pub(in crate::router::sms) fn is_known_text(&self, phone: PhoneId, id: Id) -> bool {
        self.messages.by_service.known.change_of(phone, id).is_some()
    }
}

/// A TPDU of the service as a message to a phone, from no service centre.
fn message_in(tpdu: &[u8], version: RilVersion) -> Option<(UnsolCode, Vec<u8>)> {
    let code = if StatusReport::decode(tpdu).is_ok() {
        UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT
    } else if Deliver::decode(tpdu).is_ok() {
        UnsolCode::RESPONSE_NEW_SMS
    } else {
        return None;
    };
    let pdu = [&[0], tpdu].concat();
    let payload = parcel::encode(&Some(to_hex(&pdu)), version);
    let for_the_sim = Addressed::<Deliver>::decode(&pdu).is_ok() && Incoming::read(code, &payload, version).for_the_sim;
    (!for_the_sim).then_some((code, payload))
}
