//! The calls against real SIP peers: SIPp plays callers and the gateway of the SIM, on loopback addresses of their own.

mod audio;
#[path = "../certificates/mod.rs"]
mod certificates;
mod dialogs;
mod harness;
mod incoming;
mod messages;
mod outgoing;
mod program;
mod provider;
mod screening;
#[path = "../sipp/mod.rs"]
mod sipp;
mod stopping;
mod tags;
mod telephone;
mod tones;
mod torture;
