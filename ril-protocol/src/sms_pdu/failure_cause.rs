//! Why a short message was not taken (TP-FCS).
//!
//! Reference: 3GPP TS 23.040, 9.2.3.22.

/// What a phone or a service centre says of a message that it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FailureCause(pub u8);

impl FailureCause {
    /// TPDU not supported.
    pub const NOT_SUPPORTED: Self = Self(0xb0);
    /// The service centre is busy: more messages than it takes.
    pub const SC_BUSY: Self = Self(0xc0);
    /// The service centre does not know the subscriber.
    pub const NO_SC_SUBSCRIPTION: Self = Self(0xc1);
    /// The recipient's address is no number.
    pub const INVALID_SME_ADDRESS: Self = Self(0xc3);
    /// The recipient is one that may not be sent to.
    pub const DESTINATION_SME_BARRED: Self = Self(0xc4);
    /// The SIM has no room for the message.
    pub const SIM_STORAGE_FULL: Self = Self(0xd0);
    /// The phone has no room for any message. The network may then hold back all of them until it hears of room
    /// (23.040, 11.1).
    pub const MEMORY_CAPACITY_EXCEEDED: Self = Self(0xd3);
    /// Unspecified error: it is about one message, which the network tries again later.
    pub const UNSPECIFIED: Self = Self(0xff);
}

impl From<FailureCause> for i32 {
    fn from(cause: FailureCause) -> Self {
        cause.0.into()
    }
}

impl From<FailureCause> for u32 {
    fn from(cause: FailureCause) -> Self {
        cause.0.into()
    }
}
