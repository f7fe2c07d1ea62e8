//! RIL trace files: what went over the sockets of a rild, with times, in a form that survives a crash.
//!
//! * [`mod@format`]: the file, written and read as streams.
//! * [`meaning`]: names, fields, and which request a reply answers.
//! * [`record`]: recording in a thread of its own, while whoever is recorded never waits.
//! * [`replay`]: a trace as the modem or as the client, and what differs.
//! * [`ring`]: the last so many MiB in several files, for crash reports.
//! * `compare`: what differs between two traces.
//! * `import`, `export`: from and to what other tools write and read.
//! * `scrub`: a trace without numbers, identities, texts.
//! * `show`: what is in a trace, for people and programs. `terminal`: what a terminal may be given.
//!
//! What has no link above needs the feature `tools`, which a device does without.
//!
//! The crate knows frames and time stamps. It opens no socket and reads no clock: whoever records says when.
//!
//! Reference: docs/trace-format.md.

#![forbid(unsafe_code)]

#[cfg(feature = "tools")]
mod capture;
#[cfg(feature = "tools")]
pub mod compare;
#[cfg(feature = "tools")]
pub mod export;
pub mod format;
#[cfg(feature = "tools")]
pub mod import;
pub mod meaning;
pub mod record;
pub mod replay;
pub mod ring;
#[cfg(feature = "tools")]
pub mod scrub;
#[cfg(feature = "tools")]
pub mod show;
#[cfg(feature = "tools")]
pub mod terminal;
#[cfg(feature = "tools")]
pub mod time_of_day;
