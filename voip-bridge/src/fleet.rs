//! Bridges that share a database: each shows that it lives, and ends in the log the calls of those that no longer do.
//!
//! That is all that they have to do with each other. Who gets a call is the business of the proxy in front of them, and
//! what they share is in the database. A bridge shows that it lives by counting; the others look how long the count has
//! stood still by clocks of their own, so that it does not matter what time each believes it is. Of a bridge that was
//! only cut off from the database the calls are live again with the next word about them. It refuses to decide anything
//! about calls: a wrong guess here is a wrong line in the log.
//!
//! Two bridges of one name would end each other's calls in the log and take each other's messages for their own. Each
//! run has a number, so they notice, and say so for as long as it lasts. A database of its own is watched for that,
//! too.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{error, info, warn};

use crate::clock::now;
use crate::pool::StoreError;
use crate::store::Store;

/// How often a bridge counts, in the time after which it is taken for dead.
const BEATS: u32 = 6;

/// After so many looks that show no other bridge of its name a bridge is alone again: two do not look in turn.
const QUIET: u32 = 4;

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

/// The name of this bridge, which ought to be nobody else's.
struct Name<'a> {
    name: &'a str,
    /// Drawn at the start.
    run: i64,
    /// The name has been this run's; who had it before was an earlier one.
    begun: bool,
    contested: bool,
    /// So many looks have shown no other since.
    quiet: u32,
}

impl<'a> Name<'a> {
    fn new(name: &'a str, run: i64) -> Self {
        Self { name, run, begun: false, contested: false, quiet: 0 }
    }
}

/// Shows for ever that the bridge `name` lives, and ends the calls of others that have not shown it for `patience`.
/// Says when there is another bridge of its name.
pub(crate) async fn watch(store: &Store, name: &str, patience: Duration) {
    let mut name = Name::new(name, rand::random());
    let mut others = Others { patience, seen: HashMap::new() };
    let mut again = interval(patience / BEATS);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        again.tick().await;
        if let Err(why) = look(store, &mut name, &mut others).await {
            warn!("the other bridges cannot be seen: {why}");
            // Whoever has not been seen may have lived meanwhile.
            others.seen.clear();
        }
    }
}

async fn look(store: &Store, own: &mut Name<'_>, others: &mut Others) -> Result<(), StoreError> {
    own.show(store).await?;
    if !store.is_shared() {
        return Ok(());
    }
    let mut beats = store.beats().await?;
    beats.retain(|(bridge, _)| bridge != own.name);
    for (bridge, beats) in others.gone(beats, Instant::now()) {
        let calls = store.end_abandoned(&bridge, now()).await?;
        store.forget_bridge(&bridge, beats).await?;
        info!(bridge, calls, "a bridge has gone; its calls are ended in the log");
    }
    Ok(())
}

impl Name<'_> {
    /// Shows that this run lives, and looks whether another one does.
    async fn show(&mut self, store: &Store) -> Result<(), StoreError> {
        let other = if store.is_shared() || !self.begun || self.contested {
            store.beat(self.name, self.run).await?
        } else {
            // Looked at only: whoever has started later has its own there, and this is not worth a wait for the disk.
            store.last_run(self.name).await?.filter(|run| *run != self.run)
        };
        self.note_seen(other.is_some());
        Ok(())
    }

    /// What was seen: whether another run has had the name since. The first time that was an earlier one.
    fn note_seen(&mut self, by_another: bool) {
        let (name, contested) = (self.name, std::mem::replace(&mut self.begun, true) && by_another);
        self.quiet = if contested { 0 } else { self.quiet.saturating_add(1) };
        if contested && !self.contested {
            error!(name, "another bridge runs under this name with this database: give each one a name of its own");
            self.contested = true;
        } else if self.contested && self.quiet >= QUIET {
            info!(name, "no other bridge has this name any more");
            self.contested = false;
        }
    }
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

    async fn contested(store: &Store, names: &mut [Name<'_>; 2]) -> [bool; 2] {
        for name in names.iter_mut() {
            name.show(store).await.unwrap();
        }
        names.each_ref().map(|name| name.contested)
    }

    #[tokio::test]
    async fn two_of_one_name_notice() {
        let folder = tempfile::tempdir().unwrap();
        let config = crate::config::Store { sqlite: folder.path().join("bridge.db"), ..Default::default() };
        let store = Store::open(&config).await.unwrap();
        // An earlier run, one that has a name of its own, and this one.
        store.beat("a", 7).await.unwrap();
        assert_eq!(contested(&store, &mut [Name::new("a", 1), Name::new("b", 2)]).await, [false, false]);
        let mut two = [Name::new("a", 1), Name::new("a", 2)];
        assert_eq!(contested(&store, &mut two).await, [false, false], "each may be a new start of the other");
        assert_eq!(contested(&store, &mut two).await, [true, false]);
        for _ in 0..9 {
            assert_eq!(contested(&store, &mut two).await, [true, true]);
        }
        // The later one is gone.
        for _ in 0..=QUIET {
            two[0].show(&store).await.unwrap();
        }
        assert!(!two[0].contested);
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
