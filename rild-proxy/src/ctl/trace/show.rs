//! `rilctl trace show`.

use std::io::{Read, Write};
use std::path::Path;

use ril_trace::format::{Item, Reader, Wanted};
use ril_trace::show::{self as view, Moment};

use super::super::error::CtlError;
use super::args::Show;
use super::{about, open, unreadable};
use ril_trace::terminal::escaped;

pub(super) fn run(arguments: &Show, out: &mut dyn Write) -> Result<(), CtlError> {
    let path = &arguments.file;
    if path == Path::new("-") {
        let reader = Reader::open(std::io::stdin().lock()).map_err(|error| unreadable(path, error))?;
        return print(arguments, reader, None, out);
    }
    let mut reader = open(path)?;
    // The header first: the index knows where records are and not of which session.
    let first = reader.next_item().map_err(|error| about(path, &error))?;
    if let Some(Moment::Since(since)) = arguments.which.since {
        reader.skip_towards(Wanted::At(since)).map_err(|error| about(path, &error))?;
    }
    print(arguments, reader, first, out)
}

fn print<R: Read>(
    arguments: &Show,
    mut reader: Reader<R>,
    first: Option<Item>,
    out: &mut dyn Write,
) -> Result<(), CtlError> {
    let mut show = view::Show::new(arguments.which.filter());
    let mut damages = 0;
    let mut next = first;
    loop {
        let item = match next.take() {
            Some(item) => item,
            None => match reader.next_item().map_err(|error| about(&arguments.file, &error))? {
                Some(item) => item,
                None => break,
            },
        };
        damages += u32::from(matches!(item, Item::Damage(_)));
        if arguments.format.json {
            if let Some(line) = show.json(&item) {
                writeln!(out, "{}", escaped(&line.to_string()))?;
            }
        } else if let Some(line) = show.text(&item) {
            writeln!(out, "{line}")?;
        }
    }
    if let Some(ending) = view::ending_text(reader.ending())
        && !arguments.format.json
    {
        writeln!(out, "-- {ending}")?;
    }
    match damages {
        0 => Ok(()),
        1 => Err(CtlError::Failed(format!("{}: a part is damaged", arguments.file.display()))),
        parts => Err(CtlError::Failed(format!("{}: {parts} parts are damaged", arguments.file.display()))),
    }
}
