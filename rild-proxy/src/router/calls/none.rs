//! A modem that is known to have no call.
//!
//! Phones that start together all ask for their calls, and there are none. So for a moment after the modem has said
//! that, phones are told the same from memory. Everything ends that moment from which a call can come to be: whatever
//! the modem says of its own accord, and whatever it is asked but questions, when that is sent and when it is answered.
//! It is short, for the sake of a modem that does not tell when a call comes and of a client that asks for that reason.

use std::time::Duration;

use ril_protocol::RequestCode;
use ril_protocol::messages::Class;

use super::Voice;
use crate::router::requests::class_of;
use crate::router::{Now, Router};

/// How long a modem that had no call is taken to have none.
const A_MOMENT: Duration = Duration::from_secs(2);

/// What is known of whether the modem has calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NoCalls {
    /// There may be some.
    #[default]
    Unknown,
    /// The modem was asked then, and nothing has happened since that could make one.
    Asked(Now),
    /// It was asked then and had none, and nothing has happened since.
    Known(Now),
}

impl NoCalls {
    /// The modem is asked for its calls.
    pub(super) fn asked(&mut self, now: Now) {
        *self = Self::Asked(now);
    }

    /// The modem has answered.
    pub(super) fn answered(&mut self, has_none: bool) {
        *self = match *self {
            Self::Asked(at) if has_none => Self::Known(at),
            _ => Self::Unknown,
        };
    }

    /// Something happens from which a call can come to be.
    pub(super) fn forget(&mut self) {
        *self = Self::Unknown;
    }
}

impl Voice {
    /// A request goes to the modem, or has come to its end there.
    pub(in crate::router) fn request_may_make_a_call(&mut self, code: RequestCode) {
        let is_question = matches!(class_of(code), Class::Query | Class::Shared | Class::Virtual);
        if !is_question && code != RequestCode::GET_CURRENT_CALLS {
            self.no_calls.forget();
        }
    }
}

impl Router {
    /// Whether the modem need not be asked for its calls: it has none. One phone alone is told what the modem says.
    pub(super) fn knows_of_no_calls(&self, now: Now) -> bool {
        let is_known = matches!(self.voice.no_calls, NoCalls::Known(at) if now < at + A_MOMENT);
        is_known && self.voice.dialled.is_empty() && self.is_shared()
    }
}
