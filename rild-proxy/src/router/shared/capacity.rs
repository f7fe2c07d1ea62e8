//! Link capacity estimates: the modem makes them while any phone wants them, at the shortest interval that any asked for.
//!
//! Reference: ril.h, `RIL_REQUEST_START_LCE`, `RIL_REQUEST_STOP_LCE`, `RIL_UNSOL_LCEDATA_RECV`.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode};

use crate::router::order::Order;
use crate::router::pending::{Answer, Ask};
use crate::router::{Actions, Now, PhoneId, Router};

/// Who wants estimates, and what the modem does.
#[derive(Debug)]
pub(in crate::router) struct Capacity {
    /// Milliseconds between estimates that each phone wants.
    wanted: Vec<Option<i32>>,
    /// The interval that the modem was asked for.
    at_modem: Option<i32>,
    /// The modem's last answer to START_LCE.
    status: Vec<u8>,
}

impl Capacity {
    pub(super) fn new(phones: usize) -> Self {
        Self { wanted: vec![None; phones], at_modem: None, status: Vec::new() }
    }

    /// The modem has forgotten what it was asked for.
    pub(super) fn unlearn(&mut self) {
        self.at_modem = None;
        self.status.clear();
    }

    /// Whether this phone wants estimates.
    pub(super) fn is_wanted_by(&self, phone: PhoneId) -> bool {
        self.wanted.get(phone.0).is_some_and(Option::is_some)
    }
}

impl Router {
    /// START_LCE or STOP_LCE.
    pub(super) fn link_capacity(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let wish = match request.code {
            RequestCode::STOP_LCE => None,
            _ => match self.first_int(request.payload) {
                None => return self.deny(id, request, Errno::GENERIC_FAILURE, out),
                interval => interval,
            },
        };
        let capacity = &mut self.shared.capacity;
        let Some(wanted) = capacity.wanted.get_mut(id.0) else { return };
        *wanted = wish;
        let shortest = capacity.wanted.iter().flatten().min().copied();
        if shortest != capacity.at_modem && (shortest == wish || shortest.is_none()) {
            capacity.at_modem = shortest;
            return self.forward(now, id, request, out);
        }
        // The modem's own answer to what it does already.
        let status = std::mem::take(&mut self.shared.capacity.status);
        out.reply(id, request.serial, Errno::SUCCESS, &status);
        self.shared.capacity.status = status;
        self.relax_capacity(now, id, out);
    }

    /// The modem answered START_LCE or STOP_LCE.
    pub(super) fn link_capacity_answered(&mut self, code: RequestCode, answer: Answer<'_>) {
        if !answer.is_ok() {
            self.shared.capacity.unlearn();
        } else if code == RequestCode::START_LCE {
            self.shared.capacity.status = answer.payload.to_vec();
        }
    }

    /// A modem that has started anew makes estimates as it did.
    pub(super) fn tell_capacity(&mut self, now: Now, out: &mut Actions) {
        let capacity = &mut self.shared.capacity;
        let shortest = capacity.wanted.iter().flatten().min().copied();
        if let Some(interval) = shortest.filter(|_| capacity.at_modem.is_none()) {
            capacity.at_modem = shortest;
            self.ask(now, Ask::Order, &Order::about(RequestCode::START_LCE, interval), out);
        }
    }

    /// The client of this phone is gone, and its wish with it.
    pub(super) fn forget_capacity(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if let Some(wanted) = self.shared.capacity.wanted.get_mut(id.0) {
            *wanted = None;
        }
        self.relax_capacity(now, id, out);
    }

    /// The modem does no more than is wanted.
    fn relax_capacity(&mut self, now: Now, by: PhoneId, out: &mut Actions) {
        let capacity = &mut self.shared.capacity;
        let shortest = capacity.wanted.iter().flatten().min().copied();
        if capacity.at_modem.is_none() || shortest == capacity.at_modem {
            return;
        }
        capacity.at_modem = shortest;
        let order = match shortest {
            Some(interval) => Order::about(RequestCode::START_LCE, interval),
            None => Order::plain(RequestCode::STOP_LCE),
        };
        if !self.has_room_for(by, order.code) || !self.ask(now, Ask::OrderFor(by), &order, out) {
            self.shared.capacity.unlearn();
        }
    }
}
