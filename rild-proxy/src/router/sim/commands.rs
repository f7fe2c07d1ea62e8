//! Commands about the card's files, by the numbers that SIM_IO carries (3GPP TS 27.007, 8.18; ETSI TS 102 221, 10.1.2).

pub(in crate::router) const READ_BINARY: i32 = 0xb0;
pub(in crate::router) const READ_RECORD: i32 = 0xb2;
pub(in crate::router) const GET_RESPONSE: i32 = 0xc0;
pub(in crate::router) const RETRIEVE_DATA: i32 = 0xcb;
pub(in crate::router) const STATUS: i32 = 0xf2;

/// P2 of READ RECORD: the record with the number in P1 (ETSI TS 102 221, 11.1.5).
pub(in crate::router) const ABSOLUTE: i32 = 4;
