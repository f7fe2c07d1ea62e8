//! Broadcasts in a CDMA network: they come as messages do, one at a time and each to be acknowledged, with a service
//! category where a message has an originator.
//!
//! One goes to the connected phones that want its category, an emergency broadcast to all that have telephony. Each gets
//! a copy in its mailbox, so that a phone still has one message at a time to acknowledge; a phone in airplane mode hears
//! an emergency broadcast at once and owes nothing for it. The modem is answered when the first copy is durable, and at
//! once when nobody wants it: what a mailbox has no room for is not asked for again.
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

fn is_emergency(category: i32) -> bool {
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
        let mut first: Option<(PhoneId, u64)> = None;
        for id in self.phones.up() {
            if !self.phones.has_telephony(id) || !is_emergency(category) && !self.has_chosen(id, category) {
                continue;
            }
            if self.has_radio_off(id) {
                if is_emergency(category) {
                    out.unsolicited(id, code, payload);
                }
                continue;
            }
            if !self.messages.mailbox(id).is_some_and(|mailbox| mailbox.has_room(code, payload.len())) {
                continue;
            }
            let mut copy = Message::new(code, payload.to_vec(), payload, now);
            // The network knows of one.
            copy.confirmed = first.is_some();
            let number = self.keep(id, copy, out);
            first.get_or_insert((id, number));
        }
        let (owner, what) = match first {
            Some((owner, number)) => (owner, Owing::Message(number)),
            None => (self.phones.default_owner(), Owing::Acknowledgement),
        };
        self.messages.owed.push_back(Owed { code, owner, what, since: None });
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
