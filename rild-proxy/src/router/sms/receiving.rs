//! From the modem to a mailbox, and back to the modem: whose a message is, and when it is acknowledged.

use std::time::Duration;

use ril_protocol::payload::cdma::SmsAck;
use ril_protocol::sms_pdu::FailureCause;
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};

use super::broadcast::cdma;
use super::by_service::{Enveloped, Id};
use super::mailbox::{Mailbox, Message, Owed, Owing, Safety};
use super::pdu::{self, Incoming};
use super::recent::Again;
use super::records::Book;
use super::{Messages, Question, STORE_PATIENCE};
use crate::router::calls::Shown;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending};
use crate::router::{Actions, Kind, Note, Now, PhoneId, Router};

/// How long a phone may take with a message that is not stored before the network is asked to try again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long, where only the answer of a phone will do that has no client: the messages behind it wait, too.
const PATIENCE_WITH_NOBODY: Duration = Duration::from_secs(2);
/// When an order is given again that could not be given.
const ANOTHER_TRY: Duration = Duration::from_secs(1);
/// Modems keep one or a few messages unacknowledged; one that sends more than this is not worth believing.
const MOST_OWED: usize = 64;
/// CDMA error class "temporary", and causes "no resources" and "other terminal problem" (C.S0015-B, 3.4.3.6; N.S0005,
/// 6.5.2.125).
const CDMA_TEMPORARY: i32 = 2;
pub(super) const CDMA_NO_RESOURCES: i32 = 35;
const CDMA_OTHER_PROBLEM: i32 = 39;

/// Whose a received message is.
struct Assigned {
    owner: PhoneId,
    /// What it is to its owner.
    as_: UnsolCode,
    /// How it is shown there.
    shown: Vec<u8>,
    /// Storing it is enough to acknowledge it.
    safe: bool,
    /// Its id, if it came by way of the number service.
    id: Option<Id>,
}

