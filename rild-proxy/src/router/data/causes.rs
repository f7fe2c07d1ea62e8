//! Why the last set-up of each phone failed: `LAST_DATA_CALL_FAIL_CAUSE` is the modem's last, whoever's that was.
//!
//! Where the answer itself has the cause, that is it. Where it has not, the router asks the modem at once; who asks
//! meanwhile waits for that.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, parcel};

use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Waiter};
use crate::router::{Actions, Now, PhoneId, Router};

/// `PDP_FAIL_NONE`.
const NO_CAUSE: i32 = 0;

/// What is known of the last failure of a phone.
#[derive(Debug)]
pub(super) enum Cause {
    /// There was none.
    None,
    /// The modem is asked under this number; these want to know.
    Asked { id: u32, waiting: Vec<Waiter> },
    /// As the modem said it.
    Known(Vec<u8>),
}

impl Router {
    /// A set-up of these phones failed with this cause.
    pub(super) fn note_cause(&mut self, phones: &[PhoneId], cause: i32, out: &mut Actions) {
        let known = parcel::encode(&vec![cause], self.version());
        self.settle_cause(|phone, _| phones.contains(&phone), Some(&known), out);
    }

    /// A set-up of these phones failed, and the modem knows why.
    pub(super) fn ask_cause(&mut self, now: Now, phones: &[PhoneId], out: &mut Actions) {
        // One phone alone asks the modem itself.
        if phones.iter().any(|phone| self.data.is_alone(*phone)) {
            return;
        }
        // In the name of who asked first: a phone whose set-ups fail must not use up the router's own questions.
        let Some(by) = phones.first().copied() else { return };
        let id = self.data.next_id();
        let order = Order::plain(RequestCode::LAST_DATA_CALL_FAIL_CAUSE);
        let asked = self.has_room_for(by, order.code) && self.ask(now, Ask::DataFailCause { id, by }, &order, out);
        for phone in phones.iter().filter(|_| asked) {
            let Some(cause) = self.data.causes.get_mut(phone.0) else { continue };
            match cause {
                // Who waits for the cause of an earlier failure gets that of the later one.
                Cause::Asked { id: earlier, .. } => *earlier = id,
                Cause::None | Cause::Known(_) => *cause = Cause::Asked { id, waiting: Vec::new() },
            }
        }
    }

    pub(in crate::router) fn on_data_cause(&mut self, id: u32, answer: Answer<'_>, out: &mut Actions) {
        let known = answer.is_ok().then_some(answer.payload);
        self.settle_cause(|_, cause| matches!(cause, Cause::Asked { id: asked, .. } if *asked == id), known, out);
    }

    /// `LAST_DATA_CALL_FAIL_CAUSE`.
    pub(super) fn data_fail_cause(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if self.data.is_alone(id) {
            return self.forward(now, id, request, out);
        }
        if matches!(self.data.causes.get(id.0), Some(Cause::Asked { .. })) {
            let Some(waiter) = self.wait(id, request.serial) else { return };
            if let Some(Cause::Asked { waiting, .. }) = self.data.causes.get_mut(id.0) {
                waiting.push(waiter);
            }
            return;
        }
        match self.data.causes.get(id.0) {
            Some(Cause::Known(known)) => out.reply(id, request.serial, Errno::SUCCESS, known),
            _ => out.reply(id, request.serial, Errno::SUCCESS, &parcel::encode(&vec![NO_CAUSE], self.version())),
        }
    }

    /// The client of this phone is gone: it asks no more.
    pub(super) fn drop_cause_waiters(&mut self, id: PhoneId) {
        if let Some(Cause::Asked { waiting, .. }) = self.data.causes.get_mut(id.0) {
            let gone = std::mem::take(waiting).len();
            self.uncharge(id, gone);
        }
    }

    /// Learns the cause of these phones' failures and tells who waits; `None` if it cannot be known.
    fn settle_cause(&mut self, whose: impl Fn(PhoneId, &Cause) -> bool, known: Option<&[u8]>, out: &mut Actions) {
        let mut told = Vec::new();
        for (place, cause) in self.data.causes.iter_mut().enumerate() {
            if !whose(PhoneId(place), cause) {
                continue;
            }
            let new = known.map_or(Cause::None, |known| Cause::Known(known.to_vec()));
            if let Cause::Asked { waiting, .. } = std::mem::replace(cause, new) {
                told.extend(waiting);
            }
        }
        for waiter in told {
            match known {
                Some(known) => self.answer_waiter(waiter, Errno::SUCCESS, known, out),
                None => self.answer_waiter(waiter, Errno::GENERIC_FAILURE, &[], out),
            }
        }
    }
}
