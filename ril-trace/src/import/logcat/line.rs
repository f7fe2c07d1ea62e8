//! One line of logcat's output: when, under which tag, and the message.
//!
//! The formats `brief`, `tag`, `process`-less `time`, `threadtime` (logcat's own choice) and what the modifiers `year`,
//! `zone`, `usec`, `epoch`, `monotonic`, `uid` and `color` make of them; Android Studio's older one as well. The format
//! `long` has a head in a line of its own, and the message in those up to the next empty one.
//!
//! Reference: logcat(1); `liblog/logprint.cpp` (`android_log_formatLogLine`).

use std::borrow::Cow;
use std::time::Duration;

use time::{Date, Month};

use super::super::times::{decimal, time_of_day};

/// A line.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) stamp: Option<Stamp>,
    pub(super) tag: &'a str,
    pub(super) message: &'a str,
}

/// The time of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Since some day: any, where no year is said.
    pub(super) time: Duration,
    pub(super) since: Since,
}

/// When a time began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// 1970 UTC.
    Unix,
    /// Midnight of the first of January in some place.
    Local,
    /// The first of January of a year that is not said.
    NewYear,
    /// When the phone was switched on.
    Boot,
}

/// The day from which days are counted, 1970-01-01, as a Julian day.
const UNIX_DAY: i32 = 2_440_588;

/// A leap year, so that it has every day.
const SOME_YEAR: i32 = 2000;

/// Seconds below this count from when the phone was switched on, and none since 1970.
const UNIX_BEGINS: Duration = Duration::from_secs(1_000_000_000);

/// Between the time and the letter of the priority stand at most a user, a process and a thread.
const MOST_BEFORE_PRIORITY: usize = 3;

/// Reads a line; `None` if logcat writes none like it.
pub(super) fn line(text: &str) -> Option<Line<'_>> {
    let (stamp, mut rest) = stamp(text.trim_start());
    for _ in 0..=MOST_BEFORE_PRIORITY {
        let (first, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        if is_priority(first) && stamp.is_some() {
            let (tag, message) = tag_and_message(behind)?;
            return Some(Line { stamp, tag, message });
        }
        if let Some((priority, _)) = first.split_once('/').filter(|(priority, _)| is_priority(priority)) {
            let (tag, message) = tag_and_message(rest.get(priority.len() + 1..)?)?;
            return Some(Line { stamp, tag: without_process(tag), message });
        }
        rest = behind.trim_start();
    }
    None
}

/// Reads the head of a message in the format `long`, `[ 11-28 14:00:00.412  1810: 1838 D/RILJ     ]`: its time and its
/// tag.
pub(super) fn head(text: &str) -> Option<(Option<Stamp>, &str)> {
    let (stamp, text) = stamp(text.strip_prefix("[ ")?.strip_suffix(']')?);
    let (before, tag) = text.split_once('/')?;
    let is_priority = before.rsplit([' ', ':']).next().is_some_and(is_priority);
    (is_priority && stamp.is_some()).then(|| (stamp, tag.trim()))
}

/// Without what sets the colour of a terminal: ESC, `[`, digits, `m`.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let Some((before, mut rest)) = text.split_once("\x1b[") else { return Cow::Borrowed(text) };
    let mut plain = before.to_owned();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest = rest.strip_prefix('m').unwrap_or(rest);
        let Some((text, behind)) = rest.split_once("\x1b[") else { break };
        plain.push_str(text);
        rest = behind;
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn is_priority(text: &str) -> bool {
    matches!(text, "V" | "D" | "I" | "W" | "E" | "F" | "A")
}

fn tag_and_message(text: &str) -> Option<(&str, &str)> {
    let (tag, message) = text.split_once(": ")?;
    Some((tag.trim(), message))
}

/// `RILJ    ( 1234)` is the tag and the process.
fn without_process(tag: &str) -> &str {
    tag.strip_suffix(')').and_then(|tag| tag.rsplit_once('(')).map_or(tag, |(tag, _)| tag.trim())
}

fn stamp(text: &str) -> (Option<Stamp>, &str) {
    let date = || {
        let (date, rest) = text.split_once(' ')?;
        let (time, rest) = rest.trim_start().split_once(' ')?;
        let (year, days) = days(date)?;
        let time = Duration::from_secs(days) + time_of_day(time)?;
        let zone = rest.split_once(' ').and_then(|(zone, behind)| Some((offset(zone)?, behind)));
        let (since, time, rest) = match (year, zone) {
            (true, Some(((is_east, offset), behind))) => {
                (Since::Unix, if is_east { time.checked_sub(offset)? } else { time + offset }, behind)
            }
            (true, None) => (Since::Local, time, rest),
            (false, zone) => (Since::NewYear, time, zone.map_or(rest, |(_, behind)| behind)),
        };
        Some((Stamp { time, since }, rest))
    };
    let seconds = || {
        let (seconds, rest) = text.split_once(' ')?;
        let time = decimal(seconds).filter(|_| seconds.contains('.'))?;
        Some((Stamp { time, since: if time < UNIX_BEGINS { Since::Boot } else { Since::Unix } }, rest))
    };
    match date().or_else(seconds) {
        Some((stamp, rest)) => (Some(stamp), rest.trim_start()),
        None => (None, text),
    }
}

