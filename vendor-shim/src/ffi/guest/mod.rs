//! The C face of a Rust vendor library: what `RIL_Init` does, and the functions behind the table that it returns.
//!
//! Reference: ril.h, `RIL_Init`, `RIL_RadioFunctions`.

mod sap;

use std::any::Any;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};

use super::convert::{self, CData, ConvertError, Versions};
use super::functions::{
    self, OnRequest, OnRequestMulti, OnStateRequest, OnStateRequestMulti, OnUnsolicitedMulti, RadioFunctions, Untyped,
};
use super::log::{Priority, write_log};
use super::pool::Pool;
use super::worth_a_line;
use crate::guest::{Callbacks, Token, VendorLibrary, Wrong};
pub use sap::sap_init;

/// `RIL_SOCKET_1`: that of a library without socket ids.
const FIRST_SIM: c_int = 0;

/// The host's `struct RIL_Env`, as `RIL_Init` gets it. Only C can make one.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct EnvPointer(*const functions::Env);

/// The argument vector, as `RIL_Init` gets it. Only C can make one.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Argv(*mut *mut c_char);

/// What `RIL_Init` returns: the library's functions, or NULL.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct FunctionsPointer(*const RadioFunctions);

impl FunctionsPointer {
    const REFUSED: Self = Self(std::ptr::null());
}

/// What the host has said of itself before `RIL_Init`: for how many SIMs it has socket ids.
static SIMS_OF_HOST: OnceLock<u8> = OnceLock::new();

/// `rilproxy_sims`: called by what [`export_ril_init!`](crate::export_ril_init) exports only. The first call counts.
pub fn set_sims_of_host(sims: u8) {
    SIMS_OF_HOST.get_or_init(|| sims);
}

/// `RIL_Init` for the library `L`: called by [`export_ril_init!`](crate::export_ril_init) only.
pub fn init<L: VendorLibrary>(env: EnvPointer, argc: c_int, argv: Argv) -> FunctionsPointer {
    // SAFETY: from C, so what ril.h says.
    let arguments = unsafe { arguments(argc, argv.0) };
    // SAFETY: as above.
    let host = unsafe { HostFunctions::new(env.0, L::VERSION) };
    let Some(host) = host.map(Arc::new) else {
        report("RIL_Init was not given the functions of a rild");
        return FunctionsPointer::REFUSED;
    };
    let library = match L::init(host.clone(), arguments) {
        Ok(library) => library,
        Err(reason) => {
            report(&format!("the library refuses to start: {reason}"));
            return FunctionsPointer::REFUSED;
        }
    };
    let version_string = CString::new(library.version_string().replace('\0', " ")).unwrap_or_default();
    let version = host.versions().c;
    let (on_request, on_state_request) = functions_of_flavour(host.has_several_sims());
    let instance = Instance { library: Box::new(library), host, version_string };
    if INSTANCE.set(instance).is_err() {
        report("RIL_Init was called twice");
        return FunctionsPointer::REFUSED;
    }
    let functions = RadioFunctions {
        version: version.0,
        on_request: Some(on_request),
        on_state_request: Some(on_state_request),
        supports: Some(supports),
        on_cancel: Some(on_cancel),
        get_version: Some(get_version),
    };
    FunctionsPointer(Box::into_raw(Box::new(functions)))
}

/// `onRequest` and `onStateRequest`, with socket ids or without.
fn functions_of_flavour(several_sims: bool) -> (Untyped, Untyped) {
    if several_sims {
        // SAFETY: a function pointer kept as another; the host calls it as `OnRequestMulti`.
        let on_request = unsafe { std::mem::transmute::<OnRequestMulti, Untyped>(on_request_multi) };
        // SAFETY: a function pointer kept as another; the host calls it as `OnStateRequestMulti`.
        (on_request, unsafe { std::mem::transmute::<OnStateRequestMulti, Untyped>(on_state_request_multi) })
    } else {
        // SAFETY: a function pointer kept as another; the host calls it as `OnRequest`.
        let on_request = unsafe { std::mem::transmute::<OnRequest, Untyped>(on_request) };
        // SAFETY: a function pointer kept as another; the host calls it as `OnStateRequest`.
        (on_request, unsafe { std::mem::transmute::<OnStateRequest, Untyped>(on_state_request) })
    }
}

