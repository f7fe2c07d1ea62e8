//! Outgoing calls by way of the number service, of phones that are seen as a number of their own.
//!
//! The modem calls the phone's access number, the service calls whom the phone dialled, and the phone sees its own call
//! to them: their number, and that it rings until they answer. Whom it dialled, the service is told over its link
//! before the call if it can be (`intents`), or else by tones when it has answered (`tones`). `route` says which calls
//! go this way.
//!
//! It never lets the service, or a half-heard number, decide whom a phone calls: only the access number of the
//! configuration is dialled, tones are sent once and in full or the call is ended, and an intent that may still be at
//! the service while its call is over keeps the phone's next number from being taken for it.
//!
//! Reference: ril.h, RIL_REQUEST_DIAL and RIL_REQUEST_DTMF; `caller_tag::Target` for the tones; `caller_tag::link`.

mod intents;
mod route;
mod tones;

use caller_tag::Target;
use caller_tag::cause::Cause;
use ril_protocol::payload::call::{Call, CallState, Presentation, TOA_INTERNATIONAL, TOA_UNKNOWN};

use super::Voice;
use super::dialling::Dialled;
use super::owned::OwnedCall;
use crate::router::Now;

pub(super) use intents::Intents;
pub(in crate::router) use route::Access;
pub(super) use route::Route;
pub(super) use tones::HeldTones;

/// What makes a call one by way of the service.
#[derive(Clone, Debug)]
pub(in crate::router) struct ByService {
    /// Names the call, to the service too.
    id: u64,
    pub(super) target: Target,
    /// The number as its phone sees it.
    pub(super) number: String,
    stage: Stage,
    /// The service may know of it, and has not said that it is over.
    announced: bool,
    /// The service said that it waits for the call.
    taken: bool,
    /// Why it came to nothing, where the modem cannot know.
    cause: Option<Cause>,
}

/// How far the service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It knows whom to call, and says when they answer.
    Known {
        /// When it would have said it by now, for the call itself is answered.
        until: Option<Now>,
    },
    /// It is told whom to call by tones.
    Tones(Tones),
    /// An earlier daemon was to send tones, and may have.
    Doubtful,
    /// It has all that it needs: the call is what the modem says.
    Through,
    /// Some tones are out, others are not: the call is ended before somebody else is called.
    Spoilt {
        /// The modem was told to end it.
        told: bool,
    },
}

/// The tones, as far as they are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tones {
    /// So many are answered.
    sent: usize,
    /// The next one is at the modem.
    under_way: bool,
    /// When the next one may be sent; not known before the service has answered the call.
    not_before: Option<Now>,
    /// The phone is ending the call.
    ending: bool,
}

impl ByService {
    /// A call of which the service knows.
    fn known(id: u64, target: Target, number: String) -> Self {
        Self { id, target, number, stage: Stage::Known { until: None }, announced: true, taken: true, cause: None }
    }

    /// A call of which the service is told by tones. It may have been announced all the same.
    fn by_tones(id: u64, target: Target, number: String, announced: bool) -> Self {
        Self { id, target, number, stage: Stage::Tones(Tones::default()), announced, taken: false, cause: None }
    }

    /// A call of an earlier life.
    pub(super) fn recalled(id: u64, target: Target, number: String, tones_due: bool) -> Self {
        let stage = if tones_due { Stage::Doubtful } else { Stage::Through };
        Self { id, target, number, stage, announced: false, taken: false, cause: None }
    }

    /// Whether the service knows whom to call, and has not said that they answered.
    fn is_known(&self) -> bool {
        matches!(self.stage, Stage::Known { .. })
    }

    /// Whether the tones are not all out. A call that waits for the answer only is, to a later life, what the modem
    /// says.
    pub(super) fn has_tones_due(&self) -> bool {
        matches!(self.stage, Stage::Tones(_) | Stage::Doubtful | Stage::Spoilt { .. })
    }

    /// The modem side is gone; the call was in this state, and may be there again.
    pub(super) fn set_aside(&mut self, state: CallState) {
        self.announced = false;
        self.stage = match self.stage {
            Stage::Known { .. } | Stage::Through => Stage::Through,
            Stage::Tones(tones) if tones == Tones::default() && is_unanswered(state) => Stage::Doubtful,
            Stage::Doubtful => Stage::Doubtful,
            Stage::Tones(_) | Stage::Spoilt { .. } => Stage::Spoilt { told: false },
        };
    }

    /// Why it came to nothing, where the modem cannot know.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// The call as its phone sees it: one that the service has answered rings until its target has.
    pub(super) fn show(&self, seen: &mut Call) {
        seen.number = Some(self.number.clone());
        seen.number_presentation = Presentation::ALLOWED;
        seen.toa = if self.number.starts_with('+') { TOA_INTERNATIONAL } else { TOA_UNKNOWN };
        seen.name = None;
        if seen.state == CallState::ACTIVE && self.stage != Stage::Through {
            seen.state = CallState::ALERTING;
        }
    }
}

impl Voice {
    /// The call of this id.
    fn by_service(&mut self, id: u64) -> Option<&mut ByService> {
        let dialled = self.dialled.iter_mut().filter_map(|dialled| dialled.by_service.as_mut());
        let listed = self.calls.iter_mut().filter_map(|call| call.by_service.as_mut());
        dialled.chain(listed).find(|by_service| by_service.id == id)
    }
}

impl Dialled {
    fn is_by_service(&self, id: u64) -> bool {
        self.by_service.as_ref().is_some_and(|by_service| by_service.id == id)
    }
}

impl OwnedCall {
    fn is_by_service(&self, id: u64) -> bool {
        self.by_service.as_ref().is_some_and(|by_service| by_service.id == id)
    }
}

/// Whether a call is on its way to whoever is called.
fn is_unanswered(state: CallState) -> bool {
    matches!(state, CallState::DIALING | CallState::ALERTING)
}
