//! Connections to a rild whose socket was bridged over TCP, out of captured packets.
//!
//! Streams are put together from segments that come late, twice or overlapping. What was not captured is complained of
//! and costs what it was in (`cut.rs`). IP fragments are not put together.
//!
//! A connection is undecided until its ends have said enough to tell whether this is a rild's socket (`ends.rs`). Of
//! one that is none, and of one that is over, nothing is kept but its ends, by which what follows of it is passed over.
//! So a capture may hold any number of those. Everything that is kept is bounded, whatever a capture holds.
//!
//! Reference: RFC 9293.

mod by_age;
mod half;
mod packet;

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use self::by_age::ByAge;
use self::half::{Half, Piece};
use self::packet::{Packet, Segment};
use super::cut::Connection;
use super::ends::{self, Verdict};
use super::gathered::Kept;
use super::likeness::Likeness;
use super::{ImportError, Imported};
use crate::capture::Captured;
use crate::format::{Entry, Event, Phone, Record, Remark, Way, Writer};

/// Most connections to a rild that are followed at a time.
const MOST_CONNECTIONS: usize = 256;

/// Most connections that are undecided. The oldest is forgotten for a new one, and decided by what is said next.
const MOST_UNDECIDED: usize = 1024;

/// Most connections whose ends are kept to pass over what follows of them.
const MOST_PASSED_OVER: usize = 64 * 1024;

/// Most bytes that wait in a direction for what comes before them.
const MOST_WAITING: usize = 1024 * 1024;
const MOST_WAITING_UNDECIDED: usize = 16 * 1024;

/// The two ends, the lesser first.
type Ends = [SocketAddr; 2];

/// All connections of a capture.
pub(super) struct Connections {
    undecided: ByAge<Undecided>,
    rilds: HashMap<Ends, Followed>,
    passed_over: ByAge<()>,
    /// What waits of connections to a rild.
    kept: Kept,
    phones: u32,
    /// The time of the first packet.
    began_ns: Option<i64>,
    /// The packet that was taken last.
    last: Moment,
    too_many: u64,
    fragments: u64,
    cut: Cut,
}

/// Packets that were not captured as a whole.
#[derive(Default)]
struct Cut {
    /// Of connections to a rild: the first, and how many.
    first: Option<u64>,
    packets: u64,
    /// There are any at all.
    some: bool,
}

/// When a packet was captured.
#[derive(Clone, Copy, Default)]
struct Moment {
    number: u64,
    at: Duration,
    time_ns: Option<i64>,
}

/// A connection of which not enough was said yet.
struct Undecided {
    /// What each end sends.
    halves: [Half; 2],
    /// What was said: too little to tell.
    said: Vec<(Moment, usize, Piece)>,
    ends: ends::Ends,
    /// It was seen to begin.
    from_start: bool,
    /// Which end connected, where that was seen.
    client: Option<usize>,
}

/// A connection to a rild.
struct Followed {
    halves: [Half; 2],
    client: usize,
    place: u32,
    cut: Connection,
    /// Of what the client says and of what it is told, the packet up to which it is known where messages begin.
    known_until: [u64; 2],
    /// How many bytes of it are kept.
    kept: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            undecided: ByAge::of(MOST_UNDECIDED),
            rilds: HashMap::new(),
            passed_over: ByAge::of(MOST_PASSED_OVER),
            kept: Kept::default(),
            phones: 0,
            began_ns: None,
            last: Moment::default(),
            too_many: 0,
            fragments: 0,
            cut: Cut::default(),
        }
    }
}

