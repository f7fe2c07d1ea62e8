//! Records as packets of a packet capture, which Wireshark and tshark open.
//!
//! Link types for private use (`LINKTYPE_USER0` to `LINKTYPE_USER15`) mean what two programs agree on; what is agreed
//! on here is a pseudo-header before each frame, [`Packet`]. docs/traces.md describes it for others.
//!
//! Reference: draft-ietf-opsawg-pcapng; <https://www.tcpdump.org/linktypes.html>.

pub(crate) mod blocks;
mod packet;

pub(crate) use packet::{Content, Packet};

/// `LINKTYPE_USER0`.
pub(crate) const LINK_TYPE: u16 = 147;

/// The most of a frame that is in one packet. Wireshark refuses files with packets above 256 KiB; a frame may be longer.
pub(crate) const PART_LIMIT: usize = 128 * 1024;
