//! The one vendor library of this process: what runs it, and what becomes of what it says.
//!
//! ril.h hands no pointer of the host's back to the host, so there is one [`Host`] per process, made once and never
//! freed: a library may call back for as long as the process lives. The request thread is the only one that calls
//! `onRequest` and timed callbacks. Callbacks arrive on any thread, also inside `onRequest`; they convert, append to an
//! outbox and return. No lock is held while the library runs.
//!
//! Reference: `libril/ril.cpp` (`processCommandBuffer`, `RIL_onRequestComplete`, `RIL_onUnsolicitedResponse`).

pub(crate) mod request_info;
mod sap;

use std::ffi::{CStr, c_int, c_void};
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ril_protocol::dialect::Dialect;
use ril_protocol::frame::{Message, RESPONSE_LIMIT, Reply, Unsolicited};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};

use self::request_info::Behind;
use self::sap::{SapRequest, SapSide};
use super::convert::{ConvertError, dialect as convert};
use super::functions::{OnRequest, OnRequestMulti, OnStateRequest, OnStateRequestMulti, RadioFunctions, TimedCallback};
use super::pool::{Packed, Pool};
use super::{boot_milliseconds, crash, worth_a_line};
use crate::host::HostStats;
use crate::host::lanes::Lane;
use crate::host::outbox::{Outbox, Worth};
use crate::host::radio::{self, OldRadio};
use crate::host::tokens::{Pending, Stray, Tokens};
use crate::host::work::{Task, Work};
use crate::token::Token;

/// `RIL_ERRNO_INVALID_RESPONSE` of libril: the library gave a result of an impossible length.
const INVALID_RESPONSE: Errno = Errno(-1);
/// From this version on, clients acknowledge what wakes them.
const ACKNOWLEDGED_SINCE: RilVersion = RilVersion(13);
/// ril.h has no `RIL_E_INVALID_ARGUMENTS` and `RIL_E_NO_RESOURCES` for older libraries' clients.
const DETAILED_ERRORS_SINCE: RilVersion = RilVersion(12);

/// As many requests may wait in one lane for the library to take them.
const MOST_WAITING: usize = 4096;

static HOST: OnceLock<Host> = OnceLock::new();

/// The host of this process's vendor library.
pub(crate) struct Host {
    sims: Vec<Sim>,
    multi_sim: bool,
    dialect: Dialect,
    /// There is a client from the start.
    greets_at_once: bool,
    /// NULL until the library has registered; a leaked copy of its functions from then on.
    functions: AtomicPtr<RadioFunctions>,
    work: Work<Job, TimedCall>,
    tokens: Mutex<Tokens<Pending>>,
    arguments: Pool,
    sap: OnceLock<SapSide>,
    counts: Counts,
    /// How often the request thread has entered the library or come back. Odd while it is inside.
    turns: AtomicU64,
}

struct Sim {
    outbox: Outbox,
    old_radio: Mutex<OldRadio>,
    /// Somebody has been greeted. To a client that is greeted later, nothing before that was said.
    greeted: AtomicBool,
}

#[derive(Default)]
struct Counts {
    late: AtomicU64,
    doubled: AtomicU64,
    invented: AtomicU64,
    bad_requests: AtomicU64,
    bad_responses: AtomicU64,
    early: AtomicU64,
    overflowed: AtomicU64,
    /// Greetings of the library's own.
    greeted: AtomicU64,
}

/// What the request thread is asked to do.
enum Job {
    /// Call `onRequest`.
    Request { sim: usize, serial: i32, code: RequestCode, arguments: Packed },
    /// Say what libril says to a client that connects.
    Greet { sim: usize },
    /// Call `onRequest` of the SIM Access Profile.
    Sap(SapRequest),
}

/// A timed callback that the library asked for.
struct TimedCall {
    callback: TimedCallback,
    param: *mut c_void,
}

// SAFETY: `RequestTimedCallback` is for handing `param` from any thread to the request thread.
unsafe impl Send for TimedCall {}

/// The host, once it has been made.
pub(crate) fn current() -> Option<&'static Host> {
    HOST.get()
}

