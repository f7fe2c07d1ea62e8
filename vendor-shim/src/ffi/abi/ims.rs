//! IMS.

use super::cdma::SmsMessage;
use super::{CText, Plain, c_struct};

/// `RADIO_TECH_3GPP`.
pub(crate) const TECH_3GPP: i32 = 1;
/// `RADIO_TECH_3GPP2`.
pub(crate) const TECH_3GPP2: i32 = 2;

/// The message, by its technology.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union ImsMessage {
    pub(crate) cdma: *mut SmsMessage,
    pub(crate) gsm: *mut CText,
}

// SAFETY: a union of raw pointers.
unsafe impl Plain for ImsMessage {
    const NAME: &'static str = "RIL_IMS_SMS_Message.message";
}

c_struct! {
    ImsSms = "RIL_IMS_SMS_Message", 24 | 16 {
        0 | 0: tech: i32,
        4 | 4: retry: u8,
        8 | 8: message_ref: i32,
        16 | 12: message: ImsMessage,
    }
}
