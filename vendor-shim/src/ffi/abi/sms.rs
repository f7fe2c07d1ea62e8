//! Short messages.

use super::{CText, c_struct};

c_struct! {
    SmsResponse = "RIL_SMS_Response", 24 | 12 {
        0 | 0: message_ref: i32,
        8 | 4: ack_pdu: CText,
        16 | 8: error_code: i32,
    }
}

c_struct! {
    SmsWriteArgs = "RIL_SMS_WriteArgs", 24 | 12 {
        0 | 0: status: i32,
        8 | 4: pdu: CText,
        16 | 8: smsc: CText,
    }
}

c_struct! {
    GsmBroadcastConfig = "RIL_GSM_BroadcastSmsConfigInfo", 20 | 20 {
        0 | 0: from_service_id: i32,
        4 | 4: to_service_id: i32,
        8 | 8: from_code_scheme: i32,
        12 | 12: to_code_scheme: i32,
        16 | 16: selected: u8,
    }
}
