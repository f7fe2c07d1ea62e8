//! `rilctl modem watch`: what happens at the modem, as it happens.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use super::super::error::CtlError;
use super::say::{connect, refusal};
use ril_trace::terminal::printable;

pub(super) fn run(socket: &Path, count: Option<u64>, out: &mut dyn Write) -> Result<(), CtlError> {
    let mut modem = connect(socket)?;
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
    if left == 0 { Ok(()) } else { Err(CtlError::Unavailable(format!("{}: the modem hung up", socket.display()))) }
}
