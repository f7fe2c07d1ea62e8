//! Sending: who may send when, and what is learnt of the answers.
//!
//! A phone that sends SEND_SMS_EXPECT_MORE keeps the link to the service centre open for what follows (`+CMMS`, 3GPP TS
//! 27.005, 3.5.6). Until its plain SEND_SMS is answered, or it has been silent for ten seconds, what other phones send
//! waits here, so that no train of messages is broken up by another's. Single messages never wait for each other. Who
//! waits gets the link in turn; no train is longer than one that the 255 parts of a message need, and one of which a
//! message failed gives way to those who wait.
//!
//! A request that the modem does not answer in time has failed for the phone, but the message may be under way. So an
//! answer is still waited for, and its reference learnt if it comes.

use std::collections::VecDeque;
use std::time::Duration;

use ril_protocol::frame::Request;
use ril_protocol::payload::sms::SmsResponse;
use ril_protocol::{Errno, RequestCode, parcel};

use super::Question;
use super::by_service::Piece;
use super::pdu::{self, Outgoing};
use super::records::Book;
use crate::router::asking::timeout_of;
use crate::router::pending::{Answer, Ask, Asker, Pending, Waiter};
use crate::router::{Actions, Flow, Now, PhoneId, Router, denial};

/// How long a train waits for its next message, and a train for others' messages that are under way.
const LINK_PATIENCE: Duration = Duration::from_secs(10);
/// The most messages of a train while others wait.
const LONGEST_TRAIN: u32 = 255;
/// The longest time of a train while others wait.
const LONGEST_HOLD: Duration = Duration::from_secs(30);
/// How long a phone waits for an answer, at most, before its message has been given to the modem.
const WAITING_PATIENCE: Duration = Duration::from_secs(120);
/// The most requests of a phone that wait here.
pub(super) const MOST_WAITING: usize = 256;
/// How long an answer may be late and still tell a reference.
const LATE: Duration = Duration::from_secs(60);

/// A request that waits for its turn.
#[derive(Debug)]
struct Waiting {
    waiter: Waiter,
    code: RequestCode,
    payload: Vec<u8>,
    until: Now,
    /// It carries another message.
    piece: Option<Piece>,
}

/// A request at the modem.
#[derive(Debug)]
struct UnderWay {
    /// Names it.
    ticket: u64,
    phone: PhoneId,
    /// None once the phone was told that it failed.
    waiter: Option<Waiter>,
    message: Option<Outgoing>,
    /// It carries another message.
    piece: Option<Piece>,
    /// The reference by which the phone knows it, if that is not the modem's.
    reference: Option<u8>,
    given: Now,
    /// The radio was on then.
    had_radio: bool,
    /// When the phone is told that it failed.
    until: Now,
}

/// The train that has the link.
#[derive(Debug)]
struct Train {
    phone: PhoneId,
    began: Now,
    /// When something last happened.
    active: Now,
    messages: u32,
    /// Its last message has been given to the modem.
    complete: bool,
}

/// All that phones send.
#[derive(Debug, Default)]
pub(super) struct Sending {
    waiting: VecDeque<Waiting>,
    under_way: Vec<UnderWay>,
    train: Option<Train>,
    /// Who was given a turn last.
    last: Option<PhoneId>,
    tickets: u64,
}

impl Sending {
    /// Takes in a text that carries another message; it goes before what its phone wants sent later.
    pub(super) fn insert(&mut self, now: Now, waiter: Waiter, code: RequestCode, payload: Vec<u8>, piece: Piece) {
        let until = now + WAITING_PATIENCE;
        self.waiting.push_front(Waiting { waiter, code, payload, until, piece: Some(piece) });
    }

