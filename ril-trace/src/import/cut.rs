//! Both directions of a connection, cut into frames as the bytes come.

use std::time::Duration;

use ril_protocol::frame::{self, RESPONSE_LIMIT};

use crate::format::{Record, Way};

/// One connection, of the first phone if nothing else is said.
#[derive(Debug, Default)]
pub(super) struct Connection {
    from_phone: Direction,
    to_phone: Direction,
    /// The phone.
    place: u32,
}

#[derive(Debug, Default)]
struct Direction {
    rest: Vec<u8>,
    /// A length was none; nothing behind it can be cut.
    lost: bool,
}

impl Connection {
    /// A connection of this phone.
    pub(super) fn of(place: u32) -> Self {
        Self { place, ..Self::default() }
    }

    /// Takes bytes, and gives the frames that they complete. An error is told once; what follows on that way is not
    /// looked at.
    pub(super) fn take(&mut self, way: Way, at: Duration, bytes: &[u8]) -> (Vec<Record>, Option<String>) {
        let direction = if way == Way::FromPhone { &mut self.from_phone } else { &mut self.to_phone };
        let mut records = Vec::new();
        if direction.lost {
            return (records, None);
        }
        direction.rest.extend_from_slice(bytes);
        let mut used = 0;
        let error = loop {
            match frame::split(direction.rest.get(used..).unwrap_or_default(), RESPONSE_LIMIT) {
                Ok(Some((body, taken))) => {
                    records.push(Record::frame(at, way, Some(self.place), body.to_vec()));
                    used += taken;
                }
                Ok(None) => break None,
                Err(too_long) => {
                    direction.lost = true;
                    break Some(format!("a {too_long}; what follows in this direction is left out"));
                }
            }
        };
        direction.rest.drain(..used);
        (records, error)
    }

    /// How many bytes make no whole frame.
    pub(super) fn left(&self) -> usize {
        self.from_phone.rest.len() + self.to_phone.rest.len()
    }
}
