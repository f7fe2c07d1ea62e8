//! One leg's audio at this service (RFC 3550, RFC 3551, RFC 4733): speak, hear, and hear digits.
//!
//! Symmetric: it answers to where RTP comes from, for what stands in the description may lie behind an address
//! translator. The first source ([`super::source`]) is kept until the description changes, so that nobody can take the
//! audio over later. It refuses what is not RTP of the agreed kinds, and buffers nothing.

use std::net::SocketAddr;

use rtp_types::{RtpPacket, RtpPacketBuilder};

use super::dtmf::Events;
use super::g711::Law;
use super::ports::Pair;
use super::sdp::Offer;
use super::source::may_be;

/// The longest datagram that is looked at. What is longer was cut off by the kernel, or would be.
const LONGEST_PACKET: usize = 2048;

/// The audio of one leg.
pub(crate) struct Audio {
    pair: Pair,
    buffer: Box<[u8; LONGEST_PACKET + 1]>,
    /// Where it is sent, and whether RTP has come from there.
    remote: SocketAddr,
    latched: bool,
    law: Law,
    digits: Option<u8>,
    events: Events,
    sequence: u16,
    timestamp: u32,
    source: u32,
    begun: bool,
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Samples, and the time stamp of the first.
    Speech(u32, Vec<i16>),
    /// A digit has begun: `0` to `9`, `*`, `#`, `A` to `D`.
    Digit(char),
}

impl Audio {
    pub(crate) fn new(pair: Pair, offer: &Offer) -> Self {
        Self {
            pair,
            buffer: Box::new([0; LONGEST_PACKET + 1]),
            remote: offer.remote,
            latched: false,
            law: offer.law,
            digits: offer.digits,
            events: Events::default(),
            sequence: rand::random(),
            timestamp: rand::random(),
            source: rand::random(),
            begun: false,
        }
    }

    /// The other end has described itself anew.
    pub(crate) fn changed(&mut self, offer: &Offer) {
        (self.remote, self.latched) = (offer.remote, false);
        (self.law, self.digits) = (offer.law, offer.digits);
    }

    /// Where this side receives.
    pub(crate) fn address(&self) -> SocketAddr {
        self.pair.address()
    }

    /// The ports, when somebody else is to use them.
    pub(crate) fn into_pair(self) -> Pair {
        self.pair
    }

    /// What comes next. Cancel safe.
    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            // An error is the other end's closed port: there is nothing to do about it but to go on.
            let Ok((length, from)) = self.pair.rtp.recv_from(&mut self.buffer[..]).await else { continue };
            let theirs = if self.latched { from == self.remote } else { may_be(self.remote, from) };
            if !theirs || length > LONGEST_PACKET {
                continue;
            }
            let packet = self.buffer.get(..length).unwrap_or_default();
            let Some(heard) = read(packet, self.digits, &mut self.events) else { continue };
            (self.remote, self.latched) = (from, true);
            if let Some(heard) = heard {
                return heard;
            }
        }
    }

    /// Sends 20 ms of audio; whoever calls keeps the time. What cannot be sent at once is lost, as on any network.
    pub(crate) fn say(&mut self, samples: &[i16]) {
        let payload = self.law.encode(samples);
        let packet = RtpPacketBuilder::<&[u8], &[u8]>::new()
            .payload_type(self.law.payload_type())
            .marker_bit(!std::mem::replace(&mut self.begun, true))
            .sequence_number(self.sequence)
            .timestamp(self.timestamp)
            .ssrc(self.source)
            .payload(&payload)
            .write_vec();
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(u32::try_from(samples.len()).unwrap_or(0));
        if let Ok(packet) = packet
            && self.pair.may_send_to(self.remote)
        {
            self.pair.rtp.try_send_to(&packet, self.remote).ok();
        }
    }
}

