//! From a mailbox to the phone: one message at a time, and what its acknowledgement means.

use std::time::Duration;

use ril_protocol::frame::Request;
use ril_protocol::payload::Strings;
use ril_protocol::payload::cdma::SmsAck;
use ril_protocol::sms_pdu::FailureCause;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, hex, parcel};

use super::mailbox::{Leaving, Owed, Owing, Safety};
use super::receiving::CDMA_NO_RESOURCES;
use super::{LEAVING_PATIENCE, STORE_PATIENCE};
use crate::router::{Actions, Note, Now, PhoneId, Router, denial};

/// How long a phone that has no room is left alone, unless it says earlier that it has.
const FULL_FOR: Duration = Duration::from_secs(300);

/// What a phone says to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Taken,
    NoRoom,
    NotWanted,
}

impl Router {
    /// Hands each phone its next message, if it may have one.
    pub(super) fn hand_over(&mut self, now: Now, out: &mut Actions) {
        for phone in self.phones.ids() {
            self.hand_over_to(now, phone, out);
        }
    }

    fn hand_over_to(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if !self.can_be_given(id) {
            return;
        }
        let of_gsm = self.messages.owed.iter().find(|owed| !owed.is_cdma());
        let modem_waits_for = of_gsm.filter(|owed| owed.owner == id).and_then(Owed::number);
        let journal = &self.journal;
        let Some(mailbox) = self.messages.mailboxes.get_mut(id.0) else { return };
        let full = mailbox.full_until.is_some_and(|until| now < until);
        // The network waits for the phone's answer to such a message and to no other, so it goes first.
        let urgent = mailbox
            .next(now, |number, message| message.safety == Safety::PhonesAnswer && modem_waits_for == Some(number));
        let number = urgent.or_else(|| {
            mailbox.next(now, |_, message| match message.safety {
                Safety::Stored(change) if !full => {
                    journal.is_durable(change) || journal.is_failing() || now >= message.received + STORE_PATIENCE
                }
                _ => false,
            })
        });
        let Some(number) = number else { return };
        if urgent.is_none() {
            mailbox.full_until = None;
        }
        mailbox.given = Some(number);
        let Some(message) = mailbox.get_mut(number) else { return };
        message.tries += 1;
        out.unsolicited(id, message.code, &message.payload);
        if message.tries == 1 {
            out.note(Note::SmsAssigned { phone: id, delivered: true });
        }
    }

    /// Whether this phone has a client that takes a message now.
    fn can_be_given(&self, id: PhoneId) -> bool {
        self.modem.is_some()
            && self.phones.is_up(id)
            && self.radio_seen_by(id).is_on()
            && self.messages.mailbox(id).is_some_and(|mailbox| mailbox.given.is_none() && mailbox.leaving.is_none())
    }

    /// When [`hand_over`](Self::hand_over) may have something to do that it has not now.
    pub(super) fn delivery_deadline(&self, now: Now) -> Option<Now> {
        let ready = self.phones.ids().filter(|phone| self.can_be_given(*phone));
        let retries = ready.filter_map(|phone| {
            let mailbox = self.messages.mailbox(phone)?;
            let room = mailbox.full_until.filter(|until| *until > now && mailbox.next(now, |_, _| true).is_some());
            [room, mailbox.next_time(now)].into_iter().flatten().min()
        });
        let leaving = self.messages.mailboxes.iter().filter_map(|mailbox| mailbox.leaving);
        retries.chain(leaving.map(|leaving| leaving.until)).min()
    }

    /// Only the phone that was given a message may acknowledge it.
    pub(in crate::router) fn acknowledge_sms(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let given = self.messages.mailbox(id).and_then(|mailbox| {
            let number = mailbox.given?;
            Some((number, mailbox.get(number)?))
        });
        let given = given.filter(|(_, message)| is_acknowledged_by(message.code, request.code));
        let verdict = verdict(request.code, request.payload, self.version());
        let (Some((number, message)), Some(verdict)) = (given, verdict) else {
            let errno = match self.modem {
                Some(version) => denial::no_such_sms(version),
                None => Errno::RADIO_NOT_AVAILABLE,
            };
            return self.deny(id, request, errno, out);
        };
        let (safety, confirmed) = (message.safety, message.confirmed);
        self.messages.stirred = true;
        if let Some(mailbox) = self.messages.mailbox_mut(id) {
            mailbox.given = None;
        }
        if safety == Safety::PhonesAnswer {
            return self.pass_on_answer(now, id, number, request, out);
        }
        match verdict {
            Verdict::Taken => self.taken(now, id, number, confirmed, request, out),
            Verdict::NoRoom | Verdict::NotWanted => {
                if let Some(mailbox) = self.messages.mailbox_mut(id) {
                    match verdict {
                        Verdict::NoRoom => mailbox.full_until = Some(now + FULL_FOR),
                        _ => mailbox.postpone(now, number),
                    }
                }
                // If the modem still waits for this one, the network is to keep it.
                for owed in self.messages.owed.iter_mut().filter(|owed| owed.number() == Some(number)) {
                    owed.what = Owing::Refusal;
                }
                out.reply(id, request.serial, Errno::SUCCESS, &[]);
            }
        }
    }

