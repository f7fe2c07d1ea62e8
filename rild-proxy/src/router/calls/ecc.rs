//! The SIM's own emergency numbers: EF_ECC, file 6FB7.
//!
//! The router reads the file when an answer to GET_SIM_STATUS first shows a card with an application that can be read,
//! and again when the card says that it changed; phones ask for that status at every start and every change. The
//! numbers are remembered durably, so that they hold before a card is read. Reading fails silently: the next status
//! tries again, and so does the router if the card has changed meanwhile. Unless the card has said that it has no such
//! file, that status is the modem's and not one that is kept, for else nothing might be tried before the card changes.
//!
//! Reference: 3GPP TS 31.102, 4.2.21 (USIM: records); 3GPP TS 51.011, 10.3.27 (SIM: three bytes a number).

use ril_protocol::card::commands::{ABSOLUTE, GET_RESPONSE, READ_BINARY, READ_RECORD};
use ril_protocol::card::{EF_ECC, folders};
use ril_protocol::hex::from_hex;
use ril_protocol::parcel;
use ril_protocol::payload::sim::{AppState, AppType, CardState, CardStatus, SimIo, SimIoResponse};
use ril_protocol::{RequestCode, UnsolCode};

use super::emergency::MOST_OF_SIM;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask};
use crate::router::sim::files::{Refreshed, is_final, refreshed};
use crate::router::sim::layout::Layout;
use crate::router::{Actions, Kind, Now, Router};

/// The length of the answer to GET RESPONSE about a file of records.
const RESPONSE_LEN: i32 = 15;
/// Most records of a file (ETSI TS 102 221, 8.2.2.2).
const MOST_RECORDS: i32 = 254;
/// Most that one READ BINARY returns.
const MOST_READ: i32 = 255;
/// A number in EF_ECC.
const NUMBER_LEN: usize = 3;

/// What is known of the card's file, and how far reading it is.
#[derive(Debug, Default)]
pub(super) struct EccReader {
    /// The application to read it from, when there is one.
    app: Option<App>,
    /// It was read since the card last changed.
    is_read: bool,
    reading: Option<Reading>,
}

#[derive(Clone, Debug)]
struct App {
    is_usim: bool,
    aid: Option<String>,
}

#[derive(Debug)]
struct Reading {
    app: App,
    step: Step,
    numbers: Vec<String>,
    /// The card changed meanwhile.
    again: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// How large is it?
    Layout,
    /// All of it.
    Whole { size: i32 },
    /// This record of so many, each so long.
    Record { number: i32, of: i32, len: i32 },
}

impl Router {
    /// An answer to GET_SIM_STATUS, whoever asked.
    pub(in crate::router) fn card_seen(&mut self, now: Now, answer: Answer<'_>, out: &mut Actions) {
        let Ok(card) = parcel::decode::<CardStatus>(answer.payload, self.version()) else { return };
        if !answer.is_ok() {
            return;
        }
        self.voice.numbers.no_sim = card.card_state == CardState::ABSENT;
        let ecc = &mut self.voice.ecc;
        ecc.app = app_of(&card);
        if ecc.app.is_none() {
            ecc.is_read = false;
        } else if !ecc.is_read && ecc.reading.is_none() {
            self.read_ecc(now, out);
        }
    }

    /// SIM_STATUS_CHANGED or SIM_REFRESH: what was read may be old.
    pub(in crate::router) fn card_changed(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        if code == UnsolCode::SIM_REFRESH
            && let Refreshed::File(file) = refreshed(payload, self.version())
            && file != i32::from(EF_ECC)
        {
            return;
        }
        let ecc = &mut self.voice.ecc;
        ecc.is_read = false;
        match &mut ecc.reading {
            Some(reading) => reading.again = true,
            None if code == UnsolCode::SIM_REFRESH => self.read_ecc(now, out),
            None => {}
        }
    }

    fn read_ecc(&mut self, now: Now, out: &mut Actions) {
        let Some(app) = self.voice.ecc.app.clone() else { return };
        self.voice.ecc.reading = Some(Reading { app, step: Step::Layout, numbers: Vec::new(), again: false });
        self.ask_ecc(now, out);
    }

    fn ask_ecc(&mut self, now: Now, out: &mut Actions) {
        let Some(reading) = &self.voice.ecc.reading else { return };
        let order = Order { code: RequestCode::SIM_IO, payload: parcel::encode(&reading.command(), self.version()) };
        if !self.ask(now, Ask::EmergencyNumbers, &order, out) {
            self.voice.ecc.reading = None;
        }
    }

    /// The card answered the router's question about EF_ECC.
    pub(in crate::router) fn on_ecc(&mut self, now: Now, answer: Answer<'_>, out: &mut Actions) {
        let Some(mut reading) = self.voice.ecc.reading.take() else { return };
        let io = parcel::decode::<SimIoResponse>(answer.payload, self.version()).ok();
        let io = io.filter(|_| answer.is_ok());
        let is_final = io.as_ref().is_some_and(|io| is_final((io.sw1, io.sw2)));
        let io = io.filter(SimIoResponse::is_done);
        let Some(data) = io.and_then(|io| from_hex(io.response.as_deref().unwrap_or_default())) else {
            if reading.again {
                self.read_ecc(now, out);
            } else if !is_final {
                self.answers.forget(RequestCode::GET_SIM_STATUS);
            }
            return;
        };
        if reading.step == Step::Layout && Layout::read(&data).is_none() {
            return; // What cannot be read says nothing of the numbers.
        }
        match reading.take(&data) {
            Some(next) => {
                reading.step = next;
                self.voice.ecc.reading = Some(reading);
                self.ask_ecc(now, out);
            }
            None => {
                self.learn_numbers(reading.numbers, out);
                if reading.again {
                    self.read_ecc(now, out);
                } else {
                    self.voice.ecc.is_read = true;
                }
            }
        }
    }

