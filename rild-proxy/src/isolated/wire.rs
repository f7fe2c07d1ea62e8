//! What root and the process of an isolated vendor library say to each other.
//!
//! Records of a four-byte big-endian length, one byte that says what it is, and its content, which begins with a byte
//! for the SIM, counted from 0, where it is about one. Both ends are of the same build, so what is said once is JSON.
//! What the child says is nevertheless the word of closed code, which may write to any of its descriptors: whatever
//! cannot be read ends the conversation, and nothing that is said there can make root allocate more than one record.

use std::fmt;

use ril_protocol::Errno;
use ril_protocol::dialect::DialectText;
use ril_protocol::frame::{REQUEST_LIMIT, RESPONSE_LIMIT, SAP_PAYLOAD_LIMIT, TooLong, split};
use serde::{Deserialize, Serialize};
use vendor_shim::host::{HostStats, Lane, SapMessage};

use crate::config::Modem;

/// The longest record: an answer of the library, or a configuration.
pub(crate) const RECORD_LIMIT: usize = 2 + if RESPONSE_LIMIT > REQUEST_LIMIT { RESPONSE_LIMIT } else { REQUEST_LIMIT };

/// The number of the lane that goes before all others.
const URGENT: u32 = u32::MAX;

const START: u8 = b'S';
const REQUEST: u8 = b'R';
const GIVE_UP: u8 = b'G';
const ASK: u8 = b'?';
const SAP_REQUEST: u8 = b'r';
const SAP_GIVE_UP: u8 = b'g';
const FRAME: u8 = b'F';
const STARTED: u8 = b'U';
const REFUSED: u8 = b'N';
const STATE: u8 = b'T';
const SAP_ANSWER: u8 = b'a';
const SAP_NEWS: u8 = b'u';

/// Which library, and what it calls differently from ril.h.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Start {
    /// As configured.
    pub(crate) modem: Modem,
    /// As it was read when root started.
    pub(crate) dialect: DialectText,
    /// A phone has the SIM Access Profile.
    pub(crate) sap: bool,
}

/// What runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Started {
    /// What the library calls itself.
    pub(crate) description: String,
    /// It has the SIM Access Profile, and was to start it.
    pub(crate) sap: bool,
}

/// What root says.
#[derive(PartialEq)]
pub(crate) enum ToChild<'a> {
    /// Load and start this library. Comes first.
    Start(Box<Start>),
    /// The body of a request frame about a SIM, and the lane that it waits in.
    Request(u8, Lane, &'a [u8]),
    /// Nobody waits for the answer with this serial about this SIM any more.
    GiveUp(u8, i32),
    /// How is the library?
    Ask,
    /// A request of the SIM Access Profile.
    SapRequest {
        /// For which SIM.
        sim: u8,
        /// Root's number for it.
        serial: u32,
        /// Which message.
        id: i32,
        /// Its content.
        payload: &'a [u8],
    },
    /// Nobody waits for the answer with this serial of the SIM Access Profile of a SIM any more.
    SapGiveUp(u8, u32),
}

impl fmt::Debug for ToChild<'_> {
    /// Without what goes to a SIM, or is in a request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(start) => write!(f, "Start({start:?})"),
            Self::Request(sim, lane, body) => write!(f, "Request({sim}, {lane:?}, {} bytes)", body.len()),
            Self::GiveUp(sim, serial) => write!(f, "GiveUp({sim}, {serial})"),
            Self::Ask => write!(f, "Ask"),
            Self::SapRequest { sim, serial, id, payload } => {
                write!(f, "SapRequest({sim}, {id} #{serial}, {} bytes)", payload.len())
            }
            Self::SapGiveUp(sim, serial) => write!(f, "SapGiveUp({sim}, {serial})"),
        }
    }
}

/// What the child says.
#[derive(Debug, PartialEq)]
pub(crate) enum FromChild<'a> {
    /// The library runs. Comes first, or the next one does.
    Started(Started),
    /// The library could not be started, and why.
    Refused(String),
    /// The body of a frame of the library's about a SIM.
    Frame(u8, &'a [u8]),
    /// How the library is.
    State(State),
    /// What the library says of the SIM Access Profile of a SIM.
    Sap(u8, SapMessage),
}