/// Reads a packet: `None` when it is none of a leg's with these `digits`, `Some(None)` when it says nothing new.
pub(crate) fn read(packet: &[u8], digits: Option<u8>, events: &mut Events) -> Option<Option<Heard>> {
    let packet = RtpPacket::parse(packet).ok()?;
    let (kind, timestamp) = (packet.payload_type(), packet.timestamp());
    if Some(kind) == digits {
        return Some(events.digit(packet.ssrc(), timestamp, packet.payload())?.map(Heard::Digit));
    }
    let law = Law::of_payload_type(kind)?;
    Some(Some(Heard::Speech(timestamp, law.decode(packet.payload()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::FRAME;
    use crate::media::ports::Ports;
    use tokio::net::UdpSocket;

    async fn audio(host: &str, remote: SocketAddr) -> Audio {
        let ports = Ports::new(host.parse().expect("an address"), 30_000, 30_003);
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 0 101\r\n\
             a=rtpmap:101 telephone-event/8000\r\n",
            remote.ip(),
            remote.port()
        );
        Audio::new(ports.open().await.expect("ports"), &Offer::read(sdp.as_bytes()).expect("an offer"))
    }

    fn packet(kind: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let builder = RtpPacketBuilder::<&[u8], &[u8]>::new().payload_type(kind).timestamp(timestamp).payload(payload);
        builder.write_vec().expect("a packet")
    }

    #[tokio::test]
    async fn a_digit_is_heard_once_however_often_it_is_sent() {
        let other = UdpSocket::bind("127.201.1.2:0").await.expect("a socket");
        let mut audio = audio("127.201.1.1", other.local_addr().expect("an address")).await;
        for (event, timestamp) in [(5, 100), (5, 100), (16, 150), (11, 200), (11, 200)] {
            let payload = [event, 0x0a, 0, 160];
            other.send_to(&packet(101, timestamp, &payload), audio.address()).await.expect("sent");
        }
        assert_eq!(audio.hear().await, Heard::Digit('5'));
        assert_eq!(audio.hear().await, Heard::Digit('#'));
    }

    #[tokio::test]
    async fn audio_goes_to_where_it_comes_from_and_nobody_takes_it_over() {
        // Behind an address translator.
        let announced = "10.0.0.9:4000".parse().expect("an address");
        let mut audio = audio("127.201.2.1", announced).await;
        let behind = UdpSocket::bind("127.201.2.2:0").await.expect("a socket");
        let thief = UdpSocket::bind("127.201.2.3:0").await.expect("a socket");
        behind.send_to(b"not RTP", audio.address()).await.expect("sent");
        behind.send_to(&packet(0, 1, &[0xff; FRAME]), audio.address()).await.expect("sent");
        assert_eq!(audio.hear().await, Heard::Speech(1, vec![0; FRAME]));
        thief.send_to(&packet(0, 2, &[0xff; FRAME]), audio.address()).await.expect("sent");
        behind.send_to(&packet(0, 3, &[0xff; FRAME]), audio.address()).await.expect("sent");
        assert_eq!(audio.hear().await, Heard::Speech(3, vec![0; FRAME]));
        audio.say(&[0; FRAME]);
        let mut buffer = [0; LONGEST_PACKET];
        let length = behind.recv(&mut buffer).await.expect("received");
        let said = RtpPacket::parse(&buffer[..length]).expect("RTP");
        assert_eq!((said.payload_type(), said.payload().len(), said.marker_bit()), (0, FRAME, true));
    }

    #[tokio::test]
    async fn what_is_no_packet_is_not_heard_and_takes_nothing_over() {
        let announced = "10.0.0.9:4000".parse().expect("an address");
        let mut audio = audio("127.201.8.1", announced).await;
        let other = UdpSocket::bind("127.201.8.2:0").await.expect("a socket");
        let noise = UdpSocket::bind("127.201.8.3:0").await.expect("a socket");
        let whole = packet(0, 7, &[0xff; FRAME]);
        let changed = |place: usize, octet: u8| {
            let mut packet = whole.clone();
            packet[place] = octet;
            packet
        };
        let mut wrong: Vec<Vec<u8>> = (0..12).map(|length| whole[..length].to_vec()).collect();
        // Versions 0, 1 and 3; fifteen sources, an extension and padding of which there is nothing; a kind that was not
        // agreed on; a digit that is cut off (RFC 3550 section 5.1, RFC 4733 section 2.3).
        wrong.extend([0x00, 0x40, 0xc0].map(|octet| changed(0, octet)));
        wrong.push(
            whole[..12].iter().copied().enumerate().map(|(i, octet)| if i == 0 { 0x8f } else { octet }).collect(),
        );
        wrong.push([&[0x90], &whole[1..12], &[0, 0, 0xff, 0xff]].concat());
        wrong.push([&[0xa0], &whole[1..12], &[0xff]].concat());
        wrong.extend([changed(1, 34), packet(101, 8, &[5])]);
        wrong.push(packet(0, 9, &[0xff; LONGEST_PACKET]));
        for packet in &wrong {
            noise.send_to(packet, audio.address()).await.expect("sent");
        }
        other.send_to(&packet(0, 10, &[0xff; FRAME]), audio.address()).await.expect("sent");
        assert_eq!(audio.hear().await, Heard::Speech(10, vec![0; FRAME]));
    }

    #[tokio::test]
    async fn who_comes_first_from_elsewhere_is_not_heard() {
        let other = UdpSocket::bind("127.201.6.2:0").await.expect("a socket");
        let thief = UdpSocket::bind("127.201.6.3:0").await.expect("a socket");
        let mut audio = audio("127.201.6.1", other.local_addr().expect("an address")).await;
        thief.send_to(&packet(101, 1, &[5, 0x0a, 0, 160]), audio.address()).await.expect("sent");
        other.send_to(&packet(101, 1, &[7, 0x0a, 0, 160]), audio.address()).await.expect("sent");
        assert_eq!(audio.hear().await, Heard::Digit('7'));
    }
}
