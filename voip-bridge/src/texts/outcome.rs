//! What an attempt to give a message away came to, and what SIP says of it.

use std::time::Duration;

use ril_protocol::sms_pdu::Status;

use crate::sip::message::Answered;

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was taken, and nothing more will be heard.
    Done,
    /// Not now; the other side may have said how long to wait.
    Later(Option<Duration>),
    /// Never, and why (TP-ST, TS 23.040 section 9.2.3.15).
    Never(u8),
    /// It is written down already, or is another bridge's now.
    #[cfg(feature = "smpp")]
    Lost,
}

impl From<Answered> for Outcome {
    fn from(Answered { status, retry_after }: Answered) -> Self {
        match status {
            200..=299 => Self::Done,
            404 | 410 | 484 | 604 => Self::Never(Status::NOT_OBTAINABLE.0),
            413 | 415 | 420 | 488 | 606 => Self::Never(Status::INCOMPATIBLE.0),
            // The account is wrong, or the peer is: an operator may mend that.
            401 | 407 => Self::Later(retry_after),
            // RFC 3261 section 21.4: not now, and not because of what was asked.
            408 | 423 | 429 | 480 | 482 | 486 | 491 | 500..=504 | 580 | 600 => Self::Later(retry_after),
            _ => Self::Never(Status::CONNECTION_REJECTED.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again() {
        let outcome = |status| Outcome::from(Answered { status, retry_after: Some(Duration::from_secs(7)) });
        for status in [200, 202] {
            assert_eq!(outcome(status), Outcome::Done, "{status}");
        }
        for status in [401, 407, 408, 480, 486, 500, 503, 504, 600] {
            assert_eq!(outcome(status), Outcome::Later(Some(Duration::from_secs(7))), "{status}");
        }
        for (status, why) in [(404, 0x43), (604, 0x43), (415, 0x41), (403, 0x42), (603, 0x42), (301, 0x42)] {
            assert_eq!(outcome(status), Outcome::Never(why), "{status}");
        }
    }
}
