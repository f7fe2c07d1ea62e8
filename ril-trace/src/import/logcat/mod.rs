//! The radio log of an Android phone, `logcat -b radio`: which messages went, when, and hardly what they carried.
//!
//! Of what a message carried a log says a part, in words that changed with every version. So the trace has the head of
//! the message and says that the rest is not known, but where the line leaves no doubt: where ril.h has nothing to
//! carry and the line says nothing, and where it carries numbers and the line lists them. Nothing is made up.
//!
//! * Serials are those of the log. Of newer versions of RILJ they are the remainder by 10,000, and not what was sent.
//! * Each SIM is a phone (`SUB0`, `PHONE1`). A line without one belongs to the request that it answers, or to nobody.
//! * Where both RILJ and libril wrote a log, RILJ's is imported: both tell the same.
//! * Since Android 8 a log is no longer of a socket, but of the calls that took its place, by the same names.
//!
//! Reference: what its modules here name.

mod line;
mod said;

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::time::Duration;

use bytes::Bytes;
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::messages::PayloadCodec;
use ril_protocol::{RilVersion, parcel};

use self::line::{Line, Since, Stamp};
use self::said::{Said, Unusable, What, said};
use super::gathered::{Gathered, Kept};
use super::{ImportError, Imported, Lines};
use crate::format::{Event, Record, Remark, Way};

/// The most names that ril.h does not have and that are told apart.
const MOST_NAMES: usize = 1000;

/// A clock without years that goes back by more than this has gone past the end of one.
const HALF_A_YEAR: Duration = Duration::from_secs(183 * 24 * 60 * 60);

/// As long as the leap year that stands for one that is not said.
const A_YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What a phone is called where the log names no SIM.
const ONLY_PHONE: &str = "client";

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Rild,
}

/// A message of the log, before it is known of which phone it is.
struct Logged {
    at: Duration,
    side: Side,
    sim: Option<u32>,
    what: What,
    /// What it carried, where that is known.
    carried: Option<Vec<u8>>,
}

/// Whether a line is one of such a log.
pub(super) fn is_line(text: &str) -> bool {
    let text = line::plain(text.trim_end());
    let is_head = || line::head(&text).is_some_and(|(_, tag)| side(tag).is_some());
    let is_of_interest = |message: &str| said(message).is_some() || is_bare(message);
    line::line(&text).is_some_and(|line| side(line.tag).is_some() && is_of_interest(line.message)) || is_head()
}

/// Whether libril says that a message went, and neither its serial nor what it carried: `SOCKET RIL_SOCKET_1 REQUEST:
/// OPERATOR length:8`, `RIL_SOCKET_1 UNSOLICITED: UNSOL_SIGNAL_STRENGTH length:60`.
fn is_bare(message: &str) -> bool {
    message.contains(" length:") && [" REQUEST: ", " UNSOLICITED: "].iter().any(|word| message.contains(word))
}

pub(super) fn read(source: impl BufRead, kept: Kept) -> Result<Gathered, ImportError> {
    let mut lines = Lines::of(source);
    let mut log = Log { kept, ..Log::default() };
    // The head of what follows, in the format `long`.
    let mut head: Option<(Option<Stamp>, String)> = None;
    while let Some((number, text)) = lines.next()? {
        let text = line::plain(&text);
        if let Some((stamp, tag)) = line::head(&text) {
            head = Some((stamp, tag.to_owned()));
            continue;
        }
        head = head.filter(|_| !text.is_empty());
        let line = match &head {
            Some((stamp, tag)) => Line { stamp: *stamp, tag, message: &text },
            None => match line::line(&text) {
                Some(line) => line,
                None => continue,
            },
        };
        let Some(side) = side(line.tag) else { continue };
        match said(line.message) {
            Some(Ok(said)) => {
                let at = log.clock.at(line.stamp);
                log.kept.add(size_of::<Logged>() + said.rest.len())?;
                log.add(at, side, &said);
            }
            Some(Err(Unusable::NoSuchMessage(name))) => log.unknown(number, name)?,
            Some(Err(Unusable::NoSuchError(name))) => {
                log.gathered
                    .imported
                    .complain(number, format_args!("{name:?} is no error of ril.h, or any of several"));
            }
            None if is_bare(line.message) => log.bare.push_line(number),
            None => {}
        }
    }
    log.finish(lines.number)
}

