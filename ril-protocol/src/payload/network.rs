//! The network as the modem sees it (ril.h: `RIL_SignalStrength_v10`, `RIL_CellInfo_v12`, `RIL_NeighboringCell`, ...).
//!
//! Registration states and the operator are lists of strings in ril.h; see their rows for the meaning of each place.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::RilVersion;
use crate::layout::{Arm, By, Field, Layout, Otherwise, When};
use crate::parcel::{DecodeError, Parcel, Reader, Writer};

payload! {
    /// Signal strength of every radio technology, in libril's fixed order of thirteen integers.
    ///
    /// What the library did not give is 99 or `i32::MAX`, as ril.h asks. The LTE timing advance of
    /// `RIL_LTE_SignalStrength_v8` is not sent.
    pub struct SignalStrength {
        /// GSM and WCDMA: 0 to 31, 99 unknown (3GPP TS 27.007, 8.5).
        pub gw_signal_strength: i32,
        /// GSM and WCDMA bit error rate: 0 to 7, 99 unknown.
        pub gw_bit_error_rate: i32,
        /// CDMA RSSI in dBm, sign dropped.
        pub cdma_dbm: i32,
        /// CDMA Ec/Io in tenths of dB, sign dropped.
        pub cdma_ecio: i32,
        /// EVDO RSSI in dBm, sign dropped.
        pub evdo_dbm: i32,
        /// EVDO Ec/Io in tenths of dB, sign dropped.
        pub evdo_ecio: i32,
        /// EVDO signal to noise ratio: 0 to 8.
        pub evdo_signal_noise_ratio: i32,
        /// LTE: 0 to 31, 99 unknown.
        pub lte_signal_strength: i32,
        /// LTE RSRP in dBm, sign dropped: 44 to 140.
        pub lte_rsrp: i32,
        /// LTE RSRQ in dB, sign dropped: 3 to 20.
        pub lte_rsrq: i32,
        /// LTE RSSNR in tenths of dB: -200 to 300.
        pub lte_rssnr: i32,
        /// LTE channel quality: 0 to 15.
        pub lte_cqi: i32,
        /// TD-SCDMA RSCP in dBm, sign dropped: 25 to 120.
        pub tdscdma_rscp: i32,
    }
}

payload! {
    /// A cell nearby (`RIL_NeighboringCell`).
    pub struct NeighboringCell {
        /// Received signal strength.
        pub rssi: i32,
        /// Location area and cell id, or scrambling code, hexadecimal.
        pub cid: Text,
    }
}

/// Time and zone from the network (3GPP TS 24.008, 9.2.15a), with the time of its arrival, which libril adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NitzTime {
    /// `yy/mm/dd,hh:mm:ss(+/-)tz,dt`: UTC, zone in quarters of an hour, daylight saving in hours.
    pub time: Text,
    /// When it arrived, in milliseconds since the device started; `None` when it is not said.
    pub received: Option<i64>,
}

impl Parcel for NitzTime {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(NitzTime),
        fields: &[Field::new("time", Text::LAYOUT), Field::new("received", &Layout::IfLeft(&Layout::Long))],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let time = reader.field("time")?;
        let received = if reader.rest().is_empty() { None } else { Some(reader.field("received")?) };
        Ok(Self { time, received })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.time.write(writer);
        if let Some(received) = self.received {
            writer.long(received);
        }
    }
}

open_enum! {
    /// Radio technology of a cell (`RIL_CellInfoType`).
    pub CellType {
        /// GSM.
        GSM = 1,
        /// CDMA and EVDO.
        CDMA = 2,
        /// LTE.
        LTE = 3,
        /// WCDMA.
        WCDMA = 4,
        /// TD-SCDMA.
        TD_SCDMA = 5,
    }
}

/// A cell in reach (`RIL_CellInfo`, `RIL_CellInfo_v12`). A number of the cell that is not known is `i32::MAX`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellInfo {
    /// Whether the modem is registered here.
    pub registered: bool,
    /// `RIL_TimeStampType`: 0 unknown, 1 antenna, 2 modem, 3 vendor library, 4 Java.
    pub time_stamp_type: i32,
    /// Nanoseconds, as `ril_nano_time` counts them.
    pub time_stamp: i64,
    /// The cell itself.
    pub cell: Cell,
}

