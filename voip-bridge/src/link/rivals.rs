//! Devices that are two: both have the name and the key of one, and each ends the other's link.
//!
//! A root daemon draws a number when it starts, and never comes back to one. So a run that links again after another
//! run has been linked is still there, and so is the other: somebody has copied a configuration, or a key. It refuses
//! to say which of the two is the right one; the newest connection counts, as ever.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use caller_tag::E164;
use tokio::time::Instant;

use super::lock;

/// So many runs of a device are remembered.
const MOST: usize = 8;
/// How often the same is said.
const AGAIN: Duration = Duration::from_secs(60);

/// The last runs of each device, by its SIM.
#[derive(Default)]
pub(super) struct Rivals(Mutex<HashMap<E164, Runs>>);

#[derive(Default)]
struct Runs {
    /// In the order of their last links.
    runs: Vec<u64>,
    told: Option<Instant>,
}

impl Rivals {
    /// This run of a device has a link. Whether it is time to say that the device is two.
    pub(super) fn linked(&self, sim: E164, run: u64, now: Instant) -> bool {
        let mut devices = lock(&self.0);
        let device = devices.entry(sim).or_default();
        let place = device.runs.iter().position(|known| *known == run);
        let came_back = place.is_some_and(|place| place + 1 < device.runs.len());
        if let Some(place) = place {
            device.runs.remove(place);
        } else if device.runs.len() == MOST {
            device.runs.remove(0);
        }
        device.runs.push(run);
        let is_due = device.told.is_none_or(|told| now.saturating_duration_since(told) >= AGAIN);
        let say = came_back && is_due;
        if say {
            device.told = Some(now);
        }
        say
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sim(number: &str) -> E164 {
        E164::parse(number).unwrap()
    }

    #[test]
    fn who_comes_back_after_another_has_been_there_is_not_alone() {
        let (rivals, start) = (Rivals::default(), Instant::now());
        let (one, other) = (sim("+15550100099"), sim("+15550100098"));
        let linked = |sim, run| rivals.linked(sim, run, start);
        // Links that break, and daemons that start anew.
        assert!(!linked(one, 1) && !linked(one, 1) && !linked(one, 2) && !linked(one, 2) && !linked(one, 3));
        assert!(!linked(other, 1), "another device's run is its own");
        assert!(linked(one, 2), "it was there before the third");
        // It is said once a minute.
        assert!(!linked(one, 3) && !linked(one, 2));
        assert!(rivals.linked(one, 3, start + AGAIN));
    }

    #[test]
    fn only_so_many_runs_are_remembered() {
        let (rivals, start) = (Rivals::default(), Instant::now());
        for run in 0..100 {
            assert!(!rivals.linked(sim("+15550100099"), run, start));
        }
        assert_eq!(lock(&rivals.0).values().map(|device| device.runs.len()).collect::<Vec<_>>(), [MOST]);
    }
}
