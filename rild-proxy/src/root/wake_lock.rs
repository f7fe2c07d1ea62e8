//! The wake lock that a rild holds while a client is to handle what it was told: without it a phone that wakes up for a
//! call may sleep again before anybody has heard of it.
//!
//! It is held for 200 ms after each message that a phone has to wake up for, as libril does for clients of RIL version
//! 12 and older; not for what is said to a phone while it connects or says something itself, for that is awake, and
//! could keep the device so. Clients are not asked to acknowledge messages, so there is nothing else to wait for.
//!
//! Reference: `libril/ril.cpp` (`grabPartialWakeLock`, `releaseWakeLock`, `ANDROID_WAKE_LOCK_USECS`), the kernel's
//! Documentation/ABI/testing/sysfs-power.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use tracing::warn;

use crate::router::Now;

/// The name of the lock; it is that of libril, for whoever looks for it in a report.
const NAME: &str = "radio-interface";

/// How long it is held.
const HELD_FOR: Duration = Duration::from_millis(200);

/// The device's one lock, which all lines share.
#[derive(Clone, Debug)]
pub(super) struct WakeLock(Rc<RefCell<Lock>>);

/// The lock, and what was done with it.
#[derive(Debug)]
struct Lock {
    lock: PathBuf,
    unlock: PathBuf,
    until: Option<Now>,
    counts: WakeLockCounts,
}

/// What was done with the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WakeLockCounts {
    /// How often it was taken.
    pub(super) taken: u64,
    /// How often the kernel would not take what it was told.
    pub(super) failed: u64,
}

impl WakeLock {
    /// A lock by way of this file of the kernel's, and the `wake_unlock` beside it.
    pub(super) fn new(lock: &Path) -> Self {
        let unlock = lock.with_file_name("wake_unlock");
        let lock = Lock { lock: lock.to_owned(), unlock, until: None, counts: WakeLockCounts::default() };
        Self(Rc::new(RefCell::new(lock)))
    }

    /// A phone was told something that it has to wake up for.
    pub(super) fn hold(&self, now: Now) {
        self.0.borrow_mut().hold(now);
    }

    /// When [`release_if_due`](Self::release_if_due) has something to do.
    pub(super) fn deadline(&self) -> Option<Now> {
        self.0.borrow().until
    }

    /// Lets the phone sleep, if it is time.
    pub(super) fn release_if_due(&self, now: Now) {
        self.0.borrow_mut().release_if_due(now);
    }

    pub(super) fn counts(&self) -> WakeLockCounts {
        self.0.borrow().counts
    }
}

impl Lock {
    fn hold(&mut self, now: Now) {
        if self.until.replace(now + HELD_FOR).is_none() {
            self.counts.taken += 1;
            let told = std::fs::write(&self.lock, NAME);
            self.check(&self.lock.clone(), told);
        }
    }

    fn release_if_due(&mut self, now: Now) {
        if self.until.take_if(|until| *until <= now).is_some() {
            let told = std::fs::write(&self.unlock, NAME);
            self.check(&self.unlock.clone(), told);
        }
    }

    fn check(&mut self, file: &Path, told: io::Result<()>) {
        if let Err(error) = told {
            self.counts.failed += 1;
            if self.counts.failed == 1 {
                warn!("the wake lock: {}: {error}; this is only counted from now on", file.display());
            }
        }
    }
}

impl Drop for Lock {
    /// The kernel keeps a lock whose owner has ended.
    fn drop(&mut self) {
        self.release_if_due(Now::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_taken_once_and_released_after_the_last_message() {
        let folder = tempfile::tempdir().unwrap();
        let (locked, unlocked) = (folder.path().join("wake_lock"), folder.path().join("wake_unlock"));
        let lock = WakeLock::new(&locked);
        let start = Duration::from_secs(5);
        lock.hold(start);
        assert_eq!(std::fs::read_to_string(&locked).unwrap(), NAME);
        let later = start + Duration::from_millis(150);
        lock.hold(later);
        assert_eq!((lock.counts().taken, lock.deadline()), (1, Some(later + HELD_FOR)));
        lock.release_if_due(start + HELD_FOR);
        assert!(!unlocked.exists(), "the second message is not handled yet");
        lock.release_if_due(later + HELD_FOR);
        assert_eq!(std::fs::read_to_string(&unlocked).unwrap(), NAME);
        assert_eq!(lock.deadline(), None);
        std::fs::remove_file(&unlocked).unwrap();
        lock.release_if_due(Now::MAX);
        assert!(!unlocked.exists(), "it is not held");
        let of_another_line = lock.clone();
        of_another_line.hold(later);
        drop(of_another_line);
        assert!(!unlocked.exists(), "it is the device's, not the line's");
        drop(lock);
        assert!(unlocked.exists(), "it ends with the daemon");
    }

    #[test]
    fn a_kernel_without_wake_locks_is_counted() {
        let lock = WakeLock::new(Path::new("/nonexistent/wake_lock"));
        lock.hold(Now::ZERO);
        lock.release_if_due(Now::MAX);
        assert_eq!(lock.counts(), WakeLockCounts { taken: 1, failed: 2 });
    }
}
