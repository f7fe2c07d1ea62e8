//! CDMA short messages, call waiting and information records (ril_cdma_sms.h, ril.h).

use std::ffi::c_char;

use super::{CText, Plain, c_struct};

/// `RIL_CDMA_SMS_ADDRESS_MAX`, `RIL_CDMA_SMS_SUBADDRESS_MAX`.
pub(crate) const DIGITS_MAX: usize = 36;
/// `RIL_CDMA_SMS_BEARER_DATA_MAX`.
pub(crate) const BEARER_DATA_MAX: usize = 255;
/// `CDMA_ALPHA_INFO_BUFFER_LENGTH`.
pub(crate) const ALPHA_MAX: usize = 64;
/// `CDMA_NUMBER_INFO_BUFFER_LENGTH`.
pub(crate) const NUMBER_MAX: usize = 81;
/// `RIL_CDMA_MAX_NUMBER_OF_INFO_RECS`.
pub(crate) const INFO_RECORDS_MAX: usize = 10;

c_struct! {
    SmsAddress = "RIL_CDMA_SMS_Address", 56 | 56 {
        0 | 0: digit_mode: i32,
        4 | 4: number_mode: i32,
        8 | 8: number_type: i32,
        12 | 12: number_plan: i32,
        16 | 16: number_of_digits: u8,
        17 | 17: digits: [u8; DIGITS_MAX],
    }
}

c_struct! {
    SmsSubaddress = "RIL_CDMA_SMS_Subaddress", 44 | 44 {
        0 | 0: subaddress_type: i32,
        4 | 4: odd: u8,
        5 | 5: number_of_digits: u8,
        6 | 6: digits: [u8; DIGITS_MAX],
    }
}

c_struct! {
    SmsMessage = "RIL_CDMA_SMS_Message", 372 | 372 {
        0 | 0: teleservice_id: i32,
        4 | 4: is_service_present: u8,
        8 | 8: service_category: i32,
        12 | 12: address: SmsAddress,
        68 | 68: sub_address: SmsSubaddress,
        112 | 112: bearer_data_len: i32,
        116 | 116: bearer_data: [u8; BEARER_DATA_MAX],
    }
}

c_struct! {
    SmsAck = "RIL_CDMA_SMS_Ack", 8 | 8 {
        0 | 0: error_class: i32,
        4 | 4: sms_cause_code: i32,
    }
}

c_struct! {
    SmsWriteArgs = "RIL_CDMA_SMS_WriteArgs", 376 | 376 {
        0 | 0: status: i32,
        4 | 4: message: SmsMessage,
    }
}

c_struct! {
    BroadcastConfig = "RIL_CDMA_BroadcastSmsConfigInfo", 12 | 12 {
        0 | 0: service_category: i32,
        4 | 4: language: i32,
        8 | 8: selected: u8,
    }
}

c_struct! {
    SignalInfo = "RIL_CDMA_SignalInfoRecord", 4 | 4 {
        0 | 0: is_present: c_char,
        1 | 1: signal_type: c_char,
        2 | 2: alert_pitch: c_char,
        3 | 3: signal: c_char,
    }
}

c_struct! {
    CallWaitingV5 = "RIL_CDMA_CallWaiting_v5", 32 | 16 {
        0 | 0: number: CText,
        8 | 4: number_presentation: i32,
        16 | 8: name: CText,
        24 | 12: signal_info_record: SignalInfo,
    }
}

c_struct! {
    CallWaitingV6 = "RIL_CDMA_CallWaiting_v6", 40 | 24 {
        0 | 0: number: CText,
        8 | 4: number_presentation: i32,
        16 | 8: name: CText,
        24 | 12: signal_info_record: SignalInfo,
        28 | 16: number_type: i32,
        32 | 20: number_plan: i32,
    }
}

c_struct! {
    DisplayInfo = "RIL_CDMA_DisplayInfoRecord", 65 | 65 {
        0 | 0: len: c_char,
        1 | 1: text: [u8; ALPHA_MAX],
    }
}

c_struct! {
    NumberInfo = "RIL_CDMA_NumberInfoRecord", 86 | 86 {
        0 | 0: len: c_char,
        1 | 1: number: [u8; NUMBER_MAX],
        82 | 82: number_type: c_char,
        83 | 83: number_plan: c_char,
        84 | 84: pi: c_char,
        85 | 85: si: c_char,
    }
}

c_struct! {
    RedirectingNumber = "RIL_CDMA_RedirectingNumberInfoRecord", 92 | 92 {
        0 | 0: redirecting_number: NumberInfo,
        88 | 88: redirecting_reason: i32,
    }
}

c_struct! {
    LineControl = "RIL_CDMA_LineControlInfoRecord", 4 | 4 {
        0 | 0: polarity_included: c_char,
        1 | 1: toggle: c_char,
        2 | 2: reverse: c_char,
        3 | 3: power_denial: c_char,
    }
}

c_struct! {
    AudioControl = "RIL_CDMA_T53_AudioControlInfoRecord", 2 | 2 {
        0 | 0: up_link: c_char,
        1 | 1: down_link: c_char,
    }
}

/// What an information record holds, by its name.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union InfoRecordValue {
    pub(crate) display: DisplayInfo,
    pub(crate) number: NumberInfo,
    pub(crate) signal: SignalInfo,
    pub(crate) redirecting: RedirectingNumber,
    pub(crate) line_control: LineControl,
    pub(crate) clir_cause: c_char,
    pub(crate) audio_control: AudioControl,
    /// All of them.
    pub(crate) bytes: [u8; size_of::<RedirectingNumber>()],
}

// SAFETY: a union of plain structs.
unsafe impl Plain for InfoRecordValue {
    const NAME: &'static str = "RIL_CDMA_InformationRecord.rec";
}

c_struct! {
    InfoRecord = "RIL_CDMA_InformationRecord", 96 | 96 {
        0 | 0: name: i32,
        4 | 4: value: InfoRecordValue,
    }
}

impl InfoRecord {
    /// An empty place.
    pub(crate) const NONE: Self =
        Self { name: 0, value: InfoRecordValue { bytes: [0; size_of::<RedirectingNumber>()] } };
}

c_struct! {
    InfoRecords = "RIL_CDMA_InformationRecords", 964 | 964 {
        0 | 0: count: c_char,
        4 | 4: records: [InfoRecord; INFO_RECORDS_MAX],
    }
}
