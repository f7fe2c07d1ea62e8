//! What the host and libril.so know of each other: one function, `rilproxy_attach`, and the table that it takes.

use std::ffi::{c_int, c_void};

/// The layout of [`HostTable`]; both sides must have the same.
pub(crate) const ATTACH_VERSION: u32 = 1;

/// `RIL_TimedCallback`.
pub(crate) type TimedCallback = unsafe extern "C" fn(*mut c_void);

/// The host's side of libril's exports. It stays valid for the life of the process.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct HostTable {
    /// [`ATTACH_VERSION`].
    pub(crate) version: u32,
    /// `RIL_onRequestComplete`.
    pub(crate) on_request_complete: unsafe extern "C" fn(*mut c_void, c_int, *mut c_void, usize),
    /// `RIL_onUnsolicitedResponse`, always with a socket id, which means nothing with the single-SIM ABI.
    pub(crate) on_unsolicited_response: unsafe extern "C" fn(c_int, *const c_void, usize, c_int),
    /// `RIL_requestTimedCallback`.
    pub(crate) request_timed_callback: unsafe extern "C" fn(Option<TimedCallback>, *mut c_void, *const libc::timeval),
    /// `RIL_onRequestAck`.
    pub(crate) on_request_ack: unsafe extern "C" fn(*mut c_void),
    /// `RIL_register`; the argument is a `RIL_RadioFunctions`.
    pub(crate) register: unsafe extern "C" fn(*const c_void),
    /// `RIL_setcallbacks`; the argument is a `RIL_RadioFunctions`.
    pub(crate) set_callbacks: unsafe extern "C" fn(*const c_void),
}
