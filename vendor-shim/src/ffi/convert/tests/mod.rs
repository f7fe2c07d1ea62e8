//! Both directions against each other, and each against libril's rules.

mod from_library;
mod requests;
mod round_trip;

use ril_protocol::parcel::{self, Parcel};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use super::exercise::LibraryMemory;
use super::{Arena, CData, ConvertError, response_from_c, unsolicited_from_c};

const V12: RilVersion = RilVersion(12);
const V13: RilVersion = RilVersion(13);

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
