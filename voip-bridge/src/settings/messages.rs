//! How text messages are carried, and how many.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

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

/// A connection to a short message service centre (SMPP 3.4), as an ESME that sends and receives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Smpp {
    /// How `[messages]` and the log call it; no peer has the same name.
    pub name: String,
    /// Where it is.
    pub address: SocketAddr,
    /// This service's name there: at most 15 characters.
    pub system_id: String,
    /// The password: SMPP has room for 8 characters.
    pub password: Secret,
    /// What kind of system this is, if the other side wants to know.
    #[serde(default)]
    pub system_type: String,
    /// The certificates that it may be signed by (a PEM file). With them the connection is TLS, and else in the clear.
    pub authorities: Option<PathBuf>,
    /// The name in its certificate; the IP address when it is not given.
    pub certificate_name: Option<String>,
    /// How many messages may be unanswered at a time.
    #[serde(default = "default_window")]
    pub window: usize,
    /// After how many seconds of silence it is asked whether it is still there.
    #[serde(default = "default_enquire")]
    pub enquire_seconds: u32,
    /// How long messages are sent.
    #[serde(default)]
    pub long: Long,
    /// How its receipts name messages.
    #[serde(default)]
    pub receipt_ids: ReceiptIds,
}

/// How a long message goes to a service centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Long {
    /// In the parts that the phone has made.
    #[default]
    Parts,
    /// Whole, as `message_payload` (SMPP 3.4 section 5.3.2.32): a text only.
    Payload,
}

/// How the receipts of a service centre name messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptIds {
    /// As its answers do.
    #[default]
    Same,
    /// In decimal, where its answers are in hexadecimal.
    Decimal,
    /// In hexadecimal, where its answers are in decimal.
    Hexadecimal,
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

const fn default_window() -> usize {
    10
}

const fn default_enquire() -> u32 {
    30
}
