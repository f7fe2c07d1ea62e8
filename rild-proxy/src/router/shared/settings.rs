//! Settings of which the modem has one: each phone has its wish, the modem gets what they add up to.
//!
//! One arm per setting: which request sets it, and how the wishes of the phones that have a client are combined. The
//! modem is told only when the result changes.
//!
//! Reference: ril.h; for SEND_DEVICE_STATE and SET_UNSOLICITED_RESPONSE_FILTER hardware/interfaces/radio/1.0/types.hal,
//! `DeviceStateType` and `IndicationFilter`.

use ril_protocol::frame::Request;
use ril_protocol::{RequestCode, RilVersion, parcel};

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
    pub(super) fn order(self, value: i32) -> Order {
        let state = |kind| Order {
            code: RequestCode::SEND_DEVICE_STATE,
            payload: parcel::encode(&vec![kind, value], RilVersion::COMMON),
        };
        match self {
            Self::SuppSvc => Order::about(RequestCode::SET_SUPP_SVC_NOTIFICATION, value),
            Self::Location => Order::about(RequestCode::SET_LOCATION_UPDATES, value),
            Self::PowerSave => state(POWER_SAVE),
            Self::Charging => state(CHARGING),
            Self::LowData => state(LOW_DATA),
            Self::Filter => Order::about(RequestCode::SET_UNSOLICITED_RESPONSE_FILTER, value),
            Self::CellInfoRate => Order::about(RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE, value),
            Self::DataReportRate => Order::about(RequestCode::SET_DC_RT_INFO_RATE, value),
        }
    }

    /// What the modem must have, given each phone's wish; `None` if no phone has said anything.
    fn combine(self, wishes: impl Iterator<Item = Option<i32>> + Clone) -> Option<i32> {
        let said = wishes.clone().flatten();
        said.clone().next()?;
        Some(match self {
            Self::SuppSvc | Self::Location | Self::Charging => said.max().unwrap_or(0),
            // The modem may take it easy only when everybody does.
            Self::PowerSave | Self::LowData => wishes.map(|wish| wish.unwrap_or(0)).min().unwrap_or(0),
            Self::Filter => wishes.fold(0, |all, wish| all | wish.unwrap_or(EVERYTHING)),
            Self::CellInfoRate | Self::DataReportRate => said.min().unwrap_or(i32::MAX),
        })
    }
}

/// All settings: what each phone wants, and what the modem has.
#[derive(Debug)]
pub(in crate::router) struct Settings {
    wanted: Vec<[Option<i32>; Setting::ALL.len()]>,
    at_modem: [Option<i32>; Setting::ALL.len()],
}

impl Settings {
    pub(super) fn new(phones: usize) -> Self {
        Self { wanted: vec![[None; Setting::ALL.len()]; phones], at_modem: [None; Setting::ALL.len()] }
    }

    /// What this phone asked for last.
    pub(in crate::router) fn wanted(&self, phone: PhoneId, setting: Setting) -> Option<i32> {
        self.wanted.get(phone.0)?[setting as usize]
    }

    /// What the modem was told last, if it has that still.
    pub(super) fn at_modem(&self, setting: Setting) -> Option<i32> {
        self.at_modem[setting as usize]
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

    /// What the modem has is not known any more.
    pub(super) fn unlearn(&mut self) {
        self.at_modem = [None; Setting::ALL.len()];
    }

    /// The value that the modem must be told now, and is then taken to have; `None` if it has it.
    pub(super) fn due(&mut self, setting: Setting, counts: impl Fn(PhoneId) -> bool + Copy) -> Option<i32> {
        let wishes = self.wanted.iter().enumerate().filter(|(place, _)| counts(PhoneId(*place)));
        let value = setting.combine(wishes.map(|(_, wanted)| wanted[setting as usize]))?;
        let at_modem = &mut self.at_modem[setting as usize];
        (at_modem.replace(value) != Some(value)).then_some(value)
    }

    /// What a modem must be told that has forgotten everything.
    pub(super) fn all_wanted(&mut self, counts: impl Fn(PhoneId) -> bool + Copy) -> Vec<Order> {
        Setting::ALL.into_iter().filter_map(|setting| Some(setting.order(self.due(setting, counts)?))).collect()
    }

    /// What the modem must be told after phones have come or gone.
    pub(super) fn all_due(&mut self, counts: impl Fn(PhoneId) -> bool + Copy) -> Vec<Order> {
        let known = Setting::ALL.into_iter().filter(|setting| self.at_modem[*setting as usize].is_some());
        let known: Vec<Setting> = known.collect();
        known.into_iter().filter_map(|setting| Some(setting.order(self.due(setting, counts)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modem_gets_what_the_wishes_add_up_to() {
        let combined = |setting: Setting, wishes: &[Option<i32>]| setting.combine(wishes.iter().copied());
        assert_eq!(combined(Setting::SuppSvc, &[None, None]), None, "nobody cares");
        assert_eq!(combined(Setting::SuppSvc, &[Some(0), Some(1)]), Some(1));
        assert_eq!(combined(Setting::Location, &[Some(0), None]), Some(0));
        assert_eq!(combined(Setting::PowerSave, &[Some(1), Some(1)]), Some(1));
        assert_eq!(combined(Setting::PowerSave, &[Some(1), None]), Some(0), "one may be in a hurry");
        assert_eq!(combined(Setting::Charging, &[Some(1), None]), Some(1));
        assert_eq!(combined(Setting::Filter, &[Some(1), Some(4)]), Some(5));
        assert_eq!(combined(Setting::Filter, &[Some(1), None]), Some(EVERYTHING));
        assert_eq!(combined(Setting::CellInfoRate, &[Some(i32::MAX), Some(2000), None]), Some(2000));
    }

    #[test]
    fn the_modem_is_told_what_is_new_to_it() {
        let mut settings = Settings::new(2);
        let both = |_: PhoneId| true;
        settings.want(PhoneId(0), Setting::Location, 1);
        assert_eq!(settings.due(Setting::Location, both), Some(1));
        settings.want(PhoneId(1), Setting::Location, 1);
        assert_eq!(settings.due(Setting::Location, both), None);
        settings.forget(PhoneId(0));
        assert!(settings.all_due(both).is_empty(), "the other still wants it");
        settings.want(PhoneId(1), Setting::Location, 0);
        assert_eq!(settings.all_due(both), [Order::about(RequestCode::SET_LOCATION_UPDATES, 0)]);
        settings.unlearn();
        assert!(settings.all_due(both).is_empty(), "a modem that was told nothing needs no correction");
    }
}
