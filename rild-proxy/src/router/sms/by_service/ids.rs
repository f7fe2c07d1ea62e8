//! Ids of what phones send by way of the service.
//!
//! An id must never be used twice, or the service takes one message for another. It has the minute of the world, the
//! number of the daemon's life and a counter: a life begins by storing its number, and no id is used before that is
//! durable. While nothing can be stored, the next life may have the same number, and so may have had the last one: then
//! ids are marked as such, and only of minutes that had not begun when this life did.

use super::Id;
use crate::router::journal::Journal;
use crate::router::{Actions, Kind};

/// The key of the number of the last life. Keys of phones have a NUL behind the name.
const LIFE: &[u8] = b"life";

/// Marks the counter of ids that were made while the number of their life was not durable.
const NOT_DURABLE: u16 = 0x8000;

#[derive(Debug)]
pub(super) struct Ids {
    /// The number of this life, or the last one.
    life: u16,
    /// The change that made it durable.
    begun: Option<u64>,
    /// The minute of the world in which this life wanted its first id.
    first_minute: Option<u64>,
    /// The number of this life is durable.
    is_durable: bool,
    counter: u16,
}

impl Ids {
    pub(super) fn new() -> Self {
        Self { life: 0, begun: None, first_minute: None, is_durable: false, counter: 0 }
    }

    /// A record of an earlier life; false if this is none.
    pub(super) fn recall(&mut self, key: &[u8], value: &[u8]) -> bool {
        if key == LIFE
            && let Ok(life) = value.try_into().map(u16::from_be_bytes)
        {
            self.life = life;
        }
        key == LIFE
    }

    /// Begins this life if it has not begun; whether ids may be made in this minute, if the time of the world is known.
    pub(super) fn make_ready(&mut self, minute: Option<u64>, journal: &mut Journal, out: &mut Actions) -> bool {
        let begun = *self.begun.get_or_insert_with(|| {
            self.life = self.life.wrapping_add(1);
            journal.put(Kind::ServiceText, LIFE, &self.life.to_be_bytes(), out)
        });
        self.is_durable = journal.is_durable(begun);
        self.first_minute = self.first_minute.or(minute);
        self.is_durable || journal.is_failing() && minute > self.first_minute
    }

    /// An id that no message had.
    pub(super) fn next(&mut self, minute: u64) -> Id {
        self.counter = self.counter.wrapping_add(1) & !NOT_DURABLE;
        let counter = if self.is_durable { self.counter } else { self.counter | NOT_DURABLE };
        let [.., a, b, c, d] = minute.to_be_bytes();
        let ([e, f], [g, h]) = (self.life.to_be_bytes(), counter.to_be_bytes());
        [a, b, c, d, e, f, g, h]
    }
}
