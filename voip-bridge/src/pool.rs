//! What the calls of this service ask of the number pool, and what they report to it.
//!
//! It holds no numbers itself and speaks no SIP: the store implements it, and a call only ever sees this trait. A
//! number names its holder for one call at a time; nothing that is answered here may be kept for the next call.

use std::fmt;
use std::future::Future;

use caller_tag::E164;

/// The numbers of this service, whose they are, and the record of their calls.
pub trait Pool: Send + Sync {
    /// Whose number `dialled` is; `None` when it is not of the pool or nobody's.
    fn by_number(&self, dialled: &E164) -> impl Future<Output = Result<Option<Assignment>, StoreError>> + Send;

    /// The phone that calls from the SIM with number `sim` and has dialled `access`, its way to this service.
    fn by_sim(&self, sim: &E164, access: &E164) -> impl Future<Output = Result<Option<Assignment>, StoreError>> + Send;

    /// Whether `number` may place a call out at `now`; if so, it counts as placed. For all bridges together.
    fn may_call(
        &self,
        number: &E164,
        limits: CallsOut,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes down calls as far as they have come, no two with the same id: each time the whole record. For all of them
    /// or, on an error, for none.
    fn log_calls(&self, calls: &[Call]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How many recorded messages of `number` are kept.
    fn voicemails_of(&self, number: &E164) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// Keeps a recorded message; it is durable on return.
    fn store_voicemail(&self, voicemail: &Voicemail) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A number of the pool and the phone that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The phone's own number, which people dial and see.
    pub number: E164,
    /// The number of the SIM that the phone shares.
    pub sim: E164,
    /// The number that the phone's outgoing calls dial to reach this service; its own unless it was given another.
    pub access: E164,
    /// Which of the phones of that SIM: 0 to 9, no two alike.
    pub tag: u8,
    /// The name of the phone, as in the configuration of its device.
    pub phone: String,
    /// What a caller gets when the phone cannot be reached, is busy or does not answer.
    pub unavailable: Unavailable,
}

/// What a caller gets when a phone cannot be reached, is busy or does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// A prompt and a recording.
    Voicemail,
    /// A call to this SIP URI.
    Forward(String),
    /// The cause.
    Reject,
}

/// How many calls out one number may place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallsOut {
    /// In a minute of the clock.
    pub per_minute: u32,
    /// At one time.
    pub at_once: u32,
}

/// One call, as far as it has come.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Chosen by whoever places the call; no two calls have the same.
    pub id: String,
    /// Which bridge carries it, so that a restart of that bridge can end what it has left behind.
    pub bridge: String,
    /// The number of the pool that is called, or that calls.
    pub number: E164,
    /// Whether it comes in to the number or goes out from it.
    pub direction: Direction,
    /// Who calls or is called; `None` when the caller is withheld.
    pub peer: Option<String>,
    /// When it began.
    pub began: Timestamp,
    /// When it was answered, if it was.
    pub answered: Option<Timestamp>,
    /// When it ended, if it has.
    pub ended: Option<Timestamp>,
    /// Why it ended (ITU-T Q.850).
    pub cause: Option<u8>,
}

/// Which way a call or message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To a number of the pool.
    In,
    /// From a number of the pool.
    Out,
}

/// A recorded message.
#[derive(Clone, PartialEq, Eq)]
pub struct Voicemail {
    /// Chosen by whoever records it; no two have the same.
    pub id: String,
    /// The number of the pool for which it is.
    pub number: E164,
    /// Who left it; `None` when the caller is withheld.
    pub peer: Option<String>,
    /// When the recording began.
    pub at: Timestamp,
    /// How long it is.
    pub milliseconds: u32,
    /// The recording: a whole WAV file.
    pub audio: Vec<u8>,
}

/// Seconds since 1970-01-01 00:00 UTC, handed in by whoever reads a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is busy; later it may be different.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database refused, or holds what this program does not understand.
    #[error("the database: {0}")]
    Failed(String),
}

/// Does not show the numbers.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("direction", &self.direction)
            .field("answered", &self.answered.is_some())
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

/// Shows neither the numbers nor the recording.
impl fmt::Debug for Voicemail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voicemail")
            .field("id", &self.id)
            .field("milliseconds", &self.milliseconds)
            .field("bytes", &self.audio.len())
            .finish_non_exhaustive()
    }
}
