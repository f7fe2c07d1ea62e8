//! The requests that root has not answered yet, and the serials under which it knows them.
//!
//! A serial towards root names a slot and how often that slot was used before. So an answer that comes twice, or after
//! the client that asked has gone, finds no one, whatever serials the next client chooses.

/// How many requests may wait at root, which takes as many from one phone: a serial has this many bits for the slot.
const SLOT_BITS: u32 = 10;
const SLOTS: usize = 1 << SLOT_BITS;
/// The uses of a slot that a serial tells apart; serials stay positive.
const USES: u32 = 1 << (31 - SLOT_BITS);

/// The requests that wait.
#[derive(Debug, Default)]
pub(super) struct Pending {
    slots: Vec<Slot>,
    free: Vec<usize>,
    asked: u64,
}

#[derive(Debug)]
struct Slot {
    uses: u32,
    waiting: Option<Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// The client's serial; none if that client has gone.
    serial: Option<i32>,
    order: u64,
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// The client that is there, under this serial.
    Present(i32),
    /// A client that has gone.
    Gone,
}

impl Pending {
    /// Whether no further request can wait.
    pub(super) fn is_full(&self) -> bool {
        self.free.is_empty() && self.slots.len() == SLOTS
    }

    /// Takes a place for a request of the client; the result is its serial towards root, none if all are taken.
    pub(super) fn insert(&mut self, serial: i32) -> Option<i32> {
        let waiting = Some(Waiting { serial: Some(serial), order: self.asked });
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() < SLOTS => {
                self.slots.push(Slot { uses: 0, waiting: None });
                self.slots.len() - 1
            }
            None => return None,
        };
        let slot = self.slots.get_mut(index)?;
        slot.uses = (slot.uses + 1) % USES;
        slot.waiting = waiting;
        self.asked += 1;
        name(index, slot.uses)
    }

    /// Who asked this, without ending the wait.
    pub(super) fn asker(&self, serial: i32) -> Option<Asker> {
        self.slots.get(self.index(serial)?)?.waiting.map(Waiting::asker)
    }

    /// Who asked this; the wait is over.
    pub(super) fn take(&mut self, serial: i32) -> Option<Asker> {
        let index = self.index(serial)?;
        let waiting = self.slots.get_mut(index)?.waiting.take()?;
        self.free.push(index);
        Some(waiting.asker())
    }

    /// The client has gone; what it asked for keeps its place until root answers.
    pub(super) fn orphan(&mut self) {
        for slot in &mut self.slots {
            if let Some(waiting) = &mut slot.waiting {
                waiting.serial = None;
            }
        }
    }

    /// Root has gone; the serials of the client's requests come back in the order in which they were asked.
    pub(super) fn drain(&mut self) -> Vec<i32> {
        let mut waiting = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(ended) = slot.waiting.take() {
                self.free.push(index);
                waiting.push(ended);
            }
        }
        waiting.sort_unstable_by_key(|ended| ended.order);
        waiting.into_iter().filter_map(|ended| ended.serial).collect()
    }

    /// The slot that a serial names, if it is the slot's present use.
    fn index(&self, serial: i32) -> Option<usize> {
        let number = u32::try_from(serial).ok()?;
        let index = usize::try_from(number % (1 << SLOT_BITS)).ok()?;
        self.slots.get(index).filter(|slot| slot.uses == number >> SLOT_BITS).map(|_| index)
    }
}

impl Waiting {
    fn asker(self) -> Asker {
        self.serial.map_or(Asker::Gone, Asker::Present)
    }
}

fn name(index: usize, uses: u32) -> Option<i32> {
    i32::try_from((uses << SLOT_BITS) | u32::try_from(index).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_one_use_of_a_slot() {
        let mut pending = Pending::default();
        let first = pending.insert(7).unwrap();
        assert_eq!(pending.asker(first), Some(Asker::Present(7)));
        assert_eq!(pending.take(first), Some(Asker::Present(7)));
        assert_eq!(pending.take(first), None, "answered twice");
        let second = pending.insert(7).unwrap();
        assert_ne!(first, second);
        assert_eq!(pending.take(first), None, "an old answer finds no one");
        pending.orphan();
        assert_eq!(pending.take(second), Some(Asker::Gone));
    }

    #[test]
    fn names_of_slots_never_repeat_soon_nor_turn_negative() {
        let mut pending = Pending::default();
        let mut last = -1;
        for _ in 0..2 * USES {
            let serial = pending.insert(0).unwrap();
            assert!(serial >= 0 && serial != last);
            last = serial;
            assert_eq!(pending.take(serial), Some(Asker::Present(0)));
        }
    }

    #[test]
    fn places_run_out_and_come_back() {
        let mut pending = Pending::default();
        let serials: Vec<i32> = (0..1024).map(|serial| pending.insert(serial).unwrap()).collect();
        assert!(pending.is_full());
        assert_eq!(pending.insert(0), None);
        assert_eq!(pending.take(serials[9]), Some(Asker::Present(9)));
        assert!(!pending.is_full());
        assert!(pending.insert(-5).is_some());
        let mut expected: Vec<i32> = (0..1024).filter(|serial| *serial != 9).collect();
        expected.push(-5);
        assert_eq!(pending.drain(), expected, "in the order of asking");
        assert!(!pending.is_full() && pending.drain().is_empty());
    }

    #[test]
    fn serials_from_nowhere_find_no_one() {
        let mut pending = Pending::default();
        for serial in [0, 1, -1, i32::MAX, i32::MIN] {
            assert_eq!(pending.take(serial), None);
        }
    }
}
