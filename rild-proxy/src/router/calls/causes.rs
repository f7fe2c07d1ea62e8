//! Why each phone's last call ended.
//!
//! The modem knows the cause of the call that ended last, whoever's that was. So the router asks when a call ends, before
//! the next one does, and keeps the answer for that call's owner. A phone that asks while the router's question is open
//! waits for it. A question that the modem does not answer is not asked again: by then the cause may be that of a call that
//! nobody saw. When calls of two phones end in one look, nobody can say whose the modem's cause is, nor when a call ended
//! while the router did not see the list, or was not there, and others may have come and gone: then the call ended normally.
//!
//! Reference: ril.h, RIL_REQUEST_LAST_CALL_FAIL_CAUSE; 3GPP TS 24.008, annex H for the numbers.

use caller_tag::cause::Cause;
use ril_protocol::frame::Request;
use ril_protocol::payload::call::FailCause;
use ril_protocol::{Errno, RequestCode, parcel};

use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Waiter};
use crate::router::{Actions, Now, PhoneId, Router};

/// The router's questions, and phones that wait for their answers.
#[derive(Debug, Default)]
pub(super) struct Causes {
    /// Whose causes were asked for, once for each question that is open.
    asked: Vec<PhoneId>,
    waiting: Vec<Waiter>,
}

impl Causes {
    /// The client of this phone is gone; how many questions of it are forgotten.
    pub(super) fn drop_waiters(&mut self, phone: PhoneId) -> usize {
        let before = self.waiting.len();
        self.waiting.retain(|waiter| waiter.phone != phone);
        before - self.waiting.len()
    }
}

impl Router {
    /// A call of this phone ended; why is found out before another's ends.
    pub(super) fn call_ended(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if let Some(phone) = self.phones.get_mut(id) {
            phone.fail_cause = None;
        }
        if !self.is_alone() && self.ask(now, Ask::FailCause(id), &Order::plain(RequestCode::LAST_CALL_FAIL_CAUSE), out)
        {
            self.voice.causes.asked.push(id);
        }
    }

    /// A call of this phone ended, and the modem's cause may not be its.
    pub(super) fn call_ended_normally(&mut self, id: PhoneId) {
        self.call_failed(id, Cause::NORMAL);
    }

    /// The modem refused to make a call of this phone. The answer says why; the modem's cause may still be that of the
    /// last call that there was.
    pub(super) fn dial_refused(&mut self, id: PhoneId) {
        if !self.is_alone() {
            self.call_failed(id, Cause::UNSPECIFIED);
        }
    }

    /// Whether there is one phone. All others, with telephony or without, have emergency calls at least.
    pub(super) fn is_alone(&self) -> bool {
        self.phones.ids().nth(1).is_none()
    }

    /// A call of this phone came to nothing for a cause that the modem does not know.
    pub(super) fn call_failed(&mut self, id: PhoneId, cause: Cause) {
        let version = self.version();
        if let Some(phone) = self.phones.get_mut(id) {
            let cause = FailCause { cause: cause.ril(), vendor_cause: None };
            phone.fail_cause = Some(parcel::encode(&cause, version));
        }
    }

    /// LAST_CALL_FAIL_CAUSE.
    pub(super) fn last_call_fail_cause(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if self.voice.causes.asked.contains(&id) {
            if let Some(waiter) = self.wait(id, request.serial) {
                self.voice.causes.waiting.push(waiter);
            }
            return;
        }
        let known = self.phones.get(id).and_then(|phone| phone.fail_cause.as_deref());
        match known {
            Some(cause) => out.reply(id, request.serial, Errno::SUCCESS, cause),
            None if self.is_alone() => self.forward(now, id, request, out),
            None => out.reply(id, request.serial, Errno::GENERIC_FAILURE, &[]),
        }
    }

    /// Why the last call of this phone ended.
    pub(in crate::router) fn on_fail_cause(&mut self, id: PhoneId, answer: Answer<'_>, out: &mut Actions) {
        let causes = &mut self.voice.causes;
        if let Some(place) = causes.asked.iter().position(|asked| *asked == id) {
            causes.asked.remove(place);
        }
        if let Some(phone) = self.phones.get_mut(id)
            && answer.is_ok()
        {
            phone.fail_cause = Some(answer.payload.to_vec());
        }
        if causes.asked.contains(&id) {
            return; // Another call of this phone has ended since.
        }
        let (answered, waiting) = std::mem::take(&mut causes.waiting).into_iter().partition(|w| w.phone == id);
        causes.waiting = waiting;
        let answered: Vec<Waiter> = answered;
        for waiter in answered {
            self.answer_waiter(waiter, answer.errno, answer.payload, out);
        }
    }
}
