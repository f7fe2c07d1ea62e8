//! Unix sockets: making them, and letting the right peers in.

pub mod listener;
