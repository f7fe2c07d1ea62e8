//! How text messages are carried, and how many.

use serde::{Deserialize, Serialize};

/// How text messages are carried, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The peer or SMPP connection by which texts reach SIMs and come from them. None: only devices with a link.
    pub gateway: Option<String>,
    /// The peer or SMPP connection that carries the messages of phones. None: no messages out.
    pub provider: Option<String>,
    /// How many seconds a message for a phone waits for the link of its device before it goes through the gateway.
    #[serde(default = "default_grace")]
    pub grace_seconds: u32,
    /// After how many seconds a message is given up.
    #[serde(default = "default_validity")]
    pub validity_seconds: u32,
    /// How many seconds after the first attempt the second one is made; the pauses double up to an hour.
    #[serde(default = "default_retry")]
    pub retry_seconds: u32,
    /// How many messages a number may send in an hour, each part of a long one counted.
    #[serde(default = "default_hourly_number")]
    pub hourly_per_number: u32,
    /// How many messages all numbers of a SIM may send in an hour.
    #[serde(default = "default_hourly_sim")]
    pub hourly_per_sim: u32,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            gateway: None,
            provider: None,
            grace_seconds: default_grace(),
            validity_seconds: default_validity(),
            retry_seconds: default_retry(),
            hourly_per_number: default_hourly_number(),
            hourly_per_sim: default_hourly_sim(),
        }
    }
}

const fn default_grace() -> u32 {
    30
}

const fn default_validity() -> u32 {
    2 * 86_400
}

const fn default_retry() -> u32 {
    30
}

const fn default_hourly_number() -> u32 {
    100
}

const fn default_hourly_sim() -> u32 {
    300
}
