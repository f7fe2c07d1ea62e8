//! Requests that the modem has not answered yet, and the serials under which it knows them.
//!
//! Phones number their requests as they like and their numbers collide. The modem sees serials made here: a slot and
//! the slot's generation, so that a late, doubled or invented answer finds nothing.

use std::time::Duration;

use ril_protocol::frame::Reply;
use ril_protocol::{Errno, RequestCode};

use super::PhoneId;
use super::sms::Question;

const SLOT_BITS: u32 = 14;
const SLOTS: usize = 1 << SLOT_BITS;
/// Slots that phones cannot use up: those of the router's own questions.
pub(super) const KEPT_BACK: usize = 256;
/// Slots that phones share.
pub(super) const FOR_PHONES: usize = SLOTS - KEPT_BACK;
/// Serials stay positive, for the sake of modem sides that print or compare them.
const GENERATIONS: u32 = 1 << (31 - SLOT_BITS);

/// A phone's client that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) phone: PhoneId,
    /// The client's own serial.
    pub(super) serial: i32,
    /// Which of the phone's successive clients it was.
    pub(super) client: u32,
}

/// What the modem answered, or that it did not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    pub(super) errno: Errno,
    pub(super) payload: &'a [u8],
}

impl<'a> Answer<'a> {
    pub(super) fn of(reply: &Reply<'a>) -> Self {
        Self { errno: reply.errno, payload: reply.payload }
    }

    pub(super) fn failed(errno: Errno) -> Self {
        Self { errno, payload: &[] }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.errno == Errno::SUCCESS
    }
}

/// What a phone is told of the answer to its request.
#[derive(Debug)]
pub(super) enum Told {
    /// All of it.
    AsItIs,
    /// This payload instead.
    Instead(Vec<u8>),
    /// That it failed.
    Failed(Errno),
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Phone(Waiter),
    /// The router, for its own knowledge.
    Router(Ask),
}

/// What the router asks on its own behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// The list of calls.
    Calls,
    /// Why the last call of this phone ended.
    FailCause(PhoneId),
    /// What short messages need.
    Sms(Question),
    /// An order; the answer is of no interest.
    Order,
    /// An order that a request of this phone makes necessary; the answer is of no interest.
    OrderFor(PhoneId),
}

/// One unanswered request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) asker: Asker,
    pub(super) code: RequestCode,
    pub(super) deadline: Duration,
}

impl Pending {
    /// The phone whose requests it counts among, whichever of its clients asked.
    pub(super) fn charged_to(&self) -> Option<PhoneId> {
        match self.asker {
            Asker::Phone(Waiter { phone, .. }) | Asker::Router(Ask::OrderFor(phone)) => Some(phone),
            Asker::Router(Ask::Sms(question)) => question.charged_to(),
            Asker::Router(Ask::Calls | Ask::FailCause(_) | Ask::Order) => None,
        }
    }
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    pending: Option<Pending>,
}

impl Slot {
    /// The serial under which the modem knows the request in this slot.
    fn serial(&self, place: usize) -> i32 {
        (self.generation << SLOT_BITS | u32::try_from(place).unwrap_or(0)).cast_signed()
    }
}

/// All unanswered requests.
#[derive(Debug, Default)]
pub(super) struct PendingTable {
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// No deadline lies before this.
    earliest: Option<Duration>,
}

