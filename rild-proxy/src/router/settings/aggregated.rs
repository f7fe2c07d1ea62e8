//! Aggregated of which the modem has one: each phone has its wish, the modem gets what they add up to.
//!
//! One arm per setting: which request sets it, and how the wishes of the phones that have a client are combined. The
//! modem is told only when the result changes. What it was told for a phone that is gone is taken back, also when
//! nobody else has spoken of it, and also when it is not known whether the modem has it: for what was refused, or not
//! answered, it may have all the same.
//!
//! Reference: ril.h; for SEND_DEVICE_STATE and SET_UNSOLICITED_RESPONSE_FILTER hardware/interfaces/radio/1.0/types.hal,
//! `DeviceStateType` and `IndicationFilter`.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use crate::router::PhoneId;
use crate::router::order::Order;

/// Types of SEND_DEVICE_STATE.
const POWER_SAVE: i32 = 0;
const CHARGING: i32 = 1;
const LOW_DATA: i32 = 2;
/// Every bit of SET_UNSOLICITED_RESPONSE_FILTER: what a phone hears that never set one.
const EVERYTHING: i32 = -1;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Setting {
    /// Supplementary service notices.
    SuppSvc,
    /// Notices of a changed location.
    Location,
    /// The device saves power.
    PowerSave,
    /// The device is charging.
    Charging,
    /// Little data is expected.
    LowData,
    /// Which unsolicited messages are wanted.
    Filter,
    /// Milliseconds between cell reports; 0: whenever something changes; `i32::MAX`: never.
    CellInfoRate,
    /// Milliseconds between reports of the power state of data connections.
    DataReportRate,
}

impl Setting {
    const ALL: [Self; 8] = [
        Self::SuppSvc,
        Self::Location,
        Self::PowerSave,
        Self::Charging,
        Self::LowData,
        Self::Filter,
        Self::CellInfoRate,
        Self::DataReportRate,
    ];

    /// The setting that a request is about, and the value that it wants.
    pub(super) fn in_request(request: &Request<'_>, version: RilVersion) -> Option<(Self, i32)> {
        let arguments = parcel::decode::<Vec<i32>>(request.payload, version).ok()?;
        let (first, second) = (arguments.first().copied(), arguments.get(1).copied());
        let flag = |value: i32| i32::from(value != 0);
        Some(match request.code {
            RequestCode::SET_SUPP_SVC_NOTIFICATION => (Self::SuppSvc, flag(first?)),
            RequestCode::SET_LOCATION_UPDATES => (Self::Location, flag(first?)),
            RequestCode::SEND_DEVICE_STATE => match first? {
                POWER_SAVE => (Self::PowerSave, flag(second?)),
                CHARGING => (Self::Charging, flag(second?)),
                LOW_DATA => (Self::LowData, flag(second?)),
                _ => return None,
            },
            RequestCode::SET_UNSOLICITED_RESPONSE_FILTER => (Self::Filter, first?),
            RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE => (Self::CellInfoRate, first?.max(0)),
            RequestCode::SET_DC_RT_INFO_RATE => (Self::DataReportRate, first?.max(0)),
            _ => return None,
        })
    }

    /// The request that sets it at the modem.
    pub(super) fn code(self) -> RequestCode {
        match self {
            Self::SuppSvc => RequestCode::SET_SUPP_SVC_NOTIFICATION,
            Self::Location => RequestCode::SET_LOCATION_UPDATES,
            Self::PowerSave | Self::Charging | Self::LowData => RequestCode::SEND_DEVICE_STATE,
            Self::Filter => RequestCode::SET_UNSOLICITED_RESPONSE_FILTER,
            Self::CellInfoRate => RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE,
            Self::DataReportRate => RequestCode::SET_DC_RT_INFO_RATE,
        }
    }

    /// That request with this value.
    pub(super) fn order(self, value: i32) -> Order {
        let state = |kind| Order { code: self.code(), payload: parcel::encode(&vec![kind, value], RilVersion::COMMON) };
        match self {
            Self::PowerSave => state(POWER_SAVE),
            Self::Charging => state(CHARGING),
            Self::LowData => state(LOW_DATA),
            _ => Order::about(self.code(), value),
        }
    }

    /// What the modem must have, given each phone's wish. Who has said nothing of it wants what a modem has at first.
    fn combine(self, wishes: impl Iterator<Item = Option<i32>> + Clone) -> i32 {
        let said = wishes.clone().flatten();
        match self {
            Self::SuppSvc | Self::Location | Self::Charging => said.max().unwrap_or(0),
            // The modem may take it easy only when everybody does.
            Self::PowerSave | Self::LowData => wishes.map(|wish| wish.unwrap_or(0)).min().unwrap_or(0),
            Self::Filter => wishes.fold(0, |all, wish| all | wish.unwrap_or(EVERYTHING)),
            Self::CellInfoRate | Self::DataReportRate => said.min().unwrap_or(i32::MAX),
        }
    }
}

