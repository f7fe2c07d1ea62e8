//! The TCP segment in a captured packet, and between which ends it went.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, NetSlice, SlicedPacket, TcpSlice, TransportSlice};

use crate::capture::Captured;

/// One packet with a segment in it.
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) tcp: TcpSlice<'a>,
}

/// What a packet holds.
pub(super) enum Packet<'a> {
    Segment(Segment<'a>),
    /// A part of an IP packet.
    Fragment,
    /// No TCP.
    Other,
}

impl<'a> Packet<'a> {
    pub(super) fn of(captured: &Captured<'a>) -> Self {
        let Some(packet) = sliced(captured) else { return Self::Other };
        let (Some(net), Some(TransportSlice::Tcp(tcp))) = (&packet.net, &packet.transport) else {
            return if packet.is_ip_payload_fragmented() { Self::Fragment } else { Self::Other };
        };
        let Some([from, to]) = addresses(net) else { return Self::Other };
        let from = SocketAddr::new(from, tcp.source_port());
        let to = SocketAddr::new(to, tcp.destination_port());
        Self::Segment(Segment { from, to, tcp: tcp.clone() })
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
