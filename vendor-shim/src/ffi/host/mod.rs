//! The one vendor library of this process: what runs it, and what becomes of what it says.
//!
//! ril.h hands no pointer of the host's back to the host, so there is one [`Host`] per process, made once and never
//! freed: a library may call back for as long as the process lives. The request thread is the only one that calls
//! `onRequest` and timed callbacks. Callbacks arrive on any thread, also inside `onRequest`; they convert, append to an
//! outbox and return. No lock is held while the library runs.
//!
//! Reference: `libril/ril.cpp` (`processCommandBuffer`, `RIL_onRequestComplete`, `RIL_onUnsolicitedResponse`).

mod from_library;
mod greeting;
pub(crate) mod request_info;
mod sap;
mod saying;
mod to_library;

use std::ffi::{CStr, c_int, c_void};
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use ril_protocol::dialect::Dialect;
use ril_protocol::{Errno, RequestCode, RilVersion};

use self::sap::{SapRequest, SapSide};
use super::functions::{RadioFunctions, TimedCallback};
use super::pool::{Packed, Pool};
use super::{crash, worth_a_line};
use crate::MOST_SIMS;
use crate::host::HostStats;
use crate::host::lanes::Lane;
use crate::host::outbox::Outbox;
use crate::host::radio::OldRadio;
use crate::host::tokens::{Pending, Tokens};
use crate::host::work::Work;

/// From this version on, clients acknowledge what wakes them.
const ACKNOWLEDGED_SINCE: RilVersion = RilVersion(13);
/// ril.h has no `RIL_E_INVALID_ARGUMENTS` and `RIL_E_NO_RESOURCES` for older libraries' clients.
const DETAILED_ERRORS_SINCE: RilVersion = RilVersion(12);

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

    /// For which SIM the library speaks; `None` if for one that is not configured. One SIM is meant by what no SIM can
    /// be: so it is when a library without socket ids was said to have them.
    fn sim_of(&self, socket_id: c_int) -> Option<usize> {
        if !self.multi_sim {
            return Some(0);
        }
        let sim = usize::try_from(socket_id).unwrap_or(usize::MAX);
        if sim < self.sims.len() {
            return Some(sim);
        }
        let is_none = self.sims.len() == 1 && sim >= MOST_SIMS.into();
        if let Some(count) = worth_a_line(&self.counts.bad_responses) {
            let what = if is_none {
                "gives no socket id; multi_sim says it does"
            } else {
                "speaks for a SIM that is not configured"
            };
            tracing::warn!(socket_id, count, "the vendor library {what}");
        }
        is_none.then_some(0)
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
