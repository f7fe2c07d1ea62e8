//! Plays a scenario on a modem, step by step.
//!
//! # What an expectation looks at
//! A `when` looks at what comes from now on. An `expect` also looks at what has come since the last step that was no
//! `expect`: several of them behind one another look at the same messages, so that their order does not matter.
//!
//! A `when` in vain ends the scenario: what stands below it makes no sense. An `expect` in vain, and a line that the
//! console refuses, are failures, and the scenario goes on.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::report::{Outcome, Report};
use super::seen::{MOST_REMEMBERED, Seen, What as Message};
use super::step::{Scenario, Step, Verb};
use super::what::What;
use crate::console::{self, End};
use crate::model::{Effects, Modem};

/// How many messages a failure quotes.
const MOST_QUOTED: usize = 5;

/// A scenario that is being played.
#[derive(Debug)]
pub struct Player {
    steps: VecDeque<Step>,
    /// Number of the first of them.
    number: usize,
    began: Duration,
    /// Since when the present step waits.
    waits_since: Option<Duration>,
    /// The console was told something, and what came of that has not been seen yet.
    rests: bool,
    /// When the last request came; if none has, the beginning.
    asked: Duration,
    /// What came since the last step that was no expectation.
    remembered: VecDeque<Seen>,
    reports: Vec<Report>,
}

/// What the present step has come to.
enum Verdict {
    Passed(String),
    Failed(String),
    Waits,
}

impl Player {
    /// Begins at this time of the modem's clock.
    pub fn new(scenario: Scenario, now: Duration) -> Self {
        Self {
            steps: scenario.steps.into(),
            number: 0,
            began: now,
            waits_since: None,
            rests: false,
            asked: now,
            remembered: VecDeque::new(),
            reports: Vec::new(),
        }
    }

    /// Something was seen of the modem.
    pub(super) fn see(&mut self, seen: &Seen) {
        if matches!(seen.what, Message::Request(_)) {
            self.asked = seen.at;
        }
        if self.remembered.len() == MOST_REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back(seen.clone());
    }

    /// Goes as far as can be gone at this time, or up to and with the next line to the console.
    pub fn go_on(&mut self, now: Duration, modem: &mut Modem, to: &mut Effects) {
        while !self.rests
            && let Some(step) = self.steps.pop_front()
        {
            let since = self.waits_since.unwrap_or(now);
            let verdict = self.judge(&step, since, now, modem, to);
            let is_gate = matches!(step.verb, Verb::When(..));
            self.rests = matches!(step.verb, Verb::Do(_));
            let outcome = match verdict {
                Verdict::Waits => {
                    self.steps.push_front(step);
                    if self.waits_since.replace(since).is_none() {
                        self.report(now, Outcome::Waits);
                    }
                    return;
                }
                Verdict::Passed(what) => Outcome::Passed(what),
                Verdict::Failed(instead) => Outcome::Failed(instead),
            };
            let failed = matches!(outcome, Outcome::Failed(_));
            self.report(now, outcome);
            self.number += 1;
            self.waits_since = None;
            if !(step.is_expectation() && self.steps.front().is_some_and(Step::is_expectation)) {
                self.remembered.clear();
            }
            if failed && is_gate {
                self.steps.clear();
            }
        }
    }

    /// Whether it waits to be shown what came of a line to the console; see [`note_seen`](Self::note_seen).
    pub(super) fn rests(&self) -> bool {
        self.rests
    }

    /// All that came of a line to the console was seen.
    pub(super) fn note_seen(&mut self) {
        self.rests = false;
    }

    /// When it wants to go on although nothing has happened.
    pub fn wakes_at(&self) -> Option<Duration> {
        let since = self.waits_since?;
        let step = self.steps.front()?;
        let deadline = self.deadline(step, since);
        Some(match &step.verb {
            Verb::When(What::Quiet(length), _)
            | Verb::Expect(What::Quiet(length), _)
            | Verb::ExpectNo(What::Quiet(length), _) => deadline.min(self.asked.saturating_add(*length)),
            _ => deadline,
        })
    }

