//! Chunks of a byte relay between a client and a rild, as it read them, a JSON object a line.

use std::io::{BufRead, Write};
use std::time::Duration;

use ril_protocol::parcel;
use serde_json::Value;

use super::cut::Connection;
use super::{ImportError, Imported, Lines};
use crate::format::{Event, Phone, Record, Way, Writer};

pub(super) fn import<W: Write>(source: impl BufRead, into: &mut Writer<W>) -> Result<Imported, ImportError> {
    let (mut lines, mut imported) = (Lines::of(source), Imported::default());
    let mut connection = Connection::default();
    while let Some((number, line)) = lines.next()? {
        if line.is_empty() {
            continue;
        }
        let Ok(chunk) = serde_json::from_str::<Value>(&line) else {
            imported.complain(number, "is no JSON");
            continue;
        };
        let at = chunk["t"].as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let (Some(at), Some(dir)) = (at, chunk["dir"].as_str()) else {
            imported.complain(number, "has no time `t` or no direction `dir`");
            continue;
        };
        let event = |event: fn(Phone) -> Event| Record::event(at, event(Phone { place: 0 }));
        let way = match dir {
            "open" => {
                connection = Connection::default();
                into.write(&event(Event::PhoneUp))?;
                continue;
            }
            "close" => {
                into.write(&event(Event::PhoneDown))?;
                continue;
            }
            "c2s" => Way::FromPhone,
            "s2c" => Way::ToPhone,
            other => {
                imported.complain(number, format_args!("{other:?} is no direction"));
                continue;
            }
        };
        let Some(bytes) = chunk["hex"].as_str().and_then(parcel::from_hex) else {
            imported.complain(number, "has no bytes `hex`");
            continue;
        };
        imported.write(connection.take(way, at, &bytes), number, into)?;
    }
    imported.end(&connection, lines.number);
    Ok(imported)
}