impl Connections {
    /// Takes a packet; what is no TCP is passed over.
    pub(super) fn take<W: Write>(
        &mut self,
        captured: &Captured<'_>,
        into: &mut Writer<W>,
        imported: &mut Imported,
    ) -> Result<(), ImportError> {
        self.cut.some |= captured.is_cut;
        let segment = match Packet::of(captured) {
            Packet::Segment(segment) => segment,
            Packet::Fragment => {
                self.fragments += 1;
                return Ok(());
            }
            Packet::Other => return Ok(()),
        };
        let time = captured.time_ns.unwrap_or_default();
        let began = *self.began_ns.get_or_insert(time);
        let at = Duration::from_nanos(u64::try_from(time.saturating_sub(began)).unwrap_or(0));
        self.last = Moment { number: captured.number, at, time_ns: captured.time_ns };
        let Segment { from, to, .. } = segment;
        let (ends, end) = if from <= to { ([from, to], 0) } else { ([to, from], 1) };
        let mut told = Told { moment: self.last, into, imported };

        if segment.syn && segment.wanted.is_none() {
            // It begins anew.
            self.passed_over.remove(&ends);
            self.undecided.keep(ends, Undecided::new(true));
            self.end(&ends, &mut told)?;
        } else if self.passed_over.get(&ends).is_some() {
            return Ok(());
        }
        if let Some(rild) = self.rilds.get_mut(&ends) {
            let pieces = rild.halves[end].take(&segment, MOST_WAITING);
            rild.say(ends, end, pieces, &mut self.cut, &mut told)?;
        } else {
            self.undecided(ends, end, &segment, &mut told)?;
        }
        let Some(rild) = self.rilds.get_mut(&ends) else { return Ok(()) };
        if let Some(wanted) = segment.wanted {
            rild.halves[1 - end].wanted(wanted);
        }
        self.kept.forget(rild.kept);
        rild.kept = rild.halves.iter().map(Half::waiting).sum::<usize>() + rild.cut.left();
        self.kept.add(rild.kept)?;
        // A client may have no more to say and wait for its answers.
        if segment.rst || rild.halves[1 - rild.client].is_over() {
            self.end(&ends, &mut told)?;
            self.passed_over.keep(ends, ());
        }
        Ok(())
    }

    /// Tells what was said on connections that are still open, and what could not be used.
    pub(super) fn finish<W: Write>(&mut self, into: &mut Writer<W>, imported: &mut Imported) -> io::Result<()> {
        let mut told = Told { moment: self.last, into, imported };
        while let Some((ends, undecided)) = self.undecided.pop() {
            if let Verdict::Client(client) = undecided.ends.settled(undecided.client, Likeness::Surely) {
                self.follow(ends, client, undecided, &mut told)?;
            }
        }
        let mut open: Vec<(Ends, Followed)> = self.rilds.drain().collect();
        open.sort_by_key(|(_, rild)| rild.place);
        for (ends, rild) in &mut open {
            rild.break_off(*ends, &mut self.cut, &mut told)?;
        }
        if let Some(first) = self.cut.first {
            let more = match self.cut.packets - 1 {
                0 => String::new(),
                more => format!(", and {more} more were not"),
            };
            let what = format!("it was not captured as a whole{more}; capture with -s 0");
            told.imported.complain_of(format_args!("packet {first}: {what}"));
        }
        if self.too_many > 0 {
            imported.complain_of(format_args!(
                "{} connections to a rild are left out: {MOST_CONNECTIONS} others were open",
                self.too_many
            ));
        }
        if self.fragments > 0 {
            imported.complain_of(format_args!("{} fragments of IP packets are not put together", self.fragments));
        }
        if self.began_ns.is_some() && self.phones == 0 {
            let cut = if self.cut.some { "; packets were not captured as a whole: capture with -s 0" } else { "" };
            imported.complain_of(format_args!("no connection is to a rild{cut}"));
        }
        Ok(())
    }

