//! See `ril_fuzz::capture`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::capture(input));
