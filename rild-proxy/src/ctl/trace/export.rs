//! `rilctl trace export`.

use std::io::{BufWriter, Write};

use ril_trace::export::mermaid::Diagram;
use ril_trace::show::Show;

use super::super::error::CtlError;
use super::args::{Export, ExportKind};
use super::{about, create, open};
use ril_trace::terminal::escaped;

pub(super) fn run(arguments: &Export, out: &mut dyn Write) -> Result<(), CtlError> {
    match &arguments.output {
        None => export(arguments, out),
        Some(path) => {
            let mut file = BufWriter::new(create(path)?);
            export(arguments, &mut file)?;
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
            let mut diagram = Diagram::new(filter, arguments.most);
            while let Some(item) = next()? {
                diagram.add(&item);
            }
            write!(out, "{}", diagram.finish())?;
        }
    }
    Ok(())
}
