//! Payloads of every row and version as the structs of ril.h: what a hostile client sends becomes C and comes back, and
//! what a hostile library hands in becomes a parcel or an error.
//!
//! Of use under AddressSanitizer, which sees what is read behind the end of what the library gave.

/// The first byte says what to do, the next four choose the row and the versions.
pub fn conversions(input: &[u8]) {
    vendor_shim::convert_hostile_bytes(input);
}
