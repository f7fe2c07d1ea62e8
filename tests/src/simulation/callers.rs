//! For whom an incoming call or message is, and whom that phone is shown as the caller: as the service's hint says, if
//! it gave one of this call; else as the tag says in the number that the modem shows, if its check digits are right at
//! that moment; else it is for whom policy says, with the number as it came, or for a phone that has called for help
//! when that one cannot hear it.

use caller_tag::text::Way;
use ril_protocol::payload::Text;
use ril_protocol::payload::call::Presentation;
use ril_protocol::sms_pdu::{Addressed, Deliver, Tpdu};
use ril_protocol::{RilVersion, parcel};
use rild_proxy::config::FOREGROUND;

use super::names;
use super::watch::is_emergency_call;
use super::world::World;

impl World {
    /// The router has found an incoming call, and given it to this phone.
    pub(super) fn check_incoming(&mut self, phone: usize, modem_index: i32) {
        let told = self.modem.told_calls().iter().find(|call| call.is_mt && call.index == modem_index);
        let number = told.expect("a call is in the list").number.clone().unwrap_or_default();
        let (owner, caller) = match self.service.hints.of_call(self.now, &number) {
            Some(expected) => {
                self.tally.hinted += 1;
                (expected.place, expected.caller)
            }
            None => match self.names.meaning(&number) {
                Some((place, caller)) => (place, caller),
                None if self.may_be_called_back_instead(phone) => (phone, number),
                None => (self.default_owner(), number),
            },
        };
        assert_eq!(phone, owner, "an incoming call is given to phone {phone}");
        let seen = self.recorded.router.calls().find(|view| view.call.is_mt && view.modem_index == modem_index);
        let seen = seen.expect("the router knows the call").call;
        let is_withheld = seen.number_presentation == Presentation::RESTRICTED;
        assert_eq!(seen.number.unwrap_or_default(), caller, "phone {phone} is shown another caller");
        assert_eq!(is_withheld, caller.is_empty(), "phone {phone} is shown a caller, or none");
    }

    /// The router has given a call to this phone. If it is an emergency call, that one is taken for its caller, also
    /// where nobody is known to have dialled.
    pub(super) fn note_emergency_caller(&mut self, phone: usize, modem_index: i32) {
        if self.modem.told_calls().iter().any(|call| call.index == modem_index && is_emergency_call(call)) {
            self.emergencies.note_caller(phone);
        }
    }

    /// Whether this phone, which has called for help or is taken by the modem to have, may be called back by a call
    /// that is for nobody in particular: the phone that has those cannot hear it ring.
    fn may_be_called_back_instead(&self, phone: usize) -> bool {
        let rings_at = |place: usize| self.clients[place].up && self.clients[place].wants_radio != Some(false);
        let has_called = self.emergencies.has_called(phone) || self.recorded.router.in_callback_mode();
        !rings_at(self.default_owner()) && self.clients[phone].up && has_called
    }

    /// The modem hands a message to the router, perhaps not for the first time.
    pub(super) fn note_message(&mut self, payload: &[u8]) {
        let hex = parcel::decode::<Text>(payload, RilVersion::COMMON).ok().flatten().unwrap_or_default();
        let message = Addressed::<Deliver>::from_hex(&hex).expect("a message").tpdu;
        let from = message.originating_address.to_string();
        let text = message.text().expect("a message that can be read");
        if names::of_access(&from).is_some_and(|_| self.names.tagging.sealer().open(Way::ToPhone, &text).is_some()) {
            return; // What it holds is known since the service had it.
        }
        let owner = self.names.meaning(&from).map(|(place, _)| place);
        let owner = owner.unwrap_or_else(|| self.default_for_messages());
        self.names.message_comes(text, owner);
    }

    pub(super) fn default_for_messages(&self) -> usize {
        let default = self.config.sms.default.as_str();
        let named = self.config.phone.iter().position(|phone| default != FOREGROUND && phone.name == default);
        named.filter(|place| self.names.has_telephony(*place)).unwrap_or_else(|| self.default_owner())
    }

    /// The phone that has what is for nobody else: by the screen as it was before the router heard.
    pub(super) fn default_owner(&self) -> usize {
        let has_telephony = |place: &usize| self.names.has_telephony(*place);
        let of_screen = Some(self.screen).filter(has_telephony);
        of_screen.or_else(|| (0..self.clients.len()).find(has_telephony)).unwrap_or(self.screen)
    }
}
