//! Connections of which no more than so many are kept: the one that was kept first goes for a new one.

use std::collections::{BTreeMap, HashMap};

use super::Ends;

pub(super) struct ByAge<T> {
    most: usize,
    /// How many were ever kept.
    ever: u64,
    kept: HashMap<Ends, (u64, T)>,
    ages: BTreeMap<u64, Ends>,
}

impl<T> ByAge<T> {
    /// Keeps so many.
    pub(super) fn of(most: usize) -> Self {
        Self { most, ever: 0, kept: HashMap::new(), ages: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, ends: &Ends) -> Option<&mut T> {
        self.kept.get_mut(ends).map(|(_, kept)| kept)
    }

    /// Keeps one as the youngest.
    pub(super) fn keep(&mut self, ends: Ends, what: T) {
        self.remove(&ends);
        if self.kept.len() == self.most
            && let Some((_, oldest)) = self.ages.pop_first()
        {
            self.kept.remove(&oldest);
        }
        self.ages.insert(self.ever, ends);
        self.kept.insert(ends, (self.ever, what));
        self.ever += 1;
    }

    /// Takes the oldest out.
    pub(super) fn pop(&mut self) -> Option<(Ends, T)> {
        let (_, ends) = self.ages.pop_first()?;
        self.kept.remove(&ends).map(|(_, what)| (ends, what))
    }

    pub(super) fn remove(&mut self, ends: &Ends) -> Option<T> {
        let (age, what) = self.kept.remove(ends)?;
        self.ages.remove(&age);
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_for_a_new_one() {
        let ends = |port: u16| [([127, 0, 0, 1], port).into(), ([127, 0, 0, 1], 1).into()];
        let mut kept = ByAge::of(2);
        for port in [10, 11, 10, 12, 13] {
            kept.keep(ends(port), port);
        }
        assert_eq!([10, 11, 12, 13].map(|port| kept.get(&ends(port)).copied()), [None, None, Some(12), Some(13)]);
        assert_eq!((kept.remove(&ends(12)), kept.remove(&ends(12))), (Some(12), None));
        kept.keep(ends(14), 14);
        assert_eq!([13, 14].map(|port| kept.get(&ends(port)).copied()), [Some(13), Some(14)]);
        assert_eq!((kept.kept.len(), kept.ages.len()), (2, 2));
    }
}
