//! What the calls are told by the configuration: listeners, peers, media, voice mail, limits.
//!
//! Plain data with the names of the configuration file. It reads no file itself: [`Secret`]s are read where they are
//! used, and never from the configuration itself. [`Settings::check`] refuses what cannot work before anything is
//! opened.

mod link;
mod messages;
mod tags;

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::{env, fmt, fs};

use caller_tag::NumberingPlan;
use serde::{Deserialize, Serialize};

use crate::pool::CallsOut;

pub use link::{Device, Link};
pub use messages::{Long, Messages, ReceiptIds, Smpp};
pub use tags::{Scheme, Tags};

/// All that the calls are told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where SIP is spoken.
    pub sip: Sip,
    /// With whom. Nobody else gets anything but 403.
    #[serde(rename = "peer")]
    pub peers: Vec<Peer>,
    /// How calls are placed and limited.
    pub calls: Calls,
    /// How a caller is shown to the device.
    #[serde(default)]
    pub tags: Tags,
    /// Who carries the audio.
    #[serde(default)]
    pub media: Media,
    /// What a caller gets whose call is not answered.
    #[serde(default)]
    pub voicemail: Voicemail,
    /// Where devices are listened to; nowhere when it is not there.
    pub link: Option<Link>,
    /// The devices that may have a link.
    #[serde(default, rename = "device")]
    pub devices: Vec<Device>,
    /// How text messages are carried. None are when it is not there.
    pub messages: Option<Messages>,
    /// Connections to short message service centres.
    #[serde(default)]
    pub smpp: Vec<Smpp>,
}

/// Where SIP is spoken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sip {
    /// The sockets to open.
    pub listen: Vec<Listen>,
    /// The certificates that a TLS peer may be signed by (a PEM file).
    pub authorities: Option<PathBuf>,
}

/// One socket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// What is spoken on it.
    pub transport: Transport,
    /// The local address; not a wildcard, as it is what peers are told to answer to.
    pub address: SocketAddr,
    /// This side's certificate chain, for TLS (a PEM file).
    pub certificate: Option<PathBuf>,
    /// Its private key (a PEM file, PKCS #8).
    pub key: Option<PathBuf>,
}

/// A SIP transport.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// RFC 3261 section 18, datagrams.
    Udp,
    /// RFC 3261 section 18, a stream.
    Tcp,
    /// RFC 3261 section 26.2.1, verified.
    Tls,
}

/// A provider, a gateway, a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// How the rest of the configuration and the logs call it.
    pub name: String,
    /// Where requests for it are sent. Requests from this IP address are its requests.
    pub address: SocketAddr,
    /// By what.
    pub transport: Transport,
    /// Further IP addresses that it sends from.
    #[serde(default)]
    pub sources: Vec<IpAddr>,
    /// The name in its certificate, for TLS; the IP address when it is not given.
    pub certificate_name: Option<String>,
    /// By what it says who calls.
    #[serde(default)]
    pub identity: Identity,
    /// Requests per second that it may send; more get 503.
    #[serde(default = "default_rate")]
    pub rate: u32,
    /// The realm, user and password by which this service makes itself known to the peer.
    pub account: Option<Account>,
    /// The user and password that the peer's own INVITEs and MESSAGEs must show.
    pub require: Option<Required>,
}

/// By what a peer says who calls, or sends a message.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// By `P-Asserted-Identity` (RFC 3325) where it is there, and else by `From`.
    #[default]
    Any,
    /// By `P-Asserted-Identity` only: without it nobody says who calls.
    Asserted,
    /// By `From` only: the peer is not trusted to assert anything, and passes on what callers do.
    From,
}

/// The account of this service at a peer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Whether to REGISTER there, and for how many seconds at a time.
    pub register_seconds: Option<u32>,
}

/// What a peer must show (RFC 3261 section 22).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// The realm it is asked for.
    pub realm: String,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// How it may be shown, in the order in which it is asked for. Many peers know MD5 only, and some look at the
    /// first.
    #[serde(default = "default_digests")]
    pub digests: Vec<Digest>,
}

