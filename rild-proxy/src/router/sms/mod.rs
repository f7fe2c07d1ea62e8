//! Short messages: none is lost, none is doubled, and each has one owner.
//!
//! A received message is given an owner, stored, and acknowledged to the modem as soon as it will survive; no phone is
//! waited for. Its owner gets it when there is a client that takes it, and what the client acknowledges is forgotten,
//! durably, before the client is told so.
//!
//! * `pdu`: what is read in a message.
//! * `owners`, `sent`: whose a message is: who wrote to whom, which parts belong together, who waits for a report.
//! * `mailbox`: the messages of a phone; `records`: what of them is stored.
//! * `receiving`, `recent`: from the modem to a mailbox and back to the modem. `delivering`: from a mailbox to its
//!   phone.
//! * `on_sim`: messages that the modem put on the SIM.
//! * `sending`: from phones to the modem; `references`: by what they know what they have sent.
//! * `by_service`: messages by way of the number service.
//! * `broadcast`: cell broadcast.
//!
//! It does not put the parts of a message together, does not read texts, and drops nothing but what a phone has.
//!
//! # What a crash leaves behind
//!
//! Between any two steps the daemon may be killed. What is not durable is then gone; the modem and the network know
//! what they knew.
//!
//! | killed after | in the store | what happens next | so the phone gets it |
//! |---|---|---|---|
//! | the modem handed it over | nothing | the network sends it again, to the next daemon | once |
//! | it became durable | the message, unconfirmed | the network sends it again; it is known, acknowledged and not stored | once |
//! | the modem was told that it is taken | the same | the network sends it again or not; the same | once |
//! | the modem confirmed that | the same, or confirmed | the network does not send it again | once |
//! | the client was given it | the same | the client left with the daemon and did not acknowledge it; the next one is given it | see below |
//! | the client acknowledged it | the same | the next client is given it again, unless it is a proxy RilD, which knows what its client has acknowledged | see below |
//! | the removal became durable | nothing, or that it is taken if the modem had not confirmed | a repetition by the network is known, acknowledged and not stored | once |
//! | the client was told | the same | nothing | once |
//!
//! The modem confirms before the network has heard it. If it ends in that moment, the network sends the message again
//! to the next modem side, which is told what this daemon remembers; if the daemon ends as well, that is another
//! message then.
//!
//! "See below": a client that lives on while the daemon dies has seen the message, and is given it again by the next
//! daemon. A modem that crashes at these steps does the same. The proxy RilD stands between and knows the message
//! again.
//!
//! A message is known again by its bytes, until a minute after the modem has confirmed its acknowledgement (`recent`
//! says why not at once); later the same bytes are another message. Of messages that a phone has taken and the modem
//! has not confirmed, 32 are remembered for each phone.
//!
//! # When there is no store
//!
//! If changes cannot be made durable, or not within five seconds, a message is handed over first and acknowledged to
//! the modem when the phone has taken it. If that takes more than 20 seconds it is refused to the network (3GPP TS
//! 23.040, 9.2.3.22), which tries again; a crash may then double a message, but loses none.
//!
//! # What a phone may do to the others
//!
//! Nothing. A phone that does not acknowledge waits for no other message, because an acknowledgement that comes late
//! would be taken for that of the next one (ril.h 1003); its mailbox is bounded, and what does not fit is refused to
//! the network, but not for lack of room while the others have some, because a network that hears of none may keep all
//! messages for the SIM (TS 23.040, 11.1). A message that a client refuses, or that three clients were given in vain,
//! waits from half a minute up to an hour while those behind it go first: it stays, and holds up nobody.

mod broadcast;
mod by_service;
mod delivering;
mod mailbox;
mod on_sim;
mod owners;
mod pdu;
mod receiving;
mod recent;
mod records;
mod references;
mod sending;
mod sent;

use std::collections::VecDeque;
use std::time::Duration;

use prost::Message as _;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, UnsolCode};

use super::pending::Answer;
use super::phones::Phones;
use super::{Actions, Kind, Now, PhoneId, Record, Router};
use crate::config;

