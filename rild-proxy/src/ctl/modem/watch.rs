//! `rilctl modem watch`: what happens at the modem, as it happens.

use std::io::{BufRead, BufReader, Write};

use super::super::error::CtlError;
use super::say::{Console, connect, refusal};
use ril_trace::terminal::printable;

pub(super) fn run(from: Console<'_>, count: Option<u64>, out: &mut dyn Write) -> Result<(), CtlError> {
    let mut modem = connect(from)?;
    modem.write_all(b"watch\n")?;
    let mut left = count.unwrap_or(u64::MAX);
    for line in BufReader::new(modem).lines() {
        if left == 0 {
            return Ok(());
        }
        let line = line?;
        if let Some(why) = refusal(&line) {
            return Err(CtlError::Failed(why));
        }
        writeln!(out, "{}", printable(&line))?;
        out.flush()?;
        left -= 1;
    }
    if left == 0 { Ok(()) } else { Err(CtlError::Unavailable(format!("{}: the modem hung up", from.socket.display()))) }
}
