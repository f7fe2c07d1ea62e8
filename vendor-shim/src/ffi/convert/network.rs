//! The network as the modem sees it.

use ril_protocol::RilVersion;
use ril_protocol::payload::Text;
use ril_protocol::payload::network::{
    CdmaCell, Cell, CellInfo, CellType, GsmCell, LteCell, NeighboringCell, NitzTime, SignalStrength, TdscdmaCell,
    WcdmaCell,
};
use ril_protocol::payload::radio::RadioState;

use super::arena::Arena;
use super::field::field_by_field;
use super::form::CForm;
use super::lent::Lent;
use super::{CData, ConvertError, LAST_IMPRECISE};
use crate::ffi::abi::network as c;

/// What ril.h asks libraries to give where there is nothing to tell.
const UNKNOWN: i32 = i32::MAX;
const UNKNOWN_STRENGTH: i32 = 99;
/// The first version with `RIL_CellInfo_v12`.
const SINCE_CELL_V12: RilVersion = RilVersion(12);

/// The state travels in the parcel only: libril asks `onStateRequest` for it.
impl CForm for RadioState {
    fn to_c(&self, _: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        Ok(CData::NULL)
    }

    unsafe fn from_c(_: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        Err(ConvertError::NotSupported)
    }
}

/// Integers in the order of `RIL_SignalStrength_v10`, of which the layouts 5, 6 and 8 are beginnings, and which is the
/// beginning of layout 12, in Android's virtual devices since Android 10.
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
            ints.len() >= c::SIGNAL_STRENGTH_V10
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

field_by_field!(NeighboringCell = c::NeighboringCell { rssi, cid });

/// `char *`. The time of arrival travels in the parcel only: libril adds it.
impl CForm for NitzTime {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        self.time.to_c(arena, version)
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        Ok(Self { time: unsafe { Text::from_c(data, version)? }, received: None })
    }
}

/// An array of structs, not of pointers.
impl CForm for Vec<CellInfo> {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        if version < SINCE_CELL_V12 {
            let structs: Vec<c::CellInfo> = self.iter().map(cell_to_c).collect();
            return Ok(CData::list(&structs, arena));
        }
        let structs: Vec<c::CellInfoV12> = self.iter().map(cell_to_c_v12).collect();
        Ok(CData::list(&structs, arena))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        Ok(unsafe {
            if version < SINCE_CELL_V12 {
                data.list()?.iter().map(cell_from_c).collect()
            } else {
                data.list()?.iter().map(cell_from_c_v12).collect()
            }
        })
    }
}

/// The integers of a cell in the order of the structs of version 12, which is that of the parcel.
type CellInts = [i32; c::CELL_INTS_V12];

/// The place of GSM's base station identity code, which is one byte in C.
const BSIC: usize = 5;

/// Places that structs before version 12 lack.
fn lacking_before_v12(cell_type: CellType) -> &'static [usize] {
    match cell_type {
        CellType::GSM => &[4, BSIC, 8],
        CellType::LTE | CellType::WCDMA => &[5],
        _ => &[],
    }
}

fn cell_to_c(info: &CellInfo) -> c::CellInfo {
    let cell_type = info.cell.cell_type();
    let lacking = lacking_before_v12(cell_type);
    let ints = cell_ints(&info.cell);
    let mut kept = ints.into_iter().enumerate().filter(|(place, _)| !lacking.contains(place)).map(|(_, int)| int);
    c::CellInfo {
        cell_type: cell_type.0,
        registered: info.registered.into(),
        time_stamp_type: info.time_stamp_type,
        time_stamp: info.time_stamp,
        cell: std::array::from_fn(|_| kept.next().unwrap_or_default()),
    }
}

fn cell_to_c_v12(info: &CellInfo) -> c::CellInfoV12 {
    let mut cell = cell_ints(&info.cell);
    if let Cell::Gsm(gsm) = &info.cell {
        cell[BSIC] = i32::from_ne_bytes([u8::try_from(gsm.bsic).unwrap_or(u8::MAX), 0, 0, 0]);
    }
    c::CellInfoV12 {
        cell_type: info.cell.cell_type().0,
        registered: info.registered.into(),
        time_stamp_type: info.time_stamp_type,
        time_stamp: info.time_stamp,
        cell,
    }
}

fn cell_from_c(info: &c::CellInfo) -> CellInfo {
    let cell_type = CellType(info.cell_type);
    let lacking = lacking_before_v12(cell_type);
    let mut given = info.cell.into_iter();
    let mut next = |place| if lacking.contains(&place) { None } else { given.next() };
    CellInfo {
        registered: info.registered != 0,
        time_stamp_type: info.time_stamp_type,
        time_stamp: info.time_stamp,
        cell: cell_of_ints(cell_type, std::array::from_fn(|place| next(place).unwrap_or(UNKNOWN))),
    }
}

