//! See `ril_fuzz::sap`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::sap(input));
