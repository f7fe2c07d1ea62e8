//! Data calls.

use std::ffi::c_char;

use super::{CText, c_struct};

c_struct! {
    DataCallV4 = "RIL_Data_Call_Response_v4", 32 | 20 {
        0 | 0: cid: i32,
        4 | 4: active: i32,
        8 | 8: pdp_type: CText,
        16 | 12: apn: CText,
        24 | 16: address: CText,
    }
}

c_struct! {
    DataCallV6 = "RIL_Data_Call_Response_v6", 56 | 36 {
        0 | 0: status: i32,
        4 | 4: suggested_retry_time: i32,
        8 | 8: cid: i32,
        12 | 12: active: i32,
        16 | 16: pdp_type: CText,
        24 | 20: ifname: CText,
        32 | 24: addresses: CText,
        40 | 28: dnses: CText,
        48 | 32: gateways: CText,
    }
}

c_struct! {
    DataCallV9 = "RIL_Data_Call_Response_v9", 64 | 40 {
        0 | 0: v6: DataCallV6,
        56 | 36: pcscf: CText,
    }
}

c_struct! {
    DataCallV11 = "RIL_Data_Call_Response_v11", 72 | 44 {
        0 | 0: v9: DataCallV9,
        64 | 40: mtu: i32,
    }
}

c_struct! {
    InitialAttachApn = "RIL_InitialAttachApn", 40 | 20 {
        0 | 0: apn: CText,
        8 | 4: protocol: CText,
        16 | 8: auth_type: i32,
        24 | 12: username: CText,
        32 | 16: password: CText,
    }
}

c_struct! {
    DataProfile = "RIL_DataProfileInfo", 72 | 44 {
        0 | 0: profile_id: i32,
        8 | 4: apn: CText,
        16 | 8: protocol: CText,
        24 | 12: auth_type: i32,
        32 | 16: user: CText,
        40 | 20: password: CText,
        48 | 24: profile_type: i32,
        52 | 28: max_conns_time: i32,
        56 | 32: max_conns: i32,
        60 | 36: wait_time: i32,
        64 | 40: enabled: i32,
    }
}

c_struct! {
    PcoData = "RIL_PCO_Data", 32 | 20 {
        0 | 0: cid: i32,
        8 | 4: bearer_proto: CText,
        16 | 8: pco_id: i32,
        20 | 12: contents_length: i32,
        24 | 16: contents: *mut c_char,
    }
}

c_struct! {
    DcRtInfo = "RIL_DcRtInfo", 16 | 16 | 12 {
        0 | 0: time: i64,
        8 | 8: power_state: i32,
    }
}

c_struct! {
    InitialAttachApnV15 = "RIL_InitialAttachApn_v15", 80 | 48 {
        0 | 0: apn: CText,
        8 | 4: protocol: CText,
        16 | 8: roaming_protocol: CText,
        24 | 12: auth_type: i32,
        32 | 16: username: CText,
        40 | 20: password: CText,
        48 | 24: supported_types_bitmask: i32,
        52 | 28: bearer_bitmask: i32,
        56 | 32: modem_cognitive: i32,
        60 | 36: mtu: i32,
        64 | 40: mvno_type: CText,
        72 | 44: mvno_match_data: CText,
    }
}

c_struct! {
    DataProfileV15 = "RIL_DataProfileInfo_v15", 104 | 68 {
        0 | 0: profile_id: i32,
        8 | 4: apn: CText,
        16 | 8: protocol: CText,
        24 | 12: roaming_protocol: CText,
        32 | 16: auth_type: i32,
        40 | 20: user: CText,
        48 | 24: password: CText,
        56 | 28: profile_type: i32,
        60 | 32: max_conns_time: i32,
        64 | 36: max_conns: i32,
        68 | 40: wait_time: i32,
        72 | 44: enabled: i32,
        76 | 48: supported_types_bitmask: i32,
        80 | 52: bearer_bitmask: i32,
        84 | 56: mtu: i32,
        88 | 60: mvno_type: CText,
        96 | 64: mvno_match_data: CText,
    }
}