/// What is known of a cell, behind its [`CellType`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// GSM.
    Gsm(GsmCell),
    /// CDMA and EVDO.
    Cdma(CdmaCell),
    /// LTE.
    Lte(LteCell),
    /// WCDMA.
    Wcdma(WcdmaCell),
    /// TD-SCDMA.
    Tdscdma(TdscdmaCell),
    /// Another type, of which libril sends no more than the number.
    Other(i32),
}

impl Cell {
    /// The type that stands before everything else.
    pub fn cell_type(&self) -> CellType {
        match self {
            Self::Gsm(_) => CellType::GSM,
            Self::Cdma(_) => CellType::CDMA,
            Self::Lte(_) => CellType::LTE,
            Self::Wcdma(_) => CellType::WCDMA,
            Self::Tdscdma(_) => CellType::TD_SCDMA,
            Self::Other(number) => CellType(*number),
        }
    }
}

const CELLS: &[Arm] = &[
    Arm::new(CellType::GSM.0, "gsm", GsmCell::LAYOUT),
    Arm::new(CellType::CDMA.0, "cdma", CdmaCell::LAYOUT),
    Arm::new(CellType::LTE.0, "lte", LteCell::LAYOUT),
    Arm::new(CellType::WCDMA.0, "wcdma", WcdmaCell::LAYOUT),
    Arm::new(CellType::TD_SCDMA.0, "tdscdma", TdscdmaCell::LAYOUT),
];

