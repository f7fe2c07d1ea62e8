//! Takes changes without waiting, and a thread that makes them durable.
//!
//! While a transaction is on its way to the disk, the changes of that time gather for the next one: the slower the
//! disk, the more of them share one wait for it.
//!
//! What waits is bounded. A change takes the place of a waiting one with the same key, so what waits is no more than
//! what the router keeps and has lately removed. Beyond [`MOST_WAITING`] the store says that it fails, so that the
//! router takes in nothing new to be stored; at twice as much, which a router that heeds that does not reach, no more
//! changes are taken in this life of the daemon. What came before them is still written, nothing after them is, and
//! none of them is ever reported as durable.

use std::future::Future;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::Notify;
use tracing::{Span, error, info, warn};

use super::batch::Batch;
use super::database::Database;
use crate::pause::Pause;
use crate::router::Change;

/// With so many bytes waiting, the store fails.
const MOST_WAITING: usize = 8 << 20;

/// With so many, it takes no more.
const FULL: usize = 2 * MOST_WAITING;

/// The wait before the first new try of what could not be written.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How far the changes have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The first so many changes will be there after a crash.
    pub durable: u64,
    /// Changes cannot be made durable at present, or not as fast as they come.
    pub failing: bool,
}

/// The way to the database while a thread writes to it. The thread ends when this is dropped, after a last try to write
/// what waits.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to do for the thread.
    work: Condvar,
    /// There may be progress to tell.
    progress: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// How many changes there were.
    numbered: u64,
    /// How many of them are durable.
    durable: u64,
    waiting: Batch,
    /// What the thread is writing, in bytes.
    in_hand: usize,
    /// The last try to write failed.
    broken: bool,
    /// A change was not taken, and so none after it.
    overrun: bool,
    closing: bool,
}

impl Writer {
    pub(super) fn start(database: Database) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = thread::Builder::new().name("store".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            // What it says in the log is about the same SIM as what its caller says.
            let span = Span::current();
            move || span.in_scope(|| write(database, &shared))
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Takes the next change. It waits for no disk.
    pub fn put(&self, change: Change<'_>) {
        self.shared.change(|state| state.add(change));
        self.shared.work.notify_one();
    }

    /// How far the changes have come by now.
    pub fn progress(&self) -> Progress {
        self.shared.lock().progress()
    }

    /// Comes when [`progress`](Self::progress) may be different from when this was last waited for. For one waiter.
    pub fn progressed(&self) -> impl Future<Output = ()> + use<> {
        let shared = Arc::clone(&self.shared);
        async move { shared.progress.notified().await }
    }

    /// Waits until all changes are durable, or a last try to make them so has failed. Changes that come later are lost.
    pub fn finish(&mut self) -> Progress {
        self.shared.lock().closing = true;
        self.shared.work.notify_one();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the store's thread has panicked");
        }
        self.progress()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The thread.
fn write(mut database: Database, shared: &Shared) {
    while let Some(mut batch) = shared.take() {
        let mut pause = Pause::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut is_last_try = false;
        while let Err(why) = database.apply(&batch) {
            shared.failed(&why);
            if is_last_try {
                error!(changes = batch.changes().count(), "changes are lost");
                return;
            }
            is_last_try = shared.pause(pause.next());
            shared.take_more(&mut batch);
        }
        shared.written(&batch);
    }
}

impl Shared {
    /// Waits for changes; `None` when there are none and will be none.
    fn take(&self) -> Option<Batch> {
        let waited = self.work.wait_while(self.lock(), |state| state.waiting.is_empty() && !state.closing);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let batch = std::mem::take(&mut state.waiting);
        state.in_hand = batch.bytes();
        (!batch.is_empty()).then_some(batch)
    }

    fn take_more(&self, batch: &mut Batch) {
        let mut state = self.lock();
        batch.append(std::mem::take(&mut state.waiting));
        state.in_hand = batch.bytes();
    }

    /// Waits before a new try; true if it shall be the last one, and be now.
    fn pause(&self, time: Duration) -> bool {
        let waited = self.work.wait_timeout_while(self.lock(), time, |state| !state.closing);
        waited.unwrap_or_else(PoisonError::into_inner).0.closing
    }

    fn failed(&self, why: &rusqlite::Error) {
        let is_news = self.change(|state| !std::mem::replace(&mut state.broken, true));
        if is_news {
            warn!(%why, "changes cannot be stored; trying on");
        }
    }

    fn written(&self, batch: &Batch) {
        let is_news = self.change(|state| {
            state.durable = batch.last();
            state.in_hand = 0;
            std::mem::take(&mut state.broken)
        });
        if is_news {
            info!("changes are stored again");
        }
    }

    /// Changes the state; who waits for progress is told if that is some.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.lock();
        let before = state.progress();
        let result = change(&mut state);
        if state.progress() != before {
            self.progress.notify_one();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, change: Change<'_>) {
        self.numbered += 1;
        if !self.overrun && self.bytes() >= FULL {
            error!(durable = self.durable, lost = self.numbered, "no more changes are stored: too many wait");
            self.overrun = true;
        }
        if !self.overrun {
            self.waiting.add(self.numbered, change);
        }
    }

    fn bytes(&self) -> usize {
        self.waiting.bytes() + self.in_hand
    }

    fn progress(&self) -> Progress {
        let failing = self.broken || self.overrun || self.bytes() > MOST_WAITING;
        Progress { durable: self.durable, failing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::{Kind, Record};

    const VALUE: &[u8] = &[0; 64 << 10];

    fn add(state: &mut State, key: u32) {
        state.add(Change::Put(Record { kind: Kind::Message, key: &key.to_be_bytes(), value: VALUE }));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut state = State::default();
        for key in 0.. {
            if state.progress().failing {
                break;
            }
            add(&mut state, key);
        }
        assert!(state.bytes() > MOST_WAITING && state.bytes() < MOST_WAITING + 2 * VALUE.len(), "it fails too late");
        assert_eq!(state.waiting.last(), state.numbered, "everything up to here was taken");
        let keys = u32::try_from(state.numbered).unwrap();

        // The same keys once more take the places that they have.
        let bytes = state.bytes();
        (0..keys).for_each(|key| add(&mut state, key));
        assert_eq!((state.bytes(), state.waiting.last()), (bytes, u64::from(2 * keys)));

        // A router that does not care.
        (keys..10 * keys).for_each(|key| add(&mut state, key));
        let taken = state.waiting.last();
        assert!(state.overrun && state.bytes() < FULL + 2 * VALUE.len() && taken < state.numbered);

        // Later there is room, and still no change is taken: one before it is missing.
        state.waiting = Batch::default();
        add(&mut state, 0);
        assert!(state.waiting.is_empty() && state.progress().failing);
    }

    #[test]
    fn what_is_on_its_way_to_the_disk_counts() {
        let mut state = State { in_hand: MOST_WAITING, ..State::default() };
        assert!(!state.progress().failing);
        add(&mut state, 0);
        assert!(state.progress().failing);
        state.in_hand = 0;
        assert!(!state.progress().failing);
    }
}
