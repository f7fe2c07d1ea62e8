//! Audio of a call through this service, for trunks that cannot send to each other (RFC 3550, RFC 4961).
//!
//! Two pairs of ports, one to each side. Whatever comes in on one goes out on the other, unread, so that every codec
//! and SRTP pass. Symmetric: each side is answered where it sends from, and keeps its first source ([`super::source`])
//! until it describes itself anew. It refuses datagrams that are no media or longer than an Ethernet frame, holds none,
//! and ends when both sides are silent.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sdp_types::{Connection, Session};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::ports::Pair;
use super::source::{is_media, may_be, may_hear};

/// The longest datagram that passes. What is longer was cut off by the kernel, or would be.
const LONGEST_PACKET: usize = 1500;

/// The audio of one call. Ends when it is dropped.
pub(crate) struct Relay {
    near: Arc<Side>,
    far: Arc<Side>,
    silent: CancellationToken,
    tasks: [JoinHandle<()>; 2],
}

/// Which side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The one that calls.
    Near,
    /// The one that is called.
    Far,
}

/// The way to one side.
struct Side {
    pair: Pair,
    rtp: Mutex<Remote>,
    rtcp: Mutex<Remote>,
}

/// Where the other end is: as it says, until it has sent something.
#[derive(Clone, Copy, Default)]
struct Remote {
    address: Option<SocketAddr>,
    latched: bool,
}

impl Relay {
    /// Starts one. Nothing passes until both sides have described themselves.
    pub(crate) fn start(near: Pair, far: Pair, idle: Duration) -> Self {
        let (near, far) = (Arc::new(Side::new(near)), Arc::new(Side::new(far)));
        let silent = CancellationToken::new();
        let rtp = tokio::spawn({
            let (near, far, silent) = (near.clone(), far.clone(), silent.clone());
            async move {
                while timeout(idle, pass((&near.pair.rtp, &near.rtp), (&far.pair.rtp, &far.rtp))).await.is_ok() {}
                silent.cancel();
            }
        });
        let rtcp = tokio::spawn({
            let (near, far) = (near.clone(), far.clone());
            async move {
                loop {
                    pass((&near.pair.rtcp, &near.rtcp), (&far.pair.rtcp, &far.rtcp)).await;
                }
            }
        });
        Self { near, far, silent, tasks: [rtp, rtcp] }
    }

    /// What one side has described, as the other is to see it: with this service's address in place of its own. `None`
    /// when there is no stream in it that can be relayed.
    pub(crate) fn describe(&self, from: From, sdp: &[u8]) -> Option<Vec<u8>> {
        let (side, other) = match from {
            From::Near => (&self.near, &self.far),
            From::Far => (&self.far, &self.near),
        };
        let (sdp, remote) = redirect(sdp, other.pair.address())?;
        side.is_at(remote);
        Some(sdp)
    }

    /// Where one side sends its audio to.
    pub(crate) fn address(&self, side: From) -> SocketAddr {
        match side {
            From::Near => self.near.pair.address(),
            From::Far => self.far.pair.address(),
        }
    }

