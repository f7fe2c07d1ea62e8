//! What a vendor calls differently from ril.h, and its own messages.
//!
//! The router's rules speak of ril.h. So numbers are exchanged where a message comes in and where it goes out, and
//! nowhere else; payloads stay what they are. A phone with `dialect = false` speaks ril.h: it hears no message of the
//! vendor's own.

use ril_protocol::dialect::{VendorAudience, VendorClass};
use ril_protocol::messages::{Audience, Class};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};

use super::order::Order;
use super::pending::Ask;
use super::{Actions, Now, PhoneId, Router};

/// The first RIL version whose radio state says no more than whether the radio is on.
const SINCE_PLAIN_RADIO: RilVersion = RilVersion(7);

impl Router {
    /// What the number of a phone's request stands for.
    pub(super) fn named(&self, phone: PhoneId, wire: RequestCode) -> RequestCode {
        if self.speaks_dialect(phone) { self.dialect.request_named(wire) } else { wire }
    }

    /// The number by which a phone knows an unsolicited message, if it has one for it.
    pub(super) fn number_for(&self, phone: PhoneId, code: UnsolCode) -> Option<UnsolCode> {
        if self.speaks_dialect(phone) {
            self.dialect.unsolicited_number(code)
        } else {
            self.dialect.audience(code).is_none().then_some(code)
        }
    }

    /// The class of a request. What neither ril.h nor the dialect knows may do anything to the modem.
    pub(super) fn class_of(&self, code: RequestCode) -> Class {
        match self.dialect.class(code) {
            Some(VendorClass::Query) => Class::Query,
            Some(VendorClass::Privileged | VendorClass::Local | VendorClass::Refused) => Class::Privileged,
            None => super::requests::class_of(code),
        }
    }

    /// Who hears a message. What neither ril.h nor the dialect knows may tell anything.
    pub(super) fn audience_of(&self, code: UnsolCode) -> Audience {
        match self.dialect.audience(code) {
            Some(VendorAudience::All) => Audience::All,
            Some(VendorAudience::Privileged) => Audience::Privileged,
            Some(VendorAudience::Router) => Audience::Router,
            None => code.row().map_or(Audience::Privileged, |row| row.audience),
        }
    }

    /// What a phone is told of a request that never goes to the modem in its name.
    pub(super) fn settled_by_dialect(&self, code: RequestCode) -> Option<Errno> {
        match self.dialect.class(code) {
            Some(VendorClass::Local) => Some(Errno::SUCCESS),
            Some(VendorClass::Refused) => Some(Errno::REQUEST_NOT_SUPPORTED),
            Some(VendorClass::Privileged | VendorClass::Query) => None,
            None if self.dialect.request_number(code).is_none() => Some(Errno::REQUEST_NOT_SUPPORTED),
            None if self.is_unknown_to_library(code) => Some(Errno::REQUEST_NOT_SUPPORTED),
            None => None,
        }
    }

    /// Whether the library does not know such a request, and may crash on it. It knows those that the dialect numbers.
    pub(super) fn is_unknown_to_library(&self, code: RequestCode) -> bool {
        let of_ril_h = self.dialect.class(code).is_none() && self.dialect.request_number(code) == Some(code);
        let is_beyond = self.last_request.is_some_and(|last| code.0 > i32::from(last)) && !self.has_host_for(code);
        of_ril_h && (is_beyond || self.unknown_requests.iter().any(|unknown| code.0 == i32::from(*unknown)))
    }

    /// Whether the library's host answers such a request in its place, as libril does, out of the state of its radio:
    /// before RIL version 7 that told the technology, too.
    fn has_host_for(&self, code: RequestCode) -> bool {
        let of_old_radio = matches!(code, RequestCode::VOICE_RADIO_TECH | RequestCode::CDMA_GET_SUBSCRIPTION_SOURCE);
        of_old_radio && self.is_library && self.version() < SINCE_PLAIN_RADIO
    }

    /// Whether ril.h has such a request only in a later version than that of the modem side: by its number it may be
    /// one of the vendor's own there. What the dialect numbers, the library has.
    pub(super) fn is_of_later_ril_h(&self, code: RequestCode) -> bool {
        let is_later = code.row().is_some_and(|row| row.since > self.version());
        is_later && self.dialect.class(code).is_none() && self.dialect.request_number(code) == Some(code)
    }

    /// Whether a request of the vendor's own is known to change nothing that the router remembers.
    pub(super) fn is_harmless_of_vendor(&self, code: RequestCode) -> bool {
        matches!(self.dialect.class(code), Some(VendorClass::Local | VendorClass::Query))
    }

    /// Says to the modem what it waits for after this message, such as that an incoming call may ring.
    pub(super) fn answer_for_phones(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        if let Some((code, payload)) = self.dialect.answer(code, payload, self.version()) {
            self.ask(now, Ask::Order, &Order { code, payload }, out);
        }
    }

    fn speaks_dialect(&self, phone: PhoneId) -> bool {
        self.phones.get(phone).is_some_and(|phone| phone.dialect)
    }
}
