//! Reading memory that the other side of the C ABI lends for the time of one call.
//!
//! Only what the given length covers is read, and a pointer inside a struct is followed only if it is not NULL. Nothing
//! is assumed to be aligned. Everything is copied, and nothing is looked at whose length no message can have: a library
//! that takes a negative number for a length gives one of almost the whole address space.

use std::ffi::{CStr, c_char, c_void};

use ril_protocol::frame::RESPONSE_LIMIT;
use ril_protocol::payload::{Raw, Text};

use super::{ConvertError, modified_utf8};
use crate::ffi::abi::{CText, Plain};

/// No list is longer. What it becomes has to fit into a frame, and nothing in ril.h is sixteen times as long in C.
const LONGEST_LIST: usize = 16 * RESPONSE_LIMIT;

/// A pointer and the length that came with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lent {
    pub(super) ptr: *const c_void,
    pub(super) len: usize,
}

impl Lent {
    /// One struct of exactly this size.
    ///
    /// # Safety
    /// `len` bytes must be readable, unless `ptr` is NULL.
    pub(super) unsafe fn one<T: Plain>(self) -> Result<T, ConvertError> {
        if !self.ptr.is_null() && self.len != size_of::<T>() {
            return Err(self.length_of::<T>());
        }
        // SAFETY: as the caller promises.
        unsafe { self.head() }
    }

    /// The struct at the start, which more may follow.
    ///
    /// # Safety
    /// `len` bytes must be readable, unless `ptr` is NULL.
    pub(super) unsafe fn head<T: Plain>(self) -> Result<T, ConvertError> {
        if self.ptr.is_null() {
            return Err(ConvertError::NullPointer(T::NAME));
        }
        if self.len < size_of::<T>() {
            return Err(self.length_of::<T>());
        }
        // SAFETY: the bytes of a `T` are readable, and any bytes are a `T`.
        Ok(unsafe { self.ptr.cast::<T>().read_unaligned() })
    }

    /// As many items as the length says; none for NULL without length.
    ///
    /// # Safety
    /// `len` bytes must be readable, unless `ptr` is NULL.
    pub(super) unsafe fn list<T: Plain>(self) -> Result<Vec<T>, ConvertError> {
        if self.ptr.is_null() && self.len != 0 {
            return Err(ConvertError::NullPointer(T::NAME));
        }
        if !self.len.is_multiple_of(size_of::<T>()) || !self.is_possible_list() {
            return Err(self.length_of::<T>());
        }
        let first = self.ptr.cast::<T>();
        // SAFETY: each item lies within the `len` bytes, and any bytes are a `T`.
        Ok((0..self.len / size_of::<T>()).map(|at| unsafe { first.add(at).read_unaligned() }).collect())
    }

    /// Whether a message can have a list of this length.
    pub(super) fn is_possible_list(self) -> bool {
        self.len <= LONGEST_LIST
    }

    /// The error that this length does not suit `T`.
    pub(super) fn length_of<T: Plain>(self) -> ConvertError {
        ConvertError::Length { what: T::NAME, got: self.len, size: size_of::<T>() }
    }
}

/// What a pointer inside a struct or a list points to.
///
/// # Safety
/// `ptr` must be NULL or point to a readable `T`, aligned or not.
pub(super) unsafe fn pointee<T: Plain>(ptr: *const T) -> Result<T, ConvertError> {
    if ptr.is_null() {
        return Err(ConvertError::NullPointer(T::NAME));
    }
    // SAFETY: as the caller promises; any bytes are a `T`.
    Ok(unsafe { ptr.read_unaligned() })
}

/// A nullable string. Bytes that are no text become U+FFFD.
///
/// # Safety
/// `text` must be NULL or point to bytes that end with a NUL.
pub(super) unsafe fn text(text: CText) -> Text {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    Some(modified_utf8::read(unsafe { CStr::from_ptr(text) }.to_bytes()))
}

/// A string in a buffer: up to its first NUL, or all of it.
pub(super) fn buffer_text(buffer: &[u8]) -> String {
    let end = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
    modified_utf8::read(&buffer[..end])
}

/// Nullable bytes whose length was given, as it is or in a struct.
///
/// # Safety
/// `ptr` must be NULL or point to `len` readable bytes.
pub(super) unsafe fn bytes(ptr: *const c_char, len: i32) -> Result<Raw, ConvertError> {
    if ptr.is_null() {
        return Ok(Raw(None));
    }
    let possible = usize::try_from(len).ok().filter(|len| *len <= RESPONSE_LIMIT);
    let Some(len) = possible else { return Err(ConvertError::Value { what: "number of bytes", got: len }) };
    // SAFETY: `len` bytes are readable, as the caller promises; bytes need no alignment.
    Ok(Raw(Some(unsafe { std::slice::from_raw_parts(ptr.cast::<u8>(), len) }.to_vec())))
}
