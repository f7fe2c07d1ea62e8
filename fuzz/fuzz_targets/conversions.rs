//! See `ril_fuzz::conversions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::conversions(input));
