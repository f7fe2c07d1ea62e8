//! Messages that the modem has put on the SIM (class 2, 3GPP TS 23.038, 4): the SIM is the privileged phone's, the
//! message may be another's.
//!
//! The router reads the record itself. A message of the privileged phone's is told to it as it came. Another phone's is
//! stored and goes the way of every other message; when that will last, its record is deleted, so that the list of
//! messages on the SIM shows the privileged phone no other's. A deletion that a crash prevented is made up for at the
//! next start, and one that the modem refuses or that could not be asked for a few times meanwhile: each time if the
//! record, which is read again, is still the same.
//!
//! Reference: 3GPP TS 51.011, 10.5.3 (EF_SMS) and 9.2.5 (READ RECORD); ril.h 1005.

use std::time::Duration;

use ril_protocol::card::commands::{ABSOLUTE, READ_RECORD};
use ril_protocol::card::{EF_SMS, folders};
use ril_protocol::payload::sim::{SimIo, SimIoResponse};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, hex, parcel};

use super::Question;
use super::mailbox::{Message, Safety};
use super::pdu::{self, Incoming};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending};
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// Octets of a record: its status and up to 175 octets.
const RECORD_LENGTH: i32 = 176;
/// The USIM's own folder (TS 31.102, 4.2.25); and DF_TELECOM, where a SIM has the file. A card that is both may have
/// two of them: the one that the modem does not use has a free record there, or a message of long ago.
const FOLDERS: [&str; 2] = [folders::TO_USIM, folders::TO_TELECOM];
/// How many records may be in reading at a time; of the others the privileged phone is told at once.
const MOST_READ: usize = 16;
/// How often the modem may refuse to read or to delete a record of another phone's message in one life of the daemon,
/// and after how long it is asked again.
const MOST_TRIES: u8 = 5;
const ANOTHER_TRY: Duration = Duration::from_secs(10);

/// Why a record is read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) struct Reading {
    index: i32,
    folder: usize,
    /// There is such a record in a folder before, without the message.
    seen: bool,
    /// It is only looked at to see whether it is still there, so often in vain before.
    again: Option<u8>,
}

/// The record of a message is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) struct Deletion {
    owner: PhoneId,
    number: u64,
    /// How often that was refused.
    tries: u8,
}

/// A record that may still have another phone's message.
#[derive(Clone, Copy, Debug)]
struct LeftOver {
    index: i32,
    /// How often the modem has refused to read or to delete it.
    tries: u8,
    not_before: Now,
}

/// What is to be done at the SIM.
#[derive(Debug, Default)]
pub(super) struct OnSim {
    reading: usize,
    /// Messages whose records are to be deleted when they are durable.
    to_delete: Vec<Deletion>,
    /// Records of an earlier life, or of one that is not deleted yet, that may still be there.
    left_over: Vec<LeftOver>,
}

impl OnSim {
    /// A message of an earlier life was also in this record.
    pub(super) fn recall(&mut self, index: i32) {
        self.left_over.push(LeftOver { index, tries: 0, not_before: Now::ZERO });
    }

    /// When a record is to be read again.
    pub(super) fn deadline(&self, now: Now) -> Option<Now> {
        self.left_over.iter().map(|left_over| left_over.not_before).filter(|time| *time > now).min()
    }

    pub(super) fn modem_down(&mut self) {
        self.reading = 0;
    }
}

impl Router {
    /// A message is on the SIM.
    pub(in crate::router) fn sms_on_sim(&mut self, now: Now, payload: &[u8], out: &mut Actions) {
        let index = self.first_int(payload);
        let others = self.phones.iter().any(|(_, phone)| phone.telephony && !phone.privileged);
        let Some(index) = index.filter(|_| others && self.messages.on_sim.reading < MOST_READ) else {
            return self.tell_privileged(UnsolCode::RESPONSE_NEW_SMS_ON_SIM, payload, out);
        };
        if !self.read_sim(now, Reading { index, folder: 0, seen: false, again: None }, out) {
            self.tell_privileged(UnsolCode::RESPONSE_NEW_SMS_ON_SIM, payload, out);
        }
    }

    fn read_sim(&mut self, now: Now, reading: Reading, out: &mut Actions) -> bool {
        let asked = self.ask(now, Ask::Sms(Question::ReadSim(reading)), &read_record(reading, self.version()), out);
        self.messages.on_sim.reading += usize::from(asked);
        asked
    }

