//! Elementary files of CDMA: of a CSIM, or of an R-UIM in its CDMA folder.
//!
//! Reference: 3GPP2 C.S0023, 3.4 (R-UIM); C.S0065, 5 (CSIM).

/// Identity of the subscriber, with the network code of its country.
pub const EF_IMSI_M: u16 = 0x6f22;
/// Identity of the subscriber that is not a mobile number.
pub const EF_IMSI_T: u16 = 0x6f23;
/// Temporary identity, with the zone that gave it.
pub const EF_TMSI: u16 = 0x6f24;
/// Analog location.
pub const EF_ALOC: u16 = 0x6f27;
/// Zones that are registered in.
pub const EF_ZNREGI: u16 = 0x6f29;
/// Systems and networks that are registered in.
pub const EF_SNREGI: u16 = 0x6f2a;
/// Base station of the last registration.
pub const EF_DISTREGI: u16 = 0x6f2b;
/// Which module it is.
pub const EF_RUIMID: u16 = 0x6f31;
/// Service programming code.
pub const EF_SPC: u16 = 0x6f33;
/// Which device it is in.
pub const EF_ESN_MEID_ME: u16 = 0x6f38;
/// Status of short messages.
pub const EF_SMSS: u16 = 0x6f3e;
/// Password of simple IP.
pub const EF_SIPPAPSS: u16 = 0x6f50;
/// Private identity of the user of IMS, of an R-UIM.
pub const EF_IMPI: u16 = 0x6f5f;
/// Domain of the home network of IMS, of an R-UIM.
pub const EF_DOMAIN: u16 = 0x6f60;
/// Public identities of the user of IMS, of an R-UIM.
pub const EF_IMPU: u16 = 0x6f61;
/// Multimedia message notifications.
pub const EF_MMSN: u16 = 0x6f65;
/// Keys of 3G.
pub const EF_3GCIK: u16 = 0x6f6b;
/// Which module it is, in short.
pub const EF_SF_EUIMID: u16 = 0x6f74;
/// Hidden key, which shows entries of the phone book.
pub const EF_HIDDEN_KEY: u16 = 0x6f76;
/// Incoming calls.
pub const EF_ICI: u16 = 0x6f7c;
/// Outgoing calls.
pub const EF_OCI: u16 = 0x6f7d;
