//! The modem as a pure state machine: inputs and the time go in, effects come out.
//!
//! No thread, no clock, no I/O and no randomness: the same inputs at the same times give the same effects. One struct
//! for each part of a phone's radio; [`Modem`] holds them and is the only place where one part learns of another.

pub mod calls;
pub mod card_changes;
pub mod cdma;
pub mod config;
pub mod counts;
pub mod data;
mod dialling;
pub mod effects;
pub mod emergency;
pub mod faults;
pub mod handset;
pub mod network;
pub mod numbers;
mod outage;
pub mod pace;
mod radio;
pub mod requests;
pub mod sap;
mod service_codes;
pub mod sim_card;
pub mod sms;
pub mod supplementary;
#[cfg(test)]
mod tests;
pub mod toolkit;
pub mod ussd;

use std::collections::BTreeMap;
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::stk::SsResponse;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use ril_sap::MsgId;
use vendor_shim::guest::Token;

pub use self::config::Config;
pub use self::dialling::Offered;
pub use self::effects::{Effect, Effects, Outcome, Reply, VERSION};
pub use self::pace::Pace;

use self::calls::{CallKey, CallStep, Calls};
use self::cdma::Cdma;
use self::counts::Counts;
use self::data::Data;
use self::faults::{Fault, Faults};
use self::handset::Handset;
use self::network::Network;
use self::outage::Silence;
use self::sap::Access;
use self::sim_card::SimCard;
use self::sms::{Incoming, Sms};
use self::supplementary::Supplementary;
use self::toolkit::Toolkit;
use self::ussd::{Message, Ussd};

/// Something that happens to the modem.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// The library is up. Once, before anything else.
    Start,
    /// The host asks for something.
    Request {
        /// What.
        code: RequestCode,
        /// The host's name for it.
        token: Token,
        /// The arguments as a parcel.
        payload: &'a [u8],
    },
    /// A client of the SIM Access Profile asks for something.
    Sap {
        /// What.
        id: MsgId,
        /// The host's name for it.
        token: Token,
        /// The arguments.
        payload: &'a [u8],
    },
    /// The time that an [`Effect::After`] asked for has come.
    Timer(Timer),
}

/// What the modem wants to be told of later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The answer to the request under way with this number.
    Answer(u64, Reply),
    /// The request under way with this number has waited as long as the console has ordered.
    Request(u64, RequestCode, Vec<u8>),
    /// The search for a network with this number is over.
    Registered(u64),
    /// The next thing in the life of a call.
    Call(CallKey, CallStep),
    /// The network delivers a message.
    SmsArrives(Box<Incoming>),
    /// This transmission of a message was not acknowledged, or is to be tried again.
    SmsRetry(u64),
    /// The same of a CDMA message.
    CdmaSmsRetry(u64),
    /// The network answers a USSD string of this session.
    Ussd(u64, Message),
    /// The network answers a service code that was made a service.
    OnSs(Box<SsResponse>),
    /// The card says what it has in mind.
    ToolkitSpeaks,
    /// The user was asked for long enough about the card's call with this number.
    ToolkitCallLapses(u8),
    /// The modem is back after its crash with this number.
    Restarted(u64),
}

/// A simulated modem with its card and its network.
#[derive(Debug)]
pub struct Modem {
    /// What it was made of.
    config: Config,
    now: Duration,
    radio: RadioState,
    crashes: u64,
    /// The radio's state after the present crash.
    comes_back: RadioState,
    silence: Option<Silence>,
    /// Requests that wait for a timer of theirs.
    underway: BTreeMap<u64, Token>,
    numbers: u64,
    /// The card.
    pub sim: SimCard,
    /// Whether a client of the SIM Access Profile has the card.
    pub access: Access,
    /// The network.
    pub network: Network,
    /// Voice calls.
    pub calls: Calls,
    /// Short messages.
    pub sms: Sms,
    /// What only a CDMA modem says.
    pub cdma: Cdma,
    /// Data calls.
    pub data: Data,
    /// USSD.
    pub ussd: Ussd,
    /// The SIM toolkit.
    pub toolkit: Toolkit,
    /// Supplementary services.
    pub services: Supplementary,
    /// Settings without effect.
    pub handset: Handset,
    /// Faults on demand.
    pub faults: Faults,
    /// The requests that have come.
    pub counts: Counts,
}

impl Modem {
    /// A modem that has not been started.
    pub fn new(config: Config) -> Self {
        Self {
            now: Duration::ZERO,
            radio: RadioState::OFF,
            crashes: 0,
            comes_back: RadioState::OFF,
            silence: None,
            underway: BTreeMap::new(),
            numbers: 0,
            sim: SimCard::new(config.sim.clone(), &config.operator, &config.smsc),
            access: Access::default(),
            network: Network::new(config.operator.clone()),
            calls: Calls::new(config.pace, config.far_ends.clone()),
            sms: Sms::new(config.pace, &config.smsc, config.zone),
            cdma: Cdma::new(config.pace),
            data: Data::new(config.data_calls, config.slot),
            ussd: Ussd::default(),
            toolkit: Toolkit::new(config.pace),
            services: Supplementary::default(),
            handset: Handset::default(),
            faults: Faults::default(),
            counts: Counts::default(),
            config,
        }
    }

