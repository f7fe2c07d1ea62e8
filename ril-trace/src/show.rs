//! A trace for people, a line for each record, and for programs, a JSON object for each line.
//!
//! What came over the network may hold anything: lines for people carry no control characters but their own end.

use std::collections::BTreeSet;
use std::time::Duration;

use ril_protocol::{RequestCode, UnsolCode, hex};
use serde_json::{Map, Value, json};

use crate::format::{Damage, Ending, Entry, Event, Flow, Frame, Header, Item, Kept, Origin, Record, Way, What};
use crate::meaning::{Follower, Meaning, Payload};
use crate::terminal::printable;
use crate::time_of_day;

/// Which records are shown. What is empty lets everything through.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Frames and events of phones of these names.
    pub phones: Vec<String>,
    /// These requests and their replies, and these unsolicited messages.
    pub messages: Vec<Message>,
    /// Requests and replies with these serials, on either side of the router.
    pub serials: Vec<i32>,
    /// Nothing before this.
    pub from: Option<Moment>,
    /// Nothing after this.
    pub to: Option<Moment>,
}

/// A message that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A request and its reply.
    Request(RequestCode),
    /// An unsolicited message.
    Unsolicited(UnsolCode),
}

/// A time that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Since the beginning of the session.
    Since(Duration),
    /// A time of day, in nanoseconds since 1970.
    Unix(i64),
}

impl std::str::FromStr for Message {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse::<i32>().ok();
        if let Some(code) = number.filter(|code| UnsolCode(*code).row().is_some()) {
            return Ok(Self::Unsolicited(UnsolCode(code)));
        }
        let request = text.parse().map(Self::Request);
        request.or_else(|_| text.parse().map(Self::Unsolicited)).map_err(|_| format!("ril.h has no message {text:?}"))
    }
}

impl std::str::FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(unix_ns) = time_of_day::parse(text) {
            return Ok(Self::Unix(unix_ns));
        }
        let seconds = text.strip_suffix('s').unwrap_or(text).parse().ok();
        let since = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        since.map(Self::Since).ok_or_else(|| {
            format!("{text:?} is neither seconds since the beginning nor a time such as 2026-11-28T14:00:00Z")
        })
    }
}

impl Moment {
    /// Whether a record is earlier than this, which is never the case where its time of day is not known.
    fn is_after(self, entry: &Entry) -> bool {
        match self {
            Self::Since(since) => entry.record.at < since,
            Self::Unix(unix_ns) => entry.unix_ns.is_some_and(|at| at < unix_ns),
        }
    }

    fn is_before(self, entry: &Entry) -> bool {
        match self {
            Self::Since(since) => entry.record.at > since,
            Self::Unix(unix_ns) => entry.unix_ns.is_some_and(|at| at > unix_ns),
        }
    }
}

/// Turns the items of a trace into lines.
#[derive(Debug, Default)]
pub struct Show {
    filter: Filter,
    header: Header,
    follower: Follower,
    /// Whether JSON also holds the bytes of every frame, so that a trace can be made of it again.
    whole: bool,
}

