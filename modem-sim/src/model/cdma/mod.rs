//! What a CDMA modem tells its host and a GSM modem does not: waiting calls, information records, emergency callback
//! mode, short messages.
//!
//! There is no CDMA network here: the modem is a GSM modem that says these things when the console wants it to, so that
//! a host can show what becomes of them. Flashes and bursts of tones are taken and recorded. Messages are delivered
//! again until they are acknowledged. Nothing can be sent.
//!
//! Reference: ril.h, requests 84, 85, 88, 99, unsolicited messages 1020, 1024, 1025, 1027, 1033; 3GPP2 C.S0005, 3.7.5.

mod message;
#[cfg(test)]
mod tests;

use ril_protocol::payload::call::Presentation;
use ril_protocol::payload::cdma::{CallWaiting, InfoRecord, SmsAck, SmsMessage};
use ril_protocol::sms_pdu::DateTime;
use ril_protocol::{Errno, UnsolCode};

use super::effects::Effects;
use super::numbers::international;
use super::sms::{Acknowledgement, Redelivery};
use super::{Pace, Timer};

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
    ids: u16,
    log: Vec<String>,
}

impl Cdma {
    /// Nothing has happened.
    pub fn new(pace: Pace) -> Self {
        Self {
            callback_mode: false,
            messages: Redelivery::new(pace.acknowledge, Timer::CdmaSmsRetry),
            ids: 0,
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