/// What the modem has of one setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum AtModem {
    /// What a modem has at first: it was told nothing.
    #[default]
    Untold,
    /// What it was told last.
    Has(i32),
    /// It was told something that it has not taken, or the next thing could not be said to it.
    InDoubt,
}

/// All settings: what each phone wants, and what the modem has.
#[derive(Debug)]
pub(in crate::router) struct Aggregated {
    wanted: Vec<[Option<i32>; Setting::ALL.len()]>,
    at_modem: [AtModem; Setting::ALL.len()],
    /// At whose cost the modem is to be told what there was no room to say.
    owed_by: [Option<PhoneId>; Setting::ALL.len()],
}

impl Aggregated {
    pub(super) fn new(phones: usize) -> Self {
        Self {
            wanted: vec![[None; Setting::ALL.len()]; phones],
            at_modem: Default::default(),
            owed_by: [None; Setting::ALL.len()],
        }
    }

    /// What this phone asked for last.
    pub(in crate::router) fn wanted(&self, phone: PhoneId, setting: Setting) -> Option<i32> {
        self.wanted.get(phone.0)?[setting as usize]
    }

    /// What the modem was told last, if it has that still.
    pub(super) fn at_modem(&self, setting: Setting) -> Option<i32> {
        match self.at_modem[setting as usize] {
            AtModem::Has(value) => Some(value),
            AtModem::Untold | AtModem::InDoubt => None,
        }
    }

    /// Notes what a phone wants.
    pub(super) fn want(&mut self, phone: PhoneId, setting: Setting, value: i32) {
        if let Some(wanted) = self.wanted.get_mut(phone.0) {
            wanted[setting as usize] = Some(value);
        }
    }

    /// What a phone wanted is over with its client.
    pub(super) fn forget(&mut self, phone: PhoneId) {
        if let Some(wanted) = self.wanted.get_mut(phone.0) {
            *wanted = [None; Setting::ALL.len()];
        }
    }

    /// The modem has started anew and was told nothing yet.
    pub(super) fn unlearn(&mut self) {
        self.at_modem = Default::default();
        self.owed_by = [None; Setting::ALL.len()];
    }

    /// The modem has refused such a request, or not answered it. One that knows no such setting has nothing of it.
    pub(super) fn refused(&mut self, code: RequestCode, errno: Errno) {
        let has = if errno == Errno::REQUEST_NOT_SUPPORTED { AtModem::Untold } else { AtModem::InDoubt };
        for (setting, at_modem) in Setting::ALL.into_iter().zip(&mut self.at_modem) {
            if setting.code() == code && *at_modem != AtModem::Untold {
                *at_modem = has;
            }
        }
    }

    /// What the modem must have could not be said to it.
    pub(super) fn doubt(&mut self, setting: Setting) {
        self.at_modem[setting as usize] = AtModem::InDoubt;
    }

    /// There was no room to say it at the cost of this phone.
    pub(super) fn owe(&mut self, setting: Setting, by: PhoneId) {
        self.doubt(setting);
        self.owed_by[setting as usize] = Some(by);
    }

    /// What the modem is to be told at the cost of this phone.
    pub(super) fn owed_by(&self, phone: PhoneId) -> impl Iterator<Item = Setting> + use<> {
        let owed_by = self.owed_by;
        Setting::ALL.into_iter().filter(move |setting| owed_by[*setting as usize] == Some(phone))
    }

    /// The value that the modem must be told now, and is then taken to have; `None` if it has it. It stays as it is
    /// while there is no phone, and until one has spoken of it.
    pub(super) fn take_due(&mut self, setting: Setting, counts: impl Fn(PhoneId) -> bool + Copy) -> Option<i32> {
        let counted = self.wanted.iter().enumerate().filter(|(place, _)| counts(PhoneId(*place)));
        let wishes = counted.map(|(_, wanted)| wanted[setting as usize]);
        let at_modem = &mut self.at_modem[setting as usize];
        let is_told = *at_modem != AtModem::Untold;
        wishes.clone().find(|wish| is_told || wish.is_some())?;
        let value = setting.combine(wishes);
        self.owed_by[setting as usize] = None;
        (std::mem::replace(at_modem, AtModem::Has(value)) != AtModem::Has(value)).then_some(value)
    }

