//! Plain lines to steps.

use std::path::Path;
use std::time::Duration;
use std::{fmt, io};

use super::expand::{Line, Mistake, Parameters, Place, expand};
use super::what::{What, time};
use crate::args::Args;
use crate::console::{self, words};
use crate::model::Config;

/// How long `when` waits unless it is told: nothing that a modem waits for takes longer, and CI must come to an end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A scenario that can be played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// What its `modem` lines say, as arguments of the modem: they hold before it is started.
    pub arguments: Vec<String>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line that it comes from.
    pub place: Place,
    /// The line, parameters filled in.
    pub text: String,
    pub(super) verb: Verb,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// A line to the console.
    Do(String),
    /// Waits until this time since the beginning of the scenario.
    At(Duration),
    /// Waits for this long.
    After(Duration),
    /// Waits for something, and cannot go on without it.
    When(What, Duration),
    /// Something must be so, at once or within a time.
    Expect(What, Duration),
    /// Something must not be so, now and for a time.
    ExpectNo(What, Duration),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

impl Scenario {
    /// Reads a file and what it includes.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn load(
        path: &Path,
        parameters: &Parameters,
        read: &mut dyn FnMut(&Path) -> io::Result<String>,
    ) -> Result<Self, Mistake> {
        Self::parse(&expand(path, parameters, read)?)
    }

    /// Reads plain lines.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(lines: &[Line]) -> Result<Self, Mistake> {
        let mut scenario = Self::default();
        for line in lines {
            let wrong = |why: String| Mistake { place: line.place.clone(), why };
            match scenario.modem(&line.text).map_err(wrong)? {
                true => {}
                false => {
                    let verb = Verb::parse(&line.text).map_err(wrong)?;
                    scenario.steps.push(Step { place: line.place.clone(), text: line.text.clone(), verb });
                }
            }
        }
        match lines.last() {
            Some(last) if scenario.steps.is_empty() => {
                Err(Mistake { place: last.place.clone(), why: "there is no step in it".to_owned() })
            }
            _ => Ok(scenario),
        }
    }

    /// The modem that the scenario is for.
    ///
    /// # Errors
    /// A sentence about arguments that are none; there are none of these in a scenario that was read.
    pub fn config(&self) -> Result<Config, String> {
        Args::parse(self.arguments.iter().cloned()).map(|args| args.config)
    }

    /// `modem ARGUMENT VALUE...`; false if the line is another.
    fn modem(&mut self, text: &str) -> Result<bool, String> {
        let Some(arguments) = text.strip_prefix("modem ") else { return Ok(false) };
        if !self.steps.is_empty() {
            return Err("what the modem is before it starts comes before the first step".to_owned());
        }
        self.arguments.extend(words(arguments)?);
        let args = Args::parse(self.arguments.iter().cloned())?;
        if args.console.is_some() || args.control.is_some() {
            return Err("--console and --control are for whoever starts the modem".to_owned());
        }
        Ok(true)
    }
}

impl Step {
    /// Whether it only looks at what has come.
    pub(super) fn is_expectation(&self) -> bool {
        matches!(self.verb, Verb::Expect(..) | Verb::ExpectNo(..))
    }
}

impl Verb {
    fn parse(text: &str) -> Result<Self, String> {
        let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match verb {
            "at" => Ok(Self::At(time(rest)?)),
            "after" => Ok(Self::After(time(rest)?)),
            "when" => {
                let (what, within) = within(rest)?;
                Ok(Self::When(What::parse(&what)?, within.unwrap_or(PATIENCE)))
            }
            "expect" => {
                let (what, within) = within(rest)?;
                let within = within.unwrap_or_default();
                match what.split_first() {
                    Some((no, what)) if no == "no" => Ok(Self::ExpectNo(What::parse(what)?, within)),
                    _ => Ok(Self::Expect(What::parse(&what)?, within)),
                }
            }
            "quit" | "exit" | "help" | "h" | "?" => Err(format!("'{verb}' is for people")),
            _ => console::knows(text).map(|()| Self::Do(text.to_owned())),
        }
    }
}

/// The words before `within TIME`, and that time.
fn within(text: &str) -> Result<(Vec<String>, Option<Duration>), String> {
    let mut words = words(text)?;
    let [.., within, limit] = words.as_slice() else { return Ok((words, None)) };
    if within != "within" {
        return Ok((words, None));
    }
    let limit = time(limit)?;
    words.truncate(words.len() - 2);
    Ok((words, Some(limit)))
}
