//! Requests that the modem has not answered yet, and the serials under which it knows them.
//!
//! Phones number their requests as they like and their numbers collide. The modem sees serials made here: a slot and
//! the slot's generation, so that a late, doubled or invented answer finds nothing.
//!
//! A request that is given up may still succeed at the modem. Where that would leave something open that nobody knows
//! of, a data call say, the slot stays reserved for a while: the late answer is known for what it is, and what it
//! opened can be closed. The slot of GET_CURRENT_CALLS stays reserved as well: its answer, even late, is the newest
//! list there is.

use std::time::Duration;

use ril_protocol::frame::Reply;
use ril_protocol::{Errno, RequestCode};

use super::answers::QuestionId;
use super::sms::Question;
use super::{Flow, Now, PhoneId};

const SLOT_BITS: u32 = 14;
const SLOTS: usize = 1 << SLOT_BITS;
/// Slots that phones cannot use up: those of the router's own questions.
pub(super) const KEPT_BACK: usize = 256;
/// Most slots that are reserved for answers that come late, in all and of one phone.
const MOST_ABANDONED: usize = 256;
const MOST_ABANDONED_OF_ONE: usize = 16;
/// How long they are.
const LATE: Duration = Duration::from_secs(600);
/// Slots that phones share.
pub(super) const FOR_PHONES: usize = SLOTS - KEPT_BACK - MOST_ABANDONED;
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
    /// The modem has not said so: the request was given up, and may be carried out yet.
    pub(super) given_up: bool,
}

impl<'a> Answer<'a> {
    pub(super) fn of(reply: &Reply<'a>) -> Self {
        Self { errno: reply.errno, payload: reply.payload, given_up: false }
    }

    pub(super) fn success(payload: &'a [u8]) -> Self {
        Self { errno: Errno::SUCCESS, payload, given_up: false }
    }

    pub(super) fn failed(errno: Errno) -> Self {
        Self { errno, payload: &[], given_up: false }
    }

    /// There is none, and nobody waits for it any more.
    pub(super) fn given_up() -> Self {
        Self { given_up: true, ..Self::failed(Errno::GENERIC_FAILURE) }
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
    /// Why the last call ended, numbered; it was this phone's.
    FailCause { id: u32, of: PhoneId },
    /// What short messages need.
    Sms(Question),
    /// The SIM's emergency numbers.
    EmergencyNumbers,
    /// Radio power, for an emergency call.
    EmergencyRadio,
    /// An emergency call of this phone, by its number.
    EmergencyDial { phone: PhoneId, number: u32 },
    /// A tone for the number service, in the call of this id.
    Tone(u64),
    /// An order; the answer is of no interest.
    Order,
    /// The end of the call that the modem knows by this index, by policy.
    EndCall(i32),
    /// The end of such a call of another phone's, or of this one that goes off the network.
    HangUp { index: i32, by: Option<PhoneId> },
    /// An order that a request of this phone makes necessary; the answer is of no interest.
    OrderFor(PhoneId),
    /// The end of a USSD session that its phone does not end, for the sake of this phone.
    CancelUssd(Option<PhoneId>),
    /// A data call for this client.
    OpenData { asker: Waiter, id: u32 },
    /// The end of a data call: a client asks for it, or the router itself.
    CloseData { asker: Option<Waiter>, id: u32 },
    /// The list of data calls, numbered; a client asks for it, or the router itself.
    ListData { asker: Option<Waiter>, id: u32 },
    /// Why a data call of this phone could not be opened, numbered.
    DataFailCause { id: u32, by: PhoneId },
    /// A question whose answer is for whoever asks it, in the name of this phone.
    Shared(QuestionId, PhoneId),
    /// A phone's command that may change the card: this file of it, or anything.
    SimChange(Waiter, Option<i32>),
    /// A phone's PIN or PUK.
    Pin(Waiter),
    /// A logical channel for a phone.
    OpenChannel(Waiter),
    /// The end of the logical channel that the modem knows by this number; without a phone, for its owner is gone.
    CloseChannel { at_modem: i32, waiter: Option<Waiter> },
}

/// One unanswered request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) asker: Asker,
    pub(super) code: RequestCode,
    /// In which it went to the modem.
    pub(super) flow: Flow,
    pub(super) deadline: Now,
}

