//! End-to-end tests of the workspace.

pub mod peer;
pub mod root;
pub mod vendor;
