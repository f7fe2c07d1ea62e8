//! libril.so: the functions that vendor libraries expect to find in a library of that name.
//!
//! Vendor libraries come with an undefined `requestToString`, `RIL_onRequestComplete` or `RIL_requestTimedCallback` and
//! a DT_NEEDED of libril.so. This one does nothing by itself: the host loads it before the vendor library, gives it a
//! table of its own functions by [`rilproxy_attach`], and every call goes there. The helpers that print names, cut
//! records and tell the time work without a host.
//!
//! In a process without a host (a rild that is not ours and found this library instead of its own) it brings one: such
//! a rild starts the event loop, loads its vendor's library itself and registers it, and from then on its clients are
//! served on init's socket ([`vendor_shim::service`]). What keeps it from that is said, and the process ends with
//! status 1, as libril ends it when it finds no socket. What a library calls before that has no effect.
//!
//! Reference: the `extern "C"` functions of `libril/ril.cpp`; `librilutils/record_stream.c`, `librilutils.c`.

#![allow(unsafe_code, reason = "all of this library is called by C")]
#![allow(non_snake_case, reason = "the names are those of libril")]

mod names;
mod record_stream;
mod table;

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int, c_void};
use std::io::Write;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Once, OnceLock};

pub use names::{callStateToString, failCauseToString, radioStateToString, requestToString, rilSocketIdToString};
pub use record_stream::{RecordStream, record_stream_free, record_stream_get_next, record_stream_new};
use table::{ATTACH_VERSION, HostTable, TimedCallback};

/// `MAX_SOCKET_NAME_LENGTH` of ril.h.
const SOCKET_NAME: usize = 6;

/// The host's table, which is never taken back, or NULL.
static HOST: AtomicPtr<HostTable> = AtomicPtr::new(std::ptr::null_mut());

/// Set when the host is this library's own.
static OWN: OnceLock<()> = OnceLock::new();

/// Done when clients are served by this library's own host.
static SERVED: Once = Once::new();

/// Takes the host's functions; -1 if its table is of another version.
///
/// # Safety
/// `host` must be NULL or point to a table that stays valid for the life of the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rilproxy_attach(host: *const c_void) -> c_int {
    let host = host.cast_mut().cast::<HostTable>();
    // SAFETY: as the caller promises; the version comes first in every version.
    if host.is_null() || unsafe { (*host).version } != ATTACH_VERSION {
        return -1;
    }
    HOST.store(host, Ordering::Release);
    0
}

/// `RIL_onRequestComplete`: answers a request.
///
/// # Safety
/// `response` must be NULL or the result, as ril.h defines it, of the request that `token` stands for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RIL_onRequestComplete(token: *mut c_void, errno: c_int, response: *mut c_void, len: usize) {
    if let Some(host) = host("RIL_onRequestComplete") {
        // SAFETY: as the caller promises.
        unsafe { (host.on_request_complete)(token, errno, response, len) };
    }
}

/// `RIL_onRequestAck`: the answer takes a while.
///
/// # Safety
/// None of its own: the host looks the token up and does not follow it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RIL_onRequestAck(token: *mut c_void) {
    if let Some(host) = host("RIL_onRequestAck") {
        // SAFETY: any token will do.
        unsafe { (host.on_request_ack)(token) };
    }
}

/// `RIL_onUnsolicitedResponse`, of both flavours: a caller without socket ids leaves the last argument to chance, and
/// the host, which knows the flavour, does not look at it.
///
/// # Safety
/// `data` must be NULL or the particulars of `code` as ril.h defines them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RIL_onUnsolicitedResponse(code: c_int, data: *const c_void, len: usize, socket_id: c_int) {
    if let Some(host) = host("RIL_onUnsolicitedResponse") {
        // SAFETY: as the caller promises.
        unsafe { (host.on_unsolicited_response)(code, data, len, socket_id) };
    }
}

/// `RIL_requestTimedCallback`: runs `callback` on the thread that calls `onRequest`.
///
/// # Safety
/// `callback` must be callable with `param` on that thread, `relative_time` NULL or a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RIL_requestTimedCallback(
    callback: Option<TimedCallback>,
    param: *mut c_void,
    relative_time: *const libc::timeval,
) {
    if let Some(host) = host("RIL_requestTimedCallback") {
        // SAFETY: as the caller promises.
        unsafe { (host.request_timed_callback)(callback, param, relative_time) };
    }
}