    /// The texts on their way that carry another message.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        let waiting = self.waiting.iter().filter_map(|waiting| waiting.piece.as_ref());
        waiting.chain(self.under_way.iter().filter_map(|message| message.piece.as_ref()))
    }

    fn waiting_of(&self, phone: PhoneId) -> usize {
        self.waiting.iter().filter(|waiting| waiting.waiter.phone == phone).count()
    }

    /// The phone whose message to this recipient is under way, and by what it knows that; the latest, if there are
    /// several.
    pub(super) fn writer_to(&self, recipient: &str) -> Option<(PhoneId, Option<u8>)> {
        let to_it = |message: &&UnderWay| message.message.as_ref().is_some_and(|sent| sent.recipient.key == recipient);
        let latest = self.under_way.iter().filter(to_it).max_by_key(|message| message.ticket);
        latest.map(|message| (message.phone, message.reference))
    }

    /// The first waiting request of each phone that has one, the phones in turn.
    fn heads(&self) -> Vec<usize> {
        let mut heads: Vec<(PhoneId, usize)> = Vec::new();
        for (place, waiting) in self.waiting.iter().enumerate() {
            if !heads.iter().any(|(phone, _)| *phone == waiting.waiter.phone) {
                heads.push((waiting.waiter.phone, place));
            }
        }
        // Those behind the last one come before those up to it.
        heads.sort_by_key(|(phone, _)| (self.last.is_some_and(|last| *phone <= last), *phone));
        heads.into_iter().map(|(_, place)| place).collect()
    }

    /// The request whose turn it is, if there is one.
    fn next(&self, now: Now) -> Option<usize> {
        let heads = self.heads();
        if let Some(train) = &self.train {
            let of_train = |place: &usize| self.waiting[*place].waiter.phone == train.phone;
            return heads.into_iter().find(of_train).filter(|_| !train.complete);
        }
        let first = *heads.first()?;
        let waiting = &self.waiting[first];
        // Nobody overtakes a train that waits for the way to be clear.
        let is_clear = !expects_more(waiting.code) || self.is_clear_for(waiting.waiter.phone, now);
        is_clear.then_some(first)
    }

    /// Whether no other phone's message is under way, but for those that have been for long.
    fn is_clear_for(&self, phone: PhoneId, now: Now) -> bool {
        self.under_way.iter().all(|other| other.phone == phone || now >= other.given + LINK_PATIENCE)
    }

    /// Ends the train if it has come to its end.
    fn end_train(&mut self, now: Now) {
        let Some(train) = &self.train else { return };
        let others_wait = self.waiting.iter().any(|waiting| waiting.waiter.phone != train.phone);
        let answered = !self.under_way.iter().any(|message| message.phone == train.phone);
        let too_long = train.messages >= LONGEST_TRAIN || now >= train.began + LONGEST_HOLD;
        if train.complete && answered || now >= train.active + LINK_PATIENCE || others_wait && too_long {
            self.train = None;
        }
    }

    fn deadline(&self, now: Now) -> Option<Now> {
        let train = self.train.as_ref().filter(|_| !self.waiting.is_empty()).map(|train| train.active + LINK_PATIENCE);
        let waiting = self.waiting.iter().map(|waiting| waiting.until);
        let told = self.under_way.iter().filter(|message| message.waiter.is_some()).map(|message| message.until);
        let cleared = self.under_way.iter().map(|message| message.given + LINK_PATIENCE).filter(|time| *time > now);
        let cleared = cleared.filter(|_| !self.waiting.is_empty());
        train.into_iter().chain(waiting).chain(told).chain(cleared).min()
    }
}

