//! The state of the card, as phones see it.
//!
//! A phone that may not enter PINs is shown a card of which no PIN is asked, once the card is ready. While the card is
//! locked it is shown as locked to all: a card that appears only after somebody has entered the PIN would be one that
//! was just put in, and Android asks for a restart then. Application states are never touched.
//!
//! Reference: ril.h, `RIL_CardStatus_v6`.

use ril_protocol::RilVersion;
use ril_protocol::parcel;
use ril_protocol::payload::sim::{AppState, AppStatus, CardState, CardStatus, PinState};

use crate::router::pending::Answer;
use crate::router::{Actions, Router};

/// The card as it looks to a phone that may not enter PINs; `None` if that is as it is.
pub(in crate::router) fn without_pins(payload: &[u8], version: RilVersion) -> Option<Vec<u8>> {
    let mut card = parcel::decode::<CardStatus>(payload, version).ok()?;
    let before = card.clone();
    let is_ready = |app: &AppStatus| app.app_state == AppState::READY;
    if card.applications.iter().any(is_ready) {
        entered(&mut card.universal_pin_state);
    }
    for app in card.applications.iter_mut().filter(|app| is_ready(app)) {
        entered(&mut app.pin1);
        // Whether somebody else has entered it, or lost it, is nobody's business.
        if matches!(app.pin2, PinState::ENABLED_VERIFIED | PinState::ENABLED_BLOCKED) {
            app.pin2 = PinState::ENABLED_NOT_VERIFIED;
        }
    }
    (card != before).then(|| parcel::encode(&card, version))
}

fn entered(pin: &mut PinState) {
    if *pin == PinState::ENABLED_NOT_VERIFIED {
        *pin = PinState::ENABLED_VERIFIED;
    }
}

/// Whether this is more than a moment of a card that is starting: not every modem tells each step of that.
pub(in crate::router) fn is_settled(payload: &[u8], version: RilVersion) -> bool {
    let Ok(card) = parcel::decode::<CardStatus>(payload, version) else { return false };
    let starting = |app: &AppStatus| matches!(app.app_state, AppState::UNKNOWN | AppState::DETECTED);
    card.card_state == CardState::PRESENT && !card.applications.iter().any(starting)
}

impl Router {
    /// What the state of the card says: without a card there is nothing to know of its PINs, no channel and no menu. A
    /// channel counts as closed also where another card may be there by now: it would be that one's.
    pub(in crate::router) fn learn_card(&mut self, answer: Answer<'_>, is_current: bool, out: &mut Actions) {
        let card = parcel::decode::<CardStatus>(answer.payload, self.version());
        if answer.is_ok() && card.is_ok_and(|card| card.card_state == CardState::ABSENT) {
            self.pins.forget_card();
            self.forget_channels(out);
            if is_current {
                self.toolkit.card_gone();
            }
        }
    }
}
