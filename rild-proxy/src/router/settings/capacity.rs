//! Link capacity estimates: the modem makes them while any phone wants them, at the shortest interval that any asked
//! for, and tells them of its own accord if any wants that.
//!
//! A phone that asks for what the modem has been asked for already has the modem's own answer to that, also when it
//! comes later; what the modem refuses, nobody has.
//!
//! Reference: ril.h, `RIL_REQUEST_START_LCE`, `RIL_REQUEST_STOP_LCE`, `RIL_UNSOL_LCEDATA_RECV`.

use ril_protocol::frame::Request;
use ril_protocol::payload::device::LceStatus;
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use crate::router::common::flow_of;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Waiter};
use crate::router::{Actions, Now, PhoneId, Router};

/// Modes of START_LCE: the modem tells estimates of its own accord, or when it is asked.
const PUSH: i32 = 0;
const PULL: i32 = 1;

/// Who wants estimates, and what the modem does.
#[derive(Debug)]
pub(in crate::router) struct Capacity {
    wanted: Vec<Option<Estimates>>,
    /// What the modem was asked for.
    at_modem: Option<Estimates>,
    /// It has begun, and was not told to stop since, or would not.
    runs: bool,
    /// At whose cost it is to be told what there was no room to say.
    owed_by: Option<PhoneId>,
    /// The modem's last answer to START_LCE.
    status: Vec<u8>,
    /// Orders to start that the modem has not answered, and who waits for that.
    starting: usize,
    waiting: Vec<Waiter>,
}

/// Which estimates somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Estimates {
    /// Milliseconds between them.
    interval: i32,
    mode: i32,
}

impl Estimates {
    /// What serves both.
    fn with(self, other: Self) -> Self {
        let mode = if PUSH == self.mode || PUSH == other.mode { PUSH } else { self.mode };
        Self { interval: self.interval.min(other.interval), mode }
    }

    fn payload(self) -> Vec<u8> {
        parcel::encode(&vec![self.interval, self.mode], RilVersion::COMMON)
    }
}

impl Capacity {
    pub(super) fn new(phones: usize) -> Self {
        Self {
            wanted: vec![None; phones],
            at_modem: None,
            runs: false,
            owed_by: None,
            status: Vec::new(),
            starting: 0,
            waiting: Vec::new(),
        }
    }

    /// The modem has forgotten what it was asked for.
    pub(super) fn unlearn(&mut self) {
        self.doubt();
        self.runs = false;
        self.owed_by = None;
    }

    /// What the modem does is not known any more, if it does anything.
    fn doubt(&mut self) {
        self.at_modem = None;
        self.status.clear();
    }

    /// There was no room, at the cost of this phone, to tell the modem what it is to do.
    fn owe(&mut self, by: PhoneId) {
        self.doubt();
        self.runs = true;
        self.owed_by = Some(by);
    }

    /// The modem is told to stop.
    fn stop(&mut self) {
        (self.at_modem, self.runs) = (None, false);
    }

    /// Whether the modem is to be told that it stop, when nobody wants estimates.
    fn may_run(&self) -> bool {
        self.at_modem.is_some() || self.runs
    }

    /// Whether this phone wants estimates.
    pub(super) fn is_wanted_by(&self, phone: PhoneId) -> bool {
        self.wanted.get(phone.0).is_some_and(Option::is_some)
    }

    fn want(&mut self, phone: PhoneId, wish: Option<Estimates>) {
        if let Some(wanted) = self.wanted.get_mut(phone.0) {
            *wanted = wish;
        }
    }

    /// What serves all phones.
    fn all(&self) -> Option<Estimates> {
        self.wanted.iter().flatten().copied().reduce(Estimates::with)
    }
}

impl Router {
    /// START_LCE or STOP_LCE.
    pub(super) fn link_capacity(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if request.code == RequestCode::STOP_LCE {
            return self.stop_capacity(now, id, request, out);
        }
        let ints = parcel::decode::<Vec<i32>>(request.payload, self.version()).unwrap_or_default();
        let Some(interval) = ints.first().copied() else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        let capacity = &mut self.settings.capacity;
        capacity.want(id, Some(Estimates { interval, mode: ints.get(1).copied().unwrap_or(PULL) }));
        let all = capacity.all();
        if all != capacity.at_modem {
            return self.start_for(now, id, request.serial, all, out);
        }
        if capacity.starting == 0 {
            // The modem's own answer to what it does already.
            return out.reply(id, request.serial, Errno::SUCCESS, &self.settings.capacity.status);
        }
        let waiter = self.wait(id, request.serial);
        self.settings.capacity.waiting.extend(waiter);
    }

