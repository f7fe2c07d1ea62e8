//! Playing a trace again: to a client as the modem was, to a rild as the client was, and what differs then.
//!
//! Nothing here knows a socket or a clock: a driver says what came and is told what to send and when.

pub mod client;
pub mod diff;
pub mod modem;
pub mod player;
pub mod report;
pub mod script;
