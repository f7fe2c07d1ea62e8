//! Numbers of the card: its files and folders, its applications, the commands about files.
//!
//! Only those that something here treats in a way of its own have a name. A file's number says nothing without the
//! application that it is in: [`isim`] and [`cdma`] have files by numbers that a SIM and a USIM use for others. All
//! other numbers are those of the card itself, a SIM or a USIM, where the two agree.
//!
//! Reference: ETSI TS 102 221; 3GPP TS 31.102 and TS 51.011. Each part of this module names its own.

pub mod applications;
pub mod cdma;
pub mod commands;
mod files;
pub mod folders;
pub mod isim;

pub use files::*;
