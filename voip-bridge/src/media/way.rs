//! The way of a call's audio, from one end to the other or through a relay, and what each end may be told of the other
//! so.
//!
//! Whoever is described to somebody gets his audio. So a description that goes from end to end is looked at, too: each
//! of its streams must be where audio may be sent. It refuses all others, and the rest of one that has such a stream.

use std::net::{IpAddr, SocketAddr};

use sdp_types::{Media, Session};

use super::ports::Ports;
use super::relay::{From, Relay};
use super::sdp;

/// How audio gets from one end to the other.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    /// The ends send to each other, and not to the ports of this service.
    Direct(&'a Ports),
    /// This service is in between.
    Relay(&'a Relay),
}

impl Way<'_> {
    /// What one end has described, as the other is to see it; `None` when there is nothing that it may see.
    pub(crate) fn describe(self, from: From, described: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Direct(ports) => leads_well(described, ports).then(|| described.to_owned()),
            Self::Relay(relay) => relay.describe(from, described),
        }
    }

    /// Waits until nothing has come from both ends for too long, where that is to be seen here.
    pub(crate) async fn silent(self) {
        match self {
            Self::Direct(_) => std::future::pending().await,
            Self::Relay(relay) => relay.silent().await,
        }
    }
}

fn leads_well(described: &[u8], ports: &Ports) -> bool {
    sdp::parse(described).is_some_and(|session| {
        let is_used = |media: &&Media| media.port != 0;
        session.medias.iter().filter(is_used).all(|media| stream_leads_well(&session, media, ports))
    })
}

fn stream_leads_well(session: &Session, media: &Media, ports: &Ports) -> bool {
    // The unspecified address is the old way to put a call on hold (RFC 3264 section 8.4).
    let may_be = |at: SocketAddr| at.ip().is_unspecified() || ports.may_send_to(at);
    let Some(receiver) = sdp::receiver(session, media) else { return false };
    // One address for each stream, and one port for each: more are for groups (RFC 8866 sections 5.7 and 5.14).
    let is_one = media.connections.len() <= 1 && media.num_ports.is_none_or(|ports| ports == 1);
    is_one && may_be(receiver) && control(media, receiver.ip()).is_none_or(|at| at.is_some_and(may_be))
}

/// Where a stream's RTCP is received, if it says so: `a=rtcp:6001 IN IP4 192.0.2.1` (RFC 3605).
#[allow(clippy::option_option, reason = "one that cannot be read is not the same as none")]
fn control(media: &Media, receiver: IpAddr) -> Option<Option<SocketAddr>> {
    let value = media.get_first_attribute_value("rtcp")?;
    Some(value.and_then(|value| {
        let mut words = value.split_ascii_whitespace();
        let port = words.next()?.parse().ok()?;
        let ip = words.nth(2).map_or(Some(receiver), |ip| ip.parse().ok())?;
        Some(SocketAddr::new(ip, port))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(session: &str, streams: &str) -> bool {
        let ports = Ports::new("192.0.2.9".parse().expect("an address"), 30_000, 30_007);
        let described = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n{session}t=0 0\r\n{streams}");
        let told = Way::Direct(&ports).describe(From::Near, described.as_bytes());
        assert!(told.is_none() || told.as_deref() == Some(described.as_bytes()));
        told.is_some()
    }

    #[test]
    fn nobody_is_led_where_audio_may_not_be_sent() {
        let at =
            |host: &str, port: u16| leads(&format!("c=IN IP4 {host}\r\n"), &format!("m=audio {port} RTP/AVP 0\r\n"));
        assert!(at("192.0.2.1", 6000) && at("192.0.2.1", 9) && at("0.0.0.0", 9) && at("192.0.2.9", 6000));
        for host in ["127.0.0.1", "224.0.0.1", "255.255.255.255", "host.example", "192.0.2.1/127", ""] {
            assert!(!at(host, 6000), "{host}");
            assert!(host.is_empty() || at(host, 0), "a stream that is not used: {host}");
        }
        // A name server, and this service.
        assert!(!at("192.0.2.1", 53) && !at("192.0.2.9", 30_000));
        assert!(!leads("", "m=audio 6000 RTP/AVP 0\r\n"));
    }

    #[test]
    fn every_stream_counts_with_its_own_address_and_control() {
        let here = "c=IN IP4 192.0.2.1\r\n";
        let second =
            |lines: &str| leads(here, &format!("m=audio 6000 RTP/AVP 0\r\nm=video 6002 RTP/AVP 31\r\n{lines}"));
        assert!(second("") && second("c=IN IP4 192.0.2.2\r\n") && second("a=rtcp:6003\r\n"));
        assert!(second("a=rtcp:6003 IN IP4 192.0.2.2\r\n") && second("a=rtcp-mux\r\n"));
        assert!(!second("c=IN IP4 127.0.0.1\r\n") && !second("c=IN IP4 192.0.2.2\r\nc=IN IP4 192.0.2.3\r\n"));
        for control in ["53", "6003 IN IP4 127.0.0.1", "6003 IN IP4 host.example", "x", ""] {
            assert!(!second(&format!("a=rtcp:{control}\r\n")), "{control}");
        }
        assert!(!leads(here, "m=audio 6000/100 RTP/AVP 0\r\n"));
    }

    #[test]
    fn what_is_no_description_describes_nothing() {
        let ports = Ports::new("192.0.2.9".parse().expect("an address"), 30_000, 30_007);
        for none in [&b""[..], b"\xff", b"INVITE sip:x SIP/2.0\r\n"] {
            assert!(Way::Direct(&ports).describe(From::Far, none).is_none());
        }
    }
}
