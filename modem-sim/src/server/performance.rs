//! What a door does for longer than an answer takes: `scenario` and `watch`.
//!
//! Both last until they are over or the client hangs up. Whatever a client writes meanwhile waits; that it has closed
//! its end is noticed at once, so that no scenario goes on whose report nobody hears.

use std::io;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};

use super::{Said, Writer};
use crate::console::{Answer, End};
use crate::library::Shared;
use crate::scenario::{Line, Outcome, Place, Scenario};

/// What ends the lines of a scenario.
const END: &str = ".";
/// The most lines: a repetition is so many lines here.
const MOST_LINES: usize = 20_000;
/// How often it is looked whether the client is still there.
const LOOK: Duration = Duration::from_millis(100);
/// How many lines wait for a client that watches.
const MOST_WAITING: usize = 4_096;

/// Reads the lines of a scenario. The line of a mistake is the number of the line.
pub(super) fn read(mut next: impl FnMut() -> io::Result<Said>) -> io::Result<Option<Result<Scenario, Answer>>> {
    let mut lines = Vec::new();
    let mut number = 0;
    loop {
        let text = match next()? {
            None => return Ok(None),
            Some(Err(why)) => return Err(io::Error::new(io::ErrorKind::InvalidData, why)),
            Some(Ok(text)) => text.trim().to_owned(),
        };
        if text == END {
            break;
        }
        number += 1;
        // What is too much is read all the same: what stands in a scenario is not for the console.
        if !text.is_empty() && number <= MOST_LINES {
            lines.push(Line { place: Place { file: "line".into(), line: number }, text });
        }
    }
    if number > MOST_LINES {
        return Ok(Some(Err(refusal(&format!("a scenario has {MOST_LINES} lines at most")))));
    }
    let scenario = Scenario::parse(&lines).map_err(|mistake| refusal(&mistake.to_string()));
    Ok(Some(scenario.and_then(|scenario| match scenario.arguments.is_empty() {
        true => Ok(scenario),
        false => Err(refusal("this modem has been started already: no 'modem' lines")),
    })))
}

/// Plays a scenario, and tells what becomes of it. What fails is counted in the answer.
pub(super) fn play(
    shared: &Arc<Shared>,
    scenario: Scenario,
    writer: &mut Writer<impl AsRawFd>,
    line_end: &str,
) -> io::Result<Answer> {
    let (id, reports) = shared.play(scenario);
    let mut failed = 0;
    let told = each(&reports, writer.0.as_raw_fd(), |report| {
        failed += usize::from(matches!(report.outcome, Outcome::Failed(_)));
        writer.write_all(format!("{report}{line_end}").as_bytes())
    });
    shared.stop(id);
    told?;
    Ok(match failed {
        0 => Answer { text: String::new(), end: End::Ok },
        failed => refusal(&format!("{failed} failed")),
    })
}

/// Shows what is seen of the modem.
pub(super) fn watch(shared: &Arc<Shared>, writer: &mut Writer<impl AsRawFd>, line_end: &str) -> io::Result<()> {
    let seen = shared.watch(MOST_WAITING);
    each(&seen, writer.0.as_raw_fd(), |line| writer.write_all(format!("{line}{line_end}").as_bytes()))?;
    writer.write_all(format!("KO: too slow to watch{line_end}").as_bytes())
}

/// Takes all that comes, for as long as the client is there.
fn each<T>(channel: &Receiver<T>, client: i32, mut take: impl FnMut(T) -> io::Result<()>) -> io::Result<()> {
    loop {
        match channel.recv_timeout(LOOK) {
            Ok(item) => take(item)?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) if has_hung_up(client) => {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn has_hung_up(client: i32) -> bool {
    let looked = recv(client, &mut [0], MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT);
    !matches!(looked, Ok(1..) | Err(Errno::EAGAIN | Errno::EINTR))
}

fn refusal(why: &str) -> Answer {
    Answer { text: String::new(), end: End::Ko(why.to_owned()) }
}
