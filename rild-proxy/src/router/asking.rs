//! Requests to the modem: in which flow they go, and who waits for their answers.
//!
//! A request goes out in a phone's name or in the router's own. Each name has so much room in the table of unanswered
//! requests; what finds none there is refused, but for what must not be, which pushes out what the same phone asked
//! before.

use std::time::Duration;

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode};

use super::calls::is_seen_by_call_control;
use super::common::{MOST_IN_COMMON, flow_of, is_common};
use super::order::Order;
use super::pending::{Answer, Ask, Asker, GivenUp, KEPT_BACK, Pending, Told, Waiter};
use super::{Actions, Flow, Note, Now, PhoneId, Router};

/// How long an order of the router's own may take; only bookkeeping hangs on it.
const ORDER_TIMEOUT: Duration = Duration::from_secs(60);

impl Router {
    /// Answers a request that went to the modem, if the client that asked is still there.
    pub(super) fn answer(&mut self, waiter: Waiter, errno: Errno, payload: &[u8], out: &mut Actions) {
        if self.is_there(waiter) {
            out.reply(waiter.phone, waiter.serial, errno, payload);
        }
    }

    /// Answers what the router makes of the modem's answer.
    pub(super) fn answer_as_told(&mut self, waiter: Waiter, answer: Answer<'_>, told: Told, out: &mut Actions) {
        match told {
            Told::AsItIs => self.answer(waiter, answer.errno, answer.payload, out),
            Told::Instead(payload) => self.answer(waiter, answer.errno, &payload, out),
            Told::Failed(errno) => self.answer(waiter, errno, &[], out),
        }
    }

    /// Whether the client that asked is still there.
    pub(super) fn is_there(&self, waiter: Waiter) -> bool {
        self.phones.get(waiter.phone).is_some_and(|phone| phone.up && phone.client == waiter.client)
    }

    /// The client of this phone, as one that waits for an answer.
    pub(super) fn waiter(&self, id: PhoneId, serial: i32) -> Option<Waiter> {
        self.phones.get(id).map(|phone| Waiter { phone: id, serial, client: phone.client })
    }

    /// Notes a phone's question that waits for an answer to the router's own.
    pub(super) fn wait(&mut self, id: PhoneId, serial: i32) -> Option<Waiter> {
        self.phones.get_mut(id)?.unanswered += 1;
        self.waiter(id, serial)
    }

    /// Answers a question that [waited](Self::wait).
    pub(super) fn answer_waiter(&mut self, waiter: Waiter, errno: Errno, payload: &[u8], out: &mut Actions) {
        self.uncharge(waiter.phone, 1);
        self.answer(waiter, errno, payload, out);
    }

    /// Passes a request on, in the phone's words or in the router's. The caller has seen to it that there is room.
    pub(super) fn forward(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        self.forward_on(flow_of(id, request.code), now, id, request, out);
    }

    pub(super) fn forward_on(&mut self, flow: Flow, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        if is_seen_by_call_control(code, payload, self.version()) {
            self.note_asker(id);
        }
        let Some(waiter) = self.waiter(id, serial) else { return };
        if !self.send(flow, now, Asker::Phone(waiter), code, payload, out) {
            self.refuse_flood(id, request, out);
            // Nothing moves by it.
            self.calls_moved(now, id, code, out);
        }
    }

    /// Sends a request; false if that is not possible now.
    pub(super) fn send(
        &mut self,
        flow: Flow,
        now: Now,
        asker: Asker,
        code: RequestCode,
        payload: &[u8],
        out: &mut Actions,
    ) -> bool {
        self.send_until(Pending { asker, code, flow, deadline: now + timeout_of(code) }, payload, out)
    }

    /// Asks or orders something in the router's own words; false if that is not possible now.
    pub(super) fn ask(&mut self, now: Now, ask: Ask, order: &Order, out: &mut Actions) -> bool {
        self.ask_on(Flow::Router, now, ask, order, out)
    }

    /// As [`ask`](Self::ask), in another flow.
    pub(super) fn ask_on(&mut self, flow: Flow, now: Now, ask: Ask, order: &Order, out: &mut Actions) -> bool {
        let timeout = match ask {
            Ask::OpenData { .. } => timeout_of(order.code),
            _ => ORDER_TIMEOUT,
        };
        let pending = Pending { asker: Asker::Router(ask), code: order.code, flow, deadline: now + timeout };
        self.send_until(pending, &order.payload, out)
    }