/// The one instance of this process.
static INSTANCE: OnceLock<Instance> = OnceLock::new();

struct Instance {
    library: Box<dyn Library>,
    host: Arc<HostFunctions>,
    version_string: CString,
}

/// [`VendorLibrary`] without its type.
trait Library: Send + Sync {
    fn request(&self, socket_id: usize, code: RequestCode, token: Token, payload: &[u8]);
    fn radio_state(&self, socket_id: usize) -> c_int;
    fn supports(&self, code: RequestCode) -> bool;
    fn cancel(&self, token: Token);
    fn version_asked(&self);
    fn as_any(&self) -> &dyn Any;
}

impl<L: VendorLibrary> Library for L {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn request(&self, socket_id: usize, code: RequestCode, token: Token, payload: &[u8]) {
        VendorLibrary::request(self, socket_id, code, token, payload);
    }

    fn radio_state(&self, socket_id: usize) -> c_int {
        VendorLibrary::radio_state(self, socket_id).0
    }

    fn supports(&self, code: RequestCode) -> bool {
        VendorLibrary::supports(self, code)
    }

    fn cancel(&self, token: Token) {
        VendorLibrary::cancel(self, token);
    }

    fn version_asked(&self) {
        VendorLibrary::version_asked(self);
    }
}

/// # Safety
/// As ril.h says: `data` must be NULL or the arguments of `code`.
unsafe extern "C" fn on_request(code: c_int, data: *mut c_void, len: usize, token: *mut c_void) {
    // SAFETY: as the caller promises.
    unsafe { on_request_multi(code, data, len, token, FIRST_SIM) };
}

/// # Safety
/// As ril.h says: `data` must be NULL or the arguments of `code`.
unsafe extern "C" fn on_request_multi(
    code: c_int,
    data: *mut c_void,
    len: usize,
    token: *mut c_void,
    socket_id: c_int,
) {
    let Some(Instance { library, host, .. }) = INSTANCE.get() else { return };
    let (code, token) = (RequestCode(code), Token(token.addr()));
    lock(&host.asked).insert(token, code);
    let mut payload = std::mem::take(&mut *lock(&host.payload));
    payload.clear();
    // SAFETY: as the caller promises.
    match unsafe { convert::request_from_c(code, data, len, host.versions().c, &mut payload) } {
        Ok(()) => library.request(index(socket_id), code, token, &payload),
        Err(ConvertError::NotSupported) => host.complete(token, Errno::REQUEST_NOT_SUPPORTED, &[]),
        Err(error) => {
            tracing::warn!(%code, %error, "the rild gave arguments that cannot be");
            host.complete(token, Errno::GENERIC_FAILURE, &[]);
        }
    }
    *lock(&host.payload) = payload;
}

/// # Safety
/// None.
unsafe extern "C" fn on_state_request() -> c_int {
    // SAFETY: it has no conditions.
    unsafe { on_state_request_multi(FIRST_SIM) }
}

/// # Safety
/// None.
unsafe extern "C" fn on_state_request_multi(socket_id: c_int) -> c_int {
    INSTANCE.get().map_or(RadioState::UNAVAILABLE.0, |instance| instance.library.radio_state(index(socket_id)))
}

/// What is no socket id is one that no library has.
fn index(socket_id: c_int) -> usize {
    usize::try_from(socket_id).unwrap_or(usize::MAX)
}

/// # Safety
/// None.
unsafe extern "C" fn supports(code: c_int) -> c_int {
    INSTANCE.get().is_some_and(|instance| instance.library.supports(RequestCode(code))).into()
}

/// # Safety
/// None: the token is the host's own, and not followed.
unsafe extern "C" fn on_cancel(token: *mut c_void) {
    if let Some(instance) = INSTANCE.get() {
        instance.library.cancel(Token(token.addr()));
    }
}

/// # Safety
/// None.
unsafe extern "C" fn get_version() -> *const c_char {
    let Some(instance) = INSTANCE.get() else { return c"".as_ptr() };
    instance.library.version_asked();
    instance.version_string.as_ptr()
}

