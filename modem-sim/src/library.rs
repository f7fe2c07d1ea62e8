//! The model as a vendor library: requests and timers of the host go in, effects go out to the host.
//!
//! The host calls in on its request thread, the console on threads of its own; a lock makes it one after the other.
//! Effects leave in the order in which the model gave them, and never under that lock: a host that is told of a new
//! radio state asks for the radio state before it returns.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_sap::MsgId;
use vendor_shim::guest::{Env, SapEnv, SapLibrary, Token, VendorLibrary};

use crate::args::Args;
use crate::model::{self, Config, Effect, Effects, Input, Modem, Reply, VERSION};
use crate::scenario::{PlayerId, Report, Scenario, Stage};

/// The name and version that `getVersion` gives.
const VERSION_STRING: &str = concat!("libril-sim ", env!("CARGO_PKG_VERSION"));

/// The simulated modem behind the vendor ABI: as many modems as there are SIMs, which have nothing in common.
pub struct SimLibrary {
    sims: Vec<Arc<Shared>>,
}

/// The modem of one SIM, and the way to its host.
pub(crate) struct Shared {
    env: Env,
    /// Once the host wants the SIM Access Profile.
    sap: OnceLock<SapEnv>,
    socket_id: usize,
    started: Instant,
    stage: Mutex<Stage>,
    outgoing: Mutex<Outgoing>,
    /// What the host is told when it asks; changes when the host is told that it has changed.
    radio: AtomicI32,
}

#[derive(Default)]
struct Outgoing {
    waiting: VecDeque<Effect>,
    /// A thread is handing effects to the host; it will take what others add.
    busy: bool,
}

impl VendorLibrary for SimLibrary {
    const VERSION: RilVersion = VERSION;

    fn init(env: Env, args: Vec<String>) -> Result<Self, String> {
        let Args { config, others, console, control } = Args::parse(args)?;
        env.report_version(config.ril_version);
        let sims = 1 + others.len();
        let of_host = env.sims_of_host();
        if let Some(of_host) = of_host
            && usize::from(of_host.max(1)) != sims
        {
            return Err(format!("--sims is {sims}, and the host has {} ([modem] sims)", of_host.max(1)));
        }
        if sims > 1 || of_host.is_some_and(|of_host| of_host > 0) {
            env.report_several_sims();
        }
        #[allow(clippy::disallowed_methods, reason = "the driver of the model: here the network's clock is set")]
        let unix_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let epoch = i64::try_from(unix_time.as_secs()).unwrap_or(i64::MAX);
        let modems = std::iter::once(config).chain(others).map(|config| Modem::new(Config { epoch, ..config }));
        let sims = modems.enumerate().map(|(socket_id, modem)| Arc::new(Shared::new(env.clone(), socket_id, modem)));
        let sims: Vec<Arc<Shared>> = sims.collect();
        crate::server::start(&sims, console, control.as_deref())?;
        sims.iter().for_each(|sim| sim.handle(Input::Start));
        Ok(Self { sims })
    }

    fn request(&self, socket_id: usize, code: RequestCode, token: Token, payload: &[u8]) {
        if let Some(sim) = self.sims.get(socket_id) {
            sim.handle(Input::Request { code, token, payload });
        } else if let Some(sim) = self.sims.first() {
            sim.env.complete(token, Errno::INVALID_ARGUMENTS, &[]);
        }
    }

    fn radio_state(&self, socket_id: usize) -> RadioState {
        let state = self.sims.get(socket_id).map(|sim| RadioState(sim.radio.load(Ordering::Acquire)));
        state.unwrap_or(RadioState::UNAVAILABLE)
    }

    fn supports(&self, code: RequestCode) -> bool {
        model::supports(code)
    }

    fn version_string(&self) -> &str {
        VERSION_STRING
    }
}

impl SapLibrary for SimLibrary {
    fn sap_init(&self, env: SapEnv) -> Result<(), String> {
        for sim in &self.sims {
            sim.sap.set(Arc::clone(&env)).map_err(|_| "RIL_SAP_Init was called twice".to_owned())?;
        }
        Ok(())
    }

    fn sap_request(&self, socket_id: usize, id: i32, token: Token, payload: &[u8]) {
        let id = MsgId(id);
        if let Some(sim) = self.sims.get(socket_id) {
            sim.handle(Input::Sap { id, token, payload });
        } else if let Some(env) = self.sims.first().and_then(|sim| sim.sap.get()) {
            env.complete(token, Errno(ril_sap::Error::InvalidParameter as i32), &[]);
        }
    }
}

