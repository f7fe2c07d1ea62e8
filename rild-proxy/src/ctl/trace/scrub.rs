//! `rilctl trace scrub`.

use std::io::{BufWriter, Write};

use ril_trace::format::Writer;
use ril_trace::scrub::{Key, ScrubError, Scrubber};

use super::super::error::CtlError;
use super::args::Scrub;
use super::{about, create, open, small};
use crate::config;

pub(super) fn run(arguments: &Scrub, out: &mut dyn Write) -> Result<(), CtlError> {
    let key = match &arguments.key {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| about(path, &error))?;
            Key::new(bytes.trim_ascii()).map_err(|error| CtlError::Usage(format!("{}: {error}", path.display())))?
        }
        None => Key::random().map_err(|error| CtlError::Failed(error.to_string()))?,
    };
    let mut reader = open(&arguments.file)?;
    let mut file = BufWriter::new(create(&arguments.output)?);
    let own = arguments.dialect.clone();
    let dialects = move |name: &str| config::dialect(own.as_deref().unwrap_or(name)).ok();
    let scrubber = Scrubber::new(key, !arguments.operators, dialects);
    let result = scrubber.run(&mut reader, |header| Writer::new(&mut file, header, small()));
    let scrubbed = result.map_err(|error| {
        // What is not whole is not kept; that it cannot be removed says nothing new.
        let _ = std::fs::remove_file(&arguments.output);
        match error {
            ScrubError::Io(error) => about(&arguments.file, &error),
            error @ (ScrubError::ByteOrder | ScrubError::Dialect(_)) => {
                CtlError::Usage(format!("{}: {error}", arguments.file.display()))
            }
        }
    })?;
    file.flush().map_err(|error| about(&arguments.output, &error))?;
    writeln!(out, "{} frames, {} of which could not be read and are zeros", scrubbed.frames, scrubbed.unread)?;
    if scrubbed.left_out > 0 {
        writeln!(out, "{} events of a newer version are left out", scrubbed.left_out)?;
    }
    match scrubbed.damages {
        0 => Ok(()),
        parts => Err(CtlError::Failed(format!("{}: {parts} damaged parts are left out", arguments.file.display()))),
    }
}