/// `RIL_register`: the vendor library's functions, from libraries that do not leave it to `RIL_Init`.
///
/// # Safety
/// `functions` must be NULL or a `RIL_RadioFunctions`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RIL_register(functions: *const c_void) {
    let host = host_or_own("RIL_register");
    // SAFETY: as the caller promises.
    unsafe { (host.register)(functions) };
    if OWN.get().is_some() {
        // A second registration is ignored, by the host as well.
        SERVED.call_once(|| {
            let served = vendor_shim::service::serve(&rild.text());
            served.unwrap_or_else(|why| exit("RIL_register", &why));
        });
    }
}

/// `RIL_setcallbacks`: other functions instead of those that were registered.
///
/// # Safety
/// `functions` must be NULL or a `RIL_RadioFunctions`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RIL_setcallbacks(functions: *const c_void) {
    if let Some(host) = host("RIL_setcallbacks") {
        // SAFETY: as the caller promises.
        unsafe { (host.set_callbacks)(functions) };
    }
}

/// `RIL_register_socket`: would serve the SIM Access Profile for Bluetooth. In a rild that is not ours it is not
/// served: `init` is not called.
#[unsafe(no_mangle)]
pub extern "C" fn RIL_register_socket(_init: *const c_void, _kind: c_int, _argc: c_int, _argv: *mut *mut c_char) {
    host_or_own("RIL_register_socket");
    say("RIL_register_socket: the SIM Access Profile is not served");
}

/// `RIL_startEventLoop`: the host's runs already, or does so when this returns.
#[unsafe(no_mangle)]
pub extern "C" fn RIL_startEventLoop() {
    host_or_own("RIL_startEventLoop");
}

/// `rild`: the name of the socket, which the rild of AOSP writes. Ours has its names from its configuration.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "the name is that of libril")]
pub static rild: SocketName = SocketName(UnsafeCell::new(socket_name(b"rild")));

/// A NUL-terminated name that C code writes.
#[derive(Debug)]
#[repr(transparent)]
pub struct SocketName(UnsafeCell<[c_char; SOCKET_NAME]>);

// SAFETY: C code writes it before it starts a second thread, as it does with libril's.
unsafe impl Sync for SocketName {}

impl SocketName {
    fn text(&self) -> String {
        // SAFETY: C code that writes it leaves a NUL at its end, and does not write it while it registers.
        unsafe { std::ffi::CStr::from_ptr(self.0.get().cast()) }.to_string_lossy().into_owned()
    }
}

const fn socket_name(text: &[u8]) -> [c_char; SOCKET_NAME] {
    let mut name = [0; SOCKET_NAME];
    let mut at = 0;
    while at < text.len() {
        name[at] = text[at] as c_char;
        at += 1;
    }
    name
}

/// `RIL_setRilSocketName`: kept in [`rild`], cut to its room.
///
/// # Safety
/// `name` must be NULL or a string, and no other thread may look at [`rild`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RIL_setRilSocketName(name: *const c_char) {
    if !name.is_null() {
        // SAFETY: as the caller promises; the last byte stays NUL.
        unsafe { libc::strncpy(rild.0.get().cast(), name, SOCKET_NAME - 1) };
    }
}

/// `ril_nano_time`: nanoseconds of the monotonic clock.
#[unsafe(no_mangle)]
pub extern "C" fn ril_nano_time() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours to write; every Linux has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    (now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64)
}

fn host(function: &str) -> Option<&'static HostTable> {
    static ONCE: Once = Once::new();
    let host = attached();
    if host.is_none() {
        ONCE.call_once(|| say(&format!("{function} has no effect: {TOO_EARLY}")));
    }
    host
}

/// The host, or one that is made for a rild of somebody else's.
fn host_or_own(function: &str) -> &'static HostTable {
    if attached().is_none() {
        OWN.get_or_init(|| {
            vendor_shim::log::start("libril", tracing::level_filters::LevelFilter::INFO);
            let host = vendor_shim::service::start(&rild.text()).unwrap_or_else(|why| exit(function, &why));
            // SAFETY: the table stays valid for the life of the process.
            unsafe { rilproxy_attach(host) };
        });
    }
    attached().unwrap_or_else(|| exit(function, &"libril.so and its host are not of one build"))
}

fn exit(function: &str, why: &dyn std::fmt::Display) -> ! {
    say(&format!("{function}: {why}"));
    std::process::exit(1)
}

fn attached() -> Option<&'static HostTable> {
    // SAFETY: NULL, or a table that stays valid for the life of the process.
    unsafe { HOST.load(Ordering::Acquire).as_ref() }
}

const TOO_EARLY: &str = "no rild-proxy and no rild has started this libril.so of rild-proxy";