/// A digest algorithm (RFC 7616, RFC 8760).
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub enum Digest {
    /// What is to be used.
    #[serde(rename = "SHA-256")]
    Sha256,
    /// What has always been used.
    #[serde(rename = "MD5")]
    Md5,
}

/// Where a password is found: never in the configuration itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Secret {
    /// The first line of this file.
    File(PathBuf),
    /// The value of this environment variable.
    Environment(String),
}

/// How calls are placed and limited.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// The peer to which calls and messages go.
    pub trunk: String,
    /// The country calling code of numbers in national form.
    pub country: u16,
    /// Calls at one time; more get 503.
    #[serde(default = "default_most")]
    pub most: usize,
    /// Calls at one time to and from one number, on this bridge; more hear that it is busy.
    #[serde(default = "default_most_per_number")]
    pub most_per_number: u32,
    /// How long a phone may ring before the caller gets what its assignment says, in seconds.
    #[serde(default = "default_ring")]
    pub ring_seconds: u32,
    /// How long a call may last, in seconds.
    #[serde(default = "default_longest")]
    pub longest_seconds: u32,
    /// How long calls may go on when the service is told to stop, in seconds.
    #[serde(default = "default_drain")]
    pub drain_seconds: u32,
    /// The beginnings of full numbers (without `+`) that phones may call through this service. None: no calls out.
    #[serde(default)]
    pub allowed: Vec<String>,
    /// Calls out that one number may place in a minute, on all bridges together.
    #[serde(default = "default_out_per_minute")]
    pub out_per_minute: u32,
    /// Calls out that one number may have at one time, on all bridges together.
    #[serde(default = "default_out_at_once")]
    pub out_at_once: u32,
    /// The beginnings of full numbers that they may not, even where `allowed` has them: premium services.
    #[serde(default)]
    pub forbidden: Vec<String>,
}

/// Who carries the audio.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Whether the two ends of a call send to each other or to this service.
    #[serde(default)]
    pub path: MediaPath,
    /// The local address for RTP; that of the first listener when it is not given.
    pub address: Option<IpAddr>,
    /// The first UDP port for RTP.
    #[serde(default = "default_first_port")]
    pub first_port: u16,
    /// The last one.
    #[serde(default = "default_last_port")]
    pub last_port: u16,
    /// After how many seconds without any RTP a call ends that this service carries.
    #[serde(default = "default_idle")]
    pub idle_seconds: u32,
}

/// The way of the audio.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum MediaPath {
    /// From end to end.
    #[default]
    Direct,
    /// Through this service.
    Relay,
}

