//! The library as its rild sees it.

use std::sync::Arc;
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion};
use tracing::{info, warn};
use vendor_shim::guest::{Env, Token, VendorLibrary};
use vendor_shim::init_socket::of_rild;

use crate::args::Args;
use crate::desk::Desk;
use crate::greeting::{self, Greeting};
use crate::thread;

/// The name and version that `getVersion` gives.
const VERSION_STRING: &str = concat!("librilproxy ", env!("CARGO_PKG_VERSION"));

/// `RIL_SOCKET_1`: the SIM that is served.
const FIRST_SIM: usize = 0;

/// libril's socket of that SIM.
const FIRST_SOCKET: &str = "rild";

/// How long `RIL_Init`, and with it the start of the rild, may wait for root to say its version.
const PATIENCE: Duration = Duration::from_secs(1);

/// The vendor library.
#[derive(Debug)]
pub struct RilProxy {
    desk: Arc<Desk>,
    env: Held,
}

/// The host has nothing to show.
struct Held(Env);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Env")
    }
}

impl VendorLibrary for RilProxy {
    /// Of a root that does not say another one in time.
    const VERSION: RilVersion = RilVersion::COMMON;

    fn init(env: Env, args: Vec<String>) -> Result<Self, String> {
        let Args { socket, version, level, is_first } = Args::parse(args)?;
        vendor_shim::log::start("librilproxy", level);
        let greeting = greeting::ask(&socket, PATIENCE);
        let of_root = greeting.map(|greeting| greeting.version);
        let is_known = |version: &RilVersion| (RilVersion::OLDEST_ACCEPTED..=RilVersion::NEWEST).contains(version);
        let reported = version.or(of_root.filter(is_known)).unwrap_or(Self::VERSION);
        match of_root {
            Some(of_root) => info!("root at {} has RIL version {of_root}; reported is {reported}", socket.display()),
            None => warn!("no root at {} yet; the RIL version reported is {reported}", socket.display()),
        }
        // One that is started beside others has one SIM, whatever init has made for those.
        if is_first && of_rild(FIRST_SOCKET).len() > 1 {
            info!("this rild has several SIMs; the first one is served, the others are refused");
            env.report_several_sims();
        }
        env.report_version(reported);
        env.take_parcels_of(of_root.unwrap_or(reported));
        let radio = greeting.map_or(RadioState::UNAVAILABLE, |Greeting { radio, .. }| radio);
        let desk = Desk::new(radio).map_err(|why| format!("cannot create an eventfd: {why}"))?;
        let desk = Arc::new(desk);
        thread::start(socket, Arc::clone(&desk), Arc::clone(&env)).map_err(|why| format!("no thread: {why}"))?;
        Ok(Self { desk, env: Held(env) })
    }

    fn request(&self, socket_id: usize, code: RequestCode, token: Token, payload: &[u8]) {
        let Held(env) = &self.env;
        if socket_id != FIRST_SIM {
            return env.complete(token, Errno::RADIO_NOT_AVAILABLE, &[]);
        }
        if code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            // This is between a rild and its clients; it would not be answered.
            return env.complete(token, Errno::REQUEST_NOT_SUPPORTED, &[]);
        }
        if let Err(why) = self.desk.request(code, token, payload) {
            warn!(%code, "request refused: {why}");
            env.complete(token, Errno::GENERIC_FAILURE, &[]);
        }
    }

    fn radio_state(&self, socket_id: usize) -> RadioState {
        if socket_id == FIRST_SIM {
            self.desk.radio()
        } else {
            self.desk.another_sim_asked();
            RadioState::UNAVAILABLE
        }
    }

    /// Which requests the modem side knows only root can find out.
    fn supports(&self, code: RequestCode) -> bool {
        code.row().is_some()
    }

    fn cancel(&self, token: Token) {
        if self.desk.cancel(token) {
            let Held(env) = &self.env;
            env.complete(token, Errno::CANCELLED, &[]);
        }
    }

    fn version_string(&self) -> &str {
        VERSION_STRING
    }

    fn version_asked(&self) {
        self.desk.version_asked();
    }
}
