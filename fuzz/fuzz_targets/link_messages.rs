//! See `ril_fuzz::link_messages`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::link_messages(input));