impl Show {
    /// Shows what the filter lets through.
    pub fn new(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// JSON that a trace can be made of again: it also holds the bytes of every frame.
    pub fn whole(filter: Filter) -> Self {
        Self { filter, whole: true, ..Self::default() }
    }

    /// The line of an item, if it is to be shown.
    pub fn text(&mut self, item: &Item) -> Option<String> {
        match item {
            Item::Session(header) => {
                self.begin(header);
                Some(format!("-- {}", printable(&self.said_of(item))))
            }
            Item::Damage(_) => Some(format!("!! {}", self.said_of(item))),
            Item::Record(entry) => {
                let meaning = self.look(entry)?;
                let time = format!("{:>13.6}", entry.record.at.as_secs_f64());
                let what = match &entry.record.what {
                    What::Frame(frame) => self.frame_text(frame, meaning.as_ref()),
                    What::Event(event) => self.event_text(event),
                    What::Unknown => "something that this version does not know".to_owned(),
                };
                Some(format!("{:>6} {time}  {}", entry.number, printable(&what)))
            }
        }
    }

    /// The JSON object of an item, if it is to be shown.
    pub fn json(&mut self, item: &Item) -> Option<Value> {
        match item {
            Item::Session(header) => {
                self.begin(header);
                Some(json!({"session": header_json(header)}))
            }
            Item::Damage(Damage { from, to, records, kind }) => {
                Some(json!({"damage": {"from": from, "to": to, "records": records, "what": kind.to_string()}}))
            }
            Item::Record(entry) => {
                let meaning = self.look(entry)?;
                let mut line = Map::new();
                line.insert("record".to_owned(), json!(entry.number));
                line.insert("at".to_owned(), json!(entry.record.at.as_secs_f64()));
                if let Some(unix_ns) = entry.unix_ns {
                    line.insert("time".to_owned(), json!(time_of_day::show(unix_ns)));
                }
                if self.whole {
                    line.insert("at_ns".to_owned(), json!(u64::try_from(entry.record.at.as_nanos()).ok()));
                    line.insert("unix_ns".to_owned(), json!(entry.unix_ns));
                }
                match &entry.record.what {
                    What::Frame(frame) => self.frame_json(frame, meaning.as_ref(), &mut line),
                    What::Event(event) => drop(line.insert("event".to_owned(), self.event_json(event))),
                    What::Unknown => drop(line.insert("event".to_owned(), Value::Null)),
                }
                Some(Value::Object(line))
            }
        }
    }

    /// What is no record, in a few words.
    pub(crate) fn said_of(&self, item: &Item) -> String {
        match item {
            Item::Session(header) => header_text(header),
            Item::Damage(damage) => damage.to_string(),
            Item::Record(_) => String::new(),
        }
    }

    /// Shows nothing, but knows later what this record has to do with others.
    pub fn pass_over(&mut self, record: &Record) {
        self.follower.pass_over(record);
    }

    fn begin(&mut self, header: &Header) {
        self.header = header.clone();
        self.follower = Follower::new(header);
    }

    /// Follows a record, and says whether it is to be shown: outside is none, inside what it means if it is a frame.
    fn look(&mut self, entry: &Entry) -> Option<Option<Meaning>> {
        let meaning = self.follower.follow(&entry.record);
        let Filter { phones, messages, serials, from, to } = &self.filter;
        let in_time = from.is_none_or(|from| !from.is_after(entry)) && to.is_none_or(|to| !to.is_before(entry));
        let is_phone = |place: u32| phones.iter().any(|name| *name == self.phone(place));
        let wanted = in_time
            && (phones.is_empty() || about(&entry.record.what).is_none_or(is_phone) && !is_between(&entry.record.what))
            && (messages.is_empty() || messages.iter().any(|wanted| meaning.as_ref().is_some_and(|is| wanted.is(is))))
            && (serials.is_empty()
                || meaning.as_ref().and_then(Meaning::serial).is_some_and(|is| serials.contains(&is)));
        wanted.then_some(meaning)
    }

    /// The name of a phone; a number where the header names none.
    fn phone(&self, place: u32) -> String {
        phone_name(&self.header, place)
    }

    /// From whom and to whom.
    fn ends(&self, frame: &Frame) -> [String; 2] {
        ends(&self.header, frame)
    }

    fn frame_text(&self, frame: &Frame, meaning: Option<&Meaning>) -> String {
        let [from, to] = self.ends(frame);
        let bytes = |body: &[u8]| format!(" 0x{}", hex::to_hex(body));
        let said = match meaning {
            Some(meaning) => {
                let carried = match meaning.payload() {
                    Payload::Empty => String::new(),
                    Payload::Fields(fields) => format!(" {fields}"),
                    Payload::Bytes => bytes(meaning.payload_bytes(&frame.body)),
                    Payload::Unknown => " (what it carried is not known)".to_owned(),
                };
                format!("{}{carried}", meaning_text(meaning))
            }
            None => bytes(&frame.body),
        };
        format!("{from} -> {to}: {said}")
    }

    fn frame_json(&self, frame: &Frame, meaning: Option<&Meaning>, line: &mut Map<String, Value>) {
        let mut put = |key: &str, value: Value| drop(line.insert(key.to_owned(), value));
        let [from, to] = self.ends(frame);
        put("from", json!(from));
        put("to", json!(to));
        let Some(meaning) = meaning else { return };
        match meaning {
            Meaning::Request { code, serial, .. } => {
                put("request", json!(code));
                put("serial", json!(serial));
            }
            Meaning::Reply { code, serial, errno, took, wants_ack, .. } => {
                put("reply", json!(code));
                put("serial", json!(serial));
                put("errno", json!(errno));
                if let Some(took) = took {
                    put("took", json!(took.as_secs_f64()));
                }
                if *wants_ack {
                    put("wants_ack", json!(true));
                }
            }
            Meaning::Unsolicited { code, wants_ack, .. } => {
                put("unsolicited", json!(code));
                if *wants_ack {
                    put("wants_ack", json!(true));
                }
            }
            Meaning::Ack { serial } => put("ack", json!(serial)),
            Meaning::Service => put("service", Value::Null),
            Meaning::Unreadable => put("unreadable", Value::Null),
        }
        match meaning.payload() {
            Payload::Empty => {}
            Payload::Fields(fields) => put("payload", fields.clone()),
            Payload::Bytes => put("hex", json!(hex::to_hex(meaning.payload_bytes(&frame.body)))),
            Payload::Unknown => put("payload_unknown", json!(true)),
        }
        if self.whole {
            put("way", json!(frame.way.as_str_name()));
            put("phone", json!(frame.phone));
            put("flow", flow_json(frame.flow));
            put(if frame.head_only { "head" } else { "body" }, json!(hex::to_hex(&frame.body)));
        }
    }

    /// An event in a few words.
    pub(crate) fn event_text(&self, event: &Event) -> String {
        let kept =
            |kept: &Kept| format!("kind {} 0x{} 0x{}", kept.kind, hex::to_hex(&kept.key), hex::to_hex(&kept.value));
        match event {
            Event::PhoneUp(phone) => format!("{} comes", self.phone(phone.place)),
            Event::PhoneDown(phone) => format!("{} leaves", self.phone(phone.place)),
            Event::Foreground(phone) => format!("{} gets the screen", self.phone(phone.place)),
            Event::ModemUp(modem) => {
                let version = modem.ril_version.map(|version| format!(", RIL version {version}")).unwrap_or_default();
                format!("the modem comes: {}{version}", modem.vendor_version.as_deref().unwrap_or("unknown"))
            }
            Event::ModemDown(_) => "the modem leaves".to_owned(),
            Event::Tick(_) => "tick".to_owned(),
            Event::GiveUp(give_up) => format!("router gives up #{}", give_up.serial),
            Event::Recall(record) => format!("store -> router: {}", kept(record)),
            Event::Store(record) => format!("router -> store: {}", kept(record)),
            Event::Remove(record) => format!("router -> store: remove {}", kept(record)),
            Event::Stored(stored) => format!("stored {}", stored.changes),
            Event::StoreFailing(failing) => format!("the store {}", if failing.failing { "fails" } else { "works" }),
            Event::Lost(lost) => format!("{} records are missing here, {} bytes", lost.records, lost.bytes),
            Event::Remark(remark) => format!("# {}", remark.text),
            Event::ServiceUp(_) => "the number service comes".to_owned(),
            Event::ServiceDown(_) => "the number service leaves".to_owned(),
            Event::InUseElsewhere(_) => "other phones are there on another SIM".to_owned(),
            Event::EmergencyElsewhere(_) => "an emergency call goes out on another SIM".to_owned(),
            Event::WallClock(clock) => format!("the time is {}", clock_text(clock.unix_seconds)),
        }
    }

    fn event_json(&self, event: &Event) -> Value {
        let kept = |name: &str, kept: &Kept| json!({name: {"kind": kept.kind, "key": hex::to_hex(&kept.key), "value": hex::to_hex(&kept.value)}});
        match event {
            Event::PhoneUp(phone) => json!({"phone_up": self.phone(phone.place)}),
            Event::PhoneDown(phone) => json!({"phone_down": self.phone(phone.place)}),
            Event::Foreground(phone) => json!({"foreground": self.phone(phone.place)}),
            Event::ModemUp(modem) => {
                json!({"modem_up": {"ril_version": modem.ril_version, "vendor_version": modem.vendor_version}})
            }
            Event::ModemDown(_) => json!("modem_down"),
            Event::Tick(_) => json!("tick"),
            Event::GiveUp(give_up) => json!({"give_up": give_up.serial}),
            Event::Recall(record) => kept("recall", record),
            Event::Store(record) => kept("store", record),
            Event::Remove(record) => kept("remove", record),
            Event::Stored(stored) => json!({"stored": stored.changes}),
            Event::StoreFailing(failing) => json!({"store_failing": failing.failing}),
            Event::Lost(lost) => json!({"lost": {"records": lost.records, "bytes": lost.bytes}}),
            Event::Remark(remark) => json!({"remark": remark.text}),
            Event::ServiceUp(_) => json!("service_up"),
            Event::ServiceDown(_) => json!("service_down"),
            Event::InUseElsewhere(_) => json!("in_use_elsewhere"),
            Event::EmergencyElsewhere(_) => json!("emergency_elsewhere"),
            Event::WallClock(clock) => json!({"wall_clock": clock.unix_seconds}),
        }
    }
}

impl Message {
    fn is(self, meaning: &Meaning) -> bool {
        match (self, meaning) {
            (Self::Request(wanted), Meaning::Request { code, .. } | Meaning::Reply { code: Some(code), .. }) => {
                wanted == *code
            }
            (Self::Unsolicited(wanted), Meaning::Unsolicited { code, .. }) => wanted == *code,
            _ => false,
        }
    }
}

/// The name of a phone; a number where the header names none.
pub(crate) fn phone_name(header: &Header, place: u32) -> String {
    let name = usize::try_from(place).ok().and_then(|place| header.phones.get(place));
    name.cloned().unwrap_or_else(|| format!("phone{place}"))
}

/// From whom a frame came and to whom it went.
pub(crate) fn ends(header: &Header, frame: &Frame) -> [String; 2] {
    let phone = || frame.phone.map_or_else(|| "phone".to_owned(), |place| phone_name(header, place));
    let [router, modem, service] = [other_side(header), "modem", "service"].map(str::to_owned);
    match frame.way {
        Way::FromPhone => [phone(), router],
        Way::ToPhone => [router, phone()],
        Way::ToModem => [router, modem],
        Way::FromModem => [modem, router],
        Way::FromService => [service, router],
        Way::ToService => [router, service],
        Way::NoWay => [String::new(), String::new()],
    }
}

/// Who phones speak to: the router, or what was a rild to the one who saw it.
pub(crate) fn other_side(header: &Header) -> &'static str {
    match header.origin() {
        Origin::Import | Origin::Tap => "rild",
        Origin::Router | Origin::Unspecified => "router",
    }
}

