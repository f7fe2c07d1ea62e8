//! What goes into the router and what comes out: events, actions, and notes for whoever watches.

use std::ops::Range;
use std::time::Duration;

use ril_protocol::frame::{self, Reply, Unsolicited};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode};

use super::Kind;

/// A phone: its place in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneId(pub usize);

/// In which flow a request goes to the modem side. Requests in one flow keep their order; the flows take turns, so that
/// nobody waits for all that somebody else has asked. A vendor host calls a flow a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// Goes before everything that waits: emergency calls and what makes room for them.
    Urgent,
    /// What acts on what phones share, and the router's own questions: all of it in the order in which the router
    /// decided.
    Router,
    /// What goes over logical channels of the SIM card, and opens and closes them: in that order as well, but calls and
    /// the like do not wait for a card.
    Card,
    /// What else this phone asked.
    Phone(PhoneId),
}

/// Time since some fixed moment of the driver's choice; the router has no clock of its own.
pub type Now = Duration;

/// Something that happened. Frames come as bodies, without their length.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The modem side is gone; nothing that was asked of it will be answered.
    ModemDown,
    /// The modem side said something. It is up when it says `RIL_CONNECTED`.
    FromModem(&'a [u8]),
    /// A client of this phone connected.
    PhoneUp(PhoneId),
    /// The client of this phone is gone.
    PhoneDown(PhoneId),
    /// The client of this phone sent a frame.
    FromPhone(PhoneId, &'a [u8]),
    /// The time of [`Router::deadline`](super::Router::deadline) has come.
    Tick,
    /// The store has this from an earlier life. Every record comes before anything else does.
    Recall(Record<'a>),
    /// The first so many of the router's [`Action::Store`] are durable.
    Stored(u64),
    /// Changes cannot be made durable at present, or can again.
    StoreFailing(bool),
    /// The number service can be talked to, from now on until it is down; what was said to it before may be lost.
    ServiceUp,
    /// The number service cannot be talked to any more.
    ServiceDown,
    /// An emergency call goes out on another SIM of the modem.
    EmergencyElsewhere,
    /// Other phones than that whose request comes next are there on another SIM of the modem, or in a call there.
    InUseElsewhere,
    /// The number service said this: an encoded [`caller_tag::link::ToDevice`].
    FromService(&'a [u8]),
    /// The time of the world, in seconds since 1970-01-01 00:00 UTC. Told before whatever hangs on it, as often as its
    /// minute changes: for codes that are good for some minutes, and nothing else.
    WallClock(u64),
}

/// Something that must survive a restart: a value under a key of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it is about.
    pub kind: Kind,
    /// Names it among those of its kind.
    pub key: &'a [u8],
    /// What is to be known.
    pub value: &'a [u8],
}

/// A change of what must survive a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// This is to be known from now on, instead of what its key had before.
    Put(Record<'a>),
    /// This is to be forgotten.
    Remove {
        /// What it was about.
        kind: Kind,
        /// Its key.
        key: &'a [u8],
    },
}

/// Something that the driver must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Send these whole frames to the phone's client.
    ToPhone(PhoneId, &'a [u8]),
    /// Send these whole frames to the modem side.
    ToModem(Flow, &'a [u8]),
    /// Whoever asked has been told that this request failed: it need not go to the modem any more if it waits still,
    /// and its answer is of no interest.
    GiveUp(i32),
    /// Make this durable, after all that came before it.
    Store(Change<'a>),
    /// Say this to the number service: an encoded [`caller_tag::link::ToService`]. It may be dropped when the service
    /// is down; the router hears of that.
    ToService(&'a [u8]),
    /// Tell whoever watches.
    Note(&'a Note),
}

/// What the router has to say beyond frames: for the log, counters, `rilctl watch` and tests. Never a number or text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A frame was too short to be a request, or none of the message forms; it was dropped.
    Malformed {
        /// The phone that sent it; `None` for the modem side.
        from: Option<PhoneId>,
        /// Its length.
        len: usize,
    },
    /// A request was answered by the router itself because policy forbids it.
    Denied {
        /// Who asked.
        phone: PhoneId,
        /// For what.
        code: RequestCode,
        /// What it was told.
        errno: Errno,
    },
    /// An answer came that nobody waits for: late, doubled or invented.
    UnknownReply {
        /// The serial that it names.
        serial: i32,
    },
    /// The modem did not answer in time; the asker was told that it failed.
    TimedOut {
        /// What was asked.
        code: RequestCode,
    },
    /// A phone has too many unanswered requests; this one was refused.
    Flooded {
        /// Who asked.
        phone: PhoneId,
    },
    /// A call appeared and belongs to this phone.
    CallAssigned {
        /// Its owner.
        phone: PhoneId,
        /// Its index at the modem.
        modem_index: i32,
        /// The index by which its owner knows it.
        index: i32,
        /// Incoming, not outgoing.
        incoming: bool,
        /// Assigned by the tag in the caller's number.
        tagged: bool,
    },
    /// A call ended.
    CallEnded {
        /// Its owner.
        phone: PhoneId,
        /// Its index at the modem.
        modem_index: i32,
    },
    /// An incoming call for a background phone was rejected as busy, by policy.
    CallRejected {
        /// Its owner.
        phone: PhoneId,
    },
    /// A call ended that its phone could not see, because it had no client; the phone is told at its next start.
    CallMissed {
        /// Its owner.
        phone: PhoneId,
    },
    /// An emergency call was let through.
    Emergency {
        /// Who dials.
        phone: PhoneId,
    },
    /// A short message or status report belongs to this phone.
    SmsAssigned {
        /// Its owner.
        phone: PhoneId,
        /// Whether it could be handed over at once.
        delivered: bool,
    },
    /// A short message was not taken in time; the network was asked to keep it and try again.
    SmsRefused {
        /// Its owner.
        phone: PhoneId,
    },
    /// Another phone has the screen now.
    Foreground {
        /// Which.
        phone: PhoneId,
    },
    /// State of the radio at the modem.
    Radio {
        /// The state.
        state: RadioState,
    },
    /// The modem sent something that could not be decoded where a rule had to look inside; it was dropped.
    Undecodable {
        /// The message, as text.
        what: &'static str,
    },
    /// The modem sent something that is longer than what clients read; it was dropped, and an answer is an error.
    TooLong {
        /// What it was, as text.
        what: &'static str,
    },
}

impl Note {
    /// The phone that it is about, if it is about one.
    pub fn phone(&self) -> Option<PhoneId> {
        match self {
            Self::Malformed { from, .. } => *from,
            Self::Denied { phone, .. }
            | Self::Flooded { phone }
            | Self::CallAssigned { phone, .. }
            | Self::CallEnded { phone, .. }
            | Self::CallRejected { phone }
            | Self::CallMissed { phone }
            | Self::Emergency { phone }
            | Self::SmsAssigned { phone, .. }
            | Self::SmsRefused { phone }
            | Self::Foreground { phone } => Some(*phone),
            Self::UnknownReply { .. }
            | Self::TimedOut { .. }
            | Self::Radio { .. }
            | Self::Undecodable { .. }
            | Self::TooLong { .. } => None,
        }
    }
}

#[derive(Debug)]
enum Entry {
    ToPhone(PhoneId, Range<usize>),
    ToModem(Flow, Range<usize>),
    GiveUp(i32),
    Put(Kind, Range<usize>, Range<usize>),
    Remove(Kind, Range<usize>),
    ToService(Range<usize>),
    Note(Note),
}

/// The longest frame body that every known client reads. RilJ has a buffer of 8192 bytes, and oFono one of as many for
/// the frame's length and its body; what is longer ends their connections, and they ask again when they are back.
const LONGEST: usize = 8 * 1024 - 4;
/// What is before the payload of an answer: its form, serial and errno.
const REPLY_HEAD: usize = 12;
/// And before that of a message: its form and code.
const UNSOLICITED_HEAD: usize = 8;

/// The actions of one or more events, in order. Meant to be kept and cleared: it does not allocate once it is warm.
#[derive(Debug, Default)]
pub struct Actions {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

impl Actions {
    /// What to do, in order.
    pub fn iter(&self) -> impl Iterator<Item = Action<'_>> {
        self.entries.iter().map(|entry| match entry {
            Entry::ToPhone(phone, range) => Action::ToPhone(*phone, &self.bytes[range.clone()]),
            Entry::ToModem(flow, range) => Action::ToModem(*flow, &self.bytes[range.clone()]),
            Entry::GiveUp(serial) => Action::GiveUp(*serial),
            Entry::Put(kind, key, value) => Action::Store(Change::Put(Record {
                kind: *kind,
                key: &self.bytes[key.clone()],
                value: &self.bytes[value.clone()],
            })),
            Entry::Remove(kind, key) => Action::Store(Change::Remove { kind: *kind, key: &self.bytes[key.clone()] }),
            Entry::ToService(range) => Action::ToService(&self.bytes[range.clone()]),
            Entry::Note(note) => Action::Note(note),
        })
    }

    /// Forgets all actions and keeps the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes.clear();
    }

    pub(super) fn note(&mut self, note: Note) {
        self.entries.push(Entry::Note(note));
    }

    pub(crate) fn store(&mut self, change: Change<'_>) {
        let entry = match change {
            Change::Put(Record { kind, key, value }) => Entry::Put(kind, self.keep(key), self.keep(value)),
            Change::Remove { kind, key } => Entry::Remove(kind, self.keep(key)),
        };
        self.entries.push(entry);
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        from..self.bytes.len()
    }

    pub(super) fn reply(&mut self, phone: PhoneId, serial: i32, errno: Errno, payload: &[u8]) {
        let from = self.bytes.len();
        let is_readable = REPLY_HEAD + payload.len() <= LONGEST;
        let reply = if is_readable {
            Reply::new(serial, errno, payload)
        } else {
            self.note(Note::TooLong { what: "an answer" });
            Reply::new(serial, Errno::GENERIC_FAILURE, &[])
        };
        reply.put(&mut self.bytes);
        self.entries.push(Entry::ToPhone(phone, from..self.bytes.len()));
    }

    pub(super) fn unsolicited(&mut self, phone: PhoneId, code: UnsolCode, payload: &[u8]) {
        if UNSOLICITED_HEAD + payload.len() > LONGEST {
            return self.note(Note::TooLong { what: "a message" });
        }
        let from = self.bytes.len();
        Unsolicited::new(code, payload).put(&mut self.bytes);
        self.entries.push(Entry::ToPhone(phone, from..self.bytes.len()));
    }

    pub(super) fn request(&mut self, flow: Flow, code: RequestCode, serial: i32, payload: &[u8]) {
        let from = self.bytes.len();
        frame::Request { code, serial, payload }.put(&mut self.bytes);
        self.entries.push(Entry::ToModem(flow, from..self.bytes.len()));
    }

    pub(super) fn say(&mut self, message: &[u8]) {
        let range = self.keep(message);
        self.entries.push(Entry::ToService(range));
    }

    pub(super) fn give_up_all(&mut self, serials: &[i32]) {
        self.entries.extend(serials.iter().copied().map(Entry::GiveUp));
    }
}
