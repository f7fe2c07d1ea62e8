//! From where audio may come, where it may be sent, and what may pass for it.
//!
//! A port that waits for its first packet takes part in a call for whoever sends one: he hears the caller, or dials
//! digits of his own. So the first packet must come from the host that the other end has described, from whichever
//! port. Only a host in a private network (RFC 1918, RFC 4193, RFC 6598) cannot be seen by the address that it
//! describes: there, the first source is believed, as RFC 4961 and address translators want it.
//!
//! A description names any host and port, and a relay would send there what the other side wants, from an address that
//! peers trust: a SIP request, for one. So nothing is sent to where nobody listens to audio, and nothing that is no
//! media.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Ports below are those of systems.
const FIRST_USER_PORT: u16 = 1024;
/// But for the one that takes everything and answers nothing (RFC 863): descriptions name it where a port has to stand.
const DISCARD: u16 = 9;

/// Whether the end that has described itself as `described` may send from `source`.
pub(super) fn may_be(described: SocketAddr, source: SocketAddr) -> bool {
    let (described, source) = (described.ip().to_canonical(), source.ip().to_canonical());
    // What goes from one loopback address to another without having been bound to one comes from the first of them.
    let from_here = described.is_loopback() && source == IpAddr::V4(Ipv4Addr::LOCALHOST);
    described == source || is_private(described) || from_here
}

/// Whether audio may be sent from `local` to `remote`: to one host, to a port that is no system's (RFC 6335), and to
/// this machine itself only where all is on it.
pub(crate) fn may_hear(local: IpAddr, remote: SocketAddr) -> bool {
    let (own, ip) = (local.to_canonical(), remote.ip().to_canonical());
    let one_host = match ip {
        IpAddr::V4(ip) => !(ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast()),
        IpAddr::V6(ip) => !(ip.is_unspecified() || ip.is_multicast()),
    };
    let is_users = remote.port() >= FIRST_USER_PORT || remote.port() == DISCARD;
    one_host && is_users && (own.is_loopback() || !ip.is_loopback())
}

/// Whether a datagram is RTP, RTCP, or what sets their keys up, by its first byte (RFC 7983).
pub(super) fn is_media(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(0..=3 | 20..=63 | 128..=191))
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            // 100.64.0.0/10 is shared by the customers of a provider.
            let shared = matches!(address.octets(), [100, 64..=127, ..]);
            address.is_private() || address.is_link_local() || shared
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_cannot_be_seen_as_described_may_come_from_elsewhere() {
        let allowed = |described: &str, source: &str| may_be(described.parse().unwrap(), source.parse().unwrap());
        assert!(allowed("192.0.2.1:4000", "192.0.2.1:5000"));
        assert!(allowed("192.0.2.1:4000", "[::ffff:192.0.2.1]:4000"));
        assert!(allowed("127.0.0.2:4000", "127.0.0.1:5000"));
        assert!(!allowed("127.0.0.2:4000", "127.0.0.3:5000") && !allowed("192.0.2.1:4000", "127.0.0.1:4000"));
        assert!(!allowed("192.0.2.1:4000", "192.0.2.2:4000"));
        assert!(!allowed("[2001:db8::1]:4000", "[2001:db8::2]:4000"));
        for private in ["10.0.0.1:4000", "192.168.0.1:4000", "100.64.0.1:4000", "[fd00::1]:4000"] {
            assert!(allowed(private, "192.0.2.2:4000"), "{private}");
        }
    }

    #[test]
    fn nothing_is_sent_where_nobody_listens_to_audio() {
        let allowed = |local: &str, remote: &str| may_hear(local.parse().unwrap(), remote.parse().unwrap());
        assert!(allowed("192.0.2.1", "198.51.100.1:1024") && allowed("192.0.2.1", "198.51.100.1:9"));
        assert!(allowed("127.0.0.1", "127.0.0.2:4000"));
        for nowhere in [
            "198.51.100.1:53",
            "127.0.0.1:4000",
            "[::ffff:127.0.0.1]:4000",
            "[::1]:4000",
            "0.0.0.0:4000",
            "[::]:4000",
            "224.0.0.1:4000",
            "[ff02::1]:4000",
            "255.255.255.255:4000",
        ] {
            assert!(!allowed("192.0.2.1", nowhere), "{nowhere}");
        }
    }

    #[test]
    fn a_request_is_no_media() {
        assert!(is_media(&[0x80, 0]) && is_media(&[0x00, 1]) && is_media(&[22, 254]));
        for datagram in [&b"INVITE sip:"[..], b"GET / ", b"\r\n\r\n", b"SIP/2.0 200", b"{}", b"\xff", b""] {
            assert!(!is_media(datagram), "{datagram:?}");
        }
    }
}
