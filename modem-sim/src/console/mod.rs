//! The console: one command language behind two doors, the Android emulator's telnet port and our control socket.
//!
//! The emulator's commands have the emulator's names, arguments and output, so that scripts written for it work here;
//! help, and most reasons after `KO:`, are in words of our own. Commands of our own are beside them.
//!
//! # Lines
//! A line is a command, perhaps a sub-command, and arguments, separated by spaces. The text of a message or a USSD
//! string is the rest of the line as it stands, in which `\n`, `\\`, `\xNN` and `\uNNNN` are understood. Every other
//! argument is one word; `"two words"` or `'two words'` make one word of two, and `\"` and `\\` stand for themselves
//! between double quotes.
//!
//! # Answers
//! Lines of text, then `OK` or `KO: reason`.
//!
//! Reference: `android/console.c` of the Android emulator for syntax and output.

mod cdma;
pub(crate) mod escapes;
mod gsm;
mod modem;
mod network;
mod sim;
mod sms;
mod stk;
mod table;
#[cfg(test)]
mod tests;
mod ussd;
mod words;

pub(crate) use self::words::words;
use crate::model::Modem;
use crate::model::effects::Effects;
use table::{Command, Run};

/// What a door says first.
pub const GREETING: &str = "Android Console: type 'help' for a list of commands";

/// What a line came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Lines of text, without the last line's end.
    pub text: String,
    /// How it ended.
    pub end: End,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// `OK`
    Ok,
    /// `KO: reason`
    Ko(String),
    /// The door closes without another word.
    Quit,
}

impl Answer {
    /// The answer as it is written to a door whose lines end like this.
    pub fn render(&self, line_end: &str) -> String {
        let mut lines: Vec<&str> = self.text.lines().collect();
        let reason;
        match &self.end {
            End::Ok => lines.push("OK"),
            End::Ko(why) => {
                reason = format!("KO: {why}");
                lines.push(&reason);
            }
            End::Quit => {}
        }
        lines.into_iter().flat_map(|line| [line, line_end]).collect()
    }
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    /// Help that comes before the reason.
    text: String,
    reason: String,
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(reason: T) -> Self {
        Self { text: String::new(), reason: reason.into() }
    }
}

/// What a command printed, or why it was refused.
type Outcome = Result<String, Refusal>;

/// What a command works on.
struct Context<'a> {
    modem: &'a mut Modem,
    to: &'a mut Effects,
}

/// Carries out one line.
pub fn run(line: &str, modem: &mut Modem, to: &mut Effects) -> Answer {
    let line = line.trim();
    let (name, rest) = split_word(line);
    if matches!(name, "quit" | "exit") {
        return Answer { text: String::new(), end: End::Quit };
    }
    let outcome = match name {
        "help" | "h" | "?" => table::help(rest),
        _ => run_in(table::COMMANDS, line, &mut Context { modem, to }),
    };
    match outcome {
        Ok(text) => Answer { text, end: End::Ok },
        Err(Refusal { text, reason }) => Answer { text, end: End::Ko(reason) },
    }
}

/// Whether the console has the command that a line begins with; what it thinks of the arguments only shows when they
/// are given to it.
///
/// # Errors
/// What there is no such command, sub-command, request or errno as.
pub fn knows(line: &str) -> Result<(), String> {
    let (mut commands, mut rest) = (table::COMMANDS, line);
    loop {
        let (name, behind) = split_word(rest);
        let command = table::find(commands, name).ok_or_else(|| format!("unknown command '{name}'"))?;
        match command.run {
            Run::Below(below, None) if behind.is_empty() || table::find(below, split_word(behind).0).is_none() => {
                let names = below.iter().map(|command| command.name).collect::<Vec<_>>().join(", ");
                return Err(format!("'{name}' wants one of: {names}"));
            }
            Run::Below(below, _) if table::find(below, split_word(behind).0).is_some() => {
                (commands, rest) = (below, behind);
            }
            Run::Below(..) | Run::Here(_) => return command.check(behind),
        }
    }
}

fn run_in(commands: &[Command], line: &str, context: &mut Context<'_>) -> Outcome {
    let (name, rest) = split_word(line);
    let command = table::find(commands, name).ok_or("unknown command, try 'help'")?;
    match command.run {
        Run::Here(act) => act(context, rest),
        Run::Below(below, _) if table::find(below, split_word(rest).0).is_some() => run_in(below, rest, context),
        Run::Below(_, Some(act)) if !rest.is_empty() => act(context, rest),
        Run::Below(..) => {
            // The second blank is the emulator's own.
            let reason = if rest.is_empty() { "missing sub-command" } else { " bad sub-command" };
            Err(Refusal { text: command.describe(), reason: reason.to_owned() })
        }
    }
}

/// The first word and what follows it.
fn split_word(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    match line.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (line, ""),
    }
}
