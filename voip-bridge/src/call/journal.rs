//! The way of the call log into the pool: calls do not wait for it.
//!
//! Records are written in the order in which they come, all that have come meanwhile at once; of one call only the last
//! word is written. So a call costs the database one write instead of three when there is much to do. The queue is
//! bounded: when the database is that far behind, calls wait for it after all. It refuses to lose a record silently: a
//! log that cannot be written is warned of, and the calls go on.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::warn;

use crate::pool::{Call, Pool};

/// How many records may wait.
const WAITING: usize = 1024;
/// How many are written at once.
const AT_ONCE: usize = 256;

/// Where calls are written down. The log is complete when all clones are dropped and the writer has ended.
#[derive(Clone)]
pub(super) struct Journal(mpsc::Sender<Call>);

impl Journal {
    /// Starts the writer.
    pub(super) fn open<P: Pool + 'static>(pool: Arc<P>) -> (Self, JoinHandle<()>) {
        let (sender, waiting) = mpsc::channel(WAITING);
        (Self(sender), tokio::spawn(write(pool, waiting)))
    }

    /// Writes down how far a call has come.
    pub(super) async fn note(&self, call: Call) {
        if self.0.send(call).await.is_err() {
            warn!("a call is not in the log: its writer has gone");
        }
    }
}

async fn write<P: Pool>(pool: Arc<P>, mut waiting: mpsc::Receiver<Call>) {
    let mut calls = Vec::new();
    while waiting.recv_many(&mut calls, AT_ONCE).await > 0 {
        let last = last_words(calls.drain(..));
        if let Err(error) = pool.log_calls(&last).await {
            warn!(%error, calls = last.len(), "the call log cannot be written");
        }
    }
}

/// The last record of each call, in the order of the first ones.
fn last_words(calls: impl Iterator<Item = Call>) -> Vec<Call> {
    let mut last: Vec<Call> = Vec::new();
    let mut places = HashMap::new();
    for call in calls {
        let place = *places.entry(call.id.clone()).or_insert(last.len());
        match last.get_mut(place) {
            Some(earlier) => *earlier = call,
            None => last.push(call),
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::{Direction, Timestamp};
    use caller_tag::E164;

    fn call(id: &str, ended: Option<i64>) -> Call {
        Call {
            id: id.to_owned(),
            bridge: "test".to_owned(),
            number: E164::parse("+15550100001").expect("a number"),
            direction: Direction::In,
            peer: None,
            began: Timestamp(1),
            answered: None,
            ended: ended.map(Timestamp),
            cause: None,
        }
    }

    #[test]
    fn of_one_call_only_the_last_word_is_written() {
        let calls = [call("a", None), call("b", None), call("a", Some(2)), call("c", None), call("b", Some(3))];
        let last = last_words(calls.into_iter());
        assert!(last == [call("a", Some(2)), call("b", Some(3)), call("c", None)]);
    }
}
