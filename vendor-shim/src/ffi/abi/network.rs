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

/// Integers of the largest cell identity.
pub(crate) const IDENTITY_INTS: usize = 6;

c_struct! {
    /// The identity is a union of structs of integers; of GSM's sixth, only the first byte counts.
    CellIdentityV16 = "RIL_CellIdentity_v16", 28 | 28 {
        0 | 0: cell_type: i32,
        4 | 4: identity: [i32; IDENTITY_INTS],
    }
}

c_struct! {
    VoiceRegistration = "RIL_VoiceRegistrationStateResponse", 56 | 56 {
        0 | 0: reg_state: i32,
        4 | 4: rat: i32,
        8 | 8: css_supported: i32,
        12 | 12: roaming_indicator: i32,
        16 | 16: system_is_in_prl: i32,
        20 | 20: default_roaming_indicator: i32,
        24 | 24: reason_for_denial: i32,
        28 | 28: cell: CellIdentityV16,
    }
}

c_struct! {
    DataRegistration = "RIL_DataRegistrationStateResponse", 44 | 44 {
        0 | 0: reg_state: i32,
        4 | 4: rat: i32,
        8 | 8: reason_data_denied: i32,
        12 | 12: max_data_calls: i32,
        16 | 16: cell: CellIdentityV16,
    }
}