fn cell_from_c_v12(info: &c::CellInfoV12) -> CellInfo {
    let cell_type = CellType(info.cell_type);
    let mut ints = info.cell;
    if cell_type == CellType::GSM {
        let [bsic, ..] = ints[BSIC].to_ne_bytes();
        ints[BSIC] = bsic.into();
    }
    CellInfo {
        registered: info.registered != 0,
        time_stamp_type: info.time_stamp_type,
        time_stamp: info.time_stamp,
        cell: cell_of_ints(cell_type, ints),
    }
}

fn cell_ints(cell: &Cell) -> CellInts {
    match cell {
        Cell::Gsm(gsm) => [
            gsm.mcc,
            gsm.mnc,
            gsm.lac,
            gsm.cid,
            gsm.arfcn,
            gsm.bsic,
            gsm.signal_strength,
            gsm.bit_error_rate,
            gsm.timing_advance,
            0,
            0,
            0,
        ],
        Cell::Cdma(cdma) => [
            cdma.network_id,
            cdma.system_id,
            cdma.basestation_id,
            cdma.longitude,
            cdma.latitude,
            cdma.cdma_dbm,
            cdma.cdma_ecio,
            cdma.evdo_dbm,
            cdma.evdo_ecio,
            cdma.evdo_signal_noise_ratio,
            0,
            0,
        ],
        Cell::Lte(lte) => [
            lte.mcc,
            lte.mnc,
            lte.ci,
            lte.pci,
            lte.tac,
            lte.earfcn,
            lte.signal_strength,
            lte.rsrp,
            lte.rsrq,
            lte.rssnr,
            lte.cqi,
            lte.timing_advance,
        ],
        Cell::Wcdma(wcdma) => [
            wcdma.mcc,
            wcdma.mnc,
            wcdma.lac,
            wcdma.cid,
            wcdma.psc,
            wcdma.uarfcn,
            wcdma.signal_strength,
            wcdma.bit_error_rate,
            0,
            0,
            0,
            0,
        ],
        Cell::Tdscdma(tdscdma) => {
            [tdscdma.mcc, tdscdma.mnc, tdscdma.lac, tdscdma.cid, tdscdma.cpid, tdscdma.rscp, 0, 0, 0, 0, 0, 0]
        }
        Cell::Other(_) => [0; c::CELL_INTS_V12],
    }
}

fn cell_of_ints(cell_type: CellType, ints: CellInts) -> Cell {
    match cell_type {
        CellType::GSM => {
            let [mcc, mnc, lac, cid, arfcn, bsic, signal_strength, bit_error_rate, timing_advance, ..] = ints;
            Cell::Gsm(GsmCell { mcc, mnc, lac, cid, arfcn, bsic, signal_strength, bit_error_rate, timing_advance })
        }
        CellType::CDMA => {
            let [network_id, system_id, basestation_id, longitude, latitude, signal @ ..] = ints;
            let [cdma_dbm, cdma_ecio, evdo_dbm, evdo_ecio, evdo_signal_noise_ratio, ..] = signal;
            Cell::Cdma(CdmaCell {
                network_id,
                system_id,
                basestation_id,
                longitude,
                latitude,
                cdma_dbm,
                cdma_ecio,
                evdo_dbm,
                evdo_ecio,
                evdo_signal_noise_ratio,
            })
        }
        CellType::LTE => {
            let [mcc, mnc, ci, pci, tac, earfcn, signal_strength, rsrp, rsrq, rssnr, cqi, timing_advance] = ints;
            Cell::Lte(LteCell {
                mcc,
                mnc,
                ci,
                pci,
                tac,
                earfcn,
                signal_strength,
                rsrp,
                rsrq,
                rssnr,
                cqi,
                timing_advance,
            })
        }
        CellType::WCDMA => {
            let [mcc, mnc, lac, cid, psc, uarfcn, signal_strength, bit_error_rate, ..] = ints;
            Cell::Wcdma(WcdmaCell { mcc, mnc, lac, cid, psc, uarfcn, signal_strength, bit_error_rate })
        }
        CellType::TD_SCDMA => {
            let [mcc, mnc, lac, cid, cpid, rscp, ..] = ints;
            Cell::Tdscdma(TdscdmaCell { mcc, mnc, lac, cid, cpid, rscp })
        }
        CellType(other) => Cell::Other(other),
    }
}