    /// These are the SIM's numbers now.
    fn learn_numbers(&mut self, numbers: Vec<String>, out: &mut Actions) {
        let before = std::mem::replace(&mut self.voice.numbers.of_sim, numbers);
        for gone in before.iter().filter(|number| !self.voice.numbers.of_sim.contains(number)) {
            self.journal.remove(Kind::EmergencyNumber, gone.as_bytes(), out);
        }
        for new in self.voice.numbers.of_sim.iter().filter(|number| !before.contains(number)) {
            self.journal.put(Kind::EmergencyNumber, new.as_bytes(), &[], out);
        }
    }

    /// A number of the SIM that was read in an earlier life.
    pub(in crate::router) fn recall_emergency_number(&mut self, key: &[u8]) {
        let of_sim = &mut self.voice.numbers.of_sim;
        if let Ok(number) = std::str::from_utf8(key)
            && of_sim.len() < MOST_OF_SIM
        {
            of_sim.push(number.to_owned());
        }
    }

    /// The modem side is gone, and the card with it.
    pub(in crate::router) fn forget_card(&mut self) {
        self.voice.ecc = EccReader::default();
        self.voice.numbers.no_sim = false;
    }
}

impl Reading {
    fn command(&self) -> SimIo {
        let (command, p1, p2, p3) = match self.step {
            Step::Layout => (GET_RESPONSE, 0, 0, RESPONSE_LEN),
            Step::Whole { size } => (READ_BINARY, 0, 0, size.min(MOST_READ)),
            Step::Record { number, len, .. } => (READ_RECORD, number, ABSOLUTE, len),
        };
        let path = if self.app.is_usim { folders::TO_USIM } else { folders::TO_GSM };
        SimIo {
            command,
            file_id: EF_ECC.into(),
            path: Some(path.to_owned()),
            p1,
            p2,
            p3,
            aid: self.app.aid.clone(),
            ..Default::default()
        }
    }

    /// Takes the answer in; what to ask next, if anything.
    fn take(&mut self, data: &[u8]) -> Option<Step> {
        match self.step {
            Step::Layout => match Layout::read(data)? {
                Layout::Transparent { size } => Some(Step::Whole { size }).filter(|_| size > 0),
                Layout::Records { count, len } => {
                    Some(Step::Record { number: 1, of: count.min(MOST_RECORDS), len }).filter(|_| count > 0)
                }
            },
            Step::Whole { .. } => {
                data.chunks_exact(NUMBER_LEN).for_each(|number| self.add(number));
                None
            }
            Step::Record { number, of, len } => {
                self.add(data);
                Some(Step::Record { number: number + 1, of, len }).filter(|_| number < of)
            }
        }
    }

    fn add(&mut self, field: &[u8]) {
        if let Some(number) = field.get(..NUMBER_LEN).and_then(number)
            && self.numbers.len() < MOST_OF_SIM
            && !self.numbers.contains(&number)
        {
            self.numbers.push(number);
        }
    }
}

/// The application whose EF_ECC counts. The file may be read before any PIN is entered.
fn app_of(card: &CardStatus) -> Option<App> {
    if card.card_state != CardState::PRESENT {
        return None;
    }
    let chosen = usize::try_from(card.gsm_umts_subscription_app_index).ok();
    let app = chosen.and_then(|index| card.applications.get(index))?;
    let is_up = matches!(app.app_state, AppState::PIN | AppState::PUK | AppState::SUBSCRIPTION_PERSO | AppState::READY);
    let is_usim = app.app_type == AppType::USIM;
    (is_up && (is_usim || app.app_type == AppType::SIM)).then(|| App { is_usim, aid: app.aid.clone() })
}

/// Digits, two to a byte, the first in the lower half (3GPP TS 24.008, 10.5.4.7); `F` ends them.
fn number(field: &[u8]) -> Option<String> {
    let halves = field.iter().flat_map(|byte| [byte & 0xf, byte >> 4]);
    let digit = |half| match half {
        0..=9 => Some(char::from(b'0' + half)),
        0xa => Some('*'),
        0xb => Some('#'),
        _ => None,
    };
    let number: String = halves.map_while(digit).collect();
    // A file that was never written right must not make a single key an emergency call.
    (number.len() > 1).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_in_halves_of_bytes() {
        assert_eq!(number(&[0x11, 0xf2, 0xff]).as_deref(), Some("112"));
        assert_eq!(number(&[0x11, 0x22, 0x33]).as_deref(), Some("112233"));
        assert_eq!(number(&[0xba, 0x21, 0xff]).as_deref(), Some("*#12"));
        for none in [[0xff; 3], [0xf1, 0xff, 0xff], [0xc1, 0xff, 0xff]] {
            assert_eq!(number(&none), None);
        }
    }
}
