//! Audio, where this service has a part in it: RTP, session descriptions, G.711, WAV, tones.
//!
//! Most calls never come here, as their ends send to each other. It refuses every codec but G.711, and every port
//! outside of the configured range.

pub(crate) mod dtmf;
pub(crate) mod g711;
pub(crate) mod origin;
pub(crate) mod ports;
pub(crate) mod relay;
pub(crate) mod rtp;
pub(crate) mod sdp;
pub(crate) mod source;
pub(crate) mod tone;
pub(crate) mod wav;
pub(crate) mod way;

/// Samples per second of everything in here (G.711).
pub(crate) const RATE: u32 = 8000;
/// Samples of one packet: 20 ms (RFC 3551 section 4.2).
pub(crate) const FRAME: usize = 160;
