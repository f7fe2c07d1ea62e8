//! Connections to a rild whose socket was bridged over TCP, out of captured packets.
//!
//! Streams are put together from segments that come late, twice or overlapping; what never comes ends what can be told of
//! that direction, and is complained of. IP fragments are not put together.
//!
//! Reference: RFC 9293.

use std::collections::HashMap;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use etherparse::{EtherType, NetSlice, SlicedPacket, TcpSlice, TransportSlice};
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Request};

use super::cut::Connection;
use super::{ImportError, Imported};
use crate::capture::Captured;
use crate::format::{Entry, Event, Phone, Record, Remark, Way, Writer};

/// Most connections that are followed.
const MOST_CONNECTIONS: usize = 256;

/// Most bytes that wait in a direction for what comes before them, and most segments.
const MOST_WAITING: usize = 1024 * 1024;
const MOST_SEGMENTS: usize = 1024;

/// All connections of a capture.
#[derive(Default)]
pub(super) struct Connections {
    /// By the end that was seen first to send.
    known: HashMap<(SocketAddr, SocketAddr), usize>,
    connections: Vec<Followed>,
    phones: u32,
    /// The time of the first packet.
    began_ns: Option<i64>,
    too_many: u64,
    fragments: u64,
}

/// One connection.
struct Followed {
    ends: [SocketAddr; 2],
    /// What each end sends.
    halves: [Half; 2],
    state: State,
}

enum State {
    /// Nothing was said yet. Which end is the client, where that was seen.
    New(Option<usize>),
    /// The client is this end.
    Rild { client: usize, place: u32, cut: Connection },
    /// Another protocol, or over.
    Ignored,
}

/// One direction.
#[derive(Default)]
struct Half {
    /// The number of the byte that is wanted next.
    next: Option<u32>,
    /// Segments that came too early.
    waiting: Vec<(u32, Vec<u8>)>,
    /// Bytes are missing, and nothing behind them can be cut.
    lost: bool,
}

impl Connections {
    /// Takes a packet; what is no TCP is passed over.
    pub(super) fn take<W: Write>(
        &mut self,
        captured: &Captured<'_>,
        into: &mut Writer<W>,
        imported: &mut Imported,
    ) -> Result<(), ImportError> {
        let Some(packet) = sliced(captured) else { return Ok(()) };
        let (Some(net), Some(TransportSlice::Tcp(tcp))) = (&packet.net, &packet.transport) else {
            self.fragments += u64::from(packet.is_ip_payload_fragmented());
            return Ok(());
        };
        let Some([from, to]) = addresses(net) else { return Ok(()) };
        let from = SocketAddr::new(from, tcp.source_port());
        let to = SocketAddr::new(to, tcp.destination_port());
        let time = captured.time_ns.unwrap_or_default();
        let began = *self.began_ns.get_or_insert(time);
        let at = Duration::from_nanos(u64::try_from(time.saturating_sub(began)).unwrap_or(0));
        let Some((place, end)) = self.connection(from, to, tcp) else { return Ok(()) };
        let mut write = |record: Record| into.write_entry(&Entry { number: 0, unix_ns: captured.time_ns, record });

        let followed = &mut self.connections[place];
        let bytes = match followed.halves[end].take(tcp) {
            Ok(bytes) => bytes,
            Err(Missing) => {
                if let State::Rild { place, .. } = followed.state {
                    imported.complain_of(format_args!(
                        "packet {}: bytes from {from} to {to} (phone {place}) are missing; \
                         what follows in this direction is left out",
                        captured.number
                    ));
                }
                return Ok(());
            }
        };
        if let State::New(client) = followed.state
            && !bytes.is_empty()
        {
            let client = if said_by_client(&bytes) { Some(end) } else { client.filter(|client| *client != end) };
            let client = client.or_else(|| said_by_rild(&bytes).then_some(1 - end));
            followed.state = match client {
                Some(client) if said_by_client(&bytes) || said_by_rild(&bytes) => {
                    let place = self.phones;
                    self.phones += 1;
                    let [phone, rild] = [followed.ends[client], followed.ends[1 - client]];
                    let text = format!("phone {place} is {phone}, connected to the rild at {rild}");
                    write(Record::event(at, Event::Remark(Remark { text })))?;
                    write(Record::event(at, Event::PhoneUp(Phone { place })))?;
                    State::Rild { client, place, cut: Connection::of(place) }
                }
                _ => State::Ignored,
            };
        }
        if let State::Rild { client, place, cut } = &mut followed.state {
            let way = if *client == end { Way::FromPhone } else { Way::ToPhone };
            let (records, error) = cut.take(way, at, &bytes);
            imported.frames += records.len() as u64;
            records.into_iter().try_for_each(&mut write)?;
            if let Some(error) = error {
                imported.complain_of(format_args!("packet {}: {error}", captured.number));
            }
            if tcp.fin() || tcp.rst() {
                write(Record::event(at, Event::PhoneDown(Phone { place: *place })))?;
                if cut.left() > 0 {
                    imported
                        .complain_of(format_args!("the last {} bytes of phone {place} are no whole frame", cut.left()));
                }
                followed.state = State::Ignored;
            }
        }
        Ok(())
    }

