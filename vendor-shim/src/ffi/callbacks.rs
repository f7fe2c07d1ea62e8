//! The functions that a vendor library calls: `struct RIL_Env`, and the table that our libril.so forwards to.
//!
//! Each converts its arguments to Rust and hands them to the [`Host`](super::host::Host); none waits for anybody and
//! none can panic. They take what any thread of a closed library gives, so a NULL function or time is no error.
//!
//! Reference: ril.h, `struct RIL_Env`.

use std::ffi::{c_int, c_void};
use std::time::Duration;

use ril_protocol::{Errno, UnsolCode};

use super::functions::{Env, OnUnsolicited, OnUnsolicitedMulti, RadioFunctions, Untyped};
use super::host;
use super::table::{ATTACH_VERSION, HostTable, TimedCallback};
use crate::token::Token;

/// What a library with the plain ABI is given.
pub(super) static ENV: Env = Env {
    on_request_complete: Some(on_request_complete),
    // SAFETY: a function pointer kept as another; the library calls it as `OnUnsolicited`.
    on_unsolicited_response: Some(unsafe {
        std::mem::transmute::<OnUnsolicited, Untyped>(on_unsolicited_response as OnUnsolicited)
    }),
    request_timed_callback: Some(request_timed_callback),
    on_request_ack: Some(on_request_ack),
};

/// What a library with the multi-SIM ABI is given.
pub(super) static ENV_MULTI: Env = Env {
    // SAFETY: a function pointer kept as another; the library calls it with a socket id.
    on_unsolicited_response: Some(unsafe {
        std::mem::transmute::<OnUnsolicitedMulti, Untyped>(on_unsolicited_response_multi as OnUnsolicitedMulti)
    }),
    ..ENV
};

/// What the SIM Access Profile of a library with the plain ABI is given. As libril's, it has no `OnRequestAck`.
pub(super) static SAP_ENV: Env = Env {
    on_request_complete: Some(on_sap_request_complete),
    // SAFETY: a function pointer kept as another; the library calls it as `OnUnsolicited`.
    on_unsolicited_response: Some(unsafe {
        std::mem::transmute::<OnUnsolicited, Untyped>(on_sap_unsolicited_response as OnUnsolicited)
    }),
    on_request_ack: None,
    ..ENV
};

/// The same of a library with the multi-SIM ABI.
pub(super) static SAP_ENV_MULTI: Env = Env {
    // SAFETY: a function pointer kept as another; the library calls it with a socket id.
    on_unsolicited_response: Some(unsafe {
        std::mem::transmute::<OnUnsolicitedMulti, Untyped>(on_sap_unsolicited_response_multi as OnUnsolicitedMulti)
    }),
    ..SAP_ENV
};

/// What our libril.so forwards its exports to.
pub(crate) static TABLE: HostTable = HostTable {
    version: ATTACH_VERSION,
    on_request_complete,
    on_unsolicited_response: on_unsolicited_response_multi,
    request_timed_callback,
    on_request_ack,
    register,
    set_callbacks,
};

/// # Safety
/// As ril.h says: `response` must be NULL or the result of the request that `token` stands for.
unsafe extern "C" fn on_request_complete(token: *mut c_void, errno: c_int, response: *mut c_void, len: usize) {
    if let Some(host) = host::current() {
        // SAFETY: as the caller promises.
        unsafe { host.complete(Token(token.addr()), Errno(errno), response, len) };
    }
}

/// # Safety
/// As ril.h says: `data` must be NULL or the particulars of `code`.
unsafe extern "C" fn on_unsolicited_response(code: c_int, data: *const c_void, len: usize) {
    // SAFETY: as the caller promises.
    unsafe { on_unsolicited_response_multi(code, data, len, 0) };
}

