//! A card that changes, in half of the runs: it is pulled out, put in and swapped, written by the operator and by
//! phones, refreshed and reset, locked and unlocked, while phones read it.
//!
//! * `history`: what the card was like, and how much of that the router has been told. `phone`: what phones ask and do.
//! * `views`: what they are told. `emergency_numbers`: what the router itself reads.
//! * `pins`: what phones try.
//!
//! Checked:
//!
//! * `views`: the state of the card, its IMSI and what is in its files is nowhere older than the news of the card that
//!   the router had heard when a phone asked, nor than what phones have written; a phone with an IMSI of its own is
//!   told that, whatever the card; a phone without the privilege is asked for no PIN of a ready card.
//! * `emergency_numbers`: whenever all is calm, the router has noted those of the card that is there, and no others.
//! * `pins`: each try of a PIN or PUK that reaches the modem was made by a privileged phone that is there, and goes
//!   there once, one at a time.
//!
//! Not played: two applications on a card, which is a USIM here; PUKs that are tried until the card is lost.

mod emergency_numbers;
pub(super) mod history;
mod phone;
mod pins;
mod views;

use fastrand::Rng;
use ril_protocol::frame::Request;
use ril_protocol::payload::sim::AppState;
use ril_protocol::{Errno, RequestCode};
use serde_json::Value;

use super::Plan;
use super::world::World;
use pins::Pins;
use views::Views;

/// Keeps what the seed decides here apart from what it decides elsewhere.
const SALT: u64 = 0x0063_6172_6473;

/// What the modem may refuse; not answer; or answer late.
const REFUSED: &[&str] = &["GET_SIM_STATUS", "GET_IMSI", "SIM_IO", "SIM_OPEN_CHANNEL"];
const UNANSWERED: &[&str] = &["GET_SIM_STATUS", "GET_IMSI", "SIM_IO"];
const LATE: &[&str] = &["GET_SIM_STATUS", "GET_IMSI", "SIM_IO", "SIM_OPEN_CHANNEL"];

/// The unblocking key and PIN of every card.
const PUK: &str = "12345678";
const PIN: &str = "1234";

/// What is known of all this.
#[derive(Default)]
pub(super) struct Cards {
    /// This run has it.
    pub(super) is_played: bool,
    views: Views,
    pins: Pins,
}

impl Cards {
    /// Whether the seed wants it.
    pub(super) fn is_in(plan: Plan) -> bool {
        Rng::with_seed(plan.seed ^ SALT).bool()
    }

    /// The client of this phone is gone.
    pub(super) fn client_gone(&mut self, phone: usize) {
        self.views.client_gone(phone);
        self.pins.client_gone(phone);
    }

    /// Root is gone.
    pub(super) fn root_gone(&mut self) {
        self.views.root_gone();
        self.pins.root_gone();
    }
}

impl World {
    /// Something happens to the card, or because of it.
    pub(super) fn something_of_cards(&mut self) {
        let sim = &self.modem.model().sim;
        let (is_present, is_ready) = (sim.is_present(), sim.is_ready());
        match self.rng.u8(0..32) {
            0..8 if !is_present => self.the_card("insert"),
            0..8 if !is_ready => self.the_card_is_unlocked(),
            0..2 => self.the_card("remove"),
            2..4 => self.another_card_is_put_in(),
            4..10 => self.the_operator_writes(),
            10..12 => self.the_card("refresh init"),
            12 => self.the_card("refresh reset"),
            13 => self.the_card("lock"),
            14 => self.the_card_is_disturbed(),
            15 if self.rng.bool() => self.the_card("block"),
            _ => {
                let place = self.any_phone();
                if self.clients[place].up {
                    self.clients[place].act_on_the_card(&mut self.rng);
                }
            }
        }
    }

    /// In the words of the modem's console.
    fn the_card(&mut self, verb: &str) {
        self.tally.cards += 1;
        self.modem.console(self.now, &format!("sim {verb}"));
    }

    fn another_card_is_put_in(&mut self) {
        self.numbers += 1;
        let n = self.numbers;
        self.the_card(&format!("swap 001012{n:09} 8900101{n:012}"));
    }

    /// The service provider's name, or the emergency numbers: like nobody wrote before.
    fn the_operator_writes(&mut self) {
        self.numbers += 1;
        let n = self.numbers;
        match self.rng.u8(0..4) {
            0 => self.the_card("refresh 6f46"),
            1..3 => self.the_card(&format!("write 6f46 00{n:08X}")),
            _ => {
                let numbers = ["112".to_owned(), format!("7{n:05}")];
                let from = usize::from(self.rng.bool());
                self.the_card(&format!("ecc {}", numbers[from..].join(" ")));
            }
        }
    }

    /// Somebody enters what the card wants, whoever that is.
    fn the_card_is_unlocked(&mut self) {
        match self.modem.model().sim.app_state() {
            AppState::PUK => self.the_card(&format!("puk {PUK} {PIN}")),
            _ => self.the_card(&format!("pin {PIN}")),
        }
    }

    fn the_card_is_disturbed(&mut self) {
        let mut any = |requests: &[&'static str]| requests[self.rng.usize(0..requests.len())];
        let (refused, unanswered, late) = (any(REFUSED), any(UNANSWERED), any(LATE));
        let how = match self.rng.u8(0..3) {
            0 => format!("hang {unanswered}"),
            1 => format!("fail {refused} GENERIC_FAILURE 1"),
            _ => format!("delay {late} {}", self.rng.u32(1..60_000)),
        };
        self.modem.console(self.now, &how);
    }

    /// A phone is about to ask this.
    pub(super) fn cards_phone_asks(&mut self, place: usize, code: RequestCode, request: &Request<'_>) {
        self.note_question(place, code, request);
        self.note_try(place, code, request);
    }

    /// The modem is about to be asked this.
    pub(super) fn check_cards_request(&mut self, code: RequestCode, request: &Request<'_>) {
        self.check_pin(code, request.payload);
    }

    /// A phone has this answer.
    pub(super) fn cards_answered(&mut self, place: usize, serial: i32, errno: Errno, body: &[u8]) {
        self.check_view(place, serial, errno, body);
    }

    /// A phone has heard something that may be news of the card.
    pub(super) fn cards_heard(&mut self, place: usize) {
        if std::mem::take(&mut self.clients[place].card_is_news) && self.cards.is_played {
            self.clients[place].look_at_the_card();
        }
    }

    /// Before all that are there look at what there is.
    pub(super) fn phones_look_at_the_card(&mut self) {
        if self.cards.is_played {
            for client in self.clients.iter_mut().filter(|client| client.up) {
                client.ask(RequestCode::GET_SIM_STATUS, Value::Null);
            }
        }
    }

    /// Whenever all is calm.
    pub(super) fn check_cards_at_rest(&self) {
        if self.cards.is_played {
            self.check_emergency_numbers();
        }
    }

    /// The card is there and can be used.
    pub(super) fn the_card_is_mended(&mut self) {
        if !self.cards.is_played {
            return;
        }
        if !self.modem.model().sim.is_present() {
            self.modem.console(self.now, "sim insert");
        }
        for _ in 0..2 {
            if !self.modem.model().sim.is_ready() {
                self.the_card_is_unlocked();
            }
        }
        if !self.modem.model().sim.is_ready() {
            self.another_card_is_put_in();
        }
    }
}