impl Host {
    /// Makes the host of this process with one eventfd per SIM; `None` if there is one already.
    /// Whoever registers is greeted at once, or when [`greet_soon`](Self::greet_soon) says so.
    pub(crate) fn install(
        eventfds: Vec<File>,
        multi_sim: bool,
        frees_arguments: bool,
        dialect: Dialect,
        greets_at_once: bool,
    ) -> Option<&'static Self> {
        let sims = eventfds.into_iter().map(|fd| Sim {
            outbox: Outbox::new(fd),
            old_radio: Mutex::default(),
            greeted: AtomicBool::new(false),
        });
        let host = Self {
            sims: sims.collect(),
            multi_sim,
            dialect,
            greets_at_once,
            functions: AtomicPtr::new(std::ptr::null_mut()),
            work: Work::new(),
            tokens: Mutex::default(),
            arguments: Pool::new(frees_arguments),
            sap: OnceLock::new(),
            counts: Counts::default(),
            turns: AtomicU64::new(0),
        };
        HOST.set(host).ok().and_then(|()| HOST.get())
    }

    /// The outbox of each SIM.
    pub(crate) fn outboxes(&self) -> impl Iterator<Item = &Outbox> {
        self.sims.iter().map(|sim| &sim.outbox)
    }

    pub(crate) fn stats(&self) -> HostStats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        HostStats {
            late_completions: read(&self.counts.late),
            doubled_completions: read(&self.counts.doubled),
            invented_completions: read(&self.counts.invented),
            bad_requests: read(&self.counts.bad_requests),
            bad_responses: read(&self.counts.bad_responses),
            early_unsolicited: read(&self.counts.early),
            overflowed_unsolicited: read(&self.counts.overflowed),
        }
    }

    /// See [`VendorHost::turn`](crate::host::VendorHost::turn).
    pub(crate) fn turn(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// The request thread, which alone calls this, is about to enter the library.
    fn enter_library(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// The library has returned to the request thread.
    fn leave_library(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
        crash::library_returned();
    }

    // ---- registration ----

    /// Takes the library's functions, unless it has registered before: the first registration counts, as in libril.
    pub(crate) fn register(&self, functions: RadioFunctions) -> bool {
        let copy = Box::into_raw(Box::new(functions));
        let old = self.functions.compare_exchange(std::ptr::null_mut(), copy, Ordering::AcqRel, Ordering::Acquire);
        if old.is_err() {
            // SAFETY: the copy was made above and given to nobody.
            drop(unsafe { Box::from_raw(copy) });
            return false;
        }
        if self.greets_at_once {
            (0..self.sims.len()).for_each(|sim| self.greet_soon(sim));
        }
        true
    }

    /// Has a new client of a SIM greeted in its turn.
    pub(crate) fn greet_soon(&self, sim: usize) {
        // Few greetings wait at a time, so there is room.
        let _room = self.work.push(Lane::Urgent, Job::Greet { sim }, usize::MAX);
    }

    /// Exchanges the functions of a library that has registered (`RIL_setcallbacks`). The old copy is leaked: it may be
    /// in use.
    pub(crate) fn replace(&self, functions: RadioFunctions) {
        if self.functions().is_some() {
            self.functions.store(Box::into_raw(Box::new(functions)), Ordering::Release);
        }
    }

    /// The library's functions, once it has registered.
    pub(crate) fn functions(&self) -> Option<&'static RadioFunctions> {
        // SAFETY: NULL, or a copy that is never freed.
        unsafe { self.functions.load(Ordering::Acquire).as_ref() }
    }

    /// The version that the library reported; the common one until then, which nothing depends on.
    pub(crate) fn version(&self) -> RilVersion {
        self.functions().map_or(RilVersion::COMMON, |functions| RilVersion(functions.version))
    }

    /// `getVersion`, if the library has one.
    pub(crate) fn vendor_version(&self) -> Option<String> {
        let get_version = self.functions()?.get_version?;
        // SAFETY: ril.h has it callable from any thread once the library has registered.
        let text = unsafe { get_version() };
        if text.is_null() {
            return None;
        }
        // SAFETY: not NULL, so a string that the library keeps.
        Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    }

    // ---- towards the library ----

    /// Queues a request, or answers it at once when it can never reach the library.
    pub(crate) fn request(&self, sim: usize, lane: Lane, code: RequestCode, serial: i32, payload: &[u8]) {
        if code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        let mut arguments = self.arguments.take();
        match convert::request_to_c(&self.dialect, code, payload, self.version(), &mut arguments.arena) {
            Ok(data) => {
                arguments.data = data;
                let job = Job::Request { sim, serial, code, arguments };
                if self.work.push(lane, job, MOST_WAITING).is_err() {
                    self.reply(sim, serial, self.detailed(Errno::NO_RESOURCES));
                }
            }
            Err(error) => {
                let errno = match error {
                    ConvertError::NotSupported => Errno::REQUEST_NOT_SUPPORTED,
                    _ => invalid_arguments(self.version()),
                };
                if let Some(count) = worth_a_line(&self.counts.bad_requests) {
                    tracing::warn!(%code, %error, count, "request refused before it reached the vendor library");
                }
                self.reply(sim, serial, errno);
                self.arguments.put_back(arguments);
            }
        }
    }

    /// Gives up the requests with this serial.
    pub(crate) fn cancel(&self, sim: usize, serial: i32) {
        let wanted = |job: &Job| matches!(job, Job::Request { sim: s, serial: n, .. } if *s == sim && *n == serial);
        while let Some(job) = self.work.withdraw(wanted) {
            if let Job::Request { arguments, .. } = job {
                self.arguments.put_back(arguments);
            }
        }
        self.forget(sim, serial);
    }

    /// Gives up the answers to the requests with this serial that the library was given.
    pub(crate) fn forget(&self, sim: usize, serial: i32) {
        lock(&self.tokens).give_up(|request| request.sim == sim && request.serial == serial);
    }

    /// The request thread: runs everything that the library expects on one thread. Never returns.
    pub(crate) fn run(&'static self) {
        crash::give_this_thread_a_stack();
        crash::this_is_the_request_thread();
        loop {
            match self.work.next() {
                Task::Job(Job::Request { sim, serial, code, mut arguments }) => {
                    self.hand_over(sim, serial, code, &mut arguments);
                    self.arguments.put_back(arguments);
                }
                Task::Job(Job::Greet { sim }) => self.greet(sim),
                Task::Job(Job::Sap(request)) => self.hand_over_sap(request),
                Task::Timer(TimedCall { callback, param }) => {
                    crash::timed_callback_begins();
                    self.enter_library();
                    // SAFETY: the library asked for just this call.
                    unsafe { callback(param) };
                    self.leave_library();
                }
            }
        }
    }

    fn hand_over(&self, sim: usize, serial: i32, code: RequestCode, arguments: &mut Packed) {
        let Some(functions) = self.functions() else { return self.reply(sim, serial, Errno::RADIO_NOT_AVAILABLE) };
        let asks_old_radio = matches!(code, RequestCode::VOICE_RADIO_TECH | RequestCode::CDMA_GET_SUBSCRIPTION_SOURCE);
        if asks_old_radio && self.answered_for_old_radio(sim, serial, code, functions) {
            return;
        }
        let Some(on_request) = functions.on_request else {
            return self.reply(sim, serial, Errno::REQUEST_NOT_SUPPORTED);
        };
        let (pending, behind) = (Pending { sim, serial, code, acked: false }, Behind { serial, number: code.0, sim });
        let Some(token) = lock(&self.tokens).issue(pending, behind) else {
            return self.reply(sim, serial, self.detailed(Errno::NO_RESOURCES));
        };
        let data = arguments.data;
        // A library that frees them may do so at any time from now on.
        arguments.arena.give_away();
        let data_ptr = data.ptr.cast_mut();
        let token = std::ptr::with_exposed_provenance_mut(token.0);
        crash::request_begins(code);
        self.enter_library();
        if self.multi_sim {
            // SAFETY: the configuration says that this library has the flavour with a socket id.
            let on_request: OnRequestMulti = unsafe { std::mem::transmute(on_request) };
            // SAFETY: `data` is what ril.h says for this code and stays valid until the caller takes its arena back.
            unsafe { on_request(code.0, data_ptr, data.len, token, socket_id(sim)) };
        } else {
            // SAFETY: the configuration says that this library has the flavour without a socket id.
            let on_request: OnRequest = unsafe { std::mem::transmute(on_request) };
            // SAFETY: as above.
            unsafe { on_request(code.0, data_ptr, data.len, token) };
        }
        self.leave_library();
    }

    /// Answers for libraries from before these two requests existed, as libril does: whoever knows the state `ON`
    /// answers for himself.
    fn answered_for_old_radio(&self, sim: usize, serial: i32, code: RequestCode, functions: &RadioFunctions) -> bool {
        crash::state_request_begins();
        self.enter_library();
        let state = self.radio_state(functions, sim);
        self.leave_library();
        let value = match state {
            RadioState::ON => return false,
            RadioState::OFF | RadioState::UNAVAILABLE => {
                self.reply(sim, serial, Errno::RADIO_NOT_AVAILABLE);
                return true;
            }
            _ if code == RequestCode::VOICE_RADIO_TECH => radio::voice_technology(state),
            _ => radio::subscription_source(state),
        };
        match value {
            None => self.reply(sim, serial, Errno::GENERIC_FAILURE),
            Some(value) => self.say(sim, Worth::Answer, |out| {
                Reply::new(serial, Errno::SUCCESS, &one_int(value)).put(out);
            }),
        }
        true
    }

    fn radio_state(&self, functions: &RadioFunctions, sim: usize) -> RadioState {
        let Some(on_state_request) = functions.on_state_request else { return RadioState::UNAVAILABLE };
        let state = if self.multi_sim {
            // SAFETY: the configuration says that this library has the flavour with a socket id.
            let on_state_request: OnStateRequestMulti = unsafe { std::mem::transmute(on_state_request) };
            // SAFETY: ril.h lets it be called from any thread.
            unsafe { on_state_request(socket_id(sim)) }
        } else {
            // SAFETY: the configuration says that this library has the flavour without a socket id.
            let on_state_request: OnStateRequest = unsafe { std::mem::transmute(on_state_request) };
            // SAFETY: as above.
            unsafe { on_state_request() }
        };
        RadioState(state)
    }

    // ---- from the library ----

    /// `OnRequestComplete`.
    ///
    /// # Safety
    /// `response` must be NULL or the result, as ril.h defines it, of the request that `token` stands for.
    pub(super) unsafe fn complete(&self, token: Token, errno: Errno, response: *const c_void, len: usize) {
        let request = match lock(&self.tokens).complete(token) {
            Ok(request) => request,
            Err(stray) => return self.note_stray(stray, "OnRequestComplete"),
        };
        let version = self.version();
        let wants_ack = request.acked && version >= ACKNOWLEDGED_SINCE;
        let head = Message::Reply(Reply { serial: request.serial, errno, payload: &[], wants_ack });
        self.say(request.sim, Worth::Answer, |out| {
            let fill = |out: &mut Vec<u8>| {
                // SAFETY: as the caller promises.
                unsafe { convert::response_from_c(&self.dialect, request.code, response, len, version, out) }
            };
            if let Err(error) = put_filled(out, &head, fill) {
                self.note_bad_response(&request.code, &error);
                Reply { serial: request.serial, errno: INVALID_RESPONSE, payload: &[], wants_ack }.put(out);
            }
        });
    }

    /// `OnRequestAck`.
    pub(super) fn acknowledge(&self, token: Token) {
        match lock(&self.tokens).acknowledge(token) {
            Ok(Pending { sim, serial, .. }) => self.say(sim, Worth::Answer, |out| Message::Ack { serial }.put(out)),
            Err(stray) => self.note_stray(stray, "OnRequestAck"),
        }
    }

    /// `OnUnsolicitedResponse`.
    ///
    /// # Safety
    /// `data` must be NULL or the particulars of `code` as ril.h defines them.
    pub(super) unsafe fn unsolicited(&self, socket_id: c_int, code: UnsolCode, data: *const c_void, len: usize) {
        let Some(functions) = self.functions() else { return self.note_early(code) };
        let sim = if self.multi_sim { usize::try_from(socket_id).unwrap_or(usize::MAX) } else { 0 };
        if sim >= self.sims.len() {
            if let Some(count) = worth_a_line(&self.counts.bad_responses) {
                tracing::warn!(socket_id, count, "the vendor library speaks for a SIM that is not configured");
            }
            return;
        }
        // From a thread of the library's own, between its registration and the greeting.
        if self.greets_at_once && !self.sims.get(sim).is_some_and(|sim| sim.greeted.load(Ordering::Acquire)) {
            return self.note_early(code);
        }
        if self.dialect.unsolicited_named(code) == UnsolCode::RIL_CONNECTED {
            if let Some(count) = worth_a_line(&self.counts.greeted) {
                tracing::info!(count, "the vendor library says RIL_CONNECTED itself: whoever listens is greeted anew");
            }
            return self.greet_with(functions, sim);
        }
        let state = (code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED).then(|| self.new_radio_state(functions, sim));
        let arrived = (code == UnsolCode::NITZ_TIME_RECEIVED).then(boot_milliseconds);
        self.tell(sim, code, |out| {
            // SAFETY: as the caller promises.
            unsafe { convert::unsolicited_from_c(&self.dialect, code, data, len, self.version(), out) }?;
            if let Some(state) = state {
                out.extend_from_slice(&state.0.to_ne_bytes());
            }
            if let Some(arrived) = arrived {
                out.extend_from_slice(&arrived.to_ne_bytes());
            }
            Ok(())
        });
    }

    /// `RequestTimedCallback`.
    pub(super) fn after(&self, delay: Duration, callback: TimedCallback, param: *mut c_void) {
        self.work.after(delay, TimedCall { callback, param });
    }

    /// The library said something that nobody could hear yet.
    fn note_early(&self, code: UnsolCode) {
        if let Some(count) = worth_a_line(&self.counts.early) {
            tracing::info!(%code, count, "unsolicited message before the first greeting dropped");
        }
    }

    /// Asks for the radio state, sends what older libraries leave to libril, and gives the state as clients see it.
    fn new_radio_state(&self, functions: &RadioFunctions, sim: usize) -> RadioState {
        let state = self.radio_state(functions, sim);
        let Some(radio) = self.sims.get(sim).map(|sim| &sim.old_radio) else { return state };
        let changes = lock(radio).changed(state);
        if let Some(technology) = changes.technology {
            self.tell_int(sim, UnsolCode::VOICE_RADIO_TECH_CHANGED, technology);
        }
        if let Some(source) = changes.source {
            self.tell_int(sim, UnsolCode::CDMA_SUBSCRIPTION_SOURCE_CHANGED, source);
        }
        if changes.sim {
            self.tell(sim, UnsolCode::RESPONSE_SIM_STATUS_CHANGED, |_| Ok(()));
        }
        radio::shown(state)
    }

    /// What libril says to a client that connects (`onNewCommandConnect`). On the request thread.
    fn greet(&self, sim: usize) {
        let Some(functions) = self.functions() else { return };
        crash::state_request_begins();
        self.enter_library();
        self.greet_with(functions, sim);
        self.leave_library();
        // libril asks for every client, and a library may tell by it that one has come.
        crash::version_request_begins();
        self.enter_library();
        let version = self.vendor_version().unwrap_or_default();
        self.leave_library();
        tracing::debug!("the vendor library is {version:?}");
    }

    /// Says the version and the state of the radio; also for a library that says `RIL_CONNECTED` itself. To libril that
    /// is a message like any other, and to a client the word that its rild began anew, behind which the state of the
    /// radio comes. So the library has its effect, and neither the state nor the version, in which all else is said, is
    /// left to it.
    fn greet_with(&self, functions: &RadioFunctions, sim: usize) {
        self.tell_int(sim, UnsolCode::RIL_CONNECTED, functions.version);
        if let Some(sim) = self.sims.get(sim) {
            // Before the state is asked for: a change of it that comes now is not lost.
            sim.greeted.store(true, Ordering::Release);
        }
        let state = self.new_radio_state(functions, sim);
        self.tell(sim, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, |out| {
            out.extend_from_slice(&state.0.to_ne_bytes());
            Ok(())
        });
    }

    // ---- into the outbox ----

    /// Sends an unsolicited message whose payload `fill` appends.
    fn tell(&self, sim: usize, code: UnsolCode, fill: impl FnOnce(&mut Vec<u8>) -> Result<(), ConvertError>) {
        let wakes = self.dialect.unsolicited_named(code).row().is_none_or(|row| row.wakes);
        let wants_ack = wakes && self.version() >= ACKNOWLEDGED_SINCE;
        let worth = if wakes { Worth::Unsolicited } else { Worth::Quiet };
        let head = Message::Unsolicited(Unsolicited { code, payload: &[], wants_ack });
        self.say(sim, worth, |out| {
            if let Err(error) = put_filled(out, &head, fill) {
                self.note_bad_response(&code, &error);
            }
        });
    }

    fn tell_int(&self, sim: usize, code: UnsolCode, value: i32) {
        self.tell(sim, code, |out| {
            out.extend_from_slice(&one_int(value));
            Ok(())
        });
    }

    /// An answer without a payload.
    fn reply(&self, sim: usize, serial: i32, errno: Errno) {
        self.say(sim, Worth::Answer, |out| Reply::new(serial, errno, &[]).put(out));
    }

    fn say(&self, sim: usize, worth: Worth, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(Sim { outbox, .. }) = self.sims.get(sim) else { return };
        if !outbox.put(worth, write)
            && let Some(count) = worth_a_line(&self.counts.overflowed)
        {
            tracing::warn!(count, "unsolicited message dropped: nobody takes them");
        }
    }

    fn note_stray(&self, stray: Stray, function: &str) {
        let (count, what) = match stray {
            Stray::Late => (&self.counts.late, "a request that was given up"),
            Stray::Doubled => (&self.counts.doubled, "a request that was answered before"),
            Stray::Invented => (&self.counts.invented, "a token that was never given"),
        };
        if let Some(count) = worth_a_line(count) {
            tracing::warn!(count, "vendor library called {function} for {what}: dropped");
        }
    }

    fn note_bad_response(&self, code: &dyn std::fmt::Display, error: &ConvertError) {
        if let Some(count) = worth_a_line(&self.counts.bad_responses) {
            tracing::warn!(%code, %error, count, "the vendor library gave data that cannot be");
        }
    }

    // ---- small things ----

    fn detailed(&self, errno: Errno) -> Errno {
        detailed(errno, self.version())
    }
}

