//! See `ril_fuzz::scenarios`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::scenarios(input));