    /// Waits until both sides have been silent for too long.
    pub(crate) async fn silent(&self) {
        self.silent.cancelled().await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Side {
    fn new(pair: Pair) -> Self {
        Self { pair, rtp: Mutex::default(), rtcp: Mutex::default() }
    }

    fn is_at(&self, remote: SocketAddr) {
        let control = SocketAddr::new(remote.ip(), remote.port().saturating_add(1));
        for (way, remote) in [(&self.rtp, remote), (&self.rtcp, control)] {
            let mut way = lock(way);
            if remote.ip().is_unspecified() {
                *way = Remote::default();
                continue;
            }
            // A description that changes nothing must not open the way to somebody else.
            if way.address != Some(remote) && !(way.latched && way.address.is_some_and(|is| is.ip() == remote.ip())) {
                *way = Remote { address: Some(remote), latched: false };
            }
        }
    }
}

/// Passes one datagram, whichever side it comes from. What is no side's does not count: nobody else keeps a call alive.
async fn pass(near: (&UdpSocket, &Mutex<Remote>), far: (&UdpSocket, &Mutex<Remote>)) {
    loop {
        let (readable, from, to) = tokio::select! {
            readable = near.0.readable() => (readable, near, far),
            readable = far.0.readable() => (readable, far, near),
        };
        // The room for a packet is on the stack of whoever has one to pass: a quiet call has none.
        let mut packet = [0; LONGEST_PACKET + 1];
        // An error is a closed port at the other end, or nothing after all: there is nothing to do but to go on.
        let Ok((length, source)) = readable.and_then(|()| from.0.try_recv_from(&mut packet)) else { continue };
        let packet = packet.get(..length).unwrap_or_default();
        if packet.len() > LONGEST_PACKET || !is_media(packet) || !lock(from.1).accepts(source) {
            continue;
        }
        let address = lock(to.1).address;
        if let Some(address) = address {
            to.0.try_send_to(packet, address).ok();
        }
        return;
    }
}

impl Remote {
    /// Whether what comes from there is the other end's; the first that may be is.
    fn accepts(&mut self, source: SocketAddr) -> bool {
        let is = |address| if self.latched { address == source } else { may_be(address, source) };
        if !self.address.is_some_and(is) {
            return false;
        }
        *self = Self { address: Some(source), latched: true };
        true
    }
}

/// The description with its first RTP stream at `local`, and where that stream was. All others are refused.
pub(crate) fn redirect(sdp: &[u8], local: SocketAddr) -> Option<(Vec<u8>, SocketAddr)> {
    let mut session = Session::parse(sdp).ok()?;
    let stream = session.medias.iter().position(|media| media.port != 0 && media.proto.starts_with("RTP/"))?;
    let media = session.medias.get(stream)?;
    let connection = media.connections.first().or(session.connection.as_ref())?;
    let ip: IpAddr = connection.connection_address.trim().parse().ok()?;
    let remote = SocketAddr::new(ip, media.port);
    // The unspecified address is the old way to put a call on hold (RFC 3264 section 8.4).
    if !ip.is_unspecified() && !may_hear(local, remote) {
        return None;
    }
    session.origin.set_unicast_ip_address(local.ip());
    session.connection = Some(Connection::from_ip_addr(local.ip()));
    session.attributes.retain(|attribute| !is_about_the_way(&attribute.attribute));
    for (index, media) in session.medias.iter_mut().enumerate() {
        media.port = if index == stream { local.port() } else { 0 };
        media.num_ports = None;
        media.connections.clear();
        media.attributes.retain(|attribute| !is_about_the_way(&attribute.attribute));
    }
    let mut written = Vec::new();
    session.write(&mut written).ok()?;
    Some((written, remote))
}

/// Attributes that name addresses and ports (RFC 3605, RFC 8839, RFC 5761): they would lead around the relay.
fn is_about_the_way(attribute: &str) -> bool {
    matches!(attribute, "rtcp" | "rtcp-mux" | "candidate" | "remote-candidates" | "end-of-candidates")
        || attribute.starts_with("ice-")
}

/// Nothing in here panics while it holds a lock, so what a poisoned one guards is whole.
fn lock(way: &Mutex<Remote>) -> std::sync::MutexGuard<'_, Remote> {
    way.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::ports::Ports;
    use proptest::prelude::*;

    fn description(at: SocketAddr) -> Vec<u8> {
        let (ip, port) = (at.ip(), at.port());
        format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=video 9 RTP/AVP 31\r\n\
             m=audio {port} RTP/SAVP 9\r\na=rtcp:9\r\na=candidate:1 1 UDP 1 {ip} 9 typ host\r\na=sendrecv\r\n"
        )
        .replace("m=video 9 RTP/AVP", "m=image 9 udptl")
        .into_bytes()
    }

    async fn relay(host: &str, idle: Duration) -> Relay {
        let ports = Ports::new(host.parse().expect("an address"), 30_000, 30_007);
        let pair = || async { ports.open().await.expect("ports") };
        Relay::start(pair().await, pair().await, idle)
    }

    async fn socket(host: &str) -> UdpSocket {
        UdpSocket::bind((host, 0)).await.expect("a socket")
    }

    fn at(socket: &UdpSocket) -> SocketAddr {
        socket.local_addr().expect("an address")
    }

    async fn heard(socket: &UdpSocket) -> Vec<u8> {
        let mut buffer = [0; LONGEST_PACKET];
        let length = socket.recv(&mut buffer).await.expect("received");
        buffer[..length].to_vec()
    }