/// What the clients of a library of this version know of this error.
fn detailed(errno: Errno, version: RilVersion) -> Errno {
    if version >= DETAILED_ERRORS_SINCE { errno } else { Errno::GENERIC_FAILURE }
}

/// The error that arguments have which are not what ril.h says.
pub(crate) fn invalid_arguments(version: RilVersion) -> Errno {
    detailed(Errno::INVALID_ARGUMENTS, version)
}

/// Appends a frame: `head`, whose payload is empty, and the payload that `fill` appends. Nothing is left behind when
/// that fails.
fn put_filled(
    out: &mut Vec<u8>,
    head: &Message<'_>,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), ConvertError>,
) -> Result<(), ConvertError> {
    let start = out.len();
    head.put(out);
    let result = fill(out);
    let body = out.len() - start - 4;
    let result = result.and(if body <= RESPONSE_LIMIT { Ok(()) } else { Err(too_long(body)) });
    match u32::try_from(body) {
        Ok(length) if result.is_ok() => out[start..start + 4].copy_from_slice(&length.to_be_bytes()),
        _ => out.truncate(start),
    }
    result
}

fn too_long(body: usize) -> ConvertError {
    ConvertError::Length { what: "the longest frame", got: body, size: RESPONSE_LIMIT }
}

fn one_int(value: i32) -> [u8; 8] {
    let mut payload = [0; 8];
    payload[..4].copy_from_slice(&1_i32.to_ne_bytes());
    payload[4..].copy_from_slice(&value.to_ne_bytes());
    payload
}

fn socket_id(sim: usize) -> c_int {
    c_int::try_from(sim).unwrap_or(c_int::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("functions", &self.functions()).finish_non_exhaustive()
    }
}
