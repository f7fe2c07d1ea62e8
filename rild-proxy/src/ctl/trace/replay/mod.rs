//! `rilctl trace replay`.

mod client;
mod modem;
mod router;

use std::io::Write;
use std::path::Path;

use ril_trace::replay::report::{Case, Suite, junit};
use ril_trace::replay::script::{Script, ScriptError, Side};

use super::super::error::CtlError;
use super::args::{Part, Replay};
use super::{about, open};

pub(super) fn run(arguments: &Replay, out: &mut dyn Write) -> Result<(), CtlError> {
    let shard = arguments.shard;
    let files: Vec<&Path> = match shard {
        Some(shard) => shard.pick(arguments.files.iter().map(AsRef::as_ref)).collect(),
        None => arguments.files.iter().map(AsRef::as_ref).collect(),
    };
    let (mut suites, mut unplayed) = (Vec::new(), None);
    for file in files {
        let played = match (arguments.part, &arguments.listen, &arguments.connect, &arguments.config) {
            (Part::Modem, Some(socket), ..) => modem::run(arguments, file, socket),
            (Part::Client, _, Some(socket), _) => client::run(arguments, file, socket),
            (Part::Router, .., Some(config)) => router::run(arguments, file, config),
            _ => return Err(CtlError::Usage("this part needs its socket or its configuration".to_owned())),
        };
        // One that cannot be played leaves the others theirs, and its place in the report.
        let suite = played.unwrap_or_else(|error| {
            let suite = Suite { cases: vec![not_played(error.to_string())], ..suite(file) };
            unplayed.get_or_insert(error);
            suite
        });
        write!(out, "{}", suite.text())?;
        if arguments.annotations {
            write!(out, "{}", suite.annotations())?;
        }
        suites.push(suite);
    }
    if let Some(path) = &arguments.junit {
        std::fs::write(path, junit(&suites)).map_err(|error| about(path, &error))?;
    }
    if let Some(error) = unplayed {
        return Err(error);
    }
    match suites.iter().map(Suite::failed).sum() {
        0 => Ok(()),
        1 => Err(CtlError::Failed("one thing differs from the recording".to_owned())),
        differ => Err(CtlError::Failed(format!("{differ} things differ from the recording"))),
    }
}

/// The conversation that is to be played.
fn script(arguments: &Replay, file: &Path) -> Result<Script, CtlError> {
    let side = arguments.phone.as_deref().map(Side::Phone);
    Script::read(&mut open(file)?, side).map_err(|error| match error {
        ScriptError::Io(error) => about(file, &error),
        error => CtlError::Usage(format!("{}: {error}", file.display())),
    })
}

/// Something that cannot be played: a trace of which that is all has not passed.
fn not_played(why: String) -> Case {
    Case { name: "the trace".to_owned(), differences: vec![why] }
}

/// A suite is called as its file.
fn suite(file: &Path) -> Suite {
    Suite { name: file.display().to_string(), ..Suite::default() }
}
