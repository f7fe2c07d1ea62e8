//! What frames mean: names, serials, payloads by their fields, and which request a reply answers.
//!
//! A reply names no message, only the serial of its request, so a [`Follower`] has to see the records of a session in
//! their order. It looks and never changes anything; what it cannot read stays hexadecimal. Its memory is bounded
//! whatever a file holds.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use ril_protocol::frame::{self, Message};
use ril_protocol::messages::PayloadCodec;
use ril_protocol::parcel;
use ril_protocol::payload::Ints;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use serde_json::Value;

use crate::format::{ByteOrder, Event, Frame, Header, Record, Way, What};

/// Most unanswered requests that are remembered of one connection; older ones are forgotten first.
const MOST_UNANSWERED: usize = 4096;

/// Most connections that are told apart.
const MOST_LINKS: usize = 1024;

/// What a frame says.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A request.
    Request {
        /// What is asked.
        code: RequestCode,
        /// The asker's number for it.
        serial: i32,
        /// The arguments.
        payload: Payload,
    },
    /// The answer to a request.
    Reply {
        /// What was asked, where that was seen.
        code: Option<RequestCode>,
        /// The asker's number for it.
        serial: i32,
        /// Success or the reason of failure.
        errno: Errno,
        /// The result.
        payload: Payload,
        /// Since the request.
        took: Option<Duration>,
        /// The sender waits for an acknowledgement.
        wants_ack: bool,
    },
    /// Something that nobody asked for.
    Unsolicited {
        /// What happened.
        code: UnsolCode,
        /// The particulars.
        payload: Payload,
        /// The sender waits for an acknowledgement.
        wants_ack: bool,
    },
    /// A request arrived and its answer takes a while.
    Ack {
        /// The asker's number for it.
        serial: i32,
    },
    /// A message of the link to the number service.
    Service,
    /// No message at all.
    Unreadable,
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Nothing.
    Empty,
    /// Fields, as the message's row names them.
    Fields(Value),
    /// Bytes that no row explains.
    Bytes,
    /// The trace does not say what.
    Unknown,
}

/// One end of the router: a connection with serials and a RIL version of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Link {
    Modem,
    Phone(Option<u32>),
}

impl Link {
    /// The one that a frame went over. What is said to and by the number service is on none of them.
    pub(crate) fn of(frame: &Frame) -> Self {
        match frame.way {
            Way::ToModem | Way::FromModem => Self::Modem,
            Way::FromPhone | Way::ToPhone | Way::FromService | Way::ToService | Way::NoWay => Self::Phone(frame.phone),
        }
    }
}

#[derive(Debug, Default)]
struct Unanswered {
    by_serial: HashMap<i32, VecDeque<Asked>>,
    order: VecDeque<i32>,
}

/// A request that was not answered yet.
#[derive(Clone, Copy, Debug)]
struct Asked {
    code: RequestCode,
    at: Duration,
    exchange: u64,
}

/// Follows the conversations of a session.
#[derive(Debug, Default)]
pub struct Follower {
    /// What the header says; a connection's greeting says it better.
    version: RilVersion,
    versions: HashMap<Link, RilVersion>,
    unanswered: HashMap<Link, Unanswered>,
    /// How many requests there were.
    asked: u64,
    /// See [`exchange`](Self::exchange).
    exchange: Option<u64>,
    /// The words of this file's frames are not in the byte order of this machine.
    foreign: bool,
}

impl Follower {
    /// Begins with a session.
    pub fn new(header: &Header) -> Self {
        Self {
            version: header.ril_version.map_or(RilVersion::COMMON, RilVersion),
            foreign: ![ByteOrder::Unknown, ByteOrder::OWN].contains(&header.byte_order()),
            ..Self::default()
        }
    }

    /// Looks at the next record; `None` if it is no frame.
    pub fn follow(&mut self, record: &Record) -> Option<Meaning> {
        self.look(record, true)
    }

    /// Looks at the next record only to understand those after it, without reading its payload.
    pub fn pass_over(&mut self, record: &Record) {
        self.look(record, false);
    }

