//! See `ril_fuzz::sms_pdu`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ril_fuzz::sms_pdu(input));
