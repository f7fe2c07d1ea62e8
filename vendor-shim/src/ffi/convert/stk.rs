//! SIM toolkit.

use ril_protocol::payload::call::ForwardInfo;
use ril_protocol::payload::stk::{RequestType, ServiceType, SsResponse};
use ril_protocol::{Errno, RilVersion};

use super::arena::Arena;
use super::form::{CForm, CStruct};
use super::lent::Lent;
use super::{CData, ConvertError};
use crate::ffi::abi::call::CallForwardInfo;
use crate::ffi::abi::stk as c;

/// Call forwarding rules if they were asked for, else four integers.
impl CForm for SsResponse {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let answer = if self.asks_for_forwarding() {
            c::SsAnswer { cf_data: forwarding_to_c(&self.cf_data, arena)? }
        } else {
            let mut given = self.ss_info.iter().copied();
            // The union is as large as its larger half; all of it is to be set.
            let mut answer = c::SsAnswer { cf_data: forwarding_to_c(&[], arena)? };
            answer.ss_info = std::array::from_fn(|_| given.next().unwrap_or_default());
            answer
        };
        Ok(CData::one(arena.put(c::SsResponse {
            service_type: self.service_type.0,
            request_type: self.request_type.0,
            teleservice_type: self.teleservice_type,
            service_class: self.service_class,
            result: self.result.0,
            answer,
        })))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        let c: c::SsResponse = unsafe { data.one()? };
        let mut response = Self {
            service_type: ServiceType(c.service_type),
            request_type: RequestType(c.request_type),
            teleservice_type: c.teleservice_type,
            service_class: c.service_class,
            result: Errno(c.result),
            ..Self::default()
        };
        if response.asks_for_forwarding() {
            // SAFETY: the answer is of this kind, and its strings are NULL or valid, as the caller promises.
            response.cf_data = unsafe { forwarding_from_c(&c.answer.cf_data)? };
        } else {
            // SAFETY: both halves of the union begin with integers.
            response.ss_info = unsafe { c.answer.ss_info }.to_vec();
        }
        Ok(response)
    }
}

fn forwarding_to_c(rules: &[ForwardInfo], arena: &mut Arena) -> Result<c::CfData, ConvertError> {
    let used = rules.len().min(c::SERVICE_CLASSES);
    let mut cf_info = [CallForwardInfo::NONE; c::SERVICE_CLASSES];
    for (slot, rule) in cf_info.iter_mut().zip(rules) {
        *slot = rule.to_struct(arena)?;
    }
    Ok(c::CfData { num_valid_indexes: i32::try_from(used).unwrap_or_default(), cf_info })
}

/// As in libril, a number of rules that is too large stands for all of them.
///
/// # Safety
/// The strings of the rules in use must be NULL or valid.
unsafe fn forwarding_from_c(data: &c::CfData) -> Result<Vec<ForwardInfo>, ConvertError> {
    let used = usize::try_from(data.num_valid_indexes).unwrap_or_default();
    // SAFETY: as the caller promises.
    data.cf_info.iter().take(used).map(|info| unsafe { ForwardInfo::from_struct(info) }).collect()
}