/// How an isolated library is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// [`VendorHost::turn`](vendor_shim::host::VendorHost::turn).
    pub(crate) turn: u64,
    /// What it did that it should not have, in the order of [`HostStats`].
    faults: [u64; 7],
}

/// What was said cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Garbled {
    /// Longer than anything that there is to say.
    #[error("a {0}")]
    TooLong(#[from] TooLong),
    /// No record begins or goes on like this.
    #[error("a record of the kind {0} that cannot be read")]
    Record(u8),
    /// A record without a kind.
    #[error("an empty record")]
    Empty,
}

impl State {
    pub(crate) fn new(turn: u64, faults: HostStats) -> Self {
        let faults = [
            faults.late_completions,
            faults.doubled_completions,
            faults.invented_completions,
            faults.bad_requests,
            faults.bad_responses,
            faults.early_unsolicited,
            faults.overflowed_unsolicited,
        ];
        Self { turn, faults }
    }

    pub(crate) fn faults(&self) -> HostStats {
        let [late, doubled, invented, bad_requests, bad_responses, early_unsolicited, overflowed_unsolicited] =
            self.faults;
        HostStats {
            late_completions: late,
            doubled_completions: doubled,
            invented_completions: invented,
            bad_requests,
            bad_responses,
            early_unsolicited,
            overflowed_unsolicited,
        }
    }
}

impl ToChild<'_> {
    /// Appends the record.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Start(start) => put_json(START, start, out),
            Self::Request(sim, lane, body) => {
                let number = match lane {
                    Lane::Urgent => URGENT,
                    Lane::Of(number) => *number,
                };
                put(REQUEST, &[&[*sim], &number.to_be_bytes(), body], out);
            }
            Self::GiveUp(sim, serial) => put(GIVE_UP, &[&[*sim], &serial.to_be_bytes()], out),
            Self::Ask => put(ASK, &[], out),
            Self::SapRequest { sim, serial, id, payload } => {
                put(SAP_REQUEST, &[&[*sim], &serial.to_be_bytes(), &id.to_be_bytes(), payload], out);
            }
            Self::SapGiveUp(sim, serial) => put(SAP_GIVE_UP, &[&[*sim], &serial.to_be_bytes()], out),
        }
    }
}

impl<'a> ToChild<'a> {
    /// The first record of a stream and how many bytes it took; `None` while it is incomplete.
    pub(crate) fn split(stream: &'a [u8]) -> Result<Option<(Self, usize)>, Garbled> {
        let Some((Record { kind, content }, used)) = first(stream)? else { return Ok(None) };
        let record = match kind {
            START => serde_json::from_slice(content).ok().map(Self::Start),
            REQUEST => content.split_first().and_then(|(sim, rest)| {
                let (number, body) = rest.split_first_chunk()?;
                let lane = match u32::from_be_bytes(*number) {
                    URGENT => Lane::Urgent,
                    number => Lane::Of(number),
                };
                Some(Self::Request(*sim, lane, body))
            }),
            GIVE_UP => content
                .split_first()
                .and_then(|(sim, serial)| Some(Self::GiveUp(*sim, i32::from_be_bytes(serial.try_into().ok()?)))),
            ASK => content.is_empty().then_some(Self::Ask),
            SAP_REQUEST => {
                words(content).map(|(sim, serial, id, payload)| Self::SapRequest { sim, serial, id, payload })
            }
            SAP_GIVE_UP => content
                .split_first()
                .and_then(|(sim, serial)| Some(Self::SapGiveUp(*sim, u32::from_be_bytes(serial.try_into().ok()?)))),
            _ => None,
        };
        record.map(|record| Some((record, used))).ok_or(Garbled::Record(kind))
    }
}

impl FromChild<'_> {
    /// Appends the record.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Started(started) => put_json(STARTED, started, out),
            Self::Refused(why) => put(REFUSED, &[why.as_bytes()], out),
            Self::Frame(sim, body) => put(FRAME, &[&[*sim], body], out),
            Self::State(state) => put_json(STATE, state, out),
            Self::Sap(sim, SapMessage::Answer { serial, errno, payload }) => {
                put(SAP_ANSWER, &[&[*sim], &serial.to_be_bytes(), &errno.0.to_be_bytes(), payload], out);
            }
            Self::Sap(sim, SapMessage::Unsolicited { id, payload }) => {
                put(SAP_NEWS, &[&[*sim], &id.to_be_bytes(), payload], out);
            }
        }
    }
}

