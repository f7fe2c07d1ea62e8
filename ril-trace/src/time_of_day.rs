//! Times of day as people write them: RFC 3339, in UTC.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::format_description::{self, BorrowedFormatItem};

/// A time with microseconds, as `2026-11-28T14:00:00.123456Z`.
pub fn show(unix_ns: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ns));
    let shown = time.ok().and_then(|time| time.format(&microseconds()).ok());
    shown.unwrap_or_else(|| format!("{unix_ns} ns after 1970"))
}

/// A time in RFC 3339, in nanoseconds since 1970.
pub fn parse(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos()).ok()
}

fn microseconds() -> Vec<BorrowedFormatItem<'static>> {
    let form = "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z";
    // The description is right, as the test sees.
    format_description::parse_borrowed::<2>(form).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways() {
        let time = 1_795_874_400_123_456_789;
        assert_eq!(show(time), "2026-11-28T14:00:00.123456Z");
        assert_eq!(parse("2026-11-28T14:00:00.123456Z"), Some(time / 1000 * 1000));
        assert_eq!(parse("2026-11-28T15:00:00+01:00"), Some(1_795_874_400_000_000_000));
        assert_eq!(show(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(parse("yesterday"), None);
        assert!(show(i64::MIN).starts_with("1677-") && show(i64::MAX).starts_with("2262-"));
    }
}