use broadcast::Broadcast;
use by_service::ByService;
use mailbox::{Mailbox, Message, Owed};
use on_sim::{Deletion, OnSim, Reading};
use owners::Owners;
use recent::Recent;
use references::References;
use sending::Sending;
use sent::SentMessages;

/// How long the store may take before a message is handed over unstored, and a phone is told what may not last.
const STORE_PATIENCE: Duration = Duration::from_secs(5);
/// How long a phone waits to hear that what it acknowledged is done with. A store that takes longer, and does not say
/// that it fails, may give the message back after a crash.
const LEAVING_PATIENCE: Duration = Duration::from_secs(30);

/// What the router asks of the modem for the sake of short messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Question {
    /// To tell the network whether there is room.
    Room(bool),
    /// To note that this message, of this phone, is taken.
    Taken(PhoneId, u64),
    /// To note that a message is taken that is in no mailbox.
    Known(u64),
    /// To send what this phone wants sent.
    Sent(PhoneId, u64),
    /// A message on the SIM.
    ReadSim(Reading),
    /// To delete the record that a phone's message came in.
    DeleteFromSim(Deletion),
    /// To receive these cell broadcasts.
    Broadcast(broadcast::Part),
}

impl Question {
    /// The phone among whose requests it counts.
    pub(in crate::router) fn charged_to(self) -> Option<PhoneId> {
        match self {
            Self::Sent(phone, _) => Some(phone),
            Self::Room(_)
            | Self::Taken(..)
            | Self::Known(_)
            | Self::ReadSim(_)
            | Self::DeleteFromSim(..)
            | Self::Broadcast(_) => None,
        }
    }
}

/// A received message, as shown to people: no number, no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsView {
    /// Its owner.
    pub phone: PhoneId,
    /// What it came as: a message, a status report, a CDMA message.
    pub code: UnsolCode,
    /// How long it has been here, or the daemon, if that is shorter.
    pub age: Duration,
    /// How far it is.
    pub state: SmsState,
    /// How often it was handed over.
    pub tries: u32,
}

/// How far a received message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsState {
    /// It is not durable yet.
    Storing,
    /// It waits for a client that takes it.
    Waiting,
    /// A client has it and has not acknowledged it.
    HandedOver,
    /// The network waits for the phone's own answer.
    Direct,
}

/// All that the router knows of short messages.
#[derive(Debug)]
pub(in crate::router) struct Messages {
    /// The phone that gets what is nobody's; None: the one in the foreground.
    default: Option<PhoneId>,
    mailboxes: Vec<Mailbox>,
    /// The number of the last message.
    last_number: u64,
    /// The acknowledgements that the modem waits for, in its order; the two technologies each have an order of their
    /// own.
    owed: VecDeque<Owed>,
    recent: Recent,
    owners: Owners,
    sent: SentMessages,
    references: References,
    sending: Sending,
    on_sim: OnSim,
    broadcast: Broadcast,
    by_service: ByService,
    /// The modem was told that there is no room at all.
    modem_is_full: bool,
    /// What an earlier daemon told it is not known.
    may_be_full: bool,
    /// A network that waits to hear that there is room could not be told.
    owes_room: bool,
    /// Something happened since the last look.
    stirred: bool,
    deadline: Option<Now>,
}

impl Messages {
    pub(in crate::router) fn new(config: &config::Config, phones: &Phones) -> Self {
        Self {
            default: phones.named(&config.sms.default).filter(|_| config.sms.default != config::FOREGROUND),
            mailboxes: config.phone.iter().map(|_| Mailbox::default()).collect(),
            last_number: 0,
            owed: VecDeque::new(),
            recent: Recent::default(),
            owners: Owners::default(),
            sent: SentMessages::default(),
            references: References::new(config.phone.len()),
            sending: Sending::default(),
            on_sim: OnSim::default(),
            broadcast: Broadcast::new(config.phone.len()),
            by_service: ByService::new(),
            modem_is_full: false,
            may_be_full: true,
            owes_room: false,
            stirred: false,
            deadline: None,
        }
    }

    /// When there may be something to do.
    pub(in crate::router) fn deadline(&self) -> Option<Now> {
        self.deadline
    }

