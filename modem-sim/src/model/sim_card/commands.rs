//! Raw commands to the card, as they go over its contacts: what a client of the SIM Access Profile sends.
//!
//! Both classes are understood, that of GSM (`A0`) and that of ISO/IEC 7816-4 (`00`), and both select, read and write
//! the files that `SIM_IO` does. Files are described as there, by 3GPP TS 51.011, 9.2.1, also in class `00`. There is
//! no authentication, no INCREASE, INVALIDATE or SEEK, and no logical channel.
//!
//! Reference: 3GPP TS 51.011, 9.2 and 9.4; ETSI TS 102 221, 10.2 and 11.1.

use ril_protocol::card::commands::{
    BY_NAME, GET_RESPONSE, READ_BINARY, READ_RECORD, SELECT, STATUS, UPDATE_BINARY, UPDATE_RECORD,
};
use ril_protocol::card::folders;
use ril_protocol::hex::{from_hex, to_upper_hex};
use ril_protocol::payload::sim::SimIo;

use super::SimCard;
use super::file_system::Granted;

const GSM: u8 = 0xa0;
const ISO: u8 = 0x00;
/// STATUS of a USIM.
const UICC: u8 = 0x80;

/// Tries a PIN.
const VERIFY: i32 = 0x20;

/// The master file.
const MASTER: &str = "3F00";
const DIRECTORIES: [&str; 4] = [MASTER, "7F10", "7F20", "7FFF"];

type Words = [u8; 2];
const DONE: Words = [0x90, 0x00];
const NO_FILE_SELECTED: Words = [0x94, 0x00];
const NOT_FOUND: Words = [0x94, 0x04];
const WRONG_PIN: Words = [0x98, 0x04];
const PIN_BLOCKED: Words = [0x98, 0x40];
const WRONG_LENGTH: Words = [0x67, 0x00];
const WRONG_PARAMETER: Words = [0x6b, 0x00];
const UNKNOWN_INSTRUCTION: Words = [0x6d, 0x00];
const UNKNOWN_CLASS: Words = [0x6e, 0x00];

/// What a command found and left behind: the present directory and file, and what GET RESPONSE gives.
#[derive(Debug)]
pub(super) struct Place {
    path: String,
    file: Option<u16>,
    response: Vec<u8>,
    pin2: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self { path: MASTER.to_owned(), file: None, response: Vec::new(), pin2: false }
    }
}

/// A command taken apart.
struct Command<'a> {
    class: u8,
    instruction: i32,
    p1: u8,
    p2: u8,
    p3: u8,
    data: &'a [u8],
}

impl<'a> Command<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let ([class, instruction, p1, p2], rest) = bytes.split_first_chunk()?;
        let (p3, data) = rest.split_first().map_or((0, rest), |(p3, data)| (*p3, data));
        Some(Self { class: *class, instruction: i32::from(*instruction), p1: *p1, p2: *p2, p3, data })
    }

    /// The data, if there is as much as is said. What comes behind it says how much is wanted back.
    fn body(&self) -> Result<&'a [u8], Words> {
        self.data.get(..self.p3.into()).filter(|_| self.data.len() <= usize::from(self.p3) + 1).ok_or(WRONG_LENGTH)
    }
}

impl SimCard {
    /// Carries out a command; the answer with its status words.
    pub(in super::super) fn command(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(command) = Command::read(bytes) else { return WRONG_LENGTH.to_vec() };
        let is_known = matches!(command.class, GSM | ISO) || command.class == UICC && command.instruction == STATUS;
        if !is_known {
            return UNKNOWN_CLASS.to_vec();
        }
        let answer = match command.instruction {
            SELECT => self.select(&command),
            GET_RESPONSE => self.response(&command),
            STATUS => Ok((self.directory(), DONE)),
            VERIFY => self.verify(&command),
            READ_BINARY | READ_RECORD | UPDATE_BINARY | UPDATE_RECORD => self.access(&command),
            _ => Err(UNKNOWN_INSTRUCTION),
        };
        match answer {
            Ok((data, words)) => [data, words.to_vec()].concat(),
            Err(words) => words.to_vec(),
        }
    }

