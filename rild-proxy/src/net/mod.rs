//! Unix sockets: making them, and letting the right peers in.

pub mod listener;
pub(crate) mod readiness;

pub use vendor_shim::init_socket;
