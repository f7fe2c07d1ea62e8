//! `rilctl trace dump`: the ring of traces as one file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ril_trace::format::OpenError;
use ril_trace::ring::{self, Joiner};

use super::super::complain;
use super::super::error::CtlError;
use super::args::Dump;
use super::{about, create, small, unreadable};
use crate::control::client::{ControlClient, unexpected};
use crate::control::reply::Answer;
use crate::control::request::Ask;
use crate::control::{GetTraceRing, TraceRing};

pub(super) fn run(arguments: &Dump, control: &Path, out: &mut dyn Write) -> Result<(), CtlError> {
    let dir = match &arguments.dir {
        Some(dir) => dir.clone(),
        None => ask_for_ring(control)?,
    };
    let files = ring::files(&dir).map_err(|error| about(&dir, &error))?;
    let mut joiner = Joiner::new(BufWriter::new(create(&arguments.file)?), small());
    for (_, path) in files {
        match File::open(&path) {
            Ok(file) => joiner.add(file).or_else(|error| skip(&path, error))?,
            // The ring went on meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(about(&path, &error)),
        }
    }
    let Some(mut writer) = joiner.into_writer() else {
        let _ = std::fs::remove_file(&arguments.file);
        return Err(CtlError::Failed(format!("{}: there is no trace", dir.display())));
    };
    let written = writer.finish().map_err(|error| about(&arguments.file, &error))?;
    Ok(writeln!(out, "{} records, {} bytes", written.records, written.bytes)?)
}

/// The folder of the daemon's ring, when what came before this moment is in it.
fn ask_for_ring(control: &Path) -> Result<PathBuf, CtlError> {
    match ControlClient::connect(control)?.ask(Ask::TraceRing(GetTraceRing {}))? {
        Answer::TraceRing(TraceRing { mib: 0, .. }) => {
            Err(CtlError::Failed("the configuration wants no ring of traces: `ring` in [trace]".to_owned()))
        }
        Answer::TraceRing(TraceRing { dir, .. }) => Ok(dir.into()),
        other => Err(unexpected(&other).into()),
    }
}

/// A file whose beginning is damaged, or was not written yet when the daemon was killed, is no reason to do without the
/// others.
fn skip(path: &Path, error: OpenError) -> Result<(), CtlError> {
    match error {
        OpenError::Damaged | OpenError::OtherFile => {
            complain(&format!("{}: {error}; it is left out", path.display()));
            Ok(())
        }
        error => Err(unreadable(path, error)),
    }
}
