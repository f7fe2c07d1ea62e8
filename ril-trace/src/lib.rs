//! RIL trace files: what went over the sockets of a rild, with times, in a form that survives a crash.
//!
//! * [`format`]: the file, written and read as streams.
//!
//! The crate knows frames and time stamps. It opens no socket and reads no clock: whoever records says when.
//!
//! Reference: docs/trace-format.md.

#![forbid(unsafe_code)]

pub mod format;
