//! The SIM card.

use super::{CText, c_struct, on_this_machine};

/// `RIL_CARD_MAX_APPS`.
pub(crate) const CARD_MAX_APPS: usize = 8;

c_struct! {
    AppStatus = "RIL_AppStatus", 48 | 32 {
        0 | 0: app_type: i32,
        4 | 4: app_state: i32,
        8 | 8: perso_substate: i32,
        16 | 12: aid: CText,
        24 | 16: app_label: CText,
        32 | 20: pin1_replaced: i32,
        36 | 24: pin1: i32,
        40 | 28: pin2: i32,
    }
}

impl AppStatus {
    /// An empty slot.
    pub(crate) const NONE: Self = Self {
        app_type: 0,
        app_state: 0,
        perso_substate: 0,
        aid: std::ptr::null_mut(),
        app_label: std::ptr::null_mut(),
        pin1_replaced: 0,
        pin1: 0,
        pin2: 0,
    };
}

c_struct! {
    CardStatusV5 = "RIL_CardStatus_v5", 408 | 276 {
        0 | 0: card_state: i32,
        4 | 4: universal_pin_state: i32,
        8 | 8: gsm_umts_subscription_app_index: i32,
        12 | 12: cdma_subscription_app_index: i32,
        16 | 16: num_applications: i32,
        24 | 20: applications: [AppStatus; CARD_MAX_APPS],
    }
}

c_struct! {
    /// On 64-bit machines as large as version 5: only the version tells them apart.
    CardStatusV6 = "RIL_CardStatus_v6", 408 | 280 {
        0 | 0: card_state: i32,
        4 | 4: universal_pin_state: i32,
        8 | 8: gsm_umts_subscription_app_index: i32,
        12 | 12: cdma_subscription_app_index: i32,
        16 | 16: ims_subscription_app_index: i32,
        20 | 20: num_applications: i32,
        24 | 24: applications: [AppStatus; CARD_MAX_APPS],
    }
}

/// The sizes of `RIL_CardStatus_v1_2`, `_v1_4` and `_v1_5`, which the ril.h of Android's virtual devices has since
/// Android 10: a `RIL_CardStatus_v6` and more behind it.
pub(crate) const LATER_CARD_STATUS: [usize; 3] =
    [on_this_machine(&[432, 292]), on_this_machine(&[440, 296]), on_this_machine(&[888, 584])];

c_struct! {
    SimIoV5 = "RIL_SIM_IO_v5", 48 | 32 {
        0 | 0: command: i32,
        4 | 4: file_id: i32,
        8 | 8: path: CText,
        16 | 12: p1: i32,
        20 | 16: p2: i32,
        24 | 20: p3: i32,
        32 | 24: data: CText,
        40 | 28: pin2: CText,
    }
}

c_struct! {
    SimIoV6 = "RIL_SIM_IO_v6", 56 | 36 {
        0 | 0: v5: SimIoV5,
        48 | 32: aid: CText,
    }
}

c_struct! {
    SimIoResponse = "RIL_SIM_IO_Response", 16 | 12 {
        0 | 0: sw1: i32,
        4 | 4: sw2: i32,
        8 | 8: response: CText,
    }
}

c_struct! {
    SimRefreshV7 = "RIL_SimRefreshResponse_v7", 16 | 12 {
        0 | 0: result: i32,
        4 | 4: ef_id: i32,
        8 | 8: aid: CText,
    }
}

c_struct! {
    SimApdu = "RIL_SIM_APDU", 32 | 28 {
        0 | 0: session_id: i32,
        4 | 4: cla: i32,
        8 | 8: instruction: i32,
        12 | 12: p1: i32,
        16 | 16: p2: i32,
        20 | 20: p3: i32,
        24 | 24: data: CText,
    }
}

c_struct! {
    SimAuthentication = "RIL_SimAuthentication", 24 | 12 {
        0 | 0: auth_context: i32,
        8 | 4: auth_data: CText,
        16 | 8: aid: CText,
    }
}

c_struct! {
    /// From version 15 on; before, the application is all.
    OpenChannelParams = "RIL_OpenChannelParams", 16 | 8 {
        0 | 0: aid: CText,
        8 | 4: p2: i32,
    }
}
