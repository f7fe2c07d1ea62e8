//! The pseudo-header: what a trace knows of a frame that the frame does not say. All of it is big-endian.
//!
//! ```text
//!  0  4  "RIL", 1
//!  4  1  0 no frame, else the way of it (`Way` of trace.proto)
//!  5  1  what there is when it is no frame: 1 a session, 2 an event, 3 damage, as JSON
//!  6  1  byte order of the words in the frame (`ByteOrder` of trace.proto)
//!  7  1  1: the packet's time is a time of day, else it counts from the beginning of the session
//!        2: the frame goes on in the next packet
//!        4: of the frame no more is known than its head
//!  8  8  nanoseconds since the beginning of the session
//! 16  4  place of the phone plus one; 0 for none
//! 20  4  in which flow a request goes to the modem (`flow` of trace.proto)
//! 24  4  RIL version that is spoken here
//! 28  4  the request that is answered; 0 where that is not known, or this is no answer
//! 32  2  which packet of the frame this is, from 0
//! 34  2  length of the phone's name
//! 36     the phone's name, UTF-8
//! ```
//!
//! Behind it comes the frame with its length word, or a message of the number service's link, or JSON.

use std::time::Duration;

use ril_protocol::{RequestCode, RilVersion};

use crate::format::{ByteOrder, Flow, Way};

/// What begins every packet.
const MAGIC: [u8; 4] = *b"RIL\x01";

/// Before the name.
const FIXED: usize = 36;

const TIME_OF_DAY: u8 = 1;
const GOES_ON: u8 = 2;
const HEAD_ONLY: u8 = 4;

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    /// What there is.
    pub(crate) content: Content,
    /// Of the words in the frame.
    pub(crate) byte_order: ByteOrder,
    /// Whether the packet's time is a time of day.
    pub(crate) has_time_of_day: bool,
    /// Since the beginning of the session.
    pub(crate) at: Duration,
    /// The phone.
    pub(crate) phone: Option<u32>,
    /// In which flow.
    pub(crate) flow: Flow,
    /// What is spoken.
    pub(crate) version: RilVersion,
    /// The request that is answered.
    pub(crate) answers: Option<RequestCode>,
    /// Which packet of the frame.
    pub(crate) part: u16,
    /// Another one follows.
    pub(crate) goes_on: bool,
    /// Of the frame no more is known than its head.
    pub(crate) head_only: bool,
    /// The phone's name.
    pub(crate) name: &'a str,
    /// The frame with its length word, or what else there is.
    pub(crate) data: &'a [u8],
}

/// What is in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A frame, or a message of the number service's link.
    Frame(Way),
    /// The beginning of a session.
    Session,
    /// An event.
    Event,
    /// A part of the trace could not be read.
    Damage,
}

