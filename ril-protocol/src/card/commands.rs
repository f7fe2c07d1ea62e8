//! Commands about the card's files, by the numbers that SIM_IO and the card itself know them.
//!
//! Reference: 3GPP TS 27.007, 8.18 (`+CRSM`); ETSI TS 102 221, 10.1.2 and 11.1.

/// Selects a file, a folder or an application.
pub const SELECT: i32 = 0xa4;
/// Reads a part of a file without records.
pub const READ_BINARY: i32 = 0xb0;
/// Reads a record.
pub const READ_RECORD: i32 = 0xb2;
/// Gets what the card has to say of the command before; of SIM_IO, what it says of a file.
pub const GET_RESPONSE: i32 = 0xc0;
/// Reads a part of a file of fields of tag, length and value.
pub const RETRIEVE_DATA: i32 = 0xcb;
/// Writes a part of a file without records.
pub const UPDATE_BINARY: i32 = 0xd6;
/// Writes a record.
pub const UPDATE_RECORD: i32 = 0xdc;
/// Asks for the state of the card, of its selected application or folder.
pub const STATUS: i32 = 0xf2;

/// Most logical channels beside the basic one: as many as the class of a command can name (ETSI TS 102 221, 10.1.1).
pub const MOST_CHANNELS: u8 = 19;

/// P1 of SELECT: by the name of an application (ETSI TS 102 221, 11.1.1).
pub const BY_NAME: i32 = 4;
/// P2 of READ RECORD and UPDATE RECORD: the record with the number in P1 (ETSI TS 102 221, 11.1.5; TS 51.011, 9.2.5).
pub const ABSOLUTE: i32 = 4;
