//! Payloads between their two forms: parcels, and the C structs of ril.h.
//!
//! Which payload belongs to which message is said by the rows of `ril-protocol` alone; a payload type says here, once,
//! what it looks like in C. The host of a library uses `request_to_c`, `response_from_c` and `unsolicited_from_c`; a
//! library uses the other three.
//!
//! What libril takes from a library is taken: lengths are judged by its rules, NULL stands for nothing where it does,
//! strings may be any bytes. What libril would crash on (a list with NULL in it, nine applications on a card) is an
//! error. What libril hands on although a library may crash on it (a NULL string to dial, one string where ril.h
//! promises two) is an error too: libraries trust their rild, and the clients of ours need not be trusted.
//!
//! Reference: the `dispatch*` and `response*` functions of `libril/ril.cpp`, Android 7.1.

mod arena;
mod call;
mod cdma;
mod data;
mod demands;
mod device;
pub(crate) mod dialect;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod exercise;
mod field;
mod form;
mod ims;
mod lent;
mod modified_utf8;
mod network;
mod plain;
mod registration;
mod sim;
mod sms;
mod stk;
#[cfg(test)]
mod tests;
mod v15;

use std::ffi::c_void;

use ril_protocol::parcel::{self, DecodeError, Writer};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

pub(crate) use arena::Arena;
use form::CForm;
use lent::Lent;

/// Up to this version libril judges several layouts by their length; later ones have the newest layout only.
const LAST_IMPRECISE: RilVersion = RilVersion(12);

/// What is handed to the other side: a pointer and its length in the sense of ril.h.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CData {
    /// NULL, or memory of the [`Arena`] that it was built in.
    pub(crate) ptr: *const c_void,
    /// Mostly bytes.
    pub(crate) len: usize,
}

impl CData {
    /// Nothing.
    pub(crate) const NULL: Self = Self { ptr: std::ptr::null(), len: 0 };

    fn one<T>(c: *mut T) -> Self {
        Self { ptr: c.cast_const().cast(), len: size_of::<T>() }
    }

    /// An empty list is not NULL: libril passes "just some non-null pointer".
    fn list<T: Copy>(items: &[T], arena: &mut Arena) -> Self {
        Self { ptr: arena.list(items).cast_const().cast(), len: size_of_val(items) }
    }
}

/// Which layouts the two forms of what a library says have. They differ where a library relays the parcels of another
/// rild than the one whose version it has reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Versions {
    pub(crate) parcel: RilVersion,
    pub(crate) c: RilVersion,
}

impl From<RilVersion> for Versions {
    fn from(version: RilVersion) -> Self {
        Self { parcel: version, c: version }
    }
}

