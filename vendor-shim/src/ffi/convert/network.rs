//! The network as the modem sees it.

use ril_protocol::RilVersion;
use ril_protocol::payload::network::{NeighboringCell, SignalStrength};
use ril_protocol::payload::radio::RadioState;

use super::arena::Arena;
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError, LAST_IMPRECISE};
use crate::ffi::abi::network as c;

/// What ril.h asks libraries to give where there is nothing to tell.
const UNKNOWN: i32 = i32::MAX;
const UNKNOWN_STRENGTH: i32 = 99;

/// The state travels in the parcel only: libril asks `onStateRequest` for it.
impl CForm for RadioState {
    fn to_c(&self, _: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        Ok(CData::NULL)
    }

    unsafe fn from_c(_: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        Err(ConvertError::NotSupported)
    }
}

/// Integers in the order of `RIL_SignalStrength_v10`, of which the layouts 5, 6 and 8 are beginnings.
impl CForm for SignalStrength {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let ints = [
            self.gw_signal_strength,
            self.gw_bit_error_rate,
            self.cdma_dbm,
            self.cdma_ecio,
            self.evdo_dbm,
            self.evdo_ecio,
            self.evdo_signal_noise_ratio,
            self.lte_signal_strength,
            self.lte_rsrp,
            self.lte_rsrq,
            self.lte_rssnr,
            self.lte_cqi,
            UNKNOWN, // LTE timing advance
            self.tdscdma_rscp,
        ];
        let layout = match version.0 {
            ..6 => c::SIGNAL_STRENGTH_V5,
            6..8 => c::SIGNAL_STRENGTH_V6,
            8..10 => c::SIGNAL_STRENGTH_V8,
            10.. => c::SIGNAL_STRENGTH_V10,
        };
        Ok(CData::list(&ints[..layout], arena))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        let ints: Vec<i32> = unsafe { data.list()? };
        let fits = if version > LAST_IMPRECISE {
            !ints.is_empty() && ints.len().is_multiple_of(c::SIGNAL_STRENGTH_V10)
        } else {
            ints.len() >= c::SIGNAL_STRENGTH_V5
        };
        if !fits {
            let size = size_of::<i32>() * c::SIGNAL_STRENGTH_V10;
            return Err(ConvertError::Length { what: "RIL_SignalStrength_v10", got: data.len, size });
        }
        // Older libraries say -1 where they do not know, and give the RSRP with its sign.
        let lte = match ints.get(c::SIGNAL_STRENGTH_V5..c::SIGNAL_STRENGTH_V6) {
            Some(&[strength, rsrp, rsrq, rssnr, cqi]) => {
                let known = |value: i32, unknown: i32| if value == -1 { unknown } else { value };
                [
                    known(strength, UNKNOWN_STRENGTH),
                    known(rsrp, UNKNOWN).saturating_abs(),
                    known(rsrq, UNKNOWN),
                    rssnr,
                    known(cqi, UNKNOWN),
                ]
            }
            _ => [UNKNOWN_STRENGTH, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN],
        };
        Ok(Self {
            gw_signal_strength: ints[0],
            gw_bit_error_rate: ints[1],
            cdma_dbm: ints[2],
            cdma_ecio: ints[3],
            evdo_dbm: ints[4],
            evdo_ecio: ints[5],
            evdo_signal_noise_ratio: ints[6],
            lte_signal_strength: lte[0],
            lte_rsrp: lte[1],
            lte_rsrq: lte[2],
            lte_rssnr: lte[3],
            lte_cqi: lte[4],
            tdscdma_rscp: ints.get(c::SIGNAL_STRENGTH_V8).copied().unwrap_or(UNKNOWN),
        })
    }
}

impl CStruct for NeighboringCell {
    type C = c::NeighboringCell;

    fn to_struct(&self, arena: &mut Arena) -> Result<c::NeighboringCell, ConvertError> {
        Ok(c::NeighboringCell { cid: arena.text(self.cid.as_deref()), rssi: self.rssi })
    }

    unsafe fn from_struct(cell: &c::NeighboringCell, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        Ok(Self { rssi: cell.rssi, cid: unsafe { lent::text(cell.cid) } })
    }
}
