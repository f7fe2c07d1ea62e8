//! The rild side of ril.h: loads a vendor library and lets it believe that libril runs it.
//!
//! Made for one event loop: [`Sim::request`] queues and returns, [`Sim::event_fd`] becomes readable when the library
//! has said something about that SIM, [`Sim::drain`] takes it, in whole frames of [`ril_protocol::frame::Message`]. The
//! first frames are what libril tells a client that connects: `RIL_CONNECTED` and the radio state.
//!
//! The library's `onRequest` and timed callbacks run on one thread of their own and may block it; whatever else the
//! library says still comes through. The functions of ril.h carry no pointer of the host's, so a process has one vendor
//! library, once. A host can be dropped, but its library keeps running, unheard, until the process ends.
//!
//! Requests wait in [lanes](Lane) that take turns at the library, one request each. A caller who serves several askers
//! gives each a lane, and none of them can hold up another's request for longer than one of his own takes. Due timed
//! callbacks go first, each once between two requests, then the urgent lane.
//!
//! The SIM Access Profile is started if the configuration wants it and the library has it: [`Sim::sap`]. Its requests
//! share the request thread and wait in a lane of their own.
//!
//! Answers are those of the library, with what libril does to them. The host itself answers
//! * `REQUEST_NOT_SUPPORTED` to a request that ril.h does not have;
//! * `INVALID_ARGUMENTS` to arguments that are not what ril.h says, and `NO_RESOURCES` when 4096 requests wait in the
//!   lane, or 16384 for the library's answer (`GENERIC_FAILURE` for libraries below RIL version 12, whose clients do
//!   not know these);
//! * -1, as libril does, where the library gave a result of an impossible length;
//! * `VOICE_RADIO_TECH` and `CDMA_GET_SUBSCRIPTION_SOURCE` for a library whose radio state is one of the old ones.
//!
//! A library that says `RIL_CONNECTED` itself has the first frames said again, with its version and the state of its
//! radio as they are.
//!
//! Reference: ril.h, `libril/ril.cpp`, `rild/rild.c`.

mod check;
pub(crate) mod lanes;
pub(crate) mod lent;
pub(crate) mod outbox;
pub(crate) mod radio;
pub(crate) mod sap;
pub(crate) mod tokens;
pub(crate) mod work;

use std::io;
use std::num::NonZeroU8;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::time::Duration;

use ril_protocol::dialect::Dialect;
use ril_protocol::{RequestCode, RilVersion};

use crate::ffi::host::Host;
use crate::ffi::{crash, library};
pub use check::RequestCheck;
pub use lanes::Lane;
use outbox::Outbox;
use sap::SapInbox;
pub use sap::SapMessage;

/// How to start a vendor library.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The library, as dlopen takes it: a path, or a bare name that is searched for.
    pub library: PathBuf,
    /// The library's own arguments: `argv[1..]` of `RIL_Init`.
    pub args: Vec<String>,
    /// `argv[0]`.
    pub program: String,
    /// Given to the library as `-c ID` behind its arguments, as AOSP's rild does since Android 5; "0" for the first
    /// rild. `None`: not given, for libraries that do not know the option.
    pub client_id: Option<String>,
    /// Our libril.so, loaded first, for libraries that are linked against it.
    pub libril: Option<PathBuf>,
    /// Which flavour of ril.h the library was compiled with. The library does not tell.
    pub sims: Sims,
    /// Whether the library keeps the arguments of a request and frees them itself, each string, list and struct, with
    /// `free`. ril.h has them end with `onRequest`.
    pub frees_arguments: bool,
    /// What the library calls differently from ril.h.
    pub dialect: Dialect,
    /// Whether to start the library's SIM Access Profile.
    pub sap: bool,
    /// Whether to install handlers that write a line to stderr when the library crashes or calls `exit()`.
    pub report_crashes: bool,
}

/// The flavours of ril.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sims {
    /// Without socket ids: one SIM.
    One,
    /// With `ANDROID_MULTI_SIM`: a socket id with everything, even when there is one SIM only.
    Several(NonZeroU8),
}

impl HostConfig {
    /// A library without arguments, as the first rild would start it.
    pub fn new(library: impl Into<PathBuf>) -> Self {
        Self {
            library: library.into(),
            args: Vec::new(),
            program: "/system/bin/rild".to_owned(),
            client_id: Some("0".to_owned()),
            libril: None,
            sims: Sims::One,
            frees_arguments: false,
            dialect: Dialect::default(),
            sap: false,
            report_crashes: true,
        }
    }
}

