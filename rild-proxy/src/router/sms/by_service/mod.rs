//! Short messages by way of the number service: what phones with a number of their own send, and what comes for them.
//!
//! A message goes over the service's link, or else as tagged texts in SMS between the SIM and the phone's access number
//! ([`caller_tag::text`]). Either way it is a whole TPDU, with its parts, alphabet, class and ports, and it has an id,
//! by which both sides know what comes again: nothing is doubled for being said twice.
//!
//! * `ids`: the ids of what phones send; `known`: those of what came for them.
//! * `arriving`: from the service to a mailbox. `leaving`: from phones to the service.
//!
//! Emergency messages, short codes and names are not the service's: they are sent as they came, and show the SIM's
//! number. It puts no parts together and reads no text but that of tagged texts.
//!
//! Reference: 3GPP TS 23.040, 9.2.2; `caller_tag::link`; `caller_tag::text`.

mod arriving;
mod ids;
mod known;
mod leaving;

use caller_tag::key::Key;
use caller_tag::text::unkeyed;

use crate::router::tags::TagReader;
use crate::router::{Now, PhoneId, Record};

pub(super) use arriving::Enveloped;
use arriving::Owed;
use ids::Ids;
use known::Known;
pub(super) use leaving::Piece;
use leaving::{Doubtful, Leaving};

/// The id of a message: what the texts have, and the beginning of what the link has.
pub(super) type Id = [u8; 8];

/// All that is known of messages by way of the service.
#[derive(Debug)]
pub(super) struct ByService {
    ids: Ids,
    known: Known,
    /// Messages that the service waits to hear to be taken.
    owed: Vec<Owed>,
    /// What phones want sent.
    leaving: Vec<Leaving>,
    /// What failed, and may have been sent.
    doubtful: Vec<Doubtful>,
}

impl ByService {
    pub(super) fn new() -> Self {
        Self { ids: Ids::new(), known: Known::default(), owed: Vec::new(), leaving: Vec::new(), doubtful: Vec::new() }
    }

    /// A record of an earlier life.
    pub(super) fn recall(&mut self, record: Record<'_>, phones: &crate::router::phones::Phones) {
        if !self.ids.recall(record.key, record.value) {
            self.known.recall(record.key, record.value, phones);
        }
    }

    /// A message of an earlier life that is here still, with its id.
    pub(super) fn found(&mut self, phone: PhoneId, id: Id) {
        self.known.found(phone, id);
    }

    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Now> {
        self.leaving.iter().map(Leaving::until).min()
    }
}

/// The function under tagged texts.
fn mac(tags: &TagReader) -> impl Fn(&[u8]) -> u64 + '_ {
    let key = tags.key();
    move |message| key.map_or_else(|| unkeyed(message), |key: &Key| key.mac(message))
}