impl Pending {
    /// The phone whose requests it counts among, whichever of its clients asked.
    pub(super) fn charged_to(&self) -> Option<PhoneId> {
        match self.asker {
            Asker::Phone(waiter) => Some(waiter.phone),
            Asker::Router(ask) => match ask {
                Ask::Sms(question) => question.charged_to(),
                Ask::CancelUssd(phone) | Ask::HangUp { by: phone, .. } => phone,
                Ask::OrderFor(phone)
                | Ask::Shared(_, phone)
                | Ask::FailCause { of: phone, .. }
                | Ask::EmergencyDial { phone, .. }
                | Ask::DataFailCause { by: phone, .. } => Some(phone),
                Ask::OpenData { asker: waiter, .. }
                | Ask::SimChange(waiter, _)
                | Ask::Pin(waiter)
                | Ask::OpenChannel(waiter) => Some(waiter.phone),
                Ask::CloseData { asker: waiter, .. }
                | Ask::ListData { asker: waiter, .. }
                | Ask::CloseChannel { waiter, .. } => waiter.map(|waiter| waiter.phone),
                Ask::Calls
                | Ask::EmergencyNumbers
                | Ask::EmergencyRadio
                | Ask::Tone(_)
                | Ask::Order
                | Ask::EndCall(_) => None,
            },
        }
    }

    /// Whether it counts among the router's own.
    fn is_own(&self) -> bool {
        self.charged_to().is_none()
    }

    fn is_emergency_call(&self) -> bool {
        matches!(self.asker, Asker::Router(Ask::EmergencyDial { .. }))
    }
}

/// Whether the answer to such a request matters also when it comes late: it tells of calls, or its success leaves
/// something open at the modem that somebody has to close.
fn matters_late(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::GET_CURRENT_CALLS
            | RequestCode::SETUP_DATA_CALL
            | RequestCode::SIM_OPEN_CHANNEL
            | RequestCode::START_KEEPALIVE
    )
}

/// What an answer of the modem is the answer to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// A request that somebody waits for.
    InTime(Pending),
    /// A request that was given up.
    Late(Pending),
}

/// What is given up.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    /// Requests that somebody waited for.
    pub(super) requests: Vec<Pending>,
    /// Serials whose answers are of no interest any more, should they come.
    pub(super) serials: Vec<i32>,
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    pending: Option<Pending>,
    /// The request was given up; its answer may come late.
    abandoned: bool,
}

