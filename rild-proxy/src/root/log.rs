//! What the log says of the router's notes. No line carries a number, an IMSI or text: no note does.

use tracing::{info, warn};

use crate::log_limit::LeftOut;
use crate::router::Note;

/// Writes the line of a note about a phone of this name.
pub(super) fn write(note: &Note, phone: &str) {
    match note {
        Note::Malformed { len, .. } => warn!(phone, len, "a frame that is no message was dropped"),
        Note::Denied { code, errno, .. } => info!(phone, %code, %errno, "denied"),
        Note::UnknownReply { serial } => warn!(serial, "an answer to nothing was dropped"),
        Note::TimedOut { code } => warn!(%code, "the modem did not answer in time"),
        Note::Flooded { .. } => warn!(phone, "too many unanswered requests; one was refused"),
        Note::CallAssigned { modem_index, incoming, tagged, .. } => {
            info!(phone, modem_index, incoming, tagged, "a call appeared");
        }
        Note::CallEnded { modem_index, .. } => info!(phone, modem_index, "a call ended"),
        Note::CallRejected { .. } => info!(phone, "an incoming call was rejected as busy"),
        Note::CallMissed { .. } => info!(phone, "a call was missed, for there is no client"),
        Note::Emergency { .. } => warn!(phone, "an emergency call goes out"),
        Note::SmsAssigned { delivered, .. } => info!(phone, delivered, "a short message came"),
        Note::SmsRefused { .. } => warn!(phone, "a short message was not taken; the network shall try again"),
        Note::Foreground { .. } => info!(phone, "in the foreground now"),
        Note::Radio { state } => info!(%state, "radio"),
        Note::Undecodable { what } => warn!("{what} could not be decoded"),
        Note::TooLong { what } => warn!("{what} of the modem is longer than clients read, and was dropped"),
    }
}

/// Says how many lines of a kind were left out.
pub(super) fn write_left_out(left_out: &LeftOut, phone: &str) {
    warn!(phone, count = left_out.count, "lines left out: {}", left_out.kind);
}

/// What the lines of a note are about, where they are counted.
pub(super) fn kind(note: &Note) -> &'static str {
    match note {
        Note::Malformed { .. } => "frames that are no message",
        Note::Denied { .. } => "denied requests",
        Note::UnknownReply { .. } => "answers to nothing",
        Note::TimedOut { .. } => "requests without an answer in time",
        Note::Flooded { .. } => "too many unanswered requests",
        Note::CallAssigned { .. } => "calls that appeared",
        Note::CallEnded { .. } => "calls that ended",
        Note::CallRejected { .. } => "calls rejected as busy",
        Note::CallMissed { .. } => "calls that were missed",
        Note::Emergency { .. } => "emergency calls",
        Note::SmsAssigned { .. } => "short messages that came",
        Note::SmsRefused { .. } => "short messages that were not taken",
        Note::Foreground { .. } => "changes of the foreground",
        Note::Radio { .. } => "states of the radio",
        Note::Undecodable { .. } => "what could not be decoded",
        Note::TooLong { .. } => "what is longer than clients read",
    }
}
