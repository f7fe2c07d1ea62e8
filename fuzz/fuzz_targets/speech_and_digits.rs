//! See `ril_fuzz::speech_and_digits`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::speech_and_digits(input));
