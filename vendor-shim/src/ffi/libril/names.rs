//! Names of numbers, for libraries that write them into their logs. The strings live as long as the process.
//!
//! Reference: the `...ToString` functions of `libril/ril.cpp`.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int};
use std::sync::LazyLock;

use ril_protocol::Errno;

/// `requestToString`: the name of a request without `RIL_REQUEST_`, or of an unsolicited message without `RIL_`.
#[unsafe(no_mangle)]
pub extern "C" fn requestToString(code: c_int) -> *const c_char {
    request_name(code).or_else(|| unsolicited_name(code)).unwrap_or(c"<unknown request>").as_ptr()
}

/// `failCauseToString`: the name of an error without `RIL_`.
#[unsafe(no_mangle)]
pub extern "C" fn failCauseToString(errno: c_int) -> *const c_char {
    static NAMES: LazyLock<BTreeMap<c_int, CString>> = LazyLock::new(|| {
        let name = |errno: &Errno| CString::new(format!("E_{errno}")).unwrap_or_default();
        Errno::ALL.iter().map(|errno| (errno.0, name(errno))).collect()
    });
    NAMES.get(&errno).map_or(c"<unknown error>", CString::as_c_str).as_ptr()
}

/// `callStateToString`.
#[unsafe(no_mangle)]
pub extern "C" fn callStateToString(state: c_int) -> *const c_char {
    const NAMES: [&CStr; 6] = [c"ACTIVE", c"HOLDING", c"DIALING", c"ALERTING", c"INCOMING", c"WAITING"];
    name_of(state, &NAMES, c"<unknown state>")
}

/// `radioStateToString`.
#[unsafe(no_mangle)]
pub extern "C" fn radioStateToString(state: c_int) -> *const c_char {
    const NAMES: [&CStr; 11] = [
        c"RADIO_OFF",
        c"RADIO_UNAVAILABLE",
        c"RADIO_SIM_NOT_READY",
        c"RADIO_SIM_LOCKED_OR_ABSENT",
        c"RADIO_SIM_READY",
        c"RADIO_RUIM_NOT_READY",
        c"RADIO_RUIM_READY",
        c"RADIO_RUIM_LOCKED_OR_ABSENT",
        c"RADIO_NV_NOT_READY",
        c"RADIO_NV_READY",
        c"RADIO_ON",
    ];
    name_of(state, &NAMES, c"<unknown state>")
}

/// `rilSocketIdToString`.
#[unsafe(no_mangle)]
pub extern "C" fn rilSocketIdToString(socket_id: c_int) -> *const c_char {
    const NAMES: [&CStr; 4] = [c"RIL_SOCKET_1", c"RIL_SOCKET_2", c"RIL_SOCKET_3", c"RIL_SOCKET_4"];
    name_of(socket_id, &NAMES, c"not a valid RIL")
}

fn name_of(value: c_int, names: &[&'static CStr], unknown: &'static CStr) -> *const c_char {
    usize::try_from(value).ok().and_then(|place| names.get(place)).copied().unwrap_or(unknown).as_ptr()
}

/// A string literal with its NUL.
const fn c_literal(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    }
}

/// The rows are replayed, not looked up: the tables of ril-protocol would bring every payload codec with them.
macro_rules! request_names {
    ($($code:literal $NAME:ident: $Request:ty => $Response:ty; $since:literal $class:ident $timeout:literal $about:literal)*) => {
        fn request_name(code: c_int) -> Option<&'static CStr> {
            Some(match code {
                $($code => const { c_literal(concat!(stringify!($NAME), "\0")) },)*
                _ => return None,
            })
        }
    };
}

macro_rules! unsolicited_names {
    ($($code:literal $NAME:ident: $Payload:ty; $since:literal $audience:ident $wake:ident $about:literal)*) => {
        fn unsolicited_name(code: c_int) -> Option<&'static CStr> {
            Some(match code {
                $($code => const { c_literal(concat!("UNSOL_", stringify!($NAME), "\0")) },)*
                _ => return None,
            })
        }
    };
}

ril_protocol::ril_requests!(request_names);
ril_protocol::ril_unsolicited!(unsolicited_names);

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: *const c_char) -> &'static str {
        // SAFETY: every name is a string that lives as long as the process.
        unsafe { CStr::from_ptr(name) }.to_str().unwrap()
    }

    #[test]
    fn names_are_those_that_libril_prints() {
        assert_eq!(text(requestToString(1)), "GET_SIM_STATUS");
        assert_eq!(text(requestToString(1009)), "UNSOL_SIGNAL_STRENGTH");
        assert_eq!(text(failCauseToString(2)), "E_GENERIC_FAILURE");
        assert_eq!(text(failCauseToString(525)), "E_OEM_ERROR_25");
        assert_eq!(text(callStateToString(5)), "WAITING");
        assert_eq!(text(radioStateToString(10)), "RADIO_ON");
        assert_eq!(text(rilSocketIdToString(0)), "RIL_SOCKET_1");
    }

    #[test]
    fn any_number_has_some_name() {
        for number in [-1, 146, 999, 1051, c_int::MAX, c_int::MIN] {
            assert_eq!(text(requestToString(number)), "<unknown request>");
            assert_eq!(text(failCauseToString(number)), "<unknown error>");
            assert_eq!(text(callStateToString(number)), "<unknown state>");
            assert_eq!(text(radioStateToString(number)), "<unknown state>");
            assert_eq!(text(rilSocketIdToString(number)), "not a valid RIL");
        }
    }
}