/// Why a vendor library could not be started. Code of the library may have run, and may go on running.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A library was started in this process before, or was tried to.
    #[error("this process has loaded a vendor library before; it can have one only, and once")]
    AlreadyStarted,
    /// An argument cannot be given to C.
    #[error("argument {argument:?} of the vendor library has a NUL byte in it")]
    Argument {
        /// The argument.
        argument: String,
    },
    /// More arguments than C can count.
    #[error("too many arguments for the vendor library")]
    TooManyArguments,
    /// The system refused something.
    #[error("cannot {what}: {error}")]
    System {
        /// What was tried.
        what: &'static str,
        /// The system's reason.
        error: io::Error,
    },
    /// dlopen failed.
    #[error("cannot load {path:?}: {reason}")]
    Open {
        /// The library.
        path: PathBuf,
        /// dlerror's text.
        reason: String,
    },
    /// The libril.so that was loaded is not ours, or of another build.
    #[error(
        "{path:?} is not the libril.so of this rild-proxy: its symbol rilproxy_attach is missing or of another version"
    )]
    ForeignLibril {
        /// The library.
        path: PathBuf,
    },
    /// The library is none of a vendor's.
    #[error("{path:?} has no symbol RIL_Init: {reason}")]
    NoInit {
        /// The library.
        path: PathBuf,
        /// dlerror's text.
        reason: String,
    },
    /// The library refused to start.
    #[error("RIL_Init of {path:?} returned NULL: the library refused to start")]
    InitFailed {
        /// The library.
        path: PathBuf,
    },
    /// The library's version is not one that we serve.
    #[error("RIL_Init of {path:?} reports RIL version {version}; versions 6 to 15 are served")]
    Version {
        /// The library.
        path: PathBuf,
        /// What it reports.
        version: RilVersion,
    },
    /// A function that nothing works without is missing.
    #[error("RIL_Init of {path:?} returned a table without {name}")]
    MissingFunction {
        /// The library.
        path: PathBuf,
        /// The function, as ril.h calls it.
        name: &'static str,
    },
}

/// What the library did that it should not have done, and what became of it; all since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostStats {
    /// Completions of requests that had been cancelled: dropped.
    pub late_completions: u64,
    /// Completions of requests that had been answered: dropped.
    pub doubled_completions: u64,
    /// Completions with a token that was never given: dropped.
    pub invented_completions: u64,
    /// Requests that were refused before they reached the library.
    pub bad_requests: u64,
    /// Results that could not be read, answered with -1, and unsolicited messages likewise, dropped.
    pub bad_responses: u64,
    /// Unsolicited messages before the first greeting: dropped, as libril does while nobody is connected.
    pub early_unsolicited: u64,
    /// Unsolicited messages dropped because [`Sim::drain`] was not called.
    pub overflowed_unsolicited: u64,
}

/// A running vendor library.
#[derive(Debug)]
pub struct VendorHost {
    host: &'static Host,
    vendor_version: String,
    sims: Vec<Sim>,
}

/// One SIM of a running vendor library: its requests, and what the library says about it.
#[derive(Clone, Copy, Debug)]
pub struct Sim {
    host: &'static Host,
    index: usize,
    outbox: &'static Outbox,
}

impl VendorHost {
    /// Loads the library and calls its `RIL_Init` on this thread, as rild does on its main thread.
    pub fn start(config: &HostConfig) -> Result<Self, StartError> {
        let host = library::start(config).inspect_err(|_| crash::expect_exit())?;
        let vendor_version = host.vendor_version().unwrap_or_default();
        Ok(Self { host, vendor_version, sims: Sim::all_of(host).collect() })
    }

    /// The RIL version that the library reports.
    pub fn version(&self) -> RilVersion {
        self.host.version()
    }

    /// What the library called itself when it had started (`getVersion`); empty if it did not. It is not asked again:
    /// it may have one lock for everything, and be holding that for as long as one request takes.
    pub fn vendor_version(&self) -> &str {
        &self.vendor_version
    }

    /// How often the library has broken the rules.
    pub fn stats(&self) -> HostStats {
        self.host.stats()
    }

    /// Changes whenever the request thread enters the library or comes back from it, and is odd while it is inside. Who
    /// finds the same odd number for long knows that the library does not return.
    pub fn turn(&self) -> u64 {
        self.host.turn()
    }