    /// What a modem must be told that has forgotten everything.
    pub(super) fn take_all_wanted(&mut self, counts: impl Fn(PhoneId) -> bool + Copy) -> Vec<(Setting, i32)> {
        Setting::ALL.into_iter().filter_map(|setting| Some((setting, self.take_due(setting, counts)?))).collect()
    }

    /// What the modem must be told after phones have come or gone.
    pub(super) fn take_all_due(&mut self, counts: impl Fn(PhoneId) -> bool + Copy) -> Vec<(Setting, i32)> {
        let at_modem = self.at_modem;
        let told = Setting::ALL.into_iter().filter(|setting| at_modem[*setting as usize] != AtModem::Untold);
        told.filter_map(|setting| Some((setting, self.take_due(setting, counts)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modem_gets_what_the_wishes_add_up_to() {
        let combined = |setting: Setting, wishes: &[Option<i32>]| setting.combine(wishes.iter().copied());
        assert_eq!(combined(Setting::SuppSvc, &[None, None]), 0, "nobody cares");
        assert_eq!(combined(Setting::DataReportRate, &[None]), i32::MAX, "nobody cares");
        assert_eq!(combined(Setting::SuppSvc, &[Some(0), Some(1)]), 1);
        assert_eq!(combined(Setting::Location, &[Some(0), None]), 0);
        assert_eq!(combined(Setting::PowerSave, &[Some(1), Some(1)]), 1);
        assert_eq!(combined(Setting::PowerSave, &[Some(1), None]), 0, "one may be in a hurry");
        assert_eq!(combined(Setting::Charging, &[Some(1), None]), 1);
        assert_eq!(combined(Setting::Filter, &[Some(1), Some(4)]), 5);
        assert_eq!(combined(Setting::Filter, &[Some(1), None]), EVERYTHING);
        assert_eq!(combined(Setting::CellInfoRate, &[Some(i32::MAX), Some(2000), None]), 2000);
    }

    #[test]
    fn the_modem_is_told_what_is_new_to_it() {
        let mut settings = Aggregated::new(2);
        let both = |_: PhoneId| true;
        settings.want(PhoneId(0), Setting::Location, 1);
        assert_eq!(settings.take_due(Setting::Location, both), Some(1));
        settings.want(PhoneId(1), Setting::Location, 1);
        assert_eq!(settings.take_due(Setting::Location, both), None);
        settings.forget(PhoneId(0));
        assert!(settings.take_all_due(both).is_empty(), "the other still wants it");
        settings.want(PhoneId(1), Setting::Location, 0);
        assert_eq!(settings.take_all_due(both), [(Setting::Location, 0)]);
        settings.unlearn();
        assert!(settings.take_all_due(both).is_empty(), "a modem that was told nothing needs no correction");
        assert_eq!(settings.take_all_wanted(both), [(Setting::Location, 0)]);
    }

    #[test]
    fn what_nobody_wants_any_more_is_taken_back_when_somebody_is_there() {
        let mut settings = Aggregated::new(2);
        settings.want(PhoneId(0), Setting::Filter, 1);
        assert_eq!(settings.take_due(Setting::Filter, |phone| phone.0 == 0), Some(1));
        settings.forget(PhoneId(0));
        assert!(settings.take_all_due(|_| false).is_empty());
        assert_eq!(settings.take_all_due(|phone| phone.0 == 1), [(Setting::Filter, EVERYTHING)]);
    }

    #[test]
    fn what_is_in_doubt_is_told_again_and_nothing_else() {
        let mut settings = Aggregated::new(1);
        let here = |_: PhoneId| true;
        for setting in [Setting::Location, Setting::PowerSave, Setting::Charging] {
            settings.want(PhoneId(0), setting, 1);
        }
        settings.take_all_wanted(here);
        settings.refused(RequestCode::SEND_DEVICE_STATE, Errno::GENERIC_FAILURE);
        assert_eq!(settings.at_modem(Setting::PowerSave), None);
        assert_eq!(settings.take_all_due(here), [(Setting::PowerSave, 1), (Setting::Charging, 1)]);
        settings.owe(Setting::Location, PhoneId(0));
        assert_eq!(settings.owed_by(PhoneId(0)).collect::<Vec<_>>(), [Setting::Location]);
        assert_eq!(settings.take_all_due(here), [(Setting::Location, 1)]);
        assert_eq!(settings.owed_by(PhoneId(0)).count(), 0);
        settings.refused(RequestCode::SEND_DEVICE_STATE, Errno::REQUEST_NOT_SUPPORTED);
        settings.forget(PhoneId(0));
        assert_eq!(settings.take_all_due(here), [(Setting::Location, 0)], "there is nothing to take back");
    }
}
