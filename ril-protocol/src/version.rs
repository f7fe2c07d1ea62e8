//! The RIL version that a vendor library reports and that a client is told in `RIL_UNSOL_RIL_CONNECTED`.

/// `RIL_VERSION` of ril.h: decides the layout of several payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RilVersion(pub i32);

impl RilVersion {
    /// The newest version whose layouts this crate knows.
    pub const NEWEST: Self = Self(15);
    /// The oldest version that libril accepts at registration (`RIL_VERSION_MIN`).
    pub const OLDEST_ACCEPTED: Self = Self(6);
    /// The version of Android 7 and the one that most vendor libraries report.
    pub const COMMON: Self = Self(12);
}

impl Default for RilVersion {
    fn default() -> Self {
        Self::COMMON
    }
}

impl std::fmt::Display for RilVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
