//! Unix sockets: making them, and letting the right peers in.

pub mod listener;

pub use vendor_shim::init_socket;
