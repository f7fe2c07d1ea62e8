//! Conversions with hostile bytes on either side, for the tests and for `fuzz/`.
//!
//! The other side of the C ABI cannot be trusted with what it says, only with what C cannot check: that a pointer is
//! NULL or points to as many bytes as ril.h gives it. So memory made here is never shorter than it says, and otherwise
//! anything: NULL everywhere, buffers without a NUL, strings that are no UTF-8, numbers that no enumeration has, counts
//! below zero, lengths that go with no struct.

#![allow(unreachable_pub, reason = "public with the feature `fuzz` only")]

mod memory;

use std::ptr;
use std::sync::LazyLock;

use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use super::{
    Arena, CData, ConvertError, Versions, request_from_c, request_to_c, response_from_c, response_to_c,
    unsolicited_from_c, unsolicited_to_c,
};
pub(super) use memory::LibraryMemory;
use memory::{Change, Numbers};

/// One of the three payloads that a row may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Payload {
    Request(RequestCode),
    Response(RequestCode),
    Unsolicited(UnsolCode),
}

impl Payload {
    /// Those of every row: of each request its arguments and its result, then the unsolicited messages.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let requests = REQUESTS.iter().flat_map(|row| [Self::Request(row.code), Self::Response(row.code)]);
        requests.chain(UNSOLICITED.iter().map(|row| Self::Unsolicited(row.code)))
    }

    /// How its parcel is read and written; `None` of a code without a row.
    pub(super) fn codec(self) -> Option<PayloadCodec> {
        match self {
            Self::Request(code) => code.row().map(|row| row.request),
            Self::Response(code) => code.row().map(|row| row.response),
            Self::Unsolicited(code) => code.row().map(|row| row.payload),
        }
    }

    fn to_c(self, payload: &[u8], versions: Versions, arena: &mut Arena) -> Result<CData, ConvertError> {
        match self {
            Self::Request(code) => request_to_c(code, payload, versions.c, arena),
            Self::Response(code) => response_to_c(code, payload, versions, arena),
            Self::Unsolicited(code) => unsolicited_to_c(code, payload, versions, arena),
        }
    }

    /// # Safety
    /// `data` must be NULL, or so many readable bytes with pointers that are NULL or valid where ril.h has pointers.
    unsafe fn copy_from_c(self, data: CData, version: RilVersion) -> Result<Vec<u8>, ConvertError> {
        let mut out = Vec::new();
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Self::Request(code) => request_from_c(code, data.ptr, data.len, version, &mut out)?,
                Self::Response(code) => response_from_c(code, data.ptr, data.len, version, &mut out)?,
                Self::Unsolicited(code) => unsolicited_from_c(code, data.ptr, data.len, version, &mut out)?,
            }
        }
        Ok(out)
    }

    fn type_name(self) -> &'static str {
        self.codec().map_or("", |codec| codec.type_name)
    }

    /// Whether the pointer is a struct or list of `len` bytes; else it is a string, or libril counts something else.
    fn len_counts_bytes(self) -> bool {
        !matches!(self.type_name(), "Text" | "network::NitzTime" | "ims::ImsSms")
    }

    /// Which numbers of the C form say nothing of what its pointers point to.
    fn free_numbers(self) -> Numbers {
        match self.type_name() {
            // The technology chooses what the message is.
            "ims::ImsSms" => Numbers::None,
            // A length that is smaller than what is there, or below zero, does no harm.
            "call::Dial" | "Vec<call::Call>" | "data::PcoData" | "device::CarrierRestrictions" => Numbers::Smaller,
            _ => Numbers::All,
        }
    }

    /// To C and back, with the C form in memory that ends where it must. What has a C form comes back.
    pub(super) fn round(self, payload: &[u8], versions: Versions) -> Result<Vec<u8>, ConvertError> {
        let mut arena = Arena::new();
        let data = self.to_c(payload, versions, &mut arena)?;
        let memory = LibraryMemory::of_form(data, self.len_counts_bytes(), &arena);
        // SAFETY: the memory is a copy of what was just made out of a payload of this kind.
        let back = unsafe { self.copy_from_c(memory.data(), versions.c) };
        Ok(back.unwrap_or_else(|error| panic!("{self:?} of version {} does not come back: {error}", versions.c)))
    }

    /// What becomes of a C form whose bytes the library has changed.
    fn changed(self, payload: &[u8], versions: Versions, changes: &[Change]) -> Result<Vec<u8>, ConvertError> {
        let mut arena = Arena::new();
        let data = self.to_c(payload, versions, &mut arena)?;
        let mut memory = LibraryMemory::of_form(data, self.len_counts_bytes(), &arena);
        for change in changes {
            memory.apply(*change, self.free_numbers());
        }
        // SAFETY: the memory is a copy of a C form of this payload, of which changes leave the pointers valid.
        unsafe { self.copy_from_c(memory.data(), versions.c) }
    }

    /// What becomes of so many zeros, which are a struct of any kind without a pointer.
    fn zeros(self, len: usize, version: RilVersion) -> Result<Vec<u8>, ConvertError> {
        // What libril does not count in bytes must be as large as ril.h has it.
        let memory = LibraryMemory::zeros(if self.len_counts_bytes() { len } else { len.max(64) });
        // SAFETY: zeros are numbers and NULL.
        unsafe { self.copy_from_c(CData { len, ..memory.data() }, version) }
    }

    /// What becomes of NULL with a length.
    fn null(self, len: usize, version: RilVersion) -> Result<Vec<u8>, ConvertError> {
        // SAFETY: NULL is always allowed.
        unsafe { self.copy_from_c(CData { ptr: ptr::null(), len }, version) }
    }

    /// What a client is told is a payload of the row, and goes through C again as what it is.
    fn check(self, told: &[u8], version: RilVersion) {
        if let Some(codec) = self.codec().filter(|_| !told.is_empty() && !self.is_ambiguous(version)) {
            let again = codec.reencode(told, version);
            assert_eq!(again.as_deref(), Ok(told), "{self:?} of version {version} is told in another form");
        }
        self.check_round(told, version.into());
    }

    /// What a layout cannot hold is lost once and not again.
    fn check_round(self, payload: &[u8], versions: Versions) {
        // It is NULL in C, which few messages can be.
        if payload.is_empty() || self.is_guessed_in_c(payload) {
            return;
        }
        let Ok(once) = self.round(payload, versions) else { return };
        if once.is_empty() {
            return;
        }
        let twice = self.round(&once, versions.c.into());
        assert_eq!(twice.as_ref(), Ok(&once), "{self:?} of version {} does not settle", versions.c);
    }

    /// Whether the C form, whose length alone tells its layout, may be as long as one of another layout.
    fn is_guessed_in_c(self, payload: &[u8]) -> bool {
        let count = payload[4.min(payload.len())..].first_chunk().map_or(0, |count| i32::from_ne_bytes(*count));
        self.type_name() == "data::DataCallList" && count >= 7
    }

    /// Whether the bytes do not say all by themselves. Before version 5 a data call was answered with strings, which
    /// the row does not say; a modem without any technology reads as a slot, for libril tells neither which it is.
    fn is_ambiguous(self, version: RilVersion) -> bool {
        let old_setup = self == Self::Response(RequestCode::SETUP_DATA_CALL) && version < RilVersion(5);
        old_setup || self.type_name() == "Vec<device::HardwareConfig>"
    }
}

