//! The UDP ports for RTP: a fixed range, in pairs (RFC 3550 section 11), each leased to one leg at a time. It refuses
//! to send from one to another.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;

use super::source::may_hear;

/// All of them. Clones are the same range.
#[derive(Clone)]
pub(crate) struct Ports(Arc<Range>);

struct Range {
    address: IpAddr,
    all: RangeInclusive<u16>,
    free: Mutex<BTreeSet<u16>>,
}

/// A pair of sockets: RTP at an even port, RTCP at the one behind it. Gives the ports back when it is dropped.
pub(crate) struct Pair {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    lease: Lease,
}

struct Lease {
    range: Arc<Range>,
    port: u16,
}

impl Ports {
    pub(crate) fn new(address: IpAddr, first: u16, last: u16) -> Self {
        let even = first.saturating_add(first % 2);
        let free = (even..last).step_by(2).collect();
        Self(Arc::new(Range { address, all: first..=last, free: Mutex::new(free) }))
    }

    /// Whether audio may be sent from this machine to `remote`.
    pub(crate) fn may_send_to(&self, remote: SocketAddr) -> bool {
        self.0.may_send_to(remote)
    }

    /// Opens a pair of ports that nobody has.
    ///
    /// # Errors
    /// When none is left, or what the system says about the last one that was tried.
    pub(crate) async fn open(&self) -> io::Result<Pair> {
        let mut failed = io::Error::new(io::ErrorKind::AddrInUse, "all media ports are in use");
        // What another program has stays leased until all were tried, so that each is tried once.
        let mut tried = Vec::new();
        while let Some(lease) = self.lease() {
            let bind = |port| UdpSocket::bind(SocketAddr::new(self.0.address, port));
            match (bind(lease.port).await, bind(lease.port + 1).await) {
                (Ok(rtp), Ok(rtcp)) => return Ok(Pair { rtp, rtcp, lease }),
                (Err(error), _) | (_, Err(error)) => failed = error,
            }
            tried.push(lease);
        }
        Err(failed)
    }

    fn lease(&self) -> Option<Lease> {
        let port = self.0.free().pop_first()?;
        Some(Lease { range: self.0.clone(), port })
    }
}

impl Range {
    /// Not to ports of this range either: two calls that lead to each other would send the same packets for ever.
    fn may_send_to(&self, remote: SocketAddr) -> bool {
        let ours = remote.ip().to_canonical() == self.address.to_canonical() && self.all.contains(&remote.port());
        !ours && may_hear(self.address, remote)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, BTreeSet<u16>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pair {
    /// Where RTP is received.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.lease.range.address, self.lease.port)
    }

    /// Whether audio may be sent from here to `remote`.
    pub(crate) fn may_send_to(&self, remote: SocketAddr) -> bool {
        self.lease.range.may_send_to(remote)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.range.free().insert(self.port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn pairs_are_even_bounded_and_come_back() {
        let own = IpAddr::from(Ipv4Addr::new(127, 201, 0, 1));
        let ports = Ports::new(own, 30_001, 30_006);
        let first = ports.open().await.expect("a pair");
        let second = ports.open().await.expect("a pair");
        assert_eq!((first.address().port(), second.address().port()), (30_002, 30_004));
        assert!(ports.open().await.is_err());
        drop(first);
        assert_eq!(ports.open().await.expect("a pair").address().port(), 30_002);
    }

    #[test]
    fn nothing_is_sent_from_one_port_of_the_range_to_another() {
        let ports = Ports::new("192.0.2.9".parse().expect("an address"), 30_000, 30_007);
        let may = |remote: &str| ports.may_send_to(remote.parse().expect("an address"));
        assert!(may("192.0.2.9:30008") && may("192.0.2.9:29999") && may("192.0.2.8:30000"));
        assert!(!may("192.0.2.9:30000") && !may("192.0.2.9:30007") && !may("[::ffff:192.0.2.9]:30002"));
    }

    #[tokio::test]
    async fn ports_of_other_programs_are_passed_over() {
        let own = IpAddr::from(Ipv4Addr::new(127, 201, 0, 2));
        let _other = UdpSocket::bind((own, 30_001)).await.expect("a socket");
        let ports = Ports::new(own, 30_000, 30_003);
        assert_eq!(ports.open().await.expect("a pair").address().port(), 30_002);
    }
}
