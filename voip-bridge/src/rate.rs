//! How often something may happen: token buckets, told the time.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// So many in a period, and no more than that saved up.
#[derive(Debug)]
pub(crate) struct Bucket {
    most: f64,
    per: Duration,
    tokens: f64,
    at: Option<Instant>,
}

/// A bucket for each of many. Whose is full again is forgotten, so that only those are kept who have lately taken
/// something: whoever limits all of them together limits the memory, too.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    most: u32,
    per: Duration,
    of: HashMap<K, Bucket>,
    /// When there are as many as this, those that are full again are looked for.
    look: usize,
}

/// Fewer are not worth looking at.
const FEW: usize = 64;

impl Bucket {
    pub(crate) fn new(most: u32, per: Duration) -> Self {
        Self { most: f64::from(most), per, tokens: f64::from(most), at: None }
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let enough = self.has(now);
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }

    /// Whether there is one.
    pub(crate) fn has(&mut self, now: Instant) -> bool {
        if let Some(at) = self.at {
            let periods = now.saturating_duration_since(at).as_secs_f64() / self.per.as_secs_f64();
            self.tokens = (self.tokens + periods * self.most).min(self.most);
        }
        self.at = Some(now);
        self.tokens >= 1.0
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.has(now);
        self.tokens >= self.most
    }
}

impl<K: Eq + Hash> Buckets<K> {
    pub(crate) fn new(most: u32, per: Duration) -> Self {
        Self { most, per, of: HashMap::new(), look: FEW }
    }

    /// Takes one of `whose`, if there is one.
    pub(crate) fn take(&mut self, whose: K, now: Instant) -> bool {
        if self.of.len() >= self.look {
            self.of.retain(|_, bucket| !bucket.is_full(now));
            self.look = FEW.max(self.of.len() * 2);
        }
        self.of.entry(whose).or_insert_with(|| Bucket::new(self.most, self.per)).take(now)
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether there is one of `whose`.
    pub(crate) fn has(&mut self, whose: &K, now: Instant) -> bool {
        self.of.get_mut(whose).is_none_or(|bucket| bucket.has(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_bucket_gives_its_rate_and_saves_no_more_than_a_period() {
        let mut bucket = Bucket::new(3, SECOND);
        let start = Instant::now();
        let taken = |bucket: &mut Bucket, at| (0..10).filter(|_| bucket.take(at)).count();
        assert_eq!(taken(&mut bucket, start), 3);
        assert_eq!(taken(&mut bucket, start + Duration::from_millis(700)), 2);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(3600)), 3);
    }

    #[test]
    fn a_bucket_of_nothing_gives_nothing() {
        let mut bucket = Bucket::new(0, SECOND);
        let start = Instant::now();
        assert!(!bucket.take(start));
        assert!(!bucket.take(start + Duration::from_secs(1000)));
    }

    #[test]
    fn each_has_its_own_and_whoever_takes_nothing_is_forgotten() {
        let mut buckets = Buckets::new(1, SECOND);
        let start = Instant::now();
        assert!(buckets.has(&0, start) && buckets.take(0, start) && !buckets.has(&0, start));
        assert!(!buckets.take(0, start) && buckets.take(1, start));
        for whose in 0..10_000_u64 {
            buckets.take(whose, start + SECOND * 2 * u32::try_from(whose).expect("small"));
        }
        assert!(buckets.len() <= FEW, "{}", buckets.len());
    }
}