    /// Tells what could not be used.
    pub(super) fn finish(&self, imported: &mut Imported) {
        if self.too_many > 0 {
            imported.complain_of(format_args!("{} packets are of more connections than are followed", self.too_many));
        }
        if self.fragments > 0 {
            imported.complain_of(format_args!("{} fragments of IP packets are not put together", self.fragments));
        }
        if self.began_ns.is_some() && self.phones == 0 {
            imported.complain_of("no connection is to a rild");
        }
    }

    /// The place of a connection, and which end of it sends this. A connection that begins anew is a new one.
    fn connection(&mut self, from: SocketAddr, to: SocketAddr, tcp: &TcpSlice<'_>) -> Option<(usize, usize)> {
        let is_new = tcp.syn() && !tcp.ack();
        if !is_new {
            if let Some(place) = self.known.get(&(from, to)) {
                return Some((*place, 0));
            }
            if let Some(place) = self.known.get(&(to, from)) {
                return Some((*place, 1));
            }
        }
        if self.connections.len() == MOST_CONNECTIONS {
            self.too_many += 1;
            return None;
        }
        self.known.remove(&(to, from));
        self.known.insert((from, to), self.connections.len());
        let client = match (tcp.syn(), tcp.ack()) {
            (true, false) => Some(0),
            (true, true) => Some(1),
            (false, _) => None,
        };
        let halves = [Half::default(), Half::default()];
        self.connections.push(Followed { ends: [from, to], halves, state: State::New(client) });
        Some((self.connections.len() - 1, 0))
    }
}

/// Bytes never came.
struct Missing;

impl Half {
    /// Takes a segment, and gives the bytes that can be read now. That bytes are missing is told once.
    fn take(&mut self, tcp: &TcpSlice<'_>) -> Result<Vec<u8>, Missing> {
        let (sequence, payload) = (tcp.sequence_number(), tcp.payload());
        if tcp.syn() {
            self.next = Some(sequence.wrapping_add(1));
        }
        if payload.is_empty() || self.lost || tcp.syn() {
            return Ok(Vec::new());
        }
        self.next.get_or_insert(sequence);
        self.waiting.push((sequence, payload.to_vec()));
        let mut bytes = Vec::new();
        while let Some(place) = self.waiting.iter().position(|(sequence, _)| self.behind(*sequence) >= 0) {
            let (sequence, segment) = self.waiting.swap_remove(place);
            // What came before is not taken again.
            let known = usize::try_from(self.behind(sequence)).unwrap_or(0);
            let fresh = segment.get(known..).unwrap_or_default();
            bytes.extend_from_slice(fresh);
            self.next = self.next.map(|next| next.wrapping_add(fresh.len() as u32));
        }
        let waiting: usize = self.waiting.iter().map(|(_, segment)| segment.len()).sum();
        if waiting > MOST_WAITING || self.waiting.len() > MOST_SEGMENTS {
            *self = Self { lost: true, ..Self::default() };
            return Err(Missing);
        }
        Ok(bytes)
    }

    /// How far the byte that is wanted next is behind this one.
    fn behind(&self, sequence: u32) -> i32 {
        self.next.unwrap_or(sequence).wrapping_sub(sequence).cast_signed()
    }
}

/// Whether bytes begin with a request that ril.h has.
fn said_by_client(bytes: &[u8]) -> bool {
    first(bytes).and_then(Request::parse).is_some_and(|request| request.code.row().is_some()) && !said_by_rild(bytes)
}

/// Whether bytes begin with what a rild says.
fn said_by_rild(bytes: &[u8]) -> bool {
    match first(bytes).and_then(Message::parse) {
        Some(Message::Unsolicited(message)) => message.code.row().is_some(),
        Some(Message::Reply(_)) => true,
        Some(Message::Ack { .. }) | None => false,
    }
}

/// The first frame, as much of it as is there.
fn first(bytes: &[u8]) -> Option<&[u8]> {
    match frame::split(bytes, RESPONSE_LIMIT) {
        Ok(Some((body, _))) => Some(body),
        Ok(None) => bytes.get(4..),
        Err(_) => None,
    }
}

fn sliced<'a>(captured: &Captured<'a>) -> Option<SlicedPacket<'a>> {
    let data = captured.data;
    let ip = |data| SlicedPacket::from_ip(data).ok();
    match captured.link_type {
        // NULL: a family before the packet.
        0 => ip(data.get(4..)?),
        // ETHERNET
        1 => SlicedPacket::from_ethernet(data).ok(),
        // RAW, and as it is numbered on Linux; IPV4; IPV6
        12 | 101 | 228 | 229 => ip(data),
        // LINUX_SLL
        113 => SlicedPacket::from_linux_sll(data).ok(),
        // LINUX_SLL2
        276 => {
            let protocol = u16::from_be_bytes(*data.first_chunk()?);
            SlicedPacket::from_ether_type(EtherType(protocol), data.get(20..)?).ok()
        }
        _ => None,
    }
}

fn addresses(net: &NetSlice<'_>) -> Option<[IpAddr; 2]> {
    match net {
        NetSlice::Ipv4(ip) => Some([ip.header().source_addr().into(), ip.header().destination_addr().into()]),
        NetSlice::Ipv6(ip) => Some([ip.header().source_addr().into(), ip.header().destination_addr().into()]),
        NetSlice::Arp(_) => None,
    }
}
