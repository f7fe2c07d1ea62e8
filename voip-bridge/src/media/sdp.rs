//! Session descriptions (RFC 8866) of the other end: what is offered, and the answer of this service (RFC 3264).
//!
//! One audio stream with G.711, and RFC 4733 digits if they are offered; every other stream is refused with port 0. It
//! refuses descriptions without such a stream, and any that is larger or has more streams than a call needs. Where a
//! peer asks for an offer, [`offer`] is all that this service speaks, and [`again`] what was agreed on before.

use std::net::SocketAddr;

use sdp_types::{Media, Session};

use super::g711::Law;

/// The payload type of digits where this service offers them first.
const DIGITS: u8 = 101;
/// The largest description that is looked at.
pub(crate) const LONGEST: usize = 8192;
/// Streams of one description: sound, pictures, text and an image, and what an earlier one has left behind.
const MOST_STREAMS: usize = 16;

/// An offer that this service can take.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    session: Session,
    stream: usize,
    /// Where the other end receives.
    pub(crate) remote: SocketAddr,
    /// What it understands first.
    pub(crate) law: Law,
    /// The payload type of its digits.
    pub(crate) digits: Option<u8>,
}

impl Offer {
    /// Reads one; `None` when there is nothing in it for this service.
    pub(crate) fn read(sdp: &[u8]) -> Option<Self> {
        let session = parse(sdp)?;
        let stream = session.medias.iter().position(|media| usable(media) && law(media).is_some())?;
        let media = session.medias.get(stream)?;
        let remote = receiver(&session, media).filter(|remote| !remote.ip().is_multicast())?;
        let (law, digits) = (law(media)?, digits(media));
        Some(Self { session, stream, remote, law, digits })
    }

    /// The same codec and digits, offered to somebody else: audio to `local`.
    pub(crate) fn offer(&self, local: SocketAddr) -> Vec<u8> {
        let audio = audio(local.port(), self.law, self.digits, "sendrecv");
        format!("{}{audio}", head(local)).into_bytes()
    }

    /// The answer: audio to `local`.
    pub(crate) fn answer(&self, local: SocketAddr) -> Vec<u8> {
        let mut answer = head(local);
        for (index, media) in self.session.medias.iter().enumerate() {
            if index == self.stream {
                answer.push_str(&audio(local.port(), self.law, self.digits, direction(media)));
            } else {
                answer.push_str(&format!("m={} 0 {} {}\r\n", media.media, media.proto, media.fmt));
            }
        }
        answer.into_bytes()
    }
}

/// Any description that is read at all.
pub(super) fn parse(sdp: &[u8]) -> Option<Session> {
    let in_line = |byte: &u8| !byte.is_ascii_control() || b"\r\n\t".contains(byte);
    if sdp.len() > LONGEST || !sdp.iter().all(in_line) {
        return None;
    }
    Session::parse(sdp).ok().filter(|session| session.medias.len() <= MOST_STREAMS)
}

/// Where a stream is received, by its own connection line or the session's; names are looked up for nobody.
pub(super) fn receiver(session: &Session, media: &Media) -> Option<SocketAddr> {
    let connection = media.connections.first().or(session.connection.as_ref())?;
    Some(SocketAddr::new(connection.connection_address.trim().parse().ok()?, media.port))
}

/// All that this service speaks, offered to somebody: audio to `local`.
pub(crate) fn offer(local: SocketAddr) -> Vec<u8> {
    let port = local.port();
    let audio = format!(
        "m=audio {port} RTP/AVP 8 0 {DIGITS}\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:{DIGITS} telephone-event/8000\r\na=fmtp:{DIGITS} 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
    format!("{}{audio}", head(local)).into_bytes()
}

/// What was agreed on, offered again to whoever asks what there is: both ways, whatever was on hold (RFC 6337 section
/// 5.3).
pub(crate) fn again(agreed: &[u8]) -> Vec<u8> {
    let on_hold = |line: &[u8]| ["a=sendonly", "a=recvonly", "a=inactive"].iter().any(|way| line == way.as_bytes());
    let lines = agreed.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| !on_hold(line.trim_ascii_end())).flatten().copied().collect()
}