    /// Takes a segment of a connection that is not known to be to a rild, which it may turn out to be.
    fn undecided<W: Write>(
        &mut self,
        ends: Ends,
        end: usize,
        segment: &Segment<'_>,
        told: &mut Told<'_, W>,
    ) -> Result<(), ImportError> {
        if self.undecided.get(&ends).is_none() {
            if segment.payload.is_empty() && !segment.syn {
                return Ok(());
            }
            self.undecided.keep(ends, Undecided::new(segment.syn));
        }
        let Some(undecided) = self.undecided.get(&ends) else { return Ok(()) };
        match undecided.take(end, segment, told.moment) {
            Verdict::Open if segment.rst || undecided.halves.iter().all(Half::is_over) => {
                match undecided.ends.settled(undecided.client, Likeness::Surely) {
                    Verdict::Client(client) => self.decided(ends, client, told)?,
                    Verdict::NoRild | Verdict::Open => self.pass_over(ends),
                }
            }
            Verdict::Open => {}
            Verdict::NoRild => self.pass_over(ends),
            Verdict::Client(client) => self.decided(ends, client, told)?,
        }
        Ok(())
    }

    /// It is known of an undecided connection that it is to a rild.
    fn decided<W: Write>(&mut self, ends: Ends, client: usize, told: &mut Told<'_, W>) -> io::Result<()> {
        match self.undecided.remove(&ends) {
            Some(undecided) => self.follow(ends, client, undecided, told),
            None => Ok(()),
        }
    }

    /// Follows a connection to a rild from now on, and tells what was said before.
    fn follow<W: Write>(
        &mut self,
        ends: Ends,
        client: usize,
        undecided: Undecided,
        told: &mut Told<'_, W>,
    ) -> io::Result<()> {
        if self.rilds.len() == MOST_CONNECTIONS && !self.make_room(told)? {
            self.too_many += 1;
            self.pass_over(ends);
            return Ok(());
        }
        let Undecided { halves, said, from_start, .. } = undecided;
        let now = told.moment;
        let place = self.phones;
        self.phones += 1;
        told.moment = said.first().map_or(now, |(moment, ..)| *moment);
        let (phone, rild) = (ends[client], ends[1 - client]);
        let text = format!("phone {place} is {phone}, connected to the rild at {rild}");
        told.write(Record::event(told.moment.at, Event::Remark(Remark { text })))?;
        told.write(Record::event(told.moment.at, Event::PhoneUp(Phone { place })))?;
        let cut = if from_start { Connection::of(place) } else { Connection::in_the_middle_of(place) };
        let known_until = [told.moment.number; 2];
        let mut rild = Followed { halves, client, place, cut, known_until, kept: 0 };
        for (moment, end, piece) in said {
            told.moment = moment;
            rild.say(ends, end, vec![piece], &mut self.cut, told)?;
        }
        told.moment = now;
        self.rilds.insert(ends, rild);
        Ok(())
    }

    fn pass_over(&mut self, ends: Ends) {
        self.undecided.remove(&ends);
        self.passed_over.keep(ends, ());
    }

    /// Ends the first connection whose client has said all that it will, if there is one.
    fn make_room<W: Write>(&mut self, told: &mut Told<'_, W>) -> io::Result<bool> {
        let said_all = self.rilds.iter().filter(|(_, rild)| rild.halves[rild.client].is_over());
        let Some(ends) = said_all.min_by_key(|(_, rild)| rild.place).map(|(ends, _)| *ends) else { return Ok(false) };
        self.end(&ends, told)?;
        self.passed_over.keep(ends, ());
        Ok(true)
    }

    /// A connection is over. Nothing happens if it is not to a rild.
    fn end<W: Write>(&mut self, ends: &Ends, told: &mut Told<'_, W>) -> io::Result<()> {
        let Some(mut rild) = self.rilds.remove(ends) else { return Ok(()) };
        self.kept.forget(rild.kept);
        rild.break_off(*ends, &mut self.cut, told)?;
        told.write(Record::event(told.moment.at, Event::PhoneDown(Phone { place: rild.place })))
    }
}

impl Undecided {
    fn new(from_start: bool) -> Self {
        let halves = [Half::default(), Half::default()];
        Self { halves, said: Vec::new(), ends: ends::Ends::new(from_start), from_start, client: None }
    }

