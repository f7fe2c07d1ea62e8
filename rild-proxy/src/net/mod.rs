//! Unix sockets: making them, letting the right peers in, and sending to those that may be gone.

pub mod listener;
pub(crate) mod readiness;
pub(crate) mod send;

pub use vendor_shim::init_socket;