    /// The record, or that it cannot be read.
    pub(super) fn sim_read(&mut self, now: Now, reading: Reading, answer: Answer<'_>, out: &mut Actions) {
        self.messages.on_sim.reading = self.messages.on_sim.reading.saturating_sub(1);
        let version = self.version();
        let response = parcel::decode::<SimIoResponse>(answer.payload, version).ok();
        let read = response.filter(|response| answer.is_ok() && response.is_done());
        let seen = reading.seen || read.is_some();
        let record = read.and_then(|read| hex::from_hex(&read.response?)).unwrap_or_default();
        let message = pdu::from_sim_record(&record, version);
        let known = self.messages.on_sim_at(reading.index);
        let is_same =
            |(owner, number)| message.is_some() && self.messages.original(owner, number) == message.as_deref();
        if let Some((owner, number)) = known.filter(|known| is_same(*known)) {
            if !self.is_to_be_deleted(owner, number) {
                let tries = reading.again.unwrap_or_default();
                self.messages.on_sim.to_delete.push(Deletion { owner, number, tries });
                self.messages.stirred = true;
            }
            return;
        }
        let is_news = message.is_some() && reading.again.is_none();
        let elsewhere = Reading { folder: reading.folder + 1, seen, ..reading };
        if !is_news && may_be_elsewhere(elsewhere, answer.errno) && self.read_sim(now, elsewhere, out) {
            return;
        }
        if let Some((owner, number)) = known.filter(|_| seen && answer.is_ok()) {
            self.gone_from_sim(owner, number, out);
        }
        match (message, reading.again) {
            (Some(message), None) => self.take_from_sim(now, reading, &message, out),
            (_, Some(tries)) if !answer.is_ok() => self.sim_refused(now, reading.index, tries, answer.errno),
            _ => self.leave_on_sim(reading, out),
        }
    }

    fn take_from_sim(&mut self, now: Now, reading: Reading, payload: &[u8], out: &mut Actions) {
        const CODE: UnsolCode = UnsolCode::RESPONSE_NEW_SMS;
        let incoming = Incoming::read(CODE, payload, self.version());
        let (owner, shown) = self.owner_of(now, CODE, payload, &incoming, out);
        let room = self.messages.mailbox(owner).is_some_and(|mailbox| mailbox.has_room(CODE, 2 * payload.len()));
        if incoming.for_the_sim || self.phones.is_privileged(owner) || !room || self.journal.is_failing() {
            return self.leave_on_sim(reading, out);
        }
        let mut message = Message::new(CODE, shown, payload, now);
        message.confirmed = true;
        message.on_sim = Some(reading.index);
        let number = self.keep(owner, message, out);
        self.messages.on_sim.to_delete.push(Deletion { owner, number, tries: 0 });
        self.messages.stirred = true;
        out.note(Note::SmsAssigned { phone: owner, delivered: false });
    }

    /// Whether the record of this message will be deleted, or is being deleted. A second time it may have another
    /// message.
    fn is_to_be_deleted(&self, owner: PhoneId, number: u64) -> bool {
        let is_it = |deletion: &Deletion| (deletion.owner, deletion.number) == (owner, number);
        let asks = |pending: &Pending| match &pending.asker {
            Asker::Router(Ask::Sms(Question::DeleteFromSim(deletion))) => is_it(deletion),
            _ => false,
        };
        self.messages.on_sim.to_delete.iter().any(is_it) || self.pending.count(asks) > 0
    }

    /// The record stays; the phone whose SIM it is hears of it.
    fn leave_on_sim(&self, reading: Reading, out: &mut Actions) {
        if reading.again.is_none() {
            let payload = parcel::encode(&vec![reading.index], self.version());
            self.tell_privileged(UnsolCode::RESPONSE_NEW_SMS_ON_SIM, &payload, out);
        }
    }

