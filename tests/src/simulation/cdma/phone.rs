//! What a phone asks and hears in a CDMA network.

use fastrand::Rng;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{RequestCode, UnsolCode, parcel};
use serde_json::{Value, json};

use super::texts::{V, message_in, message_to, written_in};
use crate::simulation::client::Client;
use crate::simulation::names;

/// Verdicts on a message: `RIL_CDMA_SMS_ErrorClass`, and the cause "no resources".
const TAKEN: [i32; 2] = [0, 0];
const NO_ROOM: [i32; 2] = [2, 35];

/// What a phone says to a message.
pub(in crate::simulation) fn verdict(is_taken: bool) -> Value {
    let [error_class, cause] = if is_taken { TAKEN } else { NO_ROOM };
    json!({ "error_class": error_class, "sms_cause_code": cause })
}

impl Client {
    /// Its user does something, or its framework does.
    pub(super) fn act_in_cdma(&mut self, rng: &mut Rng) {
        match rng.u8(0..13) {
            0..3 => self.ask(RequestCode::CDMA_FLASH, json!("")),
            3 => self.ask(RequestCode::CDMA_BURST_DTMF, json!(["12", "100", "50"])),
            4 => self.ask(RequestCode::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE, json!([rng.u8(0..2)])),
            5 => self.ask(RequestCode::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE, Value::Null),
            6 => self.ask(RequestCode::EXIT_EMERGENCY_CALLBACK_MODE, Value::Null),
            7..9 => self.write_by_cdma(),
            9 => self.ask(RequestCode::CDMA_WRITE_SMS_TO_RUIM, json!({"status": 1})),
            10 => self.ask(RequestCode::CDMA_DELETE_SMS_ON_RUIM, json!([rng.u8(1..12)])),
            11 => self.ask(RequestCode::VOICE_RADIO_TECH, Value::Null),
            _ => self.ask(RequestCode::CDMA_SUBSCRIPTION, Value::Null),
        }
    }

    fn write_by_cdma(&mut self) {
        let n = self.next_text();
        let message = message_to(&self.names.recipient(self.place, n), &names::written(self.place, n, false));
        self.ask_with(RequestCode::CDMA_SEND_SMS, &parcel::encode(&message, V));
    }

    /// It hears of something that only CDMA has.
    pub(in crate::simulation) fn hear_cdma_news(&mut self, code: UnsolCode, payload: &[u8]) {
        match code {
            UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE => self.in_callback_mode = true,
            UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE => self.in_callback_mode = false,
            _ => {}
        }
        self.news.push((code, payload.to_vec()));
    }

    /// It is given a message. One in airplane mode, or on its way there, hears of an emergency at once, and owes
    /// nothing for it.
    pub(in crate::simulation) fn hear_cdma_message(&mut self, payload: &[u8]) {
        let message = message_in(payload);
        let text = written_in(&message);
        let is_own = message.is_service_present || self.names.is_message_for(&text, self.place);
        let is_switching = self.open().contains(&RequestCode::RADIO_POWER);
        let is_off = self.wants_radio == Some(false) && (self.radio != Some(RadioState::ON) || is_switching);
        if message.is_service_present && (is_off || self.has_message()) {
            self.alerted.push(text);
        } else {
            self.take_in(text, is_own, RequestCode::CDMA_SMS_ACKNOWLEDGE);
        }
    }

    /// It acknowledges what it was not given, at once; false if it has been given something.
    pub(super) fn acknowledges_nothing(&mut self, rng: &mut Rng) -> bool {
        if self.has_message() || self.has_something_to_say() {
            return false;
        }
        match rng.u8(0..3) {
            0 => self.ask(RequestCode::SMS_ACKNOWLEDGE, json!([1, 0])),
            1 => self.ask(RequestCode::CDMA_SMS_ACKNOWLEDGE, verdict(false)),
            _ => self.ask(RequestCode::CDMA_SMS_ACKNOWLEDGE, verdict(true)),
        }
        true
    }
}
