//! Gives away what waits: messages for phones through the gateway when no link has taken them in time, messages of
//! phones through the provider.
//!
//! It asks the store now and then, and at once when this bridge has taken a message. Each attempt is a task of its own;
//! there are only so many at a time. It ends when all attempts that have begun are written down.

use std::sync::Arc;
use std::time::Duration;

use caller_tag::suffix1::Tag;
use caller_tag::text::Way;
use ril_protocol::sms_pdu::{Status, Submit, Tpdu};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::outcome::Outcome;
use super::{Carriers, LEASE, Texts, after, content, short};
use crate::clock::now;
use crate::pool::{Direction, Pool, StoreError, Timestamp};
use crate::store::{Ended, Message};

/// How often other bridges' messages, and those that are due again, are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// Attempts at a time.
const MOST: usize = 16;

/// Gives the messages of one direction away until `stop`: a gateway that is silent is no reason for the provider to
/// wait.
pub(super) async fn run(texts: Texts, carriers: Carriers, direction: Direction, stop: CancellationToken) {
    let messages = &texts.0.messages;
    let (carrier, grace) = match direction {
        Direction::In => (messages.gateway.clone(), i64::from(messages.grace_seconds)),
        Direction::Out => (messages.provider.clone(), 0),
    };
    let mut news = texts.news();
    let sender = Sender { texts, carriers, direction, carrier, grace };
    let places = Arc::new(Semaphore::new(MOST));
    let attempts = TaskTracker::new();
    loop {
        if let Err(error) = sender.start_due(&places, &attempts, &stop).await {
            warn!(%error, "messages wait: the store cannot be asked");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            _ = news.changed() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    attempts.close();
    if !attempts.is_empty() {
        info!(messages = attempts.len(), "waiting for messages that are under way");
    }
    attempts.wait().await;
}

#[derive(Clone)]
struct Sender {
    texts: Texts,
    carriers: Carriers,
    direction: Direction,
    /// By which the messages go; only by links when there is none.
    carrier: Option<String>,
    /// For how many seconds they are left to the links.
    grace: i64,
}

impl Sender {
    /// Begins an attempt for everything that is due.
    async fn start_due(
        &self,
        places: &Arc<Semaphore>,
        attempts: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let store = &self.texts.0.store;
        if self.direction == Direction::In {
            store.expire_messages(Status::EXPIRED.0, now()).await?;
        }
        let Some(carrier) = &self.carrier else { return Ok(()) };
        loop {
            let place = tokio::select! {
                place = places.clone().acquire_owned() => place,
                () = stop.cancelled() => return Ok(()),
            };
            let Ok(place) = place else { return Ok(()) };
            let at = now();
            let (bridge, accepted, until) = (&self.texts.0.bridge, after(at, -self.grace), after(at, LEASE));
            let taken = store.take_message(bridge, self.direction, accepted, at, until).await?;
            let Some(message) = taken else { return Ok(()) };
            let (sender, carrier) = (self.clone(), carrier.clone());
            attempts.spawn(async move {
                if let Err(error) = sender.attempt(&carrier, &message).await {
                    warn!(%error, "what became of a message is not written down: it will be tried again");
                }
                drop(place);
            });
        }
    }

    async fn attempt(&self, carrier: &str, message: &Message) -> Result<(), StoreError> {
        let outcome = if message.expires <= now() {
            Outcome::Never(Status::EXPIRED.0)
        } else {
            match message.direction {
                Direction::In => self.to_phone(carrier, message).await?,
                Direction::Out => self.to_provider(carrier, message).await?,
            }
        };
        debug!(attempts = message.attempts, ?outcome, "a message was tried");
        let at = now();
        match outcome {
            Outcome::Done => self.end(message, Ended::Delivered, Status::FORWARDED.0, at).await,
            Outcome::Never(status) => self.end(message, Ended::Failed(status), status, at).await,
            #[cfg(feature = "smpp")]
            Outcome::Lost => Ok(()),
            Outcome::Later(asked) => match self.texts.again(message, asked, at) {
                Some(due) => self.texts.0.store.retry_message(message, due).await,
                None => self.end(message, Ended::Failed(Status::EXPIRED.0), Status::EXPIRED.0, at).await,
            },
        }
    }

    /// Writes down how a message ended, the phone's report first: what is closed is not looked at again.
    async fn end(&self, message: &Message, ended: Ended, status: u8, at: Timestamp) -> Result<(), StoreError> {
        self.texts.reports(message, status, at).await?;
        self.texts.0.store.close_message(&message.id, ended, at).await.map(|_| ())
    }

    /// A message for a phone, as the tagged text in an SMS from its access number to its SIM.
    async fn to_phone(&self, carrier: &str, message: &Message) -> Result<Outcome, StoreError> {
        let Some(assignment) = self.texts.0.store.by_number(&message.number).await? else {
            return Ok(Outcome::Never(Status::NOT_OBTAINABLE.0));
        };
        let sealer = self.texts.sealer(&assignment.sim).await?;
        let sealed = Tag::new(assignment.tag)
            .zip(short(&message.id))
            .and_then(|(tag, id)| sealer.seal(Way::ToPhone, tag, id, &message.body).ok());
        // The queue holds nothing for phones that needs more than one.
        let Some(Ok([text])) = sealed.map(<[String; 1]>::try_from) else {
            return Ok(Outcome::Never(Status::INCOMPATIBLE.0));
        };
        Ok(self.carriers.to_sim(carrier, message, &assignment.access, &assignment.sim, text).await)
    }

    /// A message of a phone.
    async fn to_provider(&self, carrier: &str, message: &Message) -> Result<Outcome, StoreError> {
        let submits: Option<Vec<Submit>> =
            content::unpack(&message.body).into_iter().map(|tpdu| Submit::decode(tpdu).ok()).collect();
        match submits {
            Some(submits) => self.carriers.to_world(carrier, &self.texts, message, &submits).await,
            None => Ok(Outcome::Never(Status::INCOMPATIBLE.0)),
        }
    }
}
