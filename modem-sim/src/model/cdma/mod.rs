//! What a CDMA modem tells its host and a GSM modem does not: waiting calls, information records, emergency callback
//! mode, short messages, broadcasts, voice privacy.
//!
//! There is no CDMA network here: the modem is a GSM modem that says these things when the console wants it to, so that
//! a host can show what becomes of them. Flashes, bursts of tones and messages of the host are taken and recorded.
//! Messages are delivered again until they are acknowledged.
//!
//! Reference: ril.h, requests 82 to 85, 87, 88, 92 to 94, 96, 97, 99, unsolicited messages 1020, 1022, 1024, 1025,
//! 1027, 1033; 3GPP2 C.S0005, 3.7.5.

mod broadcast;
mod message;
mod ruim;
#[cfg(test)]
mod tests;

use ril_protocol::payload::call::Presentation;
use ril_protocol::payload::cdma::{CallWaiting, InfoRecord, SmsAck, SmsMessage, SmsWriteArgs};
use ril_protocol::payload::sms::SmsResponse;
use ril_protocol::sms_pdu::DateTime;
use ril_protocol::{Errno, UnsolCode};

use super::effects::Effects;
use super::numbers::international;
use super::sms::{Acknowledgement, Redelivery};
use super::{Pace, Timer};

pub use broadcast::Services;
pub use ruim::RuimMessages;

/// Lines of the record; the oldest is forgotten for the next.
const MEMORY: usize = 1_000;
/// `RIL_CDMA_SMS_NO_ERROR`
const NO_ERROR: i32 = 0;
/// Cause "destination memory full" (TIA-41, `SMS_CauseCode`).
const MEMORY_FULL: i32 = 35;

/// The CDMA side of the modem.
#[derive(Debug)]
pub struct Cdma {
    callback_mode: bool,
    messages: Redelivery<SmsMessage>,
    /// The broadcasts that the host has chosen.
    pub services: Services,
    /// Messages on the RUIM.
    pub ruim: RuimMessages,
    /// Voice privacy: 0 standard, 1 enhanced.
    pub(super) voice_privacy: i32,
    ids: u16,
    references: i32,
    log: Vec<String>,
}

impl Cdma {
    /// Nothing has happened.
    pub fn new(pace: Pace) -> Self {
        Self {
            callback_mode: false,
            messages: Redelivery::new(pace.acknowledge, Timer::CdmaSmsRetry),
            services: Services::default(),
            ruim: RuimMessages::default(),
            voice_privacy: 0,
            ids: 0,
            references: 0,
            log: Vec::new(),
        }
    }

    /// A second call waits.
    pub fn call_waits(number: &str, name: Option<&str>, to: &mut Effects) {
        let waiting = CallWaiting {
            number: Some(number.to_owned()),
            number_presentation: Presentation::ALLOWED,
            name: name.map(str::to_owned),
            number_type: i32::from(international(number)),
            number_plan: 1,
            ..CallWaiting::default()
        };
        to.tell(UnsolCode::CDMA_CALL_WAITING, &waiting);
    }

    /// The network sends an information record.
    pub fn inform(record: InfoRecord, to: &mut Effects) {
        to.tell(UnsolCode::CDMA_INFO_REC, &vec![record]);
    }

    /// The modem is in emergency callback mode.
    pub fn in_callback_mode(&self) -> bool {
        self.callback_mode
    }

    /// Emergency callback mode begins or ends; the host is told if that is news.
    pub fn set_callback_mode(&mut self, on: bool, to: &mut Effects) {
        if std::mem::replace(&mut self.callback_mode, on) != on {
            let enter = UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE;
            to.tell(if on { enter } else { UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE }, &());
        }
    }

    /// `EXIT_EMERGENCY_CALLBACK_MODE`: done also where there is none.
    pub(super) fn exit_callback_mode(&mut self, to: &mut Effects) {
        self.record("exit-ecbm".to_owned());
        self.set_callback_mode(false, to);
    }

    /// Something that the phone did, for the console.
    pub(super) fn record(&mut self, line: String) {
        if self.log.len() == MEMORY {
            self.log.remove(0);
        }
        self.log.push(line);
    }

    /// What the phone did since the last look.
    pub fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Someone sends a text. `Err` says what is wrong with it.
    pub fn compose(&mut self, from: &str, text: &str, now: i64) -> Result<(), String> {
        let message = message::deliver(from, text, self.ids.wrapping_add(1), DateTime::from_unix_seconds(now, 0))?;
        self.ids = self.ids.wrapping_add(1);
        self.messages.push(message);
        Ok(())
    }

    /// The network broadcasts a text on a service, which the host hears if it has chosen that, or in any case. `Err`
    /// says what is wrong with the text.
    pub fn broadcast(&mut self, category: i32, text: &str, now: i64, in_any_case: bool) -> Result<bool, String> {
        if !in_any_case && !self.services.wants(category) {
            return Ok(false);
        }
        let time = DateTime::from_unix_seconds(now, 0);
        let message = message::broadcast(category, text, self.ids.wrapping_add(1), time)?;
        self.ids = self.ids.wrapping_add(1);
        self.messages.push(message);
        Ok(true)
    }

    /// The message that the modem waits to be acknowledged.
    pub fn outstanding(&self) -> Option<&SmsMessage> {
        self.messages.outstanding()
    }

    /// `CDMA_SEND_SMS`: the network takes a message.
    pub(super) fn send(&mut self, message: &SmsMessage) -> SmsResponse {
        self.references = (self.references + 1) % 0x1_0000;
        self.record(format!("sms to {}", message::recipient(&message.address)));
        SmsResponse { message_ref: self.references, ack_pdu: None, error_code: -1 }
    }

    /// `CDMA_WRITE_SMS_TO_RUIM`: the index; the host is told when that was the last room.
    pub(super) fn write_to_ruim(&mut self, message: SmsWriteArgs, to: &mut Effects) -> Result<i32, Errno> {
        let index = self.ruim.store(message);
        if self.ruim.is_full() {
            to.tell(UnsolCode::CDMA_RUIM_SMS_STORAGE_FULL, &());
        }
        index
    }

    /// Forgets what the host has chosen.
    pub(super) fn forget(&mut self) {
        self.services = Services::default();
        self.voice_privacy = 0;
    }

    /// Messages that the phone has not acknowledged.
    pub fn undelivered(&self) -> usize {
        self.messages.len()
    }

    /// Delivers the next message if the phone can take one.
    pub(super) fn pump(&mut self, reachable: bool, to: &mut Effects) {
        if reachable && let Some(message) = self.messages.next(to).cloned() {
            to.tell(UnsolCode::RESPONSE_CDMA_NEW_SMS, &message);
        }
    }

    /// `CDMA_SMS_ACKNOWLEDGE`
    pub(super) fn acknowledge(&mut self, ack: &SmsAck, to: &mut Effects) -> Result<(), Errno> {
        let word = match (ack.error_class, ack.sms_cause_code) {
            (NO_ERROR, _) => Acknowledgement::Taken,
            (_, MEMORY_FULL) => Acknowledgement::Full,
            _ => Acknowledgement::Refused,
        };
        self.messages.acknowledge(word, to)
    }

    pub(super) fn retry(&mut self, transmission: u64) {
        self.messages.retry(transmission);
    }

    pub(super) fn set_phone_full(&mut self, full: bool) {
        self.messages.set_full(full);
    }

    /// The radio is gone.
    pub(super) fn interrupt(&mut self) {
        self.messages.interrupt();
        self.callback_mode = false;
    }
}