/// A message without its payload, in a few words.
pub(crate) fn meaning_text(meaning: &Meaning) -> String {
    let ack = |wants_ack: bool| if wants_ack { " (to be acknowledged)" } else { "" };
    match meaning {
        Meaning::Request { code, serial, .. } => format!("{code} #{serial}"),
        Meaning::Reply { code, serial, errno, took, wants_ack, .. } => {
            let name = code.map_or_else(|| "reply".to_owned(), |code| code.to_string());
            let result = if errno.0 == 0 { "ok".to_owned() } else { errno.to_string() };
            let took = took.map(|took| format!(" after {:.1} ms", took.as_secs_f64() * 1e3)).unwrap_or_default();
            format!("{name} #{serial} {result}{took}{}", ack(*wants_ack))
        }
        Meaning::Unsolicited { code, wants_ack, .. } => format!("! {code}{}", ack(*wants_ack)),
        Meaning::Ack { serial } => format!("#{serial} arrived"),
        Meaning::Service => "message".to_owned(),
        Meaning::Unreadable => "unreadable".to_owned(),
    }
}

/// In which flow a request went to the modem: a word, or the place of a phone.
fn flow_json(flow: Flow) -> Value {
    match flow {
        Flow::Unknown => Value::Null,
        Flow::Urgent => json!("urgent"),
        Flow::Router => json!("router"),
        Flow::Card => json!("card"),
        Flow::Phone(place) => json!(place),
    }
}

