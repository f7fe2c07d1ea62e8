//! Placeholder until the crate lands.

pub mod sms_pdu;
