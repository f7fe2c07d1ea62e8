//! `rilctl modem WORDS`: a line to the simulated modem's control socket, and its answer.
//!
//! The modem answers with any number of lines and then `OK`, or `KO: ` and the reason.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::super::error::CtlError;
use ril_trace::terminal::printable;

pub(super) fn run(line: &str, to: Console<'_>, patience: Duration, out: &mut dyn Write) -> Result<(), CtlError> {
    for line in ask(to, line, patience)? {
        writeln!(out, "{}", printable(&line))?;
    }
    Ok(())
}

/// The console of a modem, and which of its SIMs is meant, counted from 1.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Console<'a> {
    pub(in super::super) socket: &'a Path,
    pub(in super::super) sim: u8,
}

/// Sends a line and takes the lines of the answer; `KO` is an error.
pub(in super::super) fn ask(to: Console<'_>, line: &str, patience: Duration) -> Result<Vec<String>, CtlError> {
    if line.contains('\n') {
        return Err(CtlError::Usage("the words must be one line".to_owned()));
    }
    let mut stream = connect(to)?;
    stream.set_read_timeout(Some(patience)).map_err(|why| unavailable(to, &why))?;
    say(to, &mut stream, line)
}

/// Sends a line on a connection on which nothing else is under way.
fn say(to: Console<'_>, stream: &mut UnixStream, line: &str) -> Result<Vec<String>, CtlError> {
    stream.write_all(format!("{line}\n").as_bytes()).map_err(|why| unavailable(to, &why))?;
    let mut lines = Vec::new();
    for answer in BufReader::new(stream).lines() {
        let answer = answer.map_err(|why| unavailable(to, &why))?;
        if answer == "OK" {
            return Ok(lines);
        }
        if let Some(why) = refusal(&answer) {
            return Err(CtlError::Failed(why));
        }
        lines.push(answer);
    }
    Err(CtlError::Unavailable(format!("{}: the modem hung up", to.socket.display())))
}

fn unavailable(to: Console<'_>, why: &io::Error) -> CtlError {
    let timed_out = matches!(why.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
    let why = if timed_out { "no answer in time".to_owned() } else { why.to_string() };
    CtlError::Unavailable(format!("{}: {why}", to.socket.display()))
}

/// The reason, fit for a terminal, if a line of the modem's says no.
pub(super) fn refusal(line: &str) -> Option<String> {
    let why = line.strip_prefix("KO")?;
    Some(printable(why.strip_prefix(':').unwrap_or(why).trim()))
}

/// A connection to the modem's console, for the SIM that is meant.
pub(super) fn connect(to: Console<'_>) -> Result<UnixStream, CtlError> {
    let mut stream = UnixStream::connect(to.socket).map_err(|why| {
        let hint = "does the simulated modem run with --control, and is this its socket (--socket)?";
        CtlError::Unavailable(format!("{}: {why}; {hint}", to.socket.display()))
    })?;
    if to.sim > 1 {
        say(to, &mut stream, &format!("slot {}", to.sim))?;
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_says_no_has_a_reason() {
        assert_eq!(refusal("KO: no such call").as_deref(), Some("no such call"));
        assert_eq!(refusal("KO").as_deref(), Some(""));
        assert_eq!(refusal("KO: \u{1b}[31m").as_deref(), Some(&*printable("\u{1b}[31m")), "it is fit for a terminal");
        assert_eq!(refusal("OK"), None);
        assert_eq!(refusal("0 5 passed rings"), None);
    }
}
