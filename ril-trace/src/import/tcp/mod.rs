//! Connections to a rild whose socket was bridged over TCP, out of captured packets.
//!
//! Streams are put together from segments that come late, twice or overlapping; what never comes ends what can be told
//! of that direction, and is complained of. IP fragments are not put together.
//!
//! A connection is undecided until one end has said enough to tell whether this is a rild's socket. Of one that is
//! none, and of one that is over, nothing is kept but its ends, by which what follows of it is passed over. So a
//! capture may hold any number of those. Everything that is kept is bounded, whatever a capture holds.
//!
//! Reference: RFC 9293.

mod by_age;
mod half;
mod packet;

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use etherparse::TcpSlice;

use self::by_age::ByAge;
use self::half::{Half, Missing};
use self::packet::{Packet, Segment};
use super::cut::{Connection, may_begin};
use super::gathered::Kept;
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
    too_many: u64,
    fragments: u64,
}

/// A connection of which not enough was said yet.
#[derive(Default)]
struct Undecided {
    /// What each end sends.
    halves: [Half; 2],
    /// What each end said: too little to tell.
    said: [Vec<u8>; 2],
    /// Which end connected, where that was seen.
    client: Option<usize>,
}

/// A connection to a rild.
struct Followed {
    halves: [Half; 2],
    client: usize,
    place: u32,
    cut: Connection,
    /// How many bytes of it are kept.
    kept: usize,
}

/// What is known of a connection by what an end has said.
enum Decision {
    TooLittle,
    NoRild,
    /// The client is this end.
    Rild(usize),
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
            too_many: 0,
            fragments: 0,
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
        let Segment { from, to, tcp } = match Packet::of(captured) {
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
        let (ends, end) = if from <= to { ([from, to], 0) } else { ([to, from], 1) };
        let mut told = Told { captured, at, into, imported };

        if tcp.syn() && !tcp.ack() {
            // It begins anew.
            self.passed_over.remove(&ends);
            self.undecided.keep(ends, Undecided::default());
            self.end(&ends, &mut told)?;
        } else if self.passed_over.get(&ends).is_some() {
            return Ok(());
        }
        let bytes = if let Some(rild) = self.rilds.get_mut(&ends) {
            rild.halves[end].take(&tcp, MOST_WAITING).unwrap_or_else(|Missing| {
                told.missing(ends, end, rild.place);
                Vec::new()
            })
        } else {
            let Some(bytes) = self.undecided(ends, end, &tcp, &mut told)? else { return Ok(()) };
            bytes
        };
        let Some(rild) = self.rilds.get_mut(&ends) else { return Ok(()) };
        rild.say(end, &bytes, &mut told)?;
        self.kept.forget(rild.kept);
        rild.kept = rild.halves.iter().map(Half::waiting).sum::<usize>() + rild.cut.left();
        self.kept.add(rild.kept)?;
        // A client may have no more to say and wait for its answers.
        if tcp.rst() || rild.halves[1 - rild.client].is_over() {
            self.end(&ends, &mut told)?;
            self.passed_over.keep(ends, ());
        }
        Ok(())
    }