/// What a caller gets whose call is not answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Voicemail {
    /// What is played before the tone: a WAV file (8000 Hz, mono, 16 bit). Only the tone when it is not given.
    pub prompt: Option<PathBuf>,
    /// Messages of one number that are kept; while there are as many, its callers cannot leave another one.
    #[serde(default = "default_messages")]
    pub most: u32,
    /// The longest message, in seconds.
    #[serde(default = "default_message")]
    pub longest_seconds: u32,
}

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Nothing to listen on.
    #[error("sip.listen: there must be at least one")]
    NoListener,
    /// A wildcard address cannot be told to peers.
    #[error("sip.listen.address: {0} is not an address that peers can send to")]
    Wildcard(SocketAddr),
    /// TLS without a certificate, or without its key.
    #[error("sip.listen: TLS needs certificate and key")]
    NoCertificate,
    /// A TLS peer, and nothing to verify it with.
    #[error("peer {0:?}: TLS needs sip.authorities")]
    NoAuthorities(String),
    /// No listener speaks the transport of a peer.
    #[error("peer {0:?}: nothing in sip.listen speaks its transport")]
    NoTransport(String),
    /// Two peers with one name.
    #[error("peer {0:?} is there twice")]
    PeerTwice(String),
    /// Two peers with one address.
    #[error("peer {0:?}: another peer sends from {1}, too")]
    AddressTwice(String, IpAddr),
    /// No such peer.
    #[error("calls.trunk: there is no peer {0:?}")]
    NoTrunk(String),
    /// No such peer for messages.
    #[error("messages.{0}: there is no peer or SMPP connection {1:?}")]
    NoCarrier(&'static str, String),
    /// Two carriers with one name.
    #[error("smpp {0:?}: there is another connection or peer of that name")]
    CarrierTwice(String),
    /// A name that ends where nobody can tell.
    #[error("smpp {0:?}: there is no colon in a name")]
    CarrierName(String),
    /// More than there is room for.
    #[error("smpp {0:?}: system_id has at most 15 characters, system_type 12")]
    LongNames(String),
    /// This program knows no SMPP.
    #[error("smpp: this program was built without SMPP")]
    NoSmpp,
    /// No such country.
    #[error("calls.country: {0} is not a country calling code")]
    NoCountry(u16),
    /// Not digits.
    #[error("calls: {0:?} is not the beginning of a full number")]
    NotDigits(String),
    /// More check digits than there is room for, or none.
    #[error("tags.check_digits: must be 1 or 2")]
    CheckDigits,
    /// No keys to make check digits with.
    #[error("tags.keys: suffix-keyed needs the absolute path of the folder with the keys")]
    NoKeys,
    /// Keys that nobody uses.
    #[error("tags.keys: are only for the scheme suffix-keyed")]
    NeedlessKeys,
    /// No ports.
    #[error("media: at least four ports are needed")]
    NoPorts,
    /// A device that cannot have a link: its name, and why.
    #[error("device {0:?}: {1}")]
    Device(String, String),
    /// Out of range.
    #[error("{0} must not be zero")]
    Zero(&'static str),
}

impl Settings {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.sip.listen.is_empty() {
            return Err(SettingsError::NoListener);
        }
        for listen in &self.sip.listen {
            if listen.address.ip().is_unspecified() {
                return Err(SettingsError::Wildcard(listen.address));
            }
            if listen.transport == Transport::Tls && (listen.certificate.is_none() || listen.key.is_none()) {
                return Err(SettingsError::NoCertificate);
            }
        }
        self.check_peers()?;
        link::check(self.link.as_ref(), &self.devices)?;
        if NumberingPlan::for_calling_code(self.calls.country).is_none() {
            return Err(SettingsError::NoCountry(self.calls.country));
        }
        for prefix in self.calls.allowed.iter().chain(&self.calls.forbidden) {
            if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(SettingsError::NotDigits(prefix.clone()));
            }
        }
        self.tags.keyed()?;
        self.check_messages()?;
        if self.media.last_port.saturating_sub(self.media.first_port) < 3 {
            return Err(SettingsError::NoPorts);
        }
        for (name, value) in [
            ("calls.ring_seconds", self.calls.ring_seconds),
            ("calls.longest_seconds", self.calls.longest_seconds),
            ("calls.most_per_number", self.calls.most_per_number),
            ("calls.out_per_minute", self.calls.out_per_minute),
            ("calls.out_at_once", self.calls.out_at_once),
            ("media.idle_seconds", self.media.idle_seconds),
            ("voicemail.longest_seconds", self.voicemail.longest_seconds),
        ] {
            if value == 0 {
                return Err(SettingsError::Zero(name));
            }
        }
        Ok(())
    }

    fn check_messages(&self) -> Result<(), SettingsError> {
        let mut names: HashSet<&str> = self.peers.iter().map(|peer| peer.name.as_str()).collect();
        for smpp in &self.smpp {
            if cfg!(not(feature = "smpp")) {
                return Err(SettingsError::NoSmpp);
            }
            if !names.insert(&smpp.name) {
                return Err(SettingsError::CarrierTwice(smpp.name.clone()));
            }
            // Behind one stands what a service centre calls a message.
            if smpp.name.contains(':') {
                return Err(SettingsError::CarrierName(smpp.name.clone()));
            }
            if smpp.system_id.len() > 15 || smpp.system_type.len() > 12 {
                return Err(SettingsError::LongNames(smpp.name.clone()));
            }
            if smpp.window == 0 || smpp.enquire_seconds == 0 {
                return Err(SettingsError::Zero("smpp.window and smpp.enquire_seconds"));
            }
        }
        let Some(messages) = &self.messages else { return Ok(()) };
        for (key, name) in [("gateway", &messages.gateway), ("provider", &messages.provider)] {
            if let Some(name) = name.as_ref().filter(|name| !names.contains(name.as_str())) {
                return Err(SettingsError::NoCarrier(key, name.clone()));
            }
        }
        for (name, value) in [
            ("messages.validity_seconds", messages.validity_seconds),
            ("messages.retry_seconds", messages.retry_seconds),
        ] {
            if value == 0 {
                return Err(SettingsError::Zero(name));
            }
        }
        Ok(())
    }

    fn check_peers(&self) -> Result<(), SettingsError> {
        let mut names = HashSet::new();
        let mut addresses = HashSet::new();
        for peer in &self.peers {
            if !names.insert(&peer.name) {
                return Err(SettingsError::PeerTwice(peer.name.clone()));
            }
            for source in peer.sources() {
                if !addresses.insert(source) {
                    return Err(SettingsError::AddressTwice(peer.name.clone(), source));
                }
            }
            if !self.sip.listen.iter().any(|listen| listen.transport == peer.transport) {
                return Err(SettingsError::NoTransport(peer.name.clone()));
            }
            if peer.transport == Transport::Tls && self.sip.authorities.is_none() {
                return Err(SettingsError::NoAuthorities(peer.name.clone()));
            }
        }
        if !names.contains(&self.calls.trunk) {
            return Err(SettingsError::NoTrunk(self.calls.trunk.clone()));
        }
        Ok(())
    }
}

