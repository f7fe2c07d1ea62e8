//! How identifiers of the card's applications begin, hexadecimal in upper case: who has registered them, and which of
//! theirs it is.
//!
//! Reference: ETSI TS 101 220, annexes A and E; 3GPP TS 31.110; GSMA SGP.02.

/// Registered by ETSI.
pub const ETSI: &str = "A000000009";
/// Registered by 3GPP.
pub const THIRD_GENERATION: &str = "A000000087";
/// Registered by 3GPP2: the applications of CDMA.
pub const CDMA: &str = "A000000343";
/// Registered by the GSMA, whose applications change the profile of an eUICC.
pub const GSMA: &str = "A000000559";

/// A SIM on a UICC.
pub const SIM: &str = "A0000000090001";
/// A USIM.
pub const USIM: &str = "A0000000871002";
/// An ISIM.
pub const ISIM: &str = "A0000000871004";
