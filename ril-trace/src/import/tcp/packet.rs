//! The TCP segment in a captured packet, and between which ends it went.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, NetSlice, SlicedPacket, TcpSlice, TransportSlice};

use crate::capture::Captured;

/// One packet with a segment in it.
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// The number of the first byte.
    pub(super) sequence: u32,
    /// The number of the byte that its sender waits for.
    pub(super) wanted: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    /// The bytes, as far as they were captured.
    pub(super) payload: &'a [u8],
    /// How many more there were.
    pub(super) cut: usize,
}

/// What a packet holds.
pub(super) enum Packet<'a> {
    Segment(Segment<'a>),
    /// A part of an IP packet.
    Fragment,
    /// No TCP, or too little of it.
    Other,
}

impl<'a> Packet<'a> {
    pub(super) fn of(captured: &Captured<'a>) -> Self {
        if captured.is_cut {
            return Self::of_a_part(captured).map_or(Self::Other, Self::Segment);
        }
        let Some(packet) = sliced(captured) else { return Self::Other };
        let (Some(net), Some(TransportSlice::Tcp(tcp))) = (&packet.net, &packet.transport) else {
            return if packet.is_ip_payload_fragmented() { Self::Fragment } else { Self::Other };
        };
        addresses(net).map_or(Self::Other, |ends| Self::Segment(Segment::of(ends, tcp, 0)))
    }

    /// Of a packet that was not captured as a whole, its headers tell how long it was.
    fn of_a_part(captured: &Captured<'a>) -> Option<Segment<'a>> {
        let packet = match captured.link_type {
            1 => LaxSlicedPacket::from_ethernet(captured.data).ok()?,
            _ => LaxSlicedPacket::from_ip(behind_link(captured)?).ok()?,
        };
        let Some(TransportSlice::Tcp(tcp)) = &packet.transport else { return None };
        let (ends, len): ([IpAddr; 2], usize) = match packet.net.as_ref()? {
            LaxNetSlice::Ipv4(ip) => {
                let header = ip.header();
                let len = usize::from(header.total_len()).checked_sub(header.slice().len())?;
                ([header.source_addr().into(), header.destination_addr().into()], len)
            }
            LaxNetSlice::Ipv6(ip) => {
                let header = ip.header();
                let len = usize::from(header.payload_length()).checked_sub(ip.extensions().slice().len())?;
                ([header.source_addr().into(), header.destination_addr().into()], len)
            }
            LaxNetSlice::Arp(_) => return None,
        };
        Some(Segment::of(ends, tcp, len.saturating_sub(tcp.slice().len())))
    }
}

impl<'a> Segment<'a> {
    fn of([from, to]: [IpAddr; 2], tcp: &TcpSlice<'a>, cut: usize) -> Self {
        Self {
            from: SocketAddr::new(from, tcp.source_port()),
            to: SocketAddr::new(to, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            wanted: tcp.ack().then_some(tcp.acknowledgment_number()),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            payload: tcp.payload(),
            cut,
        }
    }
}

/// The IP packet behind what a capture puts before it.
fn behind_link<'a>(captured: &Captured<'a>) -> Option<&'a [u8]> {
    captured.data.get(
        match captured.link_type {
            // NULL: a family.
            0 => 4,
            // RAW, and as it is numbered on Linux; IPV4; IPV6
            12 | 101 | 228 | 229 => 0,
            // LINUX_SLL, LINUX_SLL2
            113 => 16,
            276 => 20,
            _ => return None,
        }..,
    )
}

fn sliced<'a>(captured: &Captured<'a>) -> Option<SlicedPacket<'a>> {
    let data = captured.data;
    match captured.link_type {
        // ETHERNET
        1 => SlicedPacket::from_ethernet(data).ok(),
        // LINUX_SLL
        113 => SlicedPacket::from_linux_sll(data).ok(),
        // LINUX_SLL2
        276 => {
            let protocol = u16::from_be_bytes(*data.first_chunk()?);
            SlicedPacket::from_ether_type(EtherType(protocol), data.get(20..)?).ok()
        }
        _ => SlicedPacket::from_ip(behind_link(captured)?).ok(),
    }
}

fn addresses(net: &NetSlice<'_>) -> Option<[IpAddr; 2]> {
    match net {
        NetSlice::Ipv4(ip) => Some([ip.header().source_addr().into(), ip.header().destination_addr().into()]),
        NetSlice::Ipv6(ip) => Some([ip.header().source_addr().into(), ip.header().destination_addr().into()]),
        NetSlice::Arp(_) => None,
    }
}
