//! Audio of a call through this service, for trunks that cannot send to each other (RFC 3550, RFC 4961).
//!
//! Two pairs of ports, one to each side. Whatever comes in on one goes out on the other, unread, so that every codec
//! and SRTP pass. Symmetric: each side is answered where it sends from, and keeps its first source ([`super::source`])
//! until it describes itself anew. It refuses datagrams that are no media or longer than an Ethernet frame, and more
//! than sound needs; it holds none, and ends when both sides are silent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sdp_types::Connection;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::ports::Pair;
use super::sdp;
use super::source::{is_media, may_be};
use crate::rate::Bucket;

/// The longest datagram that passes. What is longer was cut off by the kernel, or would be.
const LONGEST_PACKET: usize = 1500;
/// So many packets of one side pass in a second: twice those of 5 ms, and a flood is not passed on.
const MOST_PACKETS: u32 = 400;
const SECOND: Duration = Duration::from_secs(1);

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
struct Remote {
    described: Option<SocketAddr>,
    /// Where it sends from.
    source: Option<SocketAddr>,
    allowance: Bucket,
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
        let (sdp, remote) = redirect(sdp, other.pair.address(), |remote| side.pair.may_send_to(remote))?;
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
        Self { pair, rtp: Mutex::new(Remote::unknown()), rtcp: Mutex::new(Remote::unknown()) }
    }

    fn is_at(&self, remote: SocketAddr) {
        let control = SocketAddr::new(remote.ip(), remote.port().saturating_add(1));
        // The unspecified address is the old way to put a call on hold (RFC 3264 section 8.4).
        let may_be_at = |at: &SocketAddr| self.pair.may_send_to(*at);
        lock(&self.rtp).redirect(Some(remote).filter(may_be_at));
        lock(&self.rtcp).redirect(Some(control).filter(may_be_at));
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
        if packet.len() > LONGEST_PACKET || !is_media(packet) || !lock(from.1).accepts(source, Instant::now()) {
            continue;
        }
        let address = lock(to.1).address();
        if let Some(address) = address {
            to.0.try_send_to(packet, address).ok();
        }
        return;
    }
}

impl Remote {
    fn unknown() -> Self {
        Self { described: None, source: None, allowance: Bucket::new(MOST_PACKETS, SECOND) }
    }

    /// The other end has described itself: nowhere when nothing may be sent there.
    fn redirect(&mut self, described: Option<SocketAddr>) {
        // A description that changes nothing must not open the way to somebody else.
        if self.described != described {
            (self.described, self.source) = (described, None);
        }
    }

    /// Where it is sent to.
    fn address(&self) -> Option<SocketAddr> {
        self.source.or(self.described)
    }

    /// Whether what comes from there is the other end's, and not too much; the first that may be is.
    fn accepts(&mut self, source: SocketAddr, now: Instant) -> bool {
        let is_theirs = match (self.source, self.described) {
            (Some(known), _) => known == source,
            (None, Some(described)) => may_be(described, source),
            (None, None) => false,
        };
        if is_theirs {
            self.source = Some(source);
        }
        is_theirs && self.allowance.take(now)
    }
}

/// The description with its first RTP stream at `local`, and where that stream was, where that may be. All others are
/// refused.
pub(crate) fn redirect(
    sdp: &[u8],
    local: SocketAddr,
    may_be_at: impl Fn(SocketAddr) -> bool,
) -> Option<(Vec<u8>, SocketAddr)> {
    let mut session = sdp::parse(sdp)?;
    let stream = session.medias.iter().position(|media| media.port != 0 && media.proto.starts_with("RTP/"))?;
    let remote = sdp::receiver(&session, session.medias.get(stream)?)?;
    // Of a call on hold.
    if !remote.ip().is_unspecified() && !may_be_at(remote) {
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
        let (written, remote) = redirect(&description(one), local, |_| true).expect("a stream");
        let written = String::from_utf8(written).expect("text");
        assert_eq!(remote, one);
        assert!(!written.contains("192.0.2.1"), "{written}");
        assert!(!written.contains("candidate") && !written.contains("rtcp"), "{written}");
        assert!(written.contains("m=audio 30000 RTP/SAVP 9\r\na=sendrecv\r\n"), "{written}");
        assert!(written.contains("m=image 0 udptl 31\r\n"), "{written}");
        assert!(redirect(b"v=0\r\n", local, |_| true).is_none());
    }

    #[test]
    fn a_side_that_moves_to_another_port_is_followed() {
        let at = |port| SocketAddr::from(([192, 0, 2, 1], port));
        let (mut side, now) = (Remote::unknown(), Instant::now());
        side.redirect(Some(at(6000)));
        assert!(side.accepts(at(6001), now));
        side.redirect(Some(at(6000)));
        assert!(!side.accepts(at(6002), now), "nothing has changed");
        side.redirect(Some(at(7000)));
        assert_eq!(side.address(), Some(at(7000)));
        assert!(side.accepts(at(7000), now) && !side.accepts(at(6001), now));
        side.redirect(None);
        assert!(side.address().is_none() && !side.accepts(at(7000), now), "on hold");
    }

    #[test]
    fn a_flood_is_not_passed_on() {
        let at = |port| SocketAddr::from(([192, 0, 2, 1], port));
        let (mut side, start) = (Remote::unknown(), Instant::now());
        side.redirect(Some(at(6000)));
        let passed = |side: &mut Remote, from, now| (0..10_000).filter(|_| side.accepts(from, now)).count();
        assert_eq!(passed(&mut side, at(6001), start), MOST_PACKETS as usize);
        assert_eq!(passed(&mut side, at(6002), start + SECOND), 0, "a stranger");
        assert_eq!(passed(&mut side, at(6001), start + SECOND), MOST_PACKETS as usize, "who uses up nothing");
    }

    #[tokio::test]
    async fn no_side_is_led_to_this_service_or_to_many() {
        let relay = relay("127.201.9.1", Duration::from_secs(60)).await;
        let [near, far] = [From::Near, From::Far].map(|side| relay.address(side));
        let elsewhere = SocketAddr::new(far.ip(), 30_007);
        for at in
            [near, far, elsewhere, SocketAddr::from(([224, 0, 0, 1], 6000)), SocketAddr::from(([127, 0, 0, 1], 53))]
        {
            for side in [From::Near, From::Far] {
                assert!(relay.describe(side, &description(at)).is_none(), "{at}");
            }
        }
        assert!(relay.describe(From::Near, &description(SocketAddr::new(far.ip(), 30_008))).is_some());
        // Nor its control, which goes to the port behind that of the audio.
        assert!(relay.describe(From::Near, &description(SocketAddr::new(far.ip(), 29_999))).is_some());
        assert!(lock(&relay.near.rtp).address().is_some() && lock(&relay.near.rtcp).address().is_none());
        let on_hold = SocketAddr::from(([0, 0, 0, 0], 6000));
        assert!(relay.describe(From::Near, &description(on_hold)).is_some());
        assert!(lock(&relay.near.rtp).address().is_none());
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
            redirect(&noise, local, |_| true);
            redirect(format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n{lines}").as_bytes(), local, |_| true);
        }
    }
}