    /// The network waits for the phone's own answer: it goes to the modem as it is.
    fn pass_on_answer(&mut self, now: Now, id: PhoneId, number: u64, request: &Request<'_>, out: &mut Actions) {
        if let Some(mailbox) = self.messages.mailbox_mut(id) {
            mailbox.remove(number);
        }
        self.messages.owed.retain(|owed| owed.number() != Some(number));
        self.make_room(now, id, 1, out);
        self.forward(now, id, request, out);
    }

    /// The phone has the message, which it is told when that will last.
    fn taken(&mut self, now: Now, id: PhoneId, number: u64, confirmed: bool, request: &Request<'_>, out: &mut Actions) {
        let on_sim = self.messages.mailbox(id).and_then(|mailbox| mailbox.get(number)?.on_sim);
        let change = if confirmed && on_sim.is_none() {
            self.forget(id, number, out)
        } else {
            if let Some(mailbox) = self.messages.mailbox_mut(id) {
                mailbox.take(number);
            }
            let change = self.keep_again(id, number, out);
            if let Some(oldest) = self.messages.mailbox(id).and_then(|mailbox| mailbox.oldest_taken_beyond_limit()) {
                self.forget(id, oldest, out);
            }
            change.unwrap_or(0)
        };
        let waiter = self.wait(id, request.serial);
        let mut announce = false;
        if let Some(mailbox) = self.messages.mailbox_mut(id) {
            mailbox.leaving = waiter.map(|waiter| Leaving { waiter, change, until: now + LEAVING_PATIENCE });
            announce = mailbox.refused || mailbox.refused_before;
        }
        // There is room now for what was refused.
        if announce && !self.messages.modem_is_full {
            self.announce_room(now, out);
        }
    }

    /// Tells phones that what they have acknowledged is done with.
    pub(super) fn settle_leaving(&mut self, now: Now, out: &mut Actions) {
        for phone in self.phones.ids() {
            let journal = &self.journal;
            let Some(mailbox) = self.messages.mailboxes.get_mut(phone.0) else { continue };
            let done = mailbox
                .leaving
                .take_if(|leaving| journal.is_durable(leaving.change) || journal.is_failing() || now >= leaving.until);
            if let Some(leaving) = done {
                self.answer_waiter(leaving.waiter, Errno::SUCCESS, &[], out);
            }
        }
    }

    /// Whether a phone has room for messages, as it says itself. The modem is told by `tell_room`; and once, by the
    /// first phone that has room, in case an earlier daemon left a network behind that waits to hear it.
    pub(in crate::router) fn sms_memory(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(room) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        if let Some(mailbox) = self.messages.mailbox_mut(id) {
            mailbox.full_until = (!room).then_some(now + FULL_FOR);
        }
        self.messages.stirred = true;
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
        if room && !self.messages.modem_is_full && std::mem::take(&mut self.messages.may_be_full) {
            self.announce_room(now, out);
        }
    }
}

/// Whether this request is the kind that acknowledges this kind of message.
fn is_acknowledged_by(message: UnsolCode, request: RequestCode) -> bool {
    (request == RequestCode::CDMA_SMS_ACKNOWLEDGE) == (message == UnsolCode::RESPONSE_CDMA_NEW_SMS)
}

/// What an acknowledgement says; none of one that a modem side could not read.
fn verdict(code: RequestCode, payload: &[u8], version: RilVersion) -> Option<Verdict> {
    let (taken, no_room) = match code {
        RequestCode::CDMA_SMS_ACKNOWLEDGE => {
            let ack = parcel::decode::<SmsAck>(payload, version).ok()?;
            (ack.error_class == 0, ack.sms_cause_code == CDMA_NO_RESOURCES)
        }
        RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU => {
            let strings = parcel::decode::<Strings>(payload, version).ok()?;
            let [success, pdu, ..] = strings.as_slice() else { return None };
            // SMS-DELIVER-REPORT for RP-ERROR: TP-FCS is its second octet (3GPP TS 23.040, 9.2.2.1a).
            let pdu = pdu.as_deref().and_then(hex::from_hex).unwrap_or_default();
            (success.as_deref() == Some("1"), pdu.get(1) == Some(&FailureCause::MEMORY_CAPACITY_EXCEEDED.0))
        }
        _ => {
            let arguments = parcel::decode::<Vec<i32>>(payload, version).ok()?;
            (*arguments.first()? == 1, arguments.get(1) == Some(&FailureCause::MEMORY_CAPACITY_EXCEEDED.into()))
        }
    };
    Some(match (taken, no_room) {
        (true, _) => Verdict::Taken,
        (false, true) => Verdict::NoRoom,
        (false, false) => Verdict::NotWanted,
    })
}
