//! Folders of the card: their numbers, and the paths that lead to them as SIM_IO carries them.
//!
//! Reference: ETSI TS 102 221, 8.6 and 13; 3GPP TS 31.102, 4.4; TS 51.011, 6.2 and 6.5; 3GPP2 C.S0023, 3.4.

use std::ops::RangeInclusive;

/// The master file.
pub const MF: u16 = 0x3f00;
/// Folders in the master file, which are those of networks.
pub const IN_MF: RangeInclusive<u16> = 0x7f00..=0x7fff;
/// Folders in those.
pub const IN_FOLDERS: RangeInclusive<u16> = 0x5f00..=0x5fff;
/// Files in folders of folders.
pub const FILES_IN_THOSE: RangeInclusive<u16> = 0x4f00..=0x4fff;
/// Files in the master file, which are those of the card.
pub const FILES_IN_MF: RangeInclusive<u16> = 0x2f00..=0x2fff;

/// CDMA.
pub const DF_CDMA: u16 = 0x7f25;
/// Access by GSM, in a USIM.
pub const DF_GSM_ACCESS: u16 = 0x5f3b;
/// Access by wireless LAN, in a USIM.
pub const DF_WLAN: u16 = 0x5f40;
/// The 5G system, in a USIM.
pub const DF_5GS: u16 = 0x5fc0;

/// To telecom.
pub const TO_TELECOM: &str = "3F007F10";
/// To GSM, the folder of a SIM.
pub const TO_GSM: &str = "3F007F20";
/// To the USIM that is active.
pub const TO_USIM: &str = "3F007FFF";
