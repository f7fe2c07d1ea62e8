//! The two tables of functions that a rild and a vendor library give each other.
//!
//! The multi-SIM flavour of the ABI adds a socket id as last argument of some of them. Nothing in the library says
//! which flavour it has, so such functions are kept as [`Untyped`] until they are called. Those of a library are called
//! with a socket id in any case: whoever takes none does not look at it, for where the arguments of C lie does not hang
//! on how many there are, and the caller clears them away.
//!
//! Reference: ril.h, `RIL_RadioFunctions`, `struct RIL_Env`, `RIL_Init`.

use std::ffi::{c_char, c_int, c_void};

pub(crate) use super::table::TimedCallback;

/// A function whose arguments depend on the flavour of the ABI. Never called as it stands.
pub(crate) type Untyped = unsafe extern "C" fn();

/// `RIL_RequestFunc`.
pub(crate) type OnRequest = unsafe extern "C" fn(c_int, *mut c_void, usize, *mut c_void);
/// `RIL_RequestFunc` with a socket id.
pub(crate) type OnRequestMulti = unsafe extern "C" fn(c_int, *mut c_void, usize, *mut c_void, c_int);
/// `RIL_RadioStateRequest`.
pub(crate) type OnStateRequest = unsafe extern "C" fn() -> c_int;
/// `RIL_RadioStateRequest` with a socket id.
pub(crate) type OnStateRequestMulti = unsafe extern "C" fn(c_int) -> c_int;
/// `OnUnsolicitedResponse`.
pub(crate) type OnUnsolicited = unsafe extern "C" fn(c_int, *const c_void, usize);
/// `OnUnsolicitedResponse` with a socket id.
pub(crate) type OnUnsolicitedMulti = unsafe extern "C" fn(c_int, *const c_void, usize, c_int);
/// `RIL_Init`.
pub(crate) type Init = unsafe extern "C" fn(*const Env, c_int, *mut *mut c_char) -> *const RadioFunctions;

/// `RIL_RadioFunctions`: what a vendor library offers.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct RadioFunctions {
    pub(crate) version: c_int,
    /// [`OnRequest`] or [`OnRequestMulti`].
    pub(crate) on_request: Option<Untyped>,
    /// [`OnStateRequest`] or [`OnStateRequestMulti`].
    pub(crate) on_state_request: Option<Untyped>,
    pub(crate) supports: Option<unsafe extern "C" fn(c_int) -> c_int>,
    pub(crate) on_cancel: Option<unsafe extern "C" fn(*mut c_void)>,
    pub(crate) get_version: Option<unsafe extern "C" fn() -> *const c_char>,
}

/// `struct RIL_Env`: what a rild offers. Hosts before Android 7 have no `on_request_ack`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Env {
    pub(crate) on_request_complete: Option<unsafe extern "C" fn(*mut c_void, c_int, *mut c_void, usize)>,
    /// [`OnUnsolicited`], or the same with a socket id.
    pub(crate) on_unsolicited_response: Option<Untyped>,
    pub(crate) request_timed_callback:
        Option<unsafe extern "C" fn(Option<TimedCallback>, *mut c_void, *const libc::timeval)>,
    pub(crate) on_request_ack: Option<unsafe extern "C" fn(*mut c_void)>,
}

const POINTER: usize = size_of::<usize>();
const _: () = assert!(size_of::<RadioFunctions>() == 6 * POINTER);
const _: () = assert!(core::mem::offset_of!(RadioFunctions, get_version) == 5 * POINTER);
const _: () = assert!(size_of::<Env>() == 4 * POINTER);
