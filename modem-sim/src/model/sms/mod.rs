//! Short messages: what the phone sends, what the network delivers, and the acknowledgements between them.
//!
//! Messages to the phone wait in the inbox of its network, sent ones are recorded in the outbox for the console. There
//! is no IMS; CDMA has messages of its own.
//!
//! Reference: 3GPP TS 23.040 (PDUs), TS 24.011 (acknowledgement); ril.h, `RIL_UNSOL_RESPONSE_NEW_SMS`.

mod broadcast;
mod inbox;
mod outbox;
mod redelivery;
mod reports;
#[cfg(test)]
mod tests;

use ril_protocol::hex::from_hex;
use ril_protocol::payload::sms::{SmsResponse, SmsWriteArgs};
use ril_protocol::sms_pdu::{
    Address, Addressed, DateTime, Deliver, MessageClass, Reference, ServiceCentre, Status, StatusReport, Submit,
    Timestamp, Tpdu, split,
};
use ril_protocol::{Errno, UnsolCode};

pub use broadcast::Broadcast;
pub use inbox::Inbox;
pub use outbox::{Outbox, SentText};
pub use redelivery::Waiting;
pub(super) use redelivery::{Acknowledgement, Redelivery};
pub use reports::{Policy, Reports, status};

use super::Pace;
use super::effects::Effects;
use super::sim_card::SimCard;

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

    /// The PDU behind its service centre. What was decoded or built here encodes.
    pub fn to_hex(&self) -> Option<String> {
        match self {
            Self::Deliver(message) => message.to_hex(),
            Self::Report(message) => message.to_hex(),
        }
        .ok()
    }

    fn tell(&self, to: &mut Effects) {
        let code = match self {
            Self::Deliver(_) => UnsolCode::RESPONSE_NEW_SMS,
            Self::Report(_) => UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT,
        };
        to.tell(code, &self.to_hex());
    }
}

/// Short messages of both directions.
#[derive(Debug)]
pub struct Sms {
    /// The service centre's number.
    smsc: String,
    zone: i8,
    /// What was sent.
    pub outbox: Outbox,
    /// Cell broadcast.
    pub broadcast: Broadcast,
    /// What is on its way to the phone.
    pub inbox: Inbox,
    /// Status reports.
    pub reports: Reports,
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
            smsc: smsc.to_owned(),
            zone,
            outbox: Outbox::default(),
            broadcast: Broadcast::default(),
            inbox: Inbox::new(pace),
            reports: Reports::default(),
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
            echo.extend(self.reports.ask(Addressed { service_centre: centre, tpdu }));
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
    pub fn compose(
        &mut self,
        from: &Address,
        class: Option<MessageClass>,
        text: &str,
        now: i64,
    ) -> Result<Vec<Incoming>, String> {
        self.references = self.references.wrapping_add(1);
        let parts = split(text, Reference::Short(self.references)).map_err(|error| error.to_string())?;
        let (time, centre, last) = (self.timestamp(now), self.service_centre(), parts.len());
        let deliver = |(part, number)| {
            let mut tpdu = Deliver::new(from.clone(), time, part);
            tpdu.more_messages = number < last;
            if let Some(class) = class {
                tpdu.data_coding = tpdu.data_coding.with_class(class);
            }
            Incoming::Deliver(Addressed { service_centre: centre.clone(), tpdu })
        };
        Ok(parts.into_iter().zip(1..).map(deliver).collect())
    }

    /// The oldest status report that was held goes to the phone; false where none is held.
    pub fn report(&mut self, status: Status, now: i64) -> bool {
        let report = self.reports.release(status, self.timestamp(now));
        report.map(|report| self.inbox.arrive(report)).is_some()
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
