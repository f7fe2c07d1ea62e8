//! Which phone a connection is: one for each path, and for each further connection to it at the same time.

use std::collections::HashMap;

/// Most phones of a trace.
pub(super) const MOST_PHONES: usize = 256;

/// The phones, and until which line each is taken by a connection.
#[derive(Debug, Default)]
pub(super) struct Phones {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// By place.
    taken_until: Vec<u64>,
    /// By path: before this line there is no phone for another connection.
    full_until: HashMap<String, u64>,
    left_out: u64,
}

impl Phones {
    /// The place of the phone that a connection to this path is, between these lines; `None` if there are too many.
    pub(super) fn take(&mut self, path: &str, from: u64, until: u64) -> Option<u32> {
        if self.full_until.get(path).is_some_and(|line| from < *line) {
            self.left_out += 1;
            return None;
        }
        let mut earliest = u64::MAX;
        for number in 1.. {
            let name = if number == 1 { path.to_owned() } else { format!("{path}-{number}") };
            let Some(place) = self.place(name) else { break };
            let taken_until = self.taken_until.get_mut(place)?;
            if *taken_until <= from {
                *taken_until = until;
                return u32::try_from(place).ok();
            }
            earliest = earliest.min(*taken_until);
        }
        // Paths that were never seen before would fill this up; none of them has a phone.
        if earliest < u64::MAX || self.full_until.len() < MOST_PHONES {
            self.full_until.insert(path.to_owned(), earliest);
        }
        self.left_out += 1;
        None
    }

    /// How many connections have no phone.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The names of the phones, by place.
    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }

    /// The place of the phone of this name, which is made if there is none yet.
    fn place(&mut self, name: String) -> Option<usize> {
        if let Some(place) = self.places.get(&name) {
            return Some(*place);
        }
        if self.names.len() == MOST_PHONES {
            return None;
        }
        let place = self.names.len();
        self.names.push(name.clone());
        self.places.insert(name, place);
        self.taken_until.push(0);
        Some(place)
    }
}
