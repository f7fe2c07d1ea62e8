//! Elementary files of an ISIM, the application of IMS.
//!
//! Reference: 3GPP TS 31.103, 4.2.

/// Private identity of the user.
pub const EF_IMPI: u16 = 0x6f02;
/// Domain of the home network, with its country and network code.
pub const EF_DOMAIN: u16 = 0x6f03;
/// Public identities of the user.
pub const EF_IMPU: u16 = 0x6f04;
/// Access rules.
pub const EF_ARR: u16 = 0x6f06;
/// Services that are there.
pub const EF_IST: u16 = 0x6f07;
/// Addresses of the proxy.
pub const EF_P_CSCF: u16 = 0x6f09;
/// Administrative data.
pub const EF_AD: u16 = 0x6fad;
/// Parameters of the generic bootstrapping architecture (GBA).
pub const EF_GBABP: u16 = 0x6fd5;
