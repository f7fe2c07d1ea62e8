//! One conversation out of a trace: what was asked, what was answered, and what was told unasked.
//!
//! It is kept in memory as a whole, up to [`SCRIPT_LIMIT`]. What a message carried is `None` where the trace does not
//! say it; such a message is never played, and whoever plays says how many there were. So it is with what is damaged.

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use ril_protocol::frame::{self, Message};
use ril_protocol::payload::Ints;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

use crate::format::{Event, Frame, Header, Item, Reader, Way, What};

/// The most that a script holds, in bytes of frames and of what is kept beside each.
pub const SCRIPT_LIMIT: usize = 256 * 1024 * 1024;

/// What is kept of a record beside its bytes.
const RECORD_COST: usize = 256;

/// Most conversations of a trace.
const MOST_SIDES: usize = 1024;

/// Why a trace is no script.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// There is too much in it.
    #[error("the trace holds more than {} MiB, which is more than can be replayed", SCRIPT_LIMIT / 1024 / 1024)]
    TooLong,
    /// Nothing in it was asked or told.
    #[error("the trace holds no such conversation")]
    Empty,
    /// The trace has several phones, and which one is meant was not said.
    #[error("the trace holds what several phones said: say which of {0} is meant")]
    WhichPhone(String),
    /// There is no such phone in the trace.
    #[error("the trace holds nothing of a phone {0:?}")]
    NoSuchPhone(String),
}

/// Which conversation of a trace is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side<'a> {
    /// That of the router with the modem.
    Modem,
    /// That of the phone of this name.
    Phone(&'a str),
}

/// One end of a conversation of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Link {
    Modem,
    Phone(Option<u32>),
}

/// A request and its answer, as recorded.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Which message of the conversation the request is.
    pub place: usize,
    /// When it came.
    pub at: Duration,
    /// What was asked.
    pub code: RequestCode,
    /// With which arguments, where the trace says it.
    pub arguments: Option<Bytes>,
    /// The answer; `None` if there was none.
    pub answer: Option<Recorded>,
}

/// A recorded answer.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Which message of the conversation it is.
    pub place: usize,
    /// Success or the reason of failure.
    pub errno: Errno,
    /// The result, where the trace says it.
    pub payload: Option<Bytes>,
    /// How long it took.
    pub took: Duration,
}

/// An unsolicited message, as recorded.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Which message of the conversation it is.
    pub place: usize,
    /// When it came.
    pub at: Duration,
    /// How many requests had come before it.
    pub behind: usize,
    /// The frame without its length word.
    pub body: Bytes,
}

/// One conversation out of a trace.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Requests and their answers, in the order of the requests.
    pub exchanges: Vec<Exchange>,
    /// Unsolicited messages, in their order.
    pub notices: Vec<Notice>,
    /// The unsolicited messages of which the trace does not say what they carried.
    pub unknown_notices: Vec<UnsolCode>,
    /// When the first of all came.
    pub began: Duration,
    /// The RIL version of the modem, where the trace says it.
    pub version: Option<RilVersion>,
    /// The parts of the trace that could not be read, in words.
    pub damage: Vec<String>,
}

impl Script {
    /// The conversation of `side`, over all sessions; without one that of the modem where the trace has it, else that
    /// of the only phone. What is damaged is left out, and said to be.
    pub fn read<R: Read>(reader: &mut Reader<R>, side: Option<Side<'_>>) -> Result<Self, ScriptError> {
        let mut loading = Loading::default();
        while let Some(item) = reader.next_item()? {
            match item {
                Item::Session(header) => loading.session(*header),
                Item::Record(entry) => loading.record(entry.record.at, &entry.record.what),
                Item::Damage(damage) => loading.damage.push(damage.to_string()),
            }
            if loading.size > SCRIPT_LIMIT || loading.sides.len() > MOST_SIDES {
                return Err(ScriptError::TooLong);
            }
        }
        loading.choose(side)
    }

    /// Nothing was asked and nothing told.
    fn is_empty(&self) -> bool {
        self.exchanges.is_empty() && self.notices.is_empty() && self.unknown_notices.is_empty()
    }
}

/// The conversations of a trace while it is read.
#[derive(Default)]
struct Loading {
    names: Vec<String>,
    version: Option<RilVersion>,
    sides: Vec<(Link, Conversation)>,
    size: usize,
    damage: Vec<String>,
}

#[derive(Default)]
struct Conversation {
    script: Script,
    unanswered: HashMap<i32, VecDeque<usize>>,
    messages: usize,
}

impl Loading {
    fn session(&mut self, header: Header) {
        self.names = header.phones;
        self.version = header.ril_version.map(RilVersion).or(self.version);
        self.sides.iter_mut().for_each(|(_, conversation)| conversation.unanswered.clear());
    }

