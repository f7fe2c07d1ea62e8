//! Texts over the link: those that wait for phones of a linked device go out, those of its phones come in.
//!
//! Of each phone one text is on its way at a time, so that they arrive in order. The service forgets one when the
//! device has said that it is durable there, and says that it has a phone's text when it is durable here; whatever is
//! lost in between is said again under the same id. It believes a device only about texts that this connection was
//! given.

use std::sync::Arc;
use std::time::Duration;

use caller_tag::E164;
use caller_tag::link::to_device::Say;
use caller_tag::link::{TEXT_ID, Text, TextAccepted, TextDeliver, TextRejected};
use ril_protocol::sms_pdu::FailureCause;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::warn;

use super::{Inner, lock};
use crate::clock::now;
use crate::texts::{Submitted, Texts, Waiting};

/// How often texts are looked for that other bridges have accepted, or that are due again.
const LOOK: Duration = Duration::from_secs(5);
/// A text that was given to a device so long ago is due again: somebody else may have it now.
const LOST: Duration = Duration::from_secs(60);
/// How many phones a device can have.
const PHONES: usize = 10;

type Id = [u8; TEXT_ID];

/// The texts on their way over one connection, by tag.
#[derive(Default)]
pub(super) struct OnTheWay([Option<Given>; PHONES]);

/// A text that the device was given.
#[derive(Clone, Copy)]
struct Given {
    id: Id,
    /// How often it was, this time included.
    attempts: u32,
    since: Instant,
}

/// Wakes the connections whose devices have texts waiting, for ever.
pub(super) async fn watch(inner: Arc<Inner>, texts: Texts) {
    let mut news = texts.news();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            Ok(()) = news.changed() => {}
        }
        if lock(&inner.here).is_empty() {
            continue;
        }
        match inner.store.sims_with_messages(now()).await {
            Ok(sims) => {
                let here = lock(&inner.here);
                sims.iter().filter_map(|sim| here.get(sim)).for_each(|here| here.texts.notify_one());
            }
            Err(error) => warn!(%error, "texts cannot be looked for"),
        }
    }
}

impl OnTheWay {
    /// What is to be given to the device of this SIM now.
    pub(super) async fn next(&mut self, inner: &Inner, sim: &E164) -> Vec<Say> {
        let Some(texts) = &inner.texts else { return Vec::new() };
        let mut says = Vec::new();
        for (tag, on_its_way) in (0..).zip(&mut self.0) {
            if on_its_way.is_some_and(|given| given.since.elapsed() < LOST) {
                continue;
            }
            match texts.next_for(sim, tag, now()).await {
                Ok(waiting) => {
                    let since = Instant::now();
                    let given = |waiting: &Waiting| Given { id: waiting.id, attempts: waiting.attempts, since };
                    *on_its_way = waiting.as_ref().map(given);
                    says.extend(waiting.map(|waiting| {
                        let id = waiting.id.to_vec();
                        Say::TextDeliver(TextDeliver { id, tag: tag.into(), tpdu: waiting.tpdu })
                    }));
                }
                Err(error) => {
                    warn!(%error, "texts for a device cannot be had");
                    break;
                }
            }
        }
        says
    }

    /// The device has a text, or does not take it and says why. Whether it was one that it was given.
    pub(super) async fn settle(&mut self, inner: &Inner, id: &[u8], refused: Option<u32>) -> bool {
        let Some(texts) = &inner.texts else { return false };
        let given = self.0.iter_mut().find(|given| given.is_some_and(|given| given.id == id));
        let Some(Given { id, .. }) = given.and_then(Option::take) else { return false };
        let done = match refused {
            None => texts.taken(&id, now()).await,
            Some(cause) => texts.refused(&id, u8::try_from(cause).unwrap_or(u8::MAX), now()).await,
        };
        if let Err(error) = done {
            warn!(%error, "what became of a text cannot be kept; it will be delivered again");
        }
        true
    }

    /// The connection is gone: what the device has not spoken of may not have arrived. It knows what comes again.
    pub(super) async fn give_back(self, inner: &Inner) {
        let Some(texts) = &inner.texts else { return };
        for Given { id, attempts, .. } in self.0.into_iter().flatten() {
            if let Err(error) = texts.given_back(&id, attempts, now()).await {
                warn!(%error, "a text waits for a minute before it is delivered again");
            }
        }
    }
}

impl Inner {
    /// Takes a phone's text; gives the answer, or none while it is not durable: the device says it again.
    pub(super) async fn submit(&self, sim: &E164, text: &Text) -> Option<Say> {
        let reject = |cause: FailureCause| Say::TextRejected(TextRejected { id: text.id.clone(), cause: cause.into() });
        let Some(texts) = &self.texts else { return Some(reject(FailureCause::NO_SC_SUBSCRIPTION)) };
        let (id, tag) = (text.id.as_slice().try_into().ok()?, u8::try_from(text.tag).ok()?);
        match texts.submit(sim, tag, &id, &text.tpdu, now()).await {
            Ok(Submitted::Accepted) => Some(Say::TextAccepted(TextAccepted { id: text.id.clone() })),
            Ok(Submitted::Refused(cause)) => Some(reject(cause)),
            Err(error) => {
                warn!(%error, "a text of a phone cannot be kept");
                None
            }
        }
    }
}
