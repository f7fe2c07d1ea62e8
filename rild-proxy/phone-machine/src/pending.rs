//! The requests that root has not answered yet, and the serials under which it knows them.
//!
//! A serial towards root names a slot and how often that slot was used before. So an answer that comes twice, or from
//! before a restart, finds no one, whatever serials the client chooses.

/// How many requests of one phone may be unanswered at root: it takes no more, and the proxy sends no more.
pub const MOST_OF_A_PHONE: usize = 1024;
/// A serial has this many bits for the slot. There are more slots than the client may use: the rest is for the proxy.
const SLOT_BITS: u32 = 11;
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
    asker: Asker,
    order: u64,
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// The client, under this serial.
    Client(i32),
    /// The proxy itself; the answer is of no interest.
    Proxy,
    /// The proxy itself, for the list of data calls.
    DataCalls,
    /// The proxy itself, which has said again that the client's radio is to be off.
    RadioOff,
}

impl Pending {
    /// Whether no further request of the client can wait.
    pub(super) fn is_full(&self) -> bool {
        self.slots.len() - self.free.len() >= MOST_OF_A_PHONE
    }

    /// Whether a request of the client waits.
    pub(super) fn is_client_waiting(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot.waiting, Some(Waiting { asker: Asker::Client(_), .. })))
    }

    /// Takes a place for a request; the result is its serial towards root, none if all are taken.
    pub(super) fn insert(&mut self, asker: Asker) -> Option<i32> {
        if self.is_full() && matches!(asker, Asker::Client(_)) {
            return None;
        }
        let waiting = Some(Waiting { asker, order: self.asked });
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
        Some(self.slots.get(self.index(serial)?)?.waiting?.asker)
    }

    /// Who asked this; the wait is over.
    pub(super) fn take(&mut self, serial: i32) -> Option<Asker> {
        let index = self.index(serial)?;
        let waiting = self.slots.get_mut(index)?.waiting.take()?;
        self.free.push(index);
        Some(waiting.asker)
    }

    /// Nobody will answer any more, or nobody is left to be answered. Gives back what waited, in the order in which it
    /// was asked: the serial towards root, and who asked.
    pub(super) fn drain(&mut self) -> Vec<(i32, Asker)> {
        let mut waiting = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(ended) = slot.waiting.take() {
                self.free.push(index);
                waiting.extend(name(index, slot.uses).map(|serial| (ended.order, serial, ended.asker)));
            }
        }
        waiting.sort_unstable_by_key(|(order, ..)| *order);
        waiting.into_iter().map(|(_, serial, asker)| (serial, asker)).collect()
    }

    /// The slot that a serial names, if it is the slot's present use.
    fn index(&self, serial: i32) -> Option<usize> {
        let number = u32::try_from(serial).ok()?;
        let index = usize::try_from(number % (1 << SLOT_BITS)).ok()?;
        self.slots.get(index).filter(|slot| slot.uses == number >> SLOT_BITS).map(|_| index)
    }
}

fn name(index: usize, uses: u32) -> Option<i32> {
    i32::try_from((uses << SLOT_BITS) | u32::try_from(index).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    use Asker::{Client, Proxy};

    #[test]
    fn an_answer_is_good_for_one_use_of_a_slot() {
        let mut pending = Pending::default();
        let first = pending.insert(Client(7)).unwrap();
        assert_eq!(pending.asker(first), Some(Client(7)));
        assert_eq!(pending.take(first), Some(Client(7)));
        assert_eq!(pending.take(first), None, "answered twice");
        let second = pending.insert(Client(7)).unwrap();
        assert_ne!(first, second);
        assert_eq!(pending.take(first), None, "an old answer finds no one");
        assert_eq!(pending.drain(), [(second, Client(7))]);
        assert_eq!(pending.take(second), None, "it has ended");
    }

    #[test]
    fn names_of_slots_never_repeat_soon_nor_turn_negative() {
        let mut pending = Pending::default();
        let mut last = -1;
        for _ in 0..2 * USES {
            let serial = pending.insert(Client(0)).unwrap();
            assert!(serial >= 0 && serial != last);
            last = serial;
            assert_eq!(pending.take(serial), Some(Client(0)));
        }
    }

    #[test]
    fn places_run_out_and_come_back_and_the_proxy_has_its_own() {
        let mut pending = Pending::default();
        let serials: Vec<i32> = (0..1024).map(|serial| pending.insert(Client(serial)).unwrap()).collect();
        assert!(pending.is_full());
        assert_eq!(pending.insert(Client(0)), None);
        let own = pending.insert(Proxy).unwrap();
        assert_eq!(pending.take(own), Some(Proxy));
        assert_eq!(pending.take(serials[9]), Some(Client(9)));
        assert!(!pending.is_full());
        assert!(pending.insert(Client(-5)).is_some());
        let mut expected: Vec<Asker> = (0..1024).filter(|serial| *serial != 9).map(Client).collect();
        expected.push(Client(-5));
        let askers: Vec<Asker> = pending.drain().into_iter().map(|(_, asker)| asker).collect();
        assert_eq!(askers, expected, "in the order of asking");
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
