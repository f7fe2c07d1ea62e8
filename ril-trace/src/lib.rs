//! RIL trace files: record, replay, import, export, diff, scrub. **Not built yet.**
//!
//! The crate will know frames and time stamps, not sockets. `modem.replay` in the configuration is refused until then.