type Complete = unsafe extern "C" fn(*mut c_void, c_int, *mut c_void, usize);
type Ack = unsafe extern "C" fn(*mut c_void);
type After = unsafe extern "C" fn(Option<functions::TimedCallback>, *mut c_void, *const libc::timeval);

/// The host's functions as a Rust library uses them.
struct HostFunctions {
    complete: Complete,
    unsolicited: OnUnsolicitedMulti,
    after: After,
    acknowledge: Option<Ack>,
    /// The library has the flavour with socket ids.
    several_sims: AtomicBool,
    /// What is said in C is of this version.
    version: AtomicI32,
    /// The library's parcels are of this version.
    parcels: AtomicI32,
    /// What was asked under each token that is not answered yet: the C form of a result depends on it.
    asked: Mutex<HashMap<Token, RequestCode>>,
    /// The payload of the request before, for its memory.
    payload: Mutex<Vec<u8>>,
    results: Pool,
    /// How many payloads of the library could not be said in C.
    without_form: AtomicU64,
}

impl HostFunctions {
    /// `None` when a function is missing.
    ///
    /// # Safety
    /// `env` must be NULL or what ril.h says, at least as far as Android 6 had it.
    unsafe fn new(env: *const functions::Env, version: RilVersion) -> Option<Self> {
        if env.is_null() {
            return None;
        }
        // SAFETY: not NULL. The fourth function is looked at below, in hosts that have it.
        let (complete, unsolicited, after) =
            unsafe { ((*env).on_request_complete, (*env).on_unsolicited_response, (*env).request_timed_callback) };
        Some(Self {
            complete: complete?,
            // SAFETY: a host of the multi-SIM flavour looks at the socket id, a host of the other one does not.
            unsolicited: unsafe { std::mem::transmute::<Untyped, OnUnsolicitedMulti>(unsolicited?) },
            after: after?,
            // SAFETY: whoever has the function by its name has its place in the struct, too.
            acknowledge: if knows_acknowledgements() { unsafe { (*env).on_request_ack } } else { None },
            several_sims: AtomicBool::new(false),
            version: AtomicI32::new(version.0),
            parcels: AtomicI32::new(version.0),
            asked: Mutex::default(),
            payload: Mutex::default(),
            results: Pool::default(),
            without_form: AtomicU64::default(),
        })
    }

    fn versions(&self) -> Versions {
        let read = |version: &AtomicI32| RilVersion(version.load(Ordering::Acquire));
        Versions { c: read(&self.version), parcel: read(&self.parcels) }
    }

    fn has_several_sims(&self) -> bool {
        self.several_sims.load(Ordering::Acquire)
    }

    /// Answers, with a result whose length is this much less than it is.
    fn answer(&self, token: Token, errno: Errno, payload: &[u8], cut: usize) {
        let Some(code) = lock(&self.asked).remove(&token) else {
            tracing::error!(?token, "a request is answered that is not outstanding; ignored");
            return;
        };
        let mut result = self.results.take();
        let (errno, data) = match convert::response_to_c(code, payload, self.versions(), &mut result.arena) {
            Ok(data) => (errno, data),
            Err(error) => {
                if let Some(count) = worth_a_line(&self.without_form) {
                    tracing::error!(%code, %error, count, "an answer has no C form; the rild is told of a failure");
                }
                let failed = if errno == Errno::SUCCESS { Errno::GENERIC_FAILURE } else { errno };
                (failed, CData::NULL)
            }
        };
        let token = token.0 as *mut c_void;
        // SAFETY: the host's own token, and a result as ril.h has it, valid during the call; or less of it.
        unsafe { (self.complete)(token, errno.0, data.ptr.cast_mut(), data.len.saturating_sub(cut)) };
        self.results.put_back(result);
    }
}

/// Whether this process has a libril of Android 7 or later. The struct of earlier ones ends before `OnRequestAck`, and
/// nothing in it tells so.
fn knows_acknowledgements() -> bool {
    // SAFETY: a symbol is looked up; it is not used.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"RIL_onRequestAck".as_ptr()) };
    !found.is_null()
}

