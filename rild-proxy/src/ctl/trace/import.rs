//! `rilctl trace import`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use ril_trace::format::Writer;
use ril_trace::import::{From, ImportError, Imported};

use super::super::error::CtlError;
use super::args::{Import, ImportKind};
use super::{about, create, small};

pub(super) fn run(arguments: &Import, out: &mut dyn Write) -> Result<(), CtlError> {
    let path = &arguments.source;
    let mut source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(|error| about(path, &error))?)
    };
    let (from, beginning) = match arguments.from {
        Some(kind) => (kind_of(kind), Vec::new()),
        None => {
            let (guess, beginning) = From::guess_of(&mut source).map_err(|error| about(path, &error))?;
            (guess.ok_or_else(|| told(path, &ImportError::Unknown))?, beginning)
        }
    };
    let source = io::Cursor::new(beginning).chain(BufReader::new(source));
    let file = BufWriter::new(create(&arguments.output)?);
    let program = concat!("rilctl ", env!("CARGO_PKG_VERSION"));
    let imported = from.import(source, program, |header| Writer::new(file, header, small()));
    // It was made a moment ago.
    let remove = || drop(std::fs::remove_file(&arguments.output));
    let (mut writer, imported) = imported.map_err(|error| {
        remove();
        told(path, &error)
    })?;
    let written = writer.finish().map_err(|error| about(&arguments.output, &error))?;
    let name = from.name();
    if written.records == 0 {
        remove();
        let complaints = if imported.complained > 0 { format!(":\n{}", complaints(&imported)) } else { String::new() };
        return Err(CtlError::Failed(format!("{}: there is nothing to import in it{complaints}", path.display())));
    }
    writeln!(out, "{name}: {} frames, {} records, {} bytes", imported.frames, written.records, written.bytes)?;
    if imported.complained == 0 {
        return Ok(());
    }
    Err(CtlError::Failed(format!(
        "{}: {} parts of it could not be used:\n{}",
        path.display(),
        imported.complained,
        complaints(&imported)
    )))
}

/// What could not be used, a line each.
fn complaints(imported: &Imported) -> String {
    let mut complaints = imported.complaints.join("\n");
    if imported.complained > imported.complaints.len() as u64 {
        complaints.push_str("\n...");
    }
    complaints
}

fn kind_of(kind: ImportKind) -> From {
    match kind {
        ImportKind::Jsonl => From::Jsonl,
        ImportKind::Relay => From::Relay,
        ImportKind::Ofono => From::Ofono,
        ImportKind::Strace => From::Strace,
        ImportKind::Logcat => From::Logcat,
        ImportKind::Pcapng => From::Pcapng,
    }
}

fn told(path: &Path, error: &ImportError) -> CtlError {
    CtlError::Usage(format!("{}: {error}", path.display()))
}
