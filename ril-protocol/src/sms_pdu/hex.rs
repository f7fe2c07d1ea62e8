//! Hex strings, the form in which RIL carries a PDU (ril.h, RIL_REQUEST_SEND_SMS and RIL_UNSOL_RESPONSE_NEW_SMS).
//!
//! Reads upper and lower case, writes upper case. Refuses white space and odd lengths.

use super::error::{DecodeError, DecodeReason, Field};
use crate::hex::from_plain_hex;
pub use crate::hex::to_upper_hex as to_hex;

/// Octets of a hex string.
///
/// # Errors
/// `NotHex` at the octet whose two characters are not both hex digits.
pub fn from_hex(hex: &str) -> Result<Vec<u8>, DecodeError> {
    from_plain_hex(hex).map_err(|at| DecodeError { field: Field::Pdu, at, reason: DecodeReason::NotHex })
}