    /// Takes one input at a time since the start; gives what is to be done.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) -> Vec<Effect> {
        let ((), effects) = self.operate(now, |modem, to| match input {
            Input::Start => modem.start(to),
            Input::Request { code, token, payload } => {
                modem.counts.count(code);
                match &mut modem.silence {
                    Some(silence) => silence.queue(code, token, payload),
                    None => modem.request(code, token, payload, false, to),
                }
            }
            Input::Sap { id, token, payload } => match &mut modem.silence {
                Some(silence) => silence.queue_sap(id, token, payload),
                None => modem.sap_request(id, token, payload, to),
            },
            Input::Timer(timer) => modem.timer(timer, to),
        });
        effects
    }

    /// Does something to the modem from outside of the host: the console's way in.
    pub fn operate<T>(&mut self, now: Duration, act: impl FnOnce(&mut Self, &mut Effects) -> T) -> (T, Vec<Effect>) {
        self.now = self.now.max(now);
        let mut effects = Effects::default();
        let result = act(self, &mut effects);
        let effects = effects.take();
        let effects = match &mut self.silence {
            Some(silence) => silence.keep(effects),
            None => effects,
        };
        (result, effects)
    }

    /// State of the radio.
    pub fn radio(&self) -> RadioState {
        self.radio
    }

    /// Seconds since 1970, by the network's clock.
    pub fn unix_time(&self) -> i64 {
        self.config.epoch.saturating_add(i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX))
    }

    /// What the modem was made of.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The network broadcasts a text on a channel; whether the phone got it. A phone need not be let in to hear it.
    pub fn broadcast(&mut self, channel: u16, text: &str, to: &mut Effects) -> Result<bool, String> {
        self.sms.broadcast.send(channel, text, self.network.is_heard(), to)
    }

    /// The card says the next thing that it has in mind, if there is a card and a host that is ready.
    pub fn let_card_speak(&mut self, to: &mut Effects) {
        self.toolkit.speak(self.sim.is_present(), to);
    }

    /// Delivers waiting short messages if the phone can be reached.
    pub fn pump_sms(&mut self, to: &mut Effects) {
        let reachable = self.radio == RadioState::ON && self.network.voice_now().in_service();
        self.sms.inbox.pump(reachable, &mut self.sim, to);
        self.cdma.pump(reachable, to);
    }

    fn request(&mut self, code: RequestCode, token: Token, payload: &[u8], delayed: bool, to: &mut Effects) {
        let outcome = match self.faults.meet(code, delayed) {
            Fault::None => requests::run(self, code, payload, to),
            Fault::Fail(errno) => Reply::error(errno).into(),
            Fault::Delay(delay) => {
                let number = self.set_underway(token);
                return to.after(delay, Timer::Request(number, code, payload.to_vec()));
            }
            Fault::Hang => return,
        };
        match outcome {
            Outcome::Now(reply) => to.answer(token, self.faults.spoil(code, reply)),
            Outcome::Later(delay, reply) => {
                let reply = self.faults.spoil(code, reply);
                let number = self.set_underway(token);
                to.after(delay, Timer::Answer(number, reply));
            }
        }
    }

    fn set_underway(&mut self, token: Token) -> u64 {
        self.numbers += 1;
        self.underway.insert(self.numbers, token);
        self.numbers
    }

    fn timer(&mut self, timer: Timer, to: &mut Effects) {
        match timer {
            // A number that is gone was answered when the modem restarted.
            Timer::Answer(number, reply) => {
                if let Some(token) = self.underway.remove(&number) {
                    to.answer(token, reply);
                }
            }
            Timer::Request(number, code, payload) => {
                if let Some(token) = self.underway.remove(&number) {
                    self.request(code, token, &payload, true, to);
                }
            }
            Timer::Registered(search) => self.registered(search, to),
            Timer::Call(key, step) => self.calls.step(key, step, to),
            Timer::SmsArrives(message) => {
                self.sms.inbox.arrive(*message);
                self.pump_sms(to);
            }
            Timer::SmsRetry(transmission) => {
                self.sms.inbox.retry(transmission);
                self.pump_sms(to);
            }
            Timer::CdmaSmsRetry(transmission) => {
                self.cdma.retry(transmission);
                self.pump_sms(to);
            }
            Timer::Ussd(session, message) if session == self.ussd.epoch() => ussd::tell(&message, to),
            Timer::Ussd(..) => {}
            Timer::OnSs(response) => to.tell(UnsolCode::ON_SS, &*response),
            Timer::ToolkitSpeaks => self.let_card_speak(to),
            Timer::ToolkitCallLapses(number) => self.toolkit.call_lapses(number, self.sim.is_present(), to),
            Timer::Restarted(crash) => self.restarted(crash, to),
        }
    }
}

/// Whether the modem knows a request at all.
pub fn supports(code: RequestCode) -> bool {
    requests::row(code).is_some()
}

/// What a request without a row comes to.
const UNKNOWN_REQUEST: Errno = Errno::REQUEST_NOT_SUPPORTED;
