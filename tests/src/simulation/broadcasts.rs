//! Cell broadcast: what the network says on which channel, what phones have chosen, and who may hear what.
//!
//! A page is told at once, once, to the phones whose own choice has its channel; a public warning to all that have
//! telephony. What a phone is told that it has chosen, it has chosen itself. Whenever all is calm, the modem listens to
//! the channels that connected phones want. That it listens to no others is not checked: a modem side that outlives the
//! router keeps what it was told until somebody wants something.
//!
//! What a phone wants is in doubt while its question is not answered, after one that was refused, and after root was
//! killed before what it confirmed was durable; then it may hear a page of either choice.
//!
//! Reference: 3GPP TS 23.041, 9.4.1.2 and 9.4.2.2; ril.h 89 to 91 and 1021.

use std::ops::RangeInclusive;

use ril_protocol::frame::{Message, Request};
use ril_protocol::payload::Raw;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::sms::GsmBroadcastConfig;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use serde_json::json;

use super::world::World;

const V: RilVersion = RilVersion::COMMON;

/// Channels on which something is said.
const CHANNELS: &[u16] = &[50, 51, 60, 919];
/// Public warnings: ETWS, and CMAS.
const WARNINGS: &[u16] = &[4352, 4370, 6399];
const ALL_WARNINGS: RangeInclusive<u16> = 4352..=6399;
/// Coding schemes: that of the simulated network, and another.
const CODINGS: [u8; 2] = [0x01, 0x11];
/// Octets of a page in GSM, of an ETWS primary notification, and of a message of one page in UMTS.
const PAGE: usize = 88;
const PRIMARY_NOTIFICATION: usize = 56;
const UMTS_MESSAGE: usize = 7 + 83;
/// Most ranges that a phone chooses here.
const MOST_RANGES: usize = 3;
/// Switches broadcast on (ril.h 91).
const ON: i32 = 0;

type Channels = Vec<GsmBroadcastConfig>;

/// What a phone may have chosen of one kind, in the order in which it did, with the serials.
#[derive(Debug)]
pub(super) struct Choice<T> {
    made: Vec<(i32, T)>,
    /// From here on it may be any of them.
    certain: usize,
    /// From here on it may be any of them when root is killed.
    durable: usize,
}

impl<T: Default> Choice<T> {
    pub(super) fn new() -> Self {
        Self { made: vec![(0, T::default())], certain: 0, durable: 0 }
    }

    /// A phone chooses this.
    pub(super) fn makes(&mut self, serial: i32, choice: T) {
        self.made.push((serial, choice));
    }

    /// All that root has noted is durable.
    pub(super) fn all_is_durable(&mut self) {
        self.durable = self.certain;
    }

    /// Root is killed.
    pub(super) fn root_gone(&mut self) {
        self.certain = self.durable;
    }

    pub(super) fn answered(&mut self, serial: i32, errno: Errno) {
        let place = self.made.iter().position(|(asked, _)| *asked == serial);
        if let Some(place) = place.filter(|place| errno == Errno::SUCCESS && *place > self.certain) {
            self.certain = place;
        }
    }

    pub(super) fn possible(&self) -> impl Iterator<Item = &T> {
        self.made[self.certain..].iter().map(|(_, choice)| choice)
    }

    /// Whether this holds of what it has chosen last, and was told to have.
    pub(super) fn is_granted(&self, holds: impl Fn(&T) -> bool) -> bool {
        self.made[self.certain..].len() == 1 && self.is(holds) == Some(true)
    }

    /// Whether this holds of what it has chosen, unless that is in doubt.
    pub(super) fn is(&self, holds: impl Fn(&T) -> bool) -> Option<bool> {
        let mut possible = self.possible().map(holds);
        let first = possible.next()?;
        possible.all(|other| other == first).then_some(first)
    }
}

/// What one phone has chosen.
#[derive(Debug)]
struct Choices {
    channels: Choice<Channels>,
    /// `None` until it has said whether.
    active: Choice<Option<bool>>,
}

/// What phones have chosen, and what is said just now.
#[derive(Debug)]
pub(super) struct Broadcasts {
    phones: Vec<Choices>,
    /// The page that the router hears just now, and who is to hear it.
    page: Option<(Vec<u8>, Vec<Option<bool>>)>,
    /// The modem has not answered what it was to listen to, which it is not told again in vain.
    unanswered: bool,
}

/// What a page is about.
#[derive(Clone, Copy, Debug)]
struct Head {
    channel: u16,
    coding: Option<u8>,
}

impl Head {
    /// Reads what this schedule or the simulated network says.
    fn read(page: &[u8]) -> Option<Self> {
        let (at, coding) = match page.len() {
            PAGE => (2, Some(page[4])),
            UMTS_MESSAGE => (1, Some(page[5])),
            PRIMARY_NOTIFICATION => (2, None),
            _ => return None,
        };
        Some(Self { channel: u16::from_be_bytes([page[at], page[at + 1]]), coding })
    }

