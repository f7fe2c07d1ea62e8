//! A trace without what says who somebody is, where they are, what they say and to whom.
//!
//! Every frame stays, with its message, its serial, its length and whatever of its payload is no secret. What is one
//! gets a pseudonym: the same for the same original everywhere in the file, in whatever form it stands there. What kind
//! of secret a field holds is said beside the fields of payloads (`ril_protocol::secrets`). What cannot be read becomes
//! zeros: payloads of messages that ril.h does not have, payloads that are not what it says, vendors' own bytes, what
//! is said to and by the number service, what the router stores.
//!
//! Times stay, and so does what tells the country and the network unless it is asked otherwise. The bytes that a file
//! was damaged at, and events of a newer version, are left out.

mod addresses;
mod cdma;
mod cells;
mod censor;
mod identities;
mod key;
mod numbers;
mod objects;
mod short_messages;
mod sim_files;
mod texts;
mod toolkit;

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use bytes::Bytes;
use ril_protocol::dialect::Dialect;
use ril_protocol::messages::PayloadCodec;
use ril_protocol::payload::sim::SimIo;
use ril_protocol::secrets::Held;
use ril_protocol::{RequestCode, UnsolCode, parcel};

pub use key::{Key, NoKey, SHORTEST_KEY};

use self::censor::{About, InPayload};
use self::sim_files::File;
use crate::format::{ByteOrder, Event, Frame, Header, Item, Kept, Modem, Reader, Record, Remark, What, Writer};
use crate::meaning::{Follower, Link, Meaning};

/// Most requests to the SIM whose answer is waited for.
const MOST_ASKED: usize = 4096;

/// Draws pseudonyms.
#[derive(Debug)]
struct Scrub {
    key: Key,
    keeps_operators: bool,
}

/// Why a trace could not be scrubbed.
#[derive(Debug, thiserror::Error)]
pub enum ScrubError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The words in it cannot be read here.
    #[error("the trace was recorded on a machine of the other byte order, and can only be scrubbed on one")]
    ByteOrder,
    /// What its messages are called is not known.
    #[error("the trace is in the dialect {0:?}, which is not to be had here")]
    Dialect(String),
}

/// The dialect of a name, if it is to be had.
type Dialects = Box<dyn Fn(&str) -> Option<Dialect>>;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// So many frames.
    pub frames: u64,
    /// In so many of them there was something that could not be read and became zeros.
    pub unread: u64,
    /// So many events of a newer version were left out.
    pub left_out: u64,
    /// So many parts of the file were damaged.
    pub damages: u64,
}

/// Scrubs a trace.
pub struct Scrubber {
    scrub: Scrub,
    dialects: Dialects,
    /// That of this session.
    dialect: Dialect,
    follower: Follower,
    /// What is known of requests that are not answered, by their number in the session.
    asked: BTreeMap<u64, About>,
    result: Scrubbed,
}

impl Scrubber {
    /// Scrubs with pseudonyms under a key. Operators are told by their names and codes, or not.
    pub fn new(key: Key, keeps_operators: bool, dialects: impl Fn(&str) -> Option<Dialect> + 'static) -> Self {
        Self {
            scrub: Scrub { key, keeps_operators },
            dialects: Box::new(dialects),
            dialect: Dialect::default(),
            follower: Follower::default(),
            asked: BTreeMap::new(),
            result: Scrubbed::default(),
        }
    }