impl Router {
    /// A request of class `Sms`.
    pub(in crate::router) fn sms_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.phones.has_telephony(id) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        if self.messages.sending.waiting_of(id) >= MOST_WAITING {
            return self.refuse_flood(id, request, out);
        }
        let version = self.version();
        if !self.phones.is_privileged(id) && !pdu::is_a_message(request.code, request.payload, version) {
            return self.deny(id, request, denial::not_allowed(version), out);
        }
        if self.sends_by_service(now, id, request, out) {
            return;
        }
        // The service would take it for one of the phone whose access number it is.
        let message = Outgoing::read(request.code, request.payload, version);
        if message.is_some_and(|message| self.phones.may_reach_service(&message.recipient.shown)) {
            return self.deny(id, request, denial::not_allowed(version), out);
        }
        let Some(waiter) = self.wait(id, request.serial) else { return };
        let (payload, until) = (request.payload.to_vec(), now + WAITING_PATIENCE);
        self.messages.sending.waiting.push_back(Waiting { waiter, code: request.code, payload, until, piece: None });
        self.messages.stirred = true;
    }

    /// Gives the modem what may be sent now, and tells phones what took too long.
    pub(super) fn send_waiting(&mut self, now: Now, out: &mut Actions) {
        self.give_up_sending(now, out);
        loop {
            let sending = &mut self.messages.sending;
            sending.end_train(now);
            let Some(waiting) = sending.next(now).and_then(|place| sending.waiting.remove(place)) else { return };
            self.give_to_modem(now, waiting, out);
        }
    }

    fn give_to_modem(&mut self, now: Now, waiting: Waiting, out: &mut Actions) {
        let Waiting { waiter, code, payload, piece, .. } = waiting;
        let phone = waiter.phone;
        let message = if piece.is_none() { Outgoing::read(code, &payload, self.version()) } else { None };
        let (timeout, had_radio) = (timeout_of(code), self.radio.is_on());
        let sending = &mut self.messages.sending;
        sending.tickets += 1;
        let ticket = sending.tickets;
        let asker = Asker::Router(Ask::Sms(Question::Sent(phone, ticket)));
        let pending = Pending { asker, code, flow: Flow::Phone(phone), deadline: now + timeout + LATE };
        // It is charged to the phone as the modem's request now.
        self.uncharge(phone, 1);
        if !self.send_until(pending, &payload, out) {
            return self.answer(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
        let is_counted = piece.is_none()
            && message.as_ref().map_or(code != RequestCode::CDMA_SEND_SMS, |message| !message.is_cdma)
            && self.is_shared();
        let reference = is_counted.then(|| self.messages.references.next(phone));
        let sending = &mut self.messages.sending;
        sending.last = Some(phone);
        match &mut sending.train {
            Some(train) => {
                train.active = now;
                train.messages += 1;
                train.complete = !expects_more(code);
            }
            None if expects_more(code) => {
                sending.train = Some(Train { phone, began: now, active: now, messages: 1, complete: false });
            }
            None => {}
        }
        sending.under_way.push(UnderWay {
            ticket,
            phone,
            waiter: Some(waiter),
            message,
            piece,
            reference,
            given: now,
            had_radio,
            until: now + timeout,
        });
    }

    /// The modem answered a request to send, or did not.
    pub(super) fn sent_answered(
        &mut self,
        now: Now,
        phone: PhoneId,
        ticket: u64,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let sending = &mut self.messages.sending;
        let Some(place) = sending.under_way.iter().position(|message| message.ticket == ticket) else { return };
        sending.end_train(now); // What has lost the link does not get it back by a late answer.
        let message = sending.under_way.swap_remove(place);
        if let Some(train) = sending.train.as_mut().filter(|train| train.phone == phone) {
            train.active = now;
            // What fails at once could hold the link for half a minute.
            sending.train.take_if(|_| !answer.is_ok());
        }
        match &message.message {
            Some(sent) if answer.is_ok() => self.learn_sent(phone, sent, message.reference, answer.payload, out),
            // A modem side that is gone, or whose radio goes just then, may have sent it all the same.
            Some(sent) if answer.errno == Errno::RADIO_NOT_AVAILABLE && message.had_radio => {
                self.perhaps_wrote_to(phone, sent, out);
            }
            _ => {}
        }
        // What it was charged with is uncharged where all answers are.
        match (message.waiter, message.piece) {
            (Some(waiter), Some(piece)) => self.piece_answered(now, waiter, piece, answer, out),
            (Some(waiter), None) => {
                let told = message.reference.filter(|_| answer.is_ok());
                let told = told.and_then(|reference| self.with_reference(answer.payload, reference));
                self.answer(waiter, answer.errno, told.as_deref().unwrap_or(answer.payload), out);
            }
            (None, _) => {}
        }
    }

    /// The modem's answer with the phone's own reference.
    fn with_reference(&self, response: &[u8], reference: u8) -> Option<Vec<u8>> {
        let response = parcel::decode::<SmsResponse>(response, self.version()).ok()?;
        Some(parcel::encode(&SmsResponse { message_ref: reference.into(), ..response }, self.version()))
    }

    /// Phones whose requests have not been answered for too long are told that they failed.
    fn give_up_sending(&mut self, now: Now, out: &mut Actions) {
        let sending = &mut self.messages.sending;
        let due = |waiting: &Waiting| waiting.until <= now;
        let mut overdue = Vec::new();
        while let Some(place) = sending.waiting.iter().position(due) {
            overdue.extend(sending.waiting.remove(place).map(|waiting| (waiting.waiter, waiting.piece)));
        }
        let mut given_up = Vec::new();
        for message in sending.under_way.iter_mut().filter(|message| message.until <= now) {
            if let Some(waiter) = message.waiter.take() {
                let may_be_sent = message.message.clone().filter(|_| message.had_radio);
                given_up.push((waiter, may_be_sent, message.piece.take()));
            }
        }
        for (waiter, piece) in overdue {
            if let Some(piece) = piece {
                self.piece_given_up(now, waiter.phone, piece);
            }
            self.answer_waiter(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
        for (waiter, message, piece) in given_up {
            // It may have been sent, and be answered by its recipient.
            if let Some(message) = message {
                self.perhaps_wrote_to(waiter.phone, &message, out);
            }
            if let Some(piece) = piece {
                self.piece_given_up(now, waiter.phone, piece);
            }
            self.answer(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
    }

    /// What waits cannot be sent any more.
    pub(super) fn stop_sending(&mut self, now: Now, out: &mut Actions) {
        self.messages.sending.train = None;
        self.fail_waiting(now, |_| true, out);
    }

    /// A phone goes off the network: what it wanted sent and is not at the modem is not sent.
    pub(in crate::router) fn leave_sending(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.fail_waiting(now, |phone| phone == id, out);
        self.messages.stir();
    }

    fn fail_waiting(&mut self, now: Now, of: impl Fn(PhoneId) -> bool, out: &mut Actions) {
        let waiting = std::mem::take(&mut self.messages.sending.waiting);
        let (failed, others) = waiting.into_iter().partition::<Vec<_>, _>(|waiting| of(waiting.waiter.phone));
        self.messages.sending.waiting = others.into();
        for waiting in failed {
            if let Some(piece) = waiting.piece {
                self.piece_given_up(now, waiting.waiter.phone, piece);
            }
            self.answer_waiter(waiting.waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
        }
    }

    fn learn_sent(
        &mut self,
        phone: PhoneId,
        sent: &Outgoing,
        known_as: Option<u8>,
        response: &[u8],
        out: &mut Actions,
    ) {
        let Self { messages, phones, journal, .. } = self;
        if !sent.recipient.is_name() {
            messages.owners.wrote(phone, &sent.recipient.key, &mut Book { phones, journal, out });
        }
        let response = parcel::decode::<SmsResponse>(response, self.version());
        let reference = response.ok().and_then(|response| u8::try_from(response.message_ref).ok());
        if let Some(reference) = reference {
            let Self { messages, phones, journal, .. } = self;
            let references = (reference, known_as.unwrap_or(reference));
            messages.sent.insert(phone, references, sent, &mut Book { phones, journal, out });
        }
    }

    /// A message of this phone may have been sent: nobody knows.
    fn perhaps_wrote_to(&mut self, phone: PhoneId, sent: &Outgoing, out: &mut Actions) {
        let Self { messages, phones, journal, .. } = self;
        if !sent.recipient.is_name() {
            messages.owners.perhaps_wrote(phone, &sent.recipient.key, &mut Book { phones, journal, out });
        }
    }

    pub(super) fn sending_deadline(&self, now: Now) -> Option<Now> {
        self.messages.sending.deadline(now)
    }
}

/// Whether this is one of a train and not its last.
fn expects_more(code: RequestCode) -> bool {
    code == RequestCode::SEND_SMS_EXPECT_MORE
}