    fn is_in(self, range: &GsmBroadcastConfig) -> bool {
        let codings = range.from_code_scheme..=range.to_code_scheme;
        (range.from_service_id..=range.to_service_id).contains(&i32::from(self.channel))
            && self.coding.is_none_or(|coding| codings.contains(&i32::from(coding)))
    }

    fn is_in_all_and_excepted_from_none(self, channels: &Channels) -> bool {
        let mut ranges = channels.iter().filter(|range| self.is_in(range)).peekable();
        ranges.peek().is_some() && ranges.all(|range| range.selected)
    }
}

impl Broadcasts {
    pub(super) fn new(phones: usize) -> Self {
        let none = |_| Choices { channels: Choice::new(), active: Choice::new() };
        Self { phones: (0..phones).map(none).collect(), page: None, unanswered: false }
    }

    /// The router comes to the modem side.
    pub(super) fn linked(&mut self) {
        self.unanswered = false;
    }

    /// The modem has not answered this in time.
    pub(super) fn timed_out(&mut self, code: RequestCode) {
        let tells = [RequestCode::GSM_SET_BROADCAST_SMS_CONFIG, RequestCode::GSM_SMS_BROADCAST_ACTIVATION];
        self.unanswered |= tells.contains(&code);
    }

    /// A phone asks something, perhaps about this.
    pub(super) fn asks(&mut self, place: usize, code: RequestCode, request: &Request<'_>) {
        let Choices { channels, active } = &mut self.phones[place];
        match code {
            RequestCode::GSM_SET_BROADCAST_SMS_CONFIG => {
                let Ok(chosen) = parcel::decode::<Channels>(request.payload, V) else { return };
                channels.makes(request.serial, chosen);
            }
            RequestCode::GSM_SMS_BROADCAST_ACTIVATION => {
                let Ok(numbers) = parcel::decode::<Vec<i32>>(request.payload, V) else { return };
                active.makes(request.serial, numbers.first().map(|first| *first == ON));
            }
            _ => {}
        }
    }

    /// A phone has an answer.
    pub(super) fn answered(&mut self, place: usize, code: RequestCode, serial: i32, errno: Errno, body: &[u8]) {
        let Choices { channels, active } = &mut self.phones[place];
        match code {
            RequestCode::GSM_SET_BROADCAST_SMS_CONFIG => channels.answered(serial, errno),
            RequestCode::GSM_SMS_BROADCAST_ACTIVATION => active.answered(serial, errno),
            RequestCode::GSM_GET_BROADCAST_SMS_CONFIG if errno == Errno::SUCCESS => {
                let Some(Message::Reply(reply)) = Message::parse(body) else { return };
                let told = parcel::decode::<Channels>(reply.payload, V).unwrap_or_default();
                let is_own = channels.possible().any(|choice| *choice == told);
                assert!(is_own, "phone {place} is told channels that it has not chosen");
            }
            _ => {}
        }
    }

    /// All that root has noted is durable.
    pub(super) fn all_is_durable(&mut self) {
        for Choices { channels, active } in &mut self.phones {
            channels.all_is_durable();
            active.all_is_durable();
        }
    }

    /// Root is killed.
    pub(super) fn root_gone(&mut self) {
        for Choices { channels, active } in &mut self.phones {
            channels.root_gone();
            active.root_gone();
        }
    }
}

impl World {
    /// A phone chooses, or the network broadcasts something.
    pub(super) fn something_is_broadcast(&mut self) {
        let place = self.any_phone();
        let is_up = self.clients[place].up;
        match self.rng.u8(0..10) {
            0..3 if is_up => self.chooses_channels(place),
            3 if is_up => self.clients[place].ask(RequestCode::GSM_SMS_BROADCAST_ACTIVATION, json!([ON])),
            4 if is_up => self.clients[place].ask(RequestCode::GSM_GET_BROADCAST_SMS_CONFIG, json!(null)),
            5 => {
                let channel = CHANNELS[self.rng.usize(0..CHANNELS.len())];
                self.modem.console(self.now, &format!("cb {channel} Something"));
            }
            _ => self.modem_hears_a_page(),
        }
    }

    /// Some of the channels, with exceptions, or none.
    fn chooses_channels(&mut self, place: usize) {
        let ranges = self.rng.usize(0..=MOST_RANGES);
        let mut chosen = Vec::new();
        for _ in 0..ranges {
            let from = CHANNELS[self.rng.usize(0..CHANNELS.len())];
            let (codings, selected) = (if self.rng.bool() { 0xff } else { 0x0f }, self.rng.u8(0..4) > 0);
            let to = from + self.rng.u16(0..3);
            chosen.push(json!({
                "from_service_id": from, "to_service_id": to, "from_code_scheme": 0, "to_code_scheme": codings,
                "selected": selected
            }));
        }
        self.clients[place].ask(RequestCode::GSM_SET_BROADCAST_SMS_CONFIG, json!(chosen));
    }

