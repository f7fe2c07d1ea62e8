//! What a payload type has to say about itself to have a C form.

use ril_protocol::parcel::Parcel;
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::lent::{self, Lent};
use super::{CData, ConvertError};
use crate::ffi::abi::Plain;

/// A payload that ril.h has a C form for.
pub(super) trait CForm: Parcel {
    /// The value as a request may be handed to a library, or why a library should not see it.
    fn checked_request(self, _code: RequestCode) -> Result<Self, ConvertError> {
        Ok(self)
    }

    /// Builds the C form in `arena`, in the layout of `version`.
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError>;

    /// Copies the value out of its C form, whose layout `version` and the length decide.
    ///
    /// # Safety
    /// `data` must be what the other side passed: NULL, or `len` readable bytes in which every pointer that ril.h puts
    /// there is NULL or valid.
    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError>;
}

/// A payload, or an item of one, whose C form is one struct. A list of them is an array of pointers to structs.
pub(super) trait CStruct: Parcel {
    /// The struct.
    type C: Plain;

    /// As [`CForm::checked_request`].
    fn checked_request(self, _code: RequestCode) -> Result<Self, ConvertError> {
        Ok(self)
    }

    /// The struct, with what it points to in `arena`.
    fn to_struct(&self, arena: &mut Arena) -> Result<Self::C, ConvertError>;

    /// Copies the value out of the struct.
    ///
    /// # Safety
    /// The pointers in `c` must be NULL or valid.
    unsafe fn from_struct(c: &Self::C) -> Result<Self, ConvertError>;
}

impl<T: CStruct> CForm for T {
    fn checked_request(self, code: RequestCode) -> Result<Self, ConvertError> {
        CStruct::checked_request(self, code)
    }

    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let c = self.to_struct(arena)?;
        Ok(CData::one(arena.put(c)))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe { T::from_struct(&data.one()?) }
    }
}

impl<T: CStruct> CForm for Vec<T> {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        let mut pointers = Vec::with_capacity(self.len());
        for item in self {
            let c = item.to_struct(arena)?;
            pointers.push(arena.put(c));
        }
        Ok(CData::list(&pointers, arena))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises: `data` is an array of pointers to structs.
        unsafe { data.list::<*mut T::C>()?.into_iter().map(|p| T::from_struct(&lent::pointee(p)?)).collect() }
    }
}
