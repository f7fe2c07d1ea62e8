//! The blocks of a pcapng file that are written: section header, interface description, enhanced packet.
//!
//! Little-endian, with times in nanoseconds.
//!
//! Reference: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

/// Tells the byte order.
const MAGIC: u32 = 0x1a2b_3c4d;

const END_OF_OPTIONS: u16 = 0;
const COMMENT: u16 = 1;
const USER_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const TIME_RESOLUTION: u16 = 9;
const PACKET_FLAGS: u16 = 2;

/// From or to the one who captured (`epb_flags`, bits 0 and 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Not known, or neither.
    Unknown = 0,
    /// To it.
    Inbound = 1,
    /// From it.
    Outbound = 2,
}

/// A section header: what wrote it, and a remark.
pub(crate) fn section(program: &str, comment: &str) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(MAGIC.to_le_bytes());
    body.extend(1_u16.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    // How long the section is: not said.
    body.extend(u64::MAX.to_le_bytes());
    option(&mut body, COMMENT, comment.as_bytes());
    option(&mut body, USER_APPLICATION, program.as_bytes());
    option(&mut body, END_OF_OPTIONS, &[]);
    block(SECTION_HEADER, &body)
}

/// An interface of this name.
pub(crate) fn interface(link_type: u16, name: &str) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(link_type.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    // No limit to what of a packet is there.
    body.extend(0_u32.to_le_bytes());
    option(&mut body, INTERFACE_NAME, name.as_bytes());
    option(&mut body, TIME_RESOLUTION, &[9]);
    option(&mut body, END_OF_OPTIONS, &[]);
    block(INTERFACE, &body)
}

/// A packet on the interface of that number, counted from 0.
pub(crate) fn packet(interface: u32, time_ns: u64, packet: &[u8], direction: Direction, comment: &str) -> Vec<u8> {
    let [low, high] = [time_ns as u32, (time_ns >> 32) as u32];
    let len = u32::try_from(packet.len()).unwrap_or(u32::MAX);
    let mut body = Vec::with_capacity(packet.len() + 64);
    for word in [interface, high, low, len, len] {
        body.extend(word.to_le_bytes());
    }
    body.extend(packet);
    pad(&mut body);
    if !comment.is_empty() {
        option(&mut body, COMMENT, comment.as_bytes());
    }
    option(&mut body, PACKET_FLAGS, &(direction as u32).to_le_bytes());
    option(&mut body, END_OF_OPTIONS, &[]);
    block(ENHANCED_PACKET, &body)
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len() + 12).unwrap_or(u32::MAX).to_le_bytes();
    [&kind.to_le_bytes(), &len, body, &len].concat()
}

/// An option; what is longer than one can be is cut.
fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    out.extend(code.to_le_bytes());
    out.extend(u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
    out.extend(value);
    pad(out);
}

/// Zeros up to a multiple of four: bodies begin at one.
fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}
