//! Requests that the router sends in its own words.

use ril_protocol::{RequestCode, RilVersion, parcel};

/// A request that the router sends in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) code: RequestCode,
    pub(super) payload: Vec<u8>,
}

impl Order {
    pub(super) fn plain(code: RequestCode) -> Self {
        Self { code, payload: Vec::new() }
    }

    /// A request about one thing: a call by the modem's index, a setting by its value.
    pub(super) fn about(code: RequestCode, what: i32) -> Self {
        Self { code, payload: parcel::encode(&vec![what], RilVersion::COMMON) }
    }
}
