//! What became of a step, as it goes over the control socket: a line of text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::console::escapes::{escape, unescape};

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which one; the first is 0.
    pub step: usize,
    /// When, by the modem's clock.
    pub at: Duration,
    /// What.
    pub outcome: Outcome,
}

/// What can become of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It takes time, which begins now.
    Waits,
    /// It is done, or what was looked for is there: what the console said, or what came.
    Passed(String),
    /// What was there instead.
    Failed(String),
}

/// `STEP MILLISECONDS waits|passed|failed [TEXT]`
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, text) = match &self.outcome {
            Outcome::Waits => ("waits", ""),
            Outcome::Passed(text) => ("passed", text.as_str()),
            Outcome::Failed(text) => ("failed", text.as_str()),
        };
        write!(f, "{} {} {word}", self.step, self.at.as_millis())?;
        if text.is_empty() { Ok(()) } else { write!(f, " {}", escape(text)) }
    }
}

impl FromStr for Report {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let mut words = line.splitn(4, ' ');
        let step = words.next().and_then(|word| word.parse().ok()).ok_or(())?;
        let at = words.next().and_then(|word| word.parse().ok()).map(Duration::from_millis).ok_or(())?;
        let word = words.next().ok_or(())?;
        let text = unescape(words.next().unwrap_or_default()).map_err(|_| ())?;
        let outcome = match word {
            "waits" => Outcome::Waits,
            "passed" => Outcome::Passed(text),
            "failed" => Outcome::Failed(text),
            _ => return Err(()),
        };
        Ok(Self { step, at, outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_goes_over_the_socket_and_comes_out_the_same() {
        for outcome in [Outcome::Waits, Outcome::Passed(String::new()), Outcome::Failed("two\nlines \\ x ".to_owned())]
        {
            let report = Report { step: 3, at: Duration::from_millis(1_204), outcome };
            assert_eq!(report.to_string().lines().count(), 1);
            assert_eq!(report.to_string().parse(), Ok(report));
        }
        for line in ["", "1", "1 2", "1 2 waited", "x 2 waits", "1 2 passed \\q"] {
            assert_eq!(line.parse::<Report>(), Err(()), "{line}");
        }
    }
}