fn head(local: SocketAddr) -> String {
    let (kind, ip) = (if local.is_ipv4() { "IP4" } else { "IP6" }, local.ip());
    format!("v=0\r\no=- {0} 1 IN {kind} {ip}\r\ns=-\r\nc=IN {kind} {ip}\r\nt=0 0\r\n", local.port())
}

fn audio(port: u16, law: Law, digits: Option<u8>, direction: &str) -> String {
    let payload_type = law.payload_type();
    let more = digits.map(|digits| format!(" {digits}")).unwrap_or_default();
    let mut lines = format!("m=audio {port} RTP/AVP {payload_type}{more}\r\n");
    lines.push_str(&format!("a=rtpmap:{payload_type} {}/8000\r\n", law.name()));
    if let Some(digits) = digits {
        lines.push_str(&format!("a=rtpmap:{digits} telephone-event/8000\r\na=fmtp:{digits} 0-15\r\n"));
    }
    lines.push_str(&format!("a=ptime:20\r\na={direction}\r\n"));
    lines
}

fn usable(media: &Media) -> bool {
    media.media == "audio" && media.port != 0 && media.proto == "RTP/AVP"
}

/// The first G.711 among the formats, in the order of preference in which they come.
fn law(media: &Media) -> Option<Law> {
    payload_types(media).find_map(Law::of_payload_type)
}

fn payload_types(media: &Media) -> impl Iterator<Item = u8> {
    media.fmt.split_ascii_whitespace().filter_map(|format| format.parse().ok())
}

/// `a=rtpmap:101 telephone-event/8000`, for a payload type that is among the formats.
fn digits(media: &Media) -> Option<u8> {
    let maps = media.get_attribute_values("rtpmap").flatten();
    let digits = maps.filter_map(|map| {
        let (payload_type, name) = map.split_once(' ')?;
        let name = name.trim().to_ascii_lowercase();
        if name == "telephone-event/8000" { payload_type.trim().parse().ok() } else { None }
    });
    let dynamic = |payload_type: &u8| (96..=127).contains(payload_type);
    digits.filter(dynamic).find(|digits| payload_types(media).any(|listed| listed == *digits))
}

