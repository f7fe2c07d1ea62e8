//! Messages that the modem has put on the SIM (class 2, 3GPP TS 23.038, 4): the SIM is the privileged phone's, the
//! message may be another's.
//!
//! The router reads the record itself. A message of the privileged phone's is told to it as it came. Another phone's is
//! stored and goes the way of every other message; when that will last, its record is deleted, so that the list of
//! messages on the SIM shows the privileged phone no other's. A deletion that a crash prevented is made up for at the
//! next start, if the record is still the same.
//!
//! Reference: 3GPP TS 51.011, 10.5.3 (EF_SMS) and 9.2.5 (READ RECORD); ril.h 1005.

use ril_protocol::card::commands::{ABSOLUTE, READ_RECORD};
use ril_protocol::card::{EF_SMS, folders};
use ril_protocol::payload::sim::{SimIo, SimIoResponse};
use ril_protocol::{RequestCode, RilVersion, UnsolCode, hex, parcel};

use super::Question;
use super::mailbox::{Message, Safety};
use super::pdu::{self, Incoming};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask};
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// Octets of a record: its status and up to 175 octets.
const RECORD_LENGTH: i32 = 176;
/// DF_TELECOM, where a SIM has the file and most USIMs too; and the USIM's own folder (TS 31.102, 4.2.25).
const FOLDERS: [&str; 2] = [folders::TO_TELECOM, folders::TO_USIM];
/// How many records may be in reading at a time; of the others the privileged phone is told at once.
const MOST_READ: usize = 16;

/// Why a record is read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) struct Reading {
    index: i32,
    folder: usize,
    /// It is only looked at to see whether it is still there.
    again: bool,
}

/// What is to be done at the SIM.
#[derive(Debug, Default)]
pub(super) struct OnSim {
    reading: usize,
    /// Messages whose records are to be deleted when they are durable.
    to_delete: Vec<(PhoneId, u64)>,
    /// Records of an earlier life that may still be there.
    left_over: Vec<i32>,
}

impl OnSim {
    /// A message of an earlier life was also in this record.
    pub(super) fn recall(&mut self, index: i32) {
        self.left_over.push(index);
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
        if !self.read_sim(now, Reading { index, folder: 0, again: false }, out) {
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
        let response = parcel::decode::<SimIoResponse>(answer.payload, version)
            .ok()
            .filter(|response| answer.is_ok() && response.is_done());
        let Some(response) = response else {
            let elsewhere = Reading { folder: reading.folder + 1, ..reading };
            let more = answer.is_ok() && elsewhere.folder < FOLDERS.len();
            if !(more && self.read_sim(now, elsewhere, out)) {
                self.leave_on_sim(reading, out);
            }
            return;
        };
        let record = response.response.as_deref().and_then(hex::from_hex).unwrap_or_default();
        let message = pdu::from_sim_record(&record, version);
        if let Some((owner, number)) = self.messages.on_sim_at(reading.index) {
            if message.is_some() && self.messages.original(owner, number) == message.as_deref() {
                self.messages.on_sim.to_delete.push((owner, number));
                self.messages.stirred = true;
                return;
            }
            self.gone_from_sim(owner, number, out);
        }
        match message {
            Some(message) if !reading.again => self.take_from_sim(now, reading, &message, out),
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
        self.messages.on_sim.to_delete.push((owner, number));
        self.messages.stirred = true;
        out.note(Note::SmsAssigned { phone: owner, delivered: false });
    }

    /// The record stays; the phone whose SIM it is hears of it.
    fn leave_on_sim(&self, reading: Reading, out: &mut Actions) {
        if !reading.again {
            let payload = parcel::encode(&vec![reading.index], self.version());
            self.tell_privileged(UnsolCode::RESPONSE_NEW_SMS_ON_SIM, &payload, out);
        }
    }

    /// Deletes records whose messages are safe, and looks at those of an earlier life.
    pub(super) fn tidy_sim(&mut self, now: Now, out: &mut Actions) {
        if self.modem.is_none() || !self.radio.is_on() {
            return;
        }
        while self.messages.on_sim.reading < MOST_READ
            && let Some(index) = self.messages.on_sim.left_over.pop()
        {
            self.read_sim(now, Reading { index, folder: 0, again: true }, out);
        }
        let (ready, wait): (Vec<_>, Vec<_>) = std::mem::take(&mut self.messages.on_sim.to_delete)
            .into_iter()
            .partition(|(owner, number)| self.is_stored(*owner, *number));
        self.messages.on_sim.to_delete = wait;
        for (owner, number) in ready {
            let index = self.messages.mailbox(owner).and_then(|mailbox| mailbox.get(number)?.on_sim);
            if let Some(index) = index {
                let order = Order::about(RequestCode::DELETE_SMS_ON_SIM, index);
                self.ask(now, Ask::Sms(Question::DeleteFromSim(owner, number)), &order, out);
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

    pub(super) fn sim_deleted(&mut self, owner: PhoneId, number: u64, answer: Answer<'_>, out: &mut Actions) {
        if answer.is_ok() {
            self.gone_from_sim(owner, number, out);
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
