//! What a phone is told when the router itself refuses a request.
//!
//! ril.h knows `OPERATION_NOT_ALLOWED` and its neighbours only since Android 7; older clients choke on codes that they
//! do not know, so those get the two codes that have always been there.

use ril_protocol::{Errno, RequestCode, RilVersion};

/// The version from which clients know the finer codes.
const FINE_ERRNOS: RilVersion = RilVersion(14);

/// A thing that policy forbids to this phone.
pub(super) fn not_allowed(version: RilVersion) -> Errno {
    if version >= FINE_ERRNOS { Errno::OPERATION_NOT_ALLOWED } else { Errno::GENERIC_FAILURE }
}

/// A call that does not exist, or that belongs to another phone: one must not be told from the other.
pub(super) fn no_such_call(version: RilVersion) -> Errno {
    if version >= FINE_ERRNOS { Errno::INVALID_CALL_ID } else { Errno::GENERIC_FAILURE }
}

/// A call that is there, and that the modem has no room to treat so beside the other phones' calls.
pub(super) fn no_room(version: RilVersion) -> Errno {
    if version >= FINE_ERRNOS { Errno::INVALID_STATE } else { Errno::GENERIC_FAILURE }
}

/// A short message acknowledged that was never handed over.
pub(super) fn no_such_sms(version: RilVersion) -> Errno {
    if version >= FINE_ERRNOS { Errno::NO_SMS_TO_ACK } else { Errno::GENERIC_FAILURE }
}

/// Arguments that cannot be, or that are about what is not the asker's: one must not be told from the other.
pub(super) fn invalid_arguments(version: RilVersion) -> Errno {
    if version >= FINE_ERRNOS { Errno::INVALID_ARGUMENTS } else { Errno::GENERIC_FAILURE }
}

/// A privileged request from a phone without the privilege. Settings that the phone only repeats at every start are
/// confirmed without effect, because a failure there would make it believe that its modem is broken.
pub(super) fn privileged(code: RequestCode, version: RilVersion) -> Errno {
    match code {
        RequestCode::SET_NETWORK_SELECTION_AUTOMATIC => Errno::SUCCESS,
        RequestCode::OEM_HOOK_RAW | RequestCode::OEM_HOOK_STRINGS | RequestCode::QUERY_AVAILABLE_BAND_MODE => {
            Errno::REQUEST_NOT_SUPPORTED
        }
        code if code.row().is_none() => Errno::REQUEST_NOT_SUPPORTED,
        _ => not_allowed(version),
    }
}
