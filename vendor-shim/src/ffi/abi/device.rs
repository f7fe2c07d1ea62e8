//! The device: modems and slots, capabilities, activity, link capacity, stored items, subscriptions, carriers.

use super::{CText, Plain, c_struct};

/// `MAX_UUID_LENGTH`, the NUL included.
pub(crate) const UUID_MAX: usize = 64;
/// `RIL_HARDWARE_CONFIG_MODEM`.
pub(crate) const HARDWARE_MODEM: i32 = 0;
/// `RIL_HARDWARE_CONFIG_SIM`.
pub(crate) const HARDWARE_SIM: i32 = 1;
/// `RIL_NUM_TX_POWER_LEVELS`.
pub(crate) const TX_POWER_LEVELS: usize = 5;

c_struct! {
    HardwareModem = "RIL_HardwareConfig_Modem", 20 | 20 {
        0 | 0: ril_model: i32,
        4 | 4: rat: u32,
        8 | 8: max_voice: i32,
        12 | 12: max_data: i32,
        16 | 16: max_standby: i32,
    }
}

/// What a hardware configuration holds, by its type.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union HardwareUnion {
    pub(crate) modem: HardwareModem,
    /// `RIL_HardwareConfig_Sim`.
    pub(crate) sim_modem_uuid: [u8; UUID_MAX],
}

// SAFETY: a union of plain types.
unsafe impl Plain for HardwareUnion {
    const NAME: &'static str = "RIL_HardwareConfig.cfg";
}

c_struct! {
    HardwareConfig = "RIL_HardwareConfig", 136 | 136 {
        0 | 0: kind: i32,
        4 | 4: uuid: [u8; UUID_MAX],
        68 | 68: state: i32,
        72 | 72: cfg: HardwareUnion,
    }
}

c_struct! {
    RadioCapability = "RIL_RadioCapability", 84 | 84 {
        0 | 0: version: i32,
        4 | 4: session: i32,
        8 | 8: phase: i32,
        12 | 12: rat: u32,
        16 | 16: logical_modem_uuid: [u8; UUID_MAX],
        80 | 80: status: i32,
    }
}

c_struct! {
    ActivityInfo = "RIL_ActivityStatsInfo", 32 | 32 {
        0 | 0: sleep_mode_time_ms: u32,
        4 | 4: idle_mode_time_ms: u32,
        8 | 8: tx_mode_time_ms: [u32; TX_POWER_LEVELS],
        28 | 28: rx_mode_time_ms: u32,
    }
}

c_struct! {
    /// The status is a `char` in C, of which libril sends the byte.
    LceStatus = "RIL_LceStatusInfo", 8 | 8 {
        0 | 0: lce_status: i8,
        4 | 4: actual_interval_ms: u32,
    }
}

c_struct! {
    LceData = "RIL_LceDataInfo", 8 | 8 {
        0 | 0: last_hop_capacity_kbps: u32,
        4 | 4: confidence_level: u8,
        5 | 5: lce_suspended: u8,
    }
}

c_struct! {
    NvReadItem = "RIL_NV_ReadItem", 4 | 4 {
        0 | 0: item_id: i32,
    }
}

c_struct! {
    NvWriteItem = "RIL_NV_WriteItem", 16 | 8 {
        0 | 0: item_id: i32,
        8 | 4: value: CText,
    }
}

c_struct! {
    UiccSubscription = "RIL_SelectUiccSub", 16 | 16 {
        0 | 0: slot: i32,
        4 | 4: app_index: i32,
        8 | 8: sub_type: i32,
        12 | 12: act_status: i32,
    }
}

c_struct! {
    Carrier = "RIL_Carrier", 32 | 16 {
        0 | 0: mcc: CText,
        8 | 4: mnc: CText,
        16 | 8: match_type: i32,
        24 | 12: match_data: CText,
    }
}

c_struct! {
    CarrierRestrictions = "RIL_CarrierRestrictions", 24 | 16 {
        0 | 0: len_allowed_carriers: i32,
        4 | 4: len_excluded_carriers: i32,
        8 | 8: allowed_carriers: *mut Carrier,
        16 | 12: excluded_carriers: *mut Carrier,
    }
}
