//! See `ril_fuzz::payloads`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::payloads(input));