    fn take(&mut self, end: usize, segment: &Segment<'_>, moment: Moment) -> Verdict {
        if segment.syn {
            self.client = Some(if segment.wanted.is_none() { end } else { 1 - end });
        }
        for piece in self.halves[end].take(segment, MOST_WAITING_UNDECIDED) {
            match &piece {
                Piece::Bytes(bytes) => self.ends.hear(end, bytes),
                Piece::Cut(missing) | Piece::Missing(missing) => self.ends.miss(end, *missing),
            }
            self.said.push((moment, end, piece));
        }
        if let Some(wanted) = segment.wanted {
            self.halves[1 - end].wanted(wanted);
        }
        self.ends.verdict(self.client)
    }
}

impl Followed {
    /// Which way it goes what an end says.
    fn way(&self, end: usize) -> Way {
        if self.client == end { Way::FromPhone } else { Way::ToPhone }
    }

    /// An end says this.
    fn say<W: Write>(
        &mut self,
        ends: Ends,
        end: usize,
        pieces: Vec<Piece>,
        cut: &mut Cut,
        told: &mut Told<'_, W>,
    ) -> io::Result<()> {
        let (way, number) = (self.way(end), told.moment.number);
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => {
                    let (records, error) = self.cut.take(way, told.moment.at, &bytes);
                    told.imported.frames += records.len() as u64;
                    records.into_iter().try_for_each(|record| told.write(record))?;
                    let passed_over = self.cut.passed_over(way);
                    if passed_over > 0 {
                        let what = format!("no message begins with the {passed_over} bytes before it");
                        self.complain(ends, end, number, told, &what);
                    }
                    if let Some(error) = error {
                        self.complain(ends, end, number, told, &error);
                    }
                }
                Piece::Cut(bytes) => {
                    cut.first.get_or_insert(told.moment.number);
                    cut.packets += 1;
                    self.miss(way, bytes, told)?;
                }
                Piece::Missing(bytes) => {
                    self.miss(way, bytes, told)?;
                    self.complain(ends, end, number, told, &format!("{bytes} bytes before it were not captured"));
                }
            }
        }
        Ok(())
    }

    fn miss<W: Write>(&mut self, way: Way, bytes: usize, told: &mut Told<'_, W>) -> io::Result<()> {
        let was_astray = self.cut.is_astray(way);
        let head = self.cut.missing(way, told.moment.at, bytes);
        if !was_astray {
            self.known_until[usize::from(way == Way::ToPhone)] = told.moment.number;
        }
        let Some(head) = head else { return Ok(()) };
        told.imported.frames += 1;
        told.write(head)
    }

    /// Nothing more comes.
    fn break_off<W: Write>(&mut self, ends: Ends, cut: &mut Cut, told: &mut Told<'_, W>) -> io::Result<()> {
        for end in [0, 1] {
            let pieces = self.halves[end].rest();
            self.say(ends, end, pieces, cut, told)?;
        }
        for end in [0, 1] {
            let way = self.way(end);
            let (left, until) = (self.cut.left_of(way), self.known_until[usize::from(way == Way::ToPhone)]);
            if left > 0 && self.cut.is_astray(way) {
                let what = format!("no segment behind it begins with a message; {left} bytes are left out");
                self.complain(ends, end, until, told, &what);
            } else if left > 0 {
                let place = self.place;
                told.imported.complain_of(format_args!("the last {left} bytes of phone {place} are no whole frame"));
            }
        }
        Ok(())
    }

    fn complain<W: Write>(&self, ends: Ends, end: usize, number: u64, told: &mut Told<'_, W>, what: &str) {
        let (from, to, place) = (ends[end], ends[1 - end], self.place);
        told.imported.complain_of(format_args!("packet {number}, from {from} to {to} (phone {place}): {what}"));
    }
}

/// Where it goes what a packet tells.
struct Told<'a, W: Write> {
    moment: Moment,
    into: &'a mut Writer<W>,
    imported: &'a mut Imported,
}

impl<W: Write> Told<'_, W> {
    fn write(&mut self, record: Record) -> io::Result<()> {
        self.into.write_entry(&Entry { number: 0, unix_ns: self.moment.time_ns, record })
    }
}