impl Calls {
    /// How many calls out one number may place.
    pub(crate) fn out(&self) -> CallsOut {
        CallsOut { per_minute: self.out_per_minute, at_once: self.out_at_once }
    }
}

impl Peer {
    /// Every IP address that it sends from, each once.
    pub fn sources(&self) -> impl Iterator<Item = IpAddr> {
        let own = self.address.ip();
        let others: HashSet<IpAddr> = self.sources.iter().copied().filter(|source| *source != own).collect();
        std::iter::once(own).chain(others)
    }
}

impl Secret {
    /// Reads it.
    ///
    /// # Errors
    /// Where it was looked for, never what was found.
    pub fn read(&self) -> Result<String, NoSecret> {
        let text = match self {
            Self::File(path) => fs::read_to_string(path).ok(),
            Self::Environment(name) => env::var(name).ok(),
        };
        let line = text.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
        if line.is_empty() { Err(NoSecret(self.to_string())) } else { Ok(line.to_owned()) }
    }
}

/// There is no password where the configuration says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no password in {0}")]
pub struct NoSecret(String);

/// Where it is, not what it is.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            path: MediaPath::Direct,
            address: None,
            first_port: default_first_port(),
            last_port: default_last_port(),
            idle_seconds: default_idle(),
        }
    }
}

impl Default for Voicemail {
    fn default() -> Self {
        Self { prompt: None, most: default_messages(), longest_seconds: default_message() }
    }
}

fn default_digests() -> Vec<Digest> {
    vec![Digest::Sha256, Digest::Md5]
}

const fn default_rate() -> u32 {
    50
}

const fn default_most() -> usize {
    500
}

const fn default_most_per_number() -> u32 {
    10
}

const fn default_ring() -> u32 {
    30
}

const fn default_longest() -> u32 {
    4 * 3600
}

const fn default_drain() -> u32 {
    60
}

const fn default_out_per_minute() -> u32 {
    10
}

/// As many as one phone can hold in a conference (3GPP TS 22.084).
const fn default_out_at_once() -> u32 {
    5
}

const fn default_first_port() -> u16 {
    30_000
}

const fn default_last_port() -> u16 {
    31_999
}

const fn default_idle() -> u32 {
    60
}

const fn default_messages() -> u32 {
    100
}

const fn default_message() -> u32 {
    180
}
