//! The index: where blocks are, in bounded memory however long the file gets.

use std::time::Duration;

use super::generated::{Index, Place};

/// Most places that are kept. Of a longer file every second block is kept, then every fourth, and so on.
const MOST_PLACES: usize = 4096;

/// What a reader may look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The first record that is no earlier than this.
    At(Duration),
    /// The record of this number.
    Record(u64),
}

/// The places of the blocks so far.
#[derive(Debug)]
pub(super) struct Places {
    places: Vec<Place>,
    /// Of so many blocks one is kept.
    stride: u64,
    /// How many blocks there were.
    blocks: u64,
}

impl Default for Places {
    fn default() -> Self {
        Self { places: Vec::new(), stride: 1, blocks: 0 }
    }
}

impl Places {
    pub(super) fn add(&mut self, place: Place) {
        if self.blocks.is_multiple_of(self.stride) {
            if self.places.len() == MOST_PLACES {
                let mut number = 0;
                self.places.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.stride *= 2;
            }
            // The block behind an even number of kept ones is one of those that stay.
            self.places.push(place);
        }
        self.blocks += 1;
    }

    pub(super) fn into_index(self, records: u64, sessions: u32) -> Index {
        Index { places: self.places, records, sessions }
    }
}

impl Index {
    /// The last place that is not behind what is wanted. Times begin anew in each session, so they are only looked for
    /// where there is one.
    pub(super) fn find(&self, wanted: Wanted) -> Option<&Place> {
        match wanted {
            Wanted::Record(number) => self.places.iter().rev().find(|place| place.record <= number),
            Wanted::At(_) if self.sessions != 1 => None,
            Wanted::At(at) => self.places.iter().rev().find(|place| u128::from(place.at_ns) <= at.as_nanos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_has_a_short_index_that_leads_near_every_record() {
        let mut places = Places::default();
        let blocks = 3 * MOST_PLACES as u64;
        for number in 0..blocks {
            places.add(Place { offset: number * 100, record: number * 10, at_ns: number });
        }
        let index = places.into_index(blocks * 10, 1);
        assert!(index.places.len() <= MOST_PLACES);
        for number in 0..blocks {
            let place = index.find(Wanted::Record(number * 10 + 9)).unwrap();
            assert_eq!(place.record, number / 4 * 40);
            assert_eq!(index.find(Wanted::At(Duration::from_nanos(number))), Some(place));
        }
    }
}
