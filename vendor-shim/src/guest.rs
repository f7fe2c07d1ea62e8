//! The library side of ril.h for Rust code: implement [`VendorLibrary`], export it, and any rild can load it.
//!
//! Requests arrive and results leave as parcels, so that an implementation needs no C types. Reference: ril.h,
//! `RIL_RadioFunctions` and `RIL_Env`.

use std::sync::Arc;
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};

pub use crate::token::Token;

/// A vendor library. One instance lives as long as the process.
pub trait VendorLibrary: Sized + Send + Sync + 'static {
    /// The RIL version that is reported to the host, unless [`init`](Self::init) chooses another one
    /// ([`Callbacks::report_version`]).
    const VERSION: RilVersion;

    /// `RIL_Init`: `args` are `argv[1..]`, the host's trailing `-c <client id>` included.
    fn init(env: Env, args: Vec<String>) -> Result<Self, String>;

    /// `onRequest`: called by the host on its one request thread. The answer may come later, from any thread. The
    /// socket id, from 0, is that of the SIM that it is about; without [`Callbacks::report_several_sims`] it is always
    /// 0.
    fn request(&self, socket_id: usize, code: RequestCode, token: Token, payload: &[u8]);

    /// `onStateRequest`, of this SIM.
    fn radio_state(&self, socket_id: usize) -> RadioState;

    /// `supports`.
    fn supports(&self, code: RequestCode) -> bool;

    /// `onCancel`: nobody waits for this answer any more.
    fn cancel(&self, _token: Token) {}

    /// The library's name and version for people.
    fn version_string(&self) -> &str;

    /// `getVersion` was called, and answered with [`version_string`](Self::version_string). libril calls it, right
    /// after `onStateRequest`, when a client has connected.
    fn version_asked(&self) {}
}

/// A vendor library that has the SIM Access Profile, too: export it with
/// [`export_ril_sap_init!`](crate::export_ril_sap_init). Payloads are the protocol buffers of AOSP's sap-api.proto.
pub trait SapLibrary: VendorLibrary {
    /// `RIL_SAP_Init`, which a rild calls after `RIL_Init`.
    fn sap_init(&self, env: SapEnv) -> Result<(), String>;

    /// `onRequest` of the profile: called by the host as [`VendorLibrary::request`] is. The token is to be given back
    /// to [`SapCallbacks::complete`].
    fn sap_request(&self, socket_id: usize, id: i32, token: Token, payload: &[u8]);
}

/// What the host offers to the SIM Access Profile. May be used from any thread.
pub trait SapCallbacks: Send + Sync {
    /// `OnRequestComplete`: answers a request.
    fn complete(&self, token: Token, errno: Errno, payload: &[u8]);

    /// `OnUnsolicitedResponse`.
    fn unsolicited(&self, socket_id: usize, id: i32, payload: &[u8]);
}

/// A shared handle to it.
pub type SapEnv = Arc<dyn SapCallbacks>;

/// What ril.h forbids a library to do with an answer, and some do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The result says that it is shorter than it is: by a byte, so that it is no whole number of anything.
    Cut,
    /// The request is answered, and then answered once more without a result.
    Twice,
}

/// What the host offers (`RIL_Env`). May be used from any thread.
pub trait Callbacks: Send + Sync {
    /// `OnRequestComplete`: answers a request. `payload` is the result in parcel form.
    fn complete(&self, token: Token, errno: Errno, payload: &[u8]);

    /// `OnRequestAck`: the answer takes a while. Nothing happens in a host that does not know this function.
    fn acknowledge(&self, token: Token);

    /// Answers as a faulty library does. Only for libraries that are made to try a host.
    fn complete_wrongly(&self, token: Token, errno: Errno, payload: &[u8], wrong: Wrong);

    /// `OnUnsolicitedResponse` about the SIM with this socket id. `payload` is in parcel form.
    fn unsolicited(&self, socket_id: usize, code: UnsolCode, payload: &[u8]);

    /// `RequestTimedCallback`: runs `callback` after `delay` on the thread that calls [`VendorLibrary::request`].
    fn after(&self, delay: Duration, callback: Box<dyn FnOnce() + Send>);

    /// The RIL version that `RIL_Init` will report, in whose layout everything is said in C. To be called before
    /// [`VendorLibrary::init`] returns, and before anything else here; later it has no effect.
    fn report_version(&self, version: RilVersion);

    /// The library has the flavour of ril.h with socket ids (`ANDROID_MULTI_SIM`), as its host must know by its
    /// configuration. To be called before [`VendorLibrary::init`] returns.
    fn report_several_sims(&self);

    /// For how many SIMs the host calls with a socket id, where it is ours and says so: 0 for one that has no socket
    /// ids. By ril.h alone neither side can know, and a call of the other flavour has no socket id, or one that nobody
    /// reads.
    fn sims_of_host(&self) -> Option<u8>;

    /// The version whose parcels [`complete`](Self::complete) and [`unsolicited`](Self::unsolicited) are given from now
    /// on: for a library that relays those of another rild. At first, that of [`report_version`](Self::report_version).
    fn take_parcels_of(&self, version: RilVersion);
}

/// A shared handle to the host.
pub type Env = Arc<dyn Callbacks>;

pub use crate::ffi::guest::{Argv, EnvPointer, FunctionsPointer, init, sap_init, set_sims_of_host};

/// Exports `RIL_Init` for a [`VendorLibrary`], which makes a `cdylib` a vendor library that any rild can load. Beside
/// it is `rilproxy_sims`, by which a host of ours says before it how many SIMs it has.
///
/// A crate that forbids unsafe code has to deny it instead: an exported symbol is an unsafe attribute.
#[macro_export]
macro_rules! export_ril_init {
    ($Library:ty) => {
        /// `RIL_Init` of ril.h.
        #[allow(non_snake_case, reason = "the name is that of ril.h")]
        #[allow(unsafe_code, reason = "a symbol must be exported by its C name")]
        #[unsafe(no_mangle)]
        pub extern "C" fn RIL_Init(
            env: $crate::guest::EnvPointer,
            argc: ::std::ffi::c_int,
            argv: $crate::guest::Argv,
        ) -> $crate::guest::FunctionsPointer {
            $crate::guest::init::<$Library>(env, argc, argv)
        }

        /// What [`Callbacks::sims_of_host`]($crate::guest::Callbacks::sims_of_host) says from now on.
        #[allow(unsafe_code, reason = "as above")]
        #[unsafe(no_mangle)]
        pub extern "C" fn rilproxy_sims(sims: u8) {
            $crate::guest::set_sims_of_host(sims);
        }
    };
}

/// Exports `RIL_SAP_Init` for a [`SapLibrary`], beside [`export_ril_init!`](crate::export_ril_init).
#[macro_export]
macro_rules! export_ril_sap_init {
    ($Library:ty) => {
        /// `RIL_SAP_Init` of ril.h. The arguments are those of `RIL_Init`.
        #[allow(non_snake_case, reason = "the name is that of ril.h")]
        #[allow(unsafe_code, reason = "a symbol must be exported by its C name")]
        #[unsafe(no_mangle)]
        pub extern "C" fn RIL_SAP_Init(
            env: $crate::guest::EnvPointer,
            _argc: ::std::ffi::c_int,
            _argv: $crate::guest::Argv,
        ) -> $crate::guest::FunctionsPointer {
            $crate::guest::sap_init::<$Library>(env)
        }
    };
}
