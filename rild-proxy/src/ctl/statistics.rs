//! Latencies of one measurement: percentiles and throughput.

use std::time::Duration;

use serde_json::{Value, json};

/// The latencies of all answered requests, and how long it took in all.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    nanoseconds: Vec<u64>,
    elapsed: Duration,
}

/// What is told of a sample. Latencies in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
    pub(super) per_second: f64,
}

impl Sample {
    pub(super) fn add(&mut self, latency: Duration) {
        self.nanoseconds.push(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    /// A round of measuring took so long.
    pub(super) fn took(&mut self, elapsed: Duration) {
        self.elapsed += elapsed;
    }

    /// `None` if nothing was measured.
    pub(super) fn summary(mut self) -> Option<Summary> {
        self.nanoseconds.sort_unstable();
        let max = *self.nanoseconds.last()?;
        let seconds = self.elapsed.as_secs_f64();
        Some(Summary {
            p50: microseconds(percentile(&self.nanoseconds, 50)?),
            p90: microseconds(percentile(&self.nanoseconds, 90)?),
            p99: microseconds(percentile(&self.nanoseconds, 99)?),
            max: microseconds(max),
            per_second: if seconds > 0.0 { self.nanoseconds.len() as f64 / seconds } else { 0.0 },
        })
    }
}

impl Summary {
    pub(super) fn json(&self) -> Value {
        json!({
            "p50_us": rounded(self.p50),
            "p90_us": rounded(self.p90),
            "p99_us": rounded(self.p99),
            "max_us": rounded(self.max),
            "per_second": self.per_second.round(),
        })
    }

    pub(super) fn cells(&self) -> [String; 5] {
        let latency = |value: f64| format!("{value:8.1}");
        let per_second = format!("{:11.0}", self.per_second);
        [latency(self.p50), latency(self.p90), latency(self.p99), latency(self.max), per_second]
    }
}

/// The smallest value that so many per cent of all are not above (nearest rank).
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}

/// To one digit behind the point.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let sorted: Vec<u64> = (1..=200).collect();
        assert_eq!(percentile(&sorted, 50), Some(100));
        assert_eq!(percentile(&sorted, 90), Some(180));
        assert_eq!(percentile(&sorted, 99), Some(198));
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile(&[7, 8], 99), Some(8));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_summary_in_microseconds() {
        let mut sample = Sample::default();
        for micros in [30, 10, 20, 1000] {
            sample.add(Duration::from_micros(micros));
        }
        sample.took(Duration::from_millis(2));
        let summary = sample.summary().unwrap();
        assert_eq!(summary, Summary { p50: 20.0, p90: 1000.0, p99: 1000.0, max: 1000.0, per_second: 2000.0 });
        assert!(Sample::default().summary().is_none());
    }
}
