//! Broadcasts in a CDMA network: they come as messages do, one at a time and each to be acknowledged, with a service
//! category where a message has an originator.
//!
//! One goes to the connected phones that want its category, an emergency broadcast to all that have telephony. Each
//! gets a copy in its mailbox, so that a phone still has one message at a time to acknowledge; a phone in airplane mode
//! hears an emergency broadcast at once and owes nothing for it: its copy is one that it has taken. The modem is
//! answered when every copy is durable, and at once when nobody wants it. What the network sends again goes to those
//! that have no copy yet. It is refused if no mailbox has room that it is for, and comes again when one has; one full
//! mailbox among others holds nothing back.
//!
//! It does not look at the language, which is in the text.
//!
//! Reference: ril.h, `RIL_CDMA_SMS_Message` and `RIL_CDMA_BroadcastSmsConfigInfo`; 3GPP2 C.R1001-G, 9.3 for the
//! categories; TIA-1149-A for those of emergencies.

use std::ops::RangeInclusive;

use ril_protocol::payload::cdma::SmsMessage;
use ril_protocol::{RilVersion, UnsolCode, parcel};

use super::super::mailbox::{Message, Owed, Owing};
use super::wishes;
use crate::router::{Actions, Now, PhoneId, Router};

/// "Emergency broadcasts".
const EMERGENCY: i32 = 1;
/// The alerts of CMAS, those that are reserved included.
const ALERTS: RangeInclusive<i32> = 0x1000..=0x10ff;

/// The service category of a message, if it is a broadcast.
pub(in crate::router::sms) fn category(code: UnsolCode, payload: &[u8], version: RilVersion) -> Option<i32> {
    if code != UnsolCode::RESPONSE_CDMA_NEW_SMS {
        return None;
    }
    let message = parcel::decode::<SmsMessage>(payload, version).ok()?;
    message.is_service_present.then_some(message.service_category)
}

pub(super) fn is_emergency(category: i32) -> bool {
    category == EMERGENCY || ALERTS.contains(&category)
}

impl Router {
    /// A broadcast of this service category.
    pub(in crate::router::sms) fn cdma_broadcast(
        &mut self,
        now: Now,
        category: i32,
        payload: &[u8],
        out: &mut Actions,
    ) {
        let code = UnsolCode::RESPONSE_CDMA_NEW_SMS;
        let full = self.copy_broadcast(now, category, payload, out);
        let copy = self.messages.unconfirmed(code, payload);
        let (owner, what) = match (copy, full) {
            (Some((owner, number)), _) => (owner, Owing::Message(number)),
            (None, Some(owner)) => (owner, Owing::Refusal),
            (None, None) => return self.owe_known(now, code, payload, self.phones.default_owner()),
        };
        self.messages.owed.push_back(Owed { code, owner, what, since: None });
    }

    /// Gives a copy to each phone that wants it and has none; one that has no room for it, if there is such.
    pub(in crate::router::sms) fn copy_broadcast(
        &mut self,
        now: Now,
        category: i32,
        payload: &[u8],
        out: &mut Actions,
    ) -> Option<PhoneId> {
        let code = UnsolCode::RESPONSE_CDMA_NEW_SMS;
        let mut full = None;
        for id in self.phones.up() {
            if !self.phones.has_telephony(id) || !is_emergency(category) && !self.has_chosen(id, category) {
                continue;
            }
            let off = self.has_radio_off(id);
            let Some(mailbox) = self.messages.mailbox(id).filter(|_| !off || is_emergency(category)) else { continue };
            if mailbox.received_as(code, payload).is_some() {
                continue;
            }
            let has_room = mailbox.has_room(code, payload.len());
            if off {
                out.unsolicited(id, code, payload);
            }
            if has_room {
                let shown = if off { Vec::new() } else { payload.to_vec() };
                let mut copy = Message::new(code, shown, payload, now);
                copy.taken = off;
                self.keep(id, copy, out);
            } else if !off {
                full = Some(id);
            }
        }
        full
    }

    fn has_chosen(&self, id: PhoneId, category: i32) -> bool {
        let wishes = self.messages.broadcast.wishes.get(id.0);
        wishes.is_some_and(|wishes| wishes.cdma_active && wishes::wants_service(&wishes.services, category))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emergencies_are_those_of_the_public_warning_systems() {
        assert!([1, 0x1000, 0x1004, 0x10ff].into_iter().all(is_emergency));
        assert!(![0, 2, 31, 0xfff, 0x1100].into_iter().any(is_emergency));
    }
}
