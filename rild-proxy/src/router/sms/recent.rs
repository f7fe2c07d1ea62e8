//! Messages whose acknowledgement the modem has just confirmed: a repetition may still be on its way.
//!
//! Vendor libraries answer on one thread and pass messages on from another, so what the modem said before it was told
//! may arrive after its answer. That wants no acknowledgement: one too many would be taken for that of the next message.
//! A repetition that comes later is the network's, which did not hear the modem; it is acknowledged and not stored. Later
//! still the same bytes are another message: they carry the second in which the service centre got it (3GPP TS 23.040,
//! 9.2.3.11), so that only a sender who repeats himself within a second is taken for the network.

use std::collections::VecDeque;
use std::time::Duration;

use ril_protocol::UnsolCode;

use crate::router::{Now, PhoneId};

/// How long a repetition may be under way.
const UNDER_WAY: Duration = Duration::from_secs(10);
/// How long the network may take to repeat itself (TS 24.011, 10.1: two of its timers).
const REMEMBERED: Duration = Duration::from_secs(60);
/// How many are remembered.
const MOST: usize = 64;

#[derive(Debug)]
struct Confirmed {
    code: UnsolCode,
    original: Vec<u8>,
    owner: PhoneId,
    at: Now,
}

/// What a message is that was confirmed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The modem said it before it knew.
    Late,
    /// The network sent it again; it was this phone's.
    Repeated(PhoneId),
}

/// The latest confirmed messages, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Confirmed>);

impl Recent {
    pub(super) fn confirm(&mut self, now: Now, code: UnsolCode, original: Vec<u8>, owner: PhoneId) {
        self.0.retain(|known| now < known.at + REMEMBERED);
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Confirmed { code, original, owner, at: now });
    }

    /// Whether this was confirmed lately.
    pub(super) fn find(&self, now: Now, code: UnsolCode, original: &[u8]) -> Option<Again> {
        let same = |known: &&Confirmed| known.code == code && known.original == original;
        let known = self.0.iter().rev().find(same)?;
        match now.saturating_sub(known.at) {
            age if age < UNDER_WAY => Some(Again::Late),
            age if age < REMEMBERED => Some(Again::Repeated(known.owner)),
            _ => None,
        }
    }

    /// A modem that starts anew has nothing under way.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