static PAYLOADS: LazyLock<Vec<Payload>> = LazyLock::new(|| Payload::all().collect());

/// The oldest version of all rows, and the newest.
const VERSIONS: std::ops::RangeInclusive<i32> = 2..=15;

fn version(number: u8) -> RilVersion {
    let span = VERSIONS.end() - VERSIONS.start() + 1;
    RilVersion(VERSIONS.start() + i32::from(number) % span)
}

/// Any bytes: what to do, two that choose the payload, the version of the C form, that of the parcel, and what to do it
/// with. Panics if something does not hold that must.
///
/// 0: the parcel that follows goes to C and back. 1: the same, but for as many changes as the next byte says, each of
/// which is the number of a block, two bytes of the place in it, and a value. 2: as many zeros as the next two bytes
/// say. 3: NULL with such a length.
pub fn convert_hostile_bytes(input: &[u8]) {
    let [way, low, high, c, parcel, rest @ ..] = input else { return };
    let payload = PAYLOADS[usize::from(u16::from_le_bytes([*low, *high])) % PAYLOADS.len()];
    let versions = Versions { c: version(*c), parcel: version(*parcel) };
    let length = || rest.first_chunk().map_or(0, |length| usize::from(u16::from_le_bytes(*length)));
    let told = match way % 4 {
        0 if matches!(payload, Payload::Request(_)) => return payload.check_round(rest, versions.c.into()),
        0 => return payload.check_round(rest, versions),
        1 => {
            let Some((&count, rest)) = rest.split_first() else { return };
            let Some((changes, parcel)) = rest.split_at_checked(usize::from(count) * Change::BYTES) else { return };
            if payload.is_guessed_in_c(parcel) {
                return;
            }
            let changes: Vec<Change> = changes.as_chunks().0.iter().map(Change::of_bytes).collect();
            payload.changed(parcel, versions, &changes)
        }
        2 => payload.zeros(length(), versions.c),
        _ => payload.null(length(), versions.c),
    };
    if let Ok(told) = told {
        payload.check(&told, versions.c);
    }
}

/// The input by which [`convert_hostile_bytes`] takes a payload of a row to C and back, the same with a change of each
/// kind, zeros of its length, and NULL.
pub fn hostile_seeds(kind: &str, name: &str, version: RilVersion, parcel: &[u8]) -> Vec<Vec<u8>> {
    let wanted = match kind {
        "request" => name.parse().ok().map(Payload::Request),
        "response" => name.parse().ok().map(Payload::Response),
        _ => name.parse().ok().map(Payload::Unsolicited),
    };
    let place = PAYLOADS.iter().position(|payload| Some(*payload) == wanted);
    let Some([low, high]) = place.and_then(|place| u16::try_from(place).ok()).map(u16::to_le_bytes) else {
        return Vec::new();
    };
    let number = u8::try_from(version.0 - VERSIONS.start()).unwrap_or_default();
    let len = u16::try_from(parcel.len()).unwrap_or_default().to_le_bytes();
    // A NULL pointer at the start, a number after it, a byte in the first block that it points to.
    let changes = [&[3, 0, 0, 0, 0, 0, 4, 0, 0xff, 1, 0, 0, 0xff], parcel].concat();
    let input = |way: u8, rest: &[u8]| [&[way, low, high, number, number], rest].concat();
    vec![input(0, parcel), input(1, &changes), input(2, &len), input(3, &len)]
}
