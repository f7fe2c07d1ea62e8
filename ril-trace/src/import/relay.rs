//! Chunks of a byte relay between clients and a rild, as it read them, a JSON object a line.
//!
//! `conn` is the number of the connection; where it is not given there is one. Each connection that is open at a time
//! is a phone: one that opens when another has closed is the same phone again, as a rild takes it. Whether one was open
//! already where the source begins is not known, so what is said on it is taken without its having opened.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use ril_protocol::hex;
use serde_json::Value;

use super::cut::Connection;
use super::{ImportError, Imported, Lines};
use crate::format::{Event, Phone, Record, Way, Writer};

/// Most connections that are open at a time.
const MOST_OPEN: usize = 256;

/// Whether this is a line of a relay. A long one may be cut off.
pub(super) fn is_line(line: &str) -> bool {
    match serde_json::from_str::<Value>(line) {
        Ok(chunk) => chunk.get("dir").is_some(),
        Err(_) => line.contains("\"dir\"") && line.contains("\"hex\""),
    }
}

pub(super) fn import<W: Write>(source: impl BufRead, into: &mut Writer<W>) -> Result<Imported, ImportError> {
    let (mut lines, mut imported) = (Lines::of(source), Imported::default());
    let mut connections = Connections::default();
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
        let conn = &chunk["conn"];
        if !conn.is_null() && !conn.is_u64() {
            imported.complain(number, format_args!("{conn} is no number of a connection `conn`"));
            continue;
        }
        let conn = conn.as_u64();
        let way = match dir {
            "open" => {
                if let Some(place) = connections.place(conn) {
                    connections.close(place, at, number, into, &mut imported)?;
                }
                match connections.open(conn) {
                    Some((place, _)) => into.write(&event(at, Event::PhoneUp, place))?,
                    None => imported.complain(number, TOO_MANY),
                }
                continue;
            }
            "close" => {
                match connections.place(conn) {
                    Some(place) => connections.close(place, at, number, into, &mut imported)?,
                    None => imported.complain(number, "closes a connection that is not open"),
                }
                continue;
            }
            "c2s" => Way::FromPhone,
            "s2c" => Way::ToPhone,
            other => {
                imported.complain(number, format_args!("{other:?} is no direction"));
                continue;
            }
        };
        let Some(bytes) = chunk["hex"].as_str().and_then(hex::from_hex) else {
            imported.complain(number, "has no bytes `hex`");
            continue;
        };
        match connections.open(conn) {
            Some((_, connection)) => imported.write(connection.take(way, at, &bytes), number, into)?,
            None => imported.complain(number, TOO_MANY),
        }
    }
    for place in 0..connections.0.len() {
        connections.tell_left(place, lines.number, &mut imported);
    }
    Ok(imported)
}

const TOO_MANY: &str = "is left out: 256 other connections are open";

fn event(at: Duration, event: fn(Phone) -> Event, place: usize) -> Record {
    Record::event(at, event(Phone { place: phone(place) }))
}

fn phone(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The connections that are open, by the place of their phone.
#[derive(Default)]
struct Connections(Vec<Option<(Option<u64>, Connection)>>);

impl Connections {
    fn place(&self, conn: Option<u64>) -> Option<usize> {
        self.0.iter().position(|open| open.as_ref().is_some_and(|(open, _)| *open == conn))
    }

    /// The connection of this number and its place; if it is not open, it is now, at the first place that is free.
    fn open(&mut self, conn: Option<u64>) -> Option<(usize, &mut Connection)> {
        let free = || self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        let place = self.place(conn).unwrap_or_else(free);
        if place == MOST_OPEN {
            return None;
        }
        if place == self.0.len() {
            self.0.push(None);
        }
        let (_, connection) = self.0.get_mut(place)?.get_or_insert_with(|| (conn, Connection::of(phone(place))));
        Some((place, connection))
    }

    fn close<W: Write>(
        &mut self,
        place: usize,
        at: Duration,
        line: u64,
        into: &mut Writer<W>,
        imported: &mut Imported,
    ) -> io::Result<()> {
        self.tell_left(place, line, imported);
        self.0[place] = None;
        into.write(&event(at, Event::PhoneDown, place))
    }

    /// A connection ends with this line.
    fn tell_left(&self, place: usize, line: u64, imported: &mut Imported) {
        if let Some((_, connection)) = &self.0[place]
            && connection.left() > 0
        {
            let left = connection.left();
            imported.complain(line, format_args!("the last {left} bytes of phone {place} are no whole frame"));
        }
    }
}