    fn look(&mut self, record: &Record, with_payload: bool) -> Option<Meaning> {
        match &record.what {
            What::Frame(frame) => Some(self.frame(record.at, frame, with_payload)),
            What::Event(event) => {
                self.event(event);
                None
            }
            What::Unknown => None,
        }
    }

    /// The RIL version whose layouts a frame has that was just followed.
    pub fn version(&self, frame: &Frame) -> RilVersion {
        self.version_of(Link::of(frame))
    }

    /// The RIL version that is spoken where nothing says otherwise.
    #[cfg(feature = "tools")]
    pub(crate) fn first_version(&self) -> RilVersion {
        self.version
    }

    /// The number of the request that was just followed, or of the one that was just answered.
    #[cfg(feature = "tools")]
    pub(crate) fn exchange(&self) -> Option<u64> {
        self.exchange
    }

    fn version_of(&self, link: Link) -> RilVersion {
        self.versions.get(&link).copied().unwrap_or(self.version)
    }

    fn event(&mut self, event: &Event) {
        match event {
            // What was not answered will not be.
            Event::PhoneUp(phone) => drop(self.unanswered.remove(&Link::Phone(Some(phone.place)))),
            Event::ModemUp(modem) => {
                self.version = modem.ril_version.map_or(self.version, RilVersion);
                self.unanswered.remove(&Link::Modem);
            }
            Event::ModemDown(_) => drop(self.unanswered.remove(&Link::Modem)),
            _ => {}
        }
    }

    fn frame(&mut self, at: Duration, frame: &Frame, with_payload: bool) -> Meaning {
        self.exchange = None;
        if matches!(frame.way, Way::FromService | Way::ToService) {
            return Meaning::Service;
        }
        let link = Link::of(frame);
        let is_request = matches!(frame.way, Way::FromPhone | Way::ToModem);
        match is_request {
            _ if self.foreign => Meaning::Unreadable,
            true => self.request(at, link, frame, with_payload),
            false => self.message(at, link, frame, with_payload),
        }
    }

    fn request(&mut self, at: Duration, link: Link, frame: &Frame, with_payload: bool) -> Meaning {
        let Some(request) = frame::Request::parse(&frame.body) else { return Meaning::Unreadable };
        let frame::Request { code, serial, payload } = request;
        if self.unanswered.len() < MOST_LINKS || self.unanswered.contains_key(&link) {
            self.asked += 1;
            self.exchange = Some(self.asked);
            self.unanswered.entry(link).or_default().add(serial, Asked { code, at, exchange: self.asked });
        }
        let codec = code.row().map(|row| &row.request).filter(|_| with_payload);
        let payload = self.payload(link, codec, carried(frame, payload));
        Meaning::Request { code, serial, payload }
    }

    fn message(&mut self, at: Duration, link: Link, frame: &Frame, with_payload: bool) -> Meaning {
        match Message::parse(&frame.body) {
            Some(Message::Reply(reply)) => {
                let asked = self.unanswered.get_mut(&link).and_then(|unanswered| unanswered.take(reply.serial));
                self.exchange = asked.map(|asked| asked.exchange);
                let code = asked.map(|asked| asked.code);
                let codec = code.and_then(RequestCode::row).map(|row| &row.response).filter(|_| with_payload);
                Meaning::Reply {
                    code,
                    serial: reply.serial,
                    errno: reply.errno,
                    payload: self.payload(link, codec, carried(frame, reply.payload)),
                    took: asked.map(|asked| at.saturating_sub(asked.at)),
                    wants_ack: reply.wants_ack,
                }
            }
            Some(Message::Unsolicited(message)) => {
                if message.code == UnsolCode::RIL_CONNECTED
                    && let Ok([version, ..]) = parcel::decode::<Ints>(message.payload, self.version).as_deref()
                    && (self.versions.len() < MOST_LINKS || self.versions.contains_key(&link))
                {
                    self.versions.insert(link, RilVersion(*version));
                }
                let codec = message.code.row().map(|row| &row.payload).filter(|_| with_payload);
                let payload = self.payload(link, codec, carried(frame, message.payload));
                Meaning::Unsolicited { code: message.code, payload, wants_ack: message.wants_ack }
            }
            Some(Message::Ack { serial }) => Meaning::Ack { serial },
            None => Meaning::Unreadable,
        }
    }

