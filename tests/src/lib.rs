//! End-to-end tests of the workspace.

#![forbid(unsafe_code)]

pub mod binaries;
pub mod dbus;
pub mod dialogue;
pub mod fake_root;
pub mod gateway;
pub mod init_socket;
pub mod journal;
pub mod measure;
pub mod modem;
pub mod ofono;
pub mod peer;
pub mod phones;
pub mod processes;
pub mod root;
pub mod sap;
pub mod scenario;
pub mod simulation;
pub mod traces;
pub mod vendor;
