//! See `ril_fuzz::link_records`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::link_records(input));
