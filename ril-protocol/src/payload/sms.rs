//! Short messages (ril.h: `RIL_SMS_Response`, `RIL_SMS_WriteArgs`, `RIL_GSM_BroadcastSmsConfigInfo`).
//!
//! `SEND_SMS` itself carries two strings: the SMSC address and the SMS-SUBMIT, both hexadecimal.

use super::Text;

payload! {
    /// The network took a short message, or did not (`RIL_SMS_Response`).
    pub struct SmsResponse {
        /// TP-Message-Reference (3GPP TS 23.040, 9.2.3.6) or CDMA message id.
        pub message_ref: i32,
        /// The acknowledgement PDU, where there is one.
        pub ack_pdu: Text,
        /// 3GPP TS 27.005, 3.2.5; -1 where unknown or not applicable.
        pub error_code: i32,
    }
}

payload! {
    /// A short message to write to the SIM (`RIL_SMS_WriteArgs`).
    pub struct SmsWriteArgs {
        /// 0 received unread, 1 received read, 2 stored unsent, 3 stored sent (`+CMGL`).
        pub status: i32,
        /// The PDU, hexadecimal, without the SMSC address.
        pub pdu: Text,
        /// The SMSC address, hexadecimal.
        pub smsc: Text,
    }
}

payload! {
    /// A range of cell broadcast channels (`RIL_GSM_BroadcastSmsConfigInfo`; 3GPP TS 23.041).
    pub struct GsmBroadcastConfig {
        /// First message identifier.
        pub from_service_id: i32,
        /// Last message identifier.
        pub to_service_id: i32,
        /// First coding scheme.
        pub from_code_scheme: i32,
        /// Last coding scheme.
        pub to_code_scheme: i32,
        /// Accept these, or not.
        pub selected: bool,
    }
}
