//! What phones are told of the card: no answer is older than the news that the router had heard when it was asked for,
//! nor than what the phones themselves have written.

use std::collections::HashMap;

use ril_protocol::card::commands::{GET_RESPONSE, READ_BINARY, READ_RECORD, UPDATE_RECORD};
use ril_protocol::frame::{Message, Request};
use ril_protocol::payload::Text;
use ril_protocol::payload::sim::{AppState, CardStatus, PinState, SimIo, SimIoResponse};
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use super::history::{FILES, Moment};
use crate::simulation::world::World;

const V: RilVersion = RilVersion::COMMON;

/// A question about the card that is not answered.
#[derive(Debug)]
struct Asked {
    what: What,
    /// The moment that the router knew of.
    since: usize,
}

#[derive(Debug)]
enum What {
    Status,
    Imsi,
    File { id: u16, record: usize },
    Update { id: u16, record: usize, data: String },
}

/// What phones have asked.
#[derive(Debug, Default)]
pub(super) struct Views {
    asked: HashMap<(usize, i32), Asked>,
    /// The moment of what phones know to be written, by file.
    written: HashMap<u16, usize>,
}

impl Views {
    /// The client of this phone is gone.
    pub(super) fn client_gone(&mut self, phone: usize) {
        self.asked.retain(|(place, _), _| *place != phone);
    }

    /// Root is gone, and all clients with it.
    pub(super) fn root_gone(&mut self) {
        self.asked.clear();
    }
}

impl World {
    /// A phone is about to ask this.
    pub(super) fn note_question(&mut self, place: usize, code: RequestCode, request: &Request<'_>) {
        let what = match code {
            RequestCode::GET_SIM_STATUS => What::Status,
            RequestCode::GET_IMSI => What::Imsi,
            RequestCode::SIM_IO => match parcel::decode::<SimIo>(request.payload, V).ok().and_then(|io| about(&io)) {
                Some(what) => what,
                None => return,
            },
            _ => return,
        };
        let written = match &what {
            What::File { id, .. } => self.cards.views.written.get(id).copied(),
            _ => None,
        };
        let since = self.modem.card.told().max(written.unwrap_or_default());
        self.cards.views.asked.insert((place, request.serial), Asked { what, since });
    }

    /// A phone has this answer.
    pub(super) fn check_view(&mut self, place: usize, serial: i32, errno: Errno, body: &[u8]) {
        let Some(Asked { what, since }) = self.cards.views.asked.remove(&(place, serial)) else { return };
        let Some(Message::Reply(reply)) = Message::parse(body).filter(|_| errno == Errno::SUCCESS) else { return };
        let moments = self.modem.card.since(since);
        match &what {
            What::Status => {
                let card = parcel::decode::<CardStatus>(reply.payload, V).expect("a state of the card");
                let is_privileged = self.names.is_privileged(place);
                let is_so =
                    |moment: &Moment| if is_privileged { moment.status == card } else { is_alike(moment, &card) };
                assert!(moments.iter().any(is_so), "phone {place} is shown a card that is gone: {card:?}");
                assert!(is_privileged || !shows_pins(&card), "phone {place} is shown PINs that it cannot enter");
            }
            What::Imsi => {
                let imsi = parcel::decode::<Text>(reply.payload, V).ok().flatten();
                match self.config.phone[place].imsi.first() {
                    Some(own) => assert_eq!(imsi.as_ref(), Some(own), "phone {place} has an IMSI of its own"),
                    None => assert!(
                        moments.iter().any(|moment| moment.imsi == imsi),
                        "phone {place} is told the IMSI {imsi:?} of a card that is gone"
                    ),
                }
            }
            What::File { id, record } => {
                let Some(octets) = octets_of(reply.payload) else { return };
                assert!(
                    moments.iter().filter_map(|moment| moment.file(*id, *record)).any(|file| file.starts_with(&octets)),
                    "phone {place} reads {octets} in file {id:04x}, which is not there any more"
                );
            }
            What::Update { id, record, data } => {
                if octets_of(reply.payload).is_some() {
                    let is_written = |moment: &Moment| moment.file(*id, *record) == Some(data.as_str());
                    let written = self.modem.card.when(since, is_written).expect("what was written was there");
                    let known = self.cards.views.written.entry(*id).or_default();
                    *known = written.max(*known);
                }
                return;
            }
        }
        self.tally.views += 1;
    }
}

/// What a command reads or writes, if that is looked at: a whole file, or a record.
fn about(io: &SimIo) -> Option<What> {
    let id = u16::try_from(io.file_id).ok().filter(|id| FILES.contains(id))?;
    let record = usize::try_from(io.p1).ok()?;
    match (io.command, io.p1, io.p2) {
        (GET_RESPONSE, ..) => None,
        (READ_BINARY, 0, 0) => Some(What::File { id, record: 1 }),
        (READ_RECORD, ..) => Some(What::File { id, record }),
        (UPDATE_RECORD, ..) => Some(What::Update { id, record, data: io.data.clone()? }),
        _ => None,
    }
}

/// What the card gave, if it has done what it was told; nothing is an empty text.
fn octets_of(payload: &[u8]) -> Option<String> {
    let SimIoResponse { sw1, sw2, response } = parcel::decode(payload, V).ok()?;
    ((sw1, sw2) == (0x90, 0)).then(|| response.unwrap_or_default())
}

/// Whether a card is what it was then, but for its PINs.
fn is_alike(moment: &Moment, card: &CardStatus) -> bool {
    let seen = |card: &CardStatus| {
        let apps = card.applications.iter().map(|app| (app.app_type, app.app_state, app.aid.clone()));
        (card.card_state, apps.collect::<Vec<_>>())
    };
    seen(&moment.status) == seen(card)
}

/// Whether a card that is ready asks for a PIN, or says what somebody has entered.
fn shows_pins(card: &CardStatus) -> bool {
    let mut ready = card.applications.iter().filter(|app| app.app_state == AppState::READY);
    ready.any(|app| {
        app.pin1 == PinState::ENABLED_NOT_VERIFIED
            || matches!(app.pin2, PinState::ENABLED_VERIFIED | PinState::ENABLED_BLOCKED)
    })
}
