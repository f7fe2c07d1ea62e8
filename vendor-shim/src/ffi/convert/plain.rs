//! Payloads without a struct: nothing, a string, strings, integers, bytes.

use ril_protocol::payload::{Ints, Opaque, Raw, Strings, Text};
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::demands;
use super::form::CForm;
use super::lent::{self, Lent};
use super::{CData, ConvertError};
use crate::ffi::abi::CText;

/// NULL and length 0, whatever the other side passes.
impl CForm for () {
    fn to_c(&self, _: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        Ok(CData::NULL)
    }

    unsafe fn from_c(_: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        Ok(())
    }
}

/// `char *`. Its length is that of the pointer, and nobody looks at it.
impl CForm for Text {
    fn checked_request(self, code: RequestCode) -> Result<Self, ConvertError> {
        if self.is_none() && !demands::may_be_null(code) {
            return Err(ConvertError::NullString { place: 0 });
        }
        Ok(self)
    }

    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        Ok(CData { ptr: arena.text(self.as_deref()).cast(), len: size_of::<CText>() })
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: NULL or a string, as the caller promises.
        Ok(unsafe { lent::text(data.ptr.cast_mut().cast()) })
    }
}

/// `char **`.
impl CForm for Strings {
    fn checked_request(mut self, code: RequestCode) -> Result<Self, ConvertError> {
        demands::strings(code, &mut self)?;
        Ok(self)
    }

    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let pointers: Vec<CText> = self.iter().map(|text| arena.text(text.as_deref())).collect();
        Ok(CData::list(&pointers, arena))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: an array of strings, as the caller promises.
        Ok(unsafe { data.list::<CText>()?.into_iter().map(|text| lent::text(text)).collect() })
    }
}

/// `int *`. A request has one at least; if it lacks others, the spare zeros of the arena stand for them.
impl CForm for Ints {
    fn checked_request(self, _: RequestCode) -> Result<Self, ConvertError> {
        if self.is_empty() { Err(ConvertError::TooFew { got: 0, wanted: 1 }) } else { Ok(self) }
    }

    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        Ok(CData::list(self, arena))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: an array of integers, as the caller promises.
        unsafe { data.list() }
    }
}

/// Bytes.
impl CForm for Raw {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        Ok(self.0.as_deref().map_or(CData::NULL, |bytes| CData::list(bytes, arena)))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        if data.ptr.is_null() && data.len != 0 {
            return Err(ConvertError::NullPointer("bytes"));
        }
        let len =
            i32::try_from(data.len).map_err(|_| ConvertError::Length { what: "bytes", got: data.len, size: 1 })?;
        // SAFETY: `len` bytes, as the caller promises.
        unsafe { lent::bytes(data.ptr.cast(), len) }
    }
}

/// A payload of unknown shape has no C form, unless it is empty.
impl CForm for Opaque {
    fn to_c(&self, _: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        if self.0.is_empty() { Ok(CData::NULL) } else { Err(ConvertError::NotSupported) }
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        let empty = data.ptr.is_null() && data.len == 0;
        if empty { Ok(Self(Vec::new())) } else { Err(ConvertError::NotSupported) }
    }
}