/// What this side does when the other end does that (RFC 3264 section 6.1).
fn direction(media: &Media) -> &'static str {
    let has = |name: &str| media.get_first_attribute_value(name).is_some();
    if has("sendonly") {
        "recvonly"
    } else if has("recvonly") {
        "sendonly"
    } else if has("inactive") {
        "inactive"
    } else {
        "sendrecv"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

    fn offer(streams: &str) -> Option<Offer> {
        Offer::read(format!("{HEAD}{streams}").as_bytes())
    }

    fn answer(streams: &str) -> String {
        let local = "192.0.2.9:30000".parse().expect("an address");
        String::from_utf8(offer(streams).expect("an offer").answer(local)).expect("text")
    }

    #[test]
    fn the_first_law_that_is_offered_is_taken_with_its_digits() {
        let streams = "m=audio 6000 RTP/AVP 96 8 0 101\r\na=rtpmap:101 Telephone-Event/8000\r\n";
        let read = offer(streams).expect("an offer");
        assert_eq!((read.law, read.digits), (Law::A, Some(101)));
        assert_eq!(read.remote, "192.0.2.1:6000".parse().expect("an address"));
        let answer = answer(streams);
        assert!(answer.contains("\r\nm=audio 30000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"), "{answer}");
        assert!(answer.ends_with("a=sendrecv\r\n"), "{answer}");
    }

    #[test]
    fn every_other_stream_is_refused_in_its_place() {
        let streams = "m=video 7000 RTP/AVP 31\r\nm=audio 6000 RTP/AVP 0\r\nc=IN IP4 192.0.2.2\r\na=sendonly\r\n";
        let answer = answer(streams);
        let (video, audio) = (answer.find("m=video 0 RTP/AVP 31"), answer.find("m=audio 30000 RTP/AVP 0"));
        assert!(video.is_some() && video < audio, "{answer}");
        assert!(answer.ends_with("a=recvonly\r\n"), "{answer}");
        assert_eq!(offer(streams).expect("an offer").remote.ip().to_string(), "192.0.2.2");
    }

    #[test]
    fn what_this_service_does_not_speak_is_no_offer() {
        for streams in [
            "",
            "m=audio 6000 RTP/AVP 18\r\n",
            "m=audio 0 RTP/AVP 0\r\n",
            "m=audio 6000 RTP/SAVP 0\r\n",
            "m=audio 6000 RTP/AVP 0\r\nc=IN IP4 224.0.0.1\r\n",
            "m=audio 6000 RTP/AVP 0\r\nc=IN IP4 host.example\r\n",
        ] {
            assert!(offer(streams).is_none(), "{streams}");
        }
        assert!(Offer::read(b"\xff\0").is_none());
    }

    #[test]
    fn what_no_call_needs_is_not_read() {
        let audio = "m=audio 6000 RTP/AVP 0\r\n";
        let streams = |more: usize| format!("{audio}{}", "m=video 0 RTP/AVP 31\r\n".repeat(more));
        assert!(offer(&streams(MOST_STREAMS - 1)).is_some());
        assert!(offer(&streams(MOST_STREAMS)).is_none());
        let long = |length: usize| format!("{audio}a=x:{}\r\n", "y".repeat(length - 6 - audio.len() - HEAD.len()));
        assert!(offer(&long(LONGEST)).is_some());
        assert!(offer(&long(LONGEST + 1)).is_none());
        for control in ["\0", "\r", "\x1b[2J", "\x7f", "\x0b"] {
            assert!(offer(&format!("{audio}a=x:{control}y\r\n")).is_none(), "{control:?}");
        }
        // Every payload type that there is, and mappings of none (RFC 3551 section 6).
        let formats: Vec<String> = (0..=255).rev().map(|format| format.to_string()).collect();
        let maps = "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:300 PCMU/8000\r\na=rtpmap:\r\na=ptime:0\r\n";
        let read = offer(&format!("m=audio 6000 RTP/AVP {}\r\n{maps}", formats.join(" "))).expect("an offer");
        assert_eq!((read.law, read.digits), (Law::A, Some(101)));
    }

    #[test]
    fn nothing_of_what_a_peer_writes_is_in_an_answer_but_the_streams_it_refuses() {
        let described = "v=0\r\no=+15550199999 1 1 IN IP4 192.0.2.1\r\ns=+15550199999\r\ni=alice\r\nu=http://192.0.2.1\r\n\
                         e=alice@192.0.2.1\r\np=+15550199999\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=tool:alice\r\n\
                         m=audio 6000 RTP/AVP 0\r\ni=alice\r\na=rtpmap:0 alice/8000\r\na=ssrc:1 cname:alice\r\na=ptime:4000000000\r\n";
        let read = Offer::read(described.as_bytes()).expect("an offer");
        let local = "192.0.2.9:30000".parse().expect("an address");
        for written in [read.answer(local), read.offer(local)] {
            let written = String::from_utf8(written).expect("text");
            for theirs in ["15550199999", "192.0.2.1\r", "alice", "4000000000"] {
                assert!(!written.contains(theirs), "{theirs}: {written}");
            }
        }
    }

    #[test]
    fn what_this_service_offers_it_can_take() {
        let local = "192.0.2.9:30000".parse().expect("an address");
        let read = Offer::read(&super::offer(local)).expect("an offer");
        assert_eq!((read.remote, read.law, read.digits), (local, Law::A, Some(DIGITS)));
    }

    #[test]
    fn what_is_offered_again_is_on_hold_no_more() {
        let held = format!("{HEAD}m=audio 6000 RTP/AVP 0\r\na=sendonly\r\na=ptime:20\r\n");
        assert_eq!(again(held.as_bytes()), held.replace("a=sendonly\r\n", "").into_bytes());
    }

    proptest! {
        #[test]
        fn no_description_hurts(noise in any::<Vec<u8>>(), streams in "(m=(audio|video) [0-9]{1,5} RTP/AVP [0-9 ]{1,9}\r\n|[a-z]=.{0,20}\r\n){0,9}") {
            Offer::read(&noise);
            if let Some(offer) = offer(&streams) {
                let local = "192.0.2.9:30000".parse().expect("an address");
                let answer = String::from_utf8(offer.answer(local)).expect("text");
                // As many streams as were offered, and one of them taken (RFC 3264 section 6).
                let count = |text: &str| text.matches("\nm=").count();
                prop_assert_eq!(count(&answer), offer.session.medias.len());
                prop_assert_eq!(answer.matches("m=audio 30000 ").count(), 1);
            }
        }
    }
}
