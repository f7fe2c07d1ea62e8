//! See `ril_fuzz::parcel`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::parcel(input));