/// How a file ends, if not as it should.
pub fn ending_text(ending: Option<Ending>) -> Option<String> {
    match ending {
        Some(Ending::Complete) => None,
        Some(Ending::Open) | None => {
            Some("the file ends without its index: what wrote it was stopped, or writes still".to_owned())
        }
        Some(Ending::Torn(from)) => Some(format!("the file is torn off at byte {from}: what wrote it was stopped")),
    }
}

/// The phone that a record is about.
fn about(what: &What) -> Option<u32> {
    match what {
        What::Frame(frame) => frame.phone,
        What::Event(Event::PhoneUp(phone) | Event::PhoneDown(phone) | Event::Foreground(phone)) => Some(phone.place),
        What::Event(_) | What::Unknown => None,
    }
}

/// A frame between the router and something that is no phone.
fn is_between(what: &What) -> bool {
    let What::Frame(frame) = what else { return false };
    !matches!(frame.way, Way::FromPhone | Way::ToPhone)
}

fn header_text(header: &Header) -> String {
    let mut parts = vec![header.program.clone()];
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            parts.push(format!("{name} {value}"));
        }
    };
    add("imported from", Some(&header.imported_from));
    add("RIL version", header.ril_version.map(|version| version.to_string()).as_deref());
    add("dialect", header.dialect.as_deref());
    add("modem", header.vendor_version.as_deref());
    add("phones", Some(&header.phones.join(", ")));
    add("only", header.only_phone.map(|place| phone_name(header, place)).as_deref());
    add("configuration", header.configuration.as_deref());
    let marks: BTreeSet<&str> = [
        (header.from_start, "from the start"),
        (header.untimed, "times are only an order"),
        (header.scrubbed, "scrubbed"),
    ]
    .into_iter()
    .filter_map(|(is, mark)| is.then_some(mark))
    .collect();
    parts.extend(marks.into_iter().map(str::to_owned));
    parts.join("; ")
}

fn header_json(header: &Header) -> Value {
    json!({
        "program": header.program,
        "origin": header.origin().as_str_name(),
        "imported_from": header.imported_from,
        "byte_order": header.byte_order().as_str_name(),
        "ril_version": header.ril_version,
        "dialect": header.dialect,
        "vendor_version": header.vendor_version,
        "configuration": header.configuration,
        "phones": header.phones,
        "only_phone": header.only_phone,
        "from_start": header.from_start,
        "untimed": header.untimed,
        "scrubbed": header.scrubbed,
    })
}

fn clock_text(unix_seconds: u64) -> String {
    let unix_ns = i64::try_from(unix_seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000_000));
    unix_ns.map_or_else(|| format!("{unix_seconds} s after 1970"), time_of_day::show)
}
