//! The bodies of the fuzz targets: each takes any bytes and panics if something that must hold does not.
//!
//! `cargo fuzz run frame` (or another of the modules below) with nightly Rust looks for such bytes;
//! `cargo run --bin seed` first lays the seeds into `corpus/` to start it off. `cargo test` runs every body over its
//! seeds, cut and bent a little, with any Rust.

mod capture;
mod conversions;
mod frame;
mod link_messages;
mod link_records;
mod parcel;
mod payloads;
mod router_events;
mod sap;
mod scenarios;
pub mod seeds;
mod session_descriptions;
mod sip_requests;
mod sms_pdu;
mod speech_and_digits;
mod trace_file;
mod trace_import;

#[path = "../../ril-protocol/tests/laws/mod.rs"]
mod laws;

#[path = "../../ril-protocol/tests/support/mod.rs"]
mod support;

#[path = "../../rild-proxy/tests/world/mod.rs"]
mod world;

pub use capture::capture;
pub use conversions::conversions;
pub use frame::frame;
pub use link_messages::link_messages;
pub use link_records::link_records;
pub use parcel::parcel;
pub use payloads::payloads;
pub use router_events::router_events;
pub use sap::sap;
pub use scenarios::scenarios;
pub use session_descriptions::session_descriptions;
pub use sip_requests::sip_requests;
pub use sms_pdu::sms_pdu;
pub use speech_and_digits::speech_and_digits;
pub use trace_file::trace_file;
pub use trace_import::trace_import;