    #[test]
    fn a_description_leads_through_the_relay_and_nowhere_else() {
        let (one, local) = ("192.0.2.1:6000".parse().expect("one"), "192.0.2.9:30000".parse().expect("one"));
        let (written, remote) = redirect(&description(one), local).expect("a stream");
        let written = String::from_utf8(written).expect("text");
        assert_eq!(remote, one);
        assert!(!written.contains("192.0.2.1"), "{written}");
        assert!(!written.contains("candidate") && !written.contains("rtcp"), "{written}");
        assert!(written.contains("m=audio 30000 RTP/SAVP 9\r\na=sendrecv\r\n"), "{written}");
        assert!(written.contains("m=image 0 udptl 31\r\n"), "{written}");
        assert!(redirect(b"v=0\r\n", local).is_none());
    }

    #[tokio::test]
    async fn both_ways_are_open_to_their_ends_and_closed_to_others() {
        let relay = relay("127.201.3.1", Duration::from_secs(60)).await;
        let (near, far, thief) =
            (socket("127.201.3.2").await, socket("127.201.3.3").await, socket("127.201.3.4").await);
        relay.describe(From::Near, &description(at(&near))).expect("a stream");
        // What the far end says of itself is not where it sends from.
        relay.describe(From::Far, &description("127.201.3.3:9999".parse().expect("one"))).expect("a stream");
        let (to_near, to_far) = (relay.near.pair.address(), relay.far.pair.address());
        // Nobody gets in before them, either.
        thief.send_to(b"\x80stolen", to_far).await.expect("sent");
        far.send_to(b"\x80from far", to_far).await.expect("sent");
        assert_eq!(heard(&near).await, b"\x80from far");
        near.send_to(b"\x80from near", to_near).await.expect("sent");
        assert_eq!(heard(&far).await, b"\x80from near");
        thief.send_to(b"\x80stolen", to_near).await.expect("sent");
        near.send_to(b"\x80again", to_near).await.expect("sent");
        assert_eq!(heard(&far).await, b"\x80again");
    }

    #[tokio::test]
    async fn nothing_passes_before_a_side_is_described() {
        let relay = relay("127.201.4.1", Duration::from_secs(60)).await;
        let (near, far) = (socket("127.201.4.2").await, socket("127.201.4.3").await);
        relay.describe(From::Near, &description(at(&near))).expect("a stream");
        far.send_to(b"\x80too early", relay.far.pair.address()).await.expect("sent");
        near.send_to(b"\x80nowhere to go", relay.near.pair.address()).await.expect("sent");
        relay.describe(From::Far, &description(at(&far))).expect("a stream");
        far.send_to(b"\x80now", relay.far.pair.address()).await.expect("sent");
        let first = heard(&near).await;
        assert!(first == b"\x80now" || first == b"\x80too early", "datagrams may wait in the kernel");
    }

    #[tokio::test]
    async fn what_is_no_packet_does_not_pass_and_keeps_no_call_alive() {
        let relay = relay("127.201.7.1", Duration::from_secs(60)).await;
        let (near, far) = (socket("127.201.7.2").await, socket("127.201.7.3").await);
        relay.describe(From::Near, &description(at(&near))).expect("a stream");
        relay.describe(From::Far, &description(at(&far))).expect("a stream");
        let to_far = relay.far.pair.address();
        let mut long = vec![0x80; LONGEST_PACKET + 1];
        // Empty, of another version of RTP (RFC 3550 section 5.1), somebody's SIP, and longer than a frame.
        for wrong in [&[][..], &[0x40; 20], &[0xc0; 20], b"OPTIONS sip:", &long, &[0x80; 9000]] {
            far.send_to(wrong, to_far).await.expect("sent");
        }
        long.truncate(LONGEST_PACKET);
        far.send_to(&long, to_far).await.expect("sent");
        assert_eq!(heard(&near).await, long);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_it() {
        let relay = relay("127.201.5.1", Duration::from_secs(60)).await;
        relay.silent().await;
    }

    proptest! {
        #[test]
        fn no_description_hurts(noise in any::<Vec<u8>>(), lines in "([a-z]=[ -~]{0,30}\r\n){0,9}") {
            let local = "192.0.2.9:30000".parse().expect("an address");
            redirect(&noise, local);
            redirect(format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n{lines}").as_bytes(), local);
        }
    }
}