impl Shared {
    #[allow(clippy::disallowed_methods, reason = "the driver of the model: here its time begins")]
    fn new(env: Env, socket_id: usize, modem: Modem) -> Self {
        Self {
            env,
            sap: OnceLock::new(),
            socket_id,
            started: Instant::now(),
            radio: AtomicI32::new(modem.radio().0),
            stage: Mutex::new(Stage::new(modem)),
            outgoing: Mutex::default(),
        }
    }

    fn handle(self: &Arc<Self>, input: Input<'_>) {
        self.with_stage(|stage, now| ((), stage.handle(now, input)));
    }

    /// Does something to the modem from outside of the host, and lets the host know what came of it.
    pub(crate) fn operate<T>(self: &Arc<Self>, act: impl FnOnce(&mut Modem, &mut Effects) -> T) -> T {
        self.with_stage(|stage, now| stage.operate(now, act))
    }

    /// Plays a scenario; what becomes of its steps. The channel closes at its end.
    pub(crate) fn play(self: &Arc<Self>, scenario: Scenario) -> (PlayerId, Receiver<Report>) {
        let (sender, receiver) = channel();
        (self.with_stage(|stage, now| stage.play(now, scenario, sender)), receiver)
    }

    /// Ends a scenario before its end.
    pub(crate) fn stop(self: &Arc<Self>, id: PlayerId) {
        self.with_stage(|stage, _| (stage.stop(id), Vec::new()));
    }

    /// What is seen of the modem from now on, a line each. So many wait for whoever reads them; then the channel
    /// closes.
    pub(crate) fn watch(self: &Arc<Self>, most: usize) -> Receiver<String> {
        let (sender, receiver) = sync_channel(most);
        self.with_stage(|stage, now| (stage.watch(now, sender), Vec::new()));
        receiver
    }

    fn with_stage<T>(self: &Arc<Self>, act: impl FnOnce(&mut Stage, Duration) -> (T, Vec<Effect>)) -> T {
        let (result, alarm) = {
            let mut stage = lock(&self.stage);
            let now = self.started.elapsed();
            let (result, effects) = act(&mut stage, now);
            // Still under the modem's lock, so that no other thread's effects get in between.
            lock(&self.outgoing).waiting.extend(effects);
            (result, stage.take_alarm(now))
        };
        if let Some(delay) = alarm {
            self.set_alarm(delay);
        }
        self.hand_out();
        result
    }

    fn set_alarm(self: &Arc<Self>, delay: Duration) {
        let shared = Arc::clone(self);
        self.env.after(delay, Box::new(move || shared.with_stage(|stage, now| ((), stage.ring(now)))));
    }

    /// Hands waiting effects to the host, unless another thread is at it, or this one further up its stack.
    fn hand_out(self: &Arc<Self>) {
        let mut outgoing = lock(&self.outgoing);
        if std::mem::replace(&mut outgoing.busy, true) {
            return;
        }
        while let Some(effect) = outgoing.waiting.pop_front() {
            drop(outgoing);
            self.carry_out(effect);
            outgoing = lock(&self.outgoing);
        }
        outgoing.busy = false;
    }

    fn carry_out(self: &Arc<Self>, effect: Effect) {
        match effect {
            Effect::Answer(token, Reply { errno, payload, wrong }) => match wrong {
                None => self.env.complete(token, errno, &payload),
                Some(wrong) => self.env.complete_wrongly(token, errno, &payload, wrong),
            },
            Effect::Unsolicited(code, payload) => self.env.unsolicited(self.socket_id, code, &payload),
            Effect::RadioState(state) => {
                self.radio.store(state.0, Ordering::Release);
                let payload = parcel::encode(&state, VERSION);
                self.env.unsolicited(self.socket_id, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &payload);
            }
            Effect::After(delay, timer) => {
                let shared = Arc::clone(self);
                self.env.after(delay, Box::new(move || shared.handle(Input::Timer(timer))));
            }
            Effect::SapAnswer(token, errno, payload) => {
                if let Some(env) = self.sap.get() {
                    env.complete(token, errno, &payload);
                }
            }
            Effect::SapTell(id, payload) => {
                if let Some(env) = self.sap.get() {
                    env.unsolicited(self.socket_id, id.0, &payload);
                }
            }
            Effect::Abort => std::process::abort(),
        }
    }
}

/// A panic elsewhere does not make the modem's state worse than it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