    /// Asks the modem, in the name of a phone, for what serves all.
    fn start_for(&mut self, now: Now, id: PhoneId, serial: i32, all: Option<Estimates>, out: &mut Actions) {
        const CODE: RequestCode = RequestCode::START_LCE;
        let Some((waiter, estimates)) = self.waiter(id, serial).zip(all) else { return };
        let payload = estimates.payload();
        if self.send(flow_of(id, CODE), now, Asker::Phone(waiter), CODE, &payload, out) {
            self.settings.capacity.at_modem = all;
            self.settings.capacity.starting += 1;
        } else {
            self.settings.capacity.want(id, None);
            self.refuse_flood(id, &Request { code: CODE, serial, payload: &payload }, out);
        }
    }

    fn stop_capacity(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let capacity = &mut self.settings.capacity;
        capacity.want(id, None);
        if capacity.all().is_none() && capacity.may_run() {
            capacity.stop();
            return self.forward(now, id, request, out);
        }
        // To this phone they have stopped.
        let stopped = parcel::encode(&LceStatus::default(), self.version());
        out.reply(id, request.serial, Errno::SUCCESS, &stopped);
        self.relax_capacity(now, id, out);
    }

    /// The modem answered START_LCE, in the name of this phone or in the router's own, or STOP_LCE.
    pub(super) fn link_capacity_answered(
        &mut self,
        phone: Option<PhoneId>,
        code: RequestCode,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let capacity = &mut self.settings.capacity;
        if !answer.is_ok() {
            capacity.doubt();
            capacity.runs |= code == RequestCode::STOP_LCE && answer.errno != Errno::REQUEST_NOT_SUPPORTED;
        } else if code == RequestCode::START_LCE {
            capacity.status = answer.payload.to_vec();
            capacity.runs |= capacity.at_modem.is_some();
        }
        if code != RequestCode::START_LCE {
            return;
        }
        capacity.starting = capacity.starting.saturating_sub(1);
        if capacity.starting > 0 {
            return;
        }
        let waiting = std::mem::take(&mut capacity.waiting);
        // A modem that is away refuses nothing: it is told anew.
        if !answer.is_ok() && answer.errno != Errno::RADIO_NOT_AVAILABLE {
            for phone in waiting.iter().map(|waiter| waiter.phone).chain(phone) {
                self.settings.capacity.want(phone, None);
            }
        }
        for waiter in waiting {
            self.answer_waiter(waiter, answer.errno, answer.payload, out);
        }
    }

    /// A modem that has started anew makes estimates as it did.
    pub(super) fn tell_capacity(&mut self, now: Now, out: &mut Actions) {
        if self.settings.capacity.at_modem.is_none() {
            self.order_capacity(now, Ask::Order, self.settings.capacity.all(), out);
        }
    }

    /// The client of this phone is gone, and its wish with it.
    pub(super) fn forget_capacity(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.settings.capacity.want(id, None);
        self.relax_capacity(now, id, out);
    }

    /// The modem does no more than is wanted.
    fn relax_capacity(&mut self, now: Now, by: PhoneId, out: &mut Actions) {
        let capacity = &mut self.settings.capacity;
        let all = capacity.all();
        if !capacity.may_run() || all.is_some() && all == capacity.at_modem {
            return;
        }
        if all.is_some() {
            return self.order_capacity(now, Ask::OrderFor(by), all, out);
        }
        capacity.at_modem = None;
        let stop = Order::plain(RequestCode::STOP_LCE);
        if self.has_room_for(by, stop.code) && self.ask(now, Ask::OrderFor(by), &stop, out) {
            self.settings.capacity.stop();
        } else {
            self.settings.capacity.owe(by);
        }
    }

    /// A request of this phone has its answer, and there may be room for what the modem is to be told at its cost.
    pub(super) fn tell_owed_capacity(&mut self, now: Now, by: PhoneId, out: &mut Actions) {
        if self.settings.capacity.owed_by.take_if(|owed_by| *owed_by == by).is_some() {
            self.relax_capacity(now, by, out);
        }
    }

    /// Tells the modem to start what serves all, in the router's own words.
    fn order_capacity(&mut self, now: Now, ask: Ask, all: Option<Estimates>, out: &mut Actions) {
        let Some(estimates) = all else { return };
        let order = Order { code: RequestCode::START_LCE, payload: estimates.payload() };
        let has_room = match ask {
            Ask::OrderFor(by) => self.has_room_for(by, order.code),
            _ => true,
        };
        if has_room && self.ask(now, ask, &order, out) {
            self.settings.capacity.at_modem = all;
            self.settings.capacity.starting += 1;
        } else if let Ask::OrderFor(by) = ask {
            self.settings.capacity.owe(by);
        } else {
            self.settings.capacity.doubt();
        }
    }
}
