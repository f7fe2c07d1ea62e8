//! Jobs that wait, in lanes that take turns: whoever fills a lane holds up nobody but himself.
//!
//! Urgent jobs go before all others. The lanes take turns, one job each: a job waits for those before it in its own
//! lane and, for each of these and for itself, for one job of each other lane. A lane that had nothing to do joins the
//! end of the round. Whose a lane is, is the caller's affair; so is what counts as urgent, for there is nothing here
//! that could hold up urgent jobs.

use std::collections::VecDeque;

/// As many lanes may have jobs at a time. More than there are phones; it bounds a caller who numbers without end.
pub(crate) const MOST_LANES: usize = 1024;
/// The memory of an empty lane is used for another one, unless it has room for more jobs than this.
const KEPT_CAPACITY: usize = 64;

/// The queue that a request waits in. See the documentation of [`host`](crate::host).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Before everything else, in order of arrival.
    Urgent,
    /// In turn with the other lanes. The number is the caller's choice, but for the last one, which is the host's.
    Of(u32),
}

/// The lane of the SIM Access Profile, whose client is none of those that the other lanes are for.
pub(crate) const SAP_LANE: Lane = Lane::Of(u32::MAX);

/// The jobs of all lanes.
#[derive(Debug)]
pub(crate) struct Lanes<J> {
    urgent: VecDeque<J>,
    /// The lanes that have jobs, the next one first.
    round: VecDeque<(u32, VecDeque<J>)>,
    /// Empty queues, for lanes that get something to do.
    spare: Vec<VecDeque<J>>,
}

impl<J> Lanes<J> {
    /// No jobs.
    pub(crate) const fn new() -> Self {
        Self { urgent: VecDeque::new(), round: VecDeque::new(), spare: Vec::new() }
    }

    /// Appends a job to a lane, or gives it back when `most` jobs wait there already, or too many other lanes have
    /// jobs.
    pub(crate) fn push(&mut self, lane: Lane, job: J, most: usize) -> Result<(), J> {
        let Lane::Of(number) = lane else { return append(&mut self.urgent, job, most) };
        if let Some((_, jobs)) = self.round.iter_mut().find(|(other, _)| *other == number) {
            return append(jobs, job, most);
        }
        if self.round.len() >= MOST_LANES {
            return Err(job);
        }
        let mut jobs = self.spare.pop().unwrap_or_default();
        append(&mut jobs, job, most)?;
        self.round.push_back((number, jobs));
        Ok(())
    }

    /// Takes out the job whose turn it is.
    pub(crate) fn take(&mut self) -> Option<J> {
        if let Some(job) = self.urgent.pop_front() {
            return Some(job);
        }
        let (number, mut jobs) = self.round.pop_front()?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.put_by(jobs);
        } else {
            self.round.push_back((number, jobs));
        }
        job
    }

    /// Takes out the oldest job of a lane for which `wanted` holds.
    pub(crate) fn withdraw(&mut self, mut wanted: impl FnMut(&J) -> bool) -> Option<J> {
        if let Some(job) = remove(&mut self.urgent, &mut wanted) {
            return Some(job);
        }
        let mut lanes = self.round.iter_mut().enumerate();
        let (place, job) = lanes.find_map(|(place, (_, jobs))| Some((place, remove(jobs, &mut wanted)?)))?;
        if let Some((_, jobs)) = self.round.get_mut(place).filter(|(_, jobs)| jobs.is_empty()) {
            let jobs = std::mem::take(jobs);
            self.round.remove(place);
            self.put_by(jobs);
        }
        Some(job)
    }

    fn put_by(&mut self, empty: VecDeque<J>) {
        if empty.capacity() <= KEPT_CAPACITY {
            self.spare.push(empty);
        }
    }
}

fn append<J>(jobs: &mut VecDeque<J>, job: J, most: usize) -> Result<(), J> {
    if jobs.len() >= most {
        return Err(job);
    }
    jobs.push_back(job);
    Ok(())
}

