//! Registration states of version 15: structs in C, strings in the parcel as before.
//!
//! Which place of the strings has what is said in ril.h, `RIL_REQUEST_VOICE_REGISTRATION_STATE` and
//! `RIL_REQUEST_DATA_REGISTRATION_STATE`: areas and cells are hexadecimal, everything else is decimal.

use ril_protocol::RilVersion;
use ril_protocol::parcel::{DecodeError, Parcel, Reader, Writer};
use ril_protocol::payload::network::CellType;
use ril_protocol::payload::{Strings, Text};

use super::arena::Arena;
use super::form::CForm;
use super::lent::Lent;
use super::v15::same_parcel;
use super::{CData, ConvertError};
use crate::ffi::abi::network as c;

/// What ril.h has for a number that is not known.
const UNKNOWN: i32 = i32::MAX;
/// `RIL_UNKNOWN` of `RIL_RegState`.
const STATE_UNKNOWN: i32 = 4;
/// `RIL_CELL_INFO_TYPE_NONE`.
const NO_CELL: CellType = CellType(0);

same_parcel! {
    /// The result of `VOICE_REGISTRATION_STATE`.
    Voice(Strings)
}

same_parcel! {
    /// The result of `DATA_REGISTRATION_STATE`.
    Data(Strings)
}

/// A library that passes strings all the same is understood, too: its length is another.
impl CForm for Voice {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let Self(strings) = self;
        let rat = decimal(strings, 3, 0);
        Ok(CData::one(arena.put(c::VoiceRegistration {
            reg_state: decimal(strings, 0, STATE_UNKNOWN),
            rat,
            css_supported: decimal(strings, 7, 0),
            roaming_indicator: decimal(strings, 10, 0),
            system_is_in_prl: decimal(strings, 11, 0),
            default_roaming_indicator: decimal(strings, 12, 0),
            reason_for_denial: decimal(strings, 13, 0),
            cell: match cell_type_of(rat) {
                CellType::CDMA => c::CellIdentityV16 {
                    cell_type: CellType::CDMA.0,
                    identity: [
                        decimal(strings, 9, UNKNOWN),
                        decimal(strings, 8, UNKNOWN),
                        decimal(strings, 4, UNKNOWN),
                        decimal(strings, 6, UNKNOWN),
                        decimal(strings, 5, UNKNOWN),
                        0,
                    ],
                },
                cell_type => area_to_c(cell_type, strings, hexadecimal(strings, 14), UNKNOWN),
            },
        })))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        if data.len != size_of::<c::VoiceRegistration>() {
            // SAFETY: as the caller promises.
            return unsafe { Strings::from_c(data, version).map(Self) };
        }
        // SAFETY: as the caller promises.
        let state: c::VoiceRegistration = unsafe { data.one()? };
        let area = area_from_c(&state.cell);
        let [network_id, system_id, station, longitude, latitude] = match (state.cell.cell_type, state.cell.identity) {
            (cell_type, [cdma @ .., _]) if CellType(cell_type) == CellType::CDMA => cdma,
            _ => [UNKNOWN; 5],
        };
        Ok(Self(vec![
            to_decimal(state.reg_state),
            to_hexadecimal(area.lac),
            to_hexadecimal(area.cid),
            to_decimal(state.rat),
            to_decimal(station),
            to_decimal(latitude),
            to_decimal(longitude),
            to_decimal(state.css_supported),
            to_decimal(system_id),
            to_decimal(network_id),
            to_decimal(state.roaming_indicator),
            to_decimal(state.system_is_in_prl),
            to_decimal(state.default_roaming_indicator),
            to_decimal(state.reason_for_denial),
            to_hexadecimal(area.psc),
        ]))
    }
}

