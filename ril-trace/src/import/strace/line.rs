//! One line of strace's output: who, when, and which call with which arguments and result.
//!
//! Reference: strace(1); `strace.c` (`printleader`), `syscall.c` (`print_syscall_resume`).

use std::time::Duration;

use super::super::times::{decimal, time_of_day};

/// A line.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// The process or thread; 0 where only one is followed and none is named.
    pub(super) pid: u32,
    pub(super) stamp: Option<Stamp>,
    pub(super) what: What<'a>,
}

/// The time of a line, by how it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// `-t`, `-tt`: since midnight, wherever that was.
    OfDay(Duration),
    /// `-ttt`: since 1970.
    Unix(Duration),
    /// `-r`: since the line before.
    Step(Duration),
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub(super) enum What<'a> {
    /// A call, whole: `name(arguments) = result`.
    Call(&'a str),
    /// A call that another line will end: what is there of it.
    Begun(&'a str),
    /// The rest of a call that was begun.
    Resumed(&'a str),
    /// A process or thread is gone.
    Gone,
}

/// A call.
#[derive(Debug, PartialEq)]
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a str,
    /// What it returned; none where that was an error or is not known.
    pub(super) result: Option<usize>,
    /// The name of the error.
    pub(super) error: &'a str,
}

/// The highest process id that Linux gives (`PID_MAX_LIMIT`).
const MOST_PID: u32 = 4 * 1024 * 1024;

/// Decimals of seconds below this are steps, and none of a time of day since 1970.
const UNIX_BEGINS: Duration = Duration::from_secs(100_000_000);

const BEGUN: &str = "<unfinished ...>";

/// Reads a line; `None` if strace writes none like it.
pub(super) fn line(text: &str) -> Option<Line<'_>> {
    let (pid, text) = pid(text.trim_start());
    let (stamp, text) = stamp(text.trim_start());
    let mut text = text.trim_start();
    // `-i`, `-n`, and `-r` beside another time put more before the call.
    if let Some((_, behind)) = text.strip_prefix("(+").and_then(|text| text.split_once(") ")) {
        text = behind.trim_start();
    }
    for _ in 0..2 {
        if let Some((_, behind)) = text.strip_prefix('[').and_then(|text| text.split_once("] ")) {
            text = behind.trim_start();
        }
    }
    let what = if let Some(resumed) = text.strip_prefix("<... ") {
        What::Resumed(resumed.split_once(" resumed>")?.1)
    } else if let Some(gone) = text.strip_prefix("+++ ") {
        (gone.starts_with("exited") || gone.starts_with("killed") || gone.starts_with("superseded"))
            .then_some(What::Gone)?
    } else if let Some(begun) = text.strip_suffix(BEGUN) {
        name(begun)?;
        What::Begun(begun)
    } else {
        call(text)?;
        What::Call(text)
    };
    Some(Line { pid, stamp, what })
}

/// Reads a call that is whole.
pub(super) fn call(text: &str) -> Option<Call<'_>> {
    let name = name(text)?;
    let (before, result) = text.rsplit_once(" = ")?;
    let arguments = before.trim_end().strip_suffix(')')?.get(name.len() + 1..)?;
    let digits = result.find(|c: char| !c.is_ascii_digit()).unwrap_or(result.len());
    let error = result.split(' ').nth(1).unwrap_or_default();
    Some(Call { name, arguments, result: result.get(..digits)?.parse().ok(), error })
}

/// The name of a call, which its arguments follow.
fn name(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('(')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    is_name.then_some(name)
}

/// `1234 ` in a file, `[pid  1234] ` on a terminal; with `-Y` the name of the program is behind the number.
fn pid(text: &str) -> (u32, &str) {
    let number = |text: &str| text.parse().ok().filter(|pid| *pid <= MOST_PID);
    // A number, and behind it perhaps a name, up to this.
    let until = |text: &'_ str, end: &str| -> Option<(u32, usize)> {
        let (pid, at) = match text.find('<').filter(|at| number(text[..*at].trim()).is_some()) {
            Some(at) => (&text[..at], at + text.get(at..)?.find(&format!(">{end}"))? + 1),
            None => text.find(end).map(|at| (&text[..at], at))?,
        };
        Some((number(pid.trim())?, at + end.len()))
    };
    let in_brackets = || {
        let text = text.strip_prefix("[pid ")?;
        let (pid, end) = until(text, "]")?;
        Some((pid, text.get(end..)?))
    };
    let plain = || {
        let (pid, end) = until(text, " ")?;
        Some((pid, text.get(end..)?))
    };
    in_brackets().or_else(plain).unwrap_or((0, text))
}