    /// Scrubs all of a trace. `first` makes the writer when the first session is known.
    ///
    /// # Errors
    /// Reading or writing failed, or the trace cannot be read here.
    pub fn run<R: Read, W: Write>(
        mut self,
        reader: &mut Reader<R>,
        first: impl FnOnce(&Header) -> io::Result<Writer<W>>,
    ) -> Result<Scrubbed, ScrubError> {
        let (mut first, mut writer) = (Some(first), None::<Writer<W>>);
        while let Some(item) = reader.next_item()? {
            match item {
                Item::Session(header) => {
                    let header = self.session(&header)?;
                    match (&mut writer, first.take()) {
                        (Some(writer), _) => writer.begin_session(&header)?,
                        (none, Some(first)) => *none = Some(first(&header)?),
                        (None, None) => {}
                    }
                }
                Item::Record(mut entry) => match (self.record(&entry.record), &mut writer) {
                    (Some(record), Some(writer)) => {
                        entry.record = record;
                        writer.write_entry(&entry)?;
                    }
                    _ => self.result.left_out += 1,
                },
                Item::Damage(_) => self.result.damages += 1,
            }
        }
        let mut writer = match (writer, first.take()) {
            (Some(writer), _) => writer,
            (None, Some(first)) => first(&Header { scrubbed: true, ..Header::default() })?,
            (None, None) => return Ok(self.result),
        };
        writer.finish()?;
        Ok(self.result)
    }

    fn session(&mut self, header: &Header) -> Result<Header, ScrubError> {
        let own = if cfg!(target_endian = "little") { ByteOrder::Little } else { ByteOrder::Big };
        if header.byte_order() != ByteOrder::Unknown && header.byte_order() != own {
            return Err(ScrubError::ByteOrder);
        }
        self.dialect = match &header.dialect {
            Some(name) => (self.dialects)(name).ok_or_else(|| ScrubError::Dialect(name.clone()))?,
            None => Dialect::default(),
        };
        self.follower = Follower::new(header);
        self.asked.clear();
        let Header {
            program,
            origin,
            imported_from,
            byte_order,
            ril_version,
            dialect,
            vendor_version,
            // Whoever knows the rest of a configuration could try which identities it gives the phones.
            configuration: _,
            phones,
            only_phone,
            from_start,
            untimed,
            scrubbed: _,
            life,
            part,
        } = header.clone();
        Ok(Header {
            program,
            origin,
            imported_from,
            byte_order,
            ril_version,
            dialect,
            vendor_version,
            configuration: None,
            phones,
            only_phone,
            from_start,
            untimed,
            scrubbed: true,
            life,
            part,
        })
    }

    /// The record as it may be read; `None` if nobody knows what it is.
    fn record(&mut self, record: &Record) -> Option<Record> {
        let what = match &record.what {
            What::Frame(frame) => {
                self.result.frames += 1;
                let meaning = self.follower.follow(record)?;
                What::Frame(Frame { body: self.body(frame, &meaning), ..frame.clone() })
            }
            What::Event(event) => {
                self.follower.follow(record);
                What::Event(self.event(event))
            }
            What::Unknown => return None,
        };
        Some(Record { at: record.at, what })
    }

    fn body(&mut self, frame: &Frame, meaning: &Meaning) -> Bytes {
        let payload = meaning.payload_bytes(&frame.body);
        let (head, _) = frame.body.split_at(frame.body.len() - payload.len());
        let (codec, held, about) = match meaning {
            Meaning::Request { code, .. } => {
                let code = self.request(frame, *code);
                let about = code.map_or(About::Other, |code| self.asked(frame, code, payload));
                let row = code.and_then(RequestCode::row);
                (row.map(|row| &row.request), code.map(RequestCode::arguments_hold), about)
            }
            Meaning::Reply { code: Some(code), .. } => {
                let code = self.request(frame, *code);
                let about = self.answered();
                let row = code.and_then(RequestCode::row);
                (row.map(|row| &row.response), code.map(RequestCode::result_holds), about)
            }
            Meaning::Unsolicited { code, .. } => {
                let code = self.unsolicited(frame, *code);
                let row = code.and_then(UnsolCode::row);
                (row.map(|row| &row.payload), code.map(UnsolCode::holds), About::Other)
            }
            Meaning::Reply { code: None, .. } | Meaning::Ack { .. } | Meaning::Service | Meaning::Unreadable => {
                (None, None, About::Other)
            }
        };
        let held = held.unwrap_or(Held::Fields);
        let other = codec.and_then(|codec| self.payload(frame, codec, payload, held, &about));
        self.result.unread += u64::from(other.is_none() && !payload.is_empty());
        [head, &other.unwrap_or_else(|| vec![0; payload.len()])].concat().into()
    }

