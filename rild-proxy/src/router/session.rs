//! The USSD session: a modem has one, and it belongs to the phone that opened it.

use ril_protocol::payload::Strings;
use ril_protocol::{RilVersion, parcel};

use super::PhoneId;

/// First string of ON_USSD when the network waits for an answer (ril.h; 3GPP TS 27.007, 7.15 `+CUSD`).
const FURTHER_ACTION: &str = "1";

/// Who has the session.
#[derive(Debug, Default)]
pub(super) struct UssdSession {
    owner: Option<PhoneId>,
}

impl UssdSession {
    /// A phone wants to send a string; false when another phone is in a session.
    pub(super) fn take(&mut self, phone: PhoneId) -> bool {
        *self.owner.get_or_insert(phone) == phone
    }

    /// Whether this phone has the session.
    pub(super) fn is_owner(&self, phone: PhoneId) -> bool {
        self.owner == Some(phone)
    }

    /// The network said something; its listener. The session goes on only if the network waits for an answer, and then
    /// a session that the network opened belongs to that listener.
    pub(super) fn heard(&mut self, payload: &[u8], by_default: PhoneId, version: RilVersion) -> PhoneId {
        let listener = self.owner.unwrap_or(by_default);
        let strings = parcel::decode::<Strings>(payload, version).unwrap_or_default();
        let goes_on = strings.first().is_some_and(|kind| kind.as_deref() == Some(FURTHER_ACTION));
        self.owner = goes_on.then_some(listener);
        listener
    }

    /// The session is over, if this phone has it.
    pub(super) fn end(&mut self, phone: PhoneId) {
        self.owner.take_if(|owner| *owner == phone);
    }

    /// The modem started anew.
    pub(super) fn forget(&mut self) {
        self.owner = None;
    }
}
