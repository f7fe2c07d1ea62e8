//! What the modem wants done: answers, messages, timers. The model only says it; the library and the tests do it.

use std::time::Duration;

use ril_protocol::parcel::{self, Parcel};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RilVersion, UnsolCode};
use ril_sap::MsgId;
use vendor_shim::guest::{Token, Wrong};

use super::Timer;

/// One thing to do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Answer a request.
    Answer(Token, Reply),
    /// Send an unsolicited message.
    Unsolicited(UnsolCode, Vec<u8>),
    /// Send `RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED`; from now on this is the state that a host is told when it asks.
    RadioState(RadioState),
    /// Hand this timer back after the delay.
    After(Duration, Timer),
    /// Answer a request of the SIM Access Profile.
    SapAnswer(Token, Errno, Vec<u8>),
    /// Tell the client of the SIM Access Profile.
    SapTell(MsgId, Vec<u8>),
    /// Die as a crashing vendor library dies.
    Abort,
}

/// An answer: success or the reason of failure, and the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Success, or why not.
    pub errno: Errno,
    /// The result as a parcel. Failures may have one, too: a wrong PIN comes with the tries left.
    pub payload: Vec<u8>,
    /// What is wrong with the way in which it is given.
    pub wrong: Option<Wrong>,
}

impl Reply {
    /// Success without a result.
    pub fn done() -> Self {
        Self { errno: Errno::SUCCESS, payload: Vec::new(), wrong: None }
    }

    /// Success with a result.
    pub fn of<T: Parcel>(result: &T) -> Self {
        Self { payload: parcel::encode(result, VERSION), ..Self::done() }
    }

    /// Failure without a result.
    pub fn error(errno: Errno) -> Self {
        Self { errno, ..Self::done() }
    }

    /// The same result under another errno.
    pub fn with_errno(self, errno: Errno) -> Self {
        Self { errno, ..self }
    }
}

/// What a request comes to: an answer now, or one that the model gives later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answer now.
    Now(Reply),
    /// Answer after this time.
    Later(Duration, Reply),
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Now(reply)
    }
}

/// The RIL version whose layouts the modem speaks, and which it reports unless it is told otherwise. To version 15, no
/// parcel of this modem changes.
pub const VERSION: RilVersion = RilVersion::COMMON;

/// Collects effects while one input is handled.
#[derive(Debug, Default)]
pub struct Effects(Vec<Effect>);

impl Effects {
    /// Takes all effects so far, oldest first.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.0)
    }

    pub(super) fn extend(&mut self, effects: Vec<Effect>) {
        self.0.extend(effects);
    }

    pub(super) fn answer(&mut self, token: Token, reply: Reply) {
        self.0.push(Effect::Answer(token, reply));
    }

    pub(super) fn tell<T: Parcel>(&mut self, code: UnsolCode, particulars: &T) {
        self.0.push(Effect::Unsolicited(code, parcel::encode(particulars, VERSION)));
    }

    pub(super) fn radio_state(&mut self, state: RadioState) {
        self.0.push(Effect::RadioState(state));
    }

    pub(super) fn after(&mut self, delay: Duration, timer: Timer) {
        self.0.push(Effect::After(delay, timer));
    }

    pub(super) fn sap_answer(&mut self, token: Token, errno: Errno, payload: Vec<u8>) {
        self.0.push(Effect::SapAnswer(token, errno, payload));
    }

    pub(super) fn sap_tell(&mut self, id: MsgId, payload: Vec<u8>) {
        self.0.push(Effect::SapTell(id, payload));
    }

    pub(crate) fn abort(&mut self) {
        self.0.push(Effect::Abort);
    }
}
