//! `rilctl trace diff`.

use std::io::Write;
use std::path::Path;

use ril_trace::compare::{CompareError, Sides};
use ril_trace::replay::diff::Ignored;
use ril_trace::show::Filter;

use super::super::error::CtlError;
use super::args::Diff;
use super::{about, open};
use ril_trace::terminal::escaped;

pub(super) fn run(arguments: &Diff, out: &mut dyn Write) -> Result<(), CtlError> {
    let ignored = Ignored::new(arguments.ignored.iter().map(String::as_str));
    let read = |path: &Path| {
        let filter =
            Filter { phones: arguments.phones.clone(), messages: arguments.messages.clone(), ..Filter::default() };
        Sides::read(&mut open(path)?, filter, &ignored).map_err(|error| match error {
            CompareError::Io(error) => about(path, &error),
            error @ CompareError::TooLong => CtlError::Usage(format!("{}: {error}", path.display())),
        })
    };
    let comparison = read(&arguments.before)?.compare(&read(&arguments.after)?, &ignored);
    if arguments.format.json {
        for changed in &comparison.changed {
            writeln!(out, "{}", escaped(&changed.json().to_string()))?;
        }
    } else {
        write!(out, "{}", comparison.suite(arguments.after.display().to_string()).text())?;
    }
    match comparison.changed.len() {
        0 => Ok(()),
        1 => Err(CtlError::Failed("one message differs".to_owned())),
        differ => Err(CtlError::Failed(format!("{differ} messages differ"))),
    }
}