    /// Deletes records whose messages are safe, and looks at those of an earlier life.
    pub(super) fn tidy_sim(&mut self, now: Now, out: &mut Actions) {
        if self.modem.is_none() || !self.radio.is_on() {
            return;
        }
        let is_due = |left_over: &LeftOver| left_over.not_before <= now;
        while self.messages.on_sim.reading < MOST_READ
            && let Some(place) = self.messages.on_sim.left_over.iter().rposition(is_due)
        {
            let left_over = self.messages.on_sim.left_over.remove(place);
            let reading = Reading { index: left_over.index, folder: 0, seen: false, again: Some(left_over.tries) };
            if !self.read_sim(now, reading, out) {
                let later = LeftOver { not_before: now + ANOTHER_TRY, ..left_over };
                self.messages.on_sim.left_over.push(later);
            }
        }
        let (ready, wait): (Vec<_>, Vec<_>) = std::mem::take(&mut self.messages.on_sim.to_delete)
            .into_iter()
            .partition(|deletion| self.is_stored(deletion.owner, deletion.number));
        self.messages.on_sim.to_delete = wait;
        for deletion in ready {
            let Some(index) = self.sim_record_of(deletion) else { continue };
            let order = Order::about(RequestCode::DELETE_SMS_ON_SIM, index);
            if !self.ask(now, Ask::Sms(Question::DeleteFromSim(deletion)), &order, out) {
                // It is read again before, for it may have another message then.
                let later = LeftOver { index, tries: deletion.tries, not_before: now + ANOTHER_TRY };
                self.messages.on_sim.left_over.push(later);
            }
        }
    }

    /// The record that a message came in, if it may still be there.
    fn sim_record_of(&self, deletion: Deletion) -> Option<i32> {
        self.messages.mailbox(deletion.owner)?.get(deletion.number)?.on_sim
    }

    /// The modem is gone: records are read again before they are deleted, for the next one may have another card.
    pub(super) fn sim_is_gone(&mut self) {
        self.messages.on_sim.modem_down();
        for deletion in std::mem::take(&mut self.messages.on_sim.to_delete) {
            if let Some(index) = self.sim_record_of(deletion) {
                self.messages.on_sim.recall(index);
            }
        }
    }

    /// Whether a message will survive, or is not there any more.
    fn is_stored(&self, owner: PhoneId, number: u64) -> bool {
        let message = self.messages.mailbox(owner).and_then(|mailbox| mailbox.get(number));
        message.is_none_or(|message| match message.safety {
            Safety::Stored(change) => self.journal.is_durable(change),
            Safety::PhonesAnswer => false,
        })
    }

    pub(super) fn sim_deleted(&mut self, now: Now, deletion: Deletion, answer: Answer<'_>, out: &mut Actions) {
        if answer.is_ok() {
            self.gone_from_sim(deletion.owner, deletion.number, out);
        } else if let Some(index) = self.sim_record_of(deletion) {
            self.sim_refused(now, index, deletion.tries, answer.errno);
        }
    }

    /// The modem has refused to read or to delete this record, which is read again if that was not too often.
    fn sim_refused(&mut self, now: Now, index: i32, tries: u8, errno: Errno) {
        // What a modem is asked that is going was no try.
        let tries = tries + u8::from(self.modem.is_some() && self.radio.is_on());
        if tries < MOST_TRIES && errno != Errno::REQUEST_NOT_SUPPORTED {
            self.messages.on_sim.left_over.push(LeftOver { index, tries, not_before: now + ANOTHER_TRY });
        }
    }

    fn gone_from_sim(&mut self, owner: PhoneId, number: u64, out: &mut Actions) {
        let Some(message) = self.messages.mailbox_mut(owner).and_then(|mailbox| mailbox.get_mut(number)) else {
            return;
        };
        message.on_sim = None;
        if message.taken && message.confirmed {
            self.forget(owner, number, out);
        } else {
            self.keep_again(owner, number, out);
        }
    }
}

/// Whether to read in another folder: some libraries have an error for a folder that there is not.
fn may_be_elsewhere(elsewhere: Reading, errno: Errno) -> bool {
    elsewhere.folder < FOLDERS.len() && !matches!(errno, Errno::RADIO_NOT_AVAILABLE | Errno::REQUEST_NOT_SUPPORTED)
}

fn read_record(reading: Reading, version: RilVersion) -> Order {
    let command = SimIo {
        command: READ_RECORD,
        file_id: EF_SMS.into(),
        path: FOLDERS.get(reading.folder).map(|folder| (*folder).to_owned()),
        p1: reading.index,
        p2: ABSOLUTE,
        p3: RECORD_LENGTH,
        ..Default::default()
    };
    Order { code: RequestCode::SIM_IO, payload: parcel::encode(&command, version) }
}