    /// The request of ril.h that a number stands for. A trace does not say which phones speak the modem's dialect, so
    /// that a number which has another meaning in it is none that can be read from them.
    fn request(&self, frame: &Frame, wire: RequestCode) -> Option<RequestCode> {
        let code = self.dialect.request_named(wire);
        (code == wire || Link::of(frame) == Link::Modem).then_some(code)
    }

    /// The same of an unsolicited message.
    fn unsolicited(&self, frame: &Frame, wire: UnsolCode) -> Option<UnsolCode> {
        let code = self.dialect.unsolicited_named(wire);
        (code == wire || Link::of(frame) == Link::Modem).then_some(code)
    }

    /// The payload with as many bytes as it had; `None` if it cannot be read.
    fn payload(
        &self,
        frame: &Frame,
        codec: &PayloadCodec,
        payload: &[u8],
        held: Held,
        about: &About,
    ) -> Option<Vec<u8>> {
        if payload.is_empty() {
            return Some(Vec::new());
        }
        let version = self.follower.version(frame);
        let mut other = codec.censor(payload, version, held, &mut InPayload { scrub: &self.scrub, about }).ok()?;
        // What is behind the payload is nothing, and what of its end was left out is zeros.
        let cut = other.get(payload.len()..).is_none_or(|rest| rest.iter().all(|byte| *byte == 0));
        other.resize(payload.len(), 0);
        (cut && codec.reencode(&other, version).is_ok()).then_some(other)
    }

    /// What is known of a request, for what is in it and for its answer.
    fn asked(&mut self, frame: &Frame, code: RequestCode, payload: &[u8]) -> About {
        let version = self.follower.version(frame);
        let about = match code {
            RequestCode::SIM_IO => match parcel::decode::<SimIo>(payload, version) {
                Ok(io) => About::File(File {
                    command: io.command,
                    id: io.file_id,
                    path: io.path.unwrap_or_default(),
                    aid: io.aid.unwrap_or_default(),
                }),
                Err(_) => About::Other,
            },
            RequestCode::SIM_AUTHENTICATION => About::Challenge,
            _ => return About::Other,
        };
        if let Some(exchange) = self.follower.exchange() {
            self.asked.insert(exchange, about.clone());
        }
        // Of an answer to a request that was forgotten nothing is left.
        if self.asked.len() > MOST_ASKED {
            self.asked.pop_first();
        }
        about
    }

    /// What is known of the request that was just answered.
    fn answered(&mut self) -> About {
        let asked = self.follower.exchange().and_then(|exchange| self.asked.remove(&exchange));
        asked.unwrap_or_default()
    }

    fn event(&self, event: &Event) -> Event {
        // What the router keeps are numbers and texts in a form of its own.
        let kept = |kept: &Kept| Kept {
            kind: kept.kind,
            key: vec![0; kept.key.len()].into(),
            value: vec![0; kept.value.len()].into(),
        };
        match event {
            Event::Recall(record) => Event::Recall(kept(record)),
            Event::Store(record) => Event::Store(kept(record)),
            Event::Remove(record) => Event::Remove(kept(record)),
            Event::Remark(Remark { text }) => Event::Remark(Remark { text: self.scrub.text(text) }),
            Event::ModemUp(Modem { ril_version, vendor_version }) => {
                Event::ModemUp(Modem { ril_version: *ril_version, vendor_version: vendor_version.clone() })
            }
            Event::PhoneUp(_)
            | Event::PhoneDown(_)
            | Event::ModemDown(_)
            | Event::Foreground(_)
            | Event::Tick(_)
            | Event::GiveUp(_)
            | Event::Stored(_)
            | Event::StoreFailing(_)
            | Event::Lost(_)
            | Event::ServiceUp(_)
            | Event::ServiceDown(_)
            | Event::EmergencyElsewhere(_)
            | Event::InUseElsewhere(_)
            | Event::WallClock(_) => event.clone(),
        }
    }
}
