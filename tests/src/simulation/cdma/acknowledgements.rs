//! What the modem is told of the messages that it has given: once for each, and that it is taken only when it will
//! survive.
//!
//! An acknowledgement names no message: the modem takes it for that of the message that it has given last. So that one
//! is judged by.

use std::collections::HashSet;

use ril_protocol::parcel;
use ril_protocol::payload::cdma::SmsAck;

use super::texts::{V, message_in, written_in};
use crate::simulation::world::World;

/// What was given and told, and what was sent.
#[derive(Debug, Default)]
pub(super) struct Acknowledgements {
    /// What the router has heard since it told the modem of it last.
    heard: Vec<Vec<u8>>,
    /// What the modem was told to be taken.
    taken: HashSet<Vec<u8>>,
    /// Texts of phones that the network has.
    sent: HashSet<String>,
}

impl Acknowledgements {
    /// The router hears a message.
    pub(super) fn comes(&mut self, payload: &[u8]) {
        if !self.heard.iter().any(|heard| heard == payload) {
            self.heard.push(payload.to_vec());
        }
    }

    /// The modem is gone, or root is: nothing waits for an acknowledgement.
    pub(super) fn modem_gone(&mut self) {
        self.heard.clear();
    }

    /// A phone's text goes to the network, once.
    pub(super) fn is_sent(&mut self, text: &str) {
        assert!(self.sent.insert(text.to_owned()), "`{text}` is sent twice");
    }
}

impl World {
    /// The modem is about to be told of a message.
    pub(super) fn check_acknowledgement(&mut self, payload: &[u8]) {
        let heard = &mut self.cdma.acknowledgements.heard;
        assert!(!heard.is_empty(), "the modem is told of a message that it has not given, or once too often");
        let outstanding = self.modem.model().cdma.outstanding().map(|message| parcel::encode(message, V));
        let Some(message) = outstanding else {
            // It has begun anew, and will give it again.
            heard.clear();
            return;
        };
        let place = heard.iter().position(|heard| *heard == message);
        heard.swap_remove(place.expect("the modem is told of a message before it comes"));
        let ack: SmsAck = parcel::decode(payload, V).expect("an acknowledgement that can be read");
        if ack.error_class != 0 {
            return;
        }
        if self.cdma.acknowledgements.taken.insert(message.clone()) {
            self.check_survives(&message);
        }
    }

    /// The message is stored or taken; a broadcast, by each phone that is to have it.
    fn check_survives(&mut self, payload: &[u8]) {
        let message = message_in(payload);
        let text = written_in(&message);
        if message.is_service_present {
            return self.copies_are_granted(&text, payload);
        }
        let is_taken = self.clients.iter().any(|client| client.taken.contains(&text));
        assert!(
            is_taken || self.store.has(payload, ""),
            "the modem is told that `{text}` is taken, and it can be lost"
        );
    }
}
