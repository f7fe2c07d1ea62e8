//! One line of a trace: a frame or an event, and when it was.

use std::time::Duration;

use bytes::Bytes;

pub use super::generated::Way;
use super::generated::{self, record::Event};

/// A frame or an event, and when it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Since the beginning of the session, on a clock that is never set.
    pub at: Duration,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A frame was sent.
    Frame(Frame),
    /// Something else happened.
    Event(Event),
    /// An event of a newer version of the format.
    Unknown,
}

/// A frame on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// From where to where.
    pub way: Way,
    /// The phone: its place in [`Header::phones`](super::Header::phones).
    pub phone: Option<u32>,
    /// In which flow a request goes to the modem.
    pub flow: Flow,
    /// The frame without its length word.
    pub body: Bytes,
    /// What the message carried is not known: of the body there is no more than the words before it.
    pub head_only: bool,
}

/// In which flow the router sends a request to the modem; a host calls it a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// Not known, or no such request.
    #[default]
    Unknown,
    /// It goes before everything that waits.
    Urgent,
    /// The router's own, and what acts on what phones share.
    Router,
    /// What goes over logical channels of the SIM card.
    Card,
    /// This phone's.
    Phone(u32),
}

/// The number of [`Flow::Card`]: those from 3 on are phones'.
const CARD: u32 = u32::MAX;

impl Flow {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Urgent => 1,
            Self::Router => 2,
            Self::Card => CARD,
            Self::Phone(place) => place.saturating_add(3).min(CARD - 1),
        }
    }

    pub(crate) fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Unknown,
            1 => Self::Urgent,
            2 => Self::Router,
            CARD => Self::Card,
            number => Self::Phone(number - 3),
        }
    }
}

impl Record {
    /// A frame of which no more is known than its way.
    pub fn frame(at: Duration, way: Way, phone: Option<u32>, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { at, what: What::Frame(Frame { way, phone, flow: Flow::Unknown, body, head_only: false }) }
    }

    /// A frame of which not even is known what it carried: the words of its body before that.
    pub fn head(at: Duration, way: Way, phone: Option<u32>, head: impl Into<Bytes>) -> Self {
        let body = head.into();
        Self { at, what: What::Frame(Frame { way, phone, flow: Flow::Unknown, body, head_only: true }) }
    }

    /// An event.
    pub fn event(at: Duration, event: Event) -> Self {
        Self { at, what: What::Event(event) }
    }

    pub(super) fn from_message(record: generated::Record) -> Self {
        let what = match (record.event, Way::try_from(record.way)) {
            (Some(event), _) => What::Event(event),
            (None, Ok(way)) if way != Way::NoWay => {
                let head_only = !record.head.is_empty();
                What::Frame(Frame {
                    way,
                    phone: record.phone.checked_sub(1),
                    flow: Flow::from_number(record.flow),
                    body: if head_only { record.head } else { record.body },
                    head_only,
                })
            }
            (None, _) => What::Unknown,
        };
        Self { at: Duration::from_nanos(record.at_ns), what }
    }
}