/// Whether there is a year, and the seconds up to that day.
fn days(date: &str) -> Option<(bool, u64)> {
    let (year, month, day) = match *date.split('-').collect::<Vec<_>>() {
        [year, month, day] => (Some(year.parse().ok()?), month, day),
        [month, day] => (None, month, day),
        _ => return None,
    };
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.unwrap_or(SOME_YEAR), month, day.parse().ok()?).ok()?;
    let days = u64::try_from(date.to_julian_day() - UNIX_DAY).ok()?;
    Some((year.is_some(), days * 24 * 60 * 60))
}

/// How far a zone such as `+0100` is from UTC, and whether it is ahead of it.
fn offset(zone: &str) -> Option<(bool, Duration)> {
    let (is_east, digits) =
        zone.strip_prefix('+').map(|digits| (true, digits)).or(zone.strip_prefix('-').map(|digits| (false, digits)))?;
    let number = digits.parse::<u64>().ok().filter(|_| digits.len() == 4)?;
    Some((is_east, Duration::from_secs(60 * (number / 100 * 60 + number % 100))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Duration = Duration::from_secs(12 * 60 * 60);

    #[test]
    fn every_format_has_its_tag_and_its_message() {
        for text in [
            "D/RILJ    ( 1234): [0001]> DIAL",
            "D/RILJ(1234): [0001]> DIAL",
            "D/RILJ: [0001]> DIAL",
            "11-28 12:00:00.000 D/RILJ    ( 1234): [0001]> DIAL",
            "11-28 12:00:00.000  1234  1250 D RILJ    : [0001]> DIAL",
            "11-28 12:00:00.000  radio  1234  1250 D RILJ    : [0001]> DIAL",
            "2026-11-28 12:00:00.000 1234-1250/com.android.phone D/RILJ: [0001]> DIAL",
            "1795867200.000  1234  1250 D RILJ    : [0001]> DIAL",
        ] {
            let line = line(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((line.tag, line.message), ("RILJ", "[0001]> DIAL"), "{text}");
        }
        for other in
            ["", "--------- beginning of radio", "hello", "[0001]> DIAL", "14:00:00 read(3, \"D/x: y\", 5) = 5"]
        {
            assert!(line(other).is_none_or(|line| line.tag != "RILJ"), "{other}");
        }
    }

    #[test]
    fn a_head_may_have_a_line_of_its_own() {
        for text in [
            "[ 11-28 12:00:00.000  1810: 1838 D/RILJ     ]",
            "[ 11-28 12:00:00.000  1810:0x72e D/RILJ     ]",
            "[ 11-28 12:00:00.000 radio: 1810: 1838 D/RILJ     ]",
        ] {
            let (stamp, tag) = head(text).unwrap_or_else(|| panic!("{text}"));
            assert!(stamp.is_some() && tag == "RILJ", "{text}");
        }
        for other in ["[0001]> DIAL", "[ D/b ]", "[ ]", ""] {
            assert_eq!(head(other), None, "{other}");
        }
    }

    #[test]
    fn colours_are_left_out() {
        assert_eq!(plain("\x1b[38;5;75m11-28 D RILJ: x\x1b[0m"), "11-28 D RILJ: x");
        assert_eq!(plain("a\x1b["), "a");
        assert_eq!(plain("a"), "a");
    }

    #[test]
    fn a_time_is_told_with_what_it_counts_from() {
        let stamp = |text: &str| line(&format!("{text}  1  2 D RILJ: x")).unwrap().stamp.unwrap();
        let unix = Duration::from_secs(1_795_867_200);
        let millis = Duration::from_millis(250);
        assert_eq!(stamp("2026-11-28 12:00:00.250 +0000"), Stamp { time: unix + millis, since: Since::Unix });
        assert_eq!(stamp("2026-11-28 13:30:00.250 +0130"), Stamp { time: unix + millis, since: Since::Unix });
        assert_eq!(stamp("2026-11-28 04:00:00.250 -0800"), Stamp { time: unix + millis, since: Since::Unix });
        assert_eq!(stamp("2026-11-28 12:00:00.250").since, Since::Local);
        assert_eq!(
            stamp("1795867200.250123"),
            Stamp { time: unix + Duration::from_micros(250_123), since: Since::Unix }
        );
        assert_eq!(stamp("12.5"), Stamp { time: Duration::from_millis(12_500), since: Since::Boot });
        let [new_year, noon] = ["01-01 00:00:00.000", "01-01 12:00:00.000"].map(|text| stamp(text).time);
        assert_eq!(noon - new_year, NOON);
        assert_eq!(line("D/RILJ( 1): x").unwrap().stamp, None);
    }
}
