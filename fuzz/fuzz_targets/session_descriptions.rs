//! See `ril_fuzz::session_descriptions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::session_descriptions(input));
