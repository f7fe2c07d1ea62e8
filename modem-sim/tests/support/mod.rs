//! A host for the library: records what it is told, and runs timers when it is asked to instead of when it is time.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use modem_sim::SimLibrary;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use vendor_shim::guest::{Callbacks, Token, VendorLibrary, Wrong};

pub(crate) const VERSION: RilVersion = SimLibrary::VERSION;

type Callback = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Record {
    answers: Mutex<HashMap<Token, (Errno, Vec<u8>)>>,
    told: Mutex<Vec<(usize, UnsolCode)>>,
    several_sims: OnceLock<()>,
    states: Mutex<Vec<RadioState>>,
    timers: Mutex<Vec<(Duration, Callback)>>,
    library: OnceLock<Weak<SimLibrary>>,
    version: OnceLock<RilVersion>,
}

impl Callbacks for Record {
    fn complete(&self, token: Token, errno: Errno, payload: &[u8]) {
        let before = self.answers.lock().unwrap().insert(token, (errno, payload.to_vec()));
        assert!(before.is_none(), "answered twice");
    }

    fn acknowledge(&self, _: Token) {}

    fn complete_wrongly(&self, token: Token, errno: Errno, payload: &[u8], _: Wrong) {
        self.complete(token, errno, payload);
    }

    fn unsolicited(&self, socket_id: usize, code: UnsolCode, _: &[u8]) {
        self.told.lock().unwrap().push((socket_id, code));
        if code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED
            && let Some(library) = self.library.get().and_then(Weak::upgrade)
        {
            self.states.lock().unwrap().push(library.radio_state(socket_id));
        }
    }

    fn after(&self, delay: Duration, callback: Callback) {
        self.timers.lock().unwrap().push((delay, callback));
    }

    fn report_version(&self, version: RilVersion) {
        self.version.set(version).unwrap();
    }

    fn report_several_sims(&self) {
        self.several_sims.set(()).unwrap();
    }

    fn sims_of_host(&self) -> Option<u8> {
        None
    }

    fn take_parcels_of(&self, _: RilVersion) {}
}

/// A running library.
pub(crate) struct Host {
    record: Arc<Record>,
    library: Arc<SimLibrary>,
    tokens: Mutex<usize>,
}

impl Host {
    pub(crate) fn start(args: &str) -> Self {
        Self::try_start(args).unwrap()
    }

    pub(crate) fn try_start(args: &str) -> Result<Self, String> {
        let record = Arc::new(Record::default());
        let args = args.split_whitespace().chain(["-c", "0"]).map(str::to_owned).collect();
        let library = Arc::new(SimLibrary::init(record.clone(), args)?);
        let _ = record.library.set(Arc::downgrade(&library));
        Ok(Self { record, library, tokens: Mutex::new(0) })
    }

    /// Asks, and runs timers until the answer is there.
    pub(crate) fn ask(&self, code: RequestCode, payload: &[u8]) -> (Errno, Vec<u8>) {
        self.ask_sim(0, code, payload)
    }

    /// As [`ask`](Self::ask), about the SIM with this socket id.
    pub(crate) fn ask_sim(&self, socket_id: usize, code: RequestCode, payload: &[u8]) -> (Errno, Vec<u8>) {
        let token = {
            let mut tokens = self.tokens.lock().unwrap();
            *tokens += 1;
            Token(*tokens)
        };
        self.library.request(socket_id, code, token, payload);
        loop {
            if let Some(answer) = self.record.answers.lock().unwrap().remove(&token) {
                return answer;
            }
            assert!(self.run_shortest_timer(), "{code} is not answered");
        }
    }

    /// Runs the timers that there are, but not those that they set.
    pub(crate) fn settle(&self) {
        let timers = std::mem::take(&mut *self.record.timers.lock().unwrap());
        timers.into_iter().for_each(|(_, callback)| callback());
    }

    pub(crate) fn told(&self) -> Vec<UnsolCode> {
        self.told_of_sim(0)
    }

    /// What was told about the SIM with this socket id.
    pub(crate) fn told_of_sim(&self, socket_id: usize) -> Vec<UnsolCode> {
        let told = self.record.told.lock().unwrap();
        told.iter().filter(|(of, _)| *of == socket_id).map(|(_, code)| *code).collect()
    }

    /// Whether the library has socket ids.
    pub(crate) fn has_several_sims(&self) -> bool {
        self.record.several_sims.get().is_some()
    }

    /// What was reported instead of [`VERSION`].
    pub(crate) fn version(&self) -> Option<RilVersion> {
        self.record.version.get().copied()
    }

    pub(crate) fn radio_state(&self) -> RadioState {
        self.library.radio_state(0)
    }

    /// What `onStateRequest` gave from within each message of a new radio state.
    pub(crate) fn states_when_told(&self) -> Vec<RadioState> {
        self.record.states.lock().unwrap().clone()
    }

    fn run_shortest_timer(&self) -> bool {
        let callback = {
            let mut timers = self.record.timers.lock().unwrap();
            let shortest = timers.iter().enumerate().min_by_key(|(_, (delay, _))| *delay).map(|(at, _)| at);
            shortest.map(|at| timers.remove(at).1)
        };
        callback.map(|callback| callback()).is_some()
    }
}
