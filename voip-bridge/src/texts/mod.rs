//! Text messages: taken from whoever sends them, kept in the store, given to whom they are for.
//!
//! A message to a number of the pool becomes TPDUs that fit into one tagged text each (`content`), and these wait in
//! the store for the link of the phone's device ([`Texts::next_for`]) or, after a while, for the gateway that reaches
//! its SIM (`sender`, `carriers`). A message of a phone comes by its device's link or as tagged texts (`outgoing`), and
//! waits for the provider. Nothing is accepted before it is durable. What comes again under the same id is the same
//! message; what was given away under an id is given away again only to who knows it by that. What becomes of a phone's
//! message goes back to the phone as a status report, if it has asked for one.
//!
//! Several bridges may share one store: each message is one bridge's for as long as its attempt may take. No text and
//! no number is logged.

mod carriers;
mod content;
mod incoming;
mod outcome;
mod outgoing;
mod retry;
mod rpdu;
mod sender;
mod trunk;

use std::sync::Arc;
use std::time::Duration;

use caller_tag::key::Key;
use caller_tag::text::{Id, Sealer, unkeyed};
use caller_tag::{E164, NumberingPlan};
use ril_protocol::hex::{from_plain_hex, to_upper_hex};
use ril_protocol::sms_pdu::{FailureCause, Status};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::pool::{Direction, StoreError, Timestamp};
use crate::settings::{Messages, Settings, SettingsError};
use crate::store::{Ended, Message, Store};

pub(crate) use carriers::Carriers;
#[cfg(feature = "smpp")]
pub(crate) use content::{NotSendable, scts};
#[cfg(feature = "smpp")]
pub(crate) use incoming::{Content, Received, Verdict};
pub use outgoing::Submitted;

/// For how long a message is one taker's, in seconds: longer than any attempt takes (RFC 3261 timer F is 32 s).
const LEASE: i64 = 60;

/// What a phone says whose memory is full, for this kind of message or for any.
const MEMORY_FULL: [u8; 2] = [FailureCause::SIM_STORAGE_FULL.0, FailureCause::MEMORY_CAPACITY_EXCEEDED.0];

/// The text messages of this service. Clones are the same.
#[derive(Clone)]
pub struct Texts(Arc<Inner>);

struct Inner {
    store: Store,
    settings: Settings,
    messages: Messages,
    plan: NumberingPlan,
    /// The name of this bridge.
    bridge: String,
    news: watch::Sender<u64>,
}

/// A message for a phone.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    /// By which the device knows it when it comes again.
    pub id: [u8; 16],
    /// An SMS-DELIVER or SMS-STATUS-REPORT.
    pub tpdu: Vec<u8>,
    /// How often it was given away, this time included.
    pub attempts: u32,
}

