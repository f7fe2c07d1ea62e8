//! The SIM card.

use ril_protocol::payload::sim::{
    AppStatus, CardState, CardStatus, PinState, SimApdu, SimAuthentication, SimIo, SimIoResponse, SimRefresh,
};
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::field::field_by_field;
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError, LAST_IMPRECISE};
use crate::ffi::abi::sim as c;

/// The first version with applications for IMS on the card, and with an application in `SIM_IO`.
const SINCE_AID: RilVersion = RilVersion(6);
/// The first version whose `SIM_REFRESH` is a struct.
const SINCE_REFRESH_STRUCT: RilVersion = RilVersion(7);

/// `RIL_CardStatus_v6`, or `_v5` where the length is that (on 64-bit machines both have the same) or the version old.
/// What later ones have behind it is left out: the applications are told there, too, and clients do not know the rest.
impl CForm for CardStatus {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let (num_applications, applications) = applications_to_c(&self.applications, arena)?;
        if version < SINCE_AID {
            return Ok(CData::one(arena.put(c::CardStatusV5 {
                card_state: self.card_state.0,
                universal_pin_state: self.universal_pin_state.0,
                gsm_umts_subscription_app_index: self.gsm_umts_subscription_app_index,
                cdma_subscription_app_index: self.cdma_subscription_app_index,
                num_applications,
                applications,
            })));
        }
        Ok(CData::one(arena.put(c::CardStatusV6 {
            card_state: self.card_state.0,
            universal_pin_state: self.universal_pin_state.0,
            gsm_umts_subscription_app_index: self.gsm_umts_subscription_app_index,
            cdma_subscription_app_index: self.cdma_subscription_app_index,
            ims_subscription_app_index: self.ims_subscription_app_index,
            num_applications,
            applications,
        })))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        let is_later = version >= SINCE_AID && c::LATER_CARD_STATUS.contains(&data.len);
        let is_v6 = version >= SINCE_AID && data.len == size_of::<c::CardStatusV6>();
        // SAFETY: as the caller promises.
        unsafe {
            if is_later || is_v6 || version > LAST_IMPRECISE {
                let status: c::CardStatusV6 = if is_later { data.head()? } else { data.one()? };
                return Ok(Self {
                    card_state: CardState(status.card_state),
                    universal_pin_state: PinState(status.universal_pin_state),
                    gsm_umts_subscription_app_index: status.gsm_umts_subscription_app_index,
                    cdma_subscription_app_index: status.cdma_subscription_app_index,
                    ims_subscription_app_index: status.ims_subscription_app_index,
                    applications: applications_from_c(status.num_applications, &status.applications)?,
                });
            }
            let status: c::CardStatusV5 = data.one()?;
            Ok(Self {
                card_state: CardState(status.card_state),
                universal_pin_state: PinState(status.universal_pin_state),
                gsm_umts_subscription_app_index: status.gsm_umts_subscription_app_index,
                cdma_subscription_app_index: status.cdma_subscription_app_index,
                ims_subscription_app_index: -1,
                applications: applications_from_c(status.num_applications, &status.applications)?,
            })
        }
    }
}

fn applications_to_c(
    applications: &[AppStatus],
    arena: &mut Arena,
) -> Result<(i32, [c::AppStatus; c::CARD_MAX_APPS]), ConvertError> {
    let count = i32::try_from(applications.len()).unwrap_or(i32::MAX);
    if applications.len() > c::CARD_MAX_APPS {
        return Err(ConvertError::Value { what: "number of applications", got: count });
    }
    let mut slots = [c::AppStatus::NONE; c::CARD_MAX_APPS];
    for (slot, app) in slots.iter_mut().zip(applications) {
        *slot = app.to_struct(arena)?;
    }
    Ok((count, slots))
}

/// # Safety
/// The strings of the first `count` slots must be NULL or valid.
unsafe fn applications_from_c(count: i32, slots: &[c::AppStatus]) -> Result<Vec<AppStatus>, ConvertError> {
    let used = usize::try_from(count).ok().and_then(|count| slots.get(..count));
    let used = used.ok_or(ConvertError::Value { what: "number of applications", got: count })?;
    // SAFETY: as the caller promises.
    used.iter().map(|app| unsafe { AppStatus::from_struct(app) }).collect()
}

/// `RIL_SIM_IO_v6`, or `_v5` up to version 5.
impl CForm for SimIo {
    /// ril.h: a path "must always be provided". Clients that have none send null; libraries get the empty string.
    fn checked_request(self, _: RequestCode) -> Result<Self, ConvertError> {
        Ok(Self { path: Some(self.path.unwrap_or_default()), ..self })
    }

    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let v5 = c::SimIoV5 {
            command: self.command,
            file_id: self.file_id,
            path: arena.text(self.path.as_deref()),
            p1: self.p1,
            p2: self.p2,
            p3: self.p3,
            data: arena.text(self.data.as_deref()),
            pin2: arena.text(self.pin2.as_deref()),
        };
        if version < SINCE_AID {
            return Ok(CData::one(arena.put(v5)));
        }
        let aid = arena.text(self.aid.as_deref());
        Ok(CData::one(arena.put(c::SimIoV6 { v5, aid })))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            let io = if version < SINCE_AID {
                c::SimIoV6 { v5: data.one()?, aid: std::ptr::null_mut() }
            } else {
                data.one()?
            };
            Ok(Self {
                command: io.v5.command,
                file_id: io.v5.file_id,
                path: lent::text(io.v5.path),
                p1: io.v5.p1,
                p2: io.v5.p2,
                p3: io.v5.p3,
                data: lent::text(io.v5.data),
                pin2: lent::text(io.v5.pin2),
                aid: lent::text(io.aid),
            })
        }
    }
}

field_by_field!(SimIoResponse = c::SimIoResponse { sw1, sw2, response });

field_by_field!(SimApdu = c::SimApdu { session_id, cla, instruction, p1, p2, p3, data });

field_by_field!(SimAuthentication = c::SimAuthentication { auth_context, auth_data, aid } required: auth_data);

field_by_field!(
    AppStatus = c::AppStatus { app_type, app_state, perso_substate, aid, app_label, pin1_replaced, pin1, pin2 }
);

/// `RIL_SimRefreshResponse_v7`, or two integers up to version 6.
///
/// libril looks at the version only. A length that does not go with it is believed here: reading further than a
/// library gave is worse than missing the application.
impl CForm for SimRefresh {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        if version < SINCE_REFRESH_STRUCT {
            return Ok(CData::list(&[self.result, self.ef_id], arena));
        }
        let aid = arena.text(self.aid.as_deref());
        Ok(CData::one(arena.put(c::SimRefreshV7 { result: self.result, ef_id: self.ef_id, aid })))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        let has_struct = version >= SINCE_REFRESH_STRUCT && data.len >= size_of::<c::SimRefreshV7>();
        // SAFETY: as the caller promises.
        unsafe {
            let refresh = if has_struct || version > LAST_IMPRECISE {
                data.head()?
            } else {
                let [result, ef_id]: [i32; 2] = data.head()?;
                c::SimRefreshV7 { result, ef_id, aid: std::ptr::null_mut() }
            };
            Ok(Self { result: refresh.result, ef_id: refresh.ef_id, aid: lent::text(refresh.aid) })
        }
    }
}
