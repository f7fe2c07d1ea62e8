//! The fields of structs: how one value of a payload and one of C become each other.

use std::ffi::c_char;

use ril_protocol::Errno;
use ril_protocol::payload::Text;
use ril_protocol::payload::call::{CallState, Clir, Presentation};
use ril_protocol::payload::cdma::{DigitMode, NumberMode, NumberPlan, NumberType, SubaddressType};
use ril_protocol::payload::device::{CapabilityPhase, CarrierMatchType};
use ril_protocol::payload::sim::{AppState, AppType, CardState, PinState};
use ril_protocol::payload::stk::{RequestType, ServiceType};

use super::ConvertError;
use super::arena::Arena;
use super::form::CStruct;
use super::lent;
use crate::ffi::abi::CText;

/// A field of a payload whose C form is `C`.
pub(super) trait Field<C>: Sized {
    /// The C form, with what it points to in `arena`.
    fn to_field(&self, arena: &mut Arena) -> Result<C, ConvertError>;

    /// Copies the value out of the C form.
    ///
    /// # Safety
    /// Pointers in `c` must be NULL or valid.
    unsafe fn from_field(c: C) -> Result<Self, ConvertError>;
}

/// A nullable string.
impl Field<CText> for Text {
    fn to_field(&self, arena: &mut Arena) -> Result<CText, ConvertError> {
        Ok(arena.text(self.as_deref()))
    }

    unsafe fn from_field(c: CText) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        Ok(unsafe { lent::text(c) })
    }
}

/// A struct within a struct.
impl<T: CStruct> Field<T::C> for T {
    fn to_field(&self, arena: &mut Arena) -> Result<T::C, ConvertError> {
        self.to_struct(arena)
    }

    unsafe fn from_field(c: T::C) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe { T::from_struct(&c) }
    }
}

/// A flag, of whatever type: true when it is not zero.
impl<C: From<bool> + Default + PartialEq> Field<C> for bool {
    fn to_field(&self, _: &mut Arena) -> Result<C, ConvertError> {
        Ok(C::from(*self))
    }

    unsafe fn from_field(c: C) -> Result<Self, ConvertError> {
        Ok(c != C::default())
    }
}

/// A number that C keeps in a `char`, whose sign is the machine's.
impl Field<c_char> for i32 {
    fn to_field(&self, _: &mut Arena) -> Result<c_char, ConvertError> {
        Ok(*self as c_char)
    }

    unsafe fn from_field(c: c_char) -> Result<Self, ConvertError> {
        Ok(c.into())
    }
}

macro_rules! same_in_c {
    ($($Type:ty),*) => {$(
        impl Field<$Type> for $Type {
            fn to_field(&self, _: &mut Arena) -> Result<$Type, ConvertError> {
                Ok(*self)
            }

            unsafe fn from_field(c: $Type) -> Result<Self, ConvertError> {
                Ok(c)
            }
        }
    )*};
}

same_in_c!(i8, u8, i32, u32, i64, [u32; 5]);

macro_rules! enums_are_ints {
    ($($Type:ty),*) => {$(
        impl Field<i32> for $Type {
            fn to_field(&self, _: &mut Arena) -> Result<i32, ConvertError> {
                Ok(self.0)
            }

            unsafe fn from_field(c: i32) -> Result<Self, ConvertError> {
                Ok(Self(c))
            }
        }
    )*};
}

enums_are_ints!(AppState, AppType, CallState, CapabilityPhase, CardState, CarrierMatchType, Clir, DigitMode, Errno);
enums_are_ints!(NumberMode, NumberPlan, NumberType, PinState, Presentation, RequestType, ServiceType, SubaddressType);

/// Says that a payload type is a C struct with fields of the same names, all of them.
///
/// Behind the fields may stand what a request must not be without: `required: field`.
macro_rules! field_by_field {
    ($Type:ty = $C:ty { $($field:ident),* $(,)? } $(required: $($required:ident),+)?) => {
        impl $crate::ffi::convert::form::CStruct for $Type {
            type C = $C;

            $(fn checked_request(self, _: ril_protocol::RequestCode) -> Result<Self, ConvertError> {
                $(if self.$required.is_none() {
                    return Err(ConvertError::NullField(stringify!($required)));
                })+
                Ok(self)
            })?

            fn to_struct(&self, arena: &mut Arena) -> Result<$C, ConvertError> {
                Ok(Self::C { $($field: $crate::ffi::convert::field::Field::to_field(&self.$field, arena)?),* })
            }

            unsafe fn from_struct(c: &$C) -> Result<Self, ConvertError> {
                // SAFETY: as the caller promises.
                Ok(unsafe { Self { $($field: $crate::ffi::convert::field::Field::from_field(c.$field)?),* } })
            }
        }
    };
}
pub(super) use field_by_field;