    /// Tells what could not be used.
    pub(super) fn finish(&self, imported: &mut Imported) {
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
            imported.complain_of("no connection is to a rild");
        }
    }

    /// Takes a segment of a connection that is not known to be to a rild. What this end has said, once it is known to
    /// be.
    fn undecided<W: Write>(
        &mut self,
        ends: Ends,
        end: usize,
        tcp: &TcpSlice<'_>,
        told: &mut Told<'_, W>,
    ) -> io::Result<Option<Vec<u8>>> {
        if self.undecided.get(&ends).is_none() {
            if tcp.payload().is_empty() && !tcp.syn() {
                return Ok(None);
            }
            self.undecided.keep(ends, Undecided::default());
        }
        let Some(undecided) = self.undecided.get(&ends) else { return Ok(None) };
        match undecided.take(end, tcp) {
            Decision::TooLittle if tcp.rst() || undecided.halves.iter().all(Half::is_over) => self.pass_over(ends),
            Decision::TooLittle => {}
            Decision::NoRild => self.pass_over(ends),
            Decision::Rild(_) if self.rilds.len() == MOST_CONNECTIONS && !self.make_room(told)? => {
                self.too_many += 1;
                self.pass_over(ends);
            }
            Decision::Rild(client) => {
                let Undecided { halves, said, .. } = self.undecided.remove(&ends).unwrap_or_default();
                let place = self.phones;
                self.phones += 1;
                let (phone, rild) = (ends[client], ends[1 - client]);
                let text = format!("phone {place} is {phone}, connected to the rild at {rild}");
                told.write(Record::event(told.at, Event::Remark(Remark { text })))?;
                told.write(Record::event(told.at, Event::PhoneUp(Phone { place })))?;
                let lost = [0, 1].into_iter().filter(|end| halves[*end].is_lost());
                lost.for_each(|end| told.missing(ends, end, place));
                let mut rild = Followed { halves, client, place, cut: Connection::of(place), kept: 0 };
                let mut said = said;
                rild.say(1 - end, &said[1 - end], told)?;
                self.rilds.insert(ends, rild);
                return Ok(Some(std::mem::take(&mut said[end])));
            }
        }
        Ok(None)
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
        let Some(Followed { halves, place, cut, kept, .. }) = self.rilds.remove(ends) else { return Ok(()) };
        self.kept.forget(kept);
        let broken_off = [0, 1].into_iter().filter(|end| halves[*end].waiting() > 0);
        broken_off.for_each(|end| told.missing(*ends, end, place));
        told.write(Record::event(told.at, Event::PhoneDown(Phone { place })))?;
        if cut.left() > 0 {
            told.imported
                .complain_of(format_args!("the last {} bytes of phone {place} are no whole frame", cut.left()));
        }
        Ok(())
    }
}

impl Undecided {
    fn take(&mut self, end: usize, tcp: &TcpSlice<'_>) -> Decision {
        match (tcp.syn(), tcp.ack()) {
            (true, false) => self.client = Some(end),
            (true, true) => self.client = Some(1 - end),
            (false, _) => {}
        }
        // What is missing is told if this turns out to be a rild's.
        let bytes = self.halves[end].take(tcp, MOST_WAITING_UNDECIDED).unwrap_or_default();
        let said = &mut self.said[end];
        said.extend(bytes);
        match (may_begin(Way::FromPhone, said), may_begin(Way::ToPhone, said)) {
            (Some(true), Some(false)) => Decision::Rild(end),
            (Some(false), Some(true)) => Decision::Rild(1 - end),
            // The few that may be either are the rild's, unless it was seen who connected.
            (Some(true), Some(true)) => Decision::Rild(self.client.unwrap_or(1 - end)),
            (Some(false), Some(false)) => Decision::NoRild,
            (None, _) | (_, None) => Decision::TooLittle,
        }
    }
}

impl Followed {
    /// An end says this.
    fn say<W: Write>(&mut self, end: usize, bytes: &[u8], told: &mut Told<'_, W>) -> io::Result<()> {
        let way = if self.client == end { Way::FromPhone } else { Way::ToPhone };
        let (records, error) = self.cut.take(way, told.at, bytes);
        told.imported.frames += records.len() as u64;
        records.into_iter().try_for_each(|record| told.write(record))?;
        if let Some(error) = error {
            told.imported.complain_of(format_args!("packet {}: {error}", told.captured.number));
        }
        Ok(())
    }
}

/// Where it goes what a packet tells.
struct Told<'a, W: Write> {
    captured: &'a Captured<'a>,
    at: Duration,
    into: &'a mut Writer<W>,
    imported: &'a mut Imported,
}

impl<W: Write> Told<'_, W> {
    fn write(&mut self, record: Record) -> io::Result<()> {
        self.into.write_entry(&Entry { number: 0, unix_ns: self.captured.time_ns, record })
    }

    fn missing(&mut self, ends: Ends, end: usize, place: u32) {
        let (number, from, to) = (self.captured.number, ends[end], ends[1 - end]);
        self.imported.complain_of(format_args!(
            "packet {number}: bytes from {from} to {to} (phone {place}) are missing; what follows in this direction is \
             left out"
        ));
    }
}