impl<'a> FromChild<'a> {
    /// The first record of a stream and how many bytes it took; `None` while it is incomplete.
    pub(crate) fn split(stream: &'a [u8]) -> Result<Option<(Self, usize)>, Garbled> {
        let Some((Record { kind, content }, used)) = first(stream)? else { return Ok(None) };
        let text = || String::from_utf8_lossy(content).into_owned();
        let record = match kind {
            STARTED => serde_json::from_slice(content).ok().map(Self::Started),
            REFUSED => Some(Self::Refused(text())),
            FRAME => content.split_first().map(|(sim, body)| Self::Frame(*sim, body)),
            STATE => serde_json::from_slice(content).ok().map(Self::State),
            SAP_ANSWER => words(content).and_then(|(sim, serial, errno, payload)| {
                let payload = said_by_a_sim(payload)?;
                Some(Self::Sap(sim, SapMessage::Answer { serial, errno: Errno(errno), payload }))
            }),
            SAP_NEWS => content.split_first().and_then(|(sim, rest)| {
                let (id, payload) = rest.split_first_chunk()?;
                let (id, payload) = (i32::from_be_bytes(*id), said_by_a_sim(payload)?);
                Some(Self::Sap(*sim, SapMessage::Unsolicited { id, payload }))
            }),
            _ => None,
        };
        record.map(|record| Some((record, used))).ok_or(Garbled::Record(kind))
    }
}

struct Record<'a> {
    kind: u8,
    content: &'a [u8],
}

fn first(stream: &[u8]) -> Result<Option<(Record<'_>, usize)>, Garbled> {
    let Some((record, used)) = split(stream, RECORD_LIMIT)? else { return Ok(None) };
    let (kind, content) = record.split_first().ok_or(Garbled::Empty)?;
    Ok(Some((Record { kind: *kind, content }, used)))
}

/// A SIM, a serial, a number more, and the rest.
fn words(content: &[u8]) -> Option<(u8, u32, i32, &[u8])> {
    let (sim, content) = content.split_first()?;
    let (serial, content) = content.split_first_chunk()?;
    let (word, rest) = content.split_first_chunk()?;
    Some((*sim, u32::from_be_bytes(*serial), i32::from_be_bytes(*word), rest))
}

/// No longer than what the host of a library takes of it.
fn said_by_a_sim(payload: &[u8]) -> Option<Vec<u8>> {
    (payload.len() <= SAP_PAYLOAD_LIMIT).then(|| payload.to_vec())
}

fn put(kind: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let len = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    // Nothing that is put is as long as that; a record that were would be refused by whoever reads it.
    out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
    out.push(kind);
    for part in parts {
        out.extend_from_slice(part);
    }
}

