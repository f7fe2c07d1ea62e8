//! Records as packets of a packet capture, which Wireshark and tshark open.
//!
//! Link types for private use (`LINKTYPE_USER0` to `LINKTYPE_USER15`) mean what two programs agree on; what is agreed
//! on here is a pseudo-header before each frame, [`Packet`]. docs/traces.md describes it for others.
//!
//! Reference: draft-ietf-opsawg-pcapng; <https://www.tcpdump.org/linktypes.html>.

use std::ops::RangeInclusive;

pub(crate) mod blocks;
mod packet;
mod reader;

pub(crate) use packet::{Content, Packet};
pub(crate) use reader::{Captured, NoCapture, is_capture, read};

/// `LINKTYPE_USER0`.
pub(crate) const LINK_TYPE: u16 = 147;

/// The same and its fifteen brothers, where a capture may have been moved to.
pub(crate) const LINK_TYPES: RangeInclusive<i32> = 147..=162;

/// The most of a frame that is in one packet. Wireshark refuses files with packets above 256 KiB; a frame may be
/// longer.
pub(crate) const PART_LIMIT: usize = 128 * 1024;
