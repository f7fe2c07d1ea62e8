//! SIM toolkit.

use super::call::CallForwardInfo;
use super::{Plain, c_struct};

/// `SS_INFO_MAX`.
pub(crate) const SS_INFO_MAX: usize = 4;
/// `NUM_SERVICE_CLASSES`.
pub(crate) const SERVICE_CLASSES: usize = 7;

c_struct! {
    CfData = "RIL_CfData", 232 | 172 {
        0 | 0: num_valid_indexes: i32,
        8 | 4: cf_info: [CallForwardInfo; SERVICE_CLASSES],
    }
}

/// What the network answered, by what it was asked.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union SsAnswer {
    pub(crate) ss_info: [i32; SS_INFO_MAX],
    pub(crate) cf_data: CfData,
}

// SAFETY: a union of plain types.
unsafe impl Plain for SsAnswer {
    const NAME: &'static str = "RIL_StkCcUnsolSsResponse.ssInfo";
}

c_struct! {
    SsResponse = "RIL_StkCcUnsolSsResponse", 256 | 192 {
        0 | 0: service_type: i32,
        4 | 4: request_type: i32,
        8 | 8: teleservice_type: i32,
        12 | 12: service_class: i32,
        16 | 16: result: i32,
        24 | 20: answer: SsAnswer,
    }
}
