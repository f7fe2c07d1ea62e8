//! When a message is tried again: after a pause that doubles, an hour at most, and not beyond its end.

use std::time::Duration;

use crate::pool::Timestamp;

/// The longest pause, unless somebody asks for a longer one.
const LONGEST: Duration = Duration::from_secs(3_600);

/// When to try again after this many attempts; `None` when the message is given up before. `asked` is what the other
/// side has said to wait.
pub(crate) fn next(
    attempts: u32,
    first: Duration,
    asked: Option<Duration>,
    now: Timestamp,
    expires: Timestamp,
) -> Option<Timestamp> {
    let doubled = 2_u32.checked_pow(attempts.saturating_sub(1)).and_then(|factor| first.checked_mul(factor));
    let pause = doubled.unwrap_or(LONGEST).min(LONGEST).max(asked.unwrap_or_default());
    let due = Timestamp(now.0.saturating_add_unsigned(pause.as_secs()));
    (due < expires).then_some(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(30);

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses = [1, 2, 3, 7, 8, 9, 40, u32::MAX]
            .map(|attempts| next(attempts, FIRST, None, Timestamp(1000), Timestamp(i64::MAX)).map(|due| due.0 - 1000));
        assert_eq!(pauses.map(Option::unwrap_or_default), [30, 60, 120, 1920, 3600, 3600, 3600, 3600]);
    }

    #[test]
    fn who_asks_for_more_gets_it_and_the_end_is_the_end() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(next(1, FIRST, asked(5), Timestamp(0), Timestamp(100)), Some(Timestamp(30)));
        assert_eq!(next(1, FIRST, asked(90), Timestamp(0), Timestamp(100)), Some(Timestamp(90)));
        assert_eq!(next(1, FIRST, asked(100), Timestamp(0), Timestamp(100)), None);
        assert_eq!(next(1, FIRST, asked(u64::MAX), Timestamp(0), Timestamp(100)), None);
    }
}