    /// Something happened that may concern messages: the router looks before it is done with the event.
    pub(in crate::router) fn stir(&mut self) {
        self.stirred = true;
    }

    /// The modem's radio has another state.
    pub(in crate::router) fn radio_changed(&mut self, state: RadioState) {
        self.broadcast.radio_changed(state);
        self.stirred = true;
    }

    fn mailbox(&self, phone: PhoneId) -> Option<&Mailbox> {
        self.mailboxes.get(phone.0)
    }

    fn mailbox_mut(&mut self, phone: PhoneId) -> Option<&mut Mailbox> {
        self.mailboxes.get_mut(phone.0)
    }

    /// The number that the next message will have.
    fn next_number(&self) -> u64 {
        self.last_number + 1
    }

    fn insert(&mut self, owner: PhoneId, message: Message) -> u64 {
        self.last_number += 1;
        let number = self.last_number;
        if let Some(mailbox) = self.mailbox_mut(owner) {
            mailbox.insert(number, message);
        }
        number
    }

    fn of_all(&self) -> impl Iterator<Item = (PhoneId, u64, &Message)> {
        let mailboxes = self.mailboxes.iter().enumerate();
        mailboxes.flat_map(|(place, mailbox)| mailbox.iter().map(move |(number, m)| (PhoneId(place), number, m)))
    }

    /// The message that was received like this and that the network may send again.
    fn unconfirmed(&self, code: UnsolCode, original: &[u8]) -> Option<(PhoneId, u64)> {
        let mailboxes = self.mailboxes.iter().enumerate();
        let found = mailboxes.map(|(place, mailbox)| (place, mailbox.unconfirmed(code, original)));
        found.into_iter().find_map(|(place, number)| Some((PhoneId(place), number?)))
    }

    /// The message that was received like this and that the network may send again; of a broadcast, each copy.
    fn copies(&self, code: UnsolCode, original: &[u8]) -> Vec<(PhoneId, u64)> {
        let mailboxes = self.mailboxes.iter().enumerate();
        let found =
            mailboxes.filter_map(|(place, mailbox)| Some((PhoneId(place), mailbox.unconfirmed(code, original)?)));
        found.collect()
    }

    fn on_sim_at(&self, index: i32) -> Option<(PhoneId, u64)> {
        let found = self.of_all().find(|(_, _, message)| message.on_sim == Some(index));
        found.map(|(owner, number, _)| (owner, number))
    }

    /// The modem is told that there is room, and tells the network.
    fn room_is_told(&mut self) {
        self.owes_room = false;
        for mailbox in &mut self.mailboxes {
            (mailbox.refused, mailbox.refused_before) = (false, false);
        }
    }

    fn original(&self, owner: PhoneId, number: u64) -> Option<&[u8]> {
        self.mailbox(owner)?.get(number).map(Message::original)
    }
}

impl Router {
    /// A record of an earlier life.
    pub(in crate::router) fn recall_sms(&mut self, record: Record<'_>) {
        let Record { kind, key, value } = record;
        match kind {
            Kind::Message => self.recall_message(key, value),
            Kind::Sent => {
                let Messages { sent, references, .. } = &mut self.messages;
                sent.recall(key, value, references, &self.phones);
            }
            Kind::Correspondent => self.messages.owners.recall(key, value, &self.phones),
            Kind::Setting if self.messages.references.recall_lives(key, value, &self.phones) => {}
            Kind::Setting => self.messages.broadcast.recall(key, value, &self.phones),
            Kind::ServiceText => self.messages.by_service.recall(record, &self.phones),
            _ => {}
        }
    }

    fn recall_message(&mut self, key: &[u8], value: &[u8]) {
        let Ok(number) = key.try_into().map(u64::from_be_bytes) else { return };
        // Also of one that is nobody's any more: its number is taken.
        self.messages.last_number = self.messages.last_number.max(number);
        let Ok(record) = records::Received::decode(value) else { return };
        let Some(owner) = self.phones.named(&record.owner) else { return };
        if let Some(index) = record.on_sim {
            self.messages.on_sim.recall(index);
        }
        let recalled = Message::recalled(record);
        if let Some(id) = recalled.text_id {
            self.messages.by_service.found(owner, id);
        }
        if let Some(mailbox) = self.messages.mailbox_mut(owner) {
            // The network may have been told to keep it.
            mailbox.refused_before |= !recalled.confirmed;
            mailbox.insert(number, recalled);
        }
        self.messages.stirred = true;
    }

