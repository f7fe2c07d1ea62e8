//! The network as the modem sees it.

use super::{CText, c_struct};

/// Integers in `RIL_SignalStrength_v5`: GSM or WCDMA (2), CDMA (2), EVDO (3).
pub(crate) const SIGNAL_STRENGTH_V5: usize = 7;
/// Integers in `RIL_SignalStrength_v6`: LTE (5) more.
pub(crate) const SIGNAL_STRENGTH_V6: usize = 12;
/// Integers in `RIL_SignalStrength_v8`: LTE timing advance more.
pub(crate) const SIGNAL_STRENGTH_V8: usize = 13;
/// Integers in `RIL_SignalStrength_v10`: TD-SCDMA more.
pub(crate) const SIGNAL_STRENGTH_V10: usize = 14;

c_struct! {
    NeighboringCell = "RIL_NeighboringCell", 16 | 8 {
        0 | 0: cid: CText,
        8 | 4: rssi: i32,
    }
}

/// Integers of the largest cell below version 12, LTE.
pub(crate) const CELL_INTS: usize = 11;
/// Integers of the largest cell from version 12 on, LTE.
pub(crate) const CELL_INTS_V12: usize = 12;

c_struct! {
    /// The cell is a union of structs of integers, which its type tells apart.
    CellInfo = "RIL_CellInfo", 72 | 72 | 64 {
        0 | 0: cell_type: i32,
        4 | 4: registered: i32,
        8 | 8: time_stamp_type: i32,
        16 | 16 | 12: time_stamp: i64,
        24 | 24 | 20: cell: [i32; CELL_INTS],
    }
}

c_struct! {
    /// As before version 12; of GSM's sixth integer only the first byte counts (`bsic`), the rest is padding.
    CellInfoV12 = "RIL_CellInfo_v12", 72 | 72 | 68 {
        0 | 0: cell_type: i32,
        4 | 4: registered: i32,
        8 | 8: time_stamp_type: i32,
        16 | 16 | 12: time_stamp: i64,
        24 | 24 | 20: cell: [i32; CELL_INTS_V12],
    }
}