impl Texts {
    /// The text messages in `store`, for the bridge of this name; `None` when the settings have none.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &Settings, store: Store, bridge: String) -> Result<Option<Self>, SettingsError> {
        let Some(messages) = settings.messages.clone() else { return Ok(None) };
        let country = settings.calls.country;
        let plan = NumberingPlan::for_calling_code(country).ok_or(SettingsError::NoCountry(country))?;
        let settings = settings.clone();
        Ok(Some(Self(Arc::new(Inner { store, settings, messages, plan, bridge, news: watch::Sender::new(0) }))))
    }

    /// Changes when this bridge has taken a message. Those of other bridges are found by asking now and then.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.0.news.subscribe()
    }

    /// The message for the phone with this tag that has waited longest, if any is due. It is the caller's for a minute;
    /// then it is due again, unless [`Self::taken`] or [`Self::refused`] was said.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_for(&self, sim: &E164, tag: u8, now: Timestamp) -> Result<Option<Waiting>, StoreError> {
        let taken = self.0.store.take_message_for(&self.0.bridge, sim, tag, now, after(now, LEASE)).await?;
        let waiting = |message: Message| {
            Some(Waiting { id: octets(&message.id)?, tpdu: message.body, attempts: message.attempts })
        };
        Ok(taken.and_then(waiting))
    }

    /// Says that nobody knows whether the device has a message, as its link is gone: it is due again, unless it was
    /// given away once more since.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn given_back(&self, id: &[u8; 16], attempts: u32, now: Timestamp) -> Result<(), StoreError> {
        let message = self.0.store.message(&to_upper_hex(id)).await?.filter(|message| message.attempts == attempts);
        let Some(message) = message else { return Ok(()) };
        self.0.store.retry_message(&message, now).await?;
        self.0.news.send_modify(|news| *news += 1);
        Ok(())
    }

    /// Says that the device has a message, durably.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn taken(&self, id: &[u8; 16], now: Timestamp) -> Result<(), StoreError> {
        self.0.store.close_message(&to_upper_hex(id), Ended::Delivered, now).await.map(|_| ())
    }

    /// Says that the device does not take a message, and why (TP-FCS). One whose memory is full is tried again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refused(&self, id: &[u8; 16], cause: u8, now: Timestamp) -> Result<(), StoreError> {
        let Some(message) = self.0.store.message(&to_upper_hex(id)).await? else { return Ok(()) };
        let later = MEMORY_FULL.contains(&cause).then(|| self.again(&message, None, now)).flatten();
        match later {
            Some(due) => self.0.store.retry_message(&message, due).await,
            None => self
                .0
                .store
                .close_message(&message.id, Ended::Failed(Status::CONNECTION_REJECTED.0), now)
                .await
                .map(|_| ()),
        }
    }

    /// The country in which this service is at home.
    pub(crate) fn plan(&self) -> &NumberingPlan {
        &self.0.plan
    }

    /// When to try a message again; `None` when it is given up before.
    fn again(&self, message: &Message, asked: Option<Duration>, now: Timestamp) -> Option<Timestamp> {
        let first = Duration::from_secs(self.0.messages.retry_seconds.into());
        retry::next(message.attempts, first, asked, now, message.expires)
    }

    /// Keeps messages, all or none.
    async fn queue(&self, messages: &[Message]) -> Result<(), StoreError> {
        if self.0.store.queue_messages(messages).await? > 0 {
            self.0.news.send_modify(|news| *news += 1);
        }
        Ok(())
    }

    /// A message that was accepted now.
    fn message(
        &self,
        id: String,
        number: E164,
        direction: Direction,
        peer: String,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Message {
        let expires = after(now, self.0.messages.validity_seconds.into());
        Message { id, number, direction, peer, body, queued: now, expires, attempts: 0, given: false }
    }

    /// What is needed to read and write texts between this SIM and the service.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the key cannot be read.
    async fn sealer(&self, sim: &E164) -> Result<Sealer<impl Fn(&[u8]) -> u64>, StoreError> {
        let key = match self.0.settings.tags.keyed() {
            Ok(Some((keys, _))) => {
                let unreadable = |why: &dyn std::fmt::Display| {
                    StoreError::Unavailable(format!("the key of a SIM in {}: {why}", keys.display()))
                };
                let text = tokio::fs::read_to_string(keys.join(sim.digits())).await.map_err(|why| unreadable(&why))?;
                Some(Key::parse(&text).map_err(|why| unreadable(&why))?)
            }
            _ => None,
        };
        Ok(Sealer { mac: move |message: &[u8]| key.as_ref().map_or_else(|| unkeyed(message), |key| key.mac(message)) })
    }
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp(now.0.saturating_add(seconds))
}

/// The id of part `part` of a message that is known by these words. The first eight octets differ, too, from part to
/// part: a tagged text has no room for more.
fn message_id(words: &[&[u8]], part: u16) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_be_bytes());
        hash.update(word);
    }
    let mut id = [0; 16];
    id.iter_mut().zip(hash.finalize()).for_each(|(octet, hashed)| *octet = hashed);
    let [high, low] = part.to_be_bytes();
    (id[6], id[7]) = (high, low);
    to_upper_hex(&id)
}

/// The id on the link of a message of the queue.
fn octets(id: &str) -> Option<[u8; 16]> {
    from_plain_hex(id).ok()?.try_into().ok()
}

/// The id in a tagged text of a message of the queue.
fn short(id: &str) -> Option<Id> {
    octets(id)?.first_chunk().copied().map(Id)
}
