//! Which lines of the log are worth writing: of one kind about one phone, the first few, and later how many more there
//! were. So a phone that misbehaves all the time neither fills the log nor hides in it what others do.
//!
//! Pure: it is told the time and writes nothing. Each socket has one of its own for the lines
//! about clients that it turns away.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::router::{Now, PhoneId};

/// So many lines of a kind are written before any is left out.
const BURST: u32 = 10;

/// How often it is said how many were left out. When none was for so long, there is room for a burst again.
const PERIOD: Duration = Duration::from_secs(60);

/// A phone, or what is no phone's affair, and what the lines are about. Kinds are few and known when this is compiled.
type Key = (Option<PhoneId>, &'static str);

/// The lines of the present periods.
#[derive(Debug, Default)]
pub(crate) struct LogLimit {
    periods: BTreeMap<Key, Period>,
    /// When the first period ends in which lines were left out.
    deadline: Option<Now>,
}

#[derive(Debug)]
struct Period {
    end: Now,
    written: u32,
    left_out: u64,
}

/// Lines that were left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) phone: Option<PhoneId>,
    pub(crate) kind: &'static str,
    pub(crate) count: u64,
}

impl LogLimit {
    /// Whether a line is to be written; it is counted if not.
    pub(crate) fn admits(&mut self, now: Now, phone: Option<PhoneId>, kind: &'static str) -> bool {
        let new = || Period { end: now + PERIOD, written: 0, left_out: 0 };
        let period = self.periods.entry((phone, kind)).or_insert_with(new);
        if period.left_out == 0 && period.end <= now {
            *period = new();
        }
        if period.written < BURST {
            period.written += 1;
            return true;
        }
        period.left_out += 1;
        self.deadline = Some(self.deadline.map_or(period.end, |deadline| deadline.min(period.end)));
        false
    }

    /// When [`ended`](Self::ended) has something to say.
    pub(crate) fn deadline(&self) -> Option<Now> {
        self.deadline
    }

    /// What was left out in the periods that have ended. A new one follows each, in which nothing is written.
    pub(crate) fn ended(&mut self, now: Now) -> Vec<LeftOut> {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return Vec::new();
        }
        let mut ended = Vec::new();
        for (&(phone, kind), period) in &mut self.periods {
            if period.left_out > 0 && period.end <= now {
                ended.push(LeftOut { phone, kind, count: period.left_out });
                *period = Period { end: now + PERIOD, written: BURST, left_out: 0 };
            }
        }
        self.deadline = self.periods.values().filter(|period| period.left_out > 0).map(|period| period.end).min();
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: Option<PhoneId> = Some(PhoneId(1));
    const START: Now = Duration::from_secs(7);

    /// So many lines at once; how many of them are written.
    fn lines(limit: &mut LogLimit, now: Now, count: usize, phone: Option<PhoneId>, kind: &'static str) -> usize {
        (0..count).filter(|_| limit.admits(now, phone, kind)).count()
    }

    #[test]
    fn of_a_flood_the_first_lines_are_written_and_each_minute_how_many_more_there_were() {
        let mut limit = LogLimit::default();
        assert_eq!(lines(&mut limit, START, 10, HOSTILE, "denied"), 10);
        assert_eq!(limit.deadline(), None, "nothing was left out");
        assert_eq!(lines(&mut limit, START, 1000, HOSTILE, "denied"), 0);
        for minute in 1..4 {
            let end = START + minute * PERIOD;
            assert_eq!(limit.deadline(), Some(end));
            assert!(limit.ended(end - Duration::from_nanos(1)).is_empty());
            assert_eq!(limit.ended(end), [LeftOut { phone: HOSTILE, kind: "denied", count: 1000 }]);
            assert_eq!(limit.deadline(), None);
            assert_eq!(lines(&mut limit, end, 1000, HOSTILE, "denied"), 0);
        }
    }

    #[test]
    fn after_a_minute_without_a_flood_there_is_room_again() {
        let mut limit = LogLimit::default();
        lines(&mut limit, START, 11, HOSTILE, "denied");
        let end = START + PERIOD;
        assert_eq!(limit.ended(end).len(), 1);
        assert_eq!(lines(&mut limit, end + PERIOD, 20, HOSTILE, "denied"), 10);
        assert_eq!(limit.deadline(), Some(end + 2 * PERIOD));
    }

    #[test]
    fn a_line_that_comes_after_the_end_of_a_period_and_before_its_sum_is_in_the_sum() {
        let mut limit = LogLimit::default();
        lines(&mut limit, START, 11, HOSTILE, "denied");
        let late = START + PERIOD + Duration::from_secs(1);
        assert!(!limit.admits(late, HOSTILE, "denied"));
        assert_eq!(limit.ended(late), [LeftOut { phone: HOSTILE, kind: "denied", count: 2 }]);
    }

    #[test]
    fn phones_and_kinds_do_not_use_up_each_others_lines() {
        let mut limit = LogLimit::default();
        assert_eq!(lines(&mut limit, START, 1000, HOSTILE, "denied"), 10);
        let second = START + Duration::from_secs(1);
        assert_eq!(lines(&mut limit, second, 1000, HOSTILE, "malformed"), 10);
        assert_eq!(lines(&mut limit, second, 3, Some(PhoneId(0)), "denied"), 3);
        assert_eq!(lines(&mut limit, second, 3, None, "denied"), 3);
        assert_eq!(limit.ended(START + PERIOD), [LeftOut { phone: HOSTILE, kind: "denied", count: 990 }]);
        assert_eq!(limit.deadline(), Some(second + PERIOD), "the other kind's");
    }
}