impl Router {
    /// A message whose audience is `Sms`.
    pub(in crate::router) fn sms_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        self.messages.stirred = true;
        if self.messages.owed.len() >= MOST_OWED {
            return;
        }
        let category = cdma::category(code, payload, self.version());
        if self.messages.unconfirmed(code, payload).is_some() {
            if let Some(category) = category {
                self.copy_broadcast(now, category, payload, out);
            }
            return self.repeated(code, payload);
        }
        match self.messages.recent.find(now, code, payload) {
            Some(Again::Late) => return,
            Some(Again::Repeated(owner)) => return self.owe_known(now, code, payload, owner),
            None => {}
        }
        if let Some(category) = category {
            return self.cdma_broadcast(now, category, payload, out);
        }
        let Assigned { owner, as_, shown, safe, id } = self.assign(now, code, payload, out);
        if id.is_some_and(|id| self.is_known_text(owner, id)) {
            return self.owe_known(now, code, payload, owner);
        }
        let has_room = self.messages.mailbox(owner).is_some_and(|mailbox| {
            let copies = if shown == payload { 1 } else { 2 };
            mailbox.has_room(as_, payload.len() * copies)
        });
        let number = has_room.then(|| {
            let mut message = Message::new(as_, shown, payload, now);
            message.came_as = (as_ != code).then_some(code);
            message.text_id = id;
            if safe {
                let number = self.keep(owner, message, out);
                if let Some(id) = id {
                    self.remember_text(owner, number, id, out);
                }
                number
            } else {
                message.safety = Safety::PhonesAnswer;
                self.messages.insert(owner, message)
            }
        });
        let what = number.map_or(Owing::Refusal, Owing::Message);
        self.messages.owed.push_back(Owed { code, owner, what, since: None });
    }

    /// The modem waits for the acknowledgement of a message that is in no mailbox.
    pub(super) fn owe_known(&mut self, now: Now, code: UnsolCode, payload: &[u8], owner: PhoneId) {
        let number = self.messages.recent.owe(now, code, payload, owner);
        self.messages.owed.push_back(Owed { code, owner, what: Owing::Known(number), since: None });
    }

    /// The modem says again what is known. That changes nothing as long as it waits to be told that it is taken, or is
    /// being told: what crosses on the way must not be acknowledged twice, because the second time would be taken for
    /// the next message. If it did not hear it, it will say it once more.
    fn repeated(&mut self, code: UnsolCode, payload: &[u8]) {
        let copies = self.messages.copies(code, payload);
        let is_told = copies.iter().any(|(owner, number)| {
            let message = self.messages.mailbox(*owner).and_then(|mailbox| mailbox.get(*number));
            message.is_some_and(|message| message.telling)
                || self.messages.owed.iter().any(|owed| owed.number() == Some(*number))
        });
        if let Some((owner, number)) = copies.first().copied().filter(|_| !is_told) {
            self.messages.owed.push_back(Owed { code, owner, what: Owing::Message(number), since: None });
        }
    }

    /// Takes a message in and stores it; its number.
    pub(super) fn keep(&mut self, owner: PhoneId, mut message: Message, out: &mut Actions) -> u64 {
        let name = self.phones.get(owner).map_or("", |phone| &phone.name);
        let key = self.messages.next_number().to_be_bytes();
        message.safety = Safety::Stored(self.journal.put(Kind::Message, &key, &message.record(name), out));
        self.messages.insert(owner, message)
    }

    /// Stores a message again that is known by this number; the number of the change.
    pub(super) fn keep_again(&mut self, owner: PhoneId, number: u64, out: &mut Actions) -> Option<u64> {
        let name = &self.phones.get(owner)?.name;
        let record = self.messages.mailbox(owner)?.get(number)?.record(name);
        Some(self.journal.put(Kind::Message, &number.to_be_bytes(), &record, out))
    }

    /// Whose a message is, and how it gets there.
    fn assign(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) -> Assigned {
        let version = self.version();
        let as_it_is = |owner, safe| Assigned { owner, as_: code, shown: payload.to_vec(), safe, id: None };
        if code == UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT {
            let report = pdu::report(payload, version);
            let sender = report.and_then(|(reference, from)| {
                let Messages { sent, sending, owners, .. } = &self.messages;
                let known = sent.sender(reference, &from.key).map(|(phone, known_as)| (phone, Some(known_as)));
                // A reference that is not known is that of a message whose answer the report has overtaken, or that an
                // earlier daemon had no time to note.
                let known = known.or_else(|| sending.writer_to(&from.key));
                known.or_else(|| owners.of(&from.key, &self.phones).map(|phone| (phone, None)))
            });
            let sender = sender.filter(|(phone, _)| self.phones.has_telephony(*phone));
            let (owner, known_as) = sender.unwrap_or_else(|| (self.default_for_sms(), None));
            let shown = known_as.and_then(|known_as| pdu::with_reference(payload, known_as, version));
            return Assigned { shown: shown.unwrap_or_else(|| payload.to_vec()), ..as_it_is(owner, true) };
        }
        let incoming = Incoming::read(code, payload, version);
        if incoming.for_the_sim {
            return as_it_is(self.keeper_of_the_sim(), false);
        }
        let from = incoming.originator.as_ref().filter(|_| code == UnsolCode::RESPONSE_NEW_SMS);
        if let Some(Enveloped { phone, id, code, payload }) = from.and_then(|from| self.enveloped(payload, from)) {
            return Assigned { owner: phone, as_: code, shown: payload, safe: true, id: Some(id) };
        }
        let (owner, shown) = self.owner_of(now, code, payload, &incoming, out);
        Assigned { shown, ..as_it_is(owner, true) }
    }

    /// Whose a received message is, and how it is shown there.
    pub(super) fn owner_of(
        &mut self,
        now: Now,
        code: UnsolCode,
        payload: &[u8],
        incoming: &Incoming,
        out: &mut Actions,
    ) -> (PhoneId, Vec<u8>) {
        let Some(from) = &incoming.originator else { return (self.default_for_sms(), payload.to_vec()) };
        if let Some((owner, Shown::Number(caller))) = self.tags.read(&from.shown, &self.phones)
            && let Some(shown) = pdu::with_originator(code, payload, &caller, self.version())
        {
            return (owner, shown);
        }
        let owners = &mut self.messages.owners;
        let by_parts = incoming.part.and_then(|part| owners.of_parts(now, &from.key, part, &self.phones));
        let known = by_parts.or_else(|| owners.of(&from.key, &self.phones));
        let owner = known.unwrap_or_else(|| self.default_for_sms());
        if let Some(part) = incoming.part.filter(|part| part.total > 1) {
            let Self { messages, phones, journal, .. } = self;
            messages.owners.part_came(now, owner, &from.key, part, &mut Book { phones, journal, out });
        }
        (owner, payload.to_vec())
    }

    /// The phone that a message goes to when nothing says otherwise.
    fn default_for_sms(&self) -> PhoneId {
        let configured = self.messages.default.filter(|phone| self.phones.has_telephony(*phone));
        configured.unwrap_or_else(|| self.phones.default_owner())
    }

    /// The phone that answers for the SIM: the one that speaks for the terminal, because only that one may hand the SIM
    /// what came for it; else a privileged one.
    fn keeper_of_the_sim(&self) -> PhoneId {
        let speaks = self.toolkit_owner().map(|(phone, _)| phone);
        let privileged = || self.phones.ids().find(|phone| self.phones.is_privileged(*phone));
        speaks.or_else(privileged).unwrap_or_else(|| self.phones.default_owner())
    }

    /// Acknowledges to the modem what can be, in the order in which each network waits. True if there was anything.
    pub(super) fn settle_owed(&mut self, now: Now, out: &mut Actions) -> bool {
        let gsm = self.settle_owed_of(now, false, out);
        self.settle_owed_of(now, true, out) || gsm
    }

    fn settle_owed_of(&mut self, now: Now, is_cdma: bool, out: &mut Actions) -> bool {
        let mut settled = false;
        while let Some(place) = self.messages.owed.iter().position(|owed| owed.is_cdma() == is_cdma) {
            let first = &mut self.messages.owed[place];
            let since = *first.since.get_or_insert(now);
            let first = *first;
            let overdue = now >= since + self.patience_with(&first);
            let message = first.number().and_then(|number| self.messages.mailbox(first.owner)?.get(number));
            let safe = matches!(first.what, Owing::Known(_)) || message.is_some_and(|message| self.is_safe(message));
            if !safe && !overdue && message.is_some() {
                break;
            }
            let waits = message.is_some_and(|message| message.tries == 0 && !message.taken);
            let ask = match first.what {
                Owing::Message(number) if safe => Ask::Sms(Question::Taken(first.owner, number)),
                Owing::Known(number) => Ask::Sms(Question::Known(number)),
                Owing::Message(_) | Owing::Refusal => Ask::Order,
            };
            let lacks_room = !safe && self.lacks_room(first.owner);
            let order = if safe {
                acknowledgement(first.code, self.version())
            } else {
                refusal(first.code, lacks_room, self.version())
            };
            if !self.ask(now, ask, &order, out) {
                break;
            }
            self.messages.owed.remove(place);
            settled = true;
            let told = first.number().filter(|_| safe);
            let told = told.and_then(|number| self.messages.mailbox_mut(first.owner)?.get_mut(number));
            if let Some(message) = told {
                message.telling = true;
            }
            if !safe {
                self.refused(first, lacks_room, out);
            } else if waits {
                out.note(Note::SmsAssigned { phone: first.owner, delivered: false });
            }
        }
        settled
    }

    /// How long the modem may wait for this acknowledgement.
    fn patience_with(&self, owed: &Owed) -> Duration {
        let message = owed.number().and_then(|number| self.messages.mailbox(owed.owner)?.get(number));
        let waits_for_phone = message.is_some_and(|message| message.safety == Safety::PhonesAnswer);
        if waits_for_phone && !self.phones.is_up(owed.owner) { PATIENCE_WITH_NOBODY } else { PATIENCE }
    }

    /// Whether a message will survive, with all copies if it is a broadcast.
    fn is_safe(&self, message: &Message) -> bool {
        let survives = |message: &Message| match message.safety {
            Safety::Stored(change) => message.taken || self.journal.is_durable(change),
            Safety::PhonesAnswer => false,
        };
        let is_broadcast = message.came_as() == UnsolCode::RESPONSE_CDMA_NEW_SMS;
        survives(message)
            && (!is_broadcast
                || self.messages.copies(message.came_as(), message.original()).into_iter().all(|(owner, number)| {
                    self.messages.mailbox(owner).and_then(|mailbox| mailbox.get(number)).is_none_or(survives)
                }))
    }

    /// The network was told to keep a message. What is here of it stays, to be known again, unless only the phone's own
    /// answer would have done.
    fn refused(&mut self, owed: Owed, lacks_room: bool, out: &mut Actions) {
        out.note(Note::SmsRefused { phone: owed.owner });
        let Some(mailbox) = self.messages.mailbox_mut(owed.owner) else { return };
        mailbox.refused |= lacks_room;
        if let Some(number) = owed.number()
            && mailbox.get(number).is_some_and(|message| message.safety == Safety::PhonesAnswer)
        {
            mailbox.remove(number);
            mailbox.given.take_if(|given| *given == number);
        }
    }

    /// When [`settle_owed`](Self::settle_owed) or handing over what is not stored may have something to do.
    pub(super) fn owed_deadline(&self, now: Now) -> Option<Now> {
        let first = |is_cdma| self.messages.owed.iter().find(|owed| owed.is_cdma() == is_cdma);
        let patience = [false, true].into_iter().filter_map(first);
        let patience = patience.filter_map(|first| Some(first.since? + self.patience_with(first)));
        let patience = patience.map(|time| if time > now { time } else { now + ANOTHER_TRY });
        let not_stored = self.messages.owed.iter().filter_map(|owed| {
            let message = self.messages.mailbox(owed.owner)?.get(owed.number()?)?;
            Some(message.received + STORE_PATIENCE).filter(|time| *time > now)
        });
        not_stored.chain(patience).min()
    }

    /// The modem's answer to the acknowledgement of this message.
    pub(super) fn taken_answered(
        &mut self,
        now: Now,
        owner: PhoneId,
        number: u64,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let Some(message) = self.messages.mailbox_mut(owner).and_then(|mailbox| mailbox.get_mut(number)) else {
            return;
        };
        message.telling = false;
        if !answer.is_ok() || message.confirmed {
            return;
        }
        let (code, original) = (message.came_as(), message.original().to_vec());
        let mut confirmed = vec![(owner, number)];
        if code == UnsolCode::RESPONSE_CDMA_NEW_SMS {
            confirmed = self.messages.copies(code, &original);
        }
        self.messages.recent.confirm(now, code, original, owner);
        for (owner, number) in confirmed {
            self.confirm_copy(owner, number, out);
        }
    }

    /// The network will not send this message again.
    fn confirm_copy(&mut self, owner: PhoneId, number: u64, out: &mut Actions) {
        let Some(message) = self.messages.mailbox_mut(owner).and_then(|mailbox| mailbox.get_mut(number)) else {
            return;
        };
        message.confirmed = true;
        if message.taken {
            self.forget(owner, number, out);
        } else {
            self.keep_again(owner, number, out);
        }
    }

    /// A message is over; the number of the change.
    pub(super) fn forget(&mut self, owner: PhoneId, number: u64, out: &mut Actions) -> u64 {
        if let Some(mailbox) = self.messages.mailbox_mut(owner) {
            mailbox.remove(number);
        }
        self.journal.remove(Kind::Message, &number.to_be_bytes(), out)
    }

    /// Whether a short message for this phone can be kept here: the phone need not take it.
    fn can_keep(&self, phone: PhoneId) -> bool {
        let has_room = |mailbox: &Mailbox| mailbox.has_room(UnsolCode::RESPONSE_NEW_SMS, 0);
        !self.journal.is_failing() && self.messages.mailbox(phone).is_some_and(has_room)
    }

    /// Whether a short message for this phone can be kept or handed over.
    fn has_room_for_sms(&self, phone: PhoneId) -> bool {
        let is_open = |mailbox: &Mailbox| mailbox.full_until.is_none();
        self.can_keep(phone) || self.phones.is_up(phone) && self.messages.mailbox(phone).is_some_and(is_open)
    }

    /// Whether there is neither room for this phone's next message nor for the others'. Only then is one refused for
    /// lack of room, for that can hold up those of all.
    fn lacks_room(&self, owner: PhoneId) -> bool {
        let mut others = self.phones.ids().filter(|phone| *phone != owner && self.phones.has_telephony(*phone));
        !self.can_keep(owner) && !others.any(|phone| self.has_room_for_sms(phone))
    }

    /// Tells the modem when there is no room for any message at all, and when there is again (ril.h 102). A phone that
    /// is full is no reason as long as the messages of the others can be kept. One thing is said at a time.
    pub(super) fn tell_room(&mut self, now: Now, out: &mut Actions) {
        let is_told = |pending: &Pending| matches!(pending.asker, Asker::Router(Ask::Sms(Question::Room(_))));
        if !self.radio.is_on() || self.pending.count(is_told) > 0 {
            return;
        }
        let can_have: Vec<PhoneId> = self.phones.ids().filter(|phone| self.phones.has_telephony(*phone)).collect();
        if can_have.is_empty() {
            return;
        }
        let room = can_have.into_iter().any(|phone| self.has_room_for_sms(phone));
        if room == self.messages.modem_is_full {
            if self.ask(now, Ask::Sms(Question::Room(room)), &memory_status(room), out) {
                self.messages.modem_is_full = !room;
                if room {
                    self.messages.room_is_told();
                }
            }
            return;
        }
        // A network that was told "no room" waits to be told that there is (RP-SMMA, 3GPP TS 24.011, 7.3.2).
        let is_refused = |phone| self.messages.mailbox(phone).is_some_and(|mailbox| mailbox.refused);
        let waits = self.phones.ids().any(|phone| is_refused(phone) && !self.lacks_room(phone));
        if room && (waits || self.messages.owes_room) {
            self.announce_room(now, out);
        }
    }

    /// What an earlier daemon may have left behind is to be mended when there is a modem that can hear of it.
    pub(in crate::router) fn owe_room(&mut self) {
        self.messages.owes_room |= std::mem::take(&mut self.messages.may_be_full);
    }

    /// Tells a network that was told "no room" that there is; if it cannot be told now, when it can.
    pub(super) fn announce_room(&mut self, now: Now, out: &mut Actions) {
        if self.ask(now, Ask::Sms(Question::Room(true)), &memory_status(true), out) {
            self.messages.room_is_told();
        } else {
            self.messages.owes_room = true;
        }
    }
}

