//! The device: modems and slots, capabilities, activity, link capacity, stored items, subscriptions, carriers.

use ril_protocol::payload::Text;
use ril_protocol::payload::device::{
    ActivityInfo, Carrier, CarrierRestrictions, HardwareConfig, HardwareModem, HardwareSim, HardwareState, LceData,
    LceStatus, NvReadItem, NvWriteItem, RadioCapability, UiccSubscription,
};
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::field::{Field, field_by_field};
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError};
use crate::ffi::abi::Plain;
use crate::ffi::abi::device as c;

field_by_field!(NvReadItem = c::NvReadItem { item_id });

field_by_field!(NvWriteItem = c::NvWriteItem { item_id, value } required: value);

field_by_field!(UiccSubscription = c::UiccSubscription { slot, app_index, sub_type, act_status });

field_by_field!(LceStatus = c::LceStatus { lce_status, actual_interval_ms });

field_by_field!(LceData = c::LceData { last_hop_capacity_kbps, confidence_level, lce_suspended });

field_by_field!(
    ActivityInfo = c::ActivityInfo { sleep_mode_time_ms, idle_mode_time_ms, tx_mode_time_ms, rx_mode_time_ms }
);

field_by_field!(
    RadioCapability =
        c::RadioCapability { version, session, phase, rat, logical_modem_uuid, status } required: logical_modem_uuid
);

field_by_field!(Carrier = c::Carrier { mcc, mnc, match_type, match_data } required: mcc, mnc);

/// A string in a buffer of fixed size, where null is the empty string.
impl Field<[u8; c::UUID_MAX]> for Text {
    fn to_field(&self, _: &mut Arena) -> Result<[u8; c::UUID_MAX], ConvertError> {
        let text = self.as_deref().unwrap_or_default().as_bytes();
        let mut buffer = [0; c::UUID_MAX];
        // The last byte is the NUL's.
        match buffer[..c::UUID_MAX - 1].get_mut(..text.len()) {
            Some(start) => start.copy_from_slice(text),
            None => return Err(ConvertError::TooLong { what: "char[64]", got: text.len(), most: c::UUID_MAX - 1 }),
        }
        Ok(buffer)
    }

    unsafe fn from_field(buffer: [u8; c::UUID_MAX]) -> Result<Self, ConvertError> {
        Ok(Some(lent::buffer_text(&buffer)))
    }
}

/// An array of structs, not of pointers.
impl CForm for Vec<HardwareConfig> {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let structs = self.iter().map(|config| hardware_to_c(config, arena)).collect::<Result<Vec<_>, _>>()?;
        Ok(CData::list(&structs, arena))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe { data.list::<c::HardwareConfig>()?.iter().map(|config| hardware_from_c(config)).collect() }
    }
}

fn hardware_to_c(config: &HardwareConfig, arena: &mut Arena) -> Result<c::HardwareConfig, ConvertError> {
    match config {
        HardwareConfig::Modem(modem) => {
            // The larger half first: all of the union is to be set.
            let mut cfg = c::HardwareUnion { sim_modem_uuid: [0; c::UUID_MAX] };
            cfg.modem = c::HardwareModem {
                ril_model: 0, // not in the parcel
                rat: modem.rat,
                max_voice: modem.max_voice,
                max_data: modem.max_data,
                max_standby: modem.max_standby,
            };
            Ok(c::HardwareConfig {
                kind: c::HARDWARE_MODEM,
                uuid: modem.uuid.to_field(arena)?,
                state: modem.state.0,
                cfg,
            })
        }
        HardwareConfig::Sim(sim) => Ok(c::HardwareConfig {
            kind: c::HARDWARE_SIM,
            uuid: sim.uuid.to_field(arena)?,
            state: sim.state.0,
            cfg: c::HardwareUnion { sim_modem_uuid: sim.modem_uuid.to_field(arena)? },
        }),
    }
}

/// # Safety
/// The union must be as `kind` says.
unsafe fn hardware_from_c(config: &c::HardwareConfig) -> Result<HardwareConfig, ConvertError> {
    let uuid = Some(lent::buffer_text(&config.uuid));
    let state = HardwareState(config.state);
    match config.kind {
        c::HARDWARE_MODEM => {
            // SAFETY: as the caller promises.
            let modem = unsafe { config.cfg.modem };
            Ok(HardwareConfig::Modem(HardwareModem {
                uuid,
                state,
                rat: modem.rat,
                max_voice: modem.max_voice,
                max_data: modem.max_data,
                max_standby: modem.max_standby,
            }))
        }
        c::HARDWARE_SIM => {
            // SAFETY: as the caller promises.
            let modem_uuid = unsafe { lent::buffer_text(&config.cfg.sim_modem_uuid) };
            Ok(HardwareConfig::Sim(HardwareSim { uuid, state, modem_uuid: Some(modem_uuid) }))
        }
        other => Err(ConvertError::Value { what: c::HardwareConfig::NAME, got: other }),
    }
}

/// Two arrays of structs.
impl CForm for CarrierRestrictions {
    fn checked_request(self, code: RequestCode) -> Result<Self, ConvertError> {
        let checked = |carriers: Vec<Carrier>| -> Result<Vec<Carrier>, ConvertError> {
            carriers.into_iter().map(|carrier| CStruct::checked_request(carrier, code)).collect()
        };
        Ok(Self {
            allowed_carriers: checked(self.allowed_carriers)?,
            excluded_carriers: checked(self.excluded_carriers)?,
        })
    }

    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let (len_allowed_carriers, allowed_carriers) = carriers_to_c(&self.allowed_carriers, arena)?;
        let (len_excluded_carriers, excluded_carriers) = carriers_to_c(&self.excluded_carriers, arena)?;
        let restrictions =
            c::CarrierRestrictions { len_allowed_carriers, len_excluded_carriers, allowed_carriers, excluded_carriers };
        Ok(CData::one(arena.put(restrictions)))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            let c: c::CarrierRestrictions = data.one()?;
            Ok(Self {
                allowed_carriers: carriers_from_c(c.allowed_carriers, c.len_allowed_carriers)?,
                excluded_carriers: carriers_from_c(c.excluded_carriers, c.len_excluded_carriers)?,
            })
        }
    }
}

fn carriers_to_c(carriers: &[Carrier], arena: &mut Arena) -> Result<(i32, *mut c::Carrier), ConvertError> {
    let structs = carriers.iter().map(|carrier| carrier.to_struct(arena)).collect::<Result<Vec<_>, _>>()?;
    let count = i32::try_from(structs.len());
    let count =
        count.map_err(|_| ConvertError::TooLong { what: "carriers", got: structs.len(), most: i32::MAX as usize })?;
    Ok((count, arena.list(&structs)))
}

/// # Safety
/// `carriers` must be NULL or point to `count` structs whose strings are NULL or valid.
unsafe fn carriers_from_c(carriers: *const c::Carrier, count: i32) -> Result<Vec<Carrier>, ConvertError> {
    let count = usize::try_from(count).map_err(|_| ConvertError::Value { what: "number of carriers", got: count })?;
    let list = Lent { ptr: carriers.cast(), len: count.saturating_mul(size_of::<c::Carrier>()) };
    // SAFETY: as the caller promises.
    unsafe { list.list::<c::Carrier>()?.iter().map(|carrier| Carrier::from_struct(carrier)).collect() }
}