    /// Sends a request that is given up when its time is over; false if that is not possible now.
    pub(super) fn send_until(&mut self, pending: Pending, payload: &[u8], out: &mut Actions) -> bool {
        let charged = pending.charged_to();
        if self.modem.is_none()
            || self.is_unknown_to_library(pending.code)
            || charged.is_none() && self.pending.own_awaited() >= KEPT_BACK
        {
            return false;
        }
        let Some(serial) = self.pending.add(pending) else { return false };
        if let Some(phone) = charged.and_then(|phone| self.phones.get_mut(phone)) {
            phone.charge(pending.code);
        }
        self.forget_what_it_changes(&pending);
        let number = self.dialect.request_number(pending.code).unwrap_or(pending.code);
        out.request(pending.flow, number, serial, payload);
        true
    }

    /// The phone has too many unanswered requests.
    pub(super) fn refuse_flood(&self, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        out.note(Note::Flooded { phone: id });
        out.reply(id, request.serial, Errno::GENERIC_FAILURE, &[]);
    }

    /// Whether this phone may send such a request, one more or the first of several that it makes necessary.
    pub(super) fn has_room_for(&self, id: PhoneId, code: RequestCode) -> bool {
        let common = self.phones.get(id).map_or(0, |phone| phone.in_common);
        self.has_room(id, 1) && (common < MOST_IN_COMMON || !is_common(code))
    }

    /// Whether this phone may have so many more requests unanswered.
    pub(super) fn has_room(&self, id: PhoneId, more: usize) -> bool {
        let room =
            self.phones.get(id).map_or(0, |phone| self.phones.most_unanswered().saturating_sub(phone.unanswered));
        more <= room as usize
    }

    /// Has room for what must not be refused: where there is none, the phone's own requests that would expire first
    /// fail.
    pub(super) fn make_room(&mut self, now: Now, id: PhoneId, more: usize, out: &mut Actions) {
        while !self.has_room(id, more) {
            let first = self.pending.take_first_of(now, id);
            if first.requests.is_empty() {
                return;
            }
            out.note(Note::Flooded { phone: id });
            for pending in &first.requests {
                self.expect_late_effects(now, pending, out);
            }
            match first.requests[..] {
                // The question is not asked in this phone's name any more.
                [Pending { asker: Asker::Router(Ask::Shared(question, _)), .. }] => {
                    out.give_up_all(&first.serials);
                    self.uncharge(id, 1);
                    self.give_question_up(now, question, out);
                }
                _ => self.give_up(now, first, out),
            }
        }
    }

    /// A request is given up that the modem may carry out yet.
    pub(super) fn expect_late_effects(&mut self, now: Now, pending: &Pending, out: &mut Actions) {
        if let Asker::Router(Ask::CloseChannel { at_modem, .. }) = pending.asker {
            self.channels.lose(at_modem);
        }
        if let (Asker::Phone(waiter), RequestCode::SEND_USSD) = (pending.asker, pending.code) {
            self.ussd.given_up(waiter.phone);
        }
        self.expect_a_late_call(now, pending, out);
        self.doubt_what_it_changes(now, pending);
    }

    /// Fails requests that nobody waits for any more.
    pub(super) fn give_up(&mut self, now: Now, given_up: GivenUp, out: &mut Actions) {
        out.give_up_all(&given_up.serials);
        for pending in given_up.requests {
            self.conclude(now, pending, Answer::given_up(), out);
        }
    }

    /// A request is not unanswered any more.
    pub(super) fn settle(&mut self, pending: &Pending) {
        let Some(id) = pending.charged_to() else { return };
        self.uncharge(id, 1);
        if let Some(phone) = self.phones.get_mut(id).filter(|_| is_common(pending.code)) {
            phone.in_common = phone.in_common.saturating_sub(1);
        }
    }

    /// So many requests of this phone are not unanswered any more.
    pub(super) fn uncharge(&mut self, phone: PhoneId, count: usize) {
        if let Some(phone) = self.phones.get_mut(phone) {
            phone.unanswered = phone.unanswered.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
        }
    }

    /// Orders that a request of this phone makes necessary. The caller has seen to it that there is room.
    pub(super) fn send_orders(&mut self, now: Now, by: PhoneId, orders: &[Order], out: &mut Actions) {
        for order in orders {
            self.ask(now, Ask::OrderFor(by), order, out);
        }
    }
}

/// How long the modem may take for a request of a phone.
pub(super) fn timeout_of(code: RequestCode) -> Duration {
    code.row().map_or(ORDER_TIMEOUT, |row| Duration::from_secs(u64::from(row.timeout_seconds)))
}
