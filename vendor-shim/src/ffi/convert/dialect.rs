//! The same where a vendor's numbers are not those of ril.h: by the message that a number stands for, and by shape for
//! messages of the vendor's own.

use std::ffi::c_void;

use ril_protocol::dialect::{Dialect, Shape};
use ril_protocol::payload::call::Dial;
use ril_protocol::payload::{Ints, Raw, Strings, Text};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use super::lent::Lent;
use super::{Arena, CData, ConvertError, checked_to_c, from_c, to_c};

/// As [`request_to_c`](super::request_to_c), of a request by its number on the wire.
pub(crate) fn request_to_c(
    dialect: &Dialect,
    wire: RequestCode,
    payload: &[u8],
    version: RilVersion,
    arena: &mut Arena,
) -> Result<CData, ConvertError> {
    let code = dialect.request_named(wire);
    match dialect.request_shapes(code) {
        None => super::request_to_c(code, payload, version, arena),
        // Of a vendor's own message nobody knows what may be missing.
        Some((Shape::Nothing, _)) => Ok(CData::NULL),
        Some((Shape::Ints, _)) => to_c::<Ints>(payload, version.into(), arena),
        Some((Shape::Strings, _)) => to_c::<Strings>(payload, version.into(), arena),
        Some((Shape::Text, _)) => to_c::<Text>(payload, version.into(), arena),
        Some((Shape::Raw, _)) => to_c::<Raw>(payload, version.into(), arena),
        Some((Shape::Dial, _)) => checked_to_c::<Dial>(RequestCode::DIAL, payload, version, arena),
    }
}

/// As [`response_from_c`](super::response_from_c), of a request by its number on the wire.
///
/// # Safety
/// `ptr` must be NULL or point to the result of that request, `len` bytes of it, in the shape that the dialect has.
pub(crate) unsafe fn response_from_c(
    dialect: &Dialect,
    wire: RequestCode,
    ptr: *const c_void,
    len: usize,
    version: RilVersion,
    out: &mut Vec<u8>,
) -> Result<(), ConvertError> {
    let code = dialect.request_named(wire);
    match dialect.request_shapes(code) {
        // SAFETY: as the caller promises.
        None => unsafe { super::response_from_c(code, ptr, len, version, out) },
        Some(_) if ptr.is_null() => Ok(()),
        // SAFETY: as the caller promises.
        Some((_, shape)) => unsafe { shape_from_c(shape, Lent { ptr, len }, version, out) },
    }
}

/// As [`unsolicited_from_c`](super::unsolicited_from_c), of a message by its number on the wire.
///
/// # Safety
/// `ptr` must be NULL or point to the particulars of that message, `len` bytes of them, in the shape that the dialect
/// has.
pub(crate) unsafe fn unsolicited_from_c(
    dialect: &Dialect,
    wire: UnsolCode,
    ptr: *const c_void,
    len: usize,
    version: RilVersion,
    out: &mut Vec<u8>,
) -> Result<(), ConvertError> {
    let code = dialect.unsolicited_named(wire);
    match dialect.unsolicited_shape(code) {
        // SAFETY: as the caller promises.
        None => unsafe { super::unsolicited_from_c(code, ptr, len, version, out) },
        Some(_) if ptr.is_null() => Ok(()),
        // SAFETY: as the caller promises.
        Some(shape) => unsafe { shape_from_c(shape, Lent { ptr, len }, version, out) },
    }
}

/// # Safety
/// `lent` must be of this shape.
unsafe fn shape_from_c(shape: Shape, lent: Lent, version: RilVersion, out: &mut Vec<u8>) -> Result<(), ConvertError> {
    // SAFETY: as the caller promises.
    unsafe {
        match shape {
            Shape::Nothing => Ok(()),
            Shape::Ints => from_c::<Ints>(lent, version, out),
            Shape::Strings => from_c::<Strings>(lent, version, out),
            Shape::Text => from_c::<Text>(lent, version, out),
            Shape::Raw => from_c::<Raw>(lent, version, out),
            Shape::Dial => from_c::<Dial>(lent, version, out),
        }
    }
}
