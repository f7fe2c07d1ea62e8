//! `rilctl trace export` and `rilctl trace dissector`.

use std::io::{BufWriter, Write};
use std::path::Path;

use ril_trace::export::dissector;
use ril_trace::export::html::{self, Ladder};
use ril_trace::export::mermaid::{self, Diagram};
use ril_trace::export::pcapng::Capture;
use ril_trace::show::Show;

use super::super::error::CtlError;
use super::args::{Dissector, Export, ExportKind};
use super::{about, create, open};
use ril_trace::terminal::escaped;

pub(super) fn run(arguments: &Export, out: &mut dyn Write) -> Result<(), CtlError> {
    into(arguments.output.as_deref(), out, |out| export(arguments, out))
}

/// Wireshark's dissector.
pub(super) fn dissector(arguments: &Dissector, out: &mut dyn Write) -> Result<(), CtlError> {
    into(arguments.output.as_deref(), out, |out| Ok(out.write_all(dissector::script().as_bytes())?))
}

/// Writes into a new file, or to standard output.
fn into(
    path: Option<&Path>,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> Result<(), CtlError>,
) -> Result<(), CtlError> {
    match path {
        None => write(out),
        Some(path) => {
            let mut file = BufWriter::new(create(path)?);
            write(&mut file)?;
            file.flush().map_err(|error| about(path, &error))
        }
    }
}

fn export(arguments: &Export, out: &mut dyn Write) -> Result<(), CtlError> {
    let path = &arguments.file;
    let mut reader = open(path)?;
    let filter = arguments.which.filter();
    let mut next = || reader.next_item().map_err(|error| about(path, &error));
    match arguments.to {
        ExportKind::Jsonl => {
            let mut show = Show::whole(filter);
            while let Some(item) = next()? {
                if let Some(line) = show.json(&item) {
                    writeln!(out, "{}", escaped(&line.to_string()))?;
                }
            }
        }
        ExportKind::Mermaid => {
            let mut diagram = Diagram::new(filter, arguments.most.unwrap_or(mermaid::MOST_ARROWS));
            while let Some(item) = next()? {
                diagram.add(&item);
            }
            write!(out, "{}", diagram.finish())?;
        }
        ExportKind::Html => {
            let title = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let mut ladder = Ladder::new(out, &title, filter, arguments.most.unwrap_or(html::MOST_RECORDS))?;
            while let Some(item) = next()? {
                ladder.add(&item)?;
            }
            ladder.finish()?;
        }
        ExportKind::Pcapng => {
            let mut capture = Capture::new(out, concat!("rilctl ", env!("CARGO_PKG_VERSION")), filter)?;
            while let Some(item) = next()? {
                capture.add(&item)?;
            }
            capture.finish()?;
        }
    }
    Ok(())
}