impl Parcel for CellInfo {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(CellInfo),
        fields: &[
            Field::new("cell_info_type", CellType::LAYOUT).hidden(),
            Field::new("registered", &Layout::Flag),
            Field::new("time_stamp_type", &Layout::Int),
            Field::new("time_stamp", &Layout::Long),
            Field::new("cell", &Layout::Choice { by: By::Field("cell_info_type"), arms: CELLS, other: Some("other") }),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let cell_type: CellType = reader.field("cell_info_type")?;
        Ok(Self {
            registered: reader.field("registered")?,
            time_stamp_type: reader.field("time_stamp_type")?,
            time_stamp: reader.field("time_stamp")?,
            cell: match cell_type {
                CellType::GSM => Cell::Gsm(reader.field("gsm")?),
                CellType::CDMA => Cell::Cdma(reader.field("cdma")?),
                CellType::LTE => Cell::Lte(reader.field("lte")?),
                CellType::WCDMA => Cell::Wcdma(reader.field("wcdma")?),
                CellType::TD_SCDMA => Cell::Tdscdma(reader.field("tdscdma")?),
                CellType(other) => Cell::Other(other),
            },
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.cell.cell_type().write(writer);
        self.registered.write(writer);
        writer.int(self.time_stamp_type);
        writer.long(self.time_stamp);
        match &self.cell {
            Cell::Gsm(cell) => cell.write(writer),
            Cell::Cdma(cell) => cell.write(writer),
            Cell::Lte(cell) => cell.write(writer),
            Cell::Wcdma(cell) => cell.write(writer),
            Cell::Tdscdma(cell) => cell.write(writer),
            Cell::Other(_) => {}
        }
    }
}

/// A GSM cell (`RIL_CellInfoGsm`, `RIL_CellInfoGsm_v12`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GsmCell {
    /// Mobile country code.
    pub mcc: i32,
    /// Mobile network code.
    pub mnc: i32,
    /// Location area code.
    pub lac: i32,
    /// Cell identity.
    pub cid: i32,
    /// Absolute radio frequency channel number. Below version 12 libril sends `i32::MAX`.
    pub arfcn: i32,
    /// Base station identity code; 255 unknown. Below version 12 libril sends `i32::MAX`.
    pub bsic: i32,
    /// 0 to 31, 99 unknown (3GPP TS 27.007, 8.5).
    pub signal_strength: i32,
    /// 0 to 7, 99 unknown.
    pub bit_error_rate: i32,
    /// Timing advance in bit periods of 48/13 microseconds. From version 12.
    pub timing_advance: i32,
}

impl GsmCell {
    /// The first RIL version whose GSM cells have a timing advance.
    const TIMING_ADVANCE_SINCE: RilVersion = RilVersion(12);
}

impl Parcel for GsmCell {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(GsmCell),
        fields: &[
            Field::new("mcc", &Layout::Int),
            Field::new("mnc", &Layout::Int),
            Field::new("lac", &Layout::Int),
            Field::new("cid", &Layout::Int),
            Field::new("arfcn", &Layout::Int),
            Field::new("bsic", &Layout::Int),
            Field::new("signal_strength", &Layout::Int),
            Field::new("bit_error_rate", &Layout::Int),
            Field::new("timing_advance", &Layout::Int)
                .when(When::Since(Self::TIMING_ADVANCE_SINCE), Otherwise::Number(i32::MAX)),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            mcc: reader.field("mcc")?,
            mnc: reader.field("mnc")?,
            lac: reader.field("lac")?,
            cid: reader.field("cid")?,
            arfcn: reader.field("arfcn")?,
            bsic: reader.field("bsic")?,
            signal_strength: reader.field("signal_strength")?,
            bit_error_rate: reader.field("bit_error_rate")?,
            timing_advance: if reader.version() >= Self::TIMING_ADVANCE_SINCE {
                reader.field("timing_advance")?
            } else {
                i32::MAX
            },
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        for value in [self.mcc, self.mnc, self.lac, self.cid, self.arfcn, self.bsic] {
            writer.int(value);
        }
        writer.int(self.signal_strength);
        writer.int(self.bit_error_rate);
        if writer.version() >= Self::TIMING_ADVANCE_SINCE {
            writer.int(self.timing_advance);
        }
    }
}

payload! {
    /// A WCDMA cell (`RIL_CellInfoWcdma_v12`).
    pub struct WcdmaCell {
        /// Mobile country code.
        pub mcc: i32,
        /// Mobile network code.
        pub mnc: i32,
        /// Location area code.
        pub lac: i32,
        /// Cell identity.
        pub cid: i32,
        /// Primary scrambling code: 0 to 511.
        pub psc: i32,
        /// Absolute radio frequency channel number. Below version 12 libril sends `i32::MAX`.
        pub uarfcn: i32,
        /// 0 to 31, 99 unknown (3GPP TS 27.007, 8.5).
        pub signal_strength: i32,
        /// 0 to 7, 99 unknown.
        pub bit_error_rate: i32,
    }
}

payload! {
    /// A CDMA cell (`RIL_CellInfoCdma`).
    pub struct CdmaCell {
        /// Network id.
        pub network_id: i32,
        /// System id.
        pub system_id: i32,
        /// Base station id.
        pub basestation_id: i32,
        /// Longitude in quarters of a second of arc (3GPP2 C.S0005).
        pub longitude: i32,
        /// Latitude in quarters of a second of arc.
        pub latitude: i32,
        /// CDMA RSSI in dBm, sign dropped.
        pub cdma_dbm: i32,
        /// CDMA Ec/Io in tenths of dB, sign dropped.
        pub cdma_ecio: i32,
        /// EVDO RSSI in dBm, sign dropped.
        pub evdo_dbm: i32,
        /// EVDO Ec/Io in tenths of dB, sign dropped.
        pub evdo_ecio: i32,
        /// EVDO signal to noise ratio: 0 to 8.
        pub evdo_signal_noise_ratio: i32,
    }
}

payload! {
    /// An LTE cell (`RIL_CellInfoLte_v12`).
    pub struct LteCell {
        /// Mobile country code.
        pub mcc: i32,
        /// Mobile network code.
        pub mnc: i32,
        /// Cell identity.
        pub ci: i32,
        /// Physical cell id: 0 to 503.
        pub pci: i32,
        /// Tracking area code.
        pub tac: i32,
        /// Absolute radio frequency channel number. Below version 12 libril sends `i32::MAX`.
        pub earfcn: i32,
        /// 0 to 31, 99 unknown (3GPP TS 27.007, 8.5).
        pub signal_strength: i32,
        /// RSRP in dBm, sign dropped: 44 to 140.
        pub rsrp: i32,
        /// RSRQ in dB, sign dropped: 3 to 20.
        pub rsrq: i32,
        /// RSSNR in tenths of dB: -200 to 300.
        pub rssnr: i32,
        /// Channel quality: 0 to 15.
        pub cqi: i32,
        /// Timing advance in microseconds, one way.
        pub timing_advance: i32,
    }
}

payload! {
    /// A TD-SCDMA cell (`RIL_CellInfoTdscdma`).
    pub struct TdscdmaCell {
        /// Mobile country code.
        pub mcc: i32,
        /// Mobile network code.
        pub mnc: i32,
        /// Location area code.
        pub lac: i32,
        /// Cell identity.
        pub cid: i32,
        /// Cell parameters id: 0 to 127.
        pub cpid: i32,
        /// RSCP in dBm, sign dropped: 25 to 120.
        pub rscp: i32,
    }
}
