//! What a phone asks of the card, and does to it.

use fastrand::Rng;
use ril_protocol::RequestCode;
use ril_protocol::card::commands::{ABSOLUTE, READ_BINARY, READ_RECORD, UPDATE_RECORD};
use ril_protocol::card::{EF_ADN, EF_ECC, EF_ICCID, EF_SPN, folders};
use serde_json::{Value, json};

use super::{PIN, PUK};
use crate::simulation::client::Client;

impl Client {
    /// It has heard that the card is another, or has changed, and looks, as Android does.
    pub(super) fn look_at_the_card(&mut self) {
        self.ask(RequestCode::GET_SIM_STATUS, Value::Null);
        self.ask(RequestCode::GET_IMSI, json!([null]));
        self.read(EF_SPN);
    }

    /// Its user does something with the card, or its framework does.
    pub(super) fn act_on_the_card(&mut self, rng: &mut Rng) {
        match rng.u8(0..16) {
            0..2 => self.ask(RequestCode::GET_SIM_STATUS, Value::Null),
            2..4 => self.ask(RequestCode::GET_IMSI, json!([null])),
            4..9 => self.read([EF_ICCID, EF_ADN, EF_SPN, EF_ECC][rng.usize(0..4)]),
            9..12 => self.write_a_name(rng),
            _ => self.try_a_secret(rng),
        }
    }

    /// Enters a PIN or PUK, the right one or another, whether it is asked for one or not, and may or not.
    fn try_a_secret(&mut self, rng: &mut Rng) {
        let is_right = rng.u8(0..3) > 0;
        let right_or = |right: &'static str, wrong: &'static str| if is_right { right } else { wrong };
        let pin = right_or(PIN, "4711");
        match rng.u8(0..8) {
            0..4 => self.ask(RequestCode::ENTER_SIM_PIN, json!([pin, null])),
            4 => self.ask(RequestCode::ENTER_SIM_PUK, json!([right_or(PUK, "11111111"), PIN, null])),
            5 => self.ask(RequestCode::ENTER_SIM_PIN2, json!([right_or("5678", "8765"), null])),
            6 => self.ask(RequestCode::CHANGE_SIM_PIN, json!([pin, PIN, null])),
            _ => {
                let on = if rng.bool() { "1" } else { "0" };
                self.ask(RequestCode::SET_FACILITY_LOCK, json!(["SC", on, pin, "7", null]));
            }
        }
    }

    /// Reads a file, or its first record.
    fn read(&mut self, file: u16) {
        let (path, command, p1, p2, p3) = match file {
            EF_ICCID => ("3F00", READ_BINARY, 0, 0, 10),
            EF_ADN => ("3F007F10", READ_RECORD, 1, ABSOLUTE, 32),
            EF_SPN => (folders::TO_USIM, READ_BINARY, 0, 0, 17),
            _ => (folders::TO_USIM, READ_RECORD, 1, ABSOLUTE, 4),
        };
        let io = json!({"command": command, "file_id": file, "path": path, "p1": p1, "p2": p2, "p3": p3});
        self.ask(RequestCode::SIM_IO, io);
    }

    /// Writes the first name of the phone book, which only a privileged phone may.
    fn write_a_name(&mut self, rng: &mut Rng) {
        let data = format!("{:08X}{}", rng.u32(..), "FF".repeat(28));
        let io = json!({
            "command": UPDATE_RECORD, "file_id": EF_ADN, "path": "3F007F10", "p1": 1, "p2": ABSOLUTE, "p3": 32, "data": data,
        });
        self.ask(RequestCode::SIM_IO, io);
    }
}
