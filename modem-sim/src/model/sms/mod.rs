//! Short messages: what the phone sends, what the network delivers, and the acknowledgements between them.
//!
//! The network delivers one message at a time and sends it again until the phone has acknowledged it. It keeps what it
//! cannot deliver. Sent messages are recorded for the console. There is no IMS and no CDMA.
//!
//! Reference: 3GPP TS 23.040 (PDUs), TS 24.011 (acknowledgement); ril.h, `RIL_UNSOL_RESPONSE_NEW_SMS`.

mod broadcast;
mod outbox;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use ril_protocol::parcel::from_hex;
use ril_protocol::payload::sms::{SmsResponse, SmsWriteArgs};
use ril_protocol::sms_pdu::{
    Address, Addressed, DateTime, Deliver, MessageClass, Reference, ServiceCentre, Status, StatusReport, Submit,
    Timestamp, Tpdu, split,
};
use ril_protocol::{Errno, UnsolCode};

pub use broadcast::Broadcast;
pub use outbox::{Outbox, SentText};

use super::effects::Effects;
use super::sim_card::SimCard;
use super::{Pace, Timer};

/// TP-FCS "memory capacity exceeded": the network waits until the phone says that it has room again.
const MEMORY_EXCEEDED: i32 = 0xd3;
/// The first of the statuses of `+CMGL`: received, unread; as the octet on the card (TS 51.011, 10.5.3).
const CARD_STATUS: [u8; 4] = [0x03, 0x01, 0x07, 0x05];

/// A message on its way to the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// An SMS-DELIVER behind its service centre.
    Deliver(Addressed<Deliver>),
    /// An SMS-STATUS-REPORT behind its service centre.
    Report(Addressed<StatusReport>),
}

impl Incoming {
    /// Reads a PDU with its service centre, as the console is given it.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let deliver = Addressed::<Deliver>::from_hex(hex).map(Self::Deliver);
        deliver.or_else(|_| Addressed::<StatusReport>::from_hex(hex).map(Self::Report)).ok()
    }

    fn tell(&self, to: &mut Effects) {
        let (code, pdu) = match self {
            Self::Deliver(message) => (UnsolCode::RESPONSE_NEW_SMS, message.to_hex()),
            Self::Report(message) => (UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT, message.to_hex()),
        };
        // What was decoded or built here encodes.
        to.tell(code, &pdu.ok());
    }
}

/// Short messages of both directions.
#[derive(Debug)]
pub struct Sms {
    pace: Pace,
    /// The service centre's number.
    smsc: String,
    zone: i8,
    /// What was sent.
    pub outbox: Outbox,
    /// Cell broadcast.
    pub broadcast: Broadcast,
    waiting: VecDeque<Incoming>,
    /// The number of the transmission that waits for its acknowledgement or for its next try.
    transmission: u64,
    outstanding: bool,
    phone_full: bool,
    references: u8,
}

/// What sending came to: the answer, and what follows from it.
pub(super) struct Sent {
    /// The answer to the phone.
    pub response: SmsResponse,
    /// What the network delivers to this phone afterwards.
    pub echo: Vec<Incoming>,
}

impl Sms {
    /// Nothing sent, nothing received.
    pub fn new(pace: Pace, smsc: &str, zone: i8) -> Self {
        Self {
            pace,
            smsc: smsc.to_owned(),
            zone,
            outbox: Outbox::default(),
            broadcast: Broadcast::default(),
            waiting: VecDeque::new(),
            transmission: 0,
            outstanding: false,
            phone_full: false,
            references: 0,
        }
    }

    /// `SEND_SMS`: the network takes a message. `now` is in seconds since 1970.
    pub(super) fn send(&mut self, smsc: Option<&str>, pdu: &str, msisdn: &str, now: i64) -> Result<Sent, Errno> {
        let mut submit = Submit::from_hex(pdu).map_err(|_| Errno::INVALID_SMS_FORMAT)?;
        let centre = match smsc.filter(|smsc| !smsc.is_empty()) {
            Some(hex) => ServiceCentre::from_hex(hex).map_err(|_| Errno::INVALID_SMSC_ADDRESS)?,
            None => None,
        };
        let centre = centre.or_else(|| self.service_centre());
        submit.message_reference = self.outbox.next_reference();
        let time = self.timestamp(now);
        let mut echo = Vec::new();
        if submit.destination_address.to_string() == msisdn {
            let tpdu = Deliver::new(submit.destination_address.clone(), time, submit.part());
            echo.push(Incoming::Deliver(Addressed { service_centre: centre.clone(), tpdu }));
        }
        if submit.status_report_request {
            let (reference, recipient) = (submit.message_reference, submit.destination_address.clone());
            let tpdu = StatusReport::new(reference, recipient, time, time, Status::RECEIVED);
            echo.push(Incoming::Report(Addressed { service_centre: centre, tpdu }));
        }
        let message_ref = i32::from(submit.message_reference);
        self.outbox.record(submit);
        Ok(Sent { response: SmsResponse { message_ref, ack_pdu: None, error_code: -1 }, echo })
    }

    /// The recipient of a message, before it is sent.
    pub(super) fn recipient(pdu: &str) -> Result<String, Errno> {
        let submit = Submit::from_hex(pdu).map_err(|_| Errno::INVALID_SMS_FORMAT)?;
        Ok(submit.destination_address.to_string())
    }

