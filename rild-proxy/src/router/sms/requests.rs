//! Sending and acknowledging short messages, and what the answers say.

use ril_protocol::Errno;
use ril_protocol::frame::Request;

use super::{is_acknowledgement, refusal};
use crate::router::pending::{Answer, Ask};
use crate::router::{Actions, Note, Now, PhoneId, Router, denial};

impl Router {
    /// A request of class `Sms`.
    pub(in crate::router) fn sms_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.phones.has_telephony(id) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        self.messages.remember_recipient(id, request.payload, self.version());
        self.forward(now, id, request, out);
    }

    /// What the answer to a phone's request to send says.
    pub(in crate::router) fn sms_answered(&mut self, phone: PhoneId, answer: Answer<'_>) {
        if answer.is_ok() {
            self.messages.sent(phone, answer.payload, self.version());
        }
    }

    /// The network is told that there is no room only when no connected phone has any.
    pub(in crate::router) fn sms_memory(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(room) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        self.messages.memory.want(id, room);
        let phones = &self.phones;
        if room || self.messages.memory.all_off(|phone| phones.is_up(phone)) {
            self.forward(now, id, request, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
    }

    /// Only the phone that was handed the message may acknowledge it.
    pub(in crate::router) fn acknowledge_sms(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let client = self.phones.get(id).map(|phone| phone.client);
        let is_theirs = self.messages.first().is_some_and(|first| {
            first.owner == id && first.given_to == client && first.is_acknowledged_by(request.code)
        });
        // One that the modem side cannot read would acknowledge nothing, and the modem would wait.
        if !is_theirs || !is_acknowledgement(request.code, request.payload, self.version()) {
            return self.deny(id, request, denial::no_such_sms(self.version()), out);
        }
        self.messages.finish(now);
        self.make_room(now, id, 1, out);
        self.forward(now, id, request, out);
        self.hand_over_message(out);
    }

    /// Hands the first waiting message to its owner, once per client.
    pub(in crate::router) fn hand_over_message(&mut self, out: &mut Actions) -> bool {
        let Some(first) = self.messages.first_mut() else { return false };
        let Some(owner) = self.phones.get(first.owner) else { return false };
        if !owner.up || first.given_to == Some(owner.client) {
            return false;
        }
        first.given_to = Some(owner.client);
        out.unsolicited(first.owner, first.code, &first.payload);
        true
    }

    /// Gives a message back to the network when its owner did not take it in time.
    pub(in crate::router) fn refuse_overdue_message(&mut self, now: Now, out: &mut Actions) {
        while self.messages.deadline().is_some_and(|deadline| deadline <= now) {
            let Some(overdue) = self.messages.finish(now) else { return };
            out.note(Note::SmsRefused { phone: overdue.owner });
            self.ask(now, Ask::Order, &refusal(overdue.code, self.version()), out);
            self.hand_over_message(out);
        }
    }
}