fn say(text: &str) {
    // There is nobody to tell of a closed stderr.
    let _unheard = writeln!(std::io::stderr(), "libril.so: {text}");
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::ptr::{null, null_mut};
    use std::sync::Mutex;

    use super::*;

    static CALLS: Mutex<Vec<(&str, usize, i64)>> = Mutex::new(Vec::new());

    fn note(name: &'static str, pointer: usize, number: i64) {
        CALLS.lock().unwrap().push((name, pointer, number));
    }

    unsafe extern "C" fn complete(token: *mut c_void, errno: c_int, _response: *mut c_void, len: usize) {
        note("complete", token.addr() + len, errno.into());
    }

    unsafe extern "C" fn unsolicited(code: c_int, _data: *const c_void, len: usize, socket_id: c_int) {
        note("unsolicited", len, i64::from(code) + i64::from(socket_id));
    }

    unsafe extern "C" fn after(callback: Option<TimedCallback>, param: *mut c_void, time: *const libc::timeval) {
        assert!(callback.is_none() && time.is_null());
        note("after", param.addr(), 0);
    }

    unsafe extern "C" fn ack(token: *mut c_void) {
        note("ack", token.addr(), 0);
    }

    unsafe extern "C" fn register(functions: *const c_void) {
        note("register", functions.addr(), 0);
    }

    unsafe extern "C" fn set_callbacks(functions: *const c_void) {
        note("set_callbacks", functions.addr(), 0);
    }

    static TABLE: HostTable = HostTable {
        version: ATTACH_VERSION,
        on_request_complete: complete,
        on_unsolicited_response: unsolicited,
        request_timed_callback: after,
        on_request_ack: ack,
        register,
        set_callbacks,
    };

    #[test]
    fn every_call_reaches_the_host() {
        let newer = HostTable { version: ATTACH_VERSION + 1, ..TABLE };
        let pointer = |address: usize| address as *mut c_void;
        // SAFETY: the functions above follow no pointer.
        unsafe {
            assert_eq!(rilproxy_attach(null()), -1);
            assert_eq!(rilproxy_attach((&raw const newer).cast()), -1);
            assert_eq!(rilproxy_attach((&raw const TABLE).cast()), 0);
            RIL_onRequestComplete(pointer(100), 2, null_mut(), 3);
            RIL_onUnsolicitedResponse(1000, null(), 4, 1);
            RIL_requestTimedCallback(None, pointer(5), null());
            RIL_onRequestAck(pointer(6));
            RIL_register(pointer(7));
            RIL_setcallbacks(pointer(8));
        }
        RIL_startEventLoop();
        RIL_register_socket(null(), 1, 0, null_mut());
        let calls = [
            ("complete", 103, 2),
            ("unsolicited", 4, 1001),
            ("after", 5, 0),
            ("ack", 6, 0),
            ("register", 7, 0),
            ("set_callbacks", 8, 0),
        ];
        assert_eq!(*CALLS.lock().unwrap(), calls);
    }

    #[test]
    fn a_rild_that_registers_nothing_is_told_so_and_ends() {
        const INSIDE: &str = "LIBRIL_TEST_WITHOUT_HOST";
        if std::env::var_os(INSIDE).is_some() {
            // SAFETY: without a host, nothing is followed.
            unsafe {
                RIL_onRequestAck(null_mut());
                RIL_onRequestComplete(null_mut(), 0, null_mut(), 0);
                RIL_register(null());
            }
            return;
        }
        let mut this = Command::new(std::env::current_exe().unwrap());
        this.args(["tests::a_rild_that_registers_nothing_is_told_so_and_ends", "--exact", "--nocapture"]);
        let output = this.env(INSIDE, "1").output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = stderr.lines().filter(|line| line.starts_with("libril.so: ")).collect();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert_eq!(said.len(), 2, "{stderr}");
        assert!(said[0].contains("RIL_onRequestAck has no effect"), "{stderr}");
        assert!(said[1].contains("RIL_register: no functions of a vendor library"), "{stderr}");
    }

    #[test]
    fn the_socket_name_is_kept_and_cut() {
        // SAFETY: the name is a string, and no other thread looks.
        unsafe {
            assert_eq!(*rild.0.get(), socket_name(b"rild"));
            RIL_setRilSocketName(c"rild2-and-more".as_ptr());
            assert_eq!(*rild.0.get(), socket_name(b"rild2"));
        }
    }

    #[test]
    fn time_goes_on() {
        let first = ril_nano_time();
        assert!(first > 0 && ril_nano_time() >= first);
    }
}
