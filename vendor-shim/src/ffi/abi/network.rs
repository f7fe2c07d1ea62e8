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