fn put_json(kind: u8, what: &impl Serialize, out: &mut Vec<u8>) {
    // A configuration that was read from text can be written as text, and so can numbers.
    put(kind, &[&serde_json::to_vec(what).unwrap_or_default()], out);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_said_is_heard() {
        let modem = Modem { args: vec!["-d".to_owned(), "\u{fc}".to_owned()], multi_sim: true, ..Modem::default() };
        let said = [
            ToChild::Start(Box::new(Start { modem, dialect: DialectText::default(), sap: true })),
            ToChild::Request(0, Lane::Urgent, b"urgent"),
            ToChild::Request(3, Lane::Of(7), b""),
            ToChild::GiveUp(1, -1),
            ToChild::Ask,
            ToChild::SapRequest { sim: 3, serial: u32::MAX, id: -3, payload: b"\x08\x01" },
            ToChild::SapRequest { sim: 0, serial: 0, id: 1, payload: b"" },
            ToChild::SapGiveUp(1, 7),
        ];
        let mut stream = Vec::new();
        said.iter().for_each(|record| record.put(&mut stream));
        let mut rest = &stream[..];
        for record in said {
            let (heard, used) = ToChild::split(rest).unwrap().unwrap();
            assert_eq!(heard, record);
            rest = &rest[used..];
        }
        assert_eq!(ToChild::split(rest), Ok(None));

        let faults = HostStats { late_completions: 1, overflowed_unsolicited: 7, ..HostStats::default() };
        let state = State::new(3, faults);
        assert_eq!(state.faults(), faults);
        let frame = vec![5; RESPONSE_LIMIT];
        let said = [
            FromChild::Started(Started { description: "sim".to_owned(), sap: true }),
            FromChild::Refused(String::new()),
            FromChild::Frame(1, &frame),
            FromChild::State(state),
            FromChild::Sap(2, SapMessage::Answer { serial: 9, errno: Errno(-1), payload: vec![1, 2] }),
            FromChild::Sap(0, SapMessage::Unsolicited { id: 7, payload: vec![0; SAP_PAYLOAD_LIMIT] }),
        ];
        let mut stream = Vec::new();
        said.iter().for_each(|record| record.put(&mut stream));
        let mut rest = &stream[..];
        for record in said {
            let (heard, used) = FromChild::split(rest).unwrap().unwrap();
            assert_eq!(heard, record);
            rest = &rest[used..];
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let garbled = |bytes: &[u8]| (ToChild::split(bytes).unwrap_err(), FromChild::split(bytes).unwrap_err());
        assert_eq!(garbled(b"\0\0\0\0"), (Garbled::Empty, Garbled::Empty));
        assert_eq!(garbled(b"\0\0\0\x01!"), (Garbled::Record(b'!'), Garbled::Record(b'!')));
        let too_long = Garbled::TooLong(TooLong { len: RECORD_LIMIT + 1, limit: RECORD_LIMIT });
        assert_eq!(garbled(&(RECORD_LIMIT as u32 + 1).to_be_bytes()), (too_long, too_long));
        for short in [&b"\0\0\0\x05R\0abc"[..], b"\0\0\0\x05G\0abc", b"\0\0\0\x01G", b"\0\0\0\x02?x", b"\0\0\0\x02S{"] {
            assert_eq!(ToChild::split(short), Err(Garbled::Record(short[4])));
        }
        for short in [&b"\0\0\0\x09r\x001234567"[..], b"\0\0\0\x05g\x00123"] {
            assert_eq!(ToChild::split(short), Err(Garbled::Record(short[4])));
        }
        for short in [&b"\0\0\0\x09a\x001234567"[..], b"\0\0\0\x05u\x00123", b"\0\0\0\x04Usim"] {
            assert_eq!(FromChild::split(short), Err(Garbled::Record(short[4])));
        }
        assert_eq!(FromChild::split(b"\0\0\0\x03T{}"), Err(Garbled::Record(b'T')));
        assert_eq!(FromChild::split(b"\0\0\0\x01F"), Err(Garbled::Record(b'F')), "of no SIM");
        assert_eq!(FromChild::split(b"\0\0\0\x05F123"), Ok(None), "it goes on");
    }

    #[test]
    fn a_sim_says_no_more_than_a_host_would_take_of_it() {
        for (len, is_heard) in [(SAP_PAYLOAD_LIMIT, true), (SAP_PAYLOAD_LIMIT + 1, false)] {
            let payload = vec![0; len];
            let answer = SapMessage::Answer { serial: 1, errno: Errno::SUCCESS, payload: payload.clone() };
            for message in [answer, SapMessage::Unsolicited { id: 7, payload: payload.clone() }] {
                let mut record = Vec::new();
                FromChild::Sap(0, message).put(&mut record);
                let garbled = Err(Garbled::Record(record[4]));
                let heard = FromChild::split(&record);
                assert!(if is_heard { heard.is_ok() } else { heard == garbled }, "{len}");
            }
        }
    }

    #[test]
    fn what_goes_to_a_sim_is_not_shown() {
        let request = ToChild::SapRequest { sim: 1, serial: 2, id: 3, payload: b"1234" };
        assert_eq!(format!("{request:?}"), "SapRequest(1, 3 #2, 4 bytes)");
        assert_eq!(format!("{:?}", ToChild::Request(1, Lane::Of(2), b"1234")), "Request(1, Of(2), 4 bytes)");
    }

    proptest! {
        #[test]
        fn nothing_that_closed_code_writes_does_harm(bytes in vec(any::<u8>(), 0..200)) {
            let mut rest = &bytes[..];
            while let Ok(Some((_, used))) = FromChild::split(rest) {
                prop_assert!(used > 4);
                rest = &rest[used..];
            }
            let _ = ToChild::split(&bytes);
        }
    }
}