    /// Whether all is done that will be.
    pub fn is_over(&self) -> bool {
        self.steps.is_empty()
    }

    /// What became of steps since the last look.
    pub fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    fn deadline(&self, step: &Step, since: Duration) -> Duration {
        match &step.verb {
            Verb::Do(_) => since,
            Verb::At(time) => self.began.saturating_add(*time),
            Verb::After(time) | Verb::When(_, time) | Verb::Expect(_, time) | Verb::ExpectNo(_, time) => {
                since.saturating_add(*time)
            }
        }
    }

    fn judge(&mut self, step: &Step, since: Duration, now: Duration, modem: &mut Modem, to: &mut Effects) -> Verdict {
        let deadline = self.deadline(step, since);
        let is_time = now >= deadline;
        let quiet = now.saturating_sub(self.asked);
        match &step.verb {
            Verb::Do(line) => {
                let answer = console::run(line, modem, to);
                match answer.end {
                    End::Ko(why) => Verdict::Failed(format!("the modem refuses: {why}")),
                    End::Ok | End::Quit => Verdict::Passed(answer.text),
                }
            }
            Verb::At(_) | Verb::After(_) if is_time => Verdict::Passed(String::new()),
            Verb::At(_) | Verb::After(_) => Verdict::Waits,
            Verb::When(what, _) | Verb::Expect(what, _) => {
                if what.holds(self.came(what).count(), quiet, modem, to) {
                    Verdict::Passed(self.came(what).last().map(ToString::to_string).unwrap_or_default())
                } else if is_time {
                    Verdict::Failed(self.instead(what, modem, to))
                } else {
                    Verdict::Waits
                }
            }
            Verb::ExpectNo(what, _) => {
                if what.holds(self.came(what).count(), quiet, modem, to) {
                    let came = self.came(what).last().map(|seen| format!("there came: {seen}"));
                    let is_so = || format!("it is so: {}", what.instead(modem, to).unwrap_or_default());
                    Verdict::Failed(came.unwrap_or_else(is_so))
                } else if is_time {
                    Verdict::Passed(String::new())
                } else {
                    Verdict::Waits
                }
            }
        }
    }

    fn came(&self, what: &What) -> impl Iterator<Item = &Seen> {
        self.remembered.iter().filter(|seen| what.matches(seen))
    }

    /// What there is instead: states, or the messages that come nearest, or how many came of which kind.
    fn instead(&self, what: &What, modem: &mut Modem, to: &mut Effects) -> String {
        if let Some(state) = what.instead(modem, to) {
            return format!("it is: {state}");
        }
        let matching = self.came(what).count();
        let akin: Vec<&Seen> = self.remembered.iter().filter(|seen| what.is_akin_to(seen)).collect();
        if !akin.is_empty() {
            let quoted = akin.iter().rev().take(MOST_QUOTED).rev().map(ToString::to_string).collect::<Vec<_>>();
            return format!("{matching} came; of this kind there {}:\n{}", count(akin.len()), quoted.join("\n"));
        }
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for seen in &self.remembered {
            *kinds.entry(seen.name()).or_default() += 1;
        }
        if kinds.is_empty() {
            return "nothing came".to_owned();
        }
        let kinds =
            kinds.iter().map(|(name, count)| if *count == 1 { name.clone() } else { format!("{count} {name}") });
        format!("there came: {}", kinds.collect::<Vec<_>>().join(", "))
    }

    fn report(&mut self, at: Duration, outcome: Outcome) {
        self.reports.push(Report { step: self.number, at, outcome });
    }
}

fn count(number: usize) -> String {
    if number == 1 { "was one".to_owned() } else { format!("were {number}, the last of them") }
}

impl Seen {
    /// Its kind, as a scenario writes it.
    fn name(&self) -> String {
        match self.what {
            Message::Request(code) => code.to_string(),
            Message::Answer(code, errno) => format!("answer {code} errno={errno}"),
            Message::Told(code) => format!("told {code}"),
        }
    }
}