fn stamp(text: &str) -> (Option<Stamp>, &str) {
    let Some((first, behind)) = text.split_once(' ') else { return (None, text) };
    let of_day = || time_of_day(first).map(Stamp::OfDay);
    let seconds = || decimal(first).map(|time| if time < UNIX_BEGINS { Stamp::Step(time) } else { Stamp::Unix(time) });
    let stamp = of_day().or_else(seconds);
    if stamp.is_some() { (stamp, behind) } else { (None, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Line<'_> {
        line(text).unwrap_or_else(|| panic!("{text:?} is a line of strace"))
    }

    #[test]
    fn who_and_when_stand_before_the_call() {
        let day = |ms| Some(Stamp::OfDay(Duration::from_millis(ms)));
        for (text, pid, stamp) in [
            ("close(3) = 0", 0, None),
            ("812   14:00:00.250 close(3)   = 0", 812, day(50_400_250)),
            ("[pid   812] 14:00:01 close(3) = 0 <0.000012>", 812, day(50_401_000)),
            ("1795890500.087382 close(3) = 0", 0, Some(Stamp::Unix(Duration::from_micros(1_795_890_500_087_382)))),
            ("1795890500 close(3) = 0", 0, Some(Stamp::Unix(Duration::from_secs(1_795_890_500)))),
            ("     0.000042 close(3) = 0", 0, Some(Stamp::Step(Duration::from_micros(42)))),
            ("812  0.000042 close(3) = 0", 812, Some(Stamp::Step(Duration::from_micros(42)))),
            ("14:00:00.250 (+     0.000042) [00007f00] close(3) = 0", 0, day(50_400_250)),
            ("812 14:00:00.250 [   3] [00007f0041ab12cd] close(3) = 0", 812, day(50_400_250)),
            ("812<rild> 14:00:00.250 close(3) = 0", 812, day(50_400_250)),
            ("812<rild> 14:00:00.250 close(3<UNIX:[1]>) = 0", 812, day(50_400_250)),
            ("[pid   812<rild>] 14:00:00.250 close(3) = 0", 812, day(50_400_250)),
            ("812<rild> close(3) = 0", 812, None),
        ] {
            let line = parsed(text);
            assert_eq!((line.pid, line.stamp), (pid, stamp), "{text}");
            let What::Call(text) = line.what else { panic!("{text}") };
            let call = call(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((call.name, call.result, &call.arguments[..1]), ("close", Some(0), "3"), "{text}");
        }
    }

    #[test]
    fn a_call_may_take_two_lines_and_may_fail() {
        assert_eq!(parsed("7 read(3,  <unfinished ...>").what, What::Begun("read(3,  "));
        assert_eq!(parsed("7 <... read resumed>\"\", 4) = 0").what, What::Resumed("\"\", 4) = 0"));
        assert_eq!(parsed("7 +++ exited with 0 +++").what, What::Gone);
        let failed = call("connect(3, {sa_family=AF_UNIX}, 5) = -1 EINPROGRESS (Operation now in progress)").unwrap();
        assert_eq!((failed.result, failed.error), (None, "EINPROGRESS"));
        assert_eq!(call("exit_group(0) = ?").unwrap().result, None);
        let tricky = call(r#"write(1, ") = 5\n", 7) = 7"#).unwrap();
        assert_eq!((tricky.arguments, tricky.result), (r#"1, ") = 5\n", 7"#, Some(7)));
        assert_eq!(call("accept(4<UNIX:[1]>, NULL, NULL) = 5<UNIX:[2]>").unwrap().result, Some(5));
    }

    #[test]
    fn other_text_is_none_of_stracess() {
        for other in
            ["", "strace: Process 7 attached", "--- SIGCHLD {si_signo=SIGCHLD} ---", "read = 5", "7", "Hello(x)"]
        {
            assert_eq!(line(other), None, "{other:?}");
        }
    }
}
