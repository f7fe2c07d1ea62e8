//! A scenario that is played at the modem's control socket.
//!
//! The modem plays it by its own clock; here its lines are handed over, and what it tells of them is read. Hanging up
//! ends it.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use modem_sim::scenario::{Report, Scenario};

use super::super::error::CtlError;
use super::report::Telling;
use super::say::{Console, connect, refusal};
use ril_trace::terminal::printable;

/// A scenario that has begun.
pub(super) struct Performance {
    modem: BufReader<UnixStream>,
    /// Read already.
    first: String,
}

impl Performance {
    /// Begins a scenario. When this returns, its first step has been done or waits.
    pub(super) fn begin(at: Console<'_>, scenario: &Scenario) -> Result<Self, CtlError> {
        let mut stream = connect(at)?;
        let lines: String = scenario.steps.iter().flat_map(|step| [step.text.as_str(), "\n"]).collect();
        let mut modem = BufReader::new(stream.try_clone()?);
        stream.write_all(format!("scenario\n{lines}.\n").as_bytes()).map_err(|why| broken(&why))?;
        let first = next(&mut modem)?;
        if let Some(why) = refusal(&first) {
            return Err(CtlError::Failed(format!("the modem does not take the scenario: {why}")));
        }
        Ok(Self { modem, first })
    }

    /// Another handle of the connection; who shuts it down ends the scenario.
    pub(super) fn connection(&self) -> Result<UnixStream, CtlError> {
        Ok(self.modem.get_ref().try_clone()?)
    }

    /// Tells what becomes of each step until the scenario is over.
    pub(super) fn follow(mut self, mut told: Telling<'_>, out: &mut dyn Write) -> Result<(), CtlError> {
        let mut line = std::mem::take(&mut self.first);
        // How many failed is known from the reports.
        while line != "OK" && refusal(&line).is_none() {
            let report: Report =
                line.parse().map_err(|()| CtlError::Failed(format!("the modem said '{}'", printable(&line))))?;
            told.tell(&report, out)?;
            line = next(&mut self.modem)?;
        }
        Ok(())
    }
}

fn next(modem: &mut BufReader<UnixStream>) -> Result<String, CtlError> {
    let mut line = String::new();
    match modem.read_line(&mut line) {
        Ok(1..) => Ok(line.trim_end_matches('\n').to_owned()),
        Ok(0) => Err(CtlError::Unavailable("the modem hung up during the scenario".to_owned())),
        Err(why) => Err(broken(&why)),
    }
}

fn broken(why: &io::Error) -> CtlError {
    CtlError::Unavailable(format!("the connection to the modem broke during the scenario: {why}"))
}