    fn record(&mut self, at: Duration, what: &What) {
        let body = if let What::Frame(frame) = what { frame.body.len() } else { 0 };
        self.size += RECORD_COST + body;
        match what {
            What::Frame(frame) => match frame.way {
                Way::ToModem => self.side(Link::Modem).request(at, frame),
                Way::FromModem => self.side(Link::Modem).message(at, frame),
                Way::FromPhone => self.side(Link::Phone(frame.phone)).request(at, frame),
                Way::ToPhone => self.side(Link::Phone(frame.phone)).message(at, frame),
                Way::FromService | Way::ToService | Way::NoWay => {}
            },
            What::Event(Event::PhoneUp(phone)) => self.side(Link::Phone(Some(phone.place))).unanswered.clear(),
            What::Event(Event::ModemDown(_)) => self.side(Link::Modem).unanswered.clear(),
            What::Event(_) | What::Unknown => {}
        }
    }

    fn side(&mut self, side: Link) -> &mut Conversation {
        let place = self.sides.iter().position(|(known, _)| *known == side).unwrap_or_else(|| {
            self.sides.push((side, Conversation::default()));
            self.sides.len() - 1
        });
        &mut self.sides[place].1
    }

    fn choose(self, side: Option<Side<'_>>) -> Result<Script, ScriptError> {
        let spoke = |script: &Script| !script.is_empty();
        let sides = self.sides.into_iter().map(|(link, conversation)| (link, conversation.script));
        let mut sides: Vec<(Link, Script)> = sides.filter(|(_, script)| spoke(script)).collect();
        let wanted = match side {
            Some(Side::Modem) => Link::Modem,
            Some(Side::Phone(name)) => {
                let place = self.names.iter().position(|known| known == name);
                let place = place.and_then(|place| u32::try_from(place).ok());
                Link::Phone(Some(place.ok_or_else(|| ScriptError::NoSuchPhone(name.to_owned()))?))
            }
            None if sides.iter().any(|(link, _)| *link == Link::Modem) => Link::Modem,
            None if sides.len() > 1 => return Err(ScriptError::WhichPhone(self.names.join(", "))),
            None => sides.first().map_or(Link::Modem, |(link, _)| *link),
        };
        let place = sides.iter().position(|(link, _)| *link == wanted).ok_or(ScriptError::Empty)?;
        let script = sides.swap_remove(place).1;
        let greeted = script.notices.iter().find_map(|notice| greeting(&notice.body));
        Ok(Script { version: greeted.or(self.version), damage: self.damage, ..script })
    }
}

impl Conversation {
    /// A message comes; which one of the conversation it is.
    fn takes(&mut self, at: Duration) -> usize {
        if self.script.is_empty() {
            self.script.began = at;
        }
        self.messages += 1;
        self.messages
    }

    fn request(&mut self, at: Duration, frame: &Frame) {
        let Some(request) = frame::Request::parse(&frame.body) else { return };
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        let place = self.takes(at);
        self.unanswered.entry(request.serial).or_default().push_back(self.script.exchanges.len());
        let arguments = carried(frame, request.payload);
        self.script.exchanges.push(Exchange { place, at, code: request.code, arguments, answer: None });
    }

    fn message(&mut self, at: Duration, frame: &Frame) {
        let place = self.takes(at);
        match Message::parse(&frame.body) {
            Some(Message::Reply(reply)) => {
                let asked = self.unanswered.get_mut(&reply.serial).and_then(VecDeque::pop_front);
                if let Some(exchange) = asked.and_then(|asked| self.script.exchanges.get_mut(asked)) {
                    let took = at.saturating_sub(exchange.at);
                    let payload = carried(frame, reply.payload);
                    exchange.answer = Some(Recorded { place, errno: reply.errno, payload, took });
                }
            }
            Some(Message::Unsolicited(message)) if frame.head_only => self.script.unknown_notices.push(message.code),
            Some(Message::Unsolicited(_)) => {
                let behind = self.script.exchanges.len();
                self.script.notices.push(Notice { place, at, behind, body: frame.body.clone() });
            }
            Some(Message::Ack { .. }) | None => {}
        }
    }
}

/// What a message carried, which is the end of its body, where the trace says it.
fn carried(frame: &Frame, payload: &[u8]) -> Option<Bytes> {
    (!frame.head_only).then(|| frame.body.slice_ref(payload))
}

/// The version that a `RIL_CONNECTED` tells.
fn greeting(body: &[u8]) -> Option<RilVersion> {
    match Message::parse(body) {
        Some(Message::Unsolicited(message)) if message.code == UnsolCode::RIL_CONNECTED => {
            let words = parcel::decode::<Ints>(message.payload, RilVersion::COMMON).ok()?;
            words.first().copied().map(RilVersion)
        }
        _ => None,
    }
}
