//! What the request thread has to do: jobs, whose lanes take turns, and timers when they are due.
//!
//! One thread takes, any thread gives. A timer that is due goes before the jobs, as in libril's event loop.
//!
//! Reference: `libril/ril_event.cpp` (`ril_event_loop`).

use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::lanes::{Lane, Lanes};

/// A delay that is taken for "never": no clock of ours reaches further.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The next thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task<J, T> {
    /// The job whose turn it is.
    Job(J),
    /// A timer that is due.
    Timer(T),
}

/// Jobs and timers that wait.
#[derive(Debug)]
pub(crate) struct Work<J, T> {
    state: Mutex<State<J, T>>,
    wake: Condvar,
}

#[derive(Debug)]
struct State<J, T> {
    jobs: Lanes<J>,
    timers: BinaryHeap<Timer<T>>,
    timers_set: u64,
    asleep: bool,
}

/// Ordered so that the earliest is the greatest; of two at one time, the one that was set first.
#[derive(Debug)]
struct Timer<T> {
    due: Instant,
    number: u64,
    what: T,
}

impl<J, T> Work<J, T> {
    /// Nothing to do.
    pub(crate) fn new() -> Self {
        let state = State { jobs: Lanes::new(), timers: BinaryHeap::new(), timers_set: 0, asleep: false };
        Self { state: Mutex::new(state), wake: Condvar::new() }
    }

    /// Appends a job to a lane, or gives it back when `most` jobs wait there already.
    pub(crate) fn push(&self, lane: Lane, job: J, most: usize) -> Result<(), J> {
        let mut state = self.lock();
        state.jobs.push(lane, job, most)?;
        self.unlock_and_wake(state);
        Ok(())
    }

    /// Sets a timer.
    pub(crate) fn after(&self, delay: Duration, what: T) {
        let now = now();
        let due = now.checked_add(delay.min(FAR)).unwrap_or(now);
        let mut state = self.lock();
        let number = state.timers_set;
        state.timers_set = number.wrapping_add(1);
        state.timers.push(Timer { due, number, what });
        self.unlock_and_wake(state);
    }

    /// Takes out a job that waits and for which `wanted` holds.
    pub(crate) fn withdraw(&self, wanted: impl FnMut(&J) -> bool) -> Option<J> {
        self.lock().jobs.withdraw(wanted)
    }

    /// Waits for something to do.
    pub(crate) fn next(&self) -> Task<J, T> {
        let mut state = self.lock();
        loop {
            let mut patience = None;
            if let Some(first) = state.timers.peek() {
                let left = first.due.saturating_duration_since(now());
                if left.is_zero()
                    && let Some(timer) = state.timers.pop()
                {
                    return Task::Timer(timer.what);
                }
                patience = Some(left);
            }
            if let Some(job) = state.jobs.take() {
                return Task::Job(job);
            }
            state.asleep = true;
            state = match patience {
                None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
            state.asleep = false;
        }
    }

    fn unlock_and_wake(&self, mut state: MutexGuard<'_, State<J, T>>) {
        let asleep = std::mem::take(&mut state.asleep);
        drop(state);
        if asleep {
            self.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<J, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[allow(clippy::disallowed_methods, reason = "the request thread is a driver: it sleeps until a timer is due")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

impl<T> Ord for Timer<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.due, other.number).cmp(&(self.due, self.number))
    }
}

impl<T> PartialOrd for Timer<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Timer<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Timer<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    const LANE: Lane = Lane::Of(0);

    fn work() -> Work<u32, char> {
        Work::new()
    }

    #[test]
    fn jobs_come_in_turn_and_due_timers_go_first() {
        let work = work();
        work.push(LANE, 1, 9).unwrap();
        work.push(LANE, 2, 9).unwrap();
        work.push(Lane::Of(1), 3, 9).unwrap();
        work.push(Lane::Urgent, 4, 9).unwrap();
        work.after(Duration::ZERO, 'a');
        work.after(Duration::ZERO, 'b');
        work.after(Duration::MAX, 'z');
        let taken: Vec<_> = (0..6).map(|_| work.next()).collect();
        let jobs = [4, 1, 3, 2].map(Task::Job);
        assert_eq!(taken[..2], [Task::Timer('a'), Task::Timer('b')]);
        assert_eq!(taken[2..], jobs);
    }

    #[test]
    fn a_timer_runs_when_it_is_due_though_no_job_comes() {
        let work = work();
        let set = now();
        work.after(Duration::from_millis(20), 'b');
        work.after(Duration::from_millis(10), 'a');
        assert_eq!(work.next(), Task::Timer('a'));
        assert_eq!(work.next(), Task::Timer('b'));
        assert!(set.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn a_sleeping_taker_is_woken_by_jobs_and_by_earlier_timers() {
        let work = work();
        work.after(Duration::MAX, 'z');
        std::thread::scope(|scope| {
            let taker = scope.spawn(|| [work.next(), work.next()]);
            work.push(LANE, 1, 9).unwrap();
            work.after(Duration::ZERO, 'a');
            let mut taken = taker.join().unwrap();
            taken.sort_by_key(|task| matches!(task, Task::Timer(_)));
            assert_eq!(taken, [Task::Job(1), Task::Timer('a')]);
        });
    }

    #[test]
    fn each_lane_is_bounded_and_jobs_can_be_withdrawn() {
        let work = work();
        work.push(LANE, 1, 2).unwrap();
        work.push(LANE, 2, 2).unwrap();
        assert_eq!(work.push(LANE, 3, 2), Err(3));
        assert_eq!(work.withdraw(|job| *job == 1), Some(1));
        assert_eq!(work.withdraw(|job| *job == 1), None);
        assert_eq!(work.next(), Task::Job(2));
    }
}
