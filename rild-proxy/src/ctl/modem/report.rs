//! What is told of scenarios: a line for each step as it happens, a sum, and a report for CI.

use std::io::Write;
use std::path::Path;

use modem_sim::scenario::{Outcome, Report, Scenario};
use ril_trace::replay::report::{Case, Suite, junit};

use super::super::error::CtlError;
use ril_trace::terminal::printable_lines;

/// All that was told.
#[derive(Default)]
pub(super) struct Told {
    suites: Vec<Suite>,
    /// Steps that were not reached.
    not_reached: usize,
}

/// What is told of one scenario.
pub(super) struct Telling<'a> {
    scenario: &'a Scenario,
    told: &'a mut Told,
}

impl Told {
    /// A scenario begins.
    pub(super) fn begin<'a>(&'a mut self, file: &Path, scenario: &'a Scenario) -> Telling<'a> {
        self.not_reached += scenario.steps.len();
        self.suites.push(Suite { name: file.display().to_string(), ..Suite::default() });
        Telling { scenario, told: self }
    }

    /// The last scenario did not come to its end, and not by a failure of its own.
    pub(super) fn cut_short(&mut self) {
        let differences = vec!["the modem is gone, or this was interrupted".to_owned()];
        self.add(Case { name: "the end".to_owned(), differences });
    }

    fn add(&mut self, case: Case) {
        if let Some(suite) = self.suites.last_mut() {
            suite.cases.push(case);
        }
    }

    /// Tells the sum, and writes the report.
    pub(super) fn end(&self, report: Option<&Path>, out: &mut dyn Write) -> Result<(), CtlError> {
        for suite in &self.suites {
            let (all, failed) = (suite.cases.len(), suite.failed());
            writeln!(out, "{}: {} of {all} steps passed, {failed} failed", suite.name, all - failed)?;
        }
        if self.not_reached > 0 {
            writeln!(out, "{} steps were not reached", self.not_reached)?;
        }
        match report {
            Some(path) => std::fs::write(path, junit(&self.suites))
                .map_err(|why| CtlError::Usage(format!("{}: {why}", path.display()))),
            None => Ok(()),
        }
    }

    /// Exit code 1 if anything failed.
    pub(super) fn verdict(&self) -> Result<(), CtlError> {
        match self.suites.iter().map(Suite::failed).sum() {
            0 => Ok(()),
            1 => Err(CtlError::Failed("one step failed".to_owned())),
            failed => Err(CtlError::Failed(format!("{failed} steps failed"))),
        }
    }
}

impl Telling<'_> {
    /// Something became of a step.
    pub(super) fn tell(&mut self, report: &Report, out: &mut dyn Write) -> Result<(), CtlError> {
        let Some(step) = self.scenario.steps.get(report.step) else {
            return Err(CtlError::Failed(format!("the modem tells of a step {} that there is not", report.step)));
        };
        let (word, text) = match &report.outcome {
            Outcome::Waits => ("...", ""),
            Outcome::Passed(text) => ("ok", text.as_str()),
            Outcome::Failed(instead) => ("FAILED", instead.as_str()),
        };
        writeln!(out, "{:10.3}  {word:<6}  {}", report.at.as_secs_f64(), printable_lines(&step.to_string()))?;
        for line in printable_lines(text).lines() {
            writeln!(out, "{:20}{line}", "")?;
        }
        // Each line is told as it happens.
        out.flush()?;
        if report.outcome != Outcome::Waits {
            let differences = match &report.outcome {
                Outcome::Failed(instead) => vec![instead.clone()],
                _ => Vec::new(),
            };
            self.told.not_reached = self.told.not_reached.saturating_sub(1);
            self.told.add(Case { name: step.to_string(), differences });
        }
        Ok(())
    }
}