    fn select(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, Words), Words> {
        let name = to_upper_hex(command.body()?);
        self.place.response.clear();
        if i32::from(command.p1) == BY_NAME {
            if !self.knows(&name) {
                return Err(NOT_FOUND);
            }
            folders::TO_USIM.clone_into(&mut self.place.path);
            self.place.file = None;
        } else {
            let last = name.get(name.len().saturating_sub(4)..).unwrap_or_default();
            if DIRECTORIES.contains(&last) {
                self.place.path = if last == MASTER { MASTER.to_owned() } else { format!("{MASTER}{last}") };
                self.place.file = None;
            } else {
                let id = u16::from_str_radix(last, 16).map_err(|_| WRONG_LENGTH)?;
                let described = self.run(GET_RESPONSE, id, command, None)?;
                self.place.file = Some(id);
                self.place.response = described;
            }
        }
        if self.place.file.is_none() {
            self.place.response = self.directory();
        }
        // "There is an answer of this length" is another one in each class (TS 51.011, 9.4.1; TS 102 221, 7.3.1.1.4).
        let more = if command.class == GSM { 0x9f } else { 0x61 };
        Ok((Vec::new(), [more, u8::try_from(self.place.response.len()).unwrap_or(u8::MAX)]))
    }

    fn response(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, Words), Words> {
        let wanted = usize::from(command.p3);
        let response = &self.place.response;
        match response.get(..wanted) {
            _ if wanted == 0 => Ok((response.clone(), DONE)),
            Some(part) => Ok((part.to_vec(), DONE)),
            None => Err([0x67, u8::try_from(response.len()).unwrap_or(0)]),
        }
    }

    fn access(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, Words), Words> {
        let id = self.place.file.ok_or(NO_FILE_SELECTED)?;
        let writes = matches!(command.instruction, UPDATE_BINARY | UPDATE_RECORD);
        let data = if writes { Some(to_upper_hex(command.body()?)) } else { None };
        Ok((self.run(command.instruction, id, command, data)?, DONE))
    }

    /// Does to a file what `SIM_IO` would.
    fn run(&mut self, instruction: i32, id: u16, of: &Command<'_>, data: Option<String>) -> Result<Vec<u8>, Words> {
        let command = SimIo {
            command: instruction,
            file_id: id.into(),
            path: Some(self.place.path.clone()),
            p1: of.p1.into(),
            p2: of.p2.into(),
            p3: of.p3.into(),
            data,
            ..SimIo::default()
        };
        let answer = self.files.run(&command, Granted { pin1: self.pin1.is_open(), pin2: self.place.pin2 });
        let words = [answer.sw1, answer.sw2].map(|word| u8::try_from(word).unwrap_or(0));
        if words == DONE { Ok(answer.response.and_then(|hex| from_hex(&hex)).unwrap_or_default()) } else { Err(words) }
    }

    /// VERIFY CHV: the digits, filled up with `FF` to eight octets (TS 51.011, 9.3).
    fn verify(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, Words), Words> {
        let entered = command.body()?;
        if entered.len() != 8 {
            return Err(WRONG_LENGTH);
        }
        let digits: String =
            entered.iter().take_while(|octet| **octet != 0xff).map(|octet| char::from(*octet)).collect();
        let pin = match command.p2 {
            1 => &mut self.pin1,
            2 => &mut self.pin2,
            _ => return Err(WRONG_PARAMETER),
        };
        let tried = pin.verify(&digits);
        if command.p2 == 2 {
            self.place.pin2 = tried.is_ok();
        }
        match tried {
            Ok(_) => Ok((Vec::new(), DONE)),
            Err((_, 0)) => Err(PIN_BLOCKED),
            Err(_) => Err(WRONG_PIN),
        }
    }

    /// The present directory, as SELECT and STATUS describe one (TS 51.011, 9.2.1).
    fn directory(&self) -> Vec<u8> {
        let id = from_hex(self.place.path.get(self.place.path.len() - 4..).unwrap_or(MASTER)).unwrap_or_default();
        let kind = if self.place.path == MASTER { 1 } else { 2 };
        let tries = |tries: i32| 0x80 | u8::try_from(tries).unwrap_or(0);
        let without_pin = if self.pin1.is_enabled() { 0 } else { 0x80 };
        let pins = [tries(self.pin1.tries()), 0x8a, tries(self.pin2.tries()), 0x8a];
        [&[0; 4], &id[..], &[kind, 0, 0, 0, 0, 0, 9, without_pin, 3, 0, 4, 0], &pins].concat()
    }
}
