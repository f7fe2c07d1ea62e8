//! Unix sockets: making them, and letting the right peers in.

pub mod init_socket;
pub mod listener;
