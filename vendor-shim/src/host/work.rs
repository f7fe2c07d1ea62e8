//! What the request thread has to do: jobs, whose lanes take turns, and timers when they are due.
//!
//! One thread takes, any thread gives. They take turns as in libril's event loop: in each round, the timers that are
//! due go first, and then a job. A timer that is set while a round goes on belongs to the next one, so that a library
//! that sets one again each time it comes holds up no job.
//!
//! Reference: `libril/ril_event.cpp` (`ril_event_loop`, `processTimeouts`).

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
    /// While the timers of a round are taken: those of a lower number belong to it.
    round: Option<u64>,
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
        let state = State { jobs: Lanes::new(), timers: BinaryHeap::new(), timers_set: 0, round: None, asleep: false };
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
            if let Some(task) = state.take() {
                return task;
            }
            let Some(first) = state.timers.peek().map(|first| first.due) else {
                state = self.sleep(state, None);
                continue;
            };
            let left = first.saturating_duration_since(now());
            // One that is due belongs to the round that begins now.
            if !left.is_zero() {
                state = self.sleep(state, Some(left));
            }
        }
    }

    fn sleep<'a>(
        &self,
        mut state: MutexGuard<'a, State<J, T>>,
        patience: Option<Duration>,
    ) -> MutexGuard<'a, State<J, T>> {
        state.asleep = true;
        let mut state = match patience {
            None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(left) => self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
        };
        state.asleep = false;
        state
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

impl<J, T> State<J, T> {
    /// The next timer of the round, or the job that ends it.
    fn take(&mut self) -> Option<Task<J, T>> {
        let round = *self.round.get_or_insert(self.timers_set);
        let is_next = self.timers.peek().is_some_and(|first| first.number < round && first.due <= now());
        if is_next && let Some(timer) = self.timers.pop() {
            return Some(Task::Timer(timer.what));
        }
        self.round = None;
        self.jobs.take().map(Task::Job)
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
    fn a_timer_that_is_set_again_each_time_holds_up_no_job() {
        let work = work();
        work.after(Duration::ZERO, 'a');
        work.after(Duration::ZERO, 'b');
        let mut taken = Vec::new();
        for job in 1..3 {
            assert_eq!(work.next(), Task::Timer('a'), "also when there are no jobs");
            work.after(Duration::ZERO, 'a');
            work.push(LANE, job, 9).unwrap();
            while !matches!(taken.last(), Some(Task::Job(done)) if *done == job) {
                let task = work.next();
                if let Task::Timer(timer) = task {
                    work.after(Duration::ZERO, timer);
                }
                taken.push(task);
            }
        }
        let round = [Task::Timer('b'), Task::Job(1), Task::Timer('b'), Task::Job(2)];
        assert_eq!(taken, round, "a job in each round, and each timer");
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
