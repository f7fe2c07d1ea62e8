//! Broadcasts in a CDMA network: the services that the host has chosen.
//!
//! What is said on one of them comes as a short message that has a service category in place of a sender, and is
//! acknowledged as one.
//!
//! Reference: ril.h, requests 92 to 94; 3GPP2 C.R1001, 9.3 for the categories.

use ril_protocol::payload::cdma::BroadcastConfig;

/// The host's choice of services.
#[derive(Debug, Default)]
pub struct Services {
    /// `CDMA_SET_BROADCAST_SMS_CONFIG`.
    pub config: Vec<BroadcastConfig>,
    /// `CDMA_SMS_BROADCAST_ACTIVATION`.
    pub active: bool,
}

impl Services {
    /// Whether the host listens to a category. Emergencies are no exception: a host that wants them asks for them.
    pub fn wants(&self, category: i32) -> bool {
        self.active && self.config.iter().any(|service| service.service_category == category && service.selected)
    }
}