fn remove<J>(jobs: &mut VecDeque<J>, wanted: impl FnMut(&J) -> bool) -> Option<J> {
    let place = jobs.iter().position(wanted)?;
    jobs.remove(place)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// What is done to the queue. Jobs are numbered as they come.
    #[derive(Clone, Copy, Debug)]
    enum Op {
        Push(Lane),
        Take,
        /// Of the jobs that wait, the one whose number is so many in a hundred up the list.
        Withdraw(usize),
    }

    fn lane() -> impl Strategy<Value = Lane> {
        prop_oneof![1 => Just(Lane::Urgent), 9 => (0_u32..4).prop_map(Lane::Of)]
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![5 => lane().prop_map(Op::Push), 4 => Just(Op::Take), 1 => (0_usize..100).prop_map(Op::Withdraw)]
    }

    /// The queue, and all that is true of it at this moment.
    struct Watched {
        lanes: Lanes<usize>,
        /// By lane, what waits there, oldest first.
        waiting: HashMap<Lane, VecDeque<usize>>,
        /// By lane with work, the lanes that had a job taken since it last had, or since it got work.
        overtaken_by: HashMap<Lane, Vec<Lane>>,
    }

    impl Watched {
        fn push(&mut self, lane: Lane, job: usize) {
            self.lanes.push(lane, job, usize::MAX).unwrap();
            let jobs = self.waiting.entry(lane).or_default();
            if jobs.is_empty() {
                self.overtaken_by.insert(lane, Vec::new());
            }
            jobs.push_back(job);
        }

        fn take(&mut self) -> Result<(), TestCaseError> {
            let Some(job) = self.lanes.take() else {
                prop_assert!(self.waiting.values().all(VecDeque::is_empty), "a job was lost");
                return Ok(());
            };
            let lane = self.waiting.iter().find_map(|(lane, jobs)| jobs.contains(&job).then_some(*lane));
            let Some(lane) = lane else { return Err(TestCaseError::fail(format!("{job} came twice"))) };
            let urgent = self.waiting.get(&Lane::Urgent).is_some_and(|jobs| !jobs.is_empty());
            prop_assert!(lane == Lane::Urgent || !urgent, "{lane:?} went before urgent jobs");
            self.forget(lane, job, 0)?;
            if let Some(overtaken_by) = self.overtaken_by.get_mut(&lane) {
                overtaken_by.clear();
            }
            for (other, overtaken_by) in &mut self.overtaken_by {
                if *other != lane && lane != Lane::Urgent {
                    prop_assert!(!overtaken_by.contains(&lane), "{other:?} waits for a second job of {lane:?}");
                    overtaken_by.push(lane);
                }
            }
            Ok(())
        }

        fn withdraw(&mut self, share: usize) -> Result<(), TestCaseError> {
            let mut all: Vec<(Lane, usize, usize)> = Vec::new();
            for (lane, jobs) in &self.waiting {
                all.extend(jobs.iter().enumerate().map(|(place, job)| (*lane, place, *job)));
            }
            all.sort_by_key(|(_, _, job)| *job);
            let Some(&(lane, place, job)) = all.get(share * all.len() / 100) else { return Ok(()) };
            prop_assert_eq!(self.lanes.withdraw(|waits| *waits == job), Some(job));
            prop_assert_eq!(self.lanes.withdraw(|waits| *waits == job), None);
            // A lane that only lost a job has not had its turn.
            self.forget(lane, job, place)
        }

        /// The job left the queue, and it was at its place in its lane.
        fn forget(&mut self, lane: Lane, job: usize, place: usize) -> Result<(), TestCaseError> {
            let jobs = self.waiting.entry(lane).or_default();
            prop_assert_eq!(jobs.remove(place), Some(job), "out of order in {:?}", lane);
            if jobs.is_empty() {
                self.overtaken_by.remove(&lane);
            }
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn every_job_comes_once_in_its_order_and_no_lane_waits_for_two_of_another(ops in vec(op(), 0..200)) {
            let mut watched = Watched { lanes: Lanes::new(), waiting: HashMap::new(), overtaken_by: HashMap::new() };
            for (job, op) in ops.iter().enumerate() {
                match op {
                    Op::Push(lane) => watched.push(*lane, job),
                    Op::Take => watched.take()?,
                    Op::Withdraw(share) => watched.withdraw(*share)?,
                }
                prop_assert!(watched.lanes.round.iter().all(|(_, jobs)| !jobs.is_empty()));
            }
            for _ in 0..=ops.len() {
                watched.take()?;
            }
            prop_assert!(watched.lanes.take().is_none());
        }
    }

    /// All jobs, in the order in which they come out.
    fn taken(lanes: &mut Lanes<u32>) -> Vec<u32> {
        std::iter::from_fn(|| lanes.take()).collect()
    }

    #[test]
    fn lanes_take_turns_and_urgent_jobs_do_not_wait() {
        let mut lanes = Lanes::new();
        for job in 0..4 {
            lanes.push(Lane::Of(7), job, 9).unwrap();
        }
        lanes.push(Lane::Of(8), 10, 9).unwrap();
        lanes.push(Lane::Urgent, 20, 9).unwrap();
        lanes.push(Lane::Of(8), 11, 9).unwrap();
        lanes.push(Lane::Urgent, 21, 9).unwrap();
        assert_eq!(taken(&mut lanes), [20, 21, 0, 10, 1, 11, 2, 3]);
    }

    #[test]
    fn a_full_lane_is_full_for_itself_only() {
        let mut lanes = Lanes::new();
        lanes.push(Lane::Of(0), 0, 1).unwrap();
        assert_eq!(lanes.push(Lane::Of(0), 1, 1), Err(1));
        lanes.push(Lane::Of(1), 2, 1).unwrap();
        lanes.push(Lane::Urgent, 3, 1).unwrap();
        assert_eq!(lanes.push(Lane::Urgent, 4, 1), Err(4));
        assert_eq!(taken(&mut lanes), [3, 0, 2]);
        lanes.push(Lane::Of(0), 5, 1).unwrap();
    }

    #[test]
    fn the_number_of_lanes_with_jobs_is_bounded() {
        let mut lanes = Lanes::new();
        for number in (0..).take(MOST_LANES) {
            lanes.push(Lane::Of(number), 0, 9).unwrap();
        }
        assert_eq!(lanes.push(Lane::Of(u32::MAX), 1, 9), Err(1));
        lanes.push(Lane::Of(0), 2, 9).unwrap();
        lanes.push(Lane::Urgent, 3, 9).unwrap();
        assert_eq!(lanes.withdraw(|job| *job == 0), Some(0), "lane 0 keeps its place");
        assert_eq!(lanes.withdraw(|job| *job == 0), Some(0), "lane 1 has no more");
        lanes.push(Lane::Of(u32::MAX), 1, 9).unwrap();
    }

    #[test]
    fn only_what_a_flood_needed_is_given_back() {
        let mut lanes = Lanes::new();
        for (number, jobs) in [(0, KEPT_CAPACITY), (1, KEPT_CAPACITY + 1)] {
            for job in (0..).take(jobs) {
                lanes.push(Lane::Of(number), job, usize::MAX).unwrap();
            }
        }
        taken(&mut lanes);
        assert_eq!(lanes.spare.iter().map(VecDeque::capacity).collect::<Vec<_>>(), [KEPT_CAPACITY]);
    }
}