/// Who writes under this tag.
fn side(tag: &str) -> Option<Side> {
    match tag {
        "RILC" | "RIL" | "RILD" | "libril" => Some(Side::Rild),
        _ => tag.starts_with("RILJ").then_some(Side::Client),
    }
}

#[derive(Default)]
struct Log {
    clock: Clock,
    messages: Vec<Logged>,
    /// Has the names of the SIMs.
    gathered: Gathered,
    /// Lines of libril that say too little.
    bare: Bare,
    /// Where a name stands first that ril.h does not have, and in how many lines.
    unknown: BTreeMap<String, (u64, u64)>,
    kept: Kept,
}

/// Where the first of some lines is, and how many there are.
#[derive(Default)]
struct Bare {
    first: Option<u64>,
    lines: u64,
}

impl Bare {
    fn push_line(&mut self, number: u64) {
        self.first.get_or_insert(number);
        self.lines += 1;
    }
}

impl Log {
    fn add(&mut self, at: Duration, side: Side, said: &Said<'_>) {
        let sim = said.sim.map(|sim| self.gathered.phone(sim));
        let carried = carried(side, said);
        self.messages.push(Logged { at, side, sim, what: said.what, carried });
    }

    fn unknown(&mut self, line: u64, name: &str) -> Result<(), ImportError> {
        if let Some((_, lines)) = self.unknown.get_mut(name) {
            *lines += 1;
        } else if self.unknown.len() < MOST_NAMES {
            self.kept.add(name.len())?;
            self.unknown.insert(name.to_owned(), (line, 1));
        } else {
            self.gathered.imported.complain(line, "is of no message of ril.h");
        }
        Ok(())
    }

    fn finish(self, lines: u64) -> Result<Gathered, ImportError> {
        let Self { clock, messages, mut gathered, bare, unknown, kept } = self;
        gathered.kept = kept;
        gathered.untimed = clock.first.is_none();
        gathered.clock = clock.unix();
        complain_of_names(&mut gathered.imported, &unknown);
        if let (true, Some(first)) = (messages.is_empty(), bare.first) {
            let lines = bare.lines;
            let what = format!("libril says in {lines} lines which messages went, but no serials and no payloads");
            gathered.imported.complain(first, format_args!("{what}: nothing can be made of that"));
        } else if messages.is_empty() {
            gathered.imported.complain(
                lines,
                "there is nothing of RILJ or RILC in it; was it `logcat -b radio`, and `-v threadtime` or `-v long`?",
            );
        }
        if gathered.phones.is_empty() {
            gathered.phone(ONLY_PHONE);
        }
        let only = (gathered.phones.len() == 1).then_some(0);
        let of_client = messages.iter().filter(|message| message.side == Side::Client).count();
        let side = if of_client > 0 { Side::Client } else { Side::Rild };
        let left_out = messages.len() - if of_client > 0 { of_client } else { messages.len() };
        if left_out > 0 {
            let text = format!("the log has the same once more, as libril wrote it: {left_out} lines are left out");
            gathered.push(Record::event(Duration::ZERO, Event::Remark(Remark { text })))?;
        }
        // The SIM of each request that waits for its answer, by its serial.
        let mut asked: HashMap<i32, u32> = HashMap::new();
        for message in messages.iter().filter(|message| message.side == side) {
            let sim = message.sim.or(only);
            let phone = match message.what {
                What::Request(serial, _) => {
                    sim.map(|sim| asked.insert(serial, sim));
                    sim
                }
                What::Reply(serial, ..) | What::Spoilt(serial, _) => sim.or(asked.remove(&serial)),
                What::Ack(serial) => sim.or_else(|| asked.get(&serial).copied()),
                What::Unsolicited(_) => sim,
            };
            gathered.push(message.record(phone))?;
        }
        Ok(gathered)
    }
}

