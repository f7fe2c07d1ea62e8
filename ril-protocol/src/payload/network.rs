//! The network as the modem sees it (ril.h: `RIL_SignalStrength_v10`, `RIL_NeighboringCell`).
//!
//! Registration states and the operator are lists of strings in ril.h; see their rows for the meaning of each place.

use super::Text;

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
