//! How many requests of each kind have come: what the phones of a host cost the modem.

use std::collections::BTreeMap;

use ril_protocol::RequestCode;

/// Requests since the last [`clear`](Self::clear): all that came, whatever became of them.
#[derive(Debug, Default)]
pub struct Counts {
    known: BTreeMap<RequestCode, u64>,
    /// Requests that ril.h does not have. They are counted together, so that no host makes this grow.
    unknown: u64,
}

impl Counts {
    /// A request has come.
    pub(super) fn count(&mut self, code: RequestCode) {
        match code.row() {
            Some(_) => *self.known.entry(code).or_default() += 1,
            None => self.unknown += 1,
        }
    }

    /// Kinds that ril.h has and how many of each, in the order of their codes.
    pub fn known(&self) -> impl Iterator<Item = (RequestCode, u64)> {
        self.known.iter().map(|(code, count)| (*code, *count))
    }

    /// Requests that ril.h does not have.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// All requests.
    pub fn total(&self) -> u64 {
        self.unknown + self.known.values().sum::<u64>()
    }

    /// Begins again.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
