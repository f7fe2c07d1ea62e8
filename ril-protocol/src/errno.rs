//! `RIL_Errno`: what a rild answers besides a payload. Data, not a Rust error.
//!
//! Reference: ril.h, `RIL_Errno`.

open_enum! {
    /// Success or the reason of failure of a request.
    pub Errno {
        /// `RIL_E_SUCCESS`
        SUCCESS = 0,
        /// `RIL_E_RADIO_NOT_AVAILABLE`
        RADIO_NOT_AVAILABLE = 1,
        /// `RIL_E_GENERIC_FAILURE`
        GENERIC_FAILURE = 2,
        /// `RIL_E_PASSWORD_INCORRECT`
        PASSWORD_INCORRECT = 3,
        /// `RIL_E_SIM_PIN2`
        SIM_PIN2 = 4,
        /// `RIL_E_SIM_PUK2`
        SIM_PUK2 = 5,
        /// `RIL_E_REQUEST_NOT_SUPPORTED`
        REQUEST_NOT_SUPPORTED = 6,
        /// `RIL_E_CANCELLED`
        CANCELLED = 7,
        /// `RIL_E_OP_NOT_ALLOWED_DURING_VOICE_CALL`
        OP_NOT_ALLOWED_DURING_VOICE_CALL = 8,
        /// `RIL_E_OP_NOT_ALLOWED_BEFORE_REG_TO_NW`
        OP_NOT_ALLOWED_BEFORE_REG_TO_NW = 9,
        /// `RIL_E_SMS_SEND_FAIL_RETRY`
        SMS_SEND_FAIL_RETRY = 10,
        /// `RIL_E_SIM_ABSENT`
        SIM_ABSENT = 11,
        /// `RIL_E_SUBSCRIPTION_NOT_AVAILABLE`
        SUBSCRIPTION_NOT_AVAILABLE = 12,
        /// `RIL_E_MODE_NOT_SUPPORTED`
        MODE_NOT_SUPPORTED = 13,
        /// `RIL_E_FDN_CHECK_FAILURE`
        FDN_CHECK_FAILURE = 14,
        /// `RIL_E_ILLEGAL_SIM_OR_ME`
        ILLEGAL_SIM_OR_ME = 15,
        /// `RIL_E_MISSING_RESOURCE`
        MISSING_RESOURCE = 16,
        /// `RIL_E_NO_SUCH_ELEMENT`
        NO_SUCH_ELEMENT = 17,
        /// `RIL_E_DIAL_MODIFIED_TO_USSD`
        DIAL_MODIFIED_TO_USSD = 18,
        /// `RIL_E_DIAL_MODIFIED_TO_SS`
        DIAL_MODIFIED_TO_SS = 19,
        /// `RIL_E_DIAL_MODIFIED_TO_DIAL`
        DIAL_MODIFIED_TO_DIAL = 20,
        /// `RIL_E_USSD_MODIFIED_TO_DIAL`
        USSD_MODIFIED_TO_DIAL = 21,
        /// `RIL_E_USSD_MODIFIED_TO_SS`
        USSD_MODIFIED_TO_SS = 22,
        /// `RIL_E_USSD_MODIFIED_TO_USSD`
        USSD_MODIFIED_TO_USSD = 23,
        /// `RIL_E_SS_MODIFIED_TO_DIAL`
        SS_MODIFIED_TO_DIAL = 24,
        /// `RIL_E_SS_MODIFIED_TO_USSD`
        SS_MODIFIED_TO_USSD = 25,
        /// `RIL_E_SUBSCRIPTION_NOT_SUPPORTED`
        SUBSCRIPTION_NOT_SUPPORTED = 26,
        /// `RIL_E_SS_MODIFIED_TO_SS`
        SS_MODIFIED_TO_SS = 27,
        /// `RIL_E_LCE_NOT_SUPPORTED`
        LCE_NOT_SUPPORTED = 36,
        /// `RIL_E_NO_MEMORY`
        NO_MEMORY = 37,
        /// `RIL_E_INTERNAL_ERR`
        INTERNAL_ERR = 38,
        /// `RIL_E_SYSTEM_ERR`
        SYSTEM_ERR = 39,
        /// `RIL_E_MODEM_ERR`
        MODEM_ERR = 40,
        /// `RIL_E_INVALID_STATE`
        INVALID_STATE = 41,
        /// `RIL_E_NO_RESOURCES`
        NO_RESOURCES = 42,
        /// `RIL_E_SIM_ERR`
        SIM_ERR = 43,
        /// `RIL_E_INVALID_ARGUMENTS`
        INVALID_ARGUMENTS = 44,
        /// `RIL_E_INVALID_SIM_STATE`
        INVALID_SIM_STATE = 45,
        /// `RIL_E_INVALID_MODEM_STATE`
        INVALID_MODEM_STATE = 46,
        /// `RIL_E_INVALID_CALL_ID`
        INVALID_CALL_ID = 47,
        /// `RIL_E_NO_SMS_TO_ACK`
        NO_SMS_TO_ACK = 48,
        /// `RIL_E_NETWORK_ERR`
        NETWORK_ERR = 49,
        /// `RIL_E_REQUEST_RATE_LIMITED`
        REQUEST_RATE_LIMITED = 50,
        /// `RIL_E_SIM_BUSY`
        SIM_BUSY = 51,
        /// `RIL_E_SIM_FULL`
        SIM_FULL = 52,
        /// `RIL_E_NETWORK_REJECT`
        NETWORK_REJECT = 53,
        /// `RIL_E_OPERATION_NOT_ALLOWED`
        OPERATION_NOT_ALLOWED = 54,
        /// `RIL_E_EMPTY_RECORD`
        EMPTY_RECORD = 55,
        /// `RIL_E_INVALID_SMS_FORMAT`
        INVALID_SMS_FORMAT = 56,
        /// `RIL_E_ENCODING_ERR`
        ENCODING_ERR = 57,
        /// `RIL_E_INVALID_SMSC_ADDRESS`
        INVALID_SMSC_ADDRESS = 58,
        /// `RIL_E_NO_SUCH_ENTRY`
        NO_SUCH_ENTRY = 59,
        /// `RIL_E_NETWORK_NOT_READY`
        NETWORK_NOT_READY = 60,
        /// `RIL_E_NOT_PROVISIONED`
        NOT_PROVISIONED = 61,
        /// `RIL_E_NO_SUBSCRIPTION`
        NO_SUBSCRIPTION = 62,
        /// `RIL_E_NO_NETWORK_FOUND`
        NO_NETWORK_FOUND = 63,
        /// `RIL_E_DEVICE_IN_USE`
        DEVICE_IN_USE = 64,
        /// `RIL_E_ABORTED`
        ABORTED = 65,
        /// `RIL_E_INVALID_RESPONSE`
        INVALID_RESPONSE = 66,
        /// `RIL_E_OEM_ERROR_1`
        OEM_ERROR_1 = 501,
        /// `RIL_E_OEM_ERROR_2`
        OEM_ERROR_2 = 502,
        /// `RIL_E_OEM_ERROR_3`
        OEM_ERROR_3 = 503,
        /// `RIL_E_OEM_ERROR_4`
        OEM_ERROR_4 = 504,
        /// `RIL_E_OEM_ERROR_5`
        OEM_ERROR_5 = 505,
        /// `RIL_E_OEM_ERROR_6`
        OEM_ERROR_6 = 506,
        /// `RIL_E_OEM_ERROR_7`
        OEM_ERROR_7 = 507,
        /// `RIL_E_OEM_ERROR_8`
        OEM_ERROR_8 = 508,
        /// `RIL_E_OEM_ERROR_9`
        OEM_ERROR_9 = 509,
        /// `RIL_E_OEM_ERROR_10`
        OEM_ERROR_10 = 510,
        /// `RIL_E_OEM_ERROR_11`
        OEM_ERROR_11 = 511,
        /// `RIL_E_OEM_ERROR_12`
        OEM_ERROR_12 = 512,
        /// `RIL_E_OEM_ERROR_13`
        OEM_ERROR_13 = 513,
        /// `RIL_E_OEM_ERROR_14`
        OEM_ERROR_14 = 514,
        /// `RIL_E_OEM_ERROR_15`
        OEM_ERROR_15 = 515,
        /// `RIL_E_OEM_ERROR_16`
        OEM_ERROR_16 = 516,
        /// `RIL_E_OEM_ERROR_17`
        OEM_ERROR_17 = 517,
        /// `RIL_E_OEM_ERROR_18`
        OEM_ERROR_18 = 518,
        /// `RIL_E_OEM_ERROR_19`
        OEM_ERROR_19 = 519,
        /// `RIL_E_OEM_ERROR_20`
        OEM_ERROR_20 = 520,
        /// `RIL_E_OEM_ERROR_21`
        OEM_ERROR_21 = 521,
        /// `RIL_E_OEM_ERROR_22`
        OEM_ERROR_22 = 522,
        /// `RIL_E_OEM_ERROR_23`
        OEM_ERROR_23 = 523,
        /// `RIL_E_OEM_ERROR_24`
        OEM_ERROR_24 = 524,
        /// `RIL_E_OEM_ERROR_25`
        OEM_ERROR_25 = 525,
    }
}
