//! A trace as a packet capture: a packet for each record, an interface for each phone and for the modem.
//!
//! Nothing is left out that `import` needs to make the same trace of it. Sessions, events and damage are packets, too,
//! and say in a comment what they are, for those who have no dissector.

use std::collections::HashMap;
use std::io::{self, Write};

use ril_protocol::RilVersion;
use serde_json::Value;

use crate::capture::blocks::{self, Direction};
use crate::capture::{Content, LINK_TYPE, PART_LIMIT, Packet};
use crate::format::{ByteOrder, Entry, Event, Flow, Frame, Header, Item, Way, What};
use crate::meaning::{Follower, Meaning};
use crate::show::{Filter, Show, phone_name};

/// What stands at the beginning of every file.
const REMARK: &str =
    "A RIL trace: it may hold telephone numbers, texts, identities and PINs. For `rilctl trace dissector`.";

/// Most interfaces; a trace with more phones than that was made to annoy.
const MOST_INTERFACES: usize = 1024;

/// The interface of what is about no phone and not from or to the modem.
const ROUTER: &str = "router";

/// Writes a packet capture.
#[derive(Debug)]
pub struct Capture<W> {
    out: W,
    header: Header,
    follower: Follower,
    /// Says what is in the capture, and what sessions and events are in JSON.
    show: Show,
    interfaces: HashMap<String, u32>,
    /// What has no time of its own, and takes that of the next packet.
    waiting: Vec<Waiting>,
    /// The time of the last packet.
    last_ns: u64,
}

/// The beginning of a session, or damage.
#[derive(Debug)]
struct Waiting {
    content: Content,
    json: String,
    comment: String,
    version: RilVersion,
}

impl<W: Write> Capture<W> {
    /// Begins a capture of what the filter lets through.
    pub fn new(mut out: W, program: &str, filter: Filter) -> io::Result<Self> {
        out.write_all(&blocks::section(program, REMARK))?;
        let (header, follower, show) = (Header::default(), Follower::default(), Show::new(filter));
        Ok(Self { out, header, follower, show, interfaces: HashMap::new(), waiting: Vec::new(), last_ns: 0 })
    }

    /// Adds what comes next.
    pub fn add(&mut self, item: &Item) -> io::Result<()> {
        if let Item::Session(header) = item {
            self.header = Header::clone(header);
            self.follower = Follower::new(header);
        }
        let meaning = match item {
            Item::Record(entry) => self.follower.follow(&entry.record),
            Item::Session(_) | Item::Damage(_) => None,
        };
        let Some(json) = self.show.json(item) else { return Ok(()) };
        let (content, json) = match item {
            Item::Session(_) => (Content::Session, &json["session"]),
            Item::Damage(_) => (Content::Damage, &json["damage"]),
            Item::Record(entry) => return self.add_record(entry, meaning.as_ref(), &json["event"]),
        };
        let version = self.follower.first_version();
        self.waiting.push(Waiting { content, json: json.to_string(), comment: self.show.said_of(item), version });
        Ok(())
    }

    /// All is written.
    pub fn finish(mut self) -> io::Result<()> {
        self.add_waiting()?;
        self.out.flush()
    }

    fn add_record(&mut self, entry: &Entry, meaning: Option<&Meaning>, json: &Value) -> io::Result<()> {
        let since = u64::try_from(entry.record.at.as_nanos()).unwrap_or(u64::MAX);
        self.last_ns = entry.unix_ns.map_or(since, i64::cast_unsigned);
        self.add_waiting()?;
        match &entry.record.what {
            What::Frame(frame) => self.add_frame(entry, frame, meaning),
            What::Event(event) => self.add_event(entry, event, json),
            // There is nothing to say of it.
            What::Unknown => Ok(()),
        }
    }

    fn add_waiting(&mut self) -> io::Result<()> {
        for Waiting { content, json, comment, version } in std::mem::take(&mut self.waiting) {
            let interface = self.interface(ROUTER)?;
            let packet = Packet { version, data: json.as_bytes(), ..self.packet(content, None) };
            self.write(interface, &packet, Direction::Unknown, &comment)?;
        }
        Ok(())
    }