    /// The modem has heard something, whether it was told to listen or not: it was perhaps told so too late.
    fn modem_hears_a_page(&mut self) {
        let channels = if self.rng.u8(0..3) == 0 { WARNINGS } else { CHANNELS };
        let [high, low] = channels[self.rng.usize(0..channels.len())].to_be_bytes();
        let coding = CODINGS[self.rng.usize(0..CODINGS.len())];
        self.numbers += 1;
        let [.., serial_high, serial_low] = self.numbers.to_be_bytes();
        let mut page = match self.rng.u8(0..8) {
            0 => vec![serial_high, serial_low],
            1 => vec![1, high, low, serial_high, serial_low, coding, 1],
            2 => vec![serial_high, serial_low, high, low],
            _ => vec![serial_high, serial_low, high, low, coding, 0x11],
        };
        let octets = match page.len() {
            7 => UMTS_MESSAGE,
            6 => PAGE,
            // Others have no coding scheme only as primary notifications of ETWS, which only that says.
            4 => {
                page[2..].copy_from_slice(&WARNINGS[0].to_be_bytes());
                PRIMARY_NOTIFICATION
            }
            other => other,
        };
        page.resize(octets, 0);
        self.modem.say_of_network(UnsolCode::RESPONSE_NEW_BROADCAST_SMS, &parcel::encode(&Raw(Some(page)), V));
    }

    /// The router is about to hear a page.
    pub(super) fn page_comes(&mut self, payload: &[u8]) {
        let page = parcel::decode::<Raw>(payload, V).ok().and_then(|raw| raw.0).unwrap_or_default();
        let head = Head::read(&page);
        let who = (0..self.clients.len()).map(|place| self.is_to_hear(place, head)).collect();
        self.broadcasts.page = Some((payload.to_vec(), who));
    }

    /// Whether a phone is to hear a page, unless that is in doubt.
    fn is_to_hear(&self, place: usize, head: Option<Head>) -> Option<bool> {
        let (client, Choices { channels, active }) = (&self.clients[place], &self.broadcasts.phones[place]);
        if !client.up || !self.names.has_telephony(place) {
            return Some(false);
        }
        if head.is_some_and(|head| ALL_WARNINGS.contains(&head.channel)) {
            return Some(true);
        }
        let has_chosen = head.map_or(Some(true), |head| channels.is(|it| head.is_in_all_and_excepted_from_none(it)));
        let radio = match client.radio {
            Some(RadioState::ON) => client.wants_radio.is_none_or(|on| on).then_some(true),
            Some(RadioState::OFF) => client.wants_radio.is_none_or(|on| !on).then_some(false),
            _ => None,
        };
        // Who has not said whether it listens does if it wants any channel.
        let is_on = match active.is(Option::is_none) {
            Some(true) => channels.is(|it| it.iter().any(|range| range.selected)),
            Some(false) => active.is(|active| *active == Some(true)),
            None => None,
        };
        let conditions = [has_chosen, is_on, radio];
        match conditions {
            _ if conditions.contains(&Some(false)) => Some(false),
            _ if conditions.contains(&None) => None,
            _ => Some(true),
        }
    }

    /// Who has heard a page just now was to hear one, and that one once.
    pub(super) fn check_pages(&mut self) {
        if self.observed.is_some() {
            return;
        }
        let page = self.broadcasts.page.take();
        for (place, client) in self.clients.iter_mut().enumerate() {
            let heard = std::mem::take(&mut client.pages);
            let Some((page, who)) = &page else {
                assert!(heard.is_empty(), "phone {place} hears a page that the network does not send");
                continue;
            };
            assert!(heard.len() <= 1 && heard.iter().all(|heard| heard == page), "phone {place} hears {heard:?}");
            let has_heard = !heard.is_empty();
            assert!(who[place].is_none_or(|is_to| is_to == has_heard), "phone {place} hears a page: {has_heard}");
            self.tally.pages += u64::from(has_heard);
        }
    }

    /// The modem listens to what connected phones want.
    pub(super) fn check_broadcasts(&self) {
        let model = self.modem.model();
        if model.radio() != RadioState::ON || self.broadcasts.unanswered {
            return;
        }
        let connected = || {
            let phones = self.broadcasts.phones.iter().zip(&self.clients);
            phones.filter(|(_, client)| client.up).map(|(choices, _)| choices)
        };
        let is_on = connected().any(|choices| choices.active.is_granted(|active| *active == Some(true)));
        for channel in CHANNELS {
            let head = Head { channel: *channel, coding: Some(CODINGS[0]) };
            let has = |channels: &Channels| channels.iter().any(|range| range.selected && head.is_in(range));
            let is_wanted = is_on && connected().any(|choices| choices.channels.is_granted(has));
            let listens = model.sms.broadcast.wants(*channel);
            assert!(listens || !is_wanted, "the modem does not listen to channel {channel}, which is wanted");
        }
    }
}