impl Slot {
    /// The request that somebody waits for.
    fn awaited(&self) -> Option<&Pending> {
        self.pending.as_ref().filter(|_| !self.abandoned)
    }

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
    /// How many of the router's own requests somebody waits for.
    own_awaited: usize,
    /// No deadline lies before this.
    earliest: Option<Now>,
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
        self.own_awaited += usize::from(pending.is_own());
        self.earliest = Some(self.earliest.map_or(pending.deadline, |earliest| earliest.min(pending.deadline)));
        Some(slot.serial(place))
    }

    /// Takes a request out by the serial that the modem knows.
    pub(super) fn take(&mut self, serial: i32) -> Option<Taken> {
        let serial = serial.cast_unsigned();
        let place = serial as usize % SLOTS;
        let slot = self.slots.get(place)?;
        if slot.generation != serial >> SLOT_BITS {
            return None;
        }
        let abandoned = slot.abandoned;
        let (_, pending) = self.take_at(place)?;
        Some(if abandoned { Taken::Late(pending) } else { Taken::InTime(pending) })
    }

    /// Gives up every request whose time is over.
    pub(super) fn take_expired(&mut self, now: Now) -> GivenUp {
        let mut given_up = GivenUp::default();
        if self.earliest.is_none_or(|earliest| earliest > now) {
            return given_up;
        }
        let is_due = |slot: &Slot| slot.pending.is_some_and(|pending| pending.deadline <= now);
        let due: Vec<usize> = (0..self.slots.len()).filter(|place| is_due(&self.slots[*place])).collect();
        for place in due {
            self.give_up(now, place, &mut given_up);
        }
        self.earliest = self.slots.iter().filter_map(|slot| slot.pending.map(|pending| pending.deadline)).min();
        given_up
    }

    /// Gives up the request of this phone that would expire first, if it is no emergency call.
    pub(super) fn take_first_of(&mut self, now: Now, phone: PhoneId) -> GivenUp {
        let is_such = |pending: &&Pending| pending.charged_to() == Some(phone) && !pending.is_emergency_call();
        let awaited = self.slots.iter().enumerate().filter_map(|(place, slot)| Some((slot.awaited()?, place)));
        let places = awaited.filter(|(pending, _)| is_such(pending)).map(|(pending, place)| (pending.deadline, place));
        let mut given_up = GivenUp::default();
        if let Some((_, place)) = places.min() {
            self.give_up(now, place, &mut given_up);
        }
        given_up
    }

    /// Gives up every request of this kind.
    pub(super) fn take_such(&mut self, now: Now, which: impl Fn(&Pending) -> bool) -> GivenUp {
        let mut given_up = GivenUp::default();
        for place in 0..self.slots.len() {
            if self.slots[place].awaited().is_some_and(&which) {
                self.give_up(now, place, &mut given_up);
            }
        }
        given_up
    }

    /// The serials of every request, those that were given up and may succeed included.
    pub(super) fn serials(&self) -> Vec<i32> {
        let taken = self.slots.iter().enumerate().filter(|(_, slot)| slot.pending.is_some());
        taken.map(|(place, slot)| slot.serial(place)).collect()
    }

    /// The answers to such requests, which were given up, are of no interest any more; their serials.
    pub(super) fn forget_abandoned(&mut self, which: impl Fn(&Pending) -> bool) -> Vec<i32> {
        let is_such = |slot: &Slot| slot.abandoned && slot.pending.as_ref().is_some_and(&which);
        let places: Vec<usize> = (0..self.slots.len()).filter(|place| is_such(&self.slots[*place])).collect();
        places.into_iter().filter_map(|place| self.take_at(place)).map(|(serial, _)| serial).collect()
    }

    /// Takes out every request: none of them will have an answer, not even late.
    pub(super) fn take_all(&mut self) -> Vec<Pending> {
        self.earliest = None;
        let mut taken = Vec::new();
        for place in 0..self.slots.len() {
            let abandoned = self.slots[place].abandoned;
            taken.extend(self.take_at(place).filter(|_| !abandoned).map(|(_, pending)| pending));
        }
        taken
    }

    /// How many requests are of this kind, those that were given up and may succeed included.
    pub(super) fn count(&self, which: impl Fn(&Pending) -> bool) -> usize {
        self.slots.iter().filter_map(|slot| slot.pending.as_ref()).filter(|pending| which(pending)).count()
    }

    /// How many of the router's own requests are not answered and not given up.
    pub(super) fn own_awaited(&self) -> usize {
        self.own_awaited
    }

    /// A moment before which nothing expires.
    pub(super) fn earliest(&self) -> Option<Now> {
        self.earliest
    }

    fn take_at(&mut self, place: usize) -> Option<(i32, Pending)> {
        let slot = self.slots.get_mut(place)?;
        let serial = slot.serial(place);
        let pending = slot.pending.take()?;
        self.own_awaited -= usize::from(pending.is_own() && !slot.abandoned);
        slot.abandoned = false;
        slot.generation = (slot.generation + 1) % GENERATIONS;
        self.free.push(place);
        Some((serial, pending))
    }

    /// Nobody waits for this request any more. One whose answer matters late keeps its slot, for some time and as long
    /// as there are not too many of those.
    fn give_up(&mut self, now: Now, place: usize, given_up: &mut GivenUp) {
        let awaited = self.slots.get(place).and_then(Slot::awaited).copied();
        given_up.requests.extend(awaited);
        let Some(pending) = awaited.filter(|pending| matters_late(pending.code)) else {
            given_up.serials.extend(self.take_at(place).map(|(serial, _)| serial));
            return;
        };
        let phone = pending.charged_to();
        let of_one = |pending: &Pending| pending.charged_to() == phone;
        let abandoned = || self.slots.iter().filter(|slot| slot.abandoned).filter_map(|slot| slot.pending.as_ref());
        if abandoned().filter(|pending| of_one(pending)).count() >= MOST_ABANDONED_OF_ONE {
            given_up.serials.extend(self.forget_oldest_abandoned(of_one));
        } else if abandoned().count() >= MOST_ABANDONED {
            given_up.serials.extend(self.forget_oldest_abandoned(|_| true));
        }
        let until = now + LATE;
        if let Some(slot) = self.slots.get_mut(place) {
            self.own_awaited -= usize::from(pending.is_own());
            slot.abandoned = true;
            slot.pending = Some(Pending { deadline: until, ..pending });
        }
        self.earliest = Some(self.earliest.map_or(until, |earliest| earliest.min(until)));
    }

    /// The serial of the one that was abandoned first, among some.
    fn forget_oldest_abandoned(&mut self, which: impl Fn(&Pending) -> bool) -> Option<i32> {
        let abandoned = self.slots.iter().enumerate().filter(|(_, slot)| slot.abandoned);
        let places = abandoned.filter_map(|(place, slot)| {
            let pending = slot.pending.as_ref().filter(|pending| which(pending))?;
            Some((pending.deadline, place))
        });
        let (_, place) = places.min()?;
        self.take_at(place).map(|(serial, _)| serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seconds: u64) -> Pending {
        let deadline = Duration::from_secs(seconds);
        Pending { asker: Asker::Router(Ask::Order), code: RequestCode::DIAL, flow: Flow::Router, deadline }
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
    fn what_may_have_opened_something_is_known_when_it_comes_late() {
        let mut table = PendingTable::default();
        let set_up = Pending { code: RequestCode::SETUP_DATA_CALL, ..order(5) };
        let (first, second) = (table.add(set_up).unwrap(), table.add(set_up).unwrap());
        let given_up = table.take_expired(Duration::from_secs(5));
        assert_eq!((given_up.requests.len(), given_up.serials), (2, vec![]));
        assert!(matches!(table.take(first), Some(Taken::Late(_))));
        assert!(table.take(first).is_none(), "and once only");
        let given_up = table.take_expired(Duration::from_secs(5) + LATE);
        assert_eq!((given_up.requests.len(), given_up.serials), (0, vec![second]));
        assert!(table.take(second).is_none());
        assert_eq!(table.earliest(), None);
    }

    #[test]
    fn what_is_kept_for_late_answers_is_bounded() {
        let mut table = PendingTable::default();
        let set_up = Pending { code: RequestCode::SETUP_DATA_CALL, ..order(5) };
        let serials: Vec<i32> = (0..100).map(|_| table.add(set_up).unwrap()).collect();
        let given_up = table.take_expired(Duration::from_secs(5));
        assert_eq!((given_up.requests.len(), given_up.serials.len()), (100, 100 - MOST_ABANDONED_OF_ONE));
        assert_eq!(serials.into_iter().filter_map(|serial| table.take(serial)).count(), MOST_ABANDONED_OF_ONE);
    }

    #[test]
    fn what_is_of_no_interest_any_more_is_forgotten() {
        let mut table = PendingTable::default();
        let set_up = Pending { code: RequestCode::SETUP_DATA_CALL, ..order(5) };
        let [first, second] =
            [5, 6].map(|at| table.add(Pending { deadline: Duration::from_secs(at), ..set_up }).unwrap());
        let open = table.add(Pending { deadline: Duration::from_secs(99), ..set_up }).unwrap();
        table.take_expired(Duration::from_secs(5));
        table.take_expired(Duration::from_secs(6));
        let is_older = |pending: &Pending| pending.deadline < Duration::from_secs(6) + LATE;
        assert_eq!(table.forget_abandoned(is_older), [first]);
        assert!(table.take(first).is_none());
        assert!(matches!(table.take(second), Some(Taken::Late(_))));
        assert!(table.forget_abandoned(|_| true).is_empty(), "one that is waited for is not");
        assert!(matches!(table.take(open), Some(Taken::InTime(_))));
    }

    #[test]
    fn the_routers_own_requests_are_counted_until_they_are_answered_or_given_up() {
        let mut table = PendingTable::default();
        let own = |code| Pending { code, ..order(5) };
        let phones = Pending { asker: Asker::Router(Ask::OrderFor(PhoneId(0))), ..order(5) };
        let first = table.add(own(RequestCode::DIAL)).unwrap();
        table.add(phones).unwrap();
        table.add(own(RequestCode::DIAL)).unwrap();
        let late = table.add(own(RequestCode::GET_CURRENT_CALLS)).unwrap();
        assert_eq!(table.own_awaited(), 3);
        table.take(first);
        table.take(first);
        assert_eq!(table.own_awaited(), 2);
        table.take_expired(Duration::from_secs(5));
        assert_eq!(table.own_awaited(), 0);
        assert!(matches!(table.take(late), Some(Taken::Late(_))));
        assert_eq!(table.own_awaited(), 0);
        table.add(own(RequestCode::GET_CURRENT_CALLS)).unwrap();
        table.add(phones).unwrap();
        table.take_all();
        assert_eq!(table.own_awaited(), 0);
    }

    #[test]
    fn only_what_is_due_expires() {
        let mut table = PendingTable::default();
        table.add(order(5)).unwrap();
        let later = table.add(order(9)).unwrap();
        assert!(table.take_expired(Duration::from_secs(4)).requests.is_empty());
        assert_eq!(table.take_expired(Duration::from_secs(5)).requests.len(), 1);
        assert_eq!(table.earliest(), Some(Duration::from_secs(9)));
        assert!(table.take(later).is_some());
    }

    #[test]
    fn no_emergency_call_is_given_up_for_another_request() {
        let phone = PhoneId(0);
        let call = Pending { asker: Asker::Router(Ask::EmergencyDial { phone, number: 1 }), ..order(5) };
        let other = Pending { asker: Asker::Router(Ask::OrderFor(phone)), ..order(9) };
        let mut table = PendingTable::default();
        table.add(call).unwrap();
        table.add(other).unwrap();
        assert_eq!(table.take_first_of(Duration::ZERO, phone).requests, [other]);
        assert!(table.take_first_of(Duration::ZERO, phone).requests.is_empty());
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