/// "There is room" or "there is none" for short messages.
pub(super) fn memory_status(room: bool) -> Order {
    Order::about(RequestCode::REPORT_SMS_MEMORY_STATUS, i32::from(room))
}

/// "It is taken."
fn acknowledgement(code: UnsolCode, version: RilVersion) -> Order {
    if code == UnsolCode::RESPONSE_CDMA_NEW_SMS {
        let payload = parcel::encode(&SmsAck::default(), version);
        return Order { code: RequestCode::CDMA_SMS_ACKNOWLEDGE, payload };
    }
    Order { code: RequestCode::SMS_ACKNOWLEDGE, payload: parcel::encode(&vec![1, 0], version) }
}

/// "Keep it and try again later", for lack of room or without a reason.
fn refusal(code: UnsolCode, lacks_room: bool, version: RilVersion) -> Order {
    if code == UnsolCode::RESPONSE_CDMA_NEW_SMS {
        let sms_cause_code = if lacks_room { CDMA_NO_RESOURCES } else { CDMA_OTHER_PROBLEM };
        let cause = SmsAck { error_class: CDMA_TEMPORARY, sms_cause_code };
        return Order { code: RequestCode::CDMA_SMS_ACKNOWLEDGE, payload: parcel::encode(&cause, version) };
    }
    let cause = if lacks_room { FailureCause::MEMORY_CAPACITY_EXCEEDED } else { FailureCause::UNSPECIFIED };
    Order { code: RequestCode::SMS_ACKNOWLEDGE, payload: parcel::encode(&vec![0, cause.into()], version) }
}