impl<'a> Packet<'a> {
    /// Appends the packet. A name that is too long is cut.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let (way, kind) = match self.content {
            Content::Frame(way) => (way as i32 as u8, 0),
            Content::Session => (0, 1),
            Content::Event => (0, 2),
            Content::Damage => (0, 3),
        };
        let flags = [(self.has_time_of_day, TIME_OF_DAY), (self.goes_on, GOES_ON), (self.head_only, HEAD_ONLY)];
        let flags = flags.into_iter().filter(|(is, _)| *is).fold(0, |flags, (_, flag)| flags | flag);
        let longest = self.name.len().min(usize::from(u8::MAX));
        let end = (0..=longest).rev().find(|end| self.name.is_char_boundary(*end)).unwrap_or(0);
        let name = &self.name[..end];
        out.extend(MAGIC);
        out.extend([way, kind, self.byte_order as i32 as u8, flags]);
        out.extend(u64::try_from(self.at.as_nanos()).unwrap_or(u64::MAX).to_be_bytes());
        out.extend(self.phone.map_or(0, |place| place.saturating_add(1)).to_be_bytes());
        out.extend(self.flow.number().to_be_bytes());
        out.extend(self.version.0.to_be_bytes());
        out.extend(self.answers.map_or(0, |code| code.0).to_be_bytes());
        out.extend(self.part.to_be_bytes());
        out.extend(u16::try_from(name.len()).unwrap_or(0).to_be_bytes());
        out.extend(name.as_bytes());
        out.extend(self.data);
    }

    /// Reads a packet; `None` if it is none of ours.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (fixed, rest) = bytes.split_first_chunk::<FIXED>()?;
        let word = |at: usize| Some(u32::from_be_bytes(*fixed.get(at..)?.first_chunk()?));
        let half = |at: usize| Some(u16::from_be_bytes(*fixed.get(at..)?.first_chunk()?));
        let [.., way, kind, byte_order, flags] = *fixed.first_chunk::<8>()?;
        if fixed.first_chunk() != Some(&MAGIC) {
            return None;
        }
        let content = match (Way::try_from(i32::from(way)).ok()?, kind) {
            (Way::NoWay, 1) => Content::Session,
            (Way::NoWay, 2) => Content::Event,
            (Way::NoWay, 3) => Content::Damage,
            (Way::NoWay, _) => return None,
            (way, _) => Content::Frame(way),
        };
        let (name, data) = rest.split_at_checked(usize::from(half(34)?))?;
        Some(Self {
            content,
            byte_order: ByteOrder::try_from(i32::from(byte_order)).unwrap_or_default(),
            has_time_of_day: flags & TIME_OF_DAY != 0,
            at: Duration::from_nanos(u64::from_be_bytes(*fixed.get(8..)?.first_chunk()?)),
            phone: word(16)?.checked_sub(1),
            flow: Flow::from_number(word(20)?),
            version: RilVersion(word(24)?.cast_signed()),
            answers: Some(RequestCode(word(28)?.cast_signed())).filter(|code| code.0 != 0),
            part: half(32)?,
            goes_on: flags & GOES_ON != 0,
            head_only: flags & HEAD_ONLY != 0,
            name: str::from_utf8(name).ok()?,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_goes_both_ways() {
        let packet = Packet {
            content: Content::Frame(Way::ToModem),
            byte_order: ByteOrder::Little,
            has_time_of_day: true,
            at: Duration::from_nanos(123_456_789_012),
            phone: Some(0),
            flow: Flow::Phone(3),
            version: RilVersion(12),
            answers: None,
            part: 2,
            goes_on: true,
            head_only: true,
            name: "work",
            data: b"frame",
        };
        let others = [
            packet,
            Packet {
                content: Content::Session,
                phone: None,
                flow: Flow::Unknown,
                goes_on: false,
                head_only: false,
                ..packet
            },
            Packet { content: Content::Event, answers: Some(RequestCode::DIAL), has_time_of_day: false, ..packet },
            Packet { content: Content::Damage, name: "", data: b"", ..packet },
        ];
        for packet in others {
            let mut bytes = Vec::new();
            packet.put(&mut bytes);
            assert_eq!(Packet::parse(&bytes), Some(packet));
            for cut in 0..bytes.len() - packet.data.len() {
                assert_eq!(Packet::parse(&bytes[..cut]), None);
            }
        }
        assert_eq!(Packet::parse(&[0; 100]), None);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let name = "ä".repeat(200);
        let packet = Packet {
            content: Content::Event,
            byte_order: ByteOrder::Unknown,
            has_time_of_day: false,
            at: Duration::ZERO,
            phone: None,
            flow: Flow::Unknown,
            version: RilVersion(12),
            answers: None,
            part: 0,
            goes_on: false,
            head_only: false,
            name: &name,
            data: b"",
        };
        let mut bytes = Vec::new();
        packet.put(&mut bytes);
        assert_eq!(Packet::parse(&bytes).map(|packet| packet.name.len()), Some(254));
    }
}