/// Why a payload has no counterpart in the other form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConvertError {
    /// The parcel does not hold what the message carries.
    #[error(transparent)]
    Parcel(#[from] DecodeError),
    /// A length that the C type does not have.
    #[error("{got} bytes given where {what} takes {size}")]
    Length {
        /// The C type, as ril.h calls it.
        what: &'static str,
        /// The length that was given.
        got: usize,
        /// The size of one.
        size: usize,
    },
    /// More than a field of C can hold.
    #[error("{got} bytes do not fit into {what}, which holds {most}")]
    TooLong {
        /// What is too small.
        what: &'static str,
        /// How many bytes there are.
        got: usize,
        /// How many it can hold.
        most: usize,
    },
    /// NULL where a struct or list was wanted.
    #[error("NULL given for {0}")]
    NullPointer(&'static str),
    /// A number that ril.h does not have here.
    #[error("{what} cannot be {got}")]
    Value {
        /// What the number stands for.
        what: &'static str,
        /// The number that was given.
        got: i32,
    },
    /// The null string where ril.h asks for a string.
    #[error("string {place} must not be null")]
    NullString {
        /// Which one, counted from 0.
        place: usize,
    },
    /// The null string in a field that ril.h asks for.
    #[error("{0} must not be null")]
    NullField(&'static str),
    /// Fewer items than ril.h promises to the library.
    #[error("{got} items given where at least {wanted} are needed")]
    TooFew {
        /// How many there are.
        got: usize,
        /// How many must be there.
        wanted: usize,
    },
    /// The message is not in ril.h, or its C form is not known.
    #[error("there is no C form of this payload")]
    NotSupported,
}

/// The arguments of a request as `onRequest` gets them. What a library might crash on is refused.
pub(crate) fn request_to_c(
    code: RequestCode,
    payload: &[u8],
    version: RilVersion,
    arena: &mut Arena,
) -> Result<CData, ConvertError> {
    match (code, version.0) {
        (RequestCode::SETUP_DATA_CALL, ..4) => data::old_setup_to_c(payload, version, arena),
        (RequestCode::SETUP_DATA_CALL, 15..) => checked_to_c::<v15::DataCallSetup>(code, payload, version, arena),
        (RequestCode::SET_INITIAL_ATTACH_APN, 15..) => checked_to_c::<v15::AttachApn>(code, payload, version, arena),
        // The one request that libril keeps from older libraries.
        (RequestCode::SET_CARRIER_RESTRICTIONS, ..14) => Err(ConvertError::NotSupported),
        (RequestCode::SIM_OPEN_CHANNEL, 15..) => checked_to_c::<v15::OpenChannel>(code, payload, version, arena),
        (RequestCode::SET_DATA_PROFILE, 15..) => checked_to_c::<Vec<v15::Profile>>(code, payload, version, arena),
        _ => requests::request_to_c(code, payload, version, arena),
    }
}

/// The result that a library gave to `OnRequestComplete`. NULL is the empty payload, whatever its length.
///
/// # Safety
/// `ptr` must be NULL or point to the result of `code` as ril.h defines it, `len` bytes of it.
pub(crate) unsafe fn response_from_c(
    code: RequestCode,
    ptr: *const c_void,
    len: usize,
    version: RilVersion,
    out: &mut Vec<u8>,
) -> Result<(), ConvertError> {
    if ptr.is_null() {
        return Ok(());
    }
    let lent = Lent { ptr, len };
    // SAFETY: as the caller promises.
    unsafe {
        match (code, version.0) {
            (RequestCode::SETUP_DATA_CALL, ..5) => data::old_setup_from_c(lent, version, out),
            (RequestCode::VOICE_REGISTRATION_STATE, 15..) => from_c::<registration::Voice>(lent, version, out),
            (RequestCode::DATA_REGISTRATION_STATE, 15..) => from_c::<registration::Data>(lent, version, out),
            _ => requests::response_from_c(code, lent, version, out),
        }
    }
}

/// What a library gave to `OnUnsolicitedResponse`. What libril adds is left to the caller: the radio state behind
/// `RESPONSE_RADIO_STATE_CHANGED`, the time of arrival behind `NITZ_TIME_RECEIVED`.
///
/// # Safety
/// `ptr` must be NULL or point to the particulars of `code` as ril.h defines them, `len` bytes of them.
pub(crate) unsafe fn unsolicited_from_c(
    code: UnsolCode,
    ptr: *const c_void,
    len: usize,
    version: RilVersion,
    out: &mut Vec<u8>,
) -> Result<(), ConvertError> {
    match code {
        UnsolCode::RESPONSE_RADIO_STATE_CHANGED => Ok(()),
        // SAFETY: as the caller promises.
        _ => unsafe { unsolicited::from_c(code, Lent { ptr, len }, version, out) },
    }
}

/// The arguments of a request that a host passed to `onRequest`.
///
/// # Safety
/// `ptr` must be NULL or point to the arguments of `code` as ril.h defines them, `len` bytes of them.
pub(crate) unsafe fn request_from_c(
    code: RequestCode,
    ptr: *const c_void,
    len: usize,
    version: RilVersion,
    out: &mut Vec<u8>,
) -> Result<(), ConvertError> {
    let lent = Lent { ptr, len };
    // SAFETY: as the caller promises.
    unsafe {
        match (code, version.0) {
            (RequestCode::SET_INITIAL_ATTACH_APN, 15..) => from_c::<v15::AttachApn>(lent, version, out),
            (RequestCode::SIM_OPEN_CHANNEL, 15..) => from_c::<v15::OpenChannel>(lent, version, out),
            (RequestCode::SET_DATA_PROFILE, 15..) => from_c::<Vec<v15::Profile>>(lent, version, out),
            _ => requests::request_from_c(code, lent, version, out),
        }
    }
}

/// A result as `OnRequestComplete` takes it. The empty payload is NULL.
pub(crate) fn response_to_c(
    code: RequestCode,
    payload: &[u8],
    versions: Versions,
    arena: &mut Arena,
) -> Result<CData, ConvertError> {
    match (code, versions.c.0) {
        _ if payload.is_empty() => Ok(CData::NULL),
        (RequestCode::SETUP_DATA_CALL, ..5) => data::old_setup_result_to_c(payload, versions.c, arena),
        (RequestCode::VOICE_REGISTRATION_STATE, 15..) => to_c::<registration::Voice>(payload, versions, arena),
        (RequestCode::DATA_REGISTRATION_STATE, 15..) => to_c::<registration::Data>(payload, versions, arena),
        _ => requests::response_to_c(code, payload, versions, arena),
    }
}

/// The particulars of an unsolicited message as `OnUnsolicitedResponse` takes them. The empty payload is NULL.
pub(crate) fn unsolicited_to_c(
    code: UnsolCode,
    payload: &[u8],
    versions: Versions,
    arena: &mut Arena,
) -> Result<CData, ConvertError> {
    match code {
        UnsolCode::RESPONSE_RADIO_STATE_CHANGED => Ok(CData::NULL),
        _ if payload.is_empty() => Ok(CData::NULL),
        _ => unsolicited::to_c(code, payload, versions, arena),
    }
}

/// As [`to_c`], for arguments of a request, which are checked.
fn checked_to_c<T: CForm>(
    code: RequestCode,
    payload: &[u8],
    version: RilVersion,
    arena: &mut Arena,
) -> Result<CData, ConvertError> {
    parcel::decode::<T>(payload, version)?.checked_request(code)?.to_c(arena, version)
}

/// Decodes a parcel and builds its C form.
fn to_c<T: CForm>(payload: &[u8], versions: Versions, arena: &mut Arena) -> Result<CData, ConvertError> {
    parcel::decode::<T>(payload, versions.parcel)?.to_c(arena, versions.c)
}

/// Copies a C form and appends its parcel.
///
/// # Safety
/// As for [`CForm::from_c`].
unsafe fn from_c<T: CForm>(lent: Lent, version: RilVersion, out: &mut Vec<u8>) -> Result<(), ConvertError> {
    // SAFETY: as the caller promises.
    unsafe { T::from_c(lent, version) }?.write(&mut Writer::new(out, version));
    Ok(())
}

/// The request rows, replayed.
mod requests {
    #[allow(clippy::wildcard_imports, reason = "the rows name payload types of every module")]
    use ril_protocol::payload::*;

    use super::{Arena, CData, ConvertError, Lent, RequestCode, RilVersion, Versions};

    macro_rules! convert {
        ($($code:literal $NAME:ident: $Request:ty => $Response:ty;
           $since:literal $class:ident $timeout:literal $about:literal)*) => {
            pub(super) fn request_to_c(
                code: RequestCode,
                payload: &[u8],
                version: RilVersion,
                arena: &mut Arena,
            ) -> Result<CData, ConvertError> {
                match code {
                    $(RequestCode::$NAME => super::checked_to_c::<$Request>(code, payload, version, arena),)*
                    _ => Err(ConvertError::NotSupported),
                }
            }

            /// # Safety
            /// As for [`CForm::from_c`](super::CForm::from_c).
            pub(super) unsafe fn request_from_c(
                code: RequestCode,
                lent: Lent,
                version: RilVersion,
                out: &mut Vec<u8>,
            ) -> Result<(), ConvertError> {
                match code {
                    // SAFETY: as the caller promises.
                    $(RequestCode::$NAME => unsafe { super::from_c::<$Request>(lent, version, out) },)*
                    _ => Err(ConvertError::NotSupported),
                }
            }

            pub(super) fn response_to_c(
                code: RequestCode,
                payload: &[u8],
                versions: Versions,
                arena: &mut Arena,
            ) -> Result<CData, ConvertError> {
                match code {
                    $(RequestCode::$NAME => super::to_c::<$Response>(payload, versions, arena),)*
                    _ => Err(ConvertError::NotSupported),
                }
            }

            /// # Safety
            /// As for [`CForm::from_c`](super::CForm::from_c).
            pub(super) unsafe fn response_from_c(
                code: RequestCode,
                lent: Lent,
                version: RilVersion,
                out: &mut Vec<u8>,
            ) -> Result<(), ConvertError> {
                match code {
                    // SAFETY: as the caller promises.
                    $(RequestCode::$NAME => unsafe { super::from_c::<$Response>(lent, version, out) },)*
                    _ => Err(ConvertError::NotSupported),
                }
            }
        };
    }

    ril_protocol::ril_requests!(convert);
}

/// The unsolicited rows, replayed.
mod unsolicited {
    #[allow(clippy::wildcard_imports, reason = "the rows name payload types of every module")]
    use ril_protocol::payload::*;

    use super::{Arena, CData, ConvertError, Lent, RilVersion, UnsolCode, Versions};

    macro_rules! convert {
        ($($code:literal $NAME:ident: $Payload:ty; $since:literal $audience:ident $wake:ident $about:literal)*) => {
            pub(super) fn to_c(
                code: UnsolCode,
                payload: &[u8],
                versions: Versions,
                arena: &mut Arena,
            ) -> Result<CData, ConvertError> {
                match code {
                    $(UnsolCode::$NAME => super::to_c::<$Payload>(payload, versions, arena),)*
                    _ => Err(ConvertError::NotSupported),
                }
            }

            /// # Safety
            /// As for [`CForm::from_c`](super::CForm::from_c).
            pub(super) unsafe fn from_c(
                code: UnsolCode,
                lent: Lent,
                version: RilVersion,
                out: &mut Vec<u8>,
            ) -> Result<(), ConvertError> {
                match code {
                    // SAFETY: as the caller promises.
                    $(UnsolCode::$NAME => unsafe { super::from_c::<$Payload>(lent, version, out) },)*
                    _ => Err(ConvertError::NotSupported),
                }
            }
        };
    }

    ril_protocol::ril_unsolicited!(convert);
}
