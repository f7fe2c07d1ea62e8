//! End-to-end tests of the workspace.

pub mod vendor;
