//! What the router knows of each phone: its configuration and its present client.

use phone_machine::MOST_OF_A_PHONE;
use ril_protocol::RequestCode;
use ril_protocol::payload::radio::RadioState;

use super::PhoneId;
use super::calls::Access;
use super::common::is_common;
use super::identity::Identity;
use super::pending::FOR_PHONES;
use crate::config::{self, Config};

#[derive(Debug)]
pub(super) struct Phone {
    pub(super) name: String,
    pub(super) privileged: bool,
    pub(super) tag: Option<u8>,
    pub(super) identity: Identity,
    /// It is seen as its own number, by way of the number service.
    pub(super) by_service: bool,
    /// The number by which the service is called for it.
    pub(super) access: Option<Access>,
    /// It speaks the modem's dialect and not ril.h.
    pub(super) dialect: bool,
    /// It reads causes of calls behind their number.
    pub(super) counted_cause: bool,
    pub(super) telephony: bool,
    pub(super) data: bool,
    /// Most logical channels of the SIM that it may have open.
    pub(super) sim_channels: usize,
    pub(super) data_calls: usize,
    /// A client is connected.
    pub(super) up: bool,
    /// Counts the successive clients.
    pub(super) client: u32,
    /// Requests that are not answered yet, those of clients that left included: the modem still works on them.
    pub(super) unanswered: u32,
    /// Those among them that act on what phones share.
    pub(super) in_common: u32,
    /// The client has shut down, and has not asked for power since.
    pub(super) shut_down: bool,
    /// State of the radio that the client was told last.
    pub(super) shown_radio: Option<RadioState>,
    /// Why the last call of this phone ended, as the modem put it.
    pub(super) fail_cause: Option<Vec<u8>>,
}

impl Phone {
    /// One more request of this phone went to the modem.
    pub(super) fn charge(&mut self, code: RequestCode) {
        self.unanswered += 1;
        self.in_common += u32::from(is_common(code));
    }
}

/// All phones, in the order of the configuration.
#[derive(Debug)]
pub(super) struct Phones {
    phones: Vec<Phone>,
    foreground: PhoneId,
}

impl Phones {
    pub(super) fn new(config: &Config) -> Self {
        let phones = config.phone.iter().enumerate().map(|(place, phone)| Phone {
            name: phone.name.clone(),
            privileged: config.is_privileged(place),
            tag: phone.tag,
            identity: Identity::new(phone, config.is_privileged(place)),
            by_service: phone.outgoing == config::Outgoing::Bridge,
            access: phone.access.as_deref().and_then(Access::parse),
            dialect: phone.dialect,
            counted_cause: phone.counted_cause,
            telephony: phone.telephony,
            data: phone.data,
            sim_channels: usize::from(phone.sim_channels),
            data_calls: usize::from(phone.data_calls),
            up: false,
            client: 0,
            unanswered: 0,
            in_common: 0,
            shut_down: false,
            shown_radio: None,
            fail_cause: None,
        });
        Self { phones: phones.collect(), foreground: PhoneId(0) }
    }

    /// Most requests of one phone that may be unanswered at a time: an equal share, so that no phone needs another's.
    pub(super) fn most_unanswered(&self) -> u32 {
        let share = FOR_PHONES / self.phones.len().max(1);
        u32::try_from(share.clamp(1, MOST_OF_A_PHONE)).unwrap_or(1)
    }

    pub(super) fn get(&self, phone: PhoneId) -> Option<&Phone> {
        self.phones.get(phone.0)
    }

    pub(super) fn get_mut(&mut self, phone: PhoneId) -> Option<&mut Phone> {
        self.phones.get_mut(phone.0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PhoneId, &Phone)> {
        self.phones.iter().enumerate().map(|(place, phone)| (PhoneId(place), phone))
    }

    /// The phone of this name.
    pub(super) fn named(&self, name: &str) -> Option<PhoneId> {
        self.iter().find(|(_, phone)| phone.name == name).map(|(id, _)| id)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = PhoneId> + use<> {
        (0..self.phones.len()).map(PhoneId)
    }

    /// The phones that have a client.
    pub(super) fn up(&self) -> Vec<PhoneId> {
        self.ids().filter(|phone| self.is_up(*phone)).collect()
    }

    pub(super) fn is_up(&self, phone: PhoneId) -> bool {
        self.get(phone).is_some_and(|phone| phone.up)
    }

    pub(super) fn is_privileged(&self, phone: PhoneId) -> bool {
        self.get(phone).is_some_and(|phone| phone.privileged)
    }

    pub(super) fn has_telephony(&self, phone: PhoneId) -> bool {
        self.get(phone).is_some_and(|phone| phone.telephony)
    }

    pub(super) fn has_data(&self, phone: PhoneId) -> bool {
        self.get(phone).is_some_and(|phone| phone.data)
    }

    pub(super) fn foreground(&self) -> PhoneId {
        self.foreground
    }

    pub(super) fn set_foreground(&mut self, phone: PhoneId) {
        self.foreground = phone;
    }

    /// The phone that calls and messages go to when nothing says otherwise: the one with the screen, or the first that
    /// has telephony at all.
    pub(super) fn default_owner(&self) -> PhoneId {
        if self.has_telephony(self.foreground) {
            return self.foreground;
        }
        self.iter().find(|(_, phone)| phone.telephony).map_or(self.foreground, |(id, _)| id)
    }

    /// The phone for which the service is called by this number.
    pub(super) fn with_access(&self, number: &str) -> Option<PhoneId> {
        let is_called = |phone: &Phone| phone.access.as_ref().is_some_and(|access| access.is_written(number));
        self.iter().find(|(_, phone)| phone.by_service && is_called(phone)).map(|(id, _)| id)
    }

    /// Whether a network may put this through to the service as a call or a message of one of the phones. The service
    /// knows a phone by the number at which it is called.
    pub(super) fn may_reach_service(&self, dialled: &str) -> bool {
        self.phones.iter().filter_map(|phone| phone.access.as_ref()).any(|access| access.may_be_reached(dialled))
    }

    pub(super) fn with_tag(&self, tag: u8) -> Option<PhoneId> {
        self.iter().find(|(_, phone)| phone.telephony && phone.tag == Some(tag)).map(|(id, _)| id)
    }
}
