//! `rilctl trace import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use ril_trace::format::Writer;
use ril_trace::import::{From, ImportError};

use super::super::error::CtlError;
use super::args::{Import, ImportKind};
use super::{about, create, small};

/// How much is looked at to find out what a source is.
const BEGINNING: usize = 64 * 1024;

pub(super) fn run(arguments: &Import, out: &mut dyn Write) -> Result<(), CtlError> {
    let path = &arguments.source;
    let source: Box<dyn io::Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(|error| about(path, &error))?)
    };
    let mut source = BufReader::with_capacity(BEGINNING, source);
    let from = match arguments.from {
        Some(ImportKind::Jsonl) => From::Jsonl,
        Some(ImportKind::Relay) => From::Relay,
        Some(ImportKind::Ofono) => From::Ofono,
        Some(ImportKind::Strace) => From::Strace,
        Some(ImportKind::Logcat) => From::Logcat,
        Some(ImportKind::Pcapng) => From::Pcapng,
        None => {
            let beginning = source.fill_buf().map_err(|error| about(path, &error))?;
            let guess = From::guess(beginning);
            guess.ok_or_else(|| told(path, &ImportError::Unknown))?
        }
    };
    let file = BufWriter::new(create(&arguments.output)?);
    let program = concat!("rilctl ", env!("CARGO_PKG_VERSION"));
    let imported = from.import(source, program, |header| Writer::new(file, header, small()));
    let (mut writer, imported) = imported.map_err(|error| {
        // It was made a moment ago and holds nothing that is of use.
        let _ = std::fs::remove_file(&arguments.output);
        told(path, &error)
    })?;
    let written = writer.finish().map_err(|error| about(&arguments.output, &error))?;
    let name = from.name();
    writeln!(out, "{name}: {} frames, {} records, {} bytes", imported.frames, written.records, written.bytes)?;
    if imported.complained == 0 {
        return Ok(());
    }
    let mut complaints = imported.complaints.join("\n");
    if imported.complained > imported.complaints.len() as u64 {
        complaints.push_str("\n...");
    }
    Err(CtlError::Failed(format!(
        "{}: {} parts of it could not be used:\n{complaints}",
        path.display(),
        imported.complained
    )))
}

fn told(path: &Path, error: &ImportError) -> CtlError {
    CtlError::Usage(format!("{}: {error}", path.display()))
}
