//! The library side of ril.h for Rust code: implement [`VendorLibrary`], export it, and any rild can load it.
//!
//! Requests arrive and results leave as parcels, so that an implementation needs no C types. Reference: ril.h,
//! `RIL_RadioFunctions` and `RIL_Env`.

use std::sync::Arc;
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};

/// The host's own name for a request (`RIL_Token`); to be given back exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(pub usize);

/// A vendor library. One instance lives as long as the process.
pub trait VendorLibrary: Sized + Send + Sync + 'static {
    /// The RIL version that is reported to the host.
    const VERSION: RilVersion;

    /// `RIL_Init`: `args` are `argv[1..]`, the host's trailing `-c <client id>` included.
    fn init(env: Env, args: Vec<String>) -> Result<Self, String>;

    /// `onRequest`: called by the host on its one request thread. The answer may come later, from any thread.
    fn request(&self, code: RequestCode, token: Token, payload: &[u8]);

    /// `onStateRequest`.
    fn radio_state(&self) -> RadioState;

    /// `supports`.
    fn supports(&self, code: RequestCode) -> bool;

    /// `onCancel`: nobody waits for this answer any more.
    fn cancel(&self, _token: Token) {}

    /// `getVersion`: the library's name and version for people.
    fn version_string(&self) -> &str;
}

/// What the host offers (`RIL_Env`). May be used from any thread.
pub trait Callbacks: Send + Sync {
    /// `OnRequestComplete`: answers a request. `payload` is the result in parcel form.
    fn complete(&self, token: Token, errno: Errno, payload: &[u8]);

    /// `OnUnsolicitedResponse`. `payload` is in parcel form.
    fn unsolicited(&self, code: UnsolCode, payload: &[u8]);

    /// `RequestTimedCallback`: runs `callback` after `delay` on the thread that calls [`VendorLibrary::request`].
    fn after(&self, delay: Duration, callback: Box<dyn FnOnce() + Send>);
}

/// A shared handle to the host.
pub type Env = Arc<dyn Callbacks>;