impl Callbacks for HostFunctions {
    fn complete(&self, token: Token, errno: Errno, payload: &[u8]) {
        self.answer(token, errno, payload, 0);
    }

    fn complete_wrongly(&self, token: Token, errno: Errno, payload: &[u8], wrong: Wrong) {
        match wrong {
            Wrong::Cut => self.answer(token, errno, payload, 1),
            Wrong::Twice => {
                self.answer(token, errno, payload, 0);
                // SAFETY: no result. That the host does not know the token any more is what this is for: ril.h makes a
                // token the host's own to check, and AOSP's looks for it in its list.
                unsafe { (self.complete)(token.0 as *mut c_void, errno.0, std::ptr::null_mut(), 0) };
            }
        }
    }

    fn acknowledge(&self, token: Token) {
        if let Some(acknowledge) = self.acknowledge
            && lock(&self.asked).contains_key(&token)
        {
            // SAFETY: the host's own token, which was not completed yet.
            unsafe { acknowledge(token.0 as *mut c_void) };
        }
    }

    fn unsolicited(&self, socket_id: usize, code: UnsolCode, payload: &[u8]) {
        let socket_id = c_int::try_from(socket_id).unwrap_or(c_int::MAX);
        let mut news = self.results.take();
        match convert::unsolicited_to_c(code, payload, self.versions(), &mut news.arena) {
            // SAFETY: particulars as ril.h has them, valid during the call.
            Ok(data) => unsafe { (self.unsolicited)(code.0, data.ptr, data.len, socket_id) },
            Err(error) => {
                if let Some(count) = worth_a_line(&self.without_form) {
                    tracing::error!(%code, %error, count, "an unsolicited message has no C form; dropped");
                }
            }
        }
        self.results.put_back(news);
    }

    fn after(&self, delay: Duration, callback: Box<dyn FnOnce() + Send>) {
        let time = timeval(delay);
        let param = Box::into_raw(Box::new(callback)).cast();
        // SAFETY: `run` takes back what `param` is, once.
        unsafe { (self.after)(Some(run), param, &raw const time) };
    }

    fn report_version(&self, version: RilVersion) {
        if INSTANCE.get().is_none() {
            self.version.store(version.0, Ordering::Release);
            self.parcels.store(version.0, Ordering::Release);
        }
    }

    fn report_several_sims(&self) {
        self.several_sims.store(true, Ordering::Release);
    }

    fn sims_of_host(&self) -> Option<u8> {
        SIMS_OF_HOST.get().copied()
    }

    fn take_parcels_of(&self, version: RilVersion) {
        self.parcels.store(version.0, Ordering::Release);
    }
}

/// A delay that does not fit is as long as can be.
#[allow(clippy::cast_lossless, reason = "the field is 32 bits wide on 32-bit machines; there are a million at most")]
fn timeval(delay: Duration) -> libc::timeval {
    libc::timeval {
        tv_sec: delay.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_usec: delay.subsec_micros() as libc::suseconds_t,
    }
}

/// # Safety
/// `param` must come from [`HostFunctions::after`], and not have been here before.
unsafe extern "C" fn run(param: *mut c_void) {
    // SAFETY: as the caller promises.
    let callback = unsafe { Box::from_raw(param.cast::<Box<dyn FnOnce() + Send>>()) };
    callback();
}

/// `argv[1..]`.
///
/// # Safety
/// `argv` must be NULL or hold `argc` strings.
unsafe fn arguments(argc: c_int, argv: *mut *mut c_char) -> Vec<String> {
    let count = usize::try_from(argc).unwrap_or(0);
    if argv.is_null() {
        return Vec::new();
    }
    // SAFETY: as the caller promises.
    let words = (1..count).map(|place| unsafe { *argv.add(place) }).take_while(|word| !word.is_null());
    // SAFETY: as the caller promises.
    words.map(|word| unsafe { CStr::from_ptr(word) }.to_string_lossy().into_owned()).collect()
}

/// Why the rild gets NULL, for people: there may be no log yet.
fn report(reason: &str) {
    write_log(Priority::Error, "vendor library", reason);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
