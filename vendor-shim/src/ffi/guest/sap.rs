//! The C face of the SIM Access Profile of a Rust vendor library: what `RIL_SAP_Init` does, and the function that it
//! gives.
//!
//! Reference: ril.h, `RIL_SAP_Init`.

use std::ffi::{c_int, c_void};
use std::sync::Arc;

use ril_protocol::Errno;

use super::super::functions::{self, OnRequest, OnRequestMulti, OnUnsolicitedMulti, RadioFunctions, Untyped};
use super::{Complete, EnvPointer, FIRST_SIM, FunctionsPointer, INSTANCE, report};
use crate::guest::{SapCallbacks, SapLibrary, Token};

/// `RIL_SAP_Init` for the library `L`: called by [`export_ril_sap_init!`](crate::export_ril_sap_init) only.
pub fn sap_init<L: SapLibrary>(env: EnvPointer) -> FunctionsPointer {
    let Some((instance, library)) = instance::<L>() else {
        report("RIL_SAP_Init was called before RIL_Init");
        return FunctionsPointer::REFUSED;
    };
    // SAFETY: from C, so what ril.h says.
    let Some(host) = (unsafe { SapHost::new(env.0) }) else {
        report("RIL_SAP_Init was not given the functions of a rild");
        return FunctionsPointer::REFUSED;
    };
    if let Err(reason) = library.sap_init(Arc::new(host)) {
        report(&format!("there is no SIM Access Profile: {reason}"));
        return FunctionsPointer::REFUSED;
    }
    let functions = RadioFunctions {
        version: instance.host.versions().c.0,
        on_request: Some(on_request_of_flavour::<L>(instance.host.has_several_sims())),
        on_state_request: None,
        supports: None,
        on_cancel: None,
        get_version: None,
    };
    FunctionsPointer(Box::into_raw(Box::new(functions)))
}

fn instance<L: SapLibrary>() -> Option<(&'static super::Instance, &'static L)> {
    let instance = INSTANCE.get()?;
    Some((instance, instance.library.as_any().downcast_ref()?))
}

/// `onRequest`, with a socket id or without.
fn on_request_of_flavour<L: SapLibrary>(several_sims: bool) -> Untyped {
    if several_sims {
        // SAFETY: a function pointer kept as another; the host calls it as `OnRequestMulti`.
        unsafe { std::mem::transmute::<OnRequestMulti, Untyped>(on_request_multi::<L>) }
    } else {
        // SAFETY: a function pointer kept as another; the host calls it as `OnRequest`.
        unsafe { std::mem::transmute::<OnRequest, Untyped>(on_request::<L>) }
    }
}

/// # Safety
/// `data` must be NULL or `len` bytes.
unsafe extern "C" fn on_request<L: SapLibrary>(id: c_int, data: *mut c_void, len: usize, token: *mut c_void) {
    // SAFETY: as the caller promises.
    unsafe { on_request_multi::<L>(id, data, len, token, FIRST_SIM) };
}

/// # Safety
/// `data` must be NULL or `len` bytes.
unsafe extern "C" fn on_request_multi<L: SapLibrary>(
    id: c_int,
    data: *mut c_void,
    len: usize,
    token: *mut c_void,
    socket_id: c_int,
) {
    let Some((_, library)) = instance::<L>() else { return };
    let payload = if data.is_null() || len == 0 {
        &[]
    } else {
        // SAFETY: not NULL, so `len` bytes, as the caller promises.
        unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }
    };
    let socket_id = usize::try_from(socket_id).unwrap_or(usize::MAX);
    library.sap_request(socket_id, id, Token(token.addr()), payload);
}

/// The host's functions for the SIM Access Profile as a Rust library uses them.
struct SapHost {
    complete: Complete,
    unsolicited: OnUnsolicitedMulti,
}

impl SapHost {
    /// `None` when a function is missing.
    ///
    /// # Safety
    /// `env` must be NULL or what ril.h says.
    unsafe fn new(env: *const functions::Env) -> Option<Self> {
        if env.is_null() {
            return None;
        }
        // SAFETY: not NULL.
        let (complete, unsolicited) = unsafe { ((*env).on_request_complete, (*env).on_unsolicited_response) };
        // SAFETY: a host of the multi-SIM flavour looks at the socket id, a host of the other one does not.
        let unsolicited = unsafe { std::mem::transmute::<Untyped, OnUnsolicitedMulti>(unsolicited?) };
        Some(Self { complete: complete?, unsolicited })
    }
}

impl SapCallbacks for SapHost {
    fn complete(&self, token: Token, errno: Errno, payload: &[u8]) {
        let data = payload.as_ptr().cast_mut().cast();
        // SAFETY: the host's own token, and bytes that are valid during the call.
        unsafe { (self.complete)(token.0 as *mut c_void, errno.0, data, payload.len()) };
    }

    fn unsolicited(&self, socket_id: usize, id: i32, payload: &[u8]) {
        let socket_id = c_int::try_from(socket_id).unwrap_or(FIRST_SIM);
        // SAFETY: bytes that are valid during the call.
        unsafe { (self.unsolicited)(id, payload.as_ptr().cast(), payload.len(), socket_id) };
    }
}
