//! Voice calls and their supplementary services.

use std::ffi::c_char;

use ril_protocol::payload::Raw;
use ril_protocol::payload::call::{
    Call, CallState, Clir, Dial, FailCause, ForwardInfo, Presentation, SuppSvcNotification, Uus,
};
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::field::field_by_field;
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError};
use crate::ffi::abi::call as c;

/// The first version that knows of user-to-user information.
const SINCE_UUS: RilVersion = RilVersion(3);

/// Layouts before version 3 end in front of `uusInfo`.
impl CForm for Dial {
    fn checked_request(self, _: RequestCode) -> Result<Self, ConvertError> {
        if self.address.is_none() { Err(ConvertError::NullField("address")) } else { Ok(self) }
    }

    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let (address, clir) = (arena.text(self.address.as_deref()), self.clir.0);
        if version < SINCE_UUS {
            return Ok(CData::one(arena.put(c::DialV2 { address, clir })));
        }
        let uus = uus_to_c(self.uus.as_ref(), arena)?;
        Ok(CData::one(arena.put(c::Dial { address, clir, uus })))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            if version < SINCE_UUS {
                let dial: c::DialV2 = data.one()?;
                return Ok(Self { address: lent::text(dial.address), clir: Clir(dial.clir), uus: None });
            }
            let dial: c::Dial = data.one()?;
            let uus = uus_from_c(dial.uus)?;
            Ok(Self { address: lent::text(dial.address), clir: Clir(dial.clir), uus })
        }
    }
}

fn uus_to_c(uus: Option<&Uus>, arena: &mut Arena) -> Result<*mut c::UusInfo, ConvertError> {
    let Some(uus) = uus else { return Ok(std::ptr::null_mut()) };
    let (data, length) = arena.bytes(&uus.data)?;
    Ok(arena.put(c::UusInfo { uus_type: uus.uus_type, dcs: uus.dcs, length, data }))
}

/// # Safety
/// `info` must be NULL or point to a struct whose data is NULL or as long as it says.
unsafe fn uus_from_c(info: *const c::UusInfo) -> Result<Option<Uus>, ConvertError> {
    if info.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller promises.
    let (info, data) = unsafe {
        let info = lent::pointee(info)?;
        (info, lent::bytes(info.data, info.length)?)
    };
    Ok(Some(Uus { uus_type: info.uus_type, dcs: info.dcs, data }))
}

/// An array of pointers to structs, which end in front of `uusInfo` before version 3.
impl CForm for Vec<Call> {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let mut pointers = Vec::with_capacity(self.len());
        for call in self {
            let v2 = call_to_c(call, arena);
            let uus = call.uus.as_ref().filter(|_| version >= SINCE_UUS);
            let uus = uus_to_c(uus, arena)?;
            pointers.push(arena.put(c::Call { v2, uus }));
        }
        Ok(CData::list(&pointers, arena))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        let pointers = unsafe { data.list::<*mut c::Call>()? };
        let mut calls = Vec::with_capacity(pointers.len());
        for call in pointers {
            // SAFETY: as the caller promises; the part that older versions lack is read from newer ones only.
            calls.push(unsafe {
                if version < SINCE_UUS {
                    call_from_c(&lent::pointee(call.cast::<c::CallV2>())?)
                } else {
                    let call = lent::pointee(call)?;
                    // As in libril, information without data is none.
                    let uus = uus_from_c(call.uus)?.filter(|uus| uus.data != Raw(None));
                    Call { uus, ..call_from_c(&call.v2) }
                }
            });
        }
        Ok(calls)
    }
}

fn call_to_c(call: &Call, arena: &mut Arena) -> c::CallV2 {
    c::CallV2 {
        state: call.state.0,
        index: call.index,
        toa: call.toa,
        is_mpty: call.is_mpty.into(),
        is_mt: call.is_mt.into(),
        als: call.als as c_char,
        is_voice: call.is_voice.into(),
        is_voice_privacy: call.is_voice_privacy.into(),
        number: arena.text(call.number.as_deref()),
        number_presentation: call.number_presentation.0,
        name: arena.text(call.name.as_deref()),
        name_presentation: call.name_presentation.0,
    }
}

/// # Safety
/// The strings must be NULL or valid.
unsafe fn call_from_c(call: &c::CallV2) -> Call {
    // SAFETY: as the caller promises.
    let (number, name) = unsafe { (lent::text(call.number), lent::text(call.name)) };
    Call {
        state: CallState(call.state),
        index: call.index,
        toa: call.toa,
        is_mpty: call.is_mpty != 0,
        is_mt: call.is_mt != 0,
        als: call.als.into(),
        is_voice: call.is_voice != 0,
        is_voice_privacy: call.is_voice_privacy != 0,
        number,
        number_presentation: Presentation(call.number_presentation),
        name,
        name_presentation: Presentation(call.name_presentation),
        uus: None,
    }
}

/// `int *`, or the struct where there is a vendor cause. The length tells.
impl CForm for FailCause {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let Some(vendor_cause) = &self.vendor_cause else { return Ok(CData::one(arena.put(self.cause))) };
        let info =
            c::LastCallFailCauseInfo { cause_code: self.cause, vendor_cause: arena.text(vendor_cause.as_deref()) };
        Ok(CData::one(arena.put(info)))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            if data.len == size_of::<i32>() {
                return Ok(Self { cause: data.one()?, vendor_cause: None });
            }
            let info: c::LastCallFailCauseInfo = data.one()?;
            Ok(Self { cause: info.cause_code, vendor_cause: Some(lent::text(info.vendor_cause)) })
        }
    }
}

impl CStruct for ForwardInfo {
    type C = c::CallForwardInfo;

    /// As libril does, a number that is empty in C becomes NULL.
    fn checked_request(self, _: RequestCode) -> Result<Self, ConvertError> {
        let is_empty = |number: &str| number.is_empty() || number.starts_with('\0');
        Ok(Self { number: self.number.filter(|number| !is_empty(number)), ..self })
    }

    fn to_struct(&self, arena: &mut Arena) -> Result<c::CallForwardInfo, ConvertError> {
        Ok(c::CallForwardInfo {
            status: self.status,
            reason: self.reason,
            service_class: self.service_class,
            toa: self.toa,
            number: arena.text(self.number.as_deref()),
            time_seconds: self.time_seconds,
        })
    }

    unsafe fn from_struct(info: &c::CallForwardInfo) -> Result<Self, ConvertError> {
        Ok(Self {
            status: info.status,
            reason: info.reason,
            service_class: info.service_class,
            toa: info.toa,
            // SAFETY: as the caller promises.
            number: unsafe { lent::text(info.number) },
            time_seconds: info.time_seconds,
        })
    }
}

field_by_field!(SuppSvcNotification = c::SuppSvcNotification { notification_type, code, index, toa, number });