    /// What a message carries; nothing if that is not known.
    fn payload(&self, link: Link, codec: Option<&PayloadCodec>, payload: Option<&[u8]>) -> Payload {
        let Some(payload) = payload else { return Payload::Unknown };
        if payload.is_empty() {
            return Payload::Empty;
        }
        let version = self.version_of(link);
        let fields = codec.and_then(|codec| codec.to_json(payload, version).ok());
        fields.map_or(Payload::Bytes, Payload::Fields)
    }
}

/// What a message carried, where the trace says it.
fn carried<'a>(frame: &Frame, payload: &'a [u8]) -> Option<&'a [u8]> {
    (!frame.head_only).then_some(payload)
}

impl Unanswered {
    fn add(&mut self, serial: i32, asked: Asked) {
        // A client acknowledges without being answered.
        if asked.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        if self.order.len() == MOST_UNANSWERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.take_first(oldest);
        }
        self.order.push_back(serial);
        self.by_serial.entry(serial).or_default().push_back(asked);
    }

    fn take(&mut self, serial: i32) -> Option<Asked> {
        let found = self.take_first(serial)?;
        if let Some(place) = self.order.iter().position(|known| *known == serial) {
            self.order.remove(place);
        }
        Some(found)
    }

    fn take_first(&mut self, serial: i32) -> Option<Asked> {
        let asked = self.by_serial.get_mut(&serial)?;
        let first = asked.pop_front();
        if asked.is_empty() {
            self.by_serial.remove(&serial);
        }
        first
    }
}

