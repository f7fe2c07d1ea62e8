//! Devices that are linked to another bridge of the same database.
//!
//! Which bridge has a device is in the database, and kept fresh by that bridge. What another has for the device it
//! leaves there, and the bridge with the link looks for such post several times a second: it is little, and a call
//! waits for it. With a database of its own a bridge does nothing of this.

use std::time::Duration;

use caller_tag::E164;
use caller_tag::link::{self, to_device::Say};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};

use super::{Inner, after, lock};
use crate::call::unique;
use crate::clock::now;
use crate::store::{LinkInfo, Post};

/// How often a bridge says that it still has a link.
pub(super) const SEEN: Duration = Duration::from_secs(30);
/// A link that was not seen for so many seconds is gone, and its bridge with it.
const GONE: i64 = 100;
/// How often post is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// The link to the device of this SIM, on whichever bridge.
pub(super) async fn link(inner: &Inner, sim: &E164) -> Option<LinkInfo> {
    match inner.store.link(sim, after(now(), -GONE)).await {
        Ok(link) => link,
        Err(error) => {
            warn!(%error, "nobody knows whether a device has a link");
            None
        }
    }
}

/// What a connection of this run of a device's daemon is called.
pub(super) fn name(run: u64, id: &str) -> String {
    format!("{run:016x}-{id}")
}

/// The run of the last connection of the device of this SIM, where other bridges may have had it.
pub(super) async fn last_run(inner: &Inner, sim: &E164) -> Option<u64> {
    let link = if inner.shared { link(inner, sim).await } else { None };
    u64::from_str_radix(link?.connection.split('-').next()?, 16).ok()
}

/// Passes on what other bridges have left, for ever.
pub(super) async fn pass_on_post(inner: &Inner) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        looks.tick().await;
        if lock(&inner.here).is_empty() {
            continue;
        }
        match inner.store.take_posts(&inner.bridge, now()).await {
            Ok(posts) => {
                failing = false;
                posts.into_iter().for_each(|post| inner.deliver(&post));
            }
            Err(error) if failing => debug!(%error, "the post of other bridges cannot be looked for"),
            Err(error) => {
                failing = true;
                warn!(%error, "the post of other bridges cannot be looked for");
            }
        }
    }
}

impl Inner {
    fn deliver(&self, post: &Post) {
        let Ok(Some(say)) = link::from_service(&post.message) else {
            warn!("another bridge has left what is no message");
            return;
        };
        if let Say::Hint(hint) = &say {
            self.remember_foreign(post.sim, hint.id, now());
        }
        self.say_here(&post.sim, post.run, &say);
    }

    /// Leaves a message for the bridge that has the link, good for so many seconds.
    pub(super) async fn leave_post(&self, sim: &E164, run: Option<u64>, say: Say, seconds: i64) {
        /// What is left later gets a higher number.
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let post = Post {
            id: format!("{:016x}-{}", NUMBER.fetch_add(1, Ordering::Relaxed), unique()),
            sim: *sim,
            run,
            message: link::to_device(say),
            expires: after(now(), seconds),
        };
        if let Err(error) = self.store.leave_post(&post).await {
            warn!(%error, "a message for a device cannot be left for another bridge");
        }
    }
}

/// In whole seconds, and one more.
pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).saturating_add(1)
}