/// # Safety
/// As ril.h says: `data` must be NULL or the particulars of `code`. With the plain ABI `socket_id` is not looked at.
unsafe extern "C" fn on_unsolicited_response_multi(code: c_int, data: *const c_void, len: usize, socket_id: c_int) {
    if let Some(host) = host::current() {
        // SAFETY: as the caller promises.
        unsafe { host.unsolicited(socket_id, UnsolCode(code), data, len) };
    }
}

/// # Safety
/// `response` must be NULL or `len` bytes.
unsafe extern "C" fn on_sap_request_complete(token: *mut c_void, errno: c_int, response: *mut c_void, len: usize) {
    if let Some(host) = host::current() {
        // SAFETY: as the caller promises.
        unsafe { host.complete_sap(Token(token.addr()), Errno(errno), response, len) };
    }
}

/// # Safety
/// `data` must be NULL or `len` bytes.
unsafe extern "C" fn on_sap_unsolicited_response(id: c_int, data: *const c_void, len: usize) {
    // SAFETY: as the caller promises.
    unsafe { on_sap_unsolicited_response_multi(id, data, len, 0) };
}

/// # Safety
/// `data` must be NULL or `len` bytes. With the plain ABI `socket_id` is not looked at.
unsafe extern "C" fn on_sap_unsolicited_response_multi(id: c_int, data: *const c_void, len: usize, socket_id: c_int) {
    if let Some(host) = host::current() {
        // SAFETY: as the caller promises.
        unsafe { host.sap_unsolicited(socket_id, id, data, len) };
    }
}

/// # Safety
/// As ril.h says: `callback` must be callable with `param` on the request thread; `relative_time` may be NULL.
unsafe extern "C" fn request_timed_callback(
    callback: Option<TimedCallback>,
    param: *mut c_void,
    relative_time: *const libc::timeval,
) {
    let (Some(host), Some(callback)) = (host::current(), callback) else { return };
    // SAFETY: NULL or a time, as the caller promises.
    let delay = unsafe { relative_time.as_ref() }.map_or(Duration::ZERO, duration);
    host.after(delay, callback, param);
}

/// # Safety
/// None: the token is looked up, not followed.
unsafe extern "C" fn on_request_ack(token: *mut c_void) {
    if let Some(host) = host::current() {
        host.acknowledge(Token(token.addr()));
    }
}

/// # Safety
/// `functions` must be NULL or the table of a vendor library, whose functions stay callable.
unsafe extern "C" fn register(functions: *const c_void) {
    // SAFETY: as the caller promises.
    let functions = unsafe { functions.cast::<RadioFunctions>().as_ref() };
    let (Some(host), Some(functions)) = (host::current(), functions) else { return };
    if !super::library::is_served(functions.version) {
        tracing::error!(version = functions.version, "RIL_register: this RIL version is not served");
    } else if !host.register(*functions) {
        tracing::warn!("RIL_register: the vendor library has registered before; ignored");
    }
}

/// # Safety
/// `functions` must be NULL or the table of a vendor library, whose functions stay callable.
unsafe extern "C" fn set_callbacks(functions: *const c_void) {
    // SAFETY: as the caller promises.
    let functions = unsafe { functions.cast::<RadioFunctions>().as_ref() };
    let (Some(host), Some(functions)) = (host::current(), functions) else { return };
    if !super::library::is_served(functions.version) {
        tracing::error!(version = functions.version, "RIL_setcallbacks: this RIL version is not served");
    } else {
        host.replace(*functions);
    }
}

/// A time before now counts as now.
fn duration(time: &libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_any_kind_become_delays() {
        let delay = |tv_sec, tv_usec| duration(&libc::timeval { tv_sec, tv_usec });
        assert_eq!(delay(1, 500_000), Duration::from_millis(1500));
        assert_eq!(delay(0, 2_000_000), Duration::from_secs(2));
        assert_eq!(delay(-1, 0), Duration::ZERO);
        assert_eq!(delay(libc::time_t::MAX, 999_999).as_secs(), libc::time_t::MAX.unsigned_abs());
    }
}