/// A library that passes strings all the same is understood, too: its length is another.
impl CForm for Data {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let Self(strings) = self;
        let rat = decimal(strings, 3, 0);
        Ok(CData::one(arena.put(c::DataRegistration {
            reg_state: decimal(strings, 0, STATE_UNKNOWN),
            rat,
            reason_data_denied: decimal(strings, 4, 0),
            max_data_calls: decimal(strings, 5, 1),
            cell: area_to_c(cell_type_of(rat), strings, UNKNOWN, decimal(strings, 7, UNKNOWN)),
        })))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        if data.len != size_of::<c::DataRegistration>() {
            // SAFETY: as the caller promises.
            return unsafe { Strings::from_c(data, version).map(Self) };
        }
        // SAFETY: as the caller promises.
        let state: c::DataRegistration = unsafe { data.one()? };
        let area = area_from_c(&state.cell);
        let mut strings = vec![
            to_decimal(state.reg_state),
            to_hexadecimal(area.lac),
            to_hexadecimal(area.cid),
            to_decimal(state.rat),
            to_decimal(state.reason_data_denied),
            to_decimal(state.max_data_calls),
        ];
        if CellType(state.cell.cell_type) == CellType::LTE {
            // Neither the closed group nor the timing advance is in the struct.
            strings.extend([to_decimal(area.lac), to_decimal(area.pci), to_decimal(area.cid), None, None]);
        }
        Ok(Self(strings))
    }
}

/// Where a phone is, in the words of the strings.
struct Area {
    /// Location area, or tracking area of LTE.
    lac: i32,
    cid: i32,
    /// Primary scrambling code of WCDMA.
    psc: i32,
    /// Physical cell identity of LTE.
    pci: i32,
}

fn area_from_c(cell: &c::CellIdentityV16) -> Area {
    let nowhere = Area { lac: UNKNOWN, cid: UNKNOWN, psc: UNKNOWN, pci: UNKNOWN };
    match (CellType(cell.cell_type), cell.identity) {
        (CellType::GSM | CellType::TD_SCDMA, [_, _, lac, cid, ..]) => Area { lac, cid, ..nowhere },
        (CellType::WCDMA, [_, _, lac, cid, psc, _]) => Area { lac, cid, psc, ..nowhere },
        (CellType::LTE, [_, _, ci, pci, tac, _]) => Area { lac: tac, cid: ci, pci, ..nowhere },
        _ => nowhere,
    }
}

fn area_to_c(cell_type: CellType, strings: &Strings, psc: i32, pci: i32) -> c::CellIdentityV16 {
    let (lac, cid) = (hexadecimal(strings, 1), hexadecimal(strings, 2));
    let no_bsic = i32::from_ne_bytes([u8::MAX, 0, 0, 0]);
    let (mcc, mnc) = (UNKNOWN, UNKNOWN);
    let identity = match cell_type {
        CellType::GSM => [mcc, mnc, lac, cid, UNKNOWN, no_bsic],
        CellType::WCDMA => [mcc, mnc, lac, cid, psc, UNKNOWN],
        CellType::TD_SCDMA => [mcc, mnc, lac, cid, UNKNOWN, 0],
        CellType::LTE => [mcc, mnc, cid, pci, lac, UNKNOWN],
        CellType::CDMA => [UNKNOWN; 6],
        _ => [0; 6],
    };
    c::CellIdentityV16 { cell_type: cell_type.0, identity }
}

/// The kind of cell that goes with a `RIL_RadioTechnology`.
fn cell_type_of(rat: i32) -> CellType {
    match rat {
        1 | 2 | 16 => CellType::GSM,
        3 | 9..=11 | 15 => CellType::WCDMA,
        4..=8 | 12 | 13 => CellType::CDMA,
        14 | 19 => CellType::LTE,
        17 => CellType::TD_SCDMA,
        _ => NO_CELL,
    }
}

fn decimal(strings: &Strings, place: usize, otherwise: i32) -> i32 {
    strings.get(place).and_then(|text| text.as_deref()?.trim().parse().ok()).unwrap_or(otherwise)
}

fn hexadecimal(strings: &Strings, place: usize) -> i32 {
    let number = strings.get(place).and_then(|text| u32::from_str_radix(text.as_deref()?.trim(), 16).ok());
    number.map_or(UNKNOWN, u32::cast_signed)
}

fn to_decimal(number: i32) -> Text {
    (number != UNKNOWN).then(|| number.to_string())
}

fn to_hexadecimal(number: i32) -> Text {
    (number != UNKNOWN).then(|| format!("{number:04x}"))
}
