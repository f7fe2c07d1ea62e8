//! Times as tools write them.

use std::time::Duration;

/// No clock shows this many seconds, 272 years, and no log's sum of fewer is more than a [`Duration`] holds.
const TOO_MANY: u64 = 1 << 33;

/// Seconds with up to nine decimals, as they stand there.
pub(super) fn decimal(text: &str) -> Option<Duration> {
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || !is_number(seconds) || !is_number(decimals) || decimals.len() > 9 {
        return None;
    }
    let nanos = format!("{decimals:0<9}").parse().ok()?;
    let seconds = seconds.parse().ok().filter(|seconds| *seconds < TOO_MANY)?;
    Some(Duration::new(seconds, nanos))
}

/// `14:00:00` with or without decimals, since midnight. There are minutes of 61 seconds.
pub(super) fn time_of_day(text: &str) -> Option<Duration> {
    let [hours, minutes, seconds] = *text.split(':').collect::<Vec<_>>() else { return None };
    let below = |text: &str, limit: u64| text.parse::<u64>().ok().filter(|number| *number < limit);
    let minutes = below(hours, 24)? * 60 + below(minutes, 60)?;
    let seconds = decimal(seconds).filter(|seconds| *seconds < Duration::from_secs(61))?;
    Some(Duration::from_secs(minutes * 60) + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_they_stand_there() {
        assert_eq!(decimal("0.000000001"), Some(Duration::from_nanos(1)));
        assert_eq!(decimal("12"), Some(Duration::from_secs(12)));
        for wrong in [
            "",
            ".5",
            "1.0000000001",
            "-1",
            "1e3",
            "1.2.3",
            "8589934592",
            "18446744073709551615",
            "99999999999999999999",
        ] {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
        assert_eq!(time_of_day("14:00:00.25"), Some(Duration::from_millis(50_400_250)));
        for wrong in ["24:00:00", "14:60:00", "14:00:61", "14:00", "14:00:00:00"] {
            assert_eq!(time_of_day(wrong), None, "{wrong}");
        }
    }
}