    /// A SIM by its index, from 0. The single-SIM flavour of ril.h has the first only.
    pub fn sim(&self, index: usize) -> Option<&Sim> {
        self.sims.get(index)
    }

    /// All SIMs, the first one first.
    pub fn sims(&self) -> impl Iterator<Item = Sim> + use<'_> {
        self.sims.iter().copied()
    }
}

impl Sim {
    /// The SIMs of a host, the first one first.
    pub(crate) fn all_of(host: &'static Host) -> impl Iterator<Item = Self> {
        host.outboxes().enumerate().map(move |(index, outbox)| Self { host, index, outbox })
    }

    /// Its socket id, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Has [`drain`](Self::drain) begin anew with `RIL_CONNECTED` and the radio state, for a client that has connected.
    pub(crate) fn greet(&self) {
        self.host.greet_soon(self.index);
    }

    /// Sends a request to the library when the turn comes to its lane. Never blocks; every request gets one answer with
    /// its serial, unless it is cancelled, the library never answers, or it is `RESPONSE_ACKNOWLEDGEMENT`, which has no
    /// answer and ends here.
    pub fn request(&self, lane: Lane, code: RequestCode, serial: i32, payload: &[u8]) {
        self.host.request(self.index, lane, code, serial, payload);
    }

    /// Gives up every request with this serial: its answer will not come out of [`drain`](Self::drain) any more, unless
    /// it is there already, and if the library has not been asked yet, it will not be. The library's `onCancel` is not
    /// called: no rild has ever done so.
    pub fn cancel(&self, serial: i32) {
        self.host.cancel(self.index, serial);
    }

    /// Gives up the answer to a request that the library was given. One that waits for its turn is carried out.
    pub(crate) fn forget(&self, serial: i32) {
        self.host.forget(self.index, serial);
    }

    /// An eventfd that is readable while [`drain`](Self::drain) has something to give. A daemon that must keep the
    /// system awake while it handles a message adds it to its epoll set with EPOLLWAKEUP.
    pub fn event_fd(&self) -> BorrowedFd<'_> {
        self.outbox.fd()
    }

    /// Waits until there is something to drain, at most this long, without sleeping; true if there is. For a loop that
    /// has just sent one request and expects the answer in a moment.
    pub fn attend(&self, at_most: Duration) -> bool {
        self.outbox.attend(work::now() + at_most)
    }

    /// Its SIM Access Profile; `None` if the configuration does not want it, or the library has none.
    pub fn sap(&self) -> Option<Sap> {
        let inbox = self.host.sap_inbox(self.index)?;
        Some(Sap { host: self.host, index: self.index, inbox })
    }

    /// Takes what the library has said, as whole frames: all of it, and makes the eventfd unreadable; or a quarter of a
    /// MiB, if there is more, and leaves the eventfd readable. The frames are appended; an empty buffer is swapped for
    /// one with the frames in it if that is all, so two buffers serve for ever.
    pub fn drain(&self, into: &mut Vec<u8>) {
        self.outbox.drain(into);
    }
}

/// The SIM Access Profile of one SIM.
#[derive(Clone, Copy, Debug)]
pub struct Sap {
    host: &'static Host,
    index: usize,
    inbox: &'static SapInbox,
}

impl Sap {
    /// Sends a request to the library, in its turn. Never blocks; every request gets one answer with its serial, unless
    /// it is cancelled or the library never answers.
    pub fn request(&self, serial: u32, id: i32, payload: &[u8]) {
        self.host.request_sap(self.index, serial, id, payload);
    }

    /// Gives up the request with this serial, as [`Sim::cancel`] does.
    pub fn cancel(&self, serial: u32) {
        self.host.cancel_sap(self.index, serial);
    }

    /// An eventfd that is readable while [`drain`](Self::drain) has something to give.
    pub fn event_fd(&self) -> BorrowedFd<'static> {
        self.inbox.fd()
    }

    /// Appends what the library has said, and makes the eventfd unreadable.
    pub fn drain(&self, into: &mut Vec<SapMessage>) {
        self.inbox.drain(into);
    }
}

impl Drop for VendorHost {
    /// Stops listening to the library, and expects the process to end.
    fn drop(&mut self) {
        crash::expect_exit();
        for outbox in self.host.outboxes() {
            outbox.close();
        }
    }
}