    /// Someone sends a text, in as many parts as it takes.
    pub fn compose(&mut self, from: &Address, text: &str, now: i64) -> Result<Vec<Incoming>, String> {
        self.references = self.references.wrapping_add(1);
        let parts = split(text, Reference::Short(self.references)).map_err(|error| error.to_string())?;
        let time = self.timestamp(now);
        let centre = self.service_centre();
        let deliver = |part| Addressed { service_centre: centre.clone(), tpdu: Deliver::new(from.clone(), time, part) };
        Ok(parts.into_iter().map(|part| Incoming::Deliver(deliver(part))).collect())
    }

    /// The network has a message for the phone.
    pub fn arrive(&mut self, message: Incoming) {
        self.waiting.push_back(message);
    }

    /// Messages that the phone has not acknowledged yet.
    pub fn undelivered(&self) -> usize {
        self.waiting.len()
    }

    /// Delivers the next message if the phone can take one. A message of class 2 goes to the card.
    pub(super) fn pump(&mut self, reachable: bool, card: &mut SimCard, to: &mut Effects) {
        while reachable && !self.outstanding && !self.phone_full {
            let Some(message) = self.waiting.front() else { return };
            match message {
                Incoming::Deliver(addressed) if addressed.tpdu.data_coding.class() == Some(MessageClass::Sim) => {
                    let centre = addressed.service_centre.as_ref().map(ServiceCentre::to_hex);
                    let centre = centre.as_deref().and_then(from_hex).unwrap_or_else(|| vec![0]);
                    let tpdu = addressed.tpdu.encode().unwrap_or_default();
                    match card.store_sms(CARD_STATUS[0], &centre, &tpdu) {
                        Ok(index) => to.tell(UnsolCode::RESPONSE_NEW_SMS_ON_SIM, &vec![index]),
                        Err(_) => to.tell(UnsolCode::SIM_SMS_STORAGE_FULL, &()),
                    }
                    self.waiting.pop_front();
                }
                ordinary => {
                    ordinary.tell(to);
                    self.outstanding = true;
                    self.transmission += 1;
                    to.after(self.pace.acknowledge, Timer::SmsRetry(self.transmission));
                }
            }
        }
    }

    /// `SMS_ACKNOWLEDGE`: the phone took the message, or did not and why.
    pub(super) fn acknowledge(&mut self, taken: bool, cause: i32, to: &mut Effects) -> Result<(), Errno> {
        if !self.outstanding {
            return Err(Errno::NO_SMS_TO_ACK);
        }
        self.transmission += 1;
        if taken {
            self.outstanding = false;
            self.waiting.pop_front();
        } else if cause == MEMORY_EXCEEDED {
            self.outstanding = false;
            self.phone_full = true;
        } else {
            to.after(self.pace.acknowledge, Timer::SmsRetry(self.transmission));
        }
        Ok(())
    }

    /// Time is up for an acknowledgement, or it is time to try again after a refusal.
    pub(super) fn retry(&mut self, transmission: u64) {
        if transmission == self.transmission {
            self.outstanding = false;
        }
    }

    /// The radio is gone: whatever was under way is sent again when it is back.
    pub(super) fn interrupt(&mut self) {
        self.transmission += 1;
        self.outstanding = false;
    }

    /// `REPORT_SMS_MEMORY_STATUS`.
    pub(super) fn set_phone_full(&mut self, full: bool) {
        self.phone_full = full;
    }

    /// `GET_SMSC_ADDRESS`: the number in quotes and its type of address, as `+CSCA` prints them.
    pub(super) fn smsc_report(&self) -> String {
        let kind = super::numbers::type_of_address(super::numbers::international(&self.smsc));
        format!("\"{}\",{kind}", self.smsc)
    }

    /// `SET_SMSC_ADDRESS`: a number, bare or as [`smsc_report`](Self::smsc_report) prints it.
    pub(super) fn set_smsc(&mut self, text: &str) -> Result<&str, Errno> {
        let number = text.split(',').next().unwrap_or_default().trim_matches('"');
        ServiceCentre::number(number).map_err(|_| Errno::INVALID_SMSC_ADDRESS)?;
        number.clone_into(&mut self.smsc);
        Ok(&self.smsc)
    }

    fn service_centre(&self) -> Option<ServiceCentre> {
        ServiceCentre::number(&self.smsc).ok()
    }

    fn timestamp(&self, now: i64) -> Timestamp {
        DateTime::from_unix_seconds(now, self.zone).and_then(Timestamp::from_date_time).unwrap_or_default()
    }
}

/// `WRITE_SMS_TO_SIM`.
pub(super) fn write_to_card(wanted: &SmsWriteArgs, card: &mut SimCard) -> Result<i32, Errno> {
    let status = usize::try_from(wanted.status).ok().and_then(|status| CARD_STATUS.get(status));
    let status = status.ok_or(Errno::INVALID_ARGUMENTS)?;
    let tpdu = wanted.pdu.as_deref().and_then(from_hex).filter(|tpdu| !tpdu.is_empty());
    let tpdu = tpdu.ok_or(Errno::INVALID_SMS_FORMAT)?;
    let centre = match wanted.smsc.as_deref().filter(|smsc| !smsc.is_empty()) {
        Some(hex) => from_hex(hex).ok_or(Errno::INVALID_SMSC_ADDRESS)?,
        None => vec![0],
    };
    card.store_sms(*status, &centre, &tpdu)
}
