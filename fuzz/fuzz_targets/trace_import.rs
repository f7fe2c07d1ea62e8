//! See `ril_fuzz::trace_import`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    ril_fuzz::trace_import(input);
});
