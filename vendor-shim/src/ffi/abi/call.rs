//! Voice calls and their supplementary services.

use std::ffi::c_char;

use super::{CText, c_struct};

c_struct! {
    UusInfo = "RIL_UUS_Info", 24 | 16 {
        0 | 0: uus_type: i32,
        4 | 4: dcs: i32,
        8 | 8: length: i32,
        16 | 12: data: *mut c_char,
    }
}

c_struct! {
    /// Its flags are of type `char`, whose sign is the machine's.
    CallV2 = "RIL_Call of version 2", 56 | 36 {
        0 | 0: state: i32,
        4 | 4: index: i32,
        8 | 8: toa: i32,
        12 | 12: is_mpty: c_char,
        13 | 13: is_mt: c_char,
        14 | 14: als: c_char,
        15 | 15: is_voice: c_char,
        16 | 16: is_voice_privacy: c_char,
        24 | 20: number: CText,
        32 | 24: number_presentation: i32,
        40 | 28: name: CText,
        48 | 32: name_presentation: i32,
    }
}

c_struct! {
    Call = "RIL_Call", 64 | 40 {
        0 | 0: v2: CallV2,
        56 | 36: uus: *mut UusInfo,
    }
}

c_struct! {
    /// Up to version 2, where libril leaves out the last pointer (and counts what precedes it, padding and all).
    DialV2 = "RIL_Dial of version 2", 16 | 8 {
        0 | 0: address: CText,
        8 | 4: clir: i32,
    }
}

c_struct! {
    Dial = "RIL_Dial", 24 | 12 {
        0 | 0: address: CText,
        8 | 4: clir: i32,
        16 | 8: uus: *mut UusInfo,
    }
}

c_struct! {
    LastCallFailCauseInfo = "RIL_LastCallFailCauseInfo", 16 | 8 {
        0 | 0: cause_code: i32,
        8 | 4: vendor_cause: CText,
    }
}

c_struct! {
    CallForwardInfo = "RIL_CallForwardInfo", 32 | 24 {
        0 | 0: status: i32,
        4 | 4: reason: i32,
        8 | 8: service_class: i32,
        12 | 12: toa: i32,
        16 | 16: number: CText,
        24 | 20: time_seconds: i32,
    }
}

impl CallForwardInfo {
    /// An empty place.
    pub(crate) const NONE: Self =
        Self { status: 0, reason: 0, service_class: 0, toa: 0, number: std::ptr::null_mut(), time_seconds: 0 };
}

c_struct! {
    SuppSvcNotification = "RIL_SuppSvcNotification", 24 | 20 {
        0 | 0: notification_type: i32,
        4 | 4: code: i32,
        8 | 8: index: i32,
        12 | 12: toa: i32,
        16 | 16: number: CText,
    }
}