impl Meaning {
    /// The name of the message in ril.h, or its number.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Request { code, .. } | Self::Reply { code: Some(code), .. } => Some(code.to_string()),
            Self::Unsolicited { code, .. } => Some(code.to_string()),
            Self::Reply { code: None, .. } | Self::Ack { .. } | Self::Service | Self::Unreadable => None,
        }
    }

    /// The serial that it has or names.
    pub fn serial(&self) -> Option<i32> {
        match self {
            Self::Request { serial, .. } | Self::Reply { serial, .. } | Self::Ack { serial } => Some(*serial),
            Self::Unsolicited { .. } | Self::Service | Self::Unreadable => None,
        }
    }

    /// What it carries.
    pub fn payload(&self) -> &Payload {
        match self {
            Self::Request { payload, .. } | Self::Reply { payload, .. } | Self::Unsolicited { payload, .. } => payload,
            Self::Ack { .. } => &Payload::Empty,
            Self::Service | Self::Unreadable => &Payload::Bytes,
        }
    }

    /// The bytes of its payload in the body of its frame.
    pub fn payload_bytes<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        let head = match self {
            Self::Request { .. } | Self::Unsolicited { .. } | Self::Ack { .. } => 8,
            Self::Reply { .. } => 12,
            Self::Service | Self::Unreadable => 0,
        };
        body.get(head..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::payload::call::Dial;
    use serde_json::json;

    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn request(link: Way, at_ms: u64, code: RequestCode, serial: i32, payload: &[u8]) -> Record {
        let mut frame = Vec::new();
        frame::Request { code, serial, payload }.put(&mut frame);
        Record::frame(at(at_ms), link, Some(0), frame.split_off(4))
    }

    fn message(link: Way, at_ms: u64, message: Message<'_>) -> Record {
        let mut frame = Vec::new();
        message.put(&mut frame);
        Record::frame(at(at_ms), link, Some(0), frame.split_off(4))
    }

    fn reply(serial: i32, errno: Errno, payload: &[u8]) -> Message<'_> {
        Message::Reply(frame::Reply::new(serial, errno, payload))
    }

    #[test]
    fn a_reply_is_told_by_its_request_on_the_same_side() {
        let mut follower = Follower::new(&Header::default());
        let dial = Dial { address: Some("5550100".to_owned()), ..Dial::default() };
        let dial = parcel::encode(&dial, RilVersion::COMMON);
        let asked = follower.follow(&request(Way::FromPhone, 1, RequestCode::DIAL, 7, &dial)).unwrap();
        let Payload::Fields(fields) = asked.payload() else { panic!("{asked:?}") };
        assert_eq!((asked.name().as_deref(), &fields["address"]), (Some("DIAL"), &json!("5550100")));
        follower.follow(&request(Way::ToModem, 2, RequestCode::GET_IMEI, 7, &[]));
        let imei = parcel::encode(&Some("350000000000009".to_owned()), RilVersion::COMMON);
        let answer = follower.follow(&message(Way::FromModem, 5, reply(7, Errno::SUCCESS, &imei))).unwrap();
        assert_eq!(
            answer,
            Meaning::Reply {
                code: Some(RequestCode::GET_IMEI),
                serial: 7,
                errno: Errno::SUCCESS,
                payload: Payload::Fields(json!("350000000000009")),
                took: Some(at(3)),
                wants_ack: false,
            }
        );
        let answer = follower.follow(&message(Way::ToPhone, 6, reply(7, Errno::GENERIC_FAILURE, &[]))).unwrap();
        assert_eq!(answer.name().as_deref(), Some("DIAL"));
        let again = follower.follow(&message(Way::ToPhone, 6, reply(7, Errno::SUCCESS, b"1234"))).unwrap();
        assert_eq!((again.name(), again.payload()), (None, &Payload::Bytes), "that was answered");
    }

    #[test]
    fn what_is_passed_over_counts() {
        let mut follower = Follower::new(&Header::default());
        follower.pass_over(&request(Way::FromPhone, 1, RequestCode::GET_IMEI, 7, &[]));
        let answer = follower.follow(&message(Way::ToPhone, 2, reply(7, Errno::SUCCESS, &[])));
        assert_eq!(answer.and_then(|meaning| meaning.name()).as_deref(), Some("GET_IMEI"));
    }

    #[test]
    fn equal_serials_are_answered_in_their_order_and_a_new_client_owes_no_answers() {
        let mut follower = Follower::new(&Header::default());
        let mut name = |record: &Record| follower.follow(record).and_then(|meaning| meaning.name());
        name(&request(Way::FromPhone, 1, RequestCode::GET_IMEI, 0, &[]));
        name(&request(Way::FromPhone, 1, RequestCode::OPERATOR, 0, &[]));
        let ok = message(Way::ToPhone, 2, reply(0, Errno::SUCCESS, &[]));
        assert_eq!(name(&ok).as_deref(), Some("GET_IMEI"));
        assert_eq!(name(&ok).as_deref(), Some("OPERATOR"));
        name(&request(Way::FromPhone, 1, RequestCode::GET_IMEI, 0, &[]));
        name(&Record::event(at(3), Event::PhoneUp(crate::format::Phone { place: 0 })));
        assert_eq!(name(&ok), None);
    }

    #[test]
    fn a_file_that_never_answers_costs_bounded_memory() {
        let mut follower = Follower::new(&Header::default());
        for serial in 0..3 * MOST_UNANSWERED as i32 {
            follower.follow(&request(Way::FromPhone, 1, RequestCode::GET_IMEI, serial % 5000, &[]));
        }
        let unanswered = &follower.unanswered[&Link::Phone(Some(0))];
        assert_eq!(unanswered.order.len(), MOST_UNANSWERED);
        assert_eq!(unanswered.by_serial.values().map(VecDeque::len).sum::<usize>(), MOST_UNANSWERED);
    }

    #[test]
    fn words_in_the_other_byte_order_are_not_guessed_at() {
        let other = if cfg!(target_endian = "little") { ByteOrder::Big } else { ByteOrder::Little };
        let mut follower = Follower::new(&Header { byte_order: other.into(), ..Header::default() });
        let asked = follower.follow(&request(Way::FromPhone, 1, RequestCode::DIAL, 7, &[]));
        assert_eq!(asked, Some(Meaning::Unreadable));
    }
}
