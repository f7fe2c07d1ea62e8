//! See `ril_fuzz::sip_requests`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::sip_requests(input));
