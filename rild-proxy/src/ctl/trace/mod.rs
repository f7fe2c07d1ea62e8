//! `rilctl trace`: make traces and look into them.

pub mod args;
mod diff;
mod dump;
mod export;
mod import;
mod record;
mod replay;
mod scrub;
mod show;
mod tap;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use ril_trace::format::{Codec, OpenError, Options, Reader, fresh_salt};
use ril_trace::record::create_private;

use self::args::Trace;
use super::error::CtlError;

pub(super) fn run(trace: &Trace, control: &Path, out: &mut dyn Write) -> Result<(), CtlError> {
    match trace {
        Trace::Record(arguments) => record::run(arguments, control, out),
        Trace::Show(arguments) => show::run(arguments, out),
        Trace::Replay(arguments) => replay::run(arguments, out),
        Trace::Import(arguments) => import::run(arguments, out),
        Trace::Export(arguments) => export::run(arguments, out),
        Trace::Dissector(arguments) => export::dissector(arguments, out),
        Trace::Dump(arguments) => dump::run(arguments, control, out),
        Trace::Scrub(arguments) => scrub::run(arguments, out),
        Trace::Diff(arguments) => diff::run(arguments, out),
    }
}

/// Begins to read a trace.
fn open(path: &Path) -> Result<Reader<File>, CtlError> {
    let file = File::open(path).map_err(|error| about(path, &error))?;
    Reader::open(file).map_err(|error| unreadable(path, error))
}

/// A new file, for nobody but its owner.
fn create(path: &Path) -> Result<File, CtlError> {
    create_private(path).map_err(|error| about(path, &error))
}

/// How traces are written that are not recorded at this moment: small.
fn small() -> Options {
    Options { codec: Codec::SMALLEST, salt: fresh_salt() }
}

/// A file that cannot be used; which one it is was for the user to say.
fn about(path: &Path, error: &std::io::Error) -> CtlError {
    CtlError::Usage(format!("{}: {error}", path.display()))
}

fn unreadable(path: &Path, error: OpenError) -> CtlError {
    match error {
        OpenError::Io(error) => about(path, &error),
        error => CtlError::Failed(format!("{}: {error}", path.display())),
    }
}
