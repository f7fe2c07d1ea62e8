//! The calls against real SIP peers: SIPp plays callers and the gateway of the SIM, on loopback addresses of their own.

mod audio;
#[path = "../certificates/mod.rs"]
mod certificates;
mod crash;
#[path = "../databases/mod.rs"]
mod databases;
#[path = "../device/mod.rs"]
mod device;
mod dialogs;
mod fleet;
mod harness;
mod identity;
mod incoming;
mod kamailio;
mod linked;
mod messages;
mod outgoing;
mod program;
mod provider;
mod screening;
#[path = "../sipp/mod.rs"]
mod sipp;
#[cfg(feature = "smpp")]
mod smpp;
mod stopping;
mod streams;
mod tags;
mod telephone;
mod texts;
mod tones;
mod torture;
