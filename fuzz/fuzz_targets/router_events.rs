//! See `ril_fuzz::router_events`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::router_events(input));
