//! Bridges that share a database: each shows that it lives, and ends in the log the calls of those that no longer do.
//!
//! That is all that they have to do with each other. Who gets a call is the business of the proxy in front of them, and
//! what they share is in the database. A bridge shows that it lives by counting; the others look how long the count has
//! stood still by clocks of their own, so that it does not matter what time each believes it is. Of a bridge that was only
//! cut off from the database the calls are live again with the next word about them. It refuses to decide anything
//! about calls: a wrong guess here is a wrong line in the log.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::clock::now;
use crate::pool::StoreError;
use crate::store::Store;

/// How often a bridge counts, in the time after which it is taken for dead.
const BEATS: u32 = 6;

/// The others, as they were seen last.
struct Others {
    patience: Duration,
    seen: HashMap<String, Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    beats: i64,
    since: Instant,
}

/// Shows for ever that the bridge `name` lives, and ends the calls of others that have not shown it for `patience`.
pub(crate) async fn watch(store: &Store, name: &str, patience: Duration) {
    let mut others = Others { patience, seen: HashMap::new() };
    let mut again = interval(patience / BEATS);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        again.tick().await;
        if let Err(why) = look(store, name, &mut others).await {
            warn!("the other bridges cannot be seen: {why}");
            // Whoever has not been seen may have lived meanwhile.
            others.seen.clear();
        }
    }
}

async fn look(store: &Store, name: &str, others: &mut Others) -> Result<(), StoreError> {
    store.beat(name).await?;
    let mut beats = store.beats().await?;
    beats.retain(|(bridge, _)| bridge != name);
    for (bridge, beats) in others.gone(beats, Instant::now()) {
        let calls = store.end_abandoned(&bridge, now()).await?;
        store.forget_bridge(&bridge, beats).await?;
        info!(bridge, calls, "a bridge has gone; its calls are ended in the log");
    }
    Ok(())
}

impl Others {
    /// Those that have stood still for too long, of all there are now.
    fn gone(&mut self, beats: Vec<(String, i64)>, now: Instant) -> Vec<(String, i64)> {
        let seen = std::mem::take(&mut self.seen);
        let mut gone = Vec::new();
        for (bridge, beats) in beats {
            let before = seen.get(&bridge).copied().filter(|seen| seen.beats == beats);
            let seen = before.unwrap_or(Seen { beats, since: now });
            if now.saturating_duration_since(seen.since) >= self.patience {
                gone.push((bridge, beats));
            } else {
                self.seen.insert(bridge, seen);
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn beats(of: &[(&str, i64)]) -> Vec<(String, i64)> {
        of.iter().map(|(bridge, beats)| ((*bridge).to_owned(), *beats)).collect()
    }

    #[test]
    fn who_stands_still_is_gone_and_who_counts_is_not() {
        let (mut others, start) = (Others { patience: PATIENCE, seen: HashMap::new() }, Instant::now());
        assert!(others.gone(beats(&[("a", 7), ("b", 1)]), start).is_empty());
        assert!(others.gone(beats(&[("a", 7), ("b", 2)]), start + PATIENCE / 2).is_empty());
        assert_eq!(others.gone(beats(&[("a", 7), ("b", 3)]), start + PATIENCE), beats(&[("a", 7)]));
        // It was the last bridge of the log for whoever starts later, too; then it is back.
        assert!(others.gone(beats(&[("a", 1), ("b", 4)]), start + PATIENCE).is_empty());
        assert_eq!(others.gone(beats(&[("a", 1), ("b", 5)]), start + PATIENCE * 2), beats(&[("a", 1)]));
    }

    #[test]
    fn only_bridges_that_there_are_are_remembered() {
        let (mut others, start) = (Others { patience: PATIENCE, seen: HashMap::new() }, Instant::now());
        for index in 0..100 {
            others.gone(beats(&[(&format!("bridge{index}"), 1)]), start);
        }
        assert_eq!(others.seen.len(), 1);
    }
}
