//! What the router's notes add up to, for `rilctl status`.

use crate::control::Counters;
use crate::router::Note;

/// Counts what went wrong, was missed or was refused; calls and messages that took their course are not counted.
pub(super) fn count(counters: &mut Counters, note: &Note) {
    let counter = match note {
        Note::Malformed { .. } => &mut counters.malformed,
        Note::Denied { .. } => &mut counters.denied,
        Note::UnknownReply { .. } => &mut counters.unknown_replies,
        Note::TimedOut { .. } => &mut counters.timed_out,
        Note::Flooded { .. } => &mut counters.flooded,
        Note::CallRejected { .. } => &mut counters.calls_rejected,
        Note::CallMissed { .. } => &mut counters.calls_missed,
        Note::SmsRefused { .. } => &mut counters.sms_refused,
        Note::Undecodable { .. } | Note::TooLong { .. } => &mut counters.undecodable,
        Note::CallAssigned { .. }
        | Note::CallEnded { .. }
        | Note::Emergency { .. }
        | Note::SmsAssigned { .. }
        | Note::Foreground { .. }
        | Note::Radio { .. } => return,
    };
    *counter += 1;
}
