//! Settings of which the modem has one and every phone wants its own: on at the modem while any phone wants it on.

use crate::router::PhoneId;

/// One such setting.
#[derive(Debug)]
pub(in crate::router) struct Switch {
    wanted: Vec<Option<bool>>,
    at_modem: Option<bool>,
}

impl Switch {
    pub(in crate::router) fn new(phones: usize) -> Self {
        Self { wanted: vec![None; phones], at_modem: None }
    }

    /// What this phone asked for last.
    pub(in crate::router) fn wanted(&self, phone: PhoneId) -> Option<bool> {
        self.wanted.get(phone.0).copied().flatten()
    }

    /// Notes what a phone wants.
    pub(in crate::router) fn want(&mut self, phone: PhoneId, on: bool) {
        if let Some(wanted) = self.wanted.get_mut(phone.0) {
            *wanted = Some(on);
        }
    }

    /// What a phone wanted is over with its client.
    pub(in crate::router) fn forget(&mut self, phone: PhoneId) {
        if let Some(wanted) = self.wanted.get_mut(phone.0) {
            *wanted = None;
        }
    }

    /// Sets what the modem shall have; true when the modem must be told.
    pub(in crate::router) fn set_modem(&mut self, on: bool) -> bool {
        self.at_modem.replace(on) != Some(on)
    }

    /// What the modem has, or was told last.
    pub(in crate::router) fn at_modem(&self) -> Option<bool> {
        self.at_modem
    }

    /// The modem has this now, by its own word; `None` when that is not known any more.
    pub(in crate::router) fn learn(&mut self, at_modem: Option<bool>) {
        self.at_modem = at_modem;
    }
}
