//! Both directions against each other, and each against libril's rules.

mod from_library;
mod requests;
mod round_trip;

use std::ffi::c_void;

use ril_protocol::parcel::{self, Parcel};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use super::{Arena, CData, ConvertError, response_from_c, unsolicited_from_c};

const V12: RilVersion = RilVersion(12);
const V13: RilVersion = RilVersion(13);

/// Memory of a library of which not one byte too much may be read: exactly as long as said, at an odd address.
struct LibraryMemory {
    bytes: Box<[u8]>,
}

impl LibraryMemory {
    /// # Safety
    /// `data` must be as long as it says.
    unsafe fn copy_of(data: CData) -> Self {
        let mut bytes = vec![0; data.len + 1].into_boxed_slice();
        if !data.ptr.is_null() {
            // SAFETY: as the caller promises; pointers among the bytes are copied as what they are.
            unsafe { data.ptr.cast::<u8>().copy_to_nonoverlapping(bytes.as_mut_ptr().add(1), data.len) };
        }
        Self { bytes }
    }

    fn of<T>(value: &T) -> Self {
        // SAFETY: a value is as long as its type.
        unsafe { Self::copy_of(CData { ptr: (&raw const *value).cast(), len: size_of::<T>() }) }
    }

    fn ptr(&self) -> *const c_void {
        self.bytes[1..].as_ptr().cast()
    }

    fn len(&self) -> usize {
        self.bytes.len() - 1
    }
}

/// The parcel that a client gets for what a library answers.
fn response<T>(code: RequestCode, version: RilVersion, answer: &T) -> Result<Vec<u8>, ConvertError> {
    let memory = LibraryMemory::of(answer);
    let mut out = Vec::new();
    // SAFETY: the tests pass what `code` answers.
    unsafe { response_from_c(code, memory.ptr(), memory.len(), version, &mut out) }.map(|()| out)
}

/// The parcel that a client gets for what a library tells.
fn unsolicited<T>(code: UnsolCode, version: RilVersion, news: &T) -> Result<Vec<u8>, ConvertError> {
    let memory = LibraryMemory::of(news);
    let mut out = Vec::new();
    // SAFETY: the tests pass what `code` tells.
    unsafe { unsolicited_from_c(code, memory.ptr(), memory.len(), version, &mut out) }.map(|()| out)
}

fn decode<T: Parcel>(payload: &[u8], version: RilVersion) -> T {
    parcel::decode(payload, version).unwrap()
}