    fn add_frame(&mut self, entry: &Entry, frame: &Frame, meaning: Option<&Meaning>) -> io::Result<()> {
        let name = frame.phone.map(|place| phone_name(&self.header, place)).unwrap_or_default();
        let (interface, is_ril) = match frame.way {
            Way::ToModem | Way::FromModem => (self.interface("modem")?, true),
            Way::ToService | Way::FromService => (self.interface("service")?, false),
            Way::FromPhone | Way::ToPhone | Way::NoWay => {
                (self.interface(if name.is_empty() { "phone" } else { &name })?, true)
            }
        };
        let direction = match frame.way {
            Way::FromPhone | Way::FromModem | Way::FromService => Direction::Inbound,
            Way::ToPhone | Way::ToModem | Way::ToService => Direction::Outbound,
            Way::NoWay => Direction::Unknown,
        };
        let mut whole = Vec::with_capacity(frame.body.len() + 4);
        if is_ril {
            whole.extend(u32::try_from(frame.body.len()).unwrap_or(u32::MAX).to_be_bytes());
        }
        whole.extend_from_slice(&frame.body);
        let packet = Packet {
            phone: frame.phone,
            flow: frame.flow,
            head_only: frame.head_only,
            version: self.follower.version(frame),
            answers: match meaning {
                Some(Meaning::Reply { code, .. }) => *code,
                _ => None,
            },
            name: &name,
            ..self.packet(Content::Frame(frame.way), Some(entry))
        };
        let parts: Vec<&[u8]> = if whole.is_empty() { vec![&[]] } else { whole.chunks(PART_LIMIT).collect() };
        let last = parts.len() - 1;
        for (place, data) in parts.into_iter().enumerate() {
            let part = u16::try_from(place).unwrap_or(u16::MAX);
            let packet = Packet { data, part, goes_on: place < last, ..packet };
            self.write(interface, &packet, direction, "")?;
        }
        Ok(())
    }

    fn add_event(&mut self, entry: &Entry, event: &Event, json: &Value) -> io::Result<()> {
        let phone = match event {
            Event::PhoneUp(phone) | Event::PhoneDown(phone) | Event::Foreground(phone) => Some(phone.place),
            _ => None,
        };
        let name = phone.map(|place| phone_name(&self.header, place)).unwrap_or_default();
        let interface = self.interface(if name.is_empty() { ROUTER } else { &name })?;
        let (comment, text) = (self.show.event_text(event), json.to_string());
        let of = self.packet(Content::Event, Some(entry));
        let packet = Packet { phone, name: &name, data: text.as_bytes(), ..of };
        self.write(interface, &packet, Direction::Unknown, &comment)
    }

    /// A packet of which no more is known than its time.
    fn packet(&self, content: Content, entry: Option<&Entry>) -> Packet<'static> {
        Packet {
            content,
            byte_order: match self.header.byte_order() {
                ByteOrder::Unknown => ByteOrder::OWN,
                known => known,
            },
            has_time_of_day: entry.is_some_and(|entry| entry.unix_ns.is_some()),
            at: entry.map(|entry| entry.record.at).unwrap_or_default(),
            phone: None,
            flow: Flow::Unknown,
            version: self.follower.first_version(),
            answers: None,
            part: 0,
            goes_on: false,
            head_only: false,
            name: "",
            data: &[],
        }
    }

    /// The number of the interface of this name, which is made when it is not there.
    fn interface(&mut self, name: &str) -> io::Result<u32> {
        let name = if self.interfaces.len() < MOST_INTERFACES { name } else { ROUTER };
        if let Some(number) = self.interfaces.get(name) {
            return Ok(*number);
        }
        let number = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces.insert(name.to_owned(), number);
        self.out.write_all(&blocks::interface(LINK_TYPE, name))?;
        Ok(number)
    }

    fn write(&mut self, interface: u32, packet: &Packet<'_>, direction: Direction, comment: &str) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(packet.data.len() + 64);
        packet.put(&mut bytes);
        self.out.write_all(&blocks::packet(interface, self.last_ns, &bytes, direction, comment))
    }
}