fn complain_of_names(imported: &mut Imported, unknown: &BTreeMap<String, (u64, u64)>) {
    let mut names: Vec<_> = unknown.iter().collect();
    names.sort_by_key(|(_, (line, _))| *line);
    for (name, (line, count)) in names {
        imported.complain(*line, format_args!("ril.h has no message {name:?}; {count} lines name it"));
        // Each of them could not be used.
        imported.complained += count - 1;
    }
}

impl Logged {
    fn record(&self, phone: Option<u32>) -> Record {
        let payload = self.carried.as_deref().unwrap_or_default();
        let mut frame = Vec::new();
        let way = match self.what {
            What::Request(serial, code) => {
                Request { code, serial, payload }.put(&mut frame);
                Way::FromPhone
            }
            What::Reply(serial, _, errno) => {
                Reply::new(serial, errno, payload).put(&mut frame);
                Way::ToPhone
            }
            What::Unsolicited(code) => {
                Unsolicited::new(code, payload).put(&mut frame);
                Way::ToPhone
            }
            What::Ack(serial) => {
                Message::Ack { serial }.put(&mut frame);
                Way::ToPhone
            }
            What::Spoilt(serial, code) => {
                let text = format!("the client could not read the answer to {code} #{serial}");
                return Record::event(self.at, Event::Remark(Remark { text }));
            }
        };
        let body = Bytes::from(frame).slice(LENGTH..);
        if self.carried.is_some() {
            Record::frame(self.at, way, phone, body)
        } else {
            Record::head(self.at, way, phone, body)
        }
    }
}

/// A frame begins with its length, which a record has not.
const LENGTH: usize = 4;

/// What a message carried, where the line leaves no doubt.
fn carried(side: Side, said: &Said<'_>) -> Option<Vec<u8>> {
    let codec: &PayloadCodec = match said.what {
        What::Request(_, code) => &code.row()?.request,
        What::Reply(_, code, _) => &code.row()?.response,
        What::Unsolicited(code) => &code.row()?.payload,
        What::Ack(_) | What::Spoilt(..) => return Some(Vec::new()),
    };
    let is_reply = matches!(said.what, What::Reply(..));
    match codec.type_name {
        "()" => (said.rest.is_empty() || is_reply && said.rest == "null").then(Vec::new),
        "Ints" => ints(side, said),
        _ => None,
    }
}

/// All numbers that were carried: libril lists them as `(1,0)` in a request and `{1,0}` in a result, and RILJ as
/// `{1, 0}` in a result. Of a request RILJ says what it was told, and not what it made of it.
fn ints(side: Side, said: &Said<'_>) -> Option<Vec<u8>> {
    let (open, close) = match (side, said.what) {
        (Side::Rild, What::Request(..)) => ('(', ')'),
        (Side::Client, What::Request(..)) => return None,
        _ => ('{', '}'),
    };
    let list = said.rest.strip_prefix(open)?.strip_suffix(close)?;
    let numbers: Vec<i32> = list.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    Some(parcel::encode(&numbers, RilVersion::COMMON))
}

/// Time since the first message.
#[derive(Debug, Default)]
struct Clock {
    first: Option<Stamp>,
    last: Duration,
    years: u32,
}

impl Clock {
    /// The time of a line; of one without, that of the line before. A clock that was set goes back to the first at
    /// most.
    fn at(&mut self, stamp: Option<Stamp>) -> Duration {
        if let Some(stamp) = stamp {
            let first = *self.first.get_or_insert(stamp);
            let mut time = stamp.time + A_YEAR * self.years;
            if stamp.since == Since::NewYear && self.last.saturating_add(first.time).saturating_sub(time) > HALF_A_YEAR
            {
                self.years += 1;
                time += A_YEAR;
            }
            self.last = time.saturating_sub(first.time);
        }
        self.last
    }

    fn unix(&self) -> Option<(Duration, i64)> {
        let first = self.first.filter(|first| first.since == Since::Unix)?;
        Some((Duration::ZERO, i64::try_from(first.time.as_nanos()).ok()?))
    }
}
