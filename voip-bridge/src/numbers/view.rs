//! The JSON in which command line and API show numbers, calls, messages and recordings.

use serde::{Deserialize, Serialize};

use crate::pool::{Assignment, Call, Direction, Unavailable};
use crate::store::{MessageCount, MessageInfo, MessageState, PoolNumber, VoicemailInfo};

/// A number of the pool.
#[derive(Clone, Debug, Serialize)]
pub struct NumberView {
    /// With its `+`.
    pub number: String,
    /// Whose it is; `null` while it is free.
    pub assignment: Option<AssignmentView>,
}

/// Whose a number is.
#[derive(Clone, Debug, Serialize)]
pub struct AssignmentView {
    /// The number itself.
    pub number: String,
    /// The SIM's.
    pub sim: String,
    /// What the phone dials for its outgoing calls.
    pub access: String,
    /// One digit.
    pub tag: u8,
    /// The phone's name.
    pub phone: String,
    /// What callers get when the phone cannot be reached.
    pub unavailable: UnavailableKind,
    /// Where calls go then, if they are forwarded.
    pub forward_to: Option<String>,
}

/// What callers get when the phone cannot be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum UnavailableKind {
    /// A prompt and a recording.
    #[default]
    Voicemail,
    /// A call to another address.
    Forward,
    /// The cause.
    Reject,
}

/// A call.
#[derive(Clone, Serialize)]
pub struct CallView {
    /// Its id.
    pub id: String,
    /// Which bridge carries it.
    pub bridge: String,
    /// The number of the pool.
    pub number: String,
    /// `in` or `out`.
    pub direction: &'static str,
    /// Who calls or is called; `null` when withheld.
    pub peer: Option<String>,
    /// Seconds since 1970, UTC; so are the next two.
    pub began: i64,
    /// `null` when it was not answered.
    pub answered: Option<i64>,
    /// `null` while it goes on.
    pub ended: Option<i64>,
    /// ITU-T Q.850.
    pub cause: Option<u8>,
}

/// A text message, without its text.
#[derive(Clone, Serialize)]
pub struct MessageView {
    /// Its id.
    pub id: String,
    /// The number of the pool.
    pub number: String,
    /// `in` or `out`.
    pub direction: &'static str,
    /// Who sends or receives it.
    pub peer: String,
    /// Seconds since 1970, UTC.
    pub queued: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// `waiting`, `sent`, `delivered` or `failed`.
    pub state: &'static str,
    /// Why it failed (TP-ST of 3GPP TS 23.040).
    pub status: Option<u8>,
}

/// How many messages there are.
#[derive(Clone, Serialize)]
pub struct MessageCountView {
    /// `in` or `out`.
    pub direction: &'static str,
    /// `waiting`, `sent`, `delivered` or `failed`.
    pub state: &'static str,
    /// How many.
    pub messages: u64,
}

/// A recording.
#[derive(Clone, Serialize)]
pub struct VoicemailView {
    /// Its id.
    pub id: String,
    /// For which number.
    pub number: String,
    /// Who left it; `null` when withheld.
    pub peer: Option<String>,
    /// Seconds since 1970, UTC.
    pub at: i64,
    /// How long it is.
    pub milliseconds: u32,
}

impl From<&Assignment> for AssignmentView {
    fn from(assignment: &Assignment) -> Self {
        let (unavailable, forward_to) = match &assignment.unavailable {
            Unavailable::Voicemail => (UnavailableKind::Voicemail, None),
            Unavailable::Forward(uri) => (UnavailableKind::Forward, Some(uri.clone())),
            Unavailable::Reject => (UnavailableKind::Reject, None),
        };
        Self {
            number: assignment.number.to_string(),
            sim: assignment.sim.to_string(),
            access: assignment.access.to_string(),
            tag: assignment.tag,
            phone: assignment.phone.clone(),
            unavailable,
            forward_to,
        }
    }
}

impl From<&PoolNumber> for NumberView {
    fn from(entry: &PoolNumber) -> Self {
        Self { number: entry.number.to_string(), assignment: entry.assignment.as_ref().map(Into::into) }
    }
}

impl From<&Call> for CallView {
    fn from(call: &Call) -> Self {
        Self {
            id: call.id.clone(),
            bridge: call.bridge.clone(),
            number: call.number.to_string(),
            direction: direction(call.direction),
            peer: call.peer.clone(),
            began: call.began.0,
            answered: call.answered.map(|at| at.0),
            ended: call.ended.map(|at| at.0),
            cause: call.cause,
        }
    }
}

impl From<&VoicemailInfo> for VoicemailView {
    fn from(voicemail: &VoicemailInfo) -> Self {
        Self {
            id: voicemail.id.clone(),
            number: voicemail.number.to_string(),
            peer: voicemail.peer.clone(),
            at: voicemail.at.0,
            milliseconds: voicemail.milliseconds,
        }
    }
}

impl From<&MessageInfo> for MessageView {
    fn from(message: &MessageInfo) -> Self {
        Self {
            id: message.id.clone(),
            number: message.number.to_string(),
            direction: direction(message.direction),
            peer: message.peer.clone(),
            queued: message.queued.0,
            attempts: message.attempts,
            state: state(message.state),
            status: message.status,
        }
    }
}

impl From<&MessageCount> for MessageCountView {
    fn from(count: &MessageCount) -> Self {
        Self { direction: direction(count.direction), state: state(count.state), messages: count.messages }
    }
}

/// The word for a direction.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

/// The word for a state.
pub(crate) fn state(state: MessageState) -> &'static str {
    match state {
        MessageState::Waiting => "waiting",
        MessageState::Sent => "sent",
        MessageState::Delivered => "delivered",
        MessageState::Failed => "failed",
    }
}