    /// The modem's answer to a question.
    pub(in crate::router) fn sms_answered(
        &mut self,
        now: Now,
        question: Question,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        // One that cannot be told of room now is told when something else has happened, such as another radio state.
        self.messages.stirred |= answer.is_ok() || !matches!(question, Question::Room(_));
        match question {
            Question::Room(room) => {
                self.messages.owes_room |= room && !answer.is_ok() && answer.errno != Errno::REQUEST_NOT_SUPPORTED;
            }
            Question::Taken(owner, number) => self.taken_answered(now, owner, number, answer, out),
            Question::Known(number) => self.messages.recent.answered(now, number, answer.is_ok()),
            Question::Sent(phone, ticket) => self.sent_answered(now, phone, ticket, answer, out),
            Question::ReadSim(reading) => self.sim_read(now, reading, answer, out),
            Question::DeleteFromSim(deletion) => self.sim_deleted(now, deletion, answer, out),
            Question::Broadcast(part) => self.broadcast_answered(now, part, answer, out),
        }
    }

    /// Does what can be done now, if something has happened.
    pub(in crate::router) fn attend_to_sms(&mut self, now: Now, out: &mut Actions) {
        if !std::mem::take(&mut self.messages.stirred) {
            return;
        }
        self.settle_leaving(now, out);
        loop {
            self.hand_over(now, out);
            if !self.settle_owed(now, out) {
                break;
            }
        }
        self.settle_texts(out);
        self.send_texts(now, out);
        self.send_waiting(now, out);
        self.tidy_sim(now, out);
        self.tune_broadcast(now, out);
        self.tell_room(now, out);
        let by_modem = [self.owed_deadline(now), self.delivery_deadline(now), self.sending_deadline(now)];
        let Messages { by_service, broadcast, on_sim, .. } = &self.messages;
        let others = [by_service.deadline(), broadcast.deadline(now), on_sim.deadline(now)];
        self.messages.deadline = by_modem.into_iter().chain(others).flatten().min();
    }

    /// A client of this phone came or went.
    pub(in crate::router) fn sms_client_changed(&mut self, now: Now, phone: PhoneId) {
        if let Some(mailbox) = self.messages.mailbox_mut(phone) {
            mailbox.client_left(now);
        }
        self.messages.stirred = true;
    }

    /// The modem has forgotten what it was told and what it waits for.
    pub(in crate::router) fn sms_modem_down(&mut self, now: Now, out: &mut Actions) {
        self.messages.owed.clear();
        self.messages.recent.modem_down(now);
        for mailbox in &mut self.messages.mailboxes {
            mailbox.modem_down();
        }
        // The network may wait to hear of room, whatever became of the modem side in between.
        self.messages.owes_room |= std::mem::take(&mut self.messages.modem_is_full);
        self.sim_is_gone();
        self.stop_sending(now, out);
        self.broadcast_modem_down(out);
        self.messages.stirred = true;
    }

    /// The received messages that their owners do not have yet.
    pub fn messages(&self, now: Now) -> impl Iterator<Item = SmsView> {
        let shown = self.messages.of_all().filter(|(_, _, message)| !message.taken);
        shown.map(move |(phone, number, message)| SmsView {
            phone,
            code: message.code,
            age: now.saturating_sub(message.received),
            state: match message.safety {
                _ if self.messages.mailbox(phone).is_some_and(|mailbox| mailbox.given == Some(number)) => {
                    SmsState::HandedOver
                }
                mailbox::Safety::PhonesAnswer => SmsState::Direct,
                mailbox::Safety::Stored(change) if !self.journal.is_durable(change) => SmsState::Storing,
                mailbox::Safety::Stored(_) => SmsState::Waiting,
            },
            tries: message.tries,
        })
    }
}
