//! How many calls of one number there may be at a time on this bridge, to it and from it: nobody who calls one number,
//! or shows one SIM's, can take all places of the service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use caller_tag::E164;

/// The calls of each number. As many numbers are in it as have calls.
pub(super) struct Shares {
    most: u32,
    calls: Arc<Mutex<HashMap<E164, u32>>>,
}

/// The place of one call, given back when it is dropped.
pub(super) struct Share {
    number: E164,
    calls: Arc<Mutex<HashMap<E164, u32>>>,
}

impl Shares {
    pub(super) fn new(most: u32) -> Self {
        Self { most, calls: Arc::default() }
    }

    /// A place for a call of `number`; `None` when it has as many as it may.
    pub(super) fn take(&self, number: E164) -> Option<Share> {
        let mut calls = lock(&self.calls);
        let of_number = calls.get(&number).copied().unwrap_or(0);
        if of_number >= self.most {
            return None;
        }
        calls.insert(number, of_number + 1);
        Some(Share { number, calls: self.calls.clone() })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut calls = lock(&self.calls);
        match calls.get_mut(&self.number) {
            Some(of_number) if *of_number > 1 => *of_number -= 1,
            _ => drop(calls.remove(&self.number)),
        }
    }
}

/// Nothing in here panics while it holds a lock, so what a poisoned one guards is whole.
fn lock(calls: &Mutex<HashMap<E164, u32>>) -> MutexGuard<'_, HashMap<E164, u32>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_and_only_numbers_with_calls_are_kept() {
        let shares = Shares::new(2);
        let [one, other] = ["+15550100001", "+15550100002"].map(|number| E164::parse(number).expect("a number"));
        let (first, second) = (shares.take(one).expect("a place"), shares.take(one).expect("a place"));
        assert!(shares.take(one).is_none() && shares.take(other).is_some());
        drop(first);
        let third = shares.take(one).expect("a place");
        assert!(shares.take(one).is_none());
        drop((second, third));
        assert!(lock(&shares.calls).is_empty());
    }
}