impl PendingTable {
    /// Takes a request in and names its serial towards the modem; `None` when the table is full.
    pub(super) fn add(&mut self, pending: Pending) -> Option<i32> {
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.slots.len() < SLOTS => {
                self.slots.push(Slot::default());
                self.slots.len() - 1
            }
            None => return None,
        };
        let slot = &mut self.slots[place];
        slot.pending = Some(pending);
        self.earliest = Some(self.earliest.map_or(pending.deadline, |earliest| earliest.min(pending.deadline)));
        Some(slot.serial(place))
    }

    /// Takes a request out by the serial that the modem knows.
    pub(super) fn take(&mut self, serial: i32) -> Option<Pending> {
        let serial = serial.cast_unsigned();
        let place = serial as usize % SLOTS;
        let slot = self.slots.get(place)?;
        if slot.generation != serial >> SLOT_BITS {
            return None;
        }
        self.take_at(place).map(|(_, pending)| pending)
    }

    /// Takes out every request whose time is over, with its serial.
    pub(super) fn take_expired(&mut self, now: Duration) -> Vec<(i32, Pending)> {
        if self.earliest.is_none_or(|earliest| earliest > now) {
            return Vec::new();
        }
        let expired = self.take_where(|pending| pending.deadline <= now);
        self.earliest = self.slots.iter().filter_map(|slot| slot.pending.map(|pending| pending.deadline)).min();
        expired
    }

    /// Takes out the request of this phone that would expire first, with its serial.
    pub(super) fn take_first_of(&mut self, phone: PhoneId) -> Option<(i32, Pending)> {
        let charged = |slot: &Slot| slot.pending.filter(|pending| pending.charged_to() == Some(phone));
        let places = self.slots.iter().enumerate().filter_map(|(place, slot)| Some((charged(slot)?.deadline, place)));
        let (_, place) = places.min()?;
        self.take_at(place)
    }

    /// Takes out every request, with its serial.
    pub(super) fn take_all(&mut self) -> Vec<(i32, Pending)> {
        self.earliest = None;
        self.take_where(|_| true)
    }

    /// A moment before which nothing expires.
    pub(super) fn earliest(&self) -> Option<Duration> {
        self.earliest
    }

    fn take_at(&mut self, place: usize) -> Option<(i32, Pending)> {
        let slot = self.slots.get_mut(place)?;
        let serial = slot.serial(place);
        let pending = slot.pending.take()?;
        slot.generation = (slot.generation + 1) % GENERATIONS;
        self.free.push(place);
        Some((serial, pending))
    }

    fn take_where(&mut self, wanted: impl Fn(&Pending) -> bool) -> Vec<(i32, Pending)> {
        let is_wanted = |slot: &Slot| slot.pending.as_ref().is_some_and(&wanted);
        let places = self.slots.iter().enumerate().filter_map(|(place, slot)| is_wanted(slot).then_some(place));
        let places: Vec<usize> = places.collect();
        places.into_iter().filter_map(|place| self.take_at(place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seconds: u64) -> Pending {
        Pending { asker: Asker::Router(Ask::Order), code: RequestCode::DIAL, deadline: Duration::from_secs(seconds) }
    }

    #[test]
    fn a_serial_is_good_for_one_answer() {
        let mut table = PendingTable::default();
        let first = table.add(order(1)).unwrap();
        assert!(table.take(first).is_some());
        assert!(table.take(first).is_none(), "doubled");
        let second = table.add(order(1)).unwrap();
        assert_ne!(first, second, "the slot is used again under another serial");
        assert!(table.take(first).is_none(), "late");
        assert!(table.take(-1).is_none() && table.take(i32::MAX).is_none(), "invented");
        assert!(table.take(second).is_some());
    }

    #[test]
    fn only_what_is_due_expires() {
        let mut table = PendingTable::default();
        table.add(order(5)).unwrap();
        let later = table.add(order(9)).unwrap();
        assert!(table.take_expired(Duration::from_secs(4)).is_empty());
        assert_eq!(table.take_expired(Duration::from_secs(5)).len(), 1);
        assert_eq!(table.earliest(), Some(Duration::from_secs(9)));
        assert!(table.take(later).is_some());
    }

    #[test]
    fn a_full_table_says_so() {
        let mut table = PendingTable::default();
        for _ in 0..SLOTS {
            assert!(table.add(order(1)).is_some_and(|serial| serial >= 0));
        }
        assert_eq!(table.add(order(1)), None);
        assert_eq!(table.take_all().len(), SLOTS);
        assert!(table.add(order(1)).is_some());
    }
}
